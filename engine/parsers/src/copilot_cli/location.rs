//! Where Copilot CLI keeps its logs, and what a file is by its beginning.

use super::record::Record;
use super::workspace;
use crate::head::{holds, lines};
use crate::{Home, Origin, ParseError, Root, side};
use std::path::Path;

/// Where the first versions kept their documents, and all later ones their logs.
const DOCUMENTS: &str = "history-session-state";
const LOGS: &str = "session-state";

/// Within so many bytes a log that goes on with a document says so.
const NEAR: u64 = 64 * 1024;

/// In this many lines a record is looked for.
const LINES: usize = 8;

/// What the kinds of records begin with.
const FAMILIES: [&str; 8] =
    ["session.", "user.", "assistant.", "tool.", "hook.", "system.", "subagent.", "skill."];

/// Returns the folders to look into.
///
/// `COPILOT_HOME` moves all of the tool's files. Before there was that, `XDG_STATE_HOME` and `XDG_CONFIG_HOME` did.
pub(super) fn roots(home: &Home) -> Vec<Root> {
    let mut places = Vec::new();
    for (name, folder) in
        [("COPILOT_HOME", ""), ("XDG_STATE_HOME", ".copilot"), ("XDG_CONFIG_HOME", ".copilot")]
    {
        if home.var(name).is_some() {
            let place = home.dir_or(name, "");
            let place = if folder.is_empty() { place } else { place.join(folder) };
            places.push((place, Origin::Environment(name)));
        }
    }
    places.push((home.dir().join(".copilot"), Origin::Default));
    let mut roots = Vec::new();
    for (place, origin) in places {
        // A session's folder also holds its files, snapshots for rewinds, and copies of what sub-agents used.
        let path = place.join(LOGS);
        roots.push(
            Root::new(path, origin, &[".jsonl"]).with_depth(1).with_beside(workspace::beside),
        );
        let path = place.join(DOCUMENTS);
        roots.push(Root::new(path, origin, &[".json", ".jsonl"]).with_depth(1));
    }
    roots
}

/// Returns whether a file that begins like this holds events.
pub(crate) fn is_events(head: &[u8]) -> bool {
    lines(head).take(LINES).any(is_line)
}

/// Returns what a session is called where its log does not tell: its folder or its file.
pub(super) fn name(path: &Path) -> String {
    let stem = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.split('.').next().unwrap_or(&name).to_owned()
    };
    match (stem(path), path.parent()) {
        (name, Some(folder)) if name == "events" && folder.file_name().is_some() => {
            folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
        }
        (name, _) => name,
    }
}

/// Returns whether a log beside the document has all of it, and goes on with its session.
///
/// # Errors
/// When such a log is there and cannot be read: the session would be told twice.
pub(super) fn is_imported(document: &Path, session: &str) -> Result<bool, ParseError> {
    let is_plain =
        |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let Some(folder) = document.parent().filter(|folder| folder.ends_with(DOCUMENTS)) else {
        return Ok(false);
    };
    let logs = folder.with_file_name(LOGS);
    if !is_plain(session) {
        return Ok(false);
    }
    for log in [logs.join(session).join("events.jsonl"), logs.join(format!("{session}.jsonl"))] {
        let head = side::head(&log, NEAR)?.unwrap_or_default();
        if holds(&head, b"\"session.import_legacy\"") {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_line(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let mut records = serde_json::Deserializer::from_str(&text).into_iter::<Record<'_>>();
    let Some(Ok(record)) = records.next() else {
        // A first line longer than what is shown.
        return text.starts_with(r#"{"type":"session.start","data":{"#);
    };
    let is_enveloped = record.id.as_str().is_some() && record.timestamp.as_str().is_some();
    let kind = record.kind.as_str().unwrap_or("");
    is_enveloped
        && record.data.0.is_some()
        && (kind == "abort" || FAMILIES.iter().any(|family| kind.starts_with(family)))
}
