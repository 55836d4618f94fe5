//! Git repositories of every shape.

use crate::{TestHome, git};
use std::path::{Path, PathBuf};

/// What kind of repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// With a work tree and one commit.
    Plain,
    /// Without a work tree.
    Bare,
    /// A second work tree of another repository.
    LinkedWorktree,
    /// With objects named by SHA-256.
    Sha256,
    /// With refs in tables instead of files.
    Reftable,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Self; 5] =
        [Self::Plain, Self::Bare, Self::LinkedWorktree, Self::Sha256, Self::Reftable];
}

/// A git repository in a home folder of its own.
pub struct TestRepository {
    home: TestHome,
    path: PathBuf,
}

impl TestRepository {
    /// Returns a new repository of that shape.
    ///
    /// # Panics
    /// Where git cannot make one.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        let home = TestHome::new();
        let path = home.path().join("repository");
        let init = |extra: &[&str]| {
            let arguments = [&["init", "--quiet", "--initial-branch=main"], extra].concat();
            let _quiet = git(home.path(), &[&arguments[..], &["repository"]].concat());
        };
        match shape {
            Shape::Plain | Shape::LinkedWorktree => init(&[]),
            Shape::Bare => init(&["--bare"]),
            Shape::Sha256 => init(&["--object-format=sha256"]),
            Shape::Reftable => init(&["--ref-format=reftable"]),
        }
        if shape != Shape::Bare {
            std::fs::write(path.join("a.txt"), "one\n").expect("the repository can be written");
            let _quiet = git(&path, &["add", "a.txt"]);
            let _quiet = git(&path, &["commit", "--quiet", "--message=one"]);
        }
        if shape != Shape::LinkedWorktree {
            return Self { home, path };
        }
        let _quiet = git(&path, &["worktree", "add", "--quiet", "--detach", "../linked"]);
        let path = home.path().join("linked");
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
}

/// Asserts that git finds no fault in the repository at `path`.
///
/// Waits for a repack in the background first: git's fsck takes a pack that is replaced under it for a damaged one.
///
/// # Panics
/// Where it finds one.
pub fn fsck_strict(path: &Path) {
    let common = path.join(git(path, &["rev-parse", "--git-common-dir"]));
    if let Ok(repack) = std::fs::File::open(common.join("opensession/repack")) {
        repack.lock().expect("the lock can be waited for");
    }
    let output = git(path, &["fsck", "--full", "--strict", "--no-dangling", "--no-progress"]);
    assert_eq!(output, "", "git fsck of {}", path.display());
}
