//! The records of a Qwen Code log, as far as anything in them is used.

use crate::lenient::{Flag, Number, Object, Text};
use crate::members::Known;
use crate::session::Tokens;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The members of a record that are read, and those that are left out on purpose.
pub(super) static KNOWN: Known = Known {
    record: &[
        "uuid",
        "parentUuid",
        "sessionId",
        "timestamp",
        "type",
        "subtype",
        "cwd",
        "version",
        "gitBranch",
        "model",
        "provenance",
        "externalInputKind",
        "message",
        "usageMetadata",
        "toolCallResult",
        "systemPayload",
        "isSidechain",
        "agentId",
        "forkedFrom",
        "contextWindowSize",
        "agentName",
        "agentColor",
        "isMeta",
        "notice",
    ],
    inside: &[("message", &["parts", "role"])],
};

/// A line.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    pub uuid: Text<'a>,
    #[serde(borrow)]
    pub parent_uuid: Text<'a>,
    #[serde(borrow)]
    pub session_id: Text<'a>,
    #[serde(borrow)]
    pub timestamp: Text<'a>,
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub subtype: Text<'a>,
    #[serde(borrow)]
    pub cwd: Text<'a>,
    #[serde(borrow)]
    pub version: Text<'a>,
    #[serde(borrow)]
    pub git_branch: Text<'a>,
    #[serde(borrow)]
    pub model: Text<'a>,
    /// Who is behind a user's record: `real_user`, `goal_runtime` …
    #[serde(borrow)]
    pub provenance: Text<'a>,
    #[serde(borrow)]
    pub external_input_kind: Text<'a>,
    #[serde(borrow)]
    pub message: Object<Message<'a>>,
    pub usage_metadata: Object<Usage>,
    #[serde(borrow)]
    pub tool_call_result: Object<ToolCallResult<'a>>,
    #[serde(borrow)]
    pub system_payload: Option<&'a RawValue>,
    pub is_sidechain: Flag,
    #[serde(borrow)]
    pub agent_id: Text<'a>,
    #[serde(borrow)]
    pub forked_from: Object<Fork<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub parts: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ToolCallResult<'a> {
    #[serde(borrow)]
    pub call_id: Text<'a>,
    #[serde(borrow)]
    pub status: Text<'a>,
    #[serde(borrow)]
    pub result_display: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Fork<'a> {
    #[serde(borrow)]
    pub session_id: Text<'a>,
}

/// Tokens of a request. The prompt's count what came from a cache, the candidates' the thoughts.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Usage {
    prompt_token_count: Number,
    candidates_token_count: Number,
    cached_content_token_count: Number,
}

/// What a record holds that is no message.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Payload<'a> {
    #[serde(borrow)]
    pub display_text: Text<'a>,
    #[serde(borrow)]
    pub custom_title: Text<'a>,
    #[serde(borrow)]
    pub parent_session_id: Text<'a>,
    #[serde(borrow)]
    pub raw_command: Text<'a>,
    #[serde(borrow)]
    pub phase: Text<'a>,
    #[serde(borrow)]
    pub output_history_items: Option<&'a RawValue>,
    #[serde(borrow)]
    pub files_read: Option<&'a RawValue>,
    #[serde(borrow)]
    pub message: Text<'a>,
    #[serde(borrow)]
    pub user_text: Text<'a>,
    #[serde(borrow)]
    pub info: Option<&'a RawValue>,
    #[serde(borrow)]
    pub target_uuid: Text<'a>,
    #[serde(borrow)]
    pub ui_event: Object<UiEvent<'a>>,
}

/// Telemetry.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UiEvent<'a> {
    #[serde(borrow, rename = "event.name")]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub function_name: Text<'a>,
    pub duration_ms: Number,
    #[serde(borrow)]
    pub error_message: Text<'a>,
    #[serde(borrow)]
    pub error: Text<'a>,
    #[serde(borrow)]
    pub model: Text<'a>,
}

impl Usage {
    pub(super) fn tokens(self) -> Tokens {
        let number = |number: Number| number.0.unwrap_or(0);
        Tokens::new(
            number(self.prompt_token_count),
            number(self.cached_content_token_count),
            number(self.candidates_token_count),
        )
    }
}
