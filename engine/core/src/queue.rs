//! What hooks leave to be done: a file for each, in the repository's own folder of ours.
//!
//! Only a trigger, and the names of rewritten commits that nobody can know later: what is to be stored and linked is
//! found by looking. So losing the queue costs little, and nothing waits for the disk.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// No hook sees more than this, in bytes.
const LARGEST: u64 = 32 << 20;

/// Something that a hook saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The hook: `post-commit`, `post-merge`, `post-rewrite`, `pre-push`, `session-end`.
    pub hook: String,
    /// The commits that took the place of others, old and new, as hex.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewritten: Vec<(String, String)>,
}

/// The queue of one repository.
pub(crate) struct Queue {
    folder: PathBuf,
}

/// What waits in a queue.
pub(crate) struct Waiting {
    pub(crate) seen: Vec<Seen>,
    files: Vec<PathBuf>,
}

/// Held by the process that works off the queue.
pub(crate) struct Turn(File);

impl Queue {
    /// Returns the queue of the repository with this git folder.
    pub(crate) fn of(git_dir: &Path) -> Self {
        Self { folder: git_dir.join("opensession").join("queue") }
    }

    /// Returns the queue of its pushes, so that no remote holds up what is done on this machine.
    pub(crate) fn of_pushes(git_dir: &Path) -> Self {
        Self { folder: git_dir.join("opensession").join("pushes") }
    }

    /// Adds what a hook saw. `number` tells files of the same process apart.
    pub(crate) fn push(&self, seen: &Seen, number: u64) -> Result<()> {
        let name = format!("{number:016}-{}", std::process::id());
        let path = self.folder.join(format!("{name}.json"));
        let written = serde_json::to_vec(seen).map_err(io::Error::from).and_then(|json| {
            self.make_folder()?;
            // What is in the way is of a process that died with our number.
            let draft = self.folder.join(format!("{name}.tmp"));
            drop(fs::remove_file(&draft));
            File::create_new(&draft)?.write_all(&json)?;
            fs::rename(&draft, &path)
        });
        written.map_err(Error::io("write", path))
    }

    /// Returns what waits, the oldest first.
    pub(crate) fn waiting(&self) -> Result<Waiting> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Waiting { seen: Vec::new(), files: Vec::new() });
            }
            entries => entries.map_err(Error::io("read", &self.folder))?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(Error::io("read", &self.folder))?.path();
            if path.extension() == Some(OsStr::new("json")) {
                files.push(path);
            }
        }
        files.sort();
        let seen = files.iter().filter_map(|path| read(path)).collect();
        Ok(Waiting { seen, files })
    }

    /// Returns the turn to work the queue off; `None` while another process has it.
    pub(crate) fn take_turn(&self) -> Result<Option<Turn>> {
        let path = self.folder.join("turn");
        let failed = Error::io("write", &path);
        let opened = self.make_folder().and_then(|()| {
            if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
                return Err(io::Error::other("is no plain file"));
            }
            File::options().read(true).write(true).create(true).truncate(false).open(&path)
        });
        let file = match opened {
            Ok(file) => file,
            Err(error) => return Err(failed(error)),
        };
        match file.try_lock() {
            Ok(()) => Ok(Some(Turn(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

impl Queue {
    /// Returns whether somebody is working it off. Changes nothing.
    pub(crate) fn is_taken(&self) -> Result<bool> {
        let path = self.folder.join("turn");
        let tried = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            opened => opened.map_err(Error::io("read", &path))?.try_lock_shared(),
        };
        match tried {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(Error::io("read", path)(error)),
        }
    }

    /// Makes the queue, so that [`Queue::is_made`] says so.
    pub(crate) fn make(&self) -> Result<()> {
        self.make_folder().map_err(Error::io("create", &self.folder))
    }

    /// Returns whether anything was, or is to be, queued there.
    pub(crate) fn is_made(&self) -> bool {
        self.folder.is_dir()
    }

    /// Removes the queue with what waits in it.
    pub(crate) fn remove(&self) -> Result<()> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(Error::io("remove", &self.folder)(error))
            }
            _ => Ok(()),
        }
    }

    /// Makes the folder; a link in its place is refused.
    fn make_folder(&self) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        match fs::symlink_metadata(&self.folder)?.is_dir() {
            true => Ok(()),
            false => Err(io::Error::other("is no folder of ours")),
        }
    }
}

/// Reads what a hook saw. What is no plain file, or cannot be read, is still a reason to look.
fn read(path: &Path) -> Option<Seen> {
    let found = fs::symlink_metadata(path).ok()?;
    let is_plain = found.is_file() && found.len() <= LARGEST;
    serde_json::from_slice(&is_plain.then(|| fs::read(path).ok())??).ok()
}

impl Waiting {
    /// Returns whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Returns how many hooks wait.
    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// Returns the rewritten commits, old and new.
    pub(crate) fn rewritten(&self) -> impl Iterator<Item = &(String, String)> {
        self.seen.iter().flat_map(|seen| &seen.rewritten)
    }

    /// Takes what was done out of the queue.
    pub(crate) fn finish(self) -> Result<()> {
        for path in self.files {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(Error::io("remove", path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Closing the file gives the turn back, whatever this says.
        drop(self.0.unlock());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hooks_saw_waits_in_order_until_it_is_done() {
        let dir = tempfile::tempdir().unwrap();
        let queue = Queue::of(dir.path());
        assert!(queue.waiting().unwrap().is_empty());
        let commit = Seen { hook: "post-commit".to_owned(), rewritten: Vec::new() };
        let pair = ("a".to_owned(), "b".to_owned());
        let rewrite = Seen { hook: "post-rewrite".to_owned(), rewritten: vec![pair.clone()] };
        queue.push(&rewrite, 2).unwrap();
        queue.push(&commit, 1).unwrap();
        let turn = queue.take_turn().unwrap();
        assert!(turn.is_some() && queue.take_turn().unwrap().is_none());
        assert!(queue.is_taken().unwrap() && !Queue::of_pushes(dir.path()).is_taken().unwrap());
        let waiting = queue.waiting().unwrap();
        assert_eq!(waiting.seen, [commit.clone(), rewrite]);
        assert_eq!(waiting.rewritten().collect::<Vec<_>>(), [&pair]);
        // What comes meanwhile stays.
        queue.push(&commit, 3).unwrap();
        waiting.finish().unwrap();
        assert_eq!(queue.waiting().unwrap().len(), 1);
        drop(turn);
        assert!(!queue.is_taken().unwrap());
        assert!(queue.take_turn().unwrap().is_some());
    }
}
