//! The lock that writers take: the kernel's, so it dies with its process.

use crate::{Error, Result, durable};
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a call may wait for others.
#[derive(Clone, Copy)]
pub(crate) struct Deadline {
    started: Instant,
    limit: Duration,
}

impl Deadline {
    /// Returns the deadline `limit` from now.
    pub(crate) fn new(limit: Duration) -> Self {
        Self { started: Instant::now(), limit }
    }

    /// Returns how long it is until then.
    pub(crate) fn left(self) -> Duration {
        self.limit.saturating_sub(self.started.elapsed())
    }

    /// Waits a little longer with every `attempt`, and not for the same time in every process; `false`, without
    /// waiting, once the deadline has passed.
    pub(crate) fn wait(self, attempt: u32) -> bool {
        let Some(left) = self.limit.checked_sub(self.started.elapsed()) else {
            return false;
        };
        let jitter = Duration::from_micros(u64::from(std::process::id().wrapping_mul(997) % 1009));
        let pause = Duration::from_micros(500) * attempt.min(20) + jitter;
        std::thread::sleep(pause.min(left));
        true
    }
}

/// The lock of a store, held until it is dropped. See [`crate::Store::lock`].
#[must_use]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock in `folder`, which is created where it is missing.
    pub(crate) fn acquire(folder: &Path, deadline: Deadline) -> Result<Self> {
        create_folder(folder)?;
        let path = folder.join("lock");
        let file = open(&path)?;
        let mut attempt = 0;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(error)) => return Err(Error::io(&path)(error)),
                Err(TryLockError::WouldBlock) => attempt += 1,
            }
            if !deadline.wait(attempt) {
                return Err(Error::Busy(path));
            }
        }
    }

    /// Takes the lock at `path` where nobody holds it, and returns the file: the lock lives as long as any process
    /// has it open.
    pub(crate) fn try_file(path: &Path) -> Result<Option<File>> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(Error::io(path)(error)),
        }
    }
}

/// Creates `folder`, whose parent must be there, and refuses a symbolic link in its place.
pub(crate) fn create_folder(folder: &Path) -> Result<()> {
    match fs::create_dir(folder) {
        Ok(()) => folder.parent().map_or(Ok(()), durable::sync_folder)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(Error::io(folder)(error)),
    }
    let found = fs::symlink_metadata(folder).map_err(Error::io(folder))?;
    if found.is_symlink() { Err(Error::SymbolicLink(folder.to_owned())) } else { Ok(()) }
}

/// Opens, or creates, the file at `path`, and refuses a symbolic link, also one that appears meanwhile.
fn open(path: &Path) -> Result<File> {
    let refuse_link = |found: &Metadata| {
        if found.is_symlink() { Err(Error::SymbolicLink(path.to_owned())) } else { Ok(()) }
    };
    if let Ok(found) = fs::symlink_metadata(path) {
        refuse_link(&found)?;
    }
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(false).open(path);
    let file = file.map_err(Error::io(path))?;
    refuse_link(&fs::symlink_metadata(path).map_err(Error::io(path))?)?;
    Ok(file)
}
