//! HAIL in lines: handed to the reader one by one, so that it is known where in the file each stands.

use super::session::{self, Place};
use super::stem;
use crate::lines::Lines;
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::Reader;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

/// Reads every session of the source.
pub(super) fn parse(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let starts = RefCell::new(Starts::default());
    let mut feed =
        Feed { lines: source.lines()?, starts: &starts, line: Vec::new(), taken: 0, torn: None };
    let mut reader = Reader::new(&mut feed);
    let place = |line| Place { offset: starts.borrow_mut().of(line), record: None };
    let report = session::read_all(&mut reader, place, &stem(source.path()), out);
    let report = report.map_err(|error| ParseError::Io {
        path: source.path().to_owned(),
        source: io::Error::other(error),
    })?;
    let (bytes, hash) = feed.lines.digest(feed.torn);
    Ok(ParseReport { bytes, hash: Some(hash), torn: feed.torn.is_some(), ..report })
}

/// Where the lines start that the reader may still be about.
#[derive(Default)]
struct Starts {
    offsets: VecDeque<u64>,
    /// How many lines are behind it.
    passed: u64,
}

impl Starts {
    /// Returns where a line starts, and forgets those before it.
    fn of(&mut self, line: u64) -> u64 {
        while self.passed + 1 < line && self.offsets.len() > 1 {
            self.offsets.pop_front();
            self.passed += 1;
        }
        self.offsets.front().copied().unwrap_or(0)
    }
}

/// The lines of a log, as an input of the reader.
struct Feed<'a> {
    lines: Lines<'a>,
    starts: &'a RefCell<Starts>,
    /// The present line, and how much of it was read.
    line: Vec<u8>,
    taken: usize,
    /// Where a last line starts that is not whole yet.
    torn: Option<u64>,
}

impl BufRead for Feed<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken == self.line.len() && self.torn.is_none() {
            self.line.clear();
            self.taken = 0;
            let next = self.lines.next().map_err(|error| match error {
                ParseError::Io { source, .. } => source,
                other => io::Error::other(other),
            })?;
            match next {
                None => {}
                Some(line) if !line.terminated && crate::lines::is_torn(&line) => {
                    self.torn = Some(line.offset);
                }
                Some(line) => {
                    match line.too_long {
                        Some(length) => {
                            let note = format!("a line of {length} bytes, too long to be kept");
                            self.line.extend_from_slice(note.as_bytes());
                        }
                        None => self.line.extend_from_slice(line.bytes),
                    }
                    self.line.push(b'\n');
                    self.starts.borrow_mut().offsets.push_back(line.offset);
                }
            }
        }
        Ok(self.line.get(self.taken..).unwrap_or(&[]))
    }

    fn consume(&mut self, amount: usize) {
        self.taken = self.line.len().min(self.taken + amount);
    }
}

impl Read for Feed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}
