//! Unified diffs from what logs say of an edit.

use similar::TextDiff;
use std::borrow::Cow;
use std::fmt::Write;

/// Texts with more pairs of lines are not compared line by line.
const MOST_PAIRS: usize = 16_000_000;

/// One hunk as Claude Code's `structuredPatch` and similar records give it. Lines start with ` `, `+`, `-` or `\`.
#[derive(Debug, Default)]
pub(crate) struct Hunk<'a> {
    pub old_start: u64,
    pub old_lines: u64,
    pub new_start: u64,
    pub new_lines: u64,
    pub lines: Vec<Cow<'a, str>>,
}

/// Returns the hunks as a unified diff without file headers: the event's `path` names the file.
pub(crate) fn from_hunks(hunks: &[Hunk<'_>]) -> String {
    let mut diff = String::new();
    for hunk in hunks {
        let (old, new) =
            (range(hunk.old_start, hunk.old_lines), range(hunk.new_start, hunk.new_lines));
        writeln!(diff, "@@ -{old} +{new} @@").expect("a string takes every write");
        for line in &hunk.lines {
            diff.push_str(line);
            diff.push('\n');
        }
    }
    diff
}

fn range(start: u64, lines: u64) -> String {
    if lines == 1 { start.to_string() } else { format!("{start},{lines}") }
}

/// Returns the unified diff from `old` to `new` with three lines of context; line numbers count from the start of
/// the given texts.
pub(crate) fn from_texts(old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(3)
        .missing_newline_hint(false)
        .to_string()
}

/// Returns the diff from `old` to `new`.
///
/// Comparing texts takes time in the product of their differing lines; where that is more than anybody's edit, the
/// differing lines are replaced as a whole.
pub(crate) fn between(old: &str, new: &str) -> String {
    let lines = |text: &'_ str| text.lines().count();
    let same =
        |pairs: &mut dyn Iterator<Item = (&str, &str)>| pairs.take_while(|(a, b)| a == b).count();
    if lines(old).saturating_mul(lines(new)) <= MOST_PAIRS {
        return from_texts(old, new);
    }
    let first = same(&mut old.lines().zip(new.lines()));
    let shorter = lines(old).min(lines(new)) - first;
    let last = same(&mut old.lines().rev().zip(new.lines().rev()).take(shorter));
    let (removed, added) = (lines(old) - first - last, lines(new) - first - last);
    if removed.saturating_mul(added) <= MOST_PAIRS {
        return from_texts(old, new);
    }
    let first_line = first as u64 + 1;
    let mut diff = String::new();
    let (was, is) = (range(first_line, removed as u64), range(first_line, added as u64));
    writeln!(diff, "@@ -{was} +{is} @@").expect("a string takes every write");
    // Straight into the diff: of millions of lines, each would cost more than it holds.
    let gone = old.lines().skip(first).take(removed).map(|line| ('-', line));
    let come = new.lines().skip(first).take(added).map(|line| ('+', line));
    for (mark, line) in gone.chain(come) {
        diff.push(mark);
        diff.push_str(line);
        diff.push('\n');
    }
    diff
}

/// Returns the diff from its first hunk on: the event's path names the file.
pub(crate) fn without_head(diff: &str) -> String {
    let at = if diff.starts_with("@@") { Some(0) } else { diff.find("\n@@").map(|at| at + 1) };
    let mut hunks = at.and_then(|at| diff.get(at..)).unwrap_or("").to_owned();
    if !hunks.is_empty() && !hunks.ends_with('\n') {
        hunks.push('\n');
    }
    hunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_and_texts_give_the_same_diff() {
        let hunk = Hunk {
            old_start: 1,
            old_lines: 2,
            new_start: 1,
            new_lines: 1,
            lines: vec!["-a".into(), " b".into()],
        };
        assert_eq!(from_hunks(&[hunk]), "@@ -1,2 +1 @@\n-a\n b\n");
        assert_eq!(from_texts("a\nb\n", "b\n"), "@@ -1,2 +1 @@\n-a\n b\n");
        assert_eq!(from_texts("a", "b"), "@@ -1 +1 @@\n-a\n+b\n");
        assert_eq!(from_texts("a", "a"), "");
    }

    #[test]
    fn large_texts_without_a_common_line_are_replaced_as_a_whole() {
        let text =
            |mark: &str| (0..9000).fold("same\n".to_owned(), |all, n| format!("{all}{mark}{n}\n"));
        let diff = between(&text("a"), &text("b"));
        assert!(diff.starts_with("@@ -2,9000 +2,9000 @@\n-a0\n"));
        assert_eq!(between(&text("a"), &text("a").replace("a7\n", "b7\n")).lines().count(), 9);
    }

    #[test]
    fn a_diff_loses_its_head_and_gets_its_last_line_end() {
        assert_eq!(
            without_head("Index: a\n===\n--- a\n+++ a\n@@ -1 +1 @@\n-a\n+b"),
            "@@ -1 +1 @@\n-a\n+b\n"
        );
        assert_eq!(without_head("@@ -1 +1 @@\n-a\n+b\n"), "@@ -1 +1 @@\n-a\n+b\n");
        assert_eq!(without_head("no diff"), "");
    }
}
