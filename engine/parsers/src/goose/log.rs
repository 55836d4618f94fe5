//! The messages of a session, one after the other.

use super::action::describe;
use super::files::{Files, Use};
use super::record::{Item, KNOWN, Metadata, time};
use super::result::{self, image};
use crate::Sink;
use crate::lenient::{Items, call_input, value};
use crate::session::{CallRecord, Fate, Session};
use foldhash::HashMap;
use opensession_hail::{Attachment, Block, EventType};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// What a person may type to Goose itself.
const COMMANDS: [&str; 6] = ["/compact", "/clear", "/prompts", "/skills", "/doctor", "/summarize"];

/// Reads the messages of one session.
pub(super) struct Log<'s> {
    pub(super) session: Session<'s>,
    files: Files,
    /// What the calls that wait for a result do to files.
    uses: HashMap<String, Use>,
    /// The text of the last prompt.
    prompt: String,
    /// The message before was the model's and hidden: so ends what a compaction writes.
    after_compaction: bool,
}

/// A message, from either store.
pub(super) struct Message<'a> {
    pub id: Option<&'a str>,
    pub role: &'a str,
    pub created: Option<i64>,
    pub content: &'a Items<Item<'a>>,
    /// Gives an item of the content as it is written.
    pub raw: &'a dyn Fn(usize) -> &'a RawValue,
    pub metadata: &'a Metadata<'a>,
    /// The next message is one of the person's side that the person does not see.
    pub before_hidden: bool,
}

impl Message<'_> {
    /// Returns whether Goose said it in place of the person or the model.
    ///
    /// A compaction hides the last prompt from both while it writes it again behind a summary, which is hidden from
    /// the person; a later one hides that summary from both too.
    fn is_injected(&self) -> bool {
        let Metadata { user_visible, agent_visible, .. } = self.metadata;
        !user_visible.0 && (agent_visible.0 || !self.before_hidden)
    }
}

impl<'s> Log<'s> {
    pub(super) fn new(sink: &'s mut dyn Sink) -> Self {
        Self {
            session: Session::new(sink, describe).knowing(&KNOWN),
            files: Files::default(),
            uses: HashMap::default(),
            prompt: String::new(),
            after_compaction: false,
        }
    }

    /// Reads a message.
    pub(super) fn read(&mut self, message: &Message<'_>) -> Fate {
        let session = &mut self.session;
        session.place.raw_type.clear();
        session.place.raw_type.push_str("message/");
        session.place.raw_type.push_str(message.role);
        session.set_time(message.created.and_then(time));
        session.group = message.id.map(str::to_owned);
        let fate = match message.role {
            "user" => self.read_user(message),
            "assistant" => {
                self.read_assistant(message);
                Fate::Understood
            }
            _ => Fate::Unknown,
        };
        self.after_compaction = message.role == "assistant" && !message.metadata.user_visible.0;
        let session = &mut self.session;
        (session.group, session.model, session.provider) = (None, None, None);
        fate
    }

    fn read_user(&mut self, message: &Message<'_>) -> Fate {
        let mut typed = Vec::new();
        let mut attachments: Vec<Attachment> = Vec::new();
        let mut is_result = false;
        for (number, item) in message.content.iter() {
            match item.kind.as_str() {
                Some("text") => typed.extend(item.text.filled().map(Block::text)),
                Some("image") => {
                    let (block, attachment) = image(item, || (message.raw)(number));
                    typed.push(block);
                    attachments.extend(attachment);
                }
                Some("toolResponse") => {
                    is_result = true;
                    self.answer(item, || (message.raw)(number));
                }
                _ => self.read_other(message.id, item, || (message.raw)(number)),
            }
        }
        if typed.iter().all(|block| block.as_text().is_some_and(|text| text.trim().is_empty())) {
            return Fate::Understood;
        }
        let text = typed.iter().find_map(Block::as_text).unwrap_or("");
        if self.after_compaction && !text.is_empty() && text == self.prompt {
            return Fate::COPY;
        }
        self.session.attach(attachments);
        if is_result || message.is_injected() || is_command(text) {
            self.session.say(message.id, EventType::SystemMessage, typed);
        } else {
            text.clone_into(&mut self.prompt);
            self.session.settle_calls();
            self.uses.clear();
            self.session.prompt(message.id, typed);
        }
        Fate::Understood
    }

    fn read_assistant(&mut self, message: &Message<'_>) {
        if let Some(inference) = &message.metadata.inference.0 {
            let model = inference.resolved_model.filled().or(inference.requested_model.filled());
            self.session.model = model.map(str::to_owned);
            self.session.provider = inference.provider.filled().map(str::to_owned);
        }
        for (number, item) in message.content.iter() {
            let (event_type, text) = match item.kind.as_str() {
                Some("text") if message.is_injected() => (EventType::SystemMessage, &item.text),
                Some("text") => (EventType::AgentMessage, &item.text),
                Some("thinking") => (EventType::Thinking, &item.thinking),
                Some("reasoning") => (EventType::Thinking, &item.text),
                Some("image") => {
                    let (block, attachment) = image(item, || (message.raw)(number));
                    self.session.attach(attachment);
                    self.session.say(message.id, EventType::AgentMessage, vec![block]);
                    continue;
                }
                _ => {
                    self.read_other(message.id, item, || (message.raw)(number));
                    continue;
                }
            };
            if let Some(text) = text.as_str().filter(|text| !text.trim().is_empty()) {
                self.session.say(message.id, event_type, vec![Block::text(text)]);
            }
        }
    }

    /// Reads an item that either side may hold.
    fn read_other<'a>(
        &mut self,
        own: Option<&str>,
        item: &Item<'_>,
        raw: impl Fn() -> &'a RawValue,
    ) {
        match item.kind.as_str() {
            Some("toolRequest" | "frontendToolRequest") => self.call(own, item),
            Some("toolResponse") => self.answer(item, raw),
            // Encrypted.
            Some("redactedThinking") => {}
            // Notices: of a compaction, of a history that became too long.
            Some(
                "systemNotification"
                | "conversationCompacted"
                | "contextLengthExceeded"
                | "summarizationRequested",
            ) => {
                let text = item.msg.filled().map(Block::text);
                let block = text.unwrap_or_else(|| Block::json(value(raw())));
                self.session.say(own, EventType::SystemMessage, vec![block]);
            }
            // Questions to the person, and the answers to them.
            Some("toolConfirmationRequest" | "actionRequired") => {
                let block = Block::json(value(raw()));
                self.session.say(own, EventType::SystemMessage, vec![block]);
            }
            kind => {
                let kind = kind.filter(|kind| !kind.is_empty()).unwrap_or("item").to_owned();
                let name = format!("message.{kind}");
                *self.session.report.fields.entry(name).or_insert(0) += 1;
                let block = Block::json(value(raw()));
                self.session.say(own, EventType::Custom { kind }, vec![block]);
            }
        }
    }

    fn call(&mut self, own: Option<&str>, item: &Item<'_>) {
        let fallback = || format!("{}/call", own.unwrap_or("line")).into();
        let id = &*item.id.filled().map_or_else(fallback, Cow::Borrowed);
        let call = item.tool_call.0.as_deref();
        let told = call.and_then(|call| call.value.0.as_ref());
        let name = told.map_or(call.and_then(|call| call.name.filled()), |it| it.name.filled());
        let arguments = told.map_or(call.and_then(|call| call.arguments), |it| it.arguments);
        let mut input = call_input(arguments);
        // The model called nothing that there is.
        if let Some(error) = call.and_then(|call| call.error.filled()) {
            input.insert("error".to_owned(), error.into());
        }
        let name = name.unwrap_or("unknown");
        if let Some(used) = Use::of(name, &input) {
            self.uses.insert(id.to_owned(), used);
        }
        self.session.open_call(CallRecord { id, name, input, agent: None, child: None });
    }

    fn answer<'a>(&mut self, item: &Item<'_>, raw: impl Fn() -> &'a RawValue) {
        let mut seen = result::read(item, raw, self.session.id());
        let id = item.id.filled();
        let used = id.filter(|_| !self.uses.is_empty()).and_then(|id| self.uses.remove(id));
        if let Some(used) = used.filter(|_| !seen.outcome.is_error) {
            let change = self.files.apply(used, seen.file);
            let text = seen.outcome.text();
            let is_new = match text.split_once(' ') {
                Some(("Created", _)) => Some(true),
                Some(("Wrote", _)) => Some(false),
                _ => change.is_new,
            };
            (seen.outcome.is_new_file, seen.outcome.diff) = (is_new, change.diff);
        }
        self.session.answer(id, None, seen.outcome);
    }
}

fn is_command(text: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or("");
    COMMANDS.contains(&word)
}
