//! Refs: the sessions branch, which is moved, and all others, which are read. Only here are refs touched.

use crate::layout::BRANCH;
use crate::odb::Odb;
use crate::{Error, Result};
use files::Files;
use gix::ObjectId;
use gix::objs::{CommitRefIter, Kind};
use reftable::Reftable;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

mod files;
mod reflog;
mod reftable;
mod tips;
mod tracking;

/// The name that commits and the reflog carry.
pub(crate) const NAME: &str = "opensession";
/// The address that commits and the reflog carry.
pub(crate) const ADDRESS: &str = "opensession@localhost";
/// Both.
pub(crate) const IDENTITY: &str = "opensession <opensession@localhost>";

/// How a repository stores its refs: `extensions.refStorage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A file a ref, and `packed-refs`.
    Files,
    /// Tables: git itself reads and writes them.
    Reftable,
}

/// What the ref holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// There is no such ref.
    Absent,
    /// An object id.
    Id(ObjectId),
    /// Bytes that are no object id.
    Garbage(Vec<u8>),
}

/// A commit of the branch that can be read.
#[derive(Clone, Debug)]
pub(crate) struct Tip {
    /// The commit.
    pub(crate) commit: ObjectId,
    /// Its tree.
    pub(crate) tree: ObjectId,
    /// What is wrong with what the ref holds, where this comes from the reflog instead.
    pub(crate) damage: Option<String>,
}

/// How an update ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Update {
    /// The ref holds the new value, on the disk.
    Done,
    /// It held something else than expected, or somebody is changing it at the moment.
    Lost,
}

/// A step from one value of the ref to another.
struct Change {
    /// What the ref holds before.
    seen: Value,
    /// What it holds afterwards.
    new: ObjectId,
    /// What the reflog says it held before.
    logged: ObjectId,
    /// Why, for the reflog.
    reason: &'static str,
    /// When, for the reflog: seconds since 1970.
    seconds: i64,
}

/// The refs of one repository. What changes one is about the sessions branch.
pub(crate) struct Refs {
    backend: Backend,
    hash: gix::hash::Kind,
}

enum Backend {
    Files(Files),
    Reftable(Reftable),
}

impl Refs {
    /// Returns the refs of the repository at `git_dir`, which is the folder that all work trees share.
    pub(crate) const fn new(git_dir: PathBuf, hash: gix::hash::Kind, format: Format) -> Self {
        let backend = match format {
            Format::Files => Backend::Files(Files::new(git_dir, hash)),
            Format::Reftable => Backend::Reftable(Reftable::new(git_dir, hash)),
        };
        Self { backend, hash }
    }

    /// Returns what the ref holds.
    pub(crate) fn value(&self) -> Result<Value> {
        match &self.backend {
            Backend::Files(files) => files.value(),
            Backend::Reftable(tables) => tables.value(),
        }
    }

    /// Returns the tip that `value`, of the ref, stands for; `None` where there is no branch.
    ///
    /// Where its commit or root tree is missing or damaged, it is the newest entry of the reflog that is whole.
    pub(crate) fn tip(&self, odb: &Odb, value: &Value) -> Result<Option<Tip>> {
        let reason = match value {
            Value::Absent => match self.is_lost()? {
                true => "missing, but has a reflog".to_owned(),
                false => return Ok(None),
            },
            Value::Garbage(bytes) => {
                format!("{:?} is no object id", bytes.escape_ascii().to_string())
            }
            Value::Id(id) => match self.whole(odb, *id) {
                Ok(tree) => {
                    return Ok(Some(Tip { commit: *id, tree, damage: None }));
                }
                Err(Error::Corrupt { object, reason }) => format!("{object}: {reason}"),
                Err(other) => return Err(other),
            },
        };
        let mut past = self.past()?;
        while let Some(commit) = past.pop() {
            match self.whole(odb, commit) {
                Ok(tree) => {
                    return Ok(Some(Tip { commit, tree, damage: Some(reason) }));
                }
                Err(Error::Corrupt { .. }) => past.retain(|id| *id != commit),
                Err(other) => return Err(other),
            }
        }
        if *value == Value::Absent { Ok(None) } else { Err(Error::corrupt(BRANCH, reason)) }
    }

    /// Returns the commits that the ref was set to, the newest last; some may be gone, and some of those missing.
    pub(crate) fn past(&self) -> Result<Vec<ObjectId>> {
        match &self.backend {
            Backend::Files(files) => files.past(),
            Backend::Reftable(tables) => tables.past(),
        }
    }

    /// Sets the ref from `seen` to `new`, in one step, and writes the reflog.
    ///
    /// The caller holds the lock. `staging` is the folder of our own files; `seconds` since 1970.
    pub(crate) fn publish(
        &self,
        staging: &Path,
        seen: &Value,
        new: ObjectId,
        seconds: i64,
    ) -> Result<Update> {
        let logged = match seen {
            Value::Id(id) => *id,
            Value::Absent | Value::Garbage(_) => ObjectId::null(self.hash),
        };
        let reason = "opensession: capture";
        self.set(staging, &Change { seen: seen.clone(), new, logged, reason, seconds })
    }

    /// Sets the ref from `seen`, which cannot be read, back to `commit`, as [`Refs::publish`] does.
    pub(crate) fn heal(
        &self,
        staging: &Path,
        seen: &Value,
        commit: ObjectId,
        seconds: i64,
    ) -> Result<Update> {
        // Git wants every id in a reflog to be readable, so the damaged one is left out.
        let logged = ObjectId::null(self.hash);
        let reason = "opensession: heal";
        self.set(staging, &Change { seen: seen.clone(), new: commit, logged, reason, seconds })
    }

    /// Removes what a dead writer left: a lock on the ref, if it is certain that nobody holds it.
    ///
    /// The caller holds the lock in `staging`.
    pub(crate) fn clear(&self, staging: &Path) -> Result<()> {
        match &self.backend {
            Backend::Files(files) => files.clear(staging),
            Backend::Reftable(tables) => tables.clear(staging),
        }
    }

    /// Returns whether somebody is changing the ref at the moment.
    pub(crate) fn is_locked(&self) -> Result<bool> {
        match &self.backend {
            Backend::Files(files) => files.is_locked(),
            // Git waits for its own lock by itself.
            Backend::Reftable(_) => Ok(false),
        }
    }

    /// Returns the tree of `commit`, where both can be read.
    pub(crate) fn whole(&self, odb: &Odb, commit: ObjectId) -> Result<ObjectId> {
        let bytes = odb.read(commit, Kind::Commit)?;
        let tree = CommitRefIter::from_bytes(&bytes, self.hash).tree_id();
        let tree =
            tree.map_err(|error| Error::corrupt(format!("commit {commit}"), error.to_string()))?;
        odb.read(tree, Kind::Tree)?;
        Ok(tree)
    }

    fn set(&self, staging: &Path, change: &Change) -> Result<Update> {
        if change.seen == Value::Absent {
            self.check_name()?;
        }
        match &self.backend {
            Backend::Files(files) => files.set(staging, change),
            Backend::Reftable(tables) => tables.set(change),
        }
    }

    /// Refuses branches that are in the way of ours: one that is called like the folder it is in, and any below it.
    pub(crate) fn check_name(&self) -> Result<()> {
        let folder = BRANCH.rsplit_once('/').map_or(BRANCH, |(folder, _name)| folder);
        let below = format!("{BRANCH}/");
        match self.list(folder)?.into_keys().find(|name| name == folder || name.starts_with(&below))
        {
            Some(existing) => Err(name_taken(existing)),
            None => Ok(()),
        }
    }

    /// Returns the ref `name` and those below it; symbolic ones are followed.
    fn list(&self, name: &str) -> Result<BTreeMap<String, Value>> {
        match &self.backend {
            Backend::Files(files) => files.list(name),
            Backend::Reftable(tables) => tables.list(name),
        }
    }

    /// Returns whether the ref, which was found absent, was there once.
    fn is_lost(&self) -> Result<bool> {
        match &self.backend {
            Backend::Files(files) => files.is_lost(),
            // It is an error there: git shows no reflog of a ref that is not there.
            Backend::Reftable(_) => Ok(false),
        }
    }
}

fn name_taken(existing: impl Into<String>) -> Error {
    Error::NameTaken { wanted: BRANCH, existing: existing.into() }
}
