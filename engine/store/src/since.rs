//! What came to the branch since somebody looked: the sessions under days that changed meanwhile.

use crate::refs::Tip;
use crate::tree::Tree;
use crate::{CommitId, Error, Result, Store, layout, past};
use gix::ObjectId;
use std::collections::{HashMap, HashSet};

/// The sessions that stand at the tip, but did not stand there, under the same day, in an older commit.
///
/// Equal trees are passed over, so where the tip is the commit that was looked at, nothing is read.
#[derive(Default)]
pub(crate) struct Since(HashMap<Option<CommitId>, HashSet<Vec<u8>>>);

impl Since {
    /// Returns whether the session `key` came under any day of `tip` since the commit `seen`; `None` is before the
    /// first one.
    pub(crate) fn came(
        &mut self,
        store: &Store,
        tip: &Tip,
        seen: Option<CommitId>,
        key: &str,
    ) -> Result<bool> {
        if seen == Some(CommitId(tip.commit)) {
            return Ok(false);
        }
        if let Some(known) = self.0.get(&seen) {
            return Ok(known.contains(key.as_bytes()));
        }
        let before = match seen.map(|seen| store.refs.whole(&store.odb, seen.0)) {
            Some(Ok(tree)) => Some(tree),
            // Then everything counts as new: it costs time, not a session.
            None | Some(Err(Error::Corrupt { .. })) => None,
            Some(Err(error)) => return Err(error),
        };
        let mut came = HashSet::new();
        compare(store, &mut Vec::new(), before, tip.tree, &mut came)?;
        let found = came.contains(key.as_bytes());
        self.0.insert(seen, came);
        Ok(found)
    }
}

/// Adds the names in trees of days that stand in `new`, at `path`, and not in `old`.
fn compare(
    store: &Store,
    path: &mut Vec<String>,
    old: Option<ObjectId>,
    new: ObjectId,
    came: &mut HashSet<Vec<u8>>,
) -> Result<()> {
    if old == Some(new) {
        return Ok(());
    }
    let old = match old.map(|id| Tree::read(&store.odb, store.hash(), id)) {
        Some(Ok(tree)) => tree,
        None | Some(Err(Error::Corrupt { .. })) => Tree::default(),
        Some(Err(error)) => return Err(error),
    };
    let (new, _damage) = past::read_tree(&store.refs, &store.odb, store.hash(), path, new)?;
    for (name, node) in new.iter().filter(|(_name, node)| node.mode.is_tree()) {
        let Ok(text) = str::from_utf8(name) else { continue };
        if layout::is_day(path) {
            if old.get(text) != Some(node) {
                came.insert(name.to_vec());
            }
        } else if layout::leads_to_days(path, text) {
            path.push(text.to_owned());
            compare(store, path, old.subtree(text), node.id, came)?;
            path.pop();
        }
    }
    Ok(())
}
