//! The store before the database: a file for each session, message and part.
//!
//! ```text
//! storage/session/<project>/<session>.json    storage/message/<session>/<message>.json    storage/part/<message>/<part>.json
//! ```
//!
//! Before version 0.6 each project had a store of its own, `project/<folder>/storage/session/{info,message,part}`, with a
//! folder for the session below `part`, and the first versions kept the parts in the message.
//!
//! Where somebody kept the messages of a session and not its document, the first message stands for it.

use super::conversation::{About, Conversation};
use super::message::{millis, text};
use super::stored::{self, Object};
use super::told::{Stored, Told};
use super::{Flavour, database, member};
use crate::error::unless_damaged;
use crate::gate::Gate;
use crate::head::holds;
use crate::side;
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::ContentId;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A larger file is not read.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A larger database is not searched for a session: it was made by the version that took all sessions over.
const LARGEST_SEARCHED: u64 = 256 * 1024 * 1024;

/// Where the files of a session lie.
struct Layout {
    /// The folder of all that the tool stores.
    data: PathBuf,
    /// The folder with a folder of messages for each session.
    messages: PathBuf,
    /// The folder with a folder of parts for each message.
    parts: PathBuf,
    projects: Option<PathBuf>,
    /// What the session is called.
    name: String,
    /// The session has no document of its own.
    is_bare: bool,
}

impl Layout {
    /// Returns where the rest of a session lies; `None` where the file is in no such store.
    fn of(session: &Path) -> Option<Self> {
        let project = session.parent()?;
        let sessions = project.parent()?;
        let storage = sessions.parent()?;
        let name = stem(session);
        if sessions.file_name()? == "message" {
            return Some(Self {
                data: storage.parent()?.to_owned(),
                messages: sessions.to_owned(),
                parts: storage.join("part"),
                projects: None,
                name: stem(project),
                is_bare: true,
            });
        }
        if sessions.file_name()? != "session" {
            return None;
        }
        if project.file_name()? == "info" {
            return Some(Self {
                data: storage.parent()?.parent()?.parent()?.to_owned(),
                messages: sessions.join("message"),
                parts: sessions.join("part").join(&name),
                projects: None,
                name,
                is_bare: false,
            });
        }
        Some(Self {
            data: storage.parent()?.to_owned(),
            messages: storage.join("message"),
            parts: storage.join("part"),
            projects: Some(storage.join("project")),
            name,
            is_bare: false,
        })
    }
}

/// Returns whether the file is the document of a session in such a store.
pub(super) fn accepts(path: &Path, head: &[u8]) -> bool {
    let has = |mark: &str| holds(head, mark);
    head.trim_ascii_start().starts_with(b"{")
        && has("\"id\"")
        && has("\"time\"")
        && Layout::of(path).is_some_and(|layout| {
            let is_first = || has("\"role\"") && member::log_of(path).as_deref() == Some(path);
            layout.messages.is_dir() && (!layout.is_bare || is_first())
        })
}

/// Returns what changes with a session: its messages, and the parts of the last one.
pub(super) fn beside(session: &Path) -> Vec<PathBuf> {
    let Some(layout) = Layout::of(session) else {
        return Vec::new();
    };
    let messages = layout.messages.join(&layout.name);
    // Folders that cannot be listed have failed when the session was read.
    let mut files = documents(&messages).unwrap_or_default();
    if let Some(last) = files.last().and_then(|last| last.file_stem()) {
        let parts = layout.parts.join(last);
        files.extend(documents(&parts).unwrap_or_default());
        files.push(parts);
    }
    files.push(messages);
    files
}

/// Tells the session whose document the source is.
pub(super) fn parse(
    source: &Source<'_>,
    out: &mut dyn Sink,
    flavour: &Flavour,
) -> Result<ParseReport, ParseError> {
    let bytes = source.whole()?;
    let layout = Layout::of(source.path()).ok_or_else(|| source.foreign(flavour.tool.as_str()))?;
    let mut report = ParseReport {
        bytes: bytes.len() as u64,
        hash: Some(ContentId::of(&bytes)),
        ..ParseReport::default()
    };
    let info = if layout.is_bare { Ok(Object::new()) } else { stored::object(&bytes) };
    let Ok(info) = info else {
        report.torn = true;
        return Ok(report);
    };
    let mut about = About::read(&info);
    if about.id.is_empty() {
        about.id.clone_from(&layout.name);
    }
    if about.directory.is_none() {
        about.directory = worktree(&layout, &info)?;
    }
    if is_in_database(source, &layout, flavour, &about.id)? {
        report.drop("session that the database has");
        return Ok(report);
    }
    let mut gate = Gate::new(out, about.session_id());
    let mut conversation = Conversation::begin(&mut gate, &about);
    let folder = folder_of(&layout.messages, &about.id, &layout.name);
    let told = Told::new(messages(&folder)?);
    told.tell(&mut conversation, false, |message| parts(&layout.parts.join(plain(message))))?;
    report.add(&conversation.finish(flavour.tool.as_str()));
    if !layout.is_bare {
        report.understand("session");
    }
    report.tool_version = about.version;
    Ok(report)
}

/// Returns the messages of a session, by the time that they were made.
fn messages(folder: &Path) -> Result<Vec<Stored>, ParseError> {
    let mut messages: Vec<(i64, Stored)> = Vec::new();
    for path in documents(folder)? {
        let Some((stored, object)) = read(&path)? else { continue };
        let created = object.get("time").and_then(|time| millis(time.get("created")?));
        let older = || millis(object.get("metadata")?.pointer("/time/created")?);
        messages.push((created.or_else(older).unwrap_or(0), stored));
    }
    messages.sort_by(|(a, one), (b, other)| (a, &one.id).cmp(&(b, &other.id)));
    Ok(messages.into_iter().map(|(_, stored)| stored).collect())
}

fn parts(folder: &Path) -> Result<Vec<Stored>, ParseError> {
    let mut parts = Vec::new();
    for path in documents(folder)? {
        parts.extend(read(&path)?.map(|(part, _)| part));
    }
    Ok(parts)
}

/// Returns a file, and what it holds where that is an object; it may be gone by now, as any file of a tool at work.
fn read(path: &Path) -> Result<Option<(Stored, Object)>, ParseError> {
    let bytes = match read_bytes(path) {
        Err(error) if side::is_absent(&error) => return Ok(None),
        bytes => bytes.map_err(|source| ParseError::Io { path: path.to_owned(), source })?,
    };
    // What is no object is kept as text.
    let object = stored::object(&bytes).unwrap_or_default();
    let id =
        text(&object, "id").filter(|id| !id.is_empty()).map_or_else(|| stem(path), str::to_owned);
    Ok(Some((Stored { id, bytes }, object)))
}

fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    match metadata.len() {
        // A pipe would keep its reader waiting.
        _ if !metadata.is_file() => Err(io::ErrorKind::NotFound.into()),
        length if length > LARGEST => {
            Ok(format!("a file of {length} bytes, too long to be kept").into_bytes())
        }
        _ => fs::read(path),
    }
}

/// Returns the documents in a folder, by name.
pub(super) fn documents(folder: &Path) -> Result<Vec<PathBuf>, ParseError> {
    let mut files = side::list(folder)?;
    files.retain(|path| path.extension().is_some_and(|end| end == "json"));
    Ok(files)
}

fn folder_of(parent: &Path, id: &str, stem: &str) -> PathBuf {
    let own = parent.join(plain(id));
    if own.is_dir() { own } else { parent.join(stem) }
}

/// Returns an id as a name in a folder: one that leads elsewhere is none.
pub(super) fn plain(id: &str) -> &str {
    let leads_elsewhere = id.contains(['/', '\\', ':']) || id.starts_with('.');
    if leads_elsewhere { "" } else { id }
}

pub(super) fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Returns the folder of the session's project; sessions outside of any have none.
fn worktree(layout: &Layout, info: &Object) -> Result<Option<String>, ParseError> {
    let project = text(info, "projectID").filter(|id| !id.is_empty());
    let (Some(projects), Some(project)) = (&layout.projects, project) else { return Ok(None) };
    let project = read(&projects.join(format!("{}.json", plain(project))))?;
    let worktree = project.as_ref().and_then(|(_, project)| text(project, "worktree"));
    Ok(worktree.filter(|worktree| *worktree != "/").map(str::to_owned))
}

/// Returns whether a database beside the store tells the session too: the tool took all sessions over once, and left
/// the files.
fn is_in_database(
    source: &Source<'_>,
    layout: &Layout,
    flavour: &Flavour,
    id: &str,
) -> Result<bool, ParseError> {
    let files = side::list(&layout.data)?;
    for path in files.into_iter().filter(|path| flavour.is_database(path)) {
        // One that cannot be looked at cannot be copied either.
        let size = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        if size > LARGEST_SEARCHED {
            return Ok(true);
        }
        let mut database = Source::file(&path);
        if let Some(scratch) = source.scratch() {
            database = database.with_scratch(scratch);
        }
        if unless_damaged(database::holds(&database, id))? == Some(true) {
            return Ok(true);
        }
    }
    Ok(false)
}
