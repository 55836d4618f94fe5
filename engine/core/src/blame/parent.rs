//! What a person had asked for when a sub-agent was started, which has a session of its own.

use super::trace::Prompt;
use crate::view::View;
use crate::{Error, Result, read};
use opensession_hail::{EventType, Header, SessionId, SessionKey, attribute};
use std::collections::HashMap;
use std::sync::Arc;

/// So many agents may start one another.
const MOST_STEPS: usize = 8;

/// A prompt, and the session that it was said in.
type Asked = Option<(SessionKey, Arc<Prompt>)>;

/// Finds what sub-agents were started for; each one once.
pub(crate) struct Parents<'v> {
    view: &'v View,
    known: HashMap<SessionKey, Asked>,
}

impl<'v> Parents<'v> {
    pub(crate) fn new(view: &'v View) -> Self {
        Self { view, known: HashMap::new() }
    }

    /// Returns what a person had asked for before the session `key` was started by another one. What cannot be read
    /// goes to `damaged`.
    pub(crate) fn prompt(
        &mut self,
        key: &SessionKey,
        header: &Header,
        damaged: &mut Vec<Error>,
    ) -> Asked {
        if let Some(known) = self.known.get(key) {
            return known.clone();
        }
        let found = self.find(key, header).unwrap_or_else(|error| {
            damaged.push(error);
            None
        });
        self.known.insert(key.clone(), found.clone());
        found
    }

    fn find(&self, key: &SessionKey, header: &Header) -> Result<Asked> {
        let (mut key, mut header) = (key.clone(), header.clone());
        for _ in 0..MOST_STEPS {
            let parent = header.context.attributes.str(attribute::PARENT_SESSION_ID);
            let Some(parent) = parent.and_then(|id| SessionId::new(id).ok()) else { break };
            let parent = SessionKey::new(key.tool(), &parent);
            let Some(found) = self.view.find(&parent, None)? else { break };
            let manifest = found.manifest()?;
            let mut before = None;
            let mut started = false;
            read::read_work(&found.source.branch, &found.entry, &manifest, |event| {
                let is_start = matches!(event.event_type, EventType::TaskStart { .. });
                let task = event.attributes.str(attribute::TASK_SESSION_ID).filter(|_| is_start);
                started = task == Some(header.session_id.as_str()) || task == Some(key.id());
                if let Some(prompt) = Prompt::of(&event) {
                    // Where no event says what was started, the time does.
                    if prompt.time <= header.context.created_at || before.is_none() {
                        before = Some(prompt);
                    }
                }
                !started
            })?;
            if let Some(prompt) = before {
                return Ok(Some((parent, Arc::new(prompt))));
            }
            (key, header) = (parent, manifest.header);
        }
        Ok(None)
    }
}
