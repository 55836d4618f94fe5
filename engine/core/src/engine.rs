//! The facade: one value that every frontend works through.

use crate::{Config, FoundRoot, Result, discover};
use opensession_parsers::Home;
use opensession_store::{Finding, Store};
use std::path::{Path, PathBuf};

/// Which store an [`Engine`] works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The user's private store.
    Home,
    /// The branch of the repository at or above this folder.
    Repository(PathBuf),
}

/// What every frontend uses.
pub struct Engine {
    pub(crate) home: Home,
    pub(crate) config: Config,
    pub(crate) scope: Scope,
}

impl Engine {
    /// Returns the engine of this user over the store in `scope`. Nothing is created before something is stored.
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

    /// Returns the folder whose repository the engine works on; the home store's own for [`Scope::Home`].
    #[must_use]
    pub fn store_path(&self) -> PathBuf {
        match &self.scope {
            Scope::Home => self.home_store(),
            Scope::Repository(folder) => folder.clone(),
        }
    }

    /// Returns the store; `None` where nothing was ever stored in the home store.
    pub(crate) fn store(&self) -> Result<Option<Store>> {
        let path = self.store_path();
        match &self.scope {
            Scope::Home if Store::is_unmade(&path)? => Ok(None),
            Scope::Home => Ok(Some(Store::open(&path)?)),
            Scope::Repository(folder) => Ok(Some(Store::open(&repository_above(folder))?)),
        }
    }

    /// Returns the store, made where it is not there yet.
    pub(crate) fn store_for_writing(&self) -> Result<Store> {
        match &self.scope {
            Scope::Home => Ok(Store::init(&self.home_store())?),
            Scope::Repository(folder) => Ok(Store::open(&repository_above(folder))?),
        }
    }

    /// Returns every folder in which logs are looked for, and how many were found there.
    #[must_use]
    pub fn roots(&self) -> Vec<FoundRoot> {
        discover::sweep(&self.home, &self.config).roots
    }

    /// Checks everything that reading the store depends on; tells `progress` sessions done and sessions in all.
    ///
    /// # Errors
    /// When the store cannot be opened at all.
    pub fn fsck(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<Vec<Finding>> {
        match self.store()? {
            Some(store) => Ok(store.fsck(progress)?),
            None => Ok(Vec::new()),
        }
    }
}

/// Returns the folder at or above `folder` that holds a `.git`, else `folder` itself: it may be bare.
pub(crate) fn repository_above(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_nameless| folder.to_owned());
    absolute
        .ancestors()
        .find(|ancestor| ancestor.join(".git").exists())
        .map_or_else(|| absolute.clone(), Path::to_owned)
}
