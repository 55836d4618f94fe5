//! Trees: reading them, changing a few entries, writing them back in git's order.

use crate::object::{Deflate, Object};
use crate::odb::Odb;
use crate::{Error, Result};
use gix::ObjectId;
use gix::objs::tree::{EntryKind, EntryMode};
use gix::objs::{Kind, TreeRefIter};
use std::collections::BTreeMap;

/// What stands under a name in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// File, folder, or what else git knows.
    pub(crate) mode: EntryMode,
    /// The object.
    pub(crate) id: ObjectId,
}

impl Node {
    /// Returns the node of a file.
    pub(crate) fn blob(id: ObjectId) -> Self {
        Self { mode: EntryKind::Blob.into(), id }
    }

    /// Returns the node of a folder.
    pub(crate) fn tree(id: ObjectId) -> Self {
        Self { mode: EntryKind::Tree.into(), id }
    }
}

/// A tree in memory: nodes by name. Entries that nothing touches are written back as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree(BTreeMap<Vec<u8>, Node>);

impl Tree {
    /// Returns the tree `id`.
    pub(crate) fn read(odb: &Odb, hash: gix::hash::Kind, id: ObjectId) -> Result<Self> {
        Self::parse(&odb.read(id, Kind::Tree)?, hash, id)
    }

    /// Returns the tree `id`, which holds these bytes.
    pub(crate) fn parse(bytes: &[u8], hash: gix::hash::Kind, id: ObjectId) -> Result<Self> {
        let mut nodes = BTreeMap::new();
        for entry in TreeRefIter::from_bytes(bytes, hash) {
            let damaged =
                |error: gix::Error| Error::corrupt(format!("tree {id}"), error.to_string());
            let entry = entry.map_err(damaged)?;
            let node = Node { mode: entry.mode, id: entry.oid.to_owned() };
            nodes.insert(entry.filename.to_vec(), node);
        }
        Ok(Self(nodes))
    }

    /// Returns the node under `name`.
    pub(crate) fn get(&self, name: &str) -> Option<Node> {
        self.named(name.as_bytes())
    }

    /// Returns the node under a name that need not be text.
    pub(crate) fn named(&self, name: &[u8]) -> Option<Node> {
        self.0.get(name).copied()
    }

    /// Returns the tree under `name`; `None` where there is nothing, or something else.
    pub(crate) fn subtree(&self, name: &str) -> Option<ObjectId> {
        self.get(name).filter(|node| node.mode.is_tree()).map(|node| node.id)
    }

    /// Returns the file under `name`; `None` where there is nothing, or something else.
    pub(crate) fn file(&self, name: &str) -> Option<ObjectId> {
        self.get(name).filter(|node| node.mode.is_blob()).map(|node| node.id)
    }

    /// Puts `node` under `name`.
    pub(crate) fn insert(&mut self, name: impl AsRef<[u8]>, node: Node) {
        self.0.insert(name.as_ref().to_vec(), node);
    }

    /// Removes what stands under `name`.
    pub(crate) fn remove(&mut self, name: impl AsRef<[u8]>) {
        self.0.remove(name.as_ref());
    }

    /// Keeps only the entries that `keep` wants.
    pub(crate) fn retain(&mut self, keep: impl Fn(&[u8]) -> bool) {
        self.0.retain(|name, _node| keep(name));
    }

    /// Returns names and nodes, by name.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&[u8], Node)> {
        self.0.iter().map(|(name, node)| (name.as_slice(), *node))
    }

    /// Returns the tree object.
    pub(crate) fn encode(&self, hash: gix::hash::Kind) -> Result<Object> {
        let mut entries: Vec<(&[u8], Node)> = self.iter().collect();
        // Git sorts a folder as if its name ended in `/`.
        entries.sort_by(|(a, left), (b, right)| {
            let end = |node: &Node| {
                if node.mode.is_tree() { b"/".as_slice() } else { b"" }
            };
            a.iter().chain(end(left)).cmp(b.iter().chain(end(right)))
        });
        let mut bytes = Vec::with_capacity(entries.len() * 80);
        for (name, node) in entries {
            bytes.extend_from_slice(format!("{:o} ", node.mode.value()).as_bytes());
            bytes.extend_from_slice(name);
            bytes.push(0);
            bytes.extend_from_slice(node.id.as_slice());
        }
        Object::encode(hash, Kind::Tree, &bytes, Deflate::Best)
    }
}
