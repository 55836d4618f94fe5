//! The document that the first versions wrote for each session, anew at each change: `{sessionId, startTime, chatMessages,
//! timeline}`. What the screen showed, `timeline`, is read; `chatMessages`, what the model was told, has the whole
//! outputs of tools. Where a later version went on with such a session, its log begins with the whole document.

use super::log::{Known, Log};
use super::notices::{place_in, trusted_in};
use super::record::Data;
use super::{TOOL, location, results};
use crate::gate::Gate;
use crate::head::{holds, without_mark};
use crate::items::{self, Item};
use crate::lenient::{Text, value};
use crate::session::{CallRecord, Fate, Outcome};
use crate::transcript::value_of;
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::{Block, ContentId, EventType, SessionId, Timestamp};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::HashMap;

/// Returns whether a file that begins like this is such a document.
pub(super) fn is_document(head: &[u8]) -> bool {
    let head = without_mark(head).trim_ascii_start();
    let Some(document) = items::read(head, "timeline").filter(|_| head.starts_with(b"{")) else {
        return false;
    };
    document.has("sessionId")
        && document.has("startTime")
        && (holds(head, "\"chatMessages\"") || holds(head, "\"timeline\""))
}

/// Reads the document.
pub(super) fn parse(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let bytes = source.whole()?;
    let foreign = || source.foreign(TOOL.as_str());
    let mut document = items::read(&bytes, "timeline").ok_or_else(foreign)?;
    let chat = document.member("chatMessages").and_then(value_of).unwrap_or(Value::Null);
    if document.is_whole && document.items.is_empty() && chat.is_array() {
        document = items::read(&bytes, "chatMessages").ok_or_else(foreign)?;
    }
    let word = |key: &str| value_of(document.member(key)?)?.as_str().map(str::to_owned);
    let stem = location::name(source.path());
    // `session_<id>_<milliseconds>`.
    let stem = stem.strip_prefix("session_").unwrap_or(&stem);
    let name = word("sessionId")
        .unwrap_or_else(|| stem.rsplit_once('_').map_or(stem, |(name, _)| name).to_owned());
    let mut report = ParseReport::default();
    if location::is_imported(source.path(), &name)? {
        (0..=document.items.len()).for_each(|_record| report.drop("second copy"));
    } else {
        let mut gate = Gate::new(out, SessionId::from_foreign(&name));
        let mut log = Log::new(name, Known::default(), &mut gate);
        let mut reader = Reader::begin(&mut log, word("startTime").as_deref(), &chat);
        for item in &document.items {
            reader.read(item);
        }
        if !document.members.is_empty() {
            log.session.report.understand("document");
        }
        report = log.finish(TOOL.as_str());
    }
    let end = document.end;
    Ok(ParseReport {
        bytes: end as u64,
        hash: Some(ContentId::of(bytes.get(..end).unwrap_or(&[]))),
        torn: !document.is_whole,
        ..report
    })
}

impl Log<'_> {
    /// Reads the document of a session that this log goes on with.
    pub(super) fn import(&mut self, data: &Data<'_>) -> Fate {
        let document = data.legacy_session.map_or(Value::Null, value);
        let list = |key: &str| document.get(key).and_then(Value::as_array);
        let timeline = list("timeline").filter(|items| !items.is_empty());
        let Some(items) = timeline.or(list("chatMessages")) else { return Fate::Unknown };
        let raw_type = self.session.place.raw_type.clone();
        let start = document.get("startTime").and_then(Value::as_str);
        let chat = document.get("chatMessages").unwrap_or(&Value::Null);
        let mut reader = Reader::begin(self, start, chat);
        for item in items {
            if reader.read_value(item) == Fate::Unknown {
                let kind = reader.log.session.place.raw_type.clone();
                let blocks = vec![Block::json(item.clone())];
                reader.log.session.say(None, EventType::Custom { kind }, blocks);
            }
        }
        self.session.settle_calls();
        self.session.place.raw_type = raw_type;
        Fate::Understood
    }
}

struct Reader<'l, 's> {
    log: &'l mut Log<'s>,
    /// By call, what the model was told of it.
    told: HashMap<String, String>,
}

impl<'l, 's> Reader<'l, 's> {
    fn begin(log: &'l mut Log<'s>, start: Option<&str>, chat: &Value) -> Self {
        let start = start.and_then(Timestamp::parse);
        log.session.set_time(start);
        log.session.meta.started = start.or(log.session.meta.started);
        log.begin(None);
        let texts = chat.as_array().into_iter().flatten();
        let mut texts = texts.filter_map(|message| message.get("content")?.as_str());
        log.guess_place(texts.find_map(place_in));
        Self { log, told: told(chat) }
    }

    fn read(&mut self, item: &Item<'_>) {
        self.log.session.record(item.bytes);
        match value_of(item.bytes) {
            Some(value) if value.is_object() => {
                let fate = self.read_value(&value);
                self.log.session.count(fate, &value.to_string());
            }
            _ => self.log.session.keep_text(String::from_utf8_lossy(item.bytes).into_owned()),
        }
    }

    fn read_value(&mut self, value: &Value) -> Fate {
        let kind = value.get("type").or(value.get("role")).and_then(Value::as_str);
        self.log.session.place.raw_type = kind.unwrap_or("record").to_owned();
        let stamp = value.get("timestamp").and_then(Value::as_str);
        self.log.session.set_time(stamp.and_then(Timestamp::parse));
        self.read_item(value)
    }

    fn read_item(&mut self, item: &Value) -> Fate {
        let word = |key: &str| item.get(key).and_then(Value::as_str);
        let own = word("id").filter(|own| !own.is_empty());
        let some = |text: Option<&'_ str>| Text(text.map(|text| Cow::Owned(text.to_owned())));
        let text = word("text").or(word("content"));
        match word("type").or(word("role")).unwrap_or("") {
            "user" => {
                // What the model was told, where what was typed is not there.
                let told = word("content").filter(|_| word("text").is_none());
                let data = Data {
                    content: some(told.map(typed).or(text)),
                    transformed_content: some(word("expandedText").or(told)),
                    ..Data::default()
                };
                self.log.read_user(own, &data)
            }
            "copilot" | "assistant" => {
                let data = Data { content: some(text), ..Data::default() };
                let fate = self.log.read_assistant(own, &data);
                for call in item.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
                    let function = call.get("function").unwrap_or(&Value::Null);
                    let id = call.get("id").and_then(Value::as_str);
                    self.open(id, function.get("name"), function.get("arguments"));
                }
                fate
            }
            "tool_call_requested" => {
                self.open(word("callId"), item.get("name"), item.get("arguments"));
                Fate::Understood
            }
            "tool_call_completed" => {
                self.open(word("callId"), item.get("name"), item.get("arguments"));
                let outcome = self.outcome(word("callId"), item.get("result"));
                self.log.session.answer(word("callId"), word("name"), outcome);
                Fate::Understood
            }
            "tool" => {
                let outcome = self.outcome(word("tool_call_id"), None);
                self.log.session.answer(word("tool_call_id"), word("name"), outcome);
                Fate::Understood
            }
            "info" | "error" | "warning" | "system" => {
                self.log.guess_place(text.and_then(trusted_in));
                self.log.note(own, text)
            }
            _ => Fate::Unknown,
        }
    }

    /// Sends a call, where it was not told before.
    fn open(&mut self, id: Option<&str>, name: Option<&Value>, arguments: Option<&Value>) {
        let Some(id) = id.filter(|id| !self.log.session.knows_call(id)) else { return };
        let name = name.and_then(Value::as_str).unwrap_or("unknown");
        let input = match arguments {
            Some(Value::Object(fields)) => fields.clone(),
            Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_else(|_bare| {
                Map::from_iter([("arguments".to_owned(), Value::String(text.clone()))])
            }),
            _ => Map::new(),
        };
        self.log.session.open_call(CallRecord { id, name, input, agent: None, child: None });
    }

    fn outcome(&self, id: Option<&str>, result: Option<&Value>) -> Outcome {
        let told = id.and_then(|id| self.told.get(id));
        let field = |key: &str| result.and_then(|result| result.get(key)).cloned();
        let (log, kind) = (field("log"), field("type"));
        match told {
            Some(text) => {
                results::of_result(&json!({"content": text, "detailedContent": log, "type": kind}))
            }
            None => results::of_result(&json!({"detailedContent": log, "type": kind})),
        }
    }
}

/// Returns what the model was told of each call.
fn told(chat: &Value) -> HashMap<String, String> {
    let messages = chat.as_array().into_iter().flatten();
    let told = messages.filter_map(|message| {
        let id = message.get("tool_call_id")?.as_str()?;
        let text = match message.get("content")? {
            Value::String(text) => text.clone(),
            Value::Array(parts) => {
                let texts = parts.iter().filter_map(|part| part.get("text")?.as_str());
                texts.collect::<Vec<_>>().join("\n")
            }
            _ => return None,
        };
        Some((id.to_owned(), text))
    });
    told.collect()
}

/// Returns a prompt without what the tool put before and behind it, each in a tag.
fn typed(text: &str) -> &str {
    let mut text = text.trim();
    while let Some((tag, _)) = text.strip_prefix('<').and_then(|rest| rest.split_once('>'))
        && let Some((_, rest)) = text.split_once(&format!("</{tag}>"))
    {
        text = rest.trim_start();
    }
    while let Some(tag) = text.strip_suffix('>').and_then(|rest| rest.rsplit_once("</"))
        && let Some((rest, _)) = text.rsplit_once(&format!("<{}>", tag.1))
    {
        text = rest.trim_end();
    }
    text
}
