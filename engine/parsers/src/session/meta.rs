//! What the header of a session says: collected while its log is read, and no event depends on it.

use crate::named::Named;
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
    /// Who runs the model, and the model, where no event says so.
    pub provider: Option<String>,
    pub model: Option<String>,
    /// The program that wrote the log, where the tool has several.
    pub originator: Option<String>,
    /// The session is a sub-agent's: its prompts are the parent agent's.
    pub is_auxiliary: bool,
    /// When the session says it began.
    pub started: Option<Timestamp>,
    cwds: Named<()>,
    is_place_told: bool,
    /// The tool's own title, the last one given.
    name: Option<String>,
    /// Made from the first prompt.
    title: Option<String>,
    /// Models in order of appearance.
    models: Named<Model>,
    /// Earliest and latest event.
    times: Option<(Timestamp, Timestamp)>,
}

/// A model at work.
#[derive(Debug)]
struct Model {
    provider: Option<String>,
    /// The number of events that it made.
    count: u64,
}

impl Meta {
    /// The session works in this folder.
    pub(crate) fn visit(&mut self, cwd: &str) {
        if !cwd.is_empty() {
            self.cwds.add(cwd);
        }
    }

    /// Returns whether it is known where the session works.
    pub(crate) fn is_placed(&self) -> bool {
        self.cwds.first().is_some()
    }

    /// Returns the folder that the session began in, the first time that it is known.
    pub(crate) fn take_place(&mut self) -> Option<&str> {
        let is_new = !self.is_place_told;
        self.is_place_told |= self.cwds.first().is_some();
        self.cwds.first().filter(|_| is_new)
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

    /// The session was going on at this time; events of which nobody told the time have that of 1970.
    pub(crate) fn touch(&mut self, time: Timestamp) {
        if time == Timestamp::EPOCH {
            return;
        }
        let (earliest, latest) = self.times.unwrap_or((time, time));
        self.times = Some((earliest.min(time), latest.max(time)));
    }

    /// An event was made, by a model that `provider` runs.
    pub(crate) fn note(&mut self, event: &Event, provider: Option<&str>) {
        self.touch(event.timestamp);
        let speaks =
            event.event_type.is_invocation() || matches!(event.event_type, EventType::AgentMessage);
        let Some(name) = event.attributes.str(attribute::MODEL).filter(|_| speaks) else {
            return;
        };
        let new = || Model { provider: provider.map(str::to_owned), count: 0 };
        self.models.change(name, new, |model| model.count += 1);
    }

    /// Returns the header; `provider` runs the model where nothing says who does.
    pub(crate) fn header(self, id: SessionId, tool: &str, provider: &str) -> Header {
        let mut most: Option<(String, Model)> = None;
        for (name, model) in self.models.into_list() {
            if most.as_ref().is_none_or(|(_, before)| model.count > before.count) {
                most = Some((name, model));
            }
        }
        let (model, own) =
            most.map_or((self.model, None), |(name, most)| (Some(name), most.provider));
        let model = model.unwrap_or_default();
        let own = own.or(self.provider).filter(|own| !own.is_empty());
        let provider = own.as_deref().unwrap_or(provider);
        let provider = if provider.is_empty() { maker(&model) } else { provider };
        let mut header = Header::new(id, tool, provider);
        header.agent.tool_version = self.version;
        header.agent.model = model;
        let context = &mut header.context;
        context.title = self.name.or(self.title);
        let started = self.started.unwrap_or(Timestamp::EPOCH);
        (context.created_at, context.updated_at) = self.times.unwrap_or((started, started));
        let attributes = &mut context.attributes;
        attributes.set_some(attribute::CWD, self.cwds.first());
        attributes.set_some(attribute::ALL_CWDS, self.cwds.several());
        attributes.set_some(attribute::GIT_BRANCH, self.branch);
        attributes.set_some(attribute::FORKED_FROM, self.forked_from);
        attributes.set_some(attribute::PARENT_SESSION_ID, self.parent);
        attributes.set_some(attribute::ORIGINATOR, self.originator);
        if self.is_auxiliary {
            attributes.set(attribute::SESSION_ROLE, "auxiliary");
        }
        header
    }
}

/// Returns who makes a model, as far as its name tells: `anthropic/claude-sonnet-4.5`.
pub(crate) fn maker(model: &str) -> &str {
    if let Some((maker, _)) = model.split_once('/') {
        return maker;
    }
    let makers = [
        ("claude", "anthropic"),
        ("gpt", "openai"),
        ("o1", "openai"),
        ("o3", "openai"),
        ("o4", "openai"),
        ("gemini", "google"),
        ("grok", "xai"),
        ("deepseek", "deepseek"),
        ("qwen", "qwen"),
        ("mistral", "mistral"),
        ("codestral", "mistral"),
    ];
    makers.iter().find(|(start, _)| model.starts_with(start)).map_or("", |(_, maker)| maker)
}
