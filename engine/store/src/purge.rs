//! Purging: the branch's history begins anew, and nothing of opensession leads to the old one any more.
//!
//! Only the reflogs of our own refs are expired. Other refs, their reflogs and what nothing leads to are the user's: git
//! collects them by its own rules, or at once where that is asked for.

use crate::layout::BRANCH;
use crate::{CommitId, Error, Result, Store, git, publish};
use opensession_hail::Timestamp;
use std::fs;
use std::io::ErrorKind;
use std::time::Duration;

/// What a purge did, and what it could not reach.
#[derive(Debug)]
pub struct Purged {
    /// The branch's tip.
    pub tip: CommitId,
    /// How often the branch's history was begun anew.
    pub epoch: u64,
    /// The tip of the history that was left behind; `None` where the branch had none behind its tip.
    pub old: Option<CommitId>,
    /// Whether that is still in this repository.
    pub is_kept: bool,
    /// The remotes that had another history when they were last fetched, and its tip.
    pub remotes: Vec<(String, CommitId)>,
    /// The other refs that lead to the old history.
    pub refs: Vec<String>,
}

impl Store {
    /// Makes the branch one commit of the state that it has, as [`Store::rewrite`] does, and expires the reflogs of our
    /// refs. With `collect`, `git gc --prune=now` then removes everything that nothing leads to, the user's too. `None`
    /// where there is no branch.
    ///
    /// Where the history is one commit already, that stays. `at` is the time of the commit; the call waits for other
    /// writers until `deadline` has passed.
    ///
    /// # Errors
    /// As for [`Store::write`]; [`Error::Git`] where git cannot collect. The history is new by then.
    pub fn purge(
        &self,
        at: Timestamp,
        deadline: Duration,
        collect: bool,
    ) -> Result<Option<Purged>> {
        let Some(before) = self.branch()? else { return Ok(None) };
        let commit = self.history().commit(before.commit())?;
        let has_history = commit.is_none_or(|commit| !commit.parents.is_empty());
        let old = has_history.then(|| before.commit());
        if has_history {
            self.rewrite(at, deadline)?;
        } else {
            // A purge that was killed may have left a pack that git would keep.
            publish::clear(self, deadline)?;
        }
        let tracking = self.tracking()?.branches;
        self.expire(tracking.iter().map(|(remote, _branch)| remote.as_str()))?;
        if collect {
            git::collect(self.git_dir())?;
            remove_damaged(self)?;
        }
        // Packs went and came.
        let now = Self::open(self.git_dir())?;
        let Some(branch) = now.branch()? else { return Ok(None) };
        let tip = branch.commit();
        let mut remotes = Vec::new();
        for (remote, theirs) in tracking {
            if !now.continues(tip, theirs.commit())? {
                remotes.push((remote, theirs.commit()));
            }
        }
        let is_kept = match old {
            Some(old) => now.history().commit(old)?.is_some(),
            None => false,
        };
        let refs = match old.filter(|_old| is_kept) {
            Some(old) => now.refs_with(old)?,
            None => Vec::new(),
        };
        Ok(Some(Purged { tip, epoch: branch.epoch()?, old, is_kept, remotes, refs }))
    }

    /// Empties the reflogs of the branch and of the refs that remember those of `remotes`.
    fn expire<'r>(&self, remotes: impl Iterator<Item = &'r str>) -> Result<()> {
        let branch = BRANCH.trim_start_matches("refs/heads/");
        let tracking = remotes.map(|remote| format!("refs/remotes/{remote}/{branch}"));
        for name in [BRANCH.to_owned()].into_iter().chain(tracking) {
            // Not every ref has one.
            let exists = git::run(self.git_dir(), &["reflog", "exists", &name], b"")?;
            if exists.code == Some(0) {
                let expire = ["reflog", "expire", "--expire=now", &name];
                git::run(self.git_dir(), &expire, b"")?.success()?;
            }
        }
        Ok(())
    }

    /// Returns the refs that lead to a beginning of the history of `old`, but those that we keep ourselves.
    fn refs_with(&self, old: CommitId) -> Result<Vec<String>> {
        let old = old.to_string();
        let lines = |arguments: &[&str]| -> Result<Vec<String>> {
            let output = git::run(self.git_dir(), arguments, b"")?.success()?;
            Ok(String::from_utf8_lossy(&output).lines().map(str::to_owned).collect())
        };
        let mut refs = Vec::new();
        for root in lines(&["rev-list", "--max-parents=0", &old])? {
            let contains = format!("--contains={root}");
            refs.extend(lines(&["for-each-ref", "--format=%(refname)", &contains])?);
        }
        let branch = BRANCH.trim_start_matches("refs/heads");
        refs.retain(|name| !(name.starts_with("refs/remotes/") && name.ends_with(branch)));
        refs.sort();
        refs.dedup();
        Ok(refs)
    }
}

/// Removes the packs that a repair moved aside.
fn remove_damaged(store: &Store) -> Result<()> {
    let folder = store.work_folder().join("damaged");
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io(&folder)(error)),
        _removed => Ok(()),
    }
}
