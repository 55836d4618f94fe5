//! Further copies of an object.
//!
//! gix takes the first pack that has an object and looks no further when that copy is damaged. The same object may
//! stand in another pack, in a file of its own, or in an alternate: git tries all of them, and so does this.

use super::ALLOCATION_LIMIT;
use gix::ObjectId;
use gix::objs::Kind;
use gix::odb::loose;
use gix::odb::pack::{cache, data, index};
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the bytes of the first copy of `id` in the repository's `objects` folder, or in its alternates, that
/// `is_sound` accepts. What cannot be read is passed over: it is no copy that could be used.
pub(super) fn find(
    objects: &Path,
    hash: gix::hash::Kind,
    id: ObjectId,
    is_sound: impl Fn(Kind, &[u8]) -> bool,
) -> Option<Vec<u8>> {
    let alternates = gix::odb::alternate::resolve(objects.to_owned(), objects);
    let folders = std::iter::once(objects.to_owned()).chain(alternates.into_iter().flatten());
    let mut bytes = Vec::new();
    for folder in folders {
        for index in indexes(&folder.join("pack")) {
            let found = in_pack(&index, hash, id, &mut bytes);
            if found.is_some_and(|kind| is_sound(kind, &bytes)) {
                return Some(bytes);
            }
        }
        if in_file(&folder, hash, id, &mut bytes).is_some_and(|kind| is_sound(kind, &bytes)) {
            return Some(bytes);
        }
    }
    None
}

fn indexes(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut indexes: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|found| found == "idx")).collect();
    indexes.sort();
    indexes
}

fn in_pack(path: &Path, hash: gix::hash::Kind, id: ObjectId, bytes: &mut Vec<u8>) -> Option<Kind> {
    let index = index::File::at(path, hash).ok()?;
    let place = index.lookup(id)?;
    let pack = data::File::at(path.with_extension("pack"), hash).ok()?;
    let pack = pack.with_alloc_limit_bytes(Some(ALLOCATION_LIMIT));
    let entry = pack.entry(index.pack_offset_at_index(place)).ok()?;
    let base = |id: &gix::hash::oid, _out: &mut Vec<u8>| {
        let place = index.lookup(id);
        let entry = place.map(|place| pack.entry(index.pack_offset_at_index(place)));
        entry.map(|entry| entry.map(data::decode::entry::ResolvedBase::InPack)).transpose()
    };
    let mut inflate = gix::zlib::Inflate::default();
    let outcome = pack.decode_entry(entry, bytes, &mut inflate, &base, &mut cache::Never).ok()?;
    Some(outcome.kind)
}

fn in_file(
    folder: &Path,
    hash: gix::hash::Kind,
    id: ObjectId,
    bytes: &mut Vec<u8>,
) -> Option<Kind> {
    let options =
        loose::Options { alloc_limit_bytes: Some(ALLOCATION_LIMIT), ..loose::Options::default() };
    let files = loose::Store::at_opts(folder, hash, options);
    let found = files.try_find(&id, bytes).ok()??;
    Some(found.kind)
}
