//! What a session's events say beside their text: files, tokens by model, failures, pictures.

use opensession_hail::{Block, Event, EventType, attribute, count_lines, diff_lines};
use rusqlite::{Connection, OptionalExtension, Result, params};
use std::collections::BTreeMap;

/// In the column `has`: a tool failed.
pub(crate) const ERROR: i64 = 1;
/// In the column `has`: there is a picture.
pub(crate) const IMAGE: i64 = 2;

/// What some events of a session add up to.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) has: i64,
    pub(crate) cost: Option<i64>,
    files: BTreeMap<String, Edits>,
    usage: BTreeMap<String, Tokens>,
}

#[derive(Debug, Default)]
struct Edits {
    edits: i64,
    added: i64,
    removed: i64,
}

#[derive(Debug, Default)]
struct Tokens {
    input: i64,
    output: i64,
    cache_read: i64,
    cache_write: i64,
    cost: Option<i64>,
}

impl Facts {
    /// Adds an event of a session whose main model is `model`.
    pub(crate) fn push(&mut self, event: &Event, model: &str) {
        self.push_kind(event);
        if event.content.blocks.iter().any(|block| matches!(block, Block::Image { .. })) {
            self.has |= IMAGE;
        }
        let attributes = &event.attributes;
        let number = |name| attributes.number(name).map_or(0, saturated);
        let tokens = Tokens {
            input: number(attribute::INPUT_TOKENS),
            output: number(attribute::OUTPUT_TOKENS),
            cache_read: number(attribute::CACHE_READ_TOKENS),
            cache_write: number(attribute::CACHE_WRITE_TOKENS),
            cost: attributes.get(attribute::COST).and_then(|cost| micros(cost.as_f64()?)),
        };
        let sum = tokens.input + tokens.output + tokens.cache_read + tokens.cache_write;
        if sum == 0 && tokens.cost.is_none() {
            return;
        }
        self.cost = plus(self.cost, tokens.cost);
        let model = attributes.str(attribute::MODEL).unwrap_or(model);
        if !self.usage.contains_key(model) {
            self.usage.insert(model.to_owned(), Tokens::default());
        }
        if let Some(known) = self.usage.get_mut(model) {
            known.input += tokens.input;
            known.output += tokens.output;
            known.cache_read += tokens.cache_read;
            known.cache_write += tokens.cache_write;
            known.cost = plus(known.cost, tokens.cost);
        }
    }

    fn push_kind(&mut self, event: &Event) {
        let (path, added, removed) = match &event.event_type {
            EventType::ToolResult { is_error: true, .. } => {
                self.has |= ERROR;
                return;
            }
            EventType::ShellCommand { exit_code: Some(code), .. } if *code != 0 => {
                self.has |= ERROR;
                return;
            }
            EventType::FileEdit { path, diff } => {
                let change = diff.as_deref().map(diff_lines).unwrap_or_default();
                (path, change.added, change.removed)
            }
            EventType::FileCreate { path } => {
                let files = event.content.blocks.iter().filter_map(|block| match block {
                    Block::File { content: Some(content), .. } => Some(count_lines(content)),
                    _ => None,
                });
                (path, files.sum(), 0)
            }
            EventType::FileDelete { path } => (path, 0, 0),
            _ => return,
        };
        let edits = self.files.entry(path.replace('\\', "/")).or_default();
        edits.edits += 1;
        edits.added += saturated(added);
        edits.removed += saturated(removed);
    }

    /// Adds files and tokens to what is in the index of the session; the rest are columns of its row.
    pub(crate) fn write(&self, db: &Connection, session: i64) -> Result<()> {
        for (path, edits) in &self.files {
            let sql = "INSERT INTO files VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (session, path) DO UPDATE SET edits = edits + excluded.edits,
                added = added + excluded.added, removed = removed + excluded.removed";
            let path = path_id(db, path)?;
            let Edits { edits, added, removed } = edits;
            db.prepare_cached(sql)?.execute([session, path, *edits, *added, *removed])?;
        }
        for (model, tokens) in &self.usage {
            let sql = "INSERT INTO usage VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                ON CONFLICT (session, model) DO UPDATE SET input = input + excluded.input,
                output = output + excluded.output, cache_read = cache_read + excluded.cache_read,
                cache_write = cache_write + excluded.cache_write,
                cost = CASE WHEN cost IS NULL AND excluded.cost IS NULL THEN NULL
                    ELSE ifnull(cost, 0) + ifnull(excluded.cost, 0) END";
            let Tokens { input, output, cache_read, cache_write, cost } = tokens;
            db.prepare_cached(sql)?.execute(params![
                session,
                model,
                input,
                output,
                cache_read,
                cache_write,
                cost
            ])?;
        }
        Ok(())
    }
}

fn path_id(db: &Connection, path: &str) -> Result<i64> {
    let mut known = db.prepare_cached("SELECT id FROM paths WHERE path = ?1")?;
    if let Some(id) = known.query_row([path], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    db.prepare_cached("INSERT INTO paths (path) VALUES (?1)")?.insert([path])
}

fn saturated(count: u64) -> i64 {
    // Sums of many stay in range.
    i64::try_from(count).unwrap_or(i64::MAX).min(1 << 48)
}

fn plus(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(other),
    }
}

/// Returns an amount in dollars as millionths.
fn micros(dollars: f64) -> Option<i64> {
    let micros = (dollars * 1e6).round();
    #[allow(clippy::cast_possible_truncation, reason = "it is in range")]
    (0.0..1e15).contains(&micros).then_some(micros as i64)
}
