//! The database: a row for each session, message and request.

use super::log::{Log, Message};
use super::record::{Item, time};
use super::row::{Facts, MESSAGE, REQUEST, Request, SESSION, Stored};
use crate::gate::Gate;
use crate::lenient::{Items, Written};
use crate::lines::line_text;
use crate::session::{Fate, Tokens};
use crate::sqlite::{Database, number, select, text};
use crate::{ParseError, ParseReport, Sink, Source};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, VecDeque};

pub(super) fn parse(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let database = Database::open(source)?;
    let tables = Tables::of(&database)?;
    let mut report = ParseReport::default();
    if !tables.sessions.contains("id") || !tables.messages.contains("session_id") {
        return Ok(report);
    }
    let counts = tables.counts(&database)?;
    for id in tables.ids(&database)? {
        let told = tables.tell(&database, &id, counts.get(&id), out)?;
        report.add(&told);
    }
    Ok(report)
}

/// The columns that this version's tables have.
struct Tables {
    sessions: BTreeSet<String>,
    messages: BTreeSet<String>,
    ledger: BTreeSet<String>,
}

impl Tables {
    fn of(database: &Database) -> Result<Self, ParseError> {
        Ok(Self {
            sessions: database.columns("sessions")?,
            messages: database.columns("messages")?,
            ledger: database.columns("usage_ledger")?,
        })
    }

    fn ids(&self, database: &Database) -> Result<Vec<String>, ParseError> {
        let mut ids = Vec::new();
        database.each("SELECT id FROM sessions ORDER BY rowid", [], |row| {
            ids.extend(text(row, "id")?);
            Ok(())
        })?;
        Ok(ids)
    }

    /// Returns what changes of a session's rows with each one that is added.
    fn counts(&self, database: &Database) -> Result<HashMap<String, String>, ParseError> {
        let mut counts = HashMap::new();
        let mut count = |table: &str| {
            let sql = format!(
                "SELECT session_id, count(*) AS count, max(rowid) AS last FROM {table} GROUP BY session_id"
            );
            database.each(&sql, [], |row| {
                let (count, last) = (number(row, "count")?, number(row, "last")?);
                let known: &mut String =
                    counts.entry(text(row, "session_id")?.unwrap_or_default()).or_default();
                *known += &format!("/{}:{}", count.unwrap_or(0), last.unwrap_or(0));
                Ok(())
            })
        };
        count("messages")?;
        if self.ledger.contains("session_id") {
            count("usage_ledger")?;
        }
        Ok(counts)
    }

    /// Tells a session, unless it is known as it is.
    fn tell(
        &self,
        database: &Database,
        id: &str,
        count: Option<&String>,
        out: &mut dyn Sink,
    ) -> Result<ParseReport, ParseError> {
        let mut found = None;
        let sql =
            format!("SELECT {} FROM sessions WHERE id = ?1", select(&self.sessions, &SESSION));
        database.each(&sql, [id], |row| {
            found = Some(Facts::of(row)?);
            Ok(())
        })?;
        let mut report = ParseReport::default();
        let Some(facts) = found else { return Ok(report) };
        let Some(count) = count else {
            report.drop("empty session");
            return Ok(report);
        };
        let session_id = facts.session_id(id);
        if out.knows(&session_id, &format!("{}{count}", facts.updated)) {
            return Ok(report);
        }
        let mut gate = Gate::new(out, session_id.clone());
        let mut log = Log::new(&mut gate);
        log.session.begin(|| session_id);
        log.session.place.raw_type = "session".to_owned();
        facts.tell(&mut log);
        log.session.count(Fate::Understood, "");
        let mut teller = Teller {
            id,
            log,
            before: None,
            ledger: self.ledger(database, id)?,
            spent: Tokens::default(),
        };
        let sql = format!(
            "SELECT {} FROM messages WHERE session_id = ?1 ORDER BY rowid",
            select(&self.messages, &MESSAGE)
        );
        database.each(&sql, [id], |row| {
            teller.take(Stored::of(row)?);
            Ok(())
        })?;
        Ok(teller.finish(facts.sums))
    }

    fn ledger(&self, database: &Database, id: &str) -> Result<VecDeque<Request>, ParseError> {
        let mut requests = VecDeque::new();
        if self.ledger.contains("session_id") {
            let sql = format!(
                "SELECT {} FROM usage_ledger WHERE session_id = ?1 ORDER BY rowid",
                select(&self.ledger, &REQUEST)
            );
            database.each(&sql, [id], |row| {
                requests.push_back(Request::of(row)?);
                Ok(())
            })?;
        }
        Ok(requests)
    }
}

/// Tells the rows of one session.
struct Teller<'a> {
    id: &'a str,
    log: Log<'a>,
    /// The last message, which is told when the next one is known.
    before: Option<Stored>,
    /// The requests that are not told yet.
    ledger: VecDeque<Request>,
    spent: Tokens,
}

impl Teller<'_> {
    fn take(&mut self, stored: Stored) {
        let is_hidden = stored.role == "user" && !stored.metadata().user_visible.0;
        if let Some(before) = self.before.replace(stored) {
            self.read(&before, is_hidden);
        }
    }

    fn read(&mut self, stored: &Stored, before_hidden: bool) {
        // A request of an earlier second is in the ledger for good when a message is written.
        let is_before = |request: &Request| stored.written.is_some_and(|at| request.written < at);
        while self.ledger.front().is_some_and(is_before) {
            if let Some(request) = self.ledger.pop_front() {
                self.spend(&request);
            }
        }
        // Before schema 7 messages had no ids; this is the one that the row got then.
        let id = stored.id.clone().unwrap_or_else(|| format!("msg_{}_{}", self.id, stored.row));
        self.log.session.record(stored.content.as_bytes());
        // What is no text is no JSON either, and is kept below.
        let mut json = line_text(stored.content.as_bytes()).unwrap_or_default();
        let mut content = serde_json::from_str::<Items<Item<'_>>>(&json).ok();
        let once: Option<Value> =
            if content.is_none() { serde_json::from_str(&json).ok() } else { None };
        if let Some(once) = once {
            // An item has a key twice: as a value it has it once.
            json = Cow::Owned(once.to_string());
            content = serde_json::from_str(&json).ok();
        }
        let Some(content) = content else {
            self.log.session.keep_text(stored.content.clone());
            return;
        };
        let written = Written::new(|| serde_json::from_str(&json).ok());
        let fate = self.log.read(&Message {
            id: Some(&id),
            role: &stored.role,
            created: stored.created,
            content: &content,
            raw: &|number| written.get(number),
            metadata: &stored.metadata(),
            before_hidden,
        });
        self.log.session.count(fate, &json);
    }

    /// Tells what a request cost.
    fn spend(&mut self, request: &Request) {
        let Request { id, written, model, tokens } = request;
        let Tokens { input, cache_read, cache_write, output, .. } = *tokens;
        self.spent = self.spent.plus(*tokens);
        let session = &mut self.log.session;
        session.record(
            format!("{id} {written} {input} {cache_read} {cache_write} {output}").as_bytes(),
        );
        session.place.raw_type = "usage_ledger".to_owned();
        session.set_time(time(*written));
        session.model.clone_from(model);
        session.owed = *tokens;
        session.flush_tokens(Some(&format!("usage-{id}")));
        session.model = None;
        session.count(Fate::Understood, "");
    }

    /// Tells what is left, and what the ledger lacks of the session's sums.
    fn finish(mut self, sums: Tokens) -> ParseReport {
        if let Some(last) = self.before.take() {
            self.read(&last, false);
        }
        self.log.session.may_change = true;
        while let Some(request) = self.ledger.pop_front() {
            self.spend(&request);
        }
        let session = &mut self.log.session;
        session.leave_records();
        session.place.raw_type = "session".to_owned();
        session.set_time(None);
        session.owed = sums.since(self.spent);
        if session.owed.input + session.owed.output == 0 {
            session.owed = Tokens::default();
        }
        session.flush_tokens(Some("usage"));
        self.log.session.finish(super::TOOL.as_str(), "")
    }
}
