//! Notes: small files beside the home store that may be lost, changed by several processes at once.

use crate::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

/// The lock for all notes.
const LOCK: &str = "notes.lock";

/// Returns the note `name` in `folder`; one that is missing or damaged is empty.
pub(crate) fn read<T: DeserializeOwned + Default>(folder: &Path, name: &str) -> T {
    let text = fs::read(folder.join(name)).unwrap_or_else(|_missing| Vec::new());
    serde_json::from_slice(&text).unwrap_or_else(|_damaged| T::default())
}

/// Changes the note `name` in `folder`; nothing is written where `edit` changes nothing, and an empty note is removed.
///
/// # Errors
/// [`Error::Io`] where it cannot be written.
pub(crate) fn change<T>(folder: &Path, name: &str, edit: impl Fn(&mut T)) -> Result<()>
where
    T: DeserializeOwned + Serialize + Default + PartialEq,
{
    let edited = || {
        let before: T = read(folder, name);
        let mut after: T = read(folder, name);
        edit(&mut after);
        (after != before).then_some(after)
    };
    if edited().is_none() {
        return Ok(());
    }
    let path = folder.join(name);
    let write = || {
        fs::create_dir_all(folder)?;
        let lock =
            File::options().write(true).create(true).truncate(false).open(folder.join(LOCK))?;
        lock.lock()?;
        // Once more: somebody else may have been faster.
        match edited() {
            Some(note) if note == T::default() => fs::remove_file(&path),
            Some(note) => replace(&path, &serde_json::to_vec(&note)?),
            None => Ok(()),
        }
    };
    write().map_err(Error::io("write", path))
}

/// Puts a file that may be lost in the place of the one at `path`, whole or not at all. The caller holds a lock, so a
/// file that is in the way is a dead writer's.
pub(crate) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension("new");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    File::create_new(&draft)?.write_all(text)?;
    // Not synced: after a power cut the old or an empty file only costs one more look.
    fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn nothing_is_lost_between_writers_and_nothing_written_without_a_change() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("data");
        change(&folder, "a.json", |_: &mut BTreeSet<u32>| {}).unwrap();
        assert!(!folder.exists());
        std::thread::scope(|scope| {
            for number in 0..8_u32 {
                let folder = &folder;
                scope.spawn(move || {
                    change(folder, "a.json", |note: &mut BTreeSet<u32>| {
                        note.insert(number);
                    })
                    .unwrap();
                });
            }
        });
        assert_eq!(read::<BTreeSet<u32>>(&folder, "a.json").len(), 8);
        change(&folder, "a.json", |note: &mut BTreeSet<u32>| note.clear()).unwrap();
        assert!(!folder.join("a.json").exists());
        fs::write(folder.join("a.json"), "[1,").unwrap();
        assert!(read::<BTreeSet<u32>>(&folder, "a.json").is_empty());
    }
}
