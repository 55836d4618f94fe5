//! Fetching the sessions branch of a remote into its remote-tracking ref, and nothing else.

use super::connection::Connection;
use super::incoming::Incoming;
use super::{Limits, Progress, Refusal, Remote};
use crate::git::network;
use crate::git::talk::End;
use crate::layout::BRANCH;
use crate::lock::Deadline;
use crate::refs::Value;
use crate::{CommitId, Error, Result, Store};
use gix::ObjectId;
use gix::objs::Kind;
use opensession_hail::Timestamp;

/// The branch may move again while it is fetched, and others may fetch it; not forever.
const MAX_MOVES: u32 = 50;
/// Nothing of the user's is touched: no tags, no `FETCH_HEAD`, no other ref, no submodule. What a partial clone leaves
/// out elsewhere is asked for here.
const FETCH: [&str; 9] = [
    "fetch",
    "--progress",
    "--no-tags",
    "--no-prune",
    "--no-write-fetch-head",
    "--no-recurse-submodules",
    "--no-filter",
    "--refmap=",
    "--no-show-forced-updates",
];

/// What a fetch found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The tip of the remote's branch, which its remote-tracking ref holds now; `None` where the remote has no such
    /// branch. Then that ref stays as it was.
    pub tip: Option<CommitId>,
    /// What that ref held before. It need not be an ancestor: the remote's branch may have been rewritten or deleted.
    pub was: Option<CommitId>,
}

impl Store {
    /// Fetches the sessions branch of `remote` into `refs/remotes/<remote>/opensession/sessions`, also one that was
    /// rewritten. Nothing else changes. What comes is checked before it gets into the repository.
    ///
    /// `at` is the time for the reflog. `progress` is called now and then.
    ///
    /// # Errors
    /// [`Error::Refused`] where the remote, or the way to it, or a limit is in the way; [`Error::Busy`] where somebody
    /// else fetches until the limit; [`Error::NameTaken`] where a remote-tracking ref is in the way. Then the repository
    /// is as it was.
    pub fn fetch(
        &self,
        remote: &Remote,
        at: Timestamp,
        limits: &Limits,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Fetched> {
        let deadline = Deadline::new(limits.total);
        let mut connection = Connection::new(self, remote, *limits, progress)?;
        let was = self.tracked(remote)?;
        for _ in 0..MAX_MOVES {
            let seen = self.tracked(remote)?;
            let Some(tip) = connection.tip()? else {
                return Ok(Fetched { tip: None, was });
            };
            let fetched = Fetched { tip: Some(CommitId(tip)), was };
            if seen == fetched.tip && self.is_complete(tip)? {
                return Ok(fetched);
            }
            if connection.bring(tip, seen, at, deadline)? {
                return Ok(fetched);
            }
        }
        Err(Error::Busy(self.git_dir().join(self.refs.tracking_name(remote))))
    }

    /// Returns what the remote-tracking ref of `remote` holds; `None` where there is none, or nothing sound in it.
    pub(super) fn tracked(&self, remote: &Remote) -> Result<Option<CommitId>> {
        match self.refs.tracking_value(remote)? {
            Value::Id(id) => Ok(Some(CommitId(id))),
            Value::Absent | Value::Garbage(_) => Ok(None),
        }
    }

    /// Returns whether everything is there that reading `commit` needs. Only in a partial clone may anything be missing
    /// that a ref leads to, and only there is that looked up.
    fn is_complete(&self, commit: ObjectId) -> Result<bool> {
        if !self.holds(commit)? {
            return Ok(false);
        }
        let partial =
            ["config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$"];
        if network::ask(self.git_dir(), &partial)?.is_none() {
            return Ok(true);
        }
        let tree = format!("{commit}^{{tree}}");
        let list = ["rev-list", "--objects", "--missing=print", &tree, "--"];
        let listed = network::ask(self.git_dir(), &list)?.unwrap_or_default();
        Ok(!listed.lines().any(|line| line.starts_with('?')))
    }

    /// Returns whether `commit` is there, and sound.
    fn holds(&self, commit: ObjectId) -> Result<bool> {
        match self.odb.find(commit, Kind::Commit) {
            Ok(found) => Ok(found.is_some()),
            Err(Error::Corrupt { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Connection<'_> {
    /// Brings `tip` and what it needs, and sets the remote-tracking ref; `false` where the remote has another tip by
    /// now that does not lead to it, or where that ref does not hold what was `seen` before the remote was asked: what
    /// somebody else fetched since would be nobody's.
    fn bring(
        &mut self,
        tip: ObjectId,
        seen: Option<CommitId>,
        at: Timestamp,
        deadline: Deadline,
    ) -> Result<bool> {
        let store = self.store;
        store.refs.check_tracking_name(self.remote)?;
        let incoming = Incoming::open(store, deadline)?;
        if store.tracked(self.remote)? != seen {
            return Ok(false);
        }
        // In a partial clone, a fetch by hand may have left out what is to be read.
        for again in [None, Some("--refetch")] {
            let arguments: Vec<&str> = FETCH.into_iter().chain(again).collect();
            let environment = incoming.environment(store);
            let talk = self.call(&arguments, BRANCH, &environment, &|| incoming.size())?;
            if talk.end != End::Code(Some(0)) {
                // The branch was deleted between the two calls: the next look says so.
                let missing = format!("fatal: couldn't find remote ref {BRANCH}");
                return if talk.words.contains(&missing) {
                    Ok(false)
                } else {
                    Err(self.failed(&talk))
                };
            }
            if !incoming.keep(store, tip)? {
                return Ok(false);
            }
            let lock = store.lock(deadline.left())?;
            let packs = incoming.take(store)?;
            let done = self.track(tip, seen, at);
            for pack in packs {
                pack.release()?;
            }
            drop(lock);
            if !done? {
                return Ok(false);
            }
            if store.is_complete(tip)? {
                return Ok(true);
            }
        }
        let missing = [format!("commit {tip} is not complete")];
        Err(self.refused(Refusal::Unsound, &missing))
    }

    /// Sets the remote-tracking ref, where `tip` is there and the ref holds what was `seen`.
    fn track(&self, tip: ObjectId, seen: Option<CommitId>, at: Timestamp) -> Result<bool> {
        let is_set = self.store.holds(tip)? && self.store.tracked(self.remote)? == seen;
        if is_set {
            self.store.track(self.remote, tip, at)?;
        }
        Ok(is_set)
    }
}
