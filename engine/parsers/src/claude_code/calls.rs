//! Tool calls that wait for their results.

use crate::outbox::{Outbox, Ticket};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::rc::Rc;

/// Which agent of a log speaks: the main one, or a sub-agent whose lines stand in its parent's log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lane {
    /// The sub-agent; `None` is the main one.
    pub agent: Option<Rc<str>>,
    /// The call that started the sub-agent.
    pub task: Option<Rc<str>>,
}

/// A call whose result has not been read.
#[derive(Debug)]
pub(super) struct Call {
    pub id: String,
    /// The tool's name.
    pub name: String,
    pub lane: Lane,
    /// Fingerprint of the message that made it.
    pub message: u64,
    pub ticket: Ticket,
    /// Of a call that starts a sub-agent: fingerprint of the sub-agent's first prompt.
    pub prompt: Option<u64>,
}

/// What is known of the call that a result names.
#[derive(Debug)]
pub(super) enum Answered {
    /// It waited for this result.
    Waiting(Call),
    /// It was given up; the tool's name.
    GivenUp(String),
    /// The log holds no such call, or another result came before.
    Unknown,
}

/// The calls of a log that have no result yet, in log order: by how many were made before.
#[derive(Debug, Default)]
pub(super) struct Calls {
    waiting: BTreeMap<u64, Call>,
    made: u64,
    /// The waiting calls by id, by the sub-agent's first prompt, and by the agent and message that made them: a
    /// broken log may have a million, so that no list of them is searched.
    ids: HashMap<String, BTreeSet<u64>>,
    prompts: HashMap<u64, BTreeSet<u64>>,
    messages: HashMap<Option<Rc<str>>, BTreeMap<u64, BTreeSet<u64>>>,
    /// Names of tools by call id: calls that no result was expected for any more.
    given_up: HashMap<String, String>,
    /// Sub-agents in the background, by agent id: the calls that started them.
    background: HashMap<String, String>,
}

impl Calls {
    pub(super) fn push(&mut self, call: Call) {
        let at = self.made;
        self.made += 1;
        self.ids.entry(call.id.clone()).or_default().insert(at);
        if let Some(prompt) = call.prompt {
            self.prompts.entry(prompt).or_default().insert(at);
        }
        let of_agent = self.messages.entry(call.lane.agent.clone()).or_default();
        of_agent.entry(call.message).or_default().insert(at);
        self.waiting.insert(at, call);
    }

    /// Returns the call that a result answers; it no longer waits.
    pub(super) fn answer(&mut self, call_id: &str) -> Answered {
        let at = self.ids.get(call_id).and_then(BTreeSet::first).copied();
        if let Some(call) = at.and_then(|at| self.take(at)) {
            return Answered::Waiting(call);
        }
        self.given_up.remove(call_id).map_or(Answered::Unknown, Answered::GivenUp)
    }

    /// Gives up the calls of `lane` that another message than `message` made: the log has gone on without results.
    pub(super) fn give_up(&mut self, lane: &Lane, message: Option<u64>, outbox: &mut Outbox<'_>) {
        let Some(messages) = self.messages.get(&lane.agent) else { return };
        let others = messages.iter().filter(|(made_by, _)| Some(**made_by) != message);
        let gone: BTreeSet<u64> = others.flat_map(|(_, calls)| calls).copied().collect();
        for call in gone.into_iter().filter_map(|at| self.take(at)).collect::<Vec<_>>() {
            outbox.settle(call.ticket);
            self.given_up.insert(call.id, call.name);
        }
    }

    /// Takes out the call at this place.
    fn take(&mut self, at: u64) -> Option<Call> {
        let call = self.waiting.remove(&at)?;
        remove(&mut self.ids, &call.id, at);
        if let Some(prompt) = call.prompt {
            remove(&mut self.prompts, &prompt, at);
        }
        if let Some(of_agent) = self.messages.get_mut(&call.lane.agent) {
            if let Some(calls) = of_agent.get_mut(&call.message) {
                calls.remove(&at);
                if calls.is_empty() {
                    of_agent.remove(&call.message);
                }
            }
            if of_agent.is_empty() {
                self.messages.remove(&call.lane.agent);
            }
        }
        Some(call)
    }

    /// Returns the waiting call with this id.
    pub(super) fn find(&self, call_id: &str) -> Option<&Call> {
        self.waiting.get(self.ids.get(call_id)?.first()?)
    }

    /// Returns the id of the waiting call that starts a sub-agent with this prompt.
    pub(super) fn starting(&self, prompt: u64) -> Option<&str> {
        let call = self.waiting.get(self.prompts.get(&prompt)?.first()?)?;
        Some(&call.id)
    }

    /// Notes that a call has left its sub-agent running.
    pub(super) fn leave_running(&mut self, agent: &str, call_id: &str) {
        self.background.insert(agent.to_owned(), call_id.to_owned());
    }

    /// Returns the call that started a running sub-agent, once.
    pub(super) fn finish_running(&mut self, agent: &str) -> Option<String> {
        self.background.remove(agent)
    }
}

fn remove<K: Eq + Hash + Borrow<Q>, Q: Eq + Hash + ?Sized>(
    places: &mut HashMap<K, BTreeSet<u64>>,
    key: &Q,
    at: u64,
) {
    if let Some(calls) = places.get_mut(key) {
        calls.remove(&at);
        if calls.is_empty() {
            places.remove(key);
        }
    }
}
