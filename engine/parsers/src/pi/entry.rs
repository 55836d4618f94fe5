//! The records of a log of Pi, as far as anything in them is used.

use crate::lenient::{Flag, Number, Object, Signed, Text, Time};
use crate::session::Tokens;
use opensession_hail::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A line: the head of the log, or an entry.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Entry<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub id: Text<'a>,
    /// `null` for the first entry of a tree; the first version has none at all.
    #[serde(borrow, deserialize_with = "present")]
    pub parent_id: Option<Text<'a>>,
    pub timestamp: Time,
    #[serde(borrow)]
    pub message: Object<Message<'a>>,

    // The head.
    pub version: Number,
    #[serde(borrow)]
    pub cwd: Text<'a>,
    #[serde(borrow)]
    pub parent_session: Text<'a>,
    #[serde(borrow)]
    pub branched_from: Text<'a>,
    pub rlm_depth: Number,
    #[serde(borrow)]
    pub git: Object<Git<'a>>,
    #[serde(borrow)]
    pub provider: Text<'a>,
    /// Of the head and of a change of the model.
    #[serde(borrow)]
    pub model_id: Text<'a>,
    /// `provider/model`, as Oh My Pi writes it.
    #[serde(borrow)]
    pub model: Text<'a>,

    // Names.
    #[serde(borrow)]
    pub title: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,

    // What is said in an entry of its own.
    #[serde(borrow)]
    pub summary: Text<'a>,
    #[serde(borrow)]
    pub custom_type: Text<'a>,
    #[serde(borrow)]
    pub content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub usage: Object<Usage<'a>>,
}

/// What a person, the model or a tool says.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub role: Text<'a>,
    #[serde(borrow)]
    pub content: Option<&'a RawValue>,
    pub timestamp: Signed,
    /// A tool wrote it in the user's place.
    pub synthetic: Flag,
    /// `user` or `agent`.
    #[serde(borrow)]
    pub attribution: Text<'a>,

    // The model.
    #[serde(borrow)]
    pub provider: Text<'a>,
    #[serde(borrow)]
    pub model: Text<'a>,
    #[serde(borrow)]
    pub usage: Object<Usage<'a>>,
    #[serde(borrow)]
    pub stop_reason: Text<'a>,
    #[serde(borrow)]
    pub error_message: Text<'a>,

    // A tool.
    #[serde(borrow)]
    pub tool_call_id: Text<'a>,
    #[serde(borrow)]
    pub tool_name: Text<'a>,
    #[serde(borrow)]
    pub details: Option<&'a RawValue>,
    pub is_error: Flag,

    // A program that the person ran.
    #[serde(borrow)]
    pub command: Text<'a>,
    #[serde(borrow)]
    pub code: Text<'a>,
    #[serde(borrow)]
    pub output: Text<'a>,
    pub exit_code: Signed,
    pub cancelled: Flag,

    // What was put in beside the prompt.
    #[serde(borrow)]
    pub custom_type: Text<'a>,
    #[serde(borrow)]
    pub summary: Text<'a>,
    #[serde(borrow)]
    pub files: Option<&'a RawValue>,
}

/// The repository that a session works in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Git<'a> {
    #[serde(borrow)]
    pub branch: Text<'a>,
}

/// The tokens of a request: `input` is what came from no cache, `output` has the thoughts.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Usage<'a> {
    input: Number,
    output: Number,
    cache_read: Number,
    cache_write: Number,
    /// An object with the `total`; sub-agents' is the total.
    #[serde(borrow)]
    cost: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cost<'a> {
    #[serde(borrow)]
    total: Option<&'a RawValue>,
}

impl Usage<'_> {
    pub(super) fn tokens(&self) -> Tokens {
        let number = |number: Number| number.0.unwrap_or(0);
        let dollars = |raw: &RawValue| raw.get().parse::<f64>().ok();
        let cost = self.cost.and_then(|raw| {
            let inner: Option<Cost<'_>> = serde_json::from_str(raw.get()).ok();
            dollars(inner.and_then(|cost| cost.total).unwrap_or(raw))
        });
        Tokens {
            input: number(self.input),
            output: number(self.output),
            cache_read: number(self.cache_read),
            cache_write: number(self.cache_write),
            cost: cost.filter(|cost| cost.is_finite()).unwrap_or(0.0),
        }
    }
}

impl Entry<'_> {
    /// Returns when the entry was written: its own time, else that of its message in milliseconds.
    pub(super) fn time(&self) -> Option<Timestamp> {
        self.timestamp.0.or_else(|| Timestamp::from_millis(self.message.0.as_ref()?.timestamp.0?))
    }
}

/// Tells a field that is `null` from one that is not there.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Text<'a>>, D::Error> {
    Text::deserialize(deserializer).map(Some)
}
