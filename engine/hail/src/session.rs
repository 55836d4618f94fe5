//! A whole session in memory.

use crate::{Event, Header, Stats, Tally, write_event, write_header, write_stats};

/// A session: what it is, and what happened in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// The first line of its file.
    pub header: Header,
    /// In the order of the tool's own log.
    pub events: Vec<Event>,
}

impl Session {
    /// Returns what the session adds up to.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mut tally = Tally::new();
        for event in &self.events {
            tally.push(event);
        }
        tally.finish()
    }
}

/// Appends the session in canonical bytes to `out`: the header, the events, the statistics, a line each.
pub fn write_session(session: &Session, out: &mut Vec<u8>) {
    write_header(&session.header, out);
    for event in &session.events {
        write_event(event, out);
    }
    write_stats(&session.stats(), out);
}
