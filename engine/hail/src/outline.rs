//! A session's rows, a few dozen bytes each: what a screen goes through while the texts stay in the store.
//!
//! It grows event by event and says the same as [`crate::Timeline`] of the whole session.

mod glance;
mod rewinds;

pub use glance::Glance;

use crate::timeline::{Outcome, agent_id, agent_of};
use crate::{Header, Timestamp};
use glance::{Kind, Names};
use rewinds::Rewinds;
use std::collections::HashMap;

/// Which event: the session that holds it, 0 for the session itself and then its sub-agents, and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventPlace {
    /// The session.
    pub source: u16,
    /// How many events of the session stand before it.
    pub ordinal: u32,
}

/// The rows of a session in the order in which things happened.
#[derive(Debug, Default)]
pub struct Outline {
    rows: Vec<Row>,
    lanes: Vec<OutlineLane>,
    sources: Vec<Source>,
    /// The row of the latest call of each id.
    calls: HashMap<(u16, u64), u32>,
    rewinds: Rewinds,
    prompts: usize,
}

/// One thing that happened: a prompt, an answer, a call with what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is.
    pub kind: RowKind,
    /// When it began.
    pub time: Timestamp,
    /// Who did it, by its place in [`Outline::lanes`].
    pub lane: u16,
    /// How it ended; unknown for all but calls and results.
    pub outcome: Outcome,
    /// Whether a later rewind took it back.
    pub undone: bool,
    /// Its events: of a call first those of the invocation, then the results.
    pub events: Vec<EventPlace>,
    /// How many of them are not results.
    pub invocations: u16,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// What the person said.
    Prompt,
    /// An answer.
    Answer,
    /// A thought.
    Thinking,
    /// A call of a tool, with its results.
    Call(Deed),
    /// A result whose call is not in the session.
    Result,
    /// The end of a task.
    TaskEnd,
    /// What the tool itself noted; `blank` where there is nothing to read in it.
    Note {
        /// Nothing can be read in it.
        blank: bool,
    },
}

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Deed {
    Shell,
    Edit,
    Read,
    Search,
    Web,
    Task,
    Other,
}

/// The session itself, a task or a sub-agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineLane {
    /// The id of the task or sub-agent; for the session itself its id.
    pub id: String,
    /// What it is about.
    pub title: Option<String>,
    /// How many events it has.
    pub events: usize,
}

/// A session whose events come in.
#[derive(Debug)]
struct Source {
    session_id: String,
    /// What the events of its parent call it.
    agent_id: String,
    title: Option<String>,
    lane: Option<u16>,
    /// Lanes by the names that its events give them.
    names: HashMap<Box<str>, u16>,
    /// The row of each event.
    rows: Vec<u32>,
}

/// The row of an event that could not be read.
const NO_ROW: u32 = u32::MAX;

impl Outline {
    /// Returns the outline of a session without events; `headers` are that of the session and of the sub-agents that
    /// have sessions of their own.
    #[must_use]
    pub fn new<'h>(headers: impl IntoIterator<Item = &'h Header>) -> Self {
        let mut outline = Self::default();
        outline.sources.extend(headers.into_iter().map(Source::new));
        if !outline.sources.is_empty() {
            outline.own_lane(0);
        }
        outline
    }

    /// Adds a sub-agent that has a session of its own.
    pub fn add_session(&mut self, header: &Header) {
        self.sources.push(Source::new(header));
    }

    /// Returns how many sessions it is made of.
    #[must_use]
    pub const fn sessions(&self) -> usize {
        self.sources.len()
    }

    /// Returns the rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Returns the lanes; the first one is the session itself.
    #[must_use]
    pub fn lanes(&self) -> &[OutlineLane] {
        &self.lanes
    }

    /// Returns how many rows are prompts.
    #[must_use]
    pub const fn prompts(&self) -> usize {
        self.prompts
    }

    /// Returns how many events of a session there are so far.
    #[must_use]
    pub fn events_of(&self, source: u16) -> usize {
        self.sources.get(usize::from(source)).map_or(0, |source| source.rows.len())
    }

    /// Returns the row that an event is part of; `None` where the event is not there yet, or cannot be read.
    #[must_use]
    pub fn row_of(&self, place: EventPlace) -> Option<usize> {
        let rows = &self.sources.get(usize::from(place.source))?.rows;
        let row = *rows.get(usize::try_from(place.ordinal).ok()?)?;
        (row != NO_ROW).then_some(row as usize)
    }

    /// Adds `count` events of a session that cannot be read.
    pub fn skip(&mut self, source: u16, count: usize) {
        if let Some(source) = self.sources.get_mut(usize::from(source)) {
            source.rows.extend(std::iter::repeat_n(NO_ROW, count));
        }
    }

    /// Adds the next event of the session number `source`; of one that is not in the outline, nothing.
    pub fn push(&mut self, source: u16, glance: &Glance) {
        let Some(place) = self.next_place(source) else { return };
        if source == 0 {
            for undone in self.rewinds.push(place.ordinal, glance) {
                self.take_back(undone);
            }
        }
        let lane = self.lane_of(source, glance.names.as_deref());
        self.note_in_lane(lane, glance);
        let kind = match glance.kind {
            Kind::User if source == 0 => RowKind::Prompt,
            Kind::User => RowKind::Note { blank: false },
            Kind::Answer => RowKind::Answer,
            Kind::Thinking => RowKind::Thinking,
            Kind::TaskEnd => RowKind::TaskEnd,
            Kind::Note { blank } => RowKind::Note { blank },
            Kind::Result => {
                if let Some(row) = glance.call.and_then(|id| self.call(source, id)) {
                    self.join(row, place, glance);
                    return;
                }
                RowKind::Result
            }
            Kind::Call(deed) => {
                // One call may be several events; once it has its result, the same id is another call.
                let open = glance.call.and_then(|id| self.call(source, id));
                if let Some(row) = open.filter(|row| self.is_open(*row)) {
                    self.join(row, place, glance);
                    return;
                }
                let row = u32::try_from(self.rows.len()).unwrap_or(NO_ROW);
                // Some tools give a call no id, and let its result name the event.
                self.calls.insert((source, glance.call.unwrap_or(glance.id)), row);
                RowKind::Call(deed)
            }
        };
        self.prompts += usize::from(kind == RowKind::Prompt);
        self.rows.push(Row {
            kind,
            time: glance.time,
            lane,
            outcome: Outcome::Unknown.then(glance.failed),
            undone: false,
            events: vec![place],
            invocations: 1,
        });
        self.set_row(place, self.rows.len() - 1);
    }

    fn next_place(&self, source: u16) -> Option<EventPlace> {
        let rows = &self.sources.get(usize::from(source))?.rows;
        Some(EventPlace { source, ordinal: u32::try_from(rows.len()).ok()? })
    }

    fn set_row(&mut self, place: EventPlace, row: usize) {
        if let Some(source) = self.sources.get_mut(usize::from(place.source)) {
            source.rows.push(u32::try_from(row).unwrap_or(NO_ROW));
        }
    }

    fn call(&self, source: u16, id: u64) -> Option<usize> {
        self.calls.get(&(source, id)).map(|row| *row as usize)
    }

    fn is_open(&self, row: usize) -> bool {
        self.rows.get(row).is_some_and(|row| row.events.len() == usize::from(row.invocations))
    }

    /// Adds an event to the row of the call that it belongs to.
    fn join(&mut self, number: usize, place: EventPlace, glance: &Glance) {
        if let Some(row) = self.rows.get_mut(number) {
            row.events.push(place);
            if let Kind::Call(deed) = glance.kind {
                row.invocations = row.invocations.saturating_add(1);
                // A call that also edits is looked for as an edit; one that starts a task names its lane.
                if let RowKind::Call(first) = &mut row.kind
                    && matches!(deed, Deed::Task | Deed::Edit)
                    && *first != Deed::Task
                {
                    *first = deed;
                }
            }
            row.outcome = row.outcome.then(glance.failed);
        }
        self.set_row(place, number);
    }

    /// Marks the row that begins with the event of the session itself at `ordinal` as taken back.
    fn take_back(&mut self, ordinal: u32) {
        let place = EventPlace { source: 0, ordinal };
        if let Some(row) = self.row_of(place).and_then(|row| self.rows.get_mut(row))
            && row.events.first() == Some(&place)
        {
            row.undone = true;
        }
    }

    fn note_in_lane(&mut self, lane: u16, glance: &Glance) {
        if let Some(lane) = self.lanes.get_mut(usize::from(lane)) {
            lane.events += 1;
            if let Some(title) = &glance.title {
                lane.title.get_or_insert_with(|| title.to_string());
            }
        }
    }

    /// Returns the lane of the task or sub-agent that the event names, else that of its session.
    fn lane_of(&mut self, source: u16, names: Option<&Names>) -> u16 {
        let own = self.own_lane(source);
        let Some(names) = names else { return own };
        let number = usize::from(source);
        let Some(known) = self.sources.get(number) else { return own };
        let started = names.session.as_deref();
        let started = started.map(|id| agent_of(id, &known.session_id).unwrap_or(id));
        let names = [names.agent.as_deref(), started, names.task.as_deref()];
        let lane = names.into_iter().flatten().find_map(|name| known.names.get(name).copied());
        let first = names.into_iter().flatten().next();
        let lane = lane.or_else(|| first.map(|name| self.add_lane(name))).unwrap_or(own);
        if let Some(known) = self.sources.get_mut(number) {
            for name in names.into_iter().flatten() {
                if !known.names.contains_key(name) {
                    known.names.insert(name.into(), lane);
                }
            }
        }
        lane
    }

    /// Returns the lane of a session as a whole: for a sub-agent the one that its parent's events name, if they do.
    fn own_lane(&mut self, number: u16) -> u16 {
        let Some(source) = self.sources.get(usize::from(number)) else { return 0 };
        if let Some(lane) = source.lane {
            return lane;
        }
        let (name, title) = (source.agent_id.clone(), source.title.clone());
        let id = if number == 0 { source.session_id.clone() } else { name.clone() };
        let named = self.sources.first().and_then(|parent| parent.names.get(name.as_str()));
        let lane = named.copied().unwrap_or_else(|| self.add_lane(&id));
        if let Some(own) = self.lanes.get_mut(usize::from(lane)) {
            own.title = own.title.take().or(title);
        }
        for place in [0, usize::from(number)] {
            if let Some(source) = self.sources.get_mut(place) {
                source.names.insert(name.as_str().into(), lane);
            }
        }
        if let Some(source) = self.sources.get_mut(usize::from(number)) {
            source.lane = Some(lane);
        }
        lane
    }

    fn add_lane(&mut self, id: &str) -> u16 {
        let lane = u16::try_from(self.lanes.len()).unwrap_or(u16::MAX);
        self.lanes.push(OutlineLane { id: id.to_owned(), title: None, events: 0 });
        lane
    }
}

impl Source {
    fn new(header: &Header) -> Self {
        Self {
            session_id: header.session_id.to_string(),
            agent_id: agent_id(header).to_owned(),
            title: header.context.title.clone(),
            lane: None,
            names: HashMap::new(),
            rows: Vec::new(),
        }
    }
}

impl Outcome {
    /// Returns the outcome of a call that ended like this, and then an event says whether it failed.
    const fn then(self, failed: Option<bool>) -> Self {
        match (self, failed) {
            (_, Some(true)) => Self::Failed,
            (Self::Unknown, Some(false)) => Self::Succeeded,
            (before, _) => before,
        }
    }
}

impl Deed {
    /// Returns what a call whose event type has this name does; `None` where it is not the name of a call.
    fn known(name: &str) -> Option<Self> {
        Some(match name {
            "ShellCommand" => Self::Shell,
            "FileEdit" | "FileCreate" | "FileDelete" => Self::Edit,
            "FileRead" => Self::Read,
            "CodeSearch" | "FileSearch" => Self::Search,
            "WebSearch" | "WebFetch" => Self::Web,
            "TaskStart" => Self::Task,
            "ToolCall" | "ImageGenerate" | "VideoGenerate" | "AudioGenerate" => Self::Other,
            _ => return None,
        })
    }

    fn named(name: &str) -> Self {
        Self::known(name).unwrap_or(Self::Other)
    }
}

#[cfg(test)]
mod tests;
