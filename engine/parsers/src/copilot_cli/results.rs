//! What tools returned: `{content, detailedContent?, contents?, binaryResultsForLlm?}`, `{textResultForLlm}`, or a text.

use super::log::Log;
use super::record::Data;
use crate::copilot::exit_code;
use crate::lenient::value;
use crate::session::Outcome;
use opensession_hail::Block;
use serde_json::Value;

/// Under which keys a result holds what the model was told.
const TEXT_KEYS: [&str; 5] =
    ["content", "textResultForLlm", "text_result_for_llm", "log", "stdout"];

impl Log<'_> {
    /// Returns what came of a call.
    pub(super) fn outcome(&mut self, data: &Data<'_>) -> Outcome {
        let result = data.result.map_or(Value::Null, value);
        let mut outcome = of_result(&result);
        outcome.is_error |= data.success.is_some_and(|success| !success.0);
        if let Some(shell) = &data.shell_execution.0 {
            outcome.exit_code = shell.exit_code.0.or(outcome.exit_code);
        }
        let list = |key: &str| result.get(key).and_then(Value::as_array).cloned();
        for item in list("contents").unwrap_or_default() {
            self.read_content(&item, &mut outcome);
        }
        for item in list("binaryResultsForLlm").unwrap_or_default() {
            self.read_binary(&item, &mut outcome);
        }
        let error = data.error.map(value);
        if let Some(error) = error.filter(|error| !error.is_null()) {
            outcome.is_error = true;
            let message = error.as_str().or_else(|| error.get("message")?.as_str());
            match message {
                Some(message) if message == outcome.text() => {}
                Some(message) => outcome.push_text(message),
                None => outcome.blocks.push(Block::json(error)),
            }
        }
        outcome
    }

    /// Reads an item of a result in the tool's own format; texts are in `content` too.
    fn read_content(&mut self, item: &Value, outcome: &mut Outcome) {
        let word = |key: &str| item.get(key).and_then(Value::as_str);
        if let Some(code) = item.get("exitCode").and_then(Value::as_i64) {
            outcome.exit_code = Some(code);
        }
        let is_told = !outcome.text().is_empty();
        let block = match word("type") {
            Some("image" | "audio") => self.image(word("data"), word("mimeType")),
            Some("resource_link") => word("uri").map(|uri| Block::Reference {
                uri: uri.to_owned(),
                media_type: word("mimeType").unwrap_or("application/octet-stream").to_owned(),
            }),
            Some("text" | "terminal" | "shell_exit") if is_told => return,
            Some("text" | "terminal") => {
                outcome.push_text(word("text").unwrap_or(""));
                return;
            }
            _ => None,
        };
        outcome.blocks.push(block.unwrap_or_else(|| Block::json(item.clone())));
    }

    /// Reads a picture that the model was shown.
    fn read_binary(&mut self, item: &Value, outcome: &mut Outcome) {
        let word = |key: &str| item.get(key).and_then(Value::as_str);
        let asset = word("assetId").and_then(|id| self.assets.get(id).cloned());
        let block = asset.or_else(|| self.image(word("data"), word("mimeType")));
        outcome.blocks.push(block.unwrap_or_else(|| Block::json(item.clone())));
    }
}

/// Returns what a result says by itself.
pub(super) fn of_result(result: &Value) -> Outcome {
    let mut outcome = Outcome::default();
    let word = |key: &str| result.get(key).and_then(Value::as_str);
    let text = result.as_str().or_else(|| TEXT_KEYS.iter().find_map(|key| word(key)));
    let detailed = word("detailedContent").or(word("sessionLog")).unwrap_or("");
    if detailed.trim_start().starts_with("diff --git ") {
        let is_new =
            ["\ncreate file mode ", "\nnew file mode ", "\n--- /dev/null", "\n--- a/dev/null"];
        outcome.is_new_file = Some(is_new.iter().any(|mark| detailed.contains(mark)));
        outcome.diff = Some(detailed.to_owned());
    }
    match text {
        Some(text) if !text.is_empty() => outcome.push_text(text),
        _ if outcome.diff.is_none() => outcome.push_text(detailed),
        _ => {}
    }
    if let Some(errors) = word("stderr").filter(|errors| !errors.is_empty()) {
        outcome.push_text(errors);
    }
    outcome.exit_code = text.and_then(exit_code).or_else(|| exit_code(detailed));
    outcome.exit_code = result.get("exitCode").and_then(Value::as_i64).or(outcome.exit_code);
    let kind = word("result_type").or(word("resultType")).or(word("type"));
    outcome.is_error =
        matches!(kind, Some("failure" | "error" | "rejected" | "denied" | "timeout"));
    if let Some(structured) = result.get("structuredContent").filter(|value| value.is_object()) {
        outcome.blocks.push(Block::json(structured.clone()));
    }
    if text.is_none()
        && result.as_object().is_some_and(|fields| !fields.is_empty())
        && outcome.blocks.is_empty()
    {
        outcome.blocks.push(Block::json(result.clone()));
    }
    outcome
}
