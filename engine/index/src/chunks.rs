//! The text of a session, in runs of events: each is a row of the full-text table.

use crate::facts::Facts;
use crate::rows::CHUNKS;
use crate::text::each_text;
use crate::{Role, words};
use opensession_hail::parse_event;
use opensession_store::{Branch, Entry, Manifest};
use rusqlite::{Connection, Result, params};

/// A run ends with the event that brings its text to so many bytes.
const LARGE: usize = 32 * 1024;
/// Stands between two texts, so that no phrase reaches from one into the next. Nobody looks for it.
pub(crate) const BORDER: &str = "\u{2402}";

/// The text of a run of events, and where it begins.
pub(crate) struct Chunk {
    segment: usize,
    byte: usize,
    event: u64,
    user: String,
    assistant: String,
    tool: String,
}

/// What was read out of the segments of a session that had not been read.
pub(crate) struct Texts {
    /// How many segments are read by now.
    read: usize,
    events: u64,
    chunks: Vec<Chunk>,
    facts: Facts,
}

/// Returns what the segments behind the first `read` ones hold, in which `events` events stand.
///
/// # Errors
/// When a segment is missing or damaged, or does not hold what it says.
pub(crate) fn read(
    branch: &Branch,
    entry: &Entry,
    manifest: &Manifest,
    (read, mut events): (usize, u64),
) -> opensession_store::Result<Texts> {
    let mut chunks = Vec::new();
    let mut facts = Facts::default();
    for (segment, record) in manifest.segments.iter().enumerate().skip(read) {
        let bytes = branch.segment(entry, record)?;
        let mut chunk: Option<Chunk> = None;
        let mut byte = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let event = parse_event(line).map_err(|error| opensession_store::Error::Corrupt {
                object: format!("{}/{}", entry.key, record.name),
                reason: error.to_string(),
            })?;
            facts.push(&event, &manifest.header.agent.model);
            let open = chunk.get_or_insert_with(|| Chunk::new(segment, byte, events));
            each_text(&event, &mut |role, text| open.push(role, text));
            byte += line.len();
            events += 1;
            if open.len() >= LARGE {
                chunks.extend(chunk.take());
            }
        }
        chunks.extend(chunk.filter(|chunk| chunk.len() > 0));
    }
    Ok(Texts { read: manifest.segments.len(), events, chunks, facts })
}

impl Chunk {
    fn new(segment: usize, byte: usize, event: u64) -> Self {
        let (user, assistant, tool) = (String::new(), String::new(), String::new());
        Self { segment, byte, event, user, assistant, tool }
    }

    fn len(&self) -> usize {
        self.user.len() + self.assistant.len() + self.tool.len()
    }

    fn push(&mut self, role: Role, text: &str) {
        let column = match role {
            Role::User => &mut self.user,
            Role::Assistant => &mut self.assistant,
            Role::Tool => &mut self.tool,
        };
        let before = column.len();
        words::fold(text, column);
        if column.len() > before {
            column.push_str(BORDER);
            column.push(' ');
        }
    }
}

impl Texts {
    /// Adds them to what is in the index of the session, in which `chunks` chunks stand.
    pub(crate) fn write(&self, db: &Connection, session: i64, mut chunks: i64) -> Result<()> {
        let insert = "INSERT INTO texts (rowid, user, assistant, tool) VALUES (?1, ?2, ?3, ?4)";
        let mut insert = db.prepare_cached(insert)?;
        let mut place = db.prepare_cached("INSERT INTO chunks VALUES (?1, ?2, ?3, ?4)")?;
        for chunk in &self.chunks {
            if chunks == CHUNKS {
                // 128 MiB of words: what comes behind is not found by them.
                break;
            }
            let id = session * CHUNKS + chunks;
            insert.execute(params![id, chunk.user, chunk.assistant, chunk.tool])?;
            place.execute(params![id, chunk.segment, chunk.byte, chunk.event])?;
            chunks += 1;
        }
        self.facts.write(db, session)?;
        let sql = "UPDATE sessions SET read = ?2, events_read = ?3, chunks = ?4 WHERE id = ?1";
        db.prepare_cached(sql)?.execute(params![session, self.read, self.events, chunks])?;
        Ok(())
    }
}
