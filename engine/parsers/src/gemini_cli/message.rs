//! Messages: what each says, and what it says anew when it is written again.

use super::log::Log;
use super::prompt::Prompt;
use super::record::{Record, Thought, ToolCall};
use super::spill;
use crate::genai::{Part, blob, is_task, parts};
use crate::lenient::{call_input, value, value_or_text};
use crate::outbox::Ticket;
use crate::session::{CallRecord, Fate, Outcome, Tokens};
use opensession_hail::{Block, EventId, EventType, Timestamp, attribute};
use std::hash::{DefaultHasher, Hash, Hasher};

/// How a message is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// A record of its own: what is written again stands in place of the earlier one.
    Message,
    /// One of a list of copies: of a message that is known only new results count.
    Copy,
}

/// A message that still counts.
#[derive(Debug)]
pub(super) struct Live {
    id: String,
    /// The first event that the message became.
    first: Option<EventId>,
    /// What was said, with the tickets of events that still wait.
    said: Vec<Said>,
    tokens: Tokens,
}

/// A thought or a text of a message.
#[derive(Debug)]
struct Said {
    /// Stands for what was said: equal texts have equal prints.
    print: u64,
    /// Its event, as long as it waits.
    ticket: Option<Ticket>,
}

impl Log<'_> {
    /// Reads a message.
    pub(super) fn read_message(&mut self, record: &Record<'_>, how: Read) -> Fate {
        let own = record.id.filled().map(str::to_owned);
        let id = own.unwrap_or_else(|| format!("line-{}", self.session.place.line));
        let known = self.places.get(&id).copied();
        if known.is_none() {
            let answers = parts(record.content.or(record.parts));
            let is_answer = answers.iter().any(|(part, _)| part.function_response.0.is_some());
            self.close_message();
            if !is_answer {
                self.session.settle_calls();
            }
        }
        self.session.mark();
        self.session.group = Some(id.clone());
        self.session.model = record.model.filled().map(str::to_owned);
        let speaker = record.message_type.filled().or(record.role.filled()).unwrap_or("");
        let fate = match (speaker, known) {
            ("gemini" | "model" | "qwen" | "assistant", _) => {
                self.read_answer(record, &id, known, how);
                Fate::Understood
            }
            ("user", None) => {
                self.read_prompt(record, &id);
                Fate::Understood
            }
            ("info" | "error" | "warning" | "system", None) => {
                let mut blocks = Vec::new();
                for (part, raw) in parts(record.content.or(record.parts)) {
                    blocks.extend(self.block(&part, raw.get()));
                }
                if !blocks.is_empty() {
                    self.session.say(Some(&id), EventType::SystemMessage, blocks);
                }
                Fate::Understood
            }
            ("user" | "info" | "error" | "warning" | "system", Some(_)) => Fate::COPY,
            _ => Fate::Unknown,
        };
        if known.is_none() && speaker != "gemini" && !self.places.contains_key(&id) {
            self.places.insert(id.clone(), self.live.len());
            self.live.push(Live::new(id));
        }
        let at = known.unwrap_or(self.live.len().saturating_sub(1));
        if let Some(live) = self.live.get_mut(at).filter(|live| live.first.is_none()) {
            live.first = self.session.first().cloned();
        }
        self.session.group = None;
        self.session.model = None;
        fate
    }

    /// Sends the mark that a message and all that follow it no longer count; one that is not known takes back all.
    pub(super) fn rewind(&mut self, target: &str) {
        self.close_message();
        self.session.settle_calls();
        let from = self.places.get(target).copied().unwrap_or(0);
        let first = self.live.iter().skip(from).find_map(|live| live.first.clone());
        for live in self.live.drain(from..) {
            self.places.remove(&live.id);
        }
        self.session.rewind(None, first.as_ref());
    }

    /// Ends the log: what the last message still waits for stays open.
    pub(super) fn close_log(&mut self) {
        if self.session.owed.is_zero() {
            return;
        }
        let kind = "usage".to_owned();
        let event = self.session.event(None, EventType::Custom { kind });
        self.session.push_open(event);
    }

    /// Settles the last message: another one follows it.
    fn close_message(&mut self) {
        if let Some(live) = self.live.last_mut() {
            let tickets: Vec<Ticket> =
                live.said.iter_mut().filter_map(|said| said.ticket.take()).collect();
            tickets.into_iter().for_each(|ticket| self.session.outbox.settle(ticket));
            let id = format!("{}/usage", live.id);
            self.session.flush_tokens(Some(&id));
        }
    }

    fn read_prompt(&mut self, record: &Record<'_>, id: &str) {
        let mut prompt = Prompt::default();
        let shown = parts(record.display_content);
        let is_shown = shown.iter().any(|(part, _)| part.text.filled().is_some());
        shown.iter().filter(|_| is_shown).for_each(|(part, _)| prompt.push(part));
        let mut context = Prompt::default();
        for (part, raw) in parts(record.content.or(record.parts)) {
            if let Some(response) = &part.function_response.0 {
                let call = response.id.filled().map(str::to_owned);
                let call = call.or_else(|| self.session.waiting_call(response.name.filled()));
                if !call.as_deref().is_some_and(|call| self.session.is_answered(call)) {
                    let outcome = Outcome::of_response(response, None, None);
                    self.session.answer(call.as_deref(), response.name.filled(), outcome);
                }
            } else if is_shown {
                context.push(&part);
            } else if part.is_unknown() {
                prompt.typed.push(Block::json(value(raw)));
            } else {
                prompt.push(&part);
            }
        }
        for block in context.typed.drain(..).collect::<Vec<_>>() {
            let is_text = matches!(block, Block::Text { .. });
            if !prompt.typed.contains(&block) {
                if is_text { &mut prompt.injected } else { &mut prompt.typed }.push(block);
            }
        }
        prompt.injected.append(&mut context.injected);
        let place = prompt.place.take().or(context.place);
        self.session.meta.visit(place.as_deref().unwrap_or(""));
        let attachments = prompt.attachments.drain(..).chain(context.attachments.drain(..));
        self.session.attach(attachments);
        if prompt.is_command() {
            self.session.say(Some(id), EventType::SystemMessage, prompt.typed);
        } else if !prompt.typed.is_empty() {
            self.session.prompt(Some(id), prompt.typed);
        }
        if !prompt.injected.is_empty() {
            let id = format!("{id}/context");
            self.session.say(Some(&id), EventType::SystemMessage, prompt.injected);
        }
    }

    fn read_answer(&mut self, record: &Record<'_>, id: &str, known: Option<usize>, how: Read) {
        let is_last = known.is_none_or(|at| at + 1 == self.live.len());
        let mut live = Live::new(id.to_owned());
        if let Some(before) = known.and_then(|at| self.live.get_mut(at)) {
            std::mem::swap(&mut live, before);
        }
        let tokens = record.tokens.0.map(|counts| counts.tokens());
        self.counts_tokens |= tokens.is_some();
        // Tokens are known when the answer is whole; a document of a tool that counts none waits for none.
        let is_whole = tokens.is_some()
            || !live.tokens.is_zero()
            || !is_last
            || how == Read::Copy
            || !(self.is_json_lines || self.counts_tokens);
        if let Some(tokens) = tokens {
            self.session.owed = self.session.owed.max(tokens.since(live.tokens));
            live.tokens = live.tokens.max(tokens);
        }
        if known.is_none() || how == Read::Message {
            self.read_said(record, &mut live, is_whole);
        }
        self.read_calls(record, id);
        if known.is_some() && !is_last {
            self.session.flush_tokens(Some(&format!("{id}/usage")));
        }
        if let Some(now) = known.and_then(|at| self.live.get_mut(at)) {
            *now = live;
        } else {
            self.places.insert(id.to_owned(), self.live.len());
            self.live.push(live);
        }
    }

    /// Reads thoughts and texts. They go out when the message is whole; until then they may be written anew.
    fn read_said(&mut self, record: &Record<'_>, live: &mut Live, is_whole: bool) {
        let time = record.timestamp.as_str().and_then(Timestamp::parse);
        let mut said: Vec<(EventType, Vec<Block>, Option<Timestamp>)> = Vec::new();
        for thought in record.thoughts.0.iter().filter_map(|thought| thought.0.as_ref()) {
            let stamp = thought.timestamp.as_str().and_then(Timestamp::parse);
            let block = text_of(thought).map(Block::text);
            said.extend(block.map(|block| (EventType::Thinking, vec![block], stamp.or(time))));
        }
        for (part, raw) in parts(record.content.or(record.parts)) {
            let event_type =
                if part.thought.0 { EventType::Thinking } else { EventType::AgentMessage };
            let block = self.block(&part, raw.get());
            said.extend(block.map(|block| (event_type, vec![block], time)));
        }
        let mut is_revised = false;
        for (index, (event_type, blocks, stamp)) in said.into_iter().enumerate() {
            let print = print(&event_type, &blocks);
            match live.said.get_mut(index) {
                Some(before) if before.print == print => {}
                Some(Said { print: before, ticket: Some(ticket) }) => {
                    if let Some(event) = self.session.outbox.waiting(*ticket) {
                        (event.event_type, event.content.blocks) = (event_type, blocks);
                    }
                    *before = print;
                }
                Some(_) => is_revised = true,
                None => {
                    self.session.set_time(stamp);
                    let mut event = self.session.event(Some(&live.id), event_type);
                    event.content.blocks = blocks;
                    let ticket = Some(self.session.push_open(event));
                    live.said.push(Said { print, ticket });
                }
            }
        }
        self.session.set_time(time);
        if is_whole {
            self.settle_said(live);
        }
        if is_revised {
            let id = format!("{}/revised", live.id);
            let kind = "revised".to_owned();
            let blocks = parts(record.content.or(record.parts));
            let blocks = blocks.iter().map(|(_, raw)| Block::json(value(raw))).collect();
            self.session.say(Some(&id), EventType::Custom { kind }, blocks);
        }
    }

    fn settle_said(&mut self, live: &mut Live) {
        let mut owed = std::mem::take(&mut self.session.owed);
        for said in &mut live.said {
            let Some(ticket) = said.ticket.take() else {
                continue;
            };
            // The first event of the message that still can takes its tokens, and the model where it came later.
            if let Some(event) = self.session.outbox.waiting(ticket) {
                std::mem::take(&mut owed).add_to(&mut event.attributes);
                event.attributes.set_some(attribute::MODEL, self.session.model.as_deref());
            }
            self.session.outbox.settle(ticket);
        }
        self.session.owed = owed;
    }

    /// Reads the calls, with their results.
    fn read_calls(&mut self, record: &Record<'_>, message: &str) {
        let time = record.timestamp.as_str().and_then(Timestamp::parse);
        let calls = record.tool_calls.0.iter().filter_map(|call| call.0.as_ref());
        for (index, call) in calls.enumerate() {
            self.session.set_time(time);
            self.read_call(call, &format!("{message}/call-{index}"));
        }
        for (index, (part, _)) in parts(record.content.or(record.parts)).iter().enumerate() {
            if let Some(call) = &part.function_call.0 {
                let own = format!("{message}/part-{index}");
                let call = ToolCall {
                    id: call.id.clone(),
                    name: call.name.clone(),
                    args: call.args,
                    ..ToolCall::default()
                };
                self.read_call(&call, &own);
            }
        }
    }

    fn read_call(&mut self, call: &ToolCall<'_>, own: &str) {
        let id = call.id.filled().unwrap_or(own);
        let name = call.name.filled().unwrap_or("unknown");
        if !self.session.knows_call(id) {
            let input = call_input(call.args);
            if let Some(cwd) = self.project.try_input(&input) {
                self.session.meta.visit(&cwd);
            }
            let agent = call.agent_id.filled().filter(|_| is_task(name));
            let parent = self.session.id();
            let child = agent.and_then(|agent| Some(parent?.child(agent)));
            self.session.open_call(CallRecord { id, name, input, agent, child });
        }
        if call.is_finished() && !self.session.is_answered(id) {
            let mut outcome = Outcome::read(call.result, call.result_display, call.status.filled());
            outcome.unspill(|preview| spill::read(self.path, preview));
            if let Some(error) = call.error.filled() {
                outcome.is_error = true;
                if !outcome.blocks.iter().any(|block| block.as_text() == Some(error)) {
                    outcome.blocks.push(Block::text(error));
                }
            }
            if let Some(cwd) = self.project.try_text(outcome.text()) {
                self.session.meta.visit(&cwd);
            }
            if let Some(stamp) = call.timestamp.as_str().and_then(Timestamp::parse) {
                self.session.set_time(Some(stamp));
            }
            self.session.answer(Some(id), Some(name), outcome);
        }
    }

    /// Returns the part as a block; of a blank one or a call, nothing.
    fn block(&mut self, part: &Part<'_>, json: &str) -> Option<Block> {
        if let Some((block, attachment)) = blob(part) {
            self.session.attach(attachment);
            return Some(block);
        }
        if part.is_unknown() {
            return (json != "null").then(|| Block::json(value_or_text(json)));
        }
        part.text.as_str().filter(|text| !text.trim().is_empty()).map(Block::text)
    }
}

impl Live {
    fn new(id: String) -> Self {
        Self { id, first: None, said: Vec::new(), tokens: Tokens::default() }
    }
}

fn print(event_type: &EventType, blocks: &[Block]) -> u64 {
    let mut hasher = DefaultHasher::new();
    event_type.name().hash(&mut hasher);
    for block in blocks {
        match block {
            Block::Text { text } => text.hash(&mut hasher),
            other => format!("{other:?}").hash(&mut hasher),
        }
    }
    hasher.finish()
}

fn text_of(thought: &Thought<'_>) -> Option<String> {
    let subject = thought.subject.filled().map(str::trim);
    let description = thought.description.filled().map(str::trim);
    match (subject, description) {
        (Some(subject), Some(description)) => Some(format!("{subject}\n\n{description}")),
        (Some(text), None) | (None, Some(text)) => Some(text.to_owned()),
        (None, None) => None,
    }
    .filter(|text| !text.is_empty())
}
