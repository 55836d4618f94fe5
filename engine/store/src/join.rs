//! Joining: two states of the branch become one, and nothing that either has is lost.
//!
//! A state is, for every session, the set of its maximal versions, the generation up to which it is forgotten, and its
//! links (`DESIGN` §5, `docs/format.md`). Joined, it is the union of both, of which again only the maximal versions
//! stay. So it does not matter who joins what with whom, in which order, or how often.

mod sessions;
mod settle;
mod trees;

use crate::folder::Folder;
use crate::kinship::{Kinship, kinship};
use crate::lock::Deadline;
use crate::publish::{After, Change, Joint, Published, publish};
use crate::refs::Tip;
use crate::{Branch, CommitId, Entry, Result, Store};
use opensession_hail::Timestamp;
use std::time::Duration;
use trees::{Edit, Sides};

/// What joining did.
#[derive(Debug, Default)]
pub struct Joined {
    /// The new tip of the branch; `None` where it had everything already.
    pub commit: Option<CommitId>,
    /// The bytes of the pack and its index; 0 where nothing was written.
    pub bytes: u64,
    /// As for [`Written`](crate::Written).
    pub healed: bool,
}

impl Store {
    /// Returns the sessions branch as it is at `commit`, which may be of a remote-tracking branch or an older one.
    ///
    /// # Errors
    /// [`Error::Corrupt`](crate::Error::Corrupt) where the commit or its tree cannot be read.
    pub fn branch_at(&self, commit: CommitId) -> Result<Branch> {
        let tree = self.refs.whole(&self.odb, commit.0)?;
        Ok(Branch::new(self, Tip { commit: commit.0, tree, damage: None }))
    }

    /// Joins the state at `other`, a commit of a sessions branch that is in this repository, into the branch.
    ///
    /// Machines that join the same two commits make the same commit; where one of them has all of the other's state
    /// and history, there is no new one. Of branches with different epochs only the history of the higher one goes
    /// on. `at` is the time in the reflog. The call waits for other writers until `deadline` has passed.
    ///
    /// # Errors
    /// [`Error::Unsupported`](crate::Error::Unsupported) where either was written in a newer format,
    /// [`Error::Corrupt`](crate::Error::Corrupt) where either is damaged, and as for [`Store::write`]. The branch is
    /// then as it was.
    pub fn join(&self, other: CommitId, at: Timestamp, deadline: Duration) -> Result<Joined> {
        let theirs = self.branch_at(other)?;
        let published = publish(self, at, Deadline::new(deadline), |tip, root| {
            let ours = tip.map(|tip| Branch::new(self, tip.clone()));
            let Some(joint) = joint(self, ours.as_ref(), &theirs)? else { return Ok(None) };
            let edits = Sides { ours: ours.as_ref(), theirs: &theirs }.join()?;
            let sample = apply(self, root, edits.edits)?;
            edits.objects.into_iter().for_each(|object| root.add(object));
            let (objects, message) = (Vec::new(), "join\n".to_owned());
            Ok(Some(Change { objects, message, sample, after: After::Others(joint) }))
        })?;
        let Published { commit, bytes, healed } = published;
        Ok(Joined { commit, bytes, healed })
    }
}

/// Makes the edits in the trees below `root`. Returns a session that came, if one did.
fn apply(store: &Store, root: &mut Folder, edits: Vec<Edit>) -> Result<Option<Entry>> {
    let mut sample = None;
    for Edit { path, name, node, session } in edits {
        let tree = &mut root.open(store, &path)?.tree;
        match node {
            Some(node) => tree.insert(name, node),
            None => tree.remove(name),
        }
        sample = sample.or(session);
    }
    Ok(sample)
}

/// Returns how the joined state continues both histories; `None` where ours has all of theirs.
fn joint(store: &Store, ours: Option<&Branch>, theirs: &Branch) -> Result<Option<Joint>> {
    let history = store.history();
    let only = |branch: &Branch| -> Result<Option<Joint>> {
        let commit = branch.commit();
        let seconds = seconds(store, commit)?;
        let enough = Some((commit.0, branch.tree().0));
        Ok(Some(Joint { parents: vec![commit.0], seconds, enough }))
    };
    let Some(ours) = ours else { return only(theirs) };
    let (epoch, their_epoch) = (ours.epoch()?, theirs.epoch()?);
    if epoch != their_epoch {
        return only(if epoch > their_epoch { ours } else { theirs });
    }
    match kinship(&history, ours.commit(), theirs.commit())? {
        Kinship::Same | Kinship::Ahead => Ok(None),
        Kinship::Behind => only(theirs),
        // Both were rewritten, apart from each other.
        Kinship::Unrelated(root, their_root) if epoch > 0 => {
            only(if root > their_root { ours } else { theirs })
        }
        Kinship::Diverged | Kinship::Unrelated(..) => {
            let mut parents = vec![ours.commit().0, theirs.commit().0];
            parents.sort();
            let seconds = seconds(store, ours.commit())?.max(seconds(store, theirs.commit())?);
            Ok(Some(Joint { parents, seconds, enough: None }))
        }
    }
}

/// Returns when a commit was made, in seconds since 1970.
fn seconds(store: &Store, commit: CommitId) -> Result<i64> {
    let commit = store.history().commit(commit)?;
    Ok(commit.map_or(0, |commit| commit.time.as_millis().div_euclid(1000)))
}
