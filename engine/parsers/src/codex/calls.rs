//! Tool calls and their results.

use super::conversation::Conversation;
use super::invocation::{Invocation, Sort};
use super::output::Output;
use super::record::Payload;
use crate::lenient::{string, value};
use crate::outbox::Ticket;
use crate::session::Fate;
use opensession_hail::{Block, Event, EventType, SessionId, attribute};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};

/// The calls of a session, by id.
#[derive(Debug, Default)]
pub(super) struct Calls {
    known: HashMap<String, Call>,
    /// The ids of the calls that wait for a result, and how many of the model's answers ended since; in log order, by
    /// how many were opened before.
    open: BTreeMap<u64, (String, u8)>,
    opened: u64,
    /// Ids of sub-agents at work, with their tasks.
    tasks: HashMap<String, String>,
}

/// A call that was read.
#[derive(Debug)]
pub(super) struct Call {
    pub name: String,
    pub sort: Sort,
    /// Its events, as long as it waits for its result.
    pub tickets: Vec<Ticket>,
    /// The input of a patch, for the case that it fails.
    input: Option<Map<String, Value>>,
    /// A report said that it failed.
    pub has_failed: bool,
    /// A report said that it succeeded.
    pub has_succeeded: bool,
    pub is_answered: bool,
    /// Its result told its exit code.
    pub has_ended: bool,
    /// It was read from a record for the screen: so is its result.
    pub on_screen: bool,
    /// Where it stands among the calls that wait.
    place: u64,
}

impl Calls {
    pub(super) fn get(&self, id: &str) -> Option<&Call> {
        self.known.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Call> {
        self.known.get_mut(id)
    }

    /// Ends the task of a sub-agent and returns it, where it is known.
    pub(super) fn end_task(&mut self, agent: &str) -> Option<String> {
        self.tasks.remove(agent)
    }
}

impl Conversation<'_> {
    /// Reads a call that the model made.
    pub(super) fn read_call(&mut self, payload: &Payload<'_>) -> Fate {
        let name = full_name(payload);
        let input = input(payload);
        let id = payload.call_id().or(payload.id.filled());
        self.open_call(id, &name, input, false);
        Fate::Understood
    }

    /// Reads the result of a call.
    pub(super) fn read_result(&mut self, payload: &Payload<'_>) -> Fate {
        let id = payload.call_id();
        let call = id.and_then(|id| self.calls.get(id));
        let of_program = call.is_none_or(|call| matches!(call.sort, Sort::Program | Sort::Patch));
        let output = match payload.tools {
            Some(tools) => {
                let mut output = Output::default();
                output.push_json(tools);
                output
            }
            None => Output::read(payload.output, of_program),
        };
        self.answer(id, output);
        Fate::Understood
    }

    /// Sends a call; it waits for its result where it has an id to know it by.
    pub(super) fn open_call(
        &mut self,
        id: Option<&str>,
        name: &str,
        input: Map<String, Value>,
        on_screen: bool,
    ) {
        let mut invocation = Invocation::of(name, input);
        if let Some(id) = id {
            // An id that is used again: its earlier call gets no result any more.
            self.settle_call(id);
        }
        let mut tickets = Vec::with_capacity(invocation.events.len());
        for (event_type, blocks) in invocation.events.drain(..) {
            let event = self.invocation(id, name, invocation.kind, event_type, blocks);
            match id {
                Some(_) => tickets.push(self.push_open(event)),
                None => self.push(event),
            }
        }
        if let Some(id) = id {
            let place = self.calls.opened;
            self.calls.opened += 1;
            let call = Call {
                name: name.to_owned(),
                sort: invocation.sort,
                tickets,
                input: invocation.input,
                has_failed: false,
                has_succeeded: false,
                is_answered: false,
                has_ended: false,
                on_screen,
                place,
            };
            self.calls.known.insert(id.to_owned(), call);
            self.calls.open.insert(place, (id.to_owned(), 0));
        }
    }

    /// Returns the event of an invocation.
    pub(super) fn invocation(
        &mut self,
        id: Option<&str>,
        name: &str,
        kind: &'static str,
        event_type: EventType,
        blocks: Vec<Block>,
    ) -> Event {
        let names_tool = matches!(event_type, EventType::ToolCall { .. });
        let is_task = matches!(event_type, EventType::TaskStart { .. });
        let mut event = self.event(id, event_type);
        event.content.blocks = blocks;
        event.attributes.set_some(attribute::CALL_ID, id);
        event.attributes.set(attribute::TOOL_KIND, kind);
        if !names_tool {
            event.attributes.set(attribute::TOOL_NAME, name);
        }
        if is_task {
            event.task_id = id.map(str::to_owned);
        }
        event
    }

    /// Completes the call with what is now known of it, and sends its result.
    pub(super) fn answer(&mut self, id: Option<&str>, mut output: Output) {
        let mut name = "unknown".to_owned();
        if let Some((id, call)) = id.and_then(|id| Some((id, self.calls.known.get_mut(id)?))) {
            call.is_answered = true;
            call.has_ended |= output.exit_code.is_some();
            name.clone_from(&call.name);
            output.is_error |= call.has_failed;
            self.complete(id, &output);
        }
        self.push_result(id, name, output);
    }

    /// Sends a result.
    pub(super) fn push_result(&mut self, id: Option<&str>, name: String, output: Output) {
        let event_type = EventType::ToolResult {
            name,
            is_error: output.is_error,
            call_id: id.map(str::to_owned),
        };
        let mut event = self.event(id, event_type);
        event.content.blocks = output.blocks;
        self.attach(output.attachments);
        self.push(event);
    }

    /// Settles every call that still waits.
    pub(super) fn settle_calls(&mut self) {
        for (id, _) in std::mem::take(&mut self.calls.open).into_values() {
            self.settle_tickets(&id);
        }
    }

    /// Settles the calls that got no result before the model's next answer ended, the second to end since the call:
    /// the model goes on only when it has all results.
    pub(super) fn age_calls(&mut self) {
        let mut overdue = Vec::new();
        self.calls.open.retain(|_, (id, answers)| {
            *answers += 1;
            if *answers > 1 {
                overdue.push(std::mem::take(id));
            }
            *answers <= 1
        });
        for id in overdue {
            self.settle_tickets(&id);
        }
    }

    /// Writes what a result says into the events of its call, and settles them.
    fn complete(&mut self, id: &str, output: &Output) {
        let Some(call) = self.calls.known.get_mut(id) else {
            return;
        };
        let is_failed_change = call.sort == Sort::Patch && output.is_error;
        let is_failed_task = call.sort == Sort::Task && output.is_error;
        let input = call.input.take();
        for (index, ticket) in call.tickets.iter().enumerate() {
            let Some(event) = self.outbox.waiting(*ticket) else {
                continue;
            };
            if index > 0 && is_failed_change {
                self.outbox.withdraw(*ticket);
                continue;
            }
            event.duration_ms = event.duration_ms.or(output.duration_ms);
            if let EventType::ShellCommand { exit_code, .. } = &mut event.event_type {
                *exit_code = exit_code.or(output.exit_code);
            }
            if is_failed_change || is_failed_task {
                fail(event, &call.name, input.clone());
            } else if call.sort == Sort::Task
                && let Some(agent) = agent_id(output.text())
            {
                name_agent(event, &agent);
                self.calls.tasks.insert(agent, id.to_owned());
            }
        }
        self.settle_call(id);
    }

    fn settle_call(&mut self, id: &str) {
        let place = self.calls.known.get(id).map(|call| call.place);
        if place.is_some_and(|place| self.calls.open.remove(&place).is_some()) {
            self.settle_tickets(id);
        }
    }

    fn settle_tickets(&mut self, id: &str) {
        let Some(call) = self.calls.known.get_mut(id) else {
            return;
        };
        let input = call.input.take();
        // A patch of which the log never says that it was applied changed nothing.
        let never_ran = call.sort == Sort::Patch && !call.is_answered && !call.has_succeeded;
        let name = call.name.clone();
        for (index, ticket) in std::mem::take(&mut call.tickets).into_iter().enumerate() {
            if never_ran && index > 0 {
                self.outbox.withdraw(ticket);
            } else if never_ran && let Some(event) = self.outbox.waiting(ticket) {
                fail(event, &name, input.clone());
            }
            self.outbox.settle(ticket);
        }
    }
}

/// Turns an event into a `ToolCall` with its full input: the call changed nothing and started nothing.
fn fail(event: &mut Event, name: &str, input: Option<Map<String, Value>>) {
    if let Some(input) = input {
        (event.event_type, event.content.blocks) = Invocation::of_failed(name, input);
    } else {
        let name = name.to_owned();
        event.event_type = EventType::ToolCall { name };
    }
    event.task_id = None;
    event.attributes.remove(attribute::TOOL_NAME);
}

/// Names the sub-agent that a task is, and the session that its own log is.
pub(super) fn name_agent(event: &mut Event, agent: &str) {
    event.attributes.set(attribute::SUBAGENT_ID, agent);
    let session = SessionId::from_foreign(agent);
    event.attributes.set(attribute::TASK_SESSION_ID, session.as_str());
}

/// The sub-agent that `spawn_agent` says it started.
fn agent_id(result: &str) -> Option<String> {
    let result: Value = serde_json::from_str(result).ok()?;
    ["agent_id", "thread_id", "agent_path"]
        .iter()
        .find_map(|key| result.get(*key)?.as_str().map(str::to_owned))
}

fn full_name(payload: &Payload<'_>) -> String {
    let own = payload.name.filled().or(payload.tool.filled());
    let name = own.unwrap_or(match payload.kind.as_str() {
        Some("local_shell_call") => "local_shell",
        Some("tool_search_call") => "tool_search",
        _ => "unknown",
    });
    match payload.namespace.filled() {
        Some(space) if space.starts_with("mcp__") => format!("{space}__{name}"),
        Some(space) => format!("{space}.{name}"),
        None => name.to_owned(),
    }
}

/// The input of a call as an object, whatever shape the log has it in.
pub(super) fn input(payload: &Payload<'_>) -> Map<String, Value> {
    let (key, raw) = match (payload.arguments, payload.input, payload.action) {
        (Some(raw), ..) => ("arguments", raw),
        (_, Some(raw), _) => ("input", raw),
        (_, _, Some(raw)) => ("action", raw),
        _ => return Map::new(),
    };
    let parsed = match string(raw) {
        // Free-form input that happens to be JSON stays text.
        Some(text) if key == "input" => Value::String(text.into_owned()),
        Some(text) => serde_json::from_str::<Map<String, Value>>(&text)
            .map_or_else(|_no_object| Value::String(text.into_owned()), Value::Object),
        None => value(raw),
    };
    match parsed {
        Value::Object(mut fields) => {
            if key == "action" {
                fields.remove("type");
            }
            fields
        }
        other => Map::from_iter([(key.to_owned(), other)]),
    }
}
