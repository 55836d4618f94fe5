//! Refs in files: `<git folder>/<name>`, and `packed-refs` for those that did not change for long.
//!
//! gix can update a ref, but makes no fsync, so the update is made here; see [`Lockfile`].

use super::{Change, IDENTITY, Update, Value, name_taken, reflog};
use crate::layout::BRANCH;
use crate::lockfile::Lockfile;
use crate::{Error, Result, durable};
use gix::ObjectId;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The file that holds the value that a writer is about to give to the ref.
const STAGED: &str = "ref.new";
/// Git follows symbolic refs so far (`refs.h`).
const MAX_DEPTH: usize = 5;

/// The refs in the files of one repository.
pub(super) struct Files {
    git_dir: PathBuf,
    hash: gix::hash::Kind,
}

/// What is in the file of a ref.
enum Content {
    Value(Value),
    /// The name of another ref.
    Symbolic(String),
}

impl Files {
    /// Returns the refs in the files below `git_dir`.
    pub(super) const fn new(git_dir: PathBuf, hash: gix::hash::Kind) -> Self {
        Self { git_dir, hash }
    }

    /// Returns what the branch's ref holds.
    pub(super) fn value(&self) -> Result<Value> {
        let content = match self.read(&self.path(), BRANCH) {
            // What the packed refs say is as good as a ref that holds no object id: the reflog knows better.
            Err(Error::Corrupt { reason, .. }) => {
                Content::Value(Value::Garbage(format!("packed-refs: {reason}").into_bytes()))
            }
            content => content?,
        };
        match content {
            Content::Value(value) => Ok(value),
            Content::Symbolic(_) => {
                let feature = "a symbolic ref".to_owned();
                Err(Error::Unsupported { object: BRANCH.to_owned(), feature })
            }
        }
    }

    /// Returns the commits that the branch's ref was set to, the newest last.
    pub(super) fn past(&self) -> Result<Vec<ObjectId>> {
        reflog::read(&self.git_dir, self.hash)
    }

    /// Returns the ref `name` and those below it; symbolic ones are followed.
    pub(super) fn list(&self, name: &str) -> Result<BTreeMap<String, Value>> {
        let below = format!("{name}/");
        // Loose refs win, but one that is packed meanwhile must not be missed: they are read first.
        let mut loose = vec![name.to_owned()];
        walk(&self.git_dir.join(name), &below, &mut loose)?;
        let mut found = BTreeMap::new();
        for name in loose {
            // One that cannot be read hides no other.
            let value = self
                .follow(&name)
                .unwrap_or_else(|error| Value::Garbage(error.to_string().into_bytes()));
            if value != Value::Absent {
                found.insert(name, value);
            }
        }
        let Some(packed) = self.packed_refs()? else { return Ok(found) };
        let refs = packed.iter_prefixed(below.into()).map_err(damaged_pack)?;
        // A line that is no ref hides the others as little as a damaged loose ref does.
        for packed in refs.filter_map(|line| line.ok()) {
            let name = packed.name.as_bstr().to_string();
            found.entry(name).or_insert(Value::Id(packed.target()));
        }
        Ok(found)
    }

    /// Returns what the `HEAD` in `git_dir`, a work tree's own git folder, stands for.
    pub(super) fn head(&self, git_dir: &Path) -> Result<Value> {
        match self.read(&git_dir.join("HEAD"), "HEAD")? {
            Content::Value(value) => Ok(value),
            Content::Symbolic(name) => self.follow(&name),
        }
    }

    /// Makes `change`. `staging` is the folder of our own files, whose lock the caller holds.
    pub(super) fn set(&self, staging: &Path, change: &Change) -> Result<Update> {
        // Packed refs that cannot be read are git's to mend: a ref beside them would be read by nobody else.
        self.packed(BRANCH)?;
        self.make_folder(&self.path())?;
        let file = self.lockfile(staging);
        if !file.take(format!("{}\n", change.new).as_bytes(), None)? {
            return Ok(Update::Lost);
        }
        let published = self.replace(&file, change);
        if !matches!(published, Ok(true)) {
            file.release()?;
            return published.map(|_lost| Update::Lost);
        }
        // The lock is gone with the rename: one that is there by now is somebody else's.
        file.sync()?;
        Ok(Update::Done)
    }

    /// Removes what a dead writer left.
    pub(super) fn clear(&self, staging: &Path) -> Result<()> {
        self.lockfile(staging).clear(&staging.join("lock"))
    }

    /// Returns whether somebody is changing the ref at the moment.
    pub(super) fn is_locked(&self) -> Result<bool> {
        Ok(durable::read(self.lockfile(Path::new("")).lock())?.is_some())
    }

    /// Returns whether the ref, which was found absent, was there once: deleting a branch deletes its reflog too.
    ///
    /// A first write has the ref locked from before it makes the reflog until the ref is there.
    pub(super) fn is_lost(&self) -> Result<bool> {
        let has_reflog = !self.past()?.is_empty();
        let is_locked = || self.lockfile(Path::new("")).lock().exists();
        Ok(has_reflog && !is_locked() && self.value()? == Value::Absent)
    }

    /// Writes the reflog and the ref, where that still holds what was seen; returns whether it does.
    fn replace(&self, file: &Lockfile, change: &Change) -> Result<bool> {
        if self.value()? != change.seen {
            return Ok(false);
        }
        let Change { logged, new, seconds, reason, .. } = change;
        let line = format!("{logged} {new} {IDENTITY} {seconds} +0000\t{reason}\n");
        let length = reflog::append(&self.git_dir, &line)?;
        if let Err(error) = file.publish() {
            // What did not happen must not be healed from it. If this fails too, that is the lesser failure.
            drop(reflog::cut(&self.git_dir, length));
            return Err(error);
        }
        Ok(true)
    }

    /// Returns what the ref `name` holds; of a symbolic one, what the ref holds that it names.
    fn follow(&self, name: &str) -> Result<Value> {
        let mut name = name.to_owned();
        for _ in 0..MAX_DEPTH {
            // Nothing outside of the refs is read, whatever a file in there says.
            if gix::validate::reference::name(name.as_bytes().into()).is_err() {
                return Ok(Value::Garbage(name.into_bytes()));
            }
            match self.read(&self.git_dir.join(&name), &name)? {
                Content::Value(value) => return Ok(value),
                Content::Symbolic(next) => name = next,
            }
        }
        Ok(Value::Garbage(name.into_bytes()))
    }

    /// Returns what is in the file at `path`, or in `packed-refs` under `name`.
    fn read(&self, path: &Path, name: &str) -> Result<Content> {
        match fs::read(path) {
            Ok(bytes) => Ok(self.parse(bytes)),
            Err(error) => match error.kind() {
                // What is packed is removed from the file system only after `packed-refs` was written.
                ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory => {
                    self.packed(name).map(Content::Value)
                }
                _ => Err(Error::io(path)(error)),
            },
        }
    }

    fn parse(&self, bytes: Vec<u8>) -> Content {
        let text = bytes.trim_ascii_end();
        if let Some(name) = text.strip_prefix(b"ref:") {
            return Content::Symbolic(String::from_utf8_lossy(name.trim_ascii()).into_owned());
        }
        match ObjectId::from_hex(text) {
            // Upper-case digits would be read, but git never writes them.
            Ok(id)
                if id.kind() == self.hash && !id.is_null() && id.to_string().as_bytes() == text =>
            {
                Content::Value(Value::Id(id))
            }
            _ => Content::Value(Value::Garbage(bytes)),
        }
    }

    /// Returns what `packed-refs` says about `name`.
    fn packed(&self, name: &str) -> Result<Value> {
        let Some(refs) = self.packed_refs()? else { return Ok(Value::Absent) };
        match refs.try_find(name).map_err(damaged_pack)? {
            Some(found) => Ok(Value::Id(found.target())),
            None => Ok(Value::Absent),
        }
    }

    fn packed_refs(&self) -> Result<Option<gix::refs::packed::Buffer>> {
        let path = self.git_dir.join("packed-refs");
        match gix::refs::packed::Buffer::open(path.clone(), 32 << 10, self.hash) {
            Ok(refs) => Ok(Some(refs)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => {
                Err(Error::of_system(&path, &error).unwrap_or_else(|| damaged_pack(error)))
            }
        }
    }

    /// Makes the folder that the ref's file is in. No branch was in the way a moment ago.
    fn make_folder(&self, path: &Path) -> Result<()> {
        // A folder that is left of branches that are gone is in nobody's way; one that is not empty stays.
        if path.is_dir() && fs::remove_dir(path).is_err() {
            return Err(name_taken(format!("{BRANCH}/…")));
        }
        path.parent().map_or(Ok(()), durable::create_folder)
    }

    fn path(&self) -> PathBuf {
        self.git_dir.join(BRANCH)
    }

    fn lockfile(&self, staging: &Path) -> Lockfile {
        Lockfile::new(self.path(), staging.join(STAGED))
    }
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "it stands where a function of an error is wanted"
)]
fn damaged_pack(error: gix::Error) -> Error {
    Error::corrupt("packed-refs", error.to_string())
}

/// Adds the names of the refs in `folder`, whose own name is `prefix`; locks are none.
fn walk(folder: &Path, prefix: &str, names: &mut Vec<String>) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(());
        }
        entries => entries.map_err(Error::io(folder))?,
    };
    for entry in entries {
        let entry = entry.map_err(Error::io(folder))?;
        let kind = entry.file_type().map_err(Error::io(&entry.path()))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let name = format!("{prefix}{name}");
        if kind.is_dir() {
            walk(&entry.path(), &format!("{name}/"), names)?;
        } else if kind.is_file() && !name.ends_with(".lock") {
            names.push(name);
        }
    }
    Ok(())
}
