//! The records of a log of Droid, as far as anything in them is used.

use crate::lenient::{Flag, Number, Object, Text, Time};
use crate::session::Tokens;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A line of a log, or of a stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Record<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub id: Text<'a>,
    pub timestamp: Time,
    #[serde(borrow)]
    pub message: Object<Message<'a>>,

    // Where the conversation was made shorter; once the text stood in an object.
    #[serde(borrow)]
    pub summary_text: Text<'a>,
    #[serde(borrow)]
    pub summary: Object<Summary<'a>>,

    // Of a stream only. Its first versions wrote the names of members in the other way.
    #[serde(borrow)]
    pub session_id: Text<'a>,
    #[serde(borrow, rename = "session_id")]
    pub old_session_id: Text<'a>,
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

impl Record<'_> {
    /// Returns the session that a record of a stream names.
    pub(super) fn session(&self) -> Option<&str> {
        self.session_id.filled().or(self.old_session_id.filled())
    }
}

/// A message of the conversation.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub role: Text<'a>,
    #[serde(borrow)]
    pub content: Option<&'a RawValue>,
    /// `llm_only` or `user_only`; else both see it.
    #[serde(borrow)]
    pub visibility: Text<'a>,
    /// `automation` where no person wrote it.
    #[serde(borrow)]
    pub user_message_source: Text<'a>,
    #[serde(borrow)]
    pub hook_event_name: Text<'a>,
    #[serde(borrow)]
    pub model_id: Text<'a>,
    #[serde(borrow)]
    pub api_provider: Text<'a>,
    // What was thought, beside the content.
    #[serde(borrow)]
    pub chat_completion_reasoning_content: Text<'a>,
    #[serde(borrow)]
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
pub(super) struct Summary<'a> {
    #[serde(borrow)]
    pub body: Text<'a>,
    #[serde(borrow)]
    pub text: Text<'a>,
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
