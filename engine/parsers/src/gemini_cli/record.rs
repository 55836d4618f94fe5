//! The records of a Gemini CLI log, as far as anything in them is used.

use crate::lenient::{List, Number, Object, Text};
use crate::members::Known;
use crate::session::Tokens;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The members of a record that are read, and those that are left out on purpose.
pub(super) static KNOWN: Known = Known {
    record: &[
        "id",
        "type",
        "role",
        "timestamp",
        "ts",
        "content",
        "parts",
        "displayContent",
        "thoughts",
        "toolCalls",
        "tokens",
        "model",
        "sessionId",
        "projectHash",
        "startTime",
        "lastUpdated",
        "summary",
        "directories",
        "kind",
        "messages",
        "history",
        "$set",
        "$rewindTo",
    ],
    inside: &[],
};

/// A line, a message, or a whole document: which fields it has says what it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Record<'a> {
    // A message.
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow, rename = "type")]
    pub message_type: Text<'a>,
    /// In place of the type, in the model's own history.
    #[serde(borrow)]
    pub role: Text<'a>,
    #[serde(borrow)]
    pub timestamp: Text<'a>,
    #[serde(borrow)]
    pub content: Option<&'a RawValue>,
    /// In place of the content, in the model's own history.
    #[serde(borrow)]
    pub parts: Option<&'a RawValue>,
    /// What the screen showed in place of the content.
    #[serde(borrow)]
    pub display_content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub thoughts: List<Object<Thought<'a>>>,
    #[serde(borrow)]
    pub tool_calls: List<Object<ToolCall<'a>>>,
    pub tokens: Object<TokenCounts>,
    #[serde(borrow)]
    pub model: Text<'a>,

    // A header.
    #[serde(borrow)]
    pub session_id: Text<'a>,
    #[serde(borrow)]
    pub project_hash: Text<'a>,
    #[serde(borrow)]
    pub start_time: Text<'a>,
    #[serde(borrow)]
    pub last_updated: Text<'a>,
    #[serde(borrow)]
    pub summary: Text<'a>,
    #[serde(borrow)]
    pub directories: List<Text<'a>>,
    /// `main` or `subagent`.
    #[serde(borrow)]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub messages: Option<&'a RawValue>,
    #[serde(borrow)]
    pub history: Option<&'a RawValue>,

    // A change.
    #[serde(borrow, rename = "$set")]
    pub set: Option<&'a RawValue>,
    #[serde(borrow, rename = "$rewindTo")]
    pub rewind_to: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Thought<'a> {
    #[serde(borrow)]
    pub subject: Text<'a>,
    #[serde(borrow)]
    pub description: Text<'a>,
    #[serde(borrow)]
    pub timestamp: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ToolCall<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub args: Option<&'a RawValue>,
    #[serde(borrow)]
    pub result: Option<&'a RawValue>,
    #[serde(borrow)]
    pub result_display: Option<&'a RawValue>,
    #[serde(borrow)]
    pub error: Text<'a>,
    #[serde(borrow)]
    pub status: Text<'a>,
    #[serde(borrow)]
    pub timestamp: Text<'a>,
    #[serde(borrow)]
    pub agent_id: Text<'a>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TokenCounts {
    input: Number,
    output: Number,
    cached: Number,
    thoughts: Number,
}

impl TokenCounts {
    pub(super) fn tokens(self) -> Tokens {
        let number = |number: Number| number.0.unwrap_or(0);
        let output = number(self.output).saturating_add(number(self.thoughts));
        Tokens::new(number(self.input), number(self.cached), output)
    }
}

impl ToolCall<'_> {
    /// Returns whether nothing more comes of the call.
    pub(super) fn is_finished(&self) -> bool {
        let is_running = ["validating", "scheduled", "awaiting_approval", "executing"];
        match self.status.filled() {
            Some(status) => !is_running.contains(&status),
            None => self.result.is_some() || self.result_display.is_some(),
        }
    }
}

impl Record<'_> {
    /// Returns whether the record is a message: it says who speaks.
    pub(super) fn is_message(&self) -> bool {
        self.message_type.filled().or(self.role.filled()).is_some()
            && (self.id.filled().is_some() || self.content.is_some() || self.parts.is_some())
    }

    /// Returns whether the record says what the session is.
    pub(super) fn is_header(&self) -> bool {
        self.session_id.filled().is_some()
            || self.project_hash.filled().is_some()
            || self.messages.is_some()
            || self.history.is_some()
    }
}
