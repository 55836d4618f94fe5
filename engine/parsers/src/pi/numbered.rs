//! The diffs that the edit tools show: each line with its number, and no head for the hunks.
//!
//! ```text
//!      ...                     left out
//!  234 Guidelines:             a line that stays, with its old number
//! -235 old                     a line that goes
//! +235 new                     a line that comes, with its new number
//! ```
//!
//! Oh My Pi writes `|` behind the number, and for what it leaves out a line that says `...` or a head like `@@ -1,2 +1,2 @@`.

use crate::diff::{Hunk, from_hunks};
use std::borrow::Cow;

/// A line of such a diff.
#[derive(Clone, Copy, Debug)]
struct Row<'a> {
    mark: char,
    number: u64,
    text: &'a str,
}

/// Returns the diff as a unified one; `None` where a line has no number.
pub(super) fn unified(diff: &str) -> Option<String> {
    let mut hunks = Hunks::default();
    let mut rows = diff.lines().map(row).peekable();
    while let Some(row) = rows.next() {
        let Some(row) = row? else {
            hunks.close();
            continue;
        };
        let is_last = rows.peek().is_none();
        let goes_on = matches!(rows.peek(), Some(Some(Some(next))) if hunks.follows(row, *next));
        if row.mark == ' ' && row.text == "..." && (is_last || !goes_on) {
            hunks.close();
        } else {
            hunks.push(row);
        }
    }
    hunks.close();
    (!hunks.done.is_empty()).then(|| from_hunks(&hunks.done))
}

/// Reads a line: `None` where it is of no known kind, and nothing inside where lines are left out there.
fn row(line: &str) -> Option<Option<Row<'_>>> {
    if line.starts_with("@@ ") || matches!(line.trim(), "..." | "…" | "") {
        return Some(None);
    }
    let mut rest = line.chars();
    let mark = rest.next().filter(|mark| matches!(mark, ' ' | '+' | '-'))?;
    let rest = rest.as_str().trim_start_matches(' ');
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, text) = rest.split_at_checked(end)?;
    let text = match text.chars().next() {
        None => "",
        Some(' ' | '|') => text.get(1..)?,
        Some(_) => return None,
    };
    Some(Some(Row { mark, number: number.parse::<u32>().ok()?.into(), text }))
}

/// The hunks so far.
#[derive(Debug, Default)]
struct Hunks<'a> {
    done: Vec<Hunk<'a>>,
    open: Option<Hunk<'a>>,
    /// Lines that came and went in all hunks.
    added: u64,
    removed: u64,
}

impl<'a> Hunks<'a> {
    fn push(&mut self, row: Row<'a>) {
        if self.open.as_ref().is_some_and(|hunk| next_number(hunk, row.mark) != row.number) {
            self.close();
        }
        // Old numbers and new ones differ by what came and went before.
        let (old_start, new_start) = match row.mark {
            '+' => ((row.number + self.removed).saturating_sub(self.added), row.number),
            _ => (row.number, (row.number + self.added).saturating_sub(self.removed)),
        };
        let fresh = || Hunk { old_start, new_start, ..Hunk::default() };
        let hunk = self.open.get_or_insert_with(fresh);
        let (old, new) = (u64::from(row.mark != '+'), u64::from(row.mark != '-'));
        hunk.old_lines += old;
        hunk.new_lines += new;
        hunk.lines.push(Cow::Owned(format!("{}{}", row.mark, row.text)));
        self.removed += u64::from(row.mark == '-');
        self.added += u64::from(row.mark == '+');
    }

    /// Returns whether `next` stands right behind the row.
    fn follows(&self, row: Row<'_>, next: Row<'_>) -> bool {
        let number = match next.mark {
            '+' => (row.number + 1 + self.added).saturating_sub(self.removed),
            _ => row.number + 1,
        };
        next.number == number
    }

    /// Ends the hunk; one that changes nothing is none.
    fn close(&mut self) {
        if let Some(mut hunk) = self.open.take()
            && hunk.lines.iter().any(|line| !line.starts_with(' '))
        {
            // Where a side has no line, the line before is named.
            hunk.old_start -= u64::from(hunk.old_lines == 0 && hunk.old_start > 0);
            hunk.new_start -= u64::from(hunk.new_lines == 0 && hunk.new_start > 0);
            self.done.push(hunk);
        }
    }
}

fn next_number(hunk: &Hunk<'_>, mark: char) -> u64 {
    if mark == '+' { hunk.new_start + hunk.new_lines } else { hunk.old_start + hunk.old_lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_the_heads_of_hunks() {
        let diff = "     ...\n 10 a\n-11 b\n+11 c\n+12 d\n 12 e\n     ...\n 20 f\n-21 g\n 22 h";
        let expected = "@@ -10,3 +10,4 @@\n a\n-b\n+c\n+d\n e\n@@ -20,3 +21,2 @@\n f\n-g\n h\n";
        assert_eq!(unified(diff).as_deref(), Some(expected));
        assert_eq!(unified("+1 a\n+2 b").as_deref(), Some("@@ -0,0 +1,2 @@\n+a\n+b\n"));
        assert_eq!(unified("-7 a").as_deref(), Some("@@ -7 +6,0 @@\n-a\n"));
    }

    #[test]
    fn bars_and_gaps_with_numbers_are_read_too() {
        let diff = "  1|...\n 31|x\n-32|...\n+32|y\n 33|...";
        let expected = "@@ -31,2 +31,2 @@\n x\n-...\n+y\n";
        assert_eq!(unified(diff).as_deref(), Some(expected));
        let headed = "@@ -1,2 +1,2 @@\n-1|a\n+1|b\n 2|...\n 3|c\n";
        assert_eq!(
            unified(headed).as_deref(),
            Some("@@ -1,3 +1,3 @@\n-a\n+b\n ...\n c\n"),
            "a line that says `...` is one where the numbers go on"
        );
    }

    #[test]
    fn what_has_no_numbers_is_none() {
        for odd in
            ["", "     ...", " 1 a\n 2 b", "@@ -1 +1 @@\n-a\n+b", "-99999999999999999999 a", "é"]
        {
            assert_eq!(unified(odd), None, "{odd}");
        }
        assert!(unified("+4294967295 a\n-4294967295 b\n").is_some());
    }
}
