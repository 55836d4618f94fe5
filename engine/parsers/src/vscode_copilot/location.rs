//! Where the editors keep chats, what a file is by its beginning, and which folder a chat is about.

use super::uri;
use crate::copilot_cli::is_events;
use crate::head::{holds, without_mark};
use crate::transcript::value_of;
use crate::{Home, ParseError, Root, editors, items, side};
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The folders for chats that belong to no workspace.
const GLOBAL: [&str; 2] = ["emptyWindowChatSessions", "transferredChatSessions"];

/// A larger file is no description of a workspace.
const LARGEST: u64 = 1024 * 1024;

const SUFFIXES: &[&str] = &[".json", ".jsonl"];

/// Returns the folders to look into: `workspaceStorage/<hash>/chatSessions` and those of windows without a workspace.
pub(super) fn roots(home: &Home) -> Vec<Root> {
    let mut roots = Vec::new();
    for (folder, origin) in editors::user_folders(home) {
        // Extensions keep folders of their own beside the chats, as deep as they like.
        let path = folder.join("workspaceStorage");
        roots.push(Root::new(path, origin, SUFFIXES).with_depth(2));
        for name in GLOBAL {
            let path = folder.join("globalStorage").join(name);
            roots.push(Root::new(path, origin, SUFFIXES).with_depth(0));
        }
    }
    roots
}

/// Returns whether the file is a transcript: events like those of Copilot CLI, and who wrote them says which editor.
pub(super) fn is_transcript(path: &Path, head: &[u8]) -> bool {
    let is_editors = path.components().any(|part| part.as_os_str() == "GitHub.copilot-chat")
        || holds(head, b"\"vscodeVersion\":");
    is_editors && is_events(head)
}

/// Returns whether a file that begins like this holds changes to a document.
pub(super) fn is_changes(head: &[u8]) -> bool {
    let head = without_mark(head).trim_ascii_start();
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
    let document = match items::read(line, "requests") {
        Some(line) if line.has("v") => line,
        // A first line longer than what is shown.
        _ => return head.starts_with(br#"{"kind":0,"v":{"#),
    };
    let value = document.member("v").unwrap_or_default();
    document.member("kind") == Some(b"0")
        && items::read(value, "requests").is_some_and(|chat| {
            let known = ["sessionId", "creationDate", "responderUsername"];
            !chat.items.is_empty() || known.iter().any(|name| chat.has(name))
        })
}

/// Returns whether a file that begins like this is the document of a chat.
pub(super) fn is_document(head: &[u8]) -> bool {
    let head = without_mark(head).trim_ascii_start();
    let Some(chat) = items::read(head, "requests").filter(|_| head.starts_with(b"{")) else {
        return false;
    };
    let is_request = |item: &items::Item<'_>| {
        holds(item.bytes, b"\"requestId\"") || holds(item.bytes, b"\"response\"")
    };
    let is_named = chat.has("responderUsername") || chat.has("requesterUsername");
    (is_named && holds(head, b"\"requests\"")) || chat.items.first().is_some_and(is_request)
}

/// Returns what a session is called where the document does not tell: its file.
pub(super) fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Returns whether the same session lies beside the document as changes, as which it goes on.
pub(super) fn has_changes_beside(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    let is_store = folder == "chatSessions" || GLOBAL.iter().any(|name| folder == *name);
    is_store
        && path.extension().is_some_and(|end| end == "json")
        && path.with_extension("jsonl").is_file()
}

/// Returns the folder that a chat is about, from what its workspace is.
///
/// # Errors
/// When that is there and cannot be read: a chat without its folder belongs to no repository.
pub(super) fn workspace(chat: &Path) -> Result<Option<String>, ParseError> {
    // `<hash>/chatSessions/<file>`, `<hash>/GitHub.copilot-chat/transcripts/<file>`.
    for folder in chat.ancestors().skip(2).take(2) {
        let bytes = side::read(&folder.join("workspace.json"), LARGEST)?;
        if let Some(told) = bytes.as_deref().and_then(value_of) {
            return Ok(folder_of(&told));
        }
    }
    Ok(None)
}

fn folder_of(value: &Value) -> Option<String> {
    if let Some(folder) = value.get("folder") {
        return uri::path(folder);
    }
    let of_file = value.get("workspace").or(value.get("configuration"))?;
    let file = uri::path(of_file.get("configPath").unwrap_or(of_file))?;
    Some(first_folder(&file).unwrap_or_else(|| parent(&file).to_owned()))
}

/// Returns the first folder of a workspace of several. Its description lies where the user put it: it may be gone, or
/// have comments, and is no JSON then.
fn first_folder(file: &str) -> Option<String> {
    let value = read_json(Path::new(file))?;
    let folder = value.get("folders")?.as_array()?.first()?;
    if let Some(uri) = folder.get("uri").and_then(Value::as_str) {
        return uri::path_of(uri);
    }
    let path = folder.get("path")?.as_str()?;
    let is_absolute = path.starts_with(['/', '\\']) || path.as_bytes().get(1) == Some(&b':');
    let path = path.trim_start_matches("./");
    Some(match path {
        _ if is_absolute => path.to_owned(),
        "." | "" => parent(file).to_owned(),
        _ => Path::new(parent(file)).join(path).to_string_lossy().into_owned(),
    })
}

fn parent(file: &str) -> &str {
    file.rsplit_once(['/', '\\']).map_or(file, |(folder, _)| folder)
}

fn read_json(path: &Path) -> Option<Value> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}
