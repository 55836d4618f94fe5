//! The database: sessions with rows of messages and parts (version 1), or with rows that are whole messages (version 2).
//!
//! When version 2 first runs, it copies each session to `session_v2` and `session_message`, poorer than it was, and goes
//! on there; the old rows stay. Such a session is told from its old rows, and from those of the new ones that were not
//! copied. In versions before that, what `session_message` holds of a session with old rows is a second copy.

use super::conversation::{About, Conversation};
use super::message::Message;
use super::newer;
use super::stored::{self, Object};
use super::told::{Stored, Told};
use crate::gate::Gate;
use crate::lines::LONGEST_LINE;
use crate::sqlite::{self, Database};
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::SessionId;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The tables of sessions; what a later one says of a session stands.
const SESSIONS: [&str; 2] = ["session", "session_v2"];

/// The tables of what was said in them.
const CONTENTS: [&str; 3] = ["message", "part", "session_message"];

/// A session, as its row has it.
#[derive(Default)]
struct Entry {
    about: About,
    created: i64,
    /// What changes with each change to the row.
    updated: String,
    /// The rows of version 2 go on where the older ones end.
    is_migrated: bool,
}

/// A database with what is known of it.
struct Store {
    database: Database,
    /// The columns of each table; none where there is no such table.
    columns: HashMap<&'static str, BTreeSet<String>>,
    /// The parts of a message are found without looking at all parts.
    has_index: bool,
}

/// Tells the sessions of a database, one after the other.
pub(super) fn parse(
    source: &Source<'_>,
    out: &mut dyn Sink,
    tool: &'static str,
) -> Result<ParseReport, ParseError> {
    let store = Store::open(source)?;
    let stamps = store.stamps()?;
    let mut report = ParseReport::default();
    let mut newest = i64::MIN;
    for entry in store.entries()? {
        let id = entry.about.session_id();
        let contents = stamps.get(&entry.about.id).map_or("", String::as_str);
        if out.knows(&id, &format!("{}{contents}", entry.updated)) {
            continue;
        }
        let told = store.tell(&entry, id, out, tool)?;
        report.add(&told);
        if entry.created >= newest {
            newest = entry.created;
            report.tool_version = told.tool_version.or(report.tool_version);
        }
    }
    Ok(report)
}

/// Returns whether the database holds the session.
pub(super) fn holds(source: &Source<'_>, id: &str) -> Result<bool, ParseError> {
    let store = Store::open(source)?;
    let mut holds = false;
    for table in SESSIONS.iter().filter(|table| store.has(table, &["id"])) {
        let sql = format!("SELECT 1 FROM {table} WHERE id = ?1");
        store.database.each(&sql, [id], |_row| {
            holds = true;
            Ok(())
        })?;
    }
    Ok(holds)
}

impl Store {
    fn open(source: &Source<'_>) -> Result<Self, ParseError> {
        let database = Database::open(source)?;
        let mut columns = HashMap::new();
        for table in SESSIONS.into_iter().chain(CONTENTS).chain(["project"]) {
            columns.insert(table, database.columns(table)?);
        }
        let mut has_index = false;
        let sql = "SELECT 1 FROM pragma_index_list('part') AS list, pragma_index_info(list.name) AS part \
                   WHERE part.seqno = 0 AND part.name = 'message_id'";
        database.each(sql, [], |_row| {
            has_index = true;
            Ok(())
        })?;
        Ok(Self { database, columns, has_index })
    }

    /// Returns whether a table is there, with these columns.
    fn has(&self, table: &str, names: &[&str]) -> bool {
        self.columns.get(table).is_some_and(|columns| {
            !columns.is_empty() && names.iter().all(|name| columns.contains(*name))
        })
    }

    /// Returns the sessions, by the time that they were made.
    fn entries(&self) -> Result<Vec<Entry>, ParseError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for table in SESSIONS.into_iter().filter(|table| self.has(table, &["id"])) {
            self.database.each(&self.session_query(table), [], |row| {
                let mut entry = entry(row)?;
                match places.get(&entry.about.id).and_then(|place| entries.get_mut(*place)) {
                    Some(known) => {
                        entry.is_migrated = true;
                        entry.updated.push_str(&known.updated);
                        *known = entry;
                    }
                    None => {
                        places.insert(entry.about.id.clone(), entries.len());
                        entries.push(entry);
                    }
                }
                Ok(())
            })?;
        }
        if entries.is_empty() && self.has("message", &["session_id", "time_created"]) {
            let sql = "SELECT session_id AS id, MIN(time_created) AS time_created FROM message GROUP BY 1";
            self.database.each(sql, [], |row| {
                let id = sqlite::text(row, "id")?.unwrap_or_default();
                let about = About { id, ..About::default() };
                let created = sqlite::number(row, "time_created")?.unwrap_or(0);
                entries.push(Entry { about, created, ..Entry::default() });
                Ok(())
            })?;
        }
        entries.sort_by(|a, b| (a.created, &a.about.id).cmp(&(b.created, &b.about.id)));
        Ok(entries)
    }

    fn session_query(&self, table: &str) -> String {
        let wanted = [
            "parent_id",
            "fork_session_id",
            "slug",
            "directory",
            "title",
            "version",
            "revert",
            "time_created",
            "time_updated",
        ];
        let column = |name: &&str| {
            if self.has(table, &[name]) { format!("s.{name}") } else { format!("NULL AS {name}") }
        };
        let columns: Vec<String> = wanted.iter().map(column).collect();
        let has_project =
            self.has(table, &["project_id"]) && self.has("project", &["id", "worktree"]);
        let (worktree, join) = if has_project {
            ("p.worktree", "LEFT JOIN project AS p ON p.id = s.project_id")
        } else {
            ("NULL AS worktree", "")
        };
        format!("SELECT s.id, {worktree}, {} FROM {table} AS s {join}", columns.join(", "))
    }

    /// Returns what changes with each change to a session's messages, by session.
    fn stamps(&self) -> Result<HashMap<String, String>, ParseError> {
        let mut stamps: HashMap<String, String> = HashMap::new();
        for table in CONTENTS {
            if !self.has(table, &["session_id", "time_updated"]) {
                continue;
            }
            let sql = format!(
                "SELECT session_id, COUNT(*) AS count, MAX(time_updated) AS latest FROM {table} GROUP BY 1"
            );
            self.database.each(&sql, [], |row| {
                let id = sqlite::text(row, "session_id")?.unwrap_or_default();
                let count = sqlite::number(row, "count")?.unwrap_or(0);
                let latest = sqlite::text(row, "latest")?.unwrap_or_default();
                stamps.entry(id).or_default().push_str(&format!("/{count}:{latest}"));
                Ok(())
            })?;
        }
        Ok(stamps)
    }

    fn tell(
        &self,
        entry: &Entry,
        id: SessionId,
        out: &mut dyn Sink,
        tool: &str,
    ) -> Result<ParseReport, ParseError> {
        let mut gate = Gate::new(out, id);
        let mut conversation = Conversation::begin(&mut gate, &entry.about);
        let session = entry.about.id.as_str();
        let messages = self.messages(session)?;
        let ids: HashSet<String> = messages.iter().map(|message| message.id.clone()).collect();
        if !messages.is_empty() {
            let mut parts = self.parts(session)?;
            let told = Told::new(messages);
            told.tell(&mut conversation, entry.is_migrated, |message| match &mut parts {
                Some(parts) => Ok(parts.remove(message).unwrap_or_default()),
                None => self.parts_of(message),
            })?;
            let orphans = self.orphans(session, &ids)?;
            (0..orphans).for_each(|_| conversation.session.report.drop("part of no message"));
        }
        self.tell_rows(entry, &ids, &mut conversation)?;
        Ok(conversation.finish(tool))
    }

    /// Returns the messages of version 1 of a session.
    fn messages(&self, session: &str) -> Result<Vec<Stored>, ParseError> {
        let mut messages = Vec::new();
        if !self.has("message", &["id", "session_id", "data", "time_created"]) {
            return Ok(messages);
        }
        let sql = format!(
            "SELECT id, {} FROM message WHERE session_id = ?1 ORDER BY time_created, id",
            data()
        );
        self.database.each(&sql, [session], |row| {
            messages.push(stored(row)?);
            Ok(())
        })?;
        Ok(messages)
    }

    /// Returns the parts of a session by their messages, where they cannot be found one message after the other.
    fn parts(&self, session: &str) -> Result<Option<HashMap<String, Vec<Stored>>>, ParseError> {
        if self.has_index || !self.has("part", &["id", "message_id", "session_id", "data"]) {
            return Ok(None);
        }
        let mut parts: HashMap<String, Vec<Stored>> = HashMap::new();
        let sql = format!(
            "SELECT message_id, id, {} FROM part WHERE session_id = ?1 ORDER BY id",
            data()
        );
        self.database.each(&sql, [session], |row| {
            let message = sqlite::text(row, "message_id")?.unwrap_or_default();
            parts.entry(message).or_default().push(stored(row)?);
            Ok(())
        })?;
        Ok(Some(parts))
    }

    fn parts_of(&self, message: &str) -> Result<Vec<Stored>, ParseError> {
        let mut parts = Vec::new();
        if !self.has("part", &["id", "message_id", "data"]) {
            return Ok(parts);
        }
        let sql = format!("SELECT id, {} FROM part WHERE message_id = ?1 ORDER BY id", data());
        self.database.each(&sql, [message], |row| {
            parts.push(stored(row)?);
            Ok(())
        })?;
        Ok(parts)
    }

    /// Counts the parts of a session whose messages are gone.
    fn orphans(&self, session: &str, messages: &HashSet<String>) -> Result<u64, ParseError> {
        let mut orphans = 0;
        if self.has("part", &["message_id", "session_id"]) {
            let sql = "SELECT message_id FROM part WHERE session_id = ?1";
            self.database.each(sql, [session], |row| {
                let message = sqlite::text(row, "message_id")?.unwrap_or_default();
                orphans += u64::from(!messages.contains(&message));
                Ok(())
            })?;
        }
        Ok(orphans)
    }

    /// Tells the rows of version 2 that say what no older one says.
    fn tell_rows(
        &self,
        entry: &Entry,
        older: &HashSet<String>,
        conversation: &mut Conversation<'_>,
    ) -> Result<(), ParseError> {
        if !self.has("session_message", &["id", "session_id", "type", "data"]) {
            return Ok(());
        }
        let order = ["seq", "time_created", "id"];
        let order = order.into_iter().filter(|name| self.has("session_message", &[name]));
        let order = order.collect::<Vec<_>>().join(", ");
        let session = entry.about.id.as_str();
        let (mut count, mut copied, mut last_answer) = (0, 0, None);
        let mut before = String::new();
        let sql =
            format!("SELECT id, type FROM session_message WHERE session_id = ?1 ORDER BY {order}");
        self.database.each(&sql, [session], |row| {
            let id = sqlite::text(row, "id")?.unwrap_or_default();
            let kind = sqlite::text(row, "type")?;
            // What the tool put into a prompt was copied into a row behind it, with an id that begins like its.
            let is_aside = copied == count
                && kind.as_deref() == Some("synthetic")
                && id.get(..16).is_some_and(|start| before.starts_with(start));
            count += 1;
            if older.contains(&id) || is_aside && !older.is_empty() {
                copied = count;
            }
            last_answer = last_answer.max((kind.as_deref() == Some("assistant")).then_some(count));
            before = id;
            Ok(())
        })?;
        if !older.is_empty() && !entry.is_migrated {
            copied = count;
        }
        let sql = format!(
            "SELECT id, type, {} FROM session_message WHERE session_id = ?1 ORDER BY {order}",
            data()
        );
        let mut number = 0;
        self.database.each(&sql, [session], |row| {
            number += 1;
            if number <= copied {
                conversation.session.report.drop("second copy");
                return Ok(());
            }
            let Stored { id, bytes } = stored(row)?;
            let kind = sqlite::text(row, "type")?.unwrap_or_default();
            let message = match stored::object(&bytes) {
                Ok(info) => newer::message(&id, &kind, info),
                Err(_no_object) => Message::read(&id, &bytes),
            };
            let is_answered = kind == "assistant" && last_answer.is_some_and(|last| last > number);
            let is_open = !is_answered && !newer::is_complete(&message);
            conversation.read_whole(&message, &bytes, is_open);
            Ok(())
        })
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let of = |name: &str| -> rusqlite::Result<Option<String>> {
        Ok(sqlite::text(row, name)?.filter(|text| !text.is_empty()))
    };
    // What cannot be read takes nothing back.
    let revert = of("revert")?.and_then(|json| serde_json::from_str::<Object>(&json).ok());
    let (directory, worktree) = (of("directory")?, of("worktree")?);
    let version = of("version")?;
    // What Kilo Code took over from a task of its older self, which the name of the session names.
    let is_taken_over = version.as_deref() == Some("v2");
    let about = About {
        id: of("id")?.unwrap_or_default(),
        parent: of("parent_id")?,
        forked_from: if is_taken_over { of("slug")? } else { of("fork_session_id")? },
        directory: directory.or(worktree.filter(|worktree| worktree != "/")),
        title: of("title")?,
        version: version.filter(|_| !is_taken_over),
        revert,
    };
    let created = sqlite::number(row, "time_created")?.unwrap_or(0);
    let updated = of("time_updated")?.unwrap_or_default();
    Ok(Entry { about, created, updated, is_migrated: false })
}

/// Returns what to select of a row's JSON: SQLite copies what it sorts, so a value too long to be kept stays out.
fn data() -> String {
    format!(
        "CASE WHEN octet_length(data) <= {LONGEST_LINE} THEN data END AS data, \
         octet_length(data) AS length"
    )
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let id = sqlite::text(row, "id")?.unwrap_or_default();
    let bytes = match row.get_ref("data")? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_owned(),
        ValueRef::Null => match sqlite::number(row, "length")? {
            Some(length) => format!("a value of {length} bytes, too long to be kept").into_bytes(),
            None => Vec::new(),
        },
        ValueRef::Integer(_) | ValueRef::Real(_) => {
            // A number always has a text; only NULL has none.
            sqlite::text(row, "data")?.unwrap_or_default().into_bytes()
        }
    };
    Ok(Stored { id, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn a_value_too_long_to_keep_is_named_and_others_are_as_they_are() {
        let connection = Connection::open_in_memory().unwrap();
        let bytes = |value: &str| {
            let sql = format!("SELECT 'a' AS id, {} FROM (SELECT {value} AS data)", data());
            connection.query_row(&sql, [], stored).map(|stored| stored.bytes).unwrap()
        };
        let long = bytes(&format!("zeroblob({})", LONGEST_LINE + 1));
        assert_eq!(long, b"a value of 67108865 bytes, too long to be kept");
        assert_eq!((bytes("'{}'"), bytes("x'ff'")), (b"{}".to_vec(), b"\xff".to_vec()));
        assert_eq!((bytes("7"), bytes("NULL")), (b"7".to_vec(), Vec::new()));
    }
}
