//! The ref's reflog: where the branch was before.

use crate::layout::BRANCH;
use crate::{Error, Result, durable};
use gix::ObjectId;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Returns the ids that the ref was set to, the newest last. Lines that are no entries are passed over.
pub(super) fn read(git_dir: &Path, hash: gix::hash::Kind) -> Result<Vec<ObjectId>> {
    let path = path(git_dir);
    // A branch below the ref's name has its own reflog there.
    let bytes = if path.is_dir() { None } else { durable::read(&path)? }.unwrap_or_default();
    let new_id = |line: &[u8]| {
        let id = ObjectId::from_hex(line.split(|byte| *byte == b' ').nth(1)?).ok()?;
        (id.kind() == hash && !id.is_null()).then_some(id)
    };
    Ok(bytes.split(|byte| *byte == b'\n').filter_map(new_id).collect())
}

/// Adds `line`, its `\n` included, and returns how long the reflog was before, in bytes.
///
/// A bare repository has a reflog only where its configuration asks for one, but healing needs it everywhere.
pub(super) fn append(git_dir: &Path, line: &str) -> Result<u64> {
    let path = path(git_dir);
    if let Some(folder) = path.parent() {
        durable::create_folder(folder)?;
    }
    if fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink()) {
        return Err(Error::SymbolicLink(path));
    }
    if path.is_dir() {
        // What is left of branches that are gone is empty.
        fs::remove_dir(&path).map_err(Error::io(&path))?;
    }
    let file = OpenOptions::new().append(true).create(true).open(&path);
    let mut file = file.map_err(Error::io(&path))?;
    let length = file.metadata().map_err(Error::io(&path))?.len();
    if let Err(error) = file.write_all(line.as_bytes()) {
        // The next line must not follow half a line. If this fails too, that is the lesser failure.
        drop(file.set_len(length));
        return Err(Error::io(&path)(error));
    }
    Ok(length)
}

/// Cuts the reflog back to `length` bytes.
pub(super) fn cut(git_dir: &Path, length: u64) -> Result<()> {
    let path = path(git_dir);
    let file = OpenOptions::new().write(true).open(&path).map_err(Error::io(&path))?;
    file.set_len(length).map_err(Error::io(&path))
}

fn path(git_dir: &Path) -> PathBuf {
    git_dir.join("logs").join(BRANCH)
}
