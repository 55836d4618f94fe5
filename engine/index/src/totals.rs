//! Sums over the sessions that a query finds: by day, tool, model, repository, author or file, and tokens by model.

use crate::find::{View, matching};
use crate::query::Query;
use crate::{Index, Result};
use jiff::tz::Offset;
use rusqlite::{Row, params_from_iter};
use std::collections::HashMap;

/// What sessions are put together by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// The day of the first event.
    Day,
    /// The tool.
    Tool,
    /// The model that answered most.
    Model,
    /// The repository.
    Repo,
    /// The author: the name, else the address.
    Author,
    /// The files that were changed.
    File,
}

/// What the sessions add up to that a query finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals<const N: usize> {
    /// All of them together; without a name.
    pub all: Total,
    /// By each of what was asked for, in the order of the names.
    pub by: [Vec<Total>; N],
}

/// What the sessions with one day, tool, model, repository, author or file add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// `2026-11-23`, `codex`, `gpt-5`, `shop`, `src/lib.rs`; empty where it is not known.
    pub name: String,
    /// Sessions.
    pub sessions: u64,
    /// How many of them are sub-agents'.
    pub auxiliary: u64,
    /// Events; of a file, those that changed it.
    pub events: u64,
    /// Prompts, without those of sub-agents; 0 of a file.
    pub prompts: u64,
    /// Tool calls; 0 of a file.
    pub tool_calls: u64,
    /// Lines added.
    pub lines_added: u64,
    /// Lines removed.
    pub lines_removed: u64,
    /// Active time in seconds, without long gaps and sub-agents; 0 of a file.
    pub seconds: u64,
    /// Tokens by model and day; of a model, those that itself used. None of a file: nobody knows which tokens went into
    /// which.
    pub usage: Vec<Usage>,
}

/// Tokens of one model and day; those whose cost the logs state stand apart from those without.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The model of the answers; empty where the log does not say.
    pub model: String,
    /// The day of the sessions' first events: `2026-11-23`.
    pub day: String,
    /// Uncached input tokens.
    pub input_tokens: u64,
    /// Output tokens, reasoning included.
    pub output_tokens: u64,
    /// Input tokens read from a cache.
    pub cache_read_tokens: u64,
    /// Input tokens written to a cache.
    pub cache_write_tokens: u64,
    /// What the tools' own logs say it cost, in millionths of a US dollar; `None` where they do not say.
    pub stated_cost_micros: Option<u64>,
}

impl Index {
    /// Returns what the sessions add up to that the query finds, all together and put together `by` something. Days are
    /// those of a place `offset` minutes east of UTC. What a session that was not read yet used counts for its main
    /// model.
    ///
    /// # Errors
    /// When the database fails.
    pub fn totals<const N: usize>(
        &self,
        view: &View,
        query: &Query,
        by: [Dimension; N],
        offset: i32,
    ) -> Result<Totals<N>> {
        let add_up = || {
            let condition = matching(&self.db, query, &view.scope)?;
            // Sums of SQL would need every row sorted for each of the names; one pass has them all.
            let sql = format!(
                "SELECT s.id, s.created, s.auxiliary, s.tool, s.model, s.repo, s.events, s.prompts,
                 s.tool_calls, s.added, s.removed, s.active, ifnull(u.model, s.model), ifnull(u.input, s.input),
                 ifnull(u.output, s.output), ifnull(u.cache_read, s.cache_read),
                 ifnull(u.cache_write, s.cache_write), u.cost,
                 iif(s.author = '', s.email, s.author)
                 FROM sessions s LEFT JOIN usage u ON u.session = s.id WHERE {} ORDER BY s.id",
                condition.text
            );
            let mut sums = Sums::new(by, offset);
            let mut statement = self.db.prepare_cached(&sql)?;
            let mut rows = statement.query(params_from_iter(&condition.values))?;
            while let Some(row) = rows.next()? {
                sums.add(row)?;
            }
            let mut totals = sums.finish();
            for (_, totals) in
                by.iter().zip(&mut totals.by).filter(|(by, _)| **by == Dimension::File)
            {
                let sql = format!(
                    "SELECT p.path, count(*), sum(s.auxiliary), sum(f.edits), sum(f.added), sum(f.removed)
                     FROM sessions s JOIN files f ON f.session = s.id JOIN paths p ON p.id = f.path
                     WHERE {} GROUP BY 1 ORDER BY 1",
                    condition.text
                );
                let mut statement = self.db.prepare_cached(&sql)?;
                let files = statement.query_map(params_from_iter(&condition.values), file)?;
                *totals = files.collect::<rusqlite::Result<_>>()?;
            }
            Ok(totals)
        };
        add_up().map_err(|error| self.failed(error))
    }
}

fn file(row: &Row<'_>) -> rusqlite::Result<Total> {
    Ok(Total {
        name: row.get(0)?,
        sessions: row.get(1)?,
        auxiliary: row.get(2)?,
        events: row.get(3)?,
        lines_added: row.get(4)?,
        lines_removed: row.get(5)?,
        ..Total::default()
    })
}

/// Sums while the rows are gone through.
struct Sums<const N: usize> {
    by: [Dimension; N],
    offset: i32,
    names: Names,
    all: Sum,
    sums: [HashMap<usize, Sum>; N],
    /// The session of the last row: it has a row for each model.
    last: Option<i64>,
    /// The number and the name of the day of the last row.
    day: Option<(i64, usize)>,
}

/// A total, and its tokens by the names of model and day, and whether a cost is stated.
#[derive(Default)]
struct Sum {
    total: Total,
    usage: HashMap<(usize, usize, bool), Usage>,
}

/// Names by numbers, which are compared faster.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, usize>,
    names: Vec<String>,
}

impl<const N: usize> Sums<N> {
    fn new(by: [Dimension; N], offset: i32) -> Self {
        let sums = std::array::from_fn(|_| HashMap::new());
        let (names, all) = (Names::default(), Sum::default());
        Self { by, offset, names, all, sums, last: None, day: None }
    }

    fn add(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let id: i64 = row.get(0)?;
        let is_next = self.last.replace(id) != Some(id);
        let day = self.day(row.get(1)?);
        let mut name = |column| -> rusqlite::Result<usize> {
            Ok(self.names.number(row.get_ref(column)?.as_str()?))
        };
        let (tool, main, repo, model) = (name(3)?, name(4)?, name(5)?, name(12)?);
        let author = name(18)?;
        let session = is_next.then(|| session(row)).transpose()?;
        let usage = usage(row)?;
        let key = (model, day, usage.stated_cost_micros.is_some());
        let put = |sum: &mut Sum| add_usage(sum.usage.entry(key).or_default(), &usage);
        put(&mut self.all);
        if let Some(session) = &session {
            add_total(&mut self.all.total, session);
        }
        for (by, sums) in self.by.iter().zip(&mut self.sums) {
            let (name, used) = match by {
                Dimension::Day => (day, day),
                Dimension::Tool => (tool, tool),
                Dimension::Model => (main, model),
                Dimension::Repo => (repo, repo),
                Dimension::Author => (author, author),
                Dimension::File => continue,
            };
            put(sums.entry(used).or_default());
            if let Some(session) = &session {
                add_total(&mut sums.entry(name).or_default().total, session);
            }
        }
        Ok(())
    }

    /// Returns the name of a day.
    fn day(&mut self, created: i64) -> usize {
        let local = created + i64::from(self.offset) * 60_000;
        let number = local.div_euclid(86_400_000);
        match self.day {
            Some((last, name)) if last == number => name,
            _ => {
                // One that no calendar has is not known.
                let time = jiff::Timestamp::from_millisecond(local);
                let date = time.map(|time| Offset::UTC.to_datetime(time).date().to_string());
                let name = self.names.number(date.as_deref().unwrap_or(""));
                self.day = Some((number, name));
                name
            }
        }
    }

    fn finish(self) -> Totals<N> {
        let names = self.names.names;
        let by = self.sums.map(|sums| {
            let mut totals: Vec<Total> = sums
                .into_iter()
                .map(|(name, sum)| sum.finish(name_of(&names, name), &names))
                .collect();
            totals.sort_by(|a, b| a.name.cmp(&b.name));
            totals
        });
        Totals { all: self.all.finish(String::new(), &names), by }
    }
}

impl Sum {
    fn finish(self, name: String, names: &[String]) -> Total {
        let usage = self.usage.into_iter().map(|((model, day, _), usage)| Usage {
            model: name_of(names, model),
            day: name_of(names, day),
            ..usage
        });
        let mut usage: Vec<Usage> = usage.collect();
        usage.sort_by(|a, b| {
            let key = |usage: &Usage| usage.stated_cost_micros.is_some();
            (&a.model, &a.day, key(a)).cmp(&(&b.model, &b.day, key(b)))
        });
        Total { name, usage, ..self.total }
    }
}

impl Names {
    fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len();
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

fn name_of(names: &[String], number: usize) -> String {
    names.get(number).cloned().unwrap_or_default()
}

/// Returns the row's session as a total.
fn session(row: &Row<'_>) -> rusqlite::Result<Total> {
    let is_auxiliary: bool = row.get(2)?;
    let own = |column| if is_auxiliary { Ok(0) } else { row.get(column) };
    Ok(Total {
        sessions: 1,
        auxiliary: is_auxiliary.into(),
        events: row.get(6)?,
        prompts: own(7)?,
        tool_calls: row.get(8)?,
        lines_added: row.get(9)?,
        lines_removed: row.get(10)?,
        seconds: own(11)?,
        ..Total::default()
    })
}

/// Returns what the row's session used of a model.
fn usage(row: &Row<'_>) -> rusqlite::Result<Usage> {
    Ok(Usage {
        input_tokens: row.get(13)?,
        output_tokens: row.get(14)?,
        cache_read_tokens: row.get(15)?,
        cache_write_tokens: row.get(16)?,
        stated_cost_micros: row.get(17)?,
        ..Usage::default()
    })
}

fn add_total(sum: &mut Total, session: &Total) {
    sum.sessions += session.sessions;
    sum.auxiliary += session.auxiliary;
    sum.events = sum.events.saturating_add(session.events);
    sum.prompts = sum.prompts.saturating_add(session.prompts);
    sum.tool_calls = sum.tool_calls.saturating_add(session.tool_calls);
    sum.lines_added = sum.lines_added.saturating_add(session.lines_added);
    sum.lines_removed = sum.lines_removed.saturating_add(session.lines_removed);
    sum.seconds = sum.seconds.saturating_add(session.seconds);
}

fn add_usage(sum: &mut Usage, used: &Usage) {
    sum.input_tokens = sum.input_tokens.saturating_add(used.input_tokens);
    sum.output_tokens = sum.output_tokens.saturating_add(used.output_tokens);
    sum.cache_read_tokens = sum.cache_read_tokens.saturating_add(used.cache_read_tokens);
    sum.cache_write_tokens = sum.cache_write_tokens.saturating_add(used.cache_write_tokens);
    if let Some(micros) = used.stated_cost_micros {
        sum.stated_cost_micros = Some(sum.stated_cost_micros.unwrap_or(0).saturating_add(micros));
    }
}
