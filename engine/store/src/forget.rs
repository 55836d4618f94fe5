//! Forgetting sessions, so that no stale copy brings them back, and restoring them.

use crate::adopt::copy;
use crate::folder::Folder;
use crate::lock::Deadline;
use crate::object::{Deflate, Object};
use crate::publish::{After, Change, Published, publish};
use crate::tree::{Node, Tree};
use crate::{Branch, CommitId, Entry, Error, Manifest, Result, Store, layout, tombstone};
use opensession_hail::{SessionKey, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// What forgetting, or restoring, did.
#[derive(Debug, Default)]
pub struct Forgotten {
    /// The new tip of the branch; `None` where nothing had to change.
    pub commit: Option<CommitId>,
    /// How many versions of sessions were removed, or brought back.
    pub versions: usize,
    /// How many links were removed.
    pub links: usize,
}

impl Store {
    /// Forgets sessions: their versions and forks, in all generations up to the highest that stands here or the one
    /// that is given with the key, and their links. They stay forgotten on every machine that joins this branch.
    ///
    /// Older commits still hold them. `at` is the time of the commit; the call waits for other writers until
    /// `deadline` has passed.
    ///
    /// # Errors
    /// As for [`Store::write`].
    pub fn forget(
        &self,
        sessions: &[(SessionKey, u64)],
        at: Timestamp,
        deadline: Duration,
    ) -> Result<Forgotten> {
        let mut wanted: BTreeMap<SessionKey, u64> = BTreeMap::new();
        for (key, generation) in sessions {
            let highest = wanted.entry(key.main()).or_default();
            *highest = (*generation).max(*highest);
        }
        let mut forgotten = Forgotten::default();
        let published = publish(self, at, Deadline::new(deadline), |tip, root| {
            forgotten = Forgotten::default();
            let ours = tip.map(|tip| Branch::new(self, tip.clone()));
            let mut raised = 0;
            for (key, generation) in &wanted {
                raised += usize::from(bury(self, ours.as_ref(), root, key, *generation)?);
                if let Some(ours) = &ours {
                    for entry in ours.versions(key)? {
                        root.open(self, &entry.day.path())?.tree.remove(entry.key.as_str());
                        forgotten.versions += 1;
                    }
                }
            }
            if let Some(ours) = &ours {
                for (commit, session) in ours.linked_sessions()? {
                    if wanted.contains_key(&session.main()) {
                        let folder = root.open(self, &layout::links_path(commit))?;
                        folder.tree.remove(session.as_str());
                        forgotten.links += 1;
                    }
                }
            }
            if raised + forgotten.versions + forgotten.links == 0 {
                return Ok(None);
            }
            Ok(Some(change("forget", wanted.len())))
        })?;
        Ok(Forgotten { commit: published.commit, ..forgotten })
    }

    /// Brings the versions of a forgotten session back as they stand on `from`, an older state of the branch or
    /// another one, in a generation above the one up to which it was forgotten.
    ///
    /// # Errors
    /// [`Error::NotFound`] where `from` does not have the session, [`Error::Corrupt`] where it cannot be read whole,
    /// and as for [`Store::write`].
    pub fn restore(
        &self,
        from: &Branch,
        key: &SessionKey,
        at: Timestamp,
        deadline: Duration,
    ) -> Result<Forgotten> {
        let key = key.main();
        let mut versions = Vec::new();
        for entry in from.versions(&key)? {
            let (_tree, objects) = copy(self, from, &entry)?;
            versions.push((from.manifest(&entry)?, entry, objects));
        }
        if versions.is_empty() {
            return Err(Error::NotFound(key.to_string()));
        }
        let mut restored = 0;
        let published = publish(self, at, Deadline::new(deadline), |tip, root| {
            let ours = tip.map(|tip| Branch::new(self, tip.clone()));
            let stands = ours.map_or(Ok(Vec::new()), |ours| ours.versions(&key))?;
            let generation = tombstone::standing(self, root, &key)?;
            let Some(generation) = generation.filter(|_forgotten| stands.is_empty()) else {
                return Ok(None);
            };
            restored = versions.len();
            for (manifest, entry, objects) in &versions {
                let manifest = Manifest { generation: generation + 1, ..manifest.clone() };
                let made = raise(self, entry, &manifest, objects, root)?;
                root.open(self, &entry.day.path())?.tree.insert(entry.key.as_str(), made);
            }
            let objects = versions.iter().flat_map(|(_manifest, _entry, objects)| objects);
            Ok(Some(Change { objects: objects.collect(), ..change("restore", 1) }))
        })?;
        let Published { commit, .. } = published;
        Ok(Forgotten { commit, versions: restored, links: 0 })
    }

    /// Returns the newest state in the branch's history in which a forgotten session stood; `None` where there is none,
    /// because the history was rewritten since or never held it.
    ///
    /// # Errors
    /// [`Error::Corrupt`], [`Error::Io`] where the history cannot be read.
    pub fn before_forgetting(&self, key: &SessionKey) -> Result<Option<Branch>> {
        let Some(tip) = self.branch()? else { return Ok(None) };
        let Some(forgotten) = tip.tombstone(key)? else { return Ok(None) };
        let commits = self.history().walk(&[tip.commit()], &[], Timestamp::EPOCH)?;
        // Most commits have the same tombstones as the one before.
        let mut known: HashMap<_, Option<u64>> = HashMap::new();
        for commit in commits {
            let past = match self.branch_at(commit.id) {
                Ok(past) => past,
                Err(Error::Corrupt { .. }) => continue,
                Err(error) => return Err(error),
            };
            let tombstones = past.tombstones_tree()?.file(key.main().as_str());
            let generation = match known.get(&tombstones) {
                Some(generation) => *generation,
                None => *known.entry(tombstones).or_insert(past.tombstone(key)?),
            };
            if generation < Some(forgotten) && !past.versions(key)?.is_empty() {
                return Ok(Some(past));
            }
        }
        Ok(None)
    }
}

fn change<'o>(verb: &str, sessions: usize) -> Change<'o> {
    let message = match sessions {
        1 => format!("{verb} 1 session\n"),
        several => format!("{verb} {several} sessions\n"),
    };
    Change { objects: Vec::new(), message, sample: None, after: After::Tip }
}

/// Raises the tombstone of a session to the highest generation that stands; `false` where it is as high already.
fn bury(
    store: &Store,
    ours: Option<&Branch>,
    root: &mut Folder,
    key: &SessionKey,
    mut generation: u64,
) -> Result<bool> {
    for entry in ours.map_or(Ok(Vec::new()), |ours| ours.versions(key))? {
        match ours.map(|ours| ours.manifest(&entry)).transpose() {
            Ok(manifest) => {
                generation = generation.max(manifest.map_or(0, |manifest| manifest.generation));
            }
            // What cannot be read goes all the same.
            Err(Error::Corrupt { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    if tombstone::standing(store, root, key)?.is_some_and(|standing| standing >= generation) {
        return Ok(false);
    }
    let file = tombstone::encode(store.hash(), key, generation)?;
    let folder = root.open(store, &layout::tombstones_path())?;
    folder.tree.insert(key.as_str(), Node::blob(file.id));
    root.add(file);
    Ok(true)
}

/// Adds the tree of a session with another manifest than that of the copied `objects`; returns its node.
fn raise(
    store: &Store,
    entry: &Entry,
    manifest: &Manifest,
    objects: &[Object],
    root: &mut Folder,
) -> Result<Node> {
    let path = layout::manifest_path(entry.day, &entry.key);
    let json = manifest.to_json();
    let file = Object::encode_blob(store.hash(), json.as_bytes(), Deflate::Best, &path)?;
    // A copy ends with the tree of the session itself.
    let copied = objects.last().ok_or_else(|| Error::NotFound(entry.key.to_string()))?;
    let mut tree = Tree::parse(&copied.data(), store.hash(), copied.id)?;
    tree.insert(layout::MANIFEST, Node::blob(file.id));
    let tree = tree.encode(store.hash())?;
    let node = Node::tree(tree.id);
    root.add(file);
    root.add(tree);
    Ok(node)
}
