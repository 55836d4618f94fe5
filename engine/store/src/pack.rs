//! Packs: one for each commit, with everything new in it.

mod index;

use crate::object::Object;
use crate::{Error, Result, durable};
use gix::ObjectId;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// The hex digits that the names of our packs start with. Git takes any name.
const MARK: &str = "05e55104";
/// What lies beside a pack's index, and appears before it.
const BEFORE_THE_INDEX: [&str; 3] = ["promisor", "rev", "pack"];
/// What is in our `.keep` files.
const KEEP: &str = "opensession\n";

// Git prunes `tmp_*` and reads every `*.idx`, so unfinished files are called neither.
const UNFINISHED_PACK: &str = "opensession-pack.new";
const UNFINISHED_INDEX: &str = "opensession-idx.new";

/// A pack that git can see and, until it is released, must not touch.
#[derive(Debug)]
#[must_use]
pub(crate) struct Pack {
    keep: PathBuf,
    /// The bytes of the pack and its index.
    pub(crate) bytes: u64,
}

impl Pack {
    /// Writes `objects` as a pack into `folder`; they and their names are on the disk when this returns.
    ///
    /// The caller holds the lock. The index is the last to appear: git looks for indexes, so it never sees one
    /// without its pack.
    pub(crate) fn write(folder: &Path, hash: gix::hash::Kind, objects: &[&Object]) -> Result<Self> {
        durable::create_folder(folder)?;
        let (pack, index) = (folder.join(UNFINISHED_PACK), folder.join(UNFINISHED_INDEX));
        let (checksum, places, pack_bytes) = write_pack(&pack, hash, objects)?;
        let index_bytes = index::encode(hash, places, checksum)?;
        let mut file = durable::create(&index)?;
        file.write_all(&index_bytes).map_err(Error::io(&index))?;
        finish_file(&file, &index)?;

        let name = pack_name(checksum, &pack)?;
        let keep = folder.join(format!("{name}.keep"));
        // Not synced: after a power cut there is no writer that it could protect.
        let mut file = durable::create(&keep)?;
        file.write_all(KEEP.as_bytes()).map_err(Error::io(&keep))?;
        for (from, extension) in [(pack, "pack"), (index, "idx")] {
            let to = folder.join(format!("{name}.{extension}"));
            fs::rename(&from, &to).map_err(Error::io(&to))?;
        }
        durable::sync_folder(folder)?;
        Ok(Self { keep, bytes: pack_bytes + index_bytes.len() as u64 })
    }

    /// Moves `pack`, which git made, with all that lies beside it into `folder`, under a name of ours. It is on the disk
    /// there when this returns.
    ///
    /// The caller holds the lock.
    pub(crate) fn take(pack: &Path, folder: &Path, hash: gix::hash::Kind) -> Result<Self> {
        let checksum = pack.file_stem().and_then(OsStr::to_str);
        let checksum = checksum.and_then(|name| name.strip_prefix("pack-"));
        let checksum = checksum.and_then(|hex| ObjectId::from_hex(hex.as_bytes()).ok());
        let checksum = checksum.filter(|checksum| checksum.kind() == hash);
        let checksum = checksum.ok_or_else(|| {
            Error::corrupt(pack.display().to_string(), "is not named by its hash")
        })?;
        durable::create_folder(folder)?;
        let name = pack_name(checksum, pack)?;
        let keep = folder.join(format!("{name}.keep"));
        let mut file = durable::create(&keep)?;
        file.write_all(KEEP.as_bytes()).map_err(Error::io(&keep))?;
        let mut bytes = 0;
        // The index is the last to appear, as in `write`.
        for extension in BEFORE_THE_INDEX.into_iter().chain(["idx"]) {
            let from = pack.with_extension(extension);
            let file = match File::open(&from) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                file => file.map_err(Error::io(&from))?,
            };
            durable::sync(&file, &from)?;
            bytes += file.metadata().map_err(Error::io(&from))?.len();
            let to = folder.join(format!("{name}.{extension}"));
            fs::rename(&from, &to).map_err(Error::io(&to))?;
        }
        durable::sync_folder(folder)?;
        Ok(Self { keep, bytes })
    }

    /// Leaves the pack to git: it is reachable now, or garbage.
    ///
    /// A pack is never removed, also where its commit lost the race: from the moment that git could see it, a repack
    /// may have dropped other copies of its objects.
    pub(crate) fn release(self) -> Result<()> {
        durable::remove(&self.keep)
    }
}

/// Clears what a dead writer left in `folder`, and returns the number of our packs. The caller holds the lock.
pub(crate) fn clear(folder: &Path) -> Result<usize> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        entries => entries.map_err(Error::io(folder))?,
    };
    let mut ours = 0;
    for entry in entries {
        let entry = entry.map_err(Error::io(folder))?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if [UNFINISHED_PACK, UNFINISHED_INDEX].contains(&name) {
            durable::remove(&entry.path())?;
        }
        let Some(rest) = name.strip_prefix("pack-").and_then(|name| name.strip_prefix(MARK)) else {
            continue;
        };
        if rest.ends_with(".idx") {
            ours += 1;
        } else if rest.ends_with(".keep") {
            clear_keep(&entry.path())?;
        }
    }
    Ok(ours)
}

/// Returns what [`clear`] would remove. Changes nothing; the caller keeps writers away.
pub(crate) fn leftovers(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Error::io(folder))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::io(folder))?.path();
        let Some(name) = path.file_name().and_then(OsStr::to_str) else { continue };
        let is_keep = name.starts_with(&format!("pack-{MARK}")) && name.ends_with(".keep");
        if [UNFINISHED_PACK, UNFINISHED_INDEX].contains(&name) || is_keep && is_ours(&path)? {
            found.push(path);
        }
    }
    Ok(found)
}

/// Returns where our packs are, or would be: there may be only an index, or only a pack.
pub(crate) fn ours(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut packs = BTreeSet::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(packs),
        entries => entries.map_err(Error::io(folder))?,
    };
    for entry in entries {
        let path = entry.map_err(Error::io(folder))?.path();
        let is_ours = |name: &str| name.starts_with(&format!("pack-{MARK}"));
        let extension = path.extension().and_then(OsStr::to_str);
        if matches!(extension, Some("pack" | "idx"))
            && path.file_name().and_then(OsStr::to_str).is_some_and(is_ours)
        {
            packs.insert(path.with_extension("pack"));
        }
    }
    Ok(packs)
}

/// Writes the index of the pack at `path`, in the place of a damaged one. The caller holds the lock.
pub(crate) fn write_index(
    path: &Path,
    hash: gix::hash::Kind,
    places: Vec<Place>,
    checksum: ObjectId,
) -> Result<()> {
    let new = path.with_file_name(UNFINISHED_INDEX);
    durable::remove(&new)?;
    let mut file = durable::create(&new)?;
    file.write_all(&index::encode(hash, places, checksum)?).map_err(Error::io(&new))?;
    finish_file(&file, &new)?;
    let to = path.with_extension("idx");
    fs::rename(&new, &to).map_err(Error::io(&to))?;
    path.parent().map_or(Ok(()), durable::sync_folder)
}

/// Returns where the objects of a pack are, by its index at `path`; `None` where that is not of version 2.
pub(crate) fn read_index(path: &Path, hash: gix::hash::Kind) -> Result<Option<Vec<Place>>> {
    let bytes = fs::read(path).map_err(Error::io(path))?;
    Ok(index::decode(hash, &bytes))
}

/// Removes a `.keep` of a dead writer, and what lies beside it where the index was not there yet.
fn clear_keep(keep: &Path) -> Result<()> {
    if !is_ours(keep)? {
        return Ok(());
    }
    let index = keep.with_extension("idx");
    if !index.try_exists().map_err(Error::io(&index))? {
        for extension in BEFORE_THE_INDEX {
            durable::remove(&keep.with_extension(extension))?;
        }
    }
    durable::remove(keep)
}

/// Returns whether a `.keep` is one of ours: it may have been cut short.
fn is_ours(keep: &Path) -> Result<bool> {
    let text = durable::read(keep)?;
    Ok(text.is_some_and(|text| text.is_empty() || text == KEEP.as_bytes()))
}

/// Where an object is in a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) id: ObjectId,
    /// The CRC-32 of its entry.
    pub(crate) crc: u32,
    pub(crate) offset: u64,
}

/// Writes a pack (version 2) to `path`; returns its checksum, where its objects are, and its size.
fn write_pack(
    path: &Path,
    hash: gix::hash::Kind,
    objects: &[&Object],
) -> Result<(ObjectId, Vec<Place>, u64)> {
    let too_many = |_error| Error::invalid(path.display().to_string(), "too many objects");
    let count = u32::try_from(objects.len()).map_err(too_many)?;
    let mut out = BufWriter::with_capacity(1 << 16, durable::create(path)?);
    let mut hasher = gix::hash::hasher(hash);
    let mut offset = 0;
    let mut write = |out: &mut BufWriter<File>, bytes: &[u8]| {
        hasher.update(bytes);
        offset += bytes.len() as u64;
        out.write_all(bytes).map_err(Error::io(path)).map(|()| offset)
    };
    let header = [b"PACK".as_slice(), &2_u32.to_be_bytes(), &count.to_be_bytes()].concat();
    let mut start = write(&mut out, &header)?;
    let mut places = Vec::with_capacity(objects.len());
    for object in objects {
        places.push(Place { id: object.id, crc: object.crc, offset: start });
        start = write(&mut out, &object.entry)?;
    }
    let checksum = finish(hasher, path)?;
    out.write_all(checksum.as_slice()).map_err(Error::io(path))?;
    let file = out.into_inner().map_err(|error| Error::io(path)(error.into_error()))?;
    finish_file(&file, path)?;
    Ok((checksum, places, start + checksum.as_slice().len() as u64))
}

/// Makes a file read-only, as git does with packs, and waits until it is on the disk.
fn finish_file(file: &File, path: &Path) -> Result<()> {
    let mut permissions = file.metadata().map_err(Error::io(path))?.permissions();
    permissions.set_readonly(true);
    file.set_permissions(permissions).map_err(Error::io(path))?;
    durable::sync(file, path)
}

fn finish(hasher: gix::hash::Hasher, path: &Path) -> Result<ObjectId> {
    hasher
        .try_finalize()
        .map_err(|collision| Error::invalid(path.display().to_string(), collision.to_string()))
}

/// Returns a name that no pack had before.
///
/// After a lost race the same objects may be written once more. Under the same name, a `git gc` that saw the first
/// pack, which nothing reached, would remove the second. So the name also depends on when the file was written.
fn pack_name(checksum: ObjectId, unfinished: &Path) -> Result<String> {
    let written = fs::metadata(unfinished).and_then(|found| found.modified());
    let written = written.map_err(Error::io(unfinished))?;
    let text = format!("{checksum} {written:?} {}", std::process::id());
    let unique = blake3::hash(text.as_bytes()).to_hex();
    let length = checksum.kind().len_in_hex() - MARK.len();
    let rest: String = unique.chars().take(length).collect();
    Ok(format!("pack-{MARK}{rest}"))
}
