//! The two shapes of HAIL, told from how a file begins.

use crate::head::without_mark;
use crate::items::{self, Document};

/// How a file of HAIL is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A line each: header, events, statistics.
    Lines,
    /// One object with everything in it.
    Document,
}

impl Shape {
    /// Returns the shape of a file that begins like this; `None` where it is no HAIL.
    ///
    /// Only the members of the first object count: logs of other tools may quote HAIL anywhere else.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let first = items::read(head, "events").filter(|_| begins_with_object(head))?;
        let has = |name: &str| first.has(name);
        let is_versioned = text(&first, "version").is_some_and(|text| text.starts_with("hail-"));
        match text(&first, "type").as_deref() {
            Some("header") if is_versioned || has("session_id") && has("agent") => {
                Some(Self::Lines)
            }
            Some("event") if has("event_id") && has("event_type") => Some(Self::Lines),
            Some(_) => None,
            None if is_versioned => Some(Self::Document),
            // The version may stand behind the events.
            None => {
                let event = items::read(first.items.first()?.bytes, "")?;
                let is_event = event.has("event_id") && event.has("event_type");
                is_event.then_some(Self::Document)
            }
        }
    }
}

/// Returns whether the first thing in the text is an object.
pub(super) fn begins_with_object(head: &[u8]) -> bool {
    let text = without_mark(head);
    text.iter().find(|byte| !byte.is_ascii_whitespace() && **byte != 0) == Some(&b'{')
}

fn text(document: &Document<'_>, name: &str) -> Option<String> {
    serde_json::from_slice(document.member(name)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_shape_is_known_and_what_quotes_it_is_not() {
        let lines = Some(Shape::Lines);
        let document = Some(Shape::Document);
        let cases = [
            (r#"{"type":"header","version":"hail-1.0.0","session_id":"s","agent":{}}"#, lines),
            ("\u{feff}\n{\"type\": \"header\", \"session_id\": \"s\", \"agent\": {}}", lines),
            (r#"{"type":"event","event_id":"e","event_type":{"type":"UserMessage"}}"#, lines),
            ("{\n  \"version\": \"hail-1.0.0\",\n  \"session_id\": \"s\",\n  \"ag", document),
            (r#"{"agent":{},"events":[{"event_id":"e","event_type":{}},{"#, document),
            (r#"{"type":"user","message":{"type":"header","version":"hail-1.0.0"}}"#, None),
            (r#"{"type":"session_meta","version":"1.0","session_id":"s","agent":"x"}"#, None),
            (r#"{"type":"event","event_type":"click"}"#, None),
            (r#"{"schema_version":2,"session_id":"s","tool":"codex","stats":{}}"#, None),
            (r#"[{"type":"header","version":"hail-1.0.0"}]"#, None),
            ("", None),
        ];
        for (head, expected) in cases {
            assert_eq!(Shape::of(head.as_bytes()), expected, "{head}");
        }
    }
}
