//! What a tool returned.

use super::speech;
use crate::session::Outcome;
use crate::{attachment, diff};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value};

/// Reads an observation: its content, and what else it tells, in `told`.
pub(super) fn of(content: Option<&Value>, told: &Value) -> Outcome {
    let text = |key: &str| told.get(key).and_then(Value::as_str);
    let flag = |key: &str| told.get(key) == Some(&Value::Bool(true));
    let metadata = told.get("metadata").unwrap_or(&Value::Null);
    let number = |value: &Value| value.get("exit_code").and_then(Value::as_i64);
    let code = number(told).or_else(|| number(metadata));
    // Such a program has not ended.
    let has_ended = code.is_some_and(|code| code != -1);
    let mut outcome = Outcome { exit_code: code.filter(|_| has_ended), ..Outcome::default() };
    let notice = |key: &str| metadata.get(key).and_then(Value::as_str).filter(|_| !has_ended);
    outcome.push_text(notice("prefix").unwrap_or(""));
    let (blocks, attachments) = speech::content(content);
    outcome.blocks.extend(blocks);
    outcome.attachments.extend(attachments);
    // The first versions of V1.
    outcome.push_text(text("output").unwrap_or(""));
    outcome.push_text(notice("suffix").unwrap_or("").trim_start());
    if let Some(error) = text("error").filter(|error| !error.trim().is_empty()) {
        outcome.push_text(error);
        outcome.is_error = true;
    }
    outcome.is_error |= flag("is_error") || flag("error");
    if outcome.blocks.is_empty() {
        outcome.push_text(text("message").unwrap_or(""));
    }
    push_screenshot(&mut outcome, told);
    read_change(&mut outcome, told);
    outcome
}

/// Reads what came of a call that another agent made.
pub(super) fn of_acp(event: &Value) -> Outcome {
    let mut outcome = Outcome::default();
    let mut parts = Vec::new();
    for part in event.get("content").and_then(Value::as_array).into_iter().flatten() {
        let text = |keys: [&str; 2]| keys.iter().find_map(|key| part.get(*key)?.as_str());
        let path = part.get("path").and_then(Value::as_str);
        match (path, text(["new_text", "newText"])) {
            (Some(path), Some(new)) => {
                let change = change(path, text(["old_text", "oldText"]), new);
                outcome.changes.push(change);
            }
            _ => parts.push(part.get("content").unwrap_or(part).clone()),
        }
    }
    let (blocks, attachments) = speech::content(Some(&Value::Array(parts)));
    outcome.blocks = blocks;
    outcome.attachments = attachments;
    let raw = event.get("raw_output").unwrap_or(&Value::Null);
    let code = raw.get("exitCode").or_else(|| raw.get("exit_code"));
    outcome.exit_code = code.and_then(Value::as_i64);
    if outcome.blocks.is_empty() && !raw.is_null() {
        match raw.as_str().or_else(|| raw.get("output")?.as_str()) {
            Some(text) => outcome.push_text(text),
            None => outcome.blocks.push(Block::json(raw.clone())),
        }
    }
    outcome
}

/// Returns the change of a file, or a new one where there was none.
fn change(path: &str, old: Option<&str>, new: &str) -> (EventType, Vec<Block>) {
    let path = path.to_owned();
    match old {
        Some(old) => {
            let diff = Some(diff::between(old, new)).filter(|diff| !diff.is_empty());
            (EventType::FileEdit { path, diff }, Vec::new())
        }
        None => {
            let file = Block::File { path: path.clone(), content: Some(new.to_owned()) };
            (EventType::FileCreate { path }, vec![file])
        }
    }
}

/// Reads how files were before and after.
fn read_change(outcome: &mut Outcome, told: &Value) {
    let text = |key: &str| told.get(key).and_then(Value::as_str);
    let flag = |key: &str| told.get(key).and_then(Value::as_bool);
    outcome.is_new_file = flag("is_new_file").or_else(|| flag("prev_exist").map(|was| !was));
    if let (Some(old), Some(new)) = (text("old_content"), text("new_content")) {
        outcome.diff = Some(diff::between(old, new));
    } else if let Some(told) = text("diff") {
        outcome.diff = Some(diff::without_head(told)).filter(|diff| !diff.is_empty());
    }
    let files = told.get("commit").and_then(|commit| commit.get("changes")?.as_object());
    for (path, file) in files.into_iter().flatten() {
        outcome.changes.extend(patched(path, file));
    }
}

/// Returns the events of one file of a patch.
fn patched(path: &str, file: &Value) -> Vec<(EventType, Vec<Block>)> {
    let text = |key: &str| file.get(key).and_then(Value::as_str);
    let (old, new) = (text("old_content"), text("new_content"));
    let gone = || (EventType::FileDelete { path: path.to_owned() }, Vec::new());
    match (text("type"), text("move_path").filter(|to| !to.is_empty())) {
        (Some("delete"), _) => vec![gone()],
        (Some("add"), _) => vec![change(path, None, new.unwrap_or(""))],
        (_, Some(to)) => vec![gone(), change(to, None, new.unwrap_or(""))],
        _ => vec![change(path, Some(old.unwrap_or("")), new.unwrap_or(""))],
    }
}

fn push_screenshot(outcome: &mut Outcome, told: &Value) {
    for key in ["screenshot", "screenshot_data"] {
        let Some(data) = told.get(key).and_then(Value::as_str).filter(|data| !data.is_empty())
        else {
            continue;
        };
        let image = if data.starts_with("data:") {
            attachment::image_at(data).1.map(|image| (image, "image/png"))
        } else {
            attachment::from_base64(data, "image/png").map(|image| (image, "image/png"))
        };
        if let Some((image, mime)) = image {
            outcome.blocks.push(attachment::block(&image, mime));
            outcome.attachments.push(image);
        }
    }
}

/// Returns a value as an object; any other stands under `name` in one.
pub(super) fn object(value: Option<&Value>, name: &str) -> Map<String, Value> {
    match value {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(fields)) => fields.clone(),
        Some(other) => Map::from_iter([(name.to_owned(), other.clone())]),
    }
}
