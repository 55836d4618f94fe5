//! Sessions that a tool keeps as one document with a list of messages, written anew at each change.
//!
//! What is compared when such a session has grown is not the document, whose head and end change with each version, but
//! its messages, one after the other ([`crate::Sink::record`]).

use crate::ParseReport;
use crate::head::without_mark;
use crate::items::{self, Document};
use crate::repair::{self, Piece};
use crate::session::{Fate, Session};
use opensession_hail::{ContentId, repair as readable};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A document with its messages.
pub(crate) struct Transcript<'d> {
    /// The members beside the list.
    pub members: Map<String, Value>,
    /// The messages; `None` for one that is no JSON, or nested too deeply.
    pub messages: Vec<Option<Value>>,
    document: Document<'d>,
    has_begun: bool,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl<'d> Transcript<'d> {
    /// Reads a document with its messages under `key`; `None` where it is no object.
    pub(crate) fn read(bytes: &'d [u8], key: &str) -> Option<Self> {
        let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
        let start = without_mark(bytes);
        let first = start.iter().find(|byte| !is_blank(byte));
        let document = match first {
            // A file whose first byte is still to be written.
            None => Document::default(),
            Some(b'{') => items::read(bytes, key)?,
            Some(_) => return None,
        };
        let members = document.members.iter().map(|(name, value)| {
            (readable(name), value_of(value).unwrap_or_else(|| Value::String(readable(value))))
        });
        Some(Self {
            members: members.collect(),
            messages: document.items.iter().map(|item| value_of(item.bytes)).collect(),
            document,
            has_begun: first.is_some(),
            hasher: blake3::Hasher::new(),
            bytes: 0,
        })
    }

    /// Returns whether the document ends as it should: else what comes behind its messages is not known.
    pub(crate) const fn is_whole(&self) -> bool {
        self.document.is_whole
    }

    /// Counts the document, where there is anything of it.
    pub(crate) fn count(&self, session: &mut Session<'_>) {
        if self.has_begun {
            "document".clone_into(&mut session.place.raw_type);
            session.count(Fate::Understood, "");
        }
    }

    /// Goes on to the message at `index`: its events stand there.
    pub(crate) fn enter(&mut self, session: &mut Session<'_>, index: usize) {
        let bytes = self.document.items.get(index).map_or(&[][..], |item| item.bytes);
        session.record(bytes);
        self.hasher.update(bytes).update(b"\n");
        self.bytes += bytes.len() as u64 + 1;
    }

    /// Returns the JSON of the message at `index`, repaired where it is not UTF-8.
    pub(crate) fn json(&self, index: usize) -> Cow<'d, str> {
        let bytes = self.document.items.get(index).map_or(&[][..], |item| item.bytes);
        std::str::from_utf8(bytes).map_or_else(|_foreign| readable(bytes).into(), Cow::Borrowed)
    }

    /// Returns the text of the message at `index`, repaired.
    pub(crate) fn text(&self, index: usize) -> String {
        readable(self.document.items.get(index).map_or(&[][..], |item| item.bytes))
    }

    /// Completes the report of a session with what was read of its document.
    pub(crate) fn report(&self, report: ParseReport) -> ParseReport {
        let hash = Some(ContentId::from_bytes(*self.hasher.finalize().as_bytes()));
        ParseReport { bytes: self.bytes, hash, torn: !self.document.is_whole, ..report }
    }
}

/// Returns the JSON value that the bytes are, after repair.
pub(crate) fn value_of(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok().or_else(|| match &repair::pieces(bytes)[..] {
        [Piece::Value(json)] => serde_json::from_str(json).ok(),
        _ => None,
    })
}

/// Returns the text under `key`, where it is one that is not blank.
pub(crate) fn word<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str().filter(|text| !text.trim().is_empty())
}

/// Returns the list under `key`; an empty one where there is none.
pub(crate) fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Returns the path that a `file://` address names, and any other text as it is.
///
/// `file:///home/a%20b` is `/home/a b`, and `file:///c%3A/src` is `c:/src`.
pub(crate) fn path_of(address: &str) -> String {
    let Some(rest) = address.strip_prefix("file://") else { return address.to_owned() };
    let path = rest.strip_prefix("localhost").filter(|rest| rest.starts_with('/')).unwrap_or(rest);
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..2).filter(|_| *first == b'%');
        let byte = digits
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = behind.get(if byte.is_some() { 2 } else { 0 }..).unwrap_or(&[]);
    }
    let path = readable(&bytes);
    let is_drive = path.as_bytes().get(2) == Some(&b':') && path.starts_with('/');
    path.get(usize::from(is_drive)..).unwrap_or("").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_byte_costs_no_message() {
        let transcript = Transcript::read(b"{\"m\":[\"a\",\"\xff\"]}", "m").unwrap();
        assert_eq!(transcript.json(0), "\"a\"");
        assert!(transcript.json(1).len() > 2 && value_of(transcript.json(1).as_bytes()).is_some());
    }

    #[test]
    fn addresses_of_files_become_paths() {
        for (address, path) in [
            ("file:///home/a%20b/c", "/home/a b/c"),
            ("file:///c%3A/src", "c:/src"),
            ("file:///C:/src", "C:/src"),
            ("file://localhost/src", "/src"),
            ("file:///100%25/%zz%+1", "/100%/%zz%+1"),
            ("vscode-remote://wsl+u/src", "vscode-remote://wsl+u/src"),
            ("/src", "/src"),
        ] {
            assert_eq!(path_of(address), path);
        }
    }
}
