//! Reading git objects. Whatever comes out of here hashes to the id it was asked for by.

mod copies;

use crate::{Error, Result};
use gix::ObjectId;
use gix::objs::{Find as _, Kind};
use gix::odb::pack::cache::lru::StaticLinkedList;
use gix::odb::store::init::{Options, Slots};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Objects larger than this are refused before memory is taken for them.
const ALLOCATION_LIMIT: usize = 64 << 20;
/// Room for so many packs is made without counting those on the disk, which takes as long as a write.
const PACKS: u16 = 256;

/// The objects of a repository, for any number of threads.
pub(crate) struct Odb {
    folder: PathBuf,
    hash: gix::hash::Kind,
    /// Handles that no thread uses at the moment. Each has a cache of its own, so they are worth keeping.
    idle: Mutex<Vec<gix::odb::Handle>>,
}

impl Odb {
    /// Returns the objects in `folder`, named by `hash`.
    pub(crate) const fn new(folder: PathBuf, hash: gix::hash::Kind) -> Self {
        Self { folder, hash, idle: Mutex::new(Vec::new()) }
    }

    /// Returns the bytes of the object `id`, or [`Error::Corrupt`] where it is missing or not a sound `kind`.
    pub(crate) fn read(&self, id: ObjectId, kind: Kind) -> Result<Vec<u8>> {
        match self.find(id, kind)? {
            Some(bytes) => Ok(bytes),
            None => Err(Error::corrupt(format!("{kind} {id}"), "missing")),
        }
    }

    /// Returns the bytes of the object `id`, or `None` where it is missing.
    ///
    /// Packs are replaced under a reader by `git gc`, and a handle has room for a fixed number of them. An object
    /// counts as missing or damaged only once a handle that was opened anew did not find it, and no pack came or went
    /// meanwhile, and no other copy of it is sound.
    pub(crate) fn find(&self, id: ObjectId, kind: Kind) -> Result<Option<Vec<u8>>> {
        let handle = match self.idle().pop() {
            Some(handle) => handle,
            None => self.open(Slots::Given(PACKS))?,
        };
        if let Ok(Some(bytes)) = self.find_with(&handle, id, kind) {
            self.idle().push(handle);
            return Ok(Some(bytes));
        }
        drop(handle);
        self.idle().clear();
        let mut before = self.packs()?;
        loop {
            let handle = self.open(Slots::default())?;
            let found = self.find_with(&handle, id, kind);
            let after = self.packs()?;
            if matches!(found, Ok(Some(_))) {
                self.idle().push(handle);
                return found;
            }
            if before == after {
                self.check_access(&after)?;
                self.idle().push(handle);
                return self.or_another_copy(found, id, kind);
            }
            before = after;
        }
    }

    /// Returns what was found, or another copy where that is damaged or its index does not name it.
    fn or_another_copy(
        &self,
        found: Result<Option<Vec<u8>>>,
        id: ObjectId,
        kind: Kind,
    ) -> Result<Option<Vec<u8>>> {
        if !matches!(found, Ok(None) | Err(Error::Corrupt { .. })) {
            return found;
        }
        let is_sound = |found, bytes: &[u8]| found == kind && self.check(id, kind, bytes).is_ok();
        match copies::find(&self.folder, self.hash, id, is_sound) {
            Some(bytes) => Ok(Some(bytes)),
            None => found,
        }
    }

    /// Returns what kind of object `id` is and how many bytes it has, without reading them; `None` where it is missing.
    ///
    /// Cheap also for objects that a partial clone lacks: unlike [`Odb::find`], it does not open the packs anew.
    pub(crate) fn header(&self, id: ObjectId) -> Result<Option<(Kind, u64)>> {
        let handle = match self.idle().pop() {
            Some(handle) => handle,
            None => self.open(Slots::Given(PACKS))?,
        };
        let found = gix::objs::FindHeader::try_header(&handle, &id);
        self.idle().push(handle);
        let damaged =
            |error: gix::Error| Error::corrupt(id.to_string(), error.probable_cause().to_string());
        Ok(found.map_err(damaged)?.map(|header| (header.kind, header.size)))
    }

    /// Fails where the system does not let one of the packs be opened: too many open files, no memory, a bad disk.
    ///
    /// gix passes over such a pack, and what is in it seems to be missing. But it is not damaged, and a branch that
    /// was set back because of it would lose what was stored.
    fn check_access(&self, names: &BTreeSet<OsString>) -> Result<()> {
        for path in names.iter().map(|name| self.folder.join("pack").join(name)) {
            let opened = match path.extension().and_then(OsStr::to_str) {
                Some("idx") => gix::odb::pack::index::File::at(&path, self.hash).map(drop),
                Some("pack") => gix::odb::pack::data::File::at(&path, self.hash).map(drop),
                _ => Ok(()),
            };
            if let Some(error) = opened.err().and_then(|error| Error::of_system(&path, &error)) {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Returns the names of the files in the folder of packs.
    fn packs(&self) -> Result<BTreeSet<OsString>> {
        let folder = self.folder.join("pack");
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
            entries => entries.map_err(Error::io(&folder))?,
        };
        entries.map(|entry| Ok(entry.map_err(Error::io(&folder))?.file_name())).collect()
    }

    fn find_with(
        &self,
        handle: &gix::odb::Handle,
        id: ObjectId,
        kind: Kind,
    ) -> Result<Option<Vec<u8>>> {
        let damaged = |reason: String| Error::corrupt(format!("{kind} {id}"), reason);
        let mut bytes = Vec::new();
        let found = match handle.try_find(&id, &mut bytes) {
            Ok(found) => found.map(|object| object.kind),
            Err(error) => {
                let refused = Error::of_system(&self.folder, &error);
                return Err(refused.unwrap_or_else(|| damaged(error.probable_cause().to_string())));
            }
        };
        let Some(found) = found else { return Ok(None) };
        if found != kind {
            return Err(damaged(format!("is a {found}")));
        }
        self.check(id, kind, &bytes)?;
        Ok(Some(bytes))
    }

    /// Fails where `bytes` are not those of the object `id`.
    fn check(&self, id: ObjectId, kind: Kind, bytes: &[u8]) -> Result<()> {
        let damaged = |reason: String| Error::corrupt(format!("{kind} {id}"), reason);
        match gix::objs::compute_hash(self.hash, kind, bytes) {
            Ok(actual) if actual == id => Ok(()),
            Ok(actual) => Err(damaged(format!("holds the bytes of {actual}"))),
            Err(collision) => Err(damaged(collision.to_string())),
        }
    }

    fn open(&self, slots: Slots) -> Result<gix::odb::Handle> {
        let alloc_limit_bytes = Some(ALLOCATION_LIMIT);
        let options = Options { slots, alloc_limit_bytes, ..Options::default() };
        let open = || gix::odb::at_opts(&self.folder, self.hash, None, options.clone());
        // gix says that it is no folder, also where the system did not let it look.
        let opened = open().or_else(|_unclear| {
            std::fs::metadata(&self.folder)?;
            open()
        });
        let mut handle = opened.map_err(Error::io(&self.folder))?;
        handle.set_pack_cache(|| Box::<StaticLinkedList<64>>::default());
        Ok(handle)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<gix::odb::Handle>> {
        // A panic elsewhere leaves a list of handles that are as good as before.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
