//! The document that `opencode export` prints: `{info, messages: [{info, parts}], todos}`; in version 2 the messages are
//! rows as the database has them.

use super::conversation::{About, Conversation};
use super::message::{Message, Part, UNPARSED, text};
use super::newer;
use super::stored::{self, Object};
use crate::gate::Gate;
use crate::head::holds;
use crate::items::{self, Document};
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::ContentId;
use serde_json::Value;

/// Returns whether the file is such a document.
pub(super) fn accepts(head: &[u8]) -> bool {
    let has = |mark: &str| holds(head, mark);
    let Some(document) = items::read(head, "messages") else { return false };
    let info = document.member("info").and_then(|info| stored::object(info).ok());
    let is_session = info.is_some_and(|info| {
        let has = |key: &str| info.contains_key(key);
        has("id") && has("time") && (has("title") || has("projectID") || has("directory"))
    });
    let is_message = has("\"info\"") && has("\"parts\"") && has("\"sessionID\"");
    head.trim_ascii_start().starts_with(b"{") && has("\"messages\"") && (is_session || is_message)
}

/// Tells the session of a document.
pub(super) fn parse(
    source: &Source<'_>,
    out: &mut dyn Sink,
    tool: &'static str,
) -> Result<ParseReport, ParseError> {
    let bytes = source.whole()?;
    let Some(document) = items::read(&bytes, "messages") else {
        let is_blank = bytes.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0);
        return if is_blank { Ok(ParseReport::default()) } else { Err(source.foreign(tool)) };
    };
    let about = about(&document, source);
    let messages: Vec<Message> =
        document.items.iter().enumerate().map(|(index, item)| message(item.bytes, index)).collect();
    let last_answer = messages.iter().rposition(|message| message.kind == "assistant");
    let mut gate = Gate::new(out, about.session_id());
    let mut conversation = Conversation::begin(&mut gate, &about);
    for (index, (message, item)) in messages.iter().zip(&document.items).enumerate() {
        let is_open = match message.kind.as_str() {
            "assistant" => last_answer.is_none_or(|last| index >= last) && !message.is_complete(),
            _ => index + 1 == messages.len(),
        };
        conversation.read_whole(message, item.bytes, is_open);
    }
    conversation.session.report.understand("document");
    let report = conversation.finish(tool);
    let end = document.end;
    Ok(ParseReport {
        bytes: end as u64,
        hash: Some(ContentId::of(bytes.get(..end).unwrap_or(&[]))),
        torn: !document.is_whole,
        tool_version: about.version,
        ..report
    })
}

/// Returns what the document says of the session; without that, its messages say whose they are.
fn about(document: &Document<'_>, source: &Source<'_>) -> About {
    let info = document.member("info").and_then(|info| stored::object(info).ok());
    let info = info.unwrap_or_default();
    let mut about = About::read(&info);
    if about.id.is_empty() {
        let first = document.items.first().and_then(|item| stored::object(item.bytes).ok());
        let named = first.as_ref().and_then(|first| first.get("info")?.get("sessionID")?.as_str());
        let stem = || source.path().file_stem().unwrap_or_default().to_string_lossy().into_owned();
        about.id = named.map_or_else(stem, str::to_owned);
    }
    about
}

/// Returns a message of the list.
fn message(bytes: &[u8], index: usize) -> Message {
    let nameless = || format!("message-{index}");
    let id = |object: &Object| text(object, "id").map_or_else(nameless, str::to_owned);
    let Ok(mut object) = stored::object(bytes) else {
        return Message::read(&nameless(), bytes);
    };
    let Some(Value::Object(info)) = object.remove("info") else {
        return match text(&object, "type").map(str::to_owned) {
            Some(kind) if kind != UNPARSED => newer::message(&id(&object), &kind, object),
            _ => Message::new(&id(&object), object),
        };
    };
    let mut message = Message::new(&id(&info), info);
    if let Some(Value::Array(parts)) = object.remove("parts") {
        for (index, part) in parts.into_iter().enumerate() {
            let made = format!("{}/{index}", message.id);
            message.parts.push(match part {
                Value::Object(data) => {
                    let own = text(&data, "id").map(str::to_owned);
                    Part::new(&own.unwrap_or(made), data)
                }
                other => Part::read(&made, other.to_string().as_bytes()),
            });
        }
    }
    message
}
