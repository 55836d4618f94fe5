//! What an editing tool changes: whole files, pairs of texts, patches.

use crate::codex::patch;
use crate::diff::{holds, of_parts, without_head};
use crate::session::{Outcome, take_text};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The parameters that name a file, in the tools of the command line and of the editor.
pub(super) const PATH_KEYS: [&str; 5] =
    ["path", "filePath", "file_path", "absolutePath", "dirPath"];

const OLD_KEYS: [&str; 3] = ["old_str", "oldString", "old_string"];
const NEW_KEYS: [&str; 3] = ["new_str", "newString", "new_string"];
const CONTENT_KEYS: [&str; 3] = ["file_text", "content", "fileText"];

/// The parameters that hold a patch: one written as a bare text has no name of its own.
const PATCH_KEYS: [&str; 3] = ["input", "patch", "arguments"];

/// A change to one file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub path: String,
    pub edit: Edit,
}

/// What a change does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Edit {
    /// The file is new, and this is in it, where the log tells.
    Create(Option<String>),
    /// A unified diff; nothing where the log does not tell.
    Diff(Option<String>),
    Delete,
}

/// Returns whether the tool changes files.
pub(crate) fn is_edit(name: &str) -> bool {
    matches!(
        name,
        "create"
            | "create_file"
            | "write_file"
            | "write"
            | "edit"
            | "edit_file"
            | "str_replace"
            | "str_replace_editor"
            | "replace_string_in_file"
            | "multi_replace_string_in_file"
            | "insert_edit_into_file"
            | "edit_notebook_file"
            | "apply_patch"
    )
}

/// Returns the changes that a call of `name` made, and takes what they tell out of the input; none for tools that
/// change no file.
pub(super) fn take(name: &str, input: &mut Map<String, Value>, outcome: &Outcome) -> Vec<Change> {
    let command = text(input, &["command"]).unwrap_or("").to_owned();
    let given = input.clone();
    let mut changes = match (name, command.as_str()) {
        ("create" | "create_file" | "write_file" | "write", _)
        | ("str_replace_editor", "create") => creation(input, outcome),
        ("edit" | "edit_file" | "str_replace" | "replace_string_in_file", _)
        | ("str_replace_editor", "str_replace" | "insert") => pair(input).into_iter().collect(),
        ("multi_replace_string_in_file", _) => pairs(input),
        ("insert_edit_into_file" | "edit_notebook_file", _) => take_text(input, &PATH_KEYS)
            .map(|path| Change { path, edit: Edit::Diff(None) })
            .into_iter()
            .collect(),
        ("apply_patch", _) => patched(input),
        _ => Vec::new(),
    };
    if name == "str_replace_editor" && !changes.is_empty() {
        input.remove("command");
    }
    if !place(&mut changes, outcome.diff.as_deref()) {
        let is_told = |key: &str| key == "command" || PATH_KEYS.contains(&key);
        input.extend(given.into_iter().filter(|(key, _)| !is_told(key)));
    }
    changes
}

impl Change {
    /// Returns the event that tells the change.
    pub(super) fn event(self) -> (EventType, Vec<Block>) {
        let path = self.path;
        match self.edit {
            Edit::Create(content) => {
                let file = Block::File { path: path.clone(), content };
                (EventType::FileCreate { path }, vec![file])
            }
            Edit::Diff(diff) => (EventType::FileEdit { path, diff }, Vec::new()),
            Edit::Delete => (EventType::FileDelete { path }, Vec::new()),
        }
    }
}

fn creation(input: &mut Map<String, Value>, outcome: &Outcome) -> Vec<Change> {
    if text(input, &PATH_KEYS).is_none() {
        return Vec::new();
    }
    let content = take_text(input, &CONTENT_KEYS);
    let edit = match (outcome.is_new_file, outcome.diff.as_deref()) {
        (Some(false), Some(_)) => Edit::Diff(None),
        _ => Edit::Create(content),
    };
    let path = take_text(input, &PATH_KEYS);
    path.map(|path| Change { path, edit }).into_iter().collect()
}

/// One text that is replaced by another, or put in behind a line.
fn pair(input: &mut Map<String, Value>) -> Option<Change> {
    text(input, &PATH_KEYS)?;
    let new = take_text(input, &NEW_KEYS).unwrap_or_default();
    let old = take_text(input, &OLD_KEYS).unwrap_or_default();
    let diff = Some(of_parts(&old, &new)).filter(|diff| !diff.is_empty());
    let path = take_text(input, &PATH_KEYS)?;
    Some(Change { path, edit: Edit::Diff(diff) })
}

fn pairs(input: &mut Map<String, Value>) -> Vec<Change> {
    let Some(Value::Array(items)) = input.get("replacements").or(input.get("edits")) else {
        return Vec::new();
    };
    let mut is_told = true;
    let mut read = |item: &Value| {
        let mut item = item.as_object()?.clone();
        let change = pair(&mut item)?;
        is_told &= item.is_empty();
        Some(change)
    };
    let found: Option<Vec<Change>> = items.iter().map(&mut read).collect();
    // A list that is only read in part stays as it is.
    let mut merged: Vec<Change> = Vec::new();
    let mut places = HashMap::new();
    for change in found.unwrap_or_default() {
        let place = *places.entry(change.path.clone()).or_insert(merged.len());
        let known = merged.get_mut(place);
        match (known.map(|known| &mut known.edit), change.edit) {
            (Some(Edit::Diff(Some(whole))), Edit::Diff(more)) => {
                whole.push_str(more.as_deref().unwrap_or(""));
            }
            (_, edit) => merged.push(Change { path: change.path, edit }),
        }
    }
    if !merged.is_empty() && is_told {
        input.remove("replacements");
        input.remove("edits");
    }
    merged
}

fn patched(input: &mut Map<String, Value>) -> Vec<Change> {
    let Some(found) = text(input, &PATCH_KEYS).and_then(patch::changes) else {
        return Vec::new();
    };
    // That a patch moves a file is said nowhere else.
    if found.iter().all(|change| change.move_to.is_none()) {
        take_text(input, &PATCH_KEYS);
    }
    let edit = |action: patch::Action| match action {
        patch::Action::Add(content) => Edit::Create(Some(content)),
        patch::Action::Update(diff) => Edit::Diff(Some(diff).filter(|diff| !diff.is_empty())),
        patch::Action::Delete => Edit::Delete,
    };
    let change = |found: patch::FileChange| Change { path: found.path, edit: edit(found.action) };
    found.into_iter().map(change).collect()
}

/// Puts the tool's own hunks in place of those made from its input, which do not know where they stand in the file.
/// Returns whether the changes still tell all that the input did: the tool shows few lines around a change.
fn place(changes: &mut [Change], report: Option<&str>) -> bool {
    let report = report.unwrap_or("");
    let files: Vec<String> = match report.trim_start().strip_prefix("diff --git ") {
        Some(files) => files.split("\ndiff --git ").map(without_head).collect(),
        None => vec![without_head(report)],
    };
    let mut files = if files.len() == changes.len() { files } else { Vec::new() }.into_iter();
    let mut is_told = true;
    for change in changes {
        let hunks = files.next().filter(|hunks| !hunks.is_empty());
        if let Edit::Diff(diff) = &mut change.edit {
            let own = diff.clone().unwrap_or_default();
            *diff = hunks.or(diff.take());
            is_told &= diff.as_deref().is_some_and(|diff| holds(diff, &own));
        }
    }
    is_told
}

/// Returns the first of these parameters that is a text.
pub(super) fn text<'m>(input: &'m Map<String, Value>, keys: &[&str]) -> Option<&'m str> {
    keys.iter().find_map(|key| input.get(*key)?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, input: Value, report: Option<&str>) -> (Vec<Change>, Value) {
        let Value::Object(mut input) = input else { panic!("{input}") };
        let outcome = Outcome { diff: report.map(str::to_owned), ..Outcome::default() };
        let changes = take(name, &mut input, &outcome);
        (changes, Value::Object(input))
    }

    fn edit(path: &str, diff: &str) -> Change {
        Change { path: path.into(), edit: Edit::Diff(Some(diff.into())) }
    }

    #[test]
    fn what_a_change_tells_is_taken_out_of_the_input() {
        let input = json!({"path": "a", "old_str": "x", "new_str": "y", "n": 1});
        let (found, rest) = of("edit", input, None);
        assert_eq!((found, rest), (vec![edit("a", "@@ -1 +1 @@\n-x\n+y\n")], json!({"n": 1})));
        let input = json!({"command": "create", "path": "a", "file_text": "x\n"});
        let create = Change { path: "a".into(), edit: Edit::Create(Some("x\n".into())) };
        assert_eq!(of("str_replace_editor", input, None), (vec![create], json!({})));
        let view = json!({"command": "view", "path": "a"});
        assert_eq!(of("str_replace_editor", view.clone(), None), (vec![], view));
        let pair = json!({"filePath": "a", "oldString": "x", "newString": "y"});
        let list = json!({"replacements": [pair, 7]});
        assert_eq!(of("multi_replace_string_in_file", list.clone(), None), (vec![], list));
        let (found, _) =
            of("multi_replace_string_in_file", json!({"replacements": [pair, pair]}), None);
        assert_eq!(found, [edit("a", "@@ -1 +1 @@\n-x\n+y\n@@ -1 +1 @@\n-x\n+y\n")]);
    }

    #[test]
    fn a_tools_own_diff_says_where_its_hunks_stand() {
        let report = "\ndiff --git a/a b/a\nindex 1..2 100644\n--- a/a\n+++ b/a\n@@ -7,1 +7,1 @@\n-diff --git x\n+y\n";
        let input = json!({"path": "a", "old_str": "x", "new_str": "y"});
        let (found, _) = of("edit", input.clone(), Some(report));
        assert_eq!(found, [edit("a", "@@ -7,1 +7,1 @@\n-diff --git x\n+y\n")]);
        assert_eq!(of("edit", input, Some("no diff")).0, [edit("a", "@@ -1 +1 @@\n-x\n+y\n")]);
        let long = json!({"path": "a", "old_str": "1\n2\n3\n4\nx", "new_str": "1\n2\n3\n4\ny"});
        let shown = "@@ -7,4 +7,4 @@\n 2\n 3\n 4\n-x\n+y\n";
        let (found, rest) = of("edit", long.clone(), Some(shown));
        assert_eq!(found, [edit("a", shown)]);
        assert_eq!((&rest["old_str"], &rest["new_str"]), (&long["old_str"], &long["new_str"]));
        assert_eq!(of("edit", long, None).1, json!({}));
        let whole = json!({"path": "a", "file_text": "x"});
        let outcome = |diff: &str| Outcome {
            is_new_file: Some(false),
            diff: Some(diff.into()),
            ..Outcome::default()
        };
        let Value::Object(mut input) = whole else { panic!("{whole}") };
        assert_eq!(take("create", &mut input, &outcome(shown)), [edit("a", shown)]);
        assert_eq!(Value::Object(input), json!({"file_text": "x"}));
        let patch = "*** Begin Patch\n*** Delete File: b\n*** End Patch";
        let delete = Change { path: "b".into(), edit: Edit::Delete };
        assert_eq!(of("apply_patch", json!({"arguments": patch}), None), (vec![delete], json!({})));
    }
}
