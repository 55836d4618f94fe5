//! What was last captured from which log, so that an unchanged log is never opened.
//!
//! Disposable: without it the next capture reads every log again and finds that nothing changed.

use crate::{Error, Result};
use opensession_hail::{ContentId, SessionKey, Timestamp};
use opensession_parsers::LogFile;
use opensession_store::{Branch, Store};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const VERSION: u32 = 1;

/// The memory of one store.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Memory {
    version: u32,
    /// The tip when this was written: where it still is the tip, nothing needs to be looked up.
    tip: Option<String>,
    logs: BTreeMap<String, Remembered>,
    #[serde(skip)]
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
    /// The sessions stored from it, each with the time of its first event, which says where it stands.
    sessions: Vec<(SessionKey, Timestamp)>,
}

impl Remembered {
    pub(crate) fn new(
        log: &LogFile,
        parser: String,
        sessions: Vec<(SessionKey, Timestamp)>,
    ) -> Self {
        Self { bytes: log.bytes, modified_ns: log.modified_ns, inode: log.inode, parser, sessions }
    }
}

impl Memory {
    /// Returns where the memory of `store` is: beside the index, named by the store unless it is the home store.
    pub(crate) fn path(data_dir: &Path, store: &Store, home_store: &Path) -> PathBuf {
        if store.git_dir() == home_store {
            return data_dir.join("captured.json");
        }
        let store = ContentId::of(store.git_dir().as_os_str().as_encoded_bytes());
        data_dir.join(format!("captured-{}.json", store.short()))
    }

    /// Returns the memory at `path` as far as it agrees with the branch; an empty one where there is none, where it
    /// is damaged, and where the branch is gone.
    pub(crate) fn load(path: &Path, branch: Option<&Branch>) -> Result<Self> {
        let empty = Self { version: VERSION, tip: None, logs: BTreeMap::new(), changed: false };
        let (Some(branch), Ok(text)) = (branch, fs::read(path)) else { return Ok(empty) };
        let mut memory = match serde_json::from_slice::<Self>(&text) {
            Ok(memory) if memory.version == VERSION => memory,
            _ => return Ok(empty),
        };
        if memory.tip.as_deref() != Some(branch.commit().to_string().as_str()) {
            memory.forget_missing(branch)?;
        }
        Ok(memory)
    }

    /// Forgets every log one of whose sessions the branch does not hold any more.
    fn forget_missing(&mut self, branch: &Branch) -> Result<()> {
        let mut gone = Vec::new();
        for (path, log) in &self.logs {
            for (key, day) in &log.sessions {
                if branch.find(key, Some(*day))?.is_none() {
                    gone.push(path.clone());
                    break;
                }
            }
        }
        for path in gone {
            self.logs.remove(&path);
        }
        Ok(())
    }

    /// Returns whether the log is as it was when it was last captured by this parser.
    ///
    /// `parser` is `None` where only the content says whose log it is: then the tool remembered counts.
    pub(crate) fn knows(&self, log: &LogFile, parser: Option<&str>) -> bool {
        self.logs.get(log.path.to_string_lossy().as_ref()).is_some_and(|known| {
            (known.bytes, known.modified_ns, known.inode) == (log.bytes, log.modified_ns, log.inode)
                && parser.is_none_or(|parser| parser == known.parser)
        })
    }

    /// Remembers a log whose sessions are all on the branch.
    pub(crate) fn remember(&mut self, path: &Path, log: Remembered) {
        let name = path.to_string_lossy().into_owned();
        if self.logs.get(&name) != Some(&log) {
            self.logs.insert(name, log);
            self.changed = true;
        }
    }

    /// Writes the memory, whole or not at all, if anything in it changed.
    pub(crate) fn save(&mut self, path: &Path, tip: Option<String>) -> Result<()> {
        if !self.changed && self.tip == tip {
            return Ok(());
        }
        self.tip = tip;
        replace(path, self).map_err(Error::io("write", path))?;
        self.changed = false;
        Ok(())
    }
}

fn replace(path: &Path, memory: &Memory) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut file = io::BufWriter::new(fs::File::create(&draft)?);
    serde_json::to_writer(&mut file, memory)?;
    file.flush()?;
    // Not synced: after a power cut the old or an empty file only costs one more reading of the logs.
    fs::rename(&draft, path)
}
