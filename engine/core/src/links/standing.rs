//! Since when a file has stood as a commit found it.

use opensession_hail::Timestamp;
use opensession_store::{Change, Commit, CommitId, History};

/// So many commits back is looked: beyond, a faint trace of an edit is no proof any more.
const MOST_STEPS: u32 = 256;

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

    /// Returns whether nobody had committed the file since `time`.
    pub(crate) fn covers(&mut self, history: &History, time: Timestamp) -> bool {
        while self.since > time.as_millis() && self.steps < MOST_STEPS {
            let Some(id) = self.next.take() else { break };
            self.steps += 1;
            // What cannot be read, or is not in this clone, proves nothing.
            let Ok(Some(commit)) = history.commit(id) else { break };
            if history.file(commit.tree, &self.change.path).ok() != Some(self.change.old) {
                break;
            }
            // Commits have whole seconds. One of the second in which an edit was made counts as older: whoever commits
            // and goes on editing in one second is a program, and it does not type the same line by hand as well.
            self.since = self.since.min(commit.time.as_millis());
            self.next = commit.parents.first().copied();
            self.end_at_root();
        }
        self.since <= time.as_millis()
    }

    /// A file that was in no commit before has stood so for ever.
    fn end_at_root(&mut self) {
        if self.next.is_none() && self.change.old.is_none() {
            self.since = i64::MIN;
        }
    }
}
