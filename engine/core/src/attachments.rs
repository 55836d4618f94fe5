//! The attachments of events: which of those that a parser gives are stored.

use crate::Result;
use crate::routes::Context;
use opensession_hail::{Attachment, Block, Event};
use opensession_redact::Error::NotAPicture;
use opensession_redact::Redacted;
use std::collections::HashMap;

/// Git hosts refuse larger blobs, and the store makes none.
const LARGEST_ATTACHMENT: usize = 25 << 20;

/// Takes the attachments that the event refers to out of those that the parser gave.
///
/// What is no picture, or larger than git hosts take, is left out; the event still names it.
pub(crate) fn referred(
    loose: &mut HashMap<String, Attachment>,
    event: &Event,
    context: &Context,
) -> Result<Vec<Redacted<Attachment>>> {
    if loose.is_empty() {
        return Ok(Vec::new());
    }
    let redactor = context.redactor(None)?;
    attachments_of(event)
        .filter_map(|name| loose.remove(name))
        .filter(|attachment| attachment.bytes.len() <= LARGEST_ATTACHMENT)
        .map(|attachment| redactor.attachment(attachment))
        .filter(|attachment| !matches!(attachment, Err(NotAPicture(_))))
        .map(|attachment| Ok(attachment?))
        .collect()
}

/// Returns the names of the attachments that the event refers to.
pub(crate) fn attachments_of(event: &Event) -> impl Iterator<Item = &str> {
    event.content.blocks.iter().filter_map(|block| match block {
        Block::Image { url, .. } | Block::Video { url, .. } | Block::Audio { url, .. } => {
            url.strip_prefix("blobs/")
        }
        Block::Reference { uri, .. } => uri.strip_prefix("blobs/"),
        _ => None,
    })
}
