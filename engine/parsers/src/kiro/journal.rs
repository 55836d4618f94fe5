//! The log of the engine that the editor and the command line tool share: a record for everything that happens.

use super::conversation::Conversation;
use super::side::{self, Side};
use super::{TOOL, result};
use crate::gate::Gate;
use crate::lenient::{Flag, Number, Object, Text, string, value};
use crate::members::Known;
use crate::records;
use crate::session::{Fate, Place, Tokens};
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::{Block, EventId, EventType, SessionId, attribute};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

/// What is about the tool, or said by what comes of it.
const STATE: [&str; 8] = [
    "turn_start",
    "turn_end",
    "session_metadata",
    "session_event",
    "pending_interaction",
    "interaction_resolved",
    "session_end",
    "checkpoint",
];

/// What stands for thoughts that are encrypted.
const HIDDEN: &str = "...";

static KNOWN: Known = Known {
    record: &["id", "timestamp", "payload"],
    inside: &[(
        "payload",
        &[
            "type",
            "_meta",
            "executionId",
            "content",
            "images",
            "documents",
            "source",
            "operationType",
            "reasoningSignature",
            "reasoningModelId",
            "toolCallId",
            "toolName",
            "args",
            "status",
            "kind",
            "actionType",
            "title",
            "filePath",
            "preSnapshotId",
            "postSnapshotId",
            "success",
            "durationMs",
            "key",
            "value",
            "interactionType",
            "question",
            "options",
            "outcome",
            "selectedOption",
            "promptTurnSummaries",
            "elapsedTime",
            "requestIds",
            "category",
            "context",
            "stopReason",
            "agentType",
            "forcedRole",
            "messageId",
            "steeringDocuments",
            "subSessionId",
            "effectiveFromMessageId",
            "metadata",
            "message",
            "inputTokens",
            "outputTokens",
            "cacheReadInputTokens",
            "cacheWriteInputTokens",
        ],
    )],
};

pub(super) fn parse(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let side = Side::of(source.path())?;
    let folder = source.path().parent().and_then(Path::file_name).unwrap_or_default();
    let id = side.session_id(&folder.to_string_lossy());
    let mut gate = Gate::new(out, id.clone());
    let mut conversation = Conversation::begin(&mut gate, id);
    conversation.session = conversation.session.knowing(&KNOWN);
    side.tell(&mut conversation.session);
    let mut log =
        Log { conversation, has_prompt: false, firsts: Vec::new(), by_record: HashMap::new() };
    let extent = records::read(source, &mut log)?;
    let Conversation { session, first_prompt, .. } = log.conversation;
    extent.close(side.finish(session, first_prompt.as_deref()), source, TOOL.as_str())
}

/// Reads the records of one log.
struct Log<'s> {
    conversation: Conversation<'s>,
    /// Somebody asked for something.
    has_prompt: bool,
    /// The first event of each record, with the record's id.
    firsts: Vec<(String, EventId)>,
    /// The same by the record's id, as far as it was asked for: few logs ask at all.
    by_record: HashMap<String, EventId>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Record<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: Object<Box<Payload<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Payload<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    images: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Text<'a>,
    #[serde(borrow)]
    operation_type: Text<'a>,
    #[serde(borrow)]
    reasoning_model_id: Text<'a>,
    #[serde(borrow)]
    execution_id: Text<'a>,
    #[serde(borrow)]
    tool_call_id: Text<'a>,
    #[serde(borrow)]
    tool_name: Text<'a>,
    #[serde(borrow)]
    args: Option<&'a RawValue>,
    success: Option<bool>,
    duration_ms: Number,
    forced_role: Flag,
    #[serde(borrow)]
    prompt_turn_summaries: Option<&'a RawValue>,
    input_tokens: Number,
    output_tokens: Number,
    cache_read_input_tokens: Number,
    cache_write_input_tokens: Number,
    /// Of a tombstone: what it is about.
    #[serde(borrow, rename = "kind")]
    about: Text<'a>,
    #[serde(borrow)]
    effective_from_message_id: Text<'a>,
    #[serde(borrow)]
    sub_session_id: Text<'a>,
}

impl records::Log for Log<'_> {
    type Record<'a> = Record<'a>;

    fn place(&mut self) -> &mut Place {
        &mut self.conversation.session.place
    }

    fn read_record(&mut self, record: &Record<'_>, json: &str) {
        let nothing = Payload::default();
        let payload = record.payload.0.as_deref().unwrap_or(&nothing);
        let session = &mut self.conversation.session;
        let kind = payload.kind.filled().unwrap_or("record");
        kind.clone_into(&mut session.place.raw_type);
        session.set_time(record.timestamp.and_then(side::stamp));
        session.mark();
        session.group = payload.execution_id.filled().map(str::to_owned);
        let fate = self.read_kind(kind, record.id.filled(), payload);
        let session = &mut self.conversation.session;
        (session.group, session.model) = (None, None);
        session.count(fate, json);
        if let (Some(id), Some(first)) = (record.id.filled(), session.take_first()) {
            self.firsts.push((id.to_owned(), first));
        }
    }

    fn keep_text(&mut self, text: String) {
        self.conversation.session.keep_text(text);
    }
}

impl Log<'_> {
    fn read_kind(&mut self, kind: &str, own: Option<&str>, payload: &Payload<'_>) -> Fate {
        let text = || text_of(payload.content);
        match kind {
            "user" => {
                self.has_prompt = true;
                self.ask(own, payload);
            }
            "session_start" => {
                // The first versions wrote the first prompt here; later ones, what the model is told beforehand.
                if payload.forced_role.0 || self.has_prompt {
                    self.conversation.note(own, &text());
                } else {
                    self.has_prompt = true;
                    self.ask(own, payload);
                }
            }
            "assistant" => return self.read_answer(own, &text(), payload),
            "tool_call" => {
                let id = payload.tool_call_id.as_str().unwrap_or("");
                if self.conversation.session.knows_call(id) {
                    return Fate::COPY;
                }
                let input = payload.args.map_or(Value::Null, value);
                self.conversation.call(id, payload.tool_name.as_str().unwrap_or(""), input);
            }
            "tool_result" => {
                let (success, duration) = (payload.success, payload.duration_ms.0);
                let outcome = match plain(payload.content) {
                    Some(text) => result::of_plain(&text, success, duration),
                    None => {
                        let content = payload.content.map_or(Value::Null, value);
                        result::of_text(&content, success, duration)
                    }
                };
                self.conversation.result(payload.tool_call_id.as_str().unwrap_or(""), outcome);
            }
            "system" | "agent_note" | "steering" => self.conversation.note(own, &text()),
            "error" => {
                let message = payload.message.as_str().map_or_else(text, Cow::Borrowed);
                self.conversation.note(own, &message);
            }
            "usage_summary" => self.read_usage(own, payload),
            "tombstone" => self.read_tombstone(own, payload),
            "sub_agent_start" => self.read_sub_agent(own, payload),
            _ if STATE.contains(&kind) => return Fate::STATE,
            _ => return Fate::Unknown,
        }
        Fate::Understood
    }

    fn ask(&mut self, own: Option<&str>, payload: &Payload<'_>) {
        let mut pictures: Vec<Value> = match payload.content.map(value) {
            Some(Value::Array(parts)) => {
                let is_picture = |part: &Value| {
                    part.get("type").and_then(Value::as_str).is_some_and(|kind| kind != "text")
                };
                parts.into_iter().filter(is_picture).collect()
            }
            _ => Vec::new(),
        };
        if let Some(Value::Array(images)) = payload.images.map(value) {
            pictures.extend(images);
        }
        self.conversation.ask(own, &text_of(payload.content), &pictures);
    }

    fn read_answer(&mut self, own: Option<&str>, text: &str, payload: &Payload<'_>) -> Fate {
        let model = payload.reasoning_model_id.filled();
        let model = model.map(|model| model.rsplit("::").next().unwrap_or(model).to_owned());
        self.conversation.session.model = model.filter(|model| model != "auto");
        match payload.operation_type.as_str() {
            Some("Reasoning") if text.trim().is_empty() || text.trim() == HIDDEN => {
                return Fate::Dropped("encrypted thoughts");
            }
            Some("Reasoning") => self.conversation.think(own, text),
            Some("Summary") => self.conversation.note(own, text),
            _ => self.conversation.answer(own, text),
        }
        Fate::Understood
    }

    /// What a turn took.
    fn read_usage(&mut self, own: Option<&str>, payload: &Payload<'_>) {
        let amounts = payload.prompt_turn_summaries.map(value);
        let amounts = amounts.as_ref().and_then(Value::as_array).into_iter().flatten();
        let credits: f64 = amounts.filter_map(side::credits).sum();
        let session = &mut self.conversation.session;
        session.owed = Tokens {
            input: payload.input_tokens.0.unwrap_or(0),
            cache_read: payload.cache_read_input_tokens.0.unwrap_or(0),
            cache_write: payload.cache_write_input_tokens.0.unwrap_or(0),
            output: payload.output_tokens.0.unwrap_or(0),
            cost: 0.0,
        };
        if credits > 0.0 || !session.owed.is_zero() {
            let mut event = session.event(own, EventType::Custom { kind: "usage".to_owned() });
            side::set_credits(&mut event.attributes, credits);
            session.push(event);
        }
    }

    /// From the record that a tombstone names on, nothing counts any more; the model only has a summary of it where the
    /// conversation was summed up.
    fn read_tombstone(&mut self, own: Option<&str>, payload: &Payload<'_>) {
        let about = payload.about.as_str().unwrap_or("");
        let from = payload.effective_from_message_id.filled();
        for (id, first) in self.firsts.drain(..) {
            self.by_record.entry(id).or_insert(first);
        }
        let first = from.and_then(|from| self.by_record.get(from)).cloned();
        let session = &mut self.conversation.session;
        if about.contains("summar") || about.contains("compact") || first.is_none() {
            let kind = "compaction".to_owned();
            session.say(own, EventType::Custom { kind }, Vec::new());
        } else {
            session.settle_calls();
            session.rewind(own, first.as_ref());
        }
    }

    /// A sub-agent has a log of its own.
    fn read_sub_agent(&mut self, own: Option<&str>, payload: &Payload<'_>) {
        let session = &mut self.conversation.session;
        let child = payload.sub_session_id.filled();
        let child = child.and_then(|child| Some(session.id()?.child(child)));
        let mut event =
            session.event(own, EventType::Custom { kind: "sub_agent_start".to_owned() });
        let child = child.as_ref().map(SessionId::as_str);
        event.attributes.set_some(attribute::TASK_SESSION_ID, child);
        if let Some(name) = payload.sub_session_id.filled() {
            event.content.blocks = vec![Block::text(name)];
        }
        session.push(event);
    }
}

/// Returns a content that is a text.
fn plain(content: Option<&RawValue>) -> Option<Cow<'_, str>> {
    content.filter(|content| content.get().starts_with('"')).and_then(string)
}

/// Returns the text of a content: itself, or that of its parts.
fn text_of(content: Option<&RawValue>) -> Cow<'_, str> {
    if let Some(text) = plain(content) {
        return text;
    }
    match content.map(value) {
        Some(Value::Array(parts)) => {
            let text = |part: &Value| {
                let text = part.as_str().or_else(|| part.get("text")?.as_str());
                text.map(str::to_owned)
            };
            Cow::Owned(parts.iter().filter_map(text).collect::<Vec<_>>().join("\n\n"))
        }
        // Nested too deeply to be anything else.
        Some(Value::String(text)) => Cow::Owned(text),
        _ => Cow::Borrowed(""),
    }
}
