//! What a commit did to a file, as lines, and whether that holds an edit.

use super::edit::{Edit, Hunk};
use super::line::{Line, Weight};

/// How an edit came to be held against a file of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// The file has the path of the edit.
    Same,
    /// Its path is the end of the edit's, whose folder is not on this machine.
    End,
    /// The file of the edit is gone, and this one is new.
    Renamed,
}

/// What a commit did to one file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delta {
    is_new: bool,
    is_gone: bool,
    /// Lines that are more often there than before; of a new file, than in the files that the commit deletes.
    added: Pool,
    /// Of a new file, all its lines.
    whole: Pool,
    removed: Pool,
    /// The lines that were there before, sorted.
    old: Vec<Line>,
}

/// Lines that can be taken out one by one; sorted.
#[derive(Clone, Debug, Default)]
struct Pool(Vec<Stack>);

#[derive(Clone, Copy, Debug)]
struct Stack {
    line: Line,
    /// How often it is there.
    count: u32,
    /// How often it was not taken yet.
    left: u32,
}

impl Delta {
    /// Returns the change of a file of which only is known whether it came or went: it is no text.
    pub(crate) fn without_lines(is_new: bool, is_gone: bool) -> Self {
        Self { is_new, is_gone, ..Self::default() }
    }

    /// Returns the change of a file from `old` to `new`, its lines sorted; `None` where there is no such file. `gone`
    /// are the lines, sorted, of the files that the commit deletes.
    pub(crate) fn new(old: Option<&[Line]>, new: Option<&[Line]>, gone: &[Line]) -> Self {
        let (before, after) = (old.unwrap_or_default(), new.unwrap_or_default());
        let before = if old.is_none() { gone } else { before };
        let removed = if old.is_none() { &[] } else { before };
        Self {
            is_new: old.is_none() && new.is_some(),
            is_gone: new.is_none() && old.is_some(),
            added: Pool::of(after, before),
            whole: if old.is_none() { Pool::of(after, &[]) } else { Pool::default() },
            removed: Pool::of(removed, after),
            old: before.to_vec(),
        }
    }

    /// Returns lines that are new to the commit, each once.
    pub(crate) fn novel(&self) -> impl Iterator<Item = Line> + '_ {
        self.added.counts().map(|(line, _)| line).filter(|line| self.is_novel(*line))
    }

    /// Returns the lines that were added, with how often, taken or not.
    pub(crate) fn added(&self) -> impl Iterator<Item = (Line, u32)> + '_ {
        self.added.counts()
    }

    /// Returns the lines that were removed, with how often, taken or not.
    pub(crate) fn removed(&self) -> impl Iterator<Item = (Line, u32)> + '_ {
        self.removed.counts()
    }

    /// Returns whether the change holds `edit`; then the lines that show it are taken out, for each has one author.
    ///
    /// Two strong lines, or a telling one, that the file did not have before prove an edit. What proves less (weak
    /// lines, lines that were there already, removed lines, a file that came or went) is only believed where
    /// `is_fresh`: nobody has committed the file since the edit.
    pub(crate) fn take(
        &mut self,
        edit: &Edit,
        fit: Fit,
        is_fresh: &mut dyn FnMut() -> bool,
    ) -> bool {
        if edit.hunks.is_empty() {
            let fits = if edit.is_deletion { self.is_gone } else { self.is_new };
            return fit == Fit::Same && fits && is_fresh();
        }
        let mut found = Vec::new();
        for hunk in &edit.hunks {
            found.extend(self.find(hunk));
        }
        let lines = || found.iter().filter(|one| one.is_added).flat_map(|one| &one.lines);
        let is_proven = is_proof(lines().copied().filter(|line| self.is_novel(*line)));
        let accepted = match fit {
            Fit::Same => !found.is_empty() && (is_proven || is_fresh()),
            Fit::End => is_proven,
            Fit::Renamed => {
                let hits = lines().count();
                is_proven && (hits >= 2 || hits == edit.added().count())
            }
        };
        if !accepted {
            for one in found {
                self.put_back(&one);
            }
            return fit == Fit::Same && self.holds_most_of(edit) && is_fresh();
        }
        true
    }

    /// Returns whether no line that the edit adds was in the file before the commit.
    pub(crate) fn is_new(&self, edit: &Edit) -> bool {
        edit.added().all(|line| self.is_novel(line))
    }

    fn is_novel(&self, line: Line) -> bool {
        self.old.binary_search(&line).is_err()
    }

    /// Takes the lines of `hunk` out of what the commit did, where they are enough to know it by.
    fn find(&mut self, hunk: &Hunk) -> Option<Found> {
        let (pool, lines, is_added) = match hunk {
            Hunk::Added(lines) => (&mut self.added, lines, true),
            Hunk::Removed(lines) => (&mut self.removed, lines, false),
        };
        let taken = lines.iter().copied().filter(|line| pool.take(*line)).collect();
        let found = Found { lines: taken, is_added };
        let is_any_novel = !is_added || found.lines.iter().any(|line| self.is_novel(*line));
        let enough = is_enough(found.lines.len(), lines, is_any_novel);
        if !enough {
            self.put_back(&found);
        }
        enough.then_some(found)
    }

    fn put_back(&mut self, found: &Found) {
        let pool = if found.is_added { &mut self.added } else { &mut self.removed };
        for line in &found.lines {
            pool.put_back(*line);
        }
    }

    /// Whether a new file holds the edit among lines that a file which the commit deletes had too: a session may
    /// write a file anew under another name.
    fn holds_most_of(&self, edit: &Edit) -> bool {
        let mut pool = self.whole.clone();
        edit.hunks.iter().any(|hunk| match hunk {
            Hunk::Added(lines) if self.is_new => {
                is_enough(lines.iter().filter(|line| pool.take(**line)).count(), lines, true)
            }
            _ => false,
        })
    }
}

/// The lines of a hunk that a commit holds.
struct Found {
    lines: Vec<Line>,
    is_added: bool,
}

/// Whether `hits` of the lines of a hunk are enough: half of strong ones, all of weak ones, and all of those that the
/// file had before.
fn is_enough(hits: usize, lines: &[Line], is_any_novel: bool) -> bool {
    let is_strong = lines.first().is_some_and(|line| line.is_strong());
    let needed = if is_strong && is_any_novel { lines.len().div_ceil(2) } else { lines.len() };
    hits > 0 && hits >= needed
}

/// Whether lines that are new to a file are no coincidence.
fn is_proof(novel: impl Iterator<Item = Line>) -> bool {
    let mut first = None;
    for line in novel.filter(|line| line.is_strong()) {
        if line.weight() == Weight::Telling || first.is_some_and(|first| first != line) {
            return true;
        }
        first = Some(line);
    }
    false
}

impl Pool {
    /// Returns what is left of `lines` after each of `others` was taken out once; both are sorted.
    fn of(lines: &[Line], others: &[Line]) -> Self {
        let mut others = others.iter().peekable();
        let mut pool = Vec::new();
        for group in lines.chunk_by(|a, b| a == b) {
            let Some(line) = group.first().copied() else { continue };
            let mut count = u32::try_from(group.len()).unwrap_or(u32::MAX);
            while others.next_if(|other| **other < line).is_some() {}
            while others.next_if(|other| **other == line).is_some() {
                count = count.saturating_sub(1);
            }
            if count > 0 {
                pool.push(Stack { line, count, left: count });
            }
        }
        Self(pool)
    }

    fn counts(&self) -> impl Iterator<Item = (Line, u32)> + '_ {
        self.0.iter().map(|stack| (stack.line, stack.count))
    }

    fn take(&mut self, line: Line) -> bool {
        let left = self.left(line).filter(|left| **left > 0);
        left.is_some_and(|left| {
            *left -= 1;
            true
        })
    }

    fn put_back(&mut self, line: Line) {
        if let Some(left) = self.left(line) {
            *left += 1;
        }
    }

    fn left(&mut self, line: Line) -> Option<&mut u32> {
        let at = self.0.binary_search_by_key(&line, |stack| stack.line).ok()?;
        self.0.get_mut(at).map(|stack| &mut stack.left)
    }
}

#[cfg(test)]
mod tests;
