//! Files that are replaced whole or not at all, and symbolic links that are never written through.

use crate::{Error, Result};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// What stands at a path.
#[derive(Debug)]
pub(crate) enum Found {
    Absent,
    /// A regular file that may be written.
    File(Whole),
    /// Something that is left alone, for this reason.
    Refused(String),
}

/// A regular file.
#[derive(Debug)]
pub(crate) struct Whole {
    /// Where it is, symbolic links resolved.
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
    pub(crate) metadata: Box<Metadata>,
    /// Whether a symbolic link led here.
    pub(crate) linked: bool,
}

impl Whole {
    /// Returns whether git would run it.
    pub(crate) fn is_executable(&self) -> bool {
        #[cfg(unix)]
        return std::os::unix::fs::PermissionsExt::mode(&self.metadata.permissions()) & 0o111 != 0;
        #[cfg(not(unix))]
        return true;
    }
}

/// Returns what stands at `path`. The target of a symbolic link counts where `allowed` says so of it.
pub(crate) fn look(path: &Path, allowed: impl Fn(&Path, &Metadata) -> bool) -> Result<Found> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Absent),
        Err(error) => return Err(Error::io(path)(error)),
    };
    let linked = metadata.is_symlink();
    let real = match fs::canonicalize(path) {
        Ok(real) => real,
        Err(_) if linked => {
            return Ok(Found::Refused("is a symbolic link that leads nowhere".to_owned()));
        }
        Err(error) => return Err(Error::io(path)(error)),
    };
    let metadata = fs::metadata(&real).map_err(Error::io(&real))?;
    if !metadata.is_file() {
        return Ok(Found::Refused("is not a regular file".to_owned()));
    }
    if linked && !allowed(&real, &metadata) {
        let reason =
            format!("is a symbolic link to {}, which is not ours to change", real.display());
        return Ok(Found::Refused(reason));
    }
    let bytes = fs::read(&real).map_err(Error::io(&real))?;
    Ok(Found::File(Whole { path: real, bytes, metadata: Box::new(metadata), linked }))
}

/// The owner and permissions of a file that is written.
#[derive(Debug)]
pub(crate) enum Mode {
    /// Those of the file with this metadata.
    Keep(Box<Metadata>),
    /// A new program: everything that the user's umask allows.
    Program,
    /// A new file that only its owner reads.
    Private,
}

/// Writes the file at `path`: a crash leaves the old bytes or the new ones. A symbolic link at `path` is replaced.
pub(crate) fn write(path: &Path, bytes: &[u8], mode: &Mode) -> Result<()> {
    let beside = clear(path)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        let bits = if matches!(mode, Mode::Program) { 0o777 } else { 0o600 };
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, bits);
    }
    let written = options.open(&beside).and_then(|mut file| {
        file.write_all(bytes)?;
        if let Mode::Keep(metadata) = mode {
            keep_owner(&file, metadata)?;
            file.set_permissions(metadata.permissions())?;
        }
        sync(&file)
    });
    let moved = written.map_err(Error::io(&beside)).and_then(|()| rename(&beside, path));
    if moved.is_err() {
        // The first failure is the one to tell; what is left over is cleared by the next run.
        drop(fs::remove_file(&beside));
    }
    moved
}

/// Removes what a run that was killed left beside `path`, and returns where the next one writes. Nothing that git or a
/// tool reads has this name.
pub(crate) fn clear(path: &Path) -> Result<PathBuf> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".opensession-new");
    let beside = path.with_file_name(name);
    remove(&beside)?;
    Ok(beside)
}

/// Gives `file` the owner in `metadata`: settings that root wrote must stay readable to their user.
#[cfg(unix)]
fn keep_owner(file: &File, metadata: &Metadata) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let now = file.metadata()?;
    if (now.uid(), now.gid()) == (metadata.uid(), metadata.gid()) {
        return Ok(());
    }
    match fchown(file, Some(metadata.uid()), Some(metadata.gid())) {
        // Only root may give files away. Then the file is the writer's, as after any editor.
        Err(error) if error.kind() != ErrorKind::PermissionDenied => Err(error),
        _ => Ok(()),
    }
}

/// Does nothing: elsewhere a new file has the owner of its folder.
#[cfg(not(unix))]
fn keep_owner(_file: &File, _metadata: &Metadata) -> std::io::Result<()> {
    Ok(())
}

/// Moves the file at `from` over the one at `to`, and waits until both names are on the disk.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(Error::io(to))?;
    sync_folder_of(to)?;
    if from.parent() == to.parent() { Ok(()) } else { sync_folder_of(from) }
}

/// Removes the file at `path`; it may be gone already.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder_of(path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io(path)(error)),
    }
}

/// Removes the folder at `path` if it is empty, and returns whether it is gone.
pub(crate) fn remove_empty_folder(path: &Path) -> Result<bool> {
    match fs::remove_dir(path) {
        Ok(()) => Ok(true),
        Err(error) => match error.kind() {
            ErrorKind::NotFound => Ok(true),
            ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory => Ok(false),
            _ => Err(Error::io(path)(error)),
        },
    }
}

/// Waits until the names in the folder of `path` are on the disk.
fn sync_folder_of(path: &Path) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    if cfg!(unix) {
        File::open(folder).and_then(|file| sync(&file)).map_err(Error::io(folder))?;
    }
    Ok(())
}

/// Waits until `file` is on the disk. Some network file systems cannot promise that and say so; then nothing can.
fn sync(file: &File) -> std::io::Result<()> {
    match file.sync_all() {
        Err(error) if matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => {
            Ok(())
        }
        result => result,
    }
}
