//! Where Zed keeps its threads.

use crate::head::holds;
use crate::{Home, Origin, Os, Root, sqlite};
use std::path::{Path, PathBuf};

const SUFFIXES: &[&str] = &["threads.db"];

/// The folder of a Flatpak's data, which only programs inside it are told.
const FLATPAK: &str = "FLATPAK_XDG_DATA_HOME";

/// Returns the folders to look into.
pub(super) fn roots(home: &Home) -> Vec<Root> {
    let mut roots: Vec<Root> = Vec::new();
    let mut add = |path: PathBuf, origin| {
        if !roots.iter().any(|root| root.path == path) {
            roots.push(Root::new(path, origin, SUFFIXES).with_depth(0).with_beside(sqlite::beside));
        }
    };
    match home.os() {
        Os::MacOs => {
            add(home.dir().join("Library/Application Support/Zed/threads"), Origin::Default);
        }
        Os::Windows => {
            add(home.dir_or("LOCALAPPDATA", "AppData/Local").join("Zed/threads"), Origin::Default);
        }
        Os::Linux => {
            if let Some(moved) = home.var(FLATPAK) {
                add(home.expand(moved).join("zed/threads"), Origin::Environment(FLATPAK));
            }
            let origin = match home.var("XDG_DATA_HOME") {
                Some(_) => Origin::Environment("XDG_DATA_HOME"),
                None => Origin::Default,
            };
            add(home.data_dir().join("zed/threads"), origin);
            add(home.dir().join(".var/app/dev.zed.Zed/data/zed/threads"), Origin::Default);
        }
    }
    roots
}

/// Returns whether the file is a database of threads.
pub(super) fn accepts(path: &Path, head: &[u8]) -> bool {
    if !sqlite::is_database(head) {
        return false;
    }
    let has = |text: &str| holds(head, text);
    if has("CREATE TABLE") {
        return ["threads", "data_type", "summary"].into_iter().all(has);
    }
    // All tables may still be in the WAL.
    let is = |path: &Path, name: &str| path.file_name().is_some_and(|own| own == name);
    is(path, "threads.db") && path.parent().is_some_and(|folder| is(folder, "threads"))
}
