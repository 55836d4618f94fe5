//! What persons and the model say.

use super::log::Log;
use super::record::Data;
use crate::attachment;
use crate::lenient::value;
use crate::session::{Fate, Tokens};
use opensession_hail::{Block, EventType};
use serde_json::Value;
use std::hash::{DefaultHasher, Hash, Hasher};

impl Log<'_> {
    /// Reads what a person typed, or what the tool says in a person's place.
    pub(super) fn read_user(&mut self, own: Option<&str>, data: &Data<'_>) -> Fate {
        let mut blocks = Vec::new();
        let content = data.content.as_str().unwrap_or("");
        if !content.trim().is_empty() {
            blocks.push(Block::text(content));
        }
        if let Some(Value::Array(items)) = data.attachments.map(value) {
            blocks.extend(items.iter().map(|item| self.attached(item)));
        }
        let is_typed = data.source.filled().is_none_or(|source| source == "user")
            && !data.is_autopilot_continuation.0;
        if is_typed && !blocks.is_empty() {
            self.session.prompt(own, blocks);
        } else if !blocks.is_empty() {
            self.session.say(own, EventType::SystemMessage, blocks);
        }
        let injected = injected(data.transformed_content.as_str().unwrap_or(""), content);
        if !injected.is_empty() {
            let own = own.map(|own| format!("{own}/context"));
            let blocks = injected.into_iter().map(Block::text).collect();
            self.session.say(own.as_deref(), EventType::SystemMessage, blocks);
        }
        Fate::Understood
    }

    /// Reads an answer: its thoughts, its text, and the calls that it asks for.
    pub(super) fn read_assistant(&mut self, own: Option<&str>, data: &Data<'_>) -> Fate {
        self.settle_agent(data.api_call_id.filled());
        let model = self.session.model.clone().unwrap_or_default();
        let output = data.output_tokens.0.unwrap_or(0);
        let tokens = Tokens { output, ..Tokens::default() };
        self.session.owed = self.ledger.add(data.api_call_id.filled(), &model, tokens);
        if let Some(thought) = data.reasoning_text.as_str() {
            self.think(own, thought);
        }
        let content = data.content.as_str().filter(|text| !text.trim().is_empty());
        if let Some(text) = content {
            self.session.say(own, EventType::AgentMessage, vec![Block::text(text)]);
        }
        for request in data.tool_requests.0.iter().filter_map(|request| request.0.as_ref()) {
            self.open(request.tool_call_id.filled(), request.name.filled(), request.arguments, own);
        }
        self.session.flush_tokens(own);
        Fate::Understood
    }

    /// Reads a thought that stands by itself; most often its answer has it too.
    pub(super) fn read_reasoning(&mut self, own: Option<&str>, data: &Data<'_>) -> Fate {
        match data.content.as_str() {
            Some(text) if !text.trim().is_empty() => {
                if self.think(own, text) {
                    Fate::Understood
                } else {
                    Fate::COPY
                }
            }
            _ => Fate::Dropped("encrypted thought"),
        }
    }

    /// Sends a thought, where it was not told before.
    fn think(&mut self, own: Option<&str>, text: &str) -> bool {
        let is_new = !text.trim().is_empty() && self.is_new_text(text);
        if is_new {
            self.session.say(own, EventType::Thinking, vec![Block::text(text)]);
        }
        is_new
    }

    /// Returns whether a text was not read before.
    pub(super) fn is_new_text(&mut self, text: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        self.texts.insert(hasher.finish())
    }

    /// Returns what is attached to a prompt.
    fn attached(&mut self, item: &Value) -> Block {
        let word = |key: &str| item.get(key).and_then(Value::as_str);
        let block = match word("type") {
            Some("file" | "directory") => word("path").map(|path| Block::File {
                path: path.to_owned(),
                content: word("content").map(str::to_owned),
            }),
            Some("selection") => word("filePath").map(|path| Block::File {
                path: path.to_owned(),
                content: word("text").map(str::to_owned),
            }),
            Some("blob" | "image") => self.image(word("data"), word("mimeType")),
            _ => word("url").map(|url| Block::Reference {
                uri: url.to_owned(),
                media_type: "text/html".to_owned(),
            }),
        };
        let asset = word("assetId").and_then(|id| self.assets.get(id).cloned());
        block.or(asset).unwrap_or_else(|| Block::json(item.clone()))
    }

    /// Hands a picture over, and returns the block that shows it.
    pub(super) fn image(&mut self, base64: Option<&str>, mime: Option<&str>) -> Option<Block> {
        let mime = mime.unwrap_or("image/png");
        let attachment = attachment::from_base64(base64?, mime)?;
        let block = attachment::block(&attachment, mime);
        self.session.attach([attachment]);
        Some(block)
    }
}

/// Returns what the tool adds before and behind a prompt.
fn injected<'t>(transformed: &'t str, content: &str) -> Vec<&'t str> {
    let parts = match transformed.split_once(content) {
        Some((before, behind)) => [before, behind],
        None => [transformed, ""],
    };
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}
