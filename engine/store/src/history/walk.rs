//! Walking over commits, newest first.

use super::{Commit, History};
use crate::{CommitId, Result};
use opensession_hail::Timestamp;
use std::collections::{BinaryHeap, HashMap};

/// So many milliseconds a parent may be newer than its child, or a commit older than asked for, without ending the
/// walk.
const SKEW: i64 = 24 * 60 * 60 * 1000;

/// See [`History::walk`].
pub(super) fn walk(
    history: &History,
    tips: &[CommitId],
    known: &[CommitId],
    not_before: Timestamp,
) -> Result<Vec<Commit>> {
    let mut walk = Walk { history, seen: HashMap::new(), open: BinaryHeap::new(), wanted: 0 };
    for id in known {
        walk.reach(*id, true)?;
    }
    for id in tips {
        walk.reach(*id, false)?;
    }
    let mut found = Vec::new();
    while walk.wanted > 0
        && let Some((time, id)) = walk.open.pop()
    {
        let Some(seen) = walk.seen.get_mut(&id) else { continue };
        let Some(commit) = seen.commit.take() else { continue };
        let is_known = seen.is_known;
        walk.wanted -= usize::from(!is_known);
        if time.as_millis() >= not_before.as_millis().saturating_sub(SKEW) {
            for parent in &commit.parents {
                walk.reach(*parent, is_known)?;
            }
        }
        if !is_known && time >= not_before {
            found.push(commit);
        }
    }
    // A parent that is newer than its child may have turned out to be known only later.
    found.retain(|commit| walk.seen.get(&commit.id).is_some_and(|seen| !seen.is_known));
    Ok(found)
}

struct Walk<'h> {
    history: &'h History,
    seen: HashMap<CommitId, Seen>,
    /// Commits whose parents were not looked at yet.
    open: BinaryHeap<(Timestamp, CommitId)>,
    /// How many of them are not known.
    wanted: usize,
}

struct Seen {
    /// Whether a known commit reaches it.
    is_known: bool,
    /// While it is open.
    commit: Option<Commit>,
}

impl Walk<'_> {
    fn reach(&mut self, id: CommitId, is_known: bool) -> Result<()> {
        if let Some(seen) = self.seen.get_mut(&id) {
            if is_known && !seen.is_known {
                seen.is_known = true;
                self.wanted -= usize::from(seen.commit.is_some());
            }
            return Ok(());
        }
        let commit = self.history.readable_commit(id)?;
        if let Some(commit) = &commit {
            self.open.push((commit.time, id));
            self.wanted += usize::from(!is_known);
        }
        self.seen.insert(id, Seen { is_known, commit });
        Ok(())
    }
}
