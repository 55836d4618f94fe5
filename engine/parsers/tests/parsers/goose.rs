//! Goose's sessions, and the rules that they show.

use crate::recording::{Memory, Recorded, of_type, only, parse, parse_file, parser, texts};
use opensession_hail::{Block, EventType, attribute};
use opensession_parsers::{Home, Origin, Os, ParseReport, detect};
use proptest::prelude::*;
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const TOOL: &str = "goose";
const SCHEMA: &str = "CREATE TABLE sessions (id TEXT PRIMARY KEY, name TEXT, working_dir TEXT, updated_at TEXT);
    CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, role TEXT, content_json TEXT,
        created_timestamp INTEGER, metadata_json TEXT);";

/// Makes a database with one session of these messages.
fn made(messages: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("sessions.db");
    let database = Connection::open(&path).expect("a database can be made");
    let session =
        "INSERT INTO sessions VALUES ('20250101_1', 'Talk', '/src', '2025-01-01 10:00:00')";
    database.execute_batch(&format!("{SCHEMA}{session}")).expect("the statements are right");
    let sql = "INSERT INTO messages (session_id, role, content_json, created_timestamp)
               VALUES ('20250101_1', ?1, ?2, 1735725600)";
    for (role, content) in messages {
        database.execute(sql, params![role, content]).expect("the statement is right");
    }
    (folder, path)
}

fn document(records: &[Value]) -> (Recorded, ParseReport) {
    let log: String = records.iter().map(|record| format!("{record}\n")).collect();
    only(parse(parser(TOOL), Path::new("20250715_102030.jsonl"), log.as_bytes()))
}

fn message(role: &str, content: &Value) -> Value {
    json!({"role": role, "created": 1_752_574_830, "content": content})
}

#[test]
fn a_session_in_both_stores_is_told_by_the_database_alone() {
    let (folder, path) = made(&[("user", r#"[{"type":"text","text":"hi"}]"#)]);
    let log = message("user", &json!([{"type": "text", "text": "hi"}])).to_string();
    let mut told = Vec::new();
    for name in ["20250101_1.jsonl", "20240101_1.jsonl"] {
        let file = folder.path().join(name);
        std::fs::write(&file, &log).unwrap();
        let (sessions, report) = parse_file(parser(TOOL), &file);
        assert_eq!(report.records(), 1);
        told.push(sessions.len());
    }
    assert_eq!(told, [0, 1]);
    assert_eq!(parse_file(parser(TOOL), &path).0.len(), 1);
}

#[test]
fn a_known_session_is_not_read_again() {
    let (_folder, path) = made(&[("user", r#"[{"type":"text","text":"hi"}]"#)]);
    let mut memory = Memory::default();
    assert_eq!(memory.read(parser(TOOL), &path).len(), 1);
    assert_eq!(memory.read(parser(TOOL), &path).len(), 0);
    let database = Connection::open(&path).unwrap();
    database.execute("INSERT INTO messages (session_id, role, content_json) VALUES ('20250101_1', 'user', '[]')", []).unwrap();
    assert_eq!(memory.read(parser(TOOL), &path).len(), 1);
}

#[test]
fn tokens_count_the_cache_once_and_sums_are_the_sessions() {
    let first = json!({"description": "d", "message_count": 1, "working_dir": "/src", "total_tokens": 9,
        "input_tokens": 8, "output_tokens": 1, "accumulated_input_tokens": 80, "accumulated_output_tokens": 10});
    let (session, _) =
        document(&[first, message("assistant", &json!([{"type": "text", "text": "a"}]))]);
    let stats = session.stats();
    assert_eq!((stats.total_input_tokens, stats.total_output_tokens), (80, 10));
    let last = session.events.last().unwrap();
    assert!(!last.settled && last.event.event_type == EventType::Custom { kind: "usage".into() });
    assert!(
        session.records.starts_with(b"{\"content\""),
        "the line with the counters is no record"
    );
}

#[test]
fn an_edit_stands_where_the_file_has_it_and_a_failed_one_changes_nothing() {
    let call = |id: &str, input: Value| {
        json!({"type": "toolRequest", "id": id,
            "toolCall": {"status": "success", "value": {"name": "developer__text_editor", "arguments": input}}})
    };
    let result =
        |id: &str, value: Value| json!({"type": "toolResponse", "id": id, "toolResult": value});
    let done = json!({"status": "success", "value": [{"type": "text", "text": "done"}]});
    let failed = json!({"status": "success", "value": {"isError": true, "content": [{"type": "text", "text": "no"}]}});
    let write = json!({"command": "write", "path": "/a", "file_text": "1\n2\n3\n"});
    let insert = json!({"command": "insert", "path": "/a", "insert_line": -1, "new_str": "4"});
    let edit = json!({"command": "str_replace", "path": "/a", "old_str": "4", "new_str": "5"});
    let (session, _) = document(&[
        message(
            "assistant",
            &json!([call("w", write), call("i", insert), call("e", edit.clone()), call("f", edit)]),
        ),
        message(
            "user",
            &json!([
                result("w", done.clone()),
                result("i", done.clone()),
                result("e", done),
                result("f", failed)
            ]),
        ),
    ]);
    let diffs: Vec<Option<&str>> = of_type(&session, "FileEdit")
        .iter()
        .map(|event| match &event.event_type {
            EventType::FileEdit { diff, .. } => diff.as_deref(),
            _ => None,
        })
        .collect();
    assert_eq!(
        diffs,
        [Some("@@ -1,3 +1,4 @@\n 1\n 2\n 3\n+4\n"), Some("@@ -1,4 +1,4 @@\n 1\n 2\n 3\n-4\n+5\n")]
    );
    assert_eq!(of_type(&session, "ToolCall").len(), 1);
    let stats = session.stats();
    assert_eq!((stats.files_changed, stats.lines_added, stats.lines_removed), (1, 5, 1));
}

#[test]
fn milliseconds_and_times_that_no_calendar_has_are_read() {
    let text = json!([{"type": "text", "text": "a"}]);
    let at = |created: Value| json!({"role": "assistant", "created": created, "content": text});
    let times = [
        json!(1_735_725_600),
        json!(1_735_725_600_000_i64),
        json!(-1),
        json!(i64::MAX),
        json!("x"),
    ];
    let (session, _) = document(&times.map(at));
    let found: Vec<i64> =
        session.events.iter().map(|sent| sent.event.timestamp.as_millis()).collect();
    assert_eq!(found, [1_735_725_600_000, 1_735_725_600_000, -1000, -1000, -1000]);
    assert_eq!(
        session.events[4].event.attributes.get(attribute::TIMESTAMP_INFERRED),
        Some(&json!(true))
    );
}

#[test]
fn every_variable_and_system_has_its_folders() {
    let roots = |os, variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let variables: BTreeMap<String, String> = variables.collect();
        let roots = parser(TOOL).roots(&Home::new(PathBuf::from("/home/a"), variables, os));
        roots.into_iter().map(|root| (root.path, root.origin)).collect::<Vec<_>>()
    };
    let of = |path: &str| (PathBuf::from(path), Origin::Default);
    let old = of("/home/a/.goose/sessions");
    assert_eq!(roots(Os::Linux, &[]), [of("/home/a/.local/share/goose/sessions"), old.clone()]);
    assert_eq!(roots(Os::Linux, &[("XDG_DATA_HOME", "/d")])[0], of("/d/goose/sessions"));
    let moved = roots(Os::MacOs, &[("GOOSE_PATH_ROOT", "/g")]);
    assert_eq!(
        moved[0],
        (PathBuf::from("/g/data/sessions"), Origin::Environment("GOOSE_PATH_ROOT"))
    );
    let windows = roots(Os::Windows, &[("APPDATA", "/app")]);
    assert_eq!(
        windows,
        [of("/app/Block/goose/data/sessions"), of("/app/Block/goose/sessions"), old]
    );
}

#[test]
fn other_databases_and_lines_are_none_of_gooses() {
    let (_folder, path) = made(&[]);
    let head = std::fs::read(&path).unwrap();
    let tool = |path: &str, head: &[u8]| {
        detect(Path::new(path), head).map(|parser| parser.tool().as_str())
    };
    assert_eq!(tool("/backup/copy.sqlite", &head), Some(TOOL));
    let empty = b"SQLite format 3\0";
    assert_eq!(tool("/home/a/.local/share/goose/sessions/sessions.db", empty), Some(TOOL));
    assert_eq!(tool("/home/a/.cline/data/db/sessions.db", empty), None);
    let crush =
        b"SQLite format 3\0 CREATE TABLE goose_db_version (id) CREATE TABLE messages (parts)";
    assert_ne!(tool("/src/.crush/crush.db", crush), Some(TOOL));
    assert_eq!(
        tool("a.jsonl", br#"{"role":"user","created":1,"content":[{"type":"text","text":"a"}]}"#),
        Some(TOOL)
    );
    assert_ne!(
        tool("a.jsonl", br#"{"type":"user","message":{"role":"user","content":[]}}"#),
        Some(TOOL)
    );
}

#[test]
fn any_json_anywhere_is_taken() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let odd = [
        "null",
        "7",
        "\"x\"",
        "{}",
        "[]",
        "[7,null,\"s\",{\"type\":7}]",
        "{\"type\":\"toolRequest\"}",
        "[{\"type\":\"toolResponse\",\"toolResult\":7},{\"type\":\"toolResponse\",\"id\":{},\"toolResult\":{\"value\":\"s\"}}]",
        "[{\"type\":\"toolRequest\",\"id\":\"\",\"toolCall\":{\"value\":{\"name\":\"shell\",\"arguments\":\"ls\"}}}]",
        "[{\"type\":\"text\",\"text\":\"\\ud83d\"}]",
        &deep,
    ];
    let rows: Vec<(&str, &str)> =
        odd.iter().flat_map(|content| [("user", *content), ("assistant", *content)]).collect();
    let (_folder, path) = made(&rows);
    let (sessions, report) = parse_file(parser(TOOL), &path);
    assert_eq!(report.records(), rows.len() as u64 + 1);
    assert_eq!(sessions.len(), 1);
    let texts = of_type(&sessions[0], "AgentMessage");
    assert!(texts.iter().any(|event| event.content.blocks == [Block::text("\\ud83d")]));
}

#[test]
fn an_item_that_has_a_key_twice_costs_no_other_one() {
    let content = r#"[{"type":"text","text":"a","text":"b"},{"type":"text","text":"c"}]"#;
    let deep = (0..500).fold("[]".to_owned(), |inside, _| format!(r#"[{{"content":{inside}}}]"#));
    let (_folder, path) = made(&[("assistant", content), ("assistant", &deep)]);
    let (from_rows, _) = only(parse_file(parser(TOOL), &path));
    assert_eq!(texts(&from_rows, "AgentMessage"), ["b", "c"]);
    assert_eq!(texts(&from_rows, "Custom"), [deep.as_str()]);
    let line = |content: &str| {
        format!("{{\"role\":\"assistant\",\"created\":1752574830,\"content\":{content}}}\n")
    };
    let log = line(content) + &line(&deep);
    let (from_lines, _) = only(parse(parser(TOOL), Path::new("a.jsonl"), log.as_bytes()));
    assert_eq!(texts(&from_lines, "AgentMessage"), ["b", "c"]);
    assert_eq!(texts(&from_lines, "Custom"), [line(&deep).trim_end()]);
}

#[test]
fn what_a_result_is_made_of_is_kept_wherever_it_stands() {
    let item = json!({"type": "new", "n": 1});
    let results = [
        json!({"toolResult": [item]}),
        json!({"toolResult": {"value": [item]}}),
        json!({"toolResult": {"value": {"content": [item]}}}),
        json!({"content": [item]}),
    ];
    let items = results.into_iter().map(|mut result| {
        result["type"] = "toolResponse".into();
        result
    });
    let (session, _) = document(&[
        message("assistant", &json!([{"type": "text", "text": "a"}])),
        message("user", &items.collect()),
    ]);
    let results = of_type(&session, "ToolResult");
    assert_eq!(results.len(), 4);
    for result in results {
        assert_eq!(result.content.blocks, [Block::json(item.clone())]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn damage_stops_nothing(at in 0_usize..900, with in any::<u8>()) {
        let fixture = include_bytes!("../../fixtures/goose/first-lines/sample_session.jsonl");
        let mut log = fixture.to_vec();
        let at = at % log.len();
        log[at] = with;
        let (sessions, _) = parse(parser(TOOL), Path::new("a.jsonl"), &log);
        prop_assert!(sessions.len() <= 1);
    }
}
