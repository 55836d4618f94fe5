//! `opensession list`: the newest sessions, or those that a query finds.

use crate::catalogue::Catalogue;
use crate::error::{Exit, Failure};
use crate::listing;
use crate::output::Output;
use crate::query_args::{PageArgs, QueryArgs};
use crate::schema::SessionView;
use crate::style;
use crate::surroundings::Surroundings;
use opensession_engine::{Engine, ListQuery, Query, SessionRow};

const EXAMPLES: &str = "\
Examples:
  opensession list --limit 100 --tool codex
  opensession list 'repo:shop -branch:main' --sort longest
  opensession list --has error --since 'last week'
  opensession list --json | jq '.[0].title'
  opensession list --jsonl | jq -r 'select(.prompts > 10) | .id'

docs/search.md has the language of queries. On a terminal titles and folders are cut to fit and columns are left out
where there is no room; in a pipe nothing is cut. WHEN is the time of the first event; JSON has it in full.";

/// List stored sessions, newest first
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    pub page: PageArgs,
    // Its heading is that of all arguments behind it.
    #[command(flatten)]
    pub query: QueryArgs,
}

/// What is listed.
struct Listed {
    rows: Vec<SessionRow>,
    /// What to say on standard error where it goes on.
    next: Option<String>,
    is_partial: bool,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let query = args.page.parse(&args.query, place)?;
    let engine = place.engine(args.page.store.repo.as_deref())?;
    let is_newest = query == Query { auxiliary: query.auxiliary, ..Query::default() };
    let listed = if is_newest && args.page.cursor()?.is_none() {
        // The newest are found without an index sooner than an index is brought up to date.
        newest(&engine, &query, args.page.limit, output)?
    } else {
        found(&engine, &query, &args.page, place, output)?
    };
    let views = listed.rows.iter().map(SessionView::new);
    if args.page.jsonl {
        for view in views {
            output.stdout.json(&view)?;
        }
    } else if place.json {
        let views: Vec<SessionView<'_>> = views.collect();
        output.stdout.json(&views)?;
    } else if !listed.rows.is_empty() {
        listing::write(&mut output.stdout, &listed.rows, place)?;
    } else if is_newest {
        output
            .stderr
            .line("no sessions are stored; `opensession capture` stores those on this machine")?;
    } else {
        output.stderr.line("no session has that")?;
        args.query.write_hint(&mut output.stderr)?;
    }
    if let Some(next) = listed.next.filter(|_| !place.json) {
        output.stderr.styled(style::DIM, &format!("more: --cursor {next}\n"))?;
    }
    Ok(if listed.is_partial { Exit::Partial } else { Exit::Done })
}

fn newest(
    engine: &Engine,
    query: &Query,
    limit: usize,
    output: &mut Output,
) -> Result<Listed, Failure> {
    let query = ListQuery { limit, tool: None, auxiliary: query.auxiliary, within: None };
    let listing = engine.list(&query)?;
    let is_partial = listing::write_damage(&mut output.stderr, &listing)?;
    Ok(Listed { rows: listing.rows, next: None, is_partial })
}

fn found(
    engine: &Engine,
    query: &Query,
    page: &PageArgs,
    place: &Surroundings,
    output: &mut Output,
) -> Result<Listed, Failure> {
    let mut catalogue = Catalogue::open(engine, place, output)?;
    let found = catalogue.index.find(query, page.limit, page.cursor()?)?;
    let rows = found.sessions.into_iter().map(|found| found.row).collect();
    let next = found.next.map(|next| next.to_string());
    Ok(Listed { rows, next, is_partial: catalogue.is_partial })
}
