//! The parts that messages and results are made of.

use crate::attachment;
use crate::clip::clip;
use crate::lenient::{self, Text, value};
use opensession_hail::{Attachment, Block};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::fs;
use std::path::{Path, PathBuf};

/// A larger picture is not read from the tool's store.
const LARGEST_IMAGE: u64 = 25 * 1024 * 1024;

/// How many folders up from a log the tool's store of pictures is looked for.
const LEVELS: usize = 6;

/// One part; its kind says which fields it has.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Part<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(borrow)]
    pub text: Text<'a>,
    #[serde(borrow)]
    pub thinking: Text<'a>,
    // A picture.
    #[serde(borrow)]
    pub data: Text<'a>,
    #[serde(borrow)]
    pub mime_type: Text<'a>,
    // A tool call.
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub arguments: Option<&'a RawValue>,
}

/// Returns the parts that `raw` is, each with its JSON: a list of them, or a string.
pub(super) fn parts(raw: Option<&RawValue>) -> Vec<(Part<'_>, &RawValue)> {
    lenient::parts(raw, |text| Part { kind: Text(Some("text".into())), text, ..Part::default() })
}

/// What was said, as it is kept.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub blocks: Vec<Block>,
    pub attachments: Vec<Attachment>,
}

/// Where the pictures are that a log only names.
#[derive(Debug)]
pub(super) struct Images {
    folders: Vec<PathBuf>,
}

impl Images {
    /// Returns the places where the tool that wrote the log at `path` may keep them.
    pub(super) fn of(path: &Path) -> Self {
        let folders = path.ancestors().skip(1).take(LEVELS);
        Self { folders: folders.map(|folder| folder.join("blobs")).collect() }
    }

    /// Returns what was said; blank texts are nothing.
    pub(super) fn said(&self, raw: Option<&RawValue>) -> Said {
        let mut said = Said::default();
        for (part, raw) in parts(raw) {
            match part.kind.as_str() {
                Some("text") => {
                    let text = part.text.into_string().filter(|text| !text.trim().is_empty());
                    said.blocks.extend(text.map(|text| Block::Text { text: clip(text) }));
                }
                Some("image") => self.show(&part, &mut said),
                _ => said.blocks.push(Block::json(value(raw))),
            }
        }
        said
    }

    /// Adds a picture: in base64, or named by the SHA-256 of its bytes, which lie in the tool's store.
    pub(super) fn show(&self, part: &Part<'_>, said: &mut Said) {
        let mime = part.mime_type.filled().unwrap_or("image/png");
        let data = part.data.as_str().unwrap_or("");
        let attachment = match data.strip_prefix("blob:sha256:") {
            Some(hash) => self.stored(hash).map(|bytes| attachment::from_bytes(bytes, mime)),
            None => attachment::from_base64(data, mime),
        };
        said.blocks.push(match &attachment {
            Some(attachment) => attachment::block(attachment, mime),
            None => Block::Image { url: data.to_owned(), alt: None, mime: mime.to_owned() },
        });
        said.attachments.extend(attachment);
    }

    /// Returns the bytes of a picture; where they cannot be read, its name is kept.
    fn stored(&self, hash: &str) -> Option<Vec<u8>> {
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut files = self.folders.iter().filter(|_| is_hash).map(|folder| folder.join(hash));
        let file = files.find(|file| {
            fs::metadata(file).is_ok_and(|file| file.is_file() && file.len() <= LARGEST_IMAGE)
        })?;
        fs::read(file).ok()
    }
}

/// Takes from a prompt what was put in front of what the person typed: files named at the start, and the text of a
/// skill that a command called.
pub(super) fn take_injected(text: &str) -> (Vec<String>, &str) {
    const WRAPPERS: [(&str, &str); 2] =
        [("<skill name=\"", "\n</skill>"), ("<file name=\"", "</file>")];
    let mut injected = Vec::new();
    let mut rest = text;
    loop {
        let start = rest.trim_start();
        let wrapped = WRAPPERS.iter().find_map(|(open, close)| {
            let at = start.strip_prefix(open)?.find(close)?;
            start.split_at_checked(open.len() + at + close.len())
        });
        let Some((wrapper, behind)) = wrapped else {
            return (injected, if injected_any(text, rest) { start } else { text });
        };
        injected.push(wrapper.to_owned());
        rest = behind;
    }
}

fn injected_any(text: &str, rest: &str) -> bool {
    rest.len() < text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_skills_stand_in_front_of_what_was_typed() {
        let file = "<file name=\"/a.md\">\nx\n</file>";
        let skill = "<skill name=\"s\" location=\"/s\">\ny\n</skill>";
        let text = format!("{file}\n{skill}\n\n go on");
        assert_eq!(take_injected(&text), (vec![file.to_owned(), skill.to_owned()], "go on"));
        assert_eq!(take_injected(" <b> no"), (vec![], " <b> no"));
        assert_eq!(take_injected(skill), (vec![skill.to_owned()], ""));
        assert_eq!(take_injected("<file name=\"open"), (vec![], "<file name=\"open"));
    }

    #[test]
    fn a_string_is_a_text_and_anything_odd_is_kept() {
        let images = Images { folders: Vec::new() };
        let said = |json: &str| {
            let raw: &RawValue = serde_json::from_str(json).unwrap();
            images.said(Some(raw)).blocks
        };
        assert_eq!(said(r#""a""#), [Block::text("a")]);
        assert_eq!(
            said(r#"["a",{"type":"text","text":" "},7]"#),
            [Block::text("a"), Block::json(7)]
        );
        assert_eq!(said("null"), []);
        let image = r#"{"type":"image","data":"blob:sha256:../x","mimeType":"image/gif"}"#;
        assert!(
            matches!(&said(image)[..], [Block::Image { url, .. }] if url == "blob:sha256:../x")
        );
    }
}
