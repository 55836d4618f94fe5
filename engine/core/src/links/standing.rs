//! Since when a file has stood as a commit found it.

use opensession_hail::Timestamp;
use opensession_store::{Change, Commit, CommitId, History};

/// So many commits back is looked: beyond, a faint trace of an edit is no proof any more.
const MOST_STEPS: u32 = 256;

/// Whether a file has stood since an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cover {
    Yes,
    /// The last commit of the file is of the same second.
    Unclear,
    No,
}

/// How long a file has stood unchanged before a commit, along first parents; found out as far as it is asked for.
pub(crate) struct Standing<'c> {
    change: &'c Change,
    /// The next commit to look at.
    next: Option<CommitId>,
    /// It has stood at least since this time, in milliseconds.
    since: i64,
    steps: u32,
}

impl<'c> Standing<'c> {
    pub(crate) fn new(commit: &Commit, change: &'c Change) -> Self {
        let next = commit.parents.first().copied();
        let mut standing = Self { change, next, since: i64::MAX, steps: 0 };
        standing.end_at_root();
        standing
    }

    /// The same for a file that is not as `head` has it: `change.old`.
    pub(crate) const fn of_work_tree(head: CommitId, change: &'c Change) -> Self {
        Self { change, next: Some(head), since: i64::MAX, steps: 0 }
    }

    /// Returns whether nobody had committed the file since `time`; within the same second nobody can tell.
    pub(crate) fn covers(&mut self, history: &History, time: Timestamp) -> Cover {
        while self.since > time.as_millis() && self.steps < MOST_STEPS {
            let Some(id) = self.next.take() else { break };
            self.steps += 1;
            // What cannot be read, or is not in this clone, proves nothing.
            let Ok(Some(commit)) = history.commit(id) else { break };
            if history.file(commit.tree, &self.change.path).ok() != Some(self.change.old) {
                break;
            }
            self.since = self.since.min(commit.time.as_millis());
            self.next = commit.parents.first().copied();
            self.end_at_root();
        }
        match time.as_millis() - self.since.max(i64::MIN / 2) {
            ..0 => Cover::No,
            // Commits have whole seconds: one of the second in which an edit was made may be older or newer than it.
            0..1000 => Cover::Unclear,
            _ => Cover::Yes,
        }
    }

    /// A file that was in no commit before has stood so for ever.
    fn end_at_root(&mut self) {
        if self.next.is_none() && self.change.old.is_none() {
            self.since = i64::MIN;
        }
    }
}
