//! The fixtures of a tool: folders with a log, what belongs beside it, and `expected.hail.jsonl`, what it becomes.

use crate::recording::{Recorded, parse, parser};
use opensession_hail::{Session, write_session};
use opensession_parsers::{HEAD_BYTES, Parser};
use std::fs;
use std::path::{Path, PathBuf};

const EXPECTED: &str = "expected.hail.jsonl";

/// A log of a fixture.
pub(crate) struct Log {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// What is in it.
    pub(crate) bytes: Vec<u8>,
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

/// Returns the logs of a fixture: the files that the parser accepts.
pub(crate) fn logs(parser: &dyn Parser, case: &Path) -> Vec<Log> {
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
                logs.push(Log { path, bytes });
            }
        }
    }
    logs.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!logs.is_empty(), "no log in {}", case.display());
    logs
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
        for log in logs(parser, &case) {
            for session in parse(parser, &log.path, &log.bytes).0 {
                write(session, &mut found);
            }
        }
        let found = String::from_utf8(found).expect("HAIL is UTF-8");
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
