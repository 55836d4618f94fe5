//! Purging: what was forgotten, or replaced, leaves the history of a branch.

use crate::forget::PATIENCE;
use crate::{Engine, Result, Scope};
use opensession_hail::Timestamp;
use opensession_store::{Purged, Store};
use std::path::PathBuf;

impl Engine {
    /// Begins the history of the branch in scope anew, that of the user's own store where no repository is, and removes
    /// the index, in which words of what is gone may stand. Returns the git folder and what was done; `None` where there
    /// is no branch.
    ///
    /// The user's own store is cleared of everything that nothing leads to any more; a repository only with `collect`.
    ///
    /// # Errors
    /// When the branch cannot be read or written, or git cannot collect.
    pub fn purge(&self, at: Timestamp, collect: bool) -> Result<Option<(PathBuf, Purged)>> {
        let (store, collect) = match &self.scope {
            Scope::Home if Store::is_unmade(&self.home_store())? => return Ok(None),
            Scope::Home => (Store::open(&self.home_store())?, true),
            Scope::Repository(folder) => (self.repository(folder)?.store, collect),
        };
        let purged = store.purge(at, PATIENCE, collect)?;
        self.remove_index()?;
        Ok(purged.map(|purged| (store.git_dir().to_owned(), purged)))
    }
}
