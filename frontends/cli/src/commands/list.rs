//! `opensession list`: the newest sessions.

use crate::args::StoreArg;
use crate::error::{Exit, Failure};
use crate::listing;
use crate::output::Output;
use crate::schema::SessionView;
use crate::surroundings::Surroundings;
use opensession_engine::ListQuery;

const EXAMPLES: &str = "\
Examples:
  opensession list --limit 100 --tool codex
  opensession list --json | jq '.[0].title'
  opensession list --jsonl | jq -r 'select(.prompts > 10) | .id'

On a terminal titles and folders are cut to fit and columns are left out where there is no room;
in a pipe nothing is cut. WHEN is the time of the first event; JSON has it in full.";

/// List stored sessions, newest first
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// Only those of one tool, such as claude-code
    #[arg(long)]
    pub tool: Option<String>,
    /// Sub-agents' sessions too
    #[arg(long)]
    pub all: bool,
    /// Print one JSON object a line
    #[arg(long, conflicts_with = "json")]
    pub jsonl: bool,
    #[command(flatten)]
    pub store: StoreArg,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let engine = place.engine(args.store.repo.as_deref())?;
    let query =
        ListQuery { limit: args.limit, tool: args.tool.clone(), auxiliary: args.all, within: None };
    let listing = engine.list(&query)?;
    let incomplete = listing::write_damage(&mut output.stderr, &listing)?;
    let views = listing.rows.iter().map(SessionView::new);
    if args.jsonl {
        for view in views {
            output.stdout.json(&view)?;
        }
    } else if place.json {
        let views: Vec<SessionView<'_>> = views.collect();
        output.stdout.json(&views)?;
    } else if listing.rows.is_empty() {
        output
            .stderr
            .line("no sessions are stored; `opensession capture` stores those on this machine")?;
    } else {
        listing::write(&mut output.stdout, &listing.rows, place)?;
    }
    Ok(if incomplete { Exit::Partial } else { Exit::Done })
}
