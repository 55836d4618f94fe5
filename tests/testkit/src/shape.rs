//! The shapes that a git repository may have, and how to make one of each.

use crate::git;
use std::fs;
use std::path::Path;

/// What kind of repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// With a work tree and one commit.
    Plain,
    /// Without a work tree.
    Bare,
    /// A second work tree of another repository.
    LinkedWorktree,
    /// Part of another repository's work tree.
    Submodule,
    /// With its git folder somewhere else.
    SeparateGitDir,
    /// With objects named by SHA-256.
    Sha256,
    /// With refs in tables instead of files.
    Reftable,
    /// Without a work tree, with refs in tables.
    BareReftable,
    /// A second work tree of a repository with refs in tables and objects named by SHA-256.
    LinkedReftable,
    /// A clone without the older commits.
    Shallow,
    /// A clone without the files.
    PartialClone,
    /// A clone that borrows the objects of another repository.
    Alternates,
    /// Without any commit.
    Empty,
    /// With a commit checked out, and no branch.
    Detached,
    /// In the middle of a rebase that stopped at a conflict.
    Rebase,
    /// In the middle of a merge that stopped at a conflict.
    Merge,
    /// In the middle of a search for a bad commit.
    Bisect,
    /// With a configuration for each work tree.
    WorktreeConfig,
    /// Where git does not know who commits, and must not guess.
    NoIdentity,
    /// With all refs in one file.
    PackedRefs,
    /// Where every commit must be signed, by a program that fails.
    BrokenGpg,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Self; 21] = [
        Self::Plain,
        Self::Bare,
        Self::LinkedWorktree,
        Self::Submodule,
        Self::SeparateGitDir,
        Self::Sha256,
        Self::Reftable,
        Self::BareReftable,
        Self::LinkedReftable,
        Self::Shallow,
        Self::PartialClone,
        Self::Alternates,
        Self::Empty,
        Self::Detached,
        Self::Rebase,
        Self::Merge,
        Self::Bisect,
        Self::WorktreeConfig,
        Self::NoIdentity,
        Self::PackedRefs,
        Self::BrokenGpg,
    ];

    /// Makes a repository of this shape in the folder `home`, and returns the folder in there to work in.
    pub(crate) fn make(self, home: &Path) -> &'static str {
        let made = home.join("repository");
        match self {
            Self::Bare => init(home, &["--bare"]),
            Self::BareReftable => init(home, &["--bare", "--ref-format=reftable"]),
            Self::Empty => init(home, &[]),
            Self::Sha256 => started(home, &["--object-format=sha256"]),
            Self::Reftable => started(home, &["--ref-format=reftable"]),
            Self::LinkedReftable => {
                started(home, &["--ref-format=reftable", "--object-format=sha256"]);
            }
            Self::SeparateGitDir => started(home, &["--separate-git-dir=elsewhere"]),
            _ => started(home, &[]),
        }
        let configure = |key, value| run(&made, &["config", key, value]);
        match self {
            Self::LinkedWorktree | Self::LinkedReftable => {
                run(&made, &["worktree", "add", "--quiet", "--detach", "../linked"]);
                return "linked";
            }
            Self::Submodule => {
                let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add"];
                run(&made, &[&add[..], &["./.", "part"]].concat());
                run(&made, &["commit", "--quiet", "--message=part"]);
                return "repository/part";
            }
            Self::Shallow => return clone(home, &["--depth=1"]),
            Self::PartialClone => {
                configure("uploadpack.allowFilter", "true");
                return clone(home, &["--filter=blob:none"]);
            }
            Self::Alternates => return clone(home, &["--shared"]),
            Self::Detached => run(&made, &["checkout", "--quiet", "--detach"]),
            Self::Rebase | Self::Merge => conflict(&made, self == Self::Rebase),
            Self::Bisect => {
                commit(&made, "two");
                run(&made, &["bisect", "start", "main", "main~1"]);
            }
            Self::WorktreeConfig => {
                configure("extensions.worktreeConfig", "true");
                run(&made, &["config", "--worktree", "user.name", "Somebody"]);
            }
            Self::NoIdentity => configure("user.useConfigOnly", "true"),
            Self::PackedRefs => run(&made, &["pack-refs", "--all"]),
            Self::BrokenGpg => {
                configure("commit.gpgSign", "true");
                configure("gpg.program", "false");
            }
            _ => {}
        }
        "repository"
    }
}

fn run(folder: &Path, arguments: &[&str]) {
    let _quiet = git(folder, arguments);
}

fn init(home: &Path, extra: &[&str]) {
    let arguments = [&["init", "--quiet", "--initial-branch=main"], extra, &["repository"]];
    run(home, &arguments.concat());
}

/// Makes a repository with one commit.
fn started(home: &Path, extra: &[&str]) {
    init(home, extra);
    commit(&home.join("repository"), "one");
}

fn commit(folder: &Path, text: &str) {
    fs::write(folder.join("a.txt"), format!("{text}\n")).expect("the repository can be written");
    run(folder, &["add", "a.txt"]);
    run(folder, &["commit", "--quiet", "--message", text]);
}

fn clone(home: &Path, extra: &[&str]) -> &'static str {
    commit(&home.join("repository"), "two");
    let origin = format!("file://{}", home.join("repository").display());
    // A clone that shares objects knows its origin by path.
    let origin = if extra == ["--shared"] { "repository" } else { &origin };
    run(home, &[&["clone", "--quiet"], extra, &[origin, "clone"]].concat());
    "clone"
}

/// Stops a rebase or a merge of two branches at a conflict.
fn conflict(folder: &Path, rebase: bool) {
    run(folder, &["checkout", "--quiet", "-b", "other"]);
    commit(folder, "theirs");
    run(folder, &["checkout", "--quiet", "main"]);
    commit(folder, "ours");
    let command = if rebase { "rebase" } else { "merge" };
    let _refused = crate::git_fails(folder, &[command, "other"]);
}
