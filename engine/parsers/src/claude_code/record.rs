//! The records of a Claude Code log, as far as they are read. Borrowed from the line; any field may have any type.

use crate::lenient::{Flag, List, Number, Object, Text};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// One line.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Record<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub subtype: Text<'a>,
    #[serde(borrow)]
    pub uuid: Text<'a>,
    #[serde(borrow)]
    pub parent_uuid: Text<'a>,
    #[serde(borrow)]
    pub timestamp: Text<'a>,
    #[serde(borrow)]
    pub cwd: Text<'a>,
    #[serde(borrow)]
    pub git_branch: Text<'a>,
    #[serde(borrow)]
    pub version: Text<'a>,
    #[serde(borrow)]
    pub entrypoint: Text<'a>,
    pub is_sidechain: Flag,
    pub is_meta: Flag,
    pub is_compact_summary: Flag,
    pub is_api_error_message: Flag,
    #[serde(borrow)]
    pub agent_id: Text<'a>,
    #[serde(borrow)]
    pub prompt_source: Text<'a>,
    /// The plan that a person accepted: the record tells the model to carry it out.
    #[serde(borrow)]
    pub plan_content: Text<'a>,
    #[serde(borrow)]
    pub origin: Object<Origin<'a>>,
    #[serde(borrow)]
    pub forked_from: Object<ForkedFrom<'a>>,
    #[serde(borrow)]
    pub message: Object<Message<'a>>,
    #[serde(borrow)]
    pub tool_use_result: Object<Outcome<'a>>,
    /// Of `system` and `queue-operation` records.
    #[serde(borrow)]
    pub content: Text<'a>,
    pub hook_errors: List<IgnoredAny>,
    pub prevented_continuation: Flag,
    #[serde(borrow)]
    pub operation: Text<'a>,
    #[serde(borrow)]
    pub attachment: Object<Injected<'a>>,
    /// Of `progress` records.
    #[serde(borrow)]
    pub data: Object<Progress<'a>>,
    #[serde(borrow, rename = "parentToolUseID")]
    pub parent_tool_use_id: Text<'a>,
    #[serde(borrow)]
    pub summary: Text<'a>,
    #[serde(borrow)]
    pub leaf_uuid: Text<'a>,
    #[serde(borrow)]
    pub custom_title: Text<'a>,
    #[serde(borrow)]
    pub ai_title: Text<'a>,
    #[serde(borrow)]
    pub agent_name: Text<'a>,
}

/// Who caused a user record.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Origin<'a> {
    #[serde(borrow)]
    pub kind: Text<'a>,
}

/// The session that a fork was made from, in the logs that say so.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ForkedFrom<'a> {
    #[serde(borrow)]
    pub session_id: Text<'a>,
}

/// What an `attachment` record adds to the context.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Injected<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub command_mode: Text<'a>,
    #[serde(borrow)]
    pub prompt: Content<'a>,
    #[serde(borrow)]
    pub origin: Object<Origin<'a>>,
    #[serde(borrow)]
    pub content: Text<'a>,
}

/// What a `progress` record tells of a sub-agent.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Progress<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub agent_id: Text<'a>,
}

/// A message in the shape of the Anthropic API.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub model: Text<'a>,
    #[serde(borrow)]
    pub content: Content<'a>,
    pub usage: Object<Usage>,
}

/// Tokens that the API reports for a message, growing while it streams.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Usage {
    pub input_tokens: Number,
    pub output_tokens: Number,
    pub cache_creation_input_tokens: Number,
    pub cache_read_input_tokens: Number,
}

/// The content of a message or of a tool result.
#[derive(Debug, Default)]
pub(super) enum Content<'a> {
    #[default]
    Nothing,
    Text(Cow<'a, str>),
    Parts(Vec<Part<'a>>),
}

/// One block of a message, with the fields of every kind.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Part<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub text: Text<'a>,
    #[serde(borrow)]
    pub thinking: Text<'a>,
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    pub input: Value,
    #[serde(borrow)]
    pub tool_use_id: Text<'a>,
    #[serde(borrow)]
    pub content: Content<'a>,
    pub is_error: Flag,
    #[serde(borrow)]
    pub source: Object<MediaSource<'a>>,
}

/// Where an image or document comes from.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MediaSource<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub media_type: Text<'a>,
    #[serde(borrow)]
    pub data: Text<'a>,
    #[serde(borrow)]
    pub url: Text<'a>,
}

/// `toolUseResult`: what Claude Code itself keeps of a result. Whole files in it are passed over, and read only where
/// a patch needs them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Outcome<'a> {
    /// Of Write: `create` or `update`.
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub structured_patch: List<Object<PatchHunk<'a>>>,
    /// Of Edit and Write: the file as it was.
    #[serde(borrow)]
    pub original_file: Option<&'a RawValue>,
    /// The same, of `MultiEdit`.
    #[serde(borrow)]
    pub original_file_contents: Option<&'a RawValue>,
    #[serde(borrow)]
    pub status: Text<'a>,
    #[serde(borrow)]
    pub agent_id: Text<'a>,
    pub interrupted: Flag,
    #[serde(borrow)]
    pub background_task_id: Text<'a>,
    /// Of Bash: says what a code other than 0 means where it is no error.
    #[serde(borrow)]
    pub return_code_interpretation: Text<'a>,
    pub stdout: Presence,
    pub duration_ms: Number,
    pub total_duration_ms: Number,
}

/// One hunk of `structuredPatch`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PatchHunk<'a> {
    pub old_start: Number,
    pub old_lines: Number,
    pub new_start: Number,
    pub new_lines: Number,
    #[serde(borrow)]
    pub lines: List<Text<'a>>,
}

/// Whether a field is there, whatever it holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Presence(pub bool);

impl<'de> Deserialize<'de> for Presence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_any| Self(true))
    }
}

struct AnyContent;

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyContent)
    }
}

impl<'de> Visitor<'de> for AnyContent {
    type Value = Content<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut parts = Vec::new();
        while let Some(Object(part)) = items.next_element()? {
            // An item that is no object stays as a part without a kind, so that places keep their numbers.
            parts.push(part.unwrap_or_default());
        }
        Ok(Content::Parts(parts))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        // One part of no kind: whoever reads it fetches the original.
        Ok(Content::Parts(vec![Part::default()]))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Content::Nothing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Content::Nothing)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Content::Nothing)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Content::Nothing)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Content::Nothing)
    }
}
