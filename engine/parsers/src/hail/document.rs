//! HAIL as one object, `{version, session_id, agent, context, events, stats}`: written anew as it grows, and with a
//! header that changes then. Its events are its records.

use super::session::{self, Place};
use super::{shape, stem};
use crate::items::{self, Document};
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::{ContentId, Reader};
use serde_json::Value;

/// Reads every session of the source.
pub(super) fn parse(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let io_error = |error| ParseError::Io { path: source.path().to_owned(), source: error };
    let bytes = source.whole()?;
    let mut script = Script::default();
    let mut rest = bytes.as_slice();
    let mut is_torn = false;
    while let Some(document) = items::read(rest, "events") {
        is_torn = !document.is_whole;
        script.add(&document, rest);
        rest = rest.get(document.length..).unwrap_or(&[]);
    }
    if !rest.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) {
        script.add_line(rest, Place::default());
    }
    let Script { text, places, .. } = script;
    let place = |line: u64| {
        let index = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
        places.get(index).copied().unwrap_or_default()
    };
    let mut reader = Reader::new(text.as_slice());
    let report = session::read_all(&mut reader, place, &stem(source.path()), out)
        .map_err(|error| io_error(std::io::Error::other(error)))?;
    let hash = Some(ContentId::of(&bytes));
    Ok(ParseReport { bytes: bytes.len() as u64, hash, torn: is_torn, ..report })
}

/// Documents as lines: what the reader is given, and which record each line is.
#[derive(Default)]
struct Script<'a> {
    text: Vec<u8>,
    places: Vec<Place<'a>>,
    /// How many bytes the records of the present session have.
    offset: u64,
}

impl<'a> Script<'a> {
    /// Adds the lines of an object at the start of `rest`.
    fn add(&mut self, document: &Document<'a>, rest: &'a [u8]) {
        let has = |name| document.has(name);
        if has("type") || !shape::begins_with_object(rest) {
            // A line of the other shape.
            self.add_line(rest.get(..document.length).unwrap_or(rest), Place::default());
            return;
        }
        // Whose session it is may stand behind the events.
        let is_named = has("session_id") && has("agent");
        if !document.is_whole && !is_named {
            return;
        }
        self.offset = 0;
        self.add_line(&header_line(document), Place::default());
        for item in &document.items {
            self.add_line(item.bytes, Place { offset: self.offset, record: Some(item.bytes) });
            self.offset += item.bytes.len() as u64 + 1;
        }
    }

    fn add_line(&mut self, line: &[u8], place: Place<'a>) {
        // Outside of strings a line break is a blank, and inside of them none may stand.
        self.text.extend(line.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }));
        self.text.push(b'\n');
        self.places.push(place);
    }
}

fn header_line(document: &Document<'_>) -> Vec<u8> {
    let mut line = br#"{"type":"header""#.to_vec();
    for (name, value) in document.members.iter().filter(|(name, _)| *name != b"stats") {
        line.extend_from_slice(b",");
        line.extend(json_string(name));
        line.push(b':');
        match serde_json::from_slice::<Value>(value) {
            Ok(_) => line.extend_from_slice(value),
            // Damage in one member must not cost the others.
            Err(_damaged) => line.extend(json_string(value)),
        }
    }
    line.push(b'}');
    line
}

fn json_string(bytes: &[u8]) -> Vec<u8> {
    Value::from(opensession_hail::visible(bytes)).to_string().into_bytes()
}
