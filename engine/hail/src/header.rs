//! The first and the last line of a session: what it is, and what it adds up to.

use crate::{Attributes, Members, SessionId, Timestamp};
use serde::{Deserialize, Serialize};

/// The version of the format that this crate writes.
pub const VERSION: &str = "hail-1.0.0";

/// What made the session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Who serves the model: `anthropic`.
    pub provider: String,
    /// The model that answered most.
    pub model: String,
    /// The tool: `claude-code`.
    pub tool: String,
    /// The tool's version, the newest in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_version: Option<String>,
    /// Members that HAIL 1.0.0 does not know.
    #[serde(flatten)]
    pub unknown: Members,
}

/// What the session is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// The tool's own title, else made from the first prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A longer description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Free tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The earliest time in the session.
    pub created_at: Timestamp,
    /// The latest time in the session.
    pub updated_at: Timestamp,
    /// Sessions that belong with this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related_session_ids: Vec<String>,
    /// Everything else; see [`crate::attribute`].
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// Members that HAIL 1.0.0 does not know.
    #[serde(flatten)]
    pub unknown: Members,
}

/// The first line of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// `hail-1.0.0`.
    pub version: String,
    /// Which session it is.
    pub session_id: SessionId,
    /// What made it.
    pub agent: Agent,
    /// What it is about.
    pub context: Context,
    /// Members that HAIL 1.0.0 does not know.
    #[serde(flatten)]
    pub unknown: Members,
}

impl Header {
    /// Returns a header with nothing in it but the session, the tool and the provider.
    #[must_use]
    pub fn new(session_id: SessionId, tool: &str, provider: &str) -> Self {
        Self {
            version: VERSION.to_owned(),
            session_id,
            agent: Agent {
                provider: provider.to_owned(),
                tool: tool.to_owned(),
                ..Agent::default()
            },
            context: Context {
                title: None,
                description: None,
                tags: Vec::new(),
                created_at: Timestamp::EPOCH,
                updated_at: Timestamp::EPOCH,
                related_session_ids: Vec::new(),
                attributes: Attributes::new(),
                unknown: Members::new(),
            },
            unknown: Members::new(),
        }
    }

    /// Returns the working directory of the session.
    #[must_use]
    pub fn cwd(&self) -> Option<&str> {
        let attributes = &self.context.attributes;
        attributes.str(crate::attribute::CWD).or_else(|| attributes.str("working_directory"))
    }

    /// Returns whether the session is a sub-agent's, which lists leave out.
    #[must_use]
    pub fn is_auxiliary(&self) -> bool {
        self.context.attributes.str(crate::attribute::SESSION_ROLE) == Some("auxiliary")
    }
}

/// What a session adds up to. Always computed from its events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stats {
    /// Events.
    pub event_count: u64,
    /// `UserMessage` and `AgentMessage` events.
    pub message_count: u64,
    /// Tool invocations, each call once.
    pub tool_call_count: u64,
    /// `TaskStart` events.
    pub task_count: u64,
    /// Latest minus earliest time, in seconds, rounded down.
    pub duration_seconds: u64,
    /// Uncached input tokens.
    pub total_input_tokens: u64,
    /// Output tokens, reasoning included.
    pub total_output_tokens: u64,
    /// `UserMessage` events.
    pub user_message_count: u64,
    /// Distinct paths created, edited or deleted.
    pub files_changed: u64,
    /// Lines added, by the diffs and the created files.
    pub lines_added: u64,
    /// Lines removed, by the diffs.
    pub lines_removed: u64,
    /// The duration without gaps of over five minutes, in seconds.
    pub active_seconds: u64,
    /// Input tokens read from a cache.
    pub total_cache_read_tokens: u64,
    /// Input tokens written to a cache.
    pub total_cache_write_tokens: u64,
}
