//! The text of a session, in runs of events: each is a row of the full-text table.

use crate::facts::Facts;
use crate::rows::CHUNKS;
use crate::text::each_text;
use crate::{Role, words};
use opensession_hail::parse_event;
use opensession_store::{Branch, Entry, Manifest};
use rusqlite::{Connection, Result, params};

/// Runs before this one end with their segment, so that one segment has to be read to show what was found in it.
const LAST_IN_SEGMENT: i64 = 192;
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
    /// The place of the first chunk.
    first: i64,
    chunks: Vec<Chunk>,
    facts: Facts,
}

/// What was read of a session before.
#[derive(Clone, Copy)]
pub(crate) struct Behind {
    pub(crate) segments: usize,
    pub(crate) events: u64,
    pub(crate) chunks: i64,
}

/// Returns with how many bytes of words the run at this place ends: the longer the session, the longer its runs.
const fn large(place: i64) -> usize {
    match place {
        0..64 => 32 << 10,
        64..128 => 128 << 10,
        128..LAST_IN_SEGMENT => 512 << 10,
        _ => 4 << 20,
    }
}

/// Returns what the segments hold that were not read before.
///
/// # Errors
/// When a segment is missing or damaged, or does not hold what it says.
pub(crate) fn read(
    branch: &Branch,
    entry: &Entry,
    manifest: &Manifest,
    behind: Behind,
) -> opensession_store::Result<Texts> {
    let mut texts = Texts {
        read: manifest.segments.len(),
        events: behind.events,
        first: behind.chunks,
        chunks: Vec::new(),
        facts: Facts::default(),
    };
    let mut chunk: Option<Chunk> = None;
    for (segment, record) in manifest.segments.iter().enumerate().skip(behind.segments) {
        let bytes = branch.segment(entry, record)?;
        let mut byte = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let event = parse_event(line).map_err(|error| opensession_store::Error::Corrupt {
                object: format!("{}/{}", entry.key, record.name),
                reason: error.to_string(),
            })?;
            texts.facts.push(&event, &manifest.header.agent.model);
            let open = chunk.get_or_insert_with(|| Chunk::new(segment, byte, texts.events));
            each_text(&event, &mut |role, text| open.push(role, text));
            byte += line.len();
            texts.events += 1;
            if open.len() >= large(texts.next()) {
                texts.chunks.extend(chunk.take());
            }
        }
        if texts.next() < LAST_IN_SEGMENT {
            texts.chunks.extend(chunk.take().filter(|chunk| chunk.len() > 0));
        }
    }
    texts.chunks.extend(chunk.filter(|chunk| chunk.len() > 0));
    Ok(texts)
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
    /// Returns the place of the next chunk.
    fn next(&self) -> i64 {
        self.first + i64::try_from(self.chunks.len()).unwrap_or(CHUNKS)
    }

    /// Adds them to what is in the index of the session.
    pub(crate) fn write(&self, db: &Connection, session: i64) -> Result<()> {
        let insert = "INSERT INTO texts (rowid, user, assistant, tool) VALUES (?1, ?2, ?3, ?4)";
        let mut insert = db.prepare_cached(insert)?;
        let mut place = db.prepare_cached("INSERT INTO chunks VALUES (?1, ?2, ?3, ?4)")?;
        // What is behind the last place, some 300 MB of words in, is not found by them.
        for (at, chunk) in (self.first..CHUNKS).zip(&self.chunks) {
            let id = session * CHUNKS + at;
            insert.execute(params![id, chunk.user, chunk.assistant, chunk.tool])?;
            place.execute(params![id, chunk.segment, chunk.byte, chunk.event])?;
        }
        self.facts.write(db, session)?;
        let sql = "UPDATE sessions SET read = ?2, events_read = ?3, chunks = ?4, has = has | ?5,
            cost = CASE WHEN cost IS NULL AND ?6 IS NULL THEN NULL
                ELSE ifnull(cost, 0) + ifnull(?6, 0) END WHERE id = ?1";
        let (chunks, Facts { has, cost, .. }) = (self.next().min(CHUNKS), &self.facts);
        db.prepare_cached(sql)?.execute(params![
            session,
            self.read,
            self.events,
            chunks,
            has,
            cost
        ])?;
        Ok(())
    }
}
