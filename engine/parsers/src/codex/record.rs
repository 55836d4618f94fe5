//! The records of a Codex log, as far as anything in them is used.
//!
//! One struct takes the payloads of all record kinds, so that a line is read once and its large unused parts
//! (`encrypted_content`, `replacement_history`, `base_instructions`, second copies of outputs) are only skipped.
//! What is needed rarely, or has several shapes, stays raw.

use crate::lenient::{Number, Signed, Text, object, string};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A line with an envelope: `{timestamp, type, payload}`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Envelope<'a> {
    #[serde(borrow)]
    pub timestamp: Text<'a>,
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub payload: Option<Payload<'a>>,
}

/// What a record holds; also a whole line of the generation without envelopes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Payload<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub record_type: Text<'a>,
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub session_id: Text<'a>,
    #[serde(borrow)]
    pub turn_id: Text<'a>,
    #[serde(borrow)]
    pub timestamp: Text<'a>,

    // Messages and reasoning.
    #[serde(borrow)]
    pub role: Text<'a>,
    #[serde(borrow)]
    pub content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub summary: Option<&'a RawValue>,
    #[serde(borrow)]
    pub message: Text<'a>,
    #[serde(borrow)]
    pub text: Text<'a>,
    #[serde(borrow)]
    pub images: Option<&'a RawValue>,
    #[serde(borrow)]
    pub local_images: Option<&'a RawValue>,
    #[serde(borrow)]
    pub author: Text<'a>,
    #[serde(borrow)]
    pub item: Option<&'a RawValue>,

    // Calls and what came of them.
    #[serde(borrow)]
    pub call_id: Text<'a>,
    #[serde(borrow, rename = "callId")]
    pub call_id_in_camel_case: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub namespace: Text<'a>,
    #[serde(borrow)]
    pub tool: Text<'a>,
    #[serde(borrow)]
    pub arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    pub input: Option<&'a RawValue>,
    #[serde(borrow)]
    pub action: Option<&'a RawValue>,
    #[serde(borrow)]
    pub output: Option<&'a RawValue>,
    #[serde(borrow)]
    pub content_items: Option<&'a RawValue>,
    #[serde(borrow)]
    pub tools: Option<&'a RawValue>,
    #[serde(borrow)]
    pub command: Option<&'a RawValue>,
    #[serde(borrow)]
    pub aggregated_output: Option<&'a RawValue>,
    pub exit_code: Signed,
    #[serde(borrow)]
    pub duration: Option<&'a RawValue>,
    #[serde(borrow)]
    pub success: Option<&'a RawValue>,
    #[serde(borrow)]
    pub changes: Option<&'a RawValue>,
    #[serde(borrow)]
    pub invocation: Option<&'a RawValue>,
    #[serde(borrow)]
    pub result: Option<&'a RawValue>,
    #[serde(borrow)]
    pub query: Text<'a>,
    #[serde(borrow)]
    pub results: Option<&'a RawValue>,
    #[serde(borrow)]
    pub path: Text<'a>,
    #[serde(borrow)]
    pub revised_prompt: Text<'a>,
    #[serde(borrow)]
    pub new_thread_id: Text<'a>,

    // The state of the session.
    #[serde(borrow)]
    pub info: Option<&'a RawValue>,
    #[serde(borrow)]
    pub model: Text<'a>,
    #[serde(borrow)]
    pub reason: Text<'a>,
    #[serde(borrow)]
    pub error: Option<&'a RawValue>,
    #[serde(borrow)]
    pub thread_name: Text<'a>,
    pub num_turns: Number,
    #[serde(borrow)]
    pub cwd: Text<'a>,
    #[serde(borrow)]
    pub originator: Text<'a>,
    #[serde(borrow)]
    pub cli_version: Text<'a>,
    #[serde(borrow)]
    pub model_provider: Text<'a>,
    #[serde(borrow)]
    pub source: Option<&'a RawValue>,
    #[serde(borrow)]
    pub git: Option<&'a RawValue>,
    #[serde(borrow)]
    pub forked_from_id: Text<'a>,
    #[serde(borrow)]
    pub parent_thread_id: Text<'a>,
    #[serde(borrow)]
    pub agent_nickname: Text<'a>,
    #[serde(borrow)]
    pub agent_role: Text<'a>,
}

impl<'a> Payload<'a> {
    /// The id that ties a call, its result and the reports about it together.
    pub(super) fn call_id(&self) -> Option<&str> {
        self.call_id.filled().or_else(|| self.call_id_in_camel_case.filled())
    }
}

/// One element of a message's, an output's or a summary's list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Item<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub text: Text<'a>,
    #[serde(borrow)]
    pub image_url: Text<'a>,
    #[serde(borrow)]
    pub data: Text<'a>,
    #[serde(borrow, rename = "mimeType")]
    pub mime_type: Text<'a>,
}

/// The elements of a list that are objects, with their JSON; of any other value, nothing.
pub(super) fn items(raw: &RawValue) -> Vec<(Item<'_>, &RawValue)> {
    let all: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    all.into_iter()
        .map(|raw| {
            // A string in place of an object is a text.
            let text = || Item { text: Text(string(raw)), ..Item::default() };
            (object(raw.get()).unwrap_or_else(text), raw)
        })
        .collect()
}

/// How long it took, in milliseconds: `{secs, nanos}` or a number of seconds.
pub(super) fn milliseconds(raw: &RawValue) -> Option<u64> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Duration {
        secs: Number,
        nanos: Number,
    }
    match serde_json::from_str::<Duration>(raw.get()) {
        Ok(Duration { secs, nanos }) => {
            let seconds = secs.0?.checked_mul(1000)?;
            seconds.checked_add(nanos.0.unwrap_or(0) / 1_000_000)
        }
        Err(_no_object) => seconds(raw.get()),
    }
}

/// The number of seconds that `text` is, in milliseconds.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let milliseconds = (text.trim().parse::<f64>().ok()? * 1000.0).round();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative; saturates"
    )]
    (milliseconds >= 0.0).then_some(milliseconds as u64)
}
