//! Capture: what is in the logs and not yet stored?
//!
//! Always a reconcile, whoever triggers it: logs that have not changed since they were last captured are not opened,
//! the others are parsed side by side, and everything new becomes one commit in each store that it belongs to.

mod batch;
mod outcomes;
mod report;

pub use report::{CaptureReport, LogReport, Outcome};

use crate::discover::{Candidate, Sweep};
use crate::memory::{Memory, StoredSession};
use crate::reconcile::Teller;
use crate::recorder::{Recorded, Relation};
use crate::routes::{Damaged, MAIN, Restored, Route, Routes, Rule};
use crate::{Engine, Error, Progress, Result, Scope, drift, failures, reconcile, registry};
use batch::ReadLog;
use opensession_hail::{SessionKey, Timestamp};
use opensession_parsers::Parser;
use opensession_store::Changes;
use outcomes::{OneLog, Outcomes, Placed};
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
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
    /// Stores what the logs hold and the stores do not, and returns what became of each log.
    ///
    /// Over [`Scope::Home`], a session goes to the repository that its working directory lies in where that is
    /// enabled, else to the home store. Over a repository everything named goes to its branch; with [`Capture::All`]
    /// the sessions whose working directory lies in it. `at` is the time of the commits.
    ///
    /// # Errors
    /// When a store cannot be opened or written. A log that cannot be read or stored is an entry of the report.
    pub fn capture(
        &self,
        what: Capture<'_>,
        at: Timestamp,
        progress: &dyn Progress,
    ) -> Result<CaptureReport> {
        self.capture_with(what, &BTreeMap::new(), &Restored::new(), at, progress)
    }

    /// Does what [`Engine::capture`] does, and stores these sessions although they were forgotten.
    pub(crate) fn capture_restoring(
        &self,
        what: Capture<'_>,
        restored: &Restored,
        at: Timestamp,
        progress: &dyn Progress,
    ) -> Result<CaptureReport> {
        self.capture_with(what, &BTreeMap::new(), restored, at, progress)
    }

    /// Does what [`Engine::capture`] does, and puts what logs tell in the place of the sessions that are damaged, by
    /// the git folder of their store.
    pub(crate) fn capture_anew(
        &self,
        what: Capture<'_>,
        damaged: &BTreeMap<PathBuf, Damaged>,
        at: Timestamp,
        progress: &dyn Progress,
    ) -> Result<CaptureReport> {
        self.capture_with(what, damaged, &Restored::new(), at, progress)
    }

    fn capture_with(
        &self,
        what: Capture<'_>,
        damaged: &BTreeMap<PathBuf, Damaged>,
        restored: &Restored,
        at: Timestamp,
        progress: &dyn Progress,
    ) -> Result<CaptureReport> {
        let sweep = match what {
            Capture::All => self.sweep(),
            Capture::Logs(paths) => self.named(paths),
        };
        let rule = match (&self.scope, what) {
            (Scope::Home, _) => Rule::Consent,
            (Scope::Repository(_), Capture::All) => Rule::Inside,
            (Scope::Repository(_), Capture::Logs(_)) => Rule::Main,
        };
        let Sweep { candidates, failed, .. } = sweep;
        let mut report = CaptureReport::default();
        for (path, error) in failed {
            report.logs.push(LogReport::failed(path, &error));
        }
        // An empty machine leaves no trace of us on it.
        if candidates.is_empty() {
            let complete = matches!(what, Capture::All) && rule == Rule::Consent;
            failures::update(&self.data_dir(), &report, complete, at)?;
            return Ok(report);
        }
        let mut routes = Routes::new(self.store_for_writing()?, rule, &self.privacy)?;
        routes = routes.with_restored(restored.clone());
        if rule != Rule::Consent {
            routes = routes.with_own(self.home_branch()?);
        }
        for (git_dir, damaged) in damaged {
            routes.replace(git_dir, damaged.clone())?;
        }
        let complete = matches!(what, Capture::All);
        let run = Run { engine: self, routes, complete, at, progress };
        run.capture(candidates, &mut report)?;
        report.logs.sort_by(|a, b| a.path.cmp(&b.path));
        failures::update(&self.data_dir(), &report, complete && rule == Rule::Consent, at)?;
        Ok(report)
    }
}

/// One capture.
struct Run<'e> {
    engine: &'e Engine,
    routes: Routes,
    /// Whether every log there is was asked for.
    complete: bool,
    at: Timestamp,
    progress: &'e dyn Progress,
}

impl Run<'_> {
    fn capture(&self, candidates: Vec<Candidate>, report: &mut CaptureReport) -> Result<()> {
        let engine = self.engine;
        let mut memory = Memory::open(&engine.data_dir(), &engine.home_store(), &self.routes);
        let mut changed = Vec::new();
        for mut candidate in candidates {
            let parser = candidate.parser.map(parser_name);
            if memory.knows(&candidate.log, parser.as_deref()) {
                let count = if memory.is_excluded(&candidate.log) {
                    &mut report.excluded_logs
                } else if memory.is_forgotten(&candidate.log) {
                    &mut report.forgotten_logs
                } else {
                    &mut report.unchanged_logs
                };
                *count += 1;
            } else {
                candidate.stored = memory.stamped(&candidate.log, parser.as_deref());
                changed.push(candidate);
            }
        }
        if !changed.is_empty()
            && let Some(main) = self.routes.context(MAIN)
        {
            // Without a key no log can be stored: better one error than one for each.
            drop(main.redactor(None)?);
        }
        let bytes = changed.iter().map(|candidate| candidate.log.bytes).sum();
        self.progress.start(bytes, changed.len() as u64);
        for batch in batch::split(changed, BATCH_BYTES) {
            self.capture_batch(batch, &mut memory, report)?;
        }
        self.progress.finish();
        // Also a repository that was only asked for by name: what is stored in it is to be found again.
        for route in 0..self.routes.commits().len() {
            let Some(context) = self.routes.context(route) else { continue };
            let git_dir = context.store.git_dir();
            if git_dir != engine.home_store() && context.branch.is_some() {
                registry::add(&engine.data_dir(), git_dir)?;
            }
        }
        memory.save(self.complete)
    }

    /// Captures a batch; sessions that others changed between reading and writing go round again.
    fn capture_batch(
        &self,
        batch: Vec<Candidate>,
        memory: &mut Memory<'_>,
        report: &mut CaptureReport,
    ) -> Result<()> {
        let mut left = batch;
        for round in 0..ROUNDS {
            let progress = if round == 0 { self.progress } else { &() };
            let read = batch::read(&self.routes, &left, &self.engine.scratch(), progress);
            let (mut outcomes, mut changes) = self.decide(read, report)?;
            // Where there is nothing to write, what a run that was killed left is still cleared up.
            for route in 0..self.routes.commits().len() {
                changes.entry(route).or_default();
            }
            let mut stale = HashSet::new();
            // The main store last: if it cannot be written, the others have what is theirs.
            for (route, changes) in changes.into_iter().rev() {
                stale.extend(self.write(route, changes, &mut outcomes, memory, report)?);
            }
            let last_round = round + 1 == ROUNDS;
            let again = outcomes.logs_of(&stale);
            left.retain(|candidate| again.contains(&candidate.log.path));
            if last_round {
                for placed in &stale {
                    outcomes.fail(placed, "other captures kept changing the session");
                }
                left.clear();
            }
            let again = if last_round { HashSet::new() } else { again };
            outcomes.settle(&again, &self.routes, memory, report);
            if left.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Writes the changes of one store; returns the sessions that others changed meanwhile.
    fn write(
        &self,
        route: Route,
        changes: Changes,
        outcomes: &mut Outcomes,
        memory: &mut Memory<'_>,
        report: &mut CaptureReport,
    ) -> Result<Vec<Placed>> {
        let Some(context) = self.routes.context(route) else { return Ok(Vec::new()) };
        let keys: Vec<SessionKey> = changes.drafts.iter().map(|draft| draft.key.main()).collect();
        let is_empty = changes.is_empty();
        let written = match context.store.write(changes, self.at, PATIENCE) {
            Ok(written) => written,
            // One repository that cannot be written stops no other.
            Err(error) if route != MAIN => {
                for key in keys {
                    outcomes.fail(&(route, key), &error.to_string());
                }
                return Ok(Vec::new());
            }
            Err(error) => return Err(error.into()),
        };
        report.bytes_written += written.bytes;
        if written.healed {
            memory.doubt(route);
        }
        if let Some(commit) = written.commit {
            report.commit = Some(commit.to_string());
            report.repositories.extend(self.routes.name(route));
        }
        for (key, error) in &written.failed {
            outcomes.fail(&(route, key.main()), &error.to_string());
        }
        outcomes.stand_at(route, &written.stored);
        for key in &written.forgotten {
            outcomes.forget(&(route, key.main()));
        }
        if !is_empty {
            self.routes.refresh(route)?;
        }
        Ok(written.stale.iter().map(|key| (route, key.main())).collect())
    }

    /// Turns what was read into drafts: directly where one log tells a session, by comparing versions otherwise.
    fn decide(
        &self,
        read: Vec<ReadLog>,
        report: &mut CaptureReport,
    ) -> Result<(Outcomes, BTreeMap<Route, Changes>)> {
        let mut outcomes = Outcomes::default();
        let mut groups: BTreeMap<Placed, Vec<(usize, Recorded)>> = BTreeMap::new();
        for (index, read) in read.into_iter().enumerate() {
            let mut one = OneLog::new(&read);
            let unchanged = read.unchanged;
            match read.sessions {
                Ok(sessions) => {
                    one.report.empty = sessions.is_empty();
                    for recorded in sessions {
                        match recorded.relation {
                            Relation::Elsewhere => one.elsewhere = true,
                            Relation::Excluded { cwd } => one.exclude(recorded.key, cwd),
                            Relation::Forgotten => {
                                let Recorded { key, route, started, tree, stamp, .. } = recorded;
                                one.forget(route, StoredSession::new(key, started, tree, stamp));
                            }
                            _ => {
                                let placed = (recorded.route, recorded.key.clone());
                                groups.entry(placed).or_default().push((index, recorded));
                            }
                        }
                    }
                }
                Err(Error::UnknownLog { .. }) if !read.named => one.report.foreign = true,
                Err(error) => one.report.error = Some(error.to_string()),
            }
            one.report.empty &= unchanged.is_empty();
            one.report.records = read.records;
            if let (Some(records), Some(main)) =
                (&mut one.report.records, self.routes.context(MAIN))
            {
                let redactor = main.redactor(None)?;
                drift::redact(&redactor, records);
            }
            outcomes.logs.push(one);
            for stored in unchanged {
                let route = self.routes.known(stored.store.as_deref());
                outcomes.unchanged(index, route.unwrap_or(MAIN), stored);
            }
        }
        let mut all: BTreeMap<Route, Changes> = BTreeMap::new();
        for ((route, key), recorded) in groups {
            let changes = all.entry(route).or_default();
            let unclear = recorded.len() > 1
                || recorded.iter().any(|(_, one)| matches!(one.relation, Relation::Unclear));
            if unclear {
                let found = self.compare(route, &key, &recorded, &outcomes);
                outcomes.reconciled(&key, &recorded, found, changes);
            } else {
                for (index, one) in recorded {
                    outcomes.recorded(index, one, &mut changes.drafts);
                }
            }
        }
        all.retain(|_, changes| !changes.is_empty());
        report.rounds += 1;
        Ok((outcomes, all))
    }

    /// Compares every version of a session that logs and the store know.
    fn compare(
        &self,
        route: Route,
        key: &SessionKey,
        recorded: &[(usize, Recorded)],
        outcomes: &Outcomes,
    ) -> Result<Changes> {
        let Some(context) = self.routes.context(route) else { return Ok(Changes::default()) };
        let tellers: Vec<Teller<'_>> = recorded
            .iter()
            .filter_map(|(index, _)| outcomes.logs.get(*index))
            .filter_map(|one| Some(Teller { log: &one.log, parser: one.parser?, swept: one.swept }))
            .collect();
        let restored_in = self.routes.restored_in(key);
        reconcile::reconcile(&context, key, &tellers, restored_in, &self.engine.scratch())
    }
}

/// Returns what a parser is called in the memory: `claude-code/3`.
pub(crate) fn parser_name(parser: &'static dyn Parser) -> String {
    format!("{}/{}", parser.tool(), parser.version())
}
