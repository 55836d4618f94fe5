//! Sorts events into turns, calls and lanes, one after the other.

use super::{Call, Entry, Item, Lane, Timeline, Turn};
use crate::{Event, EventType, Header, Session, attribute};
use std::collections::HashMap;

pub(super) struct Builder<'s> {
    turns: Vec<Turn<'s>>,
    lanes: Vec<Lane<'s>>,
    sources: Vec<Source<'s>>,
    /// Lanes by the source whose events name them, and the name.
    names: HashMap<(usize, &'s str), usize>,
    /// The latest call of each id, by source and id.
    calls: HashMap<(usize, &'s str), Place>,
}

/// A session whose events come in.
#[derive(Clone, Copy)]
struct Source<'s> {
    header: &'s Header,
    /// What the events of its parent call it.
    agent_id: &'s str,
    lane: Option<usize>,
}

/// Where a call stands.
#[derive(Clone, Copy)]
struct Place {
    turn: usize,
    item: usize,
    call: usize,
}

impl<'s> Builder<'s> {
    pub(super) fn new(session: &'s Session, agents: &'s [Session]) -> Self {
        let sources = std::iter::once(session).chain(agents).map(|session| {
            let header = &session.header;
            Source { header, agent_id: agent_id(header), lane: None }
        });
        let mut builder = Self {
            turns: vec![Turn::default()],
            lanes: Vec::new(),
            sources: sources.collect(),
            names: HashMap::new(),
            calls: HashMap::new(),
        };
        builder.own_lane(0);
        builder
    }

    /// Adds the next event, of the session number `source`.
    pub(super) fn push(&mut self, source: usize, event: &'s Event, undone: bool) {
        let lane = self.lane_of(source, event);
        self.lanes[lane].add(event);
        let entry = match &event.event_type {
            EventType::UserMessage if source == 0 => {
                self.turns.push(Turn { prompt: Some(event), items: Vec::new(), undone });
                return;
            }
            EventType::AgentMessage => Entry::Answer(event),
            EventType::Thinking => Entry::Thinking(event),
            EventType::TaskEnd { .. } => Entry::TaskEnd(event),
            EventType::ToolResult { .. } => match self.call_of(source, event) {
                Some(call) => {
                    call.results.push(event);
                    return;
                }
                None => Entry::Result(event),
            },
            kind if kind.is_invocation() => {
                self.push_call(source, event, lane, undone);
                return;
            }
            _ => Entry::Note(event),
        };
        self.items().push(Item { lane, entry, undone });
    }

    pub(super) fn finish(self) -> Timeline<'s> {
        Timeline { turns: self.turns, lanes: self.lanes }
    }

    fn push_call(&mut self, source: usize, event: &'s Event, lane: usize, undone: bool) {
        // One call may be several events; once it has its result, the same id is another call.
        if let Some(open) = self.call_of(source, event).filter(|call| call.results.is_empty()) {
            open.events.push(event);
            return;
        }
        let call = Call { events: vec![event], results: Vec::new() };
        let turn = self.turns.len() - 1;
        let items = self.items();
        let number = match items.last_mut() {
            Some(Item { lane: l, entry: Entry::Calls(calls), undone: u })
                if (*l, *u) == (lane, undone) =>
            {
                calls.push(call);
                calls.len() - 1
            }
            _ => {
                items.push(Item { lane, entry: Entry::Calls(vec![call]), undone });
                0
            }
        };
        let place = Place { turn, item: items.len() - 1, call: number };
        // Some tools give a call no id, and let its result name the event.
        let id = event.call_id().unwrap_or(event.event_id.as_str());
        self.calls.insert((source, id), place);
    }

    /// Returns the items of the last turn.
    fn items(&mut self) -> &mut Vec<Item<'s>> {
        let turn = self.turns.last_mut();
        &mut turn.expect("there is a turn from the start on").items
    }

    fn call_of(&mut self, source: usize, event: &'s Event) -> Option<&mut Call<'s>> {
        let place = *self.calls.get(&(source, event.call_id()?))?;
        let turn = self.turns.get_mut(place.turn)?;
        match &mut turn.items.get_mut(place.item)?.entry {
            Entry::Calls(calls) => calls.get_mut(place.call),
            _ => None,
        }
    }

    /// Returns the lane of the task or sub-agent that the event names, else that of its session.
    fn lane_of(&mut self, source: usize, event: &'s Event) -> usize {
        let own = self.own_lane(source);
        let agent = event.attributes.str(attribute::SUBAGENT_ID);
        let session = event.attributes.str(attribute::TASK_SESSION_ID);
        let parent = self.sources[source].header.session_id.as_str();
        let started = session.map(|id| agent_of(id, parent).unwrap_or(id));
        let names = [agent, started, event.task_id.as_deref()];
        let Some(first) = names.into_iter().flatten().next() else {
            return own;
        };
        let known = |name| self.names.get(&(source, name)).copied();
        let lane = names.into_iter().flatten().find_map(known);
        let lane = lane.unwrap_or_else(|| self.add_lane(first));
        for name in names.into_iter().flatten() {
            self.names.entry((source, name)).or_insert(lane);
        }
        lane
    }

    /// Returns the lane of a session as a whole: for a sub-agent the one that its parent's events name, if they do.
    fn own_lane(&mut self, source: usize) -> usize {
        let Source { header, agent_id, lane } = self.sources[source];
        if let Some(lane) = lane {
            return lane;
        }
        let title = header.context.title.as_deref();
        let named = self.names.get(&(0, agent_id)).copied();
        let id = if source == 0 { header.session_id.as_str() } else { agent_id };
        let lane = named.unwrap_or_else(|| self.add_lane(id));
        let own = &mut self.lanes[lane];
        own.title = own.title.or(title);
        self.names.insert((0, agent_id), lane);
        self.names.insert((source, agent_id), lane);
        self.sources[source].lane = Some(lane);
        lane
    }

    fn add_lane(&mut self, id: &'s str) -> usize {
        self.lanes.push(Lane { id, title: None, span: None, events: 0 });
        self.lanes.len() - 1
    }
}

impl<'s> Lane<'s> {
    fn add(&mut self, event: &'s Event) {
        let time = event.timestamp;
        let (start, end) = self.span.unwrap_or((time, time));
        self.span = Some((start.min(time), end.max(time)));
        self.events += 1;
        if let EventType::TaskStart { title: Some(title) } = &event.event_type {
            self.title.get_or_insert(title);
        }
    }
}

/// Returns what a parent calls the sub-agent of this session: the id without `<parent>.` before it.
pub(crate) fn agent_id(header: &Header) -> &str {
    let id = header.session_id.as_str();
    let parent = header.context.attributes.str(attribute::PARENT_SESSION_ID);
    parent.and_then(|parent| agent_of(id, parent)).unwrap_or(id)
}

/// Returns the sub-agent's part of the session id `<parent>.<agent>`.
pub(crate) fn agent_of<'s>(id: &'s str, parent: &str) -> Option<&'s str> {
    id.strip_prefix(parent)?.strip_prefix('.')
}
