//! What is said and done in a session, whatever kind of log tells it.

use super::{action, image, prompt};
use crate::Sink;
use crate::session::{CallRecord, Outcome, Session};
use opensession_hail::{Block, EventType, SessionId};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// A session while its log is read.
pub(super) struct Conversation<'s> {
    pub(super) session: Session<'s>,
    /// The first prompt.
    pub(super) first_prompt: Option<String>,
    /// The files that are known to be there, and those that calls work on until their results are read.
    files: HashSet<String>,
    paths: HashMap<String, String>,
}

impl<'s> Conversation<'s> {
    /// Begins a session.
    pub(super) fn begin(sink: &'s mut dyn Sink, id: SessionId) -> Self {
        let mut session = Session::new(sink, action::describe);
        session.begin(|| id);
        Self { session, first_prompt: None, files: HashSet::new(), paths: HashMap::new() }
    }

    /// Sends what a person asked for, and the context that the tool put before it.
    pub(super) fn ask(&mut self, own: Option<&str>, text: &str, pictures: &[Value]) {
        // No result comes any more of what was called before.
        self.session.settle_calls();
        let (context, text) = prompt::split(text);
        if let Some(context) = context {
            self.note(None, context);
        }
        let mut blocks = Vec::new();
        if !text.trim().is_empty() {
            blocks.push(Block::text(text));
        }
        for (block, attachment) in pictures.iter().filter_map(image::read) {
            blocks.push(block);
            self.session.attach(attachment);
        }
        if blocks.is_empty() {
            return;
        }
        if prompt::is_injected(text) {
            self.session.say(own, EventType::SystemMessage, blocks);
            return;
        }
        self.first_prompt.get_or_insert_with(|| text.to_owned());
        self.session.prompt(own, blocks);
    }

    /// Sends what nobody typed.
    pub(super) fn note(&mut self, own: Option<&str>, text: &str) {
        if !text.trim().is_empty() {
            self.session.say(own, EventType::SystemMessage, vec![Block::text(text)]);
        }
    }

    /// Sends what the model said.
    pub(super) fn answer(&mut self, own: Option<&str>, text: &str) {
        if !text.trim().is_empty() {
            self.session.say(own, EventType::AgentMessage, vec![Block::text(text)]);
        }
    }

    /// Sends what the model thought.
    pub(super) fn think(&mut self, own: Option<&str>, text: &str) {
        if !text.trim().is_empty() {
            self.session.say(own, EventType::Thinking, vec![Block::text(text)]);
        }
    }

    /// Sends a call.
    pub(super) fn call(&mut self, id: &str, name: &str, input: Value) {
        let input = match input {
            Value::Object(fields) => fields,
            Value::Null => Map::new(),
            other => Map::from_iter([("arguments".to_owned(), other)]),
        };
        let made;
        let id = if id.is_empty() {
            made = format!("line-{}/call", self.session.place.line);
            &made
        } else {
            id
        };
        if let Some(path) = action::path(&input) {
            self.paths.insert(id.to_owned(), path.to_owned());
        }
        let name = if name.is_empty() { "unknown" } else { name };
        self.session.open_call(CallRecord { id, name, input, agent: None, child: None });
    }

    /// Sends what a call returned.
    pub(super) fn result(&mut self, id: &str, mut outcome: Outcome) {
        if let Some(path) = self.paths.remove(id) {
            outcome.is_new_file = self.files.contains(&path).then_some(false);
            if !outcome.is_error {
                self.files.insert(path);
            }
        }
        let waiting = if id.is_empty() { self.session.waiting_call(None) } else { None };
        let id = Some(id).filter(|id| !id.is_empty()).or(waiting.as_deref());
        self.session.answer(id, None, outcome);
    }
}
