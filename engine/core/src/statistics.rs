//! What sessions add up to, with what they cost.

use crate::{Cost, Index, Prices, Result, Tokens};
use opensession_index::{Clock, Dimension, Query, Total};

/// What the sessions of a query add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// All of them together; without a name.
    pub all: Sum,
    /// By day, oldest first; else the most sessions first. A session stands under every file that it changed.
    pub sums: Vec<Sum>,
}

/// What some sessions add up to.
///
/// What sub-agents used and changed counts. Their sessions, prompts and time do not: they are part of the sessions that
/// started them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// The day, tool, model, repository or file; empty where it is not known.
    pub name: String,
    /// Sessions.
    pub sessions: u64,
    /// Events; of a file, those that changed it.
    pub events: u64,
    /// Prompts; 0 of a file.
    pub prompts: u64,
    /// Tool calls; 0 of a file.
    pub tool_calls: u64,
    /// Active time in seconds, without long gaps; 0 of a file.
    pub active_seconds: u64,
    /// Lines added.
    pub lines_added: u64,
    /// Lines removed.
    pub lines_removed: u64,
    /// Tokens; none of a file. Of a model, those that itself used.
    pub tokens: Tokens,
    /// What they cost.
    pub cost: Cost,
}

impl Index<'_> {
    /// Returns what the sessions add up to that `query` finds, put together by each of `by`. `query.auxiliary` changes
    /// nothing: see [`Sum`].
    ///
    /// # Errors
    /// As for [`Index::find`].
    pub fn statistics<const N: usize>(
        &mut self,
        query: &Query,
        by: [Dimension; N],
        clock: &Clock,
        prices: &Prices,
    ) -> Result<[Statistics; N]> {
        let every = Query { auxiliary: true, ..query.clone() };
        let totals = self.totals(&every, by, clock.offset_minutes())?;
        // A session may have changed several files, or none: not every sum over names is one over sessions.
        let all = sum(totals.all, prices);
        let mut by = by.iter();
        Ok(totals.by.map(|totals| {
            let mut sums: Vec<Sum> = totals.into_iter().map(|total| sum(total, prices)).collect();
            if by.next() != Some(&Dimension::Day) {
                // Names are in order already.
                sums.sort_by_key(|sum| {
                    std::cmp::Reverse((sum.sessions, sum.tokens.sum(), sum.events))
                });
            }
            Statistics { all: all.clone(), sums }
        }))
    }
}

fn sum(total: Total, prices: &Prices) -> Sum {
    let mut sum = Sum {
        name: total.name,
        sessions: total.sessions - total.auxiliary,
        events: total.events,
        prompts: total.prompts,
        tool_calls: total.tool_calls,
        active_seconds: total.seconds,
        lines_added: total.lines_added,
        lines_removed: total.lines_removed,
        ..Sum::default()
    };
    for used in total.usage {
        let tokens = Tokens {
            input: used.input_tokens,
            output: used.output_tokens,
            cache_read: used.cache_read_tokens,
            cache_write: used.cache_write_tokens,
        };
        let model = Some(used.model.as_str()).filter(|model| !model.is_empty());
        sum.tokens += tokens;
        sum.cost += prices.cost(model, &used.day, tokens, used.stated_cost_micros);
    }
    sum
}
