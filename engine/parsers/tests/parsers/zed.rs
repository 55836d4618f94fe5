//! Zed's threads, and the rules that they show.

use crate::recording::{Recorded, of_type, only, parse_file, parser};
use opensession_hail::{Block, EventType};
use opensession_parsers::{Home, Origin, Os, ParseReport, detect};
use proptest::prelude::*;
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const TOOL: &str = "zed";
const SCHEMA: &str =
    "CREATE TABLE threads (id TEXT PRIMARY KEY, summary TEXT NOT NULL, updated_at TEXT NOT NULL,
        data_type TEXT NOT NULL, data BLOB NOT NULL);";

/// Makes a database with these documents.
fn made(documents: &[&str]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("threads.db");
    let database = Connection::open(&path).expect("a database can be made");
    database.execute_batch(SCHEMA).expect("the statements are right");
    let sql = "INSERT INTO threads VALUES (?1, 'Talk', '2026-01-02T03:04:05Z', 'json', ?2)";
    for (index, document) in documents.iter().enumerate() {
        database
            .execute(sql, params![format!("t{index}"), document.as_bytes()])
            .expect("the statement is right");
    }
    (folder, path)
}

fn read(messages: &Value) -> (Recorded, ParseReport) {
    let folders = json!({"worktree_snapshots": [{"worktree_path": "/src/demo"}]});
    let document =
        json!({"version": "0.3.0", "messages": messages, "initial_project_snapshot": folders});
    let (_folder, path) = made(&[&document.to_string()]);
    only(parse_file(parser(TOOL), &path))
}

fn asked() -> Value {
    json!({"User": {"id": "u", "content": [{"Text": "go"}]}})
}

/// An answer with one call, and its result where there is one.
fn called(name: &str, input: &Value, result: Option<Value>) -> Value {
    let results = result.map_or(json!({}), |result| json!({"c": result}));
    let call = json!({"ToolUse": {"id": "c", "name": name, "input": input}});
    json!({"Agent": {"content": [call], "tool_results": results}})
}

#[test]
fn only_an_answer_at_the_end_whose_calls_have_no_result_may_change() {
    let settled = |messages: &Value| {
        let (session, _) = read(messages);
        session.events.iter().map(|sent| sent.settled).collect::<Vec<_>>()
    };
    let open = called("now", &json!({}), None);
    let ended = called("now", &json!({}), Some(json!({"content": "12:00"})));
    assert_eq!(settled(&json!([asked(), open])), [true, false]);
    assert_eq!(settled(&json!([asked(), ended])), [true, true, true]);
    assert_eq!(settled(&json!([asked(), open, asked()])), [true, true, true]);
}

#[test]
fn a_thread_is_the_same_in_json_and_in_zstd_whatever_its_row_says() {
    let document = json!({"version": "0.3.0", "messages": [asked()]}).to_string();
    let packed = zstd::encode_all(document.as_bytes(), 3).expect("it can be packed");
    let events = |kind: &str, stored: &[u8]| {
        let (_folder, path) = made(&[]);
        let database = Connection::open(&path).expect("a database can be opened");
        let sql = "INSERT INTO threads VALUES ('t', 'Talk', '2026-01-02T03:04:05Z', ?1, ?2)";
        database.execute(sql, params![kind, stored]).expect("the statement is right");
        parse_file(parser(TOOL), &path).0.remove(0).events
    };
    let plain = events("json", document.as_bytes());
    for (kind, stored) in
        [("zstd", packed.as_slice()), ("json", &packed), ("zstd", document.as_bytes())]
    {
        assert_eq!(events(kind, stored), plain, "{kind}");
    }
}

#[test]
fn a_prompt_is_one_text_with_what_it_mentions_behind() {
    let file = json!({"uri": {"File": {"abs_path": "/src/demo/a.rs"}}, "content": "a"});
    let content = json!([{"Text": "look at "}, {"Mention": file}, {"Text": ", then go"}]);
    let (session, _) = read(&json!([{"User": {"id": "u", "content": content}}]));
    let blocks = &session.events[0].event.content.blocks;
    let file = Block::File { path: "/src/demo/a.rs".into(), content: Some("a".into()) };
    assert_eq!(*blocks, [Block::text("look at @/src/demo/a.rs, then go"), file]);
}

#[test]
fn an_edit_is_what_the_tool_notes_of_the_file_and_else_what_it_was_called_with() {
    let path = json!({"path": "demo/a.rs", "mode": "edit"});
    let noted = |old: &str, new: &str| {
        let output = json!({"input_path": "demo/a.rs", "old_text": old, "new_text": new});
        Some(json!({"tool_name": "edit_file", "content": "Edited", "output": output}))
    };
    let told = |name: &str, input: &Value, result: Option<Value>| {
        let (session, _) = read(&json!([called(name, input, result)]));
        session.events[0].event.event_type.clone()
    };
    let edit = |path: &str, diff: &str| EventType::FileEdit {
        path: path.to_owned(),
        diff: Some(diff.to_owned()).filter(|diff| !diff.is_empty()),
    };
    let diff = "@@ -1 +1 @@\n-x\n+y\n";
    assert_eq!(told("edit_file", &path, noted("x\n", "y\n")), edit("/src/demo/a.rs", diff));
    let new = EventType::FileCreate { path: "/src/demo/a.rs".into() };
    assert_eq!(told("edit_file", &path, noted("", "y\n")), new);
    let call = EventType::FileEdit { path: "/src/demo/a.rs".into(), diff: None };
    assert_eq!(told("edit_file", &path, noted("x", "x")), call, "nothing was changed");
    let fine = || Some(json!({"content": "Edited"}));
    let edits = json!({"path": "demo/a.rs", "edits": [{"old_text": "x", "new_text": "y"}]});
    assert_eq!(told("edit_file", &edits, fine()), edit("/src/demo/a.rs", diff));
    let replace = json!({"path": "b.rs", "find": "x", "replace": "y"});
    assert_eq!(told("find_replace_file", &replace, fine()), edit("b.rs", diff));
    let (old, new) = ("1\n2\n3\n4\nx\n", "1\n2\n3\n4\ny\n");
    let kept = |edit: Value| {
        let input = json!({"path": "demo/a.rs", "edits": [edit]});
        let (session, _) = read(&json!([called("edit_file", &input, noted(old, new))]));
        session.events[0].event.content.blocks.len()
    };
    assert_eq!(kept(json!({"old_text": "3\n4\nx\n", "new_text": "3\n4\ny\n"})), 0);
    assert_eq!(kept(json!({"old_text": old, "new_text": new})), 1, "the diff is shorter");
    let failed = Some(json!({"content": "no such file", "is_error": true}));
    assert_eq!(told("edit_file", &edits, failed).name(), "ToolCall");
    assert_eq!(told("edit_file", &edits, None).name(), "ToolCall");
}

#[test]
fn a_sub_agent_is_a_task_with_a_session_of_its_own() {
    let input = json!({"label": "Look", "message": "Look around"});
    let text = json!({"session_id": "child", "output": "All seen."}).to_string();
    let result = json!({"tool_name": "spawn_agent", "content": {"Text": text}});
    let (session, _) = read(&json!([asked(), called("spawn_agent", &input, Some(result))]));
    let start = of_type(&session, "TaskStart");
    assert_eq!(start[0].attributes.str("task.session_id"), Some("t0.child"));
    let EventType::TaskEnd { summary } = &of_type(&session, "TaskEnd")[0].event_type else {
        unreachable!("it is the end of a task")
    };
    assert_eq!(summary.as_deref(), Some("All seen."));
    let failed = json!({"tool_name": "spawn_agent", "content": "no", "is_error": true});
    let (session, _) = read(&json!([asked(), called("spawn_agent", &input, Some(failed))]));
    assert!(of_type(&session, "TaskStart").is_empty());
}

#[test]
fn the_sum_of_all_requests_counts_and_not_the_last_one_of_each_prompt() {
    let usage = |sum: Value| {
        let document = json!({"messages": [asked()], "cumulative_token_usage": sum,
            "request_token_usage": {"a": {"input_tokens": 1}, "b": {"input_tokens": 2, "output_tokens": 4}}});
        let (_folder, path) = made(&[&document.to_string()]);
        let (sessions, _) = parse_file(parser(TOOL), &path);
        let stats = sessions[0].stats();
        (stats.total_input_tokens, stats.total_output_tokens)
    };
    assert_eq!(usage(json!({"input_tokens": 50, "output_tokens": 6})), (50, 6));
    assert_eq!(usage(json!({})), (3, 4));
}

#[test]
fn a_document_that_is_cut_off_is_read_as_far_as_it_is_whole() {
    let messages: Vec<Value> = (0..2000)
        .map(|n| json!({"User": {"id": format!("u{n}"), "content": [{"Text": format!("{n} {}", n * 7919)}]}}))
        .collect();
    let document = json!({"title": "Long", "messages": messages}).to_string();
    let whole = zstd::encode_all(document.as_bytes(), 3).unwrap();
    let (_folder, path) = made(&[]);
    let database = Connection::open(&path).unwrap();
    let sql = "INSERT INTO threads VALUES ('t', 'Talk', '2026-01-02T03:04:05Z', 'zstd', ?1)";
    database.execute(sql, params![&whole[..whole.len() / 2]]).unwrap();
    drop(database);
    let (sessions, _) = parse_file(parser(TOOL), &path);
    assert!(sessions.len() <= 1);
    let json = document.get(..document.len() / 2).unwrap();
    let (_folder, path) = made(&[json]);
    let (sessions, _) = parse_file(parser(TOOL), &path);
    assert!((900..1100).contains(&sessions[0].events.len()));
}

#[test]
fn a_thread_that_cannot_be_read_is_counted() {
    let (_folder, path) = made(&["no document", r#"{"messages":[]}"#]);
    let (sessions, report) = parse_file(parser(TOOL), &path);
    assert_eq!(sessions.len(), 0);
    assert_eq!(report.unknown.get("unparsed"), Some(&1));
}

#[test]
fn threads_are_found_on_each_system() {
    let roots = |os: Os, variables: &[(&str, &str)]| {
        let variables: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let roots = parser(TOOL).roots(&Home::new(PathBuf::from("/home/a"), variables, os));
        assert!(roots.iter().all(|root| root.suffixes == ["threads.db"]));
        roots.into_iter().map(|root| (root.path, root.origin)).collect::<Vec<_>>()
    };
    let at = |path: &str, origin: Origin| (PathBuf::from(path), origin);
    let flatpak = at("/home/a/.var/app/dev.zed.Zed/data/zed/threads", Origin::Default);
    let default = at("/home/a/.local/share/zed/threads", Origin::Default);
    assert_eq!(roots(Os::Linux, &[]), [default.clone(), flatpak.clone()]);
    let moved = at("/data/zed/threads", Origin::Environment("XDG_DATA_HOME"));
    assert_eq!(roots(Os::Linux, &[("XDG_DATA_HOME", "/data")]), [moved, flatpak.clone()]);
    let inside = at("/f/zed/threads", Origin::Environment("FLATPAK_XDG_DATA_HOME"));
    let found = roots(Os::Linux, &[("FLATPAK_XDG_DATA_HOME", "/f")]);
    assert_eq!(found, [inside, default, flatpak]);
    let mac = at("/home/a/Library/Application Support/Zed/threads", Origin::Default);
    assert_eq!(roots(Os::MacOs, &[]), [mac]);
    let windows = roots(Os::Windows, &[("LOCALAPPDATA", "/local")]);
    assert_eq!(windows, [at("/local/Zed/threads", Origin::Default)]);
}

#[test]
fn databases_of_others_are_none_of_zeds_and_its_own_are_no_other_tools() {
    let (_folder, path) = made(&[]);
    let head = fs::read(&path).unwrap();
    let tool = |path: &str, head: &[u8]| {
        detect(Path::new(path), head).map(|parser| parser.tool().as_str())
    };
    assert_eq!(tool("/backup/some.sqlite", &head), Some(TOOL));
    let empty = b"SQLite format 3\0";
    assert_eq!(tool("/home/a/.local/share/zed/threads/threads.db", empty), Some(TOOL));
    assert_ne!(tool("/home/a/threads.db", empty), Some(TOOL));
    let other = b"SQLite format 3\0 CREATE TABLE threads (id TEXT, rollout_path TEXT, title TEXT)";
    assert_ne!(tool("/home/a/threads/threads.db", other), Some(TOOL));
}

#[test]
fn any_json_anywhere_is_taken() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let values = ["null", "7", "{}", "[]", "\"s\"", "[7,null,\"s\",[]]", "{\"User\":7}", &deep];
    let places = [
        "{\"messages\":[X]}",
        "{\"messages\":[{\"User\":X},{\"Agent\":X},{\"Compaction\":X}]}",
        "{\"messages\":[{\"User\":{\"id\":X,\"content\":[X,{\"Text\":X},{\"Mention\":X},{\"Mention\":{\"uri\":X}},{\"Image\":X}]}}]}",
        "{\"messages\":[{\"Agent\":{\"content\":[X,{\"Text\":X},{\"Thinking\":X},{\"ToolUse\":X},{\"ToolUse\":{\"id\":\"c\",\"name\":X,\"input\":X}}],\"tool_results\":{\"c\":X}}}]}",
        "{\"messages\":[{\"Agent\":{\"content\":[{\"ToolUse\":{\"id\":\"c\",\"name\":\"edit_file\",\"input\":{\"path\":X,\"edits\":X}}}],\"tool_results\":{\"c\":{\"content\":X,\"output\":X,\"is_error\":X}}}}]}",
        "{\"messages\":[{\"role\":\"user\",\"id\":X,\"segments\":X,\"tool_results\":X,\"context\":X},{\"role\":\"assistant\",\"text\":X,\"segments\":[X],\"tool_uses\":[X]},{\"role\":X}]}",
        "{\"messages\":X,\"model\":X,\"initial_project_snapshot\":X,\"cumulative_token_usage\":X,\"request_token_usage\":X,\"title\":X,\"subagent_context\":X}",
        "{\"messages\":[{\"User\":{\"content\":[{\"Text\":\"\\ud83d\"}]}}],\"initial_project_snapshot\":{\"worktree_snapshots\":[X]}}",
        "X",
    ];
    let documents: Vec<String> = places
        .iter()
        .flat_map(|place| values.iter().map(|value| place.replace('X', value)))
        .collect();
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    let (_folder, path) = made(&documents);
    let (_, report) = parse_file(parser(TOOL), &path);
    assert!(report.records() >= documents.len() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn damage_stops_nothing(at in 0_usize..20_000, with in any::<u8>()) {
        let document = json!({"messages": [asked(), called("now", &json!({}), None)]}).to_string();
        let (_folder, path) = made(&[&document]);
        let mut bytes = fs::read(&path).unwrap();
        let at = at % bytes.len();
        bytes[at] = with;
        fs::write(&path, bytes).unwrap();
        let (sessions, _) = parse_file(parser(TOOL), &path);
        prop_assert!(sessions.len() <= 1);
    }
}
