//! The parts of a message: `{type, data}`.

use crate::lenient::{Flag, Object, Signed, Text};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Part<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub data: Object<Data<'a>>,
}

/// What a part holds; which fields there are depends on its type.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Data<'a> {
    #[serde(borrow)]
    pub text: Text<'a>,
    /// The text was not typed: it keeps the model going.
    pub hidden: Flag,
    #[serde(borrow)]
    pub thinking: Text<'a>,
    #[serde(borrow)]
    pub url: Text<'a>,
    /// A file beside a prompt: these members begin with capitals.
    #[serde(borrow, rename = "Path")]
    pub path: Text<'a>,
    #[serde(borrow, rename = "MIMEType")]
    pub file_type: Text<'a>,
    #[serde(borrow, rename = "Data")]
    pub file: Text<'a>,
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    /// JSON in a string.
    #[serde(borrow)]
    pub input: Text<'a>,
    #[serde(borrow)]
    pub tool_call_id: Text<'a>,
    #[serde(borrow)]
    pub content: Text<'a>,
    /// An image that a tool returned, in base64.
    #[serde(borrow)]
    pub data: Text<'a>,
    #[serde(borrow)]
    pub mime_type: Text<'a>,
    /// JSON in a string.
    #[serde(borrow)]
    pub metadata: Text<'a>,
    pub is_error: Flag,
    #[serde(borrow)]
    pub reason: Text<'a>,
    #[serde(borrow)]
    pub message: Text<'a>,
    #[serde(borrow)]
    pub details: Text<'a>,
    #[serde(borrow)]
    pub command: Text<'a>,
    #[serde(borrow)]
    pub output: Text<'a>,
    pub exit_code: Signed,
}

/// Returns the parts of a message, each with its JSON; `None` where they are no list.
pub(super) fn parts(json: &str) -> Option<Vec<(Part<'_>, &RawValue)>> {
    let all: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    Some(all.into_iter().map(|raw| (read(raw), raw)).collect())
}

/// Returns a part; what is no object is one of no kind, which is kept as it is.
fn read(raw: &RawValue) -> Part<'_> {
    serde_json::from_str(raw.get()).unwrap_or_default()
}
