//! Replacing a file of git's by git's own rules (`lockfile.h`): whoever creates `<file>.lock` may write the file.
//!
//! A `.lock` that a killed writer leaves behind cannot be told from one that a living git holds. So the new content
//! is written and synced under a name of ours first, then linked to the lock, which fails where that exists, and the
//! lock is renamed over the file. A lock is never empty, and one that holds what a dead writer staged is that
//! writer's.

use crate::{Error, Result, durable};
use std::fs::{self, OpenOptions, Permissions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A lock that is younger is left alone, whoever made it.
pub(crate) const CERTAINTY: Duration = Duration::from_secs(10);

/// A file of git's, its lock, and where the new content is prepared. Whoever uses it holds the lock of our own.
pub(crate) struct Lockfile {
    path: PathBuf,
    lock: PathBuf,
    staged: PathBuf,
}

impl Lockfile {
    /// Returns the lock for the file at `path`; `staged` is a name in the folder of our own files.
    pub(crate) fn new(path: PathBuf, staged: PathBuf) -> Self {
        let mut lock = path.clone().into_os_string();
        lock.push(".lock");
        Self { path, lock: lock.into(), staged }
    }

    /// Returns where the lock is.
    pub(crate) fn lock(&self) -> &Path {
        &self.lock
    }

    /// Takes the lock for giving the file the content `bytes`; `false` where somebody else holds it.
    pub(crate) fn take(&self, bytes: &[u8], permissions: Option<Permissions>) -> Result<bool> {
        let mut file = durable::create(&self.staged)?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions).map_err(Error::io(&self.staged))?;
        }
        file.write_all(bytes).map_err(Error::io(&self.staged))?;
        durable::sync(&file, &self.staged)?;
        let taken = link(&self.staged, &self.lock);
        if !matches!(taken, Ok(true)) {
            durable::remove(&self.staged)?;
        }
        taken
    }

    /// Gives the file the new content; it is on the disk when this returns.
    pub(crate) fn replace(&self) -> Result<()> {
        self.publish()?;
        self.sync()
    }

    /// Gives the file the new content, for everybody who looks.
    pub(crate) fn publish(&self) -> Result<()> {
        fs::rename(&self.lock, &self.path).map_err(Error::io(&self.path))
    }

    /// Waits until what was published is on the disk.
    pub(crate) fn sync(&self) -> Result<()> {
        if let Some(folder) = self.path.parent() {
            durable::sync_folder(folder)?;
        }
        durable::remove(&self.staged)
    }

    /// Gives the lock back; the file stays as it is.
    pub(crate) fn release(&self) -> Result<()> {
        durable::remove(&self.lock)?;
        durable::remove(&self.staged)
    }

    /// Removes what a dead writer staged, and the lock where it is that writer's, or surely nobody's.
    ///
    /// `clock` is a file of ours: see [`remove_abandoned`].
    pub(crate) fn clear(&self, clock: &Path) -> Result<()> {
        let value = durable::read(&self.staged)?;
        let held = durable::read(&self.lock)?;
        // Nobody else can know what was not published.
        if held.is_some() && held == value {
            durable::remove(&self.lock)?;
        } else if held.is_some() {
            remove_abandoned(&self.lock, clock, Hold::Closed)?;
        }
        durable::remove(&self.staged)
    }
}

/// What git does with a lock that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// It closes the file: any git that runs may be the holder.
    Closed,
    /// It keeps the file open.
    Open,
}

/// Removes `lock` where it is old and no git runs that may hold it.
///
/// `clock` is a file to take the time from: the file system's own is the one that dated the lock.
pub(crate) fn remove_abandoned(lock: &Path, clock: &Path, hold: Hold) -> Result<()> {
    let made = match fs::metadata(lock).and_then(|found| found.modified()) {
        Ok(made) => made,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io(lock)(error)),
    };
    let opened = OpenOptions::new().write(true).open(clock);
    let touched = opened.and_then(|mut file| {
        // Writing a byte and cutting it off again dates the file to this moment.
        file.write_all(b"\n")?;
        file.set_len(0)?;
        file.metadata()?.modified()
    });
    let age = touched.map_err(Error::io(clock))?.duration_since(made);
    if age.is_ok_and(|age| age >= CERTAINTY) && !holder_may_run(lock, hold) {
        durable::remove(lock)?;
    }
    Ok(())
}

/// Returns whether a git process is alive, or might be, that may hold `lock`: only Linux tells.
fn holder_may_run(lock: &Path, hold: Hold) -> bool {
    let Ok(processes) = fs::read_dir("/proc") else {
        return true;
    };
    let name_of = |process: &Path| fs::read(process.join("comm"));
    let processes = processes.filter_map(|process| Some(process.ok()?.path()));
    let mut named = processes.filter_map(|path| Some((name_of(&path).ok()?, path))).peekable();
    let may_hold = |(name, process): (Vec<u8>, PathBuf)| {
        is_git(&name) && (hold == Hold::Closed || may_have_open(&process, lock))
    };
    named.peek().is_none() || named.any(may_hold)
}

/// Returns whether a process of that name is git: `gitstatusd` and the like hold no lock.
fn is_git(name: &[u8]) -> bool {
    name.trim_ascii_end() == b"git" || name.starts_with(b"git-")
}

/// Returns whether the process has `file` open, or does not show what it has.
fn may_have_open(process: &Path, file: &Path) -> bool {
    let Ok(open) = fs::read_dir(process.join("fd")) else {
        return true;
    };
    open.filter_map(|open| fs::read_link(open.ok()?.path()).ok()).any(|open| open == file)
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
    let written = fs::metadata(staged)
        .and_then(|staged| file.set_permissions(staged.permissions()))
        .and_then(|()| file.write_all(&bytes))
        .and_then(|()| file.sync_all());
    if written.is_err() {
        fs::remove_file(lock)?;
    }
    written
}
