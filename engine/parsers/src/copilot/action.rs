//! Which events a tool call becomes.

use super::change::{self, Change, PATH_KEYS, is_edit, text};
use crate::session::{Action, Outcome, take_command, take_text, title};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value};

/// The keys under which a sub-agent is told what to do.
const TITLE_KEYS: [&str; 4] = ["description", "prompt", "query", "task"];

/// Says what a call is. Of the outcome's `diff` the heads of files are kept, as it may be of several.
pub(crate) fn describe(
    name: &str,
    mut input: Map<String, Value>,
    outcome: Option<&Outcome>,
) -> Action {
    let kind = kind(name);
    if let Some(outcome) = outcome.filter(|outcome| !outcome.is_error) {
        let changes = change::take(name, &mut input, outcome);
        if !changes.is_empty() {
            return several(changes.into_iter().map(Change::event).collect(), input, kind);
        }
    }
    let pages = pages(name, &mut input);
    if !pages.is_empty() {
        return several(pages, input, kind);
    }
    match single(name, &mut input, outcome) {
        Some(event_type) => Action::one(event_type, input, kind),
        None => Action::plain(name, input, kind),
    }
}

/// Returns the exit code that the last line of a command's output tells.
///
/// `<exited with exit code 0>`, and `<shellId: 3 completed with exit code 0>` of one that ran in the background.
pub(crate) fn exit_code(output: &str) -> Option<i64> {
    let line = output.trim_end().rsplit('\n').next()?;
    let (_, rest) = line.strip_suffix('>')?.rsplit_once(" exit code ")?;
    line.starts_with('<').then_some(())?;
    rest.trim().parse().ok()
}

/// Returns events, of which the first holds what is left of the input.
fn several(
    mut events: Vec<(EventType, Vec<Block>)>,
    rest: Map<String, Value>,
    kind: &'static str,
) -> Action {
    if let Some((_, blocks)) = events.first_mut().filter(|_| !rest.is_empty()) {
        blocks.push(Block::json(rest));
    }
    Action { events, kind }
}

/// The events of a call that fetches several pages.
fn pages(name: &str, input: &mut Map<String, Value>) -> Vec<(EventType, Vec<Block>)> {
    let Some(Value::Array(urls)) = input.get("urls").filter(|_| name == "fetch_webpage") else {
        return Vec::new();
    };
    let page = |url: &Value| Some(EventType::WebFetch { url: url.as_str()?.to_owned() });
    let pages: Option<Vec<_>> = urls.iter().map(page).collect();
    let pages = pages.unwrap_or_default();
    if !pages.is_empty() {
        input.remove("urls");
    }
    pages.into_iter().map(|page| (page, Vec::new())).collect()
}

/// The event of a call about one thing, which is taken out of the input.
fn single(
    name: &str,
    input: &mut Map<String, Value>,
    outcome: Option<&Outcome>,
) -> Option<EventType> {
    let read = |input: &mut Map<String, Value>| {
        take_text(input, &PATH_KEYS).map(|path| EventType::FileRead { path })
    };
    match name {
        _ if is_shell(name) => take_command(input, &["command", "cmd"], outcome),
        "view" | "read" | "read_file" | "show_file" | "view_image" => read(input),
        "str_replace_editor" if text(input, &["command"]) == Some("view") => {
            input.remove("command");
            read(input)
        }
        "grep" | "rg" | "grep_search" | "semantic_search" | "codebase_search" => {
            take_text(input, &["pattern", "query"]).map(|query| EventType::CodeSearch { query })
        }
        "glob" | "file_search" | "list_dir" => take_text(input, &["pattern", "query", "path"])
            .map(|pattern| EventType::FileSearch { pattern }),
        "web_search" => take_text(input, &["query"]).map(|query| EventType::WebSearch { query }),
        "web_fetch" | "fetch_webpage" | "open_simple_browser" => {
            take_text(input, &["url"]).map(|url| EventType::WebFetch { url })
        }
        _ if is_task(name) && outcome.is_none_or(|outcome| !outcome.is_error) => {
            Some(EventType::TaskStart { title: title(input, &TITLE_KEYS) })
        }
        _ => None,
    }
}

/// Returns whether the tool runs a program.
fn is_shell(name: &str) -> bool {
    matches!(name, "bash" | "powershell" | "shell" | "local_shell" | "run_in_terminal")
}

/// Returns whether the tool runs a sub-agent.
fn is_task(name: &str) -> bool {
    matches!(
        name,
        "task" | "runSubagent" | "run_subagent" | "search_subagent" | "execution_subagent"
    )
}

fn kind(name: &str) -> &'static str {
    match name {
        "read_bash"
        | "write_bash"
        | "stop_bash"
        | "list_bash"
        | "read_powershell"
        | "write_powershell"
        | "stop_powershell"
        | "list_powershell"
        | "get_terminal_output"
        | "await_terminal"
        | "kill_terminal"
        | "send_to_terminal"
        | "create_and_run_task" => "shell",
        "view" | "read" | "read_file" | "show_file" | "view_image" | "get_terminal_selection" => {
            "file_read"
        }
        "grep" | "rg" | "glob" | "grep_search" | "file_search" | "semantic_search"
        | "codebase_search" | "list_dir" | "list_code_usages" | "test_search" => "search",
        "web_search" | "web_fetch" | "fetch_webpage" | "open_simple_browser" | "github_repo" => {
            "web"
        }
        "read_agent" | "list_agents" | "write_agent" => "task",
        "create_directory" => "file_write",
        _ if is_shell(name) => "shell",
        _ if is_edit(name) => "file_write",
        _ if is_task(name) => "task",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, input: Value, outcome: Option<&Outcome>) -> Vec<(EventType, Vec<Block>)> {
        let Value::Object(input) = input else { panic!("{input}") };
        describe(name, input, outcome).events
    }

    #[test]
    fn an_edit_counts_only_when_it_succeeded() {
        let input = json!({"path": "a", "old_str": "x", "new_str": "y"});
        let call = EventType::ToolCall { name: "edit".into() };
        let failed = Outcome { is_error: true, ..Outcome::default() };
        for outcome in [None, Some(&failed)] {
            let found = of("edit", input.clone(), outcome);
            assert_eq!(found, [(call.clone(), vec![Block::json(input.clone())])]);
        }
        let found = of("edit", input, Some(&Outcome::default()));
        assert!(matches!(&found[0].0, EventType::FileEdit { path, diff: Some(_) } if path == "a"));
    }

    #[test]
    fn commands_reads_searches_and_pages_are_what_they_are() {
        let outcome = Outcome { exit_code: Some(3), ..Outcome::default() };
        let found = of("bash", json!({"command": "ls", "mode": "sync"}), Some(&outcome));
        let shell = EventType::ShellCommand { command: "ls".into(), exit_code: Some(3) };
        assert_eq!(found, [(shell, vec![Block::json(json!({"mode": "sync"}))])]);
        let input = json!({"urls": ["u", "v"], "query": "q"});
        let found = of("fetch_webpage", input, None);
        let page = |url: &str| EventType::WebFetch { url: url.into() };
        let rest = Block::json(json!({"query": "q"}));
        assert_eq!(found, [(page("u"), vec![rest]), (page("v"), vec![])]);
        let found = of("view", json!({"path": 7}), None);
        assert_eq!(found[0].0, EventType::ToolCall { name: "view".into() });
        let title = Some("Look around".to_owned());
        let found = of("task", json!({"description": "Look around"}), None);
        assert_eq!(found[0].0, EventType::TaskStart { title });
    }

    #[test]
    fn the_last_line_tells_the_exit_code() {
        assert_eq!(exit_code("a\n<exited with exit code 1>\n"), Some(1));
        assert_eq!(exit_code("<shellId: 3 completed with exit code -2>"), Some(-2));
        assert_eq!(exit_code("<exited with exit code 1>\nmore"), None);
        assert_eq!(exit_code("<command with id: 3 is still running>"), None);
        assert_eq!(exit_code(""), None);
    }
}
