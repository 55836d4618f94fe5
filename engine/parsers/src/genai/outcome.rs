//! What a tool returned: the model's copy (`functionResponse`) and the screen's (`resultDisplay`).

use super::part::{FunctionResponse, Part, blob, parts};
use crate::attachment;
use crate::clip::clip;
use crate::diff::without_head;
use crate::lenient::{Flag, List, Object, Text, call_input, value};
use crate::session::{InnerCall, Outcome};
use opensession_hail::Block;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// What the screen showed of an edit or a sub-agent.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Display<'a> {
    #[serde(borrow)]
    file_diff: Text<'a>,
    #[serde(borrow)]
    original_content: Option<&'a RawValue>,
    #[serde(borrow)]
    new_content: Text<'a>,
    is_new_file: Option<bool>,
    truncated_for_session: Flag,
    file_diff_truncated: Flag,
    #[serde(borrow)]
    result: Text<'a>,
    #[serde(borrow)]
    subagent_name: Text<'a>,
    #[serde(borrow)]
    tool_calls: List<Object<Inner<'a>>>,
}

/// A call of a sub-agent as the screen showed it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Inner<'a> {
    #[serde(borrow)]
    call_id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    error: Text<'a>,
    #[serde(borrow)]
    args: Option<&'a RawValue>,
    #[serde(borrow)]
    response_parts: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    result_display: Option<&'a RawValue>,
}

impl Inner<'_> {
    fn call(&self) -> InnerCall {
        let result = self.response_parts.or(self.result);
        // Only a text: a sub-agent's sub-agents are not followed, as nothing bounds how deep they may lie.
        let display = self.result_display.filter(|raw| raw.get().starts_with('"'));
        let mut outcome = Outcome::read(result, display, self.status.filled());
        if let Some(error) = self.error.filled() {
            outcome.is_error = true;
            outcome.push_text(error);
        }
        InnerCall {
            id: self.call_id.filled().map(str::to_owned),
            name: self.name.filled().unwrap_or("unknown").to_owned(),
            input: call_input(self.args),
            outcome,
        }
    }
}

impl Outcome {
    /// Returns what came of a call. `result` are parts, `display` is a string or an object, `status` the log's word.
    pub(crate) fn read(
        result: Option<&RawValue>,
        display: Option<&RawValue>,
        status: Option<&str>,
    ) -> Self {
        let mut outcome = Self::default();
        outcome.push_parts(result);
        outcome.read_display(display);
        outcome.judge(status);
        outcome
    }

    /// Returns what came of a call whose `functionResponse` stands in a message.
    pub(crate) fn of_response(
        response: &FunctionResponse<'_>,
        display: Option<&RawValue>,
        status: Option<&str>,
    ) -> Self {
        let mut outcome = Self::default();
        outcome.push_response(response);
        outcome.read_display(display);
        outcome.judge(status);
        outcome
    }

    /// Puts the whole text in place of one of which the log holds only parts.
    pub(crate) fn unspill(&mut self, whole: impl Fn(&str) -> Option<String>) {
        for block in &mut self.blocks {
            if let Block::Text { text } = block
                && let Some(whole) = whole(text)
            {
                *text = clip(whole);
            }
        }
    }

    fn push_parts(&mut self, raw: Option<&RawValue>) {
        for (part, raw) in parts(raw) {
            if let Some(response) = &part.function_response.0 {
                self.push_response(response);
            }
            self.push_part(&part, raw);
        }
    }

    fn push_part(&mut self, part: &Part<'_>, raw: &RawValue) {
        if let Some(text) = part.text.filled() {
            self.push_text(text);
        }
        if let Some((block, attachment)) = blob(part) {
            self.blocks.push(block);
            self.attachments.extend(attachment);
        }
        if part.is_unknown() {
            self.blocks.push(Block::json(value(raw)));
        }
    }

    fn push_response(&mut self, response: &FunctionResponse<'_>) {
        match response.response.map(value) {
            None | Some(Value::Null) => {}
            Some(Value::Object(mut fields)) => {
                if let Some(Value::String(text)) = fields.get("output") {
                    self.push_text(text);
                    fields.remove("output");
                }
                if let Some(Value::String(text)) = fields.get("error") {
                    self.is_error = true;
                    self.push_text(text);
                    fields.remove("error");
                }
                if let Some(Value::Array(items)) = fields.get("content")
                    && let Some(blocks) = items.iter().map(|item| self.item(item)).collect()
                {
                    let blocks: Vec<Block> = blocks;
                    self.blocks.extend(blocks);
                    fields.remove("content");
                }
                if !fields.is_empty() {
                    self.blocks.push(Block::json(fields));
                }
            }
            Some(Value::String(text)) => self.push_text(&text),
            Some(other) => self.blocks.push(Block::json(other)),
        }
        // A response inside a response is not followed: nothing bounds how deep they may lie.
        for (part, raw) in parts(response.parts) {
            self.push_part(&part, raw);
        }
    }

    /// Returns an item of what an MCP server answered as a block: `{type: "text", text}` or an image.
    fn item(&mut self, item: &Value) -> Option<Block> {
        let field = |name: &str| item.get(name).and_then(Value::as_str);
        match field("type")? {
            "text" => Some(Block::Text { text: clip(field("text")?.to_owned()) }),
            "image" => {
                let mime = field("mimeType").unwrap_or("image/*");
                let attachment = attachment::from_base64(field("data")?, mime)?;
                let block = attachment::block(&attachment, mime);
                self.attachments.push(attachment);
                Some(block)
            }
            _ => None,
        }
    }

    fn read_display(&mut self, raw: Option<&RawValue>) {
        let Some(raw) = raw else {
            return;
        };
        let Ok(display) = serde_json::from_str::<Display<'_>>(raw.get()) else {
            // A string is a second copy where the model was told something, and so is a screen of lines.
            if self.blocks.is_empty() {
                match value(raw) {
                    Value::String(text) => self.push_text(&text),
                    other => self.blocks.push(Block::json(other)),
                }
            }
            return;
        };
        let original = display.original_content.map(|raw| {
            let text: Text<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
            text.into_string()
        });
        // An empty text stands for a new file as well as for an empty one: what the tool says decides.
        let was_there = original.as_ref().filter(|text| text.as_deref() != Some(""));
        self.is_new_file = display.is_new_file.or(was_there.map(Option::is_none));
        self.summary = display.result.filled().map(str::to_owned);
        self.agent = display.subagent_name.filled().map(str::to_owned);
        let calls = display.tool_calls.0.iter().filter_map(|call| call.0.as_ref());
        self.calls = calls.map(Inner::call).collect();
        let whole = display.file_diff.filled().filter(|_| !display.file_diff_truncated.0);
        self.diff = match (whole, original, display.new_content.as_str()) {
            (Some(diff), ..) => Some(without_head(diff)),
            (None, Some(Some(old)), Some(new)) if !display.truncated_for_session.0 => {
                Some(crate::diff::from_texts(&old, new))
            }
            _ => None,
        };
        self.diff = self.diff.take().filter(|diff| !diff.is_empty());
        let says_more =
            display.file_diff.as_str().is_none() && display.new_content.as_str().is_none();
        if self.blocks.is_empty() && says_more {
            self.blocks.push(Block::json(value(raw)));
        }
    }

    fn judge(&mut self, status: Option<&str>) {
        self.is_error |= matches!(status, Some("error" | "cancelled" | "canceled" | "failed"));
        if self.is_new_file.is_none() {
            let text = self.text();
            let created = ["Successfully created", "Created new file"];
            if created.iter().any(|start| text.starts_with(start)) {
                self.is_new_file = Some(true);
            } else if text.starts_with("Successfully overwrote") {
                self.is_new_file = Some(false);
            }
        }
    }
}

/// Returns the exit code that the output of a shell command tells.
///
/// The output ends with a list of facts: always with `Exit Code: 0` until 2025, and later only where it is not 0.
pub(crate) fn exit_code(output: &str, has_succeeded: bool) -> Option<i64> {
    const LABEL: &str = "Exit Code: ";
    if let Some((_, rest)) = output.rsplit_once(LABEL) {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len());
        return rest.get(..end).and_then(|number| number.parse().ok());
    }
    let has_facts = output.contains("\nOutput: ") || output.starts_with("Output: ");
    let was_ended = output.contains("\nSignal: ") || output.contains("\nError: ");
    let still_runs = output.contains("\nBackground PIDs: ");
    (has_succeeded && has_facts && !was_ended && !still_runs).then_some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_told_in_two_ways() {
        let old = "Command: x\nDirectory: (root)\nOutput: Exit Code: 9\nError: (none)\nExit Code: 1\nSignal: 0";
        assert_eq!(exit_code(old, true), Some(1));
        assert_eq!(exit_code("Output: a\nProcess Group PGID: 1", true), Some(0));
        assert_eq!(exit_code("Output: a\nSignal: 9\nProcess Group PGID: 1", true), None);
        assert_eq!(exit_code("Exit Code: (none)\n", true), None);
        assert_eq!(exit_code("User denied it", false), None);
    }
}
