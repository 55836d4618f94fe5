//! Conversations that are kept in more than one place: a transcript is told only where no database tells it.
//!
//! A database has the results of tools, times and tokens, of which a transcript has nothing. The editor's may have many
//! gigabytes, so what conversations it has is remembered as long as the program runs and the database is the same; one
//! that it had once it does not lose.

use super::rows::Rows;
use crate::error::unless_damaged;
use crate::transcript::word;
use crate::{ParseError, Source, side, sqlite};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Where the editor keeps its database, below the home folder, on each system.
pub(super) const EDITORS: [&str; 3] = [
    "Library/Application Support/Cursor/User/globalStorage/state.vscdb",
    ".config/Cursor/User/globalStorage/state.vscdb",
    "AppData/Roaming/Cursor/User/globalStorage/state.vscdb",
];

/// The folders of the command line tool's databases, below its own.
const CHATS: [&str; 2] = ["chats", "acp-sessions"];

/// What is known of the databases that were looked into.
static SEEN: Mutex<BTreeMap<PathBuf, Seen>> = Mutex::new(BTreeMap::new());

#[derive(Debug, Default)]
struct Seen {
    stand: Vec<Option<(u64, Option<SystemTime>)>>,
    /// The conversations with messages.
    names: BTreeSet<String>,
}

/// Returns whether a database tells the conversation whose transcript is at `path`.
///
/// # Errors
/// When a database cannot be copied now: the conversation would be told twice.
pub(super) fn is_in_database(source: &Source<'_>, name: &str) -> Result<bool, ParseError> {
    let mut parents = source.path().ancestors();
    let Some(projects) = parents.find(|it| it.file_name().is_some_and(|name| name == "projects"))
    else {
        return Ok(false);
    };
    let Some(cursor) = projects.parent() else { return Ok(false) };
    if has_store(cursor, name)? {
        return Ok(true);
    }
    let is_default = cursor.file_name().is_some_and(|name| name == ".cursor");
    if let Some(home) = cursor.parent().filter(|_| is_default) {
        for editor in EDITORS {
            if has_rows(&home.join(editor), source, name)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Returns whether the command line tool has a database of the conversation.
fn has_store(cursor: &Path, name: &str) -> Result<bool, ParseError> {
    if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
        return Ok(false);
    }
    let has = |folder: &PathBuf| folder.join(name).join("store.db").is_file();
    for chats in CHATS {
        let chats = cursor.join(chats);
        if has(&chats) || side::list(&chats)?.iter().any(has) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns whether the editor's database has messages of the conversation.
fn has_rows(database: &Path, source: &Source<'_>, name: &str) -> Result<bool, ParseError> {
    let look = |path: &Path| {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.len(), metadata.modified().ok()))
    };
    let Some(own) = look(database) else { return Ok(false) };
    let beside = sqlite::beside(database);
    let stand: Vec<_> = [Some(own)].into_iter().chain(beside.iter().map(|it| look(it))).collect();
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = seen.entry(database.to_owned()).or_default();
    if !known.names.contains(name) && known.stand != stand {
        let mut database = Source::file(database);
        if let Some(scratch) = source.scratch() {
            database = database.with_scratch(scratch);
        }
        let names = Rows::open(&database).and_then(|rows| rows.with_bubbles());
        known.names.extend(unless_damaged(names)?.unwrap_or_default());
        known.stand = stand;
    }
    Ok(known.names.contains(name))
}

/// Returns the last words of the transcript in JSON Lines beside one that is plain text, where they can be read.
pub(super) fn last_words(text: &Path) -> Option<String> {
    let bytes = fs::read(text.with_extension("jsonl")).ok()?;
    let last = bytes.trim_ascii_end().rsplit(|byte| *byte == b'\n').next()?;
    let line: Value = serde_json::from_slice(last).ok()?;
    let parts = line.get("message")?.get("content")?.as_array()?;
    let is_answer = word(&line, "role") == Some("assistant") && parts.len() == 1;
    parts.first().filter(|_| is_answer).and_then(|part| word(part, "text")).map(str::to_owned)
}
