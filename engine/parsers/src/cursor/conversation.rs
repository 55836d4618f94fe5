//! A conversation while its bubbles are read.

use super::call::child_session;
use super::composer::{Composer, Entry};
use super::known::KNOWN;
use super::rows::Rows;
use super::tool;
use super::{PROVIDER, TOOL};
use crate::session::{Session, maker};
use crate::transcript::value_of;
use crate::{ParseError, ParseReport, Sink};
use opensession_hail::{SessionId, Timestamp};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// A person speaks.
pub(super) const PERSON: u64 = 1;

/// The model speaks.
pub(super) const MODEL: u64 = 2;

/// The state of one conversation.
pub(super) struct Conversation<'s, 'r> {
    pub session: Session<'s>,
    /// The database, for what bubbles refer to.
    pub rows: Option<&'r Rows>,
    /// The conversation's own name.
    pub name: &'r str,
    /// Calls that are told beside the bubbles, by the names of these.
    pub calls: Map<String, Value>,
    /// When prompts were typed that have no times themselves.
    pub typed: HashMap<String, Timestamp>,
    /// The editor's folder of workspaces, where it keeps pictures.
    pub storage: Option<&'r Path>,
    /// The conversations of sub-agents, by the calls that started them.
    pub children: HashMap<String, String>,
}

impl<'s, 'r> Conversation<'s, 'r> {
    /// Begins the session of a conversation.
    pub(super) fn begin(
        sink: &'s mut dyn Sink,
        id: &SessionId,
        name: &'r str,
        composer: &Composer,
        rows: Option<&'r Rows>,
        folder: Option<&str>,
    ) -> Self {
        let mut session = Session::new(sink, tool::describe).knowing(&KNOWN);
        session.begin(|| id.clone());
        session.meta.visit(folder.unwrap_or(""));
        session.tell_place();
        session.meta.branch = composer.branch().map(str::to_owned);
        session.meta.rename(composer.name().unwrap_or(""));
        session.meta.started = composer.created();
        // What has no time of its own is no older than the conversation.
        session.set_time(composer.created());
        if let Some(model) = composer.model() {
            session.meta.model = Some(model.to_owned());
            session.meta.provider = Some(provider_of(model));
        }
        Self {
            session,
            rows,
            name,
            calls: composer.calls(),
            typed: HashMap::new(),
            storage: None,
            children: HashMap::new(),
        }
    }

    /// The session is that of a sub-agent.
    pub(super) fn belong_to(&mut self, parent: &SessionId) {
        self.session.meta.is_auxiliary = true;
        self.session.meta.parent = Some(parent.as_str().to_owned());
    }

    /// The answers that follow are this model's.
    pub(super) fn answer_by(&mut self, model: &str) {
        self.session.model = Some(model.to_owned());
        self.session.provider = Some(provider_of(model));
    }

    /// Reads the bubbles. Where the model is at work, what it says in answer to the last prompt may still change.
    ///
    /// # Errors
    /// When the list of the rows cannot be read: without it every bubble would look like one that was cleared away.
    pub(super) fn read(
        &mut self,
        entries: &[Entry],
        is_generating: bool,
    ) -> Result<(), ParseError> {
        let last_prompt = entries.iter().rposition(|entry| entry.speaker == PERSON);
        let named = entries.iter().map(|entry| entry.id.as_str()).collect::<HashSet<_>>();
        let stored = self.rows.map(|rows| rows.bubbles(self.name)).transpose()?;
        let mut left: HashSet<String> = stored.unwrap_or_default().into_iter().collect();
        let mut loose = None;
        for (index, entry) in entries.iter().enumerate() {
            self.session.may_change = is_generating && last_prompt.is_none_or(|last| index > last);
            if let Some(bytes) = &entry.bytes {
                self.read_bubble(&entry.id, bytes);
                continue;
            }
            let Some(rows) = self.rows else { continue };
            let row = if left.contains(&entry.id) {
                Some(entry.id.clone())
            } else {
                // A bubble may call itself otherwise than its row.
                if loose.is_none() {
                    loose = Some(loose_bubbles(rows, self.name, &named)?);
                }
                loose.as_mut().and_then(|loose| loose.remove(&entry.id))
            };
            // One without a row was cleared away.
            let Some(row) = row else { continue };
            left.remove(&row);
            match rows.value(&format!("bubbleId:{}:{row}", self.name)) {
                Ok(Some(Some(bytes))) => self.read_bubble(&row, &bytes),
                Ok(_) => self.session.report.drop("bubble without a value"),
                Err(error) => self.session.keep_text(format!("bubble {row}: {error}")),
            }
        }
        self.session.may_change = false;
        // What the order does not name was taken back.
        for _ in left {
            self.session.report.drop("bubble taken back");
        }
        Ok(())
    }

    /// Keeps the conversation's own value, which could not be read; it is written anew all the time.
    pub(super) fn keep_value(&mut self, bytes: &[u8]) {
        self.session.leave_records();
        self.session.may_change = true;
        self.session.keep_text(String::from_utf8_lossy(bytes).into_owned());
        self.session.may_change = false;
    }

    /// Returns the session of the sub-agent that a call started.
    pub(super) fn child_of(&self, call: &str, told: Option<String>) -> Option<SessionId> {
        let child = self.children.get(call).cloned().or(told)?;
        Some(child_session(self.name, &child))
    }

    /// Ends the session. Where the last turn is over, no call gets a result any more.
    pub(super) fn finish(mut self, is_over: bool) -> ParseReport {
        if is_over {
            self.session.settle_calls();
        }
        self.session.finish(TOOL.as_str(), PROVIDER)
    }
}

/// Returns the rows whose bubbles call themselves otherwise, by what these say.
fn loose_bubbles(
    rows: &Rows,
    composer: &str,
    named: &HashSet<&str>,
) -> Result<HashMap<String, String>, ParseError> {
    let mut loose = HashMap::new();
    for name in rows.bubbles(composer)? {
        if named.contains(name.as_str()) {
            continue;
        }
        let value = rows.value(&format!("bubbleId:{composer}:{name}"))?;
        let Some(bytes) = value.flatten() else { continue };
        let bubble = value_of(&bytes).unwrap_or_default();
        if let Some(own) = bubble.get("bubbleId").and_then(Value::as_str) {
            loose.entry(own.to_owned()).or_insert(name);
        }
    }
    Ok(loose)
}

/// Returns the order of the bubbles of a conversation whose own value is lost: by time, and as they were written.
pub(super) fn entries_by_time(rows: &Rows, composer: &str) -> Result<Vec<Entry>, ParseError> {
    let mut found = Vec::new();
    for id in rows.bubbles(composer)? {
        let bytes = rows.value(&format!("bubbleId:{composer}:{id}"))?.flatten();
        let bubble = bytes.as_deref().and_then(value_of).unwrap_or_default();
        let time = super::field::time(&bubble, "createdAt");
        let speaker = super::composer::speaker(&bubble);
        found.push((time, Entry { id, speaker, bytes: None }));
    }
    // Stable: without times the order of writing is kept.
    found.sort_by_key(|(time, _)| *time);
    Ok(found.into_iter().map(|(_, entry)| entry).collect())
}

/// Returns who runs a model.
pub(super) fn provider_of(model: &str) -> String {
    Some(maker(model)).filter(|maker| !maker.is_empty()).unwrap_or(PROVIDER).to_owned()
}
