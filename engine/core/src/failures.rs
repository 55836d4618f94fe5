//! What could not be captured: remembered until it can, because hooks fail without a word.

use crate::{CaptureReport, Error, Result};
use opensession_hail::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const FILE: &str = "failures.json";

/// A log, or a whole repository, that could not be captured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Why.
    pub reason: String,
    /// When it was first seen.
    pub since: Timestamp,
}

/// Failures by the path of the log, or the git folder of the repository.
pub type Failures = BTreeMap<PathBuf, Failure>;

/// Returns what could not be captured the last time.
pub(crate) fn load(data_dir: &Path) -> Failures {
    // A list that cannot be read is an empty one: whatever still fails comes back with the next capture.
    let text = fs::read(data_dir.join(FILE)).unwrap_or_else(|_missing| Vec::new());
    serde_json::from_slice(&text).unwrap_or_else(|_damaged| Failures::new())
}

/// Takes over what a capture found. `complete` says that every log was asked for.
pub(crate) fn update(
    data_dir: &Path,
    report: &CaptureReport,
    complete: bool,
    now: Timestamp,
) -> Result<()> {
    let before = load(data_dir);
    let mut after = if complete { Failures::new() } else { before.clone() };
    for log in &report.logs {
        after.remove(&log.path);
    }
    for (log, reason) in report.failures() {
        let since = before.get(&log.path).map_or(now, |known| known.since);
        after.insert(log.path.clone(), Failure { reason: reason.to_owned(), since });
    }
    save(data_dir, &before, &after)
}

/// Remembers that nothing could be done for the repository or store at `path`.
pub(crate) fn add(data_dir: &Path, path: &Path, reason: String, now: Timestamp) -> Result<()> {
    let before = load(data_dir);
    let mut after = before.clone();
    let since = before.get(path).map_or(now, |known| known.since);
    after.insert(path.to_owned(), Failure { reason, since });
    save(data_dir, &before, &after)
}

fn save(data_dir: &Path, before: &Failures, after: &Failures) -> Result<()> {
    if before == after {
        return Ok(());
    }
    let path = data_dir.join(FILE);
    let written = serde_json::to_vec(after).map_err(io::Error::from).and_then(|json| {
        fs::create_dir_all(data_dir)?;
        let draft = path.with_extension(format!("{}.tmp", std::process::id()));
        fs::write(&draft, json)?;
        fs::rename(&draft, &path)
    });
    written.map_err(Error::io("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LogReport;

    fn report(logs: &[(&str, Option<&str>)]) -> CaptureReport {
        let logs = logs.iter().map(|(path, error)| {
            let mut log = LogReport::new(PathBuf::from(path), None);
            log.error = error.map(str::to_owned);
            log
        });
        CaptureReport { logs: logs.collect(), ..CaptureReport::default() }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000).unwrap()
    }

    #[test]
    fn a_failure_is_known_from_its_first_day_until_it_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path();
        update(data, &report(&[("/a", Some("no")), ("/b", Some("never"))]), true, at(1)).unwrap();
        update(data, &report(&[("/a", Some("not yet"))]), false, at(2)).unwrap();
        let known = load(data);
        assert_eq!(known[Path::new("/a")], Failure { reason: "not yet".into(), since: at(1) });
        assert_eq!(known.len(), 2);
        update(data, &report(&[("/a", None)]), false, at(3)).unwrap();
        assert_eq!(load(data).keys().collect::<Vec<_>>(), [Path::new("/b")]);
        add(data, Path::new("/repo/.git"), "is busy".into(), at(4)).unwrap();
        assert_eq!(load(data).len(), 2);
        update(data, &report(&[]), true, at(5)).unwrap();
        assert!(load(data).is_empty());
    }
}
