//! Content blocks.

use crate::Members;
use serde::Serialize;
use serde_json::Value;

/// One piece of an event's content.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type")]
#[allow(missing_docs, reason = "the fields are those of the HAIL specification, by name")]
pub enum Block {
    /// Prose.
    Text { text: String },
    /// Program text.
    Code {
        code: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        language: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        start_line: Option<u64>,
    },
    /// A picture; `url` is `blobs/<blake3>.<ext>` for an attachment.
    Image {
        url: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        alt: Option<String>,
        mime: String,
    },
    /// A film.
    Video { url: String, mime: String },
    /// A sound.
    Audio { url: String, mime: String },
    /// A file, with what is in it where that is known.
    File {
        path: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        content: Option<String>,
    },
    /// Any JSON value.
    Json { data: Value },
    /// Something elsewhere.
    Reference { uri: String, media_type: String },
    /// A block of an unknown type, or of a known type with unknown fields: kept whole, its `type` included.
    #[serde(untagged)]
    Other(Members),
}

impl Block {
    /// Returns a text block.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// Returns a JSON block.
    #[must_use]
    pub fn json(data: impl Into<Value>) -> Self {
        Self::Json { data: data.into() }
    }

    /// Returns what a person can read in it: a text, code, or the content of a file.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            Self::Code { code, .. } => Some(code),
            Self::File { content, .. } => content.as_deref(),
            Self::Other(members) => ["text", "code", "content"]
                .iter()
                .find_map(|name| members.get(*name).and_then(Value::as_str)),
            _ => None,
        }
    }
}
