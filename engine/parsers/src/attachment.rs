//! Images and other files inside a log.

use opensession_hail::{Attachment, Block, ContentId};

/// Returns the attachment that `base64` encodes (standard or URL alphabet, padded or not, line breaks allowed), or
/// `None` where it is no base64.
pub(crate) fn from_base64(base64: &str, mime: &str) -> Option<Attachment> {
    decode_base64(base64).map(|bytes| from_bytes(bytes, mime))
}

/// Returns the attachment that `bytes` are.
pub(crate) fn from_bytes(bytes: Vec<u8>, mime: &str) -> Attachment {
    let name = format!("{}.{}", ContentId::of(&bytes), extension(mime));
    Attachment { name, bytes }
}

/// Returns the block that shows an attachment.
pub(crate) fn block(attachment: &Attachment, mime: &str) -> Block {
    Block::Image { url: format!("blobs/{}", attachment.name), alt: None, mime: mime.to_owned() }
}

/// Returns the block for the image at an address, and its bytes where the address holds them (`data:`).
pub(crate) fn image_at(url: &str) -> (Block, Option<Attachment>) {
    let data = url.strip_prefix("data:").and_then(|data| data.split_once(";base64,"));
    let found = data.and_then(|(mime, base64)| Some((from_base64(base64, mime)?, mime)));
    match found {
        Some((attachment, mime)) => (block(&attachment, mime), Some(attachment)),
        None => {
            let (url, mime) = (url.to_owned(), "image/*".to_owned());
            (Block::Image { url, alt: None, mime }, None)
        }
    }
}

fn extension(mime: &str) -> &'static str {
    match mime {
        "image/png" => "png",
        "image/jpeg" | "image/jpg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/svg+xml" => "svg",
        "image/bmp" => "bmp",
        "application/pdf" => "pdf",
        _ => "bin",
    }
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for symbol in text.bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' | b'\n' | b'\r' | b' ' => continue,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            // The upper bits are those of earlier bytes; the cast keeps the lowest eight.
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    (!bytes.is_empty()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_either_alphabet_is_read_and_other_text_is_not() {
        let cases: [(&str, Option<&[u8]>); 5] = [
            ("aGk=", Some(b"hi")),
            ("aGk", Some(b"hi")),
            ("_-\n8=", Some(&[0xff, 0xef])),
            ("", None),
            ("no!", None),
        ];
        for (text, bytes) in cases {
            let found = from_base64(text, "image/png").map(|a| a.bytes);
            assert_eq!(found.as_deref(), bytes, "{text:?}");
        }
    }
}
