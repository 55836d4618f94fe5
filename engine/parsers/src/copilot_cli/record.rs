//! The lines of a log, as far as anything in them is used.

use crate::lenient::{Flag, List, Number, Object, Signed, Text, value};
use crate::session::Tokens;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A line.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Record<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub timestamp: Text<'a>,
    /// The sub-agent at work.
    #[serde(borrow)]
    pub agent_id: Text<'a>,
    /// The line is of a stream, and no session keeps it.
    pub ephemeral: Flag,
    #[serde(borrow)]
    pub data: Object<Data<'a>>,
}

/// What a line says; which members it has depends on its kind.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Data<'a> {
    #[serde(borrow)]
    pub session_id: Text<'a>,
    /// The session that began this one for a task of its own.
    #[serde(borrow)]
    pub detached_from_spawning_parent_session_id: Text<'a>,
    /// What ran before runs on.
    pub continue_pending_work: Flag,
    pub session_was_active: Flag,
    /// A session of the first versions, of which this one is the rest.
    #[serde(borrow)]
    pub legacy_session: Option<&'a RawValue>,
    #[serde(borrow)]
    pub copilot_version: Text<'a>,
    #[serde(borrow)]
    pub start_time: Text<'a>,
    #[serde(borrow)]
    pub selected_model: Text<'a>,
    #[serde(borrow)]
    pub new_model: Text<'a>,
    #[serde(borrow)]
    pub chosen_model: Text<'a>,
    #[serde(borrow)]
    pub current_model: Text<'a>,
    #[serde(borrow)]
    pub model: Text<'a>,
    #[serde(borrow)]
    pub context: Option<&'a RawValue>,
    #[serde(borrow)]
    pub cwd: Text<'a>,
    #[serde(borrow)]
    pub branch: Text<'a>,
    #[serde(borrow)]
    pub title: Text<'a>,

    #[serde(borrow)]
    pub content: Text<'a>,
    #[serde(borrow)]
    pub transformed_content: Text<'a>,
    #[serde(borrow)]
    pub attachments: Option<&'a RawValue>,
    /// Who speaks in the user's place, where it is not the user.
    #[serde(borrow)]
    pub source: Text<'a>,
    pub is_autopilot_continuation: Flag,
    #[serde(borrow)]
    pub interaction_id: Text<'a>,
    #[serde(borrow)]
    pub api_call_id: Text<'a>,
    #[serde(borrow)]
    pub reasoning_text: Text<'a>,
    pub input_tokens: Number,
    pub output_tokens: Number,
    pub cache_read_tokens: Number,
    pub cache_write_tokens: Number,

    #[serde(borrow)]
    pub tool_requests: List<Object<ToolRequest<'a>>>,
    #[serde(borrow)]
    pub tool_call_id: Text<'a>,
    #[serde(borrow)]
    pub parent_tool_call_id: Text<'a>,
    #[serde(borrow)]
    pub tool_name: Text<'a>,
    #[serde(borrow)]
    pub arguments: Option<&'a RawValue>,
    pub success: Option<Flag>,
    #[serde(borrow)]
    pub result: Option<&'a RawValue>,
    #[serde(borrow)]
    pub error: Option<&'a RawValue>,
    pub shell_execution: Object<ShellExecution>,
    #[serde(borrow)]
    pub agent_name: Text<'a>,
    pub duration_ms: Number,

    #[serde(borrow)]
    pub message: Text<'a>,
    #[serde(borrow)]
    pub info_type: Text<'a>,
    #[serde(borrow)]
    pub reason: Text<'a>,
    #[serde(borrow)]
    pub summary: Text<'a>,
    #[serde(borrow)]
    pub summary_content: Text<'a>,
    #[serde(borrow)]
    pub compaction_tokens_used: Object<Usage<'a>>,
    #[serde(borrow)]
    pub model_metrics: Object<BTreeMap<String, Object<Metric<'a>>>>,
    pub token_details: Object<TokenDetails>,
    /// Only builds that sum up over all of a session write it at its end.
    pub events_file_size_bytes: Number,

    #[serde(borrow)]
    pub asset_id: Text<'a>,
    #[serde(borrow, rename = "data")]
    pub bytes: Text<'a>,
    #[serde(borrow)]
    pub mime_type: Text<'a>,
}

/// Where a session works.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Context<'a> {
    #[serde(borrow)]
    pub cwd: Text<'a>,
    #[serde(borrow)]
    pub branch: Text<'a>,
}

/// A call that the model makes.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ToolRequest<'a> {
    #[serde(borrow)]
    pub tool_call_id: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub arguments: Option<&'a RawValue>,
}

/// How a command ended.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ShellExecution {
    pub exit_code: Signed,
}

/// What requests to one model came to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Metric<'a> {
    #[serde(borrow)]
    pub usage: Object<Usage<'a>>,
}

/// Tokens of one request or of several; input counts what came from the cache and went into it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Usage<'a> {
    #[serde(borrow)]
    pub model: Text<'a>,
    #[serde(alias = "input")]
    pub input_tokens: Number,
    #[serde(alias = "output")]
    pub output_tokens: Number,
    #[serde(alias = "cachedInput")]
    pub cache_read_tokens: Number,
    pub cache_write_tokens: Number,
}

/// What is billed, each kind of token by itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TokenDetails {
    input: Object<TokenDetail>,
    output: Object<TokenDetail>,
    cache_read: Object<TokenDetail>,
    cache_write: Object<TokenDetail>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TokenDetail {
    token_count: Number,
}

impl Data<'_> {
    /// Returns the tokens that the line itself tells.
    pub(super) fn tokens(&self) -> Tokens {
        tokens(
            self.input_tokens,
            self.cache_read_tokens,
            self.cache_write_tokens,
            self.output_tokens,
        )
    }

    /// Returns what went wrong: a text, or the message of an object.
    pub(super) fn failure(&self) -> Option<String> {
        let error = value(self.error?);
        let text = error.as_str().or_else(|| error.get("message")?.as_str());
        text.map(str::to_owned)
    }
}

impl Usage<'_> {
    pub(super) fn tokens(&self) -> Tokens {
        tokens(
            self.input_tokens,
            self.cache_read_tokens,
            self.cache_write_tokens,
            self.output_tokens,
        )
    }
}

impl TokenDetails {
    pub(super) fn tokens(&self) -> Tokens {
        let count = |detail: &Object<TokenDetail>| {
            detail.0.as_ref().and_then(|detail| detail.token_count.0).unwrap_or(0)
        };
        Tokens {
            input: count(&self.input),
            cache_read: count(&self.cache_read),
            cache_write: count(&self.cache_write),
            output: count(&self.output),
            ..Tokens::default()
        }
    }
}

fn tokens(input: Number, cache_read: Number, cache_write: Number, output: Number) -> Tokens {
    let (cache_read, cache_write) = (cache_read.0.unwrap_or(0), cache_write.0.unwrap_or(0));
    let cached = cache_read.saturating_add(cache_write);
    Tokens {
        input: input.0.unwrap_or(0).saturating_sub(cached),
        cache_read,
        cache_write,
        output: output.0.unwrap_or(0),
        ..Tokens::default()
    }
}
