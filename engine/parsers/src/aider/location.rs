//! Where aider keeps its logs, and what a file is by its beginning.

use super::marks::is_start;
use crate::head::lines;
use crate::{Home, Origin, Root};
use std::path::Path;

/// How a log is called, where nobody calls it otherwise.
pub(super) const NAME: &str = ".aider.chat.history.md";

const SUFFIXES: &[&str] = &[NAME];

/// The variable that names another file; a relative one is in the folder that aider runs in.
const VARIABLE: &str = "AIDER_CHAT_HISTORY_FILE";

/// Returns the known repositories and the home folder: aider has no place of its own.
pub(super) fn roots(home: &Home) -> Vec<Root> {
    let mut roots = Vec::new();
    let folders = || home.repositories().iter().map(AsRef::as_ref).chain([home.dir()]);
    if let Some(named) = home.var(VARIABLE) {
        let (file, origin) = (home.expand(named), Origin::Environment(VARIABLE));
        if file.is_absolute() {
            roots.push(Root::new(file, origin, &[]).with_depth(0));
        } else {
            roots.extend(
                folders()
                    .map(|folder: &Path| Root::new(folder.join(&file), origin, &[]).with_depth(0)),
            );
        }
    }
    // What was written before the variable was set is still there.
    roots.extend(folders().map(|folder: &Path| {
        Root::new(folder.to_owned(), Origin::Default, SUFFIXES).with_depth(0)
    }));
    roots
}

/// Returns whether the file is a log: it begins with the start of a run, or has aider's name and one of its lines.
pub(super) fn accepts(path: &Path, head: &[u8]) -> bool {
    let mut lines = lines(head)
        .filter(|line| !line.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0));
    let starts = |line: &[u8]| std::str::from_utf8(line).is_ok_and(is_start);
    if lines.clone().next().is_some_and(starts) {
        return true;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(".aider.chat.history")
        && lines.any(|line| starts(line) || line.starts_with(b"#### "))
}

/// Returns the folder that a run worked in: the log lies there, and `told` is what the run itself says.
pub(super) fn folder(log: &Path, told: Option<&str>) -> Option<String> {
    let own = log.parent().filter(|folder| folder.is_absolute());
    let told = told.filter(|told| !told.is_empty());
    match (own, told) {
        // A log that came from another machine, or whose folder was moved, belongs where it lies.
        (Some(own), Some(told)) if is_default(log) && !Path::new(told).starts_with(own) => {
            Some(own.to_string_lossy().into_owned())
        }
        (_, Some(told)) => Some(told.to_owned()),
        (own, None) => own.map(|own| own.to_string_lossy().into_owned()),
    }
}

fn is_default(log: &Path) -> bool {
    log.file_name().is_some_and(|name| name == NAME)
}
