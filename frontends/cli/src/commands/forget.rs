//! `opensession forget`: sessions go from every store, and stay gone.

use crate::commands::show;
use crate::error::{Exit, Failure};
use crate::figures::{date, plural};
use crate::output::{Output, Screen};
use crate::schema::{DoomedView, SCHEMA};
use crate::style;
use crate::surroundings::Surroundings;
use crate::table::{self, Column, Fit};
use opensession_engine::hail::SessionKey;
use opensession_engine::{Engine, Error, ForgetPlan, ForgetReport};
use serde_json::json;
use std::io;

const EXAMPLES: &str = "\
Examples:
  opensession forget 53ea19c1              show what would go, then ask
  opensession forget HEAD HEAD~1 --yes     the two newest sessions, without a question
  opensession forget --secret '[redacted:aws-access-key:9f3c]' --dry-run
                                           the sessions in which that mark stands

A session goes from your own store and from the branches of your repositories, with all its versions, its links and the
sessions of its sub-agents, and no capture, hook or stale clone brings it back. Its log is left where its tool put it.
Older commits still hold it: `opensession restore` brings it back from there, `opensession purge` removes them.";

/// Take sessions out of every store, for good
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Ids, beginnings of ids, HEAD, HEAD~N, or paths of logs; of a fork, the whole session goes
    #[arg(value_name = "SESSION", required_unless_present = "secret")]
    pub sessions: Vec<String>,
    /// Every session in which this mark stands: `[redacted:RULE:DIGITS]`
    #[arg(long, value_name = "MARK", conflicts_with = "sessions")]
    pub secret: Option<String>,
    /// Only say what would go
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let engine = engine(place)?;
    let keys = match &args.secret {
        Some(mark) => with_mark(mark, &engine, place, output)?,
        None => named(&args.sessions, &engine, place, output)?,
    };
    let plan = engine.plan_forget(&keys)?;
    let way = match (args.dry_run, args.yes) {
        (true, _) => Way::Show,
        (false, true) => Way::Do,
        (false, false) => Way::Ask,
    };
    carry_out(&engine, &plan, way, place, output)
}

/// Whether what is planned is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It is only shown.
    Show,
    /// It is shown and asked for.
    Ask,
    /// It is done.
    Do,
}

/// Returns the engine over everything of the user's, and the repository of the current folder.
pub(super) fn engine(place: &Surroundings) -> Result<Engine, Failure> {
    match place.repository()? {
        Some(here) => place.engine_of(here),
        None => place.engine(None),
    }
}

/// Shows a plan, asks where that is wanted, and forgets.
pub(super) fn carry_out(
    engine: &Engine,
    plan: &ForgetPlan,
    way: Way,
    place: &Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    for problem in &plan.problems {
        output.stderr.warning(&problem.to_string())?;
    }
    let is_empty = plan.sessions.is_empty();
    if !place.json && !is_empty {
        write_plan(&mut output.stdout, plan)?;
    }
    if way == Way::Ask && !is_empty {
        let count = plural(plan.sessions.len() as u64, "session");
        if !place.ask(&mut output.stdout, &format!("Forget {count}?"))? {
            output.stdout.line("Nothing was changed.")?;
            return Ok(Exit::Done);
        }
    }
    let report = match way {
        Way::Show => ForgetReport::default(),
        Way::Ask if is_empty => ForgetReport::default(),
        // Where there is nothing to forget, what a run that was killed left is still cleared up.
        Way::Ask | Way::Do => engine.forget(plan, place.now)?,
    };
    for (git_dir, why) in &report.failed {
        output.stderr.styled(style::BAD, "failed: ")?;
        output.stderr.line(&format!("{}: {why}", git_dir.display()))?;
    }
    if place.json {
        print_json(&mut output.stdout, plan, &report, way)?;
    } else {
        write_done(&mut output.stdout, plan, &report, way)?;
    }
    let is_done = report.failed.is_empty() && plan.problems.is_empty();
    Ok(if is_done { Exit::Done } else { Exit::Partial })
}

/// Returns the sessions that are named, whole ones.
fn named(
    sessions: &[String],
    engine: &Engine,
    place: &Surroundings,
    output: &mut Output,
) -> Result<Vec<SessionKey>, Failure> {
    let everything = place.engine(None)?;
    let mut keys = Vec::new();
    for name in sessions {
        let session = match show::open(&everything, name, place) {
            Err(Failure::Engine(error @ Error::Forgotten { .. })) => {
                // What a run that was killed began is brought to its end.
                let Some(key) = engine.half_forgotten(name)? else { return Err(error.into()) };
                keys.push(key);
                continue;
            }
            session => session?,
        };
        let key = session.key();
        if *key != key.main() {
            output.stderr.styled(style::PLACE, "note: ")?;
            let main = key.main();
            output.stderr.line(&format!("{key} is a version of {main}: all of it goes"))?;
        }
        keys.push(key.main());
    }
    Ok(keys)
}

/// Returns the sessions in which a mark stands. Where one cannot be read, nobody knows: it is named.
fn with_mark(
    mark: &str,
    engine: &Engine,
    place: &Surroundings,
    output: &mut Output,
) -> Result<Vec<SessionKey>, Failure> {
    let Some(explained) = engine.explain(mark, &place.folder)? else {
        return Err(Failure::Usage {
            message: format!("{mark:?} is no mark"),
            hint: "a mark is [redacted:RULE:DIGITS], with four hex digits".to_owned(),
        });
    };
    let (mut keys, mut damaged) = (Vec::new(), Vec::new());
    let mut take = |key: &SessionKey, places: opensession_engine::Result<_>| match places {
        Ok(_) => keys.push(key.main()),
        Err(error) => damaged.push(error),
    };
    // A repository shows what worked in it; the rest stands in the user's stores.
    engine.find_mark(&explained, &mut take)?;
    place.engine(None)?.find_mark(&explained, &mut take)?;
    for error in &damaged {
        output.stderr.styled(style::BAD, "error: ")?;
        output.stderr.line(&error.to_string())?;
    }
    if keys.is_empty() && !place.json {
        output.stdout.line(&format!("no session has {}", explained.mark))?;
    }
    Ok(keys)
}

fn write_plan(screen: &mut Screen, plan: &ForgetPlan) -> io::Result<()> {
    let rows: Vec<Vec<String>> = plan
        .sessions
        .iter()
        .map(|doomed| {
            let row = doomed.row.as_ref();
            let title = row.and_then(|row| row.header.context.title.clone());
            vec![
                doomed.key.id().to_owned(),
                doomed.key.tool().to_owned(),
                row.map_or_else(String::new, |row| date(row.header.context.created_at)),
                row.map_or_else(String::new, |row| row.stats.event_count.to_string()),
                doomed.versions.to_string(),
                doomed.links.to_string(),
                title.unwrap_or_default(),
            ]
        })
        .collect();
    let column = |head, right, fit| Column { head, style: style::PLAIN, right, fit, rank: 0 };
    let columns = [
        column("SESSION", false, Fit::CutEnd(8)),
        column("TOOL", false, Fit::Keep),
        column("DAY", false, Fit::Keep),
        column("EVENTS", true, Fit::Keep),
        column("VERSIONS", true, Fit::Keep),
        column("LINKS", true, Fit::Keep),
        column("TITLE", false, Fit::CutEnd(8)),
    ];
    table::write(screen, &columns, &rows)
}

fn write_done(
    screen: &mut Screen,
    plan: &ForgetPlan,
    report: &ForgetReport,
    way: Way,
) -> io::Result<()> {
    let sessions = plural(plan.sessions.len() as u64, "session");
    if plan.sessions.is_empty() {
        return screen.line("Nothing to forget.");
    }
    if way == Way::Show {
        return screen.line(&format!("{sessions} would be forgotten; nothing was changed"));
    }
    let (versions, links) = (report.versions as u64, report.links as u64);
    let (versions, links) = (plural(versions, "version"), plural(links, "link"));
    let stores = plural(report.commits.len() as u64, "store");
    screen.line(&format!(
        "{sessions} forgotten ({versions} and {links} removed, {stores} changed)"
    ))?;
    let remotes: Vec<&str> = {
        let names = plan.sessions.iter().flat_map(|doomed| &doomed.remotes).map(String::as_str);
        let names: std::collections::BTreeSet<&str> = names.collect();
        names.into_iter().collect()
    };
    if !remotes.is_empty() {
        screen.line(&format!(
            "{} had it when it was last fetched, until this branch is pushed there",
            remotes.join(", ")
        ))?;
    }
    screen.line("Older commits still hold it: `opensession restore` brings it back from there, `opensession purge` removes them.")
}

fn print_json(
    screen: &mut Screen,
    plan: &ForgetPlan,
    report: &ForgetReport,
    way: Way,
) -> Result<(), Failure> {
    let failed = report.failed.iter().map(|(store, why)| json!({"store": store, "reason": why}));
    let object = json!({
        "schema": SCHEMA,
        "dry_run": way == Way::Show,
        "sessions": plan.sessions.iter().map(DoomedView::new).collect::<Vec<_>>(),
        "versions": report.versions,
        "links": report.links,
        "commits": report.commits,
        "failed": failed.collect::<Vec<_>>(),
    });
    Ok(screen.data(|out| writeln!(out, "{object}"))?)
}
