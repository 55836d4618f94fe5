//! The folder that a conversation belongs to: as the editor's folder of each workspace tells it.

use super::rows::Rows;
use crate::error::unless_damaged;
use crate::transcript::{self, list, value_of, word};
use crate::{ParseError, Source, side};
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// No description of a workspace is larger.
const LARGEST: u64 = 1024 * 1024;

/// The settings of a workspace that name the panels of its conversations.
const PANELS: &str = "workbench.panel.composerChatViewPane.";

/// How such a panel names a conversation.
const PANEL: &str = "workbench.panel.aichat.view.";

/// The editor's folders of workspaces, beside a database of conversations.
pub(super) struct Workspaces<'s> {
    /// `workspaceStorage`.
    folder: PathBuf,
    source: &'s Source<'s>,
    /// The folder of each conversation that a workspace names; read when it is needed.
    named: Option<HashMap<String, String>>,
}

impl<'s> Workspaces<'s> {
    /// Returns the workspaces of the editor whose database this is.
    pub(super) fn beside(source: &'s Source<'s>) -> Self {
        let user = source.path().parent().and_then(Path::parent);
        let folder = user.unwrap_or_else(|| Path::new("")).join("workspaceStorage");
        Self { folder, source, named: None }
    }

    /// Returns the folder that has one for each workspace.
    pub(super) fn storage(&self) -> &Path {
        &self.folder
    }

    /// Returns the folder of the workspace of this name.
    pub(super) fn folder(&self, workspace: &str) -> Result<Option<String>, ParseError> {
        let is_name = !workspace.is_empty() && !workspace.contains(['/', '\\', '.']);
        if is_name { folder_of(&self.folder.join(workspace)) } else { Ok(None) }
    }

    /// Returns the folder of the workspace that has this conversation.
    ///
    /// # Errors
    /// When a workspace's database cannot be copied now: a conversation without its folder belongs to no repository.
    pub(super) fn folder_with(&mut self, composer: &str) -> Result<Option<String>, ParseError> {
        let named = match self.named.take() {
            Some(named) => named,
            None => names_in(&self.folder, self.source)?,
        };
        Ok(self.named.insert(named).get(composer).cloned())
    }
}

/// Returns the folder that a workspace is about, told in a file in the editor's folder for it: windows without a folder
/// have none.
///
/// # Errors
/// When it is there and cannot be read: a conversation without its folder belongs to no repository.
pub(super) fn folder_of(workspace: &Path) -> Result<Option<String>, ParseError> {
    let bytes = side::read(&workspace.join("workspace.json"), LARGEST)?;
    Ok(bytes.and_then(|bytes| folder_in(&value_of(&bytes)?)))
}

fn folder_in(told: &Value) -> Option<String> {
    if let Some(folder) = word(told, "folder") {
        return Some(path_of(folder));
    }
    // Several folders under a description that lies beside them, as a rule.
    let config = path_of(word(told, "workspace").or_else(|| word(told, "configuration"))?);
    let (folder, name) = config.rsplit_once(['/', '\\'])?;
    name.ends_with(".code-workspace").then(|| folder.to_owned())
}

/// Returns the conversations that the workspaces name, with their folders.
fn names_in(folder: &Path, source: &Source<'_>) -> Result<HashMap<String, String>, ParseError> {
    let mut found = HashMap::new();
    // A copy of the database that lies elsewhere has no workspaces beside it.
    for workspace in side::list(folder)? {
        let database = workspace.join("state.vscdb");
        let Some(cwd) = folder_of(&workspace)?.filter(|_| database.is_file()) else { continue };
        let mut source_of_one = Source::file(&database);
        if let Some(scratch) = source.scratch() {
            source_of_one = source_of_one.with_scratch(scratch);
        }
        let Some(rows) = unless_damaged(Rows::open(&source_of_one))? else { continue };
        for id in names_of(&rows) {
            found.entry(id).or_insert_with(|| cwd.clone());
        }
    }
    Ok(found)
}

/// Returns the conversations that a workspace's database names, as far as it is not damaged.
fn names_of(rows: &Rows) -> Vec<String> {
    let mut names = Vec::new();
    let told = rows.item("composer.composerData").unwrap_or(None);
    let told = told.and_then(|bytes| value_of(&bytes)).unwrap_or_default();
    let ids = list(&told, "allComposers").iter().filter_map(|head| word(head, "composerId"));
    names.extend(ids.map(str::to_owned));
    for key in ["selectedComposerIds", "lastFocusedComposerIds"] {
        names.extend(list(&told, key).iter().filter_map(Value::as_str).map(str::to_owned));
    }
    let panels = rows.items_below(PANELS, |panel| {
        let panel = String::from_utf8_lossy(panel);
        let ids = panel.split(PANEL).skip(1);
        names.extend(ids.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
    });
    // What could be read before counts.
    drop(panels);
    names
}

/// Returns the path that an address names: of one elsewhere (`vscode-remote://wsl%2Bubuntu/home/a`) the path there.
pub(super) fn path_of(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let slash = rest.find('/').and_then(|at| rest.split_at_checked(at));
    let Some((host, path)) = slash else { return address.to_owned() };
    let path = transcript::path_of(&format!("file://{path}"));
    // A folder in WSL as Windows sees it; any other host is a share.
    let is_share = scheme == "file" && !host.is_empty() && host != "localhost";
    match path.strip_prefix('/').and_then(|path| path.split_once('/')) {
        Some((_, inside)) if is_share && host.to_ascii_lowercase().starts_with("wsl") => {
            format!("/{inside}")
        }
        _ if is_share => format!("//{host}{path}"),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_paths() {
        for (address, path) in [
            ("file:///home/a%20b/c", "/home/a b/c"),
            ("file:///c%3A/src", "c:/src"),
            ("file://wsl.localhost/Ubuntu/home/a", "/home/a"),
            ("file://server/share/a", "//server/share/a"),
            ("vscode-remote://wsl%2Bubuntu/home/a", "/home/a"),
            ("vscode-remote://ssh-remote%2Bbox/src", "/src"),
            ("/home/100%", "/home/100%"),
            ("c:\\src", "c:\\src"),
        ] {
            assert_eq!(path_of(address), path, "{address}");
        }
    }
}
