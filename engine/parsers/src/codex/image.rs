//! Images inside messages and outputs.

use crate::attachment;
use opensession_hail::{Attachment, Block};

/// An image as a message or an output names it.
pub(super) struct Image {
    pub block: Block,
    pub attachment: Option<Attachment>,
}

impl Image {
    /// Reads a `data:` address, or keeps any other as it is.
    pub(super) fn of(url: &str) -> Self {
        let data = url.strip_prefix("data:");
        match data.and_then(|data| data.split_once(";base64,")) {
            Some((mime, base64)) => Self::from_base64(base64, mime),
            None => Self::linked(url, "image/*"),
        }
    }

    /// Decodes an image; text that is no base64 is kept as the address it pretends to be.
    pub(super) fn from_base64(base64: &str, mime: &str) -> Self {
        match attachment::from_base64(base64, mime) {
            Some(attachment) => {
                Self { block: attachment::block(&attachment, mime), attachment: Some(attachment) }
            }
            None => Self::linked(base64, mime),
        }
    }

    fn linked(url: &str, mime: &str) -> Self {
        Self {
            block: Block::Image { url: url.to_owned(), alt: None, mime: mime.to_owned() },
            attachment: None,
        }
    }
}
