//! Messages of the first versions, with their parts inside: `{id, role, parts, metadata}`, as the AI SDK's screens take
//! them. What an answer cost, and how a call went, is told in `metadata`.

use super::message::{Message, Part, text};
use super::stored::Object;
use serde_json::{Map, Value};

/// Gives a message that holds its parts and its metadata the shape of later ones.
pub(super) fn modernize(message: &mut Message) {
    let metadata = message.info.remove("metadata").unwrap_or_default();
    if let Some(answer) = metadata.get("assistant").and_then(Value::as_object) {
        message.info.extend(answer.clone());
    }
    for key in ["time", "error"] {
        if let Some(value) = metadata.get(key) {
            message.info.entry(key).or_insert_with(|| value.clone());
        }
    }
    let Some(Value::Array(parts)) = message.info.remove("parts") else { return };
    for (index, part) in parts.into_iter().enumerate() {
        let made = format!("{}/{index}", message.id);
        let Value::Object(mut data) = part else {
            message.parts.push(Part::read(&made, part.to_string().as_bytes()));
            continue;
        };
        if let Some(Value::Object(call)) = data.remove("toolInvocation") {
            data = tool_part(call, metadata.get("tool"));
        }
        let id = text(&data, "id").map_or(made, str::to_owned);
        message.parts.push(Part::new(&id, data));
    }
}

fn tool_part(mut call: Object, told: Option<&Value>) -> Object {
    let id = call.remove("toolCallId").unwrap_or_default();
    let told = id.as_str().and_then(|id| told?.get(id)).cloned().unwrap_or_default();
    let status = match call.get("state").and_then(Value::as_str) {
        Some("result") if told.get("error") == Some(&Value::Bool(true)) => "error",
        Some("result") => "completed",
        _ => "pending",
    };
    let output = if status == "error" { "error" } else { "output" };
    let state = object([
        ("status", status.into()),
        ("input", call.remove("args").unwrap_or_default()),
        (output, call.remove("result").unwrap_or_default()),
        ("time", told.get("time").cloned().unwrap_or_default()),
        ("metadata", told),
    ]);
    object([
        ("type", "tool".into()),
        ("callID", id),
        ("tool", call.remove("toolName").unwrap_or_default()),
        ("state", state.into()),
    ])
}

/// Returns the object with these members.
pub(super) fn object<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
