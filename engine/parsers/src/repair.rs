//! Lines that are no single JSON object: what can still be read from them.

use serde::de::IgnoredAny;
use std::fmt::Write;

/// A part of a line that did not parse as one object.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A JSON value, after repair.
    Value(String),
    /// Text that is no JSON.
    Rest(String),
}

/// Returns what a line holds that could not be read as one JSON object.
///
/// Objects glued together (`}{`) come apart. Lone surrogate escapes (`\ud83d` without its other half) and bytes that
/// are not UTF-8 stay readable as the literal text `\ud83d` and `\xff`, so that nothing is lost.
pub(crate) fn pieces(line: &[u8]) -> Vec<Piece> {
    let text = escape_lone_surrogates(&escape_invalid_utf8(line));
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(rest) = text.get(from..).filter(|rest| !rest.trim().is_empty()) {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        match values.next() {
            Some(Ok(_value)) => {
                let end = values.byte_offset();
                found.push(Piece::Value(rest.get(..end).unwrap_or(rest).trim().to_owned()));
                from += end;
            }
            _ => {
                found.push(Piece::Rest(rest.trim().to_owned()));
                break;
            }
        }
    }
    found
}

/// Returns the bytes as text, those that are not UTF-8 as `\xNN`.
pub(crate) fn escape_invalid_utf8(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Doubled, because what comes back is read as JSON. Writing to a string cannot fail.
            write!(text, "\\\\x{byte:02x}").expect("a string takes every write");
        }
    }
    text
}

fn escape_lone_surrogates(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut fixed = String::with_capacity(text.len() + 16);
    let mut copied = 0;
    let mut at = 0;
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += next;
        match surrogate(bytes, at) {
            Some(0xd800..=0xdbff) if matches!(surrogate(bytes, at + 6), Some(0xdc00..=0xdfff)) => {
                at += 12;
            }
            Some(_lone) => {
                fixed.push_str(text.get(copied..at).unwrap_or(""));
                fixed.push('\\');
                copied = at;
                at += 6;
            }
            None => at += 2,
        }
    }
    fixed.push_str(text.get(copied..).unwrap_or(""));
    fixed
}

/// The surrogate that a `\uXXXX` escape at `at` stands for.
fn surrogate(bytes: &[u8], at: usize) -> Option<u32> {
    let escape = bytes.get(at..at + 6)?;
    let digits = escape.strip_prefix(b"\\u")?;
    let value = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    (0xd800..=0xdfff).contains(&value).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Piece {
        Piece::Value(text.to_owned())
    }

    #[test]
    fn glued_objects_come_apart_and_a_torn_one_stays_as_text() {
        assert_eq!(
            pieces(br#"{"a":1}{"b":2} {"c""#),
            [value(r#"{"a":1}"#), value(r#"{"b":2}"#), Piece::Rest(r#"{"c""#.to_owned())]
        );
    }

    #[test]
    fn lone_surrogates_and_foreign_bytes_stay_visible_and_pairs_stay_pairs() {
        let line = b"{\"a\":\"\\ud83d\\ude00 \\ud83d x \\\\ud83d \\udead\xff\"}";
        assert_eq!(pieces(line), [value(r#"{"a":"\ud83d\ude00 \\ud83d x \\ud83d \\udead\\xff"}"#)]);
    }
}
