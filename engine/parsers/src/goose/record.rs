//! The shapes of what Goose stores: messages, their items, and what stands in the first line of a file.

use crate::lenient::{Flag, Items, List, Number, Object, Signed, Text};
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
#[serde(default)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub role: Text<'a>,
    pub created: Signed,
    #[serde(borrow)]
    pub content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub metadata: Object<Metadata<'a>>,
    #[serde(borrow)]
    pub working_dir: Text<'a>,
    #[serde(borrow)]
    pub description: Text<'a>,
    pub message_count: Number,
    #[serde(borrow)]
    pub tools: Option<&'a RawValue>,
    input_tokens: Number,
    output_tokens: Number,
    accumulated_input_tokens: Number,
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
            && self.content.is_some_and(|content| content.get().starts_with('['))
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
#[serde(default, rename_all = "camelCase")]
pub(super) struct Item<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub text: Text<'a>,
    #[serde(borrow)]
    pub thinking: Text<'a>,
    #[serde(borrow)]
    pub msg: Text<'a>,
    /// Of an image, base64; of a request to the person, an object.
    #[serde(borrow)]
    pub data: Option<&'a RawValue>,
    #[serde(borrow)]
    pub mime_type: Text<'a>,
    #[serde(borrow)]
    pub tool_call: Object<Box<Call<'a>>>,
    #[serde(borrow)]
    pub tool_result: Option<&'a RawValue>,
    /// A result, in the first versions.
    #[serde(borrow)]
    pub content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub resource: Object<Resource<'a>>,
    #[serde(borrow)]
    pub annotations: Object<Annotations<'a>>,
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
#[serde(default)]
pub(super) struct Call<'a> {
    #[serde(borrow)]
    pub value: Object<Invocation<'a>>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub arguments: Option<&'a RawValue>,
    /// Why it could not be read.
    #[serde(borrow)]
    pub error: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Invocation<'a> {
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub arguments: Option<&'a RawValue>,
}

/// Returns the items of a message; a string stands for a text.
pub(super) fn items(raw: Option<&RawValue>) -> Items<'_, Item<'_>> {
    Items::of(raw, |text| Item { kind: Text(Some("text".into())), text, ..Item::default() })
}

/// Returns the time of a message: seconds, and milliseconds in some versions.
pub(super) fn time(created: i64) -> Option<Timestamp> {
    const LAST_SECOND: i64 = 10_000_000_000;
    let is_seconds = (-LAST_SECOND..=LAST_SECOND).contains(&created);
    Timestamp::from_millis(if is_seconds { created * 1000 } else { created })
}
