//! What persons, the model and tools say.

use super::content::{Said, parts, take_injected};
use super::entry::Message;
use super::invocation::{is_change, is_write};
use super::log::Log;
use super::result;
use crate::clip::clip;
use crate::lenient::{List, Object, Text, call_input, value};
use crate::session::{CallRecord, Fate, PATH_KEYS};
use opensession_hail::{Block, EventType};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// A file that a prompt names.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named<'a> {
    #[serde(borrow)]
    path: Text<'a>,
    #[serde(borrow)]
    content: Text<'a>,
}

impl Log<'_> {
    pub(super) fn read_message(&mut self, own: Option<&str>, message: &Message<'_>) -> Fate {
        let role = message.role.as_str().unwrap_or("");
        self.session.place.raw_type.push('/');
        self.session.place.raw_type.push_str(role);
        match role {
            "user" => self.read_user(own, message),
            "assistant" => self.read_answer(own, message),
            "toolResult" => self.read_result(message),
            "bashExecution" => self.read_run(own, message, message.command.filled(), "sh"),
            "pythonExecution" => self.read_run(own, message, message.code.filled(), "python"),
            "custom" | "hookMessage" | "developer" | "system" => {
                self.name_type(message.custom_type.filled());
                let Said { blocks, attachments } = self.images.said(message.content);
                self.session.attach(attachments);
                self.note(own, blocks);
            }
            "branchSummary" | "compactionSummary" => {
                let summary = message.summary.filled().map(Block::text);
                self.note(own, summary.into_iter().collect());
            }
            "fileMention" => self.note(own, named_files(message.files)),
            _ => return Fate::Unknown,
        }
        Fate::Understood
    }

    /// Reads a prompt: what was put in front of it is not the person's.
    fn read_user(&mut self, own: Option<&str>, message: &Message<'_>) {
        let Said { mut blocks, attachments } = self.images.said(message.content);
        self.session.attach(attachments);
        let is_made = message.synthetic.0 || message.attribution.as_str() == Some("agent");
        if is_made && !self.session.meta.is_auxiliary {
            self.note(own, blocks);
            return;
        }
        let mut injected = Vec::new();
        if let Some(Block::Text { text }) = blocks.first_mut() {
            let (before, typed) = take_injected(text);
            injected.extend(before.into_iter().map(Block::text));
            *text = typed.to_owned();
        }
        blocks.retain(|block| !matches!(block, Block::Text { text } if text.is_empty()));
        if !blocks.is_empty() {
            self.session.prompt(own, blocks);
        }
        let own = own.map(|own| format!("{own}/context"));
        self.note(own.as_deref(), injected);
    }

    /// Reads an answer of the model: thoughts, texts and calls.
    fn read_answer(&mut self, own: Option<&str>, message: &Message<'_>) {
        // The model goes on only when it has all results.
        self.session.settle_calls();
        let meta = &self.session.meta;
        let told =
            |own: Option<&str>, chosen: &Option<String>| own.map(str::to_owned).or(chosen.clone());
        let model = told(message.model.filled(), &meta.model);
        let provider = told(message.provider.filled(), &meta.provider);
        (self.session.model, self.session.provider) = (model, provider);
        self.session.owed =
            message.usage.0.as_ref().map(|usage| usage.tokens()).unwrap_or_default();
        for (index, (part, raw)) in parts(message.content).into_iter().enumerate() {
            let say = |text: &Text<'_>| {
                let text = text.as_str().filter(|text| !text.trim().is_empty());
                text.map(Block::text)
            };
            let (event_type, block) = match part.kind.as_str() {
                Some("text") => (EventType::AgentMessage, say(&part.text)),
                Some("thinking") => (EventType::Thinking, say(&part.thinking)),
                // Nothing that anybody can read.
                Some("redactedThinking" | "fallback") => continue,
                Some("toolCall") => {
                    let place = format!("{}/part-{index}", own.unwrap_or("call"));
                    let id = part.id.filled().unwrap_or(&place);
                    let name = part.name.filled().unwrap_or("unknown");
                    self.open_call(id, name, call_input(part.arguments));
                    continue;
                }
                Some("image") => {
                    let mut said = Said::default();
                    self.images.show(&part, &mut said);
                    self.session.attach(said.attachments);
                    (EventType::AgentMessage, said.blocks.pop())
                }
                kind => {
                    let kind = kind.unwrap_or("content").to_owned();
                    (EventType::Custom { kind }, Some(Block::json(value(raw))))
                }
            };
            if let Some(block) = block {
                self.session.say(own, event_type, vec![block]);
            }
        }
        self.session.flush_tokens(own);
        if let Some(error) = message.error_message.filled() {
            let own = own.map(|own| format!("{own}/error"));
            self.note(own.as_deref(), vec![Block::text(error)]);
        }
    }

    fn open_call(&mut self, id: &str, name: &str, input: Map<String, Value>) {
        let path = PATH_KEYS.iter().find_map(|key| input.get(*key)?.as_str());
        let is_file = is_change(name) || name.starts_with("read");
        if let Some(path) = path.filter(|_| is_file) {
            self.paths.insert(id.to_owned(), path.to_owned());
        }
        let record = CallRecord { id, name, input, agent: None, child: None };
        self.session.open_call(record);
    }

    fn read_result(&mut self, message: &Message<'_>) {
        let name = message.tool_name.filled();
        let id = message.tool_call_id.filled().map(str::to_owned);
        let id = id.or_else(|| self.session.waiting_call(name));
        let (mut outcome, tokens) = result::outcome(message, &self.images, &self.family);
        let path = id.as_ref().and_then(|id| self.paths.remove(id));
        if let Some(path) = path.filter(|_| !outcome.is_error) {
            // A file that was read or written before is not a new one.
            let was_there = !self.files.insert(path);
            if was_there && name.is_some_and(is_write) {
                outcome.is_new_file = outcome.is_new_file.or(Some(false));
            }
        }
        self.session.owed = tokens;
        let agent = outcome.agent.clone();
        self.session.answer(id.as_deref(), name, outcome);
        self.session.subagent = agent;
        let own = id.map(|id| format!("{id}/usage"));
        self.session.flush_tokens(own.as_deref());
        self.session.subagent = None;
    }

    /// Reads what the person let run without the model.
    fn read_run(
        &mut self,
        own: Option<&str>,
        message: &Message<'_>,
        code: Option<&str>,
        language: &str,
    ) {
        let code = code.unwrap_or("").to_owned();
        let language = Some(language.to_owned());
        let mut blocks = vec![Block::Code { code, language, start_line: None }];
        let output = message.output.filled().map(|text| clip(text.to_owned()));
        blocks.extend(output.map(|text| Block::Text { text }));
        if message.cancelled.0 {
            blocks.push(Block::json(json!({"cancelled": true})));
        } else if let Some(code) = message.exit_code.0 {
            blocks.push(Block::json(json!({"exit_code": code})));
        }
        self.note(own, blocks);
    }
}

/// Returns the files that were named at the start of a prompt; what is no list names none.
fn named_files(raw: Option<&RawValue>) -> Vec<Block> {
    let files = raw.and_then(|raw| serde_json::from_str(raw.get()).ok());
    let files: List<Object<Named<'_>>> = files.unwrap_or_default();
    let named = files.0.into_iter().filter_map(|file| file.0);
    named
        .map(|file| Block::File {
            path: file.path.into_string().unwrap_or_default(),
            content: file.content.into_string(),
        })
        .collect()
}
