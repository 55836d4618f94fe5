//! Locks whose owner is gone.

use crate::{Error, Result, durable};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

/// The file that holds the value that a writer is about to give to the ref.
pub(super) const STAGED: &str = "ref.new";

/// A lock that is younger is left alone, whoever made it.
const CERTAINTY: Duration = Duration::from_secs(10);

/// Removes the staged value of a dead writer, and `lock` where it is that writer's, or surely nobody's.
///
/// The caller holds the lock in `staging`, so no writer of ours is alive.
pub(super) fn clear(staging: &Path, lock: &Path) -> Result<()> {
    let staged = staging.join(STAGED);
    let value = durable::read(&staged)?;
    if let Some(held) = durable::read(lock)? {
        // Nobody else can know the id of a commit that was not published.
        if value.is_some_and(|value| value == held) || is_abandoned(lock, &staging.join("lock"))? {
            durable::remove(lock)?;
        }
    }
    durable::remove(&staged)
}

/// Returns whether `lock` is old and no git runs that may hold it. `now` is a file to take the time from: the file
/// system's clock is the one that dated the lock.
fn is_abandoned(lock: &Path, now: &Path) -> Result<bool> {
    let opened = fs::OpenOptions::new().write(true).open(now);
    let touched = opened.and_then(|file| {
        // Writing a byte and cutting it off again dates the file to this moment.
        std::io::Write::write_all(&mut &file, b"\n")?;
        file.set_len(0)?;
        file.metadata()?.modified()
    });
    let made = match fs::metadata(lock).and_then(|found| found.modified()) {
        Ok(made) => made,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(Error::io(lock)(error)),
    };
    let age = touched.map_err(Error::io(now))?.duration_since(made);
    Ok(age.is_ok_and(|age| age >= CERTAINTY) && !git_may_run())
}

/// Returns whether any git process is alive, or might be: only Linux tells.
fn git_may_run() -> bool {
    let Ok(processes) = fs::read_dir("/proc") else {
        return true;
    };
    let name_of = |process: fs::DirEntry| fs::read(process.path().join("comm"));
    let mut names = processes.filter_map(|process| name_of(process.ok()?).ok()).peekable();
    names.peek().is_none() || names.any(|name| name.starts_with(b"git"))
}
