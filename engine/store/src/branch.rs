//! Reading the branch.

use crate::layout::{self, Day};
use crate::manifest::{Manifest, SegmentRecord};
use crate::odb::Odb;
use crate::refs::{Refs, Tip};
use crate::tree::{Node, Tree};
use crate::{CommitId, Error, Result, Store, TreeId, past, segment};
use gix::ObjectId;
use gix::objs::Kind;
use opensession_hail::{ContentId, SessionKey, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Where a session stands on the branch, and in which state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which session.
    pub key: SessionKey,
    /// The day that it stands under.
    pub day: Day,
    /// Its tree: equal trees are equal sessions.
    pub tree: TreeId,
}

/// The sessions branch as it was at one moment. It does not change; others may write meanwhile.
pub struct Branch {
    odb: Arc<Odb>,
    refs: Arc<Refs>,
    hash: gix::hash::Kind,
    commit: CommitId,
    tree: TreeId,
    /// Set when something older stands in for what cannot be read.
    damage: OnceLock<String>,
    /// The trees of days that were looked into: a run asks for many sessions of one day.
    days: Mutex<HashMap<Day, Option<Arc<Tree>>>>,
    /// The tree of tombstones: one is asked for with every session that is written.
    tombstones: OnceLock<Tree>,
    /// All sessions by key: read when one is looked for whose day is not known.
    entries: OnceLock<Vec<Entry>>,
}

impl Branch {
    /// Returns the branch of `store` at `tip`.
    pub(crate) fn new(store: &Store, tip: Tip) -> Self {
        Self {
            odb: Arc::clone(&store.odb),
            refs: Arc::clone(&store.refs),
            hash: store.hash(),
            commit: CommitId(tip.commit),
            tree: TreeId(tip.tree),
            damage: tip.damage.map(OnceLock::from).unwrap_or_default(),
            days: Mutex::default(),
            tombstones: OnceLock::new(),
            entries: OnceLock::new(),
        }
    }

    /// Returns the commit.
    #[must_use]
    pub const fn commit(&self) -> CommitId {
        self.commit
    }

    /// Returns the root tree.
    #[must_use]
    pub const fn tree(&self) -> TreeId {
        self.tree
    }

    /// Returns what is wrong, where an older state stands in for a tip that cannot be read, or for a tree of days
    /// that was reached so far.
    #[must_use]
    pub fn damage(&self) -> Option<&str> {
        self.damage.get().map(String::as_str)
    }

    /// Returns the session `key`. It is looked for under the day of `day` first, then everywhere.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a tree that cannot be read.
    pub fn find(&self, key: &SessionKey, day: Option<Timestamp>) -> Result<Option<Entry>> {
        self.find_near(key, day.map(Day::of))
    }

    /// Returns the session `key`, as [`Branch::find`] does.
    pub(crate) fn find_near(&self, key: &SessionKey, day: Option<Day>) -> Result<Option<Entry>> {
        if let Some(day) = day
            && let Some(tree) = self.day(day)?.and_then(|sessions| sessions.subtree(key.as_str()))
        {
            return Ok(Some(Entry { key: key.clone(), day, tree: TreeId(tree) }));
        }
        let entries = self.entries();
        let at = entries.partition_point(|entry| entry.key < *key);
        Ok(entries.get(at).filter(|entry| entry.key == *key).cloned())
    }

    /// Returns the session `key` and its forks.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a tree that cannot be read.
    pub fn versions(&self, key: &SessionKey) -> Result<Vec<Entry>> {
        let main = key.main();
        let entries = self.entries();
        let is_version = |entry: &&Entry| entry.key.main() == main;
        // Between a session and its forks stand the keys that its own is a prefix of.
        let from = entries.partition_point(|entry| entry.key < main);
        let close = entries.iter().skip(from);
        let close = close.take_while(|entry| entry.key.as_str().starts_with(main.as_str()));
        Ok(close.filter(is_version).cloned().collect())
    }

    /// Returns the sessions whose keys begin with `start`, by key. A day that cannot be read is passed over, and
    /// [`Branch::damage`] names it.
    pub fn beginning_with<'b>(&'b self, start: &'b str) -> impl Iterator<Item = &'b Entry> {
        let entries = self.entries();
        let from = entries.partition_point(|entry| entry.key.as_str() < start);
        entries.iter().skip(from).take_while(move |entry| entry.key.as_str().starts_with(start))
    }

    /// Returns all sessions, days from newest to oldest, inside a day by key. Only the days that are reached are
    /// read; a day that cannot be read is an error, and the next item is of the day before it.
    pub fn newest(&self) -> impl Iterator<Item = Result<Entry>> + '_ {
        self.days().flat_map(|day| match day {
            Ok((day, sessions)) => entries_of(day, &sessions),
            Err(error) => vec![Err(error)],
        })
    }

    /// Returns the manifest of a session.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a manifest that is missing or damaged, [`Error::Unsupported`] for a newer format.
    pub fn manifest(&self, entry: &Entry) -> Result<Manifest> {
        let path = layout::manifest_path(entry.day, &entry.key);
        let file = self.read(entry.tree.0)?.file(layout::MANIFEST);
        let file = file.ok_or_else(|| Error::corrupt(&path, "missing"))?;
        Manifest::parse(&self.read_blob(file)?, &path)
    }

    /// Returns the event lines of the segment that `record`, of the session's manifest, describes.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a segment that is missing, or that is not what the record says.
    pub fn segment(&self, entry: &Entry, record: &SegmentRecord) -> Result<Vec<u8>> {
        let path = format!("{}/{}", entry.key, record.name);
        let file = self.read(entry.tree.0)?.file(&record.name);
        let file = file.ok_or_else(|| Error::corrupt(&path, "missing"))?;
        segment::unseal(&self.read_blob(file)?, record, &path)
    }

    /// Returns the attachment `name`: `<64 hex>.<ext>`, without the folder.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the session has no such attachment, [`Error::Corrupt`] where it is damaged.
    pub fn attachment(&self, entry: &Entry, name: &str) -> Result<Vec<u8>> {
        let path = format!("{}/{}/{name}", entry.key, layout::ATTACHMENTS);
        let missing = || Error::NotFound(path.clone());
        let id = layout::attachment_id(name).ok_or_else(missing)?;
        let folder = self.read(entry.tree.0)?.subtree(layout::ATTACHMENTS).ok_or_else(missing)?;
        let file = self.read(folder)?.file(name).ok_or_else(missing)?;
        let bytes = self.read_blob(file)?;
        if ContentId::of(&bytes) != id {
            return Err(Error::corrupt(path, "does not hash to its name"));
        }
        Ok(bytes)
    }

    /// Returns the tree `id`.
    pub(crate) fn read(&self, id: ObjectId) -> Result<Tree> {
        Tree::read(&self.odb, self.hash, id)
    }

    /// Returns the hash that names the objects.
    pub(crate) const fn hash(&self) -> gix::hash::Kind {
        self.hash
    }

    /// Returns the bytes of any object of the repository; `None` where it is missing or damaged.
    pub(crate) fn object(&self, id: ObjectId, kind: Kind) -> Result<Option<Vec<u8>>> {
        match self.odb.find(id, kind) {
            Err(Error::Corrupt { .. }) => Ok(None),
            found => found,
        }
    }

    /// Returns the bytes of the file `id`.
    pub(crate) fn read_blob(&self, id: ObjectId) -> Result<Vec<u8>> {
        self.odb.read(id, Kind::Blob)
    }

    /// Returns the days with sessions and their trees, newest first.
    fn days(&self) -> impl Iterator<Item = Result<(Day, Tree)>> + '_ {
        let (format, failure) = match self.read(self.tree.0) {
            Ok(root) => (root.subtree(layout::FORMAT), None),
            Err(error) => (None, Some(Err(error))),
        };
        let open = format.map(|tree| (Vec::new(), tree)).into_iter().collect();
        failure.into_iter().chain(Days { branch: self, open })
    }

    /// Returns the tree of a day, where there is one.
    fn day(&self, day: Day) -> Result<Option<Arc<Tree>>> {
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = days.get(&day) {
            return Ok(known.clone());
        }
        let tree = self.tree_at(&day.path())?.map(Arc::new);
        days.insert(day, tree.clone());
        Ok(tree)
    }

    /// Returns the tree at `path` below the root, or an older one from there; `None` where there is none.
    pub(crate) fn tree_at(&self, path: &[String]) -> Result<Option<Tree>> {
        let mut tree = self.read(self.tree.0)?;
        for (depth, name) in path.iter().enumerate() {
            match tree.subtree(name) {
                Some(id) => tree = self.read_at(path.get(..=depth).unwrap_or(path), id)?,
                None => return Ok(None),
            }
        }
        Ok(Some(tree))
    }

    /// Returns the tree `id` at `path`, or an older one from there.
    pub(crate) fn read_at(&self, path: &[String], id: ObjectId) -> Result<Tree> {
        let (tree, damage) = past::read_tree(&self.refs, &self.odb, self.hash, path, id)?;
        if let Some(damage) = damage {
            // The first thing that is wrong is enough.
            self.damage.get_or_init(|| damage);
        }
        Ok(tree)
    }

    /// Returns the tree of tombstones; an empty one where there is none.
    pub(crate) fn tombstones_tree(&self) -> Result<&Tree> {
        if let Some(tree) = self.tombstones.get() {
            return Ok(tree);
        }
        let tree = self.tree_at(&layout::tombstones_path())?.unwrap_or_default();
        Ok(self.tombstones.get_or_init(|| tree))
    }

    /// Returns all sessions, by key. One day that cannot be read must not stop every other session: it is passed
    /// over, and [`Branch::damage`] names it.
    fn entries(&self) -> &[Entry] {
        if self.entries.get().is_none() {
            let mut entries = Vec::new();
            for entry in self.newest() {
                match entry {
                    Ok(entry) => entries.push(entry),
                    Err(error) => {
                        self.damage.get_or_init(|| error.to_string());
                    }
                }
            }
            // Stable: under two days, the newer one is found.
            entries.sort_by(|a, b| a.key.cmp(&b.key));
            // Where another thread was faster, its list is the same.
            let _same = self.entries.set(entries);
        }
        self.entries.get().map_or(&[], Vec::as_slice)
    }
}

/// Walks the trees of years, months and days, newest first.
struct Days<'b> {
    branch: &'b Branch,
    /// Trees to come, the next one last, each with the numbers of its path: none, year, month, day.
    open: Vec<(Vec<u16>, ObjectId)>,
}

impl Iterator for Days<'_> {
    type Item = Result<(Day, Tree)>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((numbers, id)) = self.open.pop() {
            let tree = match self.branch.read_at(&layout::path_of(&numbers), id) {
                Ok(tree) => tree,
                Err(error) => return Some(Err(error)),
            };
            if let [year, month, day] = numbers[..] {
                // Names of two digits fit a byte.
                let small = |number| u8::try_from(number).unwrap_or(u8::MAX);
                return Some(Ok((Day { year, month: small(month), day: small(day) }, tree)));
            }
            let digits = if numbers.is_empty() { 4 } else { 2 };
            for (name, node) in tree.iter().filter(|(_name, node)| node.mode.is_tree()) {
                if let Some(number) = layout::number(name, digits) {
                    self.open.push(([&numbers[..], &[number]].concat(), node.id));
                }
            }
        }
        None
    }
}

/// Returns the sessions of a day, by key. What is no session is passed over: a newer version may have put it there.
fn entries_of(day: Day, sessions: &Tree) -> Vec<Result<Entry>> {
    let folders = sessions.iter().filter(|(_name, node)| node.mode.is_tree());
    let entry = |(name, node): (&[u8], Node)| {
        Some(Ok(Entry { key: layout::session_key(name)?, day, tree: TreeId(node.id) }))
    };
    folders.filter_map(entry).collect()
}
