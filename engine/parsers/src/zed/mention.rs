//! What a prompt refers to: a file, a symbol, another thread, with what was sent of it to the model.

use super::message::variant;
use crate::clip::clip;
use crate::transcript::{path_of, word};
use opensession_hail::Block;
use serde_json::Value;

/// Returns what stands for it in the text of the prompt.
pub(super) fn label(mention: &Value) -> String {
    let uri = mention.get("uri").unwrap_or(&Value::Null);
    let Some((kind, body)) = variant(uri) else { return "@mention".to_owned() };
    if let Some(path) = path(mention) {
        return match word(body, "name") {
            Some(name) => format!("@{name} ({path})"),
            None => format!("@{path}"),
        };
    }
    let names = ["name", "url", "skill_name", "file_path", "base_ref"];
    let name = names.into_iter().find_map(|key| word(body, key)).unwrap_or(kind);
    format!("@{name}")
}

/// Returns the file, or what else was sent.
pub(super) fn block(mention: &Value) -> Option<Block> {
    let content = word(mention, "content");
    match path(mention) {
        Some(path) => {
            Some(Block::File { path, content: content.map(|content| clip(content.to_owned())) })
        }
        None => content.map(|_| Block::json(mention.clone())),
    }
}

/// Returns the path of what is mentioned, where it is a file or a place in one.
fn path(mention: &Value) -> Option<String> {
    match variant(mention.get("uri")?)? {
        (address, Value::Null) => address.starts_with("file://").then(|| {
            let end = address.find(['#', '?']).unwrap_or(address.len());
            path_of(address.get(..end).unwrap_or(address))
        }),
        (_, body) => word(body, "abs_path").map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn mentions_are_named_by_what_they_are() {
        for (uri, name) in [
            (json!({"File": {"abs_path": "/src/a.rs"}}), "@/src/a.rs"),
            (json!({"Symbol": {"abs_path": "/src/a.rs", "name": "run"}}), "@run (/src/a.rs)"),
            (json!({"Fetch": {"url": "https://zed.dev/"}}), "@https://zed.dev/"),
            (json!({"Thread": {"id": "t", "name": "Old talk"}}), "@Old talk"),
            (json!("file:///src/a%20b.rs#L1:10"), "@/src/a b.rs"),
            (json!("PastedImage"), "@PastedImage"),
            (json!(7), "@mention"),
        ] {
            assert_eq!(label(&json!({"uri": uri, "content": "x"})), name);
        }
    }
}
