//! Which events a tool call becomes.

use crate::session::{
    Action, Outcome, PATH_KEYS, describe_change, describe_write, take_command, take_text, title,
};
use opensession_hail::EventType;
use serde_json::{Map, Value};

/// The keys under which a sub-agent is told what to do.
const TITLE_KEYS: [&str; 5] = ["description", "title", "task", "prompt", "assignment"];

/// Says what a call is.
pub(super) fn describe(
    name: &str,
    mut input: Map<String, Value>,
    outcome: Option<&Outcome>,
) -> Action {
    let kind = kind(name);
    let taken = match name {
        _ if is_shell(name) => take_command(&mut input, &["command", "cmd"], outcome),
        "read" | "read_file" => take_text(&mut input, &PATH_KEYS).map(read),
        "find" | "glob" => {
            take_text(&mut input, &["pattern"]).map(|pattern| EventType::FileSearch { pattern })
        }
        "grep" | "search" => take_text(&mut input, &["pattern", "query"])
            .map(|query| EventType::CodeSearch { query }),
        "web_search" | "websearch" => {
            take_text(&mut input, &["query", "q"]).map(|query| EventType::WebSearch { query })
        }
        "fetch" | "web_fetch" | "webfetch" => {
            take_text(&mut input, &["url"]).map(|url| EventType::WebFetch { url })
        }
        _ => None,
    };
    if let Some(event_type) = taken {
        let is_page = matches!(event_type, EventType::WebFetch { .. });
        return Action::one(event_type, input, if is_page { "web" } else { kind });
    }
    if is_task(name) && outcome.is_none_or(|outcome| !outcome.is_error) {
        let title = task_title(&input);
        return Action::one(EventType::TaskStart { title }, input, kind);
    }
    match outcome.filter(|outcome| !outcome.is_error) {
        Some(outcome) if is_write(name) => describe_write(name, input, outcome, kind),
        Some(outcome) if is_change(name) => describe_change(name, input, outcome, kind),
        _ => Action::plain(name, input, kind),
    }
}

/// Returns whether the tool runs a program.
pub(super) fn is_shell(name: &str) -> bool {
    matches!(name, "bash" | "powershell" | "shell")
}

/// Returns whether the tool changes files.
pub(super) fn is_change(name: &str) -> bool {
    is_write(name)
        || matches!(name, "edit" | "edit_file" | "multi_edit" | "apply_patch" | "ast_edit")
}

/// Returns whether the tool writes a whole file.
pub(super) fn is_write(name: &str) -> bool {
    matches!(name, "write" | "write_file")
}

fn is_task(name: &str) -> bool {
    matches!(name, "task" | "subagent")
}

fn kind(name: &str) -> &'static str {
    match name {
        _ if is_shell(name) => "shell",
        _ if is_change(name) => "file_write",
        _ if is_task(name) => "task",
        "read" | "read_file" => "file_read",
        "find" | "glob" | "grep" | "search" | "ls" | "ast_grep" => "search",
        "web_search" | "websearch" | "fetch" | "web_fetch" | "webfetch" => "web",
        _ => "other",
    }
}

/// A path may also be a page.
fn read(path: String) -> EventType {
    if path.starts_with("https://") || path.starts_with("http://") {
        EventType::WebFetch { url: path }
    } else {
        EventType::FileRead { path }
    }
}

fn task_title(input: &Map<String, Value>) -> Option<String> {
    let first = || input.get("tasks")?.as_array()?.first()?.as_object();
    title(input, &TITLE_KEYS).or_else(|| title(first()?, &TITLE_KEYS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use opensession_hail::Block;
    use serde_json::json;

    fn of(name: &str, input: Value, outcome: Option<&Outcome>) -> Vec<(EventType, Vec<Block>)> {
        let Value::Object(input) = input else { unreachable!("{input}") };
        describe(name, input, outcome).events
    }

    #[test]
    fn an_edit_counts_when_it_succeeded_and_its_diff_is_the_logs_or_that_of_the_texts() {
        let input = json!({"path": "a", "edits": [{"oldText": "x\n", "newText": "y\n"},
            {"oldText": "p\n", "newText": ""}]});
        let call = EventType::ToolCall { name: "edit".into() };
        let failed = Outcome { is_error: true, ..Outcome::default() };
        assert_eq!(of("edit", input.clone(), Some(&failed))[0].0, call);
        let diff = "@@ -1 +1 @@\n-x\n+y\n@@ -1 +0,0 @@\n-p\n";
        let edit = |diff: &str| EventType::FileEdit { path: "a".into(), diff: Some(diff.into()) };
        assert_eq!(of("edit", input.clone(), Some(&Outcome::default()))[0].0, edit(diff));
        let told = Outcome { diff: Some("@@ -7 +7 @@\n-x\n+y\n".into()), ..Outcome::default() };
        assert_eq!(of("edit", input, Some(&told))[0].0, edit("@@ -7 +7 @@\n-x\n+y\n"));
    }

    #[test]
    fn a_patch_is_one_event_for_each_file() {
        let patch = "*** Begin Patch\n*** Add File: a\n+x\n*** Delete File: b\n*** End Patch";
        let events = of("apply_patch", json!({"input": patch}), Some(&Outcome::default()));
        let types: Vec<_> = events.into_iter().map(|(event_type, _)| event_type).collect();
        let expected = [
            EventType::FileCreate { path: "a".into() },
            EventType::FileDelete { path: "b".into() },
        ];
        assert_eq!(types, expected);
    }

    #[test]
    fn pages_are_read_like_files_and_the_first_task_names_a_batch() {
        let url = "https://a.example/".to_owned();
        let fetch = EventType::WebFetch { url: url.clone() };
        assert_eq!(of("read", json!({"path": url}), None), [(fetch, vec![])]);
        let batch = json!({"tasks": [{"task": "look"}]});
        let start = EventType::TaskStart { title: Some("look".into()) };
        assert_eq!(of("task", batch, None)[0].0, start);
    }
}
