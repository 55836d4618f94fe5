//! Walking everything that the branch's history names, and taking what cannot be read from others.

use crate::layout::README_TEXT;
use crate::object::{Deflate, Object};
use crate::refs::Value;
use crate::tree::Tree;
use crate::{Branch, Error, Result, Store, durable};
use gix::ObjectId;
use gix::objs::{CommitRefIter, Kind};
use std::collections::HashSet;

/// Objects that the branch needs and that nobody has.
pub(super) type Lost = HashSet<ObjectId>;

/// Returns copies of all objects that the branch names and that cannot be read, as far as the candidates have them, and
/// the ids of the others.
pub(super) fn restore(store: &Store, candidates: &[&Branch]) -> Result<(Vec<Object>, Lost)> {
    let shallow = shallow_commits(store)?;
    let (mut restored, mut lost) = (Vec::new(), Lost::new());
    let mut seen = HashSet::new();
    let mut open = start(store, candidates)?;
    while let Some((id, kind)) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let bytes = match read(store, id, kind)? {
            Some(bytes) => bytes,
            None => match elsewhere(store, candidates, id, kind)? {
                Some(bytes) => {
                    let is_frame = bytes.starts_with(b"\x28\xb5\x2f\xfd");
                    let deflate = if is_frame { Deflate::Store } else { Deflate::Best };
                    restored.push(Object::encode(store.hash(), kind, &bytes, deflate)?);
                    bytes
                }
                None => {
                    lost.insert(id);
                    continue;
                }
            },
        };
        open.extend(named_by(store, id, kind, &bytes, shallow.contains(&id))?);
    }
    Ok((restored, lost))
}

/// Returns what an object names; for a commit that `is_shallow`, not its parents.
fn named_by(
    store: &Store,
    id: ObjectId,
    kind: Kind,
    bytes: &[u8],
    is_shallow: bool,
) -> Result<Vec<(ObjectId, Kind)>> {
    let mut named = Vec::new();
    match kind {
        Kind::Commit => {
            let damaged =
                |error: gix::Error| Error::corrupt(format!("commit {id}"), error.to_string());
            let tree = CommitRefIter::from_bytes(bytes, store.hash()).tree_id();
            named.push((tree.map_err(damaged)?, Kind::Tree));
            if !is_shallow {
                let parents = CommitRefIter::from_bytes(bytes, store.hash()).parent_ids();
                named.extend(parents.map(|parent| (parent, Kind::Commit)));
            }
        }
        Kind::Tree => {
            for (_name, node) in Tree::parse(bytes, store.hash(), id)?.iter() {
                if !node.mode.is_commit() {
                    let kind = if node.mode.is_tree() { Kind::Tree } else { Kind::Blob };
                    named.push((node.id, kind));
                }
            }
        }
        Kind::Blob | Kind::Tag => {}
    }
    Ok(named)
}

/// Returns where the history begins: what the ref holds where anybody has that, else what it is healed to.
fn start(store: &Store, candidates: &[&Branch]) -> Result<Vec<(ObjectId, Kind)>> {
    let value = store.refs.value()?;
    if let Value::Id(id) = value
        && (read(store, id, Kind::Commit)?.is_some()
            || elsewhere(store, candidates, id, Kind::Commit)?.is_some())
    {
        return Ok(vec![(id, Kind::Commit)]);
    }
    let tip = store.refs.tip(&store.odb, &value)?;
    Ok(tip.map(|tip| (tip.commit, Kind::Commit)).into_iter().collect())
}

/// Returns the bytes of a sound object.
fn read(store: &Store, id: ObjectId, kind: Kind) -> Result<Option<Vec<u8>>> {
    match store.odb.find(id, kind) {
        Err(Error::Corrupt { .. }) => Ok(None),
        found => found,
    }
}

/// Returns the object from the first candidate that has it. The branch's own README is known by heart.
fn elsewhere(
    store: &Store,
    candidates: &[&Branch],
    id: ObjectId,
    kind: Kind,
) -> Result<Option<Vec<u8>>> {
    let readme = README_TEXT.as_bytes();
    if kind == Kind::Blob
        && gix::objs::compute_hash(store.hash(), kind, readme).is_ok_and(|readme| readme == id)
    {
        return Ok(Some(readme.to_vec()));
    }
    for candidate in candidates.iter().filter(|candidate| candidate.hash() == store.hash()) {
        if let Some(bytes) = candidate.object(id, kind)? {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// Returns the commits whose parents were never fetched.
fn shallow_commits(store: &Store) -> Result<HashSet<ObjectId>> {
    let bytes = durable::read(&store.git_dir().join("shallow"))?.unwrap_or_default();
    // A line that is no id names no commit.
    let ids = bytes.split(|byte| *byte == b'\n').filter_map(|line| ObjectId::from_hex(line).ok());
    Ok(ids.collect())
}
