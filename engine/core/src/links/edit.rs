//! The edits of a session: which lines of which files its events say it wrote.

use super::line::Line;
use super::place::{Place, Places};
use super::written::{Text, Writer, Written};
use opensession_hail::{ChangedLine, Event, EventId, Timestamp, changed_lines};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Of a hunk so many lines are kept: enough to know it by.
const MOST_LINES: usize = 2000;

/// One change of one file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Edit {
    /// The event that says so.
    pub event: EventId,
    /// When it says it happened.
    pub time: Timestamp,
    /// Which file.
    pub place: Place,
    /// Whether the file was deleted; else it was written.
    pub is_deletion: bool,
    /// What it can be known by; nothing where only that the file came or went can be seen.
    pub hunks: Vec<Hunk>,
}

/// The lines that one hunk of an edit can be known by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Hunk {
    /// The strong lines that it adds; the weak ones where it adds no strong one.
    Added(Vec<Line>),
    /// The same of the lines that it removes, where it adds none that proves anything.
    Removed(Vec<Line>),
}

impl Edit {
    /// Returns the lines of all hunks that add.
    pub(crate) fn added(&self) -> impl Iterator<Item = Line> + '_ {
        let lines = self.hunks.iter().filter_map(|hunk| match hunk {
            Hunk::Added(lines) => Some(lines.as_slice()),
            Hunk::Removed(_) => None,
        });
        lines.flatten().copied()
    }
}

/// Collects the edits of a session, event by event.
pub(crate) struct Edits {
    writer: Writer,
    drafts: Vec<Draft>,
}

struct Draft {
    event: EventId,
    time: Timestamp,
    call: Option<String>,
    path: String,
    folder: Option<String>,
    is_deletion: bool,
    hunks: Vec<Lines>,
}

#[derive(Default)]
struct Lines {
    added: Vec<Line>,
    removed: Vec<Line>,
}

impl Edits {
    /// Returns what collects the edits of a session that works in `folder`, which relative paths are relative to.
    pub(crate) fn new(folder: Option<&str>) -> Self {
        Self { writer: Writer::new(folder), drafts: Vec::new() }
    }

    /// Adds the next event.
    pub(crate) fn push(&mut self, event: &Event) {
        let drafts = &mut self.drafts;
        self.writer.read(event, |written| {
            let Written { path, folder, call, is_deletion, text } = written;
            let hunks = match text {
                Text::Diff(diff) => hunks(diff),
                Text::Whole(content) => vec![whole(content)],
                Text::Unknown => Vec::new(),
            };
            drafts.push(Draft {
                event: event.event_id.clone(),
                time: event.timestamp,
                call: call.map(str::to_owned),
                path: path.to_owned(),
                folder: folder.map(str::to_owned),
                is_deletion,
                hunks,
            });
        });
    }

    /// Returns the edits of files that may be in the repository whose work trees these are.
    pub(crate) fn finish(self, places: &mut Places) -> Vec<Edit> {
        let mut balances: HashMap<String, HashMap<Line, i64>> = HashMap::new();
        let mut edits = Vec::new();
        for mut draft in self.drafts {
            if self.writer.has_failed(draft.call.as_deref()) {
                continue;
            }
            let Some(place) = places.locate(&draft.path, draft.folder.as_deref()) else { continue };
            cancel_moved(&mut draft.hunks);
            let balance = balances.entry(place.path.clone()).or_default();
            cancel_restored(&mut draft.hunks, balance);
            edits.push(Edit {
                event: draft.event,
                time: draft.time,
                place,
                is_deletion: draft.is_deletion,
                hunks: draft.hunks.into_iter().filter_map(Lines::known_by).collect(),
            });
        }
        edits
    }
}

impl Lines {
    /// Returns what of the hunk it can be known by.
    fn known_by(self) -> Option<Hunk> {
        let proof = |lines: Vec<Line>| {
            let has_strong = lines.iter().any(|line| line.is_strong());
            let proof = lines.into_iter().filter(|line| line.is_strong() || !has_strong);
            let mut proof: Vec<Line> = proof.take(MOST_LINES).collect();
            proof.sort_unstable();
            (!proof.is_empty()).then_some(proof)
        };
        proof(self.added).map(Hunk::Added).or_else(|| proof(self.removed).map(Hunk::Removed))
    }
}

fn hunks(diff: &str) -> Vec<Lines> {
    let mut hunks = vec![Lines::default()];
    changed_lines(diff, |line| {
        if line == ChangedLine::Hunk {
            hunks.push(Lines::default());
        }
        let Some(hunk) = hunks.last_mut() else { return };
        match line {
            ChangedLine::Added(text) => hunk.added.extend(Line::new(text.as_bytes())),
            ChangedLine::Removed(text) => hunk.removed.extend(Line::new(text.as_bytes())),
            ChangedLine::Hunk | ChangedLine::Kept(_) => {}
        }
    });
    hunks
}

fn whole(content: &str) -> Lines {
    let added = content.lines().filter_map(|line| Line::new(line.as_bytes())).collect();
    Lines { added, removed: Vec::new() }
}

/// Takes out lines that the edit removes in one place and adds in another: they were moved.
fn cancel_moved(hunks: &mut [Lines]) {
    let mut removed: HashMap<Line, u32> = HashMap::new();
    for line in hunks.iter().flat_map(|hunk| &hunk.removed) {
        *removed.entry(*line).or_default() += 1;
    }
    if removed.is_empty() {
        return;
    }
    let mut moved: HashMap<Line, u32> = HashMap::new();
    for hunk in hunks.iter_mut() {
        hunk.added.retain(|line| {
            let is_moved = take(&mut removed, *line);
            if is_moved {
                *moved.entry(*line).or_default() += 1;
            }
            !is_moved
        });
    }
    for hunk in hunks {
        hunk.removed.retain(|line| !take(&mut moved, *line));
    }
}

/// Takes out lines that the session had removed from the file before and now puts back.
fn cancel_restored(hunks: &mut [Lines], balance: &mut HashMap<Line, i64>) {
    for line in hunks.iter().flat_map(|hunk| &hunk.removed) {
        *balance.entry(*line).or_default() -= 1;
    }
    for hunk in hunks {
        hunk.added.retain(|line| {
            let count = balance.entry(*line).or_default();
            *count += 1;
            *count > 0
        });
    }
}

fn take(counts: &mut HashMap<Line, u32>, line: Line) -> bool {
    match counts.get_mut(&line) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
