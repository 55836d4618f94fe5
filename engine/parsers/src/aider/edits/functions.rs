//! The formats `whole-func` and `editblock-func` of 2023: the answer is the input of a function, in JSON.

use super::{Change, Edit};
use serde_json::Value;

/// Returns the edits of an answer that is a JSON object.
pub(super) fn read(lines: &[&str]) -> Vec<Edit> {
    if !lines.first().is_some_and(|line| line.starts_with('{')) {
        return Vec::new();
    }
    // What is no JSON is kept as an answer, and changes no file.
    let Ok(input) = serde_json::from_str::<Value>(&lines.join("\n")) else { return Vec::new() };
    let list = |key: &str| input.get(key).and_then(Value::as_array).into_iter().flatten();
    let path = |item: &Value| item.get("path").and_then(Value::as_str).unwrap_or("").to_owned();
    let files = list("files")
        .map(|file| Edit { path: path(file), change: Change::Whole(text(file.get("content"))) });
    let edits = list("edits").map(|edit| {
        let (old, new) = (text(edit.get("original_lines")), text(edit.get("updated_lines")));
        Edit { path: path(edit), change: Change::Replace { old, new } }
    });
    // With one file in the chat, nobody names it.
    let only = input
        .get("content")
        .map(|content| Edit { path: String::new(), change: Change::Whole(text(Some(content))) });
    files.chain(edits).chain(only).collect()
}

/// Returns a text, or a list of lines, as whole lines.
fn text(value: Option<&Value>) -> String {
    let mut text = match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(lines)) => {
            let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
            lines.join("\n")
        }
        _ => String::new(),
    };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}
