//! What calls returned: texts, JSON and pictures, each in the shape of its log.

use super::image;
use crate::clip::clip;
use crate::session::Outcome;
use opensession_hail::Block;
use serde_json::Value;

/// Returns a result in the log of the command line tool or the database: `content` is a list of `{kind, data}` or of
/// `{Text}` and `{Json}`.
pub(super) fn read(content: &Value, status: &str) -> Outcome {
    let mut outcome =
        Outcome { is_error: status.eq_ignore_ascii_case("error"), ..Outcome::default() };
    match content {
        Value::Array(parts) => parts.iter().for_each(|part| add_part(part, &mut outcome)),
        other => add_json(other, &mut outcome),
    }
    outcome
}

/// Returns a result in the journal: a text, and whether the call succeeded.
pub(super) fn of_text(content: &Value, success: Option<bool>, duration: Option<u64>) -> Outcome {
    let mut outcome = Outcome::default();
    match content {
        Value::Array(parts) => parts.iter().for_each(|part| add_part(part, &mut outcome)),
        other => add_json(other, &mut outcome),
    }
    told(outcome, success, duration)
}

/// Returns a result in the journal that is a text.
pub(super) fn of_plain(text: &str, success: Option<bool>, duration: Option<u64>) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.push_text(text);
    told(outcome, success, duration)
}

fn told(mut outcome: Outcome, success: Option<bool>, duration: Option<u64>) -> Outcome {
    (outcome.is_error, outcome.duration) = (success == Some(false), duration);
    let last = outcome.text().trim_end().rsplit('\n').next().unwrap_or("");
    let code = last.strip_prefix("Exit Code: ").and_then(|code| code.trim().parse().ok());
    // What stands there when the terminal did not tell.
    outcome.exit_code = code.filter(|code| *code != -1);
    outcome
}

fn add_part(part: &Value, outcome: &mut Outcome) {
    let kind = part.get("kind").or_else(|| part.get("type")).and_then(Value::as_str);
    let named = |names: &[&str]| names.iter().find_map(|name| part.get(*name));
    match kind {
        Some("image") => add_image(part.get("data").unwrap_or(part), outcome),
        Some(_) => match named(&["data", "text", "content"]) {
            Some(data) => add_json(data, outcome),
            None => outcome.blocks.push(Block::json(part.clone())),
        },
        None => match named(&["Text", "Json", "text", "json"]) {
            Some(data) => add_json(data, outcome),
            None => add_json(part, outcome),
        },
    }
}

fn add_image(data: &Value, outcome: &mut Outcome) {
    match image::read(data) {
        Some((block, attachment)) => {
            outcome.blocks.push(block);
            outcome.attachments.extend(attachment);
        }
        None => outcome.blocks.push(Block::json(data.clone())),
    }
}

/// Adds a text, what a program printed, or any other JSON.
fn add_json(data: &Value, outcome: &mut Outcome) {
    match data {
        Value::Null => {}
        Value::String(text) => outcome.push_text(text),
        Value::Object(fields) if fields.contains_key("exit_status") => {
            outcome.exit_code = fields.get("exit_status").and_then(exit_code);
            for stream in ["stdout", "stderr"] {
                if let Some(text) = fields.get(stream).and_then(Value::as_str) {
                    outcome.push_text(text);
                }
            }
        }
        other => {
            let text = other.to_string();
            let kept = clip(text.clone());
            let block =
                if kept == text { Block::json(other.clone()) } else { Block::Text { text: kept } };
            outcome.blocks.push(block);
        }
    }
}

/// Reads `0`, `"0"` or `"exit status: 0"`.
fn exit_code(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.rsplit([' ', ':']).next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_program_printed_comes_with_its_code() {
        for status in [json!("exit status: 3"), json!("3"), json!(3)] {
            let told = json!([{"kind": "json", "data": {"exit_status": status, "stdout": "a", "stderr": "b"}}]);
            let outcome = read(&told, "success");
            assert_eq!(outcome.exit_code, Some(3));
            assert_eq!(outcome.blocks, [Block::text("a"), Block::text("b")]);
        }
        let outcome = read(&json!([{"Text": "no"}, {"Json": [1]}]), "Error");
        assert_eq!(outcome.blocks, [Block::text("no"), Block::json(json!([1]))]);
        assert!(outcome.is_error);
        let code = |text: &str| of_text(&json!(text), Some(true), None).exit_code;
        assert_eq!(code("Output:\nx\n\nExit Code: 2"), Some(2));
        assert_eq!(code("Output:\nx\n\nExit Code: -1"), None);
    }
}
