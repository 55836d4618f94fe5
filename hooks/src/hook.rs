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
}

impl Hook {
    /// Every hook.
    pub const ALL: [Self; 3] = [Self::PostCommit, Self::PostMerge, Self::PostRewrite];

    /// Returns the name of the hook, which is that of its file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PostCommit => "post-commit",
            Self::PostMerge => "post-merge",
            Self::PostRewrite => "post-rewrite",
        }
    }
}
