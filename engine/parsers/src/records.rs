//! The records of a log of lines, one after the other: what every reader of JSON Lines does before it understands any.

use crate::lenient::{object, value_or_text};
use crate::lines::{is_torn, line_text};
use crate::repair::{self, Piece};
use crate::session::Place;
use crate::{ParseError, ParseReport, Source};
use opensession_hail::ContentId;
use serde::Deserialize;

/// A log of one session, whose records all have one shape.
pub(crate) trait Log {
    type Record<'a>: Deserialize<'a>;

    /// Returns where the session's next events stand.
    fn place(&mut self) -> &mut Place;

    /// Reads a record.
    fn read_record(&mut self, record: &Self::Record<'_>, json: &str);

    /// Keeps a text that is no record.
    fn keep_text(&mut self, text: String);
}

impl<L: Log> Reader for L {
    fn begin_line(&mut self, number: u64, offset: u64) {
        let place = self.place();
        (place.line, place.offset) = (number, offset);
        place.raw_type.clear();
    }

    fn read(&mut self, json: &str) -> bool {
        object(json).inspect(|record| self.read_record(record, json)).is_some()
    }

    fn keep(&mut self, text: String) {
        self.keep_text(text);
    }
}

/// Takes the records of a log, whatever it is.
pub(crate) trait Reader {
    /// The next records stand on this line, counted from 1, which starts at this byte.
    fn begin_line(&mut self, number: u64, offset: u64);

    /// Reads a record; returns false where the text is no JSON object.
    fn read(&mut self, json: &str) -> bool;

    /// Keeps a text that is no record.
    fn keep(&mut self, text: String);
}

/// How far a log was read.
#[derive(Debug)]
pub(crate) struct Extent {
    bytes: u64,
    hash: ContentId,
    is_torn: bool,
}

impl Extent {
    /// Returns the report of a log that was read this far.
    ///
    /// # Errors
    /// [`ParseError::Foreign`] when the tool wrote no record of it.
    pub(crate) fn close(
        self,
        report: ParseReport,
        source: &Source<'_>,
        tool: &'static str,
    ) -> Result<ParseReport, ParseError> {
        if report.understood.is_empty() && report.dropped.is_empty() && report.records() > 0 {
            return Err(source.foreign(tool));
        }
        let Self { bytes, hash, is_torn: torn } = self;
        Ok(ParseReport { bytes, hash: Some(hash), torn, ..report })
    }
}

/// Reads all records of a log. A last line without its end is left out where more of it may follow.
///
/// # Errors
/// [`ParseError::Io`] when it cannot be read.
pub(crate) fn read(source: &Source<'_>, reader: &mut dyn Reader) -> Result<Extent, ParseError> {
    let mut lines = source.lines()?;
    let mut torn = None;
    while let Some(line) = lines.next()? {
        if !line.terminated && is_torn(&line) {
            let is_blank = line.bytes.is_empty() && line.too_long.is_none();
            torn = Some(line.offset).filter(|_| !is_blank);
            break;
        }
        reader.begin_line(line.number, line.offset);
        if let Some(length) = line.too_long {
            reader.keep(format!("a line of {length} bytes, too long to be kept"));
        } else if !line.bytes.is_empty() {
            read_line(line.bytes, reader);
        }
    }
    let (bytes, hash) = lines.digest(torn);
    Ok(Extent { bytes, hash, is_torn: torn.is_some() })
}

fn read_line(line: &[u8], reader: &mut dyn Reader) {
    if line_text(line).is_some_and(|text| reader.read(&text)) {
        return;
    }
    for piece in repair::pieces(line) {
        match piece {
            Piece::Value(json) if read_object(&json, reader) => {}
            Piece::Value(text) | Piece::Rest(text) => reader.keep(text),
        }
    }
}

/// Reads an object, also one in which a key stands twice: as a value it stands once.
pub(crate) fn read_object(json: &str, reader: &mut dyn Reader) -> bool {
    reader.read(json) || (json.starts_with('{') && reader.read(&value_or_text(json).to_string()))
}
