//! The files of versions before 1.10: what is known of the session in the first line, then a message a line.
//!
//! A file is written anew with each message, and its first line has counters: it is told as the last record. Newer
//! versions import the files once and leave them where they are.

use super::log::{Log, Message};
use super::record::{Metadata, Record};
use crate::error::unless_damaged;
use crate::gate::Gate;
use crate::head::lines;
use crate::lenient::{Written, member, object};
use crate::records::{self, Reader};
use crate::session::{Fate, Tokens};
use crate::sqlite::Database;
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::SessionId;

/// In this many lines a message is looked for.
const LINES: usize = 8;

/// Returns whether a file that begins like this is a session.
pub(super) fn is_log(head: &[u8]) -> bool {
    lines(head).take(LINES).any(|line| {
        let text = String::from_utf8_lossy(line);
        let mut records = serde_json::Deserializer::from_str(&text).into_iter::<Record<'_>>();
        let Some(Ok(record)) = records.next() else {
            let is_begun = ["\"role\":\"", "\"created\":", "\"content\":[{\"type\":\""];
            return text.starts_with('{') && is_begun.iter().all(|key| text.contains(key));
        };
        let is_session = record.is_session() && record.message_count.0.is_some();
        is_session || record.is_message()
    })
}

pub(super) fn parse(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let name = source.path().file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let id = SessionId::from_foreign(&name);
    let is_told = is_imported(source, &name)?;
    let mut gate = Gate::new(out, id.clone());
    let mut file = File { log: Log::new(&mut gate), sums: Tokens::default(), is_told };
    if !is_told {
        file.log.session.begin(|| id);
    }
    let extent = records::read(source, &mut file)?;
    extent.close(file.finish(), source, super::TOOL.as_str())
}

/// Returns whether the database beside the file holds the session too.
fn is_imported(source: &Source<'_>, name: &str) -> Result<bool, ParseError> {
    let path = source.path().with_file_name("sessions.db");
    if !path.is_file() {
        return Ok(false);
    }
    let mut beside = Source::file(&path);
    if let Some(scratch) = source.scratch() {
        beside = beside.with_scratch(scratch);
    }
    let Some(database) = unless_damaged(Database::open(&beside))? else { return Ok(false) };
    if !database.columns("sessions")?.contains("id") {
        return Ok(false);
    }
    let mut is_there = false;
    let sql = "SELECT 1 FROM sessions WHERE id = ?1";
    database.each(sql, [name], |_row| {
        is_there = true;
        Ok(())
    })?;
    Ok(is_there)
}

struct File<'s> {
    log: Log<'s>,
    /// The tokens of the session, as the first line has them.
    sums: Tokens,
    is_told: bool,
}

impl Reader for File<'_> {
    /// Events stand where their records do, which are not the lines.
    fn begin_line(&mut self, _number: u64, _offset: u64) {}

    fn read(&mut self, json: &str) -> bool {
        object(json).inspect(|record| self.read_kind(record, json)).is_some()
    }

    fn keep(&mut self, text: String) {
        let session = &mut self.log.session;
        if self.is_told {
            session.report.drop("told by the database");
        } else {
            session.record(text.as_bytes());
            session.keep_text(text);
        }
    }
}

impl File<'_> {
    fn read_kind(&mut self, record: &Record<'_>, json: &str) {
        let session = &mut self.log.session;
        if self.is_told {
            session.report.drop("told by the database");
            return;
        }
        if record.is_session() {
            session.place.raw_type = "session".to_owned();
            session.meta.visit(record.working_dir.filled().unwrap_or(""));
            session.meta.rename(record.description.filled().unwrap_or(""));
            self.sums = record.tokens();
            session.count(Fate::Understood, json);
            return;
        }
        session.record(json.as_bytes());
        let Some(role) = record.role.filled() else {
            session.place.raw_type = "record".to_owned();
            // Some versions list the tools in a line.
            let fate = if record.tools.is_some() { Fate::STATE } else { Fate::Unknown };
            session.count(fate, json);
            return;
        };
        let everybody = Metadata::default();
        let written = Written::new(|| member(json, &["content"]));
        let fate = self.log.read(&Message {
            id: record.id.filled(),
            role,
            created: record.created.0,
            content: &record.content,
            raw: &|number| written.get(number),
            metadata: record.metadata.0.as_ref().unwrap_or(&everybody),
            before_hidden: false,
        });
        self.log.session.count(fate, json);
    }

    fn finish(self) -> ParseReport {
        let mut session = self.log.session;
        // The file may go on, and the sums with it.
        session.leave_records();
        session.place.raw_type = "session".to_owned();
        session.may_change = true;
        session.set_time(None);
        session.owed = self.sums;
        session.flush_tokens(Some("usage"));
        session.finish(super::TOOL.as_str(), "")
    }
}
