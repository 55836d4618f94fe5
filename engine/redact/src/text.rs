//! One text: secrets out, marks in.

use crate::lines::{Break, Prefix, next_break};
use crate::mark::mark;
use crate::rules::Found;
use crate::scanner::Scanner;
use crate::{Counts, Key};

/// Returns `text` without secrets, or `None` where it has none; adds what was found to `counts`.
///
/// Repeated until nothing is found, so that redacting the result again changes nothing. This ends: every round takes
/// a secret away, and no rule finds anything in a mark.
pub(crate) fn redact(
    scanner: &Scanner,
    key: &Key,
    text: &str,
    counts: &mut Counts,
) -> Option<String> {
    let mut result: Option<String> = None;
    loop {
        let now = result.as_deref().unwrap_or(text);
        let secrets = scanner.find_all(now.as_bytes());
        if secrets.is_empty() {
            return result;
        }
        result = Some(replace(key, now, &secrets));
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
        let lines = Lines::of(text, range.start, range.end);
        result.push_str(&mark(key, rule, lines.contents.iter().copied()));
        for (from, to) in lines.kept {
            result.push_str(part(from, to));
        }
        copied = range.end;
    }
    result.push_str(part(copied, text.len()));
    result
}

/// A secret, taken apart into what is secret and what shapes the lines that it stands on.
struct Lines<'a> {
    /// What is secret on each line. A key has the same mark in a file, a diff and a string.
    contents: Vec<&'a [u8]>,
    /// Line breaks and what stands in front of a line: they stay, so that no line changes its number.
    kept: Vec<(usize, usize)>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str, start: usize, end: usize) -> Self {
        let bytes = text.as_bytes();
        let secret = &bytes[..end];
        let prefix = Prefix::of(bytes, start);
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
