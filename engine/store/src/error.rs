//! What can go wrong in the store.

use crate::{CommitId, Refusal};
use std::path::{Path, PathBuf};

/// The result of everything in this crate that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong in the store. Messages name the object and give no advice.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no git repository at the path.
    #[error("{0}: not a git repository")]
    NotARepository(PathBuf),
    /// The repository belongs to another user, and the user's git does not name it as safe.
    #[error("{0}: is owned by another user")]
    ForeignOwner(PathBuf),
    /// The named thing is not on the branch.
    #[error("{0}: not found")]
    NotFound(String),
    /// Bytes on disk are not what they must be.
    #[error("{object}: {reason}")]
    Corrupt {
        /// The session, ref, object or file.
        object: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another process kept the lock, or moved the branch, until the deadline.
    #[error("{0}: busy")]
    Busy(PathBuf),
    /// A symbolic link stands where a file of the store must be.
    #[error("{0}: is a symbolic link")]
    SymbolicLink(PathBuf),
    /// Another ref takes the place of the branch: `refs/heads/opensession` is a branch itself.
    #[error("{wanted} cannot exist beside {existing}")]
    NameTaken {
        /// The sessions branch.
        wanted: &'static str,
        /// The ref in its way.
        existing: String,
    },
    /// The repository or the branch uses something that this version cannot do.
    #[error("{object}: {feature} is not supported")]
    Unsupported {
        /// The repository, session or file.
        object: String,
        /// What it uses.
        feature: String,
    },
    /// What was given cannot be stored.
    #[error("{object}: {reason}")]
    Invalid {
        /// The session, event or attachment.
        object: String,
        /// Why not.
        reason: String,
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
    /// A remote, or the way to it, did not do what was asked.
    #[error("{remote}: {refusal}{}", words.first().map(|line| format!(": {line}")).unwrap_or_default())]
    Refused {
        /// Its name, or its address without credentials.
        remote: String,
        /// Why not.
        refusal: Refusal,
        /// What it said, or git, line by line, as they said it: it may hold anything but the credentials of its address.
        words: Vec<String>,
    },
    /// What one commit brings is more than may be sent at once.
    #[error("commit {commit}: {bytes} bytes are more than the {limit} that can be pushed at once")]
    TooLarge {
        /// The commit.
        commit: CommitId,
        /// How much would be sent.
        bytes: u64,
        /// How much may be.
        limit: u64,
    },
    /// A `git` command failed.
    #[error("git {command}: {message}")]
    Git {
        /// Its arguments.
        command: String,
        /// Why it failed, as it wrote to standard error, or how it ended.
        message: String,
    },
}

/// What an [`Error`] means for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Something asked for is not there.
    NotFound,
    /// Stored bytes are damaged.
    Corrupt,
    /// Others were faster for too long; the same call may succeed later.
    Busy,
    /// Permission is missing, or the place is not safe to use.
    Denied,
    /// A newer format or an unknown kind of repository.
    Unsupported,
    /// The disk, or the operating system.
    Io,
    /// A remote, or the way to it; the same call may succeed later.
    Network,
    /// What was given cannot be stored, or not here.
    Invalid,
}

impl Error {
    /// Returns what the error means for the caller.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotARepository(_) | Self::NotFound(_) => ErrorKind::NotFound,
            Self::Corrupt { .. } => ErrorKind::Corrupt,
            Self::Refused { refusal, .. } => refusal.kind(),
            Self::Busy(_) => ErrorKind::Busy,
            Self::SymbolicLink(_) | Self::ForeignOwner(_) | Self::TooLarge { .. } => {
                ErrorKind::Denied
            }
            Self::Unsupported { .. } => ErrorKind::Unsupported,
            Self::NameTaken { .. } | Self::Invalid { .. } => ErrorKind::Invalid,
            Self::Io { source, .. }
                if matches!(
                    source.kind(),
                    std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem
                ) =>
            {
                ErrorKind::Denied
            }
            Self::Io { .. } | Self::Git { .. } => ErrorKind::Io,
        }
    }

    pub(crate) fn corrupt(object: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Corrupt { object: object.into(), reason: reason.into() }
    }

    pub(crate) fn invalid(object: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { object: object.into(), reason: reason.into() }
    }

    /// Returns the error that the operating system gave, where `error` comes from one other than that there is no
    /// such file. What the system refuses to read now is no damage.
    pub(crate) fn of_system(path: &Path, error: &gix::Error) -> Option<Self> {
        use std::io::{Error as System, ErrorKind as Kind};
        let found = error.downcast_any_ref::<System>()?;
        let source = System::from_raw_os_error(found.raw_os_error()?);
        let is_missing = matches!(source.kind(), Kind::NotFound | Kind::NotADirectory);
        (!is_missing).then(|| Self::io(path)(source))
    }

    /// Returns what makes an I/O error of `path` out of what the operating system said.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::Io { path: path.to_owned(), source }
    }
}
