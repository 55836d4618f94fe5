//! A request with all that came of it.

use super::answer::Answer;
use super::rounds;
use super::{prompt, text};
use crate::lenient::{Flag, Object, Signed, Text};
use crate::session::{Session, Tokens, maker};
use opensession_hail::{Block, EventType, Timestamp};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;

/// Members of a request that change after it was answered, and of which nothing is kept.
const VOLATILE: [&str; 13] = [
    "vote",
    "voteDownReason",
    "followups",
    "isHidden",
    "shouldBeRemovedOnSend",
    "shouldBeBlocked",
    "contentReferences",
    "codeCitations",
    "usedContext",
    "responseMarkdownInfo",
    "editedFileEvents",
    "timeSpentWaiting",
    "workingSet",
];

/// Returns the request as it is told: without what changes behind it.
pub(super) fn record(request: &Value) -> Vec<u8> {
    // Writing JSON of a value into memory cannot fail.
    serde_json::to_vec(&Lasting(request)).unwrap_or_default()
}

/// What of a request does not change any more.
struct Lasting<'r>(&'r Value);

impl Serialize for Lasting<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(members) => {
                let lasts = |name: &str| !VOLATILE.contains(&name);
                serializer.collect_map(members.iter().filter(|(name, _)| lasts(name)))
            }
            other => other.serialize(serializer),
        }
    }
}

/// What tells one request from another, and whether it is answered.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Brief<'r> {
    #[serde(borrow)]
    request_id: Text<'r>,
    model_state: Object<State>,
    result: Object<IgnoredAny>,
    is_canceled: Flag,
    response_error_details: Object<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct State {
    value: Signed,
}

impl<'r> Brief<'r> {
    /// Returns what is known of a request; its other members are not looked at, as there may be many.
    pub(super) fn of(request: &'r Value) -> Self {
        let object = |name| request.get(name).filter(|value| value.is_object());
        let state = object("modelState").and_then(|state| state.get("value")?.as_i64());
        Self {
            request_id: Text(request.get("requestId").and_then(Value::as_str).map(Cow::Borrowed)),
            model_state: Object(state.map(|state| State { value: Signed(Some(state)) })),
            result: Object(object("result").map(|_| IgnoredAny)),
            is_canceled: Flag(request.get("isCanceled") == Some(&Value::Bool(true))),
            response_error_details: Object(object("responseErrorDetails").map(|_| IgnoredAny)),
        }
    }

    /// Returns what is known of a request that was not read yet.
    pub(super) fn of_text(json: &'r str) -> Self {
        let json = Some(json).filter(|json| json.starts_with('{'));
        json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    /// Returns what the request is called.
    pub(super) fn id(&self) -> Option<&str> {
        self.request_id.filled()
    }

    /// Returns whether nothing more comes of it.
    pub(super) fn is_complete(&self) -> bool {
        const COMPLETE: [i64; 3] = [1, 2, 3];
        let state = self.model_state.0.as_ref().and_then(|state| state.value.0);
        match state {
            Some(state) => COMPLETE.contains(&state),
            None => {
                self.result.0.is_some()
                    || self.is_canceled.0
                    || self.response_error_details.0.is_some()
            }
        }
    }
}

/// Returns whether nothing more comes of a request.
pub(super) fn is_complete(request: &Value) -> bool {
    Brief::of(request).is_complete()
}

/// Returns what a request is called.
fn id(request: &Value) -> Option<&str> {
    request.get("requestId").and_then(Value::as_str).filter(|id| !id.is_empty())
}

/// Reads a request; the session knows where it stands, and whether it may change.
pub(super) fn read(session: &mut Session<'_>, request: &Value) {
    let own = id(request).map_or_else(|| format!("request-{}", session.place.line), str::to_owned);
    let word = |key: &str| request.get(key).and_then(Value::as_str);
    let asked = request.get("timestamp").and_then(Value::as_i64).filter(|time| *time > 0);
    session.set_time(asked.and_then(Timestamp::from_millis));
    session.group = Some(own.clone());
    let result = request.get("result").unwrap_or(&Value::Null);
    session.model = model(request, result);
    session.provider = session.model.as_deref().and_then(provider);
    read_version(session, request);
    prompt::read(session, &own, request);
    let ended = ended(request, result, asked);
    if let Some(ended) = ended {
        session.meta.touch(ended);
    }
    session.owed = tokens(request, result);
    let answer = word("responseId").filter(|id| !id.is_empty());
    let answer = answer.map_or_else(|| format!("{own}/response"), str::to_owned);
    let empty = Vec::new();
    let parts = request.get("response").and_then(Value::as_array).unwrap_or(&empty);
    if !session.meta.is_placed()
        && let Some(cwd) =
            parts.iter().find_map(base).or_else(|| prompt::place(request).map(str::to_owned))
    {
        session.meta.visit(&cwd);
    }
    let metadata = result.get("metadata").unwrap_or(&Value::Null);
    let calls = rounds::calls(metadata);
    Answer::new(session, answer.clone(), ended).read(parts, &calls);
    let error = result.get("errorDetails").or(request.get("responseErrorDetails"));
    if let Some(message) = error.and_then(|error| text::of(error.get("message")?)) {
        session.set_time(ended);
        let own = format!("{answer}/error");
        session.say(Some(&own), EventType::SystemMessage, vec![Block::text(message)]);
    }
    session.flush_tokens(Some(&answer));
    if !session.may_change {
        session.settle_calls();
    }
    (session.group, session.model) = (None, None);
}

/// Returns the model that answered: the one that was chosen, or what was chosen by itself.
fn model(request: &Value, result: &Value) -> Option<String> {
    let word = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let metadata = result.get("metadata").unwrap_or(&Value::Null);
    let usage = request.get("usage").unwrap_or(&Value::Null);
    let resolved = word(metadata, "resolvedModel").or_else(|| word(usage, "actualModelId"));
    let chosen =
        word(request, "modelId").filter(|model| !model.ends_with("/auto") && model != "auto");
    // `Claude Sonnet 4.5 • 1x`, as the screen shows it.
    let shown = || {
        let details = word(result, "details")?;
        details.split(" • ").next().map(|name| name.trim().to_owned())
    };
    let model = resolved.or(chosen).or_else(shown).filter(|model| !model.is_empty())?;
    Some(model.strip_prefix("copilot/").map_or(model.clone(), str::to_owned))
}

/// Returns who runs a model, as far as its name tells.
pub(super) fn provider(model: &str) -> Option<String> {
    Some(maker(&model.to_ascii_lowercase())).filter(|it| !it.is_empty()).map(str::to_owned)
}

fn read_version(session: &mut Session<'_>, request: &Value) {
    let version = request.get("agent").and_then(|agent| agent.get("extensionVersion")?.as_str());
    if let Some(version) = version.filter(|version| !version.is_empty()) {
        session.meta.version = Some(version.to_owned());
    }
}

/// Returns when the answer was finished.
fn ended(request: &Value, result: &Value, asked: Option<i64>) -> Option<Timestamp> {
    let number = |value: Option<&Value>| value.and_then(Value::as_i64).filter(|time| *time > 0);
    let state = request.get("modelState").and_then(|state| state.get("completedAt"));
    let took = result.get("timings").and_then(|timings| timings.get("totalElapsed"));
    let took = number(took).or_else(|| number(request.get("elapsedMs")));
    let took = asked.zip(took).and_then(|(asked, took)| asked.checked_add(took));
    number(state).or(took).and_then(Timestamp::from_millis)
}

/// Returns the tokens of a request: of all calls of the model where that is told, else of the last one.
fn tokens(request: &Value, result: &Value) -> Tokens {
    let usage = request.get("usage").unwrap_or(&Value::Null);
    let metadata = result.get("metadata").unwrap_or(&Value::Null);
    let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_u64);
    let totals = usage.get("modelTotals").and_then(Value::as_array);
    if let Some(totals) = totals.filter(|totals| !totals.is_empty()) {
        let sum = |key: &str| {
            let numbers = totals.iter().filter_map(|total| number(total, key));
            numbers.fold(0_u64, u64::saturating_add)
        };
        return Tokens::new(sum("inputTokens"), sum("cachedTokens"), sum("outputTokens"));
    }
    let places = [usage, metadata, result.get("usage").unwrap_or(&Value::Null), request];
    let first = |keys: [&str; 2]| {
        places.iter().find_map(|place| keys.iter().find_map(|key| number(place, key)))
    };
    let input = first(["promptTokens", "inputTokens"]).unwrap_or(0);
    let output = first(["completionTokens", "outputTokens"]).unwrap_or(0);
    Tokens::new(input, first(["cachedTokens", "cacheReadTokens"]).unwrap_or(0), output)
}

/// Returns the folder that a text of the answer is relative to.
fn base(part: &Value) -> Option<String> {
    let base = part.get("baseUri").or_else(|| part.get("content")?.get("baseUri"))?;
    let path = super::uri::path(base)?;
    let bare = path.trim_end_matches(['/', '\\']);
    Some(if bare.is_empty() { path } else { bare.to_owned() })
}
