//! What must hold for any log of any tool.

use crate::fixtures::{self, Log};
use crate::recording::{Recorded, parse, parse_file, parser};
use opensession_parsers::Parser;
use proptest::prelude::*;
use proptest::sample::Index;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::{Batch, Connection};
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// How many places a log is cut at.
const CUTS: usize = 150;

/// Checks that one wrong byte in any of the tool's fixtures stops nothing, and makes no more sessions of a log.
pub(crate) fn check_damage(tool: &str, most_sessions: usize) {
    let parser = parser(tool);
    let cases = fixtures::cases(tool).into_iter();
    let logs: Vec<Log> = cases.flat_map(|case| fixtures::logs(parser, &case)).collect();
    proptest!(|(log: Index, at: Index, byte: u8)| {
        let log = log.get(&logs);
        let mut bytes = log.bytes.clone();
        *at.get_mut(&mut bytes) = byte;
        let (found, report) = parse(parser, &log.path, &bytes);
        prop_assert!(found.len() <= most_sessions, "{}", log.path.display());
        // Each piece of a damaged list counts with the end of a line.
        prop_assert!(report.bytes <= 2 * bytes.len() as u64, "{}", log.path.display());
    });
}

/// Checks that the same bytes give the same events, that ids are unique and offsets never fall, and that every
/// beginning of the log gives the beginning of its events, up to the first that may still change.
pub(crate) fn check(parser: &dyn Parser, path: &Path, bytes: &[u8]) {
    let (whole, report) = parse(parser, path, bytes);
    let (again, report_again) = parse(parser, path, bytes);
    assert_eq!(report, report_again, "{}", path.display());
    assert_eq!(whole.len(), again.len(), "{}", path.display());
    for (session, again) in whole.iter().zip(&again) {
        assert_eq!(session.events, again.events, "{}", path.display());
        assert_eq!(session.header, again.header, "{}", path.display());
        check_order(session);
    }
    for cut in (0..CUTS).map(|part| bytes.len() * part / CUTS) {
        let part = bytes.get(..cut).expect("a cut is inside");
        let (part, _) = parse(parser, path, part);
        for (index, session) in part.iter().enumerate() {
            let name = format!("{} cut at {cut}", path.display());
            let whole = whole.get(index).expect("no session disappears");
            check_beginning(session, whole, &name);
            if !session.records.is_empty() {
                let settled = &session.records[..session.settled_bytes()];
                assert!(whole.records.starts_with(settled), "{name}");
            }
        }
    }
}

/// Checks what [`check`] checks for a database, after each of the statements that made it.
pub(crate) fn check_history(parser: &dyn Parser, log: &Path, statements: &str) {
    fs::remove_file(log).expect("it was made anew for this");
    let database = Connection::open(log).expect("a database can be made");
    let mut stands = Vec::new();
    let mut batch = Batch::new(&database, statements);
    while let Some(mut statement) = batch.next().expect("the statements are right") {
        // Pragmas give rows.
        let mut rows = statement.query([]).expect("it can be run");
        while rows.next().expect("it can be run").is_some() {}
        stands.push(parse_file(parser, log).0);
    }
    let (whole, report) = parse_file(parser, log);
    let (again, report_again) = parse_file(parser, log);
    assert_eq!((&whole, report), (&again, report_again), "{}", log.display());
    whole.iter().for_each(check_order);
    for (count, stand) in stands.iter().enumerate() {
        let name = format!("{} after statement {}", log.display(), count + 1);
        for session in stand {
            let of_id = |whole: &&Recorded| whole.id == session.id;
            let whole = whole.iter().find(of_id).expect("no session disappears");
            check_beginning(session, whole, &name);
            assert!(
                whole.records.starts_with(&session.records[..session.settled_bytes()]),
                "{name}"
            );
        }
    }
}

/// Checks of a document with a list of messages under `key` that it tells, with only the first of them, the beginning of
/// what it tells with all, and that no record changes before the first event that may.
pub(crate) fn check_growth(parser: &dyn Parser, path: &Path, document: &Value, key: &str) {
    let messages = document.get(key).and_then(Value::as_array).expect("it has messages");
    let stands: Vec<Value> = (0..=messages.len())
        .map(|count| {
            let mut stand = document.clone();
            stand[key] = messages.iter().take(count).cloned().collect();
            stand
        })
        .collect();
    check_stands(parser, path, &stands);
}

/// Checks that each of these versions of a document tells the beginning of what the last one tells.
pub(crate) fn check_stands(parser: &dyn Parser, path: &Path, stands: &[Value]) {
    let told = |stand: &Value| parse(parser, path, stand.to_string().as_bytes()).0;
    let whole = stands.last().map(told).expect("there is one");
    for (count, stand) in stands.iter().enumerate() {
        let name = format!("{} as version {count}", path.display());
        for session in told(stand) {
            let whole = whole.first().expect("no session disappears");
            check_beginning(&session, whole, &name);
            let settled = &session.records[..session.settled_bytes()];
            assert!(whole.records.starts_with(settled), "{name}");
        }
    }
}

/// Checks what [`check`] checks for a folder in which each event has a file of its own: with the first of them, with the
/// first two, and so on, and with each of them half written.
pub(crate) fn check_folder(parser: &dyn Parser, log: &Log) {
    let (whole, report) = parse_file(parser, &log.path);
    assert_eq!((&whole, &report), (&parse_file(parser, &log.path).0, &report));
    whole.iter().for_each(check_order);
    let folder = tempfile::tempdir().expect("a folder can be made");
    copy_folder(&log.case, folder.path());
    let copy =
        |path: &Path| folder.path().join(path.strip_prefix(&log.case).expect("it is inside"));
    let files: Vec<_> = log.events.iter().map(|event| copy(event)).collect();
    let contents: Vec<_> =
        files.iter().map(|file| fs::read(file).expect("it was copied")).collect();
    files.iter().for_each(|file| fs::remove_file(file).expect("it was copied"));
    for (index, (file, content)) in files.iter().zip(&contents).enumerate() {
        for part in [content.len() / 2, content.len()] {
            fs::write(file, &content[..part]).expect("it can be written");
            let name = format!("{} with {} events", log.path.display(), index + 1);
            for session in &parse_file(parser, &copy(&log.path)).0 {
                let whole = whole.first().expect("no session disappears");
                check_beginning(session, whole, &name);
                let settled = &session.records[..session.settled_bytes()];
                assert!(whole.records.starts_with(settled), "{name}");
            }
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("it can be made");
    for entry in fs::read_dir(from).expect("it can be read") {
        let path = entry.expect("it can be read").path();
        let target = to.join(path.file_name().expect("it has a name"));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).expect("it can be copied");
        }
    }
}

/// Counts the records of a log of lines by other means than the parsers: JSON values, and rests that are none. A
/// bare control character spoils no string, and no more than JSON does outside of one. A last line without its end
/// counts where it is whole objects and lists: of another value more may follow.
pub(crate) fn json_records(log: &[u8]) -> u64 {
    let mut count = 0;
    for line in log.split_inclusive(|byte| *byte == b'\n') {
        let text = String::from_utf8_lossy(line);
        let text =
            text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\0' || c == '\u{feff}');
        let text = &text.replace(['\t', '\r'], " ").replace(|c: char| c < ' ', "_");
        let (mut found, mut is_whole) = (0, true);
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
        let mut from = 0;
        while let Some(value) = values.next() {
            found += 1;
            let is_nested =
                text.get(from..).is_some_and(|t| t.trim_start().starts_with(['{', '[']));
            is_whole &= value.is_ok() && is_nested;
            if value.is_err() {
                break;
            }
            from = values.byte_offset();
        }
        count += if is_whole || line.ends_with(b"\n") { found } else { 0 };
    }
    count
}

/// Counts the lines that hold anything and have their ends: the records of a log in Markdown.
pub(crate) fn lines(log: &[u8]) -> u64 {
    let log = log.strip_prefix(b"\xef\xbb\xbf").unwrap_or(log);
    let lines = log.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
    lines.filter(|line| !line.iter().all(is_blank)).count() as u64
}

/// Counts what somebody says in a plain text, each under the name of who it is, behind an empty line.
pub(crate) fn spoken_records(log: &[u8]) -> u64 {
    let text = format!("\n\n{}", String::from_utf8_lossy(log));
    ["user", "assistant"]
        .iter()
        .map(|name| text.matches(&format!("\n\n{name}:\n")).count() as u64)
        .sum()
}

fn check_order(session: &Recorded) {
    let mut ids = HashSet::new();
    let mut latest = 0;
    for sent in &session.events {
        let id = &sent.event.event_id;
        assert!(ids.insert(id), "{}: {id} repeats", session.id);
        assert!(sent.offset >= latest, "{}: offset falls at {id}", session.id);
        latest = sent.offset;
    }
}

fn check_beginning(part: &Recorded, whole: &Recorded, name: &str) {
    assert_eq!(part.id, whole.id, "{name}");
    let settled = part.events.iter().take_while(|sent| sent.settled);
    for (index, sent) in settled.enumerate() {
        let same = whole.events.get(index);
        let same = same.map(|sent| (&sent.event, sent.offset));
        assert_eq!(same, Some((&sent.event, sent.offset)), "{name}: event {index}");
    }
}
