//! Forgetting sessions: in every store of the user's at once, so that no copy brings them back.
//!
//! A tombstone stands in each store that has the session, and always in the user's own: it holds for everything that is
//! captured on this machine, also where the repository is gone, or enabled only later.

use crate::view::Origin;
use crate::{Engine, Error, Result, Scope, SessionRow};
use opensession_hail::{SessionKey, Timestamp};
use opensession_store::{Branch, CommitId, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

/// How long a write waits for other writers.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// A session that is to be forgotten, with all its versions.
#[derive(Clone, Debug)]
pub struct Doomed {
    /// Which session.
    pub key: SessionKey,
    /// What a list says of it; `None` where no version of it can be read.
    pub row: Option<SessionRow>,
    /// How many versions of it there are.
    pub versions: usize,
    /// How many commits are linked to it.
    pub links: usize,
    /// The git folders of the stores that have anything of it.
    pub git_dirs: BTreeSet<PathBuf>,
    /// The remotes whose branches had it when they were last fetched.
    pub remotes: BTreeSet<String>,
    /// The highest generation of which anything is known.
    generation: u64,
}

/// What forgetting would remove.
#[derive(Debug, Default)]
pub struct ForgetPlan {
    /// The sessions, newest first.
    pub sessions: Vec<Doomed>,
    /// The stores that cannot be read, and what cannot be read of the others.
    pub problems: Vec<Error>,
}

/// What forgetting removed.
#[derive(Debug, Default)]
pub struct ForgetReport {
    /// How many versions were removed, in all stores.
    pub versions: usize,
    /// How many links were removed.
    pub links: usize,
    /// The commit made in each store that was changed, by its git folder.
    pub commits: BTreeMap<PathBuf, String>,
    /// The stores in which it could not be done, and why.
    pub failed: Vec<(PathBuf, String)>,
}

/// A store, and what can be read there.
pub(crate) struct Place {
    pub(crate) git_dir: PathBuf,
    pub(crate) store: Store,
    pub(crate) origin: Origin,
    pub(crate) own: Option<Branch>,
    /// What was fetched, by remote.
    pub(crate) tracking: Vec<(String, Branch)>,
    /// The commits that are linked to sessions on the own branch.
    linked: BTreeMap<SessionKey, BTreeSet<CommitId>>,
}

impl Engine {
    /// Returns what forgetting these sessions would remove: all their versions, and the sessions of their sub-agents,
    /// in the user's own store and in every repository that is known or in scope.
    ///
    /// # Errors
    /// When the repository in scope cannot be opened. Other stores that cannot be read are named in the plan.
    pub fn plan_forget(&self, sessions: &[SessionKey]) -> Result<ForgetPlan> {
        let (places, problems) = self.places()?;
        let mut keys: BTreeSet<SessionKey> = sessions.iter().map(SessionKey::main).collect();
        for main in keys.clone() {
            let begins = format!("{main}.");
            for (branch, _) in places.iter().flat_map(Place::branches) {
                keys.extend(branch.beginning_with(&begins).map(|entry| entry.key.main()));
            }
        }
        plan(&places, keys, problems)
    }

    /// Returns what forgetting every session would remove whose last event is more than `days` days before `now`. Over
    /// a repository, only of those on its own branch.
    ///
    /// A session of which any version is newer, or cannot be read, stays.
    ///
    /// # Errors
    /// As for [`Engine::plan_forget`].
    pub fn plan_prune(&self, days: u32, now: Timestamp) -> Result<ForgetPlan> {
        let (places, mut problems) = self.places()?;
        let until = now.as_millis().saturating_sub(i64::from(days) * DAY_MILLIS);
        let here = match &self.scope {
            Scope::Home => None,
            Scope::Repository(folder) => Some(self.repository(folder)?.store.git_dir().to_owned()),
        };
        let (mut old, mut kept) = (BTreeSet::new(), BTreeSet::new());
        for place in &places {
            for (branch, remote) in place.branches() {
                let is_asked_for =
                    remote.is_none() && here.as_ref().is_none_or(|here| *here == place.git_dir);
                for entry in branch.newest() {
                    let entry = match entry {
                        Ok(entry) => entry,
                        Err(error) => {
                            problems.push(error.into());
                            continue;
                        }
                    };
                    let key = entry.key.main();
                    match branch.manifest(&entry) {
                        Ok(manifest) if manifest.header.context.updated_at.as_millis() < until => {
                            if is_asked_for {
                                old.insert(key);
                            }
                        }
                        Ok(_newer) => drop(kept.insert(key)),
                        Err(error) => {
                            kept.insert(key);
                            problems.push(error.into());
                        }
                    }
                }
            }
        }
        old.retain(|key| !kept.contains(key));
        plan(&places, old, problems)
    }

    /// Returns how many days sessions are kept by the configuration; `None` where nothing is said, so for good.
    #[must_use]
    pub const fn keep_days(&self) -> Option<u32> {
        self.config.keep_days
    }

    /// Forgets the sessions of a plan: they stay forgotten until [`Engine::restore`]. `at` is the time of the commits.
    ///
    /// # Errors
    /// When the user's own store cannot be written; nothing is forgotten then. A repository that cannot be written is
    /// an entry of the report.
    pub fn forget(&self, plan: &ForgetPlan, at: Timestamp) -> Result<ForgetReport> {
        let mut report = ForgetReport::default();
        if plan.sessions.is_empty() && Store::is_unmade(&self.home_store())? {
            return Ok(report);
        }
        let wanted = |git_dir: Option<&PathBuf>| -> Vec<(SessionKey, u64)> {
            let is_here =
                |doomed: &&Doomed| git_dir.is_none_or(|dir| doomed.git_dirs.contains(dir));
            let doomed = plan.sessions.iter().filter(is_here);
            doomed.map(|doomed| (doomed.key.clone(), doomed.generation)).collect()
        };
        // First where it holds for all: what is captured meanwhile is left alone.
        let home = Store::init(&self.home_store())?;
        let mut others: BTreeSet<&PathBuf> =
            plan.sessions.iter().flat_map(|doomed| &doomed.git_dirs).collect();
        others.remove(&home.git_dir().to_owned());
        report.add(&home, &home.forget(&wanted(None), at, PATIENCE)?);
        for git_dir in others {
            let forgotten = Store::open(git_dir).and_then(|store| {
                let done = store.forget(&wanted(Some(git_dir)), at, PATIENCE)?;
                report.add(&store, &done);
                Ok(())
            });
            if let Err(error) = forgotten {
                report.failed.push((git_dir.clone(), error.to_string()));
            }
        }
        Ok(report)
    }

    /// Returns the one session that is forgotten and whose id or key is `text`, or begins with it.
    ///
    /// # Errors
    /// [`Error::AmbiguousSession`], and when a branch cannot be read.
    pub fn forgotten(&self, text: &str) -> Result<Option<SessionKey>> {
        let (places, _problems) = self.places()?;
        let mut keys = BTreeSet::new();
        for branch in places.iter().filter_map(|place| place.own.as_ref()) {
            // One that cannot be read is for `fsck` to name.
            for (key, generation) in branch.tombstones()?.into_iter().flatten() {
                let is_meant = key.as_str() == text || key.id().starts_with(text);
                if is_meant && !text.is_empty() && !stands_above(&places, &key, generation)? {
                    keys.insert(key);
                }
            }
        }
        if let Some(exact) = keys.iter().find(|key| key.id() == text || key.as_str() == text) {
            return Ok(Some(exact.clone()));
        }
        let mut keys: Vec<SessionKey> = keys.into_iter().collect();
        keys.sort_by_key(|key| key.id().len());
        let Some(first) = keys.first() else { return Ok(None) };
        let agents = format!("{}.", first.id());
        if keys.iter().skip(1).all(|key| key.id().starts_with(&agents)) {
            return Ok(Some(first.clone()));
        }
        let matches = keys.iter().map(|key| key.id().to_owned()).collect();
        Err(Error::AmbiguousSession { reference: text.to_owned(), matches })
    }

    /// Returns the session that is forgotten and that `text` names, where something of it still stands on a branch of the
    /// user's: forgetting it did not come to its end.
    ///
    /// # Errors
    /// As for [`Engine::forgotten`].
    pub fn half_forgotten(&self, text: &str) -> Result<Option<SessionKey>> {
        let Some(key) = self.forgotten(text)? else { return Ok(None) };
        let (places, _problems) = self.places()?;
        for place in &places {
            let Some(own) = &place.own else { continue };
            if place.linked.contains_key(&key) || !own.versions(&key)?.is_empty() {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// Returns the user's own store, where there is one, every repository that is known, and that in scope; and what
    /// cannot be read.
    pub(crate) fn places(&self) -> Result<(Vec<Place>, Vec<Error>)> {
        let mut stores = self.all_stores();
        if let Scope::Repository(folder) = &self.scope {
            let git_dir = self.repository(folder)?.store.git_dir().to_owned();
            if !stores.iter().any(|(_, known)| *known == git_dir) {
                stores.push((Origin::Repository(git_dir.clone()), git_dir));
            }
        }
        let (mut places, mut problems) = (Vec::new(), Vec::new());
        for (origin, git_dir) in stores {
            match Place::open(origin, git_dir) {
                Ok(place) => places.push(place),
                Err(error) => problems.push(error),
            }
        }
        Ok((places, problems))
    }
}

impl ForgetReport {
    fn add(&mut self, store: &Store, done: &opensession_store::Forgotten) {
        self.versions += done.versions;
        self.links += done.links;
        if let Some(commit) = done.commit {
            self.commits.insert(store.git_dir().to_owned(), commit.to_string());
        }
    }
}

impl Place {
    fn open(origin: Origin, git_dir: PathBuf) -> Result<Self> {
        let store = Store::open(&git_dir)?;
        let (own, tracking) = (store.branch()?, store.tracking()?.branches);
        let mut linked: BTreeMap<SessionKey, BTreeSet<CommitId>> = BTreeMap::new();
        if let Some(own) = &own {
            for (commit, session) in own.linked_sessions()? {
                linked.entry(session.main()).or_default().insert(commit);
            }
        }
        Ok(Self { git_dir, store, origin, own, tracking, linked })
    }

    /// Returns the branches there, and the remotes that they were fetched from.
    pub(crate) fn branches(&self) -> impl Iterator<Item = (&Branch, Option<&String>)> {
        let own = self.own.iter().map(|branch| (branch, None));
        own.chain(self.tracking.iter().map(|(remote, branch)| (branch, Some(remote))))
    }
}

/// Returns whether a version of a session stands above the generation up to which it was forgotten.
fn stands_above(places: &[Place], key: &SessionKey, forgotten: u64) -> Result<bool> {
    for branch in places.iter().filter_map(|place| place.own.as_ref()) {
        for entry in branch.versions(key)? {
            if branch.manifest(&entry)?.generation > forgotten {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn plan(places: &[Place], keys: BTreeSet<SessionKey>, problems: Vec<Error>) -> Result<ForgetPlan> {
    let doomed = keys.into_iter().map(|key| look(places, key));
    let mut sessions = doomed.collect::<Result<Vec<Doomed>>>()?;
    let started = |doomed: &Doomed| doomed.row.as_ref().map(|row| row.header.context.created_at);
    sessions.sort_by(|a, b| started(b).cmp(&started(a)).then_with(|| a.key.cmp(&b.key)));
    Ok(ForgetPlan { sessions, problems })
}

/// Returns all that there is of a session.
fn look(places: &[Place], key: SessionKey) -> Result<Doomed> {
    let mut doomed = Doomed {
        row: None,
        versions: 0,
        links: 0,
        git_dirs: BTreeSet::new(),
        remotes: BTreeSet::new(),
        generation: 0,
        key,
    };
    let (mut versions, mut links) = (BTreeSet::new(), BTreeSet::<CommitId>::new());
    let mut best = None;
    for place in places {
        let mut is_here = false;
        for (branch, remote) in place.branches() {
            if let Some(generation) = branch.tombstone(&doomed.key)? {
                doomed.generation = doomed.generation.max(generation);
                is_here = true;
            }
            for entry in branch.versions(&doomed.key)? {
                is_here = true;
                doomed.remotes.extend(remote.cloned());
                versions.insert(entry.key.clone());
                // What cannot be read goes all the same.
                let Ok(manifest) = branch.manifest(&entry) else { continue };
                doomed.generation = doomed.generation.max(manifest.generation);
                let extent = (manifest.generation, manifest.events());
                if best.is_none_or(|best| best < extent) {
                    best = Some(extent);
                    doomed.row = Some(SessionRow {
                        key: doomed.key.clone(),
                        header: manifest.header,
                        stats: manifest.stats,
                        origin: remote
                            .map_or(place.origin.clone(), |remote| Origin::Remote(remote.clone())),
                    });
                }
            }
        }
        if let Some(commits) = place.linked.get(&doomed.key) {
            is_here = true;
            links.extend(commits.iter().copied());
        }
        if is_here {
            doomed.git_dirs.insert(place.git_dir.clone());
        }
    }
    (doomed.versions, doomed.links) = (versions.len(), links.len());
    Ok(doomed)
}
