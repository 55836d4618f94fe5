//! Tool calls and their results.

use super::Session;
use super::action::{Action, Describe};
use super::outcome::{InnerCall, Outcome};
use crate::outbox::Ticket;
use crate::places::Places;
use opensession_hail::{Block, Event, EventType, SessionId, attribute};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};

/// The calls of a session.
#[derive(Debug)]
pub(super) struct Calls {
    describe: Describe,
    known: HashMap<String, Call>,
    /// The calls that wait for a result, in log order: by how many were opened before.
    open: BTreeMap<u64, String>,
    opened: u64,
    /// Where the calls of each tool that wait stand; and behind which of them nobody said yet how long they took.
    names: Places,
    timed: HashMap<String, u64>,
}

/// A call that was read.
#[derive(Debug)]
struct Call {
    name: String,
    /// Its input, as long as its event waits: only when it no longer does is it known what the call came to.
    input: Map<String, Value>,
    ticket: Option<Ticket>,
    is_answered: bool,
    /// Where it stands among the calls that wait.
    place: u64,
}

/// A call as a record tells it.
#[derive(Debug)]
pub(crate) struct CallRecord<'a> {
    /// Ties the call to its result; unique in the session, or used again only when the earlier call has ended.
    pub id: &'a str,
    /// The tool.
    pub name: &'a str,
    /// What it was called with.
    pub input: Map<String, Value>,
    /// The sub-agent that it started, where the call says so.
    pub agent: Option<&'a str>,
    /// The session that the sub-agent has for itself.
    pub child: Option<SessionId>,
}

impl Calls {
    pub(super) fn new(describe: Describe) -> Self {
        Self {
            describe,
            known: HashMap::new(),
            open: BTreeMap::new(),
            opened: 0,
            names: Places::default(),
            timed: HashMap::new(),
        }
    }
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
        match name {
            Some(name) => self.calls.open.get(&self.calls.names.first(name, 0)?).cloned(),
            None => self.calls.open.values().next().cloned(),
        }
    }

    /// Sends a call; its event waits for the result.
    pub(crate) fn open_call(&mut self, record: CallRecord<'_>) {
        let CallRecord { id, name, input, agent, child } = record;
        // An id that is used again: its earlier call gets no result any more.
        self.settle_call(id);
        let mut event = self.event(Some(id), EventType::ToolCall { name: name.to_owned() });
        event.attributes.set_some(attribute::SUBAGENT_ID, agent);
        event
            .attributes
            .set_some(attribute::TASK_SESSION_ID, child.as_ref().map(SessionId::as_str));
        let ticket = Some(self.push_open(event));
        let place = self.calls.opened;
        self.calls.opened += 1;
        self.calls.names.add(name, place);
        let call = Call { name: name.to_owned(), input, ticket, is_answered: false, place };
        self.calls.known.insert(id.to_owned(), call);
        self.calls.open.insert(place, id.to_owned());
    }

    /// Says how long a call took, where it is not known yet: the first one of the tool that waits.
    pub(crate) fn time_call(&mut self, name: &str, milliseconds: u64) -> bool {
        let mut from = self.calls.timed.get(name).copied().unwrap_or(0);
        let mut is_new = false;
        while !is_new && let Some(place) = self.calls.names.first(name, from) {
            from = place + 1;
            let call = self.calls.open.get(&place).and_then(|id| self.calls.known.get(id));
            let event = call.and_then(|call| self.outbox.waiting(call.ticket?));
            if let Some(event) = event.filter(|event| event.duration_ms.is_none()) {
                event.duration_ms = Some(milliseconds);
                is_new = true;
            }
        }
        if from > 0 {
            self.calls.timed.insert(name.to_owned(), from);
        }
        is_new
    }

    /// Completes the call with what came of it, and sends its result. Of a call that changed several files the first
    /// change stands where the call was made, and the others here.
    pub(crate) fn answer(&mut self, id: Option<&str>, name: Option<&str>, mut outcome: Outcome) {
        let mut task = None;
        let mut tool = name.unwrap_or("unknown").to_owned();
        if let Some(id) = id
            && let Some(call) = self.calls.known.get_mut(id)
        {
            call.is_answered = true;
            tool.clone_from(&call.name);
            let (ticket, input) = (call.ticket.take(), std::mem::take(&mut call.input));
            self.calls.open.remove(&call.place);
            self.calls.names.remove(&call.name, call.place);
            if let Some(ticket) = ticket {
                let action = (self.calls.describe)(&tool, input, Some(&outcome));
                let is_task = self.complete(ticket, id, &tool, action, &mut outcome);
                task = Some(id).filter(|_| is_task);
            }
        }
        self.push_result(id, tool, &mut outcome);
        for inner in outcome.calls {
            self.push_inner(task, outcome.agent.as_deref(), inner);
        }
        if let Some(id) = task.filter(|_| !outcome.goes_on) {
            let summary = outcome.summary;
            let mut event = self.event(Some(&format!("{id}/end")), EventType::TaskEnd { summary });
            event.task_id = Some(id.to_owned());
            self.push(event);
        }
    }

    /// Settles every call that still waits: no result comes any more.
    pub(crate) fn settle_calls(&mut self) {
        for id in std::mem::take(&mut self.calls.open).into_values() {
            self.settle_call(&id);
        }
    }

    /// Settles a call, where it still waits: no result comes any more.
    pub(crate) fn settle_call(&mut self, id: &str) {
        if let Some(ticket) = self.end_call(id) {
            self.outbox.settle(ticket);
        }
    }

    /// Says of every call that still waits what it is; its event stays open, as the result may come later.
    pub(super) fn end_calls(&mut self) {
        for id in std::mem::take(&mut self.calls.open).into_values() {
            self.end_call(&id);
        }
    }

    /// Says what a call is whose result is not there, and returns under what its event waits.
    fn end_call(&mut self, id: &str) -> Option<Ticket> {
        let call = self.calls.known.get_mut(id)?;
        let ticket = call.ticket.take()?;
        self.calls.open.remove(&call.place);
        self.calls.names.remove(&call.name, call.place);
        let Action { events, kind } =
            (self.calls.describe)(&call.name, std::mem::take(&mut call.input), None);
        if let Some(event) = self.outbox.waiting(ticket) {
            if let Some((event_type, blocks)) = events.into_iter().next() {
                event.event_type = event_type;
                event.content.blocks = blocks;
            }
            let task = event.task_id.take();
            name_call(event, Some(id), &call.name, kind, task);
        }
        Some(ticket)
    }

    /// Writes what came of a call into its event, and settles it. Returns whether it was a task.
    fn complete(
        &mut self,
        ticket: Ticket,
        id: &str,
        name: &str,
        action: Action,
        outcome: &mut Outcome,
    ) -> bool {
        let mut is_task = false;
        let mut events = action.events.into_iter();
        if let Some(event) = self.outbox.waiting(ticket) {
            if let Some((event_type, blocks)) = events.next() {
                is_task = matches!(event_type, EventType::TaskStart { .. });
                outcome.is_error |= has_failed(&event_type);
                event.event_type = event_type;
                event.content.blocks = blocks;
            }
            event.duration_ms = event.duration_ms.or(outcome.duration);
            let child = outcome.child.as_ref().map(SessionId::as_str);
            event.attributes.set_some(attribute::TASK_SESSION_ID, child);
            name_call(event, Some(id), name, action.kind, self.task.clone());
        }
        // The result that settles the call may itself still change.
        if !self.may_change {
            self.outbox.settle(ticket);
        }
        for (event_type, blocks) in events {
            let event = self.call_event(Some(id), name, action.kind, event_type, blocks);
            self.push(event);
        }
        is_task
    }

    /// Sends a call of a sub-agent with what came of it.
    fn push_inner(&mut self, task: Option<&str>, agent: Option<&str>, call: InnerCall) {
        let InnerCall { id, name, input, mut outcome } = call;
        let before = self.task.clone();
        self.task = task.map(str::to_owned).or(before.clone());
        let subagent = self.subagent.clone();
        self.subagent = agent.map(str::to_owned).or(subagent.clone());
        let Action { events, kind } = (self.calls.describe)(&name, input, Some(&outcome));
        for (event_type, blocks) in events {
            outcome.is_error |= has_failed(&event_type);
            let mut event = self.call_event(id.as_deref(), &name, kind, event_type, blocks);
            event.duration_ms = outcome.duration;
            self.push(event);
        }
        self.push_result(id.as_deref(), name, &mut outcome);
        (self.task, self.subagent) = (before, subagent);
    }

    fn push_result(&mut self, id: Option<&str>, name: String, outcome: &mut Outcome) {
        let is_error = outcome.is_error;
        let call_id = id.map(str::to_owned);
        let own = id.map(|id| [id, "/result"].concat());
        let event_type = EventType::ToolResult { name, is_error, call_id };
        let mut event = self.event(own.as_deref(), event_type);
        event.content.blocks = std::mem::take(&mut outcome.blocks);
        self.attach(std::mem::take(&mut outcome.attachments));
        self.push(event);
    }

    fn call_event(
        &mut self,
        id: Option<&str>,
        name: &str,
        kind: &'static str,
        event_type: EventType,
        blocks: Vec<Block>,
    ) -> Event {
        let mut event = self.event(id, event_type);
        event.content.blocks = blocks;
        name_call(&mut event, id, name, kind, self.task.clone());
        event
    }
}

/// Says in the event which call it is.
fn name_call(
    event: &mut Event,
    id: Option<&str>,
    name: &str,
    kind: &'static str,
    task: Option<String>,
) {
    event.attributes.set_some(attribute::CALL_ID, id);
    event.attributes.set(attribute::TOOL_KIND, kind);
    if !matches!(event.event_type, EventType::ToolCall { .. }) {
        event.attributes.set(attribute::TOOL_NAME, name);
    }
    let is_task = matches!(event.event_type, EventType::TaskStart { .. });
    event.task_id = if is_task { id.map(str::to_owned) } else { task };
}

fn has_failed(event_type: &EventType) -> bool {
    matches!(event_type, EventType::ShellCommand { exit_code: Some(code), .. } if *code != 0)
}
