//! Reading all other refs: where branches, remote-tracking branches and the `HEAD`s of work trees point.

use super::{Backend, Refs, Value};
use crate::Result;
use crate::layout::BRANCH;
use gix::ObjectId;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where branches are.
const HEADS: &str = "refs/heads";
/// Where the branches of remotes are remembered.
const REMOTES: &str = "refs/remotes";

impl Refs {
    /// Returns the commits that branches, remote-tracking branches and the `HEAD`s of all work trees point to;
    /// `git_dirs` are the git folders of the work trees. The sessions branches are left out, and so is what cannot
    /// be read.
    pub(crate) fn tips(&self, git_dirs: &[PathBuf]) -> Result<BTreeSet<ObjectId>> {
        let mut tips = BTreeSet::new();
        for prefix in [HEADS, REMOTES] {
            for (name, value) in self.list(prefix)? {
                if let Value::Id(id) = value
                    && name != BRANCH
                    && tracked_remote(&name).is_none()
                {
                    tips.insert(id);
                }
            }
        }
        tips.extend(self.heads(git_dirs)?);
        Ok(tips)
    }

    /// Returns the remotes of which the sessions branch was fetched, and what their remote-tracking branches hold.
    pub(crate) fn tracking(&self) -> Result<Vec<(String, Value)>> {
        let remotes = self.list(REMOTES)?.into_iter();
        let remote = |(name, value): (String, _)| Some((tracked_remote(&name)?.to_owned(), value));
        Ok(remotes.filter_map(remote).collect())
    }

    /// Returns the commits that the `HEAD`s in `git_dirs`, git folders of work trees, point to.
    pub(crate) fn heads(&self, git_dirs: &[PathBuf]) -> Result<Vec<ObjectId>> {
        match &self.backend {
            Backend::Files(files) => {
                let heads = git_dirs.iter().map(|git_dir| files.head(git_dir));
                let id = |value| match value {
                    Ok(Value::Id(id)) => Some(Ok(id)),
                    Ok(Value::Absent | Value::Garbage(_)) => None,
                    Err(error) => Some(Err(error)),
                };
                heads.filter_map(id).collect()
            }
            Backend::Reftable(tables) => tables.ids(git_dirs.iter().map(|path| head_name(path))),
        }
    }
}

/// Returns the remote whose sessions branch the ref `name` remembers.
fn tracked_remote(name: &str) -> Option<&str> {
    // `/opensession/sessions`
    let branch = BRANCH.strip_prefix(HEADS)?;
    name.strip_prefix(REMOTES)?.strip_suffix(branch)?.strip_prefix('/')
}

/// Returns what git calls the `HEAD` of a work tree in the repository: `worktrees/<id>/HEAD` for a linked one.
fn head_name(git_dir: &Path) -> String {
    let linked = git_dir.parent().and_then(Path::file_name).is_some_and(|name| name == "worktrees");
    match git_dir.file_name() {
        Some(id) if linked => format!("worktrees/{}/HEAD", id.to_string_lossy()),
        _ => "HEAD".to_owned(),
    }
}
