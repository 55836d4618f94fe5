//! Where Cursor keeps its conversations, and what a file is by its beginning.

use crate::{Home, Origin, Root, editors, sqlite};
use std::path::Path;

const EDITOR_SUFFIXES: &[&str] = &["state.vscdb"];
const WORKSPACE_SUFFIXES: &[&str] = &["/state.vscdb"];

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
    roots
}

/// Returns whether the file is a database of the editor.
pub(super) fn is_editor(path: &Path, head: &[u8]) -> bool {
    if !sqlite::is_database(head) {
        return false;
    }
    let has = |mark: &[u8]| memchr::memmem::find(head, mark).is_some();
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
