//! `opensession capture`: store what the logs hold and the store does not.

mod again;

use crate::args::StoreArg;
use crate::error::{Exit, Failure};
use crate::figures;
use crate::output::{Output, Screen};
use crate::progress::Bar;
use crate::schema::{CaptureView, SCHEMA};
use crate::style;
use crate::surroundings::Surroundings;
use opensession_engine::{Capture, CaptureReport, Engine};
use serde::Serialize;
use std::io;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  opensession capture                      every tool's logs
  opensession capture ~/old-logs           every log below a folder
  opensession capture --repo . session.jsonl
                                           one log, into the branch of this repository
  opensession capture --redact-again --dry-run
                                           what today's rules would mask in what is stored
  opensession capture --redact-again 53ea19c1
                                           one stored session, redacted with them

Only what is new is read and written; secrets are redacted first. Run it as often as you like.
Exit code 8: some logs could not be captured; standard error says which and why.";

/// Store the sessions in the tools' logs
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// Logs, or folders of logs; with --redact-again, stored sessions
    pub files: Vec<PathBuf>,
    /// Every log of every known tool: what happens without FILES
    #[arg(long, conflicts_with = "files")]
    pub all: bool,
    /// Redact what is stored with today's rules and settings, and replace what changes; no log is read
    #[arg(long)]
    pub redact_again: bool,
    /// Only say what would change
    #[arg(long, requires = "redact_again")]
    pub dry_run: bool,
    #[command(flatten)]
    pub store: StoreArg,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    if args.redact_again {
        return again::run(args, place, output);
    }
    let files =
        args.files.iter().map(|file| place.existing(file)).collect::<Result<Vec<_>, _>>()?;
    let engine = match args.store.repo.as_deref() {
        None => place.engine_near(&place.folder)?,
        repo => place.engine(repo)?,
    };
    let what = if files.is_empty() { Capture::All } else { Capture::Logs(&files) };
    let Captured { report, unlinked } = capture(&engine, what, place)?;
    if !files.is_empty() {
        refuse_foreign(&report, files.len())?;
    }
    let view = CaptureView::new(&report);
    if place.json {
        print_json(&mut output.stdout, &view)?;
    } else {
        write_failures(&mut output.stderr, &report)?;
        output.stdout.line(&summary(&view, &report))?;
    }
    write_unlinked(&mut output.stderr, &unlinked)?;
    let is_done = view.failed == 0 && unlinked.is_empty();
    Ok(if is_done { Exit::Done } else { Exit::Partial })
}

/// Names the repositories whose commits could not be linked, one a line.
pub(super) fn write_unlinked(
    screen: &mut Screen,
    unlinked: &[(PathBuf, String)],
) -> io::Result<()> {
    for (git_dir, why) in unlinked {
        screen.styled(style::BAD, "failed: ")?;
        screen.line(&format!("{}: its commits could not be linked: {why}", git_dir.display()))?;
    }
    Ok(())
}

/// What a capture did, and the repositories whose commits could not be linked.
pub(super) struct Captured {
    pub report: CaptureReport,
    pub unlinked: Vec<(PathBuf, String)>,
}

/// Captures with a progress bar, and links the commits that this makes possible to link.
pub(super) fn capture(
    engine: &Engine,
    what: Capture<'_>,
    place: &Surroundings,
) -> Result<Captured, Failure> {
    let report = engine.capture(what, place.now, &Bar::of_bytes(place.progress))?;
    let failed = engine.link(place.now)?;
    Ok(Captured { report, unlinked: failed })
}

/// Fails where all that was named is no log of a known tool.
pub(super) fn refuse_foreign(report: &CaptureReport, named: usize) -> Result<(), Failure> {
    let foreign: Vec<&str> =
        report.failures().filter(|(log, _)| log.tool.is_none()).map(|(_, why)| why).collect();
    match foreign.first() {
        Some(why) if foreign.len() == named => Err(Failure::Usage {
            message: (*why).to_owned(),
            hint: "`opensession` says which tools' logs are known".to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Names the logs that could not be captured, one a line.
pub(super) fn write_failures(screen: &mut Screen, report: &CaptureReport) -> io::Result<()> {
    for (log, why) in report.failures() {
        let path = log.path.display().to_string();
        screen.styled(style::BAD, "failed: ")?;
        // Most messages begin with the path; the others get it.
        if why.contains(&path) {
            screen.line(why)?;
        } else {
            screen.line(&format!("{path}: {why}"))?;
        }
    }
    Ok(())
}

/// Returns a capture as one line.
pub(super) fn summary(view: &CaptureView<'_>, report: &CaptureReport) -> String {
    let counts = [
        (view.new, "new"),
        (view.grown, "grown"),
        (view.merged, "merged"),
        (view.unchanged, "unchanged"),
        (view.no_session, "without a conversation"),
        (view.excluded, "excluded"),
        (view.forgotten, "forgotten"),
        (view.failed, "failed"),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", figures::number(count as u64)))
        .collect();
    let counts = if counts.is_empty() { "no logs found".to_owned() } else { counts.join(", ") };
    let Some(commit) = &report.commit else { return counts };
    let written = figures::bytes(report.bytes_written);
    match report.repositories.len() {
        0 => format!("{counts}; {written} written, commit {}", commit.get(..10).unwrap_or(commit)),
        1 => format!("{counts}; {written} written, 1 repository among it"),
        some => format!("{counts}; {written} written, {some} repositories among it"),
    }
}

fn print_json(screen: &mut Screen, view: &CaptureView<'_>) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Object<'v, 'r> {
        schema: u32,
        #[serde(flatten)]
        capture: &'v CaptureView<'r>,
    }
    let object = Object { schema: SCHEMA, capture: view };
    Ok(screen.json(&object)?)
}
