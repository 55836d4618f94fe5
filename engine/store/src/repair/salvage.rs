//! What can still be read in damaged packs of ours. They hold whole objects, never deltas, as they were written.

use super::objects::Lost;
use crate::fsck::is_sound;
use crate::object::Object;
use crate::pack::{self, Place};
use crate::{Error, Result, Store, durable, git};
use gix::ObjectId;
use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The files that git keeps beside a pack.
const BESIDE: [&str; 5] = ["idx", "rev", "bitmap", "mtimes", "pack"];

/// A damaged pack of ours.
pub(super) struct DamagedPack {
    pub(super) path: PathBuf,
    /// What can still be read.
    pub(super) sound: Vec<Object>,
    /// What its index names and cannot be read; `None` where the index is damaged too.
    bad: Option<Vec<ObjectId>>,
}

impl DamagedPack {
    /// Returns whether it may hold one of these objects.
    pub(super) fn may_hold(&self, lost: &Lost) -> bool {
        match &self.bad {
            Some(bad) => bad.iter().any(|id| lost.contains(id)),
            None => !lost.is_empty(),
        }
    }
}

/// Returns the damaged packs of ours. Where only an index is damaged or missing, it is made anew; one without its pack
/// is moved to the folder `aside`, and `moved` says so.
pub(super) fn examine(
    store: &Store,
    aside: &Path,
    moved: &mut Vec<PathBuf>,
) -> Result<Vec<DamagedPack>> {
    let mut damaged = Vec::new();
    for path in pack::ours(&store.packs())? {
        let index = path.with_extension("idx");
        if !path.exists() {
            move_aside(&path, aside, moved)?;
            continue;
        }
        let sound = |path: &Path| match is_sound(path, store.hash()) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            sound => sound.map_err(Error::io(path)),
        };
        let places = match sound(&index)? {
            true => pack::read_index(&index, store.hash())?,
            false => None,
        };
        if sound(&path)? {
            if places.is_none() {
                rebuild_index(store, &path)?;
            }
            continue;
        }
        let bytes = fs::read(&path).map_err(Error::io(&path))?;
        damaged.push(match places {
            Some(places) => by_index(store, path, &bytes, places),
            None => DamagedPack { path, sound: scan(store, &bytes).1, bad: None },
        });
    }
    Ok(damaged)
}

/// Makes the damaged indexes of packs anew that git made: they say nothing that the pack does not. The pack itself is
/// never touched, and the damaged files are moved to the folder `aside`.
pub(super) fn reindex(store: &Store, aside: &Path, moved: &mut Vec<PathBuf>) -> Result<()> {
    let ours: HashSet<PathBuf> = pack::ours(&store.packs())?.into_iter().collect();
    let entries = match fs::read_dir(store.packs()) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(Error::io(&store.packs()))?,
    };
    for entry in entries {
        let path = entry.map_err(Error::io(&store.packs()))?.path();
        let is_pack = path.extension().is_some_and(|extension| extension == "pack");
        if !is_pack || ours.contains(&path) {
            continue;
        }
        let is_damaged = |file: &Path| match is_sound(file, store.hash()) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            sound => Ok::<bool, Error>(!sound.map_err(Error::io(file))?),
        };
        let (index, reverse) = (path.with_extension("idx"), path.with_extension("rev"));
        let (lacks_index, lacks_reverse) = (is_damaged(&index)?, is_damaged(&reverse)?);
        if !(lacks_index || lacks_reverse) || is_damaged(&path)? {
            continue;
        }
        // Git does without the reverse index, and makes it again with the index.
        move_files(&path, &["rev"], aside, moved)?;
        if lacks_index {
            move_files(&path, &["idx"], aside, moved)?;
            let pack = path
                .to_str()
                .ok_or_else(|| Error::invalid(path.display().to_string(), "is no UTF-8"))?;
            git::run(store.git_dir(), &["index-pack", pack], b"")?.success()?;
        }
    }
    Ok(())
}

/// Moves a pack, and what belongs to it, to the folder `aside`, which only its owner may read.
pub(super) fn move_aside(pack: &Path, aside: &Path, moved: &mut Vec<PathBuf>) -> Result<()> {
    // The index first: from then on git does not look for the pack.
    move_files(pack, &BESIDE, aside, moved)
}

fn move_files(
    pack: &Path,
    extensions: &[&str],
    aside: &Path,
    moved: &mut Vec<PathBuf>,
) -> Result<()> {
    match fs::create_dir(aside) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(Error::io(aside)(error));
        }
        _ => {}
    }
    if fs::symlink_metadata(aside).map_err(Error::io(aside))?.is_symlink() {
        return Err(Error::SymbolicLink(aside.to_owned()));
    }
    for extension in extensions {
        let from = pack.with_extension(extension);
        let to = aside.join(from.file_name().unwrap_or_default());
        match fs::rename(&from, &to) {
            Ok(()) => moved.push(to),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io(&from)(error)),
        }
    }
    durable::sync_folder(aside)?;
    pack.parent().map_or(Ok(()), durable::sync_folder)
}

fn rebuild_index(store: &Store, path: &Path) -> Result<()> {
    let bytes = fs::read(path).map_err(Error::io(path))?;
    let (places, _objects) = scan(store, &bytes);
    let checksum = bytes.len().checked_sub(store.hash().len_in_bytes());
    let checksum = checksum.and_then(|start| bytes.get(start..));
    let checksum =
        checksum.map_or_else(|| ObjectId::null(store.hash()), ObjectId::from_bytes_or_panic);
    pack::write_index(path, store.hash(), places, checksum)
}

/// Reads what the index names.
fn by_index(store: &Store, path: PathBuf, bytes: &[u8], mut places: Vec<Place>) -> DamagedPack {
    places.sort_by_key(|place| place.offset);
    let (mut sound, mut bad) = (Vec::new(), Vec::new());
    for place in places {
        let start = usize::try_from(place.offset).unwrap_or(usize::MAX);
        let object = bytes.get(start..).and_then(|rest| Object::decode(store.hash(), rest));
        match object {
            Some(object) if object.id == place.id => sound.push(object),
            _ => bad.push(place.id),
        }
    }
    let known: HashSet<ObjectId> = sound.iter().map(|object| object.id).collect();
    bad.retain(|id| !known.contains(id));
    DamagedPack { path, sound, bad: Some(bad) }
}

/// Reads one object after the other, up to the first that cannot be read.
fn scan(store: &Store, bytes: &[u8]) -> (Vec<Place>, Vec<Object>) {
    let end = bytes.len().saturating_sub(store.hash().len_in_bytes());
    let (mut places, mut objects) = (Vec::new(), Vec::new());
    let mut offset = 12;
    while let Some(rest) = bytes.get(offset..end).filter(|rest| !rest.is_empty())
        && let Some(object) = Object::decode(store.hash(), rest)
    {
        places.push(Place { id: object.id, crc: object.crc, offset: offset as u64 });
        offset += object.entry.len();
        objects.push(object);
    }
    (places, objects)
}
