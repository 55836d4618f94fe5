//! Which events a tool call becomes.

use crate::diff::{holds, of_parts};
use crate::session::{Action, Outcome, take_command, take_text, title};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value};

/// Says what a call is.
pub(super) fn describe(
    name: &str,
    mut input: Map<String, Value>,
    outcome: Option<&Outcome>,
) -> Action {
    let kind = kind(name);
    let came_to = outcome.filter(|outcome| !outcome.is_error);
    let taken = match name {
        "terminal" | "sandboxed_terminal" | "bash" => {
            take_command(&mut input, &["command"], outcome)
        }
        "read_file" => take_text(&mut input, &["path"]).map(|path| EventType::FileRead { path }),
        "find_path" | "path_search" => take_text(&mut input, &["glob", "pattern"])
            .map(|pattern| EventType::FileSearch { pattern }),
        "grep" | "regex_search" => {
            take_text(&mut input, &["regex", "query"]).map(|query| EventType::CodeSearch { query })
        }
        "web_search" => {
            take_text(&mut input, &["query"]).map(|query| EventType::WebSearch { query })
        }
        "fetch" => take_text(&mut input, &["url"]).map(|url| EventType::WebFetch { url }),
        "delete_path" if came_to.is_some() => {
            take_text(&mut input, &["path"]).map(|path| EventType::FileDelete { path })
        }
        "spawn_agent" | "subagent" if came_to.is_some() => {
            Some(EventType::TaskStart { title: title(&input, &["label", "summary", "message"]) })
        }
        _ => None,
    };
    match (taken, came_to) {
        (Some(event_type), _) => Action::one(event_type, input, kind),
        (None, Some(outcome)) if is_edit(name) => change(name, input, outcome, kind),
        _ => Action::plain(name, input, kind),
    }
}

/// Says what a call that changed a file is. What the change tells is not said again.
fn change(
    name: &str,
    mut input: Map<String, Value>,
    outcome: &Outcome,
    kind: &'static str,
) -> Action {
    if !outcome.changes.is_empty() {
        input.remove("path");
        leave_untold(&mut input, &outcome.changes);
        return Action { events: outcome.changes.clone(), kind }.with(input);
    }
    let Some(path) = take_text(&mut input, &["path"]) else {
        return Action::plain(name, input, kind);
    };
    let mode = input.get("mode").and_then(Value::as_str).unwrap_or("");
    let is_whole = mode == "create" || matches!(name, "create_file" | "write_file");
    if is_whole {
        let content = take_text(&mut input, &["content", "contents"]);
        return Action::create(path, content, input, kind);
    }
    let diff = match input.get("edits").and_then(Value::as_array) {
        Some(edits) => edits.iter().map(|edit| replaced(edit, "old_text", "new_text")).collect(),
        None => replaced(&Value::Object(input.clone()), "find", "replace"),
    };
    Action::edit(path, Some(diff), input, kind)
}

/// Takes out of the input what the changes tell.
fn leave_untold(input: &mut Map<String, Value>, changes: &[(EventType, Vec<Block>)]) {
    let is_new = changes.iter().any(|(change, _)| matches!(change, EventType::FileCreate { .. }));
    let diffs = changes.iter().filter_map(|(change, _)| match change {
        EventType::FileEdit { diff, .. } => diff.as_deref(),
        _ => None,
    });
    let diffs: Vec<&str> = diffs.collect();
    let is_shown = |edit: &Value| {
        let part = replaced(edit, "old_text", "new_text");
        diffs.iter().any(|diff| holds(diff, &part))
    };
    let edits = input.get("edits").and_then(Value::as_array);
    if is_new || edits.is_some_and(|edits| edits.iter().all(is_shown)) {
        input.remove("edits");
    }
    if is_new {
        input.remove("content");
        input.remove("contents");
    }
}

fn replaced(edit: &Value, old: &str, new: &str) -> String {
    let text = |key: &str| edit.get(key).and_then(Value::as_str).unwrap_or("");
    of_parts(text(old), text(new))
}

fn is_edit(name: &str) -> bool {
    matches!(
        name,
        "edit_file" | "streaming_edit_file" | "write_file" | "create_file" | "find_replace_file"
    )
}

fn kind(name: &str) -> &'static str {
    match name {
        "terminal" | "sandboxed_terminal" | "bash" => "shell",
        "read_file" => "file_read",
        "delete_path" | "move_path" | "copy_path" | "create_directory" => "file_write",
        "find_path" | "path_search" | "grep" | "regex_search" | "list_directory" => "search",
        "web_search" | "fetch" => "web",
        "spawn_agent" | "subagent" => "task",
        name if is_edit(name) => "file_write",
        _ => "other",
    }
}

/// Makes the paths of an input absolute: they begin with the name of a folder of the project.
pub(super) fn resolve(input: &mut Map<String, Value>, roots: &[String]) {
    for key in ["path", "cd", "source_path", "destination_path"] {
        if let Some(Value::String(path)) = input.get_mut(key) {
            *path = absolute(path, roots);
        }
    }
}

/// Returns the path in the folder of the project whose name it begins with; any other path as it is.
pub(super) fn absolute(path: &str, roots: &[String]) -> String {
    let (first, rest) = path.split_once(['/', '\\']).unwrap_or((path, ""));
    let root = roots.iter().find(|root| {
        let root = root.trim_end_matches(['/', '\\']);
        !first.is_empty() && root.rsplit(['/', '\\']).next() == Some(first)
    });
    match root.map(|root| root.trim_end_matches(['/', '\\'])) {
        None => path.to_owned(),
        Some(root) if rest.is_empty() => root.to_owned(),
        Some(root) if root.contains('\\') => format!("{root}\\{}", rest.replace('/', "\\")),
        Some(root) => format!("{root}/{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_with_the_name_of_a_folder_of_the_project() {
        let roots = ["/src/demo".to_owned(), "C:\\src\\site".to_owned()];
        for (path, whole) in [
            ("demo/src/main.rs", "/src/demo/src/main.rs"),
            ("demo", "/src/demo"),
            ("site/a/b.ts", "C:\\src\\site\\a\\b.ts"),
            ("/src/demo/x", "/src/demo/x"),
            ("other/x", "other/x"),
            ("", ""),
        ] {
            assert_eq!(absolute(path, &roots), whole);
        }
    }
}
