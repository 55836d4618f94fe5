//! Which event a tool call becomes.

use super::outcome::exit_code;
use crate::diff;
use crate::session::{Action, Outcome, take_text, title};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value};

/// The keys under which tools of different versions take a path.
const PATH_KEYS: [&str; 3] = ["file_path", "absolute_path", "path"];

/// The keys under which a sub-agent is told what to do.
const TITLE_KEYS: [&str; 7] =
    ["description", "objective", "task", "query", "prompt", "request", "question"];

/// Says what a call is.
pub(crate) fn describe(
    name: &str,
    mut input: Map<String, Value>,
    outcome: Option<&Outcome>,
) -> Action {
    let has_succeeded = outcome.is_some_and(|outcome| !outcome.is_error);
    let taken = match name {
        "run_shell_command" | "shell" | "run_command" | "bash" => {
            let command = take_text(&mut input, &["command", "cmd"]);
            let code = outcome.and_then(|outcome| exit_code(outcome.text(), has_succeeded));
            command.map(|command| EventType::ShellCommand { command, exit_code: code })
        }
        "read_file" | "view_file" | "read" => {
            take_text(&mut input, &PATH_KEYS).map(|path| EventType::FileRead { path })
        }
        "glob" => {
            take_text(&mut input, &["pattern"]).map(|pattern| EventType::FileSearch { pattern })
        }
        "search_file_content" | "grep_search" | "grep" | "ripgrep" => {
            take_text(&mut input, &["pattern", "query"])
                .map(|query| EventType::CodeSearch { query })
        }
        "google_web_search" | "web_search" => {
            take_text(&mut input, &["query"]).map(|query| EventType::WebSearch { query })
        }
        "web_fetch" => page(&mut input).map(|url| EventType::WebFetch { url }),
        _ => None,
    };
    let kind = kind(name);
    if let Some(event_type) = taken {
        return Action::one(event_type, input, kind);
    }
    match outcome.filter(|_| has_succeeded) {
        Some(outcome) if is_write(name) => describe_write(name, input, outcome),
        Some(outcome) if is_edit(name) => describe_edit(name, input, outcome),
        _ if is_task(name) && outcome.is_none_or(|outcome| !outcome.is_error) => {
            let title = title(&input, &TITLE_KEYS);
            Action::one(EventType::TaskStart { title }, input, kind)
        }
        _ => Action::plain(name, input, kind),
    }
}

fn describe_write(name: &str, mut input: Map<String, Value>, outcome: &Outcome) -> Action {
    let Some(path) = take_text(&mut input, &PATH_KEYS) else {
        return Action::plain(name, input, kind(name));
    };
    let content = take_text(&mut input, &["content"]);
    let was_there = outcome.is_new_file == Some(false)
        || (outcome.is_new_file.is_none() && outcome.diff.is_some());
    let mut action = Action::create(path.clone(), content, input, kind(name));
    if was_there && let Some((event_type, blocks)) = action.events.first_mut() {
        // A diff shows three lines around each change: the whole input stays.
        if matches!(blocks.first(), Some(Block::File { content: None, .. })) {
            blocks.remove(0);
        }
        *event_type = EventType::FileEdit { path, diff: outcome.diff.clone() };
    }
    action
}

fn describe_edit(name: &str, mut input: Map<String, Value>, outcome: &Outcome) -> Action {
    let Some(path) = take_text(&mut input, &PATH_KEYS) else {
        return Action::plain(name, input, kind(name));
    };
    let text = |key: &str| input.get(key).and_then(Value::as_str).unwrap_or("");
    let (old, new) = (text("old_string"), text("new_string"));
    if old.is_empty() && outcome.is_new_file == Some(true) {
        let content = take_text(&mut input, &["new_string"]);
        input.remove("old_string");
        return Action::create(path, content, input, kind(name));
    }
    let diff = outcome.diff.clone().unwrap_or_else(|| diff::from_texts(old, new));
    Action::edit(path, Some(diff), input, kind(name))
}

/// Returns whether the tool runs a sub-agent.
pub(crate) fn is_task(name: &str) -> bool {
    matches!(
        name,
        "task"
            | "agent"
            | "codebase_investigator"
            | "delegate_to_agent"
            | "invoke_agent"
            | "invoke_subagent"
            | "generalist"
            | "browser_agent"
            | "cli_help"
    )
}

fn is_write(name: &str) -> bool {
    matches!(name, "write_file" | "create_file" | "write")
}

fn is_edit(name: &str) -> bool {
    matches!(name, "replace" | "edit" | "edit_file" | "smart_edit")
}

fn kind(name: &str) -> &'static str {
    match name {
        "run_shell_command" | "shell" | "run_command" | "bash" => "shell",
        "read_file" | "view_file" | "read" | "read_many_files" => "file_read",
        "glob" | "search_file_content" | "grep_search" | "grep" | "ripgrep" | "list_directory" => {
            "search"
        }
        "google_web_search" | "web_search" | "web_fetch" => "web",
        _ if is_write(name) || is_edit(name) => "file_write",
        _ if is_task(name) => "task",
        _ => "other",
    }
}

/// The page to fetch: Qwen names it, Gemini's prompt holds it and stays whole.
fn page(input: &mut Map<String, Value>) -> Option<String> {
    if let Some(url) = take_text(input, &["url"]) {
        return Some(url);
    }
    let prompt = input.get("prompt")?.as_str()?;
    let is_edge = |c: char| c.is_whitespace() || "\"'`<>()[]{},".contains(c);
    let mut words = prompt.split(is_edge);
    words
        .find(|word| word.starts_with("http://") || word.starts_with("https://"))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, input: Value, outcome: Option<&Outcome>) -> (EventType, Vec<Block>) {
        let Value::Object(input) = input else { panic!("{input}") };
        describe(name, input, outcome).events.remove(0)
    }

    #[test]
    fn an_edit_counts_only_when_it_succeeded() {
        let input = json!({"file_path": "a", "old_string": "x\n", "new_string": "y\n"});
        let call = EventType::ToolCall { name: "replace".into() };
        assert_eq!(of("replace", input.clone(), None).0, call);
        let failed = Outcome { is_error: true, ..Outcome::default() };
        assert_eq!(of("replace", input.clone(), Some(&failed)).0, call);
        let (event_type, blocks) = of("replace", input, Some(&Outcome::default()));
        let diff = Some("@@ -1 +1 @@\n-x\n+y\n".to_owned());
        assert_eq!(event_type, EventType::FileEdit { path: "a".into(), diff });
        assert_eq!(blocks, [Block::json(json!({"old_string": "x\n", "new_string": "y\n"}))]);
    }

    #[test]
    fn a_written_file_is_new_or_changed() {
        let input = json!({"file_path": "a", "content": "y\n"});
        let outcome = |is_new_file| Outcome { is_new_file, ..Outcome::default() };
        let file = Block::File { path: "a".into(), content: Some("y\n".into()) };
        let create = EventType::FileCreate { path: "a".into() };
        let edit = EventType::FileEdit { path: "a".into(), diff: None };
        assert_eq!(
            of("write_file", input.clone(), Some(&outcome(None))),
            (create, vec![file.clone()])
        );
        assert_eq!(of("write_file", input, Some(&outcome(Some(false)))), (edit, vec![file]));
    }

    #[test]
    fn a_page_is_named_or_in_the_prompt() {
        let fetch = |url: &str| EventType::WebFetch { url: url.into() };
        let (event_type, blocks) =
            of("web_fetch", json!({"prompt": "Sum up <https://a.example/x>."}), None);
        assert_eq!(event_type, fetch("https://a.example/x"));
        assert_eq!(blocks.len(), 1);
        assert_eq!(of("web_fetch", json!({"url": "u"}), None), (fetch("u"), vec![]));
    }
}
