//! What a file's beginning and its name tell, before any of it is read as a log.

use super::document;
use super::record::{Envelope, Payload};
use std::path::Path;

/// The kinds of records with an envelope that no other tool writes.
const KINDS: [&str; 6] =
    ["session_meta", "response_item", "event_msg", "turn_context", "compacted", "world_state"];

/// In this many lines a record is looked for.
const LINES: usize = 8;

/// Returns whether a file that begins like this is a Codex log.
pub(super) fn is_log(head: &[u8]) -> bool {
    let lines = head.split(|byte| *byte == b'\n').take(LINES);
    let mut lines = lines.filter_map(|line| std::str::from_utf8(line).ok());
    document::is_document(head) || lines.any(is_record)
}

/// Returns the session's id as the name of its file gives it: `rollout-<time>-<uuid>.jsonl`.
pub(super) fn session_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.split('.').next().unwrap_or(&name);
    let uuid = stem.len().checked_sub(36).and_then(|from| stem.get(from..));
    let is_uuid = |text: &&str| {
        text.bytes().enumerate().all(|(at, byte)| {
            byte == b'-' || (byte.is_ascii_hexdigit() && !matches!(at, 8 | 13 | 18 | 23))
        })
    };
    uuid.filter(is_uuid).unwrap_or(stem).to_owned()
}

/// Returns whether a line is a record of Codex, or begins one that is cut off.
fn is_record(line: &str) -> bool {
    let line = line.trim();
    match serde_json::from_str::<Envelope<'_>>(line) {
        Ok(Envelope { kind, payload: Some(_), .. }) => {
            kind.as_str().is_some_and(|kind| KINDS.contains(&kind))
        }
        // The head of a log without envelopes: `{git, id, instructions, timestamp}`.
        Ok(Envelope { kind, timestamp, .. }) => {
            let payload = serde_json::from_str::<Payload<'_>>(line).unwrap_or_default();
            kind.as_str().is_none()
                && timestamp.filled().is_some()
                && payload.id.filled().is_some()
                && line.contains("\"instructions\"")
        }
        Err(_cut_off) => {
            line.starts_with("{\"timestamp\":") && line.contains("\"type\":\"session_meta\"")
        }
    }
}
