//! Which events a tool call becomes: the tools of the extensions and those of the command line tool.

use crate::cline::of_blocks;
use crate::diff::between;
use crate::session::{Action, Outcome, take_command, take_text, title};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value};

/// The keys under which tools take a path.
const PATH_KEYS: [&str; 4] = ["filepath", "file_path", "path", "filePath"];

/// Says what a call is.
pub(super) fn describe(
    name: &str,
    mut input: Map<String, Value>,
    outcome: Option<&Outcome>,
) -> Action {
    let own = own_name(name);
    let kind = kind(own);
    let taken = match kind {
        "shell" => take_command(&mut input, &["command"], outcome),
        "file_read" => take_text(&mut input, &PATH_KEYS).map(|path| EventType::FileRead { path }),
        "web" => take_text(&mut input, &["url"])
            .map(|url| EventType::WebFetch { url })
            .or_else(|| Some(EventType::WebSearch { query: take_text(&mut input, &["query"])? })),
        "search" if is_of_names(own) => {
            take_text(&mut input, &["pattern"]).map(|pattern| EventType::FileSearch { pattern })
        }
        "search" => take_text(&mut input, &["query", "pattern"])
            .map(|query| EventType::CodeSearch { query }),
        _ => None,
    };
    if let Some(event_type) = taken {
        return Action::one(event_type, input, kind);
    }
    match outcome.filter(|outcome| !outcome.is_error) {
        Some(outcome) if kind == "file_write" => describe_change(name, input, outcome),
        done if kind == "task" && (done.is_some() || outcome.is_none()) => {
            let title = title(&input, &["description", "prompt", "task"]);
            Action::one(EventType::TaskStart { title }, input, kind)
        }
        _ => Action::plain(name, input, kind),
    }
}

/// Returns whether the tool changes a file.
pub(super) fn is_change(name: &str) -> bool {
    kind(own_name(name)) == "file_write"
}

/// Returns whether the tool runs a program.
pub(super) fn is_shell(name: &str) -> bool {
    kind(own_name(name)) == "shell"
}

/// The change that a call has made.
fn describe_change(name: &str, mut input: Map<String, Value>, outcome: &Outcome) -> Action {
    let kind = "file_write";
    let Some(path) = take_text(&mut input, &PATH_KEYS) else {
        return Action::plain(name, input, kind);
    };
    let diff = outcome.diff.clone();
    if !matches!(own_name(name), "Write" | "create_new_file" | "write_file") {
        let diff = diff.or_else(|| diff_of(&input));
        return Action::edit(path, diff, input, kind);
    }
    let content = take_text(&mut input, &["contents", "content"]);
    if diff.is_none() {
        return Action::create(path, content, input, kind);
    }
    let file = Block::File { path: path.clone(), content };
    let mut action = Action::edit(path, diff, input, kind);
    if let Some((_, blocks)) = action.events.first_mut() {
        blocks.insert(0, file);
    }
    action
}

/// Returns the diff that the input of an edit tells: one pair of texts, several, or SEARCH/REPLACE blocks. Where they
/// stand in the file nobody says.
fn diff_of(input: &Map<String, Value>) -> Option<String> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let own = Value::Object(input.clone());
    let edits = input.get("edits").and_then(Value::as_array);
    let mut whole = String::new();
    for edit in edits.map_or_else(|| std::slice::from_ref(&own), Vec::as_slice) {
        if let (Some(old), Some(new)) = (text(edit, "old_string"), text(edit, "new_string")) {
            whole.push_str(&between(&old, &new));
        }
    }
    let blocks = ["diffs", "diff"].into_iter().filter_map(|key| input.get(key));
    for block in blocks {
        let several = block.as_array().map_or_else(|| std::slice::from_ref(block), Vec::as_slice);
        for text in several.iter().filter_map(Value::as_str) {
            whole.push_str(&of_blocks(text, 0));
        }
    }
    Some(whole)
}

/// The names of built-in tools began with `builtin_` once.
fn own_name(name: &str) -> &str {
    name.strip_prefix("builtin_").unwrap_or(name)
}

fn is_of_names(name: &str) -> bool {
    matches!(name, "file_glob_search" | "Glob")
}

fn kind(name: &str) -> &'static str {
    match name {
        "Bash" | "run_terminal_command" => "shell",
        "Read" | "read_file" | "read_file_range" | "read_currently_open_file" => "file_read",
        "Write"
        | "create_new_file"
        | "write_file"
        | "Edit"
        | "MultiEdit"
        | "edit_existing_file"
        | "single_find_and_replace"
        | "multi_edit"
        | "edit_file"
        | "search_and_replace_in_file" => "file_write",
        "Search" | "Grep" | "grep_search" | "exact_search" | "codebase" | "List" | "ls"
        | "view_subdirectory" | "view_repo_map" => "search",
        _ if is_of_names(name) => "search",
        "search_web" | "WebSearch" | "fetch_url_content" | "Fetch" => "web",
        "Subagent" | "subagent" | "Task" => "task",
        _ => "other",
    }
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
    fn edits_of_each_tool_become_diffs() {
        let done = Outcome::default();
        let diff = "@@ -1 +1 @@\n-a\n+b\n";
        let edit = |diff: &str| EventType::FileEdit { path: "x".into(), diff: Some(diff.into()) };
        let pair = json!({"filepath": "x", "old_string": "a\n", "new_string": "b\n"});
        assert_eq!(of("single_find_and_replace", pair.clone(), Some(&done)).0, edit(diff));
        let edits = json!({"file_path": "x", "edits": [pair, pair, 7]});
        assert_eq!(of("MultiEdit", edits, Some(&done)).0, edit(&diff.repeat(2)));
        let blocks = "------- SEARCH\na\n=======\nb\n+++++++ REPLACE";
        let blocks = json!({"filepath": "x", "diffs": [blocks]});
        assert_eq!(of("search_and_replace_in_file", blocks, Some(&done)).0, edit(diff));
        let lazy = json!({"filepath": "x", "changes": "// ... existing code ..."});
        let edit = EventType::FileEdit { path: "x".into(), diff: None };
        assert_eq!(of("builtin_edit_existing_file", lazy, Some(&done)).0, edit);
    }

    #[test]
    fn a_failed_change_is_a_call_and_a_written_file_is_new_without_a_diff() {
        let input = || json!({"filepath": "x", "contents": "a"});
        let failed = Outcome { is_error: true, ..Outcome::default() };
        let call = EventType::ToolCall { name: "create_new_file".into() };
        assert_eq!(of("create_new_file", input(), Some(&failed)).0, call);
        let file = Block::File { path: "x".into(), content: Some("a".into()) };
        let create = EventType::FileCreate { path: "x".into() };
        let done = Outcome::default();
        assert_eq!(of("create_new_file", input(), Some(&done)), (create, vec![file.clone()]));
        let diff = Some("@@ -1 +1 @@\n-b\n+a\n".to_owned());
        let done = Outcome { diff: diff.clone(), ..Outcome::default() };
        let edit = EventType::FileEdit { path: "x".into(), diff };
        assert_eq!(of("Write", input(), Some(&done)), (edit, vec![file]));
    }

    #[test]
    fn searches_and_pages_are_what_they_are() {
        let search = EventType::WebSearch { query: "q".into() };
        assert_eq!(of("search_web", json!({"query": "q"}), None).0, search);
        let page = EventType::WebFetch { url: "u".into() };
        assert_eq!(of("fetch_url_content", json!({"url": "u"}), None).0, page);
        let names = EventType::FileSearch { pattern: "*.rs".into() };
        assert_eq!(of("file_glob_search", json!({"pattern": "*.rs"}), None).0, names);
        let code = EventType::CodeSearch { query: "x".into() };
        assert_eq!(of("Search", json!({"pattern": "x"}), None).0, code);
        let folder = EventType::ToolCall { name: "ls".into() };
        assert_eq!(of("ls", json!({"dirPath": "."}), None).0, folder);
    }
}
