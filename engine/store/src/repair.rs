//! Repairing: making the branch whole again without any log.
//!
//! First objects, byte for byte: what can still be read in a damaged pack of ours is copied into a new one, what cannot
//! is taken from the candidates, which mostly hold the very same objects. Then sessions: one of which an object is lost
//! is replaced by a version that is at least as good. Nothing that can be read is ever removed: a damaged pack is moved
//! aside once all of it that the branch needs stands elsewhere, and one that is not ours is never touched.

mod objects;
mod salvage;
mod sessions;

use crate::lock::{Deadline, Lock};
use crate::pack::{self, Pack};
use crate::write::{Puts, put};
use crate::{Branch, CommitId, Entry, Error, Finding, Result, Store, fsck};
use opensession_hail::{SessionKey, Timestamp};
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

/// Where a damaged session's whole version came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Its own objects, from another copy of them.
    Objects,
    /// The candidate with this index.
    Candidate(usize),
    /// An older commit of the branch, which held the same events.
    Past(CommitId),
}

/// What a repair did.
#[derive(Debug, Default)]
pub struct Repaired {
    /// The new tip; `None` where no tree had to change.
    pub commit: Option<CommitId>,
    /// How many damaged or missing objects were written anew, byte for byte.
    pub objects: usize,
    /// The sessions that were damaged and are whole now.
    pub restored: Vec<(SessionKey, Origin)>,
    /// What is still wrong, by session: those have to be captured again from their logs, whole.
    pub lost: Vec<Finding>,
    /// Where the damaged files are that were moved aside.
    pub moved: Vec<PathBuf>,
    /// As for [`Written`](crate::Written).
    pub healed: bool,
}

impl Store {
    /// Makes the branch whole again, as far as that is possible without any log.
    ///
    /// `candidates` are other branches that may hold sound copies: fetched ones, the home store's; those given first
    /// are asked first. A session that stays damaged is named in [`Repaired::lost`]. It is made whole by a draft that
    /// keeps none of its segments; another repair then moves the damaged pack aside.
    ///
    /// `at` is the time of the commit. The call waits for other writers until `deadline` has passed.
    ///
    /// # Errors
    /// [`Error::Busy`] at the deadline, or while a repack runs; [`Error::Corrupt`] where no commit of the branch can be
    /// read.
    pub fn repair(
        &self,
        candidates: &[&Branch],
        at: Timestamp,
        deadline: Duration,
    ) -> Result<Repaired> {
        let deadline = Deadline::new(deadline);
        let before = damaged_sessions(self)?;
        let mut repaired = Repaired::default();
        let lost = restore_objects(self, candidates, deadline, &mut repaired)?;
        let paths = sessions::heal_tip(self, at, deadline, &lost, &mut repaired)?;
        sessions::bring_back(self, candidates, &paths, at, deadline, &mut repaired)?;
        let Some(branch) = self.branch()? else {
            return Ok(repaired);
        };
        let damaged = damaged_sessions(self)?;
        for (key, entry) in before {
            // One that went with the tree of its day is not whole but gone.
            if !damaged.contains_key(&key) && branch.find_near(&key, Some(entry.day))?.is_some() {
                repaired.restored.push((key, Origin::Objects));
            }
        }
        let mut staged = Vec::new();
        for entry in damaged.values() {
            if let Some((session, origin)) = sessions::find_whole(self, &branch, entry, candidates)?
            {
                repaired.restored.push((entry.key.clone(), origin));
                staged.push(session);
            }
        }
        let puts = Puts { staged, removals: Vec::new(), verb: "repair" };
        let written = put(self, &puts, at, deadline)?;
        // What was not written after all is looked at once more below.
        let failed = written.failed.iter().map(|(key, _error)| key);
        let unwritten: HashSet<&SessionKey> = written.stale.iter().chain(failed).collect();
        repaired.restored.retain(|(key, _origin)| !unwritten.contains(key));
        repaired.commit = written.commit.or(repaired.commit);
        if let Some(branch) = self.branch()? {
            for entry in damaged.values() {
                fsck::check_session(&branch, &current(&branch, entry)?, &mut repaired.lost)?;
            }
        }
        Ok(repaired)
    }
}

/// Returns where a session stands by now.
fn current(branch: &Branch, entry: &Entry) -> Result<Entry> {
    let found = branch.find_near(&entry.key, Some(entry.day))?;
    Ok(found.unwrap_or_else(|| entry.clone()))
}

/// Returns the sessions of which anything cannot be read.
fn damaged_sessions(store: &Store) -> Result<BTreeMap<SessionKey, Entry>> {
    let branch = match store.branch() {
        Ok(Some(branch)) => branch,
        // What cannot be read yet may be after the objects were restored.
        Ok(None) | Err(Error::Corrupt { .. }) => return Ok(BTreeMap::new()),
        Err(error) => return Err(error),
    };
    let mut damaged = BTreeMap::new();
    // A day that cannot be read has no sessions that could be named.
    for entry in branch.newest().filter_map(Result::ok) {
        let mut findings = Vec::new();
        fsck::check_session(&branch, &entry, &mut findings)?;
        if !findings.is_empty() {
            damaged.insert(entry.key.clone(), entry);
        }
    }
    Ok(damaged)
}

/// Writes sound copies of damaged objects, and moves damaged packs of ours aside. Returns what the branch needs and
/// nobody has.
fn restore_objects(
    store: &Store,
    candidates: &[&Branch],
    deadline: Deadline,
    repaired: &mut Repaired,
) -> Result<objects::Lost> {
    let work = store.work_folder();
    let _lock = Lock::acquire(&work, deadline)?;
    let repack = work.join("repack");
    let Some(_repack) = Lock::try_file(&repack)? else {
        return Err(Error::Busy(repack));
    };
    store.refs.clear(&work)?;
    pack::clear(&store.packs())?;
    let aside = work.join("damaged");
    salvage::reindex(store, &aside, &mut repaired.moved)?;
    let damaged = salvage::examine(store, &aside, &mut repaired.moved)?;
    let (restored, lost) = objects::restore(store, candidates)?;
    repaired.objects = restored.len();
    let sound = damaged.iter().flat_map(|pack| &pack.sound);
    let mut ids = HashSet::new();
    let all = restored.iter().chain(sound).filter(|object| ids.insert(object.id));
    let all: Vec<_> = all.collect();
    if !all.is_empty() {
        Pack::write(&store.packs(), store.hash(), &all)?.release()?;
    }
    for pack in &damaged {
        if !pack.may_hold(&lost) {
            salvage::move_aside(&pack.path, &aside, &mut repaired.moved)?;
        }
    }
    Ok(lost)
}
