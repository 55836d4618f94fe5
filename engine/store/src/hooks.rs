//! Where git looks for the hooks of a repository.

use crate::{Error, Result, Store, git};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder in which git looks for hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HooksFolder {
    /// The folder. It need not be there.
    pub path: PathBuf,
    /// Whose it is.
    pub origin: HooksOrigin,
    /// Where `core.hooksPath` is set, as git says it: `file:` and a path, or another source. `None` where it is not.
    pub setting: Option<String>,
}

/// Whose a folder of hooks is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HooksOrigin {
    /// The repository's alone: it is in its git folder.
    GitFolder,
    /// The project's: it is in the work tree, and may be committed.
    WorkTree,
    /// Outside of both: other repositories may use it too.
    Outside,
}

impl Store {
    /// Returns where git looks for the hooks of the work tree that was opened. The user's and the system's
    /// configuration count, as they do for git.
    ///
    /// # Errors
    /// [`Error::Git`] where git cannot tell.
    pub fn hooks_folder(&self) -> Result<HooksFolder> {
        let root = match &self.work_tree {
            Some(root) => Some(root.clone()),
            None => self.main_work_tree()?,
        };
        // Hooks run in the root of the work tree, and a relative path starts where they run.
        let folder = root.as_deref().unwrap_or(&self.git_dir);
        let (path, setting) = git::hooks_path(&self.head_dir, folder)?;
        let path = gix::path::from_byte_slice(&path);
        let path = path.map_err(|error| Error::invalid("core.hooksPath", error.to_string()))?;
        let path = folder.join(path);
        let place = resolve(&path)?;
        let origin = if place.starts_with(&self.git_dir) {
            HooksOrigin::GitFolder
        } else if root.is_some_and(|root| place.starts_with(root)) {
            HooksOrigin::WorkTree
        } else {
            HooksOrigin::Outside
        };
        let setting = setting.map(|setting| String::from_utf8_lossy(&setting).into_owned());
        Ok(HooksFolder { path, origin, setting })
    }
}

/// Returns `path` without symbolic links and `..`; what is not there yet is as it says.
fn resolve(path: &Path) -> Result<PathBuf> {
    match fs::canonicalize(path) {
        Ok(found) => Ok(found),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            match (path.parent(), path.file_name()) {
                (Some(parent), Some(name)) => Ok(resolve(parent)?.join(name)),
                _ => Ok(path.to_owned()),
            }
        }
        Err(error) => Err(Error::io(path)(error)),
    }
}
