//! One text: secrets out, marks in.

use crate::lines::{Break, Prefix, next_break};
use crate::mark::mark;
use crate::rules::Found;
use crate::scanner::Scanner;
use crate::{Counts, Key, identity};
use std::ops::Range;

/// Returns `text` without secrets, or `None` where it has none; adds what was found to `counts`.
///
/// Repeated until nothing is found, so that redacting the result again changes nothing. This ends: every round takes
/// a secret away, and no rule finds anything in a mark.
pub(crate) fn redact(scanner: &Scanner, text: &str, counts: &mut Counts) -> Option<String> {
    let mut result: Option<String> = None;
    loop {
        let now = result.as_deref().unwrap_or(text);
        let secrets = scanner.find_all(now.as_bytes());
        if secrets.is_empty() {
            return result;
        }
        result = Some(replace(scanner.key(), now, &secrets));
        for Found { rule, .. } in secrets {
            *counts.entry(rule.to_owned()).or_default() += 1;
        }
    }
}

fn replace(key: &Key, text: &str, secrets: &[Found]) -> String {
    let part = |from, to| text.get(from..to).expect("secrets start and end with ASCII characters");
    let mut result = String::with_capacity(text.len());
    let mut copied = 0;
    for Found { rule, range } in secrets {
        result.push_str(part(copied, range.start));
        copied = range.end;
        if let Some(other) = identity::replacement(rule) {
            result.push_str(other);
            continue;
        }
        let lines = Lines::of(text.as_bytes(), range.clone());
        result.push_str(&mark(key, rule, lines.contents.iter().copied()));
        for (from, to) in lines.kept {
            result.push_str(part(from, to));
        }
    }
    result.push_str(part(copied, text.len()));
    result
}

/// A secret, taken apart into what is secret and what shapes the lines that it stands on.
pub(crate) struct Lines<'a> {
    /// What is secret on each line. A key has the same mark in a file, a diff and a string.
    pub(crate) contents: Vec<&'a [u8]>,
    /// Line breaks and what stands in front of a line: they stay, so that no line changes its number.
    pub(crate) kept: Vec<(usize, usize)>,
}

impl<'a> Lines<'a> {
    /// Returns the lines of the secret that stands at `range` in `text`.
    pub(crate) fn of(text: &'a [u8], range: Range<usize>) -> Self {
        let Range { start, end } = range;
        let secret = &text[..end];
        let prefix = Prefix::of(text, start);
        let (mut contents, mut kept) = (Vec::new(), Vec::new());
        let mut at = start;
        loop {
            let Break { start: line_end, end: next } = next_break(secret, at);
            contents.push(&secret[at..line_end]);
            if line_end == end {
                return Self { contents, kept };
            }
            at = next + prefix.length(&secret[next..]);
            kept.push((line_end, at));
        }
    }
}
