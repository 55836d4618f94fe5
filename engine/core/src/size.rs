//! What the sessions take of the disk, and of a clone.

use crate::view::Origin;
use crate::{Engine, Error, Result};
use opensession_hail::SessionKey;
use opensession_store::{Branch, Remote, Size, Store};
use std::path::{Path, PathBuf};

/// What the sessions of a store take.
#[derive(Debug)]
pub struct StoreSize {
    /// Which one.
    pub origin: Origin,
    /// Its git folder.
    pub git_dir: PathBuf,
    /// What its branch takes; `None` where it has none.
    pub branch: Option<BranchSize>,
    /// Why it cannot be measured, where it cannot.
    pub problem: Option<String>,
}

/// What a branch with sessions takes.
#[derive(Debug)]
pub struct BranchSize {
    /// The remote that it was fetched from, where the repository has no branch of its own.
    pub fetched_from: Option<String>,
    /// How much.
    pub size: Size,
    /// The sessions of [`Size::largest`], their titles, and what each of them takes.
    pub largest: Vec<(SessionKey, Option<String>, u64)>,
    /// The remotes that have the branch beside others, as far as is known: whoever clones one of them gets it.
    pub cloned_from: Vec<Remote>,
    /// Those that have it alone.
    pub alone_on: Vec<Remote>,
}

impl Engine {
    /// Returns what the sessions of each store take; those of the repository at `folder` first, also where it is not
    /// enabled but somebody's sessions were fetched into it.
    ///
    /// # Errors
    /// When the repository at `folder` cannot be opened. What cannot be measured is named in its place.
    pub fn sizes(&self, folder: Option<&Path>) -> Result<Vec<StoreSize>> {
        let mut stores = self.all_stores();
        if let Some(folder) = folder {
            let git_dir = self.repository(folder)?.store.git_dir().to_owned();
            stores.retain(|(_origin, known)| *known != git_dir);
            stores.insert(0, (Origin::Repository(git_dir.clone()), git_dir));
        }
        let measured = stores.into_iter().map(|(origin, git_dir)| {
            let (branch, problem) = match measure(&git_dir) {
                Ok(branch) => (branch, None),
                Err(error) => (None, Some(error.to_string())),
            };
            StoreSize { origin, git_dir, branch, problem }
        });
        Ok(measured.collect())
    }
}

fn measure(git_dir: &Path) -> Result<Option<BranchSize>> {
    let store = Store::open(git_dir)?;
    let mut tracking = store.tracking()?.branches;
    let known: Vec<String> = tracking.iter().map(|(remote, _branch)| remote.clone()).collect();
    let (fetched_from, branch) = match store.branch()? {
        Some(own) => (None, own),
        None if tracking.is_empty() => return Ok(None),
        None => {
            let (remote, branch) = tracking.swap_remove(0);
            (Some(remote), branch)
        }
    };
    let size = store.size(&branch)?;
    let largest = size.largest.iter().map(|(entry, bytes)| {
        let title = title(&branch, entry)?;
        Ok((entry.key.clone(), title, *bytes))
    });
    let largest = largest.collect::<Result<_>>()?;
    let (mut cloned_from, mut alone_on) = (Vec::new(), Vec::new());
    for remote in store.remotes()? {
        if known.contains(&remote.tracked_as()) {
            match store.is_for_sessions_alone(&remote)? {
                true => alone_on.push(remote),
                false => cloned_from.push(remote),
            }
        }
    }
    Ok(Some(BranchSize { fetched_from, size, largest, cloned_from, alone_on }))
}

/// Returns the title of a session; a manifest that is damaged has none.
fn title(branch: &Branch, entry: &opensession_store::Entry) -> Result<Option<String>> {
    match branch.manifest(entry) {
        Ok(manifest) => Ok(manifest.header.context.title),
        Err(opensession_store::Error::Corrupt { .. }) => Ok(None),
        Err(error) => Err(Error::from(error)),
    }
}
