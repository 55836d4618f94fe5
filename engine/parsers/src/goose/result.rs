//! What a tool returned.

use super::record::{Item, items};
use crate::attachment;
use crate::clip::clip;
use crate::lenient::{Flag, Object, Signed, Text, object, value, value_or_text};
use crate::session::Outcome;
use opensession_hail::{Attachment, Block, SessionId};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A result around what the tool returned: it came, or the call failed before.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Returned<'a> {
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Text<'a>,
}

/// What a tool returned; in older versions the list of its items alone.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Value<'a> {
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    is_error: Flag,
    #[serde(borrow)]
    structured_content: Option<&'a RawValue>,
    #[serde(borrow, rename = "_meta")]
    meta: Object<Meta<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Meta<'a> {
    #[serde(borrow)]
    subagent_session_id: Text<'a>,
}

/// What a shell says of a command beside its output.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Shell {
    exit_code: Signed,
}

/// What a result says of the file that was read.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub outcome: Outcome,
    /// The whole text of the file.
    pub file: Option<String>,
}

/// Reads a result; `session` is the one whose sub-agents the tool may have started.
pub(super) fn read(item: &Item<'_>, session: Option<&SessionId>) -> Seen {
    let mut seen = Seen::default();
    let Some(raw) = item.tool_result else {
        seen.push_items(item.content);
        return seen;
    };
    let Ok(returned) = serde_json::from_str::<Returned<'_>>(raw.get()) else {
        seen.push_items(Some(raw));
        return seen;
    };
    seen.outcome.is_error = returned.status.as_str() == Some("error");
    if let Some(error) = returned.error.filled() {
        seen.outcome.is_error = true;
        seen.outcome.push_text(error);
    }
    let Some(raw) = returned.value else { return seen };
    let told: Value<'_> =
        object(raw.get()).unwrap_or_else(|| Value { content: Some(raw), ..Value::default() });
    seen.outcome.is_error |= told.is_error.0;
    seen.push_items(told.content);
    if let Some(structured) = told.structured_content {
        // What is no object has no exit code.
        let shell: Shell = serde_json::from_str(structured.get()).unwrap_or_default();
        seen.outcome.exit_code = shell.exit_code.0;
        if seen.outcome.blocks.is_empty() {
            seen.outcome.blocks.push(Block::json(value(structured)));
        }
    }
    let child = told.meta.0.as_ref().and_then(|meta| meta.subagent_session_id.filled());
    seen.outcome.child = session.zip(child).map(|(session, child)| session.child(child));
    seen
}

impl Seen {
    fn push_items(&mut self, raw: Option<&RawValue>) {
        let all = items(raw);
        let is_told = all.iter().any(|(_, item)| !item.is_for_screen());
        for (number, item) in all.iter() {
            // The screen's copy of what the model was told.
            if is_told && item.is_for_screen() {
                continue;
            }
            self.push_item(item, || all.raw(number));
        }
    }

    fn push_item<'a>(&mut self, item: &Item<'_>, raw: impl Fn() -> &'a RawValue) {
        match item.kind.as_str() {
            Some("text") => self.outcome.push_text(item.text.as_str().unwrap_or("")),
            Some("image") => {
                let (block, attachment) = image(item, raw);
                self.outcome.blocks.push(block);
                self.outcome.attachments.extend(attachment);
            }
            Some("resource") => {
                let resource = item.resource.0.as_ref();
                match resource.and_then(|resource| resource.text.as_str()) {
                    Some(text) => {
                        self.file = Some(text.to_owned());
                        self.outcome.push_text(text);
                    }
                    None => self.outcome.blocks.push(Block::json(value(raw()))),
                }
            }
            _ => {
                let json = raw().get();
                let text = clip(json.to_owned());
                let is_whole = text.len() == json.len();
                let value = is_whole.then(|| Block::json(value_or_text(&text)));
                self.outcome.blocks.push(value.unwrap_or(Block::Text { text }));
            }
        }
    }
}

/// Returns an image as a block, with its bytes; what is no image in Base64 is kept as it is.
pub(super) fn image<'a>(
    item: &Item<'_>,
    raw: impl Fn() -> &'a RawValue,
) -> (Block, Option<Attachment>) {
    let mime = item.mime_type.filled().unwrap_or("image/png");
    let base64: Text<'_> =
        item.data.and_then(|data| serde_json::from_str(data.get()).ok()).unwrap_or_default();
    match base64.as_str().and_then(|base64| attachment::from_base64(base64, mime)) {
        Some(attachment) => (attachment::block(&attachment, mime), Some(attachment)),
        None => (Block::json(value(raw())), None),
    }
}
