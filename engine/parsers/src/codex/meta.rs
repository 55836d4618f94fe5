//! What the header of a session says: collected while its log is read, and no event depends on it.

use super::record::Payload;
use crate::lenient::value;
use crate::named::Named;
use opensession_hail::{
    Event, EventType, Header, SessionId, Timestamp, attribute, one_line, title_from_prompt,
};
use serde::Deserialize;
use serde_json::Value;

/// The facts about a session that its header holds.
#[derive(Debug, Default)]
pub(super) struct Meta {
    provider: Option<String>,
    version: Option<String>,
    cwds: Named<()>,
    is_place_told: bool,
    git: Option<Value>,
    originator: Option<String>,
    forked_from: Option<String>,
    parent: Option<String>,
    is_auxiliary: bool,
    nickname: Option<String>,
    role: Option<String>,
    /// The tool's own title, the last one given.
    name: Option<String>,
    /// Made from the first prompt.
    title: Option<String>,
    /// Models with the number of events each made, in order of appearance.
    models: Named<u64>,
    /// Earliest and latest event.
    times: Option<(Timestamp, Timestamp)>,
    /// When the session says it began.
    started: Option<Timestamp>,
}

/// Where a session comes from: a word, or an object that tells of a sub-agent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Origin {
    subagent: Option<Value>,
}

impl Meta {
    /// Reads a `session_meta` of this session; what an earlier one said stands.
    pub(super) fn read(&mut self, payload: &Payload<'_>) {
        let keep = |fact: &mut Option<String>, text: Option<&str>| {
            if fact.is_none() {
                *fact = text.map(str::to_owned);
            }
        };
        keep(&mut self.provider, payload.model_provider.filled());
        keep(&mut self.originator, payload.originator.filled());
        keep(&mut self.forked_from, payload.forked_from_id.filled());
        keep(&mut self.parent, payload.parent_thread_id.filled());
        keep(&mut self.nickname, payload.agent_nickname.filled());
        keep(&mut self.role, payload.agent_role.filled());
        if let Some(version) = payload.cli_version.filled() {
            self.version = Some(version.to_owned());
        }
        self.visit(payload.cwd.filled());
        if self.git.is_none() {
            let git = payload.git.map(value);
            self.git = git.filter(|git| git.as_object().is_some_and(|git| !git.is_empty()));
        }
        let started = payload.timestamp.as_str().and_then(Timestamp::parse);
        self.started = self.started.or(started);
        let origin = payload.source.map(|raw| serde_json::from_str(raw.get()));
        // A plain word tells of no sub-agent.
        let origin: Origin = origin.and_then(Result::ok).unwrap_or_default();
        if let Some(subagent) = origin.subagent {
            self.is_auxiliary = true;
            let spawn = subagent.get("thread_spawn");
            let said = |key: &str| spawn.and_then(|spawn| spawn.get(key)?.as_str());
            keep(&mut self.parent, said("parent_thread_id"));
            keep(&mut self.nickname, said("agent_nickname"));
            keep(&mut self.role, said("agent_role"));
        }
        self.is_auxiliary |= self.parent.is_some();
    }

    /// The session's history begins with a copy of another session's.
    pub(super) fn replays(&mut self, other: &str) {
        if self.forked_from.is_none() && self.parent.is_none() {
            self.forked_from = Some(other.to_owned());
        }
    }

    /// Returns the folder that the session began in, the first time that it is known.
    pub(super) fn take_place(&mut self) -> Option<&str> {
        let is_new = !self.is_place_told;
        self.is_place_told |= self.cwds.first().is_some();
        self.cwds.first().filter(|_| is_new)
    }

    /// The session works in this folder, where no record has named one: bare logs do not.
    pub(super) fn place<'t>(&mut self, told: impl FnOnce() -> Option<&'t str>) {
        if self.cwds.first().is_none() {
            self.visit(told());
        }
    }

    /// The session works in this folder.
    pub(super) fn visit(&mut self, cwd: Option<&str>) {
        if let Some(cwd) = cwd {
            self.cwds.add(cwd);
        }
    }

    /// The tool gave the session a title.
    pub(super) fn rename(&mut self, name: &str) {
        let name = one_line(name);
        if !name.is_empty() {
            self.name = Some(name);
        }
    }

    /// A prompt that may give the title.
    pub(super) fn prompt(&mut self, text: &str) {
        if self.title.is_none() {
            self.title = title_from_prompt(text);
        }
    }

    /// An event was made.
    pub(super) fn note(&mut self, event: &Event) {
        let time = event.timestamp;
        let (earliest, latest) = self.times.unwrap_or((time, time));
        self.times = Some((earliest.min(time), latest.max(time)));
        let speaks =
            event.event_type.is_invocation() || matches!(event.event_type, EventType::AgentMessage);
        let Some(model) = event.attributes.str(attribute::MODEL).filter(|_| speaks) else {
            return;
        };
        self.models.count(model);
    }

    /// Returns whether the session is a sub-agent's: then its prompts are the parent agent's.
    pub(super) fn is_auxiliary(&self) -> bool {
        self.is_auxiliary
    }

    /// Returns the newest tool version that the log names.
    pub(super) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Returns the header. `model` is the one used last, for a session in which none answered.
    pub(super) fn header(self, id: SessionId, tool: &str, model: Option<String>) -> Header {
        let provider = self.provider.as_deref().unwrap_or("openai");
        let mut header = Header::new(id, tool, provider);
        header.agent.tool_version = self.version;
        let mut most: Option<(String, u64)> = None;
        for (model, count) in self.models.into_list() {
            if most.as_ref().is_none_or(|(_, before)| count > *before) {
                most = Some((model, count));
            }
        }
        header.agent.model = most.map(|(model, _)| model).or(model).unwrap_or_default();
        let context = &mut header.context;
        context.title = self.name.or(self.title);
        let started = self.started.unwrap_or(Timestamp::EPOCH);
        (context.created_at, context.updated_at) = self.times.unwrap_or((started, started));
        let attributes = &mut context.attributes;
        attributes.set_some(attribute::CWD, self.cwds.first());
        attributes.set_some(attribute::ALL_CWDS, self.cwds.several());
        if let Some(git) = self.git {
            attributes.set_some(attribute::GIT_BRANCH, git.get("branch").cloned());
            attributes.set("git", git);
        }
        attributes.set_some(attribute::ORIGINATOR, self.originator);
        attributes.set_some(attribute::FORKED_FROM, self.forked_from);
        attributes.set_some("agent_nickname", self.nickname);
        attributes.set_some("agent_role", self.role);
        attributes.set_some(attribute::PARENT_SESSION_ID, self.parent);
        if self.is_auxiliary {
            attributes.set(attribute::SESSION_ROLE, "auxiliary");
        }
        header
    }
}
