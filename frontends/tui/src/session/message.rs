//! What the screen of a session asks for, and what it is told.

use crate::highlight::{Code, Coloured};
use opensession_engine::OutlineBatch;
use opensession_engine::hail::outline::EventPlace;
use opensession_engine::hail::{Event, Header, SessionKey, Stats};
use std::sync::Arc;

/// What is to be read of a session.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// All of its rows.
    Open(SessionKey),
    /// The rows that came since.
    Grow(SessionKey),
    /// Events that are to be drawn.
    Events(SessionKey, Vec<EventPlace>),
    /// The colours of program text.
    Colours(Vec<Code>),
    /// The events that hold a text; of no text, that an earlier search may stop.
    Find {
        /// The session.
        key: SessionKey,
        /// Comes back with what was found: an answer to an earlier search is passed over.
        number: u64,
        /// The text.
        text: String,
    },
}

/// What was read of a session.
#[derive(Debug)]
pub enum Message {
    /// The session was opened; rows follow, from the first one on.
    Opened(SessionKey, Box<Overview>),
    /// The session has more events than before; rows follow, behind those that are there.
    Grown(SessionKey, Box<Overview>),
    /// Rows, and whether they are the last ones.
    Rows(SessionKey, OutlineBatch, bool),
    /// Events that are to be drawn, or why they cannot be read.
    Events(SessionKey, Vec<(EventPlace, Result<Arc<Event>, String>)>),
    /// The colours of program text, by its id.
    Colours(Vec<(u64, Coloured)>),
    /// Events that hold what is looked for.
    Found {
        /// The session.
        key: SessionKey,
        /// Which search it is.
        number: u64,
        /// The events.
        places: Vec<EventPlace>,
        /// How many events were looked at since the last time.
        looked: u64,
        /// Whether all were looked at.
        is_all: bool,
    },
    /// Something could not be read.
    Failed(SessionKey, String),
}

/// What is known of a session as a whole.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The headers of the session and of the sub-agents that have sessions of their own.
    pub headers: Vec<Header>,
    /// What the session adds up to.
    pub stats: Stats,
    /// How many events there are, those of the sub-agents included.
    pub events: u64,
}
