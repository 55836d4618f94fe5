//! What was already looked at: tips, the edits of sessions, which changes have links.
//!
//! Disposable: without it the next run reads every session and commit again and finds the same. Small files, each
//! replaced whole; a damaged one counts as empty.

use super::edit::Edit;
use super::place::name;
use crate::notes::replace;
use crate::{Error, Result};
use opensession_hail::{ContentId, EventId, SessionKey, Timestamp};
use opensession_store::CommitId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Raised when edits are read, or lines compared, in another way.
const VERSION: u32 = 1;
const SHARDS: u8 = 64;

/// The memory of one repository.
pub(crate) struct Memory {
    folder: PathBuf,
    index: Index,
    is_changed: bool,
    /// Edits to be written.
    edits: BTreeMap<SessionKey, Stored>,
    shards: BTreeMap<u8, Shard>,
}

#[derive(Default, Serialize, Deserialize)]
struct Index {
    version: u32,
    /// The tips all of whose commits were examined.
    tips: Vec<String>,
    sessions: BTreeMap<SessionKey, Known>,
}

/// What is known of a session without its edits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Known {
    tree: String,
    /// When its first and its last edit were made; `None` where it has none.
    pub span: Option<(Timestamp, Timestamp)>,
    /// The files that it edited, by the hash of their name.
    names: BTreeSet<u32>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    tree: String,
    edits: Vec<Edit>,
}

#[derive(Default)]
struct Shard {
    linked: BTreeMap<i64, Vec<Linked>>,
    is_changed: bool,
}

/// A commit that has links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Linked {
    pub commit: String,
    /// See [`super::examine::Examination::fingerprint`].
    pub fingerprint: u64,
    pub links: Vec<(SessionKey, EventId, Vec<String>)>,
}

impl Known {
    /// Returns whether the session edited a file that has one of these names.
    pub(crate) fn has_any(&self, names: &BTreeSet<u32>) -> bool {
        !self.names.is_disjoint(names)
    }
}

/// Returns the hash of the name of the file at `path`: enough to leave most sessions alone.
pub(crate) fn name_hash(path: &str) -> u32 {
    let [a, b, c, d, ..] = *ContentId::of(name(path).as_bytes()).as_bytes();
    u32::from_be_bytes([a, b, c, d])
}

impl Memory {
    pub(crate) fn open(folder: &Path) -> Self {
        let index: Index = read(&folder.join("index.json")).unwrap_or_default();
        let index = if index.version == VERSION {
            index
        } else {
            Index { version: VERSION, ..Index::default() }
        };
        let folder = folder.to_owned();
        Self { folder, index, is_changed: false, edits: BTreeMap::new(), shards: BTreeMap::new() }
    }

    /// Returns the tips all of whose commits were examined.
    pub(crate) fn tips(&self) -> Vec<CommitId> {
        // One that is no commit id was not written by us.
        self.index.tips.iter().filter_map(|tip| tip.parse().ok()).collect()
    }

    /// Remembers that all commits which `tips` reach were examined.
    pub(crate) fn set_tips(&mut self, tips: &[CommitId]) {
        let tips: BTreeSet<String> = tips.iter().map(ToString::to_string).collect();
        let tips: Vec<String> = tips.into_iter().collect();
        self.is_changed |= self.index.tips != tips;
        self.index.tips = tips;
    }

    /// Returns every session whose edits are known.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = (&SessionKey, &Known)> {
        self.index.sessions.iter()
    }

    /// Returns whether the edits of the session in this state are known.
    pub(crate) fn knows(&self, key: &SessionKey, tree: &str) -> bool {
        self.index.sessions.get(key).is_some_and(|known| known.tree == tree)
    }

    /// Returns the edits of a session as they were last known; `None` where they were lost.
    pub(crate) fn edits(&self, key: &SessionKey) -> Option<Vec<Edit>> {
        let known = self.index.sessions.get(key)?;
        if known.span.is_none() {
            return Some(Vec::new());
        }
        let stored: Stored = match self.edits.get(key) {
            Some(stored) => stored.clone(),
            None => read(&self.edits_path(key))?,
        };
        (stored.tree == known.tree).then_some(stored.edits)
    }

    /// Remembers the edits of a session in the state `tree`.
    pub(crate) fn set_edits(&mut self, key: &SessionKey, tree: &str, edits: Vec<Edit>) {
        let times = || edits.iter().map(|edit| edit.time);
        let known = Known {
            tree: tree.to_owned(),
            span: times().min().zip(times().max()),
            names: edits.iter().map(|edit| name_hash(&edit.place.path)).collect(),
        };
        self.index.sessions.insert(key.clone(), known);
        self.edits.insert(key.clone(), Stored { tree: tree.to_owned(), edits });
        self.is_changed = true;
    }

    /// Forgets sessions that `keep` does not want.
    pub(crate) fn retain(&mut self, keep: impl Fn(&SessionKey) -> bool) -> Result<()> {
        let gone: Vec<SessionKey> =
            self.index.sessions.keys().filter(|key| !keep(key)).cloned().collect();
        for key in gone {
            self.index.sessions.remove(&key);
            self.is_changed = true;
            let path = self.edits_path(&key);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io("remove", path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Returns the commits with links whose change was made at that time.
    pub(crate) fn linked(&mut self, author_time: Timestamp) -> &[Linked] {
        let shard = self.shard(author_time);
        shard.linked.get(&author_time.as_millis()).map_or(&[], Vec::as_slice)
    }

    /// Remembers a commit with links.
    pub(crate) fn add_linked(&mut self, author_time: Timestamp, linked: Linked) {
        let shard = self.shard(author_time);
        let same_time = shard.linked.entry(author_time.as_millis()).or_default();
        if same_time.contains(&linked) {
            return;
        }
        same_time.retain(|other| other.commit != linked.commit);
        same_time.push(linked);
        shard.is_changed = true;
    }

    /// Writes what changed. The index comes last: it says that the rest is there.
    pub(crate) fn save(&self) -> Result<()> {
        for (key, stored) in &self.edits {
            write(&self.edits_path(key), stored)?;
        }
        for (number, shard) in self.shards.iter().filter(|(_, shard)| shard.is_changed) {
            write(&self.shard_path(*number), &shard.linked)?;
        }
        if self.is_changed {
            write(&self.folder.join("index.json"), &self.index)?;
        }
        Ok(())
    }

    fn shard(&mut self, author_time: Timestamp) -> &mut Shard {
        let [number, ..] = *ContentId::of(&author_time.as_millis().to_be_bytes()).as_bytes();
        let number = number % SHARDS;
        let path = self.shard_path(number);
        self.shards
            .entry(number)
            .or_insert_with(|| Shard { linked: read(&path).unwrap_or_default(), is_changed: false })
    }

    fn shard_path(&self, number: u8) -> PathBuf {
        self.folder.join(format!("linked-{number:02}.json"))
    }

    fn edits_path(&self, key: &SessionKey) -> PathBuf {
        self.folder.join("edits").join(format!("{key}.json"))
    }
}

/// Reads a file of the memory; one that is missing or damaged holds nothing.
fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let text = fs::read(path).ok()?;
    serde_json::from_slice(&text).ok()
}

fn write(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_vec(value).map_err(io::Error::from);
    text.and_then(|text| replace(path, &text)).map_err(Error::io("write", path))
}
