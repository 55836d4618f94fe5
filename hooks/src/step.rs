//! What is done to a file, said so that it can be shown before it is done.

use std::path::PathBuf;

/// What installing does to one file. `T` is the hook or the AI tool that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<T> {
    /// What it is for.
    pub target: T,
    /// The file that is written; the target where the hook or the settings are a symbolic link.
    pub path: PathBuf,
    /// What is done to it.
    pub action: Action,
}

/// What is done to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The file is made.
    Create,
    /// Our lines are put into the file.
    Insert,
    /// Our lines, which are in the file, are renewed.
    Update,
    /// The file moves to this path, and a small hook that runs it comes into its place.
    Chain(PathBuf),
    /// Our lines are in the file as they must be.
    Unchanged,
    /// The file is left alone, for this reason.
    Refused(String),
}

/// What removing did to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal<T> {
    /// What the file is for.
    pub target: T,
    /// The file.
    pub path: PathBuf,
    /// What was done to it.
    pub outcome: Outcome,
}

/// What removing did to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The file, which was ours, is gone.
    Deleted,
    /// Our lines are gone from the file.
    Cut,
    /// The file that was here before us is back.
    Restored,
    /// Nothing of ours was there.
    Absent,
    /// The file is left alone, for this reason.
    Refused(String),
}

/// Whether git or an AI tool calls opensession.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It does.
    Installed,
    /// Nothing of ours is in the file.
    Missing,
    /// Our lines are there, but are not what this version, or a binary at this path, would write.
    Outdated,
    /// Our lines are there, but the hook is not executable, so that git does not run it.
    Disabled,
    /// The hook that runs the original kept at this path was replaced or removed by somebody else.
    Shadowed(PathBuf),
    /// The file cannot be changed safely, for this reason.
    Refused(String),
}
