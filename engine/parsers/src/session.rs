//! A session while its log is read: what the records so far have said, and where the events go.

mod action;
mod calls;
mod change;
mod meta;
mod outcome;
mod tokens;

pub(crate) use action::{Action, Describe, take_command, take_text, title};
pub(crate) use calls::CallRecord;
pub(crate) use change::{PATH_KEYS, describe_change, describe_write};
pub(crate) use meta::{Meta, maker};
pub(crate) use outcome::{InnerCall, Outcome};
pub(crate) use tokens::Tokens;

use crate::members::{Known, Members};
use crate::outbox::{Outbox, Ticket};
use crate::unique::UniqueIds;
use crate::{ParseReport, Sink};
use calls::Calls;
use opensession_hail::{
    Attachment, Attributes, Block, Event, EventId, EventType, SessionId, Timestamp, attribute,
};
use serde_json::Value;

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It became events, or changed an event, the header, or how later records are read.
    Understood,
    /// It was left out on purpose, for this reason.
    Dropped(&'static str),
    /// Its kind is not known.
    Unknown,
}

impl Fate {
    /// The record says what another one says too.
    pub(crate) const COPY: Self = Self::Dropped("second copy");
    /// The record is about the tool, not the conversation.
    pub(crate) const STATE: Self = Self::Dropped("tool state");
}

/// Where the record that is read now stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// In the log, counted from 1.
    pub line: u64,
    /// Where the record starts, in bytes.
    pub offset: u64,
    /// The kind of the record.
    pub raw_type: String,
}

/// The state of one session.
pub(crate) struct Session<'s> {
    pub(crate) outbox: Outbox<'s>,
    pub(crate) report: ParseReport,
    pub(crate) meta: Meta,
    pub(crate) place: Place,
    /// Looks for members of records that the parser does not know.
    members: Option<Members>,
    /// The model that made the present record, and who runs it.
    pub(crate) model: Option<String>,
    pub(crate) provider: Option<String>,
    /// The message that the present record is.
    pub(crate) group: Option<String>,
    /// The sub-agent that made the present record.
    pub(crate) subagent: Option<String>,
    /// The task that the present record belongs to.
    pub(crate) task: Option<String>,
    /// A later version of the log may change the present record: its events stay open.
    pub(crate) may_change: bool,
    /// Tokens that the next event of the model takes.
    pub(crate) owed: Tokens,
    calls: Calls,
    id: Option<SessionId>,
    /// Bytes of the records told so far, and the last of them.
    told: u64,
    line: Vec<u8>,
    ids: UniqueIds,
    /// The latest time read, and whether the present record lacks one of its own.
    now: Timestamp,
    is_inferred: bool,
    /// The first event since [`Session::mark`].
    first: Option<EventId>,
}

impl<'s> Session<'s> {
    /// Returns a session of which nothing is known; `describe` says what the tool's calls are.
    pub(crate) fn new(sink: &'s mut dyn Sink, describe: Describe) -> Self {
        Self {
            outbox: Outbox::new(sink),
            report: ParseReport::default(),
            meta: Meta::default(),
            place: Place::default(),
            members: None,
            model: None,
            provider: None,
            group: None,
            subagent: None,
            task: None,
            may_change: false,
            owed: Tokens::default(),
            calls: Calls::new(describe),
            id: None,
            told: 0,
            line: Vec::new(),
            ids: UniqueIds::default(),
            now: Timestamp::EPOCH,
            is_inferred: true,
            first: None,
        }
    }

    /// Returns the session with members of records that its parser knows: others are counted.
    pub(crate) fn knowing(self, known: &'static Known) -> Self {
        Self { members: Some(Members::new(known)), ..self }
    }

    /// Begins the session, where it has not begun.
    pub(crate) fn begin(&mut self, id: impl FnOnce() -> SessionId) {
        if self.id.is_none() {
            let id = id();
            self.outbox.sink().begin(&id);
            self.id = Some(id);
        }
    }

    /// Returns the session's id, once it has begun.
    pub(crate) fn id(&self) -> Option<&SessionId> {
        self.id.as_ref()
    }

    /// Tells the next record of a session that is no log of lines; its events stand where it starts.
    pub(crate) fn record(&mut self, bytes: &[u8]) {
        self.place.offset = self.told;
        self.place.line += 1;
        self.told += bytes.len() as u64 + 1;
        self.line.clear();
        self.line.extend_from_slice(bytes);
        self.line.push(b'\n');
        self.outbox.sink().record(&self.line);
    }

    /// Goes behind the records told so far, for events that come from none of them.
    pub(crate) fn leave_records(&mut self) {
        self.place.offset = self.told;
    }

    /// Sets the time of the events that follow; without a stamp, the latest one stands in.
    pub(crate) fn set_time(&mut self, stamp: Option<Timestamp>) {
        self.is_inferred = stamp.is_none();
        self.now = stamp.unwrap_or(self.now);
    }

    /// Forgets which event came first.
    pub(crate) fn mark(&mut self) {
        self.first = None;
    }

    /// Returns the first event since [`Session::mark`].
    pub(crate) fn first(&self) -> Option<&EventId> {
        self.first.as_ref()
    }

    /// Returns the first event since [`Session::mark`], and forgets it.
    pub(crate) fn take_first(&mut self) -> Option<EventId> {
        self.first.take()
    }

    /// Returns an event of the present record; `own` is the record's own id.
    pub(crate) fn event(&mut self, own: Option<&str>, event_type: EventType) -> Event {
        let event_id = match own {
            Some(own) => self.ids.next(own),
            None => self.ids.next_line(self.place.line),
        };
        self.event_of(event_id, event_type)
    }

    fn event_of(&mut self, event_id: EventId, event_type: EventType) -> Event {
        self.first.get_or_insert_with(|| event_id.clone());
        let by_model = event_type.is_invocation()
            || matches!(event_type, EventType::AgentMessage | EventType::Thinking);
        let is_usage = matches!(&event_type, EventType::Custom { kind } if kind == "usage");
        let mut attributes = Attributes::new();
        attributes.set(attribute::RAW_TYPE, self.place.raw_type.as_str());
        attributes.set_some(attribute::GROUP_ID, self.group.as_deref());
        attributes.set_some(attribute::SUBAGENT_ID, self.subagent.as_deref());
        if by_model || is_usage {
            attributes.set_some(attribute::MODEL, self.model.as_deref());
            std::mem::take(&mut self.owed).add_to(&mut attributes);
        }
        if self.is_inferred {
            attributes.set(attribute::TIMESTAMP_INFERRED, true);
        }
        let task_id = self.task.clone();
        Event { task_id, attributes, ..Event::new(event_id, self.now, event_type) }
    }

    /// Sends an event that no later record changes; it stays open where the present record itself may change.
    pub(crate) fn push(&mut self, event: Event) {
        if self.may_change {
            self.push_open(event);
        } else {
            self.meta.note(&event, self.provider.as_deref());
            self.outbox.push(event, self.place.offset);
        }
    }

    /// Sends an event that a later record may change.
    pub(crate) fn push_open(&mut self, event: Event) -> Ticket {
        self.meta.note(&event, self.provider.as_deref());
        self.outbox.push_open(event, self.place.offset)
    }

    /// Sends an event made of its type and blocks.
    pub(crate) fn say(&mut self, own: Option<&str>, event_type: EventType, blocks: Vec<Block>) {
        let mut event = self.event(own, event_type);
        event.content.blocks = blocks;
        self.push(event);
    }

    /// Sends what a person asked for; the prompts of a sub-agent are its parent's.
    pub(crate) fn prompt(&mut self, own: Option<&str>, blocks: Vec<Block>) {
        if let Some(text) = blocks.iter().find_map(Block::as_text) {
            self.meta.prompt(text);
        }
        let is_person = !self.meta.is_auxiliary && self.subagent.is_none();
        let event_type = if is_person { EventType::UserMessage } else { EventType::SystemMessage };
        self.say(own, event_type, blocks);
    }

    /// Sends the tokens that no event took.
    pub(crate) fn flush_tokens(&mut self, own: Option<&str>) {
        if !self.owed.is_zero() {
            let kind = "usage".to_owned();
            self.say(own, EventType::Custom { kind }, Vec::new());
        }
    }

    /// Sends the mark that nothing from the event `first` on counts any more.
    pub(crate) fn rewind(&mut self, own: Option<&str>, first: Option<&EventId>) {
        let kind = "rewind".to_owned();
        let mut event = self.event(own, EventType::Custom { kind });
        event.attributes.set_some(attribute::REWIND_TO, first.map(EventId::as_str));
        self.push(event);
    }

    /// Hands over the attachments of an event.
    pub(crate) fn attach(&mut self, attachments: impl IntoIterator<Item = Attachment>) {
        for attachment in attachments {
            self.outbox.sink().attachment(attachment);
        }
    }

    /// Counts the present record. One of unknown kind is kept as it is.
    pub(crate) fn count(&mut self, fate: Fate, json: &str) {
        if let Some(members) = self.members.as_mut().filter(|_| fate != Fate::Unknown) {
            members.look(&self.place.raw_type, json.as_bytes(), &mut self.report.fields);
        }
        match fate {
            Fate::Understood => self.report.understand(&self.place.raw_type),
            Fate::Dropped(reason) => self.report.drop(reason),
            Fate::Unknown => match serde_json::from_str::<Value>(json) {
                Ok(value) => {
                    let kind = self.place.raw_type.clone();
                    self.say(None, EventType::Custom { kind }, vec![Block::json(value)]);
                    self.report.keep_unknown(&self.place.raw_type);
                }
                Err(_too_deep) => self.keep_text(json.to_owned()),
            },
        }
        self.tell_place();
    }

    /// Keeps a text that is no record, and counts it.
    pub(crate) fn keep_text(&mut self, text: String) {
        self.set_time(None);
        (self.group, self.subagent) = (None, None);
        self.place.raw_type = "unparsed".to_owned();
        let kind = "unparsed".to_owned();
        self.say(None, EventType::Custom { kind }, vec![Block::Text { text }]);
        self.report.keep_unknown("unparsed");
    }

    /// Tells the sink where the session works, the first time that it is known.
    pub(crate) fn tell_place(&mut self) {
        if self.id.is_some()
            && let Some(cwd) = self.meta.take_place()
        {
            self.outbox.sink().located(cwd);
        }
    }

    /// Ends the session, and returns what became of the records. `provider` runs the models of which nothing says so.
    pub(crate) fn finish(mut self, tool: &str, provider: &str) -> ParseReport {
        self.tell_place();
        self.end_calls();
        self.report.tool_version = self.meta.version.clone();
        let sink = self.outbox.finish();
        if let Some(id) = self.id {
            sink.end(self.meta.header(id, tool, provider));
        }
        self.report
    }
}
