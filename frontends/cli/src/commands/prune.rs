//! `opensession prune`: old sessions are forgotten.

use super::forget::{self, Way};
use crate::args::StoreArg;
use crate::error::{Exit, Failure};
use crate::output::Output;
use crate::surroundings::Surroundings;

const EXAMPLES: &str = "\
Examples:
  opensession prune --keep-days 365        show what a year without an event would cost
  opensession prune --keep-days 365 --yes  forget it
  opensession prune --keep-days 90 --repo .
                                           only sessions on the branch of this repository

A session is as old as its last event. It is forgotten as by `opensession forget`, also on branches that you share.
Without --keep-days the configuration decides, git_storage.retention.keep_days, where enabled = true stands beside it.
Nothing is ever pruned by itself.";

/// Forget sessions that are older than a number of days
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Keep sessions with an event in the last N days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep_days: Option<u32>,
    /// Do it, instead of showing what would be done
    #[arg(long, short)]
    pub yes: bool,
    #[command(flatten)]
    pub store: StoreArg,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let engine = place.engine(args.store.repo.as_deref())?;
    let Some(days) = args.keep_days.or_else(|| engine.keep_days()) else {
        return Err(Failure::Usage {
            message: "how many days to keep was not said".to_owned(),
            hint: "--keep-days N, or git_storage.retention in the configuration".to_owned(),
        });
    };
    let plan = engine.plan_prune(days, place.now)?;
    let way = if args.yes { Way::Do } else { Way::Show };
    let exit = forget::carry_out(&engine, &plan, way, place, output)?;
    if way == Way::Show && !plan.sessions.is_empty() && !place.json {
        output.stdout.line("`--yes` does it.")?;
    }
    Ok(exit)
}
