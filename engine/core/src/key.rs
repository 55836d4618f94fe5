//! The redaction key of a store: made once, kept beside the branch, never pushed.

use crate::{Error, Result};
use opensession_redact::Key;
use opensession_store::Store;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
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
    write(&path, &format!("{}\n", key.to_hex())).map_err(Error::io("create", &path))?;
    Ok(key)
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

/// Writes a file that only its owner can read, whole or not at all. The caller holds the store's lock, so a draft that
/// is in the way is a dead writer's.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_added_extension("new");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    sync(&file)?;
    fs::rename(&draft, path)?;
    path.parent().map_or(Ok(()), |folder| sync(&File::open(folder)?))
}

/// Waits until a file is on the disk, where the file system can promise that.
fn sync(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput
            ) =>
        {
            Err(error)
        }
        _ => Ok(()),
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
