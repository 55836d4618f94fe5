//! What can go wrong when a log is read.

use std::io;
use std::path::PathBuf;

/// Returns what was read of a neighbouring database: nothing where there is none, or where it is damaged.
///
/// # Errors
/// When it cannot be read now, so that what it has is not known.
pub(crate) fn unless_damaged<T>(read: Result<T, ParseError>) -> Result<Option<T>, ParseError> {
    match read {
        Err(ParseError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(ParseError::Database { .. }) => Ok(None),
        read => read.map(Some),
    }
}

/// Why a source gives no sessions at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The file or folder cannot be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// What was read.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// No line of the file is a record of the tool.
    #[error("{path} holds no record of {tool}")]
    Foreign {
        /// What was read.
        path: PathBuf,
        /// Whose parser read it.
        tool: &'static str,
    },
    /// The database is damaged, or not the tool's.
    #[error("cannot read the database {path}: {reason}")]
    Database {
        /// What was read.
        path: PathBuf,
        /// What SQLite says of it.
        reason: String,
    },
}
