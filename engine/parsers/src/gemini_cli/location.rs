//! Where Gemini CLI keeps its logs, and what a file is by its beginning and its name.

use super::record::Record;
use crate::head::{lines, without_mark};
use crate::{Home, Origin, ParseError, Root, side};
use serde::de::IgnoredAny;
use std::path::{Path, PathBuf};

/// In this many lines a record is looked for.
const LINES: usize = 8;

/// A header is not longer.
const HEADER: u64 = 64 * 1024;

/// Returns the folders to look into: `tmp` holds a folder for each project.
pub(super) fn roots(home: &Home) -> Vec<Root> {
    let origin = match home.var("GEMINI_CLI_HOME") {
        Some(_) => Origin::Environment("GEMINI_CLI_HOME"),
        None => Origin::Default,
    };
    vec![Root::new(folder(home).join("tmp"), origin, &[".jsonl", ".json"])]
}

/// Returns the folder `.gemini`; the variable names the one that it lies in.
pub(super) fn folder(home: &Home) -> PathBuf {
    home.dir_or("GEMINI_CLI_HOME", "").join(".gemini")
}

/// Returns whether the file is a log of a session; saved checkpoints are copies of parts of sessions.
pub(super) fn accepts(path: &Path, head: &[u8]) -> bool {
    !stem(path).starts_with("checkpoint") && is_record(head)
}

/// Returns whether a file that begins like this has the shape of Gemini CLI's logs.
pub(crate) fn is_record(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(without_mark(head));
    if is_json_lines(head) {
        return text.lines().take(LINES).any(is_telling_line);
    }
    if let Ok(document) = serde_json::from_str::<Record<'_>>(&text) {
        return document.is_header() && is_document(&document);
    }
    // The head of a large document. Its header comes first, or else its messages do.
    let start: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    start.starts_with('{')
        && ["\"projectHash\":\"", "\"type\":\"gemini\""].iter().any(|key| start.contains(key))
}

/// Returns whether a file holds lines, and is not one document.
///
/// The first line of lines is a whole value, and more follow; one document has its end on its last line.
pub(crate) fn is_json_lines(head: &[u8]) -> bool {
    let mut lines = lines(head).filter(|line| !line.trim_ascii().is_empty());
    let first = lines.next().unwrap_or(b"").trim_ascii();
    let Ok(record) = serde_json::from_slice::<Record<'_>>(first) else {
        // A broken line, unless it is the first of a document with line breaks or a long one without.
        let is_value = serde_json::from_slice::<IgnoredAny>(first).is_ok();
        let is_opened = first == b"{" || lines.next().is_none();
        return is_value || !is_opened;
    };
    let is_empty = |list: &str| list.trim_matches(['[', ']', ' ']).is_empty();
    let has = [record.messages, record.history];
    lines.next().is_some() || has.iter().flatten().all(|list| is_empty(list.get()))
}

/// Returns the session's name where the log does not tell it: the file's.
pub(super) fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').next().unwrap_or(&name).to_owned()
}

/// Returns the session that a log in a folder of its own inside `chats` belongs to.
pub(super) fn parent(path: &Path) -> Option<String> {
    let folder = path.parent()?;
    let is_nested = folder.parent()?.file_name()? == "chats";
    is_nested.then(|| folder.file_name().unwrap_or_default().to_string_lossy().into_owned())
}

/// Returns the folder of the project that a log in its folder `chats` belongs to.
pub(super) fn project(log: &Path) -> Option<&Path> {
    let mut folders = log.ancestors();
    folders.find(|folder| folder.file_name().is_some_and(|name| name == "chats"))?.parent()
}

/// Returns whether the lines that took the document's place when its session was resumed lie beside it.
///
/// # Errors
/// When a file is there and cannot be read: the session would be told twice.
pub(super) fn is_rewritten(path: &Path, session: &str) -> Result<bool, ParseError> {
    let twin = path.with_extension("jsonl");
    if twin == path || session.is_empty() {
        return Ok(false);
    }
    let head = side::head(&twin, HEADER)?.unwrap_or_default();
    let first = head.split(|byte| *byte == b'\n').next().unwrap_or(b"");
    let header = serde_json::from_slice::<Record<'_>>(first);
    Ok(header.is_ok_and(|header| header.session_id.as_str() == Some(session)))
}

fn is_document(document: &Record<'_>) -> bool {
    let messages: Vec<Record<'_>> = [document.messages, document.history]
        .iter()
        .flatten()
        .find_map(|list| serde_json::from_str(list.get()).ok())
        .unwrap_or_default();
    let is_named = document.project_hash.filled().is_some();
    messages.iter().all(Record::is_message)
        && (is_named || messages.iter().any(|message| is_model(message) || message.parts.is_some()))
}

/// Returns whether no other tool writes such a line.
fn is_telling_line(line: &str) -> bool {
    let Ok(record) = serde_json::from_str::<Record<'_>>(line.trim()) else {
        return line.starts_with("{\"sessionId\":") && line.contains("\"projectHash\":");
    };
    let is_header = record.session_id.filled().is_some() && record.project_hash.filled().is_some();
    is_header
        || record.set.is_some()
        || record.rewind_to.filled().is_some()
        || (is_model(&record) && record.id.filled().is_some())
}

fn is_model(record: &Record<'_>) -> bool {
    matches!(record.message_type.as_str().or(record.role.as_str()), Some("gemini" | "qwen"))
}
