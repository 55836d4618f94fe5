//! What is stored of a message or a part: its JSON, and those of its bytes that stay as they are.

use crate::items;
use crate::repair::{self, Piece};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The object that a message or a part is.
pub(super) type Object = Map<String, Value>;

/// Returns the object that `bytes` are, or the text of what is none.
pub(super) fn object(bytes: &[u8]) -> Result<Object, String> {
    if let Ok(object) = serde_json::from_slice(bytes) {
        return Ok(object);
    }
    match &repair::pieces(bytes)[..] {
        [Piece::Value(json)] => serde_json::from_str(json).map_err(|_no_object| json.clone()),
        _ => Err(opensession_hail::repair(bytes)),
    }
}

/// Returns what stays of a stored message: what changed since a prompt is written into it again and again.
pub(super) fn message_record(bytes: &[u8]) -> Cow<'_, [u8]> {
    let is_prompt = memchr::memmem::find(bytes, b"\"user\"").is_some();
    let document = if is_prompt { items::read(bytes, "summary") } else { None };
    let Some(document) = document.filter(|document| document.is_whole) else {
        return Cow::Borrowed(bytes);
    };
    if document.member("role").map(<[u8]>::trim_ascii) != Some(b"\"user\"") {
        return Cow::Borrowed(bytes);
    }
    let mut kept = Vec::with_capacity(bytes.len());
    for (name, value) in document.members.iter().filter(|(name, _)| *name != b"summary") {
        kept.extend_from_slice(name);
        kept.push(b':');
        kept.extend_from_slice(value.trim_ascii_end());
        kept.push(b'\n');
    }
    Cow::Owned(kept)
}

/// Returns what stays of a stored part: that its output is left out of what the model sees is noted in it much later.
pub(super) fn part_record(bytes: &[u8]) -> Cow<'_, [u8]> {
    const NAME: &[u8] = b"\"compacted\"";
    let mut found = memchr::memmem::find_iter(bytes, NAME);
    let note = found.find_map(|at| {
        let before = bytes.get(..at)?.trim_ascii_end();
        let behind = bytes.get(at + NAME.len()..)?.trim_ascii_start();
        let number = behind.strip_prefix(b":")?.trim_ascii_start();
        let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
        Some((before.strip_suffix(b",")?, number.get(digits..).filter(|_| digits > 0)?))
    });
    note.map_or(Cow::Borrowed(bytes), |(before, behind)| Cow::Owned([before, behind].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_again_later_is_no_part_of_the_record() {
        let prompt = br#"{"role":"user","agent":"plan"}"#;
        let later = br#"{"role":"user","summary":{"diffs":[1]},"agent":"plan" }"#;
        assert_eq!(*message_record(prompt), *b"role:\"user\"\nagent:\"plan\"\n");
        assert_eq!(message_record(prompt), message_record(later));
        let answer = br#"{"role":"assistant","summary":true}"#;
        assert_eq!(*message_record(answer), *answer);
        let part = br#"{"output":"\"compacted\":1","time":{"end":2,"compacted": 33}}"#;
        assert_eq!(*part_record(part), *br#"{"output":"\"compacted\":1","time":{"end":2}}"#);
        assert_eq!(*part_record(b"{}"), *b"{}");
    }

    #[test]
    fn what_is_no_object_comes_back_as_text() {
        assert_eq!(object(b"[1]"), Err("[1]".to_owned()));
        assert_eq!(object(b"{\"a\":\"\xff\"}").unwrap()["a"], "\\xff");
        assert_eq!(object(br#"{"a":"\ud83d"}"#).unwrap()["a"], r"\ud83d");
    }
}
