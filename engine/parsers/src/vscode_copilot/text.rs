//! Texts as the editor stores them: strings, Markdown objects, and pieces of prompts as trees.

use super::uri;
use serde_json::Value;

/// How many nodes deep a piece of a prompt is followed.
const DEEPEST: usize = 100;

/// Returns a text: a string, `{value}`, or `{content: {value}}`.
pub(super) fn of(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| {
        let inner = value.get("value").or_else(|| value.get("content"))?;
        inner.as_str().or_else(|| inner.get("value")?.as_str())
    })
}

/// Returns a text of one or of several parts.
pub(super) fn joined(value: &Value) -> String {
    match value {
        Value::Array(parts) => parts.iter().filter_map(of).collect(),
        _ => of(value).unwrap_or("").to_owned(),
    }
}

/// Returns how a reference stands in a text: by its name.
pub(super) fn reference(item: &Value) -> String {
    let place = item.get("inlineReference").unwrap_or(&Value::Null);
    let name = item.get("name").or(place.get("name")).and_then(Value::as_str);
    let path = uri::path(place.get("location").unwrap_or(place));
    match name.map(str::to_owned).or_else(|| Some(uri::file_name(&path?).to_owned())) {
        Some(name) if !name.is_empty() => format!("`{name}`"),
        _ => String::new(),
    }
}

/// Returns whether a text is only the fence that the editor puts around an edit.
pub(super) fn is_fence(text: &str) -> bool {
    text.split_whitespace().all(|word| word.len() >= 3 && word.bytes().all(|byte| byte == b'`'))
}

/// Returns the file that a message about a call links to: `Read [](file:///a)`.
pub(super) fn linked_path(message: &Value) -> Option<String> {
    let text = of(message)?;
    let (_, rest) = text.split_once("](")?;
    let (uri, _) = rest.split_once(')')?;
    uri::path_of(uri.split('#').next().unwrap_or(uri))
}

/// Returns what a message about a call quotes: ``Searching text for `x` ``.
pub(super) fn quoted(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('`')?;
    rest.split_once('`').map(|(quoted, _)| quoted).filter(|quoted| !quoted.is_empty())
}

/// Returns what a part of a tool's result says to the model: a text, or a tree of texts.
pub(super) fn part(value: &Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    let node = value.get("node")?;
    let mut text = String::new();
    push_node(node, 0, &mut text);
    Some(text.trim_start_matches('\n').to_owned())
}

fn push_node(node: &Value, depth: usize, text: &mut String) {
    if let Some(own) = node.get("text").and_then(Value::as_str) {
        if node.get("lineBreakBefore") == Some(&Value::Bool(true)) && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(own);
    }
    let children = node.get("children").and_then(Value::as_array);
    for child in children.into_iter().flatten().take_while(|_| depth < DEEPEST) {
        push_node(child, depth + 1, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_of_every_shape_are_read() {
        assert_eq!(of(&json!({"content": {"value": "a"}})), Some("a"));
        assert_eq!(joined(&json!(["a", {"value": "b"}, 7])), "ab");
        let leaf = |text: &str| json!({"type": 2, "text": text, "lineBreakBefore": true});
        let tree = json!({"node": {"children": [leaf("a"), {"children": [leaf("b")]}]}});
        assert_eq!(part(&tree).as_deref(), Some("a\nb"));
        let item = json!({"inlineReference": {"fsPath": "/x/a.rs"}});
        assert_eq!(reference(&item), "`a.rs`");
        assert!(is_fence("\n````\n") && !is_fence("``` rust"));
        let read = json!({"value": "Read [](file:///a%20b#1), lines 1 to 2"});
        assert_eq!(quoted("Searching text for `x`, 1 result"), Some("x"));
        assert_eq!(linked_path(&read).as_deref(), Some("/a b"));
    }
}
