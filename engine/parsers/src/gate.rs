//! Keeps logs in which nobody said or did anything from becoming sessions.

use crate::Sink;
use opensession_hail::{Attachment, Event, EventType, Header, SessionId};

/// A sink in front of another that begins a session with its first prompt, answer or tool call.
///
/// What comes before is held back until then. A log that has none of them never begins a session.
pub(crate) struct Gate<'s> {
    sink: &'s mut dyn Sink,
    /// The session and what is held back; `None` once it has begun.
    closed: Option<(SessionId, Vec<Held>)>,
}

enum Held {
    Maker(String),
    Place(String),
    Record(Vec<u8>),
    Event(Box<Event>, u64, bool),
    Attachment(Attachment),
}

impl<'s> Gate<'s> {
    /// Returns the gate before `sink`, closed.
    pub(crate) fn new(sink: &'s mut dyn Sink, session_id: SessionId) -> Self {
        Self { sink, closed: Some((session_id, Vec::new())) }
    }

    fn open(&mut self) {
        if let Some((session_id, held)) = self.closed.take() {
            self.sink.begin(&session_id);
            for item in held {
                match item {
                    Held::Maker(tool) => self.sink.made_by(&tool),
                    Held::Place(cwd) => self.sink.located(&cwd),
                    Held::Record(bytes) => self.sink.record(&bytes),
                    Held::Event(event, offset, settled) => {
                        self.sink.event(*event, offset, settled);
                    }
                    Held::Attachment(attachment) => self.sink.attachment(attachment),
                }
            }
        }
    }
}

impl Sink for Gate<'_> {
    fn knows(&mut self, session_id: &SessionId, stamp: &str) -> bool {
        self.sink.knows(session_id, stamp)
    }

    /// Closes the gate again, for the next session of the source.
    fn begin(&mut self, session_id: &SessionId) {
        self.closed = Some((session_id.clone(), Vec::new()));
    }

    fn made_by(&mut self, tool: &str) {
        match &mut self.closed {
            Some((_, held)) => held.push(Held::Maker(tool.to_owned())),
            None => self.sink.made_by(tool),
        }
    }

    fn located(&mut self, cwd: &str) {
        match &mut self.closed {
            Some((_, held)) => held.push(Held::Place(cwd.to_owned())),
            None => self.sink.located(cwd),
        }
    }

    fn record(&mut self, bytes: &[u8]) {
        match &mut self.closed {
            Some((_, held)) => held.push(Held::Record(bytes.to_owned())),
            None => self.sink.record(bytes),
        }
    }

    fn event(&mut self, event: Event, offset: u64, settled: bool) {
        let is_turn = event.event_type.is_invocation()
            || matches!(event.event_type, EventType::UserMessage | EventType::AgentMessage);
        if is_turn {
            self.open();
        }
        let Some((_, held)) = &mut self.closed else {
            self.sink.event(event, offset, settled);
            return;
        };
        held.push(Held::Event(Box::new(event), offset, settled));
    }

    fn attachment(&mut self, attachment: Attachment) {
        match &mut self.closed {
            Some((_, held)) => held.push(Held::Attachment(attachment)),
            None => self.sink.attachment(attachment),
        }
    }

    fn end(&mut self, header: Header) {
        if self.closed.is_none() {
            self.sink.end(header);
        }
    }
}
