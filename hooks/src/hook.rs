//! The git hooks that opensession uses.

/// A git hook that opensession uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hook {
    /// After a commit.
    PostCommit,
    /// After a merge or pull.
    PostMerge,
    /// After an amend or rebase; git writes `old new` lines to its standard input.
    PostRewrite,
    /// Before a push; git gives it the remote's name and address, and writes what is pushed to its standard input. Only
    /// where sessions are shared with it.
    PrePush,
}

impl Hook {
    /// Every hook.
    pub const ALL: [Self; 4] =
        [Self::PostCommit, Self::PostMerge, Self::PostRewrite, Self::PrePush];

    /// Returns the name of the hook, which is that of its file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PostCommit => "post-commit",
            Self::PostMerge => "post-merge",
            Self::PostRewrite => "post-rewrite",
            Self::PrePush => "pre-push",
        }
    }
}
