//! The first generation: one document with the header and all messages, written anew with each change.

use super::location;
use super::log::Log;
use super::record::Record;
use crate::head::without_mark;
use crate::lenient::list_items;
use crate::{ParseError, ParseReport, Source};
use opensession_hail::{ContentId, repair};

/// Reads the document: its header and its messages are the records. Part of a document is torn, and has none yet.
pub(super) fn parse(source: &Source<'_>, mut log: Log<'_>) -> Result<ParseReport, ParseError> {
    let bytes = source.whole()?;
    let text = repair(without_mark(&bytes));
    // Behind a document that a crash left longer than it should be, the rest of an older copy may lie.
    let mut values = serde_json::Deserializer::from_str(&text).into_iter::<Record<'_>>();
    let Some(Ok(document)) = values.next() else {
        let hash = Some(ContentId::of(b""));
        return Ok(ParseReport { torn: !bytes.is_empty(), hash, ..ParseReport::default() });
    };
    if location::is_rewritten(source.path(), document.session_id.filled().unwrap_or(""))? {
        log.leave_out("rewritten as JSON Lines");
    }
    log.read_header(&document);
    for list in [document.messages, document.history].into_iter().flatten() {
        for (number, message) in (1..).zip(list_items(list)) {
            // The message is a part of the text: the distance of their beginnings is where it starts.
            let offset = message.get().as_ptr().addr() - text.as_ptr().addr();
            log.read_item(number, offset as u64, message.get());
        }
    }
    let hash = Some(ContentId::of(&bytes));
    let rest = text.get(values.byte_offset()..).unwrap_or("");
    let torn = !rest.trim_matches(['\0', ' ', '\t', '\r', '\n']).is_empty();
    Ok(ParseReport { bytes: bytes.len() as u64, hash, torn, ..log.finish() })
}
