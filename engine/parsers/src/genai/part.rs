//! The parts that messages and results are made of: `{text}`, `{functionCall}`, `{functionResponse}`, `{inlineData}` …

use crate::attachment;
use crate::lenient::{self, Flag, Object, Text};
use opensession_hail::{Attachment, Block};
use serde::Deserialize;
use serde_json::value::RawValue;

/// One part; which fields it has says what it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Part<'a> {
    #[serde(borrow)]
    pub text: Text<'a>,
    /// The text is a thought.
    pub thought: Flag,
    #[serde(borrow)]
    pub function_call: Object<FunctionCall<'a>>,
    #[serde(borrow)]
    pub function_response: Object<FunctionResponse<'a>>,
    #[serde(borrow)]
    pub inline_data: Object<InlineData<'a>>,
    #[serde(borrow)]
    pub file_data: Object<FileData<'a>>,
}

/// A call that the model makes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FunctionCall<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub args: Option<&'a RawValue>,
}

/// What a call returned.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FunctionResponse<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub name: Text<'a>,
    #[serde(borrow)]
    pub response: Option<&'a RawValue>,
    /// Images and the like that the response speaks of.
    #[serde(borrow)]
    pub parts: Option<&'a RawValue>,
}

/// A file in base64.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct InlineData<'a> {
    #[serde(borrow)]
    pub mime_type: Text<'a>,
    #[serde(borrow)]
    pub data: Text<'a>,
}

/// A file elsewhere.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct FileData<'a> {
    #[serde(borrow)]
    pub mime_type: Text<'a>,
    #[serde(borrow)]
    pub file_uri: Text<'a>,
}

/// Returns the parts that `raw` is: a list of parts and strings, one part, or a string. Each comes with its JSON.
pub(crate) fn parts(raw: Option<&RawValue>) -> Vec<(Part<'_>, &RawValue)> {
    lenient::parts(raw, |text| Part { text, ..Part::default() })
}

impl Part<'_> {
    /// Returns whether nothing in the part is known.
    pub(crate) fn is_unknown(&self) -> bool {
        self.text.as_str().is_none()
            && self.function_call.0.is_none()
            && self.function_response.0.is_none()
            && self.inline_data.0.is_none()
            && self.file_data.0.is_none()
    }
}

/// Returns the image or other file that a part holds or names, and its bytes.
pub(crate) fn blob(part: &Part<'_>) -> Option<(Block, Option<Attachment>)> {
    if let Some(data) = &part.inline_data.0 {
        let mime = data.mime_type.filled().unwrap_or("application/octet-stream");
        let base64 = data.data.filled()?;
        return Some(match attachment::from_base64(base64, mime) {
            Some(attachment) => (attachment::block(&attachment, mime), Some(attachment)),
            None => (image(base64, mime), None),
        });
    }
    let file = part.file_data.0.as_ref()?;
    let mime = file.mime_type.filled().unwrap_or("application/octet-stream");
    Some((image(file.file_uri.filled()?, mime), None))
}

fn image(url: &str, mime: &str) -> Block {
    Block::Image { url: url.to_owned(), alt: None, mime: mime.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(json: &str) -> Vec<Option<String>> {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        parts(Some(raw)).into_iter().map(|(part, _)| part.text.into_string()).collect()
    }

    #[test]
    fn strings_parts_and_lists_of_both_are_read() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(texts(r#""a""#), [some("a")]);
        assert_eq!(texts(r#"{"text":"a"}"#), [some("a")]);
        assert_eq!(texts(r#"["a",{"text":"b"},{"x":1},7]"#), [some("a"), some("b"), None, None]);
        assert_eq!(texts("null"), []);
    }
}
