//! What was left as it is written, read where it is needed.

use super::Text;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Returns what was left raw as a value; as a string of JSON where it is nested too deeply to be one.
pub(crate) fn value(raw: &RawValue) -> Value {
    value_or_text(raw.get())
}

/// Returns the JSON text as a value; as a string where it is nested too deeply to be one, or is no JSON.
pub(crate) fn value_or_text(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|_too_deep| Value::String(json.to_owned()))
}

/// Returns the string that `raw` is; `None` where it is none.
pub(crate) fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text<'_>>(raw.get()).ok()?.0
}

/// Returns the object that the text is; `None` where it is none: a list could be taken for its members.
pub(crate) fn object<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    // What is no object is not tried: the error would copy it.
    json.starts_with('{').then(|| serde_json::from_str(json).ok()).flatten()
}

/// Returns what a call was given; what is no object stands under `arguments` in one.
pub(crate) fn call_input(raw: Option<&RawValue>) -> Map<String, Value> {
    match raw.map(value) {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(fields)) => fields,
        Some(other) => Map::from_iter([("arguments".to_owned(), other)]),
    }
}
