//! Lists and searches: which sessions, in which order, page by page.

use crate::candidates::{Candidate, Candidates, Direction};
use crate::filter::{self, Scope, Sql};
use crate::query::{Query, Sort};
use crate::refresh::entry;
use crate::snippet::{self, Hit};
use crate::{Error, Index, Result, Source};
use opensession_hail::{Author, Header, SessionKey, Stats};
use opensession_store::Entry;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use std::fmt;
use std::str::FromStr;

/// The branches that are read together.
#[derive(Clone, Debug, Default)]
pub struct View {
    pub(crate) scope: Scope,
    /// The ids of the sources, in the order in which they were given.
    ids: Vec<i64>,
}

/// Some of the sessions that a query finds.
#[derive(Debug, Default)]
pub struct Page {
    /// In the order of the query.
    pub rows: Vec<Found>,
    /// Where the next page begins; `None` behind the last one.
    pub next: Option<Cursor>,
}

/// A session that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where it stands on its branch.
    pub entry: Entry,
    /// Which of the sources it was found on, the first that has it.
    pub source: usize,
    /// What it is.
    pub header: Header,
    /// What it adds up to.
    pub stats: Stats,
    pub(crate) id: i64,
    /// A run of events in which a term of the query occurs, where one was seen on the way.
    pub(crate) chunk: Option<i64>,
}

/// A place in a list: behind a session of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    value: i64,
    id: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.value, self.id)
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts = text.split_once('.');
        let numbers = parts.and_then(|(value, id)| Some((value.parse().ok()?, id.parse().ok()?)));
        let (value, id) = numbers.ok_or_else(|| Error::Cursor(text.to_owned()))?;
        Ok(Self { value, id })
    }
}

impl Index {
    /// Returns the sources as one view. Of those in `partial`, by place, only sessions are in it that worked in a folder
    /// for which `is_inside` holds; of those `forgotten`, no version up to that generation. Under the names `mine` the
    /// user's own sessions are known.
    ///
    /// # Errors
    /// When the database fails.
    pub fn view(
        &self,
        sources: &[Source],
        partial: &[usize],
        is_inside: &dyn Fn(&str) -> bool,
        forgotten: &[(SessionKey, u64)],
        mine: &[Author],
    ) -> Result<View> {
        let make = || {
            let mut view = View::default();
            view.scope.mine = mine.to_vec();
            for (place, source) in sources.iter().enumerate() {
                // One that was never read has no sessions.
                let id = source.find(&self.db)?.map_or(-1, |known| known.id);
                view.ids.push(id);
                match partial.contains(&place) {
                    true => view.scope.partial.push(id),
                    false => view.scope.whole.push(id),
                }
            }
            if !partial.is_empty() {
                self.db.execute_batch(
                    "CREATE TEMP TABLE IF NOT EXISTS inside (folder INTEGER PRIMARY KEY);
                     DELETE FROM temp.inside;",
                )?;
                let mut folders = self.db.prepare_cached("SELECT id, path FROM folders")?;
                let mut insert = self.db.prepare_cached("INSERT INTO temp.inside VALUES (?1)")?;
                let mut rows = folders.query([])?;
                while let Some(row) = rows.next()? {
                    if is_inside(row.get_ref(1)?.as_str()?) {
                        insert.execute([row.get::<_, i64>(0)?])?;
                    }
                }
            }
            if !forgotten.is_empty() {
                view.scope.has_forgotten = true;
                self.hide(forgotten)?;
            }
            Ok(view)
        };
        make().map_err(|error| self.failed(error))
    }

    /// Puts the versions of these sessions, up to a generation, into the table `forgotten`.
    fn hide(&self, forgotten: &[(SessionKey, u64)]) -> rusqlite::Result<()> {
        self.db.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS forgotten (session INTEGER PRIMARY KEY);
             DELETE FROM temp.forgotten;",
        )?;
        // Forks have the key of the session, `~` and more behind it; `\x7f` comes next.
        let mut insert = self.db.prepare_cached(
            "INSERT OR IGNORE INTO temp.forgotten SELECT id FROM sessions
             WHERE (key = ?1 OR key >= ?1 || '~' AND key < ?1 || char(127)) AND generation <= ?2",
        )?;
        for (key, generation) in forgotten {
            let generation = i64::try_from(*generation).unwrap_or(i64::MAX);
            insert.execute(rusqlite::params![key.as_str(), generation])?;
        }
        Ok(())
    }

    /// Returns at most `limit` of the sessions that the query finds, those behind `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub fn find(
        &self,
        view: &View,
        query: &Query,
        limit: usize,
        after: Option<Cursor>,
    ) -> Result<Page> {
        let select = || match query.sort {
            Sort::Newest => self.by_time(view, query, Direction::NewestFirst, limit, after),
            Sort::Oldest => self.by_time(view, query, Direction::OldestFirst, limit, after),
            sort => self.by_value(view, query, value_of(sort), limit, after),
        };
        select().map_err(|error| self.failed(error))
    }

    /// Returns how many sessions the query finds.
    ///
    /// # Errors
    /// When the database fails.
    pub fn count(&self, view: &View, query: &Query) -> Result<u64> {
        let condition = filter::condition(query, &view.scope);
        let count = || {
            if query.terms.is_empty() {
                let sql = format!("SELECT count(*) FROM sessions s WHERE {}", condition.text);
                return self
                    .db
                    .query_row(&sql, params_from_iter(&condition.values), |row| row.get(0));
            }
            let mut found =
                Candidates::new(&self.db, query, condition.clone(), Direction::NewestFirst, None)?;
            let mut count = 0;
            while found.next()?.is_some() {
                count += 1;
            }
            Ok(count)
        };
        count().map_err(|error| self.failed(error))
    }

    /// Returns where the terms of the query occur in each of the sessions, `None` where its words cannot be read.
    ///
    /// # Errors
    /// When the database fails.
    pub fn hits(
        &self,
        sources: &[Source],
        query: &Query,
        found: &[Found],
    ) -> Result<Vec<Option<Hit>>> {
        snippet::hits(&self.db, sources, query, found).map_err(|error| self.failed(error))
    }

    fn by_time(
        &self,
        view: &View,
        query: &Query,
        direction: Direction,
        limit: usize,
        after: Option<Cursor>,
    ) -> rusqlite::Result<Page> {
        let condition = filter::condition(query, &view.scope);
        let bound = after.map(|cursor| match direction {
            Direction::NewestFirst => cursor.id - 1,
            Direction::OldestFirst => cursor.id + 1,
        });
        let mut candidates = Candidates::new(&self.db, query, condition, direction, bound)?;
        let mut page = Page::default();
        let mut statement = self
            .db
            .prepare_cached(&format!("SELECT {COLUMNS}, s.id FROM sessions s WHERE s.id = ?1"))?;
        while let Some(Candidate { id, chunk }) = candidates.next()? {
            if page.rows.len() == limit {
                page.next = page.rows.last().map(|last: &Found| Cursor { value: 0, id: last.id });
                break;
            }
            let mut rows = statement.query([id])?;
            if let Some(row) = rows.next()? {
                page.rows.extend(found(row, view)?.map(|found| Found { chunk, ..found }));
            }
        }
        Ok(page)
    }

    fn by_value(
        &self,
        view: &View,
        query: &Query,
        value: &str,
        limit: usize,
        after: Option<Cursor>,
    ) -> rusqlite::Result<Page> {
        let mut condition = matching(&self.db, query, &view.scope)?;
        if let Some(Cursor { value: at, id }) = after {
            condition.and(&format!("({value}, s.id) < (?, ?)"), [at.into(), id.into()]);
        }
        let sql = format!(
            "SELECT {COLUMNS}, {value} FROM sessions s WHERE {}
             ORDER BY {value} DESC, s.id DESC LIMIT ?",
            condition.text
        );
        let more = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
        let values = condition.values.into_iter().chain([Value::from(more)]);
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let (mut page, mut last) = (Page::default(), None);
        while let Some(row) = rows.next()? {
            if page.rows.len() == limit {
                page.next = last;
                break;
            }
            page.rows.extend(found(row, view)?);
            last = Some(Cursor { value: row.get(BEHIND)?, id: row.get(0)? });
        }
        Ok(page)
    }
}

/// Returns the condition that a session is one that the query finds. Those with its terms stand in a table for that.
pub(crate) fn matching(db: &Connection, query: &Query, scope: &Scope) -> rusqlite::Result<Sql> {
    let mut condition = filter::condition(query, scope);
    if query.terms.is_empty() {
        return Ok(condition);
    }
    db.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS matching (session INTEGER PRIMARY KEY);
         DELETE FROM temp.matching;",
    )?;
    let rows = std::mem::take(&mut condition);
    let mut candidates = Candidates::new(db, query, rows, Direction::OldestFirst, None)?;
    let mut insert = db.prepare_cached("INSERT INTO temp.matching VALUES (?1)")?;
    while let Some(candidate) = candidates.next()? {
        insert.execute([candidate.id])?;
    }
    condition.and("s.id IN (SELECT session FROM temp.matching)", []);
    Ok(condition)
}

/// Where the figures begin in a row of [`COLUMNS`], and what is behind them.
const FIGURES: usize = 6;
const BEHIND: usize = FIGURES + 14;
const COLUMNS: &str = "s.id, s.key, s.tree, s.day,
    (SELECT header FROM headers WHERE session = s.id),
    (SELECT group_concat(source) FROM places WHERE session = s.id),
    s.events, s.messages, s.prompts, s.tool_calls, s.tasks, s.seconds, s.active, s.input, s.output,
    s.cache_read, s.cache_write, s.added, s.removed, s.changed";

const fn value_of(sort: Sort) -> &'static str {
    match sort {
        Sort::Newest | Sort::Oldest => "s.created",
        Sort::Updated => "s.updated",
        Sort::Longest => "s.seconds",
        Sort::Tokens => "(s.input + s.output)",
        Sort::Cost => "ifnull(s.cost, -1)",
        Sort::Lines => "(s.added + s.removed)",
        Sort::Events => "s.events",
    }
}

fn found(row: &Row<'_>, view: &View) -> rusqlite::Result<Option<Found>> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
    let places = text(FIGURES - 1)?;
    let ids: Vec<i64> = places.split(',').filter_map(|id| id.parse().ok()).collect();
    let source = view.ids.iter().position(|id| ids.contains(id));
    let (Some(entry), Some(source)) = (entry(text(1)?, text(2)?, text(3)?), source) else {
        return Ok(None);
    };
    let header = serde_json::from_str(text(4)?).map_err(|error| {
        let kind = rusqlite::types::Type::Text;
        rusqlite::Error::FromSqlConversionFailure(4, kind, Box::new(error))
    })?;
    let stats = stats(row)?;
    Ok(Some(Found { entry, source, header, stats, id: row.get(0)?, chunk: None }))
}

fn stats(row: &Row<'_>) -> rusqlite::Result<Stats> {
    let figure = |place: usize| row.get(FIGURES + place);
    Ok(Stats {
        event_count: figure(0)?,
        message_count: figure(1)?,
        user_message_count: figure(2)?,
        tool_call_count: figure(3)?,
        task_count: figure(4)?,
        duration_seconds: figure(5)?,
        active_seconds: figure(6)?,
        total_input_tokens: figure(7)?,
        total_output_tokens: figure(8)?,
        total_cache_read_tokens: figure(9)?,
        total_cache_write_tokens: figure(10)?,
        lines_added: figure(11)?,
        lines_removed: figure(12)?,
        files_changed: figure(13)?,
    })
}
