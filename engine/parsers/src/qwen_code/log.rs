//! The records of a log, one after the other: whose each is, and who reads it.

use super::record::{KNOWN, Record};
use crate::genai::describe;
use crate::records;
use crate::session::{Fate, Place, Session, Tokens};
use crate::trail::Trail;
use crate::{ParseReport, Sink};
use opensession_hail::{EventId, SessionId, Timestamp};
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Reads the records of one log.
pub(super) struct Log<'s> {
    pub(super) session: Session<'s>,
    /// What was read under each id, as some versions write one answer in several records, or one record twice.
    pub(super) seen: HashMap<String, Seen>,
    /// Hashes of every record, id and content.
    prints: HashSet<u64>,
    /// The records that still count, in order: their id and the first event of each.
    pub(super) live: Trail<Option<EventId>>,
    /// The log is a sub-agent's own.
    is_agents: bool,
    /// What names the session where no record does.
    stem: String,
}

/// What was read under an id.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The largest numbers so far.
    pub tokens: Tokens,
}

impl records::Log for Log<'_> {
    type Record<'a> = Record<'a>;

    fn place(&mut self) -> &mut Place {
        &mut self.session.place
    }

    fn read_record(&mut self, record: &Record<'_>, json: &str) {
        self.begin(Some(record));
        self.read_envelope(record);
        let kind = record.kind.filled().unwrap_or("record");
        let name = match record.subtype.filled() {
            Some(subtype) => format!("{kind}/{subtype}"),
            None => kind.to_owned(),
        };
        self.session.place.raw_type = name;
        self.session.mark();
        let fate = if self.is_repeated(record, json) {
            Fate::COPY
        } else {
            match kind {
                "user" => self.read_user(record),
                "assistant" => self.read_assistant(record),
                "tool_result" => self.read_result(record),
                "system" => self.read_system(record),
                _ => Fate::Unknown,
            }
        };
        self.session.count(fate, json);
        if let Some(uuid) = record.uuid.filled() {
            let first = self.session.first().cloned();
            self.live.push(uuid.to_owned(), first);
        }
        self.session.group = None;
        self.session.model = None;
        self.session.subagent = None;
    }

    fn keep_text(&mut self, text: String) {
        self.begin(None);
        self.session.keep_text(text);
    }
}

impl<'s> Log<'s> {
    /// Returns a reader for the log whose file is called `stem`.
    pub(super) fn new(stem: String, sink: &'s mut dyn Sink) -> Self {
        Self {
            session: Session::new(sink, describe).knowing(&KNOWN),
            seen: HashMap::new(),
            prints: HashSet::new(),
            live: Trail::default(),
            is_agents: false,
            stem,
        }
    }

    /// Ends the session, and returns what became of the records.
    pub(super) fn finish(self, tool: &str, provider: &str) -> ParseReport {
        self.session.finish(tool, provider)
    }

    fn read_envelope(&mut self, record: &Record<'_>) {
        let session = &mut self.session;
        session.set_time(record.timestamp.as_str().and_then(Timestamp::parse));
        let keep = |fact: &mut Option<String>, text: Option<&str>| {
            if let Some(text) = text {
                *fact = Some(text.to_owned());
            }
        };
        keep(&mut session.meta.version, record.version.filled());
        if session.meta.branch.is_none() {
            keep(&mut session.meta.branch, record.git_branch.filled());
        }
        if let Some(fork) = &record.forked_from.0 {
            keep(&mut session.meta.forked_from, fork.session_id.filled());
        }
        session.meta.visit(record.cwd.filled().unwrap_or(""));
        session.group = record.uuid.filled().map(str::to_owned);
        session.model = record.model.filled().map(str::to_owned);
        let agent = record.agent_id.filled().filter(|_| record.is_sidechain.0);
        session.subagent = agent.map(str::to_owned);
    }

    /// Begins the session with its first record. A sub-agent's log has the session of its parent in every record.
    fn begin(&mut self, record: Option<&Record<'_>>) {
        if self.session.id().is_some() {
            return;
        }
        let own = record.and_then(|record| record.session_id.filled()).unwrap_or(&self.stem);
        let id = SessionId::from_foreign(own);
        let agent = record.filter(|record| record.is_sidechain.0);
        let agent = agent.and_then(|record| record.agent_id.filled());
        match agent {
            Some(agent) => {
                self.is_agents = true;
                self.session.meta.is_auxiliary = true;
                self.session.meta.parent = Some(id.as_str().to_owned());
                self.session.begin(|| id.child(agent));
            }
            None => self.session.begin(|| id),
        }
    }

    /// Returns whether a record of this id said just the same before: a resumed session may be written again.
    fn is_repeated(&mut self, record: &Record<'_>, json: &str) -> bool {
        let Some(uuid) = record.uuid.filled() else {
            return false;
        };
        let mut hasher = DefaultHasher::new();
        uuid.hash(&mut hasher);
        match &record.message.0 {
            Some(message) => message.parts.map(|parts| parts.get()).hash(&mut hasher),
            None => json.hash(&mut hasher),
        }
        let is_known = !self.prints.insert(hasher.finish());
        let seen = self.seen.entry(uuid.to_owned()).or_default();
        let grows = record
            .usage_metadata
            .0
            .is_some_and(|usage| !usage.tokens().since(seen.tokens).is_zero());
        is_known && !grows
    }

    /// Sends the mark that nothing behind the record `kept` counts any more; without one, nothing at all does.
    pub(super) fn rewind(&mut self, own: Option<&str>, kept: Option<&str>) {
        self.session.settle_calls();
        let from = match kept {
            None => 0,
            // A record that is not known takes nothing back.
            Some(kept) => self.live.up_to(kept).unwrap_or(self.live.len()),
        };
        let first = self.live.cut(from).into_iter().flatten().next();
        self.session.rewind(own, first.as_ref());
    }
}
