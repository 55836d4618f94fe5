//! Events of V1: each has a `kind`.

use super::log::Log;
use super::side::{Side, word};
use super::{clock, output, place, speech};
use crate::items;
use crate::session::{CallRecord, Fate, Outcome};
use crate::transcript::value_of;
use opensession_hail::{Block, EventType, Timestamp};
use serde_json::{Map, Value};

/// What the SDK itself says in the user's name.
const NUDGES: [&str; 2] = [
    "Your last response did not include a function call or a message.",
    "The task appears incomplete (iteration ",
];

/// Returns whether this is the beginning of an event, of V1 or classic.
pub(super) fn is_event(head: &[u8]) -> bool {
    let Some(event) = items::read(head, "").filter(|_| head.trim_ascii_start().starts_with(b"{"))
    else {
        return false;
    };
    let has = |name: &str| event.has(name);
    let kind = event.member("kind").and_then(|kind| serde_json::from_slice::<String>(kind).ok());
    let is_kind = kind.is_some_and(|kind| {
        ["Event", "Observation", "Condensation", "CondensationRequest"]
            .iter()
            .any(|end| kind.ends_with(end))
    });
    // The kind stands last, and may be out of sight behind a long text.
    let is_v1 =
        has("llm_message") || has("system_prompt") || has("tool_call_id") && has("tool_name");
    let is_named = has("source") && (has("timestamp") || has("id"));
    let is_classic = has("action") && has("args")
        || has("observation") && has("content") && (has("extras") || has("source"));
    is_named && (is_kind || is_v1) || is_classic && !is_kind
}

/// Returns whether this is a classic event as evaluations write it: with all it tells beside what it is. What is both
/// action and observation is of another agent.
pub(super) fn is_flat(event: &[u8]) -> bool {
    // What is no object has no members.
    let event = items::read(event, "").unwrap_or_default();
    let has = |name: &str| event.has(name);
    let is_action = has("action") && (has("content") || has("thought"));
    has("action") != has("observation") && (is_action || has("observation") && has("content"))
}

/// Returns the time of an event as it stands there.
pub(super) fn local_time(record: &[u8]) -> Option<Timestamp> {
    clock::local(word(member(record, "timestamp").as_ref())?.as_str())
}

/// An answer of the model, as far as an event tells of it before it is read.
pub(super) struct Answer {
    /// What the state calls it.
    pub id: Option<String>,
    /// When it was given, where the event itself says so.
    pub at: Option<Timestamp>,
}

/// Returns the answer of the model that an event comes from.
pub(super) fn answer_of(record: &[u8]) -> Option<Answer> {
    if memchr::memmem::find(record, b"\"llm_response_id\"").is_some() {
        let id = word(member(record, "llm_response_id").as_ref()).filter(|id| !id.is_empty());
        return id.map(|id| Answer { id: Some(id), at: None });
    }
    let action = word(member(record, "action").as_ref())?;
    let is_agents = word(member(record, "source").as_ref()).as_deref() == Some("agent");
    if !is_agents || matches!(action.as_str(), "system" | "change_agent_state" | "null") {
        return None;
    }
    let metadata = member(record, "tool_call_metadata").unwrap_or_default();
    let created = metadata.get("model_response").and_then(|response| response.get("created"));
    let seconds = created.and_then(Value::as_i64).and_then(|seconds| seconds.checked_mul(1000));
    Some(Answer { id: None, at: seconds.and_then(Timestamp::from_millis) })
}

fn member(record: &[u8], name: &str) -> Option<Value> {
    value_of(items::read(record, "")?.member(name)?)
}

/// Returns whether events of this kind are part of what is said.
pub(super) fn is_said(kind: &str) -> bool {
    matches!(
        kind,
        "MessageEvent"
            | "ActionEvent"
            | "ObservationEvent"
            | "UserRejectObservation"
            | "AgentErrorEvent"
            | "ACPToolCallEvent"
    )
}

impl Log<'_> {
    /// Reads an event.
    pub(super) fn read_event(&mut self, kind: &str, own: Option<&str>, event: &Value) -> Fate {
        let text = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or("");
        if !text("llm_response_id").is_empty() {
            self.join_answer(text("llm_response_id"));
        } else if text("source") == "agent" {
            self.name_model(None);
        }
        // Early versions count up what it cost in each event.
        if let Some(metrics) = event.get("metrics").filter(|_| self.side.tells_nothing()) {
            self.count_up(metrics);
        }
        match kind {
            "MessageEvent" => self.read_message(own, event),
            "ActionEvent" => self.read_call(own, event),
            "ObservationEvent" | "UserRejectObservation" | "AgentErrorEvent" => {
                self.read_result(own, event);
            }
            "ACPToolCallEvent" => self.read_acp_call(own, event),
            "SystemPromptEvent" => {
                for part in ["system_prompt", "dynamic_context"] {
                    let said = event.get(part).map_or("", |part| text_in(part));
                    self.session.meta.visit(place::of_system(said).unwrap_or(""));
                    self.note(own, Some(part), said);
                }
            }
            "Condensation" | "CondensationSummaryEvent" => {
                if text("summary").trim().is_empty() {
                    return Fate::STATE;
                }
                self.note(own, None, text("summary"));
            }
            "ConversationErrorEvent" => {
                let said = format!("{}: {}", text("code"), text("detail"));
                self.note(own, None, &said);
            }
            "PauseEvent" => self.note(own, None, "paused"),
            "InterruptEvent" => self.note(own, None, "interrupted"),
            "ConversationStateUpdateEvent" => return self.read_state(event),
            "TokenEvent" => return Fate::Dropped("numbers of tokens"),
            "LLMCompletionLogEvent" | "StreamingDeltaEvent" => return Fate::COPY,
            "HookExecutionEvent" => return Fate::Dropped("hook progress"),
            "CondensationRequest" => return Fate::STATE,
            _ => return Fate::Unknown,
        }
        Fate::Understood
    }

    fn read_message(&mut self, own: Option<&str>, event: &Value) {
        let message = event.get("llm_message").unwrap_or(&Value::Null);
        let word =
            |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let said = speech::content(message.get("content"));
        let source = word(event, "source").or_else(|| word(message, "role")).unwrap_or_default();
        let first = said.0.iter().find_map(|block| block.as_text()).unwrap_or("");
        let is_nudge = NUDGES.iter().any(|nudge| first.starts_with(nudge));
        match source.as_str() {
            "user" if !is_nudge && word(event, "sender").is_none_or(|sender| sender.is_empty()) => {
                self.prompt(own, said);
            }
            "agent" | "assistant" => {
                self.has_begun = true;
                self.utter(own, &EventType::Thinking, speech::thoughts(message));
                self.session.attach(said.1);
                self.utter(own, &EventType::AgentMessage, said.0);
            }
            _ => {
                let part = word(event, "sender").unwrap_or(source);
                self.session.attach(said.1);
                for block in said.0 {
                    match block.as_text() {
                        Some(text) => self.note(own, Some(&part), text),
                        None => self.session.say(own, EventType::SystemMessage, vec![block]),
                    }
                }
            }
        }
        self.read_context(own, event);
    }

    /// Reads what the agent's skills and rules added.
    fn read_context(&mut self, own: Option<&str>, event: &Value) {
        for block in speech::content(event.get("extended_content")).0 {
            self.note(own, Some("extended_content"), block.as_text().unwrap_or(""));
        }
    }

    fn read_call(&mut self, own: Option<&str>, event: &Value) {
        self.has_begun = true;
        self.utter(own, &EventType::Thinking, speech::thoughts(event));
        let (said, attachments) = speech::content(event.get("thought"));
        self.session.attach(attachments);
        self.utter(own, &EventType::AgentMessage, said);
        let call = event.get("tool_call").unwrap_or(&Value::Null);
        let name = word(event.get("tool_name")).or_else(|| word(call.get("name")));
        let name = name.unwrap_or_else(|| "unknown".to_owned());
        let mut input = input(event.get("action"), call);
        if name == "finish"
            && let Some(Value::String(message)) = input.remove("message")
        {
            self.utter(own, &EventType::AgentMessage, vec![Block::text(message)]);
        }
        let made = self.session.place.line.to_string();
        let id = word(event.get("tool_call_id")).filter(|id| !id.is_empty());
        let id = id.or_else(|| own.map(str::to_owned)).unwrap_or(made);
        let agent = word(input.get("subagent_type")).filter(|_| name == "task");
        let agent = agent.as_deref();
        self.session.open_call(CallRecord { id: &id, name: &name, input, agent, child: None });
    }

    fn read_result(&mut self, own: Option<&str>, event: &Value) {
        let text =
            |key: &str| event.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let mut outcome = match event.get("observation") {
            Some(observation) => {
                self.session.meta.visit(place::of_result(observation).unwrap_or(""));
                output::of(observation.get("content"), observation)
            }
            None => Outcome::default(),
        };
        for key in ["error", "rejection_reason"] {
            if let Some(said) = text(key) {
                outcome.push_text(said);
                outcome.is_error = true;
            }
        }
        let name = text("tool_name").map(str::to_owned);
        if name.as_deref() == Some("task") {
            outcome.summary = Some(outcome.text().to_owned()).filter(|text| !text.is_empty());
            outcome.agent = word(event.get("observation").and_then(|told| told.get("subagent")));
        }
        let id = text("tool_call_id").or_else(|| text("action_id")).map(str::to_owned);
        self.session.answer(id.as_deref(), name.as_deref(), outcome);
        self.read_context(own, event);
    }

    /// Reads a call that another agent made, which OpenHands ran: told again when it has ended.
    fn read_acp_call(&mut self, own: Option<&str>, event: &Value) {
        self.has_begun = true;
        let text =
            |key: &str| event.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let Some(id) = text("tool_call_id").or(own) else { return };
        let status = text("status").unwrap_or("");
        if !self.session.knows_call(id) {
            let mut input = match event.get("raw_input") {
                Some(Value::Object(input)) => input.clone(),
                None | Some(Value::Null) => Map::new(),
                Some(other) => Map::from_iter([("input".to_owned(), other.clone())]),
            };
            if let Some(title) = text("title") {
                input.entry("title").or_insert_with(|| title.into());
            }
            let name = format!("acp_{}", text("tool_kind").unwrap_or("other"));
            let agent = text("parent_tool_call_id");
            self.session.open_call(CallRecord { id, name: &name, input, agent, child: None });
        }
        if matches!(status, "completed" | "failed" | "cancelled") && !self.session.is_answered(id) {
            let mut outcome = output::of_acp(event);
            outcome.is_error |=
                status != "completed" || event.get("is_error") == Some(&Value::Bool(true));
            self.session.answer(Some(id), None, outcome);
        }
    }

    /// Reads a copy of the state: where no state lies beside the events, it tells what the session cost so far.
    fn read_state(&mut self, event: &Value) -> Fate {
        let value = event.get("value").unwrap_or(&Value::Null);
        let inside = |keys: [&str; 2]| word(value.get(keys[0]).and_then(|part| part.get(keys[1])));
        self.session.meta.visit(&inside(["workspace", "working_dir"]).unwrap_or_default());
        if self.side.model.is_none() {
            let model = value.get("agent").and_then(|agent| agent.get("llm")?.get("model"));
            self.side.model = word(model);
        }
        let stats = match event.get("key").and_then(Value::as_str) {
            Some("stats") => Some(value),
            Some("full_state") => value.get("stats"),
            _ => None,
        };
        let Some(all) = stats.and_then(|stats| stats.get("usage_to_metrics")?.as_object()) else {
            return Fate::STATE;
        };
        if !self.side.tells_nothing() {
            return Fate::STATE;
        }
        let mut sum = Side::default();
        all.values().for_each(|metrics| sum.add_metrics(metrics));
        self.name_model(sum.model);
        if self.count_up_to(sum.total) { Fate::Understood } else { Fate::STATE }
    }
}

/// Returns what a tool was called with: the checked input, and what else the model gave. What the tool sets by itself
/// is left out where it says nothing.
fn input(action: Option<&Value>, call: &Value) -> Map<String, Value> {
    let arguments = call.get("arguments").or_else(|| call.get("function")?.get("arguments"));
    let arguments = match arguments {
        Some(Value::String(json)) => match serde_json::from_str(json) {
            Ok(Value::Object(given)) => given,
            Ok(Value::Null) => Map::new(),
            _ => Map::from_iter([("arguments".to_owned(), Value::String(json.clone()))]),
        },
        Some(Value::Object(given)) => given.clone(),
        _ => Map::new(),
    };
    let mut input = match action {
        Some(Value::Object(checked)) => checked.clone(),
        _ => return arguments,
    };
    let is_mcp = input.remove("kind").is_some_and(|kind| kind == "MCPToolAction");
    if is_mcp && let Some(Value::Object(data)) = input.remove("data") {
        input = data;
    }
    input.retain(|_, value| !matches!(value, Value::Null | Value::Bool(false)));
    for (key, value) in arguments {
        input.entry(key).or_insert(value);
    }
    input
}

fn text_in(part: &Value) -> &str {
    part.as_str().or_else(|| part.get("text")?.as_str()).unwrap_or("")
}
