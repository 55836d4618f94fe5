//! Adopting: bringing sessions of another branch over as they are, whichever repository and hash it is in.
//!
//! A session is read whole and held against its manifest before anything of it is written, so no damage spreads. It
//! never takes the place of a version that is equal to it, above it, or beside it as a fork.

use crate::lock::Deadline;
use crate::object::{Deflate, Object};
use crate::relation::{Relation, Version, relate};
use crate::stage::Staged;
use crate::tree::{Node, Tree};
use crate::write::{Puts, put};
use crate::{Branch, Entry, Error, Result, Store, Written, fsck, layout};
use gix::ObjectId;
use opensession_hail::Timestamp;
use std::collections::{HashSet, VecDeque};
use std::time::Duration;

/// Sessions are brought over in commits of about so many compressed bytes: that much is held in memory.
const BATCH: usize = 64 << 20;
/// A session's tree has two levels; a newer version may use a few more.
const DEPTH: usize = 8;

impl Store {
    /// Brings the sessions `entries` of `from` over: manifests, segments and attachments byte for byte.
    ///
    /// One that the branch has already, in the same or a higher generation and with the same events or more, is kept
    /// as it is, and [`Written::stored`] says where. One that the branch has with fewer events is replaced. Where each
    /// has events that the other has not, nothing is changed, and [`Written::stale`] names it. A session that cannot
    /// be read whole is in [`Written::failed`].
    ///
    /// `at` is the time of the commits. The call waits for other writers until `deadline` has passed.
    ///
    /// # Errors
    /// As for [`Store::write`]; what was brought over by then stays.
    pub fn adopt(
        &self,
        from: &Branch,
        entries: &[Entry],
        at: Timestamp,
        deadline: Duration,
    ) -> Result<Written> {
        self.adopt_until(from, entries, at, Deadline::new(deadline))
    }

    /// As [`Store::adopt`].
    pub(crate) fn adopt_until(
        &self,
        from: &Branch,
        entries: &[Entry],
        at: Timestamp,
        deadline: Deadline,
    ) -> Result<Written> {
        let mut written = Written::default();
        let mut left: VecDeque<&Entry> = entries.iter().collect();
        let mut attempt = 0;
        while !left.is_empty() {
            let target = self.branch()?;
            let (staged, taken) = self.next_batch(target.as_ref(), from, &mut left, &mut written);
            let puts = Puts { staged, removals: Vec::new(), verb: "adopt" };
            let batch = put(self, &puts, at, deadline)?;
            // Somebody changed those meanwhile: they are compared again.
            let before = left.len();
            left.extend(taken.into_iter().filter(|entry| batch.stale.contains(&entry.key)));
            written.commit = batch.commit.or(written.commit);
            written.stored.extend(batch.stored);
            written.forgotten.extend(batch.forgotten);
            written.failed.extend(batch.failed);
            written.bytes += batch.bytes;
            written.healed |= batch.healed;
            if left.len() > before {
                attempt += 1;
                if !deadline.wait(attempt) {
                    return Err(Error::Busy(self.git_dir().join(layout::BRANCH)));
                }
            }
        }
        Ok(written)
    }

    /// Stages sessions from the front of `left` until they are enough for a commit; returns them and their entries.
    fn next_batch<'e>(
        &self,
        target: Option<&Branch>,
        from: &Branch,
        left: &mut VecDeque<&'e Entry>,
        written: &mut Written,
    ) -> (Vec<Staged>, Vec<&'e Entry>) {
        let (mut staged, mut taken) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        while bytes < BATCH
            && let Some(entry) = left.pop_front()
        {
            match decide(self, target, from, entry) {
                Ok(Decision::Kept(stands)) => written.stored.push(stands),
                Ok(Decision::Fork) => written.stale.push(entry.key.clone()),
                Ok(Decision::Adopted(session)) => {
                    bytes += session.objects.iter().map(|object| object.entry.len()).sum::<usize>();
                    staged.push(session);
                    taken.push(entry);
                }
                Err(error) => written.failed.push((entry.key.clone(), error)),
            }
        }
        (staged, taken)
    }
}

/// What becomes of a session that is offered.
enum Decision {
    /// What stands there is as good.
    Kept(Entry),
    /// Each has what the other has not.
    Fork,
    /// It is written.
    Adopted(Staged),
}

fn decide(
    store: &Store,
    target: Option<&Branch>,
    from: &Branch,
    entry: &Entry,
) -> Result<Decision> {
    let stands = match target {
        Some(target) => target.find_near(&entry.key, Some(entry.day))?.map(|found| (target, found)),
        None => None,
    };
    let seen = target.map(Branch::commit);
    let Some((target, base)) = stands else {
        let generation = from.manifest(entry)?.generation;
        let (tree, objects) = copy(store, from, entry)?;
        let (key, day) = (entry.key.clone(), entry.day);
        return Ok(Decision::Adopted(Staged {
            key,
            day,
            generation,
            base: None,
            seen,
            tree,
            objects,
            whole: true,
        }));
    };
    if base.tree == entry.tree {
        return Ok(Decision::Kept(base));
    }
    let (offered, standing) = (from.manifest(entry)?, target.manifest(&base)?);
    let generation = offered.generation;
    let offered = Version { branch: from, entry, manifest: &offered };
    let standing = Version { branch: target, entry: &base, manifest: &standing };
    Ok(match relate(offered, standing)? {
        Relation::Equal | Relation::Below => Decision::Kept(base),
        Relation::Fork => Decision::Fork,
        Relation::Above => {
            let (tree, mut objects) = copy(store, from, entry)?;
            let there = target.read(base.tree.0)?;
            let there: HashSet<ObjectId> = there.iter().map(|(_name, node)| node.id).collect();
            objects.retain(|object| !there.contains(&object.id));
            let (key, day) = (entry.key.clone(), entry.day);
            Decision::Adopted(Staged {
                key,
                day,
                generation,
                base: Some(base),
                seen,
                tree,
                objects,
                whole: false,
            })
        }
    })
}

/// Returns the tree of a session of another branch as it is in this repository, and all objects in it and itself.
///
/// # Errors
/// [`Error::Corrupt`] where anything of the session is missing or damaged.
pub(crate) fn copy(store: &Store, from: &Branch, entry: &Entry) -> Result<(ObjectId, Vec<Object>)> {
    let mut findings = Vec::new();
    fsck::check_session(from, entry, &mut findings)?;
    if let Some(finding) = findings.into_iter().next() {
        return Err(Error::corrupt(finding.object, finding.reason));
    }
    let mut objects = Vec::new();
    let tree = copy_tree(store, from, entry, entry.tree.0, DEPTH, &mut objects)?;
    Ok((tree, objects))
}

fn copy_tree(
    store: &Store,
    from: &Branch,
    entry: &Entry,
    id: ObjectId,
    depth: usize,
    objects: &mut Vec<Object>,
) -> Result<ObjectId> {
    let mut copied = Tree::default();
    for (name, node) in from.read(id)?.iter() {
        let text = String::from_utf8_lossy(name);
        let path = format!("{}/{text}", entry.key);
        let mode = node.mode;
        let id = if mode.is_tree() && depth > 0 {
            copy_tree(store, from, entry, node.id, depth - 1, objects)?
        } else if mode.is_blob() {
            let deflate = if layout::is_segment(name) { Deflate::Store } else { Deflate::Best };
            let blob =
                Object::encode_blob(store.hash(), &from.read_blob(node.id)?, deflate, &path)?;
            let id = blob.id;
            objects.push(blob);
            id
        } else {
            return Err(Error::corrupt(path, "is neither a file nor a folder"));
        };
        copied.insert(name, Node { mode, id });
    }
    let tree = copied.encode(store.hash())?;
    let id = tree.id;
    objects.push(tree);
    Ok(id)
}
