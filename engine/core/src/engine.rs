//! The facade: one value that every frontend works through.

use crate::privacy::Privacy;
use crate::{Config, FoundRoot, Result};
use opensession_parsers::Home;
use opensession_store::{Finding, Location, Store};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Which sessions an [`Engine`] works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of the user's: the private home store, and every repository that was enabled.
    Home,
    /// Those of the repository at this path, the root of a work tree or a git folder: its branch, its remote-tracking
    /// ones, and its sessions in the home store.
    Repository(PathBuf),
}

/// What every frontend uses.
pub struct Engine {
    pub(crate) home: Home,
    pub(crate) config: Config,
    pub(crate) privacy: Arc<Privacy>,
    pub(crate) scope: Scope,
}

impl Engine {
    /// Returns the engine of this user over `scope`. Nothing is created before something is stored.
    ///
    /// # Errors
    /// [`crate::Error::Config`] when the configuration file is not valid.
    pub fn open(home: Home, scope: Scope) -> Result<Self> {
        let config = Config::load(&home)?;
        let privacy = Arc::new(Privacy::new(&config, &home));
        Ok(Self { home, config, privacy, scope })
    }

    /// Returns the folder for this program's data: `$XDG_DATA_HOME/opensession`.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.home.data_dir().join("opensession")
    }

    /// Returns where the home store is.
    #[must_use]
    pub fn home_store(&self) -> PathBuf {
        self.data_dir().join("sessions.git")
    }

    /// Returns the folder for private copies of tools' databases.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.data_dir().join("scratch")
    }

    /// Returns the store that a capture is about, made where it is the home store and not there yet.
    pub(crate) fn store_for_writing(&self) -> Result<Store> {
        match &self.scope {
            Scope::Home => Ok(Store::init(&self.home_store())?),
            Scope::Repository(folder) => Ok(self.repository(folder)?.store),
        }
    }

    /// Returns the repository at `path`: the root of a work tree, or a git folder. Nothing above it is looked at.
    ///
    /// # Errors
    /// [`opensession_store::Error::NotARepository`] where there is none.
    pub(crate) fn repository(&self, path: &Path) -> Result<Located> {
        let store = Store::open(path)?;
        let work_trees = store.work_trees()?;
        Ok(Located { store, work_trees })
    }

    /// Returns every folder in which logs are looked for, and how many were found there.
    #[must_use]
    pub fn roots(&self) -> Vec<FoundRoot> {
        self.sweep().roots
    }

    /// Checks everything that reading the branches of the scope depends on; tells `progress` sessions done and
    /// sessions in all, for one branch after the other.
    ///
    /// # Errors
    /// When the only store cannot be opened; of several, it is a finding.
    pub fn fsck(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<Vec<CheckedStore>> {
        let git_dirs = self.git_dirs()?;
        let is_only_one = git_dirs.len() == 1;
        let mut checked = Vec::new();
        for git_dir in git_dirs {
            let mut sessions = 0;
            let found = Store::open(&git_dir).and_then(|store| {
                store.fsck(&mut |done, all| {
                    sessions = all;
                    progress(done, all);
                })
            });
            let findings = match found {
                Ok(findings) => findings,
                Err(error) if is_only_one => return Err(error.into()),
                // One store that cannot be checked stops the check of no other.
                Err(error) => {
                    let object = git_dir.display().to_string();
                    vec![Finding { session: None, object, reason: error.to_string() }]
                }
            };
            checked.push(CheckedStore { git_dir, sessions, findings });
        }
        Ok(checked)
    }
}

/// Returns the repository that `folder` lies in; `git_dir` is what `GIT_DIR` says.
///
/// # Errors
/// When a folder on the way cannot be looked into.
pub fn locate(folder: &Path, git_dir: Option<&Path>) -> Result<Option<Location>> {
    Ok(opensession_store::locate(folder, git_dir)?)
}

/// What a check of one store found.
#[derive(Debug)]
pub struct CheckedStore {
    /// Its git folder.
    pub git_dir: PathBuf,
    /// How many sessions were checked.
    pub sessions: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// A repository, and the roots of its work trees as far as they are known.
pub(crate) struct Located {
    pub(crate) store: Store,
    pub(crate) work_trees: Vec<PathBuf>,
}
