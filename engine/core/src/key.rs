//! The redaction key of a store: made once, kept beside the branch, never pushed.

use crate::{Error, Result};
use opensession_redact::Key;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

const FILE: &str = "redaction.key";

/// Returns the key of the store whose own folder (`<common git dir>/opensession`) this is; makes one where there is
/// none.
///
/// # Errors
/// [`Error::Io`], [`Error::BadKey`] where the file holds something else, [`Error::NoRandomness`].
pub(crate) fn load_or_create(folder: &Path) -> Result<Key> {
    let path = folder.join(FILE);
    if let Some(key) = load(&path)? {
        return Ok(key);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::NoRandomness { reason: error.to_string() })?;
    create(folder, &path, &Key::from_bytes(bytes).to_hex()).map_err(Error::io("create", &path))?;
    // Another process may have been first; its key counts.
    load(&path)?.ok_or(Error::BadKey { path })
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

/// Writes the key whole or not at all: a file of its own first, then linked to its name unless that is taken.
fn create(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let draft = folder.join(format!("{FILE}.{}.tmp", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    let linked = match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // A file system without hard links: whoever renames last has written the key that counts.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied
            ) && !path.exists() =>
        {
            return fs::rename(&draft, path);
        }
        other => other,
    };
    fs::remove_file(&draft)?;
    linked?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_a_damaged_one_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("opensession");
        let key = load_or_create(&folder).unwrap().to_hex();
        assert_eq!(load_or_create(&folder).unwrap().to_hex(), key);
        fs::write(folder.join(FILE), "nonsense").unwrap();
        assert!(matches!(load_or_create(&folder), Err(Error::BadKey { .. })));
        assert_eq!(fs::read_to_string(folder.join(FILE)).unwrap(), "nonsense");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }
}
