//! Kiro's and Amazon Q's sessions, and the rules that they show.

use crate::recording::{Memory, Recorded, of_type, only, parse, parse_file, parser};
use opensession_hail::{Block, Event, EventType, SessionId, attribute};
use opensession_parsers::{Home, Origin, Os, ParseReport, detect};
use proptest::prelude::*;
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const TOOL: &str = "kiro";
const TABLES: &str = "CREATE TABLE auth_kv (key TEXT PRIMARY KEY, value TEXT);
    CREATE TABLE conversations_v2 (key TEXT, conversation_id TEXT, value TEXT, created_at INTEGER,
        updated_at INTEGER, PRIMARY KEY (key, conversation_id));";

fn log(name: &str, records: &[Value]) -> (Recorded, ParseReport) {
    let log: String = records.iter().map(|record| format!("{record}\n")).collect();
    only(parse(parser(TOOL), Path::new(name), log.as_bytes()))
}

fn flat(records: &[Value]) -> (Recorded, ParseReport) {
    log("sessions/cli/one.jsonl", records)
}

fn record(kind: &str, data: &Value) -> Value {
    json!({"version": "v1", "kind": kind, "data": data})
}

fn prompt(id: &str, text: &str) -> Value {
    let content = json!([{"kind": "text", "data": text}]);
    record(
        "Prompt",
        &json!({"message_id": id, "content": content, "meta": {"timestamp": 1_783_571_482}}),
    )
}

fn call(id: &str, name: &str, input: &Value) -> Value {
    let data = json!({"toolUseId": id, "name": name, "input": input});
    record(
        "AssistantMessage",
        &json!({"message_id": id, "content": [{"kind": "toolUse", "data": data}]}),
    )
}

fn result(id: &str, status: &str) -> Value {
    let data =
        json!({"toolUseId": id, "content": [{"kind": "text", "data": "x"}], "status": status});
    record("ToolResults", &json!({"content": [{"kind": "toolResult", "data": data}]}))
}

#[test]
fn a_part_of_another_shape_is_kept_as_it_is() {
    let odd = |kind: &str| json!({"kind": kind, "data": {"of": [kind]}});
    let parts = |kinds: &[&str]| kinds.iter().map(|kind| odd(kind)).collect::<Vec<_>>();
    let asked = json!({"content": [{"kind": "text", "data": "go"}, odd("text"), odd("document")]});
    let said = json!({"content": [odd("text"), {"kind": "toolUse", "data": "call"}]});
    let returned = json!({"content": parts(&["text", "json"])});
    let (session, _) = flat(&[
        record("Prompt", &asked),
        record("AssistantMessage", &said),
        record("ToolResults", &returned),
    ]);
    let kept = session.events.iter().filter(|sent| match &sent.event.event_type {
        EventType::Custom { kind } => ["text", "document", "toolUse", "json"].contains(&&**kind),
        _ => false,
    });
    assert_eq!(kept.count(), 6);
}

/// Makes a database with one conversation.
fn made(name: &str, history: &[Value]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().expect("it is below")).expect("a folder can be made");
    let database = Connection::open(&path).expect("a database can be made");
    database.execute_batch(TABLES).expect("the statements are right");
    let value = json!({"conversation_id": "c-1", "history": history}).to_string();
    let sql =
        "INSERT INTO conversations_v2 VALUES ('/src', 'c-1', ?1, 1777622400000, 1777622410000)";
    database.execute(sql, params![value]).expect("the statement is right");
    (folder, path)
}

fn turn(prompt: &str) -> Value {
    json!({"user": {"content": {"Prompt": {"prompt": prompt}}}, "assistant": {"Response": {"content": "ok"}}})
}

fn rewound(session: &Recorded) -> Vec<Option<&str>> {
    let is_rewind =
        |event: &&Event| event.event_type == EventType::Custom { kind: "rewind".into() };
    let events = session.events.iter().map(|sent| &sent.event).filter(is_rewind);
    events.map(|event| event.attributes.get(attribute::REWIND_TO)?.as_str()).collect()
}

#[test]
fn a_reset_takes_back_the_records_from_its_number_on() {
    let reset = |index: u64| record("ResetTo", &json!({"target_index": index}));
    let asked = [prompt("a", "one"), prompt("b", "two"), prompt("c", "three")];
    for (index, to) in [(0, Some("a")), (1, Some("b")), (2, Some("c")), (3, None), (99, None)] {
        let (session, report) = flat(&[asked.as_slice(), &[reset(index)]].concat());
        assert_eq!(rewound(&session), [to], "{index}");
        assert_eq!((report.records(), report.unknown.len()), (4, 0));
    }
}

#[test]
fn a_cancelled_prompt_is_the_last_one_that_nobody_answered() {
    let cancelled = json!({"version": "v1", "kind": "CancelledPrompt"});
    let (session, _) = flat(&[prompt("a", "one"), prompt("b", "two"), cancelled.clone()]);
    assert_eq!(rewound(&session), [Some("b")]);
    let answer = json!({"message_id": "c", "content": [{"kind": "text", "data": "yes"}]});
    let (session, _) = flat(&[prompt("a", "one"), record("AssistantMessage", &answer), cancelled]);
    assert_eq!(rewound(&session), [None]);
}

#[test]
fn a_file_that_was_there_is_edited_and_a_failed_call_changes_nothing() {
    let create = json!({"command": "create", "path": "x", "content": "a"});
    let (session, _) = flat(&[
        prompt("p", "go"),
        call("1", "write", &create),
        result("1", "error"),
        call("2", "write", &create),
        result("2", "success"),
        call("3", "write", &create),
        result("3", "success"),
    ]);
    let kinds: Vec<_> = session.events.iter().map(|sent| sent.event.event_type.name()).collect();
    let expected =
        ["UserMessage", "ToolCall", "ToolResult", "FileCreate", "ToolResult", "FileEdit"];
    assert_eq!(kinds[..6], expected);
}

#[test]
fn credits_are_no_money_and_may_still_grow() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.jsonl");
    let answer = json!({"message_id": "a", "content": [{"kind": "text", "data": "yes"}]});
    let answer = record("AssistantMessage", &answer);
    std::fs::write(&path, format!("{}\n{answer}\n", prompt("p", "go"))).unwrap();
    let turn = json!({"input_token_count": 7, "output_token_count": 2,
        "metering_usage": [{"value": 0.5, "unit": "credit"}, {"value": 9, "unit": "other"}]});
    let side = json!({"session_id": "own", "cwd": "/src", "parent_session_id": "above",
        "session_state": {"conversation_metadata": {"user_turn_metadatas": [turn.clone(), turn]}}});
    std::fs::write(path.with_extension("json"), side.to_string()).unwrap();
    let (sessions, _) = parse_file(parser(TOOL), &path);
    let session = &sessions[0];
    assert_eq!(session.id, SessionId::from_foreign("above").child("own"));
    assert!(of_type(session, "UserMessage").is_empty(), "the parent asked");
    let last = session.events.last().unwrap();
    assert!(!last.settled);
    assert_eq!(last.event.attributes.get("credits"), Some(&json!(1.0)));
    let stats = session.stats();
    assert_eq!((stats.total_input_tokens, stats.total_output_tokens), (14, 4));
    for broken in ["", "{", "null", "[]", "{\"cwd\":7,\"session_state\":[]}"] {
        std::fs::write(path.with_extension("json"), broken).unwrap();
        let (sessions, _) = parse_file(parser(TOOL), &path);
        assert_eq!(sessions[0].events.len(), 2, "{broken}");
        assert_eq!(of_type(&sessions[0], "UserMessage").len(), 1, "{broken}");
    }
}

#[test]
fn the_first_record_of_a_journal_is_a_prompt_where_it_tells_no_role() {
    let line = |kind: &str, extra: Value| {
        let mut payload = json!({"type": kind, "content": "hi"});
        payload.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json!({"id": format!("{kind}-1"), "timestamp": "2026-07-10T09:00:00Z", "payload": payload})
    };
    let path = "sessions/w/sess_1/messages.jsonl";
    let asked = |records: &[Value]| {
        let answer = line("assistant", json!({"operationType": "Say"}));
        let (session, _) = log(path, &[records, &[answer]].concat());
        of_type(&session, "UserMessage").len()
    };
    assert_eq!(asked(&[line("session_start", json!({}))]), 1);
    assert_eq!(asked(&[line("session_start", json!({"forcedRole": true}))]), 0);
    assert_eq!(asked(&[line("user", json!({})), line("session_start", json!({}))]), 1);
    assert_eq!(log(path, &[line("user", json!({}))]).0.id, SessionId::from_foreign("sess_1"));
}

#[test]
fn an_execution_is_told_once_and_where_it_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let spines = folder.path().join("workspace-sessions/L3NyYw");
    // The hash of `/src`.
    let workspace = folder.path().join("56c9e1c4b5360a5b089004396ed37fe3");
    std::fs::create_dir_all(&spines).unwrap();
    std::fs::create_dir_all(&workspace).unwrap();
    let asked = json!({"message": {"role": "user", "content": "go"}});
    let done = json!({"message": {"role": "assistant", "content": "On it."}, "executionId": "e"});
    let spine =
        json!({"sessionId": "s", "workspaceDirectory": "/src", "history": [asked, done, done]});
    let path = spines.join("s.json");
    std::fs::write(&path, spine.to_string()).unwrap();
    let answers = || {
        let (sessions, report) = parse_file(parser(TOOL), &path);
        assert_eq!((sessions.len(), report.records()), (1, 4));
        let told = of_type(&sessions[0], "AgentMessage").len();
        (told, sessions[0].events.iter().filter(|sent| sent.settled).count())
    };
    assert_eq!(answers(), (2, 1), "the log may come later");
    let say = json!({"actionId": "1", "actionType": "say", "output": {"message": "Done."}});
    let execution = |status: &str| {
        json!({"executionId": "e", "status": status, "actions": [say, say]}).to_string()
    };
    std::fs::write(workspace.join("x"), execution("running")).unwrap();
    assert_eq!(answers(), (3, 1));
    for odd in ["{\"executionId\":\"e\"", "{\"executionId\":\"e\",\"actions\":[7,{}]}"] {
        std::fs::write(workspace.join("x"), odd).unwrap();
        answers();
    }
}

#[test]
fn a_known_conversation_is_not_read_again() {
    let (_folder, path) = made("kiro-cli/data.sqlite3", &[turn("hi")]);
    let mut memory = Memory::default();
    assert_eq!(memory.read(parser(TOOL), &path).len(), 1);
    assert_eq!(memory.read(parser(TOOL), &path).len(), 0);
    let database = Connection::open(&path).unwrap();
    database.execute("UPDATE conversations_v2 SET updated_at = updated_at + 1", []).unwrap();
    assert_eq!(memory.read(parser(TOOL), &path).len(), 1);
}

#[test]
fn a_conversation_with_a_log_of_its_own_is_told_there() {
    let (folder, path) = made(".local/share/kiro-cli/data.sqlite3", &[turn("hi")]);
    assert_eq!(parse_file(parser(TOOL), &path).0.len(), 1);
    let logs = folder.path().join(".kiro/sessions/cli");
    std::fs::create_dir_all(&logs).unwrap();
    std::fs::write(logs.join("c-1.jsonl"), "").unwrap();
    assert_eq!(parse_file(parser(TOOL), &path).0.len(), 0);
}

#[test]
fn no_other_table_is_read() {
    let (_folder, path) = made("kiro-cli/data.sqlite3", &[turn("hi")]);
    let database = Connection::open(&path).unwrap();
    database.execute("INSERT INTO auth_kv VALUES ('token', 'secret-words')", []).unwrap();
    let (sessions, _) = parse_file(parser(TOOL), &path);
    assert_eq!(of_type(&sessions[0], "UserMessage").len(), 1);
    let told = format!("{:?}{}", sessions[0].events, String::from_utf8_lossy(&sessions[0].records));
    assert!(!told.contains("secret-words"));
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
    let linux = roots(Os::Linux, &[]);
    for folder in [
        "/home/a/.kiro/sessions",
        "/home/a/.local/share/kiro-cli",
        "/home/a/.local/share/amazon-q",
        "/home/a/.config/Kiro/User/globalStorage/kiro.kiroagent",
        "/home/a/.kiro-server/data/User/globalStorage/kiro.kiroagent",
        "/home/a/.config/Kiro/User/globalStorage/kiro.kiroagent/workspace-sessions",
    ] {
        assert!(linux.contains(&of(folder)), "{folder} is missing: {linux:?}");
    }
    let moved = roots(Os::Linux, &[("KIRO_HOME", "/k"), ("XDG_DATA_HOME", "/d")]);
    assert_eq!(moved[0], (PathBuf::from("/k/sessions"), Origin::Environment("KIRO_HOME")));
    assert!(moved.contains(&of("/home/a/.kiro/sessions")));
    assert!(moved.contains(&(PathBuf::from("/d/kiro-cli"), Origin::Environment("XDG_DATA_HOME"))));
    let mac = roots(Os::MacOs, &[]);
    assert!(mac.contains(&of("/home/a/Library/Application Support/amazon-q")));
    assert!(mac.contains(&of(
        "/home/a/Library/Application Support/Kiro/User/globalStorage/kiro.kiroagent"
    )));
    let windows = roots(Os::Windows, &[("LOCALAPPDATA", "/l")]);
    assert!(windows.contains(&(PathBuf::from("/l/kiro-cli"), Origin::Environment("LOCALAPPDATA"))));
}

#[test]
fn other_files_are_none_of_kiros() {
    let tool = |path: &str, head: &str| {
        let head = head.as_bytes();
        detect(Path::new(path), head.get(..5000).unwrap_or(head))
            .map(|parser| parser.tool().as_str())
    };
    let database = "SQLite format 3\0";
    assert_eq!(tool("/data/kiro-cli/data.sqlite3", database), Some(TOOL));
    assert_eq!(tool("/data/other/data.sqlite3", database), None);
    assert_eq!(tool("/x.db", &format!("{database} conversations_v2")), Some(TOOL));
    assert_ne!(tool("/x.db", &format!("{database} CREATE TABLE conversations (id)")), Some(TOOL));
    assert_eq!(tool("a.jsonl", &prompt("p", "go").to_string()), Some(TOOL));
    let long = prompt("p", &"x".repeat(9000)).to_string();
    assert_eq!(tool("a.jsonl", &long), None, "members in another order");
    let long = long.replacen("{\"data\"", "{\"version\":\"v1\",\"kind\":\"Prompt\",\"data\"", 1);
    assert_eq!(tool("a.jsonl", &long), Some(TOOL));
    for other in [
        r#"{"kind":"Prompt","version":2}"#,
        r#"{"kind":"Dance","version":"v1"}"#,
        r#"{"id":"1","timestamp":1,"payload":{}}"#,
        r#"{"timestamp":"2025","type":"session_meta","payload":{"type":"user"}}"#,
        r#"{"executionId":"1","chat":[]}"#,
    ] {
        assert_ne!(tool("a.jsonl", other), Some(TOOL), "{other}");
    }
    assert_eq!(tool("a.chat", r#"{"executionId":"1","chat":[]}"#), Some(TOOL));
    assert_eq!(tool("a.chat", r#"{"chat":[]}"#), None);
    let spine = r#"{"sessionId":"1","workspaceDirectory":"/","history":[]}"#;
    assert_eq!(tool("/k/workspace-sessions/Lw/1.json", spine), Some(TOOL));
    assert_eq!(tool("/k/workspace-sessions/Lw/sessions.json", "[{}]"), None);
    let saved = r#"{"conversation_id":"1","next_message":null,"history":[]}"#;
    assert_eq!(tool("/x.json", saved), Some(TOOL));
    assert_ne!(tool("/x.json", r#"{"conversation_id":"1","history":[]}"#), Some(TOOL));
}

#[test]
fn any_json_anywhere_is_taken() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let odd =
        ["null", "7", "\"x\"", "{}", "[]", "[7,null,\"s\",{\"kind\":7}]", "\"\\ud83d\"", &deep];
    let mut lines = Vec::new();
    for kind in
        ["Prompt", "AssistantMessage", "ToolResults", "Compaction", "ResetTo", "CancelledPrompt"]
    {
        for odd in odd {
            lines.push(format!(r#"{{"version":"v1","kind":"{kind}","data":{odd}}}"#));
            lines.push(format!(r#"{{"version":"v1","kind":"{kind}","data":{{"content":{odd},"target_index":{odd}}}}}"#));
            for part in ["text", "thinking", "toolUse", "toolResult", "image"] {
                lines.push(format!(
                    r#"{{"version":"v1","kind":"{kind}","data":{{"content":[{{"kind":"{part}","data":{odd}}}]}}}}"#
                ));
            }
        }
    }
    let text = lines.join("\n");
    let (sessions, report) = parse(parser(TOOL), Path::new("a.jsonl"), text.as_bytes());
    assert_eq!((sessions.len(), report.records()), (1, lines.len() as u64));
    let first = r#"{"id":"a","timestamp":1,"payload":{"type":"user","content":"hi"}}"#;
    let mut lines = vec![first.to_owned()];
    for kind in [
        "user",
        "assistant",
        "tool_call",
        "tool_result",
        "usage_summary",
        "tombstone",
        "sub_agent_start",
    ] {
        for odd in odd {
            lines.push(format!(
                r#"{{"id":{odd},"timestamp":{odd},"payload":{{"type":"{kind}","content":{odd},"args":{odd},"toolCallId":{odd},"promptTurnSummaries":{odd},"subSessionId":{odd}}}}}"#
            ));
        }
    }
    let text = lines.join("\n");
    let (sessions, report) = parse(parser(TOOL), Path::new("messages.jsonl"), text.as_bytes());
    assert_eq!((sessions.len(), report.records()), (1, lines.len() as u64));
    let turns: Vec<Value> =
        odd[..7].iter().map(|odd| serde_json::from_str(odd).unwrap_or(Value::Null)).collect();
    let users =
        turns.iter().map(|odd| json!({"user": {"content": odd}, "assistant": {"ToolUse": odd}}));
    let users: Vec<Value> = users.chain(turns.clone()).collect();
    let (_folder, path) = made("kiro-cli/data.sqlite3", &users);
    let (sessions, report) = parse_file(parser(TOOL), &path);
    assert_eq!((sessions.len(), report.records()), (1, users.len() as u64 + 1));
    let database = Connection::open(&path).unwrap();
    for odd in odd {
        database.execute("UPDATE conversations_v2 SET value = ?1", params![odd]).unwrap();
        assert!(parse_file(parser(TOOL), &path).1.records() >= 1, "{odd:.20}");
    }
    let chat = format!(
        r#"{{"executionId":"e","chat":[{},{{"role":"bot","content":"hi"}}],"metadata":{{"startTime":{{}}}}}}"#,
        odd.join(",")
    );
    let (sessions, report) = parse(parser(TOOL), Path::new("e.chat"), chat.as_bytes());
    assert_eq!((sessions.len(), report.records()), (1, odd.len() as u64 + 2));
    assert!(sessions[0].events.iter().any(|sent| {
        sent.event.content.blocks.iter().any(|block| matches!(block, Block::Text { .. }))
    }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn damage_stops_nothing(at in any::<usize>(), with in any::<u8>(), which in 0_usize..2) {
        let tools: &[u8] = include_bytes!("../../fixtures/kiro/tools/sessions/cli/2b7f0c52-61c4-4a1d-9a52-0d5d1f8c1a01.jsonl");
        let journal = include_bytes!("../../fixtures/kiro/journal/sessions/9f3c1d0b7a4e2856/sess_0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d/messages.jsonl");
        let mut log = [tools, journal][which].to_vec();
        let at = at % log.len();
        log[at] = with;
        let (sessions, _) = parse(parser(TOOL), Path::new("a.jsonl"), &log);
        prop_assert!(sessions.len() <= 1);
    }
}
