//! `opensession stats`: what sessions add up to, and what they cost.

mod draw;
mod symbols;

use crate::args::StoreArg;
use crate::catalogue::Catalogue;
use crate::error::{Exit, Failure};
use crate::output::Output;
use crate::query_args::QueryArgs;
use crate::schema::StatisticsView;
use crate::surroundings::Surroundings;
use clap::ValueEnum;
use opensession_engine::{Dimension, Prices};
use symbols::Symbols;

const EXAMPLES: &str = "\
Examples:
  opensession stats                               everything, with the last year day by day
  opensession stats --by model since:30d          what each model used and cost
  opensession stats 'tool:codex on:last week' --by day
  opensession stats --by file --limit 50          the files that were changed in most sessions
  opensession stats --by repo --json | jq '.sums[] | [.name, .cost_usd]'

Sessions are chosen as in `opensession search` (docs/search.md). Costs are what the tools' logs state, else list prices:
docs/prices.md says which, and how to set your own.";

/// Say what sessions add up to: tokens, cost, time, lines
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// What to put sessions together by
    #[arg(long, value_name = "WHAT")]
    pub by: Option<By>,
    /// At most so many lines; of days, the last ones
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
    pub limit: usize,
    #[command(flatten)]
    pub store: StoreArg,
    // Its heading is that of all arguments behind it.
    #[command(flatten)]
    pub query: QueryArgs,
}

/// What sessions are put together by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// The day of the first event
    Day,
    /// The AI tool
    Tool,
    /// The model
    Model,
    /// The repository
    Repo,
    /// The person whose sessions they are
    Author,
    /// The files that were changed
    File,
}

impl From<By> for Dimension {
    fn from(by: By) -> Self {
        match by {
            By::Day => Self::Day,
            By::Tool => Self::Tool,
            By::Model => Self::Model,
            By::Repo => Self::Repo,
            By::Author => Self::Author,
            By::File => Self::File,
        }
    }
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let query = args.query.parse(place)?;
    let prices = Prices::load(&place.home)?;
    let clock = place.clock();
    let engine = place.engine(args.store.repo.as_deref())?;
    let mut catalogue = Catalogue::open(&engine, place, output)?;
    let index = &mut catalogue.index;
    let first = args.by.map_or(Dimension::Day, Dimension::from);
    let by = [first, Dimension::Tool, Dimension::Model];
    let [statistics, tools, models] = index.statistics(&query, by, &clock, &prices)?;
    let screen = &mut output.stdout;
    if place.json {
        screen.json(&StatisticsView::new(&query, first, &statistics))?;
    } else if statistics.all.events == 0 {
        output.stderr.line("no session has that")?;
        args.query.write_hint(&mut output.stderr)?;
    } else {
        let symbols = Symbols::of(place.is_utf8());
        draw::write_sum(screen, &statistics.all)?;
        match args.by {
            Some(_) => draw::write_table(screen, symbols, first, &statistics.sums, args.limit)?,
            None => {
                draw::write_heatmap(screen, symbols, &statistics.sums, &clock)?;
                draw::write_table(screen, symbols, Dimension::Tool, &tools.sums, args.limit)?;
                draw::write_table(screen, symbols, Dimension::Model, &models.sums, args.limit)?;
            }
        }
    }
    Ok(if catalogue.is_partial { Exit::Partial } else { Exit::Done })
}
