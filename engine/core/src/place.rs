//! Where a folder that a log names is on this machine: Windows and the Linux inside of it (WSL) name one folder in
//! two ways. And paths as they are compared.

use opensession_parsers::Home;
use std::path::PathBuf;

/// Returns the folder as this system names it, one that has no other name as it is; `~` is the home folder.
///
/// WSL mounts the drive `C:` at `/mnt/c`, and Windows sees the files of a distribution below `\\wsl.localhost\<name>`
/// or, before Windows 11, `\\wsl$\<name>`: <https://learn.microsoft.com/windows/wsl/filesystems>.
pub(crate) fn local(cwd: &str, home: &Home) -> PathBuf {
    let other = if cfg!(windows) { of_linux(cwd) } else { of_windows(cwd) };
    other.map_or_else(|| home.expand(cwd), PathBuf::from)
}

/// Returns the Linux name of a folder that Windows names.
fn of_windows(folder: &str) -> Option<String> {
    let folder = folder.replace('\\', "/");
    if let Some((drive, rest)) = folder.split_once(":/") {
        let mut letters = drive.chars();
        let letter = letters.next().filter(|letter| letter.is_ascii_alphabetic())?;
        let only = letters.next().is_none();
        return only.then(|| format!("/mnt/{}/{rest}", letter.to_ascii_lowercase()));
    }
    let (host, rest) = folder.strip_prefix("//")?.split_once('/')?;
    let is_wsl = ["wsl.localhost", "wsl$"].iter().any(|name| host.eq_ignore_ascii_case(name));
    let inside = rest.split_once('/').map_or("", |(_distribution, inside)| inside);
    is_wsl.then(|| format!("/{inside}"))
}

/// Returns the Windows name of a folder on a drive that WSL names.
fn of_linux(folder: &str) -> Option<String> {
    let rest = folder.strip_prefix("/mnt/")?;
    let (drive, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let letter = drive.chars().next().filter(char::is_ascii_alphabetic)?;
    (drive.len() == 1)
        .then(|| format!("{}:\\{}", letter.to_ascii_uppercase(), rest.replace('/', "\\")))
}

/// Whether a path needs no folder before it: it begins with a separator, a drive or `~`.
pub(crate) fn is_absolute(path: &str) -> bool {
    let below_home =
        path.strip_prefix('~').map(|rest| rest.is_empty() || rest.starts_with(['/', '\\']));
    below_home.unwrap_or_else(|| path.starts_with(['/', '\\']) || has_drive(path))
}

/// Whether a path begins with a drive: `C:\` or `C:/`.
fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic())
}

/// Returns an absolute path with forward slashes and without `.`, `..`, empty parts and a slash at its end.
///
/// Only by its text: where `..` follows a link, the file is not found, and no wrong one either.
pub(crate) fn plain(path: &str) -> String {
    let path = path.strip_prefix(r"\\?\").unwrap_or(path);
    let is_foreign = has_drive(path) || path.starts_with('\\');
    let path = if is_foreign { path.replace('\\', "/") } else { path.to_owned() };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.iter().flat_map(|part| ["/", part]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_and_wsl_name_one_folder() {
        let some = |folder: &str| Some(folder.to_owned());
        assert_eq!(of_windows(r"C:\Users\a\shop"), some("/mnt/c/Users/a/shop"));
        assert_eq!(of_windows("d:/shop"), some("/mnt/d/shop"));
        assert_eq!(of_windows(r"\\wsl.localhost\Ubuntu\home\a"), some("/home/a"));
        assert_eq!(of_windows(r"\\WSL$\Debian"), some("/"));
        for other in ["/home/a", "/home/a:/b", r"\\server\share\a", "relative", "C:", ""] {
            assert_eq!(of_windows(other), None, "{other}");
        }
        assert_eq!(of_linux("/mnt/c/Users/a/shop"), some(r"C:\Users\a\shop"));
        assert_eq!(of_linux("/mnt/c"), some(r"C:\"));
        for other in ["/home/a", "/mnt/disk/a", "/mnt/", ""] {
            assert_eq!(of_linux(other), None, "{other}");
        }
    }

    #[cfg(not(windows))]
    #[test]
    fn a_folder_of_this_system_stays_as_it_is() {
        let home = Home::new("/home/a".into(), [].into(), opensession_parsers::Os::Linux);
        for folder in ["/home/a", r"\\wsl$\Ubuntu\home\a", "~"] {
            assert_eq!(local(folder, &home), PathBuf::from("/home/a"));
        }
        assert_eq!(local("~/shop", &home), PathBuf::from("/home/a/shop"));
    }
}
