//! The branch's ref. The one file that touches refs.
//!
//! gix can update a ref, but makes no fsync, and a `.lock` that it leaves behind when killed cannot be told from one
//! that a living git holds. So the update is made here, by git's own rules for files (gitrepository-layout,
//! `lockfile.h`): the new value is written and synced under a name of ours, linked to `<ref>.lock`, which fails where
//! that exists, and renamed over the ref. A lock is never empty, and one that holds the value that a dead writer
//! staged is that writer's.

use crate::layout::BRANCH;
use crate::odb::Odb;
use crate::{Error, Result, durable};
use gix::ObjectId;
use gix::objs::{CommitRefIter, Kind};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

mod reflog;
mod stale;

/// The name and the address that commits and the reflog carry.
pub(crate) const IDENTITY: &str = "opensession <opensession@localhost>";

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

/// The branch's ref in one repository.
pub(crate) struct Refs {
    git_dir: PathBuf,
    hash: gix::hash::Kind,
}

impl Refs {
    /// Returns the ref in the repository at `git_dir`.
    pub(crate) const fn new(git_dir: PathBuf, hash: gix::hash::Kind) -> Self {
        Self { git_dir, hash }
    }

    /// Returns what the ref holds.
    pub(crate) fn value(&self) -> Result<Value> {
        let path = self.path();
        match fs::read(&path) {
            Ok(bytes) => self.parse(bytes),
            Err(error) => match error.kind() {
                // What is packed is removed from the file system only after `packed-refs` was written.
                ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory => {
                    self.packed(BRANCH)
                }
                _ => Err(Error::io(&path)(error)),
            },
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

    /// Returns the commits that the ref was set to, the newest last; some may be gone.
    pub(crate) fn past(&self) -> Result<Vec<ObjectId>> {
        reflog::read(&self.git_dir, self.hash)
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
        let old = match seen {
            Value::Id(id) => *id,
            Value::Absent | Value::Garbage(_) => ObjectId::null(self.hash),
        };
        let line = format!("{old} {new} {IDENTITY} {seconds} +0000\topensession: capture\n");
        self.set(staging, seen, new, &line)
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
        let old = ObjectId::null(self.hash);
        let line = format!("{old} {commit} {IDENTITY} {seconds} +0000\topensession: heal\n");
        self.set(staging, seen, commit, &line)
    }

    /// Removes what a dead writer left: a lock on the ref, if it is certain that nobody holds it.
    ///
    /// The caller holds the lock in `staging`.
    pub(crate) fn clear(&self, staging: &Path) -> Result<()> {
        stale::clear(staging, &self.lock_path())
    }

    /// Returns whether somebody is changing the ref at the moment.
    pub(crate) fn is_locked(&self) -> Result<bool> {
        Ok(durable::read(&self.lock_path())?.is_some())
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

    fn set(&self, staging: &Path, seen: &Value, new: ObjectId, line: &str) -> Result<Update> {
        let path = self.path();
        self.make_folder(&path)?;
        let staged = staging.join(stale::STAGED);
        stage(&staged, new)?;
        let lock = self.lock_path();
        if !link(&staged, &lock)? {
            durable::remove(&staged)?;
            return Ok(Update::Lost);
        }
        let outcome = self.replace(&lock, &path, seen, line);
        if !matches!(outcome, Ok(Update::Done)) {
            durable::remove(&lock)?;
        }
        durable::remove(&staged)?;
        outcome
    }

    /// Renames the lock over the ref, where that still holds `seen`.
    fn replace(&self, lock: &Path, path: &Path, seen: &Value, line: &str) -> Result<Update> {
        if self.value()? != *seen {
            return Ok(Update::Lost);
        }
        let length = reflog::append(&self.git_dir, line)?;
        if let Err(error) = fs::rename(lock, path) {
            // What did not happen must not be healed from it. If this fails too, that is the lesser failure.
            drop(reflog::cut(&self.git_dir, length));
            return Err(Error::io(path)(error));
        }
        if let Some(folder) = path.parent() {
            durable::sync_folder(folder)?;
        }
        Ok(Update::Done)
    }

    /// Returns whether the ref, which was found absent, was there once: deleting a branch deletes its reflog too.
    ///
    /// A first write has the ref locked from before it makes the reflog until the ref is there.
    fn is_lost(&self) -> Result<bool> {
        let has_reflog = !self.past()?.is_empty();
        Ok(has_reflog && !self.lock_path().exists() && self.value()? == Value::Absent)
    }

    fn parse(&self, bytes: Vec<u8>) -> Result<Value> {
        if bytes.starts_with(b"ref: ") {
            let feature = "a symbolic ref".to_owned();
            return Err(Error::Unsupported { object: BRANCH.to_owned(), feature });
        }
        let text = bytes.trim_ascii_end();
        match ObjectId::from_hex(text) {
            // Upper-case digits would be read, but git never writes them.
            Ok(id)
                if id.kind() == self.hash && !id.is_null() && id.to_string().as_bytes() == text =>
            {
                Ok(Value::Id(id))
            }
            _ => Ok(Value::Garbage(bytes)),
        }
    }

    /// Returns what `packed-refs` says about `name`.
    fn packed(&self, name: &str) -> Result<Value> {
        let path = self.git_dir.join("packed-refs");
        let damaged = |error: gix::Error| {
            let refused = Error::of_system(&path, &error);
            refused.unwrap_or_else(|| Error::corrupt("packed-refs", error.to_string()))
        };
        let refs = match gix::refs::packed::Buffer::open(path.clone(), 32 << 10, self.hash) {
            Ok(refs) => refs,
            Err(error) if error.is_not_found() => return Ok(Value::Absent),
            Err(error) => return Err(damaged(error)),
        };
        match refs.try_find(name).map_err(damaged)? {
            Some(found) => Ok(Value::Id(found.target())),
            None => Ok(Value::Absent),
        }
    }

    /// Makes the folder that the ref's file is in; a branch that is called like that folder is in the way.
    fn make_folder(&self, path: &Path) -> Result<()> {
        let Some(folder) = path.parent() else { return Ok(()) };
        // A folder that is left of branches that are gone is in nobody's way; one that is not empty stays.
        let below = path.is_dir() && fs::remove_dir(path).is_err();
        if below {
            return Err(name_taken(format!("{BRANCH}/…")));
        }
        let parent = BRANCH.rsplit_once('/').map_or(BRANCH, |(parent, _name)| parent);
        if folder.is_dir() {
            return Ok(());
        }
        if folder.exists() || self.packed(parent)? != Value::Absent {
            return Err(name_taken(parent.to_owned()));
        }
        durable::create_folder(folder)
    }

    fn path(&self) -> PathBuf {
        self.git_dir.join(BRANCH)
    }

    fn lock_path(&self) -> PathBuf {
        self.git_dir.join(format!("{BRANCH}.lock"))
    }
}

fn name_taken(existing: String) -> Error {
    Error::NameTaken { wanted: BRANCH, existing }
}

/// Writes the value that the ref shall have to the file `staged`.
fn stage(staged: &Path, new: ObjectId) -> Result<()> {
    let mut file = durable::create(staged)?;
    file.write_all(format!("{new}\n").as_bytes()).map_err(Error::io(staged))?;
    durable::sync(&file, staged)
}

/// Gives the file `staged` the further name `lock`; `false` where that name is taken, or where `git pack-refs` has
/// just removed the empty folder.
fn link(staged: &Path, lock: &Path) -> Result<bool> {
    let linked = match fs::hard_link(staged, lock) {
        // Some file systems have no links. There the lock is empty for a moment.
        Err(error)
            if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::PermissionDenied) =>
        {
            copy(staged, lock)
        }
        linked => linked,
    };
    match linked {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {
            Ok(false)
        }
        Err(error) => Err(Error::io(lock)(error)),
    }
}

fn copy(staged: &Path, lock: &Path) -> std::io::Result<()> {
    let bytes = fs::read(staged)?;
    let mut file = OpenOptions::new().write(true).create_new(true).open(lock)?;
    let written = file.write_all(&bytes).and_then(|()| file.sync_all());
    if written.is_err() {
        fs::remove_file(lock)?;
    }
    written
}
