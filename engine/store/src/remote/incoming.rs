//! What is being fetched: kept apart from the repository's own objects until all of it is there and was checked.
//!
//! A fetch that fails, is ended or killed leaves nothing in the repository. The same way git takes a push.

use crate::lock::{Deadline, Lock};
use crate::pack::Pack;
use crate::{Error, Result, Store, durable, git, lock};
use gix::ObjectId;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The folder for it, beside the lock of whoever fetches, in the folder of our own files.
const INCOMING: &str = "incoming";

impl Store {
    /// Clears what a dead fetch left; nothing is made where there never was one.
    pub(crate) fn clear_incoming(&self, deadline: Deadline) -> Result<()> {
        let folder = self.work_folder().join(INCOMING);
        if !folder.is_dir() {
            return Ok(());
        }
        let lock = Lock::acquire(&folder, deadline)?;
        Incoming { objects: folder.join("objects"), _lock: lock }.clear()
    }
}

/// Objects that are being fetched. They are gone with it, save those that were taken.
pub(super) struct Incoming {
    objects: PathBuf,
    _lock: Lock,
}

impl Incoming {
    /// Returns a place for what is fetched into `store`, and clears what a dead one left. Only one may fetch at a time:
    /// others are waited for until `deadline`.
    pub(super) fn open(store: &Store, deadline: Deadline) -> Result<Self> {
        lock::create_folder(&store.work_folder())?;
        let folder = store.work_folder().join(INCOMING);
        let lock = Lock::acquire(&folder, deadline)?;
        let incoming = Self { objects: folder.join("objects"), _lock: lock };
        incoming.clear()?;
        durable::create_folder(&incoming.packs())?;
        Ok(incoming)
    }

    /// Returns what makes git write new objects here, and find the others in `store`.
    pub(super) fn environment(&self, store: &Store) -> [(&'static str, OsString); 2] {
        [
            ("GIT_OBJECT_DIRECTORY", self.objects.clone().into_os_string()),
            ("GIT_ALTERNATE_OBJECT_DIRECTORIES", quoted(&store.git_dir().join("objects"))),
        ]
    }

    /// Returns how many bytes came so far.
    pub(super) fn size(&self) -> u64 {
        let Ok(files) = fs::read_dir(self.packs()) else { return 0 };
        // One that is renamed meanwhile is counted the next time.
        files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum()
    }

    /// Makes a pack of what `tip` needs and no ref of `store` leads to, where none came: git brings nothing that is
    /// there, also where it is garbage, which it may collect at any time. `false` where it did so by now.
    pub(super) fn keep(&self, store: &Store, tip: ObjectId) -> Result<bool> {
        let folder = self.packs();
        let mut files = fs::read_dir(&folder).map_err(Error::io(&folder))?;
        if files.next().is_some() {
            return Ok(true);
        }
        let tip = tip.to_string();
        let list = ["rev-list", "--objects", "--missing=allow-promisor", &tip, "--not", "--all"];
        let listed = git::run(store.git_dir(), &list, b"")?;
        if listed.code != Some(0) {
            return Ok(false);
        }
        let listed = listed.success()?;
        if listed.is_empty() {
            return Ok(true);
        }
        let pack = folder.join("pack");
        let name = pack.to_str();
        let name = name.ok_or_else(|| Error::invalid(pack.display().to_string(), "is no UTF-8"))?;
        // It reads its input to the end before it says anything.
        let packed = git::run(store.git_dir(), &["pack-objects", "--quiet", name], &listed)?;
        Ok(packed.code == Some(0))
    }

    /// Moves the packs that came into `store`, whose lock the caller holds. Git keeps them until they are released.
    pub(super) fn take(&self, store: &Store) -> Result<Vec<Pack>> {
        let folder = self.packs();
        let files = fs::read_dir(&folder).map_err(Error::io(&folder))?;
        let mut packs = Vec::new();
        for file in files {
            let path = file.map_err(Error::io(&folder))?.path();
            if path.extension() == Some(OsStr::new("idx")) {
                packs.push(Pack::take(&path.with_extension("pack"), &store.packs(), store.hash())?);
            }
        }
        Ok(packs)
    }

    fn packs(&self) -> PathBuf {
        self.objects.join("pack")
    }

    fn clear(&self) -> Result<()> {
        match fs::remove_dir_all(&self.objects) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(Error::io(&self.objects)(error))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // The next one clears it, and says so where it cannot.
        drop(self.clear());
    }
}

/// Returns `path` as it stands in a list of paths: one with a `:` in it must be quoted.
#[cfg(unix)]
fn quoted(path: &Path) -> OsString {
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
    let mut text = vec![b'"'];
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'"' | b'\\' => text.extend([b'\\', *byte]),
            b'\n' => text.extend(*b"\\n"),
            _ => text.push(*byte),
        }
    }
    text.push(b'"');
    OsString::from_vec(text)
}

#[cfg(not(unix))]
fn quoted(path: &Path) -> OsString {
    path.as_os_str().to_owned()
}
