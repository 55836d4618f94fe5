//! Tombstones: sessions that were forgotten, up to which generation.
//!
//! A tombstone is a small file `v1/tombstones/<session key>`. It removes every version of the session, forks too, at or
//! below its generation, on every machine that meets it: a copy that somebody still has does not come back.

use crate::folder::Folder;
use crate::layout::{self, FORMAT_NUMBER};
use crate::manifest::json;
use crate::object::{Deflate, Object};
use crate::tree::Node;
use crate::{Branch, Error, Result, Store};
use gix::ObjectId;
use gix::objs::Kind;
use opensession_hail::{Members, SessionKey};
use serde::Deserialize;

/// What is in the file of a tombstone.
#[derive(Deserialize)]
struct TombstoneFile {
    format: u32,
    generation: u64,
    /// Members that this version does not know.
    #[serde(flatten)]
    unknown: Members,
}

impl Branch {
    /// Returns up to which generation a session is forgotten; `None` where it is not.
    ///
    /// A version of a higher generation was stored after that, by a `restore`.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a tombstone that cannot be read, [`Error::Unsupported`] for a newer format.
    pub fn tombstone(&self, key: &SessionKey) -> Result<Option<u64>> {
        let key = key.main();
        match self.tombstones_tree()?.file(key.as_str()) {
            Some(id) => parse(&self.read_blob(id)?, &key).map(|file| Some(file.generation)),
            None => Ok(None),
        }
    }

    /// Returns all forgotten sessions, by key, and up to which generation each is. What cannot be read is an error,
    /// and the next item is the session behind it.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a tree that cannot be read.
    pub fn tombstones(&self) -> Result<Vec<Result<(SessionKey, u64)>>> {
        let tree = self.tombstones_tree()?;
        let files = tree.iter().filter(|(_name, node)| node.mode.is_blob());
        let keys = files.filter_map(|(name, node)| Some((layout::session_key(name)?, node.id)));
        let read = |(key, id): (SessionKey, ObjectId)| {
            let file = parse(&self.read_blob(id)?, &key)?;
            Ok((key, file.generation))
        };
        Ok(keys.map(read).collect())
    }
}

/// Returns up to which generation a session is forgotten in the trees below `root`.
pub(crate) fn standing(store: &Store, root: &mut Folder, key: &SessionKey) -> Result<Option<u64>> {
    let key = key.main();
    let folder = root.open(store, &layout::tombstones_path())?;
    match folder.tree.file(key.as_str()) {
        Some(id) => {
            let bytes = store.odb.read(id, Kind::Blob)?;
            parse(&bytes, &key).map(|file| Some(file.generation))
        }
        None => Ok(None),
    }
}

/// Returns the file of a tombstone that removes every version of `key` up to `generation`.
pub(crate) fn encode(hash: gix::hash::Kind, key: &SessionKey, generation: u64) -> Result<Object> {
    let text = format!(
        "{{\n\"format\": {},\n\"generation\": {}\n}}\n",
        json(&FORMAT_NUMBER),
        json(&generation)
    );
    Object::encode_blob(hash, text.as_bytes(), Deflate::Best, &layout::tombstone_path(key))
}

/// Returns which of two tombstones of one session stays: the higher generation, then the one that says more.
pub(crate) fn higher(branch: &Branch, key: &SessionKey, one: Node, other: Node) -> Result<Node> {
    let rank = |node: Node| {
        let file = parse(&branch.read_blob(node.id)?, key)?;
        Ok((file.generation, file.unknown.len(), node.id))
    };
    Ok(if rank(one)? >= rank(other)? { one } else { other })
}

fn parse(bytes: &[u8], key: &SessionKey) -> Result<TombstoneFile> {
    let path = layout::tombstone_path(key);
    let file: TombstoneFile =
        serde_json::from_slice(bytes).map_err(|error| Error::corrupt(&path, error.to_string()))?;
    if file.format > FORMAT_NUMBER {
        let feature = format!("format {}", file.format);
        return Err(Error::Unsupported { object: path, feature });
    }
    Ok(file)
}
