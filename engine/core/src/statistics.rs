//! What sessions add up to, with what they cost.

use crate::{Cost, Index, Prices, Result, Tokens};
use opensession_index::{Clock, Dimension, Query, Total, Usage};
use std::collections::BTreeMap;

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
    /// Returns what the sessions add up to that `query` finds, put together `by` something. `query.auxiliary` changes
    /// nothing: see [`Sum`].
    ///
    /// # Errors
    /// As for [`Index::find`].
    pub fn statistics(
        &mut self,
        query: &Query,
        by: Dimension,
        clock: &Clock,
        prices: &Prices,
    ) -> Result<Statistics> {
        let offset = clock.offset_minutes();
        let own = Query { auxiliary: false, ..query.clone() };
        let every = Query { auxiliary: true, ..query.clone() };
        let mut sums = Sums::default();
        sums.add_own(self.totals(&own, by, offset)?);
        sums.add_every(self.totals(&every, by, offset)?);
        sums.add_usage(self.usage(&every, by, offset)?, prices);
        let all = match by {
            // A session may have changed several files, or none.
            Dimension::File => {
                let mut tools = Sums::default();
                tools.add_own(self.totals(&own, Dimension::Tool, offset)?);
                tools.add_every(self.totals(&every, Dimension::Tool, offset)?);
                tools.add_usage(self.usage(&every, Dimension::Tool, offset)?, prices);
                tools.together()
            }
            _ => sums.together(),
        };
        Ok(Statistics { all, sums: sums.sorted(by) })
    }
}

/// Sums under their names.
#[derive(Default)]
struct Sums(BTreeMap<String, Sum>);

impl Sums {
    fn named(&mut self, name: &str) -> &mut Sum {
        let new = || Sum { name: name.to_owned(), ..Sum::default() };
        self.0.entry(name.to_owned()).or_insert_with(new)
    }

    fn add_own(&mut self, totals: Vec<Total>) {
        for total in totals {
            let sum = self.named(&total.name);
            sum.sessions = total.sessions;
            sum.prompts = total.prompts;
            sum.active_seconds = total.seconds;
        }
    }

    fn add_every(&mut self, totals: Vec<Total>) {
        for total in totals {
            let sum = self.named(&total.name);
            sum.events = total.events;
            sum.tool_calls = total.tool_calls;
            sum.lines_added = total.lines_added;
            sum.lines_removed = total.lines_removed;
        }
    }

    fn add_usage(&mut self, usage: Vec<Usage>, prices: &Prices) {
        for used in usage {
            let tokens = Tokens {
                input: used.input_tokens,
                output: used.output_tokens,
                cache_read: used.cache_read_tokens,
                cache_write: used.cache_write_tokens,
            };
            let model = Some(used.model.as_str()).filter(|model| !model.is_empty());
            let cost = prices.cost(model, &used.day, tokens, used.stated_cost_micros);
            let sum = self.named(&used.name);
            sum.tokens += tokens;
            sum.cost += cost;
        }
    }

    fn together(&self) -> Sum {
        let mut all = Sum::default();
        for sum in self.0.values() {
            all.sessions += sum.sessions;
            all.events += sum.events;
            all.prompts += sum.prompts;
            all.tool_calls += sum.tool_calls;
            all.active_seconds += sum.active_seconds;
            all.lines_added += sum.lines_added;
            all.lines_removed += sum.lines_removed;
            all.tokens += sum.tokens;
            all.cost += sum.cost;
        }
        all
    }

    fn sorted(self, by: Dimension) -> Vec<Sum> {
        let mut sums: Vec<Sum> = self.0.into_values().collect();
        if by != Dimension::Day {
            // Names are in order already.
            sums.sort_by_key(|sum| std::cmp::Reverse((sum.sessions, sum.tokens.sum(), sum.events)));
        }
        sums
    }
}
