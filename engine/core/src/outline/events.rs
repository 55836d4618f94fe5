//! Single events of a session, read when somebody looks at them.

use crate::{Error, Result, SessionReader};
use opensession_hail::outline::EventPlace;
use opensession_hail::{Event, parse_event};
use std::collections::VecDeque;
use std::sync::Arc;

/// Segments that stay unpacked: those on the screen, and those before and behind them.
const KEPT_SEGMENTS: usize = 4;
/// How large they may be together, beside the last one that was read.
const KEPT_BYTES: usize = 24 << 20;

/// Reads single events; segments that were read lately are kept unpacked.
pub struct EventReader {
    members: Arc<[SessionReader]>,
    /// The latest first.
    recent: VecDeque<Unpacked>,
}

struct Unpacked {
    source: u16,
    segment: usize,
    bytes: Vec<u8>,
    /// Where each line starts.
    starts: Vec<u32>,
}

impl EventReader {
    pub(super) const fn new(members: Arc<[SessionReader]>) -> Self {
        Self { members, recent: VecDeque::new() }
    }

    /// Returns an event.
    ///
    /// # Errors
    /// When its segment is missing or damaged, and where there is no such event.
    pub fn event(&mut self, place: EventPlace) -> Result<Event> {
        let member = self.members.get(usize::from(place.source));
        let member = member.ok_or_else(|| missing("this session", place))?.clone();
        let line = self.line(&member, place)?;
        parse_event(line).map_err(|error| member.damaged(&error))
    }

    fn line(&mut self, member: &SessionReader, place: EventPlace) -> Result<&[u8]> {
        let mut in_segment = u64::from(place.ordinal);
        let mut segments = member.manifest().segments.iter().enumerate();
        let record = segments.find(|(_, record)| {
            let is_here = in_segment < record.events;
            in_segment -= if is_here { 0 } else { record.events };
            is_here
        });
        let nothing = || missing(member.key().as_str(), place);
        let (segment, record) = record.ok_or_else(nothing)?;
        let is_it = |one: &Unpacked| (one.source, one.segment) == (place.source, segment);
        let unpacked = match self.recent.iter().position(is_it) {
            Some(found) => self.recent.remove(found),
            None => Some(Unpacked::new(place.source, segment, member.segment(record)?)),
        };
        if let Some(unpacked) = unpacked {
            self.recent.push_front(unpacked);
        }
        self.forget();
        let line = usize::try_from(in_segment).ok();
        self.recent.front().zip(line).and_then(|(one, line)| one.line(line)).ok_or_else(nothing)
    }

    fn forget(&mut self) {
        let mut bytes: usize = self.recent.iter().map(|one| one.bytes.len()).sum();
        while self.recent.len() > 1 && (self.recent.len() > KEPT_SEGMENTS || bytes > KEPT_BYTES) {
            bytes -= self.recent.pop_back().map_or(0, |one| one.bytes.len());
        }
    }
}

impl Unpacked {
    fn new(source: u16, segment: usize, bytes: Vec<u8>) -> Self {
        let ends = memchr::memchr_iter(b'\n', &bytes).map(|end| end + 1);
        let starts = std::iter::once(0).chain(ends);
        // An event has at most 256 MiB, and a segment is 4 MiB or one event.
        let starts = starts.map_while(|start| u32::try_from(start).ok()).collect();
        Self { source, segment, bytes, starts }
    }

    fn line(&self, number: usize) -> Option<&[u8]> {
        let start = *self.starts.get(number)? as usize;
        let end = *self.starts.get(number + 1)? as usize;
        self.bytes.get(start..end)
    }
}

fn missing(session: &str, place: EventPlace) -> Error {
    Error::Damaged {
        session: session.to_owned(),
        reason: format!("there is no event number {}", place.ordinal),
    }
}
