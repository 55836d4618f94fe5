//! Calls of the editors: what they look at, and what they change.

use super::invocation::path;
use crate::diff::{self, Hunk};
use crate::session::{Action, Outcome, take_text};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value};

const KIND: &str = "file_write";

/// Returns whether the tool may change files.
pub(super) fn is_editor(name: &str) -> bool {
    matches!(
        name,
        "file_editor"
            | "str_replace_editor"
            | "planning_file_editor"
            | "edit_file"
            | "edit"
            | "write"
            | "write_file"
            | "apply_patch"
            | "acp_edit"
            | "acp_delete"
            | "acp_move"
    )
}

/// Says what the call of an editor is. Only what has succeeded changed a file.
pub(super) fn describe(
    name: &str,
    mut input: Map<String, Value>,
    outcome: Option<&Outcome>,
) -> Action {
    if is_view(&input)
        && let Some(path) = path(&mut input)
    {
        return Action::one(EventType::FileRead { path }, input, "file_read");
    }
    let Some(outcome) = outcome.filter(|outcome| !outcome.is_error) else {
        return Action::plain(name, input, KIND);
    };
    if !outcome.changes.is_empty() {
        let mut events = outcome.changes.clone();
        if let Some((_, blocks)) = events.first_mut() {
            blocks.push(Block::json(input));
        }
        return Action { events, kind: KIND };
    }
    match (name, path(&mut input)) {
        ("apply_patch" | "acp_edit" | "acp_delete" | "acp_move", Some(path)) => {
            input.insert("path".to_owned(), path.into());
            Action::plain(name, input, KIND)
        }
        (_, Some(path)) => change(path, input, outcome),
        (_, None) => Action::plain(name, input, KIND),
    }
}

/// Classic logs leave out the command `view`: there it is an action of its own.
fn is_view(input: &Map<String, Value>) -> bool {
    match input.get("command").and_then(Value::as_str) {
        Some(command) => command == "view",
        None => {
            let changes =
                ["file_text", "content", "old_str", "new_str", "old_string", "new_string", "patch"];
            let is_acp = input.contains_key("title");
            !is_acp && !changes.iter().any(|key| input.contains_key(*key))
        }
    }
}

fn change(path: String, mut input: Map<String, Value>, outcome: &Outcome) -> Action {
    let text = |key: &str| input.get(key).and_then(Value::as_str);
    let (old, new) = (
        text("old_str").or_else(|| text("old_string")),
        text("new_str").or_else(|| text("new_string")),
    );
    let whole = ["file_text", "content"].into_iter().find(|key| text(key).is_some());
    let is_new = outcome.is_new_file.unwrap_or(outcome.diff.is_none());
    if let Some(key) = whole.filter(|_| is_new && old.is_none()) {
        let content = take_text(&mut input, &[key]);
        return Action::create(path, content, input, KIND);
    }
    if is_new && old.is_some_and(str::is_empty) && outcome.is_new_file == Some(true) {
        let content = take_text(&mut input, &["new_str", "new_string"]);
        return Action::create(path, content, input, KIND);
    }
    let line = input.get("insert_line").and_then(Value::as_u64);
    let diff = outcome.diff.clone().or_else(|| match (old, new, line) {
        (None, Some(new), Some(line)) => Some(inserted(line, new)),
        (None, None, _) => None,
        (old, new, _) => Some(diff::between(old.unwrap_or(""), new.unwrap_or(""))),
    });
    Action::edit(path, diff, input, KIND)
}

/// Returns the diff of lines put behind line `line`.
fn inserted(line: u64, text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| format!("+{line}").into()).collect();
    let new_lines = lines.len() as u64;
    let hunk =
        Hunk { old_start: line, old_lines: 0, new_start: line.saturating_add(1), new_lines, lines };
    diff::from_hunks(&[hunk])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(input: Value, outcome: Option<&Outcome>) -> (EventType, Vec<Block>) {
        let Value::Object(input) = input else { panic!("{input}") };
        describe("file_editor", input, outcome).events.remove(0)
    }

    fn edit(diff: Option<&str>) -> EventType {
        EventType::FileEdit { path: "/a".into(), diff: diff.map(str::to_owned) }
    }

    #[test]
    fn each_command_of_the_editor_is_what_it_does() {
        let done = Outcome::default();
        let read = EventType::FileRead { path: "/a".into() };
        assert_eq!(of(json!({"command": "view", "path": "/a"}), None).0, read);
        assert_eq!(of(json!({"path": "/a", "view_range": [1, 2]}), None).0, read);
        let create = json!({"command": "create", "path": "/a", "file_text": "x\n"});
        let call = EventType::ToolCall { name: "file_editor".into() };
        assert_eq!(of(create.clone(), None).0, call);
        let file = Block::File { path: "/a".into(), content: Some("x\n".into()) };
        let (event_type, blocks) = of(create.clone(), Some(&done));
        assert_eq!(event_type, EventType::FileCreate { path: "/a".into() });
        assert_eq!(blocks, [file, Block::json(json!({"command": "create"}))]);
        let over = Outcome {
            is_new_file: Some(false),
            diff: Some("@@ -1 +1 @@\n-o\n+x\n".into()),
            ..Outcome::default()
        };
        assert_eq!(of(create, Some(&over)).0, edit(Some("@@ -1 +1 @@\n-o\n+x\n")));
        let replace =
            json!({"command": "str_replace", "path": "/a", "old_str": "x\n", "new_str": "y\n"});
        assert_eq!(of(replace.clone(), Some(&done)).0, edit(Some("@@ -1 +1 @@\n-x\n+y\n")));
        let failed = Outcome { is_error: true, ..Outcome::default() };
        assert_eq!(of(replace, Some(&failed)).0, call);
        let insert =
            json!({"command": "insert", "path": "/a", "insert_line": 3, "new_str": "p\nq\n"});
        assert_eq!(of(insert, Some(&done)).0, edit(Some("@@ -3,0 +4,2 @@\n+p\n+q\n")));
        assert_eq!(of(json!({"command": "undo_edit", "path": "/a"}), Some(&done)).0, edit(None));
    }
}
