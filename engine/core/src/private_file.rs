//! Files beside a store that only their owner can read, and that must not be lost: its key, and what is not masked.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

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
