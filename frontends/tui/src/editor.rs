//! The user's editor: the only program that the terminal screen starts.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{self, Command};

/// Shows `text` in the editor that the command starts, in a private file below `folder` that is gone afterwards.
///
/// # Errors
/// When the file cannot be written or the editor cannot be started or fails.
pub fn show(command: &str, folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let file = write(folder, name, text)?;
    // As git does: the command may have arguments of its own.
    let script = format!("{command} \"$@\"");
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that starts the editor, which the user chose"
    )]
    let ended = Command::new("sh").args(["-c", &script, command]).arg(&file).status();
    let removed = fs::remove_file(&file);
    let status = ended?;
    removed?;
    match status.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!("{command:?} ended with {status}"))),
    }
}

/// Writes a file that only the user can read, under a name that nothing has.
fn write(folder: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    for number in 0..1_000 {
        let path = folder.join(format!("opensession-{}-{number}-{name}", process::id()));
        match options.open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other(format!("{} has no name left for a file", folder.display())))
}
