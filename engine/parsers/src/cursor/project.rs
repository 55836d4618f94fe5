//! The folder that a transcript belongs to. The folder of its project is named by the path, each mark in it made a `-`;
//! paths in the transcript tell which path that was.

use serde_json::{Map, Value};
use std::path::Path;

/// In this many words of a text a path is looked for, and in this many texts.
const WORDS: usize = 256;
const TEXTS: usize = 4096;

/// A longer path is none.
const LONGEST: usize = 1024;

/// Looks for the folder that has the name of the project.
#[derive(Debug, Default)]
pub(super) struct Project {
    /// As it can be compared; empty where there is nothing to look for any more.
    name: String,
    /// How many texts were looked at.
    tried: usize,
}

impl Project {
    /// Returns the project whose transcript is at `path`.
    pub(super) fn of(path: &Path) -> Self {
        let mut parents = path.ancestors();
        let folder = parents.find(|it| it.file_name().is_some_and(|it| it == "agent-transcripts"));
        let project = folder.and_then(Path::parent).and_then(Path::file_name);
        Self {
            name: project.map_or_else(String::new, |name| plain(&name.to_string_lossy())),
            tried: 0,
        }
    }

    /// Returns the folder of the project by the paths in what a tool was given.
    pub(super) fn try_input(&mut self, input: &Map<String, Value>) -> Option<String> {
        if self.name.is_empty() {
            return None;
        }
        input.values().filter_map(Value::as_str).find_map(|text| self.try_text(text))
    }

    /// Returns the folder of the project by the paths at the beginning of a text.
    pub(super) fn try_text(&mut self, text: &str) -> Option<String> {
        self.tried += 1;
        if self.name.is_empty() || self.tried > TEXTS {
            return None;
        }
        let is_edge = |c: char| c.is_whitespace() || "\"'`;=&|()<>,".contains(c);
        let words = text.split(is_edge).take(WORDS).chain([text]);
        let mut paths = words.filter(|word| is_absolute(word) && word.len() < LONGEST);
        let folder = paths.find_map(|path| folder_named(path, &self.name))?.to_owned();
        self.name.clear();
        Some(folder)
    }
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
}
