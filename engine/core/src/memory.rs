//! What was last captured from which log, so that an unchanged log is never opened.
//!
//! Disposable: without it the next capture reads every log again and finds that nothing changed. Kept in small
//! shards, so that the capture of one log among a hundred thousand reads and writes little.

use crate::routes::{Context, Destination, MAIN, Route, Routes};
use crate::{Error, Result, drift, notes};
use opensession_hail::{ContentId, SessionKey, Timestamp};
use opensession_parsers::{Count, LogFile, ParseReport};
use opensession_store::Store;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const SHARDS: u8 = 64;
/// How long saving waits for other writers.
const PATIENCE: Duration = Duration::from_secs(60);
/// Holds the tips for which every shard was right.
const TIPS: &str = "tips.json";

/// The memory of what was captured into one store, or from there into enabled repositories.
pub(crate) struct Memory<'r> {
    shards: Shards,
    stores: Stores<'r>,
}

struct Shards {
    folder: PathBuf,
    loaded: BTreeMap<u8, Shard>,
}

/// The stores that are remembered, as they are now.
struct Stores<'r> {
    routes: &'r Routes,
    /// The commits for which the shards were written, by git folder, `""` for the main store.
    tips: BTreeMap<String, String>,
    /// Where sessions may have left the branch since: there none of this holds for its new tip.
    doubted: BTreeSet<Route>,
    /// The stores that were asked for; `None` for one that is gone.
    seen: HashMap<Option<PathBuf>, Option<Seen>>,
}

struct Seen {
    context: Arc<Context>,
    /// Whether the branch is still at the tip: then no session on it needs to be looked up.
    current: bool,
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
    /// The working directories of its sessions that were not captured because the user wants none of theirs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    excluded: Vec<String>,
    /// The version of the tool that the log names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// What the parser did not know of it.
    #[serde(default, skip_serializing_if = "Count::is_empty")]
    drift: Count,
}

/// A session that is stored from a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredSession {
    pub key: SessionKey,
    /// The time of its first event, which says where it stands.
    pub started: Timestamp,
    /// Its tree, where one log alone tells it: the branch may have gone back to an older state.
    pub tree: Option<String>,
    /// The git folder of its repository, where it is not in the main store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<PathBuf>,
    /// What the log said of it, where it is one of many in a log that changes all over: while it says the same, the
    /// session has not changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<String>,
    /// Whether it is not stored there, because it was forgotten.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_forgotten: bool,
}

impl StoredSession {
    /// Returns a session of the main store.
    pub(crate) const fn new(
        key: SessionKey,
        started: Timestamp,
        tree: Option<String>,
        stamp: Option<String>,
    ) -> Self {
        Self { key, started, tree, store: None, stamp, is_forgotten: false }
    }
}

impl Remembered {
    pub(crate) fn new(
        log: &LogFile,
        parser: String,
        sessions: Vec<StoredSession>,
        records: Option<&ParseReport>,
    ) -> Self {
        let LogFile { bytes, modified_ns, inode, .. } = *log;
        let version = records.and_then(|records| records.tool_version.clone());
        let drift = records.map(|records| drift::shortened(&records.drift())).unwrap_or_default();
        let excluded = Vec::new();
        Self { bytes, modified_ns, inode, parser, sessions, excluded, version, drift }
    }

    /// Returns the same of a log that also tells sessions of these working directories, which are not captured.
    pub(crate) fn without(self, excluded: Vec<String>) -> Self {
        Self { excluded, ..self }
    }
}

impl<'r> Memory<'r> {
    /// Returns the memory of the main store of `routes`: beside the index, named by the store unless it is the home
    /// store.
    pub(crate) fn open(data_dir: &Path, home_store: &Path, routes: &'r Routes) -> Self {
        let main = routes.context(MAIN);
        let git_dir = main.as_ref().map_or(home_store, |main| main.store.git_dir());
        let folder = folder(data_dir, home_store, git_dir);
        let tips = fs::read(folder.join(TIPS)).ok();
        // Tips that cannot be read are none: every session is then looked up.
        let tips = tips.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default();
        let (doubted, seen) = (BTreeSet::new(), HashMap::new());
        let stores = Stores { routes, tips, doubted, seen };
        Self { shards: Shards { folder, loaded: BTreeMap::new() }, stores }
    }

    /// Returns whether the log is as it was when this parser last captured it, and its sessions are where they were
    /// stored.
    ///
    /// `parser` is `None` where only the content says whose log it is: then the one remembered counts.
    pub(crate) fn knows(&mut self, log: &LogFile, parser: Option<&str>) -> bool {
        let path = log.path.to_string_lossy();
        let Some(known) = self.shards.of(&path).logs.get(path.as_ref()) else { return false };
        let same = (known.bytes, known.modified_ns, known.inode)
            == (log.bytes, log.modified_ns, log.inode)
            && parser.is_none_or(|parser| parser == known.parser);
        same && known.sessions.iter().all(|session| self.stores.hold(session))
            && known.excluded.iter().all(|cwd| self.stores.exclude(cwd))
    }

    /// Returns whether the log, which is known, has no session that is captured, because the user wants none of theirs.
    pub(crate) fn is_excluded(&mut self, log: &LogFile) -> bool {
        let path = log.path.to_string_lossy();
        let known = self.shards.of(&path).logs.get(path.as_ref());
        known.is_some_and(|known| known.sessions.is_empty() && !known.excluded.is_empty())
    }

    /// Returns whether all sessions of the log, which is known, were forgotten.
    pub(crate) fn is_forgotten(&mut self, log: &LogFile) -> bool {
        let path = log.path.to_string_lossy();
        let known = self.shards.of(&path).logs.get(path.as_ref());
        known.is_some_and(|known| {
            !known.sessions.is_empty()
                && known.excluded.is_empty()
                && known.sessions.iter().all(|session| session.is_forgotten)
        })
    }

    /// Returns the tool's version, and what the parser did not know of a log when it was last captured.
    pub(crate) fn drift(&mut self, log: &LogFile) -> Option<(String, Count)> {
        let path = log.path.to_string_lossy();
        let known = self.shards.of(&path).logs.get(path.as_ref())?;
        let drift = Some(known.drift.clone()).filter(|drift| !drift.is_empty())?;
        Some((known.version.clone().unwrap_or_default(), drift))
    }

    /// Returns the sessions of a changed log that are where they were stored and that have stamps.
    pub(crate) fn stamped(&mut self, log: &LogFile, parser: Option<&str>) -> Vec<StoredSession> {
        let path = log.path.to_string_lossy();
        let Some(known) = self.shards.of(&path).logs.get(path.as_ref()) else { return Vec::new() };
        if parser.is_some_and(|parser| parser != known.parser) {
            return Vec::new();
        }
        let stamped = known.sessions.iter().filter(|session| session.stamp.is_some());
        stamped.filter(|session| self.stores.hold(session)).cloned().collect()
    }

    /// Remembers a log whose sessions are all on the branch.
    pub(crate) fn remember(&mut self, path: &Path, log: Remembered) {
        let name = path.to_string_lossy().into_owned();
        let shard = self.shards.of(&name);
        if shard.logs.get(&name) != Some(&log) {
            shard.logs.insert(name, log);
            shard.changed = true;
        }
    }

    /// Takes note that sessions may have left a branch: the next capture looks up every one that is remembered there.
    pub(crate) fn doubt(&mut self, route: Route) {
        self.stores.doubted.insert(route);
    }

    /// Writes what changed. `complete` says that every log was asked for, so that all that is remembered holds for
    /// the new tips.
    pub(crate) fn save(self, complete: bool) -> Result<()> {
        let Stores { routes, tips: before, doubted, .. } = self.stores;
        let mut tips = before.clone();
        for (route, (store, start, now)) in routes.commits().into_iter().enumerate() {
            let name = name_of(store.as_deref());
            if let Some(now) = now
                && !doubted.contains(&route)
                && (complete || start.is_some() && start.as_ref() == before.get(&name))
            {
                tips.insert(name, now);
            }
        }
        if tips == before && !self.shards.loaded.values().any(|shard| shard.changed) {
            return Ok(());
        }
        let main = routes.context(MAIN);
        // Without the lock nothing is remembered, and every log is read once more.
        let Some(Ok(_lock)) = main.map(|main| main.store.lock(PATIENCE)) else { return Ok(()) };
        for (number, shard) in &self.shards.loaded {
            if shard.changed {
                write_json(&self.shards.path(*number), &shard.logs)?;
            }
        }
        if tips == before { Ok(()) } else { write_json(&self.shards.folder.join(TIPS), &tips) }
    }
}

impl Shards {
    /// Returns the shard that holds the log at `path`; a missing or damaged one is empty.
    fn of(&mut self, path: &str) -> &mut Shard {
        let number = ContentId::of(path.as_bytes()).as_bytes()[0] % SHARDS;
        let file = self.path(number);
        self.loaded.entry(number).or_insert_with(|| {
            let text = fs::read(file).unwrap_or_else(|_missing| Vec::new());
            let logs = serde_json::from_slice(&text).unwrap_or_else(|_damaged| BTreeMap::new());
            Shard { logs, changed: false }
        })
    }

    fn path(&self, number: u8) -> PathBuf {
        self.folder.join(format!("{number:02}.json"))
    }
}

impl Stores<'_> {
    /// Returns whether the user still wants no session of this working directory to be captured.
    fn exclude(&self, cwd: &str) -> bool {
        // What cannot be looked up is read again.
        matches!(self.routes.destination(Some(cwd)), Ok(Destination::Excluded))
    }

    /// Returns whether the session is on the branch that it was stored on, or is as forgotten there as it was.
    fn hold(&mut self, session: &StoredSession) -> bool {
        let Self { routes, tips, seen, .. } = self;
        if routes.is_restored(&session.key) {
            return false;
        }
        if !seen.contains_key(&session.store) {
            let found = see(routes, tips, session.store.as_deref());
            seen.insert(session.store.clone(), found);
        }
        let Some(Some(Seen { context, current })) = seen.get(&session.store) else { return false };
        if session.is_forgotten {
            let route = routes.known(session.store.as_deref());
            let kept_out = |route| routes.is_kept_out(route, &session.key, session.started);
            return *current || route.is_some_and(|route| kept_out(route).unwrap_or(false));
        }
        let Some(branch) = context.branch.as_deref() else { return false };
        // What cannot be looked up is read again; then the log says what is wrong.
        *current
            || branch.find(&session.key, Some(session.started)).is_ok_and(|entry| {
                entry.is_some_and(|entry| {
                    session.tree.as_ref().is_none_or(|tree| *tree == entry.tree.to_string())
                })
            })
    }
}

fn see(routes: &Routes, tips: &BTreeMap<String, String>, store: Option<&Path>) -> Option<Seen> {
    let context = routes.context(routes.known(store)?)?;
    let tip = context.branch.as_deref().map(|branch| branch.commit().to_string());
    let current = tip.is_some() && tip.as_ref() == tips.get(&name_of(store));
    Some(Seen { context, current })
}

/// Takes note that the branch in `git_dir` went from one commit to another, and that no session on it changed.
pub(crate) fn follow(
    data_dir: &Path,
    home_store: &Path,
    git_dir: &Path,
    from: &str,
    to: &str,
) -> Result<()> {
    let path = folder(data_dir, home_store, home_store).join(TIPS);
    let name = name_of(Some(git_dir));
    // Without it, or without the lock, the next capture looks every session up.
    let Ok(_lock) = Store::open(home_store).and_then(|store| store.lock(PATIENCE)) else {
        return Ok(());
    };
    let tips = fs::read(&path).ok().and_then(|json| serde_json::from_slice(&json).ok());
    let Some(mut tips): Option<BTreeMap<String, String>> = tips else { return Ok(()) };
    match tips.get_mut(&name) {
        Some(tip) if tip == from => {
            to.clone_into(tip);
            write_json(&path, &tips)
        }
        _ => Ok(()),
    }
}

/// Returns where the memory of captures into the store in `git_dir` is.
pub(crate) fn folder(data_dir: &Path, home_store: &Path, git_dir: &Path) -> PathBuf {
    if git_dir == home_store {
        return data_dir.join("captured");
    }
    let store = ContentId::of(git_dir.as_os_str().as_encoded_bytes());
    data_dir.join(format!("captured-{}", store.short()))
}

/// Returns what a store is called in the tips.
fn name_of(store: Option<&Path>) -> String {
    store.map_or_else(String::new, |store| store.to_string_lossy().into_owned())
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let json = serde_json::to_vec(value).map_err(io::Error::from);
    json.and_then(|json| notes::replace(path, &json)).map_err(Error::io("write", path))
}
