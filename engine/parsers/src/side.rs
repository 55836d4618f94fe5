//! Files that lie beside a log. None of them is read through a link: a log cannot make this program read anything else.

use crate::ParseError;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

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

/// Returns what is in a file that is no link and not larger than `largest`; nothing where there is no such file.
///
/// # Errors
/// When it cannot be read: what it says is not known.
pub(crate) fn read(file: &Path, largest: u64) -> Result<Option<Vec<u8>>, ParseError> {
    read_plain(
        file,
        |metadata| {
            if metadata.len() <= largest { fs::read(file).map(Some) } else { Ok(None) }
        },
    )
}

/// Returns the first bytes of a file that is no link; nothing where there is no such file.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn head(file: &Path, most: u64) -> Result<Option<Vec<u8>>, ParseError> {
    read_plain(file, |_metadata| {
        let mut head = Vec::new();
        File::open(file)?.take(most).read_to_end(&mut head)?;
        Ok(Some(head))
    })
}

fn read_plain(
    file: &Path,
    read: impl FnOnce(&Metadata) -> io::Result<Option<Vec<u8>>>,
) -> Result<Option<Vec<u8>>, ParseError> {
    let found = fs::symlink_metadata(file)
        .and_then(|metadata| if metadata.is_file() { read(&metadata) } else { Ok(None) });
    match found {
        Err(error) if is_absent(&error) => Ok(None),
        found => found.map_err(|source| ParseError::Io { path: file.to_owned(), source }),
    }
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
        assert_eq!(read(&file, 4).unwrap().as_deref(), Some(b"four".as_slice()));
        assert_eq!(head(&file, 3).unwrap().as_deref(), Some(b"fou".as_slice()));
        assert_eq!(read(&file, 3).unwrap(), None);
        for absent in [dir.path(), &dir.path().join("b"), &file.join("c")] {
            assert_eq!(read(absent, 4).unwrap(), None);
            assert_eq!(head(absent, 4).unwrap(), None);
        }
        assert!(read(Path::new("\0"), 4).is_err());
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
        assert_eq!(read(&link, 4).unwrap(), None);
        assert_eq!(head(&link, 4).unwrap(), None);
        let folder = dir.path().join("folder");
        std::os::unix::fs::symlink(dir.path(), &folder).unwrap();
        assert!(!is_folder(&folder));
    }
}
