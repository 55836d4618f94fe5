//! The repositories that are or were enabled, so that every command finds the sessions in them.
//!
//! A list of git folders beside the home store. Losing it hides no session for good: `opensession init`, or any capture
//! of a session that belongs to an enabled repository, puts it back.

use crate::{Error, Result};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const FILE: &str = "repositories.json";

/// Returns the git folders of the repositories known; those that are gone are passed over.
pub(crate) fn load(data_dir: &Path) -> Vec<PathBuf> {
    let known = read(data_dir).into_iter();
    known.filter(|git_dir| git_dir.is_dir()).collect()
}

/// Adds a repository; nothing is written where it is known.
pub(crate) fn add(data_dir: &Path, git_dir: &Path) -> Result<()> {
    let mut known = read(data_dir);
    if !known.insert(git_dir.to_owned()) {
        return Ok(());
    }
    let path = data_dir.join(FILE);
    let written = serde_json::to_vec(&known).map_err(io::Error::from).and_then(|json| {
        fs::create_dir_all(data_dir)?;
        let draft = path.with_extension(format!("{}.tmp", std::process::id()));
        fs::write(&draft, json)?;
        fs::rename(&draft, &path)
    });
    written.map_err(Error::io("write", path))
}

fn read(data_dir: &Path) -> BTreeSet<PathBuf> {
    // A list that cannot be read is an empty one, and the next repository that is added begins it anew.
    let text = fs::read(data_dir.join(FILE)).unwrap_or_else(|_missing| Vec::new());
    serde_json::from_slice(&text).unwrap_or_else(|_damaged| BTreeSet::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_known_until_they_are_gone_and_damage_forgets_them() {
        let dir = tempfile::tempdir().unwrap();
        let (data, git_dir) = (dir.path().join("data"), dir.path().join("a/.git"));
        assert!(load(&data).is_empty());
        fs::create_dir_all(&git_dir).unwrap();
        add(&data, &git_dir).unwrap();
        add(&data, &git_dir).unwrap();
        add(&data, Path::new("/nowhere/.git")).unwrap();
        assert_eq!(load(&data), [git_dir]);
        fs::write(data.join(FILE), "{").unwrap();
        assert!(load(&data).is_empty());
    }
}
