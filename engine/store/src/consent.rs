//! Whether a repository keeps sessions on its own branch: `opensession.enabled` in its configuration.
//!
//! The setting is read from the file that all work trees share, without what that includes: a file that came with a
//! clone must not answer for the user. It is written as a section of ours at the end of the file, so that taking it
//! away again gives the bytes that were there before.

use crate::config::{self, Config};
use crate::lock::{Deadline, Lock};
use crate::lockfile::Lockfile;
use crate::{Error, Result, Store, durable, git};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

const KEY: &str = "opensession.enabled";
const SECTION: &str = "[opensession]\n\tenabled = true";
/// What `config` shall be replaced with, until it is.
const STAGED: &str = "config.new";
/// Nobody holds our lock, or git's on its configuration, for so long.
const PATIENCE: Duration = Duration::from_secs(10);

impl Store {
    /// Returns whether the repository keeps sessions on its own branch: `opensession.enabled` in the configuration
    /// file that all work trees share. What that includes does not count, nor what the user or the system sets.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a configuration that git cannot read either, [`Error::Invalid`] for a value that is
    /// neither true nor false.
    pub fn is_enabled(&self) -> Result<bool> {
        is_enabled(self.git_dir())
    }

    /// Sets `opensession.enabled`, as a section of its own at the end of the configuration file.
    ///
    /// # Errors
    /// [`Error::Busy`] where somebody else keeps changing the configuration, [`Error::SymbolicLink`] where it is one,
    /// and as for [`Store::is_enabled`].
    pub fn enable(&self) -> Result<()> {
        let file = Setting::open(self)?;
        file.replace(|bytes| {
            if is_enabled_by(&file.path, bytes)? {
                return Ok(None);
            }
            let enabled = with_section(bytes);
            // What stands at the end of the file may swallow a section: a quote, or a line that goes on.
            if is_enabled_by(&file.path, &enabled)? {
                Ok(Some(enabled))
            } else {
                Err(Error::invalid(file.name(), "its last line does not end"))
            }
        })
    }

    /// Takes `opensession.enabled` out of the configuration file. Right after [`Store::enable`] the file has the bytes
    /// again that it had before; a section of that name with anything else in it stays.
    ///
    /// # Errors
    /// As for [`Store::enable`]; [`Error::Git`] where git cannot change the file.
    pub fn disable(&self) -> Result<()> {
        let file = Setting::open(self)?;
        file.replace(|bytes| Ok(without_section(bytes).map(<[u8]>::to_vec)))?;
        if !is_enabled(self.git_dir())? {
            return Ok(());
        }
        // Somebody wrote behind our section, or a setting by hand: git can take a key out of its own format.
        let path = file.path.to_str().ok_or_else(|| Error::invalid(file.name(), "is no UTF-8"))?;
        let unset = ["config", "--file", path, "--unset-all", KEY];
        git::run(self.git_dir(), &unset, b"")?.success()?;
        let changed = File::open(&file.path).map_err(Error::io(&file.path))?;
        durable::sync(&changed, &file.path)?;
        durable::sync_folder(self.git_dir())
    }
}

/// Returns whether the repository whose common git folder is `git_dir` is enabled.
pub(crate) fn is_enabled(git_dir: &Path) -> Result<bool> {
    let path = config::path(git_dir);
    is_enabled_by(&path, &durable::read(&path)?.unwrap_or_default())
}

/// Returns `bytes` with a section of ours at their end.
fn with_section(bytes: &[u8]) -> Vec<u8> {
    // A file whose last line has no end gets a last line without one, which says that the end before it is ours.
    let whole = bytes.is_empty() || bytes.ends_with(b"\n");
    let section = if whole { format!("{SECTION}\n") } else { format!("\n{SECTION}") };
    [bytes, section.as_bytes()].concat()
}

/// Returns `bytes` without the section that `enable` put at their end; `None` where they end with something else.
fn without_section(bytes: &[u8]) -> Option<&[u8]> {
    if let Some(before) = bytes.strip_suffix(SECTION.as_bytes()) {
        return before.strip_suffix(b"\n");
    }
    let before = bytes.strip_suffix(b"\n")?.strip_suffix(SECTION.as_bytes())?;
    (before.is_empty() || before.ends_with(b"\n")).then_some(before)
}

fn is_enabled_by(path: &Path, bytes: &[u8]) -> Result<bool> {
    Ok(Config::parse(path.to_owned(), bytes)?.boolean(KEY)? == Some(true))
}

/// The configuration file, which nobody else of ours is changing.
struct Setting {
    path: PathBuf,
    lockfile: Lockfile,
    deadline: Deadline,
    _lock: Lock,
}

impl Setting {
    fn open(store: &Store) -> Result<Self> {
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

    fn name(&self) -> String {
        self.path.display().to_string()
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
            ("", None),
        ] {
            assert_eq!(without_section(bytes.as_bytes()), before.map(str::as_bytes), "{bytes:?}");
        }
    }
}
