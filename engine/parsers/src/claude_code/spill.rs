//! Tool results that were too large for the log: Claude Code writes them to a file of the session's own folder and
//! leaves a preview in the log.

use crate::side;
use std::path::Path;

/// A larger file is not read; the preview stays.
const LARGEST_FILE: u64 = 64 * 1024 * 1024;

/// Returns the whole result that `preview` stands for, where its file still lies in the session's folder.
///
/// Only the file's name is taken from the log. Neither the file nor the folders that hold it may be links, so that a
/// log cannot make this program read anything else.
pub(super) fn read(folder: &Path, preview: &str) -> Option<String> {
    let (_, behind) = preview.strip_prefix("<persisted-output>")?.split_once("saved to: ")?;
    let name = behind.lines().next()?.trim().rsplit(['/', '\\']).next()?;
    if matches!(name, "" | "." | "..") {
        return None;
    }
    let results = folder.join("tool-results");
    if !side::is_folder(folder) || !side::is_folder(&results) {
        return None;
    }
    // A file that has gone, or cannot be read, leaves the preview.
    let bytes = side::read(&results.join(name), LARGEST_FILE).ok()??;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_file_is_read_from_the_sessions_own_folder_only() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("session");
        fs::create_dir_all(folder.join("tool-results")).unwrap();
        fs::write(folder.join("tool-results/a.txt"), "whole").unwrap();
        fs::write(folder.join("secret.txt"), "secret").unwrap();
        let preview = |path: &str| {
            format!(
                "<persisted-output>\nOutput too large (9KB). Full output saved to: {path}\n\nPreview (first 2KB):\nwho"
            )
        };
        let found = |path: &str| read(&folder, &preview(path));
        assert_eq!(found("/else/where/tool-results/a.txt").as_deref(), Some("whole"));
        assert_eq!(found("C:\\x\\tool-results\\a.txt").as_deref(), Some("whole"));
        for path in ["../secret.txt", "/x/..", "gone.txt", ""] {
            assert_eq!(found(path), None, "{path}");
        }
        assert_eq!(read(&folder, "a.txt"), None);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("session");
        fs::create_dir_all(folder.join("tool-results")).unwrap();
        fs::write(dir.path().join("secret.txt"), "secret").unwrap();
        std::os::unix::fs::symlink(
            dir.path().join("secret.txt"),
            folder.join("tool-results/a.txt"),
        )
        .unwrap();
        let preview = "<persisted-output>\nFull output saved to: /x/a.txt\n";
        assert_eq!(read(&folder, preview), None);
    }
}
