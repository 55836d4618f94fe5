//! What an outline needs of an event, read from its line without making the event.

use super::Deed;
use crate::fingerprint::fingerprint;
use crate::{Event, EventType, ReadError, Timestamp, attribute, parse_event};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// What an outline needs of an event: a few words, whatever the event holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Glance {
    pub(super) time: Timestamp,
    pub(super) kind: Kind,
    /// Whether it failed, where the event says how a call ended.
    pub(super) failed: Option<bool>,
    pub(super) id: u64,
    pub(super) call: Option<u64>,
    /// The event that a rewind goes back to.
    pub(super) rewind: Option<u64>,
    /// What its lane is called, the most telling name first.
    pub(super) names: Option<Box<Names>>,
    /// What the task that it starts is about.
    pub(super) title: Option<Box<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Answer,
    Thinking,
    Result,
    TaskEnd,
    Call(Deed),
    /// What the tool noted; blank where there is nothing to read in it.
    Note {
        blank: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub agent: Option<Box<str>>,
    pub session: Option<Box<str>>,
    pub task: Option<Box<str>>,
}

impl Glance {
    /// Returns what an outline needs of the event on `line`.
    ///
    /// # Errors
    /// As for [`parse_event`].
    pub fn parse(line: &[u8]) -> Result<Self, ReadError> {
        // What does not read so, also for a mistake in it, is read whole.
        match serde_json::from_slice::<Line<'_>>(line).ok().and_then(|light| light.glance(line)) {
            Some(glance) => Ok(glance),
            None => parse_event(line).map(|event| Self::of(&event)),
        }
    }

    /// Returns what an outline needs of `event`.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let text = |name| event.attributes.str(name);
        let title = match &event.event_type {
            EventType::TaskStart { title } => title.as_deref(),
            _ => None,
        };
        let rewind = match &event.event_type {
            EventType::Custom { kind } if kind == "rewind" => text(attribute::REWIND_TO),
            _ => None,
        };
        let failed = match event.event_type {
            EventType::ShellCommand { exit_code, .. } => exit_code.map(|code| code != 0),
            EventType::ToolResult { is_error, .. } => Some(is_error),
            _ => None,
        };
        Self {
            time: event.timestamp,
            kind: kind_of(event),
            failed,
            id: fingerprint(event.event_id.as_str()),
            call: event.call_id().map(fingerprint),
            rewind: rewind.map(fingerprint),
            names: names(
                text(attribute::SUBAGENT_ID),
                text(attribute::TASK_SESSION_ID),
                event.task_id.as_deref(),
            ),
            title: title.map(Box::from),
        }
    }

    /// Returns when it happened.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.time
    }
}

fn kind_of(event: &Event) -> Kind {
    match &event.event_type {
        EventType::UserMessage => Kind::User,
        EventType::AgentMessage => Kind::Answer,
        EventType::Thinking => Kind::Thinking,
        EventType::ToolResult { .. } => Kind::Result,
        EventType::TaskEnd { .. } => Kind::TaskEnd,
        kind if kind.is_invocation() => Kind::Call(Deed::named(kind.name())),
        _ => Kind::Note { blank: event.text().trim().is_empty() },
    }
}

fn names(agent: Option<&str>, session: Option<&str>, task: Option<&str>) -> Option<Box<Names>> {
    let has_any = agent.is_some() || session.is_some() || task.is_some();
    has_any.then(|| {
        Box::new(Names {
            agent: agent.map(Box::from),
            session: session.map(Box::from),
            task: task.map(Box::from),
        })
    })
}

/// An event line, borrowed; everything that an outline has no use for is passed over.
#[derive(Deserialize)]
struct Line<'l> {
    #[serde(borrow)]
    event_id: Cow<'l, str>,
    timestamp: Timestamp,
    #[serde(borrow)]
    event_type: Typed<'l>,
    #[serde(borrow)]
    task_id: Option<Text<'l>>,
    #[serde(borrow)]
    content: &'l RawValue,
    #[serde(borrow, default)]
    attributes: Named<'l>,
}

/// `Option<Cow>` would be copied; `Option` of this is borrowed.
#[derive(Deserialize)]
struct Text<'l>(#[serde(borrow)] Cow<'l, str>);

#[derive(Deserialize)]
struct Typed<'l> {
    #[serde(rename = "type", borrow)]
    name: Cow<'l, str>,
    #[serde(borrow, default)]
    data: Data<'l>,
}

#[derive(Default, Deserialize)]
struct Data<'l> {
    #[serde(borrow)]
    call_id: Option<Text<'l>>,
    is_error: Option<bool>,
    exit_code: Option<i64>,
    #[serde(borrow)]
    kind: Option<Text<'l>>,
    #[serde(borrow)]
    title: Option<Text<'l>>,
}

#[derive(Default, Deserialize)]
struct Named<'l> {
    #[serde(rename = "semantic.call_id", borrow)]
    call_id: Option<Text<'l>>,
    #[serde(rename = "call_id", borrow)]
    old_call_id: Option<Text<'l>>,
    #[serde(rename = "subagent_id", borrow)]
    agent: Option<Text<'l>>,
    #[serde(rename = "task.session_id", borrow)]
    session: Option<Text<'l>>,
    #[serde(rename = "rewind.to", borrow)]
    rewind: Option<Text<'l>>,
}

impl Line<'_> {
    /// Returns the glance; `None` for what has to be read as an event.
    fn glance(&self, line: &[u8]) -> Option<Glance> {
        let (data, named) = (&self.event_type.data, &self.attributes);
        let kind = match self.event_type.name.as_ref() {
            "UserMessage" => Kind::User,
            "AgentMessage" => Kind::Answer,
            "Thinking" => Kind::Thinking,
            "ToolResult" => Kind::Result,
            "TaskEnd" => Kind::TaskEnd,
            "SystemMessage" | "Custom" if self.content.get() == r#"{"blocks":[]}"# => {
                Kind::Note { blank: true }
            }
            "SystemMessage" | "Custom" => kind_of(&parse_event(line).ok()?),
            name => Kind::Call(Deed::known(name)?),
        };
        let of_result = data.call_id.as_ref().filter(|_| kind == Kind::Result);
        let call = named.call_id.as_ref().or(of_result).or(named.old_call_id.as_ref());
        let is_rewind = matches!(kind, Kind::Note { .. })
            && self.event_type.name == "Custom"
            && data.kind.as_ref().is_some_and(|kind| kind.0 == "rewind");
        let failed = match kind {
            Kind::Result => Some(data.is_error?),
            Kind::Call(Deed::Shell) => data.exit_code.map(|code| code != 0),
            _ => None,
        };
        let title = data.title.as_ref().filter(|_| kind == Kind::Call(Deed::Task));
        Some(Glance {
            time: self.timestamp,
            kind,
            failed,
            id: fingerprint(&self.event_id),
            call: call.map(|text| fingerprint(&text.0)),
            rewind: named.rewind.as_ref().filter(|_| is_rewind).map(|text| fingerprint(&text.0)),
            names: names(as_str(&named.agent), as_str(&named.session), as_str(&self.task_id)),
            title: title.map(|text| Box::from(text.0.as_ref())),
        })
    }
}

fn as_str<'t>(text: &'t Option<Text<'_>>) -> Option<&'t str> {
    text.as_ref().map(|text| text.0.as_ref())
}
