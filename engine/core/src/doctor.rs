//! What may go wrong on this machine, looked at all at once: `opensession doctor`.
//!
//! A list of checks for the machine and one for each store; each check is a function that returns verdicts. Nothing is
//! changed before [`Doctor::mend`], and that does only what another command would do anyway.

mod capture;
mod command;
mod machine;
mod mend;
mod settings;
mod sharing;
mod store;
mod verdict;

pub use command::quoted;
pub use mend::Mended;
pub use verdict::{Diagnosis, Level, Mend, Verdict};

use crate::privacy::Privacy;
use crate::{Config, Engine, Error, Result, Scope};
use opensession_hail::Timestamp;
use opensession_parsers::Home;
use opensession_store::{Location, Store};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Looks at everything of the user's, and mends what is safe to mend.
pub struct Doctor {
    engine: Engine,
    /// Why the configuration cannot be read; then the defaults are looked at.
    problem: Option<Error>,
    /// The repository that is looked at beside those that are known.
    here: Option<Location>,
    now: Timestamp,
}

/// A check of the machine.
type MachineCheck = fn(&machine::Machine<'_>) -> Result<Vec<Verdict>>;
/// A check of a store that could be opened.
type StoreCheck = fn(&store::Patient<'_>) -> Result<Vec<Verdict>>;

const OF_MACHINE: [(&str, MachineCheck); 10] = [
    ("git", machine::check_git),
    ("configuration", settings::check_configuration),
    ("prices", settings::check_prices),
    ("private files", machine::check_private_files),
    ("roots", capture::check_roots),
    ("logs", capture::check_logs),
    ("failures", capture::check_failures),
    ("drift", capture::check_drift),
    ("index", machine::check_index),
    ("repositories", machine::check_repositories),
];

const OF_STORE: [(&str, StoreCheck); 15] = [
    ("ref", store::check_ref),
    ("branch", store::check_branch),
    ("format", store::check_format),
    ("name", store::check_name),
    ("clock", store::check_clock),
    ("leftovers", store::check_leftovers),
    ("packs", store::check_packs),
    ("borrowed", store::check_alternates),
    ("writing", store::check_writing),
    ("room", store::check_room),
    ("key", store::check_key),
    ("repository settings", settings::check_repository),
    ("queue", capture::check_queue),
    ("fetched", sharing::check_fetched),
    ("sharing", sharing::check_sharing),
];

impl Doctor {
    /// Returns the doctor of this user; `here` is the repository that one is in. A configuration that cannot be read is
    /// a finding.
    #[must_use]
    pub fn new(home: Home, here: Option<Location>, now: Timestamp) -> Self {
        let (config, problem) = match Config::load(&home) {
            Ok(config) => (config, None),
            Err(error) => (Config::default(), Some(error)),
        };
        let privacy = Arc::new(Privacy::new(&config, &home));
        Self { engine: Engine { home, config, privacy, scope: Scope::Home }, problem, here, now }
    }

    /// Returns the engine that it looks through. Where the configuration cannot be read, it knows only the defaults, and
    /// nothing may be captured by it.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns the git folders of the enabled repositories, the one that one is in among them.
    #[must_use]
    pub fn enabled(&self) -> Vec<PathBuf> {
        let mut known: BTreeSet<PathBuf> = self.engine.enabled_repositories().into_iter().collect();
        let here = self.here.iter().filter(|here| here.is_enabled().unwrap_or(false));
        known.extend(here.map(|here| here.git_dir.clone()));
        known.into_iter().collect()
    }

    /// Returns what every check says, those of the machine first. Changes nothing.
    #[must_use]
    pub fn examine(&self) -> Vec<Diagnosis> {
        let mut found = Vec::new();
        let machine = machine::Machine::new(self);
        for (check, look) in OF_MACHINE {
            add(&mut found, check, None, look(&machine));
        }
        for git_dir in self.stores() {
            let place = Some(git_dir.as_path());
            match Store::open(&git_dir) {
                Err(error) => {
                    add(
                        &mut found,
                        "repository",
                        place,
                        Ok(vec![store::unopened(&git_dir, &error)]),
                    );
                }
                Ok(opened) => match store::Patient::new(self, opened) {
                    Err(Error::Store(error)) => {
                        let verdict = store::unopened(&git_dir, &error);
                        add(&mut found, "repository", place, Ok(vec![verdict]));
                    }
                    Err(error) => add(&mut found, "repository", place, Err(error)),
                    Ok(patient) => {
                        for (check, look) in OF_STORE {
                            add(&mut found, check, place, look(&patient));
                        }
                    }
                },
            }
        }
        found
    }

    /// Returns the git folders of the stores that are known, and of the repository that one is in.
    fn stores(&self) -> Vec<PathBuf> {
        let known = self.engine.all_stores().into_iter();
        let mut stores: Vec<PathBuf> = known.map(|(_, git_dir)| git_dir).collect();
        if let Some(here) = &self.here
            && !stores.contains(&here.git_dir)
        {
            stores.push(here.git_dir.clone());
        }
        stores
    }

    fn data_dir(&self) -> PathBuf {
        self.engine.data_dir()
    }
}

/// Adds what a check says; one that cannot look is red itself.
fn add(
    found: &mut Vec<Diagnosis>,
    check: &'static str,
    place: Option<&Path>,
    verdicts: Result<Vec<Verdict>>,
) {
    let verdicts = verdicts.unwrap_or_else(|error| vec![Verdict::red(error.to_string())]);
    let diagnosis = |verdict| Diagnosis { check, place: place.map(Path::to_owned), verdict };
    found.extend(verdicts.into_iter().map(diagnosis));
}
