//! Who masks what goes to a store: its key, what its owner lets pass, and the secrets that are known where a session
//! worked.

use crate::exclusion::ExcludedFiles;
use crate::known::{self, KnownSecret};
use crate::privacy::{Privacy, names_of};
use crate::{Result, allow, key};
use opensession_parsers::Home;
use opensession_redact::{Allowed, Key, Redactor, Settings};
use opensession_store::Store;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The redactors of one store, made when the first event asks for one: most captures have nothing to redact.
pub(crate) struct Redactors {
    pub(crate) privacy: Arc<Privacy>,
    everywhere: OnceLock<Everywhere>,
    made: Mutex<Made>,
    excluded: Mutex<HashMap<Option<String>, Option<Arc<ExcludedFiles>>>>,
}

/// What holds for all sessions of the store.
struct Everywhere {
    key: Key,
    allowed: Allowed,
    /// Of the environment and of the store's own repository.
    known: BTreeSet<String>,
}

#[derive(Default)]
struct Made {
    by_cwd: HashMap<Option<String>, Arc<Redactor>>,
    /// Folders in which the same is known share one.
    by_known: HashMap<BTreeSet<String>, Arc<Redactor>>,
}

impl Redactors {
    /// Returns the redactors of a store that nobody has asked for yet.
    pub(crate) fn new(privacy: &Arc<Privacy>) -> Self {
        Self {
            privacy: Arc::clone(privacy),
            everywhere: OnceLock::new(),
            made: Mutex::default(),
            excluded: Mutex::default(),
        }
    }

    /// Returns the redactor of sessions that worked in `cwd`, a folder as their logs name it. The same for the same folder
    /// always.
    pub(crate) fn of(&self, store: &Store, cwd: Option<&str>) -> Result<Arc<Redactor>> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let place = cwd.map(str::to_owned);
        if let Some(redactor) = made.by_cwd.get(&place) {
            return Ok(Arc::clone(redactor));
        }
        let (key, settings) = self.settings(store, cwd)?;
        let redactor = made.by_known.entry(settings.known.clone());
        let redactor =
            Arc::clone(redactor.or_insert_with(|| Arc::new(Redactor::new(key, settings))));
        made.by_cwd.insert(place, Arc::clone(&redactor));
        Ok(redactor)
    }

    /// Returns a redactor that takes the home folder out of texts of the same sessions, also where nobody asked for that:
    /// by it they are compared with what was stored while somebody did.
    pub(crate) fn of_comparison(&self, store: &Store, cwd: Option<&str>) -> Result<Redactor> {
        let (key, mut settings) = self.settings(store, cwd)?;
        settings.identity.homes = names_of(&self.privacy.home);
        Ok(Redactor::new(key, settings))
    }

    fn settings(&self, store: &Store, cwd: Option<&str>) -> Result<(Key, Settings)> {
        let everywhere = match self.everywhere.get() {
            Some(everywhere) => everywhere,
            None => {
                let found = Everywhere::read(store, &self.privacy.home)?;
                self.everywhere.get_or_init(|| found)
            }
        };
        let mut known = everywhere.known.clone();
        let of_cwd = cwd.map(|cwd| known::of_cwd(cwd, &self.privacy.home));
        known.extend(of_cwd.into_iter().flatten().map(value_of));
        let (allowed, identity) = (everywhere.allowed.clone(), self.privacy.identity.clone());
        Ok((everywhere.key.clone(), Settings { known, allowed, identity }))
    }

    /// Returns the files whose contents are not kept of sessions that worked in `cwd`; the same for the same folder always.
    pub(crate) fn excluded_files(&self, cwd: Option<&str>) -> Result<Option<Arc<ExcludedFiles>>> {
        let mut known = self.excluded.lock().unwrap_or_else(PoisonError::into_inner);
        let place = cwd.map(str::to_owned);
        if let Some(files) = known.get(&place) {
            return Ok(files.clone());
        }
        let files = self.privacy.excluded_files(cwd)?.map(Arc::new);
        known.insert(place, files.clone());
        Ok(files)
    }
}

impl Everywhere {
    fn read(store: &Store, home: &Home) -> Result<Self> {
        let (key, allowed) = (key::load_or_create(store)?, allow::load(store)?);
        let mut known = known::of_environment(home);
        for root in store.work_trees()? {
            known.extend(known::of_folder(&root));
        }
        Ok(Self { key, allowed, known: known.into_iter().map(value_of).collect() })
    }
}

fn value_of(secret: KnownSecret) -> String {
    secret.value
}
