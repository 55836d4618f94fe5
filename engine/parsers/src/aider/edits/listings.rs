//! The formats `whole` and `editor-whole`: the name of a file, and all that is in it.

use super::{Change, Edit, closing, file_name, text};

/// Returns the listings of an answer. Those that only show something are among them: aider says which it took.
pub(super) fn read(lines: &[&str]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let Some(end) = closing(line) else { continue };
        let named = at.checked_sub(2).and_then(|before| lines.get(before));
        let path = named.and_then(|line| file_name(line)).unwrap_or("");
        let rest = lines.get(at..).unwrap_or(&[]);
        let length = rest.iter().position(|line| line.starts_with(&end)).unwrap_or(rest.len());
        at += length + 1;
        let content = text(rest.get(..length).unwrap_or(&[]));
        edits.push(Edit { path: path.to_owned(), change: Change::Whole(content) });
    }
    edits
}
