//! The messages of a session, one after the other.

use super::action::describe;
use super::part::{Data, Part, parts};
use super::result;
use crate::Sink;
use crate::attachment;
use crate::lenient::{value, value_or_text};
use crate::session::{CallRecord, Fate, Session};
use opensession_hail::{Attachment, Block, EventType, Timestamp};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// How the prompt begins that the tool writes after it has summarized a history that became too long.
const CONTINUED: &str = "The previous session was interrupted because it got too long";

/// Reads the messages of one session.
pub(super) struct Log<'s> {
    pub(super) session: Session<'s>,
    /// The calls that started a sub-agent with a session of its own.
    agents: HashSet<String>,
}

/// A message.
#[derive(Debug)]
pub(super) struct Message<'a> {
    pub id: &'a str,
    pub role: &'a str,
    /// JSON.
    pub parts: &'a str,
    pub model: Option<&'a str>,
    pub provider: Option<&'a str>,
    pub created: Option<Timestamp>,
    pub is_summary: bool,
    /// The message may still be written anew.
    pub is_open: bool,
}

impl<'s> Log<'s> {
    pub(super) fn new(sink: &'s mut dyn Sink, agents: HashSet<String>) -> Self {
        Self { session: Session::new(sink, describe), agents }
    }

    /// Reads a message.
    pub(super) fn read(&mut self, message: &Message<'_>) -> Fate {
        let session = &mut self.session;
        session.place.raw_type = format!("message/{}", message.role);
        session.set_time(message.created);
        session.may_change |= message.is_open;
        session.group = Some(message.id.to_owned());
        let is_models = message.role == "assistant";
        session.model = message.model.filter(|_| is_models).map(str::to_owned);
        session.provider = message.provider.filter(|_| is_models).map(str::to_owned);
        let Some(all) = parts(message.parts) else {
            return Fate::Unknown;
        };
        match message.role {
            "user" => self.read_user(message, &all),
            "assistant" | "tool" | "system" => {
                for (part, raw) in &all {
                    self.read_part(message, part, raw);
                }
            }
            _ => return Fate::Unknown,
        }
        Fate::Understood
    }

    fn read_user(&mut self, message: &Message<'_>, all: &[(Part<'_>, &RawValue)]) {
        let own = Some(message.id);
        let (mut typed, mut injected) = (Vec::new(), Vec::new());
        let mut attachments = Vec::new();
        for (part, raw) in all {
            let Some(data) = &part.data.0 else { continue };
            match part.kind.as_str() {
                Some("text") => {
                    let Some(text) = data.text.as_str().filter(|text| !text.trim().is_empty())
                    else {
                        continue;
                    };
                    let is_injected = data.hidden.0 || text.starts_with(CONTINUED);
                    if is_injected { &mut injected } else { &mut typed }.push(Block::text(text));
                }
                Some("binary" | "image_url") => {
                    let (block, attachment) = file(data, raw);
                    typed.push(block);
                    attachments.extend(attachment);
                }
                // A command that a person ran without the model, and what came of it.
                Some("shell_command") => {
                    let command = data.command.as_str().unwrap_or("");
                    let output = data.output.as_str().unwrap_or("");
                    let code = data.exit_code.0.unwrap_or(0);
                    let text = format!("$ {command}\n{output}\n(exit code {code})");
                    injected.push(Block::text(text));
                }
                _ => self.read_part(message, part, raw),
            }
        }
        self.session.attach(attachments);
        if !typed.is_empty() {
            self.session.settle_calls();
            self.session.prompt(own, typed);
        }
        if !injected.is_empty() {
            let own = format!("{}/context", message.id);
            self.session.say(Some(&own), EventType::SystemMessage, injected);
        }
    }

    fn read_part(&mut self, message: &Message<'_>, part: &Part<'_>, raw: &RawValue) {
        let own = Some(message.id);
        let none = Data::default();
        let data = part.data.0.as_ref().unwrap_or(&none);
        let is_models = message.role == "assistant" && !message.is_summary;
        let (event_type, text) = match part.kind.as_str() {
            Some("text") if is_models => (EventType::AgentMessage, &data.text),
            Some("text") => (EventType::SystemMessage, &data.text),
            Some("reasoning") => (EventType::Thinking, &data.thinking),
            Some("tool_call") => return self.call(message, data),
            Some("tool_result") => return self.answer(data),
            Some("finish") => return self.finish_message(message, data),
            Some("binary" | "image_url") => {
                let (block, attachment) = file(data, raw);
                self.session.attach(attachment);
                let speaker =
                    if is_models { EventType::AgentMessage } else { EventType::SystemMessage };
                return self.session.say(own, speaker, vec![block]);
            }
            kind => {
                let kind = kind.filter(|kind| !kind.is_empty()).unwrap_or("part").to_owned();
                let name = format!("message.{kind}");
                *self.session.report.fields.entry(name).or_insert(0) += 1;
                let block = Block::json(value(raw));
                return self.session.say(own, EventType::Custom { kind }, vec![block]);
            }
        };
        if let Some(text) = text.as_str().filter(|text| !text.trim().is_empty()) {
            self.session.say(own, event_type, vec![Block::text(text)]);
        }
    }

    /// Sends why a message ended, where that is no matter of course.
    fn finish_message(&mut self, message: &Message<'_>, data: &Data<'_>) {
        let told = [data.message.filled(), data.details.filled()];
        let text = told.into_iter().flatten().collect::<Vec<_>>().join("\n");
        if !text.is_empty() {
            let own = format!("{}/finish", message.id);
            self.session.say(Some(&own), EventType::SystemMessage, vec![Block::text(text)]);
        }
    }

    fn call(&mut self, message: &Message<'_>, data: &Data<'_>) {
        let fallback = format!("{}/call", message.id);
        let id = data.id.filled().unwrap_or(&fallback);
        let name = data.name.filled().unwrap_or("unknown");
        let input = input(data.input.as_str().unwrap_or(""));
        self.session.open_call(CallRecord { id, name, input, agent: None, child: None });
    }

    fn answer(&mut self, data: &Data<'_>) {
        let mut returned = result::read(data);
        if let Some(cwd) = &returned.cwd {
            self.session.meta.visit(cwd);
        }
        let id = data.tool_call_id.filled();
        if let (Some(session), Some(call)) = (self.session.id(), id)
            && self.agents.contains(call)
        {
            returned.outcome.child = Some(session.child(call));
        }
        self.session.answer(id, data.name.filled(), returned.outcome);
    }
}

/// Returns what a call was made with.
fn input(json: &str) -> Map<String, Value> {
    match value_or_text(json) {
        Value::Object(input) => input,
        Value::Null => Map::new(),
        Value::String(text) if text.is_empty() => Map::new(),
        other => Map::from_iter([("arguments".to_owned(), other)]),
    }
}

/// Returns a file beside a message as a block; of images the bytes too, of texts the text.
fn file(data: &Data<'_>, raw: &RawValue) -> (Block, Option<Attachment>) {
    let mime = data.file_type.filled().unwrap_or("application/octet-stream");
    if let Some(url) = data.url.filled() {
        let whole = url.strip_prefix("data:").and_then(|url| url.split_once(";base64,"));
        if let Some((mime, base64)) = whole
            && let Some(attachment) = attachment::from_base64(base64, mime)
        {
            return (attachment::block(&attachment, mime), Some(attachment));
        }
        let mime = if mime.starts_with("image/") { mime } else { "image/*" };
        return (Block::Image { url: url.to_owned(), alt: None, mime: mime.to_owned() }, None);
    }
    let path = data.path.as_str().unwrap_or("").to_owned();
    let Some(found) = data.file.filled().and_then(|base64| attachment::from_base64(base64, mime))
    else {
        return (Block::json(value(raw)), None);
    };
    if mime.starts_with("image/") {
        return (attachment::block(&found, mime), Some(found));
    }
    let text = mime.starts_with("text/").then(|| String::from_utf8_lossy(&found.bytes).into());
    (Block::File { path, content: text }, None)
}
