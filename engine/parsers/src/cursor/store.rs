//! The database of a conversation with the command line tool: `store.db`.
//!
//! `blobs` holds everything under its hash: the messages, as JSON, in the order in which they were written; the nodes of
//! the graph that ties them together; and files. `meta` tells what the conversation is and which node is the root. A
//! message never changes, so the messages are the session's records.

use super::conversation::provider_of;
use super::field::time;
use super::known::KNOWN_MESSAGE;
use super::message::Reader;
use super::node::Root;
use super::tool;
use super::{PROVIDER, TOOL};
use crate::gate::Gate;
use crate::session::Session;
use crate::sqlite::{self, Database};
use crate::transcript::{value_of, word};
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::SessionId;
use rusqlite::types::ValueRef;
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What a conversation is called that nobody has named.
const NO_NAME: &str = "New Agent";

/// No file beside a store is larger.
const LARGEST: u64 = 1024 * 1024;

/// Reads the conversation of a store.
pub(super) fn parse(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let database = Database::open(source)?;
    if !database.columns("blobs")?.contains("data") {
        return Err(source.foreign(TOOL.as_str()));
    }
    let meta = read_meta(&database)?;
    let beside = read_beside(source.path());
    let name = word(&meta, "agentId").map(str::to_owned).unwrap_or_else(|| folder_name(source));
    let own = SessionId::from_foreign(&name);
    let parent = parent_of(&meta).map(SessionId::from_foreign);
    let id = parent.as_ref().map_or(own, |parent| parent.child(&name));
    if out.knows(&id, &stamp(&database, &meta)?) {
        return Ok(ParseReport::default());
    }
    let root = read_root(&database, word(&meta, "latestRootBlobId"))?;
    let mut gate = Gate::new(out, id.clone());
    let mut session = Session::new(&mut gate, tool::describe).knowing(&KNOWN_MESSAGE);
    session.begin(|| id);
    let folder = word(&beside, "cwd").or_else(|| word(&meta, "workspacePath"));
    let folder = folder.map(str::to_owned).or(root.folder);
    session.meta.visit(folder.as_deref().unwrap_or(""));
    session.tell_place();
    session.meta.branch = root.branch;
    let title = word(&beside, "title").or_else(|| word(&meta, "name"));
    session.meta.rename(title.filter(|name| *name != NO_NAME).unwrap_or(""));
    session.meta.is_auxiliary = parent.is_some();
    session.meta.parent = parent.map(String::from);
    session.meta.originator = Some("cursor-agent".to_owned());
    if let Some(model) = word(&meta, "lastUsedModel") {
        session.meta.model = Some(model.to_owned());
        session.meta.provider = Some(provider_of(model));
    }
    let created = time(&meta, "createdAt").or_else(|| time(&beside, "createdAtMs"));
    session.meta.started = created;
    session.set_time(created);
    let mut reader = Reader::new(session);
    // Rows without a number of their own are in the order of their keys, and there is no better one.
    let sql = "SELECT id, data FROM blobs ORDER BY rowid";
    database.each(sql, [], |row| {
        let name = sqlite::text(row, "id")?.unwrap_or_default();
        match row.get_ref("data")? {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => reader.read(&name, bytes),
            _ => reader.session.report.drop("blob without a value"),
        }
        Ok(())
    })?;
    Ok(reader.session.finish(TOOL.as_str(), PROVIDER))
}

/// Returns what the store says of the conversation: JSON, as a rule in hexadecimal digits.
fn read_meta(database: &Database) -> Result<Value, ParseError> {
    let mut found = Value::Null;
    if database.columns("meta")?.contains("value") {
        let sql = "SELECT value FROM meta ORDER BY key = '0' DESC, key";
        database.each(sql, [], |row| {
            let text = sqlite::text(row, "value")?.unwrap_or_default();
            let read = |bytes: &[u8]| value_of(bytes).filter(Value::is_object);
            let told =
                decode(&text).and_then(|bytes| read(&bytes)).or_else(|| read(text.as_bytes()));
            if found.is_null() {
                found = told.unwrap_or_default();
            }
            Ok(())
        })?;
    }
    Ok(found)
}

fn decode(hex: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let is_hex = hex.len().is_multiple_of(2) && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| hex.as_bytes().chunks(2).map(pair).collect())?
}

/// Returns what the file beside the store says, which early versions do not write and from which no event comes.
fn read_beside(store: &Path) -> Value {
    let mut bytes = Vec::new();
    let file = File::open(store.with_file_name("meta.json"));
    let read = file.and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
    read.ok().and_then(|_length| value_of(&bytes)).unwrap_or_default()
}

fn read_root(database: &Database, name: Option<&str>) -> Result<Root, ParseError> {
    let mut root = Root::default();
    database.each("SELECT data FROM blobs WHERE id = ?1", [name.unwrap_or("")], |row| {
        if let ValueRef::Blob(bytes) = row.get_ref("data")? {
            root = Root::read(bytes);
        }
        Ok(())
    })?;
    Ok(root)
}

/// Returns a value that changes whenever the conversation does.
fn stamp(database: &Database, meta: &Value) -> Result<String, ParseError> {
    let mut stamp = word(meta, "latestRootBlobId").unwrap_or("").to_owned();
    database.each("SELECT count(*) AS count, max(rowid) AS last FROM blobs", [], |row| {
        for column in ["count", "last"] {
            stamp.push('.');
            stamp.push_str(&sqlite::text(row, column)?.unwrap_or_default());
        }
        Ok(())
    })?;
    Ok(stamp)
}

fn parent_of(meta: &Value) -> Option<&str> {
    let told = meta.get("subagentInfo")?;
    let keys = ["parentAgentId", "parentComposerId", "parentConversationId", "parentId"];
    keys.iter().find_map(|key| word(told, key))
}

/// Returns what the folder is called that a store is in: as its conversation.
fn folder_name(source: &Source<'_>) -> String {
    let folder = source.path().parent().and_then(Path::file_name);
    folder.unwrap_or_default().to_string_lossy().into_owned()
}
