//! The repositories that are or were enabled, so that every command finds the sessions in them.
//!
//! A list of git folders beside the home store. Losing it hides no session for good: `opensession init`, or any capture
//! of a session that belongs to an enabled repository, puts it back.

use crate::{Result, notes};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const FILE: &str = "repositories.json";

/// Returns the git folders of the repositories known; those that are gone are passed over.
pub(crate) fn load(data_dir: &Path) -> Vec<PathBuf> {
    all(data_dir).into_iter().filter(|git_dir| git_dir.is_dir()).collect()
}

/// Returns the git folders of the repositories known, also of those that are not there at the moment.
pub(crate) fn all(data_dir: &Path) -> BTreeSet<PathBuf> {
    notes::read(data_dir, FILE)
}

/// Adds a repository; nothing is written where it is known.
pub(crate) fn add(data_dir: &Path, git_dir: &Path) -> Result<()> {
    notes::change(data_dir, FILE, |known: &mut BTreeSet<PathBuf>| {
        known.insert(git_dir.to_owned());
    })
}

/// Takes a repository out; nothing is written where it is not known.
pub(crate) fn remove(data_dir: &Path, git_dir: &Path) -> Result<()> {
    notes::change(data_dir, FILE, |known: &mut BTreeSet<PathBuf>| {
        known.remove(git_dir);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn repositories_are_known_until_they_are_gone_and_damage_forgets_them() {
        let dir = tempfile::tempdir().unwrap();
        let (data, git_dir) = (dir.path().join("data"), dir.path().join("a/.git"));
        assert!(load(&data).is_empty());
        fs::create_dir_all(&git_dir).unwrap();
        add(&data, &git_dir).unwrap();
        add(&data, &git_dir).unwrap();
        add(&data, Path::new("/nowhere/.git")).unwrap();
        assert_eq!((load(&data), all(&data).len()), (vec![git_dir], 2));
        remove(&data, Path::new("/nowhere/.git")).unwrap();
        assert_eq!(all(&data).len(), 1);
        fs::write(data.join(FILE), "{").unwrap();
        assert!(load(&data).is_empty());
    }
}
