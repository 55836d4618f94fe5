//! Where Claude Code keeps its logs, which files are logs, and which session a file holds.

use super::record::{Content, Record};
use crate::head::{holds, lines};
use crate::lenient::Object;
use crate::{Home, Origin, Os, ParseError, Root, Source};
use opensession_hail::SessionId;
use std::fs;
use std::path::{Path, PathBuf};

const LOGS: &[&str] = &[".jsonl"];

/// Record kinds without a message that no other tool writes in this shape.
const OWN_KINDS: [&str; 13] = [
    "summary",
    "progress",
    "attachment",
    "queue-operation",
    "file-history-snapshot",
    "file-history-delta",
    "custom-title",
    "ai-title",
    "agent-name",
    "mode",
    "permission-mode",
    "last-prompt",
    "pr-link",
];

/// Returns the folders with logs: of the command line tool, and of the desktop application's local agents.
pub(super) fn roots(home: &Home) -> Vec<Root> {
    let mut roots = Vec::new();
    if let Some(configured) = home.var("CLAUDE_CONFIG_DIR") {
        let path = home.expand(configured).join("projects");
        roots.push(Root::new(path, Origin::Environment("CLAUDE_CONFIG_DIR"), LOGS));
    } else {
        roots.push(default_root(home.dir().join(".claude/projects")));
        roots.push(default_root(home.dir().join(".config/claude/projects")));
    }
    for app_data in app_data(home) {
        roots.push(default_root(app_data.join("local-agent-mode-sessions")));
    }
    roots
}

fn default_root(path: PathBuf) -> Root {
    Root::new(path, Origin::Default, LOGS)
}

/// The folders of the desktop application. On Windows the store's version has one of its own, whose name ends in
/// the publisher's hash.
fn app_data(home: &Home) -> Vec<PathBuf> {
    match home.os() {
        Os::Linux => vec![home.config_dir().join("Claude")],
        Os::MacOs => vec![home.dir().join("Library/Application Support/Claude")],
        Os::Windows => {
            let mut folders = vec![home.dir_or("APPDATA", "AppData/Roaming").join("Claude")];
            let packages = home.dir_or("LOCALAPPDATA", "AppData/Local").join("Packages");
            // Without the folder there is no store version.
            for entry in fs::read_dir(packages).into_iter().flatten().flatten() {
                if entry.file_name().to_string_lossy().starts_with("Claude_") {
                    folders.push(entry.path().join("LocalCache/Roaming/Claude"));
                }
            }
            folders
        }
    }
}

/// Returns whether the file is a session's log.
///
/// The prompt history, the desktop application's audit trail and logs of tools that have borrowed the envelope but
/// not the shape of messages are not.
pub(super) fn accepts(path: &Path, head: &[u8]) -> bool {
    if path.file_name().is_some_and(|name| name == "audit.jsonl") {
        return false;
    }
    let whole = head.len() < crate::HEAD_BYTES;
    let end = if whole { head.len() } else { memchr::memrchr(b'\n', head).unwrap_or(head.len()) };
    lines(head.get(..end).unwrap_or(head)).take(50).any(is_own_record)
        || (!whole && memchr::memchr(b'\n', head).is_none() && is_own_beginning(head))
}

fn is_own_record(line: &[u8]) -> bool {
    let Ok(Object(Some(record))) = serde_json::from_slice::<Object<Record<'_>>>(line) else {
        return false;
    };
    let named = |key: &str| holds(line, key);
    let has_session = named("\"sessionId\"") || named("\"session_id\"");
    match record.kind.as_str() {
        Some("user" | "assistant") => record.message.0.is_some_and(|message| {
            let has_content = !matches!(message.content, Content::Nothing);
            has_content && (has_session || named("\"timestamp\""))
        }),
        Some("summary") => record.leaf_uuid.filled().is_some() || has_session,
        Some("file-history-snapshot") => named("\"messageId\""),
        Some(kind) => OWN_KINDS.contains(&kind) && has_session,
        None => false,
    }
}

/// Whether a first line that is longer than the head, because of an image or a text in it, looks like a record.
fn is_own_beginning(head: &[u8]) -> bool {
    let has = |key: &str| holds(head, key);
    let speaks = ["user", "assistant"].iter().any(|kind| has(&format!("\"type\":\"{kind}\"")));
    let is_own = || OWN_KINDS.iter().any(|kind| has(&format!("\"type\":\"{kind}\"")));
    has("\"sessionId\"") && (speaks && has("\"message\"") || is_own())
}

/// Which session a file holds.
#[derive(Debug)]
pub(super) struct Identity {
    pub session_id: SessionId,
    /// Of a sub-agent's own log: the session that started it, and its agent id.
    pub agent: Option<(Option<SessionId>, String)>,
    /// The session's folder of side files.
    pub folder: PathBuf,
}

impl Identity {
    /// Returns the session that `source` holds, from the file's name and its first [`crate::HEAD_BYTES`].
    pub(super) fn find(source: &Source<'_>) -> Result<Self, ParseError> {
        let path = source.path();
        let stem =
            path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        if is_uuid(&stem) {
            return Ok(Self {
                session_id: SessionId::from_foreign(&stem),
                agent: None,
                folder: path.with_extension(""),
            });
        }
        let head = source.head()?;
        let named = first_session_id(&head);
        if let Some(agent) = stem.strip_prefix("agent-").filter(|id| !id.is_empty()) {
            let parent = named
                .or_else(|| folder_of_subagents(path)?.file_name()?.to_str().map(str::to_owned))
                .map(|id| SessionId::from_foreign(&id));
            let folder = match (folder_of_subagents(path), &parent) {
                (Some(folder), _) => folder.to_owned(),
                (None, Some(parent)) => path.with_file_name(parent.as_str()),
                (None, None) => path.with_extension(""),
            };
            return Ok(Self {
                session_id: parent
                    .as_ref()
                    .map_or_else(|| SessionId::from_foreign(&stem), |parent| parent.child(agent)),
                agent: Some((parent, agent.to_owned())),
                folder,
            });
        }
        Ok(Self {
            session_id: SessionId::from_foreign(named.as_deref().unwrap_or(&stem)),
            agent: None,
            folder: path.with_extension(""),
        })
    }
}

/// `<session>` of `<session>/subagents/…/agent-<id>.jsonl`.
fn folder_of_subagents(path: &Path) -> Option<&Path> {
    path.ancestors()
        .skip(1)
        .take(3)
        .find(|folder| folder.file_name().is_some_and(|name| name == "subagents"))
        .and_then(Path::parent)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The first `sessionId` or `session_id` in the text. Inside a string its quotes would be escaped, so no JSON need be
/// read for it, and the line may be longer than the head.
fn first_session_id(head: &[u8]) -> Option<String> {
    let value = |key: &str| {
        let at = memchr::memmem::find(head, key.as_bytes())?;
        let rest = head.get(at + key.len()..)?.trim_ascii_start();
        let rest = rest.strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
        let end = memchr::memchr2(b'"', b'\\', rest)?;
        let id = rest.get(..end).filter(|id| !id.is_empty())?;
        Some((at, String::from_utf8_lossy(id).into_owned()))
    };
    [value("\"sessionId\""), value("\"session_id\"")]
        .into_iter()
        .flatten()
        .min_by_key(|(at, _)| *at)
        .map(|(_, id)| id)
}

#[cfg(test)]
mod tests;
