//! Cursor's fixtures, and the rules that they show.

mod store;
mod transcripts;

use crate::recording::{Memory, Recorded, Recording, of_type, parse_file, parser, settled};
use crate::{conformance, fixtures};
use opensession_hail::attribute;
use opensession_parsers::{Home, Os, PARSERS, ParseReport, Source};
use proptest::prelude::*;
use proptest::sample::Index;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const TOOL: &str = "cursor";

const TABLE: &str = "CREATE TABLE cursorDiskKV (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB);";

/// A database with these rows, in a folder of its own.
fn database(rows: &[(&str, Value)]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("state.vscdb");
    let database = Connection::open(&path).expect("a database can be made");
    database.execute_batch(TABLE).expect("the statement is right");
    for (key, value) in rows {
        let row = (key, value.to_string());
        database.execute("INSERT INTO cursorDiskKV VALUES (?1, ?2)", row).expect("it can be added");
    }
    (folder, path)
}

fn read(rows: &[(&str, Value)]) -> (Vec<Recorded>, ParseReport) {
    let (_folder, path) = database(rows);
    parse_file(parser(TOOL), &path)
}

fn composer(status: &str, ids: &[(&str, u64)]) -> (&'static str, Value) {
    let headers: Vec<Value> =
        ids.iter().map(|(id, kind)| json!({"bubbleId": id, "type": kind})).collect();
    let value = json!({"composerId": "c", "createdAt": 1_786_269_600_000_i64, "status": status,
        "fullConversationHeadersOnly": headers});
    ("composerData:c", value)
}

fn bubble(kind: u64, text: &str) -> Value {
    json!({"type": kind, "text": text, "createdAt": "2026-08-09T10:00:01.000Z"})
}

fn call(status: &str) -> Value {
    json!({"type": 2, "toolFormerData": {"name": "read_file", "toolCallId": "t1", "status": status,
        "rawArgs": "{\"path\":\"a\"}"}})
}

fn fixture(name: &str) -> Vec<(Vec<Recorded>, ParseReport)> {
    let logs = fixtures::named(TOOL, name);
    logs.iter().map(|log| crate::recording::parse(parser(TOOL), &log.path, &log.bytes)).collect()
}

#[test]
fn every_row_of_a_conversation_is_counted_once() {
    let (_, report) = &fixture("workspace-of-its-own")[0];
    assert_eq!(report.understood.get("composer"), Some(&2));
    assert_eq!(report.unknown, BTreeMap::from([("bubble".into(), 1), ("unparsed".into(), 1)]));
    let dropped = [("conversation without messages", 1), ("empty bubble", 1)];
    assert_eq!(report.dropped, dropped.map(|(name, count)| (name.to_owned(), count)).into());
    // 19 and 2 bubbles, 2 without a conversation, 4 conversations.
    assert_eq!(report.records(), 19 + 2 + 2 + 4);
    let (_, report) = &fixture("names-that-differ")[0];
    let dropped = [("bubble taken back", 1), ("bubble without a value", 1)];
    assert_eq!(report.dropped, dropped.map(|(name, count)| (name.to_owned(), count)).into());
    assert_eq!((report.records(), report.unknown.len()), (9, 0));
}

#[test]
fn what_answers_the_last_prompt_may_change_while_the_model_is_at_work() {
    let rows = |status: &str| {
        let order = [("a", 1), ("b", 2), ("d", 1), ("e", 2)];
        read(&[
            composer(status, &order),
            ("bubbleId:c:a", bubble(1, "one")),
            ("bubbleId:c:b", bubble(2, "two")),
            ("bubbleId:c:d", bubble(1, "three")),
            ("bubbleId:c:e", bubble(2, "fou")),
        ])
    };
    assert_eq!(settled(&rows("generating").0[0]), [true, true, true, false]);
    assert_eq!(settled(&rows("completed").0[0]), [true, true, true, true]);
}

#[test]
fn a_call_under_way_waits_for_its_result_as_long_as_the_turn_may_go_on() {
    let rows = |status: &str, how: &str| {
        let (sessions, _) = read(&[
            composer(status, &[("a", 1), ("b", 2)]),
            ("bubbleId:c:a", bubble(1, "one")),
            ("bubbleId:c:b", call(how)),
        ]);
        settled(&sessions[0])
    };
    assert_eq!(rows("none", "loading"), [true, false]);
    assert_eq!(rows("aborted", "loading"), [true, true]);
    assert_eq!(rows("none", "completed"), [true, true, true]);
}

#[test]
fn a_sub_agents_conversation_is_a_session_that_its_parent_names() {
    let (sessions, _) = &fixture("workspace-of-its-own")[0];
    let named = of_type(&sessions[0], "TaskStart")[0].attributes.str(attribute::TASK_SESSION_ID);
    assert_eq!(named, Some(sessions[1].id.as_str()));
    let header = sessions[1].header.as_ref().unwrap();
    assert!(header.is_auxiliary());
    let parent = header.context.attributes.str(attribute::PARENT_SESSION_ID);
    assert_eq!(parent, Some(sessions[0].id.as_str()));
    assert_eq!(sessions[1].stats().user_message_count, 0);
}

#[test]
fn failed_and_skipped_edits_change_no_file() {
    let (sessions, _) = &fixture("workspace-of-its-own")[0];
    let stats = sessions[0].stats();
    assert_eq!((stats.files_changed, stats.tool_call_count), (4, 10));
    assert_eq!((stats.lines_added, stats.lines_removed), (4, 2));
    assert_eq!(sessions[0].attachments.len(), 2);
}

#[test]
fn a_conversation_in_both_databases_is_told_by_the_users() {
    let ids: Vec<String> = fixture("before-bubbles")
        .iter()
        .flat_map(|(sessions, _)| sessions.iter().map(|session| session.id.to_string()))
        .collect();
    let heads: Vec<&str> = ids.iter().filter_map(|id| id.get(..8)).collect();
    assert_eq!(heads, ["33333333", "44444444", "55555555", "66666666"]);
    let (_, report) = &fixture("before-bubbles")[1];
    assert_eq!(report.dropped.get("conversation that moved to the user's database"), Some(&1));
}

#[test]
fn the_folder_is_that_of_the_workspace_that_names_the_conversation() {
    let logs = fixture("before-bubbles");
    let places: Vec<Option<&str>> =
        logs.iter().flat_map(|(sessions, _)| sessions).map(|it| it.place.as_deref()).collect();
    assert_eq!(places, [Some("/src/old one"); 4]);
}

#[test]
fn only_conversations_that_changed_are_read_again() {
    let (_folder, path) = database(&[
        composer("completed", &[("a", 1)]),
        ("bubbleId:c:a", bubble(1, "one")),
        ("bubbleId:other:a", bubble(1, "two")),
    ]);
    let mut memory = Memory::default();
    let mut told = || memory.read(parser(TOOL), &path);
    assert_eq!(told(), ["c", "other"]);
    assert_eq!(told(), [""; 0]);
    let database = Connection::open(&path).unwrap();
    // The same length, and the same number of rows.
    let row = ("bubbleId:other:a", bubble(1, "six").to_string());
    database.execute("INSERT INTO cursorDiskKV VALUES (?1, ?2)", row).unwrap();
    assert_eq!(told(), ["other"]);
}

#[test]
fn any_type_in_any_place_costs_no_more_than_its_row() {
    let odd = [json!(null), json!(7), json!("x"), json!([[]]), json!({"a": []}), json!(-1e300)];
    let keys = [
        "type",
        "text",
        "thinking",
        "toolFormerData",
        "createdAt",
        "images",
        "context",
        "modelInfo",
        "tokenCount",
        "errorDetails",
        "richText",
        "timingInfo",
        "usageUuid",
    ];
    let inner = ["name", "tool", "toolCallId", "status", "rawArgs", "params", "result", "error"];
    let mut rows = Vec::new();
    let mut add = |kind: &str, key: &str, odd: &Value, value: Value| {
        rows.push((format!("bubbleId:{kind}-{key}-{odd}:b").replace("\"", ""), value));
    };
    for odd in &odd {
        for key in keys {
            let mut one = bubble(2, "said");
            one[key] = odd.clone();
            add("bubble", key, odd, one);
        }
        for key in inner {
            let mut one = call("completed");
            one["toolFormerData"][key] = odd.clone();
            add("call", key, odd, one);
        }
    }
    let names: Vec<(&str, Value)> =
        rows.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    assert_eq!(read(&names).1.records(), rows.len() as u64);
    for odd in &odd {
        for key in [
            "fullConversationHeadersOnly",
            "conversation",
            "status",
            "capabilities",
            "workspaceIdentifier",
            "subagentInfo",
            "name",
            "createdAt",
            "conversationMap",
        ] {
            let (name, mut value) = composer("completed", &[("a", 1)]);
            value[key] = odd.clone();
            let (sessions, _) = read(&[(name, value), ("bubbleId:c:a", bubble(1, "hi"))]);
            assert_eq!(sessions.len(), 1, "{key} {odd}");
        }
    }
}

#[test]
fn deep_values_foreign_bytes_and_names_of_paths_are_kept() {
    let (_folder, path) = database(&[("bubbleId:../../etc:a", bubble(1, "hi"))]);
    let database = Connection::open(&path).unwrap();
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let deep = format!("{{\"type\":2,\"text\":{deep}}}");
    let foreign = b"{\"type\":2,\"text\":\"half \\ud83d \xff\"}".to_vec();
    let insert = "INSERT INTO cursorDiskKV VALUES (?1, ?2)";
    database.execute(insert, ("bubbleId:../../etc:b", deep)).unwrap();
    database.execute(insert, ("bubbleId:../../etc:c", foreign)).unwrap();
    let foreign =
        "INSERT INTO cursorDiskKV VALUES (CAST(x'627562626c6549643aff3a61' AS TEXT), '{}')";
    database.execute(foreign, ()).unwrap();
    let (sessions, report) = parse_file(parser(TOOL), &path);
    assert!(sessions[0].id.as_str().starts_with("x-"));
    assert_eq!(report.unknown.get("unparsed"), Some(&1));
    let said = of_type(&sessions[0], "AgentMessage")[0].content.blocks[0].as_text();
    assert_eq!(said, Some(r"half \ud83d \xff"));
}

#[test]
fn a_database_is_told_by_its_tables_and_its_place() {
    let folder = tempfile::tempdir().unwrap();
    for (name, schema, is_ours) in [
        ("Code/User/globalStorage/state.vscdb", "CREATE TABLE ItemTable (key, value);", false),
        ("Cursor/User/globalStorage/state.vscdb", "CREATE TABLE ItemTable (key, value);", true),
        ("x/crush.db", "CREATE TABLE goose_db_version (id); CREATE TABLE messages (id);", false),
        ("x/opencode.db", "CREATE TABLE message (id, data); CREATE TABLE part (id);", false),
        ("x/copy.db", TABLE, true),
        (".cursor/chats/h/i/store.db", "PRAGMA user_version = 1;", true),
        ("x/store.db", "CREATE TABLE blobs (id, data); CREATE TABLE meta (key, value);", true),
        ("x/store.db2", "CREATE TABLE blobs (id, data);", false),
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        Connection::open(&path).unwrap().execute_batch(schema).unwrap();
        let head = fs::read(&path).unwrap();
        assert_eq!(parser(TOOL).accepts(&path, &head), is_ours, "{name}");
    }
    let foreign = folder.path().join("x/crush.db");
    let found = parser(TOOL).parse(&Source::file(&foreign), &mut Recording::default());
    assert!(found.is_err());
}

#[test]
fn roots_cover_every_system_and_every_variable() {
    let roots = |variables: &[(&str, &str)], os| -> Vec<String> {
        let variables: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let home = Home::new("/h".into(), variables, os);
        let parser = PARSERS.iter().find(|parser| parser.tool().as_str() == TOOL).unwrap();
        parser.roots(&home).iter().map(|root| root.path.display().to_string()).collect()
    };
    let has = |roots: &[String], path: &str| assert!(roots.iter().any(|it| it == path), "{path}");
    let linux = roots(&[], Os::Linux);
    has(&linux, "/h/.config/Cursor/User/globalStorage");
    has(&linux, "/h/.config/Cursor/User/workspaceStorage");
    has(&linux, "/h/.cursor-server/data/User/globalStorage");
    assert!(!linux.iter().any(|root| root.contains("/Code/")));
    let mac = roots(&[], Os::MacOs);
    has(&mac, "/h/Library/Application Support/Cursor/User/globalStorage");
    has(&roots(&[("APPDATA", "/a")], Os::Windows), "/a/Cursor/User/globalStorage");
    has(&roots(&[("XDG_CONFIG_HOME", "/x")], Os::Linux), "/x/Cursor/User/globalStorage");
    has(&linux, "/h/.cursor/projects");
    has(&linux, "/h/.cursor/chats");
    has(&linux, "/h/.cursor/acp-sessions");
    has(&roots(&[("CURSOR_CONFIG_DIR", "~/c")], Os::MacOs), "/h/c/projects");
    has(&roots(&[("XDG_CONFIG_HOME", "/x")], Os::Linux), "/x/cursor/projects");
    has(&roots(&[("VSCODE_PORTABLE", "/p")], Os::Linux), "/p/user-data/User/globalStorage");
}

#[test]
fn every_state_of_a_database_gives_the_beginning_of_the_next() {
    // The same conversation, told with and without its order.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.vscdb");
    let a = bubble(1, "one").to_string();
    let b = call("loading").to_string();
    let done = call("completed").to_string();
    let headers = |ids: &[(&str, u64)], status| composer(status, ids).1.to_string();
    let statements = format!(
        "{TABLE}
         INSERT INTO cursorDiskKV VALUES ('composerData:c', '{}');
         INSERT INTO cursorDiskKV VALUES ('bubbleId:c:a', '{a}');
         INSERT INTO cursorDiskKV VALUES ('composerData:c', '{}');
         INSERT INTO cursorDiskKV VALUES ('bubbleId:c:b', '{b}');
         INSERT INTO cursorDiskKV VALUES ('composerData:c', '{}');
         UPDATE cursorDiskKV SET value = '{done}' WHERE key = 'bubbleId:c:b';
         INSERT INTO cursorDiskKV VALUES ('composerData:c', '{}');",
        headers(&[], "none"),
        headers(&[("a", 1)], "none"),
        headers(&[("a", 1), ("b", 2)], "none"),
        headers(&[("a", 1), ("b", 2)], "completed"),
    );
    Connection::open(&path).unwrap().execute_batch(&statements).unwrap();
    conformance::check_history(parser(TOOL), &path, &statements);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn damage_stops_nothing(row in any::<Index>(), at in any::<Index>(), byte in any::<u8>()) {
        let rows = [
            composer("completed", &[("a", 1), ("b", 2), ("d", 2)]),
            ("bubbleId:c:a", bubble(1, "one \u{1f600}")),
            ("bubbleId:c:b", call("completed")),
            ("bubbleId:c:d", bubble(2, "two")),
        ];
        let (_folder, path) = database(&rows);
        let (key, value) = &rows[row.index(rows.len())];
        let mut bytes = value.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes.splice(at..=at, [byte]);
        let database = Connection::open(&path).unwrap();
        database.execute("UPDATE cursorDiskKV SET value = ?2 WHERE key = ?1", (key, bytes)).unwrap();
        let (sessions, report) = parse_file(parser(TOOL), &path);
        prop_assert!(sessions.len() <= 1);
        prop_assert!((3..=4).contains(&report.records()), "{report:?}");
    }
}
