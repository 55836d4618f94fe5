//! What a request asks: the text that was typed, what goes with it, and what the extension puts around it.

use super::uri;
use crate::attachment;
use crate::session::Session;
use crate::working_folder::behind;
use opensession_hail::{Block, EventType};
use serde_json::Value;

/// What stands before the first folder of the workspace, where the extension tells the model of it.
const FOLDERS: &str = "I am working in a workspace with the following folders:\n- ";

/// Reads the prompt of a request.
pub(super) fn read(session: &mut Session<'_>, own: &str, request: &Value) {
    let message = request.get("message").unwrap_or(&Value::Null);
    let text = message.as_str().or_else(|| message.get("text")?.as_str()).unwrap_or("");
    let mut typed = Vec::new();
    if !text.trim().is_empty() {
        typed.push(Block::text(text));
    }
    let mut beside = Vec::new();
    let variables = request.get("variableData").and_then(|data| data.get("variables"));
    for variable in variables.and_then(Value::as_array).into_iter().flatten() {
        let Some(block) = attached(session, variable) else { continue };
        // What the editor adds by itself: the open file, instructions.
        if is_implicit(variable) { beside.push(block) } else { typed.push(block) }
    }
    let is_persons = request.get("isSystemInitiated") != Some(&Value::Bool(true))
        && request.get("confirmation").and_then(Value::as_str).is_none();
    if is_persons && !typed.is_empty() {
        session.prompt(Some(own), typed);
    } else if !typed.is_empty() {
        session.say(Some(own), EventType::SystemMessage, typed);
    }
    let texts = rendered(request).map(without_request).filter(|text| !text.trim().is_empty());
    beside.extend(texts.map(Block::text));
    if !beside.is_empty() {
        session.say(Some(&format!("{own}/context")), EventType::SystemMessage, beside);
    }
}

/// Returns the folder that the extension told the model of.
pub(super) fn place(request: &Value) -> Option<&str> {
    rendered(request).find_map(|text| behind(text, &[FOLDERS]))
}

/// Returns what the extension rendered for the model.
fn rendered(request: &Value) -> impl Iterator<Item = &str> {
    let metadata = request.get("result").and_then(|result| result.get("metadata"));
    let keys = ["renderedGlobalContext", "renderedUserMessage"];
    let parts = keys.into_iter().filter_map(move |key| metadata?.get(key)?.as_array());
    parts.flatten().filter_map(|part| part.get("text")?.as_str())
}

/// Returns what the extension rendered for the model, without the prompt itself.
fn without_request(text: &str) -> String {
    let inner = ["userRequest", "prompt"].iter().find_map(|tag| {
        let (before, rest) = text.split_once(&format!("<{tag}>"))?;
        let (_, behind) = rest.split_once(&format!("</{tag}>"))?;
        Some(format!("{before}{behind}"))
    });
    crate::clip::clip(inner.unwrap_or_else(|| text.to_owned()).trim().to_owned())
}

fn is_implicit(variable: &Value) -> bool {
    let word = |key: &str| variable.get(key).and_then(Value::as_str).unwrap_or("");
    word("id").starts_with("vscode.implicit")
        || word("id").starts_with("vscode.prompt.instructions")
        || matches!(word("kind"), "implicit" | "promptFile" | "promptText" | "workspace")
        || variable.get("automaticallyAdded") == Some(&Value::Bool(true))
}

/// Returns what goes with a prompt.
fn attached(session: &mut Session<'_>, variable: &Value) -> Option<Block> {
    let word = |key: &str| variable.get(key).and_then(Value::as_str);
    let value = variable.get("value").unwrap_or(&Value::Null);
    let base64 = value.get("$base64").and_then(Value::as_str);
    let data_url = value.as_str().and_then(|url| url.strip_prefix("data:")?.split_once(";base64,"));
    let mime = data_url.map(|(mime, _)| mime).or(word("mimeType")).unwrap_or("image/png");
    if let Some(base64) = base64.or(data_url.map(|(_, base64)| base64)) {
        let attachment = attachment::from_base64(base64, mime)?;
        let block = attachment::block(&attachment, mime);
        session.attach([attachment]);
        return Some(block);
    }
    let content = word("code").or(word("content"));
    let path = uri::path(variable.get("uri").unwrap_or(value));
    match (word("kind"), path) {
        (Some("paste"), _) => value.as_str().or(content).map(Block::text),
        (Some("tool" | "toolset" | "command"), _) => None,
        (Some("promptText" | "generic" | "string" | "workspace"), _) if value.is_string() => {
            value.as_str().map(Block::text)
        }
        (_, Some(path)) => Some(Block::File { path, content: content.map(str::to_owned) }),
        _ if value.is_null() => None,
        _ => Some(Block::json(value.clone())),
    }
}
