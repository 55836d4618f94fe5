//! Files that are on the disk when a call returns. gix makes no fsync: all of them are made here.

use crate::{Error, Result};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

/// Creates the file at `path` for writing; it must not exist. A symbolic link there is never followed.
pub(crate) fn create(path: &Path) -> Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path).map_err(Error::io(path))
}

/// Waits until the content of `file`, which is at `path`, is on the disk.
///
/// Some network file systems cannot promise that and say so; then nothing can.
pub(crate) fn sync(file: &File, path: &Path) -> Result<()> {
    match file.sync_all() {
        Err(error) if !matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => {
            Err(Error::io(path)(error))
        }
        _ => Ok(()),
    }
}

/// Waits until the names in `folder` are on the disk.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    let file = File::open(folder).map_err(Error::io(folder))?;
    sync(&file, folder)
}

/// Does nothing: only Unix can open a folder, and elsewhere the file system orders names by itself.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_folder: &Path) -> Result<()> {
    Ok(())
}

/// Creates the folder at `path` and those above it that are missing; their names are on the disk when this returns.
pub(crate) fn create_folder(path: &Path) -> Result<()> {
    create_with(&DirBuilder::new(), path)
}

/// Does what [`create_folder`] does; only the owner may read what is created.
pub(crate) fn create_private_folder(path: &Path) -> Result<()> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    create_with(&builder, path)
}

fn create_with(builder: &DirBuilder, path: &Path) -> Result<()> {
    let created = match builder.create(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), |above| create_with(builder, above))?;
            builder.create(path)
        }
        created => created,
    };
    match created {
        Ok(()) => path.parent().map_or(Ok(()), sync_folder),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let found = std::fs::metadata(path).map_err(Error::io(path))?;
            if found.is_dir() { Ok(()) } else { Err(Error::io(path)(error)) }
        }
        Err(error) => Err(Error::io(path)(error)),
    }
}

/// Removes the file at `path`; it may be gone already.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io(path)(error)),
        _ => Ok(()),
    }
}

/// Returns the bytes of the file at `path`; `None` where there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(Error::io(path)(error)),
    }
}
