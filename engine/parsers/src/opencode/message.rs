//! A message with its parts, as all generations of the store are read.

use super::stored::{self, Object};
use crate::session::Tokens;
use opensession_hail::Timestamp;
use serde_json::Value;

/// The kind of what could not be read: its text is the member `text`.
pub(super) const UNPARSED: &str = "unparsed";

/// A message: what it says of itself, and what was said and done in it.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub id: String,
    /// `user`, `assistant`; in newer stores also `shell`, `synthetic`, `compaction` …
    pub kind: String,
    pub info: Object,
    pub parts: Vec<Part>,
}

/// A part of a message.
#[derive(Debug)]
pub(super) struct Part {
    pub id: String,
    /// `text`, `reasoning`, `tool`, `file`, `step-finish` …
    pub kind: String,
    pub data: Object,
}

impl Message {
    /// Returns a message that is stored with its parts elsewhere.
    pub(super) fn read(id: &str, bytes: &[u8]) -> Self {
        let info = stored::object(bytes).unwrap_or_else(unparsed);
        Self::new(id, info)
    }

    /// Returns a message without parts.
    pub(super) fn new(id: &str, info: Object) -> Self {
        let kind = text(&info, "role").or(text(&info, "type")).unwrap_or("message").to_owned();
        Self { id: id.to_owned(), kind, info, parts: Vec::new() }
    }

    /// Returns when it was made.
    pub(super) fn created(&self) -> Option<Timestamp> {
        time(self.info.get("time")?, &["created", "start"])
    }

    /// Returns whether the tool says that nothing more comes in it.
    pub(super) fn is_complete(&self) -> bool {
        let time = self.info.get("time");
        let completed = time.and_then(|time| time.get("completed")).is_some_and(Value::is_number);
        let is_running = |part: &Part| {
            let status = part.data.get("state").and_then(|state| state.get("status")?.as_str());
            matches!(status, Some("pending" | "running" | "streaming"))
        };
        (completed || self.has_failed()) && !self.parts.iter().any(is_running)
    }

    /// Returns whether it ended in an error.
    pub(super) fn has_failed(&self) -> bool {
        self.info.get("error").is_some_and(|error| !error.is_null())
    }

    /// Returns whether nothing in it becomes an event.
    pub(super) fn is_silent(&self) -> bool {
        let is_silent = |part: &Part| match part.kind.as_str() {
            "step-start" | "step-finish" | "snapshot" | "patch" => true,
            "text" | "reasoning" => text(&part.data, "text").is_none_or(|it| it.trim().is_empty()),
            _ => false,
        };
        self.kind != UNPARSED
            && !self.has_failed()
            && self.tokens().is_zero()
            && self.parts.iter().all(is_silent)
    }

    /// Returns what the message cost as a whole.
    pub(super) fn tokens(&self) -> Tokens {
        let cost = self.info.get("cost").and_then(Value::as_f64).unwrap_or(0.0);
        Tokens { cost, ..tokens(self.info.get("tokens")) }
    }

    /// Returns the tokens that are owed before each part: those of the request that it comes from.
    ///
    /// Early versions made several requests in one message, and the message says what the last one cost; `step-finish`
    /// stands at the end of each.
    pub(super) fn owed(&self) -> Vec<Tokens> {
        let mut owed = vec![Tokens::default(); self.parts.len() + 1];
        let (mut start, mut sum) = (0, Tokens::default());
        for (index, part) in self.parts.iter().enumerate() {
            if part.kind == "step-finish" {
                let step = tokens(part.data.get("tokens"));
                sum = sum.plus(step);
                if let Some(owed) = owed.get_mut(start) {
                    *owed = owed.plus(step);
                }
                start = index + 1;
            }
        }
        if let Some(first) = owed.first_mut() {
            *first = first.plus(self.tokens().since(sum));
        }
        owed
    }

    /// Returns who runs the model that made or is asked in it, and the model.
    pub(super) fn model(&self) -> (Option<&str>, Option<&str>) {
        let of = |key: &str| self.info.get("model").and_then(|model| model.get(key)?.as_str());
        let provider = text(&self.info, "providerID").or(of("providerID"));
        let model = text(&self.info, "modelID").or(of("modelID")).or(of("id"));
        // Kilo Code calls so what its older tasks do not tell.
        let is_name = |it: &&str| !matches!(*it, "" | "legacy");
        (provider.filter(is_name), model.filter(is_name))
    }
}

impl Part {
    /// Returns a part that is stored by itself.
    pub(super) fn read(id: &str, bytes: &[u8]) -> Self {
        Self::new(id, stored::object(bytes).unwrap_or_else(unparsed))
    }

    /// Returns a part of a message.
    pub(super) fn new(id: &str, data: Object) -> Self {
        let kind = text(&data, "type").unwrap_or("part").to_owned();
        Self { id: id.to_owned(), kind, data }
    }

    /// Returns when it began.
    pub(super) fn started(&self) -> Option<Timestamp> {
        time(self.data.get("time")?, &["start", "created", "ran"])
    }

    /// Returns whether a member is `true`.
    pub(super) fn is(&self, name: &str) -> bool {
        self.data.get(name) == Some(&Value::Bool(true))
    }
}

/// Returns a member that is a text.
pub(super) fn text<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

/// Returns the first of these members that is a time in milliseconds.
pub(super) fn time(times: &Value, keys: &[&str]) -> Option<Timestamp> {
    keys.iter().find_map(|key| Timestamp::from_millis(millis(times.get(*key)?)?))
}

/// Returns a number of milliseconds, also where it has a fraction.
pub(super) fn millis(value: &Value) -> Option<i64> {
    // Saturates, as Rust's conversions do.
    #[allow(clippy::cast_possible_truncation, reason = "tools store milliseconds with fractions")]
    value.as_i64().or_else(|| value.as_f64().map(|number| number as i64))
}

fn unparsed(text: String) -> Object {
    let members = [("type", UNPARSED.into()), ("text", Value::String(text))];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn tokens(value: Option<&Value>) -> Tokens {
    let number = |path: &str| {
        let number = value.and_then(|value| value.pointer(path));
        // Negative counts and fractions occur where providers are asked for sums that do not add up.
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "saturates; a negative count is none"
        )]
        number.map_or(0, |n| n.as_u64().or(n.as_f64().map(|n| n as u64)).unwrap_or(0))
    };
    Tokens {
        input: number("/input"),
        cache_read: number("/cache/read"),
        cache_write: number("/cache/write"),
        output: number("/output").saturating_add(number("/reasoning")),
        cost: 0.0,
    }
}
