//! Older states of the branch, for the trees on the way to sessions that cannot be read in the newest one.
//!
//! A damaged tree of a day would hide every session of that day, and one of the trees above it nearly all. The same
//! place in an older commit differs by the last few captures only, and what it lacks is captured again.

use crate::odb::Odb;
use crate::refs::Refs;
use crate::tree::Tree;
use crate::{Error, Result};
use gix::ObjectId;

/// So far back is looked: a tree that no capture has rewritten for longer is in the same pack in all of them.
const COMMITS: usize = 200;

/// A tree, and what is wrong where it is an older one.
pub(crate) type Found = (Tree, Option<String>);

/// Returns the tree `id`, which stands at `path` on the branch, or the newest older one there that can be read.
pub(crate) fn read_tree(
    refs: &Refs,
    odb: &Odb,
    hash: gix::hash::Kind,
    path: &[String],
    id: ObjectId,
) -> Result<Found> {
    let error = match Tree::read(odb, hash, id) {
        Ok(tree) => return Ok((tree, None)),
        Err(error @ Error::Corrupt { .. }) => error,
        Err(error) => return Err(error),
    };
    let past = refs.past()?;
    for commit in past.iter().rev().take(COMMITS) {
        match tree_at(refs, odb, hash, path, *commit) {
            Ok(Some(tree)) => return Ok((tree, Some(format!("{}: {error}", path.join("/"))))),
            Ok(None) | Err(Error::Corrupt { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    Err(error)
}

fn tree_at(
    refs: &Refs,
    odb: &Odb,
    hash: gix::hash::Kind,
    path: &[String],
    commit: ObjectId,
) -> Result<Option<Tree>> {
    let mut tree = Tree::read(odb, hash, refs.whole(odb, commit)?)?;
    for name in path {
        match tree.subtree(name) {
            Some(id) => tree = Tree::read(odb, hash, id)?,
            None => return Ok(None),
        }
    }
    Ok(Some(tree))
}
