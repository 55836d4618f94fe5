//! The facade: one value that every frontend works through.

use crate::{Config, FoundRoot, Result, discover};
use opensession_parsers::Home;
use opensession_store::{Finding, Location, Store};
use std::path::{Path, PathBuf};

/// Which sessions an [`Engine`] works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of the user's: the private home store, and every repository that was enabled.
    Home,
    /// Those of the repository that this folder lies in: its branch, its remote-tracking ones, and its sessions in
    /// the home store.
    Repository(PathBuf),
}

/// What every frontend uses.
pub struct Engine {
    pub(crate) home: Home,
    pub(crate) config: Config,
    pub(crate) scope: Scope,
}

impl Engine {
    /// Returns the engine of this user over `scope`. Nothing is created before something is stored.
    ///
    /// # Errors
    /// [`crate::Error::Config`] when the configuration file is not valid.
    pub fn open(home: Home, scope: Scope) -> Result<Self> {
        let config = Config::load(&home)?;
        Ok(Self { home, config, scope })
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

    /// Returns whether the scope is the repository with this git folder.
    #[must_use]
    pub fn is_over(&self, git_dir: &Path) -> bool {
        matches!(&self.scope, Scope::Repository(folder) if folder == git_dir)
    }

    /// Returns the store that a capture is about, made where it is the home store and not there yet.
    pub(crate) fn store_for_writing(&self) -> Result<Store> {
        match &self.scope {
            Scope::Home => Ok(Store::init(&self.home_store())?),
            Scope::Repository(folder) => Ok(self.repository(folder)?.store),
        }
    }

    /// Returns the repository that `folder` lies in.
    ///
    /// # Errors
    /// [`opensession_store::Error::NotARepository`] where there is none.
    pub(crate) fn repository(&self, folder: &Path) -> Result<Located> {
        let found = locate(folder, None)?;
        let git_dir = found.as_ref().map_or(folder, |location| &location.git_dir);
        let store = Store::open(git_dir)?;
        let mut work_trees = store.work_trees()?;
        work_trees.extend(found.and_then(|location| location.work_tree));
        Ok(Located { store, work_trees })
    }

    /// Returns every folder in which logs are looked for, and how many were found there.
    #[must_use]
    pub fn roots(&self) -> Vec<FoundRoot> {
        discover::sweep(&self.home, &self.config).roots
    }

    /// Checks everything that reading the branches of the scope depends on; tells `progress` sessions done and
    /// sessions in all, for one branch after the other.
    ///
    /// # Errors
    /// When a store cannot be opened at all.
    pub fn fsck(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<Vec<CheckedStore>> {
        let mut check = |store: Store| {
            let mut sessions = 0;
            let findings = store.fsck(&mut |done, all| {
                sessions = all;
                progress(done, all);
            })?;
            Ok(CheckedStore { git_dir: store.git_dir().to_owned(), sessions, findings })
        };
        self.git_dirs()?.iter().map(|git_dir| check(Store::open(git_dir)?)).collect()
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
