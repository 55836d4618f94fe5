//! Stores that are damaged, or made to do harm.

use super::store::{Store, TOOL};
use crate::conformance;
use crate::recording::{Recording, parse, parse_file, parser, texts};
use opensession_parsers::Source;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn rows_with_any_type_in_any_field_stop_nothing() {
    let odd =
        [json!(null), json!(true), json!(-1.5e300), json!("s"), json!([1, [2]]), json!({"a": {}})];
    let shapes = [
        json!({"type": "text", "text": 0, "time": 0, "synthetic": 0}),
        json!({"type": "tool", "tool": 0, "callID": 0, "state": 0}),
        json!({"type": "tool", "tool": "apply_patch", "callID": "c", "state": {"status": "completed",
            "input": {"patchText": 0}, "output": 0, "metadata": {"files": 0, "exit": 0}, "time": 0, "attachments": 0}}),
        json!({"type": "tool", "tool": "edit", "state": {"status": "completed", "input": 0,
            "metadata": {"diff": 0, "filediff": 0, "files": [0]}, "attachments": [{"mime": 0, "url": 0}]}}),
        json!({"type": "tool", "tool": "task", "state": {"status": 0, "metadata": 0, "input": {"prompt": 0}}}),
        json!({"type": "file", "mime": 0, "url": 0, "source": 0, "filename": 0}),
        json!({"type": "step-finish", "tokens": 0}),
        json!({"type": "step-finish", "tokens": {"input": 0, "output": 0, "cache": 0}}),
        json!({"type": "retry", "error": 0}),
        json!({"type": 0}),
        json!(0),
    ];
    let put = |shape: &Value, odd: &Value| {
        let text = shape.to_string().replace(":0", &format!(":{odd}"));
        serde_json::from_str::<Value>(text.replace("[0]", &format!("[{odd}]")).as_str()).unwrap()
    };
    for odd in &odd {
        let mut store = Store::with_session();
        store.prompt("m1", "go");
        let info = json!({"role": 0, "time": 0, "tokens": 0, "cost": 0, "error": 0, "path": 0, "model": 0, "summary": 0,
            "parts": 0, "metadata": 0});
        store.message("m2", &put(&info, odd));
        let parts: Vec<Value> = shapes.iter().map(|shape| put(shape, odd)).collect();
        store.answer("m3", &parts);
        store.prompt("m4", "on");
        let (sessions, report) = store.read();
        assert_eq!(sessions.len(), 1);
        assert_eq!(report.records(), 6 + parts.len() as u64, "{odd}");
    }
}

#[test]
fn broken_rows_are_kept_as_text() {
    let mut store = Store::with_session();
    store.prompt("m1", "go");
    let deep =
        format!("{{\"type\":\"text\",\"x\":{}1{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    for (id, data) in [("p2", "{\"type\":\"te"), ("p3", ""), ("p4", &deep)] {
        let sql = "INSERT INTO part VALUES (?1, 'm1', 's', 9, 9, ?2)";
        store.database.execute(sql, (id, data)).unwrap();
    }
    store.run("INSERT INTO part VALUES ('p5', 'm1', 's', 9, 9, NULL)");
    store.run("INSERT INTO part VALUES ('p6', 'm1', 's', 9, 9, x'7b2274797065223a2274657874222c2274657874223a22ff227d')");
    store.run("INSERT INTO part VALUES ('p7', 'gone', 's', 9, 9, '{}')");
    store.run("INSERT INTO message VALUES ('m0', 's', -5, 9, 'no json')");
    let (sessions, report) = store.read();
    assert_eq!(texts(&sessions[0], "UserMessage"), ["go", "\\xff"]);
    assert_eq!(report.records(), 9);
    assert_eq!(report.unknown.get("user/unparsed"), Some(&4));
    assert_eq!(report.unknown.get("unparsed"), Some(&1));
    assert_eq!(report.dropped.get("part of no message"), Some(&1));
}

/// A session in files, and the folder of its messages.
fn files(folder: &Path) -> (PathBuf, PathBuf) {
    let session = folder.join("storage/session/p/s.json");
    let messages = folder.join("storage/message/s");
    for folder in [session.parent().expect("it has one"), &messages] {
        fs::create_dir_all(folder).expect("a folder can be made");
    }
    fs::write(&session, r#"{"id":"s","time":{"created":1}}"#).expect("it can be written");
    let message = r#"{"id":"a","role":"user","time":{"created":1},"parts":["odd",{"type":"text","text":"hi"}]}"#;
    fs::write(messages.join("a.json"), message).expect("it can be written");
    (session, messages)
}

#[test]
fn a_file_that_is_too_large_and_a_part_that_is_no_object_are_kept_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let (session, messages) = files(folder.path());
    let large = fs::File::create(messages.join("b.json")).unwrap();
    large.set_len(64 * 1024 * 1024 + 1).unwrap();
    let (sessions, report) = parse_file(parser(TOOL), &session);
    assert_eq!(report.unknown.get("unparsed"), Some(&1));
    assert_eq!(report.fields.get("user/unparsed"), Some(&1));
    assert_eq!(sessions[0].events.len(), 3);
}

#[cfg(unix)]
#[test]
fn a_session_is_not_told_without_a_message_that_cannot_be_read_now() {
    let folder = tempfile::tempdir().unwrap();
    let (session, messages) = files(folder.path());
    assert_eq!(parse_file(parser(TOOL), &session).0.len(), 1);
    let circle = messages.join("b.json");
    std::os::unix::fs::symlink(&circle, &circle).unwrap();
    let error = parser(TOOL).parse(&Source::file(&session), &mut Recording::default()).unwrap_err();
    assert!(error.to_string().contains("b.json"), "{error}");
}

#[test]
fn ids_that_lead_elsewhere_and_odd_times_do_no_harm() {
    let store = Store::new();
    store.run(
        "INSERT INTO session VALUES ('../../etc', NULL, '', '', '', 'x', -9000000000000000, 1);
         INSERT INTO message VALUES ('m', '../../etc', 9000000000000000, 1, '{\"role\":\"user\",\"time\":{\"created\":9e18}}');
         INSERT INTO part VALUES ('p', 'm', '../../etc', 1, 1, '{\"type\":\"text\",\"text\":\"hi\"}');",
    );
    let session = store.session();
    assert!(session.id.as_str().starts_with("x-"));
    assert_eq!(session.events.len(), 1);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("storage/session/p/a.json");
    fs::create_dir_all(dir.path().join("storage/message/a")).unwrap();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(dir.path().join("storage/message/a/m.json"), r#"{"id":"../../x","role":"user"}"#)
        .unwrap();
    let (sessions, _) = parse(parser(TOOL), &path, br#"{"id":"../a","time":{}}"#);
    assert_eq!(sessions.len(), 0, "nothing was said in it");
}

#[test]
fn a_database_that_lacks_tables_or_columns_is_read_as_far_as_it_goes() {
    for tables in [
        "CREATE TABLE message (id TEXT)",
        "CREATE TABLE message (id TEXT, session_id TEXT, time_created INTEGER, data TEXT);
         INSERT INTO message VALUES ('m', 's', 1, '{\"role\":\"user\"}')",
        "CREATE TABLE session (id TEXT); INSERT INTO session VALUES ('s'), (NULL)",
        "CREATE TABLE session_message (id TEXT, session_id TEXT, type TEXT, data TEXT)",
        "CREATE VIEW session AS SELECT 1 AS id",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("opencode.db");
        Connection::open(&path).unwrap().execute_batch(tables).unwrap();
        let mut recording = Recording::default();
        let report = parser(TOOL).parse(&Source::file(&path), &mut recording);
        assert!(report.is_ok() && recording.sessions.is_empty(), "{tables}");
    }
}

#[test]
fn damage_stops_nothing() {
    conformance::check_damage(TOOL, 3);
}
