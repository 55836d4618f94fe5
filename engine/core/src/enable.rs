//! A repository's own branch: only after its owner has said so (`DESIGN` §2).

use crate::engine::Located;
use crate::inside::Inside;
use crate::queue::Queue;
use crate::{Engine, Error, Result, failures, registry};
use opensession_hail::{SessionKey, Timestamp};
use opensession_store::{Entry, HooksFolder, Manifest, Store};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long bringing sessions over waits for other writers.
const PATIENCE: Duration = Duration::from_secs(60);

/// What enabling a repository would change, before anything is.
#[derive(Debug)]
pub struct EnablePlan {
    /// The git folder that all work trees share.
    pub git_dir: PathBuf,
    /// The root of the main work tree, where there is one.
    pub work_tree: Option<PathBuf>,
    /// Whether it is enabled already.
    pub is_enabled: bool,
    /// Where git looks for the repository's hooks.
    pub hooks: HooksFolder,
    /// How many of its sessions stand in the home store and not on its own branch.
    pub older: usize,
}

/// What enabling a repository did.
#[derive(Debug, Default)]
pub struct Enabled {
    /// How many sessions were brought over from the home store.
    pub brought: usize,
    /// How many were left there, because the branch holds another version of them.
    pub left: usize,
    /// Those that could not be brought over, and why.
    pub failed: Vec<(SessionKey, Error)>,
}

/// What disabling a repository did.
#[derive(Debug)]
pub struct Disabled {
    /// The git folder that all work trees share.
    pub git_dir: PathBuf,
    /// Whether sessions went to its branch before.
    pub was_enabled: bool,
}

impl Engine {
    /// Returns what enabling the repository that `folder` lies in would change.
    ///
    /// # Errors
    /// When there is no repository, or it cannot be read.
    pub fn plan_enable(&self, folder: &Path) -> Result<EnablePlan> {
        let Located { store, work_trees } = self.repository(folder)?;
        store.check_name()?;
        if store.git_dir().to_str().is_none() {
            // No tool's log could name it, nor the list of repositories.
            let path = store.git_dir().to_owned();
            return Err(Error::NotUtf8 { path });
        }
        let hooks = store.hooks_folder()?;
        let older = self.older_sessions(&store)?.map_or(0, |(_, older)| older.len());
        Ok(EnablePlan {
            git_dir: store.git_dir().to_owned(),
            work_tree: work_trees.into_iter().next(),
            is_enabled: store.is_enabled()?,
            hooks,
            older,
        })
    }

    /// Lets sessions go to the branch of the repository that `folder` lies in from now on; with `bring`, also those
    /// of its sessions that the home store holds. `at` is the time of the commit.
    ///
    /// # Errors
    /// When the repository's configuration or its branch cannot be written.
    pub fn enable(&self, folder: &Path, bring: bool, at: Timestamp) -> Result<Enabled> {
        let Located { store, .. } = self.repository(folder)?;
        // First what can fail for a reason of the repository's: an enabled one must take sessions.
        let mut done = Enabled::default();
        if bring && let Some((home, older)) = self.older_sessions(&store)? {
            let written = store.adopt(&home, &older, at, PATIENCE)?;
            done.left = written.stale.len();
            let kept_out = written.forgotten.len() + done.left + written.failed.len();
            done.brought = older.len() - kept_out;
            done.failed =
                written.failed.into_iter().map(|(key, error)| (key, error.into())).collect();
        }
        registry::add(&self.data_dir(), store.git_dir())?;
        store.enable()?;
        Ok(done)
    }

    /// Lets no more sessions go to the branch of the repository that `folder` lies in, nor be shared; what stands there
    /// stays.
    ///
    /// # Errors
    /// When the repository's configuration cannot be written.
    pub fn disable(&self, folder: &Path, now: Timestamp) -> Result<Disabled> {
        let store = self.repository(folder)?.store;
        let was_enabled = store.is_enabled()?;
        if was_enabled {
            store.disable()?;
            // Nobody shares behind pushes any more.
            Queue::of_pushes(store.git_dir()).remove()?;
        }
        failures::note_sharing(&self.data_dir(), store.git_dir(), None, now)?;
        Ok(Disabled { git_dir: store.git_dir().to_owned(), was_enabled })
    }

    /// Returns whether sessions go, or may go, to the branch of another repository than the one in `git_dir`: one that
    /// cannot be looked at may be back tomorrow.
    #[must_use]
    pub fn serves_another(&self, git_dir: &Path) -> bool {
        let mut known = registry::all(&self.data_dir()).into_iter().filter(|one| one != git_dir);
        known.any(|other| match Store::open(&other) {
            Ok(store) => store.is_enabled().unwrap_or(true),
            Err(error) => error.kind() != opensession_store::ErrorKind::NotFound,
        })
    }

    /// Returns the git folders of the repositories whose sessions go to their own branches.
    #[must_use]
    pub fn enabled_repositories(&self) -> Vec<PathBuf> {
        let mut known = registry::load(&self.data_dir());
        // What cannot be opened takes no sessions.
        known.retain(|git_dir| {
            Store::open(git_dir).is_ok_and(|store| store.is_enabled().unwrap_or(false))
        });
        known
    }

    /// Returns where git looks for the hooks of the repository that `folder` lies in.
    ///
    /// # Errors
    /// When there is no repository, or git cannot be asked.
    pub fn hooks_folder(&self, folder: &Path) -> Result<HooksFolder> {
        Ok(self.repository(folder)?.store.hooks_folder()?)
    }

    /// Returns the home store's branch and the repository's sessions on it of which its own branch holds less.
    fn older_sessions(
        &self,
        store: &Store,
    ) -> Result<Option<(opensession_store::Branch, Vec<Entry>)>> {
        let home_store = self.home_store();
        if store.git_dir() == home_store || Store::is_unmade(&home_store)? {
            return Ok(None);
        }
        let Some(home) = Store::open(&home_store)?.branch()? else { return Ok(None) };
        let own = store.branch()?;
        let inside = Inside::new(store.git_dir().to_owned(), &self.home);
        let mut older = Vec::new();
        for entry in home.newest() {
            // What is damaged there is for `fsck` to name; the rest can be brought over.
            let Ok(entry) = entry else { continue };
            let Ok(manifest) = home.manifest(&entry) else { continue };
            let known = match &own {
                Some(own) => own.find(&entry.key, None)?.map(|known| own.manifest(&known)),
                None => None,
            };
            let extent = |manifest: &Manifest| (manifest.generation, manifest.events());
            // Of what cannot be read anything is more.
            // What is forgotten there does not come back with it.
            let forgotten = match &own {
                Some(own) => own.tombstone(&entry.key)?,
                None => None,
            };
            if forgotten.is_some_and(|generation| manifest.generation <= generation) {
                continue;
            }
            let is_less = known
                .is_none_or(|known| known.map_or(true, |known| extent(&known) < extent(&manifest)));
            if is_less && inside.holds(&manifest.header) {
                older.push(entry);
            }
        }
        Ok(Some((home, older)))
    }
}
