//! What was last captured from which log, so that an unchanged log is never opened.
//!
//! Disposable: without it the next capture reads every log again and finds that nothing changed. Kept in small
//! shards, so that the capture of one log among a hundred thousand reads and writes little.

use crate::{Error, Result};
use opensession_hail::{ContentId, SessionKey, Timestamp};
use opensession_parsers::LogFile;
use opensession_store::{Branch, Store};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

const SHARDS: u8 = 64;
/// How long saving waits for other writers.
const PATIENCE: Duration = Duration::from_secs(60);
/// Holds the tip for which every shard was right.
const TIP: &str = "tip";

/// The memory of one store.
pub(crate) struct Memory<'b> {
    folder: PathBuf,
    branch: Option<&'b Branch>,
    /// Whether the branch is the one for which the shards were written: then no session needs to be looked up.
    current: bool,
    shards: BTreeMap<u8, Shard>,
}

struct Shard {
    logs: BTreeMap<String, Remembered>,
    changed: bool,
}

/// A log as it was when its sessions were last captured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    bytes: u64,
    modified_ns: i128,
    inode: u64,
    /// The tool and the version of its parser, as `claude-code/3`.
    parser: String,
    sessions: Vec<StoredSession>,
}

/// A session that is stored from a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredSession {
    pub key: SessionKey,
    /// The time of its first event, which says where it stands.
    pub started: Timestamp,
    /// Its tree, where one log alone tells it: the branch may have gone back to an older state.
    pub tree: Option<String>,
}

impl Remembered {
    pub(crate) fn new(log: &LogFile, parser: String, sessions: Vec<StoredSession>) -> Self {
        Self { bytes: log.bytes, modified_ns: log.modified_ns, inode: log.inode, parser, sessions }
    }
}

impl<'b> Memory<'b> {
    /// Returns where the memory of `store` is: beside the index, named by the store unless it is the home store.
    pub(crate) fn folder(data_dir: &Path, store: &Store, home_store: &Path) -> PathBuf {
        if store.git_dir() == home_store {
            return data_dir.join("captured");
        }
        let store = ContentId::of(store.git_dir().as_os_str().as_encoded_bytes());
        data_dir.join(format!("captured-{}", store.short()))
    }

    /// Returns the memory in `folder`, against the branch as it is now.
    pub(crate) fn open(folder: PathBuf, branch: Option<&'b Branch>) -> Self {
        let tip = branch.map(|branch| branch.commit().to_string());
        // A tip that cannot be read is none: every session is then looked up.
        let current = tip.is_some() && fs::read_to_string(folder.join(TIP)).ok() == tip;
        Self { folder, branch, current, shards: BTreeMap::new() }
    }

    /// Returns whether the log is as it was when this parser last captured it, and its sessions are on the branch.
    ///
    /// `parser` is `None` where only the content says whose log it is: then the one remembered counts.
    pub(crate) fn knows(&mut self, log: &LogFile, parser: Option<&str>) -> bool {
        let Some(branch) = self.branch else { return false };
        let current = self.current;
        let path = log.path.to_string_lossy();
        let Some(known) = self.shard(&path).logs.get(path.as_ref()) else { return false };
        let same = (known.bytes, known.modified_ns, known.inode)
            == (log.bytes, log.modified_ns, log.inode)
            && parser.is_none_or(|parser| parser == known.parser);
        if !same || current {
            return same;
        }
        // What cannot be looked up is read again; then the log says what is wrong.
        known.sessions.iter().all(|session| {
            let found = branch.find(&session.key, Some(session.started));
            found.is_ok_and(|entry| {
                entry.is_some_and(|entry| {
                    session.tree.as_ref().is_none_or(|tree| *tree == entry.tree.to_string())
                })
            })
        })
    }

    /// Remembers a log whose sessions are all on the branch.
    pub(crate) fn remember(&mut self, path: &Path, log: Remembered) {
        let name = path.to_string_lossy().into_owned();
        let shard = self.shard(&name);
        if shard.logs.get(&name) != Some(&log) {
            shard.logs.insert(name, log);
            shard.changed = true;
        }
    }

    /// Writes what changed. `complete` says that every log was asked for, so that all that is remembered holds for
    /// the new `tip` of `store`.
    pub(crate) fn save(self, store: &Store, tip: Option<&str>, complete: bool) -> Result<()> {
        let before = self.branch.map(|branch| branch.commit().to_string());
        let new_tip = tip.filter(|tip| {
            (complete || self.current) && !(self.current && before.as_deref() == Some(*tip))
        });
        if new_tip.is_none() && !self.shards.values().any(|shard| shard.changed) {
            return Ok(());
        }
        // Without the lock nothing is remembered, and every log is read once more.
        let Ok(_lock) = store.lock(PATIENCE) else { return Ok(()) };
        for (number, shard) in &self.shards {
            if shard.changed {
                let path = self.shard_path(*number);
                let text = serde_json::to_vec(&shard.logs).map_err(io::Error::from);
                text.and_then(|text| replace(&path, &text)).map_err(Error::io("write", path))?;
            }
        }
        new_tip.map_or(Ok(()), |tip| {
            let path = self.folder.join(TIP);
            replace(&path, tip.as_bytes()).map_err(Error::io("write", path))
        })
    }

    /// Returns the shard that holds the log at `path`; a missing or damaged one is empty.
    fn shard(&mut self, path: &str) -> &mut Shard {
        let number = ContentId::of(path.as_bytes()).as_bytes()[0] % SHARDS;
        let file = self.shard_path(number);
        self.shards.entry(number).or_insert_with(|| {
            let text = fs::read(file).unwrap_or_else(|_missing| Vec::new());
            let logs = serde_json::from_slice(&text).unwrap_or_else(|_damaged| BTreeMap::new());
            Shard { logs, changed: false }
        })
    }

    fn shard_path(&self, number: u8) -> PathBuf {
        self.folder.join(format!("{number:02}.json"))
    }
}

/// Replaces a file whole or not at all. The caller holds the lock, so a file that is in the way is a dead writer's.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension("new");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::File::create_new(&draft)?.write_all(text)?;
    // Not synced: after a power cut the old or an empty file only costs one more reading of the logs.
    fs::rename(&draft, path)
}
