//! The index of all sessions (`sessions.json`): the only thing that tells when one was created.

use crate::lenient::{List, Object, Text};
use crate::{ParseError, side};
use opensession_hail::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::path::Path;

/// A larger index is not read.
const LARGEST: u64 = 64 * 1024 * 1024;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow)]
    session_id: Text<'a>,
    #[serde(borrow)]
    date_created: Option<&'a RawValue>,
}

/// Returns when the session was created, as the index beside its document says.
///
/// # Errors
/// When the index is there and cannot be read: no event would have a time.
pub(super) fn created(document: &Path, id: &str) -> Result<Option<Timestamp>, ParseError> {
    let index = side::read(&document.with_file_name("sessions.json"), LARGEST)?;
    Ok(index.and_then(|index| find(&index, id)))
}

fn find(index: &[u8], id: &str) -> Option<Timestamp> {
    // What is no JSON is being written anew.
    let entries: List<Object<Entry<'_>>> = serde_json::from_slice(index).ok()?;
    let mut entries = entries.0.iter().filter_map(|entry| entry.0.as_ref());
    time(entries.find(|entry| entry.session_id.as_str() == Some(id))?.date_created?.get())
}

/// Milliseconds, as a number or as text, or a time in words.
fn time(json: &str) -> Option<Timestamp> {
    let text = json.trim_matches('"');
    match text.parse::<i64>() {
        Ok(millis) => Some(millis).filter(|millis| *millis > 0).and_then(Timestamp::from_millis),
        Err(_words) => Timestamp::parse(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_several_ways() {
        let expected = Timestamp::from_millis(1_740_819_600_000);
        for json in ["\"1740819600000\"", "1740819600000", "\"2025-03-01T09:00:00.000Z\""] {
            assert_eq!(time(json), expected, "{json}");
        }
        for json in ["-1", "\"x\"", "null", "[]", "99999999999999999999"] {
            assert_eq!(time(json), None, "{json}");
        }
    }
}
