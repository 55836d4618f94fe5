//! Databases that are made for a test, and the fixtures.

use crate::fixtures;
use crate::recording::{Recorded, parse, parse_file, parser};
use opensession_parsers::ParseReport;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::PathBuf;
use tempfile::TempDir;

pub(super) const TOOL: &str = "opencode";

const TABLES: &str = "CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT, directory TEXT, title TEXT, version TEXT, \
     revert TEXT, time_created INTEGER, time_updated INTEGER);
     CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, time_updated INTEGER, data TEXT);
     CREATE TABLE part (id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, time_created INTEGER, time_updated INTEGER, \
     data TEXT);
     CREATE INDEX part_message_idx ON part (message_id);";

/// A database in a folder of its own.
pub(super) struct Store {
    _folder: TempDir,
    pub(super) path: PathBuf,
    pub(super) database: Connection,
    rows: i64,
}

impl Store {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("opencode.db");
        let database = Connection::open(&path).expect("a database can be made");
        database.execute_batch(TABLES).expect("the statements are right");
        Self { _folder: folder, path, database, rows: 0 }
    }

    /// A database with one session.
    pub(super) fn with_session() -> Self {
        let store = Self::new();
        store.run("INSERT INTO session VALUES ('s', NULL, '/src', 'A title', '1.2.0', NULL, 1, 1)");
        store
    }

    pub(super) fn run(&self, sql: &str) {
        self.database.execute_batch(sql).expect("the statement is right");
    }

    pub(super) fn message(&mut self, id: &str, data: &Value) {
        self.rows += 1;
        let row = (id, self.rows, self.rows, data.to_string());
        let sql = "INSERT INTO message VALUES (?1, 's', ?2, ?3, ?4)";
        self.database.execute(sql, row).expect("the row fits");
    }

    pub(super) fn part(&mut self, message: &str, id: &str, data: &Value) {
        self.rows += 1;
        let row = (id, message, self.rows, self.rows, data.to_string());
        let sql = "INSERT INTO part VALUES (?1, ?2, 's', ?3, ?4, ?5)";
        self.database.execute(sql, row).expect("the row fits");
    }

    pub(super) fn prompt(&mut self, id: &str, text: &str) {
        self.message(id, &json!({"role": "user", "time": {"created": self.rows}}));
        self.part(id, &format!("{id}-1"), &json!({"type": "text", "text": text}));
    }

    /// An answer that is complete, with these parts.
    pub(super) fn answer(&mut self, id: &str, parts: &[Value]) {
        let time = json!({"created": self.rows, "completed": self.rows + 1});
        self.message(
            id,
            &json!({"role": "assistant", "modelID": "m", "providerID": "p", "time": time}),
        );
        for (index, part) in parts.iter().enumerate() {
            self.part(id, &format!("{id}-{index}"), part);
        }
    }

    pub(super) fn read(&self) -> (Vec<Recorded>, ParseReport) {
        parse_file(parser(TOOL), &self.path)
    }

    pub(super) fn session(&self) -> Recorded {
        let mut sessions = self.read().0;
        assert_eq!(sessions.len(), 1);
        sessions.remove(0)
    }
}

pub(super) fn call(id: &str, tool: &str, status: &str, rest: &Value) -> Value {
    let mut state = json!({"status": status, "input": {}});
    for (name, value) in rest.as_object().into_iter().flatten() {
        state[name] = value.clone();
    }
    json!({"type": "tool", "callID": id, "tool": tool, "state": state})
}

pub(super) fn fixture(name: &str) -> Vec<Recorded> {
    fixture_logs(name).iter().flat_map(|log| parse(parser(TOOL), &log.path, &log.bytes).0).collect()
}

pub(super) fn fixture_logs(name: &str) -> Vec<fixtures::Log> {
    let cases = fixtures::cases(TOOL);
    let case = cases.iter().find(|case| case.ends_with(name)).expect("the fixture is there");
    fixtures::logs(parser(TOOL), case)
}
