//! What can go wrong with hooks and settings.

use std::path::{Path, PathBuf};

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong with hooks and settings. Messages name the object and give no advice.
///
/// A file that cannot be changed safely is no error: it is a step that was refused, and the others go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The marker lines in a hook are not one whole block. Nothing was changed, in no hook.
    #[error("{path}:{line}: {reason}")]
    Markers {
        /// The hook.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The binary's path cannot stand in a hook: it is relative, not UTF-8, or holds a line break.
    #[error("{path:?}: {reason}")]
    Binary {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The operating system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        #[source]
        source: std::io::Error,
    },
}

impl Error {
    /// Returns what makes an I/O error of `path` out of what the operating system said.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_owned(), source }
    }
}
