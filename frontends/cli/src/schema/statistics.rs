//! `stats --json`.

use super::SCHEMA;
use opensession_engine::{Dimension, Query, Statistics, Sum};
use serde::Serialize;

/// What sessions add up to.
#[derive(Serialize)]
pub(crate) struct StatisticsView<'s> {
    schema: u32,
    query: String,
    by: &'static str,
    total: SumView<'s>,
    sums: Vec<SumView<'s>>,
}

#[derive(Serialize)]
struct SumView<'s> {
    name: Option<&'s str>,
    sessions: u64,
    events: u64,
    prompts: u64,
    tool_calls: u64,
    active_seconds: u64,
    lines_added: u64,
    lines_removed: u64,
    input_tokens: u64,
    output_tokens: u64,
    cache_read_tokens: u64,
    cache_write_tokens: u64,
    cost_usd: Option<f64>,
    stated_cost_usd: f64,
    priced_tokens: u64,
    unpriced_tokens: u64,
}

impl<'s> StatisticsView<'s> {
    /// Returns the view of statistics.
    pub(crate) fn new(query: &Query, by: Dimension, statistics: &'s Statistics) -> Self {
        let by = match by {
            Dimension::Day => "day",
            Dimension::Tool => "tool",
            Dimension::Model => "model",
            Dimension::Repo => "repo",
            Dimension::Author => "author",
            Dimension::File => "file",
        };
        let sums = statistics.sums.iter().map(SumView::new).collect();
        let total = SumView::new(&statistics.all);
        Self { schema: SCHEMA, query: query.to_string(), by, total, sums }
    }
}

impl<'s> SumView<'s> {
    fn new(sum: &'s Sum) -> Self {
        Self {
            name: Some(sum.name.as_str()).filter(|name| !name.is_empty()),
            sessions: sum.sessions,
            events: sum.events,
            prompts: sum.prompts,
            tool_calls: sum.tool_calls,
            active_seconds: sum.active_seconds,
            lines_added: sum.lines_added,
            lines_removed: sum.lines_removed,
            input_tokens: sum.tokens.input,
            output_tokens: sum.tokens.output,
            cache_read_tokens: sum.tokens.cache_read,
            cache_write_tokens: sum.tokens.cache_write,
            cost_usd: sum.cost.known().map(dollars),
            stated_cost_usd: dollars(sum.cost.stated_micros),
            priced_tokens: sum.cost.known_tokens,
            unpriced_tokens: sum.cost.unknown_tokens,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody spends that much")]
fn dollars(micros: u64) -> f64 {
    micros as f64 / 1e6
}
