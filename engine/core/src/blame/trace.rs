//! The edits of a session line by line, each with the prompt before it.

use super::version::Print;
use crate::links::place::{Place, Places};
use crate::links::written::{Text, Writer, Written};
use opensession_hail::{Block, ChangedLine, Event, EventId, EventType, Timestamp, changed_lines};
use std::collections::HashMap;
use std::sync::Arc;

/// What a person asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The event.
    pub event: EventId,
    /// When it was said.
    pub time: Timestamp,
    /// What was said.
    pub text: String,
}

impl Prompt {
    /// Returns the prompt that `event` is.
    pub(crate) fn of(event: &Event) -> Option<Self> {
        if event.event_type != EventType::UserMessage {
            return None;
        }
        let texts = event.content.blocks.iter().filter_map(Block::as_text);
        let text = texts.collect::<Vec<_>>().join("\n\n");
        Some(Self { event: event.event_id.clone(), time: event.timestamp, text })
    }
}

/// One change of one file.
pub(crate) struct Trace {
    pub event: EventId,
    pub time: Timestamp,
    pub place: Place,
    /// The last one before it in the session.
    pub prompt: Option<Arc<Prompt>>,
    /// The lines of each place that it changed, as they stood after it.
    pub hunks: Vec<Vec<Said>>,
}

/// A line of a hunk as it stands after the edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub print: Print,
    /// Whether the edit wrote it; else it stood beside.
    pub is_added: bool,
}

/// Collects the traces of a session, event by event.
pub(crate) struct Traces {
    writer: Writer,
    prompt: Option<Arc<Prompt>>,
    drafts: Vec<Draft>,
}

struct Draft {
    call: Option<String>,
    path: String,
    folder: Option<String>,
    is_whole: bool,
    removed: Vec<u64>,
    event: EventId,
    time: Timestamp,
    prompt: Option<Arc<Prompt>>,
    hunks: Vec<Vec<Said>>,
}

impl Traces {
    /// Returns what collects the traces of a session that works in `folder`.
    pub(crate) fn new(folder: Option<&str>) -> Self {
        Self { writer: Writer::new(folder), prompt: None, drafts: Vec::new() }
    }

    /// Adds the next event.
    pub(crate) fn push(&mut self, event: &Event) {
        if let Some(prompt) = Prompt::of(event) {
            self.prompt = Some(Arc::new(prompt));
            return;
        }
        let (drafts, prompt) = (&mut self.drafts, &self.prompt);
        self.writer.read(event, |written| {
            let Written { path, folder, call, text, .. } = written;
            let (is_whole, (hunks, removed)) = match text {
                Text::Diff(diff) => (false, read_diff(diff)),
                Text::Whole(content) => (true, (vec![whole(content)], Vec::new())),
                Text::Unknown => return,
            };
            drafts.push(Draft {
                call: call.map(str::to_owned),
                path: path.to_owned(),
                folder: folder.map(str::to_owned),
                is_whole,
                removed,
                event: event.event_id.clone(),
                time: event.timestamp,
                prompt: prompt.clone(),
                hunks,
            });
        });
    }

    /// Returns the traces in files that may be in the repository.
    pub(crate) fn finish(self, places: &mut Places) -> Vec<Trace> {
        let mut known: HashMap<Place, HashMap<u64, i64>> = HashMap::new();
        let mut traces = Vec::new();
        for mut draft in self.drafts {
            if self.writer.has_failed(draft.call.as_deref()) {
                continue;
            }
            let Some(place) = places.locate(&draft.path, draft.folder.as_deref()) else { continue };
            let lines = known.entry(place.clone()).or_default();
            if draft.is_whole {
                keep_known(&mut draft.hunks, lines);
            } else {
                for bare in &draft.removed {
                    *lines.entry(*bare).or_default() -= 1;
                }
                let added = draft.hunks.iter().flatten().filter(|said| said.is_added);
                for said in added {
                    *lines.entry(said.print.bare).or_default() += 1;
                }
            }
            let Draft { event, time, prompt, hunks, .. } = draft;
            traces.push(Trace { event, time, place, prompt, hunks });
        }
        traces
    }
}

/// A file that is written whole again: lines that the session had written before stay what they were.
fn keep_known(hunks: &mut [Vec<Said>], known: &mut HashMap<u64, i64>) {
    let mut now: HashMap<u64, i64> = HashMap::new();
    for said in hunks.iter_mut().flatten() {
        *now.entry(said.print.bare).or_default() += 1;
        if let Some(left) = known.get_mut(&said.print.bare).filter(|left| **left > 0) {
            *left -= 1;
            said.is_added = false;
        }
    }
    *known = now;
}

fn whole(content: &str) -> Vec<Said> {
    content.lines().map(|line| Said { print: Print::of(line), is_added: true }).collect()
}

/// Returns the hunks of a diff, and the lines that it removes.
fn read_diff(diff: &str) -> (Vec<Vec<Said>>, Vec<u64>) {
    let mut hunks = vec![Unsettled::default()];
    let mut removed = Vec::new();
    changed_lines(diff, |line| {
        if line == ChangedLine::Hunk {
            hunks.push(Unsettled::default());
        }
        let Some(hunk) = hunks.last_mut() else { return };
        match line {
            ChangedLine::Hunk => {}
            ChangedLine::Kept(text) => {
                hunk.settle(&mut removed);
                hunk.said.push(Said { print: Print::of(text), is_added: false });
            }
            ChangedLine::Removed(text) => {
                // What is removed comes first.
                if !hunk.added.is_empty() {
                    hunk.settle(&mut removed);
                }
                hunk.removed.push(Print::of(text));
            }
            ChangedLine::Added(text) => hunk.added.push(Print::of(text)),
        }
    });
    let hunks = hunks.into_iter().map(|mut hunk| {
        hunk.settle(&mut removed);
        hunk.said
    });
    (hunks.filter(|hunk| !hunk.is_empty()).collect(), removed)
}

/// A hunk that is being read; of its last change is not known yet what it only repeats.
#[derive(Default)]
struct Unsettled {
    said: Vec<Said>,
    removed: Vec<Print>,
    added: Vec<Print>,
}

impl Unsettled {
    /// Ends a change. Some logs repeat lines on both sides: what begins and ends alike stayed.
    fn settle(&mut self, gone: &mut Vec<u64>) {
        let same = |pair: &(&Print, &Print)| pair.0 == pair.1;
        let first = self.removed.iter().zip(&self.added).take_while(same).count();
        let shorter = self.removed.len().min(self.added.len()) - first;
        let pairs = self.removed.iter().rev().zip(self.added.iter().rev());
        let last = pairs.take(shorter).take_while(same).count();
        let changed = first..self.added.len() - last;
        self.said.extend(
            (self.added.iter().enumerate())
                .map(|(at, print)| Said { print: *print, is_added: changed.contains(&at) }),
        );
        let changed = self.removed.len() - last;
        gone.extend(self.removed.iter().take(changed).skip(first).map(|print| print.bare));
        self.removed.clear();
        self.added.clear();
    }
}

#[cfg(test)]
mod tests;
