//! What a tool returned, in the shapes that Codex has used.
//!
//! A string; a string that holds `{"output", "metadata": {"exit_code", "duration_seconds"}}`; a string with a head of
//! `Exit code: 0` or `Process exited with code 0`, `Wall time: 0.1 seconds` and `Output:`; a list of text and image
//! items; an object `{content, success}`.

use super::image::Image;
use super::record::{Item, items, seconds};
use crate::clip::clip;
use crate::lenient::{Flag, Signed, Text, string, value, value_or_text};
use opensession_hail::{Attachment, Block};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A result as it is kept.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub blocks: Vec<Block>,
    pub attachments: Vec<Attachment>,
    pub exit_code: Option<i64>,
    pub duration_ms: Option<u64>,
    pub is_error: bool,
}

/// How outputs begin that tell of a failure without an exit code.
const FAILURES: [&str; 12] = [
    "failed in sandbox",
    "exec_command failed",
    "exec command failed",
    "exec command rejected",
    "apply_patch verification failed",
    "patch rejected",
    "error:",
    "execution error",
    "aborted",
    "unsupported call",
    "failed to parse function arguments",
    "Rejected(",
];

/// A head of `Exit code: …` is looked for in this many lines.
const HEAD_LINES: usize = 8;

#[derive(Deserialize)]
struct Wrapped<'a> {
    #[serde(borrow)]
    output: Text<'a>,
    metadata: Metadata<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata<'a> {
    exit_code: Signed,
    #[serde(borrow)]
    duration_seconds: Option<&'a RawValue>,
}

impl Output {
    /// Returns what `raw` holds. Only the heads of programs' outputs (`of_program`) are trusted: the answer of any
    /// other tool may hold such lines as content.
    pub(super) fn read(raw: Option<&RawValue>, of_program: bool) -> Self {
        let mut output = Self::default();
        let Some(raw) = raw else {
            return output;
        };
        match raw.get().as_bytes().first() {
            Some(b'"') => {
                if let Some(text) = string(raw) {
                    output.read_text(text.into_owned(), of_program);
                }
            }
            Some(b'[') => output.read_list(raw, of_program),
            Some(b'{') => output.read_object(raw, of_program),
            _ => output.blocks.push(Block::json(value(raw))),
        }
        output
    }

    /// Adds a text, where it is not empty.
    pub(super) fn push_text(&mut self, text: String) {
        if !text.is_empty() {
            self.blocks.push(Block::Text { text: clip(text) });
        }
    }

    /// Returns the text of the first block, where it is one.
    pub(super) fn text(&self) -> &str {
        self.blocks.first().and_then(Block::as_text).unwrap_or("")
    }

    fn read_text(&mut self, text: String, of_program: bool) {
        if of_program {
            if let Some(wrapped) = text
                .starts_with('{')
                .then(|| serde_json::from_str::<Wrapped<'_>>(&text).ok())
                .flatten()
            {
                self.exit_code = wrapped.metadata.exit_code.0;
                self.duration_ms =
                    wrapped.metadata.duration_seconds.and_then(|raw| seconds(raw.get()));
                self.push_text(wrapped.output.into_string().unwrap_or_default());
                self.is_error = self.exit_code.is_some_and(|code| code != 0);
                return;
            }
            self.read_head(&text);
        }
        self.is_error = match self.exit_code {
            Some(code) => code != 0,
            None => FAILURES.iter().any(|failure| text.starts_with(failure)),
        };
        self.push_text(text);
    }

    fn read_head(&mut self, text: &str) {
        if let Some(rest) = text.strip_prefix("failed in sandbox") {
            // `… with execution error: sandbox denied exec error, exit code: 1, stdout: …`
            let code = rest.split_once("exit code: ").map(|(_, code)| code);
            self.exit_code = code.and_then(leading_number);
            return;
        }
        for line in text.lines().take(HEAD_LINES) {
            if line == "Output:" {
                break;
            }
            let code = line
                .strip_prefix("Exit code: ")
                .or_else(|| line.strip_prefix("Process exited with code "));
            if let Some(code) = code {
                self.exit_code = leading_number(code);
            } else if let Some(time) = line.strip_prefix("Wall time: ") {
                let number = time.split_whitespace().next().unwrap_or("");
                self.duration_ms = seconds(number);
            }
        }
    }

    fn read_list(&mut self, raw: &RawValue, of_program: bool) {
        for (item, raw) in items(raw) {
            self.read_item(item, raw, of_program);
        }
    }

    fn read_item(&mut self, item: Item<'_>, raw: &RawValue, of_program: bool) {
        let image = item.image_url.filled().map(Image::of);
        let encoded = item.data.filled().zip(item.mime_type.filled());
        if let Some(image) = image {
            self.push_image(image);
        } else if let Some((base64, mime)) = encoded {
            self.push_image(Image::from_base64(base64, mime));
        } else if let Some(text) = item.text.into_string() {
            // What a program's output begins with says how it ended, in a list too.
            if of_program && self.blocks.is_empty() {
                self.read_text(text, true);
            } else {
                self.push_text(text);
            }
        } else if item.kind.as_str() != Some("input_image") {
            self.blocks.push(Block::json(value(raw)));
        }
    }

    fn read_object(&mut self, raw: &RawValue, of_program: bool) {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Object<'a> {
            #[serde(borrow)]
            content: Option<&'a RawValue>,
            success: Option<Flag>,
            #[serde(borrow, rename = "type")]
            kind: Text<'a>,
            #[serde(borrow)]
            text: Text<'a>,
        }
        let object: Object<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
        if let Some(content) = object.content {
            *self = Self::read(Some(content), of_program);
            self.is_error |= object.success.is_some_and(|success| !success.0);
        } else if object.kind.filled().is_some() && object.text.as_str().is_some() {
            self.push_text(object.text.into_string().unwrap_or_default());
        } else {
            self.push_json(raw);
        }
    }

    /// Adds a value as it is; one that is too long as clipped text.
    pub(super) fn push_json(&mut self, raw: &RawValue) {
        let text = clip(raw.get().to_owned());
        if text.len() == raw.get().len() {
            self.blocks.push(Block::json(value_or_text(&text)));
        } else {
            self.blocks.push(Block::Text { text });
        }
    }

    pub(super) fn push_image(&mut self, image: Image) {
        self.blocks.push(image.block);
        self.attachments.extend(image.attachment);
    }

    /// Reads the answer of an MCP server: `{"Ok": {content, isError}}` or `{"Err": message}`, also without `Ok`.
    pub(super) fn read_mcp(raw: &RawValue) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer<'a> {
            #[serde(borrow, rename = "Ok")]
            ok: Option<&'a RawValue>,
            #[serde(borrow, rename = "Err")]
            err: Option<&'a RawValue>,
            #[serde(borrow)]
            content: Option<&'a RawValue>,
            #[serde(rename = "isError")]
            is_error: Flag,
        }
        let answer: Answer<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
        match (answer.ok, answer.err, answer.content) {
            (Some(ok), ..) => Self::read_mcp(ok),
            (_, Some(error), _) => Self { is_error: true, ..Self::read(Some(error), false) },
            (_, _, content) => Self {
                is_error: answer.is_error.0,
                ..Self::read(Some(content.unwrap_or(raw)), false)
            },
        }
    }
}

fn leading_number(text: &str) -> Option<i64> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '-')).unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Output {
        Output::read(Some(serde_json::from_str(json).unwrap()), true)
    }

    #[test]
    fn exit_codes_and_times_are_read_from_every_shape() {
        let wrapped = r#"{"output":"a\nb","metadata":{"exit_code":2,"duration_seconds":1.5}}"#;
        let cases = [
            (serde_json::to_string(wrapped).unwrap(), Some(2), Some(1500), true, "a\nb"),
            (
                r#""Exit code: 0\nWall time: 0.1 seconds\nOutput:\nExit code: 9\n""#.to_owned(),
                Some(0),
                Some(100),
                false,
                "Exit code: 0\nWall time: 0.1 seconds\nOutput:\nExit code: 9\n",
            ),
            (
                r#""Chunk ID: e2\nWall time: 0.05 seconds\nProcess exited with code 1\nOutput:\n""#
                    .to_owned(),
                Some(1),
                Some(50),
                true,
                "Chunk ID: e2\nWall time: 0.05 seconds\nProcess exited with code 1\nOutput:\n",
            ),
            (
                r#""Wall time: 5 seconds\nProcess running with session ID 7\nOutput:\n""#
                    .to_owned(),
                None,
                Some(5000),
                false,
                "Wall time: 5 seconds\nProcess running with session ID 7\nOutput:\n",
            ),
            (
                r#""failed in sandbox X with execution error: denied, exit code: 126, stdout: ""#
                    .to_owned(),
                Some(126),
                None,
                true,
                "failed in sandbox X with execution error: denied, exit code: 126, stdout: ",
            ),
            (r#"{"content":"no","success":false}"#.to_owned(), None, None, true, "no"),
            (r#"{"type":"input_text","text":"a.txt"}"#.to_owned(), None, None, false, "a.txt"),
        ];
        for (json, exit_code, duration_ms, is_error, text) in cases {
            let output = read(&json);
            assert_eq!(
                (output.exit_code, output.duration_ms, output.is_error, output.text()),
                (exit_code, duration_ms, is_error, text),
                "{json}"
            );
        }
    }

    #[test]
    fn a_list_keeps_texts_images_and_what_is_not_known() {
        let output = read(
            r#"[{"type":"input_text","text":"one"},{"type":"input_image","image_url":"data:image/png;base64,aGk="},{"type":"input_image","image_url":null},{"type":"new","x":1}]"#,
        );
        assert_eq!(output.blocks.len(), 3);
        assert_eq!(output.attachments.len(), 1);
        assert_eq!(
            output.blocks.last(),
            Some(&Block::json(serde_json::json!({"type":"new","x":1})))
        );
    }
}
