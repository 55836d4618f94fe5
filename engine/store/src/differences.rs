//! What differs between two states of the branch: how a view of it is brought up to date without reading it whole.

use crate::branch::{Branch, Entry};
use crate::layout;
use crate::tree::{Node, Tree};
use crate::{CommitId, Error, TreeId};
use gix::ObjectId;
use opensession_hail::SessionKey;
use std::collections::BTreeSet;

/// The sessions that stand on one of two states of the branch only. One that grew is gone and came.
#[derive(Debug, Default)]
pub struct Differences {
    /// Those of the older state.
    pub gone: Vec<Entry>,
    /// Those of the newer state.
    pub came: Vec<Entry>,
    /// What cannot be read of the newer state; nothing is known about what stands there.
    pub damaged: Vec<Error>,
}

/// The older state cannot be read any more: everything may differ.
struct Forgotten;

impl Branch {
    /// Returns how the sessions of this state differ from those of the state with the root tree `older`, from none at
    /// all without one; `None` where the older one cannot be read any more: then everything may differ.
    ///
    /// Equal trees are passed over, so the cost is that of what changed.
    #[must_use]
    pub fn since(&self, older: Option<TreeId>) -> Option<Differences> {
        let mut found = Differences::default();
        let (old, new) = (older.map(|tree| tree.0), Some(self.tree().0));
        match self.compare(&mut Vec::new(), old, new, &mut found) {
            Ok(()) => Some(found),
            Err(Forgotten) => None,
        }
    }

    /// Returns the tree of all links: equal trees are equal links. `None` where there are none.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a tree that cannot be read.
    pub fn links_tree(&self) -> crate::Result<Option<TreeId>> {
        let format = self.read(self.tree().0)?.subtree(layout::FORMAT);
        let format = format.map(|id| self.read(id)).transpose()?;
        Ok(format.and_then(|format| format.subtree(layout::LINKS)).map(TreeId))
    }

    /// Returns which commits hold edits of which sessions, by commit, without reading the links themselves.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a tree that cannot be read.
    pub fn linked_sessions(&self) -> crate::Result<Vec<(CommitId, SessionKey)>> {
        let mut pairs = Vec::new();
        let Some(links) = self.links_tree()? else { return Ok(pairs) };
        let folders = |tree: &Tree| -> Vec<(Vec<u8>, ObjectId)> {
            let folders = tree.iter().filter(|(_name, node)| node.mode.is_tree());
            folders.map(|(name, node)| (name.to_vec(), node.id)).collect()
        };
        for (_digits, id) in folders(&self.read(links.0)?) {
            for (name, id) in folders(&self.read(id)?) {
                let Some(commit) = layout::linked_commit(&name) else { continue };
                let sessions = self.read(id)?;
                let keys = sessions.iter().filter_map(|(name, _node)| layout::session_key(name));
                pairs.extend(keys.map(|key| (commit, key)));
            }
        }
        Ok(pairs)
    }

    /// Adds what differs below `path`.
    fn compare(
        &self,
        path: &mut Vec<String>,
        old: Option<ObjectId>,
        new: Option<ObjectId>,
        found: &mut Differences,
    ) -> Result<(), Forgotten> {
        if old == new {
            return Ok(());
        }
        let old = match old.map(|id| self.read(id)) {
            Some(Ok(tree)) => tree,
            Some(Err(_)) => return Err(Forgotten),
            None => Tree::default(),
        };
        let new = match new.map(|id| self.read_at(path, id)) {
            Some(Ok(tree)) => tree,
            Some(Err(error)) => {
                found.damaged.push(error);
                return Ok(());
            }
            None => Tree::default(),
        };
        if let Some(day) = layout::day(path) {
            let entry = |(name, node): (&[u8], Node)| {
                let key = layout::session_key(name).filter(|_key| node.mode.is_tree())?;
                Some(Entry { key, day, tree: TreeId(node.id) })
            };
            let is_new = |(name, node): &(&[u8], Node)| old.named(name) != Some(*node);
            found.came.extend(new.iter().filter(is_new).filter_map(entry));
            let is_gone = |(name, node): &(&[u8], Node)| new.named(name) != Some(*node);
            found.gone.extend(old.iter().filter(is_gone).filter_map(entry));
            return Ok(());
        }
        let names = old.iter().chain(new.iter()).filter_map(|(name, _)| str::from_utf8(name).ok());
        let names: BTreeSet<&str> =
            names.filter(|name| layout::leads_to_days(path, name)).collect();
        for name in names {
            path.push(name.to_owned());
            let compared = self.compare(path, old.subtree(name), new.subtree(name), found);
            path.pop();
            compared?;
        }
        Ok(())
    }
}
