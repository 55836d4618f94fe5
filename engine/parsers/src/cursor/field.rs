//! Members of Cursor's values, of whatever type they turn out to be.

use crate::transcript::{list, value_of};
use opensession_hail::Timestamp;
use serde_json::{Map, Value};

/// Milliseconds since 1970 are above this; what the editor measures from its start is below.
const FIRST_MILLISECOND: f64 = 1e11;

/// Returns whether `true` stands under `key`.
pub(super) fn flag(value: &Value, key: &str) -> bool {
    value.get(key) == Some(&Value::Bool(true))
}

/// Returns the number under `key`, where it is a whole one that is not negative.
pub(super) fn number(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or(0)
}

/// Returns the time under `key`: RFC 3339, or milliseconds since 1970 as a number of either type.
pub(super) fn time(value: &Value, key: &str) -> Option<Timestamp> {
    let millis = match value.get(key)? {
        Value::String(text) => match text.parse::<f64>() {
            Ok(millis) => millis,
            Err(_no_number) => return Timestamp::parse(text),
        },
        other => other.as_f64()?,
    };
    // The editor writes fractions; a cast saturates.
    #[allow(clippy::cast_possible_truncation, reason = "saturating is what is wanted")]
    let whole = millis as i64;
    Timestamp::from_millis(whole).filter(|_| millis >= FIRST_MILLISECOND)
}

/// Returns the value under `key`, which may stand there as a text with JSON in it; a text without is itself.
pub(super) fn inner(value: &Value, key: &str) -> Value {
    match value.get(key) {
        Some(Value::String(text)) if text.trim().is_empty() => Value::Null,
        Some(Value::String(text)) => {
            value_of(text.as_bytes()).unwrap_or_else(|| text.clone().into())
        }
        Some(other) => other.clone(),
        None => Value::Null,
    }
}

/// Returns a value as the input of a call; what is no object stands under `arguments` in one.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        Value::Null => Map::new(),
        other => Map::from_iter([("arguments".to_owned(), other)]),
    }
}

/// Returns the text of a document of the editor's input field: a tree of nodes, of which some are texts.
pub(super) fn rich_text(value: &Value, key: &str) -> Option<String> {
    let document = inner(value, key);
    let mut paragraphs = Vec::new();
    for paragraph in list(document.get("root")?, "children") {
        let mut line = String::new();
        let mut nodes = vec![paragraph];
        while let Some(node) = nodes.pop() {
            line.push_str(node.get("text").and_then(Value::as_str).unwrap_or(""));
            nodes.extend(list(node, "children").iter().rev());
        }
        paragraphs.push(line);
    }
    Some(paragraphs.join("\n")).filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_read_in_every_form_and_those_since_the_start_are_none() {
        let value = json!({"iso": "2025-10-07T18:28:55.045Z", "ms": 1_759_861_735_045_i64,
            "float": 1_759_861_735_045.6, "text": "1759861735045", "start": 43_416_880.6,
            "far": 1e300, "odd": {}});
        for key in ["iso", "ms", "float", "text"] {
            assert_eq!(time(&value, key), Timestamp::from_millis(1_759_861_735_045), "{key}");
        }
        for key in ["start", "far", "odd", "none"] {
            assert_eq!(time(&value, key), None, "{key}");
        }
    }

    #[test]
    fn a_document_of_the_input_field_is_its_texts() {
        let tree = json!({"root": {"children": [
            {"children": [{"text": "look at "}, {"type": "mention", "text": "@a.rs"}]},
            {"children": [{"children": [{"text": "now"}]}]},
        ]}});
        let value = json!({"richText": tree.to_string(), "empty": "{\"root\":{\"children\":[]}}"});
        assert_eq!(rich_text(&value, "richText").as_deref(), Some("look at @a.rs\nnow"));
        assert_eq!(rich_text(&value, "empty"), None);
    }
}
