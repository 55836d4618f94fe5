//! The records of a log of Droid, as far as anything in them is used.

use super::content::Part;
use crate::lenient::{Flag, Items, Number, Object, Text, Time};
use crate::session::Tokens;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A line of a log, or of a stream: what tells who reads it, and a message of a log.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Record<'a> {
    #[serde(default, borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(default, borrow)]
    pub id: Text<'a>,
    #[serde(default)]
    pub timestamp: Time,
    #[serde(default, borrow)]
    pub message: Object<Message<'a>>,
    // Of a stream only. Its first versions wrote the names of members in the other way.
    #[serde(default, borrow, rename = "sessionId")]
    session_id: Text<'a>,
    #[serde(default, borrow, rename = "session_id")]
    old_session_id: Text<'a>,
}

impl Record<'_> {
    /// Returns the session that a record of a stream names.
    pub(super) fn session(&self) -> Option<&str> {
        self.session_id.filled().or(self.old_session_id.filled())
    }
}

/// Where the conversation was made shorter.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Compaction<'a> {
    #[serde(borrow)]
    summary_text: Text<'a>,
    /// Once the text stood in an object.
    #[serde(borrow)]
    summary: Object<Summary<'a>>,
}

impl Compaction<'_> {
    /// Returns what is left of the conversation.
    pub(super) fn text(&self) -> Option<&str> {
        let summary = self.summary.0.as_ref();
        let body = summary.and_then(|all| all.body.filled().or(all.text.filled()));
        self.summary_text.filled().or(body)
    }
}

/// A line of a stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Streamed<'a> {
    #[serde(borrow)]
    pub cwd: Text<'a>,
    #[serde(borrow)]
    pub model: Text<'a>,
    #[serde(borrow)]
    pub role: Text<'a>,
    #[serde(borrow)]
    pub text: Text<'a>,
    #[serde(borrow)]
    pub tool_call_id: Text<'a>,
    #[serde(borrow)]
    pub tool_name: Text<'a>,
    #[serde(borrow)]
    pub tool_id: Text<'a>,
    #[serde(borrow)]
    pub parameters: Option<&'a RawValue>,
    #[serde(borrow)]
    pub value: Option<&'a RawValue>,
    pub is_error: Flag,
    #[serde(borrow)]
    pub final_text: Text<'a>,
    pub usage: Object<StreamUsage>,
}

/// A message of the conversation.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message<'a> {
    #[serde(default, borrow)]
    pub role: Text<'a>,
    #[serde(default, borrow)]
    pub content: Items<Part<'a>>,
    /// `llm_only` or `user_only`; else both see it.
    #[serde(default, borrow)]
    pub visibility: Text<'a>,
    /// `automation` where no person wrote it.
    #[serde(default, borrow)]
    pub user_message_source: Text<'a>,
    #[serde(default, borrow)]
    pub hook_event_name: Text<'a>,
    #[serde(default, borrow)]
    pub model_id: Text<'a>,
    #[serde(default, borrow)]
    pub api_provider: Text<'a>,
    // What was thought, beside the content.
    #[serde(default, borrow)]
    pub chat_completion_reasoning_content: Text<'a>,
    #[serde(default, borrow)]
    pub openai_reasoning_summary: Text<'a>,
}

impl Message<'_> {
    /// Returns what was thought, where the content does not have it.
    pub(super) fn thought(&self) -> Option<&str> {
        self.chat_completion_reasoning_content.filled().or(self.openai_reasoning_summary.filled())
    }

    /// Returns whether neither a person nor the model says this to the other.
    pub(super) fn is_aside(&self) -> bool {
        let one_side = matches!(self.visibility.as_str(), Some("llm_only" | "user_only"));
        let automation = self.user_message_source.as_str() == Some("automation");
        one_side || automation || self.hook_event_name.filled().is_some()
    }
}

/// What is left of a conversation that was made shorter.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Summary<'a> {
    #[serde(borrow)]
    body: Text<'a>,
    #[serde(borrow)]
    text: Text<'a>,
}

/// What a record says of its session: the first one, or the object in it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Head<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub session_id: Text<'a>,
    #[serde(borrow)]
    pub owner: Text<'a>,
    /// Made from the first prompt.
    #[serde(borrow)]
    pub title: Text<'a>,
    #[serde(borrow)]
    pub session_title: Text<'a>,
    #[serde(borrow)]
    pub cwd: Text<'a>,
    #[serde(borrow, rename = "workspace_root")]
    pub workspace: Text<'a>,
    /// Of the tool where it is text, of the format where it is a number.
    #[serde(borrow)]
    pub version: Text<'a>,
    pub timestamp: Time,
    /// The session that this one goes on from.
    #[serde(borrow)]
    pub parent: Text<'a>,
    /// The session that started this one.
    #[serde(borrow)]
    pub calling_session_id: Text<'a>,
    /// `orchestrator`, `worker` …: its part in a mission.
    #[serde(borrow)]
    pub decomp_session_type: Text<'a>,
}

/// Where the head stands in an object of its own.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Outer<'a> {
    #[serde(borrow)]
    session: Object<Head<'a>>,
}

/// Returns what a record says of its session, first what it says itself; another value says nothing.
pub(super) fn heads(json: &str) -> Vec<Head<'_>> {
    let outer: Outer<'_> = serde_json::from_str(json).unwrap_or_default();
    let own = serde_json::from_str(json).ok();
    own.into_iter().chain(outer.session.0).collect()
}

/// The tokens of a run, as a stream tells them: `input_tokens` are those from no cache.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StreamUsage {
    input_tokens: Number,
    output_tokens: Number,
    cache_read_input_tokens: Number,
    cache_creation_input_tokens: Number,
}

impl StreamUsage {
    pub(super) fn tokens(self) -> Tokens {
        let number = |number: Number| number.0.unwrap_or(0);
        Tokens {
            input: number(self.input_tokens),
            output: number(self.output_tokens),
            cache_read: number(self.cache_read_input_tokens),
            cache_write: number(self.cache_creation_input_tokens),
            cost: 0.0,
        }
    }
}
