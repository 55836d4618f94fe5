//! Sums over the sessions that a query finds: by day, tool, model, repository or file, and tokens by model.

use crate::find::{View, matching};
use crate::query::Query;
use crate::{Index, Result};
use rusqlite::{Row, params_from_iter, types::Value};

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
    /// The files that were changed.
    File,
}

/// What the sessions with one day, tool, model, repository or file add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// `2026-11-23`, `codex`, `gpt-5`, `shop`, `src/lib.rs`; empty where it is not known.
    pub name: String,
    /// Sessions.
    pub sessions: u64,
    /// Events; of a file, those that changed it.
    pub events: u64,
    /// Prompts; 0 of a file.
    pub prompts: u64,
    /// Tool calls; 0 of a file.
    pub tool_calls: u64,
    /// Uncached input tokens; 0 of a file, as the other tokens.
    pub input_tokens: u64,
    /// Output tokens, reasoning included.
    pub output_tokens: u64,
    /// Input tokens read from a cache.
    pub cache_read_tokens: u64,
    /// Input tokens written to a cache.
    pub cache_write_tokens: u64,
    /// Lines added.
    pub lines_added: u64,
    /// Lines removed.
    pub lines_removed: u64,
    /// Active time in seconds, without long gaps; 0 of a file.
    pub seconds: u64,
    /// What the tools' own logs say it cost, in millionths of a US dollar; `None` where they do not say.
    pub cost_usd_micros: Option<u64>,
}

/// Tokens under one name, of one model and day; those whose cost the logs state stand apart from those without.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// As in [`Total`].
    pub name: String,
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
    /// Returns what the sessions add up to that the query finds: by day, oldest first, else the largest number of
    /// sessions first. Days are those of a place `offset` minutes east of UTC.
    ///
    /// # Errors
    /// When the database fails.
    pub fn totals(
        &self,
        view: &View,
        query: &Query,
        by: Dimension,
        offset: i32,
    ) -> Result<Vec<Total>> {
        let name = match by {
            Dimension::Day => day(offset),
            Dimension::Tool => "s.tool".to_owned(),
            Dimension::Model => "s.model".to_owned(),
            Dimension::Repo => "s.repo".to_owned(),
            Dimension::File => "p.path".to_owned(),
        };
        let (columns, join) = match by {
            Dimension::File => (
                "count(*), sum(f.edits), 0, 0, 0, 0, 0, 0, sum(f.added), sum(f.removed), 0, NULL",
                "JOIN files f ON f.session = s.id JOIN paths p ON p.id = f.path",
            ),
            _ => (
                "count(*), sum(s.events), sum(s.prompts), sum(s.tool_calls), sum(s.input),
                 sum(s.output), sum(s.cache_read), sum(s.cache_write), sum(s.added),
                 sum(s.removed), sum(s.active), sum(s.cost)",
                "",
            ),
        };
        let order = if by == Dimension::Day { "1" } else { "2 DESC, 3 DESC, 1" };
        let select = || {
            let condition = matching(&self.db, query, &view.scope)?;
            let sql = format!(
                "SELECT {name}, {columns} FROM sessions s {join} WHERE {}
                 GROUP BY 1 ORDER BY {order}",
                condition.text
            );
            self.collect(&sql, condition.values, |row| {
                Ok(Total {
                    name: row.get(0)?,
                    sessions: row.get(1)?,
                    events: row.get(2)?,
                    prompts: row.get(3)?,
                    tool_calls: row.get(4)?,
                    input_tokens: row.get(5)?,
                    output_tokens: row.get(6)?,
                    cache_read_tokens: row.get(7)?,
                    cache_write_tokens: row.get(8)?,
                    lines_added: row.get(9)?,
                    lines_removed: row.get(10)?,
                    seconds: row.get(11)?,
                    cost_usd_micros: row.get(12)?,
                })
            })
        };
        select().map_err(|error| self.failed(error))
    }

    /// Returns the tokens of the sessions that the query finds, put together by something, the model and the day. By
    /// file there are none: nobody knows which tokens went into which. What a session that was not read yet used
    /// counts for its main model.
    ///
    /// # Errors
    /// When the database fails.
    pub fn usage(
        &self,
        view: &View,
        query: &Query,
        by: Dimension,
        offset: i32,
    ) -> Result<Vec<Usage>> {
        let (day, model) = (day(offset), "ifnull(u.model, s.model)");
        let name = match by {
            Dimension::Day => &day,
            Dimension::Tool => "s.tool",
            Dimension::Model => model,
            Dimension::Repo => "s.repo",
            Dimension::File => return Ok(Vec::new()),
        };
        let select = || {
            let condition = matching(&self.db, query, &view.scope)?;
            let sql = format!(
                "SELECT {name}, {model}, {day},
                 sum(ifnull(u.input, s.input)), sum(ifnull(u.output, s.output)),
                 sum(ifnull(u.cache_read, s.cache_read)), sum(ifnull(u.cache_write, s.cache_write)),
                 sum(u.cost) FROM sessions s LEFT JOIN usage u ON u.session = s.id
                 WHERE {} GROUP BY 1, 2, 3, u.cost IS NULL ORDER BY 1, 2, 3, 8",
                condition.text
            );
            self.collect(&sql, condition.values, |row| {
                Ok(Usage {
                    name: row.get(0)?,
                    model: row.get(1)?,
                    day: row.get(2)?,
                    input_tokens: row.get(3)?,
                    output_tokens: row.get(4)?,
                    cache_read_tokens: row.get(5)?,
                    cache_write_tokens: row.get(6)?,
                    stated_cost_micros: row.get(7)?,
                })
            })
        };
        select().map_err(|error| self.failed(error))
    }

    fn collect<T>(
        &self,
        sql: &str,
        values: Vec<Value>,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let mut statement = self.db.prepare_cached(sql)?;
        statement.query_map(params_from_iter(values), read)?.collect()
    }
}

/// Returns the day of a session's first event, as SQL.
fn day(offset: i32) -> String {
    format!("strftime('%Y-%m-%d', s.created / 1000.0 + {offset} * 60, 'unixepoch')")
}
