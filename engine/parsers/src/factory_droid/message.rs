//! What persons, the model and tools say.

use super::content::{Part, Said};
use super::invocation::{is_change, is_task, is_write};
use super::log::Log;
use super::prompt;
use super::record::Message;
use super::result::{self, Called};
use crate::lenient::{Written, call_input, member, value};
use crate::session::{CallRecord, Fate, Outcome, PATH_KEYS};
use opensession_hail::{Block, EventType};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;

impl Log<'_> {
    pub(super) fn read_message(
        &mut self,
        own: Option<&str>,
        message: &Message<'_>,
        json: &str,
    ) -> Fate {
        let role = message.role.as_str().unwrap_or("");
        self.session.place.raw_type.push('/');
        self.session.place.raw_type.push_str(role);
        let written = Written::new(|| member(json, &["message", "content"]));
        let raw = |number| written.get(number);
        if message.content.is_empty() && message.hook_event_name.filled().is_some() {
            return Fate::STATE;
        }
        self.session.model = message.model_id.filled().map(str::to_owned);
        self.session.provider = message.api_provider.filled().map(str::to_owned);
        match role {
            "user" | "tool" | "system" => {
                self.read_user(own, message, raw);
            }
            "assistant" => self.read_answer(own, message, raw),
            _ => return Fate::Unknown,
        }
        Fate::Understood
    }

    /// Reads what stands on the user's side: a prompt, results of tools, and what Droid puts there itself.
    fn read_user<'a>(
        &mut self,
        own: Option<&str>,
        message: &Message<'_>,
        raw: impl Fn(usize) -> &'a RawValue,
    ) {
        let mut said = Said::default();
        let mut injected = Vec::new();
        let mut is_first = true;
        for (number, part) in message.content.iter() {
            match part.kind.as_str() {
                Some("tool_result") => self.read_result(part, || raw(number)),
                Some("text") => {
                    let text = part.text.as_str().unwrap_or("");
                    let pieces = prompt::split(text, is_first);
                    injected.extend(pieces.injected.into_iter().map(Block::text));
                    said.blocks.extend(pieces.typed.map(Block::text));
                    is_first = false;
                }
                _ => said.show(part, || raw(number)),
            }
        }
        let is_aside = message.is_aside() || message.role.as_str() != Some("user");
        self.say_prompt(own, said, injected, is_aside);
    }

    /// Sends a prompt, and after it what was put beside it.
    pub(super) fn say_prompt(
        &mut self,
        own: Option<&str>,
        said: Said,
        injected: Vec<Block>,
        is_aside: bool,
    ) {
        let mut told = injected.iter().filter_map(|block| prompt::place(block.as_text()?));
        if let Some(folder) = told.next().filter(|_| !self.session.meta.is_placed()) {
            self.session.meta.visit(folder);
        }
        self.session.attach(said.attachments);
        if said.blocks.is_empty() {
            self.note(own, injected);
            return;
        }
        if is_aside {
            self.note(own, said.blocks);
        } else {
            // The model was given this instead of results that it waited for.
            self.session.settle_calls();
            self.session.prompt(own, said.blocks);
        }
        let own = own.map(|own| format!("{own}/context"));
        self.note(own.as_deref(), injected);
    }

    fn read_answer<'a>(
        &mut self,
        own: Option<&str>,
        message: &Message<'_>,
        raw: impl Fn(usize) -> &'a RawValue,
    ) {
        let content = &message.content;
        let has_thought = content.iter().any(|(_, part)| part.thinking.filled().is_some());
        if let Some(thought) = message.thought().filter(|_| !has_thought) {
            self.session.say(own, EventType::Thinking, vec![Block::text(thought)]);
        }
        for (index, (number, part)) in content.iter().enumerate() {
            match part.kind.as_str() {
                Some("text") => self.say_answer(own, part.text.as_str(), message.is_aside()),
                Some("thinking") => self.read_thought(own, part),
                // Nothing that anybody can read.
                Some("redacted_thinking") => {}
                Some("tool_use") => {
                    let place = || format!("{}/part-{index}", own.unwrap_or("call")).into();
                    let id = part.id.filled().map_or_else(place, Cow::Borrowed);
                    let name = part.name.filled().unwrap_or("unknown");
                    self.open_call(&id, name, call_input(part.input));
                }
                Some("tool_result") => self.read_result(part, || raw(number)),
                Some("image" | "document") => {
                    let mut said = Said::default();
                    said.show(part, || raw(number));
                    self.session.attach(said.attachments);
                    self.session.say(own, EventType::AgentMessage, said.blocks);
                }
                kind => {
                    let kind = kind.unwrap_or("content").to_owned();
                    let block = Block::json(value(raw(number)));
                    self.session.say(own, EventType::Custom { kind }, vec![block]);
                }
            }
        }
    }

    /// Sends a text of the model, or what Droid tells the person in its place.
    pub(super) fn say_answer(&mut self, own: Option<&str>, text: Option<&str>, is_aside: bool) {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
            return;
        };
        if is_aside {
            self.note(own, vec![Block::text(text)]);
        } else {
            self.session.say(own, EventType::AgentMessage, vec![Block::text(text)]);
        }
    }

    fn read_thought(&mut self, own: Option<&str>, part: &Part<'_>) {
        if let Some(text) = part.thinking.as_str().filter(|text| !text.trim().is_empty()) {
            let mut event = self.session.event(own, EventType::Thinking);
            event.content.blocks = vec![Block::text(text)];
            event.duration_ms = part.duration.0;
            self.session.push(event);
        }
    }

    pub(super) fn open_call(&mut self, id: &str, name: &str, input: Map<String, Value>) {
        let path = PATH_KEYS.iter().find_map(|key| input.get(*key)?.as_str());
        let is_file = is_change(name) || name == "Read";
        let agent = input.get("subagent_type").and_then(Value::as_str);
        let goes_on = |key: &str| input.get(key).and_then(Value::as_bool) == Some(true);
        let called = Called {
            name: name.to_owned(),
            path: path.filter(|_| is_file).map(str::to_owned),
            agent: agent.filter(|_| is_task(name)).map(str::to_owned),
            is_background: goes_on("fireAndForget") || goes_on("run_in_background"),
        };
        let agent = called.agent.clone();
        self.calls.insert(id.to_owned(), called);
        let agent = agent.as_deref();
        self.session.open_call(CallRecord { id, name, input, agent, child: None });
    }

    fn read_result<'a>(&mut self, part: &Part<'_>, raw: impl Fn() -> &'a RawValue) {
        let own = part.tool_use_id.filled().map(Cow::Borrowed);
        let id = own.or_else(|| self.session.waiting_call(None).map(Cow::Owned));
        let called = self.take_call(id.as_deref());
        let written = Written::new(|| member(raw().get(), &["content"]));
        let outcome = result::outcome(part, |number| written.get(number), &called);
        self.answer(id.as_deref(), called, outcome);
    }

    /// Returns what is known of the call with this id.
    pub(super) fn take_call(&mut self, id: Option<&str>) -> Called {
        id.and_then(|id| self.calls.remove(id)).unwrap_or_default()
    }

    pub(super) fn answer(&mut self, id: Option<&str>, called: Called, mut outcome: Outcome) {
        if let Some(path) = called.path.filter(|_| !outcome.is_error) {
            // A file that was read or written before is not a new one.
            let was_there = !self.files.insert(path);
            if was_there && is_write(&called.name) {
                outcome.is_new_file = outcome.is_new_file.or(Some(false));
            }
        }
        let name = Some(called.name.as_str()).filter(|name| !name.is_empty());
        self.session.answer(id, name, outcome);
    }
}
