//! The lines of a log, whatever its size, in bounded memory.

use crate::ParseError;
use crate::head::without_mark;
use memchr::memmem::Finder;
use opensession_hail::ContentId;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::io::{self, Read};
use std::path::Path;
use std::sync::LazyLock;

/// How much is read at once, when the log is large enough.
const CHUNK: usize = 256 * 1024;
/// Most logs are small: the buffer starts with this and grows.
const FIRST_CHUNK: usize = 16 * 1024;
/// A longer line is not kept: nothing that a person or a model says is that long. Nor is a longer record of a document,
/// or a longer value of a database.
pub(crate) const LONGEST_LINE: usize = 64 * 1024 * 1024;

/// Finds the escapes of characters by their numbers; to prepare it costs more than to search a short line.
static ESCAPE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\\u"));

/// One line without its `\n`, a `\r` before it, NUL bytes around it, or a byte order mark.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    /// The text; empty for a line that is too long to keep.
    pub bytes: &'a [u8],
    /// The line as it stands, with its end; empty for a line that is too long to keep.
    pub raw: &'a [u8],
    /// Where the line starts in the uncompressed log.
    pub offset: u64,
    /// Counted from 1.
    pub number: u64,
    /// Whether a `\n` ends it; only the last line may lack one.
    pub terminated: bool,
    /// The length of a line that is too long to keep.
    pub too_long: Option<u64>,
}

/// Reads lines from `reader` through one growing buffer and hashes what it has read.
pub(crate) struct Lines<'a> {
    path: &'a Path,
    reader: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    /// The unread part of the buffer.
    start: usize,
    end: usize,
    /// Where `start` is in the log.
    offset: u64,
    number: u64,
    finished: bool,
    hasher: blake3::Hasher,
    /// How much of the buffer, from its beginning, is not hashed yet.
    hashed: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(path: &'a Path, reader: Box<dyn Read + 'a>) -> Self {
        Self {
            path,
            reader,
            buffer: vec![0; FIRST_CHUNK],
            start: 0,
            end: 0,
            offset: 0,
            number: 0,
            finished: false,
            hasher: blake3::Hasher::new(),
            hashed: 0,
        }
    }

    /// Returns the next line; `None` at the end of the log.
    pub(crate) fn next(&mut self) -> Result<Option<Line<'_>>, ParseError> {
        let mut searched = 0;
        loop {
            let unread = self.buffer.get(self.start + searched..self.end).unwrap_or(&[]);
            if let Some(at) = memchr::memchr(b'\n', unread) {
                return Ok(Some(self.take(searched + at, true)));
            }
            searched = self.end - self.start;
            if self.finished {
                return Ok((searched > 0).then(|| self.take(searched, false)));
            }
            if searched > LONGEST_LINE {
                return self.skip_line().map(Some);
            }
            self.fill()?;
        }
    }

    /// Returns how many bytes were taken as lines, and their BLAKE3.
    ///
    /// With `without_last`, the last line counts as not taken: it is torn.
    pub(crate) fn digest(mut self, without_last: Option<u64>) -> (u64, ContentId) {
        let bytes = without_last.unwrap_or(self.offset);
        let taken = self.start.saturating_sub(usize::try_from(self.offset - bytes).unwrap_or(0));
        self.hasher.update(self.buffer.get(self.hashed..taken).unwrap_or(&[]));
        (bytes, ContentId::from_bytes(*self.hasher.finalize().as_bytes()))
    }

    fn take(&mut self, length: usize, terminated: bool) -> Line<'_> {
        let from = self.start;
        let offset = self.offset;
        let step = length + usize::from(terminated);
        self.start += step;
        self.offset += step as u64;
        self.number += 1;
        let number = self.number;
        if length > LONGEST_LINE {
            let too_long = Some(length as u64);
            return Line { bytes: &[], raw: &[], offset, number, terminated, too_long };
        }
        let bytes = self.buffer.get(from..from + length).unwrap_or(&[]);
        let raw = self.buffer.get(from..from + step).unwrap_or(&[]);
        Line { bytes: trim(bytes, offset == 0), raw, offset, number, terminated, too_long: None }
    }

    /// Moves the unread part to the front and reads more behind it.
    fn fill(&mut self) -> Result<(), ParseError> {
        self.hash_until(self.start);
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        self.hashed = 0;
        // Half of it free, or as large as is worth it: a long line makes it grow further.
        let free = self.buffer.len() - self.end;
        if free < CHUNK / 2 && (self.offset > 0 || free == 0) {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or(&mut []);
        let count = loop {
            match self.reader.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // A compressed log that is still being written ends inside a frame: a torn tail like any other.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break 0,
                Err(source) => {
                    return Err(ParseError::Io { path: self.path.to_owned(), source });
                }
                Ok(count) => break count,
            }
        };
        self.finished = count == 0;
        self.end += count;
        Ok(())
    }

    fn hash_until(&mut self, position: usize) {
        self.hasher.update(self.buffer.get(self.hashed..position).unwrap_or(&[]));
        self.hashed = position;
    }

    fn skip_line(&mut self) -> Result<Line<'_>, ParseError> {
        let offset = self.offset;
        let mut length = 0_u64;
        let terminated = loop {
            let unread = self.buffer.get(self.start..self.end).unwrap_or(&[]);
            if let Some(at) = memchr::memchr(b'\n', unread) {
                length += at as u64;
                self.start += at + 1;
                break true;
            }
            length += unread.len() as u64;
            self.start = self.end;
            if self.finished {
                break false;
            }
            self.fill()?;
        };
        self.offset += length + u64::from(terminated);
        self.number += 1;
        let (number, too_long) = (self.number, Some(length));
        Ok(Line { bytes: &[], raw: &[], offset, number, terminated, too_long })
    }
}

fn trim(bytes: &[u8], first: bool) -> &[u8] {
    let bytes = if first { without_mark(bytes) } else { bytes };
    let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
    let from = bytes.iter().position(|byte| !blank(byte)).unwrap_or(bytes.len());
    let to = bytes.iter().rposition(|byte| !blank(byte)).map_or(from, |last| last + 1);
    bytes.get(from..to).unwrap_or(&[])
}

/// Returns the text of a line; `None` where it is not UTF-8.
///
/// What stays raw when a record is read is only looked into later, and must hold no half of a pair of escapes then
/// (`\ud83d`): such halves are made literal text.
pub(crate) fn line_text(line: &[u8]) -> Option<Cow<'_, str>> {
    let mut escapes = ESCAPE.find_iter(line);
    let has_pairs = escapes.any(|at| matches!(line.get(at + 2), Some(b'd' | b'D')));
    match std::str::from_utf8(line) {
        Ok(_) if has_pairs => Some(Cow::Owned(opensession_hail::repair(line))),
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_not_utf8) => None,
    }
}

/// Returns whether more may follow of a last line without its end: it is not made of whole objects and lists.
pub(crate) fn is_torn(line: &Line<'_>) -> bool {
    line.too_long.is_some() || !is_whole(line.bytes)
}

fn is_whole(line: &[u8]) -> bool {
    let text = opensession_hail::repair(line);
    let mut values = serde_json::Deserializer::from_str(&text).into_iter::<IgnoredAny>();
    let mut from = 0;
    while let Some(value) = values.next() {
        let rest = text.get(from..).unwrap_or("").trim_start();
        if value.is_err() || !rest.starts_with(['{', '[']) {
            return false;
        }
        from = values.byte_offset();
    }
    from > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> (Vec<(String, u64, bool)>, u64, ContentId) {
        let mut lines = Lines::new(Path::new("log"), Box::new(bytes));
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push((
                String::from_utf8_lossy(line.bytes).into_owned(),
                line.offset,
                line.terminated,
            ));
        }
        let (bytes, hash) = lines.digest(None);
        (found, bytes, hash)
    }

    #[test]
    fn marks_nul_runs_and_carriage_returns_are_not_part_of_a_line() {
        let (found, ..) = read(b"\xef\xbb\xbf{1}\r\n\0\0\0{2}\n\n{3}");
        let expected = [("{1}", 0, true), ("{2}", 8, true), ("", 15, true), ("{3}", 16, false)];
        assert_eq!(found, expected.map(|(text, offset, end)| (text.to_owned(), offset, end)));
    }

    #[test]
    fn a_line_too_long_to_keep_is_named_and_the_next_one_is_read() {
        let mut bytes = vec![b'x'; LONGEST_LINE + 3 * CHUNK];
        bytes.extend_from_slice(b"\nnext\n");
        let mut lines = Lines::new(Path::new("log"), Box::new(bytes.as_slice()));
        let long = lines.next().unwrap().unwrap();
        assert_eq!(long.too_long, Some((LONGEST_LINE + 3 * CHUNK) as u64));
        assert_eq!(lines.next().unwrap().unwrap().bytes, b"next");
        assert_eq!(lines.digest(None), (bytes.len() as u64, ContentId::of(&bytes)));
    }

    #[test]
    fn a_last_line_is_whole_when_nothing_can_follow() {
        for whole in [r#"{"a":1}"#, r#"{"a":1}{"b":2} "#, "[1]"] {
            assert!(is_whole(whole.as_bytes()), "{whole}");
        }
        for torn in ["", "1", "{", r#"{"a":1}{"#, r#"{"a":1} 7"#, "tru"] {
            assert!(!is_whole(torn.as_bytes()), "{torn}");
        }
    }

    proptest! {
        #[test]
        fn lines_and_offsets_are_those_of_the_text(texts in proptest::collection::vec("[a-z]{0,9}", 0..40), repeat in 1_usize..4000) {
            let texts: Vec<String> = texts.iter().map(|text| text.repeat(repeat)).collect();
            let whole = texts.iter().map(|text| format!("{text}\n")).collect::<String>();
            let (found, bytes, hash) = read(whole.as_bytes());
            prop_assert_eq!(found.iter().map(|line| &line.0).collect::<Vec<_>>(), texts.iter().collect::<Vec<_>>());
            for (text, offset, _) in &found {
                let from = usize::try_from(*offset).unwrap();
                prop_assert_eq!(whole.as_bytes().get(from..from + text.len()), Some(text.as_bytes()));
            }
            prop_assert_eq!((bytes, hash), (whole.len() as u64, ContentId::of(whole.as_bytes())));
        }
    }
}
