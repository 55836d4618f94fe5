//! Lines inside a text, also inside a text that is written as a string: ended by a line feed or by the two
//! characters `\n`.

/// Where a line ends, and where the next one starts. Both are the length of the text on its last line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Break {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Returns the first line break in `text` at or after `from`; a carriage return before it is part of it.
pub(crate) fn next_break(text: &[u8], from: usize) -> Break {
    let mut at = from;
    while at < text.len() {
        if text[at] == b'\n' || text[at..].starts_with(b"\r\n") {
            let end = if text[at] == b'\n' { at + 1 } else { at + 2 };
            return Break { start: at, end };
        }
        if text[at] == b'\\' {
            if let Some(end) = after_escape(text, at) {
                return Break { start: at, end };
            }
            at += count_backslashes(text, at);
        } else {
            at += 1;
        }
    }
    Break { start: text.len(), end: text.len() }
}

/// Returns the end of the written line break (`\n`, `\r\n`, each with any number of backslashes) that starts at `at`.
fn after_escape(text: &[u8], at: usize) -> Option<usize> {
    let letter = at + count_backslashes(text, at);
    match text.get(letter)? {
        b'n' => Some(letter + 1),
        b'r' => {
            let second = letter + 1 + count_backslashes(text, letter + 1);
            (second > letter + 1 && text.get(second) == Some(&b'n')).then_some(second + 1)
        }
        _ => None,
    }
}

fn count_backslashes(text: &[u8], at: usize) -> usize {
    text[at..].iter().take_while(|b| **b == b'\\').count()
}

/// What stands in front of every line of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// Nothing.
    None,
    /// `+`, `-` or a space, as in a unified diff.
    Diff,
    /// A number and `→`, a tab, `:` or `|`, as when a tool shows a file.
    Number,
}

impl Prefix {
    /// Returns what stands in front of the line that `at` is in, judged by what is there before `at`.
    pub(crate) fn of(text: &[u8], at: usize) -> Self {
        // No prefix is longer than this, and a text may be one long line.
        let window = &text[at.saturating_sub(32)..at];
        let mut line = window;
        let mut next = next_break(line, 0);
        while next.start < line.len() {
            line = &line[next.end..];
            next = next_break(line, 0);
        }
        if line.len() == window.len() && at > window.len() {
            return Self::None;
        }
        if number(line) > 0 {
            Self::Number
        } else if matches!(line, [b'+' | b'-' | b' ', rest @ ..] if rest.iter().all(|b| b" \t".contains(b)))
        {
            Self::Diff
        } else {
            Self::None
        }
    }

    /// Returns how many bytes of `line` are prefix.
    pub(crate) fn length(self, line: &[u8]) -> usize {
        match self {
            Self::None => 0,
            Self::Diff => usize::from(matches!(line, [b'+' | b'-' | b' ', ..])),
            Self::Number => number(line),
        }
    }

    /// Returns `line` without its prefix.
    pub(crate) fn strip(self, line: &[u8]) -> &[u8] {
        &line[self.length(line)..]
    }
}

/// Returns the length of a line number and what ends it, or 0.
fn number(line: &[u8]) -> usize {
    let spaces = line.iter().take_while(|b| **b == b' ').count();
    let digits = line[spaces..].iter().take_while(|b| b.is_ascii_digit()).count();
    let end = spaces + digits;
    let rest = &line[end..];
    let mark = ["→", "\t", "\\t", ":", "|"].iter().find(|mark| rest.starts_with(mark.as_bytes()));
    if digits == 0 { 0 } else { mark.map_or(0, |mark| end + mark.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_are_line_feeds_and_written_escapes() {
        for (text, start, end) in [
            ("ab\ncd", 2, 3),
            ("ab\r\ncd", 2, 4),
            (r"ab\ncd", 2, 4),
            (r"ab\\ncd", 2, 5),
            (r"ab\r\ncd", 2, 6),
            (r"ab\rcd", 6, 6),
            ("abcd", 4, 4),
        ] {
            assert_eq!(next_break(text.as_bytes(), 0), Break { start, end }, "{text:?}");
        }
    }

    #[test]
    fn prefixes_are_told_from_the_first_line() {
        for (before, prefix) in [
            ("", Prefix::None),
            ("x\n+", Prefix::Diff),
            ("x\\n-", Prefix::Diff),
            ("x\n    ", Prefix::Diff),
            ("x\n   12→", Prefix::Number),
            ("3\t", Prefix::Number),
            ("key = \"", Prefix::None),
            ("a line that is longer than any prefix can be +", Prefix::None),
        ] {
            assert_eq!(Prefix::of(before.as_bytes(), before.len()), prefix, "{before:?}");
        }
        assert_eq!(Prefix::Number.strip("   13→MIIE".as_bytes()), b"MIIE");
        assert_eq!(Prefix::Diff.strip(b"MIIE"), b"MIIE");
    }
}
