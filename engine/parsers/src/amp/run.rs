//! What a run of a tool came to: `{status, result}`, `{status, error}` or `{status, reason}`.

use super::image;
use super::tools::is_shell;
use crate::attachment;
use crate::diff::without_head;
use crate::session::{InnerCall, Outcome};
use crate::transcript::{list, word};
use opensession_hail::Block;
use serde_json::{Map, Value};

/// Returns the outcome that a `tool_result` block tells of a call of `name`; `None` where the run goes on.
pub(super) fn of_block(name: &str, block: &Value) -> Option<Outcome> {
    let Some(run) = block.get("run").filter(|run| run.is_object()) else {
        return Some(of_plain_block(name, block));
    };
    let mut outcome = Outcome::default();
    let status = word(run, "status").unwrap_or("");
    let result = run.get("result").filter(|result| !result.is_null());
    match status {
        "done" => {}
        "error" | "cancelled" | "rejected-by-user" => outcome.is_error = true,
        // What is not known is over where it has come to something.
        _ if result.is_none() && run.get("error").is_none() => return None,
        _ => outcome.is_error = result.is_none(),
    }
    if let Some(result) = result {
        read(&mut outcome, name, result.clone());
    }
    match run.get("error") {
        Some(Value::String(text)) => outcome.push_text(text),
        Some(error) => match word(error, "message") {
            Some(message) => outcome.push_text(message),
            None if error.is_null() => {}
            None => outcome.blocks.push(Block::json(error.clone())),
        },
        None => {}
    }
    if outcome.is_error && outcome.blocks.is_empty() {
        // The tool has no word for it but the status.
        outcome.push_text(word(run, "reason").unwrap_or(status));
    }
    Some(outcome)
}

/// Returns the outcome of a block in the shape of the API: `{content, is_error}`, or `{output, status}`.
fn of_plain_block(name: &str, block: &Value) -> Outcome {
    let is_error = block.get("is_error") == Some(&Value::Bool(true))
        || matches!(word(block, "status"), Some("error" | "cancelled" | "rejected-by-user"));
    let mut outcome = Outcome { is_error, ..Outcome::default() };
    for key in ["content", "output"] {
        read(&mut outcome, name, block.get(key).cloned().unwrap_or_default());
    }
    outcome
}

/// Returns the calls that a sub-agent made, from its turns (`progress`), and adds what it said between them.
pub(super) fn inner_calls(outcome: &mut Outcome, turns: &[Value]) -> Vec<InnerCall> {
    let mut calls = Vec::new();
    let mut speech = Vec::new();
    for turn in turns {
        for call in list(turn, "tool_uses") {
            let name = word(call, "tool_name").or_else(|| word(call, "name")).unwrap_or("unknown");
            let input = match call.get("input") {
                Some(Value::Object(input)) => input.clone(),
                _ => Map::new(),
            };
            let id = word(call, "id").map(str::to_owned);
            // A call has the members of a run.
            let run = Value::Object(Map::from_iter([("run".to_owned(), call.clone())]));
            let outcome = of_block(name, &run).unwrap_or_default();
            calls.push(InnerCall { id, name: name.to_owned(), input, outcome });
        }
        let said = turn.as_object().into_iter().flatten();
        let said = said.filter(|(key, value)| {
            matches!(key.as_str(), "message" | "reasoning") && value.as_str() != Some("")
        });
        let said: Map<String, Value> =
            said.map(|(key, value)| (key.clone(), value.clone())).collect();
        if !said.is_empty() {
            speech.push(Value::Object(said));
        }
    }
    if !speech.is_empty() {
        let progress = Map::from_iter([("progress".to_owned(), Value::Array(speech))]);
        outcome.blocks.push(Block::json(progress));
    }
    calls
}

fn read(outcome: &mut Outcome, name: &str, result: Value) {
    match result {
        Value::Null => {}
        Value::String(text) => {
            outcome.push_text(&text);
            outcome.diff = outcome.diff.take().or_else(|| diff_in(&text));
        }
        Value::Array(items) => read_items(outcome, items),
        Value::Object(fields) => read_fields(outcome, name, fields),
        other => outcome.push_text(&other.to_string()),
    }
}

/// Reads the lines of a search, or the blocks of an MCP server.
fn read_items(outcome: &mut Outcome, items: Vec<Value>) {
    if let Some(lines) = items.iter().map(Value::as_str).collect::<Option<Vec<_>>>() {
        outcome.push_text(&lines.join("\n"));
        return;
    }
    let mut rest = Vec::new();
    for item in items {
        match (word(&item, "type"), word(&item, "text")) {
            (Some("text"), Some(text)) => outcome.push_text(text),
            (Some("image"), _) if let Some((block, attachment)) = image::of_block(&item) => {
                outcome.blocks.push(block);
                outcome.attachments.extend(attachment);
            }
            _ => rest.push(item),
        }
    }
    if !rest.is_empty() {
        outcome.blocks.push(Block::json(rest));
    }
}

fn read_fields(outcome: &mut Outcome, name: &str, mut fields: Map<String, Value>) {
    outcome.is_error |= fields.get("success") == Some(&Value::Bool(false));
    if is_shell(name)
        && let Some(code) = fields.get("exitCode").and_then(Value::as_i64)
    {
        outcome.exit_code = Some(code);
        fields.remove("exitCode");
    }
    if fields.get("isImage") == Some(&Value::Bool(true)) {
        read_picture(outcome, &mut fields);
    }
    for key in ["output", "content", "diff"] {
        match fields.remove(key) {
            Some(Value::String(text)) => {
                outcome.push_text(&text);
                if key == "diff" {
                    outcome.diff = diff_in(&text);
                }
            }
            Some(Value::Array(items)) => read_items(outcome, items),
            None => {}
            Some(other) => {
                fields.insert(key.to_owned(), other);
            }
        }
    }
    if !fields.is_empty() {
        outcome.blocks.push(Block::json(fields));
    }
}

/// A file that was read and is a picture: `{content: base64, isImage, imageInfo: {mimeType, size}}`.
fn read_picture(outcome: &mut Outcome, fields: &mut Map<String, Value>) {
    let mime = fields.get("imageInfo").and_then(|info| word(info, "mimeType"));
    let mime = mime.unwrap_or("image/png").to_owned();
    let content = fields.get("content").and_then(Value::as_str);
    if let Some(attachment) = content.and_then(|data| attachment::from_base64(data, &mime)) {
        outcome.blocks.push(attachment::block(&attachment, &mime));
        outcome.attachments.push(attachment);
        fields.remove("content");
    }
}

/// Returns the hunks of the diff that a text is or holds between fences.
fn diff_in(text: &str) -> Option<String> {
    let fenced = text.split_once("```diff\n").map(|(_, fenced)| fenced);
    let body = fenced.map(|fenced| fenced.rsplit_once("```").map_or(fenced, |(body, _)| body));
    let hunks = without_head(body.unwrap_or(text));
    Some(hunks).filter(|hunks| !hunks.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, run: &Value) -> Option<Outcome> {
        of_block(name, &json!({"type": "tool_result", "run": run}))
    }

    #[test]
    fn a_run_is_over_or_goes_on() {
        for (run, is_over) in [
            (json!({"status": "done", "result": "ok"}), true),
            (json!({"status": "done"}), true),
            (json!({"status": "in-progress", "progress": {"output": "…"}}), false),
            (json!({"status": "blocked-on-user"}), false),
            (json!({"status": 7}), false),
            (json!({"status": "new-word", "result": []}), true),
        ] {
            assert_eq!(of("Bash", &run).is_some(), is_over, "{run}");
        }
    }

    #[test]
    fn failures_say_why() {
        for (run, text) in [
            (json!({"status": "error", "error": {"message": "no file"}}), "no file"),
            (json!({"status": "error", "error": "no file"}), "no file"),
            (json!({"status": "cancelled", "reason": "user:interrupted"}), "user:interrupted"),
            (json!({"status": "rejected-by-user"}), "rejected-by-user"),
        ] {
            let outcome = of("Bash", &run).unwrap();
            assert_eq!((outcome.is_error, outcome.text()), (true, text));
        }
        assert!(
            of("x", &json!({"status": "done", "result": {"success": false}})).unwrap().is_error
        );
    }

    #[test]
    fn results_of_each_shape_are_kept_whole() {
        let shell =
            of("Bash", &json!({"status": "done", "result": {"output": "a\n", "exitCode": 3}}));
        let shell = shell.unwrap();
        assert_eq!((shell.text(), shell.exit_code, shell.blocks.len()), ("a\n", Some(3), 1));
        let lines = of("Grep", &json!({"status": "done", "result": ["a:1:x", "b:2:y"]})).unwrap();
        assert_eq!(lines.text(), "a:1:x\nb:2:y");
        let odd =
            of("mcp__x", &json!({"status": "done", "result": [{"type": "text", "text": "t"}, 7]}));
        assert_eq!(odd.unwrap().blocks, [Block::text("t"), Block::json(json!([7]))]);
        let diff = "```diff\nIndex: a\n--- a\n+++ a\n@@ -1 +1 @@\n-x\n+y\n```";
        let edit = of("edit_file", &json!({"status": "done", "result": {"diff": diff}})).unwrap();
        assert_eq!(edit.diff.as_deref(), Some("@@ -1 +1 @@\n-x\n+y\n"));
        let text = format!("Edited.\n{diff}\nDone.");
        let edit = of("edit_file", &json!({"status": "done", "result": text})).unwrap();
        assert_eq!(edit.diff.as_deref(), Some("@@ -1 +1 @@\n-x\n+y\n"));
    }
}
