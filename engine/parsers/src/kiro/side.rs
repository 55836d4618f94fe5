//! The file beside a log of lines: whose session it is, where it works, and what it spent. It is written anew with each
//! turn, so that only the header and a last event depend on it.

use super::PROVIDER;
use crate::lenient::{string, value};
use crate::session::{Session, Tokens};
use crate::transcript::value_of;
use crate::{ParseError, ParseReport};
use opensession_hail::{EventType, SessionId, Timestamp, one_line};
use serde_json::Value;
use serde_json::value::RawValue;
use std::path::{Path, PathBuf};

/// A larger file is none of these.
const LARGEST: u64 = 256 * 1024 * 1024;

/// What the file beside a log says.
#[derive(Debug, Default)]
pub(super) struct Side {
    id: Option<String>,
    parent: Option<String>,
    cwds: Vec<String>,
    title: Option<String>,
    model: Option<String>,
    times: Vec<Timestamp>,
    tokens: Tokens,
    credits: f64,
}

/// Returns the file beside a log.
pub(super) fn beside(log: &Path) -> Vec<PathBuf> {
    let is_journal = log.file_name().is_some_and(|name| name == "messages.jsonl");
    vec![if is_journal { log.with_file_name("session.json") } else { log.with_extension("json") }]
}

impl Side {
    /// Reads what lies beside a log; nothing where it is missing or broken.
    ///
    /// # Errors
    /// When it is there and cannot be read: whose session the log is would not be known.
    pub(super) fn of(log: &Path) -> Result<Self, ParseError> {
        let mut side = Self::default();
        for path in beside(log) {
            let text = crate::side::read(&path, LARGEST)?.unwrap_or_default();
            if let Some(value) = value_of(&text) {
                side = Self::read(&value);
            }
        }
        Ok(side)
    }

    fn read(value: &Value) -> Self {
        let text = |names: &[&str]| {
            let found = names.iter().find_map(|name| value.pointer(name)?.as_str());
            found.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let listed =
            |name: &str| value.pointer(name).and_then(Value::as_array).into_iter().flatten();
        let own = text(&["/cwd"]);
        let paths = listed("/workspacePaths").filter_map(Value::as_str).map(str::to_owned);
        let times = ["/created_at", "/createdAt", "/updated_at", "/lastModifiedAt"];
        let mut side = Self {
            id: text(&["/session_id", "/id"]),
            parent: text(&["/parent_session_id", "/parentSessionId"]),
            cwds: own.into_iter().chain(paths).collect(),
            title: text(&["/title"]),
            model: text(&["/session_state/rts_model_state/model_info/model_id", "/modelId"])
                .filter(|model| model != "auto"),
            times: times.iter().filter_map(|name| time(value.pointer(name)?)).collect(),
            ..Self::default()
        };
        let turns = "/session_state/conversation_metadata/user_turn_metadatas";
        for turn in listed(turns) {
            let count = |name: &str| turn.get(name).and_then(Value::as_u64).unwrap_or(0);
            side.tokens = side.tokens.plus(Tokens {
                input: count("input_token_count"),
                cache_read: count("cache_read_input_token_count"),
                cache_write: count("cache_write_input_token_count"),
                output: count("output_token_count"),
                cost: 0.0,
            });
            let metered = turn.get("metering_usage").and_then(Value::as_array);
            side.credits += metered.into_iter().flatten().filter_map(credits).sum::<f64>();
        }
        side
    }

    /// Returns the session's id: a sub-agent's stands below its parent's.
    pub(super) fn session_id(&self, stem: &str) -> SessionId {
        let own = self.id.as_deref().unwrap_or(stem);
        match self.parent.as_deref() {
            Some(parent) => SessionId::from_foreign(parent).child(own),
            None => SessionId::from_foreign(own),
        }
    }

    /// Tells the session what the file says of it.
    pub(super) fn tell(&self, session: &mut Session<'_>) {
        let meta = &mut session.meta;
        self.cwds.iter().for_each(|cwd| meta.visit(cwd));
        let parent = self.parent.as_deref().map(SessionId::from_foreign);
        meta.parent = parent.map(|parent| parent.as_str().to_owned());
        meta.is_auxiliary = self.parent.is_some();
        meta.model.clone_from(&self.model);
        session.tell_place();
    }

    /// Ends the session with what it spent: a later version of the file tells more.
    pub(super) fn finish(self, mut session: Session<'_>, prompt: Option<&str>) -> ParseReport {
        self.times.iter().for_each(|time| session.meta.touch(*time));
        if let Some(title) = self.title.as_deref().filter(|title| !is_prompt(title, prompt)) {
            session.meta.rename(title);
        }
        let is_used = !self.tokens.is_zero() || self.credits > 0.0;
        if is_used && session.id().is_some() {
            session.may_change = true;
            session.place.raw_type = "metadata".to_owned();
            session.set_time(None);
            (session.group, session.model) = (None, None);
            session.owed = self.tokens;
            let mut event =
                session.event(Some("usage"), EventType::Custom { kind: "usage".to_owned() });
            set_credits(&mut event.attributes, self.credits);
            session.push(event);
        }
        session.finish(super::TOOL.as_str(), PROVIDER)
    }
}

/// Sets what was spent, where anything was. Credits are no money: what one costs depends on the plan.
pub(super) fn set_credits(attributes: &mut opensession_hail::Attributes, credits: f64) {
    if credits > 0.0 && credits.is_finite() {
        // Sums of fractions are never exact.
        attributes.set("credits", (credits * 1e9).round() / 1e9);
    }
}

/// Returns the credits of an amount `{value | usage, unit}`.
pub(super) fn credits(amount: &Value) -> Option<f64> {
    let is_credit = amount.get("unit").and_then(Value::as_str) == Some("credit");
    let value = amount.get("value").or_else(|| amount.get("usage"))?.as_f64()?;
    (is_credit && value > 0.0 && value.is_finite()).then_some(value)
}

/// Returns a time as text, in seconds, or in milliseconds.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    if let Some(text) = value.as_str() {
        return Timestamp::parse(text);
    }
    let number = value.as_f64().filter(|number| number.is_finite())?;
    // Seconds have that many digits until the year 5138.
    let millis = if number.abs() < 1e11 { number * 1e3 } else { number };
    #[allow(clippy::cast_possible_truncation, reason = "saturates, and is checked then")]
    Timestamp::from_millis(millis.round() as i64)
}

/// Returns a time that was left as it is written.
pub(super) fn stamp(raw: &RawValue) -> Option<Timestamp> {
    // Most are text, and a text needs no value of its own.
    match raw.get().starts_with('"') {
        true => Timestamp::parse(&string(raw)?),
        false => time(&value(raw)),
    }
}

/// Returns whether a title is the beginning of the first prompt: then it is cut as titles from prompts are.
fn is_prompt(title: &str, prompt: Option<&str>) -> bool {
    let title = one_line(title);
    let title = title.trim_end_matches('…').trim_end_matches("...");
    prompt.is_some_and(|prompt| one_line(prompt).starts_with(title))
}
