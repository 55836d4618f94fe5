//! Changing a repository's configuration so that it can be taken back.
//!
//! Our settings are read from the file that all work trees share, without what that includes: a file that came with a
//! clone must not answer for the user. They are written as sections of ours at the end of the file, so that taking them
//! away again gives the bytes that were there before.

use crate::lock::{Deadline, Lock};
use crate::lockfile::Lockfile;
use crate::{Error, Result, Store, config, durable, git};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How every section of ours begins.
const HEAD: &[u8] = b"[opensession]\n";
/// What `config` shall be replaced with, until it is.
const STAGED: &str = "config.new";
/// Nobody holds our lock, or git's on its configuration, for so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// The configuration file, which nobody else of ours is changing.
pub(crate) struct Setting {
    path: PathBuf,
    lockfile: Lockfile,
    deadline: Deadline,
    _lock: Lock,
}

/// Clears what was left by a dead one that changed the configuration of `store`. The caller holds the lock.
pub(crate) fn clear(store: &Store) -> Result<()> {
    let work = store.work_folder();
    let staged = work.join(STAGED);
    if !staged.try_exists().map_err(Error::io(&staged))? {
        return Ok(());
    }
    Lockfile::new(config::path(store.git_dir()), staged).clear(&work.join("lock"))
}

impl Setting {
    /// Returns the configuration file of `store`.
    pub(crate) fn open(store: &Store) -> Result<Self> {
        let deadline = Deadline::new(PATIENCE);
        let work = store.work_folder();
        let lock = Lock::acquire(&work, deadline)?;
        let path = config::path(store.git_dir());
        if path.is_symlink() {
            return Err(Error::SymbolicLink(path));
        }
        let lockfile = Lockfile::new(path.clone(), work.join(STAGED));
        lockfile.clear(&work.join("lock"))?;
        Ok(Self { path, lockfile, deadline, _lock: lock })
    }

    /// Adds `section` at the end of the file, unless `is_set` says that its content has that effect already.
    pub(crate) fn add(&self, section: &str, is_set: impl Fn(&[u8]) -> Result<bool>) -> Result<()> {
        self.replace(|bytes| {
            if is_set(bytes)? {
                return Ok(None);
            }
            let added = with_section(bytes, section);
            // What stands at the end of the file may swallow a section: a quote, or a line that goes on.
            if is_set(&added)? {
                Ok(Some(added))
            } else {
                Err(Error::invalid(self.path.display().to_string(), "its last line does not end"))
            }
        })
    }

    /// Takes away the section of ours that the file ends with, if `is_wanted`.
    pub(crate) fn cut(&self, is_wanted: impl Fn(&str) -> bool) -> Result<()> {
        self.replace(|bytes| Ok(without_section(bytes, &is_wanted).map(<[u8]>::to_vec)))
    }

    /// Takes `keys` out where somebody wrote behind our section, or set them by hand: git can do that in its own format.
    pub(crate) fn unset(&self, git_dir: &Path, keys: &[&str]) -> Result<()> {
        let path = self.path.to_str();
        let path =
            path.ok_or_else(|| Error::invalid(self.path.display().to_string(), "is no UTF-8"))?;
        for key in keys {
            let unset = git::run(git_dir, &["config", "--file", path, "--unset-all", key], b"")?;
            // Git exits with 5 where there is no such key.
            if unset.code != Some(5) {
                unset.success()?;
            }
        }
        let changed = File::open(&self.path).map_err(Error::io(&self.path))?;
        durable::sync(&changed, &self.path)?;
        durable::sync_folder(git_dir)
    }

    /// Gives the file the content that `change` makes of its own; `None` leaves it alone.
    fn replace(&self, change: impl Fn(&[u8]) -> Result<Option<Vec<u8>>>) -> Result<()> {
        let mut attempt = 0;
        loop {
            let before = durable::read(&self.path)?;
            let bytes = before.as_deref().unwrap_or_default();
            let Some(after) = change(bytes)? else { return Ok(()) };
            let found = before.is_some().then(|| fs::metadata(&self.path)).transpose();
            let permissions =
                found.map_err(Error::io(&self.path))?.map(|found| found.permissions());
            if self.lockfile.take(&after, permissions)? {
                // Somebody may have changed the file until the lock was ours.
                if durable::read(&self.path)? == before {
                    return self.lockfile.replace();
                }
                self.lockfile.release()?;
            }
            attempt += 1;
            if !self.deadline.wait(attempt) {
                return Err(Error::Busy(self.lockfile.lock().to_owned()));
            }
        }
    }
}

/// Returns `bytes` with `section`, which has no line break at its end, at theirs.
fn with_section(bytes: &[u8], section: &str) -> Vec<u8> {
    // A file whose last line has no end gets a last line without one, which says that the end before it is ours.
    let whole = bytes.is_empty() || bytes.ends_with(b"\n");
    let section = if whole { format!("{section}\n") } else { format!("\n{section}") };
    [bytes, section.as_bytes()].concat()
}

/// Returns `bytes` without the section of ours at their end; `None` where they end with something else, or with one
/// that is not wanted.
fn without_section<'b>(bytes: &'b [u8], is_wanted: &dyn Fn(&str) -> bool) -> Option<&'b [u8]> {
    let at = bytes.windows(HEAD.len()).rposition(|part| part == HEAD)?;
    let (before, section) = bytes.split_at(at);
    let is_ours = |section: &[u8]| str::from_utf8(section).is_ok_and(is_wanted);
    match section.strip_suffix(b"\n") {
        Some(section) => {
            ((before.is_empty() || before.ends_with(b"\n")) && is_ours(section)).then_some(before)
        }
        None => before.strip_suffix(b"\n").filter(|_| is_ours(section)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_section_at_the_end_is_cut_off() {
        for (bytes, before) in [
            ("[opensession]\n\tenabled = true\n", Some("")),
            ("[core]\n[opensession]\n\tenabled = true\n", Some("[core]\n")),
            ("[core]\r\n[opensession]\n\tenabled = true\n", Some("[core]\r\n")),
            ("[core]\n[opensession]\n\tenabled = true", Some("[core]")),
            ("[core]\n\n[opensession]\n\tenabled = true", Some("[core]\n")),
            ("[opensession]\n\tenabled = true", None),
            ("# [opensession]\n\tenabled = true\n", None),
            ("[opensession]\n\tenabled = false\n", None),
            ("[opensession]\n\tenabled = true\n[core]\n", None),
            ("[opensession]\n\tenabled = true\n[opensession]\n\tx = y\n", None),
            ("", None),
        ] {
            let wanted = |section: &str| section == "[opensession]\n\tenabled = true";
            let cut = without_section(bytes.as_bytes(), &wanted);
            assert_eq!(cut, before.map(str::as_bytes), "{bytes:?}");
        }
    }
}
