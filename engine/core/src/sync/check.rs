//! Looking once more through what is about to leave: rules get better, and values become known.

use crate::routes::Context;
use crate::secrets::SecretFinding;
use crate::{Engine, Error, Result};
use opensession_hail::{ContentId, SessionKey, Timestamp, parse_event};
use opensession_store::{Branch, CommitId, Entry, Store};
use std::collections::HashSet;

/// A session with a secret that would leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeakingSecret {
    /// The session.
    pub session: SessionKey,
    /// The first event with one, or the header, and how many of each kind.
    pub finding: SecretFinding,
    /// Whether only an older state of the branch holds it: it leaves with the history.
    pub is_past: bool,
}

/// What was looked through already.
pub(super) struct Checked {
    masking: Context,
    segments: HashSet<ContentId>,
    commits: HashSet<CommitId>,
}

impl Checked {
    pub(super) fn new(engine: &Engine) -> Result<Self> {
        let masking = engine.masking()?;
        Ok(Self { masking, segments: HashSet::new(), commits: HashSet::new() })
    }

    /// Looks through what `tip` reaches and the remote's `theirs` does not: also what only older commits hold, because
    /// those leave too.
    ///
    /// # Errors
    /// [`Error::Leak`] at the first session with a secret.
    pub(super) fn check(
        &mut self,
        store: &Store,
        tip: CommitId,
        theirs: Option<CommitId>,
    ) -> Result<()> {
        let known: Vec<CommitId> = theirs.into_iter().collect();
        // The newest first: what still stands is named as that.
        for commit in store.history().walk(&[tip], &known, Timestamp::EPOCH)? {
            if !self.commits.insert(commit.id) {
                continue;
            }
            let state = store.branch_at(commit.id)?;
            // A shallow clone does not have every parent: then all that stands there counts as new.
            let older = commit.parents.first().map(|parent| store.history().commit(*parent));
            let older = older.transpose()?.flatten().map(|parent| parent.tree);
            let came = state.since(older).map(|found| found.came);
            let came = came.map_or_else(|| state.newest().collect(), Ok)?;
            for entry in came {
                self.check_session(&state, &entry, commit.id != tip)?;
            }
        }
        Ok(())
    }

    fn check_session(&mut self, state: &Branch, entry: &Entry, is_past: bool) -> Result<()> {
        let manifest = state.manifest(entry)?;
        let redactor = self.masking.redactor(manifest.header.cwd())?;
        let leak = |finding| {
            let session = entry.key.clone();
            Err(Error::Leak(Box::new(LeakingSecret { session, finding, is_past })))
        };
        if let Some(finding) = SecretFinding::of_header(&redactor, manifest.header.clone()) {
            return leak(finding);
        }
        for record in &manifest.segments {
            if self.segments.contains(&record.id) {
                continue;
            }
            for line in state.segment(entry, record)?.split_inclusive(|byte| *byte == b'\n') {
                let event = parse_event(line).map_err(|error| Error::Damaged {
                    session: entry.key.to_string(),
                    reason: error.to_string(),
                })?;
                if let Some(finding) = SecretFinding::of_event(&redactor, event) {
                    return leak(finding);
                }
            }
            self.segments.insert(record.id);
        }
        Ok(())
    }
}
