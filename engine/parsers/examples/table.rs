//! The table of `docs/parsers.md`: what the parsers make of every log below a folder, by tool.
//!
//! ```sh
//! cargo run --release -p opensession-parsers --example table -- FOLDER
//! ```

#![allow(clippy::print_stdout, reason = "the table is what it is for")]

use opensession_hail::{Attachment, Event, EventType, Header, SessionId, Tally, attribute};
use opensession_parsers::{HEAD_BYTES, ParseReport, Parser, Sink, Source, detect};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Each log is read again and again for so long.
const TIMED: Duration = Duration::from_millis(100);

/// What came of a tool's logs.
#[derive(Default)]
struct Row {
    logs: u64,
    /// Sessions, each counted once, and those that name their folder.
    sessions: BTreeSet<String>,
    placed: BTreeSet<String>,
    report: ParseReport,
    /// Of the session that is read now.
    tally: Tally,
    events: u64,
    messages: u64,
    calls: u64,
    tokens: u64,
    diffs: u64,
    exit_codes: u64,
    /// Bytes that were read, and the time that it took.
    bytes: u64,
    time: Duration,
}

impl Sink for Row {
    fn begin(&mut self, session_id: &SessionId) {
        self.sessions.insert(session_id.to_string());
    }

    fn located(&mut self, _cwd: &str) {}

    fn event(&mut self, event: Event, _offset: u64, _settled: bool) {
        match &event.event_type {
            EventType::FileEdit { diff: Some(_), .. } => self.diffs += 1,
            EventType::ShellCommand { exit_code: Some(_), .. } => self.exit_codes += 1,
            _ => {}
        }
        self.tally.push(&event);
    }

    fn attachment(&mut self, _attachment: Attachment) {}

    fn end(&mut self, header: Header) {
        let stats = std::mem::replace(&mut self.tally, Tally::new()).finish();
        self.events += stats.event_count;
        self.messages += stats.message_count;
        self.calls += stats.tool_call_count;
        self.tokens += stats.total_input_tokens
            + stats.total_output_tokens
            + stats.total_cache_read_tokens
            + stats.total_cache_write_tokens;
        if header.context.attributes.str(attribute::CWD).is_some() {
            self.placed.insert(header.session_id.to_string());
        }
    }
}

/// Takes a session without keeping it.
struct Nowhere;

impl Sink for Nowhere {
    fn begin(&mut self, _session_id: &SessionId) {}
    fn located(&mut self, _cwd: &str) {}
    fn event(&mut self, event: Event, _offset: u64, _settled: bool) {
        std::hint::black_box(event);
    }
    fn attachment(&mut self, _attachment: Attachment) {}
    fn end(&mut self, _header: Header) {}
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("name a folder of logs")?;
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let mut others = 0_u64;
    for path in files(Path::new(&folder))? {
        let mut head = Vec::new();
        File::open(&path)?.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
        match detect(&path, &head) {
            Some(parser) => read(parser, &path, rows.entry(parser.tool().as_str()).or_default())?,
            None => others += 1,
        }
    }
    println!(
        "| tool | logs | sessions | with folder | events | messages | tool calls | diffs | exit codes | tokens | \
         understood | not understood | MB/s |\n|---|{}",
        "---:|".repeat(12)
    );
    for (tool, row) in &rows {
        println!("{}", line(tool, row));
    }
    println!("\n{others} other files are no logs of these tools.");
    for (tool, row) in &rows {
        for (name, count) in row.report.drift() {
            println!("not known, {tool}: {name} × {count}");
        }
    }
    Ok(())
}

fn read(parser: &dyn Parser, path: &Path, row: &mut Row) -> Result<(), Box<dyn Error>> {
    let source = Source::file(path);
    let report = parser.parse(&source, row)?;
    row.logs += 1;
    row.report.add(&report);
    let start = Instant::now();
    while start.elapsed() < TIMED {
        parser.parse(&source, &mut Nowhere)?;
        row.bytes += fs::metadata(path)?.len();
    }
    row.time += start.elapsed();
    Ok(())
}

fn line(tool: &str, row: &Row) -> String {
    let report = &row.report;
    let unknown: u64 = report.unknown.values().sum();
    let known = report.records() - unknown;
    let cells = [
        row.logs,
        row.sessions.len() as u64,
        row.placed.len() as u64,
        row.events,
        row.messages,
        row.calls,
        row.diffs,
        row.exit_codes,
        row.tokens,
    ];
    let cells: Vec<String> = cells.iter().map(u64::to_string).collect();
    let share = match report.records() {
        0 => "–".to_owned(),
        all => format!("{:.2} %", known as f64 * 100.0 / all as f64),
    };
    let speed = row.bytes as f64 / row.time.as_secs_f64() / 1e6;
    format!("| {tool} | {} | {share} | {unknown} | {speed:.0} |", cells.join(" | "))
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
