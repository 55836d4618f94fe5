//! Unified diffs from what logs say of an edit.

use similar::TextDiff;
use std::borrow::Cow;
use std::fmt::Write;

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
}
