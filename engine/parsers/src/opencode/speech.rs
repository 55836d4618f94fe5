//! What is said in messages: prompts, answers, thoughts, what the tool puts in between.

use super::conversation::Conversation;
use super::message::{Message, Part, UNPARSED, text, time};
use super::outcome::State;
use super::stored::Object;
use crate::attachment;
use crate::clip::clip;
use crate::session::{CallRecord, Fate};
use opensession_hail::{Attachment, Block, EventType, Timestamp};
use serde_json::Value;

/// What the tool says of where a text comes from.
const NOT_SAID: [&str; 2] = ["synthetic", "ignored"];

impl Conversation<'_> {
    /// Reads a message that asks for something: one prompt, and what the tool adds to it.
    pub(super) fn read_prompt(&mut self, message: &Message) {
        let mut said = Vec::new();
        let mut fates = Vec::with_capacity(message.parts.len());
        for part in &message.parts {
            let is_said = !NOT_SAID.iter().any(|mark| part.is(mark));
            fates.push(match part.kind.as_str() {
                "text" if is_said => {
                    let text = text(&part.data, "text").unwrap_or("");
                    said.extend((!text.trim().is_empty()).then(|| Block::text(text)));
                    Some(Fate::Understood)
                }
                "file" => {
                    let (block, attachment) = file(&part.data);
                    self.session.attach(attachment);
                    said.push(block);
                    Some(Fate::Understood)
                }
                // The prompt names the agent too.
                "agent" => Some(Fate::COPY),
                _ => None,
            });
        }
        if !said.is_empty() {
            self.session.prompt(Some(&message.id), said);
        }
        for (part, fate) in message.parts.iter().zip(fates) {
            self.enter(message, part);
            let fate = fate.unwrap_or_else(|| self.read_part(message, part));
            self.count_part(&message.kind, part, fate);
        }
    }

    /// Reads an answer, part for part.
    pub(super) fn read_answer(&mut self, message: &Message) {
        let mut owed = message.owed().into_iter();
        for part in &message.parts {
            self.session.owed = self.session.owed.plus(owed.next().unwrap_or_default());
            self.enter(message, part);
            let fate = self.read_part(message, part);
            self.count_part(&message.kind, part, fate);
        }
        self.session.owed = self.session.owed.plus(owed.next().unwrap_or_default());
        if let Some(error) = message.info.get("error").filter(|error| !error.is_null()) {
            let times = message.info.get("time").unwrap_or(&Value::Null);
            self.session.set_time(time(times, &["completed", "created"]));
            self.note_error(&message.id, &message.kind, error);
        }
        self.session.flush_tokens(Some(&format!("{}/usage", message.id)));
    }

    fn read_part(&mut self, message: &Message, part: &Part) -> Fate {
        let is_answer = message.kind == "assistant";
        match part.kind.as_str() {
            "text" => {
                let note = NOT_SAID.into_iter().find(|mark| part.is(mark));
                let is_summary = message.info.get("summary") == Some(&Value::Bool(true));
                match note.or(is_summary.then_some("compaction")) {
                    Some(note) => {
                        let raw_type = format!("{}/{note}", message.kind);
                        self.note(&part.id, &raw_type, text(&part.data, "text").unwrap_or(""));
                    }
                    None => self.say(part, EventType::AgentMessage),
                }
            }
            "reasoning" => self.say(part, EventType::Thinking),
            "tool" => self.read_call(part, message.created()),
            "file" if is_answer => {
                let (block, attachment) = file(&part.data);
                self.session.attach(attachment);
                self.session.say(Some(&part.id), EventType::AgentMessage, vec![block]);
            }
            // The tokens were told before.
            "step-finish" => {}
            "step-start" | "snapshot" | "patch" => return Fate::Dropped("snapshot"),
            "retry" => {
                let error = part.data.get("error").unwrap_or(&Value::Null);
                self.note_error(&part.id, &format!("{}/retry", message.kind), error);
            }
            "subtask" => {
                let mut rest = part.data.clone();
                rest.remove("type");
                let prompt = rest.remove("prompt");
                let prompt = prompt.as_ref().and_then(Value::as_str).unwrap_or("");
                let blocks = vec![Block::text(prompt), Block::json(rest)];
                self.session.say(Some(&part.id), EventType::SystemMessage, blocks);
            }
            "compaction" => self.keep(part, "compaction"),
            UNPARSED => {
                let blocks = vec![Block::text(text(&part.data, "text").unwrap_or(""))];
                let kind = UNPARSED.to_owned();
                self.session.say(Some(&part.id), EventType::Custom { kind }, blocks);
                return Fate::Unknown;
            }
            other => {
                self.keep(part, other);
                return Fate::Unknown;
            }
        }
        Fate::Understood
    }

    fn say(&mut self, part: &Part, event_type: EventType) {
        let text = text(&part.data, "text").unwrap_or("");
        if !text.trim().is_empty() {
            self.session.say(Some(&part.id), event_type, vec![Block::text(text)]);
        }
    }

    /// Sends text that nobody said.
    pub(super) fn note(&mut self, id: &str, raw_type: &str, text: &str) {
        if !text.trim().is_empty() {
            raw_type.clone_into(&mut self.session.place.raw_type);
            let blocks = vec![Block::text(clip(text.to_owned()))];
            self.session.say(Some(id), EventType::SystemMessage, blocks);
        }
    }

    /// Sends what went wrong: `{name, data: {message}}`, or `{type, message}` in newer stores.
    pub(super) fn note_error(&mut self, owner: &str, kind: &str, error: &Value) {
        let of = |path: &str| error.pointer(path).and_then(Value::as_str);
        let told = of("/data/message").or(of("/message")).filter(|told| !told.is_empty());
        let name = of("/name").or(of("/type"));
        let text = match (name, told) {
            (Some(name), Some(told)) => format!("{name}: {told}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => error.to_string(),
        };
        self.note(&format!("{owner}/error"), &format!("{kind}/error"), &text);
    }

    fn keep(&mut self, part: &Part, kind: &str) {
        let blocks = vec![Block::json(part.data.clone())];
        self.session.say(Some(&part.id), EventType::Custom { kind: kind.to_owned() }, blocks);
    }

    /// Reads a call with what came of it.
    fn read_call(&mut self, part: &Part, created: Option<Timestamp>) {
        let state = State::of(part);
        // Some models number their calls anew in each message.
        let id = self.calls.next(state.call_id().unwrap_or(&part.id)).to_string();
        let begun = state.started().or(part.started()).or(created);
        self.session.set_time(begun);
        self.session.open_call(CallRecord {
            id: &id,
            name: state.name(),
            input: state.input(),
            agent: None,
            child: state.child(),
        });
        if let Some(outcome) = state.outcome() {
            self.session.set_time(state.ended().or(begun));
            self.session.answer(Some(&id), None, outcome);
        }
    }

    /// The events that follow come from this part.
    fn enter(&mut self, message: &Message, part: &Part) {
        self.undo_at(&part.id);
        self.session.place.raw_type = format!("{}/{}", message.kind, part.kind);
        self.session.set_time(part.started().or(message.created()));
    }
}

/// Returns a file that is in a message, or that a message names: pictures are attached, others named.
pub(super) fn file(data: &Object) -> (Block, Option<Attachment>) {
    let mime = text(data, "mime").unwrap_or("");
    let url = text(data, "url").unwrap_or("");
    if mime.starts_with("image/") {
        let base64 = url.strip_prefix("data:").and_then(|data| data.split_once(";base64,"));
        return match base64.and_then(|(_, base64)| attachment::from_base64(base64, mime)) {
            Some(attachment) => (attachment::block(&attachment, mime), Some(attachment)),
            None => {
                let (url, mime) = (url.to_owned(), mime.to_owned());
                (Block::Image { url, alt: None, mime }, None)
            }
        };
    }
    let source = data.get("source").and_then(|source| source.get("path")?.as_str());
    let local = url.strip_prefix("file://").and_then(|url| url.split('?').next());
    let name = source.or(local).or(text(data, "filename")).filter(|name| !name.is_empty());
    let name = name.or((!url.starts_with("data:")).then_some(url)).unwrap_or("");
    (Block::File { path: name.to_owned(), content: None }, None)
}
