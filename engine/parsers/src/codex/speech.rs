//! Messages and reasoning: who says what.

use super::conversation::Conversation;
use super::image::Image;
use super::output::Output;
use super::record::{Payload, items};
use super::twins::{Saying, Stream};
use crate::lenient::{string, value};
use crate::session::Fate;
use crate::working_folder::{behind, is_absolute};
use opensession_hail::{Block, EventType, attribute};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// How texts begin that Codex puts into the user's place.
const INJECTED: [&str; 20] = [
    "<environment_context>",
    "<user_instructions>",
    "<permissions instructions>",
    "# AGENTS.md instructions",
    "<INSTRUCTIONS>",
    "<turn_aborted>",
    "<skill>",
    "<skills_instructions>",
    "<apps_instructions>",
    "<plugins_instructions>",
    "<collaboration_mode>",
    "<personality_spec>",
    "<model_switch>",
    "<subagent_notification>",
    "<user_shell_command>",
    "<user_action>",
    "<goal_context>",
    "<hook_prompt",
    "Another language model started to solve this problem and produced a summary",
    "Warning: The maximum number of unified exec processes",
];

/// What stands between the context that an editor adds and the prompt.
const REQUEST: &str = "## My request for Codex:";

/// A message's content.
#[derive(Default)]
struct Content {
    texts: Vec<String>,
    /// What is no text: images, and what is not known.
    others: Output,
}

impl Content {
    fn read(raw: Option<&RawValue>) -> Self {
        let mut content = Self::default();
        let Some(raw) = raw else { return content };
        if let Some(text) = string(raw) {
            content.texts.push(text.into_owned());
            return content;
        }
        for (item, raw) in items(raw) {
            if let Some(url) = item.image_url.filled() {
                content.others.push_image(Image::of(url));
            } else if let Some(text) = item.text.into_string() {
                content.texts.push(text);
            } else if !matches!(item.kind.as_str(), Some("input_image" | "encrypted_content")) {
                content.others.blocks.push(Block::json(value(raw)));
            }
        }
        content.texts.retain(|text| !text.trim().is_empty());
        content
    }
}

impl Conversation<'_> {
    /// Reads a message that the model was sent or answered.
    pub(super) fn read_message(&mut self, payload: &Payload<'_>) -> Fate {
        let own = payload.id.filled();
        let content = Content::read(payload.content);
        match payload.role.as_str() {
            Some("assistant") => {
                let fate = self.read_texts(Stream::Response, Saying::Agent, own, content.texts);
                if content.others.blocks.is_empty() {
                    return fate;
                }
                self.attach(content.others.attachments);
                self.say(own, EventType::AgentMessage, content.others.blocks);
                Fate::Understood
            }
            Some("user") => self.read_input(Stream::Response, own, content),
            _ => {
                let mut blocks: Vec<Block> = content.texts.into_iter().map(Block::text).collect();
                blocks.extend(content.others.blocks);
                self.attach(content.others.attachments);
                if !blocks.is_empty() {
                    self.say(own, EventType::SystemMessage, blocks);
                }
                Fate::Understood
            }
        }
    }

    /// Reads the model's reasoning, as far as it can be read: its summary, and its text where the model gives it.
    pub(super) fn read_reasoning(&mut self, payload: &Payload<'_>) -> Fate {
        let parts = [payload.summary, payload.content];
        let texts = parts.into_iter().flatten().flat_map(items);
        let texts = texts.filter_map(|(item, _)| item.text.into_string());
        let own = payload.id.filled();
        self.read_texts(Stream::Response, Saying::Reasoning, own, texts.collect())
    }

    /// Reads the screen's copy of what a person typed.
    pub(super) fn read_typed(&mut self, payload: &Payload<'_>) -> Fate {
        let mut content = Content::default();
        content.texts.extend(payload.message.as_str().map(str::to_owned));
        content.texts.retain(|text| !text.trim().is_empty());
        for raw in [payload.images, payload.local_images].into_iter().flatten() {
            // Anything but a list of addresses holds no image.
            let urls: Vec<String> = serde_json::from_str(raw.get()).unwrap_or_default();
            for url in urls {
                content.others.push_image(Image::of(&url));
            }
        }
        self.read_input(Stream::Screen, None, content)
    }

    /// Reads the newest form of a message or reasoning: an item that is complete.
    pub(super) fn read_item_texts(&mut self, kind: &str, item: &RawValue) -> Fate {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Texts<'a> {
            #[serde(borrow)]
            content: Option<&'a RawValue>,
            #[serde(borrow)]
            summary_text: Option<&'a RawValue>,
            #[serde(borrow)]
            raw_content: Option<&'a RawValue>,
        }
        let texts: Texts<'_> = serde_json::from_str(item.get()).unwrap_or_default();
        match kind {
            "UserMessage" => self.read_input(Stream::Item, None, Content::read(texts.content)),
            "AgentMessage" => {
                let content = Content::read(texts.content);
                self.read_texts(Stream::Item, Saying::Agent, None, content.texts)
            }
            _ => {
                let parts = [texts.summary_text, texts.raw_content];
                let parts = parts.into_iter().flatten().flat_map(items);
                let texts = parts.filter_map(|(item, _)| item.text.into_string());
                self.read_texts(Stream::Item, Saying::Reasoning, None, texts.collect())
            }
        }
    }

    /// Reads what the model said or thought: one event for each text that was not read before.
    pub(super) fn read_texts(
        &mut self,
        stream: Stream,
        saying: Saying,
        own: Option<&str>,
        mut texts: Vec<String>,
    ) -> Fate {
        texts.retain(|text| !text.trim().is_empty());
        let had_texts = !texts.is_empty();
        texts.retain(|text| self.twins.is_first(stream, saying, text));
        if had_texts && texts.is_empty() {
            return Fate::COPY;
        }
        for text in texts {
            let event_type = match saying {
                Saying::Reasoning => EventType::Thinking,
                _ => EventType::AgentMessage,
            };
            self.say(own, event_type, vec![Block::Text { text }]);
        }
        Fate::Understood
    }

    /// Reads what stands in the user's place: injected context, and what was typed.
    fn read_input(&mut self, stream: Stream, own: Option<&str>, content: Content) -> Fate {
        let Content { texts, others } = content;
        let (injected, typed): (Vec<String>, Vec<String>) =
            texts.into_iter().partition(|text| is_injected(text));
        let mut fate = Fate::Understood;
        let mut context = Vec::new();
        for text in injected {
            // Bare logs name no folder in a record.
            if !self.meta.is_placed() {
                self.meta.visit(environment(&text).unwrap_or(""));
            }
            if text.trim_start().starts_with("<turn_aborted>") {
                fate = self.read_abort(stream, own, text);
            } else if !self.twins.is_first(stream, Saying::User, &text) {
                fate = Fate::COPY;
            } else if !self.end_task(own, &text) {
                context.push(Block::Text { text });
            }
        }
        if !context.is_empty() {
            self.say(own, EventType::SystemMessage, context);
        }
        // Tags around an image are no text of the user's.
        let is_tag = |text: &String| text.starts_with("<image") || text == "</image>";
        let has_images = !others.blocks.is_empty();
        let mut typed = typed;
        typed.retain(|text| !(has_images && is_tag(text)));
        if typed.is_empty() && !has_images {
            return fate;
        }
        if !self.twins.is_first(stream, Saying::User, &typed.concat()) {
            return Fate::COPY;
        }
        let mut blocks = Vec::new();
        for text in typed {
            let (context, request) = split_request(&text);
            if let Some(context) = context {
                self.say(own, EventType::SystemMessage, vec![Block::text(context)]);
            }
            if !request.is_empty() {
                blocks.push(Block::text(request));
            }
        }
        blocks.extend(others.blocks);
        self.attach(others.attachments);
        if !blocks.is_empty() {
            self.prompt(own, blocks);
        }
        Fate::Understood
    }

    /// Reads that a turn was broken off; both streams say so.
    pub(super) fn read_abort(&mut self, stream: Stream, own: Option<&str>, text: String) -> Fate {
        if !self.twins.is_first(stream, Saying::Abort, "") {
            return Fate::COPY;
        }
        self.settle_calls();
        self.say(own, EventType::SystemMessage, vec![Block::Text { text }]);
        Fate::Understood
    }

    /// Reads a message from one agent to another.
    pub(super) fn read_agent_letter(&mut self, payload: &Payload<'_>) {
        let content = Content::read(payload.content);
        let mut blocks: Vec<Block> = content.texts.into_iter().map(Block::text).collect();
        blocks.extend(content.others.blocks);
        self.attach(content.others.attachments);
        let mut event = self.event(payload.id.filled(), EventType::SystemMessage);
        event.content.blocks = blocks;
        let author = payload.author.filled();
        event.attributes.set_some(attribute::SUBAGENT_ID, author);
        self.push(event);
    }

    /// Ends the task of a sub-agent that the text reports as done; returns whether it does.
    fn end_task(&mut self, own: Option<&str>, text: &str) -> bool {
        #[derive(Deserialize)]
        struct Notification {
            agent_path: String,
            status: Value,
        }
        let body = text.trim().strip_prefix("<subagent_notification>");
        let body = body.and_then(|body| body.strip_suffix("</subagent_notification>"));
        let notification = body.map(|body| serde_json::from_str::<Notification>(body.trim()));
        // Any other body is context like the rest.
        let Some(Ok(Notification { agent_path, status })) = notification else {
            return false;
        };
        let Some(task_id) = self.calls.end_task(&agent_path) else {
            return false;
        };
        let summary = match &status {
            Value::Object(status) => status.values().find_map(Value::as_str).map(str::to_owned),
            other => other.as_str().map(str::to_owned),
        };
        let mut event = self.event(own, EventType::TaskEnd { summary });
        event.task_id = Some(task_id);
        event.attributes.set(attribute::SUBAGENT_ID, agent_path);
        if status.get("completed").is_none() {
            event.content.blocks.push(Block::json(status));
        }
        self.push(event);
        true
    }
}

fn is_injected(text: &str) -> bool {
    let text = text.trim_start();
    INJECTED.iter().any(|start| text.starts_with(start))
}

/// Returns the folder that the context of the first turn tells.
fn environment(text: &str) -> Option<&str> {
    let context = text.trim_start().strip_prefix("<environment_context>")?;
    let tagged = context.split_once("<cwd>").and_then(|(_, rest)| rest.split_once("</cwd>"));
    let tagged = tagged.map(|(folder, _)| folder.trim()).filter(|folder| is_absolute(folder));
    tagged.or_else(|| behind(context, &["\nCurrent working directory: "]))
}

/// Returns the context that an editor put before a prompt, and the prompt.
fn split_request(text: &str) -> (Option<&str>, &str) {
    let split = text.trim_start().starts_with("# ").then(|| text.split_once(REQUEST)).flatten();
    match split {
        Some((context, request)) => (Some(context.trim()), request.trim()),
        None => (None, text),
    }
}
