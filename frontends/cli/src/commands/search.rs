//! `opensession search`: the sessions in which words occur, and where.

use crate::catalogue::Catalogue;
use crate::error::{Exit, Failure};
use crate::figures::age;
use crate::listing;
use crate::output::{Output, Screen};
use crate::query_args::{PageArgs, QueryArgs};
use crate::schema::FoundView;
use crate::style;
use crate::surroundings::Surroundings;
use opensession_engine::{FoundSession, Hit, Role, SessionRow};
use std::io;

const EXAMPLES: &str = "\
Examples:
  opensession search timeout                      the newest sessions with the word
  opensession search '\"connection reset\" -flaky'  a phrase, without a word
  opensession search 'a::b file:src/lib.rs after:3d'
  opensession search 'pars* role:user' --json | jq '.sessions[].hit'

docs/search.md has the whole language. With --json the result says where the next page begins (--cursor).
Exit code 1: nothing was found.";

/// Find sessions by their words: what was said, done and changed
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    pub page: PageArgs,
    // Its heading is that of all arguments behind it.
    #[command(flatten)]
    pub query: QueryArgs,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let query = args.page.parse(&args.query, place)?;
    if query.terms.is_empty() && query.filters.is_empty() {
        return Err(Failure::Usage {
            message: "nothing to search for".to_owned(),
            hint: "name a word: `opensession search timeout`; `opensession list` lists sessions"
                .to_owned(),
        });
    }
    let engine = place.engine(args.page.store.repo.as_deref())?;
    let mut catalogue = Catalogue::open(&engine, place, output)?;
    let found = catalogue.index.find(&query, args.page.limit, args.page.cursor()?)?;
    let sessions = &found.sessions;
    if args.page.jsonl {
        for session in sessions {
            output.stdout.json(&FoundView::of(session))?;
        }
    } else if place.json {
        output.stdout.json(&FoundView::page(&found))?;
    } else {
        let rows: Vec<SessionRow> = sessions.iter().map(|found| found.row.clone()).collect();
        for found in sessions {
            write_found(&mut output.stdout, found, &rows, place)?;
        }
        if let Some(next) = found.next {
            output.stderr.styled(style::DIM, &format!("more: --cursor {next}\n"))?;
        } else if sessions.is_empty() {
            output.stderr.line("no session has that")?;
            args.query.write_hint(&mut output.stderr)?;
        }
    }
    Ok(match (catalogue.is_partial, sessions.is_empty()) {
        (true, _) => Exit::Partial,
        (false, true) => Exit::Negative,
        (false, false) => Exit::Done,
    })
}

fn write_found(
    screen: &mut Screen,
    found: &FoundSession,
    rows: &[SessionRow],
    place: &Surroundings,
) -> io::Result<()> {
    let row = &found.row;
    screen.styled(style::NAME, listing::short_id(row, rows))?;
    let when = age(row.header.context.created_at, place.now);
    screen.text(&format!("  {when}  {}  ", row.key.tool()))?;
    screen.styled(style::STRONG, row.header.context.title.as_deref().unwrap_or("(no title)"))?;
    if let Some(cwd) = row.header.cwd() {
        screen.styled(style::DIM, &format!("  {}", place.short_path(cwd)))?;
    }
    screen.line("")?;
    match &found.hit {
        Some(hit) => write_hit(screen, hit, listing::short_id(row, rows)),
        None => Ok(()),
    }
}

/// Writes where the words are, and the command that shows it in session `id`.
fn write_hit(screen: &mut Screen, hit: &Hit, id: &str) -> io::Result<()> {
    let who = match hit.role {
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    };
    screen.styled(style::DIM, &format!("    {who}: "))?;
    let mut at = 0;
    for mark in &hit.marks {
        screen.text(hit.snippet.get(at..mark.start).unwrap_or(""))?;
        screen.styled(style::GOOD, hit.snippet.get(mark.clone()).unwrap_or(""))?;
        at = mark.end;
    }
    screen.line(hit.snippet.get(at..).unwrap_or(""))?;
    screen.styled(style::DIM, &format!("    {}", listing::show_command(id, &hit.event)))?;
    screen.line("")
}
