//! What the header of a session says: collected while its log is read, and no event depends on it.

use opensession_hail::{
    Event, EventType, Header, SessionId, Timestamp, attribute, one_line, title_from_prompt,
};

/// The facts about a session that its header holds.
#[derive(Debug, Default)]
pub(crate) struct Meta {
    pub version: Option<String>,
    pub branch: Option<String>,
    pub parent: Option<String>,
    pub forked_from: Option<String>,
    /// The session is a sub-agent's: its prompts are the parent agent's.
    pub is_auxiliary: bool,
    /// When the session says it began.
    pub started: Option<Timestamp>,
    cwds: Vec<String>,
    is_place_told: bool,
    /// The tool's own title, the last one given.
    name: Option<String>,
    /// Made from the first prompt.
    title: Option<String>,
    /// Models with the number of events each made, in order of appearance.
    models: Vec<(String, u64)>,
    /// Earliest and latest event.
    times: Option<(Timestamp, Timestamp)>,
}

impl Meta {
    /// The session works in this folder.
    pub(crate) fn visit(&mut self, cwd: &str) {
        if !cwd.is_empty() && !self.cwds.iter().any(|known| known == cwd) {
            self.cwds.push(cwd.to_owned());
        }
    }

    /// Returns the folder that the session began in, the first time that it is known.
    pub(crate) fn take_place(&mut self) -> Option<&str> {
        let is_new = !self.is_place_told;
        self.is_place_told |= !self.cwds.is_empty();
        self.cwds.first().filter(|_| is_new).map(String::as_str)
    }

    /// The tool gave the session a title.
    pub(crate) fn rename(&mut self, name: &str) {
        let name = one_line(name);
        if !name.is_empty() {
            self.name = Some(name);
        }
    }

    /// A prompt that may give the title.
    pub(crate) fn prompt(&mut self, text: &str) {
        if self.title.is_none() {
            self.title = title_from_prompt(text);
        }
    }

    /// An event was made.
    pub(crate) fn note(&mut self, event: &Event) {
        let time = event.timestamp;
        let (earliest, latest) = self.times.unwrap_or((time, time));
        self.times = Some((earliest.min(time), latest.max(time)));
        let speaks =
            event.event_type.is_invocation() || matches!(event.event_type, EventType::AgentMessage);
        let Some(model) = event.attributes.str(attribute::MODEL).filter(|_| speaks) else {
            return;
        };
        match self.models.iter_mut().find(|(known, _)| known == model) {
            Some((_, count)) => *count += 1,
            None => self.models.push((model.to_owned(), 1)),
        }
    }

    /// Returns the header.
    pub(crate) fn header(self, id: SessionId, tool: &str, provider: &str) -> Header {
        let mut header = Header::new(id, tool, provider);
        header.agent.tool_version = self.version;
        let mut most: Option<(String, u64)> = None;
        for (model, count) in self.models {
            if most.as_ref().is_none_or(|(_, before)| count > *before) {
                most = Some((model, count));
            }
        }
        header.agent.model = most.map(|(model, _)| model).unwrap_or_default();
        let context = &mut header.context;
        context.title = self.name.or(self.title);
        let started = self.started.unwrap_or(Timestamp::EPOCH);
        (context.created_at, context.updated_at) = self.times.unwrap_or((started, started));
        let attributes = &mut context.attributes;
        attributes.set_some(attribute::CWD, self.cwds.first().cloned());
        if self.cwds.len() > 1 {
            attributes.set(attribute::ALL_CWDS, self.cwds);
        }
        attributes.set_some(attribute::GIT_BRANCH, self.branch);
        attributes.set_some(attribute::FORKED_FROM, self.forked_from);
        attributes.set_some(attribute::PARENT_SESSION_ID, self.parent);
        if self.is_auxiliary {
            attributes.set(attribute::SESSION_ROLE, "auxiliary");
        }
        header
    }
}
