//! The messages of threads of version 0.2 and before: with a role, and their calls and results in lists of their own.
//!
//! Version 0.1 has the results in the prompt after the calls, and threads from before there were versions a text in place
//! of segments.

use super::message::{Reader, say};
use crate::session::{Fate, Session};
use crate::transcript::{list, word};
use opensession_hail::{Block, EventType};
use serde_json::Value;

/// Reads a message that has a role.
pub(super) fn read(reader: &Reader<'_>, message: &Value, session: &mut Session<'_>) -> Fate {
    let role = word(message, "role").unwrap_or("");
    session.place.raw_type = format!("message/{role}");
    let own = match message.get("id") {
        Some(Value::Number(number)) => format!("message-{number}"),
        Some(Value::String(id)) => id.clone(),
        _ => reader.own_id(),
    };
    session.group = Some(own.clone());
    let results = list(message, "tool_results");
    match role {
        "user" => {
            answer(reader, results, session);
            read_user(&own, message, session);
        }
        "assistant" => {
            let calls = list(message, "tool_uses");
            let is_answered = |call: &Value| {
                results.iter().any(|told| word(told, "tool_use_id") == word(call, "id"))
            };
            session.may_change = reader.is_last && !calls.iter().all(is_answered);
            read_answer(&own, message, session);
            for call in calls {
                reader.open_call(&own, call, session);
            }
            answer(reader, results, session);
        }
        "system" => {
            say(&own, EventType::SystemMessage, &text(message), session);
        }
        _ => return Fate::Unknown,
    }
    Fate::Understood
}

fn answer(reader: &Reader<'_>, results: &[Value], session: &mut Session<'_>) {
    for told in results {
        reader.answer(word(told, "tool_use_id"), told, session);
    }
}

fn read_user(own: &str, message: &Value, session: &mut Session<'_>) {
    let text = text(message);
    if !text.trim().is_empty() {
        session.settle_calls();
        // The tool speaks for the person, for example when it lets the model go on.
        if message.get("is_hidden") == Some(&Value::Bool(true)) {
            say(own, EventType::SystemMessage, &text, session);
        } else {
            session.prompt(Some(own), vec![Block::text(text)]);
        }
    }
    // The files and the rest that were sent with it.
    let context = word(message, "context").unwrap_or("");
    say(&format!("{own}/context"), EventType::SystemMessage, context, session);
}

fn read_answer(own: &str, message: &Value, session: &mut Session<'_>) {
    say(own, EventType::AgentMessage, word(message, "text").unwrap_or(""), session);
    for segment in list(message, "segments") {
        let text = word(segment, "text").unwrap_or("");
        match word(segment, "type").unwrap_or("") {
            "text" => say(own, EventType::AgentMessage, text, session),
            "thinking" => say(own, EventType::Thinking, text, session),
            // Encrypted.
            "redacted_thinking" | "RedactedThinking" => {}
            kind => {
                *session.report.fields.entry(format!("message.{kind}")).or_insert(0) += 1;
                let kind = EventType::Custom { kind: kind.to_owned() };
                session.say(Some(own), kind, vec![Block::json(segment.clone())]);
            }
        }
    }
}

/// Returns the text of a message.
fn text(message: &Value) -> String {
    let segments = list(message, "segments").iter().filter_map(|segment| word(segment, "text"));
    word(message, "text").into_iter().chain(segments).collect()
}
