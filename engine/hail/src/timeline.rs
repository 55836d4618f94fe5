//! A session as people read it: turns, calls joined with their results, sub-agents in lanes.
//!
//! What the command line, the terminal screen and the web page show is built from this. It borrows from the events.

mod builder;
mod merge;
mod undone;

use crate::{Event, EventType, Session, Timestamp};
use builder::Builder;
pub(crate) use builder::{agent_id, agent_of};

/// A session, and the sub-agents that have sessions of their own, in the order in which things happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline<'s> {
    /// The first one is what comes before the first prompt, and may be empty; each other one begins with a prompt.
    pub turns: Vec<Turn<'s>>,
    /// The first one is the session itself, each other one a task or sub-agent in the order of their first events.
    pub lanes: Vec<Lane<'s>>,
}

/// A prompt and everything until the next one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn<'s> {
    /// What the person said; `None` in the first turn only.
    pub prompt: Option<&'s Event>,
    /// What followed.
    pub items: Vec<Item<'s>>,
    /// Whether a later rewind took the prompt back.
    pub undone: bool,
}

/// One thing in a turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Item<'s> {
    /// Who did it, by its place in [`Timeline::lanes`].
    pub lane: usize,
    /// What it is.
    pub entry: Entry<'s>,
    /// Whether a later rewind took it back.
    pub undone: bool,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry<'s> {
    /// An answer.
    Answer(&'s Event),
    /// A thought, to be folded.
    Thinking(&'s Event),
    /// Calls of tools with nothing between them but their results.
    Calls(Vec<Call<'s>>),
    /// A result whose call is not in the session.
    Result(&'s Event),
    /// The end of a task.
    TaskEnd(&'s Event),
    /// What the tool itself noted, to be folded.
    Note(&'s Event),
}

/// A call of a tool with what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call<'s> {
    /// The invocation; several events where one call edits several files or starts a task.
    pub events: Vec<&'s Event>,
    /// The results, none while the call is open or where the invocation holds all there is.
    pub results: Vec<&'s Event>,
}

/// How a call ended, as far as the log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is a result, and no error.
    Succeeded,
    /// There is an error result or an exit code other than 0.
    Failed,
    /// There is neither result nor exit code.
    Unknown,
}

/// The session itself, a task or a sub-agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane<'s> {
    /// The id of the task or sub-agent; for the session itself its id.
    pub id: &'s str,
    /// What it is about.
    pub title: Option<&'s str>,
    /// The earliest and the latest time in it; `None` without events.
    pub span: Option<(Timestamp, Timestamp)>,
    /// How many events it has.
    pub events: usize,
}

impl<'s> Call<'s> {
    /// Returns the invocation and its results.
    pub fn all_events(&self) -> impl Iterator<Item = &'s Event> {
        self.events.iter().chain(&self.results).copied()
    }

    /// Returns how the call ended.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let exit_codes = self.events.iter().filter_map(|event| match event.event_type {
            EventType::ShellCommand { exit_code, .. } => exit_code,
            _ => None,
        });
        let is_error = |event: &&Event| {
            matches!(event.event_type, EventType::ToolResult { is_error: true, .. })
        };
        let mut ends = exit_codes.map(|code| code != 0).chain(self.results.iter().map(is_error));
        match ends.next() {
            None => Outcome::Unknown,
            Some(failed) if failed || ends.any(|failed| failed) => Outcome::Failed,
            Some(_) => Outcome::Succeeded,
        }
    }
}

impl<'s> Turn<'s> {
    /// Returns the prompt and all events behind it, results behind their calls.
    pub fn events(&self) -> impl Iterator<Item = &'s Event> {
        self.prompt.into_iter().chain(self.items.iter().flat_map(|item| item.entry.events()))
    }
}

impl<'s> Entry<'s> {
    /// Returns the events that it is made of.
    fn events(&self) -> Vec<&'s Event> {
        match self {
            Self::Answer(event)
            | Self::Thinking(event)
            | Self::Result(event)
            | Self::TaskEnd(event)
            | Self::Note(event) => vec![event],
            Self::Calls(calls) => calls.iter().flat_map(Call::all_events).collect(),
        }
    }
}

impl<'s> Timeline<'s> {
    /// Returns the timeline of `session` with `agents`, its sub-agents that have sessions of their own, merged in.
    ///
    /// Each session keeps the order of its log; between them the running maximum of each one's times decides, as
    /// times run backwards in real logs.
    #[must_use]
    pub fn new(session: &'s Session, agents: &'s [Session]) -> Self {
        let mut builder = Builder::new(session, agents);
        let is_undone = undone::find(&session.events);
        let mut place = 0;
        for (source, event) in merge::by_time(session, agents) {
            let undone = source == 0 && is_undone.get(place).copied().unwrap_or(false);
            place += usize::from(source == 0);
            builder.push(source, event, undone);
        }
        builder.finish()
    }
}

#[cfg(test)]
mod tests;
