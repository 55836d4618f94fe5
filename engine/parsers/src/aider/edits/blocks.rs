//! The formats `diff`, `diff-fenced` and `editor-diff`: blocks with the lines to find and the lines to put there.

use super::{Change, Edit, file_name, is_fence, text};

/// How often the marks of a block stand: models miscount.
const LENGTHS: std::ops::RangeInclusive<usize> = 5..=9;

/// The words that open a block, over the years, and those that close one.
const OPENING: [&str; 3] = ["SEARCH", "ORIGINAL", "HEAD"];
const CLOSING: [&str; 3] = ["REPLACE", "UPDATED", "updated"];

/// How far before a block the name of its file may stand.
const REACH: usize = 3;

/// Returns the blocks of an answer that are whole.
pub(super) fn read(lines: &[&str]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut path = String::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if !is_mark(line, '<', &OPENING) {
            continue;
        }
        if let Some(name) = name_before(lines.get(..at - 1).unwrap_or(&[])) {
            path = name.to_owned();
        }
        let is_divider = |line: &&str| is_mark(line, '=', &[""]);
        let is_end = |line: &&str| is_mark(line, '>', &CLOSING) || is_divider(line);
        let rest = lines.get(at..).unwrap_or(&[]);
        let Some(old) = rest.iter().position(is_divider) else { break };
        let after = rest.get(old + 1..).unwrap_or(&[]);
        let Some(new) = after.iter().position(is_end) else { break };
        at += old + new + 2;
        let part = |lines: &[&str], end| text(lines.get(..end).unwrap_or(&[]));
        let change = Change::Replace { old: part(rest, old), new: part(after, new) };
        edits.push(Edit { path: path.clone(), change });
    }
    edits
}

fn is_mark(line: &str, mark: char, words: &[&str]) -> bool {
    let line = line.trim();
    let rest = line.trim_start_matches(mark);
    let word = rest.trim().trim_end_matches('>');
    LENGTHS.contains(&(line.len() - rest.len())) && words.contains(&word)
}

/// Returns the file that one of the last lines names, with nothing but fences between.
fn name_before<'l>(lines: &[&'l str]) -> Option<&'l str> {
    for line in lines.iter().rev().take(REACH) {
        if let Some(name) = file_name(line) {
            return Some(name);
        }
        if !is_fence(line) {
            return None;
        }
    }
    None
}
