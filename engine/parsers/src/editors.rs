//! Where Visual Studio Code and the editors made from it keep what their extensions store.

use crate::{Home, Origin, Os};
use std::path::PathBuf;

/// The names of the editors' folders in the user's configuration.
const EDITORS: [&str; 18] = [
    "Code",
    "Code - Insiders",
    "Code - Exploration",
    "Code - OSS",
    "code-oss-dev",
    "VSCodium",
    "VSCodium - Insiders",
    "Cursor",
    "Cursor Nightly",
    "Windsurf",
    "Windsurf - Next",
    "Windsurf - Insiders",
    "Kiro",
    "Trae",
    "Trae CN",
    "Void",
    "Positron",
    "Antigravity",
];

/// The folders below home in which servers for remote editors keep their data.
const SERVERS: [&str; 10] = [
    ".vscode-server/data/User",
    ".vscode-server-insiders/data/User",
    ".vscode-remote/data/User",
    ".vscodium-server/data/User",
    ".cursor-server/data/User",
    ".windsurf-server/data/User",
    ".openvscode-server/data/User",
    ".trae-server/data/User",
    ".positron-server/data/User",
    ".local/share/code-server/User",
];

/// Returns the `User` folder of each editor, whether it exists or not.
///
/// `VSCODE_PORTABLE` and `VSCODE_APPDATA` move the one editor that is started with them; the others stay.
pub(crate) fn user_folders(home: &Home) -> Vec<(PathBuf, Origin)> {
    let mut folders = Vec::new();
    if let Some(portable) = home.var("VSCODE_PORTABLE") {
        let folder = home.expand(portable).join("user-data/User");
        folders.push((folder, Origin::Environment("VSCODE_PORTABLE")));
    }
    if let Some(moved) = home.var("VSCODE_APPDATA") {
        let origin = Origin::Environment("VSCODE_APPDATA");
        let moved = home.expand(moved);
        folders.extend(EDITORS.map(|editor| (moved.join(editor).join("User"), origin)));
    }
    let (configuration, origin) = configuration(home);
    folders.extend(EDITORS.map(|editor| (configuration.join(editor).join("User"), origin)));
    folders.extend(SERVERS.map(|server| (home.dir().join(server), Origin::Default)));
    folders
}

/// The folder that holds each editor's own.
fn configuration(home: &Home) -> (PathBuf, Origin) {
    let moved_by = |name| match home.var(name) {
        Some(_) => Origin::Environment(name),
        None => Origin::Default,
    };
    match home.os() {
        Os::MacOs => (home.dir().join("Library/Application Support"), Origin::Default),
        Os::Windows => (home.dir_or("APPDATA", "AppData/Roaming"), moved_by("APPDATA")),
        Os::Linux => (home.config_dir(), moved_by("XDG_CONFIG_HOME")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn each_system_and_each_variable_has_its_folders() {
        let folders = |variables: &[(&str, &str)], os| {
            let variables: BTreeMap<String, String> = variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            user_folders(&Home::new("/h".into(), variables, os))
        };
        let has = |found: &[(PathBuf, Origin)], path: &str, origin| {
            found.contains(&(PathBuf::from(path), origin))
        };
        let linux = folders(&[], Os::Linux);
        assert!(has(&linux, "/h/.config/VSCodium/User", Origin::Default));
        assert!(has(&linux, "/h/.vscode-server/data/User", Origin::Default));
        let moved = folders(&[("XDG_CONFIG_HOME", "/x")], Os::Linux);
        assert!(has(&moved, "/x/Cursor/User", Origin::Environment("XDG_CONFIG_HOME")));
        let mac = folders(&[], Os::MacOs);
        assert!(has(&mac, "/h/Library/Application Support/Windsurf/User", Origin::Default));
        let windows = folders(&[("APPDATA", "/a")], Os::Windows);
        assert!(has(&windows, "/a/Code - Insiders/User", Origin::Environment("APPDATA")));
        let portable = folders(&[("VSCODE_PORTABLE", "~/p")], Os::Linux);
        let origin = Origin::Environment("VSCODE_PORTABLE");
        assert!(has(&portable, "/h/p/user-data/User", origin));
    }
}
