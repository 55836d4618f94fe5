//! The redaction key of a store: made once, kept beside the branch, never pushed.

use crate::{Error, Result, private_file};
use opensession_redact::Key;
use opensession_store::Store;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

const FILE: &str = "redaction.key";
/// How long making the key waits for other writers.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns the key of the store; makes one where there is none.
///
/// # Errors
/// [`Error::Io`], [`Error::BadKey`] where the file holds something else, [`Error::NoRandomness`], and as for
/// [`Store::lock`].
pub(crate) fn load_or_create(store: &Store) -> Result<Key> {
    let path = store.work_folder().join(FILE);
    if let Some(key) = load(&path)? {
        return Ok(key);
    }
    let _lock = store.lock(PATIENCE)?;
    // Another process may have been first; its key counts.
    if let Some(key) = load(&path)? {
        return Ok(key);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::NoRandomness { reason: error.to_string() })?;
    let key = Key::from_bytes(bytes);
    private_file::write(&path, &format!("{}\n", key.to_hex()))
        .map_err(Error::io("create", &path))?;
    Ok(key)
}

/// Returns whether the store has a key; makes none.
///
/// # Errors
/// As for [`load_or_create`].
pub(crate) fn look(store: &Store) -> Result<bool> {
    Ok(load(&store.work_folder().join(FILE))?.is_some())
}

fn load(path: &Path) -> Result<Option<Key>> {
    match fs::read_to_string(path) {
        Ok(text) => match Key::from_hex(text.trim()) {
            Ok(key) => Ok(Some(key)),
            Err(_no_key) => Err(Error::BadKey { path: path.to_owned() }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_a_damaged_one_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::init(&dir.path().join("sessions.git")).unwrap();
        let key = load_or_create(&store).unwrap().to_hex();
        assert_eq!(load_or_create(&store).unwrap().to_hex(), key);
        let file = store.work_folder().join(FILE);
        fs::write(&file, "nonsense").unwrap();
        assert!(matches!(load_or_create(&store), Err(Error::BadKey { .. })));
        assert_eq!(fs::read_to_string(file).unwrap(), "nonsense");
    }
}
