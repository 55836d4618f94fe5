//! The shapes of what Goose stores: messages, their items, and what stands in the first line of a file.

use crate::lenient::{Flag, Given, Items, List, Number, Object, Signed, Text};
use crate::members::Known;
use crate::session::Tokens;
use opensession_hail::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The members of a line that are read, and those that are left out on purpose.
pub(super) static KNOWN: Known = Known {
    record: &[
        "id",
        "role",
        "created",
        "content",
        "metadata",
        "working_dir",
        "description",
        "message_count",
        "schedule_id",
        "project_id",
        "extension_data",
        "recipe",
        "total_tokens",
        "input_tokens",
        "output_tokens",
        "accumulated_total_tokens",
        "accumulated_input_tokens",
        "accumulated_output_tokens",
        "tools",
    ],
    inside: &[("metadata", &["userVisible", "agentVisible", "inference", "steer"])],
};

/// A line of a file: a message, or, in the first line, what is known of the session.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Record<'a> {
    #[serde(default, borrow)]
    pub id: Text<'a>,
    #[serde(default, borrow)]
    pub role: Text<'a>,
    #[serde(default)]
    pub created: Signed,
    #[serde(default, borrow)]
    pub content: Items<Item<'a>>,
    #[serde(default, borrow)]
    pub metadata: Object<Metadata<'a>>,
    #[serde(default, borrow)]
    pub working_dir: Text<'a>,
    #[serde(default, borrow)]
    pub description: Text<'a>,
    #[serde(default)]
    pub message_count: Number,
    #[serde(default, borrow)]
    pub tools: Option<&'a RawValue>,
    #[serde(default)]
    input_tokens: Number,
    #[serde(default)]
    output_tokens: Number,
    #[serde(default)]
    accumulated_input_tokens: Number,
    #[serde(default)]
    accumulated_output_tokens: Number,
}

impl Record<'_> {
    /// Returns whether it is what the first line says of the session.
    pub(super) fn is_session(&self) -> bool {
        self.role.as_str().is_none() && self.description.as_str().is_some()
    }

    /// Returns whether it is a message.
    pub(super) fn is_message(&self) -> bool {
        matches!(self.role.as_str(), Some("user" | "assistant"))
            && self.created.0.is_some()
            && self.content.is_list()
    }

    /// Returns the tokens of the session: of all its requests, or where that is not known of the last.
    pub(super) fn tokens(&self) -> Tokens {
        let number = |sum: Number, last: Number| sum.0.or(last.0).unwrap_or(0);
        let input = number(self.accumulated_input_tokens, self.input_tokens);
        let output = number(self.accumulated_output_tokens, self.output_tokens);
        Tokens::new(input, 0, output)
    }
}

/// Who may see a message, and which model made it.
#[derive(Debug, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Metadata<'a> {
    pub user_visible: Flag,
    pub agent_visible: Flag,
    #[serde(borrow)]
    pub inference: Object<Inference<'a>>,
}

impl Default for Metadata<'_> {
    fn default() -> Self {
        Self { user_visible: Flag(true), agent_visible: Flag(true), inference: Object(None) }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Inference<'a> {
    #[serde(borrow)]
    pub provider: Text<'a>,
    #[serde(borrow)]
    pub requested_model: Text<'a>,
    #[serde(borrow)]
    pub resolved_model: Text<'a>,
}

/// An item of a message; which fields it has depends on its type.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item<'a> {
    #[serde(default, borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(default, borrow)]
    pub id: Text<'a>,
    #[serde(default, borrow)]
    pub text: Text<'a>,
    #[serde(default, borrow)]
    pub thinking: Text<'a>,
    #[serde(default, borrow)]
    pub msg: Text<'a>,
    /// Of an image, base64; of a request to the person, an object.
    #[serde(default, borrow)]
    pub data: Option<&'a RawValue>,
    #[serde(default, borrow)]
    pub mime_type: Text<'a>,
    #[serde(default, borrow)]
    pub tool_call: Object<Box<Call<'a>>>,
    #[serde(default, borrow)]
    pub tool_result: Option<Given<Returned<'a>, Self>>,
    /// A result, in the first versions.
    #[serde(default, borrow)]
    pub content: Items<Self>,
    #[serde(default, borrow)]
    pub resource: Object<Box<Resource<'a>>>,
    #[serde(default, borrow)]
    pub annotations: Object<Box<Annotations<'a>>>,
}

/// A string in the place of an item is a text.
impl<'de: 'a, 'a> From<Text<'de>> for Item<'a> {
    fn from(text: Text<'de>) -> Self {
        Self { kind: Text(Some("text".into())), text, ..Self::default() }
    }
}

impl Item<'_> {
    /// Returns whether it is for the screen alone: the model was told something else.
    pub(super) fn is_for_screen(&self) -> bool {
        let audience = self.annotations.0.as_ref().map_or(&[][..], |notes| &notes.audience.0);
        !audience.is_empty() && audience.iter().all(|who| who.as_str() == Some("user"))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Annotations<'a> {
    #[serde(borrow)]
    pub audience: List<Text<'a>>,
}

/// The text of a file, mostly.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Resource<'a> {
    #[serde(borrow)]
    pub text: Text<'a>,
}

/// A call: under `value` where it could be read, and on its own in the first versions.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Call<'a> {
    #[serde(default, borrow)]
    pub value: Object<Invocation<'a>>,
    #[serde(default, borrow)]
    pub name: Text<'a>,
    #[serde(default, borrow)]
    pub arguments: Option<&'a RawValue>,
    /// Why it could not be read.
    #[serde(default, borrow)]
    pub error: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Invocation<'a> {
    #[serde(default, borrow)]
    pub name: Text<'a>,
    #[serde(default, borrow)]
    pub arguments: Option<&'a RawValue>,
}

/// A result around what the tool returned: it came, or the call failed before.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Returned<'a> {
    #[serde(default, borrow)]
    pub status: Text<'a>,
    #[serde(default, borrow)]
    pub value: Option<Given<Value<'a>, Item<'a>>>,
    #[serde(default, borrow)]
    pub error: Text<'a>,
}

/// What a tool returned; in older versions the list of its items alone.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Value<'a> {
    #[serde(default, borrow)]
    pub content: Items<Item<'a>>,
    #[serde(default)]
    pub is_error: Flag,
    #[serde(default, borrow)]
    pub structured_content: Option<&'a RawValue>,
    #[serde(default, borrow, rename = "_meta")]
    pub meta: Object<Meta<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Meta<'a> {
    #[serde(borrow)]
    pub subagent_session_id: Text<'a>,
}

/// Returns the time of a message: seconds, and milliseconds in some versions.
pub(super) fn time(created: i64) -> Option<Timestamp> {
    const LAST_SECOND: i64 = 10_000_000_000;
    let is_seconds = (-LAST_SECOND..=LAST_SECOND).contains(&created);
    Timestamp::from_millis(if is_seconds { created * 1000 } else { created })
}
