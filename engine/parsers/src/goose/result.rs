//! What a tool returned.

use super::record::Item;
use crate::attachment;
use crate::clip::clip;
use crate::lenient::{Given, Items, Signed, Text, Written, member, value, value_or_text};
use crate::session::Outcome;
use opensession_hail::{Attachment, Block, SessionId};
use serde::Deserialize;
use serde_json::value::RawValue;

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

/// Reads a result, which is written as `raw` says; `session` is the one whose sub-agents the tool may have started.
pub(super) fn read<'a>(
    item: &Item<'_>,
    raw: impl Fn() -> &'a RawValue,
    session: Option<&SessionId>,
) -> Seen {
    let mut seen = Seen::default();
    let at = |path: &'static [&'static str]| {
        let raw = &raw;
        Written::new(move || member(raw().get(), path))
    };
    let returned = match &item.tool_result {
        Some(Given::Object(returned)) => returned,
        Some(Given::Parts(parts)) => {
            seen.push_items(parts, &at(&["toolResult"]));
            return seen;
        }
        None => {
            seen.push_items(&item.content, &at(&["content"]));
            return seen;
        }
    };
    seen.outcome.is_error = returned.status.as_str() == Some("error");
    if let Some(error) = returned.error.filled() {
        seen.outcome.is_error = true;
        seen.outcome.push_text(error);
    }
    let told = match &returned.value {
        Some(Given::Object(told)) => told,
        Some(Given::Parts(parts)) => {
            seen.push_items(parts, &at(&["toolResult", "value"]));
            return seen;
        }
        None => return seen,
    };
    seen.outcome.is_error |= told.is_error.0;
    seen.push_items(&told.content, &at(&["toolResult", "value", "content"]));
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
    fn push_items<'a>(
        &mut self,
        all: &Items<Item<'_>>,
        written: &Written<'a, impl Fn() -> Option<&'a RawValue>>,
    ) {
        let is_told = all.iter().any(|(_, item)| !item.is_for_screen());
        for (number, item) in all.iter() {
            // The screen's copy of what the model was told.
            if is_told && item.is_for_screen() {
                continue;
            }
            self.push_item(item, || written.get(number));
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
