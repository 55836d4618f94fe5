//! How a repository is, as far as it shows without reading every byte and without changing any.

use crate::{Branch, Error, Result, Store, durable, git, layout, pack};
use std::path::{Path, PathBuf};

pub use crate::repack::MAX_PACKS;

impl Store {
    /// Returns how many packs of ours there are. [`MAX_PACKS`] and a few are normal: then they are put together.
    ///
    /// # Errors
    /// [`Error::Io`] where their folder cannot be read.
    pub fn packs_of_ours(&self) -> Result<usize> {
        Ok(pack::ours(&self.packs())?.len())
    }

    /// Returns the folders of objects that this repository borrows from and that are gone.
    ///
    /// # Errors
    /// [`Error::Io`] where the list of them cannot be read.
    pub fn missing_alternates(&self) -> Result<Vec<PathBuf>> {
        let objects = self.git_dir().join("objects");
        let list = durable::read(&objects.join("info/alternates"))?.unwrap_or_default();
        let list = String::from_utf8_lossy(&list);
        let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        // Git quotes what holds special characters; then it is not looked at.
        let folders = lines.filter(|line| !line.starts_with('"')).map(|line| objects.join(line));
        Ok(folders.filter(|folder| !folder.is_dir()).collect())
    }
}

impl Branch {
    /// Returns the newest format that anything on the branch was written in, where this version does not know it.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a tree that cannot be read.
    pub fn newer_format(&self) -> Result<Option<u32>> {
        let root = self.read(self.tree().0)?;
        let numbers = root.iter().filter_map(|(name, _node)| layout::format_number(name));
        Ok(numbers.max().filter(|number| *number > layout::FORMAT_NUMBER))
    }
}

/// Returns the version of git: `2.47.3`.
///
/// # Errors
/// [`Error::Git`] where it cannot be started.
pub fn git_version() -> Result<String> {
    let text = git::version()?;
    Ok(text.strip_prefix("git version ").unwrap_or(&text).trim().to_owned())
}

/// Returns how many bytes can still be written where `path` is.
///
/// # Errors
/// [`Error::Io`] where the file system does not tell.
#[cfg(unix)]
pub fn room(path: &Path) -> Result<Option<u64>> {
    let found = rustix::fs::statvfs(path).map_err(|error| Error::io(path)(error.into()))?;
    Ok(Some(found.f_bavail.saturating_mul(found.f_frsize)))
}

/// Returns nothing: only Unix is asked.
#[cfg(not(unix))]
pub fn room(_path: &Path) -> Result<Option<u64>> {
    Ok(None)
}

/// Returns whether this process may write in the folder at `path`.
#[cfg(unix)]
#[must_use]
pub fn is_writable(path: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(path, Access::WRITE_OK).is_ok()
}

/// Returns whether anybody may write in the folder at `path`.
#[cfg(not(unix))]
#[must_use]
pub fn is_writable(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.permissions().readonly())
}
