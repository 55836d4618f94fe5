//! Events on their way to the sink: in log order, and none before it is settled.

use crate::Sink;
use opensession_hail::Event;
use std::collections::VecDeque;

/// Names an event that waits for its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

/// Holds back every event from the first one that a later record may still change.
pub(crate) struct Outbox<'s> {
    sink: &'s mut dyn Sink,
    waiting: VecDeque<Slot>,
    /// The number of the first event that waits.
    first: u64,
}

struct Slot {
    /// Nothing once the event is withdrawn.
    event: Option<Event>,
    offset: u64,
    open: bool,
}

impl<'s> Outbox<'s> {
    pub(crate) fn new(sink: &'s mut dyn Sink) -> Self {
        Self { sink, waiting: VecDeque::new(), first: 0 }
    }

    /// The sink, for what is no event.
    pub(crate) fn sink(&mut self) -> &mut dyn Sink {
        self.sink
    }

    /// Adds an event that no later record changes.
    pub(crate) fn push(&mut self, event: Event, offset: u64) {
        if self.waiting.is_empty() {
            self.first += 1;
            self.sink.event(event, offset, true);
        } else {
            self.waiting.push_back(Slot { event: Some(event), offset, open: false });
        }
    }

    /// Adds an event that waits for its result.
    pub(crate) fn push_open(&mut self, event: Event, offset: u64) -> Ticket {
        self.waiting.push_back(Slot { event: Some(event), offset, open: true });
        Ticket(self.first + self.waiting.len() as u64 - 1)
    }

    /// Returns the event that waits under `ticket`.
    pub(crate) fn waiting(&mut self, ticket: Ticket) -> Option<&mut Event> {
        let index = usize::try_from(ticket.0.checked_sub(self.first)?).ok()?;
        self.waiting.get_mut(index).filter(|slot| slot.open)?.event.as_mut()
    }

    /// Takes back an event that waits: its result says that it did not happen. It still has to be settled.
    pub(crate) fn withdraw(&mut self, ticket: Ticket) {
        let index = ticket.0.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        if let Some(slot) = index.and_then(|index| self.waiting.get_mut(index)) {
            slot.event = None;
        }
    }

    /// Settles the event under `ticket` as it now is, and sends what it held back.
    pub(crate) fn settle(&mut self, ticket: Ticket) {
        let index = ticket.0.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        if let Some(slot) = index.and_then(|index| self.waiting.get_mut(index)) {
            slot.open = false;
        }
        while self.waiting.front().is_some_and(|slot| !slot.open) {
            if let Some(slot) = self.waiting.pop_front() {
                self.first += 1;
                if let Some(event) = slot.event {
                    self.sink.event(event, slot.offset, true);
                }
            }
        }
    }

    /// Sends what still waits, marked as not settled where it is open.
    pub(crate) fn finish(self) -> &'s mut dyn Sink {
        for slot in self.waiting {
            if let Some(event) = slot.event {
                self.sink.event(event, slot.offset, !slot.open);
            }
        }
        self.sink
    }
}
