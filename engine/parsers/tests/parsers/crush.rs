//! Crush's sessions, and the rules that they show.

use crate::recording::{Recorded, of_type, only, parse_file, parser};
use opensession_hail::{Block, Event, EventType};
use opensession_parsers::{Home, Origin, Os, ParseReport, detect};
use proptest::prelude::*;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const TOOL: &str = "crush";
const SCHEMA: &str = "CREATE TABLE sessions (id TEXT PRIMARY KEY, parent_session_id TEXT, title TEXT, prompt_tokens INTEGER,
        completion_tokens INTEGER, cost REAL, updated_at INTEGER, created_at INTEGER);
    CREATE TABLE messages (id TEXT PRIMARY KEY, session_id TEXT, role TEXT, parts TEXT NOT NULL, model TEXT,
        created_at INTEGER, updated_at INTEGER, finished_at INTEGER);
    INSERT INTO sessions VALUES ('s1', NULL, 'Talk', 5, 2, 0.5, 1760000000, 1760000000);";

/// Makes the database of a project with one session of these messages.
fn made(messages: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let project = tempfile::tempdir().expect("a folder can be made");
    let path = project.path().join(".crush/crush.db");
    fs::create_dir(project.path().join(".crush")).expect("a folder can be made");
    let database = Connection::open(&path).expect("a database can be made");
    database.execute_batch(SCHEMA).expect("the statements are right");
    let sql =
        "INSERT INTO messages VALUES (?1, 's1', ?2, ?3, 'gpt-5', 1760000001, 1760000001, NULL)";
    for (index, (role, parts)) in messages.iter().enumerate() {
        let id = format!("m{index}");
        database.execute(sql, params![id, role, parts]).expect("the statement is right");
    }
    (project, path)
}

fn read(messages: &[(&str, &str)]) -> (Recorded, ParseReport) {
    let (_project, path) = made(messages);
    only(parse_file(parser(TOOL), &path))
}

const ASKED: (&str, &str) = (
    "user",
    r#"[{"type":"text","data":{"text":"go"}},{"type":"finish","data":{"reason":"stop"}}]"#,
);
const STREAMING: (&str, &str) = ("assistant", r#"[{"type":"text","data":{"text":"I wi"}}]"#);
const ENDED: (&str, &str) = (
    "assistant",
    r#"[{"type":"text","data":{"text":"Done"}},{"type":"finish","data":{"reason":"end_turn"}}]"#,
);

#[test]
fn a_message_is_settled_when_it_ended_or_somebody_spoke_after_it() {
    let settled = |messages: &[(&str, &str)]| {
        let (session, _) = read(messages);
        session.events.iter().map(|sent| sent.settled).collect::<Vec<_>>()
    };
    // The last event of each is what the session cost.
    assert_eq!(settled(&[ASKED, STREAMING]), [true, false, false]);
    assert_eq!(settled(&[ASKED, ENDED]), [true, true, false]);
    assert_eq!(settled(&[ASKED, STREAMING, ASKED]), [true, true, true, false]);
    let calls = r#"[{"type":"tool_call","data":{"id":"c","name":"ls","input":"{}"}},{"type":"finish","data":{"reason":"tool_use"}}]"#;
    let result = r#"[{"type":"tool_result","data":{"tool_call_id":"c","content":"a.txt"}}]"#;
    let turn = [ASKED, ("assistant", calls), ("tool", result)];
    assert_eq!(settled(&turn), [true, false, false, false], "it may still be cancelled");
    assert_eq!(settled(&[&turn[..], &[ENDED]].concat()), [true, true, true, true, false]);
}

#[test]
fn a_session_belongs_to_the_project_whose_folder_holds_the_database() {
    let (project, path) = made(&[ASKED]);
    let (sessions, _) = parse_file(parser(TOOL), &path);
    let cwd = sessions[0].header.as_ref().and_then(|header| header.cwd());
    assert_eq!(cwd, project.path().to_str());
}

#[test]
fn seconds_are_seconds_whatever_the_schema_says() {
    let (session, _) = read(&[ASKED]);
    assert_eq!(session.events[0].event.timestamp.as_millis(), 1_760_000_001_000);
}

#[test]
fn projects_are_found_by_the_list_and_among_the_repositories() {
    let folder = tempfile::tempdir().unwrap();
    let roots = |list: &str| {
        fs::write(folder.path().join("projects.json"), list).unwrap();
        let moved = folder.path().display().to_string();
        let variables = BTreeMap::from([("CRUSH_GLOBAL_DATA".to_owned(), moved)]);
        let home = Home::new(PathBuf::from("/home/a"), variables, Os::Linux)
            .with_repositories(vec![PathBuf::from("/src/a")]);
        let roots = parser(TOOL).roots(&home);
        roots.into_iter().map(|root| (root.path, root.origin)).collect::<Vec<_>>()
    };
    let listed = |path: &str| (PathBuf::from(path), Origin::Environment("CRUSH_GLOBAL_DATA"));
    let known = [
        (PathBuf::from("/src/a/.crush"), Origin::Default),
        (PathBuf::from("/src/a/.opencode"), Origin::Default),
    ];
    let object = r#"{"projects":[{"path":"/src/b","data_dir":"/data/b"},{"path":"/src/a","data_dir":".crush"},7,{}]}"#;
    let found = roots(object);
    assert_eq!(found, [listed("/data/b"), listed("/src/a/.crush"), known[1].clone()]);
    let list = r#"[{"path":"/src/c"}]"#;
    assert_eq!(roots(list)[0], listed("/src/c/.crush"));
    assert_eq!(roots("no JSON"), known);
    let windows = Home::new(
        PathBuf::from("/home/a"),
        BTreeMap::from([("LOCALAPPDATA".to_owned(), folder.path().display().to_string())]),
        Os::Windows,
    );
    fs::create_dir(folder.path().join("crush")).unwrap();
    fs::write(folder.path().join("crush/projects.json"), list).unwrap();
    assert_eq!(parser(TOOL).roots(&windows)[0].path, Path::new("/src/c/.crush"));
}

#[test]
fn databases_of_others_are_none_of_crushs_and_its_own_are_no_other_tools() {
    let (_project, path) = made(&[]);
    let head = fs::read(&path).unwrap();
    let tool = |path: &str, head: &[u8]| {
        detect(Path::new(path), head).map(|parser| parser.tool().as_str())
    };
    assert_eq!(tool("/backup/some.sqlite", &head), Some(TOOL));
    let empty = b"SQLite format 3\0";
    assert_eq!(tool("/src/a/.crush/crush.db", empty), Some(TOOL));
    assert_eq!(tool("/src/a/.opencode/opencode.db", empty), Some(TOOL));
    assert_ne!(tool("/home/a/.local/share/opencode/opencode.db", empty), Some(TOOL));
    assert_ne!(tool("/home/a/.local/share/goose/sessions/sessions.db", empty), Some(TOOL));
    let other = b"SQLite format 3\0 CREATE TABLE part (id, message_id, data)";
    assert_ne!(tool("/src/a/.opencode/opencode.db", other), Some(TOOL));
}

#[test]
fn an_edit_without_notes_is_made_of_its_own_texts_and_a_failed_one_is_a_call() {
    let call = |id: &str, name: &str, input: &str| {
        let input = serde_json::Value::from(input);
        format!(r#"{{"type":"tool_call","data":{{"id":"{id}","name":"{name}","input":{input}}}}}"#)
    };
    let edits = r#"{"file_path":"/a","edits":[{"old_string":"x","new_string":"y"},{"old_string":"p","new_string":"q"}]}"#;
    let calls = [
        call("1", "edit", r#"{"file_path":"/a","old_string":"x","new_string":"y"}"#),
        call("2", "edit", r#"{"file_path":"/b","old_string":"","new_string":"new\n"}"#),
        call("3", "multiedit", edits),
        call("4", "write", r#"{"file_path":"/c","content":"c"}"#),
    ];
    let results = [("1", false), ("2", false), ("3", false), ("4", true)].map(|(id, is_error)| {
        format!(r#"{{"type":"tool_result","data":{{"tool_call_id":"{id}","content":"x","is_error":{is_error}}}}}"#)
    });
    let (calls, results) = (format!("[{}]", calls.join(",")), format!("[{}]", results.join(",")));
    let (session, _) = read(&[ASKED, ("assistant", &calls), ("tool", &results), ENDED]);
    let diff = |event: &&Event| match &event.event_type {
        EventType::FileEdit { diff, .. } => diff.clone().unwrap_or_default(),
        _ => String::new(),
    };
    let diffs: Vec<String> = of_type(&session, "FileEdit").iter().map(diff).collect();
    assert_eq!(diffs, ["@@ -1 +1 @@\n-x\n+y\n", "@@ -1 +1 @@\n-x\n+y\n@@ -1 +1 @@\n-p\n+q\n"]);
    assert_eq!(of_type(&session, "FileCreate").len(), 1);
    assert_eq!(of_type(&session, "ToolCall").len(), 1);
    assert_eq!(session.stats().tool_call_count, 4);
}

#[test]
fn images_become_attachments() {
    let image = r#"[{"type":"binary","data":{"Path":"a.png","MIMEType":"image/png","Data":"iVBORw0KGgo="}},
        {"type":"image_url","data":{"url":"data:image/png;base64,iVBORw0KGgo="}}]"#;
    let (session, _) = read(&[("user", image)]);
    assert_eq!(session.attachments.len(), 2);
    let blocks = &session.events[0].event.content.blocks;
    assert!(
        blocks
            .iter()
            .all(|block| matches!(block, Block::Image { url, .. } if url.starts_with("blobs/")))
    );
}

#[test]
fn any_json_anywhere_is_taken() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let odd = [
        "null",
        "7",
        "{}",
        "[]",
        "[7,null,\"s\",[]]",
        "[{\"type\":7,\"data\":7}]",
        "no JSON",
        "[{\"type\":\"tool_call\",\"data\":{\"id\":7,\"input\":\"[1]\"}},{\"type\":\"tool_result\"}]",
        "[{\"type\":\"finish\",\"data\":[]},{\"type\":\"shell_command\",\"data\":{}}]",
        "[{\"type\":\"text\",\"data\":{\"text\":\"\\ud83d\"}}]",
        &deep,
    ];
    let rows: Vec<(&str, &str)> = odd
        .iter()
        .flat_map(|parts| ["user", "assistant", "tool", "robot"].map(|role| (role, *parts)))
        .chain([ASKED])
        .collect();
    let (_, report) = read(&rows);
    assert_eq!(report.records(), rows.len() as u64 + 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn damage_stops_nothing(at in 0_usize..20_000, with in any::<u8>()) {
        let (_project, path) = made(&[ASKED, ENDED]);
        let mut bytes = fs::read(&path).unwrap();
        let at = at % bytes.len();
        bytes[at] = with;
        fs::write(&path, bytes).unwrap();
        let (sessions, _) = parse_file(parser(TOOL), &path);
        prop_assert!(sessions.len() <= 1);
    }
}
