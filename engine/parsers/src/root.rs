//! The folders in which tools keep their logs, and the sweep through one.

use crate::sqlite;
use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Why a root is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The tool's own default.
    Default,
    /// An environment variable names it.
    Environment(&'static str),
}

/// A folder in which a tool keeps logs, or the one log.
#[derive(Clone, Debug)]
pub struct Root {
    /// The folder or log; it need not exist.
    pub path: PathBuf,
    /// Why it is looked at.
    pub origin: Origin,
    /// How the names of logs end: `.jsonl`.
    pub suffixes: &'static [&'static str],
    /// How many levels of folders below it are looked into: 0 for its own files only.
    pub depth: usize,
    /// Returns the files and folders beside a log that change with it, whether they exist or not: the log counts as
    /// changed when one of them does.
    pub beside: fn(&Path) -> Vec<PathBuf>,
    /// Endings of names that mean the same log in two forms, the one that tells more first.
    pub twins: &'static [(&'static str, &'static str)],
}

/// The form that tells more is out of date when the other one was written so much later.
const OUT_OF_DATE_NS: i128 = 60_000_000_000;

/// How the names of logs of any tool end.
const ANY_LOG: &[&str] = &[
    ".jsonl",
    ".jsonl.zst",
    ".json",
    ".db",
    ".vscdb",
    ".sqlite3",
    ".chat",
    ".chat.history.md",
    ".txt",
];

const DATABASES: [&str; 3] = [".db", ".vscdb", ".sqlite3"];

/// A log found by a sweep, with what tells whether it has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its path below the root, with `/` between the parts: what a manifest records.
    pub relative: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Time of the last change, in nanoseconds since 1970; negative before.
    pub modified_ns: i128,
    /// The file's number on its device; 0 where the system has none.
    pub inode: u64,
}

impl LogFile {
    /// Returns the log at `path`.
    ///
    /// # Errors
    /// When the file cannot be looked at, or is no regular file.
    pub fn at(path: PathBuf, relative: String) -> io::Result<Self> {
        let metadata = fs::metadata(&path)?;
        // A pipe or a device would keep its reader waiting, or never end.
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(Self::from_metadata(path, relative, &metadata))
    }

    /// Returns the log, as changed and as large as it is with what lies beside it.
    #[must_use]
    pub fn with(mut self, beside: &[PathBuf]) -> Self {
        for metadata in beside.iter().filter_map(|path| fs::metadata(path).ok()) {
            self.bytes += metadata.len();
            self.modified_ns = self.modified_ns.max(modified_ns(&metadata));
        }
        self
    }

    fn from_metadata(path: PathBuf, relative: String, metadata: &Metadata) -> Self {
        let (bytes, modified_ns) = (metadata.len(), modified_ns(metadata));
        Self { path, relative, bytes, modified_ns, inode: inode(metadata) }
    }
}

fn modified_ns(metadata: &Metadata) -> i128 {
    metadata.modified().map_or(0, |time| match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
    })
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_metadata: &Metadata) -> u64 {
    0
}

impl Root {
    /// Returns the folder at `path` with all folders below, whose logs are one file each.
    #[must_use]
    pub fn new(path: PathBuf, origin: Origin, suffixes: &'static [&'static str]) -> Self {
        Self { path, origin, suffixes, depth: usize::MAX, beside: |_log| Vec::new(), twins: &[] }
    }

    /// Returns a folder of the user's, in which logs of any tool may lie.
    #[must_use]
    pub fn of_any_tool(path: PathBuf) -> Self {
        Self::new(path, Origin::Default, ANY_LOG).with_beside(|log| {
            let name = log.to_string_lossy();
            let is_database = DATABASES.iter().any(|end| name.ends_with(end));
            if is_database { sqlite::beside(log) } else { Vec::new() }
        })
    }

    /// Returns the root, looked into down to `depth` levels of folders.
    #[must_use]
    pub fn with_depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// Returns the root with what lies beside each log.
    #[must_use]
    pub fn with_beside(self, beside: fn(&Path) -> Vec<PathBuf>) -> Self {
        Self { beside, ..self }
    }

    /// Returns the root with logs that have two forms: of two that lie beside each other one is left out.
    #[must_use]
    pub fn with_twins(self, twins: &'static [(&'static str, &'static str)]) -> Self {
        Self { twins, ..self }
    }

    /// Returns the logs below the folder, by path; folders that cannot be read are passed to `failed`.
    ///
    /// Links inside the folder are not followed. A compressed log (`.zst`) whose plain twin lies beside it is left
    /// out. A root that does not exist has no logs.
    pub fn logs(&self, failed: &mut dyn FnMut(&Path, io::Error)) -> Vec<LogFile> {
        if let Some(log) = self.only_log() {
            return vec![log];
        }
        let mut logs = Vec::new();
        let mut folders = vec![(self.path.clone(), String::new(), 0)];
        while let Some((folder, prefix, level)) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    if !(prefix.is_empty() && error.kind() == io::ErrorKind::NotFound) {
                        failed(&folder, error);
                    }
                    continue;
                }
            };
            for entry in entries {
                let found = entry.and_then(|entry| Ok((entry.file_type()?, entry)));
                let (kind, entry) = match found {
                    Ok(found) => found,
                    Err(error) => {
                        failed(&folder, error);
                        continue;
                    }
                };
                let name = entry.file_name().to_string_lossy().into_owned();
                let relative = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
                if kind.is_dir() {
                    if level < self.depth {
                        folders.push((entry.path(), relative, level + 1));
                    }
                } else if kind.is_file() && self.suffixes.iter().any(|end| relative.ends_with(end))
                {
                    match entry.metadata() {
                        Ok(metadata) => {
                            let log = LogFile::from_metadata(entry.path(), relative, &metadata);
                            logs.push(log.with(&(self.beside)(&entry.path())));
                        }
                        // Deleted between the listing and the look: it is no log any more.
                        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                        Err(error) => failed(&entry.path(), error),
                    }
                }
            }
        }
        logs.sort_by(|a, b| a.relative.cmp(&b.relative));
        drop_compressed_twins(&mut logs);
        for (more, less) in self.twins {
            drop_twins(&mut logs, more, less);
        }
        logs
    }
}

impl Root {
    /// Returns the log that the root itself is; what cannot be looked at fails as a folder.
    fn only_log(&self) -> Option<LogFile> {
        let name = self.path.file_name()?.to_string_lossy().into_owned();
        let log = LogFile::at(self.path.clone(), name).ok()?;
        Some(log.with(&(self.beside)(&self.path)))
    }
}

fn drop_compressed_twins(logs: &mut Vec<LogFile>) {
    let plain: Vec<String> = logs
        .iter()
        .filter(|log| !log.relative.ends_with(".zst"))
        .map(|log| log.relative.clone())
        .collect();
    logs.retain(|log| {
        log.relative
            .strip_suffix(".zst")
            .is_none_or(|twin| plain.binary_search_by(|name| name.as_str().cmp(twin)).is_err())
    });
}

/// Leaves out one of each two forms of a log: the one that tells less, or that which is out of date.
fn drop_twins(logs: &mut Vec<LogFile>, more: &str, less: &str) {
    let times: BTreeMap<String, i128> =
        logs.iter().map(|log| (log.relative.clone(), log.modified_ns)).collect();
    let twin_of = |log: &LogFile, own: &str, other: &str| {
        let stem = log.relative.strip_suffix(own)?;
        times.get(&format!("{stem}{other}")).copied()
    };
    logs.retain(|log| {
        let is_current = |twin: i128| twin <= log.modified_ns + OUT_OF_DATE_NS;
        let is_newest = |twin: i128| log.modified_ns > twin + OUT_OF_DATE_NS;
        twin_of(log, more, less).is_none_or(is_current)
            && twin_of(log, less, more).is_none_or(is_newest)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite;

    #[test]
    fn of_two_forms_the_one_that_tells_more_is_found_unless_it_is_out_of_date() {
        let log = |relative: &str, modified_ns| LogFile {
            path: relative.into(),
            relative: relative.to_owned(),
            bytes: 1,
            modified_ns,
            inode: 0,
        };
        let late = OUT_OF_DATE_NS;
        for (written, left) in [(0, "1.txt"), (late, "1.txt"), (late + 1, "1.jsonl")] {
            let mut logs = vec![log("1.jsonl", written), log("1.txt", 0), log("2.jsonl", 0)];
            drop_twins(&mut logs, ".txt", ".jsonl");
            let names: Vec<&str> = logs.iter().map(|log| log.relative.as_str()).collect();
            assert_eq!(names, [left, "2.jsonl"]);
        }
    }

    #[test]
    fn a_sweep_finds_logs_by_suffix_prefers_plain_twins_and_follows_no_links() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("a/b")).unwrap();
        for name in ["a/b/1.jsonl", "a/2.jsonl", "a/2.jsonl.zst", "a/3.jsonl.zst", "a/x.txt"] {
            fs::write(dir.path().join(name), name).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(dir.path().join("a"), dir.path().join("loop")).unwrap();
        let path = dir.path().to_owned();
        let root = Root::new(path, Origin::Default, &[".jsonl", ".jsonl.zst"]);
        let mut failures = Vec::new();
        let logs = root.logs(&mut |path, error| failures.push((path.to_owned(), error.kind())));
        let names: Vec<&str> = logs.iter().map(|log| log.relative.as_str()).collect();
        assert_eq!(names, ["a/2.jsonl", "a/3.jsonl.zst", "a/b/1.jsonl"]);
        assert!(failures.is_empty());
        let flat = root.clone().with_depth(1).logs(&mut |_, _| ());
        assert_eq!(flat.len(), 2);
        let nowhere = Root { path: dir.path().join("nowhere"), ..root };
        assert!(
            nowhere
                .logs(&mut |path, error| failures.push((path.to_owned(), error.kind())))
                .is_empty()
        );
        assert!(failures.is_empty());
    }

    #[test]
    fn a_root_may_be_one_log() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("named by the user");
        let root = Root::new(path.clone(), Origin::Default, &[]);
        assert!(root.logs(&mut |_, _| panic!("it need not exist")).is_empty());
        fs::write(&path, "x").unwrap();
        let logs = root.logs(&mut |_, _| panic!("it can be read"));
        assert_eq!(logs.iter().map(|log| &log.relative).collect::<Vec<_>>(), ["named by the user"]);
    }

    #[test]
    fn a_log_changes_with_what_lies_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.db"), "1234").unwrap();
        let path = dir.path().to_owned();
        let root = Root::new(path, Origin::Default, &[".db"]).with_beside(sqlite::beside);
        let look = || root.logs(&mut |_, _| ()).remove(0);
        let before = look();
        assert_eq!(before.bytes, 4);
        fs::write(dir.path().join("a.db-wal"), "56").unwrap();
        assert_eq!(look().bytes, 6);
        assert!(look().modified_ns >= before.modified_ns);
    }
}
