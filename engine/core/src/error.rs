//! What can go wrong, and of what kind it is.

use std::io;
use std::path::PathBuf;

/// A result of the engine.
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of failure an error is: what frontends map to exit codes and statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What was asked for does not exist.
    NotFound,
    /// What was asked for is not one thing.
    Ambiguous,
    /// The input is wrong.
    Invalid,
    /// Stored data is damaged.
    Corrupt,
    /// Somebody else holds it.
    Busy,
    /// The system refuses access.
    Denied,
    /// This program cannot do it.
    Unsupported,
    /// Reading or writing failed.
    Io,
}

/// A failure of the engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] opensession_store::Error),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] opensession_index::Error),
    /// A log cannot be read.
    #[error(transparent)]
    Parse(#[from] opensession_parsers::ParseError),
    /// An attachment cannot be stored.
    #[error(transparent)]
    Redact(#[from] opensession_redact::Error),
    /// A file cannot be read or written.
    #[error("cannot {verb} {path}: {source}")]
    Io {
        /// What was tried: `read`, `write`, `create`.
        verb: &'static str,
        /// Where.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The configuration file is not valid.
    #[error("{path}, line {line}: {reason}")]
    Config {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// No parser accepts a file.
    #[error("{path} is not the log of a known tool")]
    UnknownLog {
        /// The file.
        path: PathBuf,
    },
    /// Nothing is stored under a reference.
    #[error("no session is named {reference:?}")]
    NoSession {
        /// What was asked for.
        reference: String,
    },
    /// A reference fits several sessions.
    #[error("{reference:?} names {} sessions: {}", .matches.len(), .matches.join(", "))]
    AmbiguousSession {
        /// What was asked for.
        reference: String,
        /// The ids that fit.
        matches: Vec<String>,
    },
    /// A session has no event of an id.
    #[error("{session} has no event {event:?}")]
    NoEvent {
        /// The session.
        session: String,
        /// What was asked for.
        event: String,
    },
    /// A stored event cannot be read.
    #[error("{session}: {reason}")]
    Damaged {
        /// The session.
        session: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A path cannot be written down.
    #[error("{path}: the path is not UTF-8")]
    NotUtf8 {
        /// The path.
        path: PathBuf,
    },
    /// The store's redaction key is not one.
    #[error("{path} does not hold a redaction key")]
    BadKey {
        /// The file.
        path: PathBuf,
    },
    /// The system gave no random bytes.
    #[error("the system gives no random bytes: {reason}")]
    NoRandomness {
        /// What it said.
        reason: String,
    },
}

impl Error {
    /// Returns what kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        use opensession_store::ErrorKind as Stored;
        match self {
            Self::Store(error) | Self::Index(opensession_index::Error::Store(error)) => {
                match error.kind() {
                    Stored::NotFound => ErrorKind::NotFound,
                    Stored::Corrupt => ErrorKind::Corrupt,
                    Stored::Busy => ErrorKind::Busy,
                    Stored::Denied => ErrorKind::Denied,
                    Stored::Unsupported => ErrorKind::Unsupported,
                    Stored::Invalid => ErrorKind::Invalid,
                    _ => ErrorKind::Io,
                }
            }
            Self::Index(opensession_index::Error::Cursor(_)) => ErrorKind::Invalid,
            Self::Index(opensession_index::Error::Database { .. }) => ErrorKind::Io,
            Self::Parse(opensession_parsers::ParseError::Io { source, .. })
            | Self::Index(opensession_index::Error::Io { source, .. })
            | Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => ErrorKind::NotFound,
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    ErrorKind::Denied
                }
                _ => ErrorKind::Io,
            },
            Self::Parse(_) | Self::Redact(_) | Self::Config { .. } | Self::UnknownLog { .. } => {
                ErrorKind::Invalid
            }
            Self::NoSession { .. } | Self::NoEvent { .. } => ErrorKind::NotFound,
            Self::NotUtf8 { .. } => ErrorKind::Unsupported,
            Self::AmbiguousSession { .. } => ErrorKind::Ambiguous,
            Self::BadKey { .. } | Self::Damaged { .. } => ErrorKind::Corrupt,
            Self::NoRandomness { .. } => ErrorKind::Io,
        }
    }

    pub(crate) fn io(
        verb: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { verb, path, source }
    }
}
