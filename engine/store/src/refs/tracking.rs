//! What a remote's sessions branch was when it was last seen: `refs/remotes/<remote>/opensession/sessions`.

use super::{ADDRESS, NAME, Refs, Value};
use crate::layout::BRANCH;
use crate::lock::Deadline;
use crate::lockfile::{self, Hold};
use crate::{Error, Remote, Result, Store, git};
use gix::ObjectId;
use opensession_hail::Timestamp;
use std::time::Duration;

/// So long another git that is changing refs is waited for: longer than it takes to know that one is dead.
const PATIENCE: Duration = Duration::from_secs(12);

impl Refs {
    /// Returns the name of the ref that remembers the branch of `remote`.
    pub(crate) fn tracking_name(&self, remote: &Remote) -> String {
        let branch = BRANCH.trim_start_matches("refs/heads/");
        format!("refs/remotes/{}/{branch}", remote.tracked_as())
    }

    /// Returns what that ref holds.
    pub(crate) fn tracking_value(&self, remote: &Remote) -> Result<Value> {
        let name = self.tracking_name(remote);
        Ok(self.list(&name)?.remove(&name).unwrap_or(Value::Absent))
    }

    /// Refuses a ref that is in the way of that one: the remote has, or had, a branch that is called like the folder of
    /// ours.
    pub(crate) fn check_tracking_name(&self, remote: &Remote) -> Result<()> {
        let name = self.tracking_name(remote);
        let folder = name.rsplit_once('/').map_or(name.as_str(), |(folder, _name)| folder);
        let below = format!("{name}/");
        let found = self.list(folder)?.into_keys();
        match found.into_iter().find(|found| found == folder || found.starts_with(&below)) {
            Some(existing) => Err(Error::NameTaken { wanted: BRANCH, existing }),
            None => Ok(()),
        }
    }
}

impl Store {
    /// Sets the remote-tracking ref of `remote` to `tip`, whatever it held; what it held stays in its reflog.
    ///
    /// The caller holds the lock.
    pub(crate) fn track(&self, remote: &Remote, tip: ObjectId, at: Timestamp) -> Result<()> {
        let name = self.refs.tracking_name(remote);
        let seconds = at.as_millis().div_euclid(1000).max(0);
        let deadline = Deadline::new(PATIENCE);
        let mut attempt = 0;
        loop {
            if self.refs.tracking_value(remote)? == Value::Id(tip) {
                return Ok(());
            }
            let order = format!("update {name}\0{tip}\0\0");
            let (who, reason) = ((NAME, ADDRESS), "opensession: sync");
            let update = git::update_refs(self.git_dir(), order.as_bytes(), who, seconds, reason)?;
            let Err(error) = update.success() else { return Ok(()) };
            let work = self.work_folder();
            let lock = self.git_dir().join(format!("{name}.lock"));
            lockfile::remove_abandoned(&lock, &work.join("lock"), Hold::Closed)?;
            self.refs.clear(&work)?;
            attempt += 1;
            if !deadline.wait(attempt) {
                return Err(error);
            }
        }
    }
}
