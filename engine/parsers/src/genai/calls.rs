//! Tool calls and their results.

use super::invocation::{Invocation, is_task};
use super::outcome::{InnerCall, Outcome};
use super::session::Session;
use crate::outbox::Ticket;
use opensession_hail::{EventType, attribute};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The calls of a session.
#[derive(Debug, Default)]
pub(super) struct Calls {
    known: HashMap<String, Call>,
    /// The calls that wait for a result, in log order.
    open: Vec<String>,
}

/// A call that was read.
#[derive(Debug)]
struct Call {
    name: String,
    /// Its input, as long as its event may change.
    input: Map<String, Value>,
    ticket: Option<Ticket>,
    is_answered: bool,
}

/// A call as a record tells it.
#[derive(Debug)]
pub(crate) struct CallRecord<'a> {
    /// Ties the call to its result; unique in the session.
    pub id: &'a str,
    /// The tool.
    pub name: &'a str,
    /// What it was called with.
    pub input: Map<String, Value>,
    /// The session of the sub-agent that it started.
    pub agent: Option<&'a str>,
}

impl Session<'_> {
    /// Returns whether a call of this id was read.
    pub(crate) fn knows_call(&self, id: &str) -> bool {
        self.calls.known.contains_key(id)
    }

    /// Returns whether the call of this id has its result.
    pub(crate) fn is_answered(&self, id: &str) -> bool {
        self.calls.known.get(id).is_some_and(|call| call.is_answered)
    }

    /// Returns the first call of a tool that still waits for a result: for results that name no call.
    pub(crate) fn waiting_call(&self, name: Option<&str>) -> Option<String> {
        let is_meant = |id: &&String| {
            let call = self.calls.known.get(*id);
            call.is_some_and(|call| name.is_none_or(|name| call.name == name))
        };
        self.calls.open.iter().find(is_meant).cloned()
    }

    /// Sends a call; its event waits for the result.
    pub(crate) fn open_call(&mut self, record: CallRecord<'_>) {
        let CallRecord { id, name, input, agent } = record;
        let Invocation { event_type, blocks, kind } = Invocation::of(name, input.clone(), None);
        let mut event = self.event(Some(id), event_type);
        event.content.blocks = blocks;
        event.attributes.set(attribute::CALL_ID, id);
        event.attributes.set(attribute::TOOL_KIND, kind);
        if is_task(name) {
            event.task_id = Some(id.to_owned());
            if let (Some(agent), Some(session)) = (agent, self.id()) {
                let session = session.child(agent);
                event.attributes.set(attribute::SUBAGENT_ID, agent);
                event.attributes.set(attribute::TASK_SESSION_ID, session.as_str());
            }
        }
        if !matches!(event.event_type, EventType::ToolCall { .. }) {
            event.attributes.set(attribute::TOOL_NAME, name);
        }
        let ticket = Some(self.push_open(event));
        let name = name.to_owned();
        let call = Call { name, input, ticket, is_answered: false };
        self.calls.known.insert(id.to_owned(), call);
        self.calls.open.push(id.to_owned());
    }

    /// Says how long a call took, where it is not known yet: the first one of the tool that waits.
    pub(crate) fn time_call(&mut self, name: &str, milliseconds: u64) -> bool {
        let tickets = self.calls.open.iter().filter_map(|id| {
            let call = self.calls.known.get(id)?;
            call.ticket.filter(|_| call.name == name)
        });
        for ticket in tickets.collect::<Vec<_>>() {
            let event = self.outbox.waiting(ticket);
            if let Some(event) = event.filter(|event| event.duration_ms.is_none()) {
                event.duration_ms = Some(milliseconds);
                return true;
            }
        }
        false
    }

    /// Completes the call with what came of it, and sends its result.
    pub(crate) fn answer(&mut self, id: Option<&str>, name: Option<&str>, mut outcome: Outcome) {
        let mut task = None;
        let mut tool = name.unwrap_or("unknown").to_owned();
        if let Some(id) = id
            && let Some(call) = self.calls.known.get_mut(id)
        {
            call.is_answered = true;
            tool.clone_from(&call.name);
            let (ticket, input) = (call.ticket.take(), std::mem::take(&mut call.input));
            self.calls.open.retain(|open| open != id);
            if let Some(ticket) = ticket {
                let code = self.complete(ticket, &tool, input, &outcome);
                outcome.is_error |= code.is_some_and(|code| code != 0);
                task = is_task(&tool).then_some(id).filter(|_| !outcome.is_error);
            }
        }
        let is_error = outcome.is_error;
        let call_id = id.map(str::to_owned);
        let event_type = EventType::ToolResult { name: tool, is_error, call_id };
        let own = id.map(|id| format!("{id}/result"));
        let mut event = self.event(own.as_deref(), event_type);
        event.content.blocks = outcome.blocks;
        self.attach(outcome.attachments);
        self.push(event);
        for inner in outcome.calls {
            self.push_inner(task, outcome.agent.as_deref(), inner);
        }
        if let Some(id) = task {
            let summary = outcome.summary;
            let mut event = self.event(Some(&format!("{id}/end")), EventType::TaskEnd { summary });
            event.task_id = Some(id.to_owned());
            self.push(event);
        }
    }

    /// Sends a call of a sub-agent with what came of it.
    fn push_inner(&mut self, task: Option<&str>, agent: Option<&str>, call: InnerCall) {
        let InnerCall { id, name, input, mut outcome } = call;
        let Invocation { event_type, blocks, kind } = Invocation::of(&name, input, Some(&outcome));
        if let EventType::ShellCommand { exit_code: Some(code), .. } = &event_type {
            outcome.is_error |= *code != 0;
        }
        let mut event = self.event(id.as_deref(), event_type);
        event.content.blocks = blocks;
        event.task_id = task.map(str::to_owned);
        event.attributes.set_some(attribute::CALL_ID, id.as_deref());
        event.attributes.set_some(attribute::SUBAGENT_ID, agent);
        event.attributes.set(attribute::TOOL_KIND, kind);
        if !matches!(event.event_type, EventType::ToolCall { .. }) {
            event.attributes.set(attribute::TOOL_NAME, name.as_str());
        }
        self.push(event);
        let own = id.as_deref().map(|id| format!("{id}/result"));
        let is_error = outcome.is_error;
        let event_type = EventType::ToolResult { name, is_error, call_id: id };
        let mut event = self.event(own.as_deref(), event_type);
        event.content.blocks = outcome.blocks;
        event.task_id = task.map(str::to_owned);
        event.attributes.set_some(attribute::SUBAGENT_ID, agent);
        self.attach(outcome.attachments);
        self.push(event);
    }

    /// Settles every call that still waits: no result comes any more.
    pub(crate) fn settle_calls(&mut self) {
        for id in std::mem::take(&mut self.calls.open) {
            if let Some(call) = self.calls.known.get_mut(&id)
                && let Some(ticket) = call.ticket.take()
            {
                call.input = Map::new();
                self.outbox.settle(ticket);
            }
        }
    }

    /// Writes what came of a call into its event, and settles it. Returns the exit code of a shell command.
    fn complete(
        &mut self,
        ticket: Ticket,
        name: &str,
        input: Map<String, Value>,
        outcome: &Outcome,
    ) -> Option<i64> {
        let made = Invocation::of(name, input, Some(outcome));
        let code = match made.event_type {
            EventType::ShellCommand { exit_code, .. } => exit_code,
            _ => None,
        };
        if let Some(event) = self.outbox.waiting(ticket) {
            event.event_type = made.event_type;
            event.content.blocks = made.blocks;
            if matches!(event.event_type, EventType::ToolCall { .. }) {
                event.attributes.remove(attribute::TOOL_NAME);
                event.task_id = None;
            } else {
                event.attributes.set(attribute::TOOL_NAME, name);
            }
        }
        self.outbox.settle(ticket);
        code
    }
}
