//! The rows of sessions: what a manifest says, in columns.

use opensession_hail::{Author, SessionKey, attribute};
use opensession_store::{Day, Manifest, TreeId};
use rusqlite::{Connection, OptionalExtension, Result, params};

/// Ids of sessions are the seconds since the year 2000 of their first event, so that they sort by time, and rows of texts
/// with them. Coarser ones would be of no use, finer ones make the full-text table larger.
const YEAR_2000: i64 = 946_684_800_000;
/// The last time that fits, in the year 2068.
const LAST: i64 = (1 << 31) - 1;
/// So many ids behind the one of its time are tried.
const TRIED: i64 = 16;
/// Where all of those are taken, the first one behind the last that is taken so many seconds around.
const MOMENT: i64 = 1 << 17;
/// Ids of chunks are the session's id times this and the chunk's place.
pub(crate) const CHUNKS: i64 = 1 << 8;

/// What stands in the index of a version that may grow into another one.
pub(crate) struct Known {
    pub(crate) id: i64,
    created: i64,
    segments: Vec<u8>,
    read: usize,
}

/// Returns the id of the row of a version of a session.
pub(crate) fn find(db: &Connection, key: &SessionKey, tree: TreeId) -> Result<Option<i64>> {
    let sql = "SELECT id FROM sessions WHERE key = ?1 AND tree = ?2";
    let mut statement = db.prepare_cached(sql)?;
    statement.query_row(params![key.as_str(), tree.to_string()], |row| row.get(0)).optional()
}

/// Returns the row of a version that stands on no branch any more.
pub(crate) fn find_abandoned(db: &Connection, id: i64) -> Result<Option<Known>> {
    let sql = "SELECT id, created, segments, read FROM sessions
               WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM places WHERE session = ?1)";
    let known = db.prepare_cached(sql)?.query_row([id], |row| {
        Ok(Known { id, created: row.get(1)?, segments: row.get(2)?, read: row.get(3)? })
    });
    known.optional()
}

/// What a manifest says, in the order in which [`write()`] gives it.
const SAID: &str =
    "tree, day, generation, tool, model, repo, branch, author, email, folder, created, updated,
    auxiliary, events, messages, prompts, tool_calls, tasks, seconds, active, input, output, cache_read,
    cache_write, added, removed, changed, bytes, segments";
const VALUES: &str =
    "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
    ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31";

/// Writes the row of a version, in the place of what it grew from where that is given, and returns its id. What was
/// read of the segments that both have stays.
pub(crate) fn write(
    db: &Connection,
    (key, day, tree): (&SessionKey, Day, TreeId),
    manifest: &Manifest,
    repo: &str,
    older: Option<Known>,
) -> Result<i64> {
    let created = manifest.header.context.created_at.as_millis();
    let segments: Vec<u8> = manifest
        .segments
        .iter()
        .flat_map(|segment| segment.id.as_bytes().iter().take(8).copied())
        .collect();
    let older = older.filter(|older| older.created == created);
    let (id, sql) = match older {
        Some(older) => {
            let read = older.segments.get(..older.read * 8).unwrap_or(&older.segments);
            if !segments.starts_with(read) {
                forget_texts(db, older.id)?;
            }
            let sql =
                format!("UPDATE sessions SET ({SAID}) = ({VALUES}) WHERE id = ?1 AND key = ?2");
            (older.id, sql)
        }
        None => {
            let sql = "UPDATE sessions SET others = 1 WHERE key = ?1";
            let others = db.prepare_cached(sql)?.execute([key.as_str()])?;
            // All of it at once: a row that grows later leaves its page half empty.
            let sql = format!(
                "INSERT INTO sessions (id, key, {SAID}, read, events_read, chunks, has, others)
                 VALUES (?1, ?2, {VALUES}, 0, 0, 0, 0, {})",
                others.min(1)
            );
            (free_id(db, created)?, sql)
        }
    };
    let header = &manifest.header;
    let stats = &manifest.stats;
    let folder = header.cwd().map(|cwd| folder(db, cwd)).transpose()?;
    let branch = header.context.attributes.str(attribute::GIT_BRANCH).unwrap_or("");
    let author = header.author();
    let author = author.as_ref();
    // SQLite's integers have a sign.
    let n = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    db.prepare_cached(&sql)?.execute(params![
        id,
        key.as_str(),
        tree.to_string(),
        day.to_string(),
        n(manifest.generation),
        key.tool(),
        header.agent.model,
        repo,
        branch,
        author.and_then(Author::name).unwrap_or(""),
        author.and_then(Author::email).unwrap_or(""),
        folder,
        created,
        header.context.updated_at.as_millis(),
        header.is_auxiliary(),
        n(stats.event_count),
        n(stats.message_count),
        n(stats.user_message_count),
        n(stats.tool_call_count),
        n(stats.task_count),
        n(stats.duration_seconds),
        n(stats.active_seconds),
        n(stats.total_input_tokens),
        n(stats.total_output_tokens),
        n(stats.total_cache_read_tokens),
        n(stats.total_cache_write_tokens),
        n(stats.lines_added),
        n(stats.lines_removed),
        n(stats.files_changed),
        n(manifest.bytes()),
        segments,
    ])?;
    db.prepare_cached("INSERT OR REPLACE INTO headers VALUES (?1, ?2)")?
        .execute(params![id, json(header)?])?;
    Ok(id)
}

/// Returns the first free id of a time.
fn free_id(db: &Connection, created: i64) -> Result<i64> {
    let first = ((created - YEAR_2000) / 1000).clamp(0, LAST);
    for candidate in first..first + TRIED {
        let mut taken = db.prepare_cached("SELECT 1 FROM sessions WHERE id = ?1")?;
        if !taken.exists([candidate])? {
            return Ok(candidate);
        }
    }
    // Many sessions of one moment: those of logs without times.
    let sql = "SELECT max(id) + 1 FROM sessions WHERE id < ?1";
    db.query_row(sql, [first + MOMENT], |row| row.get(0))
}

fn folder(db: &Connection, path: &str) -> Result<i64> {
    let known = db.prepare_cached("SELECT id FROM folders WHERE path = ?1")?;
    let mut known = known;
    if let Some(id) = known.query_row([path], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    db.prepare_cached("INSERT INTO folders (path) VALUES (?1)")?.insert([path])
}

/// Removes a row and all that hangs on it.
pub(crate) fn remove(db: &Connection, id: i64) -> Result<()> {
    forget_texts(db, id)?;
    db.prepare_cached("DELETE FROM headers WHERE session = ?1")?.execute([id])?;
    let sql = "DELETE FROM sessions WHERE id = ?1 RETURNING key";
    let key: Option<String> =
        db.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?;
    let sql = "UPDATE sessions SET others = 0
        WHERE key = ?1 AND (SELECT count(*) FROM sessions WHERE key = ?1) = 1";
    db.prepare_cached(sql)?.execute([key])?;
    Ok(())
}

/// Removes what was read out of a session's events.
fn forget_texts(db: &Connection, id: i64) -> Result<()> {
    let (from, to) = (id * CHUNKS, (id + 1) * CHUNKS);
    for sql in [
        "DELETE FROM texts WHERE rowid IN (SELECT id FROM chunks WHERE id >= ?1 AND id < ?2)",
        "DELETE FROM chunks WHERE id >= ?1 AND id < ?2",
    ] {
        db.prepare_cached(sql)?.execute([from, to])?;
    }
    for sql in [
        "DELETE FROM files WHERE session = ?1",
        "DELETE FROM usage WHERE session = ?1",
        "UPDATE sessions SET read = 0, events_read = 0, chunks = 0, has = 0, cost = NULL WHERE id = ?1",
    ] {
        db.prepare_cached(sql)?.execute([id])?;
    }
    Ok(())
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}
