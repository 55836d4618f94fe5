//! What can go wrong, and of what kind it is.

use crate::LeakingSecret;
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
    /// A remote, or the way to it; the same call may succeed later.
    Network,
    /// A secret would leave this machine.
    Unsafe,
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
    /// A reference names a session that was forgotten.
    #[error("{session} was forgotten")]
    Forgotten {
        /// The session.
        session: String,
    },
    /// A forgotten session is nowhere any more.
    #[error(
        "{session} was forgotten, and neither a branch nor a log on this machine has it any more"
    )]
    Gone {
        /// The session.
        session: String,
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
    /// A repository does not keep its sessions.
    #[error("{repository} does not keep sessions on a branch of its own")]
    NotEnabled {
        /// The root of its work tree, or its git folder.
        repository: PathBuf,
    },
    /// There is nobody to share with.
    #[error("{}", no_remote(.gone.as_deref(), .known))]
    NoRemote {
        /// The remote that was agreed to, where that is gone.
        gone: Option<String>,
        /// The remotes that there are.
        known: Vec<String>,
    },
    /// Nobody said that sessions may be pushed there.
    #[error("it was not agreed to push sessions to {remote}")]
    NotAgreed {
        /// The remote.
        remote: String,
    },
    /// A secret would have left.
    #[error("{}", leak(.0))]
    Leak(Box<LeakingSecret>),
    /// Others were faster every time.
    #[error("{remote}: others push all the time")]
    Raced {
        /// The remote.
        remote: String,
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
                    Stored::Network => ErrorKind::Network,
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
            Self::NoSession { .. }
            | Self::NoEvent { .. }
            | Self::Forgotten { .. }
            | Self::Gone { .. } => ErrorKind::NotFound,
            Self::NotEnabled { .. } | Self::NoRemote { .. } | Self::NotAgreed { .. } => {
                ErrorKind::Invalid
            }
            Self::Leak(_) => ErrorKind::Unsafe,
            Self::Raced { .. } => ErrorKind::Busy,
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

/// How the message of [`Error::Leak`] begins, which may be all that is remembered of it.
pub(crate) const NOTHING_PUSHED: &str = "nothing was pushed: ";

fn no_remote(gone: Option<&str>, known: &[String]) -> String {
    let known = match known {
        [] => "the repository has none".to_owned(),
        known => format!("there are {}", known.join(", ")),
    };
    match gone {
        Some(gone) => {
            format!("the remote {gone}, which sessions were shared with, is gone; {known}")
        }
        None => format!("which remote to share with was not said; {known}"),
    }
}

fn leak(leak: &LeakingSecret) -> String {
    let LeakingSecret { session, finding, is_past } = leak;
    let place =
        finding.event.as_ref().map_or("the header".to_owned(), |event| format!("event {event}"));
    let kinds: Vec<&str> = finding.counts.keys().map(String::as_str).collect();
    let past = if *is_past { ", in an older state of the branch," } else { "" };
    format!("{NOTHING_PUSHED}{place} of {session}{past} holds a secret ({})", kinds.join(", "))
}
