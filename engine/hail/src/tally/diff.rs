//! Lines added and removed by a unified diff.

/// How many lines a change adds and removes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineChange {
    /// Lines that were not there before.
    pub added: u64,
    /// Lines that are gone.
    pub removed: u64,
}

/// Returns the number of lines in `text`; a last line without `\n` counts.
#[must_use]
pub fn count_lines(text: &str) -> u64 {
    text.lines().count() as u64
}

/// Returns how many lines a unified diff adds and removes; see [`changed_lines`].
#[must_use]
pub fn diff_lines(diff: &str) -> LineChange {
    let mut change = LineChange::default();
    changed_lines(diff, |line| match line {
        ChangedLine::Added(_) => change.added += 1,
        ChangedLine::Removed(_) => change.removed += 1,
        ChangedLine::Hunk | ChangedLine::Kept(_) => {}
    });
    change
}

/// What [`changed_lines`] finds in a diff; lines are without their sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangedLine<'d> {
    /// Another hunk begins.
    Hunk,
    /// A line that was not there before.
    Added(&'d str),
    /// A line that is gone.
    Removed(&'d str),
    /// A line beside them that stayed.
    Kept(&'d str),
}

/// Passes the changed lines of a unified diff, and those beside them, to `each`, hunk by hunk.
///
/// Hunks are read by the lengths in their `@@ -a,b +c,d @@` line, so that a changed line that itself begins with
/// `--` or `++` is not taken for a file header. In a diff without any such line, some tools' short form, every `+` and
/// `-` line outside file headers counts.
pub fn changed_lines<'d>(diff: &'d str, mut each: impl FnMut(ChangedLine<'d>)) {
    let mut hunk = None;
    let mut has_hunks = false;
    for line in diff.lines() {
        if let Some(rest) = hunk.and_then(|rest: Hunk| rest.after(line)) {
            signed(line).into_iter().for_each(&mut each);
            hunk = Some(rest);
        } else {
            hunk = Hunk::parse(line);
            if hunk.is_some() {
                has_hunks = true;
                each(ChangedLine::Hunk);
            }
        }
    }
    if !has_hunks {
        loose_lines(diff, each);
    }
}

/// Lines of a hunk that are still to come.
#[derive(Clone, Copy)]
struct Hunk {
    old: u64,
    new: u64,
}

impl Hunk {
    fn parse(line: &str) -> Option<Self> {
        let ranges = line.strip_prefix("@@ -")?;
        let (old, new) = ranges.split_once(" +")?;
        let (new, _section) = new.split_once(" @@")?;
        let length = |range: &str| range.split_once(',').map_or(Some(1), |(_, n)| n.parse().ok());
        Some(Self { old: length(old)?, new: length(new)? })
    }

    /// Returns what is left behind `line`, or `None` when the line does not belong to the hunk.
    fn after(self, line: &str) -> Option<Self> {
        let Self { old, new } = self;
        match line.as_bytes().first() {
            Some(b'\\') => Some(self),
            Some(b'+') => Some(Self { old, new: new.checked_sub(1)? }),
            Some(b'-') => Some(Self { old: old.checked_sub(1)?, new }),
            // Editors strip the blank of an empty context line.
            Some(b' ') | None => Some(Self { old: old.checked_sub(1)?, new: new.checked_sub(1)? }),
            Some(_) => None,
        }
    }
}

fn loose_lines<'d>(diff: &'d str, mut each: impl FnMut(ChangedLine<'d>)) {
    for line in diff.lines() {
        if line.starts_with("@@") {
            each(ChangedLine::Hunk);
        } else if !line.starts_with("+++ ") && !line.starts_with("--- ") {
            signed(line).into_iter().for_each(&mut each);
        }
    }
}

fn signed(line: &str) -> Option<ChangedLine<'_>> {
    let mut rest = line.chars();
    match rest.next() {
        Some('+') => Some(ChangedLine::Added(rest.as_str())),
        Some('-') => Some(ChangedLine::Removed(rest.as_str())),
        Some(' ') => Some(ChangedLine::Kept(rest.as_str())),
        // Editors strip the blank of an empty context line.
        None => Some(ChangedLine::Kept("")),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(added: u64, removed: u64) -> LineChange {
        LineChange { added, removed }
    }

    #[test]
    fn changed_lines_are_counted_by_hunk_and_headers_are_not() {
        let diff = "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@ fn main() {\n a\n-b\n+c\n\n\\ No newline at end of file\n@@ -9 +9,2 @@\n-x\n+y\n+z\n";
        assert_eq!(diff_lines(diff), change(3, 2));
    }

    #[test]
    fn content_that_looks_like_a_header_counts_inside_a_hunk_only() {
        let diff = "@@ -1,2 +1,1 @@\n--- old comment\n-gone\n+++ new\n--- a/next\n+++ b/next\n@@ -0,0 +1 @@\n+first\n";
        assert_eq!(diff_lines(diff), change(2, 2));
    }

    #[test]
    fn a_hunk_that_claims_too_much_ends_at_the_next_one() {
        assert_eq!(diff_lines("@@ -1,99 +1,99 @@\n-a\n+b\n@@ -5 +5 @@\n-c\n+d\n"), change(2, 2));
    }

    #[test]
    fn a_diff_without_hunks_counts_its_signs() {
        assert_eq!(diff_lines("--- a\n+++ b\n@@\n-old\n+new\n+more\n"), change(2, 1));
        assert_eq!(diff_lines(""), change(0, 0));
    }

    #[test]
    fn changed_lines_come_hunk_by_hunk_without_their_signs() {
        let found = |diff: &'static str| {
            let mut found = Vec::new();
            changed_lines(diff, |line| found.push(line));
            found
        };
        use ChangedLine::{Added, Hunk, Kept, Removed};
        let diff = "@@ -1,2 +1 @@\n same\n--- old\n@@ -9 +8 @@\n-x\n+y\n";
        let expected = [Hunk, Kept("same"), Removed("-- old"), Hunk, Removed("x"), Added("y")];
        assert_eq!(found(diff), expected);
        assert_eq!(
            found("@@ -1,2 +1,2 @@\n\n-x\n+y\n"),
            [Hunk, Kept(""), Removed("x"), Added("y")]
        );
        assert_eq!(found("--- a\n+++ b\n@@\n+x\n"), [Hunk, Added("x")]);
    }

    #[test]
    fn a_last_line_without_its_end_is_a_line() {
        assert_eq!((count_lines(""), count_lines("a"), count_lines("a\nb\n")), (0, 1, 2));
    }
}
