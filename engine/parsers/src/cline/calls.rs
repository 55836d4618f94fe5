//! Tool calls and their results.

use super::change::placed;
use super::conversation::Conversation;
use super::invocation::{Invocation, Sort, describe, told_by_diff, tool_call};
use super::output::Output;
use crate::diff::{between, holds};
use crate::outbox::Ticket;
use crate::places::Places;
use opensession_hail::{Block, EventType, attribute};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};

/// The calls of a session.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// Those that wait for their result, in order.
    open: Open,
    /// The names of those that were answered, by id.
    answered: HashMap<String, String>,
    /// What files held after the last change that the log shows whole.
    files: HashMap<String, String>,
}

/// A call that waits for its result.
#[derive(Debug)]
struct Call {
    id: String,
    name: String,
    sort: Sort,
    tickets: Vec<Ticket>,
    /// The input of a change, for the case that it fails.
    input: Map<String, Value>,
    /// In the answer before this message.
    is_recent: bool,
}

impl Calls {
    /// Returns the id of the first call that waits for the result that calls itself `[name …] Result:`.
    pub(super) fn awaiting(&self, name: &str) -> Option<String> {
        let named = self.open.names.first(name, 0).and_then(|place| self.open.calls.get(&place));
        let call = named.or_else(|| self.open.calls.values().next());
        call.map(|call| call.id.clone())
    }

    /// Returns the id of the only call that waits.
    pub(super) fn only_open(&self) -> Option<String> {
        let call = self.open.calls.values().next().filter(|_| self.open.calls.len() == 1);
        call.map(|call| call.id.clone())
    }
}

/// Calls that wait, in order.
#[derive(Debug, Default)]
struct Open {
    calls: BTreeMap<u64, Call>,
    added: u64,
    ids: Places,
    names: Places,
}

impl Open {
    fn push(&mut self, call: Call) {
        self.ids.add(&call.id, self.added);
        self.names.add(&call.name, self.added);
        self.calls.insert(self.added, call);
        self.added += 1;
    }

    /// Takes the first call of this id.
    fn take(&mut self, id: &str) -> Option<Call> {
        let place = self.ids.first(id, 0)?;
        let call = self.calls.remove(&place)?;
        self.ids.remove(id, place);
        self.names.remove(&call.name, place);
        Some(call)
    }

    fn take_all(&mut self) -> impl Iterator<Item = Call> + use<> {
        std::mem::take(self).calls.into_values()
    }
}

impl Conversation<'_> {
    /// Sends a call that the model made. Without an id of its own, its place in the answer names it.
    pub(super) fn open_call(&mut self, id: String, name: &str, input: Map<String, Value>) {
        let Invocation { events, kind, sort, speech } = describe(name, input.clone());
        let mut tickets = Vec::with_capacity(events.len());
        for (event_type, blocks) in events {
            let is_named = matches!(event_type, EventType::ToolCall { .. });
            let mut event = self.event(event_type);
            event.content.blocks = blocks;
            event.attributes.set(attribute::CALL_ID, id.as_str());
            event.attributes.set(attribute::TOOL_KIND, kind);
            if !is_named {
                event.attributes.set(attribute::TOOL_NAME, name);
            }
            if matches!(event.event_type, EventType::TaskStart { .. }) {
                event.task_id = Some(id.clone());
                let message = input.get("message").and_then(Value::as_str).unwrap_or("");
                if let Some(child) = self.side.take_child(message) {
                    event.attributes.set(attribute::TASK_SESSION_ID, child.as_str());
                }
            }
            if sort == Sort::Speech {
                self.push(event);
            } else {
                tickets.push(self.push_open(event));
            }
        }
        let call = Call { id, name: name.to_owned(), sort, tickets, input, is_recent: true };
        self.calls.open.push(call);
        if let Some(text) = speech.filter(|text| !text.trim().is_empty()) {
            self.say(EventType::AgentMessage, vec![Block::text(text)]);
        }
    }

    /// Sends the result of a call, and settles the call as it now is.
    pub(super) fn answer(&mut self, id: Option<&str>, own_name: Option<&str>, mut output: Output) {
        let call = id.and_then(|id| self.calls.open.take(id));
        let known = id.and_then(|id| self.calls.answered.get(id)).map(String::as_str);
        let name = call.as_ref().map(|call| call.name.as_str()).or(known).or(own_name);
        let name = name.unwrap_or("unknown").to_owned();
        let is_task = call.as_ref().is_some_and(|call| call.sort == Sort::Task);
        if let Some(call) = call {
            self.calls.answered.insert(call.id.clone(), call.name.clone());
            self.complete(&call, &output);
        }
        let call_id = id.map(str::to_owned);
        let event_type = EventType::ToolResult { name, is_error: output.is_error, call_id };
        let mut event = self.event(event_type);
        event.content.blocks = std::mem::take(&mut output.blocks);
        self.attach(output.attachments);
        self.push(event);
        if is_task {
            let mut event = self.event(EventType::TaskEnd { summary: None });
            event.task_id = id.map(str::to_owned);
            self.push(event);
        }
    }

    /// The model speaks again: calls of the answers before the last one get no result any more.
    pub(super) fn age_calls(&mut self) {
        let mut overdue = Vec::new();
        for mut call in self.calls.open.take_all() {
            if call.is_recent {
                call.is_recent = false;
                self.calls.open.push(call);
            } else {
                overdue.push(call);
            }
        }
        for call in overdue {
            self.calls.answered.insert(call.id.clone(), call.name.clone());
            if call.sort == Sort::Change {
                self.fail(&call);
            }
            self.settle(&call);
        }
    }

    /// The log ends: changes of which it never says that they were made were not.
    pub(super) fn abandon_changes(&mut self) {
        for call in self.calls.open.take_all() {
            if call.sort == Sort::Change {
                self.fail(&call);
            }
        }
    }

    fn complete(&mut self, call: &Call, output: &Output) {
        match call.sort {
            Sort::Change if output.is_error => self.fail(call),
            Sort::Change => self.change(call, output),
            Sort::Task if output.is_error => self.fail(call),
            Sort::Program => {
                for (ticket, code) in call.tickets.iter().zip(&output.exit_codes) {
                    if let Some(event) = self.outbox.waiting(*ticket)
                        && let EventType::ShellCommand { exit_code, .. } = &mut event.event_type
                    {
                        *exit_code = *code;
                    }
                }
            }
            Sort::Task | Sort::Speech | Sort::Other => {}
        }
        self.settle(call);
    }

    /// Writes into the events of a change what its result and the screen tell of the file.
    fn change(&mut self, call: &Call, output: &Output) {
        let mut is_told = true;
        for ticket in &call.tickets {
            let Some(event) = self.outbox.waiting(*ticket) else { continue };
            let (path, is_write, own) = match &mut event.event_type {
                EventType::FileCreate { path } => (path.clone(), true, None),
                EventType::FileEdit { path, diff } => (path.clone(), false, diff.take()),
                EventType::FileDelete { path } => {
                    self.calls.files.remove(path);
                    continue;
                }
                _ => continue,
            };
            let written = event.content.blocks.iter().find_map(|block| match block {
                Block::File { content, .. } => content.clone(),
                _ => None,
            });
            let seen = self.side.take_edit(&path);
            let after = final_content(&output.text, &path).or(written);
            let before = match &after {
                Some(after) => self.calls.files.insert(path.clone(), after.clone()),
                None => self.calls.files.remove(&path),
            };
            let is_new = match (&seen, said_operation(&output.text)) {
                (_, Some(operation)) => operation == "created",
                (Some((is_new, _)), None) => *is_new,
                (None, None) => before.is_none(),
            };
            let whole = match (&before, &after) {
                (Some(before), Some(after)) => Some(between(before, after)),
                _ => None,
            };
            let shown = seen.and_then(|(_, diff)| diff);
            let own = own.map(|own| after.as_deref().map_or(own.clone(), |it| placed(&own, it)));
            let better = shown.or(whole).filter(|diff| !diff.is_empty());
            let shows_all = |better: &String| own.as_ref().is_none_or(|own| holds(better, own));
            is_told &= better.as_ref().is_none_or(shows_all);
            let diff = better.or(own).filter(|diff| !diff.is_empty());
            if !(is_write && is_new) {
                event.event_type = EventType::FileEdit { path, diff };
            }
        }
        // A diff that shows few lines around a change stands for a longer text: that stays too.
        let first = call.tickets.first().filter(|_| !is_told);
        if let Some(event) = first.and_then(|ticket| self.outbox.waiting(*ticket)) {
            let mut rest = told_by_diff(call.input.clone());
            let has = |block: &Block, key: &str| matches!(block, Block::Json { data } if data.get(key).is_some());
            rest.retain(|key, _| !event.content.blocks.iter().any(|block| has(block, key)));
            if !rest.is_empty() {
                event.content.blocks.push(Block::json(rest));
            }
        }
    }

    /// Turns the events of a call into one `ToolCall` with its whole input: it changed nothing, started nothing.
    fn fail(&mut self, call: &Call) {
        for (index, ticket) in call.tickets.iter().enumerate() {
            if index > 0 {
                self.outbox.withdraw(*ticket);
            } else if let Some(event) = self.outbox.waiting(*ticket) {
                (event.event_type, event.content.blocks) =
                    tool_call(&call.name, call.input.clone());
                event.task_id = None;
                event.attributes.remove(attribute::TOOL_NAME);
            }
        }
    }

    fn settle(&mut self, call: &Call) {
        // The result that settles the call may itself be taken back.
        if !self.may_change {
            call.tickets.iter().for_each(|ticket| self.outbox.settle(*ticket));
        }
    }
}

/// What the tool says that it did to the file: `created`, `modified`.
fn said_operation(text: &str) -> Option<&'static str> {
    let is = |word: &str| {
        text.contains(&format!("<operation>{word}</operation>"))
            || text.contains(&format!("\"operation\":\"{word}\""))
    };
    ["created", "modified"].into_iter().find(|word| is(word))
}

/// What the file holds now, as the result of an edit tells it.
fn final_content(text: &str, path: &str) -> Option<String> {
    let open = format!("<final_file_content path=\"{}\">\n", path.replace('\\', "/"));
    let (_, behind) = text.split_once(&open)?;
    let (content, _) = behind.rsplit_once("</final_file_content>")?;
    // The tool puts an empty line behind what the file holds.
    Some(
        content.strip_suffix("\n\n").map_or_else(|| content.to_owned(), |text| format!("{text}\n")),
    )
}
