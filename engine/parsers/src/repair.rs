//! Lines that are no single JSON object: what can still be read from them.

use serde::de::IgnoredAny;

/// What JSON takes for white space, and nothing else of what Unicode does.
const BLANK: [char; 4] = [' ', '\t', '\n', '\r'];

/// A line with more values glued together stays text from there on: no two writers meet that often.
const MOST_PIECES: usize = 10_000;

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
    let text = opensession_hail::repair(line);
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(rest) =
        text.get(from..).filter(|rest| !rest.trim_start_matches(BLANK).is_empty())
    {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        match values.next() {
            Some(Ok(_value)) if found.len() < MOST_PIECES => {
                let end = values.byte_offset();
                found.push(Piece::Value(
                    rest.get(..end).unwrap_or(rest).trim_matches(BLANK).to_owned(),
                ));
                from += end;
            }
            _ => {
                found.push(Piece::Rest(rest.trim_matches(BLANK).to_owned()));
                break;
            }
        }
    }
    found
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
    fn of_a_line_of_nothing_but_glued_values_the_rest_stays_as_text() {
        let found = pieces("{}".repeat(MOST_PIECES + 2).as_bytes());
        assert_eq!(found.len(), MOST_PIECES + 1);
        assert_eq!(found.last(), Some(&Piece::Rest("{}{}".to_owned())));
    }

    #[test]
    fn lone_surrogates_and_foreign_bytes_stay_visible_and_pairs_stay_pairs() {
        let line = b"{\"a\":\"\\ud83d\\ude00 \\ud83d x \\\\ud83d \\udead\xff\"}";
        assert_eq!(pieces(line), [value(r#"{"a":"\ud83d\ude00 \\ud83d x \\ud83d \\udead\\xff"}"#)]);
    }
}
