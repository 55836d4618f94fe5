//! What the header says of a session, gathered while its records go by.

use super::fingerprint::fingerprint;
use super::location::Identity;
use super::record::Record;
use crate::named::Named;
use opensession_hail::{Header, Timestamp, attribute, one_line, title_from_prompt};
use std::collections::HashSet;

/// Facts of a session. Where a record replaces what an earlier one said, the last in the log holds.
#[derive(Debug, Default)]
pub(super) struct Facts {
    custom_title: Option<String>,
    ai_title: Option<String>,
    /// Titles with the record they were made for: a log also holds titles of other sessions.
    summaries: Vec<(u64, String)>,
    agent_name: Option<String>,
    first_prompt: Option<String>,
    version: Option<String>,
    /// Every working directory, in the order of the log.
    cwds: Named<()>,
    git_branch: Option<String>,
    entrypoint: Option<String>,
    forked_from: Option<String>,
    /// Models and how many events each made.
    models: Named<u64>,
    earliest: Option<Timestamp>,
    latest: Option<Timestamp>,
}

impl Facts {
    /// Takes what the envelope of a record tells; returns whether it is the first that tells the working directory.
    pub(super) fn observe(&mut self, record: &Record<'_>) -> bool {
        let was_nowhere = self.cwds.first().is_none();
        if let Some(version) = record.version.filled()
            && self.version.as_deref() != Some(version)
        {
            self.version = Some(version.to_owned());
        }
        if let Some(cwd) = record.cwd.filled() {
            self.cwds.add(cwd);
        }
        set_first(&mut self.git_branch, record.git_branch.filled());
        set_first(&mut self.entrypoint, record.entrypoint.filled());
        let forked_from = record.forked_from.0.as_ref();
        set_first(&mut self.forked_from, forked_from.and_then(|from| from.session_id.filled()));
        was_nowhere && self.cwds.first().is_some()
    }

    /// Takes the title that a `custom-title`, `ai-title`, `agent-name` or `summary` record sets.
    pub(super) fn rename(&mut self, record: &Record<'_>) {
        let set = |title: &mut Option<String>, text: Option<&str>| {
            if let Some(text) = text.map(one_line).filter(|text| !text.is_empty()) {
                *title = Some(text);
            }
        };
        set(&mut self.custom_title, record.custom_title.as_str());
        set(&mut self.ai_title, record.ai_title.as_str());
        set(&mut self.agent_name, record.agent_name.as_str());
        if let (Some(leaf), Some(summary)) =
            (record.leaf_uuid.filled(), record.summary.filled().map(one_line))
        {
            self.summaries.push((fingerprint(&[leaf]), summary));
        }
    }

    /// Takes a prompt, of which the first can become the title.
    pub(super) fn prompt(&mut self, text: &str) {
        if self.first_prompt.is_none() {
            self.first_prompt = title_from_prompt(text);
        }
    }

    /// Counts an event that `model` made.
    pub(super) fn count_model(&mut self, model: &str) {
        self.models.count(model);
    }

    /// Takes the time of an event.
    pub(super) fn stamp(&mut self, time: Timestamp) {
        self.earliest = Some(self.earliest.map_or(time, |known| known.min(time)));
        self.latest = Some(self.latest.map_or(time, |known| known.max(time)));
    }

    pub(super) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Returns the header; `uuids` are the fingerprints of the records in the log.
    pub(super) fn into_header(self, identity: &Identity, uuids: &HashSet<u64>) -> Header {
        let mut header =
            Header::new(identity.session_id.clone(), super::TOOL.as_str(), "anthropic");
        let summary = self
            .summaries
            .into_iter()
            .rfind(|(leaf, _)| uuids.contains(leaf))
            .map(|(_, summary)| summary);
        header.context.title = self
            .custom_title
            .or(self.ai_title)
            .or(summary)
            .or(self.first_prompt)
            .or(self.agent_name);
        // The first of those with most events.
        let mut most = 0;
        for (model, count) in self.models.into_list() {
            if count > most {
                most = count;
                header.agent.model = model;
            }
        }
        header.agent.tool_version = self.version;
        header.context.created_at = self.earliest.unwrap_or(Timestamp::EPOCH);
        header.context.updated_at = self.latest.unwrap_or(Timestamp::EPOCH);
        let attributes = &mut header.context.attributes;
        attributes.set_some(attribute::CWD, self.cwds.first());
        attributes.set_some(attribute::ALL_CWDS, self.cwds.several());
        attributes.set_some(attribute::GIT_BRANCH, self.git_branch);
        attributes.set_some(attribute::ORIGINATOR, self.entrypoint);
        attributes.set_some(attribute::FORKED_FROM, self.forked_from);
        let role = if let Some((parent, _)) = &identity.agent {
            let parent = parent.as_ref().map(|id| id.as_str());
            attributes.set_some(attribute::PARENT_SESSION_ID, parent);
            "auxiliary"
        } else {
            "primary"
        };
        attributes.set(attribute::SESSION_ROLE, role);
        header
    }
}

fn set_first(fact: &mut Option<String>, text: Option<&str>) {
    if fact.is_none() {
        *fact = text.map(str::to_owned);
    }
}
