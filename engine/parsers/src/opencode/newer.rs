//! Messages of version 2, one row of `session_message` each: `{type, data}`, with all of an answer in `content`.
//!
//! ```text
//! user        text, files, agents, skills             synthetic, system, skill   text
//! assistant   agent, model, content, tokens, error    compaction                 status, summary, tokens
//! shell       command, status, exit, output           idle, *-switched           what the tool is at
//! ```

use super::message::{Message, Part, text};
use super::older::object;
use super::stored::Object;
use serde_json::Value;

/// Returns a row as a message with parts.
pub(super) fn message(id: &str, kind: &str, info: Object) -> Message {
    let mut message = Message { id: id.to_owned(), kind: kind.to_owned(), ..Message::default() };
    message.info = info;
    match kind {
        "user" => read_prompt(&mut message),
        "assistant" => read_answer(&mut message),
        "shell" => read_shell(&mut message),
        _ => {}
    }
    message
}

/// Returns whether nothing more comes in a row of this kind; an answer that failed may be tried again.
pub(super) fn is_complete(message: &Message) -> bool {
    match (message.kind.as_str(), text(&message.info, "status")) {
        ("assistant", _) => message.is_complete() && !message.has_failed(),
        ("shell" | "compaction", status) => status != Some("running"),
        _ => true,
    }
}

fn read_prompt(message: &mut Message) {
    let said = message.info.remove("text").unwrap_or_default();
    message.push("text", object([("type", "text".into()), ("text", said)]));
    let files = message.info.remove("files");
    for file in files.as_ref().and_then(Value::as_array).into_iter().flatten() {
        message.push("file", file_part(file));
    }
}

fn read_answer(message: &mut Message) {
    let Some(Value::Array(content)) = message.info.remove("content") else { return };
    for item in content {
        let Value::Object(data) = item else {
            let id = format!("{}/{}", message.id, message.parts.len());
            message.parts.push(Part::read(&id, item.to_string().as_bytes()));
            continue;
        };
        let is_tool = text(&data, "type") == Some("tool");
        let data = if is_tool { tool_part(data) } else { data };
        message.push("", data);
    }
}

fn read_shell(message: &mut Message) {
    let mut take = |key: &str| message.info.remove(key).unwrap_or_default();
    let (command, exit, id) = (take("command"), take("exit"), take("shellID"));
    let output = match take("output") {
        Value::Object(mut page) => page.remove("output").unwrap_or_default(),
        text => text,
    };
    let is_running = text(&message.info, "status") == Some("running");
    let state = object([
        ("status", if is_running { "running" } else { "completed" }.into()),
        ("input", object([("command", command)]).into()),
        ("output", output),
        ("metadata", object([("exit", exit)]).into()),
        ("time", message.info.get("time").cloned().unwrap_or_default()),
    ]);
    let id = if id.is_string() { id } else { message.id.clone().into() };
    message.push(
        "shell",
        object([
            ("type", "tool".into()),
            ("callID", id),
            ("tool", "shell".into()),
            ("state", state.into()),
        ]),
    );
}

/// Returns a call in the shape of the older stores: what it returned is a list of texts and files here.
fn tool_part(mut data: Object) -> Object {
    let mut state = match data.remove("state") {
        Some(Value::Object(state)) => state,
        _ => Object::new(),
    };
    // Before its input is whole, it is a text.
    if let Some(Value::String(raw)) = state.get("input").cloned() {
        let input = serde_json::from_str::<Object>(&raw);
        let input = input.unwrap_or_else(|_torn| object([("input", raw.into())]));
        state.insert("input".to_owned(), input.into());
    }
    let mut texts = Vec::new();
    let mut files = Vec::new();
    let content = state.remove("content");
    for item in content.as_ref().and_then(Value::as_array).into_iter().flatten() {
        match item.get("text").and_then(Value::as_str) {
            Some(text) => texts.push(text.to_owned()),
            None => files.push(Value::Object(file_part(item))),
        }
    }
    state.insert("output".to_owned(), texts.join("\n\n").into());
    state.insert("attachments".to_owned(), files.into());
    if !state.contains_key("metadata")
        && let Some(structured) = state.remove("structured")
    {
        state.insert("metadata".to_owned(), structured);
    }
    if let Some(message) = state.get("error").and_then(|error| error.get("message")).cloned() {
        state.insert("error".to_owned(), message);
    }
    state.insert("time".to_owned(), data.remove("time").unwrap_or_default());
    let mut take = |key: &str| data.remove(key).unwrap_or_default();
    let (call, id) = (take("callID"), take("id"));
    object([
        ("type", "tool".into()),
        ("callID", if call.is_string() { call } else { id }),
        ("tool", take("name")),
        ("state", state.into()),
    ])
}

fn file_part(file: &Value) -> Object {
    let of = |key: &str| file.get(key).cloned().unwrap_or_default();
    let mime = of("mime");
    let url = match (file.get("data").and_then(Value::as_str), mime.as_str()) {
        (Some(data), Some(mime)) => format!("data:{mime};base64,{data}").into(),
        _ => of("uri"),
    };
    object([("type", "file".into()), ("mime", mime), ("url", url), ("filename", of("name"))])
}

impl Message {
    fn push(&mut self, name: &str, data: Object) {
        let own = text(&data, "id").map(str::to_owned);
        let index = self.parts.len();
        let id = own.unwrap_or_else(|| {
            if name.is_empty() {
                format!("{}/{index}", self.id)
            } else {
                format!("{}/{name}-{index}", self.id)
            }
        });
        self.parts.push(Part::new(&id, data));
    }
}
