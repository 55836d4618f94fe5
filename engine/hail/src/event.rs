//! Events: what happened in a session, one after the other.

use crate::{Attributes, Block, EventId, Members, Timestamp};
use serde::{Deserialize, Serialize};

/// What kind of thing happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", deny_unknown_fields)]
#[allow(missing_docs, reason = "variants and fields are those of the HAIL specification, by name")]
pub enum EventType {
    UserMessage,
    AgentMessage,
    SystemMessage,
    Thinking,
    ToolCall {
        name: String,
    },
    ToolResult {
        name: String,
        is_error: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        call_id: Option<String>,
    },
    FileRead {
        path: String,
    },
    CodeSearch {
        query: String,
    },
    FileSearch {
        pattern: String,
    },
    FileEdit {
        path: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        diff: Option<String>,
    },
    FileCreate {
        path: String,
    },
    FileDelete {
        path: String,
    },
    ShellCommand {
        command: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        exit_code: Option<i64>,
    },
    ImageGenerate {
        prompt: String,
    },
    VideoGenerate {
        prompt: String,
    },
    AudioGenerate {
        prompt: String,
    },
    WebSearch {
        query: String,
    },
    WebFetch {
        url: String,
    },
    TaskStart {
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    TaskEnd {
        #[serde(skip_serializing_if = "Option::is_none")]
        summary: Option<String>,
    },
    Custom {
        kind: String,
    },
}

impl EventType {
    /// Returns the name as it stands in a file: `UserMessage`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::UserMessage => "UserMessage",
            Self::AgentMessage => "AgentMessage",
            Self::SystemMessage => "SystemMessage",
            Self::Thinking => "Thinking",
            Self::ToolCall { .. } => "ToolCall",
            Self::ToolResult { .. } => "ToolResult",
            Self::FileRead { .. } => "FileRead",
            Self::CodeSearch { .. } => "CodeSearch",
            Self::FileSearch { .. } => "FileSearch",
            Self::FileEdit { .. } => "FileEdit",
            Self::FileCreate { .. } => "FileCreate",
            Self::FileDelete { .. } => "FileDelete",
            Self::ShellCommand { .. } => "ShellCommand",
            Self::ImageGenerate { .. } => "ImageGenerate",
            Self::VideoGenerate { .. } => "VideoGenerate",
            Self::AudioGenerate { .. } => "AudioGenerate",
            Self::WebSearch { .. } => "WebSearch",
            Self::WebFetch { .. } => "WebFetch",
            Self::TaskStart { .. } => "TaskStart",
            Self::TaskEnd { .. } => "TaskEnd",
            Self::Custom { .. } => "Custom",
        }
    }

    /// Returns whether the event is the invocation of a tool, whatever its type.
    ///
    /// A `TaskStart` is one too: it counts with the call that started it.
    #[must_use]
    pub const fn is_invocation(&self) -> bool {
        !matches!(
            self,
            Self::UserMessage
                | Self::AgentMessage
                | Self::SystemMessage
                | Self::Thinking
                | Self::ToolResult { .. }
                | Self::TaskEnd { .. }
                | Self::Custom { .. }
        )
    }
}

/// The blocks of an event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    /// In the order of the log.
    pub blocks: Vec<Block>,
}

/// Members that HAIL 1.0.0 does not know, by the object they were found in. They are written back where they were.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unknown {
    /// Beside `event_id`.
    pub event: Members,
    /// In `event_type.data`.
    pub data: Members,
    /// In `content`.
    pub content: Members,
}

/// One thing that happened in a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Unique in the session.
    pub event_id: EventId,
    /// When the tool says it happened.
    pub timestamp: Timestamp,
    /// What kind of thing it is.
    pub event_type: EventType,
    /// The task that it belongs to.
    pub task_id: Option<String>,
    /// What was said, shown or returned.
    pub content: Content,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Everything else; see [`crate::attribute`].
    pub attributes: Attributes,
    /// Members that HAIL 1.0.0 does not know.
    pub unknown: Option<Box<Unknown>>,
}

impl Event {
    /// Returns an event without content.
    #[must_use]
    pub fn new(event_id: EventId, timestamp: Timestamp, event_type: EventType) -> Self {
        Self {
            event_id,
            timestamp,
            event_type,
            task_id: None,
            content: Content::default(),
            duration_ms: None,
            attributes: Attributes::new(),
            unknown: None,
        }
    }

    /// Returns the id of the tool call that the event belongs to: `semantic.call_id`, then `ToolResult.call_id`,
    /// then the legacy attribute `call_id`.
    #[must_use]
    pub fn call_id(&self) -> Option<&str> {
        let own = match &self.event_type {
            EventType::ToolResult { call_id, .. } => call_id.as_deref(),
            _ => None,
        };
        self.attributes
            .str(crate::attribute::CALL_ID)
            .or(own)
            .or_else(|| self.attributes.str("call_id"))
    }
}
