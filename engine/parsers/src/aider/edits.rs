//! The edits that an answer holds, in each of aider's edit formats.

mod blocks;
mod functions;
mod hunks;
mod listings;

use crate::diff;
use opensession_hail::{Block, EventType};
use std::path::Path;

/// A change of a file, as an answer gives it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Edit {
    pub path: String,
    pub change: Change,
}

/// What is to be changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Change {
    /// One text takes the place of another; of an empty one, it goes behind what is there.
    Replace { old: String, new: String },
    /// The whole file.
    Whole(String),
    /// A hunk of a unified diff, with its head.
    Hunk(String),
    /// A new file, with what is in it.
    New(String),
    /// The file goes.
    Delete,
}

/// Returns the edits of an answer. One answer has edits of one format only.
pub(super) fn read(answer: &str) -> Vec<Edit> {
    let lines: Vec<&str> = answer.lines().collect();
    let formats = [blocks::read, hunks::read_patch, hunks::read_fenced, functions::read];
    let mut found = formats.iter().map(|read| read(&lines));
    found.find(|edits| !edits.is_empty()).unwrap_or_else(|| listings::read(&lines))
}

/// Takes the edits that were made to `path`: aider corrects the folders that models get wrong.
pub(super) fn take(edits: &mut Vec<Edit>, path: &str) -> Vec<Edit> {
    let same = |name: &str| name == path || Path::new(name) == Path::new(path);
    let ends = |name: &str| {
        name.is_empty() || Path::new(name).ends_with(path) || Path::new(path).ends_with(name)
    };
    let taken: Vec<Edit> = edits.extract_if(.., |edit| same(&edit.path)).collect();
    if !taken.is_empty() {
        return taken;
    }
    edits.extract_if(.., |edit| ends(&edit.path)).collect()
}

/// Returns the events of the edits of one file; `is_new` where aider said that it makes the file.
pub(super) fn events(path: &str, edits: &[Edit], is_new: bool) -> (EventType, Vec<Block>) {
    let whole = edits.iter().rev().find_map(|edit| match &edit.change {
        Change::Whole(content) => Some(content.clone()),
        _ => None,
    });
    let news = edits.iter().any(|edit| matches!(edit.change, Change::New(_)));
    let path = path.to_owned();
    if is_new || news {
        let content =
            whole.unwrap_or_else(|| edits.iter().map(|edit| added(&edit.change)).collect());
        let file = Block::File { path: path.clone(), content: Some(content) };
        return (EventType::FileCreate { path }, vec![file]);
    }
    if edits.iter().any(|edit| edit.change == Change::Delete) {
        return (EventType::FileDelete { path }, Vec::new());
    }
    if let Some(content) = whole {
        let file = Block::File { path: path.clone(), content: Some(content) };
        return (EventType::FileEdit { path, diff: None }, vec![file]);
    }
    let diff: String = edits.iter().map(|edit| diff_of(&edit.change)).collect();
    (EventType::FileEdit { path, diff: Some(diff).filter(|diff| !diff.is_empty()) }, Vec::new())
}

fn diff_of(change: &Change) -> String {
    match change {
        Change::Replace { old, new } => diff::between(old, new),
        Change::Hunk(hunk) => hunk.clone(),
        Change::Whole(_) | Change::New(_) | Change::Delete => String::new(),
    }
}

/// Returns the text that a change brings.
fn added(change: &Change) -> String {
    match change {
        Change::Replace { new, .. } => new.clone(),
        Change::Whole(text) | Change::New(text) => text.clone(),
        Change::Hunk(hunk) => hunk
            .lines()
            .filter_map(|line| line.strip_prefix('+'))
            .flat_map(|line| [line, "\n"])
            .collect(),
        Change::Delete => String::new(),
    }
}

/// Returns the file that a line before an edit names, without what models put around it.
fn file_name(line: &str) -> Option<&str> {
    let name = line.trim();
    if name == "..." || is_fence(name) {
        return None;
    }
    let name = name.trim_end_matches(':').trim_start_matches('#').trim();
    let name = name.trim_matches('`').trim_matches('*').trim_matches('`').trim();
    Some(name).filter(|name| !name.is_empty())
}

/// Returns whether the line opens or closes code.
fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || closing(line).is_some_and(|end| line.trim_end() != end)
}

/// Returns what closes the code that a line opens: aider chooses marks that do not stand in the files.
fn closing(line: &str) -> Option<String> {
    let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
    if ticks >= 3 {
        return Some("`".repeat(ticks));
    }
    let names = ["source", "code", "pre", "codeblock", "sourcecode"];
    let name = line.trim().strip_prefix('<')?.strip_suffix('>')?;
    names.contains(&name).then(|| format!("</{name}>"))
}

/// Returns the lines as a text of whole lines.
fn text(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| [*line, "\n"]).collect()
}
