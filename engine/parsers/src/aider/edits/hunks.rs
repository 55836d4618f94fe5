//! The formats `udiff`, `udiff-simple` and `patch`: hunks of lines that go, come and stay.

use super::{Change, Edit, text};
use crate::diff::{Hunk, from_hunks};
use std::borrow::Cow;

const NOWHERE: &str = "/dev/null";

/// Returns the hunks of the code marked as `diff`.
pub(super) fn read_fenced(lines: &[&str]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut lines = lines.iter().copied();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("```diff") {
            read_diff(lines.by_ref().take_while(|line| !line.starts_with("```")), &mut edits);
        }
    }
    edits
}

fn read_diff<'l>(lines: impl Iterator<Item = &'l str>, edits: &mut Vec<Edit>) {
    let mut before = String::new();
    let mut file = String::new();
    let mut hunk = Lines::default();
    let mut lines = lines.peekable();
    while let Some(line) = lines.next() {
        let next = lines.peek().copied().unwrap_or("");
        if let Some(name) = line.strip_prefix("--- ").filter(|_| next.starts_with("+++ ")) {
            hunk.end(&file, &before, edits);
            name_of(name).clone_into(&mut before);
            let name = next.strip_prefix("+++ ").map_or("", name_of);
            let name = if name == NOWHERE { before.as_str() } else { name };
            // `git diff` puts a letter before each.
            let is_git = before.starts_with("a/") || before == NOWHERE;
            let name = name.strip_prefix("b/").filter(|_| is_git).unwrap_or(name);
            name.clone_into(&mut file);
            lines.next();
        } else if line.starts_with("@@") {
            hunk.end(&file, &before, edits);
            hunk.head = line;
        } else if !line.starts_with("diff --git ") && !line.starts_with("index ") {
            hunk.lines.push(line);
        }
    }
    hunk.end(&file, &before, edits);
}

fn name_of(name: &str) -> &str {
    let name = name.split('\t').next().unwrap_or(name);
    name.trim()
}

/// Returns the changes between `*** Begin Patch` and `*** End Patch`.
pub(super) fn read_patch(lines: &[&str]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let Some(start) = lines.iter().position(|line| line.trim() == "*** Begin Patch") else {
        return edits;
    };
    let mut file = String::new();
    let mut is_new = false;
    let mut hunk = Lines::default();
    let lines = lines.iter().skip(start + 1).take_while(|line| line.trim() != "*** End Patch");
    for line in lines {
        let heads = ["*** Update File: ", "*** Add File: ", "*** Delete File: "];
        let head = heads.iter().find_map(|head| Some((*head, line.strip_prefix(head)?)));
        if let Some((head, name)) = head {
            hunk.end(&file, if is_new { NOWHERE } else { "" }, &mut edits);
            name.trim().clone_into(&mut file);
            is_new = head.contains("Add");
            if head.contains("Delete") {
                edits.push(Edit { path: file.clone(), change: Change::Delete });
            }
        } else if line.starts_with("@@") {
            hunk.end(&file, if is_new { NOWHERE } else { "" }, &mut edits);
        } else if !line.starts_with("*** ") {
            hunk.lines.push(line);
        }
    }
    hunk.end(&file, if is_new { NOWHERE } else { "" }, &mut edits);
    edits
}

/// The lines of a hunk, with the line before them that says where it is.
#[derive(Default)]
struct Lines<'l> {
    head: &'l str,
    lines: Vec<&'l str>,
}

impl<'l> Lines<'l> {
    /// Adds the hunk to the edits, where it changes anything, and begins the next.
    fn end(&mut self, file: &str, before: &str, edits: &mut Vec<Edit>) {
        let Self { head, mut lines } = std::mem::take(self);
        while lines.last().is_some_and(|line| line.trim().is_empty()) {
            lines.pop();
        }
        if file.is_empty() || !lines.iter().any(|line| line.starts_with(['+', '-'])) {
            return;
        }
        let change = if before == NOWHERE {
            let come: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix('+')).collect();
            Change::New(text(&come))
        } else {
            Change::Hunk(hunk(head, &lines))
        };
        edits.push(Edit { path: file.to_owned(), change });
    }
}

/// Returns the hunk with the numbers of lines that it has; models guess them, or leave them out.
fn hunk(head: &str, lines: &[&str]) -> String {
    let start = |mark: char| {
        let number = head.split(mark).nth(1).unwrap_or("");
        let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        number.get(..end).and_then(|number| number.parse().ok()).unwrap_or(1)
    };
    let lines = lines.iter().map(|line| match line.chars().next() {
        Some('+' | '-' | ' ' | '\\') => Cow::Borrowed(*line),
        _ => Cow::Owned(format!(" {line}")),
    });
    let lines: Vec<Cow<'_, str>> = lines.collect();
    let count = |mark| lines.iter().filter(|line| line.starts_with(mark)).count() as u64;
    let (stay, gone, come) = (count(' '), count('-'), count('+'));
    from_hunks(&[Hunk {
        old_start: start('-'),
        old_lines: stay + gone,
        new_start: start('+'),
        new_lines: stay + come,
        lines,
    }])
}
