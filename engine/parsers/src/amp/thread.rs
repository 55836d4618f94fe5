//! What a thread says beside its messages: its id, its title, where it works, which threads it comes from.

use crate::session::Session;
use crate::transcript::{list, path_of, word};
use opensession_hail::{SessionId, Timestamp};
use serde_json::{Map, Value};
use std::path::Path;

/// Returns what the thread is called: as it says, else as its file.
pub(super) fn id(members: &Map<String, Value>, path: &Path) -> String {
    let own = members.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
    own.map_or_else(
        || path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        str::to_owned,
    )
}

/// Reads the facts for the header.
pub(super) fn read(members: &Map<String, Value>, session: &mut Session<'_>) {
    let text = |key: &str| members.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let created = members.get("created").and_then(time);
    // Messages without a time come at the earliest when the thread was begun.
    session.set_time(created);
    let meta = &mut session.meta;
    meta.started = created;
    text("title").into_iter().for_each(|title| meta.rename(title));
    let thread = |id: &str| SessionId::from_foreign(id).as_str().to_owned();
    meta.is_auxiliary = text("mainThreadID").is_some();
    meta.parent = text("mainThreadID").or(text("parentThreadID")).map(thread);
    meta.forked_from = text("forkedFromThreadID").map(thread);
    for related in members.get("relationships").and_then(Value::as_array).into_iter().flatten() {
        let Some(other) = word(related, "threadID").filter(|_| is_parent(related)) else {
            continue;
        };
        let fact = match word(related, "type") {
            Some("fork") => &mut meta.forked_from,
            Some("handoff") => &mut meta.parent,
            _ => continue,
        };
        fact.get_or_insert_with(|| thread(other));
    }
    if let Some(initial) = members.get("env").and_then(|env| env.get("initial")) {
        read_surroundings(initial, session);
    }
}

fn read_surroundings(initial: &Value, session: &mut Session<'_>) {
    let meta = &mut session.meta;
    let platform = initial.get("platform").unwrap_or(&Value::Null);
    meta.version = word(platform, "clientVersion").map(str::to_owned);
    meta.originator = word(platform, "client").map(str::to_owned);
    let tags = list(initial, "tags").iter().filter_map(|tag| tag.as_str()?.strip_prefix("model:"));
    meta.model = tags.filter(|model| *model != "undefined").map(str::to_owned).next();
    for key in ["workingDirectory", "cwd"] {
        word(initial, key).into_iter().for_each(|cwd| meta.visit(&path_of(cwd)));
    }
    for tree in list(initial, "trees") {
        folder(tree).into_iter().for_each(|folder| meta.visit(&folder));
        let branch = tree.get("repository").and_then(|repository| word(repository, "ref"));
        let branch = branch.map(|branch| branch.strip_prefix("refs/heads/").unwrap_or(branch));
        meta.branch = meta.branch.take().or(branch.map(str::to_owned));
    }
}

/// Returns a time in milliseconds or in words.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => Timestamp::parse(text),
        // Fractions of milliseconds occur; the cast saturates.
        #[allow(clippy::cast_possible_truncation, reason = "saturates")]
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64().map(|millis| millis as i64))
            .filter(|millis| *millis > 0)
            .and_then(Timestamp::from_millis),
        _ => None,
    }
}

/// Returns whether the other thread is the one that this one came from; versions that do not say so tell of no other.
fn is_parent(related: &Value) -> bool {
    word(related, "role").is_none_or(|role| role == "parent")
}

fn folder(tree: &Value) -> Option<String> {
    let uri = tree.get("uri")?;
    let address = uri.as_str().or_else(|| word(uri, "fsPath")).or_else(|| word(uri, "path"))?;
    Some(path_of(address))
}
