//! Git repositories of every shape.

use crate::{Shape, TestHome, git};
use std::fs;
use std::path::{Path, PathBuf};

/// A git repository in a home folder of its own.
pub struct TestRepository {
    home: TestHome,
    path: PathBuf,
}

impl TestRepository {
    /// Returns a new repository of that shape. Unless it is bare or [`Shape::Empty`], it has a commit.
    ///
    /// # Panics
    /// Where git cannot make one.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        let home = TestHome::new();
        let path = home.path().join(shape.make(home.path()));
        Self { home, path }
    }

    /// Returns the folder to work in: the work tree, or the bare repository.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the home folder that the repository is in.
    #[must_use]
    pub const fn home(&self) -> &TestHome {
        &self.home
    }

    /// Runs `git` in the repository; see [`git()`].
    #[must_use]
    pub fn git(&self, arguments: &[&str]) -> String {
        git(&self.path, arguments)
    }

    /// Returns what a user would notice if it changed: every file of the work tree, the index, `HEAD`, all refs but
    /// those below `refs/heads/opensession`, and the stash.
    ///
    /// # Panics
    /// Where it cannot be read.
    #[must_use]
    pub fn belongings(&self) -> Vec<(String, Vec<u8>)> {
        let mut found = Vec::new();
        for name in ["index", "HEAD", "ORIG_HEAD", "MERGE_HEAD", "logs/HEAD", "logs/refs/stash"] {
            let file = self.path.join(self.git(&["rev-parse", "--git-path", name]));
            if let Ok(bytes) = fs::read(file) {
                found.push((name.to_owned(), bytes));
            }
        }
        let refs = self.git(&["for-each-ref", "--exclude=refs/heads/opensession"]);
        found.push(("refs".to_owned(), refs.into_bytes()));
        if self.git(&["rev-parse", "--is-bare-repository"]) == "false" {
            read_files(&self.path, &mut found);
        }
        found.sort();
        found
    }
}

fn read_files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    let entries = fs::read_dir(folder).expect("the repository can be read");
    for path in entries.map(|entry| entry.expect("the repository can be read").path()) {
        if path.is_dir() && !path.ends_with(".git") {
            read_files(&path, found);
        } else if path.is_file() {
            let bytes = fs::read(&path).expect("the repository can be read");
            found.push((path.display().to_string(), bytes));
        }
    }
}

/// Asserts that git finds no fault in the repository at `path`.
///
/// Waits for a repack in the background first: git's fsck takes a pack that is replaced under it for a damaged one.
///
/// # Panics
/// Where it finds one.
pub fn fsck_strict(path: &Path) {
    let common = path.join(git(path, &["rev-parse", "--git-common-dir"]));
    if let Ok(repack) = fs::File::open(common.join("opensession/repack")) {
        repack.lock().expect("the lock can be waited for");
    }
    let output = git(path, &["fsck", "--full", "--strict", "--no-dangling", "--no-progress"]);
    assert_eq!(output, "", "git fsck of {}", path.display());
}
