//! What came of a call: what the model was told of it, and what the screen shows.

use super::{text, uri};
use crate::attachment;
use crate::clip::clip;
use crate::session::Outcome;
use opensession_hail::Block;
use serde_json::{Value, json};

/// Returns what came of a call that the screen shows as `item`; `told` is what the model was told.
pub(super) fn read(item: &Value, told: Option<&Value>) -> Outcome {
    let mut outcome = Outcome::default();
    read_told(told, &mut outcome);
    let details = item.get("resultDetails").unwrap_or(&Value::Null);
    let specific = item.get("toolSpecificData").unwrap_or(&Value::Null);
    if outcome.blocks.is_empty() {
        read_details(details, &mut outcome);
    }
    read_specific(specific, &mut outcome);
    outcome.is_error |= details.get("isError") == Some(&Value::Bool(true)) || is_denied(item);
    if let Some(error) = item.get("resultError").filter(|error| !is_nothing(error)) {
        outcome.is_error = true;
        if let Some(message) = text::of(error).filter(|text| *text != outcome.text()) {
            outcome.push_text(message);
        }
    }
    if outcome.blocks.is_empty() {
        // What the screen says of it is better than nothing.
        let message = item.get("pastTenseMessage").or(item.get("invocationMessage"));
        outcome.push_text(message.and_then(text::of).unwrap_or(""));
    }
    outcome
}

/// Returns what came of a call that the screen does not show.
pub(super) fn of_told(told: Option<&Value>) -> Outcome {
    let mut outcome = Outcome::default();
    read_told(told, &mut outcome);
    outcome
}

fn read_told(told: Option<&Value>, outcome: &mut Outcome) {
    let parts = told.and_then(|told| told.get("content")?.as_array());
    for part in parts.into_iter().flatten() {
        let value = part.get("value").unwrap_or(part);
        match text::part(value) {
            Some(text) => outcome.push_text(&text),
            None => push_picture(part, outcome),
        }
    }
}

/// Adds a picture: `{mimeType, data: {$base64}}`.
fn push_picture(part: &Value, outcome: &mut Outcome) {
    let mime = part.get("mimeType").and_then(Value::as_str);
    let data = part.get("data").or(part.get("base64Data")).or(part.get("value"));
    let base64 = data.and_then(|data| data.as_str().or_else(|| data.get("$base64")?.as_str()));
    let made = mime.zip(base64).and_then(|(mime, data)| attachment::from_base64(data, mime));
    match made {
        Some(attachment) => {
            outcome.blocks.push(attachment::block(&attachment, mime.unwrap_or("")));
            outcome.attachments.push(attachment);
        }
        None => outcome.blocks.push(Block::json(part.clone())),
    }
}

/// Reads what the screen unfolds: what a server answered, a picture, or the files found.
fn read_details(details: &Value, outcome: &mut Outcome) {
    if let Some(found) = details.as_array() {
        let paths: Vec<Value> = found
            .iter()
            .map(|place| uri::address(place).map_or(place.clone(), Value::from))
            .collect();
        if !paths.is_empty() {
            outcome.blocks.push(Block::json(json!(paths)));
        }
        return;
    }
    match details.get("output") {
        Some(Value::Array(parts)) => {
            for part in parts {
                let is_text = part.get("isText") != Some(&Value::Bool(false));
                match part.get("value").and_then(Value::as_str).filter(|_| is_text) {
                    Some(text) => outcome.push_text(text),
                    None => push_picture(part, outcome),
                }
            }
        }
        Some(Value::String(text)) => outcome.push_text(text),
        Some(output) if output.get("base64Data").is_some() => push_picture(output, outcome),
        _ => {}
    }
}

/// Reads what the screen shows of certain tools.
fn read_specific(specific: &Value, outcome: &mut Outcome) {
    let word = |key: &str| specific.get(key).and_then(Value::as_str);
    let inner = |key: &str, member: &str| specific.get(key).and_then(|value| value.get(member));
    match word("kind") {
        Some("terminal") => {
            let number = |member| inner("terminalCommandState", member);
            outcome.exit_code = number("exitCode").and_then(Value::as_i64);
            outcome.duration = number("duration").and_then(Value::as_u64);
            let output = inner("terminalCommandOutput", "text").and_then(Value::as_str);
            if let Some(output) = output.filter(|_| outcome.blocks.is_empty()) {
                outcome.push_text(&output.replace("\r\n", "\n"));
            }
        }
        Some("subagent") => {
            outcome.agent = word("agentName").map(str::to_owned);
            outcome.summary = word("result").map(|text| clip(text.to_owned()));
            outcome.duration = specific.get("duration").and_then(Value::as_u64);
            if outcome.blocks.is_empty() {
                outcome.push_text(word("result").unwrap_or(""));
            }
        }
        Some("simpleToolInvocation") if outcome.blocks.is_empty() => {
            outcome.push_text(word("output").unwrap_or(""));
        }
        Some("todoList") if outcome.blocks.is_empty() => {
            outcome.blocks.extend(specific.get("todoList").map(|list| Block::json(list.clone())));
        }
        Some("resources") if outcome.blocks.is_empty() => {
            read_details(specific.get("values").unwrap_or(&Value::Null), outcome);
        }
        _ => {}
    }
}

/// Returns whether the person did not let the call run.
fn is_denied(item: &Value) -> bool {
    const DENIED: i64 = 0;
    const SKIPPED: i64 = 5;
    match item.get("isConfirmed") {
        Some(Value::Bool(is_confirmed)) => !is_confirmed,
        Some(reason) => {
            let kind = reason.get("type").and_then(Value::as_i64);
            matches!(kind, Some(DENIED | SKIPPED))
        }
        None => false,
    }
}

fn is_nothing(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(false)) || value.as_str() == Some("")
}
