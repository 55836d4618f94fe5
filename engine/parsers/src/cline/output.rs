//! What a tool returned: text, blocks, or the lists and objects of the newer command line tool.

use crate::attachment;
use crate::clip::clip;
use opensession_hail::{Attachment, Block};
use serde_json::Value;

/// A result as it is kept.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub blocks: Vec<Block>,
    pub attachments: Vec<Attachment>,
    /// Of each program that the call ran, where the result says.
    pub exit_codes: Vec<Option<i64>>,
    pub is_error: bool,
    /// The text, whole: for what a person or the tool says in it.
    pub text: String,
}

/// How results begin that tell of a failure.
const FAILURES: [&str; 16] = [
    "The tool execution failed",
    "The user denied this operation",
    "[ERROR]",
    "Error:",
    "<error>",
    "<error_details>",
    "Missing value for required parameter",
    "Missing required parameter",
    "Unable to apply diff",
    "This is likely because the SEARCH block",
    "Invalid JSON argument",
    "Access to ",
    "Tool [",
    "Tool \"",
    "File does not exist",
    "Task was interrupted before this tool call could be completed",
];

/// How the tool's words begin before what a program said.
const LEADS: [&str; 5] =
    ["Command executed", "Command failed", "Command completed", "Command exited", "Exit code"];

impl Output {
    /// Adds what the `content` of a result holds.
    pub(super) fn push(&mut self, content: &Value) {
        match content {
            Value::Null => {}
            Value::String(text) => self.push_text(text),
            Value::Array(items) => {
                for item in items {
                    self.push_item(item);
                }
            }
            Value::Object(_) => self.push_item(content),
            other => self.blocks.push(Block::json(other.clone())),
        }
    }

    /// Adds a text, where it is not blank, and reads how the call ended.
    pub(super) fn push_text(&mut self, text: &str) {
        let text = text.trim_matches('\n');
        if text.trim().is_empty() {
            return;
        }
        self.is_error |= is_failure(text);
        if let Ok(Value::Object(told)) = serde_json::from_str::<Value>(text) {
            let fails = |key: &str, word: &str| told.get(key).and_then(Value::as_str) == Some(word);
            self.is_error |= told.get("success") == Some(&Value::Bool(false))
                || fails("status", "error")
                || fails("status", "denied");
        }
        if let Some(code) = exit_code(text) {
            self.exit_codes.push(Some(code));
            self.is_error |= code != 0;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(text);
        self.blocks.push(Block::Text { text: clip(text.to_owned()) });
    }

    /// Adds an image of a message; false where it is none.
    pub(super) fn push_image(&mut self, part: &Value) -> bool {
        let Some((attachment, mime)) = image(part) else { return false };
        self.blocks.push(attachment::block(&attachment, &mime));
        self.attachments.push(attachment);
        true
    }

    fn push_item(&mut self, item: &Value) {
        let text = |key: &str| item.get(key).and_then(Value::as_str);
        match text("type") {
            Some("text" | "error-text") => {
                self.is_error |= text("type") == Some("error-text");
                self.push_text(text("text").or(text("value")).unwrap_or(""));
            }
            Some("json" | "error-json" | "content") if item.get("value").is_some() => {
                self.is_error |= text("type") == Some("error-json");
                self.push(item.get("value").unwrap_or(&Value::Null));
            }
            _ if self.push_image(item) => {}
            // One of several things that the call was about.
            None if item.get("query").is_some() && item.get("result").is_some() => {
                self.push_answer(item);
            }
            _ => match item {
                Value::String(text) => self.push_text(text),
                other => self.blocks.push(Block::json(other.clone())),
            },
        }
    }

    fn push_answer(&mut self, item: &Value) {
        let text = |key: &str| item.get(key).and_then(Value::as_str);
        let failed = item.get("success") == Some(&Value::Bool(false));
        let said = text("error").into_iter().chain(text("result"));
        let code = item
            .get("exitCode")
            .or_else(|| item.get("exit_code"))
            .and_then(Value::as_i64)
            .or_else(|| said.filter_map(exit_code).next())
            // A command that ends otherwise is told as an error; one that goes on is no success yet.
            .or_else(|| {
                let goes_on = text("result").is_some_and(|text| text.contains("still running"));
                (item.get("success") == Some(&Value::Bool(true)) && !goes_on).then_some(0)
            });
        let before = self.exit_codes.len();
        if let Some(error) = text("error") {
            self.push_text(error);
        }
        match item.get("result") {
            Some(Value::String(result)) => self.push_text(result),
            Some(other) => self.push(other),
            None => {}
        }
        self.exit_codes.truncate(before);
        self.exit_codes.push(code);
        self.is_error |= failed;
    }
}

/// Returns the image that a block holds: `source` of Anthropic's API, a data URL, or data beside its type.
pub(super) fn image(part: &Value) -> Option<(Attachment, String)> {
    let kind = part.get("type")?.as_str()?;
    if !matches!(kind, "image" | "image_url" | "media" | "image-data" | "file-data") {
        return None;
    }
    let word = |value: &Value, keys: &[&str]| {
        keys.iter().find_map(|key| value.get(*key)?.as_str().map(str::to_owned))
    };
    let holder = part.get("source").or_else(|| part.get("image_url")).unwrap_or(part);
    let data = word(holder, &["data", "url", "image", "base64"])?;
    let mime = word(holder, &["media_type", "mediaType", "mimeType", "mime_type"]);
    let (mime, data) = match data.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"))
    {
        Some((mime, data)) => (mime.to_owned(), data.to_owned()),
        None => (mime.unwrap_or_else(|| "image/png".to_owned()), data),
    };
    Some((attachment::from_base64(&data, &mime)?, mime))
}

fn is_failure(text: &str) -> bool {
    FAILURES.iter().any(|failure| text.starts_with(failure))
}

/// Returns the exit code that the first lines of a terminal's result tell: `Exit code: 1`, `(exit code 1)`.
fn exit_code(text: &str) -> Option<i64> {
    let is_terminal = LEADS.iter().any(|lead| text.trim_start().starts_with(lead));
    if !is_terminal {
        return None;
    }
    // What the command printed may speak of exit codes too.
    text.lines().take(4).take_while(|line| !line.starts_with("Output:")).find_map(|line| {
        let line = line.to_ascii_lowercase();
        let (_, rest) =
            line.split_once("exit code").or_else(|| line.split_once("exited with code"))?;
        let rest = rest.trim_start_matches([':', ' ']);
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len());
        rest.get(..end)?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn exit_codes_are_read_where_the_tool_says_them() {
        let cases = [
            (
                "Command executed in terminal within working directory '/x'. Exit code: 0\nOutput:\nok",
                Some(0),
            ),
            (
                "Command executed in terminal within working directory '/x'. Command execution was not successful, inspect the cause and adjust as needed.\nExit code: 101\nOutput:\n",
                Some(101),
            ),
            ("Command failed with exit code 2.\nOutput:\n", Some(2)),
            ("Command exited with code 9", Some(9)),
            ("Command executed.\nOutput:\nExit code: 5", None),
            ("Exit code: <undefined, notify user>", None),
            ("It said: Exit code: 1", None),
        ];
        for (text, code) in cases {
            assert_eq!(exit_code(text), code, "{text}");
        }
    }

    #[test]
    fn answers_in_a_list_keep_their_order_of_exit_codes() {
        let mut output = Output::default();
        output.push(&json!([
            {"query": "a", "result": "fine", "success": true},
            {"query": "b", "result": "", "error": "Command failed with exit code 3", "success": false},
        ]));
        assert_eq!((output.exit_codes, output.is_error), (vec![Some(0), Some(3)], true));
        assert_eq!(
            output.blocks,
            [Block::text("fine"), Block::text("Command failed with exit code 3")]
        );
    }

    #[test]
    fn failures_and_images_are_seen() {
        let mut output = Output::default();
        output.push(&json!([
            {"type": "text", "text": "{\"status\":\"denied\"}"},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
        ]));
        assert_eq!((output.is_error, output.attachments.len()), (true, 1));
    }
}
