//! A log from its first record to its last: the document, its messages, and who reads each.

use super::conversation::Conversation;
use super::side::{Cached, Side, Usage};
use super::surroundings;
use crate::gate::Gate;
use crate::items::{self, Document, Item};
use crate::outbox::Outbox;
use crate::transcript::value_of;
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::{Block, ContentId, EventType, SessionId, Timestamp};
use serde_json::Value;
use std::path::Path;

/// Reads the conversation of a task, or the messages of a session.
pub(super) fn parse(
    source: &Source<'_>,
    out: &mut dyn Sink,
    tool: &'static str,
    cached: Cached,
) -> Result<ParseReport, ParseError> {
    let bytes = source.whole()?;
    let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
    let document = match items::read(&bytes, "messages") {
        // A file whose first byte is still to be written.
        None if bytes.iter().all(is_blank) => Document::default(),
        document => document.ok_or_else(|| source.foreign(tool))?,
    };
    let own_id = document.member("sessionId").and_then(value_of);
    let own_id = own_id.and_then(|id| id.as_str().map(str::to_owned));
    let is_session = own_id.is_some();
    let name = own_id.unwrap_or_else(|| task_name(source.path()));
    let id = SessionId::from_foreign(&name);
    let folder = source.path().parent().unwrap_or_else(|| Path::new(""));
    let side =
        if is_session { Side::of_session(source.path())? } else { Side::of_task(folder, cached)? };
    let began = name.get(..13).and_then(|digits| digits.parse::<i64>().ok());
    let began = began.and_then(Timestamp::from_millis);
    let mut gate = Gate::new(out, id.clone());
    let mut conversation = Conversation::new(Outbox::new(&mut gate), side, began);
    for (index, item) in document.items.iter().enumerate() {
        let is_last = index + 1 == document.items.len();
        read_item(&mut conversation, item, index, is_last);
    }
    if !document.members.is_empty() || bytes.trim_ascii_start().starts_with(b"{") {
        conversation.report.understand("document");
    }
    finish(&mut conversation);
    let report = conversation.finish(id, tool);
    let end = document.end;
    Ok(ParseReport {
        bytes: end as u64,
        hash: Some(ContentId::of(bytes.get(..end).unwrap_or(&[]))),
        torn: !document.is_whole,
        ..report
    })
}

/// Reads a record: a message, or what is none.
fn read_item(conversation: &mut Conversation<'_>, item: &Item<'_>, index: usize, is_last: bool) {
    conversation.offset = item.offset;
    conversation.may_change = false;
    let Some(value) = value_of(item.bytes) else {
        let text = String::from_utf8_lossy(item.bytes).into_owned();
        unparsed(conversation, text);
        return;
    };
    if !value.is_object() {
        unparsed(conversation, value.to_string());
        return;
    }
    read_message(conversation, &value, i64::try_from(index).unwrap_or(i64::MAX), is_last);
}

fn read_message(conversation: &mut Conversation<'_>, message: &Value, index: i64, is_last: bool) {
    let word = |key: &str| message.get(key).and_then(Value::as_str);
    let content = message.get("content").unwrap_or(&Value::Null);
    let kind = match (word("role"), word("type")) {
        (_, Some("reasoning")) => "reasoning",
        (Some(role), _) => role,
        (None, Some(kind)) => kind,
        (None, None) => "record",
    };
    let ts = message.get("ts").and_then(Value::as_i64).filter(|ts| *ts > 0);
    conversation.own = match (word("id"), ts) {
        (Some(id), _) if !id.is_empty() => id.to_owned(),
        (_, Some(ts)) => format!("{kind}-{ts}"),
        // Tools remove messages from the middle: what is said names them, not where.
        _ => format!("{kind}-{}", fingerprint(content)),
    };
    kind.clone_into(&mut conversation.raw_type);
    let stamp = ts.or_else(|| conversation.side.time_of(index)).and_then(Timestamp::from_millis);
    conversation.set_time(stamp.or_else(|| surroundings::time(content)));
    let is_summary = message.get("isSummary") == Some(&Value::Bool(true))
        || message.get("isTruncationMarker") == Some(&Value::Bool(true))
        || message.get("metadata").and_then(|metadata| metadata.get("kind")?.as_str())
            == Some("compaction_summary");
    match kind {
        "user" | "assistant" if is_summary => {
            let text = summary(content);
            conversation.note_text("summary", &text);
        }
        "user" | "tool" => {
            // A message that no answer follows is taken back and sent anew when the task is taken up again.
            conversation.may_change = is_last;
            conversation.read_user(content);
        }
        "assistant" => conversation.read_answer(message, index, ts),
        "system" => conversation.note_text("system", &summary(content)),
        "reasoning" => {
            if !conversation.read_reasoning(message) {
                conversation.report.drop("encrypted thought");
                return;
            }
        }
        _ => {
            conversation.keep(kind, message.clone());
            conversation.report.keep_unknown(kind);
            return;
        }
    }
    conversation.report.understand(kind);
}

/// Says what requests cost that led to no answer; no change without a result was made.
fn finish(conversation: &mut Conversation<'_>) {
    conversation.abandon_changes();
    let rest = conversation.side.rest();
    if rest != Usage::default() {
        // An answer may still come, and then it says so.
        conversation.may_change = true;
        "usage".clone_into(&mut conversation.own);
        "usage".clone_into(&mut conversation.raw_type);
        conversation.usage = Some(rest);
        conversation.settle_usage();
    }
}

/// Keeps a record that is no JSON object.
fn unparsed(conversation: &mut Conversation<'_>, text: String) {
    let id = ContentId::of(text.as_bytes()).to_string();
    conversation.own = format!("unparsed-{}", id.get(..16).unwrap_or(&id));
    "unparsed".clone_into(&mut conversation.raw_type);
    conversation.set_time(None);
    let kind = "unparsed".to_owned();
    conversation.say(EventType::Custom { kind }, vec![Block::Text { text }]);
    conversation.report.keep_unknown("unparsed");
}

fn fingerprint(content: &Value) -> String {
    let id = ContentId::of(content.to_string().as_bytes()).to_string();
    id.get(..16).unwrap_or(&id).to_owned()
}

fn summary(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part.get("text")?.as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// Returns what a task is called: as its folder.
fn task_name(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name).or_else(|| path.file_stem());
    folder.unwrap_or_default().to_string_lossy().into_owned()
}
