//! A bubble: a person's message, or a thought, a text or a tool call of the model.

use super::call::Call;
use super::composer::speaker;
use super::conversation::{Conversation, MODEL, PERSON};
use super::field::{flag, inner, number, rich_text, time};
use super::picture;
use super::tool::Tool;
use super::workspace::path_of;
use crate::session::{CallRecord, Fate, Tokens};
use crate::transcript::{list, value_of, word};
use opensession_hail::{Block, EventType, Timestamp};
use serde_json::Value;

/// The capability that writes a summary of the conversation into a bubble.
const SUMMARY: u64 = 22;

impl Conversation<'_, '_> {
    /// Reads a bubble, as it is stored in the row of this name.
    pub(super) fn read_bubble(&mut self, name: &str, bytes: &[u8]) {
        self.session.record(bytes);
        self.session.report.bytes += bytes.len() as u64 + 1;
        let Some(bubble) = value_of(bytes).filter(Value::is_object) else {
            self.session.keep_text(String::from_utf8_lossy(bytes).into_owned());
            return;
        };
        let own = word(&bubble, "bubbleId").or(Some(name).filter(|name| !name.is_empty()));
        self.session.set_time(time_of(&bubble).or_else(|| self.time_typed(&bubble)));
        let group = word(&bubble, "usageUuid").or_else(|| word(&bubble, "requestId"));
        if group.is_some() || speaker(&bubble) == PERSON {
            // A bubble that names no request belongs to the one before it.
            self.session.group = group.map(str::to_owned);
        }
        let info = bubble.get("modelInfo");
        let model = info.and_then(|info| word(info, "modelName"));
        if let Some(model) = model.or_else(|| word(&bubble, "modelType")) {
            self.answer_by(model);
        }
        let fate = match speaker(&bubble) {
            PERSON => self.read_prompt(own, &bubble),
            MODEL => self.read_answer(own, &bubble),
            _ => {
                "bubble".clone_into(&mut self.session.place.raw_type);
                Fate::Unknown
            }
        };
        self.session.count(fate, &String::from_utf8_lossy(bytes));
    }

    /// Returns when a prompt was typed, where the bubble does not say it but the list of prompts does.
    fn time_typed(&self, bubble: &Value) -> Option<Timestamp> {
        let typed = prompt_text(bubble).filter(|_| speaker(bubble) == PERSON)?;
        self.typed.get(typed.trim()).copied()
    }

    fn read_prompt(&mut self, own: Option<&str>, bubble: &Value) -> Fate {
        // A person may speak while the model waits for a command that goes on; no result is told then.
        self.session.settle_calls();
        "user".clone_into(&mut self.session.place.raw_type);
        let mut blocks: Vec<Block> = prompt_text(bubble).map(Block::text).into_iter().collect();
        self.add_pictures(bubble, &mut blocks);
        add_selections(bubble, &mut blocks);
        if blocks.is_empty() {
            return Fate::Dropped("empty bubble");
        }
        if ["isNudge", "isSimulatedMsg", "skipRendering"].iter().any(|key| flag(bubble, key)) {
            "user/hidden".clone_into(&mut self.session.place.raw_type);
            self.session.say(own, EventType::SystemMessage, blocks);
        } else {
            self.session.prompt(own, blocks);
        }
        self.session.owed = tokens(bubble);
        let usage = own.map(|own| format!("{own}/usage"));
        self.session.flush_tokens(usage.as_deref());
        Fate::Understood
    }

    fn read_answer(&mut self, own: Option<&str>, bubble: &Value) -> Fate {
        self.session.owed = tokens(bubble);
        let mut kind = "empty";
        for (index, thought) in thoughts(bubble).into_iter().enumerate() {
            kind = "assistant/thinking";
            kind.clone_into(&mut self.session.place.raw_type);
            let id = own.map(|own| format!("{own}/thought-{index}"));
            let mut event = self.session.event(id.as_deref(), EventType::Thinking);
            event.content.blocks = vec![Block::text(thought)];
            let duration = bubble.get("thinkingDurationMs").and_then(Value::as_u64);
            event.duration_ms = duration.filter(|_| index == 0);
            self.session.push(event);
        }
        let is_summary = bubble.get("capabilityType").and_then(Value::as_u64) == Some(SUMMARY);
        if let Some(said) = word(bubble, "text").or_else(|| word(bubble, "rawText")) {
            kind = if is_summary { "assistant/summary" } else { "assistant" };
            kind.clone_into(&mut self.session.place.raw_type);
            let event_type =
                if is_summary { EventType::SystemMessage } else { EventType::AgentMessage };
            self.session.say(own, event_type, vec![Block::text(said)]);
        }
        let beside = own.and_then(|own| self.calls.get(own)).cloned();
        let inside = bubble.get("toolFormerData").and_then(Call::of);
        if let Some(call) = inside.or_else(|| beside.as_ref().and_then(Call::of)) {
            kind = "assistant/tool";
            kind.clone_into(&mut self.session.place.raw_type);
            self.read_call(own, call);
        }
        if let Some(error) = error(bubble) {
            kind = "assistant/error";
            kind.clone_into(&mut self.session.place.raw_type);
            let id = own.map(|own| format!("{own}/error"));
            self.session.say(id.as_deref(), EventType::SystemMessage, vec![error]);
        }
        if !self.session.owed.is_zero() {
            "assistant".clone_into(&mut self.session.place.raw_type);
            let usage = own.map(|own| format!("{own}/usage"));
            self.session.flush_tokens(usage.as_deref());
            return Fate::Understood;
        }
        if kind == "empty" { Fate::Dropped("empty bubble") } else { Fate::Understood }
    }

    fn read_call(&mut self, own: Option<&str>, call: Call<'_>) {
        let made = format!("bubble-{}/call", self.session.place.line);
        let id = call.id().or(own).unwrap_or(&made);
        let name = call.name();
        let is_task = Tool::named(name) == Tool::Task;
        let agent = call.agent().filter(|_| is_task);
        let child = if is_task { self.child_of(id, agent.clone()) } else { None };
        let input = call.input();
        self.session.open_call(CallRecord { id, name, input, agent: agent.as_deref(), child });
        if let Some(outcome) = call.outcome(self.rows) {
            self.session.answer(Some(id), Some(name), outcome);
        }
    }

    /// Adds the pictures of a prompt.
    fn add_pictures(&mut self, bubble: &Value, blocks: &mut Vec<Block>) {
        let context = bubble.get("context").unwrap_or(&Value::Null);
        let own = list(bubble, "images");
        let pictures = if own.is_empty() { list(context, "selectedImages") } else { own };
        for picture in pictures.iter().chain(bubble.get("image")) {
            if let Some((block, attachment)) = picture::read(picture, self.storage) {
                blocks.push(block);
                self.session.attach(attachment);
            }
        }
    }
}

/// Returns what a person typed.
fn prompt_text(bubble: &Value) -> Option<String> {
    let plain = word(bubble, "text").or_else(|| word(bubble, "rawText")).map(str::to_owned);
    let delegate = || word(bubble.get("delegate")?, "a").map(str::to_owned);
    plain
        .or_else(|| rich_text(bubble, "richText"))
        .or_else(|| rich_text(bubble, "initText"))
        .or_else(delegate)
}

/// Adds the files and the parts of files that a person chose.
fn add_selections(bubble: &Value, blocks: &mut Vec<Block>) {
    let context = bubble.get("context").unwrap_or(&Value::Null);
    let path = |it: &Value| {
        let uri = it.get("uri")?;
        word(uri, "fsPath").or_else(|| word(uri, "path")).or_else(|| uri.as_str()).map(path_of)
    };
    let is_chosen = |it: &&Value| !flag(it, "addedWithoutMention");
    for file in list(context, "fileSelections").iter().filter(is_chosen) {
        blocks.extend(path(file).map(|path| Block::File { path, content: None }));
    }
    for part in list(context, "selections").iter().filter(is_chosen) {
        let code = word(part, "rawText").or_else(|| word(part, "text"));
        if let (Some(path), Some(code)) = (path(part), code) {
            blocks.push(Block::File { path, content: Some(code.to_owned()) });
        }
    }
}

/// Returns the thoughts of a bubble: `thinking{text}`, a text, or a list of them.
fn thoughts(bubble: &Value) -> Vec<String> {
    let of = |thought: &Value| {
        let said = thought.as_str().or_else(|| thought.get("text")?.as_str());
        let said = said.or_else(|| thought.get("thinking")?.as_str());
        said.filter(|said| !said.trim().is_empty()).map(str::to_owned)
    };
    match bubble.get("thinking").and_then(of) {
        Some(thought) => vec![thought],
        None => list(bubble, "allThinkingBlocks").iter().filter_map(of).collect(),
    }
}

/// Returns when the bubble was made.
fn time_of(bubble: &Value) -> Option<Timestamp> {
    let timing = bubble.get("timingInfo").unwrap_or(&Value::Null);
    time(bubble, "createdAt")
        .or_else(|| time(bubble, "timestamp"))
        .or_else(|| time(timing, "clientRpcSendTime"))
        .or_else(|| time(timing, "clientStartTime"))
        .or_else(|| time(timing, "clientEndTime"))
}

fn tokens(bubble: &Value) -> Tokens {
    let counts = bubble.get("tokenCount").unwrap_or(&Value::Null);
    Tokens::new(number(counts, "inputTokens"), 0, number(counts, "outputTokens"))
}

/// Returns what went wrong in place of an answer.
fn error(bubble: &Value) -> Option<Block> {
    let details = inner(bubble, "errorDetails");
    let told = inner(&details, "error");
    let said = word(&details, "message").or_else(|| word(&told, "message"));
    let said = said.or_else(|| told.as_str()).map(Block::text);
    said.or_else(|| details.is_object().then(|| Block::json(details.clone())))
}
