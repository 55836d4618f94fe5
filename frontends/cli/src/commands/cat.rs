//! `opensession cat`: a session as HAIL.

use crate::args::StoreArg;
use crate::commands::show;
use crate::error::{Exit, Failure};
use crate::output::Output;
use crate::surroundings::Surroundings;

const EXAMPLES: &str = "\
Examples:
  opensession cat HEAD > session.hail.jsonl
  opensession cat 53ea19c1 | jq -r 'select(.event_type.type == \"UserMessage\") | .content.blocks[].text'

The event lines are the stored bytes. On a terminal control characters become \\uXXXX, which is the same JSON.";

/// Print a session as HAIL, one JSON object a line
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// An id, the beginning of one, HEAD, HEAD~N, or the path of a log
    #[arg(value_name = "SESSION")]
    pub reference: String,
    #[command(flatten)]
    pub store: StoreArg,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let engine = place.engine(args.store.repo.as_deref())?;
    let reader = show::open(&engine, &args.reference, place)?;
    output.stdout.data(|out| reader.write(out).map_err(Failure::from))?;
    Ok(Exit::Done)
}
