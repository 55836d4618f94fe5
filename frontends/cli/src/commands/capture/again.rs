//! `opensession capture --redact-again`: what is stored, redacted with today's rules.

use super::Args;
use crate::commands::show;
use crate::error::{Exit, Failure};
use crate::figures::{self, plural};
use crate::output::{Output, Screen};
use crate::progress::Bar;
use crate::schema::RedactedAgainView;
use crate::style;
use crate::surroundings::Surroundings;
use crate::table::{self, Column, Fit};
use opensession_engine::hail::SessionKey;
use opensession_engine::{AgainReport, Engine, Progress};
use std::collections::BTreeMap;
use std::io;

type Counts = BTreeMap<String, u64>;

/// What a person must know who thinks that the secrets are gone now.
const NOTE: &str = "the history of the branch, and every copy of it, still holds what was there before; \
docs/security.md, \"After a leak\", says how to take it out";

pub(super) fn run(args: &Args, place: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    let engine = place.engine(args.store.repo.as_deref())?;
    let keys = named(args, &engine, place)?;
    let bar = Bar::of_redacting(place.progress);
    let at = (!args.dry_run).then_some(place.now);
    let report = engine.redact_again(keys.as_deref(), at, &mut |done, all| bar.set(done, all))?;
    bar.finish();
    if place.json {
        output.stdout.json(&RedactedAgainView::new(&report, args.dry_run))?;
    } else {
        if args.dry_run {
            write_sessions(&mut output.stdout, &report, place)?;
        }
        output.stdout.line(&summary(&report, args.dry_run))?;
    }
    write_failures(&mut output.stderr, &report)?;
    if !report.changed.is_empty() && !args.dry_run && !place.json {
        output.stderr.styled(style::PLACE, "note: ")?;
        output.stderr.line(NOTE)?;
    }
    let is_done = report.failed.is_empty() && report.missing.is_empty();
    Ok(if is_done { Exit::Done } else { Exit::Partial })
}

/// Returns the sessions that are named; `None` for all.
fn named(
    args: &Args,
    engine: &Engine,
    place: &Surroundings,
) -> Result<Option<Vec<SessionKey>>, Failure> {
    let mut keys = Vec::new();
    for name in &args.files {
        let session = show::open(engine, &name.to_string_lossy(), place)?;
        keys.push(session.key().clone());
    }
    Ok((!keys.is_empty()).then_some(keys))
}

fn write_sessions(
    screen: &mut Screen,
    report: &AgainReport,
    place: &Surroundings,
) -> io::Result<()> {
    if report.changed.is_empty() {
        return Ok(());
    }
    let rows: Vec<Vec<String>> = report
        .changed
        .iter()
        .map(|one| {
            let store = place.short_path(&one.git_dir.display().to_string());
            vec![one.key.as_str().to_owned(), one.events.to_string(), counted(&one.secrets), store]
        })
        .collect();
    let plain = |head| Column { head, style: style::PLAIN, right: false, fit: Fit::Keep, rank: 0 };
    let mut columns = ["SESSION", "EVENTS", "FOUND", "STORE"].map(plain);
    columns[1].right = true;
    columns[2].fit = Fit::CutEnd(12);
    columns[3].fit = Fit::CutStart(12);
    table::write(screen, &columns, &rows)
}

fn write_failures(screen: &mut Screen, report: &AgainReport) -> io::Result<()> {
    for (git_dir, key, why) in &report.failed {
        let name = key.as_ref().map_or_else(|| git_dir.display().to_string(), ToString::to_string);
        screen.styled(style::BAD, "failed: ")?;
        screen.line(&format!("{name}: {why}"))?;
    }
    for key in &report.missing {
        screen.styled(style::BAD, "failed: ")?;
        screen.line(&format!("{key}: stands in no store of yours that was asked for"))?;
    }
    Ok(())
}

/// Returns what was done as one line.
fn summary(report: &AgainReport, dry_run: bool) -> String {
    let changed = report.changed.len() as u64;
    if changed == 0 {
        return format!("{} unchanged", plural(report.unchanged, "session"));
    }
    let mut all = Counts::new();
    for (rule, count) in report.changed.iter().flat_map(|one| &one.secrets) {
        *all.entry(rule.clone()).or_default() += count;
    }
    let did = if dry_run { "would be redacted again" } else { "redacted again" };
    let found = counted(&all);
    let found = if found.is_empty() { found } else { format!(" ({found})") };
    let unchanged = figures::number(report.unchanged);
    let what = format!("{} {did}{found}, {unchanged} unchanged", plural(changed, "session"));
    let written = figures::bytes(report.bytes_written);
    match report.commits.values().collect::<Vec<_>>().as_slice() {
        [] => what,
        [commit] => {
            format!("{what}; {written} written, commit {}", commit.get(..10).unwrap_or(commit))
        }
        some => format!("{what}; {written} written, {} stores among it", some.len()),
    }
}

fn counted(secrets: &Counts) -> String {
    let told = secrets.iter().map(|(rule, count)| format!("{count} {rule}"));
    told.collect::<Vec<_>>().join(", ")
}
