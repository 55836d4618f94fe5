//! Making damaged stores whole: from other copies, other branches, older commits, and from the tools' logs.

use crate::capture::Capture;
use crate::engine::Located;
use crate::routes::Damaged;
use crate::view::Origin;
use crate::{Engine, Error, Progress, Result, Scope, memory};
use opensession_hail::{SessionKey, Timestamp};
use opensession_store::{Branch, Finding, Origin as Source, Store};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a repair waits for other writers.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a session that was damaged came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoredFrom {
    /// Other copies of the very same objects.
    Objects,
    /// An older commit of its own branch.
    Past(String),
    /// Another branch.
    Branch(Origin),
    /// The tool's log.
    Log,
}

/// What a repair of one store did.
#[derive(Debug)]
pub struct RepairedStore {
    /// Its git folder.
    pub git_dir: PathBuf,
    /// How many objects were written anew.
    pub objects: usize,
    /// The sessions that were damaged and are whole now.
    pub restored: Vec<(SessionKey, RestoredFrom)>,
    /// What is still wrong.
    pub lost: Vec<Finding>,
    /// Where damaged files are that were moved aside.
    pub moved: Vec<PathBuf>,
}

impl Engine {
    /// Makes the stores of the scope whole again, as far as anything holds what they lack; returns those in which
    /// something was wrong. `at` is the time of the commits.
    ///
    /// # Errors
    /// When a store cannot be opened, or others keep writing to it. What cannot be restored is named in the result.
    pub fn repair(&self, at: Timestamp, progress: &dyn Progress) -> Result<Vec<RepairedStore>> {
        let mut repaired = BTreeMap::new();
        let mut beyond = Vec::new();
        let mut damaged: BTreeMap<PathBuf, Damaged> = BTreeMap::new();
        for git_dir in self.git_dirs()? {
            let one = Store::open(&git_dir).map_err(Error::from).and_then(|store| {
                let is_whole = store.fsck(&mut |_done, _all| {})?.is_empty();
                if is_whole { Ok(None) } else { self.repair_store(&store, at).map(Some) }
            });
            let one = match one {
                Ok(None) => continue,
                Ok(Some(one)) => one,
                // One store that cannot be mended at all stops the repair of no other.
                Err(error) => {
                    let object = git_dir.display().to_string();
                    let lost = Finding { session: None, object, reason: error.to_string() };
                    beyond.push(RepairedStore {
                        git_dir,
                        objects: 0,
                        restored: Vec::new(),
                        lost: vec![lost],
                        moved: Vec::new(),
                    });
                    continue;
                }
            };
            let lost = one.lost.iter().filter_map(|finding| finding.session.clone()).collect();
            damaged.insert(git_dir.clone(), lost);
            repaired.insert(git_dir, one);
        }
        if damaged.is_empty() {
            return Ok(beyond);
        }
        // What went with a damaged tree is in no list of damage: every log is looked at again.
        let main = self.store_for_writing()?;
        forget(&memory::folder(&self.data_dir(), &self.home_store(), main.git_dir()))?;
        self.capture_anew(Capture::All, &damaged, at, progress)?;
        for (git_dir, one) in &mut repaired {
            let lost: Vec<SessionKey> =
                one.lost.iter().filter_map(|finding| finding.session.clone()).collect();
            let again = self.repair_store(&Store::open(git_dir)?, at)?;
            let is_whole = |key: &SessionKey| {
                !again.lost.iter().any(|finding| finding.session.as_ref() == Some(key))
            };
            let mut told: Vec<SessionKey> = lost.into_iter().filter(is_whole).collect();
            told.dedup();
            one.restored.extend(told.into_iter().map(|key| (key, RestoredFrom::Log)));
            one.objects += again.objects;
            one.moved.extend(again.moved);
            one.lost = Store::open(git_dir)?.fsck(&mut |_done, _all| {})?;
        }
        for git_dir in repaired.keys() {
            self.forget_links(&Store::open(git_dir)?)?;
        }
        // A repository for which this fails is remembered, and stops no repair.
        self.link(at)?;
        Ok(repaired.into_values().chain(beyond).collect())
    }

    fn repair_store(&self, store: &Store, at: Timestamp) -> Result<RepairedStore> {
        let candidates = self.candidates(store)?;
        let branches: Vec<&Branch> = candidates.iter().map(|(_, branch)| branch).collect();
        let repaired = store.repair(&branches, at, PATIENCE)?;
        let restored = repaired.restored.into_iter().map(|(key, from)| {
            let from = match from {
                Source::Objects => RestoredFrom::Objects,
                Source::Past(commit) => RestoredFrom::Past(commit.to_string()),
                Source::Candidate(index) => {
                    candidates.get(index).map_or(RestoredFrom::Objects, |(origin, _)| {
                        RestoredFrom::Branch(origin.clone())
                    })
                }
            };
            (key, from)
        });
        Ok(RepairedStore {
            git_dir: store.git_dir().to_owned(),
            objects: repaired.objects,
            restored: restored.collect(),
            lost: repaired.lost,
            moved: repaired.moved,
        })
    }

    /// Returns the branches that may hold what `store` lacks: what was fetched, then the other stores of the user.
    fn candidates(&self, store: &Store) -> Result<Vec<(Origin, Branch)>> {
        let mut candidates = Vec::new();
        for (remote, branch) in store.tracking()?.branches {
            candidates.push((Origin::Remote(remote), branch));
        }
        let others = self.all_stores().into_iter().filter(|(_, path)| path != store.git_dir());
        for (origin, git_dir) in others {
            // One that cannot be read has nothing to give.
            if let Ok(Some(branch)) = Store::open(&git_dir).and_then(|store| store.branch()) {
                candidates.push((origin, branch));
            }
        }
        Ok(candidates)
    }

    /// Returns the git folders of the stores in scope.
    pub(crate) fn git_dirs(&self) -> Result<Vec<PathBuf>> {
        match &self.scope {
            Scope::Repository(folder) => {
                let Located { store, .. } = self.repository(folder)?;
                Ok(vec![store.git_dir().to_owned()])
            }
            Scope::Home => Ok(self.all_stores().into_iter().map(|(_, path)| path).collect()),
        }
    }
}

/// Deletes what is remembered of captured logs.
fn forget(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Error::io("remove", folder)(error))
        }
        _ => Ok(()),
    }
}
