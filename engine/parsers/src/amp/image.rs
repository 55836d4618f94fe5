//! Pictures in messages and results.

use crate::attachment;
use crate::transcript::word;
use opensession_hail::{Attachment, Block};
use serde_json::Value;

/// Returns the picture that a block is, and its bytes where the thread has them: `{source: {type, mediaType, data}}`,
/// `{source: {type: "url", url}}` or an MCP server's `{mimeType, data}`.
pub(super) fn of_block(block: &Value) -> Option<(Block, Option<Attachment>)> {
    let source = block.get("source").unwrap_or(block);
    let mime =
        ["mediaType", "media_type", "mimeType"].into_iter().find_map(|key| word(source, key));
    let mime = mime.unwrap_or("image/png");
    if let Some(data) = word(source, "data") {
        let attachment = attachment::from_base64(data, mime)?;
        let mut shown = attachment::block(&attachment, mime);
        if let (Block::Image { alt, .. }, Some(path)) = (&mut shown, word(block, "sourcePath")) {
            *alt = Some(path.to_owned());
        }
        return Some((shown, Some(attachment)));
    }
    let url = word(source, "url")?.to_owned();
    let alt = word(block, "sourcePath").map(str::to_owned);
    Some((Block::Image { url, alt, mime: mime.to_owned() }, None))
}
