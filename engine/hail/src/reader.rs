//! Reading HAIL that anybody wrote: lines or one object, damaged or strange. Nothing is lost and nothing is fatal.
//!
//! [`strict`] reads what canonical lines hold, fast; whatever it refuses is read by [`lenient`].

mod fields;
mod lenient;
mod lines;
mod records;
mod repair;
mod report;
mod strict;
mod values;

pub use records::Reader;
pub use repair::{repair, visible};
pub use report::Report;

use crate::{Event, Header, Session, Stats, Timestamp};
use serde_json::{Map, Value};
use std::io::{self, BufRead};

/// Why an input could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The input failed.
    #[error("cannot read line {line}")]
    Io {
        /// The line's number, from 1.
        line: u64,
        /// What went wrong.
        source: io::Error,
    },
    /// A line that should be an event is no JSON.
    #[error("event line is not valid JSON")]
    Json(#[from] serde_json::Error),
    /// A line that should be an event lacks something.
    #[error("line is not an event: it has no valid `{0}`")]
    NotAnEvent(&'static str),
    /// There is no header, no event and nothing else in the input.
    #[error("input holds no session")]
    NoSession,
    /// There are several sessions where one was expected.
    #[error("input holds {0} sessions instead of one")]
    SeveralSessions(usize),
}

/// One line of a HAIL file, understood.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// The start of a session.
    Header(Box<Header>),
    /// An event, with an id that is unique in its session.
    Event(Event),
    /// What the writer of the file says that it adds up to.
    Stats(Stats),
}

/// Returns the event on a stored line; members that HAIL does not know are kept.
///
/// # Errors
/// [`ReadError::Json`] and [`ReadError::NotAnEvent`]: unlike [`Reader`] this makes up neither id nor time.
pub fn parse_event(line: &[u8]) -> Result<Event, ReadError> {
    if let Ok(event) = strict::event(line) {
        return Ok(event);
    }
    let members: Map<String, Value> = serde_json::from_slice(line)?;
    if members.get("type").and_then(Value::as_str) != Some("event") {
        return Err(ReadError::NotAnEvent("type"));
    }
    let draft = lenient::event(members, &mut Report::default());
    match (draft.event.event_id.as_str(), draft.has_time) {
        ("", _) => Err(ReadError::NotAnEvent("event_id")),
        (_, false) => Err(ReadError::NotAnEvent("timestamp")),
        _ => Ok(draft.event),
    }
}

/// Returns the only session of `input`, and what was odd in it.
///
/// # Errors
/// [`ReadError::Io`] when the input fails, [`ReadError::NoSession`] and [`ReadError::SeveralSessions`].
pub fn read_session(input: impl BufRead) -> Result<(Session, Report), ReadError> {
    let (mut sessions, report) = read_sessions(input)?;
    match (sessions.pop(), sessions.len()) {
        (Some(session), 0) => Ok((session, report)),
        (None, _) => Err(ReadError::NoSession),
        (_, others) => Err(ReadError::SeveralSessions(others + 1)),
    }
}

/// Returns the sessions of `input`, each from its header on, and what was odd in them.
///
/// Times that a header lacks are those of its events.
///
/// # Errors
/// [`ReadError::Io`] when the input fails.
pub fn read_sessions(input: impl BufRead) -> Result<(Vec<Session>, Report), ReadError> {
    let mut reader = Reader::new(input);
    let mut sessions: Vec<Session> = Vec::new();
    for record in reader.by_ref() {
        match (record?, sessions.last_mut()) {
            (Record::Header(header), _) => {
                sessions.push(Session { header: *header, events: Vec::new() });
            }
            (Record::Event(event), Some(session)) => session.events.push(event),
            // The reader makes a header before the first event, and keeps the statistics in its report.
            (Record::Event(_) | Record::Stats(_), _) => {}
        }
    }
    for session in &mut sessions {
        complete_times(session);
    }
    Ok((sessions, reader.into_report()))
}

fn complete_times(session: &mut Session) {
    let known = |time: &Timestamp| *time != Timestamp::EPOCH;
    let times = || session.events.iter().map(|event| event.timestamp).filter(known);
    let (earliest, latest) = (times().min(), times().max());
    let context = &mut session.header.context;
    if let Some(earliest) = earliest.filter(|_| !known(&context.created_at)) {
        context.created_at = earliest;
    }
    if let Some(latest) = latest.filter(|_| !known(&context.updated_at)) {
        context.updated_at = latest;
    }
}

#[cfg(test)]
mod tests;
