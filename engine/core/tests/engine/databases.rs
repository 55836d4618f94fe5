//! Capture from a database that the tool holds open: Goose's, with its write-ahead log.

use crate::log::{Machine, noon};
use opensession_engine::{Capture, Outcome};
use rusqlite::Connection;
use std::fs;
use std::path::PathBuf;

const FOLDER: &str = ".local/share/goose/sessions";

/// A machine where Goose runs.
struct Running {
    machine: Machine,
    database: Connection,
}

impl Running {
    fn new() -> Self {
        let machine = Machine::new();
        let path = machine.home.write(&format!("{FOLDER}/sessions.db"), "");
        let database = Connection::open(path).unwrap();
        database
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
                 CREATE TABLE sessions (id TEXT PRIMARY KEY, description TEXT, working_dir TEXT NOT NULL,
                     created_at TIMESTAMP, updated_at TIMESTAMP, accumulated_total_tokens INTEGER);
                 CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT NOT NULL, role TEXT NOT NULL,
                     content_json TEXT NOT NULL, created_timestamp INTEGER NOT NULL, timestamp TIMESTAMP);",
            )
            .unwrap();
        Self { machine, database }
    }

    fn session(&self, id: &str) {
        let sql = "INSERT INTO sessions (id, description, working_dir, created_at, updated_at)
                   VALUES (?1, '', '/src/demo', '2026-08-03 09:00:00', '2026-08-03 09:00:00')";
        self.database.execute(sql, [id]).unwrap();
    }

    /// Adds a message, a minute behind the one before.
    fn message(&self, session: &str, role: &str, text: &str) {
        let sql = "INSERT INTO messages (session_id, role, content_json, created_timestamp, timestamp)
                   SELECT ?1, ?2, ?3, 1785747600 + 60 * count(*), '2026-08-03 09:00:00' FROM messages";
        let content = format!(r#"[{{"type":"text","text":"{text}"}}]"#);
        self.database.execute(sql, [session, role, &content]).unwrap();
        self.touch(session);
    }

    /// Sets when the session changed, as Goose does.
    fn touch(&self, session: &str) {
        let sql =
            "UPDATE sessions SET updated_at = datetime(updated_at, '+1 minute') WHERE id = ?1";
        self.database.execute(sql, [session]).unwrap();
    }

    /// Captures, and returns how many sessions were new, grown and told otherwise; the tool's files stay as they are.
    fn capture(&self) -> [usize; 3] {
        let before = self.files();
        let report = self.machine.capture();
        assert_eq!(self.files(), before, "the tool's own files were written");
        let scratch = self.machine.engine.data_dir().join("scratch");
        let left = fs::read_dir(scratch).map_or(0, Iterator::count);
        assert_eq!(left, 0, "a private copy was left behind");
        self.machine.tree();
        [
            report.count(|outcome| matches!(outcome, Outcome::New { .. })),
            report.count(|outcome| matches!(outcome, Outcome::Grown { .. })),
            report.count(|outcome| matches!(outcome, Outcome::Merged)),
        ]
    }

    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let folder = fs::read_dir(self.machine.home.path().join(FOLDER)).unwrap();
        let mut files: Vec<_> = folder
            .map(|entry| entry.unwrap().path())
            // Readers leave their marks in the index of the write-ahead log.
            .filter(|path| !path.to_string_lossy().ends_with("-shm"))
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    }
}

#[test]
fn sessions_of_a_database_are_new_grown_and_left_alone_each_for_itself() {
    let goose = Running::new();
    for id in ["20260803_1", "20260803_2"] {
        goose.session(id);
        goose.message(id, "user", &format!("prompt of {id}"));
        goose.message(id, "assistant", "answer");
    }
    assert_eq!(goose.capture(), [2, 0, 0]);
    assert_eq!(goose.capture(), [0, 0, 0]);
    let other = goose.machine.git(&["rev-parse", "opensession/sessions"]);

    goose.message("20260803_2", "user", "and now?");
    assert_eq!(goose.capture(), [0, 1, 0]);
    assert_eq!(goose.machine.prompts("20260803_2"), ["prompt of 20260803_2", "answer", "and now?"]);
    let changed = goose.machine.git(&["diff", "--name-only", &other, "opensession/sessions"]);
    assert!(!changed.contains("20260803_1"), "{changed}");
    assert_eq!(goose.capture(), [0, 0, 0]);
}

#[test]
fn a_message_edited_in_place_is_the_same_session_written_anew() {
    let goose = Running::new();
    goose.session("20260803_1");
    goose.message("20260803_1", "user", "one");
    goose.message("20260803_1", "assistant", "two");
    goose.message("20260803_1", "user", "three");
    goose.capture();
    let edit = "UPDATE messages SET content_json = replace(content_json, 'two', 'TWO')";
    goose.database.execute(edit, []).unwrap();
    goose.touch("20260803_1");
    assert_eq!(goose.capture(), [0, 0, 1]);
    assert_eq!(goose.machine.prompts("20260803_1"), ["one", "TWO", "three"]);
    assert_eq!(goose.machine.keys().len(), 1);
}

#[test]
fn a_checkpoint_changes_nothing_but_the_files() {
    let goose = Running::new();
    goose.session("20260803_1");
    goose.message("20260803_1", "user", "one");
    goose.capture();
    goose.database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); VACUUM;").unwrap();
    assert_eq!(goose.capture(), [0, 0, 0]);
    assert_eq!(goose.machine.prompts("20260803_1"), ["one"]);
}

#[test]
fn a_session_in_a_file_and_in_the_database_is_stored_once() {
    let goose = Running::new();
    let text = r#"{"working_dir":"/src/demo","description":"old","message_count":1}
{"role":"user","created":1785747600,"content":[{"type":"text","text":"one"}]}
"#;
    let legacy = goose.machine.home.write(&format!("{FOLDER}/20250714_080000.jsonl"), text);
    goose.session("20250714_080000");
    goose.message("20250714_080000", "user", "one");
    goose.message("20250714_080000", "assistant", "two");
    assert_eq!(goose.capture(), [1, 0, 0]);
    assert_eq!(goose.machine.keys().len(), 1);
    assert_eq!(goose.machine.prompts("20250714_080000"), ["one", "two"]);
    // The file is left to the database, also when it is named alone.
    let report = goose.machine.engine.capture(Capture::Logs(&[legacy]), noon(), &()).unwrap();
    assert_eq!(report.commit, None);
}
