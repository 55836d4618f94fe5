//! A tool call as its bubble holds it (`toolFormerData`): what the tool was given, and what came of it.

use super::edit;
use super::field::{flag, inner, object};
use super::rows::Rows;
use super::tool::{self, PATH_KEYS, Tool};
use crate::attachment;
use crate::session::Outcome;
use crate::transcript::{list, word};
use opensession_hail::{Block, SessionId};
use serde_json::{Map, Value};

/// A larger value is kept as a text, which has its bounds.
const LONGEST_JSON: usize = 256 * 1024;

/// The members under which results have their text.
const TEXT_KEYS: [&str; 7] =
    ["output", "contents", "content", "stdout", "result", "text", "resultForModel"];

/// How a call stands that has no result yet.
const UNDER_WAY: [&str; 7] =
    ["loading", "pending", "running", "streaming", "generating", "in_progress", "executing"];

/// How a call ended that did nothing.
const FAILED: [&str; 7] =
    ["error", "cancelled", "canceled", "rejected", "skipped", "failed", "aborted"];

/// A tool call of a bubble.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'v>(&'v Value);

impl<'v> Call<'v> {
    /// Returns the call that `data` is; many bubbles have an empty one.
    pub(super) fn of(data: &'v Value) -> Option<Self> {
        let is_one = data.get("tool").is_some_and(|tool| tool.as_u64() != Some(0))
            || word(data, "name").is_some()
            || word(data, "toolCallId").is_some();
        is_one.then_some(Self(data))
    }

    pub(super) fn id(self) -> Option<&'v str> {
        word(self.0, "toolCallId")
    }

    pub(super) fn name(self) -> &'v str {
        let number = || self.0.get("tool").and_then(Value::as_u64).unwrap_or(0);
        word(self.0, "name").unwrap_or_else(|| tool::name_of(number()))
    }

    /// Returns what the tool was given: the model's own words, or, where they are not whole, what the editor made of
    /// them.
    pub(super) fn input(self) -> Map<String, Value> {
        let (raw, made) = (inner(self.0, "rawArgs"), inner(self.0, "params"));
        let is_filled = |value: &Value| value.as_object().is_some_and(|map| !map.is_empty());
        if !is_filled(&raw) && is_filled(&made) {
            return object(made);
        }
        let mut input = object(raw);
        if Tool::named(self.name()).is_change()
            && !PATH_KEYS.iter().any(|key| input.contains_key(*key))
            && let Some(path) = word(&made, "relativeWorkspacePath")
        {
            input.insert("relativeWorkspacePath".to_owned(), path.into());
        }
        input
    }

    /// Returns what came of the call; nothing while it is under way.
    pub(super) fn outcome(self, rows: Option<&Rows>) -> Option<Outcome> {
        let data = self.0;
        let status = word(data, "status").unwrap_or("");
        let mut result = inner(data, "result");
        let error = inner(data, "error");
        let is_told = !result.is_null() || !error.is_null();
        if UNDER_WAY.contains(&status) || (status.is_empty() && !is_told) {
            return None;
        }
        let more = data.get("additionalData").unwrap_or(&Value::Null);
        let says = |value: &Value| word(value, "status").is_some_and(|word| FAILED.contains(&word));
        let mut outcome = Outcome {
            is_error: says(data)
                || says(more)
                || flag(&result, "rejected")
                || flag(&result, "applyFailed")
                || result.get("recoverableError").is_some_and(|error| !error.is_null())
                || word(data, "userDecision") == Some("rejected"),
            ..Outcome::default()
        };
        match Tool::named(self.name()) {
            Tool::Shell => outcome.exit_code = exit_code(&result, outcome.is_error),
            tool if tool.is_change() => edit::read(&mut result, rows, &mut outcome),
            Tool::Task => outcome.summary = summary(&result),
            _ => {}
        }
        push(&mut outcome, result);
        push_error(&mut outcome, error);
        Some(outcome)
    }

    /// Returns the conversation of the sub-agent that the call started, where the result says so.
    pub(super) fn agent(self) -> Option<String> {
        let result = inner(self.0, "result");
        word(&result, "agentId").map(str::to_owned)
    }
}

/// Returns the session of the sub-agent whose conversation is `child`, started from the conversation `parent`.
pub(super) fn child_session(parent: &str, child: &str) -> SessionId {
    SessionId::from_foreign(parent).child(child)
}

/// Returns the exit code of a program. The result leaves out a 0.
fn exit_code(result: &Value, has_failed: bool) -> Option<i64> {
    let told = ["exitCodeV2", "exitCode"].iter().find_map(|key| result.get(*key)?.as_i64());
    let ran = flag(result, "notInterrupted")
        || word(result, "endedReason").is_some_and(|reason| reason.ends_with("COMPLETED"));
    let goes_on = flag(result, "isRunningInBackground") || flag(result, "poppedOutIntoBackground");
    told.or((ran && !goes_on && !has_failed).then_some(0))
}

fn summary(result: &Value) -> Option<String> {
    let keys = ["finalMessage", "summary", "result", "output"];
    keys.iter().find_map(|key| word(result, key)).map(str::to_owned)
}

/// Adds a result: its text, and what else it has.
pub(super) fn push(outcome: &mut Outcome, result: Value) {
    match result {
        Value::Null => {}
        Value::String(text) => outcome.push_text(&text),
        Value::Array(items) if items.iter().all(is_item) => {
            items.iter().for_each(|item| push_item(outcome, item));
        }
        Value::Object(mut members) => {
            // A server's answer is a text with JSON in it.
            let answer = inner(&Value::Object(members.clone()), "result");
            if !list(&answer, "content").is_empty() {
                list(&answer, "content").iter().for_each(|item| push_item(outcome, item));
                members.remove("result");
            }
            let told =
                TEXT_KEYS.iter().find(|key| members.get(**key).is_some_and(Value::is_string));
            if let Some(Value::String(text)) = told.and_then(|key| members.remove(*key)) {
                outcome.push_text(&text);
            }
            if !members.is_empty() {
                push_json(outcome, Value::Object(members));
            }
        }
        other => push_json(outcome, other),
    }
}

fn push_json(outcome: &mut Outcome, value: Value) {
    let text = value.to_string();
    if text.len() > LONGEST_JSON {
        outcome.push_text(&text);
    } else {
        outcome.blocks.push(Block::json(value));
    }
}

fn is_item(item: &Value) -> bool {
    matches!(word(item, "type"), Some("text" | "image"))
}

/// Adds a part of a server's answer: `{type: "text", text}` or an image in base64.
fn push_item(outcome: &mut Outcome, item: &Value) {
    let mime = word(item, "mimeType").unwrap_or("image/png");
    match (item.get("text").and_then(Value::as_str), word(item, "data")) {
        (Some(text), _) => outcome.push_text(text),
        (None, Some(data)) => match attachment::from_base64(data, mime) {
            Some(attachment) => {
                outcome.blocks.push(attachment::block(&attachment, mime));
                outcome.attachments.push(attachment);
            }
            None => push_json(outcome, item.clone()),
        },
        (None, None) => push_json(outcome, item.clone()),
    }
}

fn push_error(outcome: &mut Outcome, error: Value) {
    let told = ["clientVisibleErrorMessage", "modelVisibleErrorMessage", "message", "error"];
    let said = told.iter().find_map(|key| word(&error, key)).map(str::to_owned);
    match (said, error) {
        (Some(said), _) => outcome.push_text(&said),
        (None, error) => push(outcome, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn outcome(data: &Value) -> Option<Outcome> {
        Call::of(data)?.outcome(None)
    }

    #[test]
    fn no_single_member_says_that_a_call_failed() {
        let cases = [
            (json!({"status": "completed", "result": "{}"}), Some(false)),
            (
                json!({"status": "error", "error": {"clientVisibleErrorMessage": "gone"}}),
                Some(true),
            ),
            (json!({"status": "completed", "additionalData": {"status": "rejected"}}), Some(true)),
            (json!({"status": "completed", "result": {"rejected": true}}), Some(true)),
            (json!({"status": "completed", "userDecision": "rejected"}), Some(true)),
            (json!({"status": "completed", "additionalData": {"blockReason": "x"}}), Some(false)),
            (json!({"status": "cancelled"}), Some(true)),
            (json!({"status": "loading", "result": "half"}), None),
            (json!({"result": "x"}), Some(false)),
            (json!({}), None),
        ];
        for (mut data, is_error) in cases {
            data["name"] = "read_file".into();
            assert_eq!(outcome(&data).map(|outcome| outcome.is_error), is_error, "{data}");
        }
    }

    #[test]
    fn a_program_that_ended_well_has_its_code_left_out() {
        let code = |result: Value| {
            let data = json!({"name": "run_terminal_cmd", "status": "completed", "result": result});
            outcome(&data).and_then(|outcome| outcome.exit_code)
        };
        assert_eq!(code(json!({"output": "a", "exitCode": 2})), Some(2));
        assert_eq!(code(json!({"output": "a", "exitCodeV2": 0})), Some(0));
        assert_eq!(code(json!({"output": "a", "notInterrupted": true})), Some(0));
        let ended = "RUN_TERMINAL_COMMAND_ENDED_REASON_EXECUTION_COMPLETED";
        assert_eq!(code(json!({"endedReason": ended})), Some(0));
        assert_eq!(code(json!({"notInterrupted": true, "isRunningInBackground": true})), None);
        assert_eq!(code(json!({"output": "a"})), None);
    }

    #[test]
    fn the_words_of_the_model_come_before_what_the_editor_made_of_them() {
        let data = json!({"name": "apply_patch", "rawArgs": "{\"patch\":\"p\"}",
            "params": "{\"relativeWorkspacePath\":\"a.rs\"}"});
        let input = Call::of(&data).unwrap().input();
        assert_eq!(Value::Object(input), json!({"patch": "p", "relativeWorkspacePath": "a.rs"}));
        let data = json!({"tool": 15, "rawArgs": "{\"comm", "params": {"command": "ls"}});
        let call = Call::of(&data).unwrap();
        assert_eq!((call.name(), call.input().len()), ("run_terminal_cmd", 1));
        assert!(Call::of(&json!({"additionalData": {}})).is_none());
    }

    #[test]
    fn a_servers_answer_is_taken_apart() {
        let answer = json!({"content": [{"type": "text", "text": "hi"},
            {"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"}]});
        let data = json!({"name": "mcp_x", "status": "completed",
            "result": json!({"selectedTool": "x", "result": answer.to_string()}).to_string()});
        let outcome = outcome(&data).unwrap();
        assert_eq!((outcome.text(), outcome.attachments.len(), outcome.blocks.len()), ("hi", 1, 3));
    }
}
