//! The first generation of Codex, written in TypeScript: one document `{session, items}` that is written anew each time.

use super::log::Log;
use crate::{ParseError, ParseReport, Source};
use opensession_hail::{ContentId, repair};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    session: &'a RawValue,
    #[serde(borrow, default)]
    items: Vec<&'a RawValue>,
}

/// Returns whether a file begins like such a document.
pub(super) fn is_document(head: &[u8]) -> bool {
    let mut bytes = head.iter().filter(|byte| !byte.is_ascii_whitespace());
    b"{\"session\":{".iter().all(|byte| bytes.next() == Some(byte))
}

/// Reads the document: its session and items are the records. Part of a document is torn, and has no records yet.
pub(super) fn parse(
    source: &Source<'_>,
    mut log: Log<'_>,
    tool: &'static str,
) -> Result<ParseReport, ParseError> {
    let bytes = source.whole()?;
    let text = repair(&bytes);
    let Ok(document) = serde_json::from_str::<Document<'_>>(&text) else {
        return Ok(ParseReport {
            torn: true,
            hash: Some(ContentId::of(b"")),
            ..ParseReport::default()
        });
    };
    let records = std::iter::once(document.session).chain(document.items);
    for (number, record) in (1..).zip(records) {
        // The record is a part of the text: the distance of their beginnings is where it starts.
        let offset = record.get().as_ptr().addr() - text.as_ptr().addr();
        log.read_item(number, offset as u64, record.get());
    }
    Ok(ParseReport {
        bytes: bytes.len() as u64,
        hash: Some(ContentId::of(&bytes)),
        ..log.finish(tool)
    })
}
