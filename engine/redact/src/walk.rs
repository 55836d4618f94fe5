//! The strings of events and headers, and which of them stay as they are.

use crate::depth::{clip, is_too_deep};
use crate::mark::mark;
use crate::rules::{Found, kubernetes};
use crate::scanner::Scanner;
use crate::{Counts, borders, text};
use opensession_hail::{Attributes, Block, Event, EventType, Header, Members, attribute};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Attributes whose values are ids or names of models: they join records, and no rule may cut that.
const KEPT: [&str; 6] = [
    attribute::CALL_ID,
    attribute::GROUP_ID,
    attribute::MODEL,
    attribute::SUBAGENT_ID,
    attribute::PARENT_SESSION_ID,
    "call_id",
];

/// Members that hold what only the model's vendor can read: thousands of base64 digits.
const OPAQUE: [&str; 2] = ["signature", "encrypted_content"];

/// One walk over the strings of an event or a header.
pub(crate) struct Walk<'a> {
    pub(crate) scanner: &'a Scanner,
    pub(crate) counts: &'a mut Counts,
    /// Whether anything was replaced.
    pub(crate) changed: bool,
}

impl Walk<'_> {
    /// Cuts values that are nested too deep; until then the event cannot even be written.
    pub(crate) fn clip(&mut self, event: &mut Event) {
        for block in &mut event.content.blocks {
            match block {
                Block::Json { data } => self.clip_value(data),
                Block::Other(members) => {
                    members.values_mut().for_each(|value| self.clip_value(value));
                }
                _ => {}
            }
        }
        if event.attributes.iter().any(|(_, value)| is_too_deep(value)) {
            each_attribute(&mut event.attributes, |_, value| self.clip_value(value));
        }
        if let Some(unknown) = &mut event.unknown {
            for members in [&mut unknown.event, &mut unknown.data, &mut unknown.content] {
                members.values_mut().for_each(|value| self.clip_value(value));
            }
        }
    }

    fn clip_value(&mut self, value: &mut Value) {
        let marks = clip(value, self.scanner.key());
        if marks > 0 {
            *self.counts.entry("too-deep".to_owned()).or_default() += marks;
        }
    }

    /// Redacts every string of `event` but its ids.
    pub(crate) fn event(&mut self, event: &mut Event) {
        self.event_type(&mut event.event_type);
        self.optional(event.task_id.as_mut());
        self.blocks(&mut event.content.blocks);
        self.attributes(&mut event.attributes);
        if let Some(unknown) = &mut event.unknown {
            for members in [&mut unknown.event, &mut unknown.data, &mut unknown.content] {
                self.members(members);
            }
        }
    }

    /// Redacts every string of `header` but its session id and its model.
    pub(crate) fn header(&mut self, header: &mut Header) {
        let Header { version, session_id: _, agent, context, unknown } = header;
        self.text(version);
        self.text(&mut agent.provider);
        self.text(&mut agent.tool);
        self.optional(agent.tool_version.as_mut());
        self.optional(context.title.as_mut());
        self.optional(context.description.as_mut());
        context.tags.iter_mut().for_each(|tag| self.text(tag));
        context.related_session_ids.iter_mut().for_each(|id| self.text(id));
        if context.attributes.iter().any(|(_, value)| is_too_deep(value)) {
            each_attribute(&mut context.attributes, |_, value| self.clip_value(value));
        }
        self.attributes(&mut context.attributes);
        for members in [&mut agent.unknown, &mut context.unknown, unknown] {
            members.values_mut().for_each(|value| self.clip_value(value));
            self.members(members);
        }
    }

    fn event_type(&mut self, event_type: &mut EventType) {
        match event_type {
            EventType::UserMessage
            | EventType::AgentMessage
            | EventType::SystemMessage
            | EventType::Thinking => {}
            EventType::ToolCall { name: text }
            | EventType::ToolResult { name: text, .. }
            | EventType::FileRead { path: text }
            | EventType::FileCreate { path: text }
            | EventType::FileDelete { path: text }
            | EventType::CodeSearch { query: text }
            | EventType::WebSearch { query: text }
            | EventType::FileSearch { pattern: text }
            | EventType::ShellCommand { command: text, .. }
            | EventType::ImageGenerate { prompt: text }
            | EventType::VideoGenerate { prompt: text }
            | EventType::AudioGenerate { prompt: text }
            | EventType::WebFetch { url: text }
            | EventType::Custom { kind: text } => self.text(text),
            EventType::FileEdit { path, diff } => {
                self.text(path);
                self.optional(diff.as_mut());
            }
            EventType::TaskStart { title: text } | EventType::TaskEnd { summary: text } => {
                self.optional(text.as_mut());
            }
        }
    }

    fn blocks(&mut self, blocks: &mut [Block]) {
        // What lies over a border comes first: half of a secret may look like a whole one.
        self.borders(blocks);
        loop {
            blocks.iter_mut().for_each(|block| self.block(block));
            if !self.borders(blocks) {
                return;
            }
        }
    }

    fn borders(&mut self, blocks: &mut [Block]) -> bool {
        let found = borders::redact(self.scanner, blocks, self.counts);
        self.changed |= found;
        found
    }

    fn block(&mut self, block: &mut Block) {
        match block {
            Block::Text { text } => self.text(text),
            Block::Code { code, language, start_line: _ } => {
                self.text(code);
                self.optional(language.as_mut());
            }
            Block::Image { url, alt, mime } => {
                self.text(url);
                self.optional(alt.as_mut());
                self.text(mime);
            }
            Block::Video { url, mime } | Block::Audio { url, mime } => {
                self.text(url);
                self.text(mime);
            }
            Block::File { path, content } => {
                self.text(path);
                self.optional(content.as_mut());
            }
            Block::Json { data } => self.value(data),
            Block::Reference { uri, media_type } => {
                self.text(uri);
                self.text(media_type);
            }
            Block::Other(members) => self.members(members),
        }
    }

    fn attributes(&mut self, attributes: &mut Attributes) {
        each_attribute(attributes, |name, value| {
            self.text(name);
            let is_kept = KEPT.contains(&name.as_str()) && value.as_str().is_some_and(is_id);
            if !is_kept {
                self.member(name, value);
            }
        });
    }

    fn members(&mut self, members: &mut Members) {
        for (mut name, mut value) in std::mem::take(members) {
            self.text(&mut name);
            self.member(&name, &mut value);
            members.insert(free_name(name, |name| members.contains_key(name)), value);
        }
    }

    /// Redacts a value of any shape. Its depth is bounded: [`Walk::clip`] went before.
    fn value(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(members) => {
                let is_manifest =
                    kubernetes::is_manifest(members.get("kind").and_then(Value::as_str));
                let mut redacted = Map::new();
                for (mut name, mut value) in std::mem::take(members) {
                    if is_manifest && kubernetes::holds_values(&name) {
                        self.manifest(&mut value);
                    }
                    self.text(&mut name);
                    self.member(&name, &mut value);
                    redacted.insert(free_name(name, |name| redacted.contains_key(name)), value);
                }
                *members = redacted;
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Redacts the value of a member, of which the name may tell that it is a secret.
    fn member(&mut self, name: &str, value: &mut Value) {
        let Value::String(text) = value else {
            return self.value(value);
        };
        if OPAQUE.contains(&name) && is_opaque(text) {
            return;
        }
        self.text(text);
        if let Some(Found { rule, range }) = self.scanner.find_member(name, text) {
            self.replace(text, Found { rule, range });
            // What stood beside the secret stands beside a mark now.
            self.text(text);
        }
    }

    /// Redacts all values of a Kubernetes secret.
    fn manifest(&mut self, values: &mut Value) {
        let values = values.as_object_mut().into_iter().flat_map(Map::values_mut);
        for value in values {
            let Value::String(text) = value else { continue };
            let rule = kubernetes::judge(text.as_bytes());
            let found = rule.map(|rule| Found { rule, range: 0..text.len() });
            if let Some(found) = found.filter(|found| !self.scanner.lets(text.as_bytes(), found)) {
                self.replace(text, found);
            }
        }
    }

    fn replace(&mut self, text: &mut String, Found { rule, range }: Found) {
        let secret = text.as_bytes().get(range.clone()).unwrap_or_default();
        let mark = mark(self.scanner.key(), rule, [secret]);
        text.replace_range(range, &mark);
        *self.counts.entry(rule.to_owned()).or_default() += 1;
        self.changed = true;
    }

    fn optional(&mut self, text: Option<&mut String>) {
        if let Some(text) = text {
            self.text(text);
        }
    }

    /// Redacts a text.
    pub(crate) fn text(&mut self, text: &mut String) {
        if let Some(redacted) = text::redact(self.scanner, text, self.counts) {
            *text = redacted;
            self.changed = true;
        }
    }
}

/// Calls `change` with every name and value of `attributes`; the name may change too.
fn each_attribute(attributes: &mut Attributes, mut change: impl FnMut(&mut String, &mut Value)) {
    let mut names = Vec::new();
    for (name, value) in attributes.iter_mut() {
        let mut name = name.to_owned();
        change(&mut name, value);
        names.push(name);
    }
    if names.iter().map(String::as_str).ne(attributes.iter().map(|(name, _)| name)) {
        let mut renamed = BTreeMap::new();
        for (name, (_, value)) in names.into_iter().zip(std::mem::take(attributes)) {
            renamed.insert(free_name(name, |name| renamed.contains_key(name)), value);
        }
        *attributes = renamed.into_iter().collect();
    }
}

/// Returns `name`, or `name#2`, `name#3` … where it is taken: two names may get the same mark.
fn free_name(name: String, taken: impl Fn(&str) -> bool) -> String {
    if !taken(&name) {
        return name;
    }
    let mut number = 2_u64;
    loop {
        let next = format!("{name}#{number}");
        if !taken(&next) {
            return next;
        }
        number += 1;
    }
}

/// Returns whether `text` can be an id or the name of a model: short, and without white space.
fn is_id(text: &str) -> bool {
    text.len() <= 256 && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Returns whether `text` is a long run of base64 digits, of either alphabet.
fn is_opaque(text: &str) -> bool {
    text.len() >= 100 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-".contains(&b))
}
