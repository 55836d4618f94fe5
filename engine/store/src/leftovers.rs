//! What dead writers left: found without changing anything, and cleared as every writer clears it before it begins.

use crate::lock::Deadline;
use crate::lockfile::CERTAINTY;
use crate::publish::publish;
use crate::setting::Setting;
use crate::{Error, Result, Store, config, durable, layout, pack};
use opensession_hail::Timestamp;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// How files are called that are not yet in their place.
const UNFINISHED: &str = "new";

/// A file that nobody needs any more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leftover {
    /// The file or folder.
    pub path: PathBuf,
    /// Whether it is a lock of git's that is in the way of writers: [`Store::tend`] clears it only where no git runs.
    pub is_lock: bool,
}

impl Store {
    /// Returns what writers left that are dead by now, by path; of a living one nothing. `now` is the time by which git's
    /// locks are old. Changes nothing.
    ///
    /// # Errors
    /// [`Error::Io`] where a folder cannot be looked into.
    pub fn leftovers(&self, now: Timestamp) -> Result<Vec<Leftover>> {
        let work = self.work_folder();
        let mut found = Vec::new();
        let file = |path| Leftover { path, is_lock: false };
        if let Quiet::Held(_lock) = quiet(&work.join("lock"))? {
            found.extend(unfinished(&work)?.into_iter().map(file));
            found.extend(pack::leftovers(&self.packs())?.into_iter().map(file));
        }
        let incoming = work.join("incoming");
        let objects = incoming.join("objects");
        if let Quiet::Held(_lock) = quiet(&incoming.join("lock"))?
            && objects.exists()
        {
            found.push(file(objects));
        }
        for lock in self.git_locks() {
            if is_old(&lock, now)? {
                found.push(Leftover { path: lock, is_lock: true });
            }
        }
        found.sort();
        Ok(found)
    }

    /// Does what every writer does before it writes, and writes nothing: clears what dead ones left, and sets a ref that
    /// cannot be read back to the newest state that can; returns whether that was needed. `at` is the time in the reflog.
    ///
    /// # Errors
    /// [`Error::Busy`] where others write, or a lock stays, until `deadline`; [`Error::Corrupt`] where no state can be read.
    pub fn tend(&self, at: Timestamp, deadline: Duration) -> Result<bool> {
        let deadline = Deadline::new(deadline);
        // Opening it clears what is left of a change of the configuration.
        drop(Setting::open(self)?);
        self.clear_incoming(deadline)?;
        let tended = publish(self, at, deadline, |_tip, _root| Ok(None))?;
        let _lock = self.lock(deadline.left())?;
        for path in unfinished(&self.work_folder())? {
            durable::remove(&path)?;
        }
        Ok(tended.healed)
    }

    /// Returns the lock that a dead git left on the packed refs, where it did: nothing of ours waits for it, and git does.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be looked at.
    pub fn stale_packed_refs_lock(&self, now: Timestamp) -> Result<Option<PathBuf>> {
        let lock = self.git_dir().join("packed-refs.lock");
        Ok(is_old(&lock, now)?.then_some(lock))
    }

    /// Returns the locks by which git keeps others from what we write.
    fn git_locks(&self) -> [PathBuf; 2] {
        let lock = |path: PathBuf| path.with_added_extension("lock");
        [lock(self.git_dir().join(layout::BRANCH)), lock(config::path(self.git_dir()))]
    }
}

/// Whether somebody is at work.
enum Quiet {
    /// Nobody, and nobody begins while the lock is held; `None` where nobody ever was.
    Held(Option<File>),
    Busy,
}

/// Keeps writers from beginning, where none is at work: the lock is neither made nor changed by that.
fn quiet(lock: &Path) -> Result<Quiet> {
    match fs::symlink_metadata(lock) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Quiet::Held(None));
        }
        Err(error) => return Err(Error::io(lock)(error)),
        Ok(found) if !found.is_file() => return Ok(Quiet::Busy),
        Ok(_file) => {}
    }
    let file = File::open(lock).map_err(Error::io(lock))?;
    match file.try_lock_shared() {
        Ok(()) => Ok(Quiet::Held(Some(file))),
        Err(TryLockError::WouldBlock) => Ok(Quiet::Busy),
        Err(TryLockError::Error(error)) => Err(Error::io(lock)(error)),
    }
}

/// Returns the files in the folder of our own files that never came into their place.
fn unfinished(work: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(work) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Error::io(work))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::io(work))?.path();
        if path.extension().is_some_and(|end| end == UNFINISHED) && path.is_file() {
            found.push(path);
        }
    }
    Ok(found)
}

/// Returns whether there is a file at `path` that is older than anybody holds a lock.
fn is_old(path: &Path, now: Timestamp) -> Result<bool> {
    let made = match fs::symlink_metadata(path).and_then(|found| found.modified()) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(false);
        }
        made => made.map_err(Error::io(path))?,
    };
    let now = UNIX_EPOCH + Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or(0));
    Ok(now.duration_since(made).is_ok_and(|age| age >= CERTAINTY))
}
