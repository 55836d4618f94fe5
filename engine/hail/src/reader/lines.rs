//! Lines of bounded length.

use crate::ContentId;
use std::io::{self, BufRead};

/// The longest line that is read, in bytes; of a longer one only length and hash are kept.
pub(super) const LINE_LIMIT: usize = 64 * 1024 * 1024;

/// One line of the input, without its `\n`.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// A line within the limit; `ended` says whether a `\n` followed.
    Whole { bytes: Vec<u8>, ended: bool },
    /// A line above the limit: its length in bytes and its BLAKE3 hash.
    TooLong { length: u64, hash: ContentId },
}

/// Cuts an input into lines.
pub(super) struct Lines<R> {
    input: R,
    limit: usize,
    /// Bytes that were read ahead and given back, and how many of them are read again.
    returned: Vec<u8>,
    reread: usize,
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn new(input: R, limit: usize) -> Self {
        Self { input, limit, returned: Vec::new(), reread: 0 }
    }

    /// Returns the next line into the storage of `bytes`, or `None` at the end of the input.
    pub(super) fn next(&mut self, mut bytes: Vec<u8>) -> io::Result<Option<Line>> {
        bytes.clear();
        let mut too_long: Option<(blake3::Hasher, u64)> = None;
        let mut ended = false;
        while !ended {
            let chunk = self.fill()?;
            if chunk.is_empty() {
                break;
            }
            let end = memchr::memchr(b'\n', chunk);
            ended = end.is_some();
            let (part, _) = chunk.split_at(end.unwrap_or(chunk.len()));
            let length = part.len();
            if let Some((hasher, total)) = &mut too_long {
                hasher.update(part);
                *total += length as u64;
            } else {
                bytes.extend_from_slice(part);
            }
            self.consume(length + usize::from(ended));
            if too_long.is_none() && bytes.len() > self.limit {
                let mut hasher = blake3::Hasher::new();
                hasher.update(&bytes);
                too_long = Some((hasher, bytes.len() as u64));
                bytes = Vec::new();
            }
        }
        Ok(match too_long {
            Some((hasher, length)) => {
                let hash = ContentId::from_bytes(*hasher.finalize().as_bytes());
                Some(Line::TooLong { length, hash })
            }
            None if bytes.is_empty() && !ended => None,
            None => Some(Line::Whole { bytes, ended }),
        })
    }

    /// Appends what is left of the input to `bytes`, up to the limit; returns whether that was all.
    pub(super) fn read_rest(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        loop {
            let room = self.limit.saturating_sub(bytes.len());
            let chunk = self.fill()?;
            let (part, _) = chunk.split_at(chunk.len().min(room));
            if part.is_empty() {
                return Ok(chunk.is_empty());
            }
            bytes.extend_from_slice(part);
            let length = part.len();
            self.consume(length);
        }
    }

    /// Gives bytes back that [`Self::next`] and [`Self::read_rest`] returned last, to be read again.
    pub(super) fn give_back(&mut self, mut bytes: Vec<u8>) {
        bytes.extend(self.returned.drain(self.reread..));
        (self.returned, self.reread) = (bytes, 0);
    }

    fn fill(&mut self) -> io::Result<&[u8]> {
        if self.reread < self.returned.len() {
            return Ok(self.returned.split_at(self.reread).1);
        }
        loop {
            match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // A second call, as the borrow of the first one would reach into the next turn of the loop.
                Ok(_) => return self.input.fill_buf(),
                Err(error) => return Err(error),
            }
        }
    }

    fn consume(&mut self, length: usize) {
        if self.reread < self.returned.len() {
            self.reread += length;
        } else {
            self.input.consume(length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str, ended: bool) -> Line {
        Line::Whole { bytes: text.into(), ended }
    }

    fn all(lines: &mut Lines<io::BufReader<&[u8]>>) -> Vec<Line> {
        std::iter::from_fn(|| lines.next(Vec::new()).unwrap()).collect()
    }

    fn lines(input: &str, limit: usize) -> Lines<io::BufReader<&[u8]>> {
        Lines::new(io::BufReader::with_capacity(3, input.as_bytes()), limit)
    }

    #[test]
    fn lines_end_at_newlines_and_at_the_end() {
        let found = all(&mut lines("one\n\nthree", 100));
        assert_eq!(found, [whole("one", true), whole("", true), whole("three", false)]);
        assert_eq!(all(&mut lines("", 100)), []);
    }

    #[test]
    fn a_line_above_the_limit_leaves_its_length_and_hash() {
        let found = all(&mut lines("0123456789\nok\n", 4));
        let hash = ContentId::of(b"0123456789");
        assert_eq!(found, [Line::TooLong { length: 10, hash }, whole("ok", true)]);
    }

    #[test]
    fn bytes_given_back_are_read_again_before_the_rest() {
        let mut lines = lines("a\nb\nc\n", 4);
        let mut ahead = Vec::new();
        assert!(!lines.read_rest(&mut ahead).unwrap());
        assert_eq!(ahead, b"a\nb\n");
        lines.give_back(ahead);
        assert_eq!(all(&mut lines), [whole("a", true), whole("b", true), whole("c", true)]);
    }
}
