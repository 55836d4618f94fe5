//! Links: which commit holds edits of which session.
//!
//! A commit is linked to a session when lines that the session's events say it wrote are among those that the commit
//! changed, in the same file. [`reconcile()`] finds the links of everything that is new since it last looked: commits,
//! sessions, later events of known sessions, rewritten commits. It reads objects and a memory that may be lost; it
//! writes no link. See `docs/links.md`.

mod catalogue;
mod delta;
mod edit;
mod examine;
mod follow;
pub(crate) mod line;
pub(crate) mod lookup;
mod memory;
pub(crate) mod place;
mod reconcile;
pub(crate) mod spread;
pub(crate) mod standing;
mod texts;
pub(crate) mod written;

use crate::{Error, Result};
use opensession_hail::{Event, EventId, SessionKey, Timestamp};
use opensession_store::{CommitId, History};
use std::path::{Path, PathBuf};

/// A commit holds edits of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundLink {
    /// The commit.
    pub commit: CommitId,
    /// The session.
    pub session: SessionKey,
    /// The files of the commit in which its edits are, by path.
    pub files: Vec<String>,
    /// The last of its events whose edit the commit holds.
    pub event: EventId,
}

/// A commit took the place of another: amend, rebase, squash. What `post-rewrite` hooks are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The commit that was.
    pub old: CommitId,
    /// The commit that is. A squash has several old ones for one new.
    pub new: CommitId,
}

/// A session as it is stored.
pub struct SessionSource<'a> {
    /// What names it.
    pub key: SessionKey,
    /// Its state: equal texts are equal sessions. The id of its tree.
    pub tree: String,
    /// When it began.
    pub started: Timestamp,
    /// The folder that it worked in, which relative paths in its events are relative to.
    pub folder: Option<String>,
    /// Whether it begins with a copy of another session's events (`forked_from`).
    pub is_copy: bool,
    /// Reads it.
    pub read: ReadEvents<'a>,
}

/// Passes the events of a session, in order, to what it is given.
pub type ReadEvents<'a> = Box<dyn Fn(&mut dyn FnMut(Event)) -> Result<()> + 'a>;

/// What [`reconcile()`] looks at.
pub struct Reconcile<'a> {
    /// The commits of the repository.
    pub history: &'a History,
    /// The tips of every branch that counts, without the sessions branch.
    pub tips: &'a [CommitId],
    /// The roots of the repository's work trees, linked ones too.
    pub roots: &'a [PathBuf],
    /// What `~` stands for in the paths of sessions.
    pub home: &'a Path,
    /// Every session of the repository; one that is no longer there is forgotten, and read again when it comes back.
    pub sessions: &'a [SessionSource<'a>],
    /// What was rewritten since the last time, in that order.
    pub rewritten: &'a [Rewritten],
    /// Returns the links that are stored of a commit.
    pub stored: &'a dyn Fn(CommitId) -> Result<Vec<FoundLink>>,
    /// The folder of the memory: `linked`, beside `captured`. It need not exist.
    pub memory: &'a Path,
}

/// What [`reconcile()`] found.
pub struct Reconciled {
    /// Links, by commit and session. Some may be stored already.
    pub links: Vec<FoundLink>,
    /// Sessions that could not be read, and files of commits. They stopped nothing else.
    pub failures: Vec<Error>,
    memory: memory::Memory,
}

impl Reconciled {
    /// Remembers what was looked at. To be called once the links are stored: what is remembered is not found again.
    ///
    /// # Errors
    /// [`Error::Io`] where the memory cannot be written; the next run then does the same again.
    pub fn remember(self) -> Result<()> {
        self.memory.save()
    }
}

/// Returns the links of what is new since the last run that was remembered.
///
/// The cost is that of the new commits, and of the commits since the first new edit of each session that changed.
///
/// # Errors
/// [`Error::Store`] where the repository cannot be read at all. A damaged commit or session is only passed over.
pub fn reconcile(input: &Reconcile<'_>) -> Result<Reconciled> {
    reconcile::run(input)
}
