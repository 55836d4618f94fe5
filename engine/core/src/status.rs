//! Where everything stands: what is stored, what is not and why, what a tool is about to delete.

use crate::discover::Candidate;
use crate::drift::Drift;
use crate::engine::Located;
use crate::memory::Memory;
use crate::queue::Queue;
use crate::routes::{Routes, Rule};
use crate::view::Origin;
use crate::{Engine, Error, Failures, FoundRoot, Result, Standing, failures};
use opensession_hail::{SessionKey, Timestamp};
use opensession_parsers::{Count, LogFile, PARSERS};
use opensession_store::{Branch, Store};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// Where everything stands.
#[derive(Debug)]
pub struct Status {
    /// The repository that was asked about, where there is one.
    pub repository: Option<RepositoryStatus>,
    /// The home store and the enabled repositories.
    pub stores: Vec<StoreStatus>,
    /// Logs that are new or have changed since they were last captured, by path.
    pub waiting: Vec<LogStatus>,
    /// How many logs are captured as they are.
    pub captured: usize,
    /// What could not be captured the last time, and since when.
    pub failures: Failures,
    /// The repositories whose sessions could not be shared the last time, why, and since when.
    pub unshared: Failures,
    /// How long the tools keep their logs; those that never delete any are left out.
    pub retention: Vec<Retention>,
    /// Tools that the configuration excludes.
    pub excluded: Vec<String>,
    /// Folders whose sessions it excludes.
    pub excluded_repos: Vec<String>,
    /// The privacy options that are on, by name.
    pub privacy: Vec<&'static str>,
    /// What the parsers did not know of the logs, by tool and version.
    pub drift: Vec<Drift>,
    /// Every folder in which logs are looked for.
    pub roots: Vec<FoundRoot>,
}

/// A repository, as far as opensession is concerned.
#[derive(Debug)]
pub struct RepositoryStatus {
    /// The git folder that all work trees share.
    pub git_dir: PathBuf,
    /// The root of its main work tree, where there is one.
    pub work_tree: Option<PathBuf>,
    /// Whether its sessions go to its own branch.
    pub is_enabled: bool,
    /// How many sessions each of its branches holds: its own, and the remotes'.
    pub branches: Vec<(Origin, u64)>,
    /// The remotes whose branches cannot be read, and why.
    pub unreadable: Vec<(String, String)>,
    /// How many hooks wait to be worked off.
    pub queued: usize,
    /// Why it cannot be looked at, where it cannot.
    pub problem: Option<String>,
}

/// A store.
#[derive(Debug)]
pub struct StoreStatus {
    /// Which one.
    pub origin: Origin,
    /// Its git folder.
    pub git_dir: PathBuf,
    /// How many sessions it holds, sub-agents' included.
    pub sessions: u64,
    /// How many are forgotten there: their logs are left alone.
    pub forgotten: u64,
    /// Its newest session.
    pub newest: Option<SessionKey>,
    /// How it stands to the remote that it is shared with; `None` where it is with none.
    pub sharing: Option<Standing>,
    /// Why it cannot be read, where it cannot.
    pub problem: Option<String>,
}

/// A log that is not stored as it is.
#[derive(Debug)]
pub struct LogStatus {
    /// The log.
    pub path: PathBuf,
    /// Whose log the folder says it is; empty for a folder of the user's.
    pub tool: &'static str,
    /// Its size.
    pub bytes: u64,
    /// When it was last written.
    pub modified: Timestamp,
    /// When its tool will delete it, where it does that.
    pub deleted_at: Option<Timestamp>,
}

/// How long a tool keeps its logs.
#[derive(Debug, PartialEq, Eq)]
pub struct Retention {
    /// The tool.
    pub tool: &'static str,
    /// Days without a change after which a log is deleted.
    pub days: u32,
    /// How many logs it has now.
    pub logs: usize,
    /// When the first of them will be deleted.
    pub first: Option<Timestamp>,
}

impl Engine {
    /// Returns where everything stands; `folder` is the repository that is asked about. Nothing is captured, and what
    /// cannot be looked at is named in the status.
    #[must_use]
    pub fn status(&self, folder: Option<&Path>) -> Status {
        let sweep = self.sweep();
        let mut waiting = Vec::new();
        let mut captured = 0;
        let retention = self.retention(&sweep.candidates);
        let days = |tool: &str| retention.iter().find(|one| one.tool == tool).map(|one| one.days);
        let (known, drift) = self.known_logs(&sweep.candidates);
        for (candidate, is_captured) in sweep.candidates.iter().zip(known) {
            if is_captured {
                captured += 1;
                continue;
            }
            let tool = candidate.parser.map_or("", |parser| parser.tool().as_str());
            let modified = modified(&candidate.log);
            waiting.push(LogStatus {
                path: candidate.log.path.clone(),
                tool,
                bytes: candidate.log.bytes,
                modified,
                deleted_at: days(tool).and_then(|days| after(modified, days)),
            });
        }
        Status {
            repository: folder.map(|folder| {
                self.repository_status(folder).unwrap_or_else(|error| RepositoryStatus {
                    git_dir: folder.to_owned(),
                    work_tree: None,
                    is_enabled: false,
                    branches: Vec::new(),
                    unreadable: Vec::new(),
                    queued: 0,
                    problem: Some(error.to_string()),
                })
            }),
            stores: self.store_statuses(),
            waiting,
            captured,
            failures: failures::load(&self.data_dir()),
            unshared: failures::load_sharing(&self.data_dir()),
            retention,
            excluded: self.config.exclude_tools.clone(),
            excluded_repos: self.config.exclude_repos.clone(),
            privacy: self.config.privacy(),
            drift,
            roots: sweep.roots,
        }
    }

    /// Returns what could not be captured the last time: cheap, for the end of any command.
    #[must_use]
    pub fn failures(&self) -> Failures {
        failures::load(&self.data_dir())
    }

    /// Returns the repositories whose sessions could not be shared the last time, and why: as cheap.
    #[must_use]
    pub fn unshared(&self) -> Failures {
        failures::load_sharing(&self.data_dir())
    }

    /// Returns, for each log, whether its sessions are stored as the log is now, and what was not known of them.
    fn known_logs(&self, candidates: &[Candidate]) -> (Vec<bool>, Vec<Drift>) {
        // Asking must not create the store; one that cannot be opened is named among the stores.
        let home = Store::open(&self.home_store());
        let Some(routes) =
            home.ok().and_then(|home| Routes::new(home, Rule::Consent, &self.privacy).ok())
        else {
            return (vec![false; candidates.len()], Vec::new());
        };
        let mut memory = Memory::open(&self.data_dir(), &self.home_store(), &routes);
        let mut known = Vec::new();
        let mut drift: BTreeMap<(&'static str, String), Drift> = BTreeMap::new();
        for candidate in candidates {
            let parser = candidate.parser.map(crate::capture::parser_name);
            known.push(memory.knows(&candidate.log, parser.as_deref()));
            let Some((version, counts)) = memory.drift(&candidate.log) else { continue };
            let tool = candidate.parser.map_or("", |parser| parser.tool().as_str());
            let entry = drift.entry((tool, version.clone())).or_insert_with(|| Drift {
                tool,
                version,
                logs: 0,
                counts: Count::new(),
            });
            entry.logs += 1;
            for (name, count) in counts {
                *entry.counts.entry(name).or_insert(0) += count;
            }
        }
        (known, drift.into_values().collect())
    }

    fn retention(&self, candidates: &[Candidate]) -> Vec<Retention> {
        let mut all = Vec::new();
        for parser in PARSERS {
            let Some(days) = parser.keeps_for_days(&self.home) else { continue };
            let tool = parser.tool().as_str();
            let is_own = |found: &&Candidate| {
                found.parser.is_some_and(|other| other.tool() == parser.tool())
            };
            let own = candidates.iter().filter(is_own);
            let times = own.clone().map(|found| modified(&found.log));
            let first = times.min().and_then(|oldest| after(oldest, days));
            all.push(Retention { tool, days, logs: own.count(), first });
        }
        all
    }

    fn repository_status(&self, folder: &Path) -> Result<RepositoryStatus> {
        let Located { store, work_trees } = self.repository(folder)?;
        let origin = Origin::Repository(store.git_dir().to_owned());
        let mut branches = Vec::new();
        if let Some(own) = store.branch()? {
            branches.push((origin, count(&own)));
        }
        let tracking = store.tracking()?;
        for (remote, branch) in tracking.branches {
            branches.push((Origin::Remote(remote), count(&branch)));
        }
        Ok(RepositoryStatus {
            problem: None,
            is_enabled: store.is_enabled()?,
            queued: Queue::of(store.git_dir()).waiting()?.len(),
            git_dir: store.git_dir().to_owned(),
            work_tree: work_trees.into_iter().next(),
            branches,
            unreadable: tracking
                .unreadable
                .into_iter()
                .map(|(remote, error)| (remote, error.to_string()))
                .collect(),
        })
    }

    fn store_statuses(&self) -> Vec<StoreStatus> {
        let all = self.all_stores().into_iter();
        all.map(|(origin, git_dir)| store_status(origin, git_dir)).collect()
    }
}

fn store_status(origin: Origin, git_dir: PathBuf) -> StoreStatus {
    let empty = StoreStatus {
        origin,
        git_dir,
        sessions: 0,
        forgotten: 0,
        newest: None,
        sharing: None,
        problem: None,
    };
    let found = Store::open(&empty.git_dir).map_err(Error::from).and_then(|store| {
        let branch = store.branch()?;
        Ok((Standing::of(&store, branch.as_ref())?, branch))
    });
    match found {
        Ok((sharing, Some(branch))) => StoreStatus {
            sharing,
            newest: branch.newest().find_map(|entry| Some(entry.ok()?.key)),
            sessions: count(&branch),
            forgotten: count_forgotten(&branch),
            problem: branch.damage().map(str::to_owned),
            ..empty
        },
        Ok((sharing, None)) => StoreStatus { sharing, ..empty },
        Err(error) => StoreStatus { problem: Some(error.to_string()), ..empty },
    }
}

fn count(branch: &Branch) -> u64 {
    branch.newest().filter(|entry| entry.is_ok()).count() as u64
}

/// Returns how many sessions have a tombstone and do not stand beside it.
fn count_forgotten(branch: &Branch) -> u64 {
    // What cannot be read is for `fsck` to name.
    let tombstones = branch.tombstones().unwrap_or_else(|_damaged| Vec::new());
    let is_gone = |key: &SessionKey| branch.versions(key).is_ok_and(|versions| versions.is_empty());
    tombstones.into_iter().flatten().filter(|(key, _generation)| is_gone(key)).count() as u64
}

fn modified(log: &LogFile) -> Timestamp {
    let millis = i64::try_from(log.modified_ns.div_euclid(1_000_000)).ok();
    millis.and_then(Timestamp::from_millis).unwrap_or(Timestamp::EPOCH)
}

fn after(time: Timestamp, days: u32) -> Option<Timestamp> {
    Timestamp::from_millis(time.as_millis() + i64::from(days) * DAY_MILLIS)
}
