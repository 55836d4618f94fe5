//! Where OpenCode and the tools made from it keep their sessions, and what a file is by its beginning.

use super::{Flavour, export, tree};
use crate::head::holds;
use crate::{Home, Origin, Os, Root, side, sqlite};
use std::path::{Path, PathBuf};

const DATABASES: &[&str] = &[".db"];
const DOCUMENTS: &[&str] = &[".json"];

/// A database that a variable names may be called anything.
const ANY_NAME: &[&str] = &[""];

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Store {
    Database,
    /// The document of a session in a store of files.
    Tree,
    Export,
}

/// Returns the folders to look into. The tool keeps to the folders of XDG on every system.
pub(super) fn roots(home: &Home, flavour: &Flavour) -> Vec<Root> {
    let mut places = Vec::new();
    for name in flavour.data_variables {
        if home.var(name).is_some() {
            places.push((home.dir_or(name, ""), Origin::Environment(name)));
        }
    }
    let origin = match home.var("XDG_DATA_HOME") {
        Some(_) => Origin::Environment("XDG_DATA_HOME"),
        None => Origin::Default,
    };
    let data = home.data_dir().join(flavour.folder);
    places.push((data.clone(), origin));
    if home.os() == Os::Windows {
        let local = home.dir_or("LOCALAPPDATA", "AppData/Local").join(flavour.folder);
        places.push((local, Origin::Default));
    }
    let mut roots: Vec<Root> = Vec::new();
    if let Some(named) = home.var(flavour.database_variable) {
        let database = data.join(home.expand(named));
        let origin = Origin::Environment(flavour.database_variable);
        if let Some(folder) = database.parent().filter(|_| named != ":memory:") {
            roots.push(flat(folder.to_owned(), origin, ANY_NAME, sqlite::beside));
        }
    }
    for (place, origin) in places {
        if roots.iter().any(|root| root.path == place) {
            roots.retain(|root| root.path != place);
        }
        let sessions = place.join("storage/session");
        let documents = Root::new(sessions, origin, DOCUMENTS).with_depth(1);
        roots.push(documents.with_beside(tree::beside));
        let projects = place.join("project");
        match side::list(&projects) {
            Ok(projects) => roots.extend(projects.iter().map(|project| {
                let infos = project.join("storage/session/info");
                flat(infos, origin, DOCUMENTS, tree::beside)
            })),
            // The sweep says why.
            Err(_unreadable) => roots.push(flat(projects, origin, DOCUMENTS, tree::beside)),
        }
        roots.push(flat(place, origin, DATABASES, sqlite::beside));
    }
    roots
}

fn flat(
    path: PathBuf,
    origin: Origin,
    suffixes: &'static [&'static str],
    beside: fn(&Path) -> Vec<PathBuf>,
) -> Root {
    Root::new(path, origin, suffixes).with_depth(0).with_beside(beside)
}

/// Returns what the file is; `None` where it is nothing of these tools.
pub(super) fn store(path: &Path, head: &[u8]) -> Option<Store> {
    if sqlite::is_database(head) {
        return is_database(path, head).then_some(Store::Database);
    }
    if tree::accepts(path, head) {
        return Some(Store::Tree);
    }
    export::accepts(head).then_some(Store::Export)
}

/// Returns whether the file is Kilo Code's, which cannot be told from its content.
pub(super) fn is_kilos(path: &Path) -> bool {
    let is_named = |name: &str| matches!(name, "kilo" | ".kilo" | "kilocode" | "kilo-code");
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("kilo")
        || path.components().any(|part| part.as_os_str().to_str().is_some_and(is_named))
}

/// Returns whether a database has tables like these tools'; all of them may still be in the file beside it.
fn is_database(path: &Path, head: &[u8]) -> bool {
    let has = |mark: &str| holds(head, mark);
    // Crush, and the tool of the same name that it was made from.
    if has("goose_db_version") || has("CREATE TABLE sessions") {
        return false;
    }
    let has_messages = has("message_id") && has("session_id") && has("part");
    let has_rows = has("session_message") && has("session_id");
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    let is_named = [&super::OPENCODE, &super::KILO].iter().any(|it| it.is_database(path))
        && folder != ".opencode"
        && !has("CREATE TABLE");
    has("time_created") && (has_messages || has_rows) || is_named
}
