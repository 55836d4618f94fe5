//! Where Kiro and Amazon Q keep their logs, and what a file is by its beginning.

use super::{side, spine};
use crate::head::{holds, lines};
use crate::lenient::{Object, Text};
use crate::lines::line_text;
use crate::sqlite;
use crate::{Home, Origin, Os, Root, editors};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::path::{Path, PathBuf};

/// In this many lines a record is looked for.
const LINES: usize = 8;

const DATABASE: &str = "data.sqlite3";
const DATABASES: &[&str] = &["data.sqlite3"];
const LOGS: &[&str] = &[".jsonl"];
const CHATS: &[&str] = &[".chat"];
const DOCUMENTS: &[&str] = &[".json"];

/// The folder of what the editor knows of its sessions.
const SPINES: &str = "workspace-sessions";

/// The folders of the tools in the user's folder for data.
const APPS: [&str; 3] = ["kiro-cli", "amazon-q", "kiro"];

/// The kinds of records in the log of the command line tool.
const RECORDS: [&str; 7] = [
    "Prompt",
    "AssistantMessage",
    "ToolResults",
    "Compaction",
    "ResetTo",
    "CancelledPrompt",
    "Clear",
];

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `sessions/cli/<id>.jsonl`.
    Flat,
    /// `sessions/<workspace>/<id>/messages.jsonl`.
    Journal,
    /// `data.sqlite3`.
    Database,
    /// `<workspace>/<execution>.chat`.
    Chat,
    /// `workspace-sessions/<folder>/<id>.json`.
    Spine,
    /// A conversation that was saved as a file.
    Saved,
}

/// Returns the folders to look into. `KIRO_HOME` moves what the command line tool keeps, and nothing of the editor's.
pub(super) fn roots(home: &Home) -> Vec<Root> {
    let mut roots = Vec::new();
    let mut homes = vec![(home.dir().join(".kiro"), Origin::Default)];
    if home.var("KIRO_HOME").is_some() {
        homes.insert(0, (home.dir_or("KIRO_HOME", ""), Origin::Environment("KIRO_HOME")));
    }
    for (folder, origin) in homes {
        // Below a session's folder are outputs and what its sub-agents did, as its own log tells it.
        let root = Root::new(folder.join("sessions"), origin, LOGS).with_depth(2);
        roots.push(root.with_beside(side::beside));
    }
    let (data, origin) = data_folder(home);
    for app in APPS {
        let root = Root::new(data.join(app), origin, DATABASES).with_depth(0);
        roots.push(root.with_beside(sqlite::beside));
    }
    let server = home.dir().join(".kiro-server/data/User");
    let users = editors::user_folders(home).into_iter().chain([(server, Origin::Default)]);
    let is_kiros = |folder: &Path| {
        folder.components().any(|part| {
            let part = part.as_os_str();
            part == "Kiro" || part == ".kiro-server" || part == "user-data"
        })
    };
    for (folder, origin) in users.filter(|(folder, _)| is_kiros(folder)) {
        let path = folder.join("globalStorage/kiro.kiroagent");
        let spines = Root::new(path.join(SPINES), origin, DOCUMENTS).with_depth(1);
        roots.push(Root::new(path, origin, CHATS).with_depth(1));
        roots.push(spines.with_beside(spine::beside));
    }
    roots
}

fn data_folder(home: &Home) -> (PathBuf, Origin) {
    let moved_by = |name| match home.var(name) {
        Some(_) => Origin::Environment(name),
        None => Origin::Default,
    };
    match home.os() {
        Os::MacOs => (home.dir().join("Library/Application Support"), Origin::Default),
        Os::Windows => (home.dir_or("LOCALAPPDATA", "AppData/Local"), moved_by("LOCALAPPDATA")),
        Os::Linux => (home.data_dir(), moved_by("XDG_DATA_HOME")),
    }
}

/// Returns what a file is that begins like this.
pub(super) fn kind(path: &Path, head: &[u8]) -> Option<Kind> {
    if sqlite::is_database(head) {
        return is_conversations(path, head).then_some(Kind::Database);
    }
    if path.extension().is_some_and(|end| end == "chat") {
        return is_chat(head).then_some(Kind::Chat);
    }
    if is_spine(path, head) {
        return Some(Kind::Spine);
    }
    if is_saved(head) {
        return Some(Kind::Saved);
    }
    lines(head).take(LINES).find_map(kind_of_line)
}

/// Returns whether a database is one of these tools'. A new one may have its tables in the write-ahead log only.
fn is_conversations(path: &Path, head: &[u8]) -> bool {
    let has = |text: &str| holds(head, text);
    let is_in_place = || {
        let folder = path.parent().and_then(Path::file_name);
        path.file_name().is_some_and(|name| name == DATABASE)
            && folder.is_some_and(|folder| APPS.iter().any(|app| folder == *app))
    };
    // Other tools have conversations too, but no shell history beside them.
    has("conversations_v2") || has("conversations") && has("auth_kv") || is_in_place()
}

fn is_chat(head: &[u8]) -> bool {
    let has = |key: &str| holds(head, key);
    head.trim_ascii_start().starts_with(b"{") && has("\"executionId\"") && has("\"chat\"")
}

/// Of the documents in the folder, the list of the sessions is none.
fn is_spine(path: &Path, head: &[u8]) -> bool {
    let is_in_place =
        path.parent().and_then(Path::parent).is_some_and(|folder| folder.ends_with(SPINES));
    is_in_place
        && path.extension().is_some_and(|end| end == "json")
        && path.file_name().is_some_and(|name| name != "sessions.json")
        && head.trim_ascii_start().starts_with(b"{")
}

/// Returns whether a document is what the database has in a row.
fn is_saved(head: &[u8]) -> bool {
    let has = |key: &str| holds(head, key);
    let is_one =
        || has("\"next_message\"") || has("\"env_context\"") || has("\"additional_context\"");
    head.trim_ascii_start().starts_with(b"{")
        && has("\"conversation_id\"")
        && has("\"history\"")
        && is_one()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    #[serde(borrow)]
    version: Text<'a>,
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    timestamp: Option<IgnoredAny>,
    #[serde(borrow)]
    payload: Object<Payload<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Payload<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
}

fn kind_of_line(line: &[u8]) -> Option<Kind> {
    let text = line_text(line)?;
    let mut records = serde_json::Deserializer::from_str(&text).into_iter::<Line<'_>>();
    let Some(Ok(record)) = records.next() else {
        // The head may end in the first line.
        let is_flat = text.starts_with("{\"version\":\"v1\",\"kind\":\"")
            && RECORDS.iter().any(|kind| text.contains(&format!("\"kind\":\"{kind}\"")));
        return is_flat.then_some(Kind::Flat);
    };
    let is_kind = record.kind.as_str().is_some_and(|kind| RECORDS.contains(&kind));
    if is_kind && record.version.as_str().is_some_and(|version| version.starts_with('v')) {
        return Some(Kind::Flat);
    }
    let has_payload = record.payload.0.is_some_and(|payload| payload.kind.filled().is_some());
    let is_journal = has_payload && record.id.filled().is_some() && record.timestamp.is_some();
    is_journal.then_some(Kind::Journal)
}

/// Returns the session's name where nothing else tells it: the file's.
pub(super) fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').next().unwrap_or(&name).to_owned()
}

/// Returns whether the session has a log of its own in the folder of the user whose database this is.
pub(super) fn has_log(database: &Path, id: &str) -> bool {
    let is_plain = !id.is_empty() && !id.contains(['/', '\\', '\0']) && id != "..";
    is_plain
        && database
            .ancestors()
            .skip(1)
            .any(|folder| folder.join(".kiro/sessions/cli").join(format!("{id}.jsonl")).is_file())
}
