//! What could not be captured, linked or shared: remembered until it can, because hooks fail without a word.

use crate::{CaptureReport, Result, notes};
use opensession_hail::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The logs that could not be captured.
const LOGS: &str = "failures.json";
/// The stores and repositories for which nothing could be done.
const STORES: &str = "stores.json";
/// The repositories whose sessions could not be shared.
const SHARING: &str = "unshared.json";

/// A log, or a whole repository, that could not be captured or shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Why.
    pub reason: String,
    /// When it was first seen.
    pub since: Timestamp,
}

/// Failures by the path of the log, or the git folder of the repository.
pub type Failures = BTreeMap<PathBuf, Failure>;

/// Returns what could not be done the last time.
pub(crate) fn load(data_dir: &Path) -> Failures {
    let mut failures: Failures = notes::read(data_dir, LOGS);
    failures.extend(notes::read::<Failures>(data_dir, STORES));
    failures
}

/// Returns which repositories' sessions could not be shared the last time, by their git folders. One that is gone has
/// none.
pub(crate) fn load_sharing(data_dir: &Path) -> Failures {
    let mut failures: Failures = notes::read(data_dir, SHARING);
    failures.retain(|git_dir, _| git_dir.is_dir());
    failures
}

/// Takes over what a capture found. `complete` says that every log was asked for.
pub(crate) fn update(
    data_dir: &Path,
    report: &CaptureReport,
    complete: bool,
    now: Timestamp,
) -> Result<()> {
    notes::change(data_dir, LOGS, |failures: &mut Failures| {
        let before = failures.clone();
        if complete {
            failures.clear();
        }
        for log in &report.logs {
            failures.remove(&log.path);
        }
        for (log, reason) in report.failures() {
            let since = before.get(&log.path).map_or(now, |known| known.since);
            failures.insert(log.path.clone(), Failure { reason: reason.to_owned(), since });
        }
    })
}

/// Remembers why nothing could be done for the store or repository at `path`; `None` says that it could.
pub(crate) fn note(
    data_dir: &Path,
    path: &Path,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    set(data_dir, STORES, path, reason, now)
}

/// Remembers why the sessions of the repository with this git folder could not be shared; `None` says that they were, or
/// shall not be.
pub(crate) fn note_sharing(
    data_dir: &Path,
    git_dir: &Path,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    set(data_dir, SHARING, git_dir, reason, now)
}

fn set(
    data_dir: &Path,
    note: &str,
    path: &Path,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    notes::change(data_dir, note, |failures: &mut Failures| {
        let since = failures.remove(path).map_or(now, |known| known.since);
        if let Some(reason) = reason {
            failures.insert(path.to_owned(), Failure { reason: reason.to_owned(), since });
        }
    })
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
        let repository = Path::new("/repo/.git");
        note(data, repository, Some("is busy"), at(4)).unwrap();
        note(data, repository, Some("is gone"), at(5)).unwrap();
        update(data, &report(&[]), true, at(6)).unwrap();
        // A capture of every log says nothing about what else failed.
        let left = load(data);
        assert_eq!(left[repository], Failure { reason: "is gone".into(), since: at(4) });
        assert_eq!(left.len(), 1);
        note(data, repository, None, at(7)).unwrap();
        assert!(load(data).is_empty());
    }

    #[test]
    fn what_could_not_be_shared_is_another_matter_and_goes_with_its_repository() {
        let dir = tempfile::tempdir().unwrap();
        let (data, repository) = (dir.path(), dir.path().join("repo"));
        std::fs::create_dir(&repository).unwrap();
        note_sharing(data, &repository, Some("offline"), at(1)).unwrap();
        note(data, &repository, None, at(2)).unwrap();
        note_sharing(data, &repository, Some("refused"), at(3)).unwrap();
        assert!(load(data).is_empty());
        let known = load_sharing(data);
        assert_eq!(known[&repository], Failure { reason: "refused".into(), since: at(1) });
        note_sharing(data, &dir.path().join("gone"), Some("offline"), at(4)).unwrap();
        assert_eq!(load_sharing(data).len(), 1);
        note_sharing(data, &repository, None, at(5)).unwrap();
        assert!(load_sharing(data).is_empty());
    }
}
