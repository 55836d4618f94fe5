//! Sub-agents whose lines stand in the log of their parent.

use super::calls::{Calls, Lane};
use super::fingerprint::fingerprint;
use super::record::{Content, Record};
use std::collections::HashMap;
use std::rc::Rc;

/// The lanes of a log, found as its lines go by.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// By agent id.
    agents: HashMap<String, Lane>,
    /// By fingerprint of a line's `uuid`: older logs name no agent, and its lines hang together by `parentUuid` only.
    lines: HashMap<u64, Lane>,
}

impl Lanes {
    /// Returns the lane of a record of a main log.
    ///
    /// A sub-agent belongs to the waiting call that has its first prompt as input.
    pub(super) fn find(&mut self, record: &Record<'_>, calls: &Calls) -> Lane {
        if !record.is_sidechain.0 {
            return Lane::default();
        }
        if let Some(agent) = record.agent_id.filled() {
            if let Some(lane) = self.agents.get(agent) {
                return lane.clone();
            }
            let lane = begin(agent, record, calls);
            self.agents.insert(agent.to_owned(), lane.clone());
            return lane;
        }
        let uuid = record.uuid.filled().unwrap_or("sidechain");
        let parent = record.parent_uuid.filled();
        let lane = parent
            .and_then(|parent| self.lines.get(&fingerprint(&[parent])))
            .cloned()
            .unwrap_or_else(|| begin(uuid, record, calls));
        self.lines.insert(fingerprint(&[uuid]), lane.clone());
        lane
    }

    /// Returns whether lines of the agent stand in this log.
    pub(super) fn holds(&self, agent: &str) -> bool {
        self.agents.contains_key(agent)
    }
}

fn begin(agent: &str, record: &Record<'_>, calls: &Calls) -> Lane {
    let task = prompt(record).and_then(|prompt| calls.starting(fingerprint(&[prompt])));
    Lane { agent: Some(Rc::from(agent)), task: task.map(Rc::from) }
}

fn prompt<'r>(record: &'r Record<'_>) -> Option<&'r str> {
    match &record.message.0.as_ref()?.content {
        Content::Text(text) => Some(text),
        Content::Parts(parts) => parts.first()?.text.as_str(),
        Content::Nothing => None,
    }
}
