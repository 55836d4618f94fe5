//! The fast way in: one typed pass over an event line that holds nothing but what HAIL 1.0.0 knows.
//!
//! Everything else fails here, early, and is read by [`super::lenient`]. Where both succeed they agree.

use crate::{Attributes, Block, Content, Event, EventId, EventType, Timestamp};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(rename = "type")]
    _type: LineType,
    event_id: EventId,
    timestamp: Timestamp,
    event_type: EventType,
    task_id: Option<String>,
    content: Blocks,
    duration_ms: Option<u64>,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Deserialize)]
enum LineType {
    #[serde(rename = "event")]
    Event,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Blocks {
    blocks: Vec<Block>,
}

/// Reads an event line that holds nothing unknown.
pub(super) fn event(line: &[u8]) -> serde_json::Result<Event> {
    let line: Line = serde_json::from_slice(line)?;
    Ok(Event {
        event_id: line.event_id,
        timestamp: line.timestamp,
        event_type: line.event_type,
        task_id: line.task_id,
        content: Content { blocks: line.content.blocks },
        duration_ms: line.duration_ms,
        attributes: line.attributes,
        unknown: None,
    })
}

/// The members of all known blocks together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    #[serde(rename = "type")]
    kind: BlockType,
    text: Option<String>,
    code: Option<String>,
    language: Option<String>,
    start_line: Option<u64>,
    url: Option<String>,
    alt: Option<String>,
    mime: Option<String>,
    path: Option<String>,
    content: Option<String>,
    #[serde(default, deserialize_with = "present")]
    data: Option<Value>,
    uri: Option<String>,
    media_type: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
enum BlockType {
    Text,
    Code,
    Image,
    Video,
    Audio,
    File,
    Json,
    Reference,
}

/// Reads a `null` as a value that is there.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl<'de> Deserialize<'de> for Block {
    /// Reads a block of a known type with known members only.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Members::deserialize(deserializer)?
            .into_block()
            .ok_or_else(|| serde::de::Error::custom("the members do not fit the type of the block"))
    }
}

impl Members {
    fn into_block(mut self) -> Option<Block> {
        let block = match self.kind {
            BlockType::Text => Block::Text { text: self.text.take()? },
            BlockType::Code => Block::Code {
                code: self.code.take()?,
                language: self.language.take(),
                start_line: self.start_line.take(),
            },
            BlockType::Image => Block::Image {
                url: self.url.take()?,
                alt: self.alt.take(),
                mime: self.mime.take()?,
            },
            BlockType::Video => Block::Video { url: self.url.take()?, mime: self.mime.take()? },
            BlockType::Audio => Block::Audio { url: self.url.take()?, mime: self.mime.take()? },
            BlockType::File => {
                Block::File { path: self.path.take()?, content: self.content.take() }
            }
            BlockType::Json => Block::Json { data: self.data.take()? },
            BlockType::Reference => {
                Block::Reference { uri: self.uri.take()?, media_type: self.media_type.take()? }
            }
        };
        self.is_used_up().then_some(block)
    }

    fn is_used_up(&self) -> bool {
        let strings = [
            &self.text,
            &self.code,
            &self.language,
            &self.url,
            &self.alt,
            &self.mime,
            &self.path,
            &self.content,
            &self.uri,
            &self.media_type,
        ];
        strings.iter().all(|string| string.is_none())
            && self.start_line.is_none()
            && self.data.is_none()
    }
}
