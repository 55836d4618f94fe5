//! What can go wrong when a log is read.

use std::io;
use std::path::PathBuf;

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
