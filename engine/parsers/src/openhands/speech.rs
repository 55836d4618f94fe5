//! What is said: lists of texts and images, and what models thought.

use crate::attachment::image_at;
use crate::clip::clip;
use opensession_hail::{Attachment, Block};
use serde_json::Value;

/// Returns the blocks of a content: a text, or a list of texts and images; and the images' bytes.
pub(super) fn content(value: Option<&Value>) -> (Vec<Block>, Vec<Attachment>) {
    let (mut blocks, mut attachments) = (Vec::new(), Vec::new());
    match value {
        Some(Value::Array(parts)) => {
            for part in parts {
                add_part(part, &mut blocks, &mut attachments);
            }
        }
        Some(other) => add_part(other, &mut blocks, &mut attachments),
        None => {}
    }
    (blocks, attachments)
}

fn add_part(part: &Value, blocks: &mut Vec<Block>, attachments: &mut Vec<Attachment>) {
    if let Some(text) = part.as_str().or_else(|| part.get("text")?.as_str()) {
        if !text.trim().is_empty() {
            blocks.push(Block::Text { text: clip(text.to_owned()) });
        }
        return;
    }
    let urls = urls(part.get("image_urls"));
    let single = part
        .get("image_url")
        .and_then(|image| image.as_str().or_else(|| image.get("url")?.as_str()));
    if urls.is_empty() && single.is_none() {
        // A part of another kind.
        if !part.is_null() {
            blocks.push(Block::json(part.clone()));
        }
        return;
    }
    for url in urls.into_iter().chain(single) {
        let (block, attachment) = image_at(url);
        blocks.push(block);
        attachments.extend(attachment);
    }
}

/// Returns the addresses in a list.
pub(super) fn urls(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Returns what the model thought before it said or did this. The same thoughts may be told in up to three ways.
pub(super) fn thoughts(message: &Value) -> Vec<Block> {
    let list = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let is_filled = |text: &&str| !text.trim().is_empty();
    if let Some(text) = message.get("reasoning_content").and_then(Value::as_str).filter(is_filled) {
        return vec![Block::text(text)];
    }
    let told = |parts: Vec<Value>, key: &str| -> Vec<Block> {
        let texts =
            parts.iter().filter_map(|part| part.as_str().or_else(|| part.get(key)?.as_str()));
        texts.filter(is_filled).map(Block::text).collect()
    };
    let blocks = told(list(message, "thinking_blocks"), "thinking");
    if !blocks.is_empty() {
        return blocks;
    }
    let item = message.get("responses_reasoning_item").unwrap_or(&Value::Null);
    let summary = told(list(item, "summary"), "text");
    if summary.is_empty() { told(list(item, "content"), "text") } else { summary }
}
