//! A session while its log is read: what the records so far have said, and where the events go.

use super::calls::Calls;
use super::meta::Own;
use super::record::Payload;
use super::twins::Twins;
use super::usage::Usage;
use crate::ParseReport;
use crate::outbox::{Outbox, Ticket};
use crate::session::{Fate, Meta, Place};
use crate::unique::UniqueIds;
use opensession_hail::{Attachment, Block, Event, EventId, EventType, Timestamp, attribute};
use serde_json::Value;

/// The record tells how far something is; the record of its end says the same.
pub(super) const TICK: Fate = Fate::Dropped("progress tick");

/// The state of one session.
pub(super) struct Conversation<'s> {
    pub(super) outbox: Outbox<'s>,
    pub(super) report: ParseReport,
    pub(super) meta: Meta,
    pub(super) own: Own,
    pub(super) twins: Twins,
    pub(super) calls: Calls,
    pub(super) usage: Usage,
    pub(super) place: Place,
    /// The model that works now.
    pub(super) model: Option<String>,
    /// The turn that runs now.
    pub(super) turn: Option<String>,
    ids: UniqueIds,
    /// The latest time read, and whether the present record lacks one of its own.
    now: Timestamp,
    is_inferred: bool,
    /// The prompts that still count, for rewinds.
    prompts: Vec<EventId>,
}

impl<'s> Conversation<'s> {
    pub(super) fn new(outbox: Outbox<'s>) -> Self {
        Self {
            outbox,
            report: ParseReport::default(),
            meta: Meta::default(),
            own: Own::default(),
            twins: Twins::default(),
            calls: Calls::default(),
            usage: Usage::default(),
            place: Place::default(),
            model: None,
            turn: None,
            ids: UniqueIds::default(),
            now: Timestamp::EPOCH,
            is_inferred: true,
            prompts: Vec::new(),
        }
    }

    /// Reads a `session_meta` of this session.
    pub(super) fn read_meta(&mut self, payload: &Payload<'_>) {
        self.own.read(payload, &mut self.meta);
    }

    /// Sets the time of the events that follow; without a stamp, the latest one stands in.
    pub(super) fn set_time(&mut self, stamp: Option<Timestamp>) {
        self.is_inferred = stamp.is_none();
        self.now = stamp.unwrap_or(self.now);
    }

    /// Returns an event of the present record; `own` is the record's own id.
    pub(super) fn event(&mut self, own: Option<&str>, event_type: EventType) -> Event {
        let event_id = match own {
            Some(own) => self.ids.next(own),
            None => self.ids.next_line(self.place.line),
        };
        let by_model = event_type.is_invocation()
            || matches!(event_type, EventType::AgentMessage | EventType::Thinking);
        let mut event = Event::new(event_id, self.now, event_type);
        let attributes = &mut event.attributes;
        attributes.set(attribute::RAW_TYPE, self.place.raw_type.as_str());
        attributes.set_some(attribute::GROUP_ID, self.turn.as_deref());
        if by_model {
            attributes.set_some(attribute::MODEL, self.model.as_deref());
        }
        if self.is_inferred {
            attributes.set(attribute::TIMESTAMP_INFERRED, true);
        }
        event
    }

    /// Sends an event that no later record changes.
    pub(super) fn push(&mut self, event: Event) {
        self.meta.note(&event, None);
        self.outbox.push(event, self.place.offset);
    }

    /// Sends an event that waits for its result.
    pub(super) fn push_open(&mut self, event: Event) -> Ticket {
        self.meta.note(&event, None);
        self.outbox.push_open(event, self.place.offset)
    }

    /// Sends an event made of its type and blocks.
    pub(super) fn say(&mut self, own: Option<&str>, event_type: EventType, blocks: Vec<Block>) {
        let mut event = self.event(own, event_type);
        event.content.blocks = blocks;
        self.push(event);
    }

    /// Sends a note of the tool to the reader.
    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.say(None, EventType::SystemMessage, vec![Block::text(text)]);
    }

    /// Sends a record as it is.
    pub(super) fn keep(&mut self, own: Option<&str>, kind: &str, data: Value) {
        let kind = kind.to_owned();
        self.say(own, EventType::Custom { kind }, vec![Block::json(data)]);
    }

    /// Sends what a person asked for: the next turn begins, and no call of the last one gets a result any more.
    pub(super) fn prompt(&mut self, own: Option<&str>, blocks: Vec<Block>) {
        self.settle_calls();
        if let Some(text) = blocks.iter().find_map(Block::as_text) {
            self.meta.prompt(text);
        }
        if self.meta.is_auxiliary {
            self.say(own, EventType::SystemMessage, blocks);
            return;
        }
        let mut event = self.event(own, EventType::UserMessage);
        event.content.blocks = blocks;
        self.prompts.push(event.event_id.clone());
        self.push(event);
    }

    /// Sends the mark that the last `turns` prompts and all that followed them no longer count.
    pub(super) fn rewind(&mut self, turns: u64) {
        self.settle_calls();
        let kept = self.prompts.len().saturating_sub(usize::try_from(turns).unwrap_or(usize::MAX));
        let kind = "rewind".to_owned();
        let mut event = self.event(None, EventType::Custom { kind });
        if let Some(first) = self.prompts.get(kept) {
            event.attributes.set(attribute::REWIND_TO, first.as_str());
        }
        self.prompts.truncate(kept);
        self.push(event);
    }

    /// Hands over the attachments of an event.
    pub(super) fn attach(&mut self, attachments: Vec<Attachment>) {
        for attachment in attachments {
            self.outbox.sink().attachment(attachment);
        }
    }
}
