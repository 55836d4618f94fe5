//! A file as it was in one commit, or is in the work tree: its lines as they are compared.

use crate::links::line::{Line, Weight};
use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};

/// A line as it is compared: byte by byte, and without white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Print {
    pub exact: u64,
    pub bare: u64,
}

impl Print {
    /// Returns the print of a line, with or without its end.
    pub(crate) fn of(line: &str) -> Self {
        let line = line.trim_end_matches(['\r', '\n']);
        let (mut exact, mut bare) = (DefaultHasher::new(), DefaultHasher::new());
        exact.write(line.as_bytes());
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        for part in line.split(|c: char| c.is_ascii_whitespace() || c == '\u{b}') {
            bare.write(part.as_bytes());
        }
        Self { exact: exact.finish(), bare: bare.finish() }
    }
}

/// A line of a file, and how much it proves: nothing where everybody has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileLine {
    pub print: Print,
    pub weight: Option<Weight>,
}

/// The lines of a file.
pub(crate) struct Version {
    pub lines: Vec<FileLine>,
    /// Where each line stands, by what it is without white space.
    places: HashMap<u64, Vec<usize>>,
}

impl Version {
    /// Returns the lines of a file.
    pub(crate) fn new(text: &[u8]) -> Self {
        let line = |line: &[u8]| {
            let text = readable(line);
            let weight = Line::new(text.as_bytes()).map(Line::weight);
            FileLine { print: Print::of(&text), weight }
        };
        let lines: Vec<FileLine> = split(text).map(line).collect();
        let mut places: HashMap<u64, Vec<usize>> = HashMap::with_capacity(lines.len());
        for (at, line) in lines.iter().enumerate() {
            places.entry(line.print.bare).or_default().push(at);
        }
        Self { lines, places }
    }

    /// Returns where a line stands.
    pub(crate) fn places(&self, bare: u64) -> &[usize] {
        self.places.get(&bare).map_or(&[], Vec::as_slice)
    }
}

/// Returns the lines of a file without their `\n`; a last one without it counts.
pub(crate) fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\n").unwrap_or(line))
}

/// Returns a line as tools log it. What is not UTF-8 is mostly Latin-1, whose bytes are the first characters.
fn readable(line: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(text),
        Err(_latin) => Cow::Owned(line.iter().copied().map(char::from).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_by_their_bytes_or_without_white_space() {
        let print = Print::of("  let a = 1;");
        assert_eq!(Print::of("  let a = 1;\r\n"), print);
        let other = Print::of("\tlet a=1;");
        assert!(other.bare == print.bare && other.exact != print.exact);
        assert_ne!(Print::of("let b = 1;").bare, print.bare);
    }

    #[test]
    fn a_file_is_its_lines_whatever_its_encoding() {
        let version = Version::new(b"gr\xf6\xdfe = 12\n}\ngr\xf6\xdfe = 12");
        let bare = Print::of("größe = 12").bare;
        assert_eq!(version.places(bare), [0, 2]);
        let weights: Vec<_> = version.lines.iter().map(|line| line.weight).collect();
        assert_eq!(weights, [Some(Weight::Strong), None, Some(Weight::Strong)]);
        assert_eq!(split(b"").count(), 0);
    }
}
