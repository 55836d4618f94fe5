//! `opensession parse`: a log as HAIL, without storing it.

use crate::error::{Exit, Failure};
use crate::figures::{number, plural};
use crate::output::{Output, Screen};
use crate::style;
use crate::surroundings::Surroundings;
use crate::table::{self, Column, Fit};
use opensession_engine::ParsedSource;
use std::io;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  opensession parse ~/.codex/sessions/2026/11/23/rollout-….jsonl | head
  opensession parse session.jsonl --redact     what the store would hold
  opensession parse session.jsonl --report > /dev/null
                                               what was understood, and what was not
  opensession parse ~/.claude/projects --report > /dev/null";

/// Print a log, or every log of a folder, as HAIL
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// The log, or a folder of logs
    pub file: PathBuf,
    /// Print what the store would hold: secrets redacted
    #[arg(long)]
    pub redact: bool,
    /// Say on standard error what became of the log's records
    #[arg(long)]
    pub report: bool,
}

pub(crate) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let file = place.existing(&args.file)?;
    let engine = place.engine(None)?;
    let parsed =
        output.stdout.data(|out| engine.parse(&file, args.redact, out).map_err(Failure::from))?;
    if args.report {
        output.stdout.flush()?;
        for tool in &parsed {
            write_report(&mut output.stderr, tool)?;
        }
    }
    Ok(Exit::Done)
}

fn write_report(screen: &mut Screen, parsed: &ParsedSource) -> io::Result<()> {
    let report = &parsed.report;
    let all = report.records();
    let groups = [
        ("understood", &report.understood),
        ("dropped", &report.dropped),
        ("not understood", &report.unknown),
    ];
    let mut rows = Vec::new();
    for (group, counts) in groups {
        for (kind, count) in counts {
            rows.push(vec![group.to_owned(), kind.clone(), number(*count), share(*count, all)]);
        }
    }
    let column = |head, right, fit| Column { head, style: style::PLAIN, right, fit, rank: 0 };
    let columns = [
        column("RECORDS", false, Fit::Keep),
        column("KIND OR REASON", false, Fit::CutEnd(12)),
        column("COUNT", true, Fit::Keep),
        column("SHARE", true, Fit::Keep),
    ];
    table::write(screen, &columns, &rows)?;
    let torn = if report.torn { "; the last line is not whole yet" } else { "" };
    let unknown: u64 = report.unknown.values().sum();
    screen.line(&format!(
        "{}, {}: {} records, {} understood or dropped on purpose{torn}",
        parsed.tool,
        plural(parsed.logs, "log"),
        number(all),
        share(all - unknown, all)
    ))
}

/// Returns a share in percent with one decimal, rounded down: 100.0 means all.
fn share(part: u64, all: u64) -> String {
    let permille = (part * 1000).checked_div(all).unwrap_or(1000);
    format!("{}.{}%", permille / 10, permille % 10)
}
