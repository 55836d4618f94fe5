//! Where Cursor keeps its conversations, and what a file is by its beginning.

use super::log;
use super::project::Project;
use crate::head::{holds, lines, without_mark};
use crate::lenient::{Object, Text};
use crate::{Home, Origin, Os, Root, editors, sqlite};
use opensession_hail::SessionId;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const EDITOR_SUFFIXES: &[&str] = &["state.vscdb"];
const WORKSPACE_SUFFIXES: &[&str] = &["/state.vscdb"];

const STORE_SUFFIXES: &[&str] = &["/store.db"];
const TRANSCRIPT_SUFFIXES: &[&str] = &[".jsonl", ".txt"];

/// In this many lines one is looked for that only a transcript has.
const LINES: usize = 4;

/// What tells a line of a transcript from those of other tools.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    #[serde(borrow)]
    role: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    message: Object<Message>,
    /// Others number their lines.
    #[serde(alias = "uuid", alias = "sessionId", alias = "ts")]
    own: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Message {
    role: Option<IgnoredAny>,
    content: Option<IgnoredAny>,
}

/// What only Cursor's databases hold.
const MARKS: [&[u8]; 4] = [
    b"cursorDiskKV",
    b"workbench.panel.aichat",
    b"composer.composerData",
    b"aiService.generations",
];

/// Returns the folders to look into.
pub(super) fn roots(home: &Home) -> Vec<Root> {
    let mut roots = Vec::new();
    for (user, origin) in editors::user_folders(home) {
        // An editor that was told where to keep its data may be any.
        let is_any = matches!(origin, Origin::Environment("VSCODE_PORTABLE"));
        if !is_any && !is_cursors(&user) {
            continue;
        }
        let global = Root::new(user.join("globalStorage"), origin, EDITOR_SUFFIXES);
        roots.push(global.with_depth(0).with_beside(sqlite::beside));
        let workspaces = Root::new(user.join("workspaceStorage"), origin, WORKSPACE_SUFFIXES);
        roots.push(workspaces.with_depth(1).with_beside(sqlite::beside));
    }
    for (folder, origin) in folders(home) {
        let transcripts = Root::new(folder.join("projects"), origin, TRANSCRIPT_SUFFIXES);
        roots.push(transcripts.with_depth(4).with_twins(&[(".txt", ".jsonl")]));
        for (name, depth) in [("chats", 2), ("acp-sessions", 1)] {
            let stores = Root::new(folder.join(name), origin, STORE_SUFFIXES);
            roots.push(stores.with_depth(depth).with_beside(beside_store));
        }
    }
    roots
}

/// Returns what changes with a store: what belongs to the database, and what says of which folder it is.
fn beside_store(store: &Path) -> Vec<PathBuf> {
    let mut beside = sqlite::beside(store);
    beside.push(store.with_file_name("meta.json"));
    beside
}

/// Returns whether the file is a store of the command line tool.
pub(super) fn is_store(path: &Path, head: &[u8]) -> bool {
    let has = |mark: &[u8]| holds(head, mark);
    if !sqlite::is_database(head) {
        return false;
    }
    if has(b"CREATE TABLE") {
        return has(b"TABLE blobs") && has(b"TABLE meta");
    }
    // A database whose tables are still in the write-ahead log.
    path.file_name().is_some_and(|name| name == "store.db") && is_cursors(path)
}

/// Returns the folders of the command line tool, in which the editor's agent writes its transcripts too.
fn folders(home: &Home) -> Vec<(PathBuf, Origin)> {
    let mut folders = vec![(home.dir().join(".cursor"), Origin::Default)];
    if home.os() == Os::Linux && home.var("XDG_CONFIG_HOME").is_some() {
        let folder = home.config_dir().join("cursor");
        folders.push((folder, Origin::Environment("XDG_CONFIG_HOME")));
    }
    for name in ["CURSOR_CONFIG_DIR", "CURSOR_DATA_DIR"] {
        if home.var(name).is_some() {
            folders.push((home.dir_or(name, ""), Origin::Environment(name)));
        }
    }
    let mut seen = BTreeSet::new();
    folders.retain(|(folder, _)| seen.insert(folder.clone()));
    folders
}

/// Returns whether the file is a transcript in JSON Lines.
pub(super) fn is_lines(path: &Path, head: &[u8]) -> bool {
    let lines = lines(head).filter(|line| !line.trim_ascii().is_empty());
    lines.take(LINES).any(|line| is_line(line, is_transcripts(path)))
}

/// Returns whether a line is one of a transcript: a role, and beside it a message of which nothing but the content is
/// known. Lines of other kinds are so only among Cursor's own files.
fn is_line(line: &[u8], is_among: bool) -> bool {
    let text = opensession_hail::repair(line);
    let Ok(line) = serde_json::from_str::<Line<'_>>(&text) else {
        let is_begun = |role: &str| {
            text.starts_with(&format!("{{\"role\":\"{role}\",\"message\":{{\"content\":["))
        };
        return is_begun("user") || is_begun("assistant");
    };
    let is_mark = matches!(line.kind.as_str(), Some("turn_ended" | "error"));
    let is_said = matches!(line.role.as_str(), Some("user" | "assistant"));
    let message = line.message.0.as_ref();
    let has_content =
        message.is_some_and(|message| message.role.is_none() && message.content.is_some());
    (is_said && has_content && line.own.is_none()) || (is_mark && is_among && line.role.0.is_none())
}

/// Returns whether the file is a transcript in plain text.
pub(super) fn is_script(path: &Path, head: &[u8]) -> bool {
    let head = without_mark(head);
    let begins = |speaker: &[u8]| {
        let rest = head.strip_prefix(speaker);
        rest.is_some_and(|rest| rest.starts_with(b"\n") || rest.starts_with(b"\r\n"))
    };
    let has = |mark: &[u8]| holds(head, mark);
    path.extension().is_some_and(|end| end == "txt")
        && (begins(b"user:") || begins(b"assistant:"))
        && (is_transcripts(path) || has(b"<user_query>") || has(b"\n[Tool call] "))
}

fn is_transcripts(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "agent-transcripts")
}

/// Returns where a transcript belongs: one in a folder `subagents` to the conversation that this folder is in.
pub(super) fn origin(path: &Path) -> log::Origin {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let folder = path.parent().filter(|it| it.file_name().is_some_and(|it| it == "subagents"));
    let above = folder.and_then(Path::parent).and_then(Path::file_name);
    let parent = above.map(|name| SessionId::from_foreign(&name.to_string_lossy()));
    let id = match &parent {
        Some(parent) => parent.child(&stem),
        None => SessionId::from_foreign(&stem),
    };
    log::Origin { id, parent, project: Project::of(path) }
}

/// Returns whether the file is a database of the editor.
pub(super) fn is_editor(path: &Path, head: &[u8]) -> bool {
    if !sqlite::is_database(head) {
        return false;
    }
    let has = |mark: &[u8]| holds(head, mark);
    if has(b"ItemTable") || has(b"cursorDiskKV") {
        return MARKS.into_iter().any(has) || (is_state(path) && is_cursors(path));
    }
    // A database whose tables are still in the write-ahead log.
    is_state(path) && is_cursors(path) && !has(b"CREATE TABLE")
}

fn is_state(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "state.vscdb")
}

/// Returns whether the path leads through a folder of Cursor's.
fn is_cursors(path: &Path) -> bool {
    let names = ["Cursor", "Cursor Nightly", ".cursor-server", ".cursor"];
    path.components().any(|part| part.as_os_str().to_str().is_some_and(|it| names.contains(&it)))
}
