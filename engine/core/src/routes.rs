//! Which store a session goes to: the repository that its working directory lies in, where its owner has said so
//! with `opensession init`; else the home store (`DESIGN` §2).

use crate::authors::Authors;
use crate::exclusion::ExcludedFiles;
use crate::masking::Redactors;
use crate::privacy::Privacy;
use crate::{ErrorKind, Result, place};
use opensession_hail::{SessionKey, Timestamp};
use opensession_redact::Redactor;
use opensession_store::{Branch, Location, Store, locate};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What every recorder of one store shares, as it was at the beginning of a round.
#[derive(Clone)]
pub(crate) struct Context {
    pub store: Arc<Store>,
    pub branch: Option<Arc<Branch>>,
    /// Sessions that cannot be read any more: what their logs tell takes their place, whole.
    pub damaged: Arc<Damaged>,
    redactors: Arc<Redactors>,
}

/// Sessions of which something cannot be read.
pub(crate) type Damaged = HashSet<SessionKey>;

/// Forgotten sessions that are to come back, and the generation that they come back in.
pub(crate) type Restored = HashMap<SessionKey, u64>;

/// Which of the opened stores: 0 is the one that the capture is about.
pub(crate) type Route = usize;
/// The store that a capture is about.
pub(crate) const MAIN: Route = 0;

/// Where a session goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// To this store.
    Store(Route),
    /// The capture is not about it.
    Elsewhere,
    /// The user wants no session of that folder to be captured.
    Excluded,
}

/// How sessions find their store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// To the repository of their working directory where that is enabled, else to the main store.
    Consent,
    /// All to the main store.
    Main,
    /// To the main store, and only those whose working directory lies in its repository.
    Inside,
}

/// The stores of one capture, opened when the first session asks for them.
pub(crate) struct Routes {
    rule: Rule,
    /// The user's own branch, where that is not the main store's.
    own: Option<Arc<Branch>>,
    /// Sessions that are to be stored although they were forgotten, and the generation that they come back in.
    restored: Restored,
    opened: Mutex<Opened>,
}

struct Opened {
    privacy: Arc<Privacy>,
    stores: Vec<Arc<Context>>,
    /// The commit that each branch was at when it was opened.
    starts: Vec<Option<String>>,
    by_git_dir: HashMap<PathBuf, Route>,
    /// Whether sessions may go to the repository in a git folder.
    consents: HashMap<PathBuf, bool>,
    by_cwd: HashMap<String, Destination>,
}

impl Context {
    pub(crate) fn open(store: Store, privacy: &Arc<Privacy>) -> Result<Self> {
        let branch = store.branch()?.map(Arc::new);
        let redactors = Arc::new(Redactors::new(privacy));
        Ok(Self { store: Arc::new(store), branch, damaged: Arc::default(), redactors })
    }

    /// Returns the redactor of sessions that worked in `cwd`, a folder as their logs name it.
    pub(crate) fn redactor(&self, cwd: Option<&str>) -> Result<Arc<Redactor>> {
        self.redactors.of(&self.store, cwd)
    }

    /// Returns the redactor by which texts of these sessions are compared with what was stored under other options.
    pub(crate) fn redactor_of_comparison(&self, cwd: Option<&str>) -> Result<Redactor> {
        self.redactors.of_comparison(&self.store, cwd)
    }

    /// Returns the files whose contents are not kept of sessions that worked in `cwd`; the same for the same folder always.
    pub(crate) fn excluded_files(&self, cwd: Option<&str>) -> Result<Option<Arc<ExcludedFiles>>> {
        self.redactors.excluded_files(cwd)
    }

    /// Returns who may be said to own sessions.
    pub(crate) fn authors(&self) -> &Authors {
        &self.redactors.privacy.authors
    }

    /// Returns the commit that the branch is at.
    fn commit(&self) -> Option<String> {
        self.branch.as_deref().map(|branch| branch.commit().to_string())
    }
}

impl Routes {
    /// Returns the routes of a capture into `main`.
    pub(crate) fn new(main: Store, rule: Rule, privacy: &Arc<Privacy>) -> Result<Self> {
        let by_git_dir = HashMap::from([(main.git_dir().to_owned(), MAIN)]);
        let main = Context::open(main, privacy)?;
        let starts = vec![main.commit()];
        let stores = vec![Arc::new(main)];
        let (consents, by_cwd) = (HashMap::new(), HashMap::new());
        let privacy = Arc::clone(privacy);
        let opened = Opened { privacy, stores, starts, by_git_dir, consents, by_cwd };
        let (own, restored) = (None, Restored::new());
        Ok(Self { rule, own, restored, opened: Mutex::new(opened) })
    }

    /// Returns the same of a capture into another store than the user's own, which has this branch: what was forgotten
    /// there is left alone everywhere.
    pub(crate) fn with_own(self, own: Option<Branch>) -> Self {
        Self { own: own.map(Arc::new), ..self }
    }

    /// Returns the same of a capture that brings forgotten sessions back.
    pub(crate) fn with_restored(self, restored: Restored) -> Self {
        Self { restored, ..self }
    }

    /// Returns whether a session that begins on that day is left alone in a store: it was forgotten there or in the
    /// user's own store, and does not stand there in a generation above that.
    pub(crate) fn is_kept_out(
        &self,
        route: Route,
        key: &SessionKey,
        day: Timestamp,
    ) -> Result<bool> {
        let Some(context) = self.context(route) else { return Ok(false) };
        let own = match self.rule {
            Rule::Consent => self.context(MAIN).and_then(|main| main.branch.clone()),
            Rule::Main | Rule::Inside => self.own.clone(),
        };
        let mut forgotten = None;
        for branch in own.iter().chain(&context.branch) {
            forgotten = forgotten.max(branch.tombstone(key)?);
        }
        let Some(forgotten) = forgotten else { return Ok(false) };
        if self.restored.get(key).is_some_and(|generation| *generation > forgotten)
            || context.damaged.contains(key)
        {
            return Ok(false);
        }
        let Some(branch) = context.branch.as_deref() else { return Ok(true) };
        match branch.find(key, Some(day))? {
            Some(entry) => Ok(branch.manifest(&entry)?.generation <= forgotten),
            None => Ok(true),
        }
    }

    /// Returns whether a session is to be stored although it was forgotten.
    pub(crate) fn is_restored(&self, key: &SessionKey) -> bool {
        self.restored.contains_key(key)
    }

    /// Returns the generation in which a session begins of which the branch has nothing.
    pub(crate) fn restored_in(&self, key: &SessionKey) -> u64 {
        self.restored.get(key).copied().unwrap_or(0)
    }

    /// Returns where a session with this working directory goes.
    pub(crate) fn destination(&self, cwd: Option<&str>) -> Result<Destination> {
        let Some(cwd) = cwd else {
            let is_asked_for = self.rule != Rule::Inside;
            return Ok(if is_asked_for {
                Destination::Store(MAIN)
            } else {
                Destination::Elsewhere
            });
        };
        let mut opened = self.opened();
        if let Some(known) = opened.by_cwd.get(cwd) {
            return Ok(*known);
        }
        let folder = place::local(cwd, &opened.privacy.home);
        // What cannot be looked into belongs to no repository that could have asked for it.
        let found = locate(&folder, None).ok().flatten();
        let destination = match (self.rule, &found) {
            _ if opened.privacy.excludes(&folder, found.as_ref()) => Destination::Excluded,
            (Rule::Inside, found) => {
                let main = opened.stores.first().map(|main| main.store.git_dir());
                let is_inside =
                    found.is_some() && found.as_ref().map(|found| &*found.git_dir) == main;
                if is_inside { Destination::Store(MAIN) } else { Destination::Elsewhere }
            }
            (Rule::Consent, Some(found)) => {
                Destination::Store(opened.enabled(found)?.unwrap_or(MAIN))
            }
            (Rule::Consent, None) | (Rule::Main, _) => Destination::Store(MAIN),
        };
        opened.by_cwd.insert(cwd.to_owned(), destination);
        Ok(destination)
    }

    /// Returns the store at the end of a route.
    pub(crate) fn context(&self, route: Route) -> Option<Arc<Context>> {
        self.opened().stores.get(route).cloned()
    }

    /// Returns the store in `git_dir`, which sessions were stored in before; the main one for `None`.
    ///
    /// A repository that is gone or cannot be opened has none of them any more.
    pub(crate) fn known(&self, git_dir: Option<&Path>) -> Option<Route> {
        match git_dir {
            None => Some(MAIN),
            Some(git_dir) => self.opened().open(git_dir).ok(),
        }
    }

    /// Returns the git folder of a store, where it is not the main one.
    pub(crate) fn name(&self, route: Route) -> Option<PathBuf> {
        let context = self.context(route).filter(|_| route != MAIN)?;
        Some(context.store.git_dir().to_owned())
    }

    /// Looks at the branch of a store anew: something was written.
    pub(crate) fn refresh(&self, route: Route) -> Result<()> {
        let Some(context) = self.context(route) else { return Ok(()) };
        let branch = context.store.branch()?.map(Arc::new);
        if let Some(place) = self.opened().stores.get_mut(route) {
            *place = Arc::new(Context { branch, ..Context::clone(&context) });
        }
        Ok(())
    }

    /// Lets what logs tell take the place of these sessions in the store in `git_dir`.
    pub(crate) fn replace(&self, git_dir: &Path, damaged: Damaged) -> Result<()> {
        let mut opened = self.opened();
        let route = opened.open(git_dir)?;
        if let Some(place) = opened.stores.get_mut(route) {
            *place = Arc::new(Context { damaged: Arc::new(damaged), ..Context::clone(place) });
        }
        Ok(())
    }

    /// Returns the stores that were opened: the git folder, `None` for the main one, with the commits that its branch
    /// was at when it was opened and is at now.
    pub(crate) fn commits(&self) -> Vec<(Option<PathBuf>, Option<String>, Option<String>)> {
        let opened = self.opened();
        let stores = opened.stores.iter().zip(&opened.starts).enumerate();
        stores
            .map(|(route, (context, start))| {
                let name = (route != MAIN).then(|| context.store.git_dir().to_owned());
                (name, start.clone(), context.commit())
            })
            .collect()
    }

    fn opened(&self) -> MutexGuard<'_, Opened> {
        // A store is added whole or not at all.
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Opened {
    /// Returns the store of a repository where it is enabled. One of somebody else's can enable nothing, and one whose
    /// configuration cannot be read has not said so.
    fn enabled(&mut self, found: &Location) -> Result<Option<Route>> {
        let git_dir = &found.git_dir;
        let consent = match self.consents.get(git_dir) {
            Some(consent) => *consent,
            None => found.is_enabled().unwrap_or(false),
        };
        self.consents.insert(git_dir.clone(), consent);
        if !consent {
            return Ok(None);
        }
        match self.open(git_dir) {
            Err(error) if error.kind() == ErrorKind::Denied => {
                self.consents.insert(git_dir.clone(), false);
                Ok(None)
            }
            opened => opened.map(Some),
        }
    }

    /// Returns the store in `git_dir`, enabled or not.
    fn open(&mut self, git_dir: &Path) -> Result<Route> {
        match self.by_git_dir.get(git_dir) {
            Some(known) => Ok(*known),
            None => self.add(Store::open(git_dir)?),
        }
    }

    fn add(&mut self, store: Store) -> Result<Route> {
        let git_dir = store.git_dir().to_owned();
        let context = Context::open(store, &self.privacy)?;
        let route = self.stores.len();
        self.starts.push(context.commit());
        self.stores.push(Arc::new(context));
        self.by_git_dir.insert(git_dir, route);
        Ok(route)
    }
}
