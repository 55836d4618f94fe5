//! Tool calls and their results.

use super::Session;
use super::action::{Action, Describe};
use super::outcome::{InnerCall, Outcome};
use crate::outbox::Ticket;
use crate::places::Places;
use foldhash::HashMap;
use opensession_hail::{Block, Event, EventType, SessionId, attribute};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::rc::Rc;

/// The calls of a session.
#[derive(Debug)]
pub(super) struct Calls {
    describe: Describe,
    /// In log order; a place is one here.
    list: Vec<Call>,
    /// Where the last call of each id stands.
    known: HashMap<Rc<str>, usize>,
    /// Where those stand that wait for a result.
    open: BTreeSet<usize>,
    /// And by the names of their tools, from when somebody asks on; and behind which of them nobody said yet how long
    /// they took.
    names: Option<Places>,
    timed: HashMap<String, usize>,
}

/// A call that was read.
#[derive(Debug)]
struct Call {
    id: Rc<str>,
    name: String,
    /// Its input, as long as its event waits: only when it no longer does is it known what the call came to.
    input: Map<String, Value>,
    ticket: Option<Ticket>,
    is_answered: bool,
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
            list: Vec::new(),
            known: HashMap::default(),
            open: BTreeSet::new(),
            names: None,
            timed: HashMap::default(),
        }
    }

    fn get(&self, id: &str) -> Option<&Call> {
        self.list.get(*self.known.get(id)?)
    }

    /// Returns the first call of a tool, not before `from`, that still waits.
    fn first(&mut self, name: &str, from: usize) -> Option<usize> {
        let names = self.names.get_or_insert_with(|| {
            let mut names = Places::default();
            for place in &self.open {
                if let Some(call) = self.list.get(*place) {
                    names.add(&call.name, *place as u64);
                }
            }
            names
        });
        usize::try_from(names.first(name, from as u64)?).ok()
    }

    /// The call at this place no longer waits. Returns it, with what it was called with.
    fn close(&mut self, place: usize) -> Option<(&mut Call, Map<String, Value>)> {
        let call = self.list.get_mut(place)?;
        self.open.remove(&place);
        if let Some(names) = &mut self.names {
            names.remove(&call.name, place as u64);
        }
        let input = std::mem::take(&mut call.input);
        Some((call, input))
    }
}

impl Session<'_> {
    /// Returns whether a call of this id was read.
    pub(crate) fn knows_call(&self, id: &str) -> bool {
        self.calls.known.contains_key(id)
    }

    /// Returns whether the call of this id has its result.
    pub(crate) fn is_answered(&self, id: &str) -> bool {
        self.calls.get(id).is_some_and(|call| call.is_answered)
    }

    /// Returns the first call of a tool that still waits for a result: for results that name no call.
    pub(crate) fn waiting_call(&mut self, name: Option<&str>) -> Option<String> {
        let place = match name {
            Some(name) => self.calls.first(name, 0)?,
            None => *self.calls.open.first()?,
        };
        self.calls.list.get(place).map(|call| (*call.id).to_owned())
    }

    /// Sends a call; its event waits for the result.
    pub(crate) fn open_call(&mut self, record: CallRecord<'_>) {
        let CallRecord { id, name, input, agent, child } = record;
        let own: Rc<str> = id.into();
        let place = self.calls.list.len();
        if let Some(before) = self.calls.known.insert(Rc::clone(&own), place) {
            // An id that is used again: its earlier call gets no result any more.
            self.settle_place(before);
        }
        let mut event = self.event(Some(id), EventType::ToolCall { name: name.to_owned() });
        event.attributes.set_some(attribute::SUBAGENT_ID, agent);
        event
            .attributes
            .set_some(attribute::TASK_SESSION_ID, child.as_ref().map(SessionId::as_str));
        let ticket = Some(self.push_open(event));
        if let Some(names) = &mut self.calls.names {
            names.add(name, place as u64);
        }
        let call = Call { id: own, name: name.to_owned(), input, ticket, is_answered: false };
        self.calls.list.push(call);
        self.calls.open.insert(place);
    }

    /// Says how long a call took, where it is not known yet: the first one of the tool that waits.
    pub(crate) fn time_call(&mut self, name: &str, milliseconds: u64) -> bool {
        let mut from = self.calls.timed.get(name).copied().unwrap_or(0);
        let mut is_new = false;
        while !is_new && let Some(place) = self.calls.first(name, from) {
            from = place + 1;
            let call = self.calls.list.get(place);
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
            && let Some(place) = self.calls.known.get(id).copied()
            && let Some((call, input)) = self.calls.close(place)
        {
            call.is_answered = true;
            tool.clone_from(&call.name);
            if let Some(ticket) = call.ticket.take() {
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
        while let Some(place) = self.calls.open.pop_first() {
            self.settle_place(place);
        }
    }

    /// Settles a call, where it still waits: no result comes any more.
    pub(crate) fn settle_call(&mut self, id: &str) {
        if let Some(place) = self.calls.known.get(id).copied() {
            self.settle_place(place);
        }
    }

    fn settle_place(&mut self, place: usize) {
        if let Some(ticket) = self.end_call(place) {
            self.outbox.settle(ticket);
        }
    }

    /// Says of every call that still waits what it is; its event stays open, as the result may come later.
    pub(super) fn end_calls(&mut self) {
        while let Some(place) = self.calls.open.pop_first() {
            self.end_call(place);
        }
    }

    /// Says what a call is whose result is not there, and returns under what its event waits.
    fn end_call(&mut self, place: usize) -> Option<Ticket> {
        let describe = self.calls.describe;
        let (call, input) = self.calls.close(place)?;
        let ticket = call.ticket.take()?;
        let Action { events, kind } = describe(&call.name, input, None);
        if let Some(event) = self.outbox.waiting(ticket) {
            if let Some((event_type, blocks)) = events.into_iter().next() {
                event.event_type = event_type;
                event.content.blocks = blocks;
            }
            let task = event.task_id.take();
            name_call(event, Some(&call.id), &call.name, kind, task);
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
        let event_type = EventType::ToolResult { name, is_error, call_id };
        let mut event = match id {
            Some(id) => {
                let event_id = self.ids.next([id, "/result"].concat());
                self.event_of(event_id, event_type)
            }
            None => self.event(None, event_type),
        };
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
