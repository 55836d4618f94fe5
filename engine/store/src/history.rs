//! The commits of the repository's own branches: which there are, and which files each changed.
//!
//! Only reads objects; nothing of the work tree, the index or the configuration is looked at.

mod trees;
mod walk;

use crate::odb::Odb;
use crate::tree::Tree;
use crate::{BlobId, CommitId, Error, Result, Store, TreeId};
use gix::objs::{CommitRefIter, Kind};
use opensession_hail::Timestamp;
use std::sync::Arc;

/// Files above this size are not taken for text: nobody edits them line by line.
const MOST_TEXT: u64 = 4 << 20;
/// Git looks for a NUL in so many bytes to tell a binary file.
const TELLTALE: usize = 8000;

/// The commits of a repository. Any number of threads may use it.
pub struct History {
    odb: Arc<Odb>,
    hash: gix::hash::Kind,
}

/// A commit, as far as it matters for finding whose edits it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: CommitId,
    /// Its parents, the first one first. In a shallow clone they may be missing.
    pub parents: Vec<CommitId>,
    /// When the change was made: kept by amend, rebase and cherry-pick. Whole seconds.
    pub author_time: Timestamp,
    /// When the commit was made. Whole seconds.
    pub time: Timestamp,
    /// Its root tree.
    pub tree: TreeId,
}

/// A file that a commit added, changed or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Below the root, with forward slashes; bytes that are not UTF-8 are the text `\xNN`.
    pub path: String,
    /// What stood there before; `None` for a file that is new. The same as `new` where only the mode changed.
    pub old: Option<BlobId>,
    /// What stands there now; `None` for a file that is gone.
    pub new: Option<BlobId>,
}

impl Store {
    /// Returns the commits of the repository.
    #[must_use]
    pub fn history(&self) -> History {
        History { odb: Arc::clone(&self.odb), hash: self.hash() }
    }
}

impl History {
    /// Returns the commits that `tips` reach and `known` do not, newest first by the time they were committed, from
    /// `not_before` on.
    ///
    /// As for `git rev-list`, a clock that went backwards may hide a commit or show one twice in two walks: a day of
    /// that is tolerated. A commit that is missing (shallow clone) or damaged ends its line of the walk.
    ///
    /// # Errors
    /// [`Error::Io`] where the objects cannot be read at all.
    pub fn walk(
        &self,
        tips: &[CommitId],
        known: &[CommitId],
        not_before: Timestamp,
    ) -> Result<Vec<Commit>> {
        walk::walk(self, tips, known, not_before)
    }

    /// Returns the commit `id`; `None` where it is missing.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where it is damaged, or no commit.
    pub fn commit(&self, id: CommitId) -> Result<Option<Commit>> {
        let Some(bytes) = self.odb.find(id.0, Kind::Commit)? else { return Ok(None) };
        let damaged = |error: gix::Error| Error::corrupt(format!("commit {id}"), error.to_string());
        let fields = || CommitRefIter::from_bytes(&bytes, self.hash);
        let tree = fields().tree_id().map_err(damaged)?;
        let author = fields().author().map_err(damaged)?.seconds();
        let committer = fields().committer().map_err(damaged)?.seconds();
        Ok(Some(Commit {
            id,
            parents: fields().parent_ids().map(CommitId).collect(),
            author_time: time(author),
            time: time(committer),
            tree: TreeId(tree),
        }))
    }

    /// Returns the commit `id`; `None` where it is missing (shallow clone) or damaged: there its line of a walk ends.
    ///
    /// # Errors
    /// [`Error::Io`] where the objects cannot be read at all.
    pub(crate) fn readable_commit(&self, id: CommitId) -> Result<Option<Commit>> {
        match self.commit(id) {
            Err(Error::Corrupt { .. }) => Ok(None),
            found => found,
        }
    }

    /// Returns the files that `commit` changed against its first parent, by path; a root commit against nothing. Equal
    /// subtrees are never entered. Of a commit whose parent is missing (shallow clone) no change is known.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a tree that cannot be read, [`Error::Invalid`] for more files than any person changes.
    pub fn changes(&self, commit: &Commit) -> Result<Vec<Change>> {
        let parent = match commit.parents.first() {
            Some(parent) => match self.commit(*parent)? {
                Some(parent) => Some(parent.tree.0),
                None => return Ok(Vec::new()),
            },
            None => None,
        };
        let changes = trees::diff(self, parent, commit.tree.0);
        changes.map_err(|error| match error {
            trees::Failure::TooMany => {
                Error::invalid(format!("commit {}", commit.id), "changes too many files")
            }
            trees::Failure::Store(error) => error,
        })
    }

    /// Returns the content of a file; `None` where it is binary, above 4 MiB, missing (partial clone), or no file of
    /// this repository (submodule).
    ///
    /// # Errors
    /// [`Error::Corrupt`] where it is damaged.
    pub fn text(&self, blob: BlobId) -> Result<Option<Vec<u8>>> {
        match self.odb.header(blob.0)? {
            Some((Kind::Blob, bytes)) if bytes <= MOST_TEXT => {}
            _ => return Ok(None),
        }
        let text = self.odb.find(blob.0, Kind::Blob)?;
        Ok(text.filter(|text| !text.iter().take(TELLTALE).any(|byte| *byte == 0)))
    }

    /// Returns the file at `path` in `tree`; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a tree that cannot be read.
    pub fn file(&self, tree: TreeId, path: &str) -> Result<Option<BlobId>> {
        let mut tree = tree.0;
        let mut names = path.split('/').peekable();
        while let Some(name) = names.next() {
            let folder = Tree::read(&self.odb, self.hash, tree)?;
            match (folder.get(name), names.peek()) {
                (Some(node), None) if !node.mode.is_tree() => return Ok(Some(BlobId(node.id))),
                (Some(node), Some(_)) if node.mode.is_tree() => tree = node.id,
                _ => break,
            }
        }
        Ok(None)
    }
}

/// Returns the time that many seconds after 1970; one that no calendar knows counts as 1970.
fn time(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1000)).unwrap_or(Timestamp::EPOCH)
}
