//! Which session a file of the older store belongs to: that of a message, of a part, or of what a session changed.

use super::message::text;
use super::stored::{self, Object};
use super::tree::{documents, plain, stem};
use crate::side;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the document of the session that a file is a part of; where there is none, the session's first message.
///
/// What cannot be read or listed names no session: a sweep of the folder says why.
pub(super) fn log_of(member: &Path) -> Option<PathBuf> {
    let folder = member.ancestors().skip(1).take(3).find(|folder| {
        let name = folder.file_name().and_then(|name| name.to_str());
        matches!(name, Some("message" | "part" | "session_diff"))
    })?;
    let store = folder.parent()?;
    let first = member.strip_prefix(folder).ok()?.components().next()?;
    let first = Path::new(first.as_os_str());
    let session = match folder.file_name()?.to_str()? {
        "part" => session_of_part(store, member, &stem(first))?,
        _ => stem(first),
    };
    let session = plain(&session);
    // What cannot be listed leads nowhere, here and below.
    let first_message = || documents(&store.join("message").join(session)).ok()?.into_iter().next();
    document(store, session).or_else(first_message)
}

/// Returns the document of a session, which is mostly called like its id.
fn document(store: &Path, session: &str) -> Option<PathBuf> {
    let mut found = documents(&store.join("info")).unwrap_or_default();
    for project in folders(&store.join("session")) {
        found.extend(documents(&project).unwrap_or_default());
    }
    let named = found.iter().find(|path| stem(path) == session).cloned();
    named.or_else(|| found.into_iter().find(|path| says(path, "id").as_deref() == Some(session)))
}

/// Returns the session of a part, which names it or the message that it is of.
fn session_of_part(store: &Path, part: &Path, folder: &str) -> Option<String> {
    let messages = store.join("message");
    if let Some(session) = says(part, "sessionID") {
        return Some(session);
    }
    if messages.join(folder).is_dir() {
        return Some(folder.to_owned());
    }
    let message = says(part, "messageID").unwrap_or_else(|| folder.to_owned());
    let sessions = folders(&messages);
    let name = format!("{}.json", plain(&message));
    let is_id = |path: &PathBuf| says(path, "id").as_deref() == Some(&message);
    let named = sessions.iter().find(|session| session.join(&name).is_file());
    let has = |session: &&PathBuf| documents(session).is_ok_and(|it| it.iter().any(is_id));
    let found = named.or_else(|| sessions.iter().find(has))?;
    Some(found.file_name()?.to_string_lossy().into_owned())
}

fn says(path: &Path, key: &str) -> Option<String> {
    let object: Object = stored::object(&fs::read(path).ok()?).ok()?;
    text(&object, key).map(str::to_owned)
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut folders = side::list(folder).unwrap_or_default();
    folders.retain(|path| path.is_dir());
    folders
}
