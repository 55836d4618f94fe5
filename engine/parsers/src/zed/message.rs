//! The messages of a thread: a prompt, or an answer with its calls and their results.

use super::action::resolve;
use super::mention;
use super::result;
use crate::attachment;
use crate::lenient::value_or_text;
use crate::session::{CallRecord, Fate, Session};
use crate::transcript::{list, word};
use opensession_hail::{Attachment, Block, EventType};
use serde_json::{Map, Value};

/// Reads one message.
pub(super) struct Reader<'t> {
    /// The folders of the project: paths begin with the name of one.
    pub roots: &'t [String],
    /// No message follows.
    pub is_last: bool,
    pub index: usize,
}

/// What the tool tells the model when a person lets it go on after an error.
const RESUMED: &str = "Continue where you left off";

impl Reader<'_> {
    /// Reads a message that is `{<who>: {…}}`.
    pub(super) fn read(&self, message: &Value, session: &mut Session<'_>) -> Fate {
        let own = self.own_id();
        session.group = Some(own.clone());
        let Some((name, body)) = variant(message) else {
            "message".clone_into(&mut session.place.raw_type);
            return Fate::Unknown;
        };
        session.place.raw_type = format!("message/{name}");
        match name {
            "User" => self.read_user(body, session),
            "Agent" => self.read_agent(body, session),
            "Resume" => {
                session.settle_calls();
                session.say(Some(&own), EventType::SystemMessage, vec![Block::text(RESUMED)]);
            }
            "Compaction" => match variant(body) {
                Some(("Summary", Value::String(text))) => {
                    session.say(Some(&own), EventType::SystemMessage, vec![Block::text(text)]);
                }
                _ => {
                    let kind = "compaction".to_owned();
                    session.say(
                        Some(&own),
                        EventType::Custom { kind },
                        vec![Block::json(body.clone())],
                    );
                }
            },
            _ => return Fate::Unknown,
        }
        Fate::Understood
    }

    /// Returns the id of a message that has none.
    pub(super) fn own_id(&self) -> String {
        format!("message-{}", self.index + 1)
    }

    fn read_user(&self, body: &Value, session: &mut Session<'_>) {
        let own = word(body, "id").map_or_else(|| self.own_id(), str::to_owned);
        session.group = Some(own.clone());
        let mut text = String::new();
        let mut blocks = Vec::new();
        for part in list(body, "content") {
            match variant(part) {
                Some(("Text", Value::String(part))) => text.push_str(part),
                Some(("Mention", told)) => {
                    text.push_str(&mention::label(told));
                    blocks.extend(mention::block(told));
                }
                Some(("Image", told)) if let Some((block, image)) = image(told) => {
                    blocks.push(block);
                    session.attach([image]);
                }
                _ => blocks.push(keep(part, session)),
            }
        }
        if !text.trim().is_empty() {
            blocks.insert(0, Block::text(text));
        }
        session.settle_calls();
        if !blocks.is_empty() {
            session.prompt(Some(&own), blocks);
        }
    }

    fn read_agent(&self, body: &Value, session: &mut Session<'_>) {
        let own = self.own_id();
        let parts = list(body, "content");
        let none = Map::new();
        let results = body.get("tool_results").and_then(Value::as_object).unwrap_or(&none);
        let calls = || {
            let uses = parts.iter().filter_map(variant).filter(|(name, _)| *name == "ToolUse");
            uses.filter_map(|(_, call)| word(call, "id"))
        };
        session.may_change = self.is_last && calls().any(|id| !results.contains_key(id));
        for part in parts {
            match variant(part) {
                Some(("Text", Value::String(text))) => {
                    say(&own, EventType::AgentMessage, text, session);
                }
                Some(("Thinking", thought)) => {
                    let text = thought.as_str().or_else(|| word(thought, "text"));
                    say(&own, EventType::Thinking, text.unwrap_or(""), session);
                }
                // Encrypted.
                Some(("RedactedThinking", _)) => {}
                Some(("ToolUse", call)) => self.open_call(&own, call, session),
                Some(("Image", told)) if let Some((block, image)) = image(told) => {
                    session.attach([image]);
                    session.say(Some(&own), EventType::AgentMessage, vec![block]);
                }
                variant => {
                    let kind = variant.map_or("part", |(name, _)| name).to_owned();
                    let block = keep(part, session);
                    session.say(Some(&own), EventType::Custom { kind }, vec![block]);
                }
            }
        }
        // The results are a map: they stand in the order of their calls, and then those of no call.
        let known: Vec<&str> = calls().collect();
        let others = results.keys().map(String::as_str).filter(|id| !known.contains(id));
        for id in known.iter().copied().chain(others) {
            if let Some(result) = results.get(id) {
                self.answer(Some(id), result, session);
            }
        }
    }

    /// Sends a call.
    pub(super) fn open_call(&self, own: &str, call: &Value, session: &mut Session<'_>) {
        let fallback = format!("{own}/call");
        let id = word(call, "id").unwrap_or(&fallback);
        let name = word(call, "name").unwrap_or("unknown");
        let mut input = input(call);
        resolve(&mut input, self.roots);
        session.open_call(CallRecord { id, name, input, agent: None, child: None });
    }

    /// Sends a result.
    pub(super) fn answer(&self, id: Option<&str>, told: &Value, session: &mut Session<'_>) {
        let outcome = result::read(told, self.roots, session.id());
        session.answer(id, word(told, "tool_name"), outcome);
    }
}

/// Returns the name of an object's only member with its value, or a text with nothing.
pub(super) fn variant(value: &Value) -> Option<(&str, &Value)> {
    match value {
        Value::String(name) => Some((name, &Value::Null)),
        Value::Object(members) if members.len() == 1 => {
            members.iter().next().map(|(name, value)| (name.as_str(), value))
        }
        _ => None,
    }
}

/// Sends a text, where there is one.
pub(super) fn say(own: &str, event_type: EventType, text: &str, session: &mut Session<'_>) {
    if !text.trim().is_empty() {
        session.say(Some(own), event_type, vec![Block::text(text)]);
    }
}

/// Returns a picture: base64, of PNG where it does not say.
pub(super) fn image(told: &Value) -> Option<(Block, Attachment)> {
    let mime = word(told, "mime_type").unwrap_or("image/png");
    let image = attachment::from_base64(word(told, "source")?, mime)?;
    Some((attachment::block(&image, mime), image))
}

/// Keeps a part of a message of which nothing is known, and counts it.
fn keep(part: &Value, session: &mut Session<'_>) -> Block {
    let kind = variant(part).map_or("part", |(name, _)| name);
    // A picture that is none.
    if kind == "Image" {
        return Block::json(part.clone());
    }
    *session.report.fields.entry(format!("message.{kind}")).or_insert(0) += 1;
    Block::json(part.clone())
}

/// Returns what a call was made with: newer versions say that it is JSON, and an input that is not whole is a text.
fn input(call: &Value) -> Map<String, Value> {
    let told = call.get("input").unwrap_or(&Value::Null);
    let told = match told.get("value") {
        Some(value) if word(told, "type").is_some() => value,
        _ => told,
    };
    match told {
        Value::Object(input) if !input.is_empty() => input.clone(),
        Value::Null | Value::Object(_) => match word(call, "raw_input").map(value_or_text) {
            Some(Value::Object(input)) => input,
            Some(other) => Map::from_iter([("arguments".to_owned(), other)]),
            None => Map::new(),
        },
        other => Map::from_iter([("arguments".to_owned(), other.clone())]),
    }
}
