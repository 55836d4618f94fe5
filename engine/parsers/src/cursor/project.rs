//! The folder that a transcript belongs to. The folder of its project is named by the path, each mark in it made a `-`:
//! that name does not give the path back, but tells whether a path that is known from elsewhere is the one. Such paths
//! stand in the transcript, and in what lies beside it.

use super::message::workspace;
use super::twin::EDITORS;
use super::workspace::folder_of;
use crate::lines::line_text;
use crate::side;
use crate::transcript::word;
use serde_json::{Map, Value};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// In this many words of a text a path is looked for, and in this many texts.
const WORDS: usize = 256;
const TEXTS: usize = 4096;

/// A longer path is none.
const LONGEST: usize = 1024;

/// So many paths are remembered until the name of the project is known.
const SEEN: usize = 256;

/// Of so many files beside the transcript this much is read.
const FILES: usize = 16;
const LARGEST: u64 = 256 * 1024;

/// So many workspaces of the editor are looked at.
const WORKSPACES: usize = 4096;

/// What Cursor keeps in the folder of a project, and tells the model the paths of.
const OWN: [&str; 6] =
    ["agent-tools", "agent-transcripts", "agent-notes", "assets", "mcps", "terminals"];

/// Looks for the folder that has the name of the project.
#[derive(Debug, Default)]
pub(super) struct Project {
    /// As it can be compared; empty as long as nothing tells it.
    name: String,
    is_found: bool,
    /// How many texts were looked at.
    tried: usize,
    /// Paths of a transcript that lies in no project's folder, until it tells which project is meant.
    seen: Vec<String>,
    /// The transcript.
    path: PathBuf,
}

impl Project {
    /// Returns the project whose transcript is at `path`.
    pub(super) fn of(path: &Path) -> Self {
        let project = folder(path).and_then(Path::file_name);
        let name = project.map_or_else(String::new, |name| plain(&name.to_string_lossy()));
        Self { name, path: path.to_owned(), ..Self::default() }
    }

    /// Returns the folder that was trusted in the name of the project.
    pub(super) fn trusted(&mut self) -> Option<String> {
        let file = folder(&self.path)?.join(".workspace-trusted");
        // Where it cannot be read: the transcript and what lies beside it tell the folder too.
        let told = side::read(&file, LARGEST).unwrap_or(None)?;
        let told: Value = serde_json::from_slice(&told).ok()?;
        let path = word(&told, "workspacePath").filter(|path| is_absolute(path))?;
        self.find(path)
    }

    /// Returns the folder of the project by the paths in what a tool was given.
    pub(super) fn try_input(&mut self, input: &Map<String, Value>) -> Option<String> {
        if self.is_found {
            return None;
        }
        input.values().filter_map(Value::as_str).find_map(|text| self.try_text(text))
    }

    /// Returns the folder of the project as a text begins to tell it: by its name, or with a path.
    pub(super) fn try_text(&mut self, text: &str) -> Option<String> {
        self.tried += 1;
        if self.is_found || self.tried > TEXTS {
            return None;
        }
        if let Some(path) = workspace(text) {
            return self.find(path);
        }
        let is_edge = |c: char| c.is_whitespace() || "\"'`;=&|()<>,".contains(c);
        let words = text.split(is_edge).take(WORDS).chain([text]);
        let paths = words.filter(|word| is_absolute(word) && word.len() < LONGEST);
        for path in paths {
            if self.name.is_empty() {
                self.name = own_name(path).map_or_else(String::new, plain);
                if self.seen.len() < SEEN {
                    self.seen.push(path.to_owned());
                }
                if self.name.is_empty() {
                    continue;
                }
                // Those before it count too.
                let seen = std::mem::take(&mut self.seen);
                if let Some(folder) = seen.iter().find_map(|path| folder_named(path, &self.name)) {
                    return self.find(folder);
                }
            } else if let Some(folder) = folder_named(path, &self.name) {
                return self.find(folder);
            }
        }
        None
    }

    /// Returns the folder of the project by what lies beside a transcript that does not tell it: the editor's workspaces,
    /// and other transcripts of the project. It is a last guess: what cannot be read tells nothing.
    pub(super) fn beside(&mut self) -> Option<String> {
        if self.is_found || self.name.is_empty() {
            return None;
        }
        self.of_workspaces().or_else(|| self.of_others())
    }

    /// Returns the one folder of this name that the editor has a workspace for.
    fn of_workspaces(&mut self) -> Option<String> {
        let cursor = folder(&self.path)?.parent()?.parent()?;
        let home =
            cursor.parent().filter(|_| cursor.file_name().is_some_and(|it| it == ".cursor"))?;
        let mut found = None;
        for editor in EDITORS {
            let user = home.join(editor);
            let user = user.parent()?.parent()?;
            let workspaces =
                fs::read_dir(user.join("workspaceStorage")).into_iter().flatten().flatten();
            for workspace in workspaces.take(WORKSPACES) {
                let told = folder_of(&workspace.path()).unwrap_or(None);
                let Some(told) = told.filter(|path| plain(path) == self.name) else { continue };
                if found.as_ref().is_some_and(|other| *other != told) {
                    // `a-b` and `a_b` have one name.
                    return None;
                }
                found = Some(told);
            }
        }
        self.find(&found?)
    }

    fn of_others(&mut self) -> Option<String> {
        self.tried = 0;
        let folder = folder(&self.path)?.join("agent-transcripts");
        let mut others = Vec::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            // Each in a folder of its own, or all in this one.
            let inside = path.join(&name).with_extension("jsonl");
            others.push(if side::is_folder(&path) { inside } else { path });
        }
        others.sort();
        others.iter().take(FILES).find_map(|other| self.try_file(other))
    }

    /// Returns what another transcript tells; one that cannot be read tells nothing.
    fn try_file(&mut self, other: &Path) -> Option<String> {
        let is_file = fs::symlink_metadata(other).is_ok_and(|metadata| metadata.is_file());
        let mut bytes = Vec::new();
        File::open(other).ok().filter(|_| is_file)?.take(LARGEST).read_to_end(&mut bytes).ok()?;
        bytes.split(|byte| *byte == b'\n').find_map(|line| match serde_json::from_slice(line) {
            Ok(value) => self.try_value(&value),
            Err(_torn) => self.try_text(&line_text(line)?),
        })
    }

    fn try_value(&mut self, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => self.try_text(text),
            Value::Array(items) => items.iter().find_map(|item| self.try_value(item)),
            Value::Object(members) => members.values().find_map(|item| self.try_value(item)),
            _ => None,
        }
    }

    fn find(&mut self, folder: &str) -> Option<String> {
        self.is_found = true;
        Some(folder.to_owned())
    }
}

/// Returns the folder of the project that a transcript lies in.
fn folder(path: &Path) -> Option<&Path> {
    let mut parents = path.ancestors();
    parents.find(|it| it.file_name().is_some_and(|it| it == "agent-transcripts"))?.parent()
}

/// Returns the name of the project whose folder a path leads into: `~/.cursor/projects/<name>/agent-tools`.
fn own_name(path: &str) -> Option<&str> {
    let (_, behind) = path
        .replace('\\', "/")
        .find("/.cursor/projects/")
        .and_then(|at| path.get(at..)?.split_at_checked("/.cursor/projects/".len()))?;
    let mut parts = behind.split(['/', '\\']);
    let name = parts.next()?;
    parts.next().filter(|own| OWN.contains(own)).map(|_| name)
}

/// Returns the first of a path and the folders that it lies in which has this name.
fn folder_named<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    // Most paths lead elsewhere.
    if !plain(path).starts_with(name) {
        return None;
    }
    let ends = path.char_indices().filter(|(_, c)| matches!(c, '/' | '\\')).map(|(at, _)| at);
    let mut folders = ends.chain([path.len()]).filter_map(|end| path.get(..end));
    folders.find(|folder| plain(folder) == name)
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/')
        || matches!(path.as_bytes(), [b'A'..=b'Z' | b'a'..=b'z', b':', b'/' | b'\\', ..])
}

/// Returns a path as its project is named; runs of marks and the case of letters say nothing.
fn plain(path: &str) -> String {
    let mut name = String::with_capacity(path.len());
    for c in path.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.truncate(name.trim_end_matches('-').len());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_the_path_that_has_the_name() {
        let path =
            |project: &str| format!("/h/.cursor/projects/{project}/agent-transcripts/a.jsonl");
        let cases = [
            (
                "Users-me-my-project",
                "read /Users/me/my_project/src/a.rs",
                Some("/Users/me/my_project"),
            ),
            ("Users-me-my-project", "/Users/me/my", None),
            ("d-1-yuyu-proj", "D:\\1-yuyu\\proj\\a", Some("D:\\1-yuyu\\proj")),
            ("empty-window", "/Users/me", None),
        ];
        for (project, text, folder) in cases {
            let mut project = Project::of(Path::new(&path(project)));
            assert_eq!(project.try_text(text).as_deref(), folder, "{text}");
        }
        assert_eq!(Project::of(Path::new("a.jsonl")).try_text("/"), None);
    }

    #[test]
    fn a_transcript_elsewhere_may_tell_its_project() {
        let mut project = Project::of(Path::new("a.jsonl"));
        assert_eq!(project.try_text("/Users/me/my_app/a.rs and /Users/me/other/b.rs"), None);
        let told = "/Users/me/.cursor/projects/Users-me-my-app/agent-tools/1.txt";
        assert_eq!(project.try_text(told).as_deref(), Some("/Users/me/my_app"));
        let mut project = Project::of(Path::new("a.jsonl"));
        assert_eq!(
            project.try_text(r"c:\Users\me\.cursor\projects\c-src-app\terminals\1.txt"),
            None
        );
        assert_eq!(project.try_text(r"C:\src\app\a.rs").as_deref(), Some(r"C:\src\app"));
        let told = "<user_info>\nOS: linux\nWorkspace Path: /src/app\n</user_info>";
        assert_eq!(Project::default().try_text(told).as_deref(), Some("/src/app"));
    }
}
