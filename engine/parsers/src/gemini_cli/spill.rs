//! Tool results that were too large for the log: Gemini CLI writes them to a file of the project's folder, and leaves
//! the head and the tail in the log.

use super::location;
use crate::side;
use std::path::Path;

/// A larger file is not read; head and tail stay.
const LARGEST_FILE: u64 = 64 * 1024 * 1024;

/// How a result begins that is not whole.
const STARTS: [&str; 2] = ["Output too large.", "<tool_output_masked>\nOutput too large."];

/// Returns the whole result that `preview` stands for, where its file still lies in the folder of the log's project.
///
/// Only the last names of the path are taken from the log. None of the folders and files below the project's may be a
/// link, so that a log cannot make this program read anything else.
pub(super) fn read(log: &Path, preview: &str) -> Option<String> {
    if !STARTS.iter().any(|start| preview.starts_with(start)) {
        return None;
    }
    let (_, behind) = preview.split_once("For full output see: ")?;
    let mut names = behind.lines().next()?.trim().rsplit(['/', '\\']);
    let (name, parent) = (names.next()?, names.next()?);
    if matches!(name, "" | "." | "..") {
        return None;
    }
    let project = location::project(log)?;
    let outputs = ["tool-outputs", "tool_output"].map(|folder| project.join(folder));
    let session = outputs.iter().map(|folder| folder.join(parent));
    let folders = session.filter(|_| parent.starts_with("session-")).chain(outputs.clone());
    for folder in folders {
        let mut above = folder.ancestors().take_while(|above| *above != project);
        // A file that has gone, or cannot be read, leaves head and tail.
        if above.all(side::is_folder)
            && let Ok(Some(bytes)) = side::read(&folder.join(name), LARGEST_FILE)
        {
            return Some(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn preview(path: &str) -> String {
        format!(
            "Output too large. Showing first 8,000 and last 32,000 characters. For full output see: {path}\nOutput: a"
        )
    }

    #[test]
    fn the_file_is_read_from_the_projects_own_folder_only() {
        let dir = tempfile::tempdir().unwrap();
        let project = dir.path().join("demo");
        let outputs = project.join("tool-outputs/session-1");
        fs::create_dir_all(&outputs).unwrap();
        fs::write(outputs.join("a.txt"), "whole").unwrap();
        fs::write(project.join("tool-outputs/b.txt"), "old").unwrap();
        fs::write(project.join("secret.txt"), "secret").unwrap();
        let log = project.join("chats/session-1.jsonl");
        let found = |path: &str| read(&log, &preview(path));
        assert_eq!(found("/h/tool-outputs/session-1/a.txt").as_deref(), Some("whole"));
        assert_eq!(found("C:\\h\\tool-outputs\\b.txt").as_deref(), Some("old"));
        for path in ["/x/../secret.txt", "/x/session-/../secret.txt", "/x/..", "gone.txt", ""] {
            assert_eq!(found(path), None, "{path}");
        }
        assert_eq!(read(&log, "For full output see: /h/tool-outputs/b.txt"), None);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let project = dir.path().join("demo");
        fs::create_dir_all(project.join("tool-outputs")).unwrap();
        fs::write(dir.path().join("secret.txt"), "secret").unwrap();
        let link = project.join("tool-outputs/a.txt");
        std::os::unix::fs::symlink(dir.path().join("secret.txt"), link).unwrap();
        let log = project.join("chats/session-1.jsonl");
        assert_eq!(read(&log, &preview("/x/tool-outputs/a.txt")), None);
    }
}
