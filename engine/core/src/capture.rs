//! Capture: what is in the logs and not yet stored?
//!
//! Always a reconcile, whoever triggers it: logs that have not changed since they were last captured are not opened,
//! the others are parsed side by side, and everything new becomes one commit.

mod batch;
mod report;

pub use report::{CaptureReport, LogReport, Outcome};

use crate::discover::{self, Candidate, Sweep};
use crate::memory::{Memory, Remembered, StoredSession};
use crate::reconcile::Teller;
use crate::recorder::{Context, Recorded, Relation};
use crate::{Engine, Error, Progress, Result, Scope, engine, reconcile};
use batch::ReadLog;
use opensession_hail::{SessionKey, Timestamp};
use opensession_parsers::{LogFile, Parser};
use opensession_store::{Branch, Draft, Entry, Store};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a capture waits for other writers.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often sessions that others changed meanwhile are captured anew.
const ROUNDS: usize = 16;
/// Logs are captured in batches of so many bytes: their compressed sessions are held until they are written.
const BATCH_BYTES: u64 = 1 << 30;

/// What to capture.
#[derive(Clone, Copy, Debug)]
pub enum Capture<'a> {
    /// Every log of every known tool.
    All,
    /// These files, and every log below these folders.
    Logs(&'a [PathBuf]),
}

impl Engine {
    /// Stores what the logs hold and the branch does not, and returns what became of each log.
    ///
    /// `at` is the time of the commit. With [`Capture::All`] over a repository only the sessions whose working
    /// directory lies in it are stored.
    ///
    /// # Errors
    /// When the store cannot be opened or written. A log that cannot be read or stored is an entry of the report.
    pub fn capture(
        &self,
        what: Capture<'_>,
        at: Timestamp,
        progress: &dyn Progress,
    ) -> Result<CaptureReport> {
        let sweep = match what {
            Capture::All => discover::sweep(&self.home, &self.config),
            Capture::Logs(paths) => discover::named(&self.home, paths),
        };
        let within = match (&self.scope, what) {
            (Scope::Repository(folder), Capture::All) => Some(engine::repository_above(folder)),
            _ => None,
        };
        let Sweep { candidates, failed, .. } = sweep;
        let mut report = CaptureReport::default();
        for (path, error) in failed {
            report.logs.push(LogReport::failed(path, &error));
        }
        // An empty machine leaves no trace of us on it.
        if candidates.is_empty() {
            return Ok(report);
        }
        let store = self.store_for_writing()?;
        let complete = matches!(what, Capture::All);
        let run = Run { engine: self, store, complete, within, at, progress };
        run.capture(candidates, &mut report)?;
        report.logs.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(report)
    }
}

/// One capture into one store.
struct Run<'e> {
    engine: &'e Engine,
    store: Store,
    /// Whether every log there is was asked for.
    complete: bool,
    /// Only sessions whose working directory lies below this folder are stored.
    within: Option<PathBuf>,
    at: Timestamp,
    progress: &'e dyn Progress,
}

impl Run<'_> {
    fn capture(&self, candidates: Vec<Candidate>, report: &mut CaptureReport) -> Result<()> {
        let folder =
            Memory::folder(&self.engine.data_dir(), &self.store, &self.engine.home_store());
        let start = self.store.branch()?;
        let mut memory = Memory::open(folder, start.as_ref());
        let mut changed = Vec::new();
        for candidate in candidates {
            let parser = candidate.parser.map(parser_name);
            if memory.knows(&candidate.log, parser.as_deref()) {
                report.unchanged_logs += 1;
            } else {
                changed.push(candidate);
            }
        }
        let bytes = changed.iter().map(|candidate| candidate.log.bytes).sum();
        self.progress.start(bytes, changed.len() as u64);
        let mut latest = None;
        for batch in batch::split(changed, BATCH_BYTES) {
            self.capture_batch(batch, start.as_ref(), &mut latest, &mut memory, report)?;
        }
        self.progress.finish();
        let tip = latest.as_ref().or(start.as_ref()).map(|branch| branch.commit().to_string());
        memory.save(&self.store, tip.as_deref(), self.complete)
    }

    /// Captures a batch; sessions that others changed between reading and writing go round again.
    fn capture_batch(
        &self,
        batch: Vec<Candidate>,
        start: Option<&Branch>,
        latest: &mut Option<Branch>,
        memory: &mut Memory<'_>,
        report: &mut CaptureReport,
    ) -> Result<()> {
        let redactor = self.engine.redactor()?;
        let mut left = batch;
        for round in 0..ROUNDS {
            let branch = latest.as_ref().or(start);
            let context = Context { store: &self.store, branch, redactor: &redactor };
            let read = batch::read(&context, &left, if round == 0 { self.progress } else { &() });
            let (mut outcomes, drafts) = self.decide(&context, read, report)?;
            let keys: HashSet<SessionKey> = drafts.iter().map(|draft| draft.key.main()).collect();
            let written = self.store.write(drafts, self.at, PATIENCE)?;
            report.bytes_written += written.bytes;
            if written.commit.is_some() {
                report.commit = written.commit.map(|commit| commit.to_string());
            }
            for (key, error) in &written.failed {
                outcomes.fail(&key.main(), &error.to_string());
            }
            outcomes.stand_at(&written.stored);
            let stale: HashSet<SessionKey> = written.stale.iter().map(SessionKey::main).collect();
            if !keys.is_empty() {
                *latest = self.store.branch()?;
            }
            let last_round = round + 1 == ROUNDS;
            let again = outcomes.logs_of(&stale);
            left.retain(|candidate| again.contains(&candidate.log.path));
            if last_round {
                for key in &stale {
                    outcomes.fail(key, "other captures kept changing the session");
                }
                left.clear();
            }
            let again = if last_round { HashSet::new() } else { again };
            outcomes.settle(&again, memory, report);
            if left.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Turns what was read into drafts: directly where one log tells a session, by comparing versions otherwise.
    fn decide(
        &self,
        context: &Context<'_>,
        read: Vec<ReadLog>,
        report: &mut CaptureReport,
    ) -> Result<(Outcomes, Vec<Draft>)> {
        let mut outcomes = Outcomes::default();
        let mut groups: BTreeMap<SessionKey, Vec<(usize, Recorded)>> = BTreeMap::new();
        for (index, read) in read.into_iter().enumerate() {
            let mut outcome = LogReport::new(read.log.path.clone(), read.parser);
            let mut elsewhere = false;
            match read.sessions {
                Ok(sessions) => {
                    outcome.empty = sessions.is_empty();
                    for recorded in sessions {
                        if self.belongs(&recorded) {
                            groups.entry(recorded.key.clone()).or_default().push((index, recorded));
                        } else {
                            elsewhere = true;
                        }
                    }
                }
                Err(Error::UnknownLog { .. }) if !read.named => outcome.foreign = true,
                Err(error) => outcome.error = Some(error.to_string()),
            }
            outcome.records = read.records;
            outcomes.logs.push(OneLog {
                log: read.log,
                parser: read.parser,
                asked: read.expected.or(read.parser),
                swept: read.swept,
                report: outcome,
                elsewhere,
                sessions: Vec::new(),
            });
        }
        let mut drafts = Vec::new();
        for (key, recorded) in groups {
            let unclear = recorded.len() > 1
                || recorded.iter().any(|(_, one)| matches!(one.relation, Relation::Unclear));
            if unclear {
                let tellers: Vec<Teller<'_>> = recorded
                    .iter()
                    .filter_map(|(index, _)| outcomes.logs.get(*index))
                    .filter_map(|one| {
                        Some(Teller { log: &one.log, parser: one.parser?, swept: one.swept })
                    })
                    .collect();
                let found = reconcile::reconcile(context, &key, &tellers);
                outcomes.reconciled(&key, &recorded, found, &mut drafts);
            } else {
                for (index, one) in recorded {
                    outcomes.recorded(index, one, &mut drafts);
                }
            }
        }
        report.rounds += 1;
        Ok((outcomes, drafts))
    }

    /// Whether the session is one that this capture is about.
    fn belongs(&self, recorded: &Recorded) -> bool {
        self.within.as_deref().is_none_or(|folder| {
            recorded.header.cwd().map(Path::new).is_some_and(|cwd| {
                let repository = engine::repository_above(cwd);
                // A linked work tree has another folder and the same store; a repository inside has its own.
                repository == folder
                    || Store::open(&repository)
                        .is_ok_and(|store| store.git_dir() == self.store.git_dir())
            })
        })
    }
}

fn parser_name(parser: &'static dyn Parser) -> String {
    format!("{}/{}", parser.tool(), parser.version())
}

/// What became of the logs of one round.
#[derive(Default)]
struct Outcomes {
    logs: Vec<OneLog>,
}

struct OneLog {
    log: LogFile,
    parser: Option<&'static dyn Parser>,
    /// Whose log the folder says it is, else whose it turned out to be.
    asked: Option<&'static dyn Parser>,
    report: LogReport,
    /// Whether the same relative path is the same log.
    swept: bool,
    /// Whether it tells sessions of another repository, which are not stored here.
    elsewhere: bool,
    /// The sessions that the branch will hold.
    sessions: Vec<StoredSession>,
}

impl Outcomes {
    fn recorded(&mut self, index: usize, recorded: Recorded, drafts: &mut Vec<Draft>) {
        let Recorded { key, relation, started, tree, .. } = recorded;
        let Some(one) = self.logs.get_mut(index) else { return };
        let outcome = match relation {
            Relation::Same | Relation::Unclear => Outcome::Unchanged,
            Relation::NoSession => Outcome::NoSession,
            Relation::Ahead { draft, new_events } => {
                let outcome = match draft.base {
                    None => Outcome::New { events: new_events },
                    Some(_) => Outcome::Grown { events: new_events },
                };
                drafts.push(*draft);
                outcome
            }
        };
        if outcome != Outcome::NoSession {
            one.sessions.push(StoredSession { key: key.clone(), started, tree });
        }
        one.report.sessions.push((key, outcome));
    }

    fn reconciled(
        &mut self,
        key: &SessionKey,
        recorded: &[(usize, Recorded)],
        found: Result<Vec<Draft>>,
        drafts: &mut Vec<Draft>,
    ) {
        let outcome = match &found {
            Err(_) => None,
            Ok(found) if found.is_empty() => Some(Outcome::Unchanged),
            Ok(_) => Some(Outcome::Merged),
        };
        let indexes: BTreeSet<usize> = recorded.iter().map(|(index, _)| *index).collect();
        for index in indexes {
            let Some(one) = self.logs.get_mut(index) else { continue };
            match (&outcome, &found) {
                (Some(outcome), _) => {
                    one.report.sessions.push((key.clone(), outcome.clone()));
                    let started = recorded.iter().find(|(other, _)| *other == index);
                    one.sessions.extend(started.map(|(_, told)| StoredSession {
                        key: key.clone(),
                        started: told.started,
                        tree: None,
                    }));
                }
                (None, Err(error)) => one.report.error = Some(error.to_string()),
                (None, Ok(_)) => {}
            }
        }
        drafts.extend(found.into_iter().flatten());
    }

    fn fail(&mut self, key: &SessionKey, reason: &str) {
        for one in &mut self.logs {
            if one.report.sessions.iter().any(|(other, _)| other == key) {
                one.report.sessions.retain(|(other, _)| other != key);
                one.report.error = Some(reason.to_owned());
            }
        }
    }

    /// Takes over where the sessions stand that were written.
    fn stand_at(&mut self, stored: &[Entry]) {
        let trees: HashMap<&SessionKey, &Entry> =
            stored.iter().map(|entry| (&entry.key, entry)).collect();
        for session in self.logs.iter_mut().flat_map(|one| &mut one.sessions) {
            if let Some(entry) = trees.get(&session.key) {
                session.tree = Some(entry.tree.to_string());
            }
        }
    }

    /// Returns the logs that tell one of these sessions.
    fn logs_of(&self, keys: &HashSet<SessionKey>) -> HashSet<PathBuf> {
        let tells = |one: &&OneLog| one.report.sessions.iter().any(|(key, _)| keys.contains(key));
        self.logs.iter().filter(tells).map(|one| one.log.path.clone()).collect()
    }

    /// Reports the logs that do not go round again, and remembers those that are stored.
    fn settle(self, again: &HashSet<PathBuf>, memory: &mut Memory<'_>, report: &mut CaptureReport) {
        for one in self.logs {
            if again.contains(&one.log.path) {
                continue;
            }
            if one.report.error.is_none() && !one.elsewhere {
                let asked = one.asked.map_or_else(String::new, parser_name);
                memory.remember(&one.log.path, Remembered::new(&one.log, asked, one.sessions));
            }
            report.logs.push(one.report);
        }
    }
}
