//! `data.sqlite3`: a row for each conversation, written anew at each turn. Amazon Q had one for each folder.
//!
//! The database holds tokens for signing in too: no other table is ever looked at.

use super::conversation::Conversation;
use super::turn::Turn;
use super::{PROVIDER, TOOL, location};
use crate::gate::Gate;
use crate::items;
use crate::repair;
use crate::session::Fate;
use crate::sqlite::{Database, number, select, text};
use crate::transcript::value_of;
use crate::{ParseError, ParseReport, Sink, Source};
use opensession_hail::{ContentId, SessionId, Timestamp};
use std::collections::HashSet;
use std::path::Path;

/// What is read of a row.
const COLUMNS: [&str; 5] = ["key", "conversation_id", "value", "created_at", "updated_at"];

/// A row, without what is in it.
#[derive(Debug, Default)]
struct Row {
    rowid: i64,
    /// The folder.
    key: Option<String>,
    id: Option<String>,
    created: Option<i64>,
    stamp: Option<String>,
}

pub(super) fn parse(source: &Source<'_>, out: &mut dyn Sink) -> Result<ParseReport, ParseError> {
    let database = Database::open(source)?;
    let mut report = ParseReport::default();
    let mut told = HashSet::new();
    for table in ["conversations_v2", "conversations"] {
        for row in list(&database, table)? {
            let mut value = None;
            let sql = format!("SELECT value FROM {table} WHERE rowid = ?1");
            // A row that was told before need not be read.
            if let (Some(id), Some(stamp)) = (&row.id, &row.stamp) {
                if !told.insert(id.clone()) {
                    report.drop("older copy");
                    continue;
                }
                if location::has_log(source.path(), id) {
                    report.drop("has a log of its own");
                    continue;
                }
                if out.knows(&SessionId::from_foreign(id), stamp) {
                    continue;
                }
            }
            database.each(&sql, [row.rowid], |row| {
                value = text(row, "value")?;
                Ok(())
            })?;
            let value = value.unwrap_or_default();
            if row.id.is_none() && !told.insert(own_id(&value, &row)) {
                report.drop("older copy");
                continue;
            }
            report.add(&tell(&row, &value, source.path(), out));
        }
    }
    Ok(report)
}

/// Reads a conversation that was saved as a file.
pub(super) fn parse_saved(
    source: &Source<'_>,
    out: &mut dyn Sink,
) -> Result<ParseReport, ParseError> {
    let bytes = source.whole()?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}');
    let row = Row { key: None, ..Row::default() };
    let report = tell(&row, text, source.path(), out);
    let document = items::read(text.as_bytes(), "history").unwrap_or_default();
    let mut hasher = blake3::Hasher::new();
    let mut bytes = 0;
    for item in &document.items {
        hasher.update(item.bytes).update(b"\n");
        bytes += item.bytes.len() as u64 + 1;
    }
    let hash = Some(ContentId::from_bytes(*hasher.finalize().as_bytes()));
    Ok(ParseReport { bytes, hash, torn: !document.is_whole, ..report })
}

/// Returns the rows of a table, the newest of each conversation first.
fn list(database: &Database, table: &str) -> Result<Vec<Row>, ParseError> {
    let columns = database.columns(table)?;
    let mut rows = Vec::new();
    if !columns.contains("value") {
        return Ok(rows);
    }
    let known = select(&columns, &COLUMNS.map(|name| if name == "value" { "key" } else { name }));
    let newest = if columns.contains("updated_at") { "updated_at DESC, rowid" } else { "rowid" };
    let sql = format!(
        "SELECT rowid AS row, octet_length(value) AS length, {known} FROM {table} ORDER BY {newest}"
    );
    database.each(&sql, [], |row| {
        let updated = number(row, "updated_at")?;
        let length = number(row, "length")?.unwrap_or(0);
        rows.push(Row {
            rowid: number(row, "row")?.unwrap_or(0),
            key: text(row, "key")?.filter(|key| !key.is_empty()),
            id: text(row, "conversation_id")?.filter(|id| !id.is_empty()),
            created: number(row, "created_at")?,
            stamp: updated.map(|updated| format!("{updated}/{length}")),
        });
        Ok(())
    })?;
    Ok(rows)
}

/// Returns the id of a conversation that only its value tells.
fn own_id(value: &str, row: &Row) -> String {
    // What is no document has no id of its own; reading it says what it is.
    let document = items::read(value.as_bytes(), "history").unwrap_or_default();
    let id = document.member("conversation_id");
    let id = id.and_then(|id| serde_json::from_slice::<String>(id).ok());
    id.or_else(|| row.key.clone()).unwrap_or_else(|| format!("row-{}", row.rowid))
}

/// Tells a conversation: each turn is a record.
fn tell(row: &Row, value: &str, database: &Path, out: &mut dyn Sink) -> ParseReport {
    let name = row.id.clone().unwrap_or_else(|| own_id(value, row));
    let id = SessionId::from_foreign(&name);
    let mut gate = Gate::new(out, id.clone());
    let mut conversation = Conversation::begin(&mut gate, id);
    let document = items::read(value.as_bytes(), "history");
    let session = &mut conversation.session;
    session.place.raw_type = "conversation".to_owned();
    session.meta.originator = Some(originator(database).to_owned());
    session.meta.visit(row.key.as_deref().unwrap_or(""));
    session.meta.started = row.created.and_then(Timestamp::from_millis);
    session.set_time(session.meta.started);
    let Some(document) = document else {
        session.record(value.as_bytes());
        session.keep_text(value.to_owned());
        return conversation.session.finish(TOOL.as_str(), PROVIDER);
    };
    let member = |name: &str| value_of(document.member(name)?);
    let model =
        member("model_info").and_then(|model| Some(model.get("model_id")?.as_str()?.to_owned()));
    let older = || member("model").and_then(|model| Some(model.as_str()?.to_owned()));
    session.meta.model = model.or_else(older).filter(|model| model != "auto");
    session.tell_place();
    session.count(Fate::Understood, "");
    for item in &document.items {
        conversation.session.record(item.bytes);
        let json = repair::pieces(item.bytes).into_iter().next();
        let fate = Turn::of(json.as_ref()).tell(&mut conversation);
        conversation.session.place.raw_type = "turn".to_owned();
        conversation.session.count(fate, &String::from_utf8_lossy(item.bytes));
    }
    // What was asked and not answered yet.
    if let Some(next) = member("next_message").filter(|next| next.is_object()) {
        conversation.session.record(next.to_string().as_bytes());
        conversation.session.may_change = true;
        Turn::asked(next).tell(&mut conversation);
    }
    conversation.session.finish(TOOL.as_str(), PROVIDER)
}

fn originator(database: &Path) -> &'static str {
    let is_old = database.components().any(|part| part.as_os_str() == "amazon-q");
    if is_old { "amazon-q" } else { "kiro-cli" }
}
