//! What can go wrong with the index.

use std::path::PathBuf;

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong with the index. None of it touches a session.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused, or is damaged.
    #[error("{}: {source}", path.display())]
    Database {
        /// The file; `:memory:` where there is none.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        #[source]
        source: std::io::Error,
    },
    /// The branch refused, or is damaged.
    #[error(transparent)]
    Store(#[from] opensession_store::Error),
    /// A place in a list that no list gave.
    #[error("{0:?} is no place in a list")]
    Cursor(String),
}

impl Error {
    /// Returns whether there was no room on the disk.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Database { source, .. } => {
                source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
            }
            Self::Io { source, .. } => source.kind() == std::io::ErrorKind::StorageFull,
            Self::Store(_) | Self::Cursor(_) => false,
        }
    }

    /// Returns whether the database is not what it must be, so that a new one helps.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{
            DatabaseCorrupt, NotADatabase, SchemaChanged, SystemIoFailure, TypeMismatch, Unknown,
        };
        match self {
            Self::Database { source, .. } => match source.sqlite_error_code() {
                Some(code) => matches!(
                    code,
                    DatabaseCorrupt
                        | NotADatabase
                        | SchemaChanged
                        | SystemIoFailure
                        | TypeMismatch
                        | Unknown
                ),
                // A value of another type than was written.
                None => !matches!(source, rusqlite::Error::InvalidParameterName(_)),
            },
            _ => false,
        }
    }
}
