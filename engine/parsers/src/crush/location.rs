//! Where Crush keeps its databases: in each project, and the list of projects says which those are.

use crate::head::holds;
use crate::lenient::{List, Object, Text};
use crate::{Home, Origin, Os, Root, sqlite};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// How the database is called, by the folder in a project that holds it.
const PLACES: [(&str, &[&str]); 2] = [(".crush", &["crush.db"]), (".opencode", &["opencode.db"])];

/// Returns the folders to look into: those of the projects in the list, and of the repositories that are known.
pub(super) fn roots(home: &Home) -> Vec<Root> {
    const LIST: &str = "CRUSH_GLOBAL_DATA";
    let (folder, origin) = match (home.var(LIST), home.os()) {
        (Some(moved), _) => (home.expand(moved), Origin::Environment(LIST)),
        (None, Os::Windows) => {
            (home.dir_or("LOCALAPPDATA", "AppData/Local").join("crush"), Origin::Default)
        }
        (None, Os::Linux | Os::MacOs) => (home.data_dir().join("crush"), Origin::Default),
    };
    let (_, suffixes) = PLACES[0];
    let listed = projects(&folder.join("projects.json"));
    let listed = listed.into_iter().map(|path| (path, origin, suffixes));
    let known = home.repositories().iter().flat_map(|repository| {
        PLACES.iter().map(|(name, suffixes)| (repository.join(name), Origin::Default, *suffixes))
    });
    let mut roots: Vec<Root> = Vec::new();
    for (path, origin, suffixes) in listed.chain(known) {
        if !roots.iter().any(|root| root.path == path) {
            roots.push(Root::new(path, origin, suffixes).with_depth(0).with_beside(sqlite::beside));
        }
    }
    roots
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Projects<'a> {
    #[serde(borrow)]
    projects: List<Object<Project<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Project<'a> {
    #[serde(borrow)]
    path: Text<'a>,
    #[serde(borrow)]
    data_dir: Text<'a>,
}

/// Returns the data folders of the projects in the list, which is an object around them or a list itself. One that is
/// missing, or cannot be read, names none.
fn projects(list: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(list).unwrap_or_default();
    let all = match serde_json::from_str::<Object<Projects<'_>>>(&text) {
        Ok(Object(Some(object))) => object.projects,
        _ => serde_json::from_str(&text).unwrap_or_default(),
    };
    let projects = all.0.into_iter().filter_map(|project| project.0);
    projects
        .filter_map(|project| {
            let path = Path::new(project.path.filled()?);
            Some(path.join(project.data_dir.filled().unwrap_or(PLACES[0].0)))
        })
        .collect()
}

/// Returns whether the file is a database of Crush or of its predecessor. Both have a table named after a program that
/// changes schemas, `goose_db_version`, which has nothing to do with the agent of that name.
pub(super) fn accepts(path: &Path, head: &[u8]) -> bool {
    if !sqlite::is_database(head) {
        return false;
    }
    let has = |text: &str| holds(head, text);
    if has("CREATE TABLE") {
        return ["prompt_tokens", "parts TEXT"].into_iter().all(has);
    }
    // All tables may still be in the WAL.
    let name = path.file_name();
    name.is_some_and(|name| name == "crush.db")
        || (name.is_some_and(|name| name == "opencode.db") && project(path).is_some())
}

/// Returns the project that a database lies in, where its folder tells.
pub(super) fn project(database: &Path) -> Option<&Path> {
    let folder = database.parent()?;
    let is_data = PLACES.iter().any(|(name, _)| folder.file_name().is_some_and(|it| it == *name));
    folder.parent().filter(|project| is_data && project.is_absolute())
}
