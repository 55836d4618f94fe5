//! A session while its log is read: what the messages so far have said, and where the events go.

use super::calls::Calls;
use super::side::{Side, Usage};
use crate::ParseReport;
use crate::outbox::{Outbox, Ticket};
use crate::session::Meta;
use crate::unique::UniqueIds;
use opensession_hail::{Attachment, Block, Event, EventType, SessionId, Timestamp, attribute};
use serde_json::Value;

/// The state of one session.
pub(super) struct Conversation<'s> {
    pub(super) outbox: Outbox<'s>,
    pub(super) report: ParseReport,
    pub(super) side: Side,
    pub(super) calls: Calls,
    /// What the record that is read now calls itself, and its kind.
    pub(super) own: String,
    pub(super) raw_type: String,
    pub(super) offset: u64,
    /// A later version of the log may change the record that is read now.
    pub(super) may_change: bool,
    /// Provider and model at work.
    pub(super) model: Option<(String, String)>,
    /// What the present answer cost: its first event says so.
    pub(super) usage: Option<Usage>,
    meta: Meta,
    has_begun: bool,
    ids: UniqueIds,
    now: Timestamp,
    is_inferred: bool,
}

impl<'s> Conversation<'s> {
    /// Returns a session of which nothing but what lies beside its log is known.
    pub(super) fn new(outbox: Outbox<'s>, side: Side, began: Option<Timestamp>) -> Self {
        let mut conversation = Self {
            outbox,
            report: ParseReport::default(),
            model: side.model.clone(),
            calls: Calls::default(),
            own: String::new(),
            raw_type: String::new(),
            offset: 0,
            may_change: false,
            usage: None,
            meta: Meta::default(),
            has_begun: false,
            ids: UniqueIds::default(),
            now: began.unwrap_or(Timestamp::EPOCH),
            is_inferred: true,
            side,
        };
        if let Some(cwd) = conversation.side.cwd.take() {
            conversation.visit(&cwd);
        }
        conversation
    }

    /// The session works in this folder; the first one told stands.
    pub(super) fn visit(&mut self, cwd: &str) {
        if !self.meta.is_placed() {
            self.meta.visit(cwd);
        }
        if let Some(cwd) = self.meta.take_place() {
            self.outbox.sink().located(cwd);
        }
    }

    /// Sets the time of the events that follow; without a stamp, the latest one stands in.
    pub(super) fn set_time(&mut self, stamp: Option<Timestamp>) {
        self.is_inferred = stamp.is_none();
        self.now = stamp.unwrap_or(self.now);
    }

    /// Returns the time of the present record, in milliseconds.
    pub(super) fn millis(&self) -> i64 {
        self.now.as_millis()
    }

    /// Returns an event of the present record.
    pub(super) fn event(&mut self, event_type: EventType) -> Event {
        let event_id = self.ids.next(self.own.as_str());
        let by_model = event_type.is_invocation()
            || matches!(event_type, EventType::AgentMessage | EventType::Thinking);
        let mut event = Event::new(event_id, self.now, event_type);
        event.attributes.set(attribute::RAW_TYPE, self.raw_type.as_str());
        if let Some((_, model)) = self.model.as_ref().filter(|_| by_model) {
            event.attributes.set(attribute::MODEL, model.as_str());
        }
        if self.is_inferred {
            event.attributes.set(attribute::TIMESTAMP_INFERRED, true);
        }
        if let Some(usage) = self.usage.take().filter(|_| by_model) {
            set_usage(&mut event, usage);
        }
        event
    }

    /// Sends an event; it stays open where the present record may still change.
    pub(super) fn push(&mut self, event: Event) {
        self.note(&event);
        if self.may_change {
            self.outbox.push_open(event, self.offset);
        } else {
            self.outbox.push(event, self.offset);
        }
    }

    /// Sends an event that waits for its result.
    pub(super) fn push_open(&mut self, event: Event) -> Ticket {
        self.note(&event);
        self.outbox.push_open(event, self.offset)
    }

    /// Sends an event made of its type and blocks.
    pub(super) fn say(&mut self, event_type: EventType, blocks: Vec<Block>) {
        let mut event = self.event(event_type);
        event.content.blocks = blocks;
        self.push(event);
    }

    /// Sends text that nobody said: injected context, reminders, the tool's own notes.
    pub(super) fn note_text(&mut self, kind: &str, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let mut event = self.event(EventType::SystemMessage);
        event.attributes.set(attribute::RAW_TYPE, format!("{}/{kind}", self.raw_type));
        event.content.blocks = vec![Block::text(crate::clip::clip(text.trim().to_owned()))];
        self.push(event);
    }

    /// Sends what a person asked for; in a sub-task, it is the parent agent who asks.
    pub(super) fn prompt(&mut self, blocks: Vec<Block>) {
        if blocks.is_empty() {
            return;
        }
        if let Some(text) = blocks.iter().find_map(Block::as_text) {
            self.meta.prompt(text);
        }
        let is_first_of_child = self.side.parent.is_some() && !self.has_begun;
        let event_type =
            if is_first_of_child { EventType::SystemMessage } else { EventType::UserMessage };
        self.say(event_type, blocks);
    }

    /// Keeps a record, or a part of one, as it is.
    pub(super) fn keep(&mut self, kind: &str, data: Value) {
        let kind = kind.to_owned();
        let block = match data {
            Value::String(text) => Block::text(text),
            other => Block::json(other),
        };
        self.say(EventType::Custom { kind }, vec![block]);
    }

    /// Hands over the attachments of an event.
    pub(super) fn attach(&mut self, attachments: Vec<Attachment>) {
        for attachment in attachments {
            self.outbox.sink().attachment(attachment);
        }
    }

    /// Says what the present answer cost where none of its events could.
    pub(super) fn settle_usage(&mut self) {
        if let Some(usage) = self.usage.take().filter(|usage| *usage != Usage::default()) {
            let mut event = self.event(EventType::Custom { kind: "usage".to_owned() });
            set_usage(&mut event, usage);
            self.push(event);
        }
    }

    /// Ends the session, and returns what became of the records.
    pub(super) fn finish(self, id: SessionId, tool: &str) -> ParseReport {
        let Self { outbox, mut report, side, mut meta, model, .. } = self;
        report.tool_version.clone_from(&side.version);
        meta.version = side.version;
        meta.rename(side.title.as_deref().unwrap_or(""));
        meta.forked_from = side.forked_from;
        meta.is_auxiliary = side.parent.is_some();
        meta.parent = side.parent;
        (meta.provider, meta.model) = model.unzip();
        outbox.finish().end(meta.header(id, tool, ""));
        report
    }

    fn note(&mut self, event: &Event) {
        self.has_begun = true;
        self.meta.note(event, self.model.as_ref().map(|(provider, _)| provider.as_str()));
    }
}

fn set_usage(event: &mut Event, usage: Usage) {
    let named = [
        (attribute::INPUT_TOKENS, usage.input),
        (attribute::OUTPUT_TOKENS, usage.output),
        (attribute::CACHE_READ_TOKENS, usage.cache_read),
        (attribute::CACHE_WRITE_TOKENS, usage.cache_write),
    ];
    for (name, number) in named {
        if number > 0 {
            event.attributes.set(name, number);
        }
    }
    if usage.cost > 0.0 && usage.cost.is_finite() {
        event.attributes.set(attribute::COST, usage.cost);
    }
}
