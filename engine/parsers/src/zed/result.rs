//! What a tool returned.

use super::action::absolute;
use super::message::image;
use crate::diff::{between, without_head};
use crate::lenient::value_or_text;
use crate::session::Outcome;
use crate::transcript::word;
use opensession_hail::{Block, EventType, SessionId};
use serde_json::Value;

/// Reads a result. `session` is the thread that got it, `roots` are the folders of its project.
pub(super) fn read(told: &Value, roots: &[String], session: Option<&SessionId>) -> Outcome {
    let is_error = told.get("is_error").and_then(Value::as_bool).unwrap_or(false);
    let mut outcome = Outcome { is_error, ..Outcome::default() };
    let content = if told.is_object() { told.get("content").unwrap_or(&Value::Null) } else { told };
    push(content, &mut outcome);
    let output = told.get("output").unwrap_or(&Value::Null);
    if outcome.blocks.is_empty() {
        push(output, &mut outcome);
    }
    match word(told, "tool_name").unwrap_or("") {
        "spawn_agent" | "subagent" => read_agent(output, &mut outcome, session),
        "" | "terminal" | "sandboxed_terminal" | "bash" => {
            let (code, was_stopped) = (exit_code(outcome.text()), was_stopped(outcome.text()));
            outcome.exit_code = code;
            // A command that was stopped has no code, and the tool does not call that an error.
            outcome.is_error |= was_stopped;
        }
        _ => {}
    }
    if !outcome.is_error {
        outcome.changes.extend(change(output, roots));
    }
    outcome
}

/// Adds a text, a picture, or a list of those.
fn push(content: &Value, outcome: &mut Outcome) {
    match content {
        Value::Null => {}
        Value::String(text) => outcome.push_text(text),
        Value::Array(list) => list.iter().for_each(|content| push_one(content, outcome)),
        other => push_one(other, outcome),
    }
}

fn push_one(content: &Value, outcome: &mut Outcome) {
    let texts = [content.as_str(), word(content, "Text"), word(content, "text")];
    if let Some(text) = texts.into_iter().flatten().next() {
        outcome.push_text(text);
    } else if let Some((block, picture)) = image(content.get("Image").unwrap_or(content)) {
        outcome.blocks.push(block);
        outcome.attachments.push(picture);
    } else if !content.is_null() {
        outcome.blocks.push(Block::json(content.clone()));
    }
}

/// Reads what a sub-agent came to: its thread and what it says.
fn read_agent(output: &Value, outcome: &mut Outcome, session: Option<&SessionId>) {
    let text = value_or_text(outcome.text());
    let told = if output.is_object() { output } else { &text };
    let child = word(told, "session_id");
    outcome.child = session.zip(child).map(|(session, child)| session.child(child));
    outcome.summary = word(told, "output").map(str::to_owned);
}

/// Returns what an edit did to a file: the tool notes the whole text before and after.
fn change(output: &Value, roots: &[String]) -> Option<(EventType, Vec<Block>)> {
    let path = word(output, "input_path").or_else(|| word(output, "original_path"))?;
    let path = absolute(path, roots);
    let old = output.get("old_text").and_then(Value::as_str)?;
    let new = output.get("new_text").and_then(Value::as_str)?;
    if old.is_empty() {
        let file = Block::File { path: path.clone(), content: Some(new.to_owned()) };
        return Some((EventType::FileCreate { path }, vec![file]));
    }
    let told = without_head(word(output, "diff").unwrap_or(""));
    let diff = if told.is_empty() { between(old, new) } else { told };
    (!diff.is_empty()).then(|| (EventType::FileEdit { path, diff: Some(diff) }, Vec::new()))
}

/// Returns the code that a command ended with, as the tool tells the model.
fn exit_code(text: &str) -> Option<i64> {
    const FINE: [&str; 3] = ["```", "Command executed successfully.", "Command output too long."];
    if FINE.iter().any(|fine| text.starts_with(fine)) {
        return Some(0);
    }
    // The command stands in between, and may have several lines.
    let (_, rest) = text.strip_prefix("Command \"")?.split_once("\" failed with exit code ")?;
    let end =
        rest.find(|digit: char| !digit.is_ascii_digit() && digit != '-').unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

fn was_stopped(text: &str) -> bool {
    const STOPPED: [&str; 4] = [
        "The user stopped this command.",
        "Command terminated unexpectedly.",
        "Command failed or was interrupted",
        "Command cancelled:",
    ];
    STOPPED.iter().any(|stopped| text.starts_with(stopped))
        || text.starts_with("Command \"") && text.contains("\" timed out. ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_tells_its_code_in_words() {
        for (text, code) in [
            ("```\nok\n```", Some(0)),
            ("Command executed successfully.", Some(0)),
            ("Command output too long. The first 9 bytes:\n\n```\nx\n```", Some(0)),
            ("Command \"ls\n-l\" failed with exit code 101.\n\n```\nx\n```", Some(101)),
            ("The user stopped this command. No output was captured", None),
            ("Command \"sleep 9\" timed out. No output was captured.", None),
            ("anything", None),
        ] {
            assert_eq!(exit_code(text), code, "{text}");
        }
        assert!(was_stopped("Command \"sleep 9\" timed out. No output was captured."));
        assert!(!was_stopped("anything"));
    }
}
