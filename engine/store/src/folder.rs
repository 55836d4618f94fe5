//! Folders: a tree and those below it that are being changed. Only trees on the way to a change are read and written.

use crate::object::Object;
use crate::tree::{Node, Tree};
use crate::{Error, Result, Store, past};
use gix::ObjectId;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// A tree and those below it that are being changed.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    /// The tree; what stands in it for an opened folder is out of date until [`Folder::write`].
    pub(crate) tree: Tree,
    opened: BTreeMap<String, Self>,
    /// New objects that the trees name.
    added: Vec<Object>,
    /// Whether the tree is an older one than the branch names, which cannot be read.
    is_older: bool,
}

impl Folder {
    /// Returns the root of the branch, whose tree is `id`.
    pub(crate) fn root(store: &Store, id: ObjectId) -> Result<Self> {
        Ok(Self { tree: Tree::read(&store.odb, store.hash(), id)?, ..Self::default() })
    }

    /// Returns the folder at `path` below this one, the root; an empty one where there is none.
    ///
    /// One whose tree cannot be read is put back into its newest older state that can.
    pub(crate) fn open(&mut self, store: &Store, path: &[String]) -> Result<&mut Self> {
        let mut folder = self;
        for (depth, name) in path.iter().enumerate() {
            folder = match folder.opened.entry(name.clone()) {
                Entry::Occupied(opened) => opened.into_mut(),
                Entry::Vacant(place) => place.insert(match folder.tree.get(name) {
                    None => Self::default(),
                    Some(node) if node.mode.is_tree() => {
                        let here = path.get(..=depth).unwrap_or(path);
                        let (tree, damage) =
                            past::read_tree(&store.refs, &store.odb, store.hash(), here, node.id)?;
                        Self { tree, is_older: damage.is_some(), ..Self::default() }
                    }
                    Some(_file) => return Err(Error::corrupt(name, "is no folder")),
                }),
            };
        }
        Ok(folder)
    }

    /// Adds a new object that the trees name.
    pub(crate) fn add(&mut self, object: Object) {
        self.added.push(object);
    }

    /// Returns whether an older tree stands in for any that was opened: what only the damaged one named is gone.
    pub(crate) fn is_healed(&self) -> bool {
        self.is_older || self.opened.values().any(Self::is_healed)
    }

    /// Adds the objects of the tree, of all opened ones below it and those that were added to `objects`, and returns
    /// the id of the tree.
    /// Folders that became empty are left out.
    pub(crate) fn write(
        mut self,
        hash: gix::hash::Kind,
        objects: &mut Vec<Object>,
    ) -> Result<ObjectId> {
        for (name, folder) in std::mem::take(&mut self.opened) {
            if folder.is_empty() {
                self.tree.remove(&name);
            } else {
                let id = folder.write(hash, objects)?;
                self.tree.insert(&name, Node::tree(id));
            }
        }
        objects.append(&mut self.added);
        let object = self.tree.encode(hash)?;
        let id = object.id;
        objects.push(object);
        Ok(id)
    }

    /// Returns whether nothing would be in the tree.
    fn is_empty(&self) -> bool {
        let is_gone = |name: &[u8]| {
            let opened = str::from_utf8(name).ok().and_then(|name| self.opened.get(name));
            opened.is_some_and(Self::is_empty)
        };
        self.tree.iter().all(|(name, _node)| is_gone(name))
            && self.opened.values().all(Self::is_empty)
    }
}
