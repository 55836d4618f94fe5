//! The blocks that messages and results are made of.

use crate::attachment;
use crate::clip::clip;
use crate::lenient::{Items, Number, Object, Text, value};
use opensession_hail::{Attachment, Block};
use serde::Deserialize;
use serde_json::value::RawValue;

/// One block; its kind says which fields it has.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Part<'a> {
    #[serde(default, borrow, rename = "type")]
    pub kind: Text<'a>,
    #[serde(default, borrow)]
    pub text: Text<'a>,
    // A thought.
    #[serde(default, borrow)]
    pub thinking: Text<'a>,
    #[serde(default, rename = "durationMs")]
    pub duration: Number,
    // A call.
    #[serde(default, borrow)]
    pub id: Text<'a>,
    #[serde(default, borrow)]
    pub name: Text<'a>,
    #[serde(default, borrow)]
    pub input: Option<&'a RawValue>,
    // A result.
    #[serde(default, borrow)]
    pub tool_use_id: Text<'a>,
    #[serde(default, borrow)]
    pub content: Items<Self>,
    #[serde(default, borrow)]
    pub is_error: Option<&'a RawValue>,
    // A picture or a document.
    #[serde(default, borrow)]
    pub source: Object<Box<File<'a>>>,
}

/// What is in a file that goes with a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct File<'a> {
    #[serde(borrow)]
    media_type: Text<'a>,
    /// In base64, or plain text.
    #[serde(borrow)]
    data: Text<'a>,
    #[serde(borrow)]
    url: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    path: Text<'a>,
}

impl<'de: 'a, 'a> From<Text<'de>> for Part<'a> {
    fn from(text: Text<'de>) -> Self {
        Self { kind: Text(Some("text".into())), text, ..Self::default() }
    }
}

/// What was said, as it is kept.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub blocks: Vec<Block>,
    pub attachments: Vec<Attachment>,
}

impl Said {
    /// Returns what a result says, whose parts are written as `raw` says; blank texts are nothing.
    pub(super) fn of<'a>(content: &Items<Part<'_>>, raw: impl Fn(usize) -> &'a RawValue) -> Self {
        let mut said = Self::default();
        for (number, part) in content.iter() {
            if part.kind.as_str() == Some("text") {
                let text = part.text.as_str().filter(|text| !text.trim().is_empty());
                let text = text.map(|text| clip(text.to_owned()));
                said.blocks.extend(text.map(|text| Block::Text { text }));
            } else {
                said.show(part, || raw(number));
            }
        }
        said
    }

    /// Adds what is no text: a picture, a document, or what nobody knows.
    pub(super) fn show<'a>(&mut self, part: &Part<'_>, raw: impl Fn() -> &'a RawValue) {
        let Some(file) = &part.source.0 else {
            self.blocks.push(Block::json(value(raw())));
            return;
        };
        let data = file.data.as_str().unwrap_or("");
        let is_picture = part.kind.as_str() == Some("image");
        let mime = file.media_type.filled().unwrap_or("image/png");
        if !is_picture && mime.starts_with("text/") {
            let content = Some(data.to_owned()).filter(|data| !data.is_empty());
            self.blocks.push(Block::File { path: file.title(), content });
        } else if let Some(attachment) = attachment::from_base64(data, mime) {
            self.blocks.push(attachment::block(&attachment, mime));
            self.attachments.push(attachment);
        } else if is_picture {
            let url = file.url.filled().map_or_else(|| file.title(), str::to_owned);
            self.blocks.push(Block::Image { url, alt: None, mime: mime.to_owned() });
        } else {
            self.blocks.push(Block::File { path: file.title(), content: None });
        }
    }
}

impl File<'_> {
    fn title(&self) -> String {
        self.path.filled().or(self.name.filled()).unwrap_or("").to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lenient::Written;

    #[test]
    fn texts_pictures_and_documents_are_told_apart() {
        let said = |json: &str| {
            let written = Written::new(|| serde_json::from_str(json).ok());
            Said::of(&serde_json::from_str(json).unwrap(), |number| written.get(number))
        };
        assert_eq!(said(r#""a""#).blocks, [Block::text("a")]);
        assert_eq!(said(r#"["a",null,{"type":"text","text":" "}]"#).blocks, [Block::text("a")]);
        assert_eq!(said("null").blocks, []);
        let picture = r#"[{"type":"image","source":{"type":"base64","media_type":"image/gif","data":"aGk="}}]"#;
        assert_eq!(said(picture).attachments.len(), 1);
        let document = r#"[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"x","name":"n"}}]"#;
        let file = Block::File { path: "n".into(), content: Some("x".into()) };
        assert_eq!(said(document).blocks, [file]);
        assert_eq!(said(r#"[{"type":"new"}]"#).blocks.len(), 1);
    }
}
