//! What else is in the repository: the user's commits and work trees, and the sessions branches of remotes.

use crate::config::Config;
use crate::refs::{Tip, Value};
use crate::{Branch, CommitId, Error, Result, Store, git, location};
use gix::ObjectId;
use gix::objs::Kind;
use std::path::{Path, PathBuf};

/// The sessions branches that were fetched from remotes.
pub struct Tracking {
    /// The name of each remote and its branch, by name.
    pub branches: Vec<(String, Branch)>,
    /// Those that cannot be read, and why not.
    pub unreadable: Vec<(String, Error)>,
}

impl Store {
    /// Returns the commits that all branches, remote-tracking branches and `HEAD`s of work trees point to, in no
    /// particular order. Sessions branches are left out, tags too, and what holds no object id. Whether the commits
    /// are there was not looked at.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for refs that cannot be listed.
    pub fn tips(&self) -> Result<Vec<CommitId>> {
        let linked = location::linked(&self.git_dir)?.into_iter().map(|(head_dir, _root)| head_dir);
        let git_dirs: Vec<PathBuf> = std::iter::once(self.git_dir.clone()).chain(linked).collect();
        Ok(self.refs.tips(&git_dirs)?.into_iter().map(CommitId).collect())
    }

    /// Returns the commit that is checked out at `path`: the root of a work tree of this repository, or a work tree's
    /// own git folder. `None` where there is no commit yet.
    ///
    /// # Errors
    /// [`Error::NotARepository`] where `path` is no such thing, or belongs to another repository.
    pub fn head_of(&self, path: &Path) -> Result<Option<CommitId>> {
        let location = location::at(path)?.filter(|found| found.git_dir == self.git_dir);
        let location = location.ok_or_else(|| Error::NotARepository(path.to_owned()))?;
        Ok(self.refs.heads(&[location.head_dir])?.pop().map(CommitId))
    }

    /// Returns the sessions branches that were fetched: `refs/remotes/<remote>/opensession/sessions`.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for refs that cannot be listed.
    pub fn tracking(&self) -> Result<Tracking> {
        let mut tracking = Tracking { branches: Vec::new(), unreadable: Vec::new() };
        for (remote, value) in self.refs.tracking()? {
            match self.read_tracking(&value) {
                Ok(Some(branch)) => tracking.branches.push((remote, branch)),
                Ok(None) => {}
                Err(error) => tracking.unreadable.push((remote, error)),
            }
        }
        Ok(tracking)
    }

    /// Returns the roots of the main work tree and of all linked ones that are there.
    ///
    /// # Errors
    /// [`Error::Io`] where they cannot be listed.
    pub fn work_trees(&self) -> Result<Vec<PathBuf>> {
        let linked = location::linked(&self.git_dir)?.into_iter().filter_map(|(_dir, root)| root);
        Ok(self.main_work_tree()?.into_iter().chain(linked).collect())
    }

    /// Returns the commit that `text` is for git, as seen from the work tree that was opened: an id, also a short one,
    /// a branch, a tag, `HEAD~2`. `None` where it is none.
    ///
    /// # Errors
    /// [`Error::Git`] where git cannot tell, with its reason.
    pub fn resolve(&self, text: &str) -> Result<Option<CommitId>> {
        if let Ok(id) = ObjectId::from_hex(text.as_bytes())
            && id.kind() == self.hash()
            && let Ok(Some(_commit)) = self.odb.find(id, Kind::Commit)
        {
            return Ok(Some(CommitId(id)));
        }
        // No argument can hold this, and no name of a commit does.
        if text.is_empty() || text.contains('\0') {
            return Ok(None);
        }
        let commit = format!("{text}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit];
        let answer = git::run(&self.head_dir, &arguments, b"")?;
        if answer.code == Some(1) {
            return Ok(None);
        }
        let id = ObjectId::from_hex(answer.success()?.trim_ascii_end());
        // What git says of `^main` is no id.
        Ok(id.ok().map(CommitId))
    }

    /// Returns the root of the main work tree; `None` in a bare repository, and where nothing tells.
    pub(crate) fn main_work_tree(&self) -> Result<Option<PathBuf>> {
        if self.head_dir == self.git_dir && self.work_tree.is_some() {
            return Ok(self.work_tree.clone());
        }
        let config = Config::read(&self.git_dir)?;
        if let Some(path) = config.path("core.worktree") {
            return Ok(std::fs::canonicalize(self.git_dir.join(path)).ok());
        }
        let is_bare = config.boolean("core.bare")?.unwrap_or_default();
        let parent = self.git_dir.parent().filter(|_| self.git_dir.ends_with(".git") && !is_bare);
        Ok(parent.map(Path::to_owned))
    }

    fn read_tracking(&self, value: &Value) -> Result<Option<Branch>> {
        let commit = match value {
            Value::Absent => return Ok(None),
            Value::Id(id) => *id,
            Value::Garbage(bytes) => {
                let reason = format!("{:?} is no object id", bytes.escape_ascii().to_string());
                return Err(Error::corrupt("remote-tracking branch", reason));
            }
        };
        let tree = self.refs.whole(&self.odb, commit)?;
        Ok(Some(Branch::new(self, Tip { commit, tree, damage: None })))
    }
}
