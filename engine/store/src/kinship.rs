//! How two commits of the branch stand to each other.

use crate::history::History;
use crate::{CommitId, Result, Store};
use opensession_hail::Timestamp;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

impl Store {
    /// Returns whether the commit `tip` has `older` in its history, or is it: then a push from one to the other takes
    /// nothing away.
    ///
    /// # Errors
    /// [`crate::Error::Io`] where the objects cannot be read at all.
    pub fn continues(&self, tip: CommitId, older: CommitId) -> Result<bool> {
        let found = kinship(&self.history(), tip, older)?;
        Ok(matches!(found, Kinship::Same | Kinship::Ahead))
    }
}

/// How the history of one commit stands to that of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kinship {
    /// They are the same commit.
    Same,
    /// The first one is in the history of the second.
    Behind,
    /// The second one is in the history of the first.
    Ahead,
    /// Each has commits that the other has not.
    Diverged,
    /// They have no commit in common. These are the newest roots of both, by id.
    Unrelated(CommitId, CommitId),
}

const OURS: u8 = 1;
const THEIRS: u8 = 2;
const BOTH: u8 = OURS | THEIRS;

/// Returns how `ours` stands to `theirs`.
///
/// Both histories are walked at once, newest commits first, until everything that is left belongs to both. Clocks only
/// say where to go on: a commit that turns out to belong to both after its parents were reached is gone over again. A
/// parent that is missing (shallow clone) ends its line.
///
/// # Errors
/// [`crate::Error::Io`] where the objects cannot be read at all.
pub(crate) fn kinship(history: &History, ours: CommitId, theirs: CommitId) -> Result<Kinship> {
    if ours == theirs {
        return Ok(Kinship::Same);
    }
    let mut walk = Walk { history, sides: HashMap::new(), open: BinaryHeap::new(), single: 0 };
    let mut roots = (BTreeSet::new(), BTreeSet::new());
    walk.reach(ours, OURS)?;
    walk.reach(theirs, THEIRS)?;
    while walk.single > 0
        && let Some((_time, id)) = walk.open.pop()
    {
        let Some((sides, parents)) = walk.take(id) else { continue };
        if parents.is_empty() {
            for (side, roots) in [(OURS, &mut roots.0), (THEIRS, &mut roots.1)] {
                if sides & side > 0 {
                    roots.insert(id);
                }
            }
        }
        for parent in parents {
            walk.reach(parent, sides)?;
        }
    }
    let sides = |id: &CommitId| walk.sides.get(id).map_or(0, |commit| commit.sides);
    if sides(&ours) == BOTH {
        return Ok(Kinship::Behind);
    }
    if sides(&theirs) == BOTH {
        return Ok(Kinship::Ahead);
    }
    if walk.sides.values().any(|commit| commit.sides == BOTH) {
        return Ok(Kinship::Diverged);
    }
    let newest = |roots: BTreeSet<CommitId>, tip| roots.last().copied().unwrap_or(tip);
    Ok(Kinship::Unrelated(newest(roots.0, ours), newest(roots.1, theirs)))
}

struct Walk<'h> {
    history: &'h History,
    sides: HashMap<CommitId, Seen>,
    /// Commits whose parents are to be looked at.
    open: BinaryHeap<(Timestamp, CommitId)>,
    /// How many of them belong to one side only.
    single: usize,
}

struct Seen {
    time: Timestamp,
    parents: Vec<CommitId>,
    /// To whose history it belongs.
    sides: u8,
    is_open: bool,
}

impl Walk<'_> {
    /// Notes that a commit belongs to `sides`.
    fn reach(&mut self, id: CommitId, sides: u8) -> Result<()> {
        if !self.sides.contains_key(&id) {
            let commit = self.history.readable_commit(id)?;
            let (time, parents) = commit
                .map_or((Timestamp::EPOCH, Vec::new()), |commit| (commit.time, commit.parents));
            self.sides.insert(id, Seen { time, parents, sides: 0, is_open: false });
        }
        let Some(seen) = self.sides.get_mut(&id) else { return Ok(()) };
        let all = seen.sides | sides;
        if all == seen.sides {
            return Ok(());
        }
        if seen.is_open {
            // It belonged to one side, and now to both.
            self.single -= 1;
        } else {
            seen.is_open = true;
            self.open.push((seen.time, id));
            self.single += usize::from(all != BOTH);
        }
        seen.sides = all;
        Ok(())
    }

    /// Takes a commit off the open ones; returns whose it is, and its parents.
    fn take(&mut self, id: CommitId) -> Option<(u8, Vec<CommitId>)> {
        let seen = self.sides.get_mut(&id).filter(|seen| seen.is_open)?;
        seen.is_open = false;
        self.single -= usize::from(seen.sides != BOTH);
        Some((seen.sides, seen.parents.clone()))
    }
}
