//! The calls of an item: `message.toolCalls` says what was called, `toolCallStates` what came of it.

use super::tools;
use crate::diff::{between, without_head};
use crate::session::Outcome;
use crate::transcript::{list, word};
use opensession_hail::Block;
use serde_json::{Map, Value};
use std::collections::{HashMap, VecDeque};

/// A call, as its item tells it.
#[derive(Debug)]
pub(super) struct Call<'v> {
    pub id: String,
    pub name: &'v str,
    pub input: Map<String, Value>,
    /// The call and what came of it, where the item has that.
    state: &'v Value,
}

/// Whether the call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Running,
    Done,
    Failed,
}

/// Returns the calls of an item. One without an id is named by its place in the item, which `own` names.
pub(super) fn of_item<'v>(item: &'v Value, own: &str) -> Vec<Call<'v>> {
    let mut states: Vec<Option<&Value>> = list(item, "toolCallStates").iter().map(Some).collect();
    states.extend(item.get("toolCallState").filter(|state| state.is_object()).map(Some));
    let message = item.get("message").unwrap_or(&Value::Null);
    let id_of =
        |state: &'v Value| word(state, "toolCallId").or_else(|| word(state.get("toolCall")?, "id"));
    let mut places: HashMap<Option<&str>, VecDeque<usize>> = HashMap::new();
    for (at, state) in states.iter().flatten().enumerate() {
        places.entry(id_of(state)).or_default().push_back(at);
    }
    let mut found: Vec<(Option<&Value>, &Value)> = Vec::new();
    for call in list(message, "toolCalls") {
        // A state without an id is that of the next call without one.
        let at = places.get_mut(&word(call, "id")).and_then(VecDeque::pop_front);
        let state = at.and_then(|at| states.get_mut(at)?.take());
        found.push((Some(call), state.unwrap_or(&Value::Null)));
    }
    found.extend(states.into_iter().flatten().map(|state| (None, state)));
    let calls = found.into_iter().enumerate().map(|(index, (call, state))| {
        let call = call.or_else(|| state.get("toolCall")).unwrap_or(&Value::Null);
        let id = word(call, "id").or_else(|| id_of(state)).map(str::to_owned);
        let id = id.unwrap_or_else(|| format!("{own}/call-{}", index + 1));
        let function = call.get("function").unwrap_or(call);
        let name = word(function, "name").unwrap_or("unknown");
        Call { id, name, input: input(function, state), state }
    });
    calls.collect()
}

impl Call<'_> {
    /// Returns whether the item says that the call is over.
    pub(super) fn status(&self) -> Status {
        match word(self.state, "status") {
            Some("done") => Status::Done,
            Some("errored" | "canceled" | "cancelled") => Status::Failed,
            _ => Status::Running,
        }
    }

    /// Returns whether the item has an output, be it only the beginning of one.
    pub(super) fn has_output(&self) -> bool {
        match self.state.get("output") {
            None | Some(Value::Null) => false,
            Some(output) => output.as_array().is_none_or(|output| !output.is_empty()),
        }
    }

    /// Returns what the item tells of what came of the call.
    pub(super) fn outcome(&self) -> Outcome {
        let mut outcome = Outcome::default();
        match self.state.get("output") {
            Some(Value::Array(parts)) => {
                parts.iter().for_each(|part| push_part(&mut outcome, self.name, part));
            }
            output => push_content(&mut outcome, output.unwrap_or(&Value::Null)),
        }
        self.complete(outcome)
    }

    /// Returns what a message tells of what came of the call.
    pub(super) fn outcome_of(&self, content: &Value) -> Outcome {
        self.complete(outcome_of(content))
    }

    fn complete(&self, mut outcome: Outcome) -> Outcome {
        outcome.is_error |= self.status() == Status::Failed;
        if outcome.is_error && outcome.blocks.is_empty() {
            outcome.push_text(word(self.state, "status").unwrap_or_default());
        }
        if tools::is_change(self.name) {
            // The command line tool says so of changes that it could not make.
            outcome.is_error |= outcome.text().starts_with("Error");
            let told = without_head(outcome.text());
            outcome.diff = Some(told).filter(|diff| !diff.is_empty()).or_else(|| self.change());
        }
        if tools::is_shell(self.name) && outcome.exit_code.is_none() {
            let text = outcome.text();
            outcome.exit_code = code_in(text).filter(|_| text.starts_with("Error"));
        }
        outcome
    }

    /// The change of a file whose content the item has before and after it.
    fn change(&self) -> Option<String> {
        let processed = self.state.get("processedArgs")?;
        let text = |key: &str| processed.get(key).and_then(Value::as_str);
        let before = text("editingFileContents").or_else(|| text("oldFileContents"))?;
        Some(between(before, text("newFileContents")?))
    }
}

/// Returns what a message tells of a call that is not known.
pub(super) fn outcome_of(content: &Value) -> Outcome {
    let mut outcome = Outcome::default();
    push_content(&mut outcome, content);
    outcome
}

/// The input of a call: parsed, or the text that the model wrote.
fn input(function: &Value, state: &Value) -> Map<String, Value> {
    let parsed = state.get("parsedArgs").and_then(Value::as_object);
    if let Some(parsed) = parsed.filter(|parsed| !parsed.is_empty()) {
        return parsed.clone();
    }
    match function.get("arguments") {
        Some(Value::Object(input)) => input.clone(),
        Some(Value::String(text)) if text.trim().is_empty() => Map::new(),
        Some(Value::String(text)) => match serde_json::from_str(text) {
            Ok(Value::Object(input)) => input,
            _ => Map::from_iter([("arguments".to_owned(), Value::String(text.clone()))]),
        },
        None | Some(Value::Null) => Map::new(),
        Some(other) => Map::from_iter([("arguments".to_owned(), other.clone())]),
    }
}

/// Reads a part of an output: `{name, description, content, status}`.
fn push_part(outcome: &mut Outcome, name: &str, part: &Value) {
    match part.get("content") {
        Some(content) => push_content(outcome, content),
        None => outcome.blocks.push(Block::json(part.clone())),
    }
    if tools::is_shell(name)
        && let Some(status) = word(part, "status")
    {
        let is_over = status.starts_with("Command completed");
        outcome.exit_code = code_in(status).or(is_over.then_some(0));
    }
}

fn push_content(outcome: &mut Outcome, content: &Value) {
    match content {
        Value::Null => {}
        Value::String(text) => outcome.push_text(text),
        Value::Array(parts) => {
            for part in parts {
                match part.get("text").and_then(Value::as_str).or_else(|| part.as_str()) {
                    Some(text) => outcome.push_text(text),
                    None => outcome.blocks.push(Block::json(part.clone())),
                }
            }
        }
        other => outcome.blocks.push(Block::json(other.clone())),
    }
}

/// Returns the code in `… exit code 7 …`.
fn code_in(text: &str) -> Option<i64> {
    let (_, rest) = text.split_once("exit code")?;
    let rest = rest.trim_start_matches([':', ' ']);
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}
