//! What the first records say of a session: it goes into its header, and no event depends on it.

use super::record::Payload;
use crate::lenient::value;
use crate::session::Meta;
use opensession_hail::{Header, Timestamp, attribute};
use serde::Deserialize;
use serde_json::Value;

/// The facts that only Codex tells.
#[derive(Debug, Default)]
pub(super) struct Own {
    git: Option<Value>,
    nickname: Option<String>,
    role: Option<String>,
}

/// Where a session comes from: a word, or an object that tells of a sub-agent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Origin {
    subagent: Option<Value>,
}

impl Own {
    /// Reads a `session_meta` of this session; what an earlier one said stands.
    pub(super) fn read(&mut self, payload: &Payload<'_>, meta: &mut Meta) {
        let keep = |fact: &mut Option<String>, text: Option<&str>| {
            if fact.is_none() {
                *fact = text.map(str::to_owned);
            }
        };
        keep(&mut meta.provider, payload.model_provider.filled());
        keep(&mut meta.originator, payload.originator.filled());
        keep(&mut meta.forked_from, payload.forked_from_id.filled());
        keep(&mut meta.parent, payload.parent_thread_id.filled());
        keep(&mut self.nickname, payload.agent_nickname.filled());
        keep(&mut self.role, payload.agent_role.filled());
        if let Some(version) = payload.cli_version.filled() {
            meta.version = Some(version.to_owned());
        }
        meta.visit(payload.cwd.filled().unwrap_or(""));
        if self.git.is_none() {
            let git = payload.git.map(value);
            self.git = git.filter(|git| git.as_object().is_some_and(|git| !git.is_empty()));
        }
        let started = payload.timestamp.as_str().and_then(Timestamp::parse);
        meta.started = meta.started.or(started);
        let origin = payload.source.map(|raw| serde_json::from_str(raw.get()));
        // A plain word tells of no sub-agent.
        let origin: Origin = origin.and_then(Result::ok).unwrap_or_default();
        if let Some(subagent) = origin.subagent {
            meta.is_auxiliary = true;
            let spawn = subagent.get("thread_spawn");
            let said = |key: &str| spawn.and_then(|spawn| spawn.get(key)?.as_str());
            keep(&mut meta.parent, said("parent_thread_id"));
            keep(&mut self.nickname, said("agent_nickname"));
            keep(&mut self.role, said("agent_role"));
        }
        meta.is_auxiliary |= meta.parent.is_some();
    }

    /// Adds the facts to the header.
    pub(super) fn tell(self, header: &mut Header) {
        let attributes = &mut header.context.attributes;
        if let Some(git) = self.git {
            attributes.set_some(attribute::GIT_BRANCH, git.get("branch").cloned());
            attributes.set("git", git);
        }
        attributes.set_some("agent_nickname", self.nickname);
        attributes.set_some("agent_role", self.role);
    }
}
