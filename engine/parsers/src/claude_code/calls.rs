//! Tool calls that wait for their results.

use crate::outbox::{Outbox, Ticket};
use std::collections::HashMap;
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

/// The calls of a log that have no result yet.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// Few at any time, so a list is searched.
    waiting: Vec<Call>,
    /// Names of tools by call id: calls that no result was expected for any more.
    given_up: HashMap<String, String>,
    /// Sub-agents in the background, by agent id: the calls that started them.
    background: HashMap<String, String>,
}

impl Calls {
    pub(super) fn push(&mut self, call: Call) {
        self.waiting.push(call);
    }

    /// Returns the call that a result answers; it no longer waits.
    pub(super) fn answer(&mut self, call_id: &str) -> Answered {
        if let Some(at) = self.waiting.iter().position(|call| call.id == call_id) {
            return Answered::Waiting(self.waiting.remove(at));
        }
        self.given_up.remove(call_id).map_or(Answered::Unknown, Answered::GivenUp)
    }

    /// Gives up the calls of `lane` that another message than `message` made: the log has gone on without results.
    pub(super) fn give_up(&mut self, lane: &Lane, message: Option<u64>, outbox: &mut Outbox<'_>) {
        let mut at = 0;
        while let Some(call) = self.waiting.get(at) {
            if call.lane.agent == lane.agent && Some(call.message) != message {
                let call = self.waiting.remove(at);
                outbox.settle(call.ticket);
                self.given_up.insert(call.id, call.name);
            } else {
                at += 1;
            }
        }
    }

    /// Returns the waiting call with this id.
    pub(super) fn find(&self, call_id: &str) -> Option<&Call> {
        self.waiting.iter().find(|call| call.id == call_id)
    }

    /// Returns the id of the waiting call that starts a sub-agent with this prompt.
    pub(super) fn starting(&self, prompt: u64) -> Option<&str> {
        self.waiting.iter().find(|call| call.prompt == Some(prompt)).map(|call| call.id.as_str())
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
