//! The database: its sessions, and what they have in common.

use super::location;
use super::log::Log;
use super::row::{Facts, MESSAGE, SESSION, Stored, select_parts};
use crate::family::Family;
use crate::gate::Gate;
use crate::session::Fate;
use crate::sqlite::{Database, number, select, text};
use crate::{ParseError, ParseReport, Sink, Source};
use std::collections::{BTreeSet, HashMap, HashSet};

pub(super) fn parse(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let database = Database::open(source)?;
    let mut report = ParseReport::default();
    let store = Store::of(&database, source)?;
    if !store.sessions.contains("id") || !store.messages.contains("session_id") {
        return Ok(report);
    }
    for session in store.list()? {
        report.add(&store.tell(&session, out)?);
    }
    Ok(report)
}

/// A database, and what its sessions have in common.
struct Store<'d> {
    database: &'d Database,
    sessions: BTreeSet<String>,
    messages: BTreeSet<String>,
    family: Family,
    /// What changes of a session's messages with each write.
    counts: HashMap<String, Count>,
    /// The project that the database lies in.
    project: Option<String>,
    /// It was written by the predecessor.
    is_old: bool,
}

/// The messages of a session, counted.
#[derive(Debug, Default)]
struct Count {
    stamp: String,
    /// The row of the last message of a person or the model.
    last_turn: i64,
}

impl<'d> Store<'d> {
    fn of(database: &'d Database, source: &Source<'_>) -> Result<Self, ParseError> {
        let project = location::project(source.path()).map(|path| path.display().to_string());
        let is_old = source.path().file_name().is_some_and(|name| name == "opencode.db");
        let mut store = Self {
            database,
            sessions: database.columns("sessions")?,
            messages: database.columns("messages")?,
            family: Family::new(call),
            counts: HashMap::new(),
            project,
            is_old,
        };
        if store.messages.contains("session_id") {
            store.count()?;
        }
        if store.sessions.contains("parent_session_id") {
            let sql = "SELECT id, parent_session_id AS parent FROM sessions WHERE parent_session_id <> ''";
            database.each(sql, [], |row| {
                if let (Some(child), Some(parent)) = (text(row, "id")?, text(row, "parent")?) {
                    store.family.add(child, parent);
                }
                Ok(())
            })?;
        }
        Ok(store)
    }

    fn count(&mut self) -> Result<(), ParseError> {
        // Times are seconds: two edits in one are told apart by what they made of the length.
        let sql =
            "SELECT session_id, count(*) AS count, max(updated_at) AS latest, max(rowid) AS last,
                     sum(octet_length(parts)) AS bytes,
                     max(CASE WHEN role IN ('user', 'assistant') THEN rowid END) AS turn
                   FROM messages GROUP BY session_id";
        self.database.each(sql, [], |row| {
            let parts = ["count", "last", "bytes"].map(|column| number(row, column));
            let [count, last, bytes] = parts;
            let latest = text(row, "latest")?.unwrap_or_default();
            let stamp = format!(
                "/{}:{}:{}:{latest}",
                count?.unwrap_or(0),
                last?.unwrap_or(0),
                bytes?.unwrap_or(0)
            );
            let last_turn = number(row, "turn")?.unwrap_or(0);
            let id = text(row, "session_id")?.unwrap_or_default();
            self.counts.insert(id, Count { stamp, last_turn });
            Ok(())
        })
    }

    fn list(&self) -> Result<Vec<Facts>, ParseError> {
        let mut all = Vec::new();
        let sql =
            format!("SELECT {} FROM sessions ORDER BY rowid", select(&self.sessions, &SESSION));
        self.database.each(&sql, [], |row| {
            all.push(Facts::of(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// Tells a session, unless it is known as it is.
    fn tell(&self, facts: &Facts, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
        let mut report = ParseReport::default();
        let Some(count) = self.counts.get(&facts.id) else {
            report.drop("empty session");
            return Ok(report);
        };
        let id = self.family.id(&facts.id);
        if out.knows(&id, &format!("{}{}", facts.updated, count.stamp)) {
            return Ok(report);
        }
        let mut gate = Gate::new(out, id.clone());
        let mut log = Log::new(&mut gate, self.agents(&facts.id)?);
        log.session.begin(|| id);
        self.tell_facts(facts, &mut log);
        let sql = format!(
            "SELECT rowid AS row, {}, {} FROM messages WHERE session_id = ?1 ORDER BY rowid",
            select(&self.messages, &MESSAGE),
            select_parts(self.messages.contains("parts"))
        );
        self.database.each(&sql, [&facts.id], |row| {
            let stored = Stored::of(row)?;
            stored.tell(facts, count.last_turn, &mut log);
            Ok(())
        })?;
        let session = &mut log.session;
        session.leave_records();
        session.may_change = true;
        session.place.raw_type = "session".to_owned();
        session.set_time(None);
        (session.group, session.model) = (None, None);
        session.owed = facts.tokens;
        session.flush_tokens(Some("usage"));
        Ok(log.session.finish(super::TOOL.as_str(), ""))
    }

    fn tell_facts(&self, facts: &Facts, log: &mut Log<'_>) {
        let meta = &mut log.session.meta;
        meta.visit(facts.cwd.as_deref().or(self.project.as_deref()).unwrap_or(""));
        meta.rename(&facts.title);
        meta.started = facts.created;
        meta.originator = self.is_old.then(|| "opencode".to_owned());
        let parent = self.family.parent(&facts.id);
        meta.is_auxiliary = parent.is_some();
        meta.parent = parent.map(|parent| parent.as_str().to_owned());
        log.session.place.raw_type = "session".to_owned();
        log.session.count(Fate::Understood, "");
    }

    /// Returns the calls of a session that started a sub-agent.
    fn agents(&self, id: &str) -> Result<HashSet<String>, ParseError> {
        let mut agents = HashSet::new();
        if self.sessions.contains("parent_session_id") {
            let sql = "SELECT id FROM sessions WHERE parent_session_id = ?1";
            self.database.each(sql, [id], |row| {
                let child = text(row, "id")?.unwrap_or_default();
                agents.insert(call(&child).to_owned());
                Ok(())
            })?;
        }
        Ok(agents)
    }
}

/// Returns the call in the id of a sub-agent's session: `<message>$$<call>`, in older versions the call alone.
fn call(id: &str) -> &str {
    id.rsplit_once("$$").map_or(id, |(_, call)| call)
}
