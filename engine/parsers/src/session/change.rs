//! Calls that change files, where tools name their inputs alike.

use super::action::{Action, take_text};
use super::outcome::Outcome;
use crate::codex::patch::{self, FileChange};
use crate::diff::between;
use opensession_hail::EventType;
use serde_json::{Map, Value};

/// The keys under which tools take a path.
pub(crate) const PATH_KEYS: [&str; 3] = ["path", "file_path", "filePath"];

/// The keys under which tools take what an edit replaces, and what stands there then.
const OLD_AND_NEW: [(&str, &str); 4] = [
    ("oldText", "newText"),
    ("old_text", "new_text"),
    ("old_string", "new_string"),
    ("old_str", "new_str"),
];

/// Says what a call is that changed files: a patch, or an edit of one file. What the result tells counts first.
pub(crate) fn describe_change(
    name: &str,
    mut input: Map<String, Value>,
    outcome: &Outcome,
    kind: &'static str,
) -> Action {
    if !outcome.changes.is_empty() {
        return Action { events: outcome.changes.clone(), kind }.with(input);
    }
    let patch = ["input", "patch"].iter().find_map(|key| input.get(*key)?.as_str());
    if let Some(changes) = patch.and_then(patch::changes) {
        let mut events: Vec<_> = changes.into_iter().map(FileChange::into_event).collect();
        if let [(EventType::FileEdit { diff, .. }, _)] = &mut events[..]
            && outcome.diff.is_some()
        {
            diff.clone_from(&outcome.diff);
        }
        return Action { events, kind }.with(input);
    }
    let Some(path) = take_text(&mut input, &PATH_KEYS) else {
        return Action::plain(name, input, kind);
    };
    let diff = outcome.diff.clone().unwrap_or_else(|| replaced(&input));
    Action::edit(path, Some(diff), input, kind)
}

/// Says what a call is that wrote a whole file: one that was not there, or one that was.
pub(crate) fn describe_write(
    name: &str,
    mut input: Map<String, Value>,
    outcome: &Outcome,
    kind: &'static str,
) -> Action {
    if !outcome.changes.is_empty() {
        return Action { events: outcome.changes.clone(), kind }.with(input);
    }
    let Some(path) = take_text(&mut input, &PATH_KEYS) else {
        return Action::plain(name, input, kind);
    };
    let content = take_text(&mut input, &["content"]);
    let mut action = Action::create(path.clone(), content, input, kind);
    let was_there = match outcome.is_new_file {
        Some(is_new) => !is_new,
        None => outcome.diff.is_some(),
    };
    if let Some((event_type, _)) = action.events.first_mut().filter(|_| was_there) {
        *event_type = EventType::FileEdit { path, diff: outcome.diff.clone() };
    }
    action
}

/// Returns the diff of what an edit replaces: one text, or several.
fn replaced(input: &Map<String, Value>) -> String {
    let pair = |edit: &Map<String, Value>| {
        let text = |key: &str| edit.get(key).and_then(Value::as_str);
        let found = OLD_AND_NEW.iter().find(|(_, new)| text(new).is_some())?;
        Some(between(text(found.0).unwrap_or(""), text(found.1)?))
    };
    let several = ["edits", "changes"].iter().find_map(|key| input.get(*key)?.as_array());
    let edits = several.into_iter().flatten().filter_map(Value::as_object);
    pair(input).unwrap_or_default() + &edits.filter_map(pair).collect::<String>()
}
