//! Unified diffs from what logs say of an edit.

use similar::TextDiff;
use std::borrow::Cow;
use std::fmt::Write;

/// Texts with more pairs of lines are not compared line by line.
const MOST_PAIRS: usize = 16_000_000;

/// So many bytes are looked through for the hunks of another diff.
const MOST_SEARCHED: usize = 64 * 1024 * 1024;

/// So many lines around a change are shown.
const CONTEXT: usize = 3;

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
    compare(old, new, CONTEXT)
}

/// Returns the diff from `old` to `new`.
///
/// Comparing texts takes time in the product of their differing lines; where that is more than anybody's edit, the
/// differing lines are replaced as a whole.
pub(crate) fn between(old: &str, new: &str) -> String {
    bounded(old, new, CONTEXT)
}

/// Returns the diff of the two texts that an edit was given, with every line of both: it says all that they say.
pub(crate) fn of_parts(old: &str, new: &str) -> String {
    bounded(old, new, old.len().max(new.len()))
}

fn compare(old: &str, new: &str, context: usize) -> String {
    TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(context)
        .missing_newline_hint(false)
        .to_string()
}

fn bounded(old: &str, new: &str, context: usize) -> String {
    let lines = |text: &'_ str| text.lines().count();
    let same =
        |pairs: &mut dyn Iterator<Item = (&str, &str)>| pairs.take_while(|(a, b)| a == b).count();
    if lines(old).saturating_mul(lines(new)) <= MOST_PAIRS {
        return compare(old, new, context);
    }
    let first = same(&mut old.lines().zip(new.lines()));
    let shorter = lines(old).min(lines(new)) - first;
    let last = same(&mut old.lines().rev().zip(new.lines().rev()).take(shorter));
    let (removed, added) = (lines(old) - first - last, lines(new) - first - last);
    if removed.saturating_mul(added) <= MOST_PAIRS {
        return compare(old, new, context);
    }
    let (before, after) = (first.min(context), last.min(context));
    let first_line = (first - before) as u64 + 1;
    let range = |changed: usize| range(first_line, (before + changed + after) as u64);
    let mut diff = String::new();
    writeln!(diff, "@@ -{} +{} @@", range(removed), range(added))
        .expect("a string takes every write");
    // Straight into the diff: of millions of lines, each would cost more than it holds.
    let kept =
        |from: usize, count: usize| old.lines().skip(from).take(count).map(|line| (' ', line));
    let gone = old.lines().skip(first).take(removed).map(|line| ('-', line));
    let come = new.lines().skip(first).take(added).map(|line| ('+', line));
    let changed = gone.chain(come);
    for (mark, line) in
        kept(first - before, before).chain(changed).chain(kept(first + removed, after))
    {
        diff.push(mark);
        diff.push_str(line);
        diff.push('\n');
    }
    diff
}

/// Returns whether a diff shows every line that another one shows, `part`: that of the texts that an edit was given. Where
/// it does not, or to look would take too long, these say more.
pub(crate) fn holds(diff: &str, part: &str) -> bool {
    let hunks = part.matches("\n@@ -").count() + 1;
    if diff.len().saturating_mul(hunks) > MOST_SEARCHED {
        return diff == part && !part.is_empty();
    }
    let shown: Vec<[String; 2]> = sides(diff).collect();
    let is_shown = |[old, new]: [String; 2]| {
        shown.iter().any(|[was, is]| was.contains(&old) && is.contains(&new))
    };
    // No diff shows what is not changed.
    !part.is_empty() && (diff == part || sides(part).all(is_shown))
}

/// Returns what stood at each hunk, and what stands there now.
fn sides(diff: &str) -> impl Iterator<Item = [String; 2]> {
    let hunks = diff.strip_prefix("@@ -").into_iter().flat_map(|hunks| hunks.split("\n@@ -"));
    hunks.map(|hunk| {
        let side = |marks: [char; 2]| {
            let lines = hunk.lines().skip(1).filter_map(|line| line.strip_prefix(marks));
            lines.collect::<Vec<_>>().join("\n")
        };
        [side([' ', '-']), side([' ', '+'])]
    })
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
        assert!(diff.starts_with("@@ -1,9001 +1,9001 @@\n same\n-a0\n"));
        assert_eq!(between(&text("a"), &text("a").replace("a7\n", "b7\n")).lines().count(), 9);
    }

    #[test]
    fn the_diff_of_the_parts_of_an_edit_has_all_their_lines() {
        let part = |mark: &str| format!("1\n2\n3\n4\n5\n{mark}\n7\n8\n9\n10\n11\n");
        let (old, new) = (part("a"), part("b"));
        let whole = "@@ -1,11 +1,11 @@\n 1\n 2\n 3\n 4\n 5\n-a\n+b\n 7\n 8\n 9\n 10\n 11\n";
        assert_eq!(of_parts(&old, &new), whole);
        assert!(!holds(&between(&old, &new), whole), "its ends are missing");
        let file = |part: &str| format!("x\n{part}y\n");
        let of_file = from_hunks(&[Hunk {
            old_start: 7,
            old_lines: 14,
            new_start: 7,
            new_lines: 14,
            lines: of_parts(&file(&old), &file(&new)).lines().skip(1).map(Cow::from).collect(),
        }]);
        assert!(holds(&of_file, whole));
        assert!(holds("@@ -3 +3 @@\n-let x = 1;\n+let y = 1;\n", &of_parts("x", "y")));
        assert!(!holds(whole, "") && !holds("", whole));
        let many = of_parts("x", "y").repeat(30_000);
        assert!(holds(&many, &many) && !holds(&format!("{many}-z\n"), &many), "it takes no time");
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
