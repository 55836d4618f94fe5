//! A session opened to be gone through: its rows as a stream, its events and its texts on demand.
//!
//! One segment is read at a time and thrown away: memory does not grow with the session.

mod events;
mod find;

pub use events::EventReader;
pub use find::{Finder, FoundPlaces};

use crate::{Error, Result, SessionReader};
use opensession_hail::Header;
use opensession_hail::outline::Glance;
use std::collections::VecDeque;
use std::sync::Arc;

/// A session and its sub-agents that have sessions of their own: what is shown as one.
#[derive(Clone)]
pub struct Family {
    members: Arc<[SessionReader]>,
}

/// Events in the order in which things happened, a batch at a time.
pub struct OutlineStream {
    sources: Vec<Source>,
}

/// What comes next.
#[derive(Debug, Default)]
pub struct OutlineBatch {
    /// Steps, each with the number of the session that it is of.
    pub steps: Vec<(u16, OutlineStep)>,
    /// What could not be read on the way.
    pub damaged: Vec<Error>,
}

/// An event, or several that could not be read.
#[derive(Debug)]
pub enum OutlineStep {
    /// An event.
    Event(Glance),
    /// So many events that could not be read.
    Lost(usize),
}

/// One session of the family.
struct Source {
    members: Arc<[SessionReader]>,
    number: usize,
    next_segment: usize,
    /// Events of the next segment that were seen before.
    seen: usize,
    ready: VecDeque<(i64, OutlineStep)>,
    /// The latest time so far: times run backwards in real logs. Before the first event, the earliest of the session.
    latest: i64,
}

impl SessionReader {
    /// Returns the session with its sub-agents that have sessions of their own.
    ///
    /// # Errors
    /// When the branch cannot be read.
    pub fn family(&self) -> Result<Family> {
        let mut members = vec![self.clone()];
        members.extend(self.agents()?);
        Ok(Family { members: members.into() })
    }

    /// Returns whether everything in this session stands in `newer` too, so that what is new is only behind it. May say
    /// no where segments were put together meanwhile.
    fn is_continued_by(&self, newer: &Self) -> bool {
        let (old, new) = (self.manifest(), newer.manifest());
        let mut events = 0;
        let end_in_new = new.segments.iter().find(|segment| {
            events += segment.events;
            events >= old.events()
        });
        old.generation == new.generation
            && match (old.segments.last(), end_in_new) {
                (None, _) => true,
                (Some(last), Some(same)) => {
                    events == old.events() && last.id_chain == same.id_chain
                }
                (Some(_), None) => false,
            }
    }
}

impl Family {
    /// Returns the headers: of the session, and of its sub-agents.
    pub fn headers(&self) -> impl Iterator<Item = &Header> {
        self.members.iter().map(|member| &member.manifest().header)
    }

    /// Returns the session itself.
    #[must_use]
    pub fn session(&self) -> Option<&SessionReader> {
        self.members.first()
    }

    /// Returns how many events they have together.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.members.iter().map(|member| member.manifest().events()).sum()
    }

    /// Returns the family as it is in `newer`, its members in the order of this one and new ones behind them; `None`
    /// where something that stands in this one was replaced.
    #[must_use]
    pub fn grown(&self, newer: &Self) -> Option<Self> {
        let mut rest: Vec<&SessionReader> = newer.members.iter().collect();
        let mut members = Vec::with_capacity(rest.len());
        for old in self.members.iter() {
            let place = rest.iter().position(|new| new.key() == old.key())?;
            let new = rest.remove(place);
            if !old.is_continued_by(new) {
                return None;
            }
            members.push(new.clone());
        }
        members.extend(rest.into_iter().cloned());
        Some(Self { members: members.into() })
    }

    /// Returns the events from the first one on.
    #[must_use]
    pub fn outline(&self) -> OutlineStream {
        self.outline_behind(&[])
    }

    /// Returns the events without those that were seen: so many of each member.
    #[must_use]
    pub fn outline_behind(&self, seen: &[usize]) -> OutlineStream {
        let source = |number: usize| {
            Source::new(Arc::clone(&self.members), number, seen.get(number).copied().unwrap_or(0))
        };
        OutlineStream { sources: (0..self.members.len()).map(source).collect() }
    }

    /// Returns a reader of single events.
    #[must_use]
    pub fn event_reader(&self) -> EventReader {
        EventReader::new(Arc::clone(&self.members))
    }

    /// Returns a search for `text` in everything that can be read in the events: without regard to case where there is
    /// no capital letter in it.
    #[must_use]
    pub fn find(&self, text: &str) -> Finder {
        Finder::new(Arc::clone(&self.members), text)
    }
}

impl OutlineStream {
    /// Returns the next events, about a segment of them; `None` at the end.
    ///
    /// The order is that of [`opensession_hail::Timeline`]: by the running maximum of each session's times. A
    /// sub-agent's session is not opened before its first time comes.
    pub fn next_batch(&mut self) -> Option<OutlineBatch> {
        let mut batch = OutlineBatch::default();
        loop {
            let open = self.sources.iter().enumerate().filter(|(_, source)| !source.is_ended());
            let Some((_, number)) = open.map(|(number, source)| (source.time(), number)).min()
            else {
                let is_empty = batch.steps.is_empty() && batch.damaged.is_empty();
                return (!is_empty).then_some(batch);
            };
            let source = self.sources.get_mut(number)?;
            if source.ready.is_empty() {
                if !batch.steps.is_empty() && source.next_segment > 0 {
                    return Some(batch);
                }
                batch.damaged.extend(source.fill().err());
            } else if let Some((time, step)) = source.ready.pop_front() {
                source.latest = time;
                batch.steps.push((u16::try_from(number).unwrap_or(u16::MAX), step));
            }
        }
    }
}

impl Source {
    fn new(members: Arc<[SessionReader]>, number: usize, seen: usize) -> Self {
        let manifest = members.get(number).map(SessionReader::manifest);
        let latest = manifest.map_or(i64::MIN, |it| it.header.context.created_at.as_millis());
        let (mut next_segment, mut seen) = (0, seen);
        for segment in manifest.into_iter().flat_map(|manifest| &manifest.segments) {
            let events = usize::try_from(segment.events).unwrap_or(usize::MAX);
            if seen < events {
                break;
            }
            seen -= events;
            next_segment += 1;
        }
        Self { members, number, next_segment, seen, ready: VecDeque::new(), latest }
    }

    fn reader(&self) -> Option<&SessionReader> {
        self.members.get(self.number)
    }

    fn is_ended(&self) -> bool {
        let segments = self.reader().map_or(0, |reader| reader.manifest().segments.len());
        self.ready.is_empty() && self.next_segment >= segments
    }

    /// Returns the running maximum at the next event, or what it is at least.
    fn time(&self) -> i64 {
        self.ready.front().map_or(self.latest, |(time, _)| *time)
    }

    /// Reads the next segment. What cannot be read of it is lost, and only that.
    fn fill(&mut self) -> Result<()> {
        let number = self.next_segment;
        self.next_segment += 1;
        let seen = std::mem::take(&mut self.seen);
        let Some(reader) = self.members.get(self.number) else { return Ok(()) };
        let Some(record) = reader.manifest().segments.get(number) else { return Ok(()) };
        let lines = match reader.segment(record) {
            Ok(lines) => lines,
            Err(error) => {
                let events = usize::try_from(record.events).unwrap_or(usize::MAX);
                let lost = OutlineStep::Lost(events.saturating_sub(seen));
                self.ready.push_back((self.latest, lost));
                return Err(error);
            }
        };
        let mut latest = self.latest;
        let mut damage = Ok(());
        for line in lines.split_inclusive(|byte| *byte == b'\n').skip(seen) {
            let step = match Glance::parse(line) {
                Ok(glance) => {
                    latest = latest.max(glance.time().as_millis());
                    OutlineStep::Event(glance)
                }
                Err(error) => {
                    damage = Err(reader.damaged(&error));
                    OutlineStep::Lost(1)
                }
            };
            self.ready.push_back((latest, step));
        }
        damage
    }
}
