//! `opensession` without a command: what is there, and what to do next.

use crate::commands::capture::Captured;
use crate::commands::{browse, capture, linear, show};
use crate::error::{Exit, Failure};
use crate::figures::plural;
use crate::listing;
use crate::output::{Output, Screen};
use crate::schema::{CaptureView, RootView, SCHEMA, SessionView};
use crate::style;
use crate::surroundings::{Surroundings, root_of};
use crate::table::{self, Column, Fit};
use opensession_engine::{
    Capture, CaptureReport, Engine, FoundRoot, ListQuery, Listing, LogReport, Outcome,
};
use serde_json::json;
use std::io;
use std::path::Path;

/// How many sessions are shown.
const NEWEST: usize = 20;
/// Lines of the overview around its sessions, the shell's own included.
const AROUND: usize = 9;
/// So many sessions are shown however low the terminal is.
const FEWEST: usize = 5;

/// Runs `opensession` and `opensession PATH`; `is_plain` asks for lines instead of a screen.
pub(crate) fn run(
    path: Option<&Path>,
    is_plain: bool,
    place: &Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let full = match path {
        Some(path) => {
            let missing = |missing| unknown_command(path).unwrap_or(missing);
            Some(place.existing(path).map_err(missing)?)
        }
        None => None,
    };
    let Some(full) = full.filter(|full| !full.is_dir()) else {
        return sessions(path, is_plain, place, output);
    };
    let engine = place.engine(None)?;
    let files = [full];
    let Captured { report, unlinked } = capture::capture(&engine, Capture::Logs(&files), place)?;
    capture::write_unlinked(&mut output.stderr, &unlinked)?;
    capture::refuse_foreign(&report, files.len())?;
    capture::write_failures(&mut output.stderr, &report)?;
    let args = show::Args {
        reference: files.iter().map(|file| file.display().to_string()).collect(),
        event: None,
        full: false,
        store: crate::args::StoreArg { repo: None },
    };
    let exit = show::run(&args, place, output)?;
    write_others(&mut output.stderr, &report)?;
    Ok(exit)
}

/// Shows the sessions of everything or of a folder: to browse in where somebody sits there, else as a table.
fn sessions(
    folder: Option<&Path>,
    is_plain: bool,
    place: &Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let folder = folder.map(|folder| place.existing(folder)).transpose()?;
    let is_screen = place.interactive && !place.json && !place.dumb;
    if !(is_plain || is_screen) {
        return overview(folder.as_deref(), place, output);
    }
    let here = match &folder {
        // A folder outside of any repository has no branch: its sessions are found by their own folders.
        Some(folder) => match place.locate(folder)? {
            Some(here) => Some(here),
            None => return overview(Some(folder), place, output),
        },
        None => None,
    };
    let root = here.clone().map(root_of);
    let all = place.engine_near(folder.as_deref().unwrap_or(&place.folder))?;
    let engine = here.map_or_else(|| place.engine(None), |here| place.engine_of(here))?;
    if !is_plain {
        return browse::run(engine, all, root.as_deref(), place, output);
    }
    let Captured { report, unlinked } = capture::capture(&all, Capture::All, place)?;
    capture::write_unlinked(&mut output.stderr, &unlinked)?;
    write_news(&mut output.stderr, &report)?;
    linear::run(&engine, io::stdin().lock(), place, output)
}

/// Says that a log holds more sessions than the one that is shown.
fn write_others(screen: &mut Screen, report: &CaptureReport) -> io::Result<()> {
    let Some(LogReport { sessions, tool: Some(tool), .. }) = report.logs.first() else {
        return Ok(());
    };
    let is_stored = |outcome: &Outcome| !matches!(outcome, Outcome::NoSession | Outcome::Excluded);
    let count = sessions.iter().filter(|(_, outcome)| is_stored(outcome)).count();
    if count > 1 {
        screen.line(&format!(
            "this log holds {count} sessions, this is the first; `opensession list --tool {tool}` shows the others"
        ))?;
    }
    Ok(())
}

/// Returns the failure for a word that is no path and looks like a command.
fn unknown_command(path: &Path) -> Option<Failure> {
    let word = path.to_str().filter(|word| !word.contains(['/', '\\', '.', '~']))?;
    Some(Failure::Usage {
        message: format!("{word:?} is neither a command nor a file or folder"),
        hint:
            "`opensession --help` lists the commands; a session is read with `opensession show ID`"
                .to_owned(),
    })
}

/// Captures what is new and shows the newest sessions: all, or those of the repository or folder `within`.
pub(super) fn overview(
    within: Option<&Path>,
    place: &Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let engine = place.engine_near(within.unwrap_or(&place.folder))?;
    let Captured { report, unlinked } = capture::capture(&engine, Capture::All, place)?;
    capture::write_unlinked(&mut output.stderr, &unlinked)?;
    let here = match within {
        Some(folder) => place.locate(folder)?,
        None => None,
    };
    // A configuration that cannot be read is a matter for `status`.
    let can_be_enabled = here.as_ref().is_some_and(|here| matches!(here.is_enabled(), Ok(false)));
    let here = here.map(|here| place.engine_of(here)).transpose()?;
    // A folder outside of any repository has no branch: its sessions are found by their own folders.
    let (folder, within) = (within, within.filter(|_| here.is_none()));
    let engine = here.unwrap_or(engine);
    // The newest stand at the top: they must not scroll away.
    let room = output.stdout.height().filter(|_| !place.json);
    let limit = room.map_or(NEWEST, |lines| lines.saturating_sub(AROUND).clamp(FEWEST, NEWEST));
    let query =
        ListQuery { limit, tool: None, auxiliary: false, within: within.map(Path::to_owned) };
    let listing = engine.list(&query)?;
    let incomplete = listing::write_damage(&mut output.stderr, &listing)?;
    if place.json {
        print_json(&mut output.stdout, &engine, &report, &listing)?;
    } else {
        write_news(&mut output.stderr, &report)?;
        match folder {
            None if listing.rows.is_empty() => {
                write_nothing(&mut output.stdout, &engine.roots(), place)?;
            }
            Some(folder) if listing.rows.is_empty() => {
                let folder = place.short_path(&folder.display().to_string());
                output.stdout.line(&format!("No sessions in {folder} yet."))?;
                output.stdout.line("`opensession` shows those of every folder.")?;
            }
            _ => {
                let of_folder = folder.is_some();
                let stdout = &mut output.stdout;
                write_sessions(stdout, &listing, of_folder, can_be_enabled, limit, place)?;
            }
        }
    }
    Ok(if incomplete { Exit::Partial } else { Exit::Done })
}

fn print_json(
    screen: &mut Screen,
    engine: &Engine,
    report: &CaptureReport,
    listing: &Listing,
) -> Result<(), Failure> {
    let sessions: Vec<SessionView<'_>> = listing.rows.iter().map(SessionView::new).collect();
    let roots = engine.roots();
    let object = json!({
        "schema": SCHEMA,
        "capture": CaptureView::new(report),
        "sessions": sessions,
        "roots": roots.iter().map(RootView::new).collect::<Vec<_>>(),
    });
    Ok(screen.data(|out| writeln!(out, "{object}"))?)
}

/// Says what the capture changed; nothing where nothing changed.
fn write_news(screen: &mut Screen, report: &CaptureReport) -> io::Result<()> {
    let view = CaptureView::new(report);
    if report.commit.is_some() {
        screen.styled(style::DIM, &format!("captured: {}\n", capture::summary(&view, report)))?;
    }
    if view.failed > 0 {
        let logs = plural(view.failed as u64, "log");
        screen.warning(&format!("{logs} could not be captured; `opensession capture` says why"))?;
    }
    Ok(())
}

fn write_sessions(
    screen: &mut Screen,
    listing: &Listing,
    of_folder: bool,
    can_be_enabled: bool,
    limit: usize,
    place: &Surroundings,
) -> io::Result<()> {
    listing::write(screen, &listing.rows, place)?;
    let Some(newest) = listing.rows.first() else {
        return Ok(());
    };
    let id = listing::short_id(newest, &listing.rows);
    screen.line("")?;
    write_step(screen, &format!("opensession show {id}"), "read a session; HEAD is the newest")?;
    if listing.rows.len() == limit {
        write_step(screen, "opensession list --limit 100", "list more of them")?;
    }
    if of_folder {
        write_step(screen, "opensession", "those of every folder")?;
        if can_be_enabled {
            write_step(screen, "opensession init", "keep them on a branch of this repository")?;
        }
    } else {
        write_step(screen, "opensession .", "only those of this repository")?;
    }
    write_step(screen, "opensession --help", "everything else, with examples")
}

/// Writes a command to type and what it does.
pub(super) fn write_step(screen: &mut Screen, command: &str, what: &str) -> io::Result<()> {
    screen.text("  ")?;
    screen.styled(style::NAME, &format!("{command:<30}"))?;
    screen.line(&format!("  {what}"))
}

/// Says where was looked, and what a newcomer can do.
fn write_nothing(screen: &mut Screen, roots: &[FoundRoot], place: &Surroundings) -> io::Result<()> {
    screen.styled(style::STRONG, "No sessions yet.")?;
    screen.line(
        " opensession keeps the sessions of AI coding tools; it looked for their logs here:",
    )?;
    screen.line("")?;
    let mut rows = Vec::new();
    for of_tool in roots.chunk_by(|a, b| a.tool == b.tool) {
        // Some tools have dozens of places: those that say something, else the first.
        let telling = of_tool.iter().filter(|root| root.exists || root.variable.is_some());
        let mut shown: Vec<&FoundRoot> = telling.collect();
        if shown.is_empty() {
            shown.extend(of_tool.first());
        }
        let others = of_tool.len() - shown.len();
        let last = shown.len() - 1;
        for (index, root) in shown.into_iter().enumerate() {
            let found = match (root.exists, root.logs) {
                (false, _) => "no such folder".to_owned(),
                (true, 0) => "no logs in it".to_owned(),
                (true, logs) => format!("{}, no conversation", plural(logs as u64, "log")),
            };
            let found = match others {
                1.. if index == last => format!("{found}, nor {others} other"),
                _ => found,
            };
            let tool = if root.tool.is_empty() { "(yours)" } else { root.tool };
            let path = place.short_path(&root.path.display().to_string());
            rows.push(vec![tool.to_owned(), path, root.variable.unwrap_or("").to_owned(), found]);
        }
    }
    let column = |head, fit| Column { head, style: style::PLAIN, right: false, fit, rank: 0 };
    let columns = [
        column("TOOL", Fit::Keep),
        column("FOLDER", Fit::CutStart(16)),
        column("SET BY", Fit::CutEnd(6)),
        column("FOUND", Fit::Keep),
    ];
    table::write(screen, &columns, &rows)?;
    screen.line("")?;
    write_step(screen, "opensession demo", "see what it does, on made-up logs, without a trace")?;
    write_step(screen, "opensession status --sources", "every place that was looked at")?;
    write_step(screen, "opensession capture FOLDER", "store logs that lie elsewhere")?;
    write_step(screen, "opensession --help", "everything else, with examples")
}
