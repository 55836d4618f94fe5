//! The fixtures of a tool: folders with a log, what belongs beside it, and `expected.hail.jsonl`, what it becomes.
//!
//! A database stands there as `<its name>.sql`: what the tool did, statement after statement, so that the history of
//! the database can be replayed and what was stored is plain to read.

use crate::recording::{Recorded, parse, parser, try_parse};
use opensession_hail::{Session, write_session};
use opensession_parsers::{HEAD_BYTES, Parser, Source};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use tempfile::TempDir;

const EXPECTED: &str = "expected.hail.jsonl";

/// A log of a fixture.
pub(crate) struct Log {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// What is in it.
    pub(crate) bytes: Vec<u8>,
    /// How it came about, where it is a database.
    pub(crate) history: Option<History>,
    /// The fixture that it belongs to.
    pub(crate) case: PathBuf,
    /// The files of its events in order, where each has its own.
    pub(crate) events: Vec<PathBuf>,
    /// The folder that its databases are made in.
    _folder: Option<Rc<TempDir>>,
}

/// The statements that make a database.
pub(crate) struct History {
    pub(crate) statements: String,
}

/// Returns the folders of a tool's fixtures, by name.
pub(crate) fn cases(tool: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(tool);
    let mut cases: Vec<PathBuf> =
        entries(&folder).into_iter().filter(|path| path.is_dir()).collect();
    cases.sort();
    assert!(!cases.is_empty(), "no fixtures of {tool}");
    cases
}

/// Returns the logs of the fixture of that name.
pub(crate) fn named(tool: &str, name: &str) -> Vec<Log> {
    let cases = cases(tool);
    let case = cases.iter().find(|case| case.ends_with(name)).expect("the fixture is there");
    logs(parser(tool), case)
}

/// Returns the sessions of the fixture of that name.
pub(crate) fn sessions(tool: &str, name: &str) -> Vec<Recorded> {
    let logs = named(tool, name);
    logs.iter().flat_map(|log| parse(parser(tool), &log.path, &log.bytes).0).collect()
}

/// Returns the logs of a fixture: the files that the parser accepts.
pub(crate) fn logs(parser: &dyn Parser, case: &Path) -> Vec<Log> {
    let (made, histories) = make_databases(case);
    let case = made.as_ref().map_or(case, |made| made.path());
    let mut logs = Vec::new();
    let mut folders = vec![case.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).expect("fixtures can be read");
            let head = bytes.get(..HEAD_BYTES).unwrap_or(&bytes);
            let is_expected = path.file_name().is_some_and(|name| name == EXPECTED);
            if !is_expected && parser.accepts(&path, head) {
                let statements = histories.get(&path).cloned();
                let history = statements.map(|statements| History { statements });
                let (case, events) = (case.to_owned(), events_of(&path));
                logs.push(Log { path, bytes, history, case, events, _folder: made.clone() });
            }
        }
    }
    logs.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!logs.is_empty(), "no log in {}", case.display());
    logs
}

/// Returns the files of a log that is a folder of events: it is one of them, or they lie in a folder beside it.
fn events_of(log: &Path) -> Vec<PathBuf> {
    let beside = log.with_file_name("events");
    let is_of_server = |folder: &&Path| {
        folder.ends_with("events")
            || folder.parent().is_some_and(|all| all.ends_with("v1_conversations"))
    };
    let folder = log.parent().filter(is_of_server);
    let folder = if beside.is_dir() { Some(beside.as_path()) } else { folder };
    let mut events = folder.map(entries).unwrap_or_default();
    events.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
    events
}

/// Makes the databases of a fixture, in a copy of its folder; returns it, and by their paths what they are made of.
fn make_databases(case: &Path) -> (Option<Rc<TempDir>>, BTreeMap<PathBuf, String>) {
    let mut files = Vec::new();
    let mut folders = vec![case.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    let mut histories = BTreeMap::new();
    if !files.iter().any(|path| path.extension().is_some_and(|end| end == "sql")) {
        return (None, histories);
    }
    let made = tempfile::tempdir().expect("a folder can be made");
    for path in files {
        let target = made.path().join(path.strip_prefix(case).expect("it is below"));
        fs::create_dir_all(target.parent().expect("it is below")).expect("it can be made");
        if path.extension().is_some_and(|end| end == "sql") {
            let statements = fs::read_to_string(&path).expect("fixtures can be read");
            let target = target.with_extension("");
            let database = Connection::open(&target).expect("a database can be made");
            database.execute_batch(&statements).expect("the statements are right");
            histories.insert(target, statements);
        } else {
            fs::copy(&path, &target).expect("fixtures can be copied");
        }
    }
    (Some(Rc::new(made)), histories)
}

/// Compares what the fixtures of `tool` become with what is expected.
///
/// With `UPDATE_FIXTURES=1` in the environment the expected files are written anew, to be reviewed.
#[allow(clippy::disallowed_methods, reason = "asked for by the person who runs the tests")]
pub(crate) fn compare(tool: &str) {
    let update = std::env::var("UPDATE_FIXTURES").is_ok_and(|value| value == "1");
    let parser = parser(tool);
    for case in cases(tool) {
        let mut found = Vec::new();
        let mut folders = Vec::new();
        for log in logs(parser, &case) {
            let (sessions, report) = try_parse(parser, &Source::bytes(&log.path, &log.bytes));
            // An error is no empty log.
            assert!(report.is_ok(), "{}: {report:?}", log.path.display());
            sessions.into_iter().for_each(|session| write(session, &mut found));
            folders.extend(log.path.parent().map(|folder| folder.display().to_string()));
        }
        let found = String::from_utf8(found).expect("HAIL is UTF-8");
        // Some logs lie in the folder that the session works in: it is another one on every machine.
        let found = folders.iter().fold(found, |found, folder| found.replace(folder, "/fixture"));
        let path = case.join(EXPECTED);
        if update {
            fs::write(&path, &found).expect("fixtures can be written");
        }
        let expected = fs::read_to_string(&path).expect("every fixture has its expected file");
        for (line, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
            assert_eq!(found, expected, "{} line {}", path.display(), line + 1);
        }
        assert_eq!(found.len(), expected.len(), "{}", path.display());
    }
}

fn write(session: Recorded, out: &mut Vec<u8>) {
    let events = session.events.into_iter().map(|sent| sent.event).collect();
    let header = session.header.expect("a session has an end");
    write_session(&Session { header, events }, out);
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .expect("fixtures can be read")
        .map(|entry| entry.expect("fixtures can be read").path())
        .collect()
}
