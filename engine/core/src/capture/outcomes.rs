//! What became of the logs of one round, until it is known what of it was stored.

use super::batch::ReadLog;
use super::{CaptureReport, LogReport, Outcome, parser_name};
use crate::Result;
use crate::memory::{Memory, Remembered, StoredSession};
use crate::recorder::{Recorded, Relation};
use crate::routes::{Route, Routes};
use opensession_hail::SessionKey;
use opensession_parsers::{LogFile, Parser};
use opensession_store::{Changes, Draft, Entry};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

/// A session in one of the stores.
pub(super) type Placed = (Route, SessionKey);

/// What became of the logs of one round.
#[derive(Default)]
pub(super) struct Outcomes {
    pub(super) logs: Vec<OneLog>,
}

/// One log, and what is known of it so far.
pub(super) struct OneLog {
    pub(super) log: LogFile,
    pub(super) parser: Option<&'static dyn Parser>,
    /// Whose log the folder says it is, else whose it turned out to be.
    asked: Option<&'static dyn Parser>,
    pub(super) report: LogReport,
    /// Whether the same relative path is the same log.
    pub(super) swept: bool,
    /// Whether it tells sessions that this capture is not about.
    pub(super) elsewhere: bool,
    /// The working directories of its sessions that the user wants none of.
    excluded: Vec<String>,
    /// The sessions that the stores will hold.
    sessions: Vec<(Route, StoredSession)>,
}

impl OneLog {
    /// Returns the log that was read, without its sessions.
    pub(super) fn new(read: &ReadLog) -> Self {
        Self {
            log: read.log.clone(),
            parser: read.parser,
            asked: read.expected.or(read.parser),
            report: LogReport::new(read.log.path.clone(), read.parser),
            swept: read.swept,
            elsewhere: false,
            excluded: Vec::new(),
            sessions: Vec::new(),
        }
    }

    /// Takes a session that the user wants not to be captured.
    pub(super) fn exclude(&mut self, key: SessionKey, cwd: String) {
        self.report.sessions.push((key, Outcome::Excluded));
        if !self.excluded.contains(&cwd) {
            self.excluded.push(cwd);
        }
    }

    /// Takes a session that was forgotten, and is left alone.
    pub(super) fn forget(&mut self, route: Route, session: StoredSession) {
        self.report.sessions.push((session.key.clone(), Outcome::Forgotten));
        self.sessions.push((route, StoredSession { is_forgotten: true, ..session }));
    }

    fn tells(&self, (route, key): &Placed) -> bool {
        self.sessions.iter().any(|(other, session)| other == route && session.key == *key)
    }
}

impl Outcomes {
    /// Takes a session that one log alone tells.
    pub(super) fn recorded(&mut self, index: usize, recorded: Recorded, drafts: &mut Vec<Draft>) {
        let Some(one) = self.logs.get_mut(index) else { return };
        let Recorded { key, route, relation, started, tree, stamp } = recorded;
        let outcome = match relation {
            Relation::Same | Relation::Unclear => Outcome::Unchanged,
            Relation::NoSession
            | Relation::Elsewhere
            | Relation::Excluded { .. }
            | Relation::Forgotten => Outcome::NoSession,
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
            let session = StoredSession::new(key.clone(), started, tree, stamp);
            one.sessions.push((route, session));
        }
        one.report.sessions.push((key, outcome));
    }

    /// Takes a session that its log need not tell again.
    pub(super) fn unchanged(&mut self, index: usize, route: Route, stored: StoredSession) {
        let Some(one) = self.logs.get_mut(index) else { return };
        if stored.is_forgotten {
            return one.forget(route, stored);
        }
        one.report.sessions.push((stored.key.clone(), Outcome::Unchanged));
        one.sessions.push((route, stored));
    }

    /// Takes a session of which several versions were compared.
    pub(super) fn reconciled(
        &mut self,
        key: &SessionKey,
        recorded: &[(usize, Recorded)],
        found: Result<Changes>,
        changes: &mut Changes,
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
                    one.sessions.extend(started.map(|(_, told)| {
                        let stamp = told.stamp.clone();
                        let session = StoredSession::new(key.clone(), told.started, None, stamp);
                        (told.route, session)
                    }));
                }
                (None, Err(error)) => one.report.error = Some(error.to_string()),
                (None, Ok(_)) => {}
            }
        }
        found.into_iter().for_each(|found| changes.append(found));
    }

    /// Takes back a session that could not be stored.
    pub(super) fn fail(&mut self, placed: &Placed, reason: &str) {
        for one in &mut self.logs {
            if one.tells(placed) {
                one.report.sessions.retain(|(other, _)| *other != placed.1);
                one.report.error = Some(reason.to_owned());
            }
        }
    }

    /// Takes back a session that somebody forgot while its logs were read.
    pub(super) fn forget(&mut self, placed: &Placed) {
        let (route, key) = placed;
        for one in &mut self.logs {
            let told = one.sessions.iter_mut();
            for (_, session) in told.filter(|(other, told)| other == route && told.key == *key) {
                session.is_forgotten = true;
                let outcomes = one.report.sessions.iter_mut().filter(|(other, _)| other == key);
                outcomes.for_each(|(_, outcome)| *outcome = Outcome::Forgotten);
            }
        }
    }

    /// Takes over where the sessions stand that were written.
    pub(super) fn stand_at(&mut self, route: Route, stored: &[Entry]) {
        let trees: HashMap<&SessionKey, &Entry> =
            stored.iter().map(|entry| (&entry.key, entry)).collect();
        let sessions = self.logs.iter_mut().flat_map(|one| &mut one.sessions);
        for (_, session) in sessions.filter(|(other, _)| *other == route) {
            if let Some(entry) = trees.get(&session.key) {
                session.tree = Some(entry.tree.to_string());
            }
        }
    }

    /// Returns the logs that tell one of these sessions.
    pub(super) fn logs_of(&self, sessions: &HashSet<Placed>) -> HashSet<PathBuf> {
        let tells = |one: &&OneLog| sessions.iter().any(|placed| one.tells(placed));
        self.logs.iter().filter(tells).map(|one| one.log.path.clone()).collect()
    }

    /// Reports the logs that do not go round again, and remembers those that are stored.
    pub(super) fn settle(
        self,
        again: &HashSet<PathBuf>,
        routes: &Routes,
        memory: &mut Memory<'_>,
        report: &mut CaptureReport,
    ) {
        for one in self.logs {
            if again.contains(&one.log.path) {
                continue;
            }
            if one.report.error.is_none() && !one.elsewhere {
                let asked = one.asked.map_or_else(String::new, parser_name);
                let sessions = one
                    .sessions
                    .into_iter()
                    .map(|(route, session)| StoredSession { store: routes.name(route), ..session });
                let records = one.report.records.as_ref();
                let remembered = Remembered::new(&one.log, asked, sessions.collect(), records);
                let remembered = remembered.without(one.excluded);
                memory.remember(&one.log.path, remembered);
            }
            report.logs.push(one.report);
        }
    }
}
