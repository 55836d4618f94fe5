//! Which folder a session works in. The log names it by a hash; what lies beside the log, or the paths in it, tell more.

use super::location;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A larger side file is not read.
const LARGEST: u64 = 4 * 1024 * 1024;
/// In this many words of a text a path is looked for.
const WORDS: usize = 256;
/// A longer path is none: each folder in it is tried.
const LONGEST: usize = 1024;
/// So many folders are tried.
const MOST_TRIED: usize = 100_000;

/// Looks for the folder whose SHA-256 the log holds.
#[derive(Debug, Default)]
pub(super) struct Project {
    /// In hex; empty where the log names none.
    hash: String,
    is_found: bool,
    tried: HashSet<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Registry {
    projects: BTreeMap<String, Value>,
}

impl Project {
    /// The log says that this is the project's hash.
    pub(super) fn name(&mut self, hash: &str) {
        if self.hash != hash {
            self.hash = hash.to_ascii_lowercase();
            self.tried.clear();
        }
    }

    /// Returns the folder as the files beside the log tell it.
    ///
    /// `.project_root` holds the path; `projects.json` maps paths to the names of project folders; the trusted
    /// folders are only paths, of which one may have the hash.
    pub(super) fn find_beside(&mut self, log: &Path) -> Option<String> {
        let own = location::project(log)?;
        if let Some(root) = read(&own.join(".project_root")) {
            let root = root.trim();
            if !root.is_empty() {
                return self.found(root);
            }
        }
        let name = own.file_name()?.to_string_lossy().into_owned();
        let gemini = own.parent()?.parent()?;
        let registry = read(&gemini.join("projects.json")).unwrap_or_default();
        // What is no JSON names no folder.
        let registry: Registry = serde_json::from_str(&registry).unwrap_or_default();
        let named = registry.projects.iter().find(|(_, id)| id.as_str() == Some(&name));
        if let Some((path, _)) = named {
            return self.found(path);
        }
        if self.hash.is_empty() {
            self.name(&name);
        }
        let trusted = read(&gemini.join("trustedFolders.json")).unwrap_or_default();
        let trusted: BTreeMap<String, Value> = serde_json::from_str(&trusted).unwrap_or_default();
        let mut paths = registry.projects.keys().chain(trusted.keys());
        paths.find_map(|path| self.try_path(path))
    }

    /// Returns the first of `path` and the folders that it lies in which has the hash.
    pub(super) fn try_path(&mut self, path: &str) -> Option<String> {
        if self.is_found || self.hash.len() != 64 || !is_absolute(path) || path.len() > LONGEST {
            return None;
        }
        let mut folder = path;
        loop {
            if self.tried.len() >= MOST_TRIED || !self.tried.insert(folder.to_owned()) {
                return None;
            }
            if hex(&Sha256::digest(folder.as_bytes())) == self.hash {
                return self.found(folder);
            }
            folder = folder.rsplit_once(['/', '\\'])?.0;
            if folder.is_empty() {
                return None;
            }
        }
    }

    /// Returns the folder of the project by the paths at the beginning of a text.
    pub(super) fn try_text(&mut self, text: &str) -> Option<String> {
        if self.is_found || self.hash.len() != 64 {
            return None;
        }
        let is_edge = |c: char| c.is_whitespace() || "\"'`;=&|()<>,".contains(c);
        let mut words = text.split(is_edge).take(WORDS);
        words.find_map(|word| self.try_path(word.trim_end_matches(['.', ':'])))
    }

    /// Returns the folder of the project by the paths in a tool's input.
    pub(super) fn try_input(&mut self, input: &serde_json::Map<String, Value>) -> Option<String> {
        if self.is_found || self.hash.len() != 64 {
            return None;
        }
        for (key, value) in input {
            let Some(text) = value.as_str().filter(|text| text.len() < 4096) else {
                continue;
            };
            let found = match key.as_str() {
                "command" => self.try_text(text),
                _ => self.try_path(text),
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn found(&mut self, path: &str) -> Option<String> {
        self.is_found = true;
        Some(path.to_owned())
    }
}

fn is_absolute(path: &str) -> bool {
    let mut start = path.chars();
    match start.next() {
        Some('/' | '\\') => true,
        Some(c) => c.is_ascii_alphabetic() && start.next() == Some(':'),
        None => false,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the text of a side file; one that is missing, too large, unreadable or not UTF-8 tells nothing: the log may
/// tell the folder all the same.
fn read(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(LARGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_file_is_known_by_its_hash() {
        let mut project = Project::default();
        project.name(&hex(&Sha256::digest(b"/src/demo")));
        assert_eq!(project.try_path("/other/demo/a.rs"), None);
        assert_eq!(project.try_path("src/demo"), None);
        assert_eq!(project.try_path("/src/demo/lib/a.rs").as_deref(), Some("/src/demo"));
        assert_eq!(project.try_path("/src/demo"), None, "told once");
    }

    #[test]
    fn a_shell_command_may_hold_the_path() {
        let mut project = Project::default();
        project.name(&hex(&Sha256::digest(b"C:\\src")));
        let input = serde_json::json!({"command": "dir C:\\src\\lib && ls"});
        let input = input.as_object().cloned().unwrap_or_default();
        assert_eq!(project.try_input(&input).as_deref(), Some("C:\\src"));
    }
}
