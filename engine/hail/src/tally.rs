//! Statistics, computed from the events as they pass.
//!
//! A [`Tally`] keeps a few words for each event instead of running sums, so that a rewind is a truncation.

mod diff;

pub use diff::{ChangedLine, LineChange, changed_lines, count_lines, diff_lines};

use crate::fingerprint::fingerprint;
use crate::{Block, Event, EventType, Stats, Timestamp, attribute};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// The longest pause, in milliseconds, that still belongs to the active duration.
const ACTIVE_GAP: i64 = 5 * 60 * 1000;

/// What a session adds up to, event by event. Memory is about 50 bytes an event.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    event_count: u64,
    steps: Vec<Step>,
    facts: Vec<Fact>,
    /// Where each event id stands in `steps`; made when the first rewind is seen.
    places: Option<HashMap<u64, usize>>,
}

/// One event: when it was, and where its facts start.
#[derive(Clone, Copy, Debug)]
struct Step {
    id: u64,
    millis: i64,
    facts_before: usize,
}

/// One thing that an event adds to the statistics. Names are kept as 64-bit hashes.
#[derive(Clone, Copy, Debug)]
enum Fact {
    UserMessage,
    AgentMessage,
    Task,
    Call(u64),
    CallWithoutId,
    TaskCall(u64),
    Result(u64),
    InputTokens(u64),
    OutputTokens(u64),
    CacheReadTokens(u64),
    CacheWriteTokens(u64),
    File(u64),
    Added(u64),
    Removed(u64),
}

type MakeFact = fn(u64) -> Fact;

const TOKENS: [(&str, MakeFact); 4] = [
    (attribute::INPUT_TOKENS, Fact::InputTokens),
    (attribute::OUTPUT_TOKENS, Fact::OutputTokens),
    (attribute::CACHE_READ_TOKENS, Fact::CacheReadTokens),
    (attribute::CACHE_WRITE_TOKENS, Fact::CacheWriteTokens),
];

impl Tally {
    /// Returns a tally of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next event of the session.
    ///
    /// After a `Custom{rewind}` nothing counts any more from the event that its `rewind.to` names up to the rewind,
    /// save in `event_count`; a rewind to an event that never was changes nothing.
    pub fn push(&mut self, event: &Event) {
        self.event_count += 1;
        if let Some(target) = rewind_target(event) {
            self.rewind(fingerprint(target));
        }
        let id = fingerprint(event.event_id.as_str());
        if let Some(places) = &mut self.places {
            places.insert(id, self.steps.len());
        }
        self.steps.push(Step {
            id,
            millis: event.timestamp.as_millis(),
            facts_before: self.facts.len(),
        });
        self.push_kind(event);
        if !event.attributes.is_empty() {
            for (name, fact) in TOKENS {
                if let Some(tokens) = event.attributes.number(name).filter(|tokens| *tokens > 0) {
                    self.facts.push(fact(tokens));
                }
            }
        }
    }

    /// Returns the statistics of the events so far.
    #[must_use]
    pub fn finish(&self) -> Stats {
        let mut stats = Stats { event_count: self.event_count, ..Stats::default() };
        let mut calls = Calls::default();
        let mut files = HashSet::new();
        for fact in &self.facts {
            let (sum, amount) = match *fact {
                Fact::UserMessage => {
                    stats.message_count += 1;
                    (&mut stats.user_message_count, 1)
                }
                Fact::AgentMessage => (&mut stats.message_count, 1),
                Fact::Task => (&mut stats.task_count, 1),
                Fact::CallWithoutId => (&mut stats.tool_call_count, 1),
                Fact::InputTokens(n) => (&mut stats.total_input_tokens, n),
                Fact::OutputTokens(n) => (&mut stats.total_output_tokens, n),
                Fact::CacheReadTokens(n) => (&mut stats.total_cache_read_tokens, n),
                Fact::CacheWriteTokens(n) => (&mut stats.total_cache_write_tokens, n),
                Fact::Added(n) => (&mut stats.lines_added, n),
                Fact::Removed(n) => (&mut stats.lines_removed, n),
                Fact::File(path) => (&mut stats.files_changed, u64::from(files.insert(path))),
                Fact::Call(id) => {
                    calls.invocations.push(id);
                    continue;
                }
                Fact::TaskCall(id) => {
                    calls.tasks.push(id);
                    continue;
                }
                Fact::Result(id) => {
                    calls.results.push(id);
                    continue;
                }
            };
            *sum = sum.saturating_add(amount);
        }
        stats.tool_call_count = stats.tool_call_count.saturating_add(calls.count());
        (stats.duration_seconds, stats.active_seconds) = self.durations();
        stats
    }

    fn push_kind(&mut self, event: &Event) {
        let call = event.call_id().map(fingerprint);
        match &event.event_type {
            EventType::UserMessage => self.facts.push(Fact::UserMessage),
            EventType::AgentMessage => self.facts.push(Fact::AgentMessage),
            EventType::ToolResult { .. } => self.facts.extend(call.map(Fact::Result)),
            EventType::TaskStart { .. } => {
                self.facts.push(Fact::Task);
                self.facts.extend(call.map(Fact::TaskCall));
            }
            kind if kind.is_invocation() => {
                self.facts.push(call.map_or(Fact::CallWithoutId, Fact::Call));
                self.push_change(event);
            }
            _ => {}
        }
    }

    fn push_change(&mut self, event: &Event) {
        let (path, change) = match &event.event_type {
            EventType::FileEdit { path, diff } => {
                (path, diff.as_deref().map(diff_lines).unwrap_or_default())
            }
            EventType::FileCreate { path } => {
                let contents = event.content.blocks.iter().filter_map(file_content);
                (path, LineChange { added: contents.map(count_lines).sum(), removed: 0 })
            }
            EventType::FileDelete { path } => (path, LineChange::default()),
            _ => return,
        };
        self.facts.push(Fact::File(fingerprint(path)));
        if change.added > 0 {
            self.facts.push(Fact::Added(change.added));
        }
        if change.removed > 0 {
            self.facts.push(Fact::Removed(change.removed));
        }
    }

    fn rewind(&mut self, target: u64) {
        let steps = &self.steps;
        let places = self.places.get_or_insert_with(|| {
            steps.iter().enumerate().map(|(place, step)| (step.id, place)).collect()
        });
        let Some(place) = places.remove(&target) else {
            return;
        };
        // A place is out of date when an earlier rewind cut it off.
        if let Some(step) = steps.get(place).filter(|step| step.id == target) {
            self.facts.truncate(step.facts_before);
            self.steps.truncate(place);
        }
    }

    /// Returns the duration and the active duration, in seconds. Events without any known time do not matter.
    ///
    /// Times run backwards in real logs; only what reaches beyond the latest time so far is a forward gap, so the
    /// active duration is never above the duration.
    fn durations(&self) -> (u64, u64) {
        let mut times = self
            .steps
            .iter()
            .map(|step| step.millis)
            .filter(|millis| *millis != Timestamp::EPOCH.as_millis());
        let Some(first) = times.next() else {
            return (0, 0);
        };
        let (mut earliest, mut latest, mut active) = (first, first, 0);
        for time in times {
            earliest = earliest.min(time);
            let gap = time - latest;
            if gap > 0 {
                latest = time;
                active += if gap <= ACTIVE_GAP { gap } else { 0 };
            }
        }
        ((latest - earliest).unsigned_abs() / 1000, active.unsigned_abs() / 1000)
    }
}

/// The call ids of a session, as hashes.
#[derive(Default)]
struct Calls {
    invocations: Vec<u64>,
    tasks: Vec<u64>,
    results: Vec<u64>,
}

impl Calls {
    /// Returns how many calls there were: each id is one call, unless several results share it, which shows that the
    /// tool used it again: then each invocation is one. A task counts with the call that started it.
    fn count(mut self) -> u64 {
        self.results.sort_unstable();
        let shared = |id: u64| {
            let from = self.results.partition_point(|result| *result < id);
            self.results.get(from + 1) == Some(&id)
        };
        self.invocations.sort_unstable();
        let calls = self.invocations.chunk_by(|a, b| a == b).map(|same| match same.first() {
            Some(id) if shared(*id) => same.len(),
            _ => 1,
        });
        let calls: usize = calls.sum();
        self.tasks.sort_unstable();
        self.tasks.dedup();
        let known = |id: &u64| self.invocations.binary_search(id).is_ok();
        let tasks = self.tasks.iter().filter(|id| !known(id)).count();
        (calls + tasks) as u64
    }
}

fn rewind_target(event: &Event) -> Option<&str> {
    match &event.event_type {
        EventType::Custom { kind } if kind == "rewind" => {
            event.attributes.str(attribute::REWIND_TO)
        }
        _ => None,
    }
}

fn file_content(block: &Block) -> Option<&str> {
    match block {
        Block::File { content, .. } => content.as_deref(),
        Block::Other(members) if members.get("type").and_then(Value::as_str) == Some("File") => {
            members.get("content").and_then(Value::as_str)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
