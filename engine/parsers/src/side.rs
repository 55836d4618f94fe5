//! Files that lie beside a log. None of them is read through a link: a log cannot make this program read anything else.

use crate::ParseError;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Returns what is in a folder, by name; nothing where there is no such folder.
///
/// # Errors
/// When it cannot be listed: what is in it is not known.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>, ParseError> {
    let listed = || {
        let entries = match fs::read_dir(folder) {
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut paths: Vec<PathBuf> =
            entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        paths.sort();
        Ok(paths)
    };
    listed().map_err(|source| ParseError::Io { path: folder.to_owned(), source })
}

/// Returns whether the error says that there is no such file or folder.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Returns what is in a file that is no link and not larger than `largest`.
pub(crate) fn read(file: &Path, largest: u64) -> Option<Vec<u8>> {
    let metadata = fs::symlink_metadata(file).ok()?;
    // A file that has gone, or cannot be read, tells nothing.
    (metadata.is_file() && metadata.len() <= largest).then(|| fs::read(file).ok())?
}

/// Returns whether there is a folder, and no link to one.
pub(crate) fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_moderate_size_are_read_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a");
        fs::write(&file, "four").unwrap();
        assert_eq!(read(&file, 4).as_deref(), Some(b"four".as_slice()));
        assert_eq!(read(&file, 3), None);
        assert_eq!(read(dir.path(), 4), None);
        assert_eq!(read(&dir.path().join("b"), 4), None);
        assert!(is_folder(dir.path()) && !is_folder(&file));
    }

    #[test]
    fn a_folder_that_is_not_there_has_nothing_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a");
        fs::write(&file, "").unwrap();
        assert_eq!(list(dir.path()).unwrap(), std::slice::from_ref(&file));
        assert!(list(&dir.path().join("b")).unwrap().is_empty());
        assert!(list(&file).unwrap().is_empty());
        assert!(list(Path::new("\0")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("a"), dir.path().join("link"));
        fs::write(&file, "a").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(read(&link, 4), None);
        let folder = dir.path().join("folder");
        std::os::unix::fs::symlink(dir.path(), &folder).unwrap();
        assert!(!is_folder(&folder));
    }
}
