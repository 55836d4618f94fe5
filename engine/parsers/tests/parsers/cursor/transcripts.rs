//! Cursor's transcripts.

use super::{TABLE, TOOL, bubble, composer, fixture};
use crate::recording::{Recorded, Recording, of_type, parse_file, parser, settled};
use crate::{conformance, fixtures};
use opensession_parsers::{Home, Os, ParseReport, Root, Source};
use proptest::prelude::*;
use proptest::sample::Index;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn line(role: &str, parts: &Value) -> String {
    format!("{}\n", json!({"role": role, "message": {"content": parts}}))
}

fn said(text: &str) -> Value {
    json!([{"type": "text", "text": text}])
}

/// Parses a transcript, and checks what holds for any log.
fn transcript(log: &str) -> (Recorded, ParseReport) {
    let path = Path::new("projects/src-app/agent-transcripts/t1.jsonl");
    conformance::check(parser(TOOL), path, log.as_bytes());
    let (mut sessions, report) = crate::recording::parse(parser(TOOL), path, log.as_bytes());
    assert_eq!(sessions.len(), 1);
    (sessions.remove(0), report)
}

#[test]
fn only_what_a_person_typed_in_a_transcript_is_a_prompt() {
    let (sessions, _) = &fixture("transcript-of-every-kind")[0];
    let typed: Vec<&str> = of_type(&sessions[0], "UserMessage")
        .iter()
        .filter_map(|event| event.content.blocks[0].as_text())
        .collect();
    let expected = [
        "Rename a to b and find <module> users",
        "Thanks",
        "Plain words",
        "glued to the line before",
    ];
    assert_eq!(typed, expected);
    assert_eq!(of_type(&sessions[0], "SystemMessage").len(), 5);
}

#[test]
fn edits_in_a_log_without_results_count_and_their_folder_is_the_project() {
    let (sessions, report) = &fixture("transcript-of-every-kind")[0];
    let stats = sessions[0].stats();
    assert_eq!((stats.tool_call_count, stats.files_changed), (14, 5));
    assert_eq!((stats.lines_added, stats.lines_removed), (5, 1));
    assert_eq!(sessions[0].place.as_deref(), Some("/Users/me/my_app"));
    assert!(report.torn);
    let (agents, _) = &fixture("transcript-of-every-kind")[1];
    let header = agents[0].header.as_ref().unwrap();
    assert!(header.is_auxiliary() && agents[0].id.as_str().starts_with(sessions[0].id.as_str()));
}

#[test]
fn calls_with_ids_wait_for_their_results_and_others_do_not() {
    let call = |id: Value| {
        json!([{"type": "tool_use", "id": id, "name": "Write",
        "input": {"path": "a", "contents": "x\n"}}])
    };
    let settled_of = |log: &str| settled(&transcript(log).0);
    let asked = line("user", &said("go"));
    let open = format!("{asked}{}", line("assistant", &call(json!("c1"))));
    assert_eq!(settled_of(&open), [true, false]);
    assert_eq!(settled_of(&format!("{asked}{}", line("assistant", &call(Value::Null)))), [true; 2]);
    let failed = json!([{"type": "tool_result", "tool_use_id": "c1", "is_error": true,
        "content": "no"}]);
    let (session, _) = transcript(&format!("{open}{}", line("user", &failed)));
    assert_eq!((session.stats().files_changed, session.stats().tool_call_count), (0, 1));
}

#[test]
fn parts_and_lines_that_nobody_knows_are_kept_and_counted() {
    let parts = json!([{"type": "hologram", "data": 1}, 7, "words", null, {"text": 1}]);
    let log =
        format!("{}{}7\n[1]\n{{\"x\":1}}\n", line("user", &said("hi")), line("assistant", &parts));
    let (session, report) = transcript(&log);
    assert_eq!(report.fields.get("assistant.hologram"), Some(&1));
    assert_eq!(report.records(), 5);
    assert_eq!(of_type(&session, "AgentMessage")[0].content.blocks[0].as_text(), Some("words"));
    assert_eq!(report.unknown.values().sum::<u64>(), 3);
}

#[test]
fn halves_of_escapes_deep_lines_and_foreign_bytes_cost_no_line() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let mut log = line("user", &said("A B")).replace('A', "\\ud83d").into_bytes();
    let at = log.iter().position(|byte| *byte == b'B').unwrap();
    log[at] = 0xff;
    log.extend(format!("{{\"role\":\"assistant\",\"message\":{{\"content\":{deep}}}}}\n").bytes());
    log.extend(line("assistant", &said("ok")).bytes());
    let path = Path::new("agent-transcripts/t1.jsonl");
    let (sessions, report) = crate::recording::parse(parser(TOOL), path, &log);
    let texts =
        |name| of_type(&sessions[0], name)[0].content.blocks[0].as_text().unwrap().to_owned();
    assert_eq!(texts("UserMessage"), r"\ud83d \xff");
    assert_eq!(report.records(), 3);
}

#[test]
fn the_last_words_of_a_plain_text_are_settled_where_the_lines_beside_it_have_them() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("agent-transcripts/a.txt");
    fs::create_dir_all(text.parent().unwrap()).unwrap();
    fs::write(&text, "user:\nhi\n\nassistant:\n[Tool call] Read\n  path: a\n\n[Tool result] Read\n\nassistant:\nDone.").unwrap();
    let flags = || settled(&parse_file(parser(TOOL), &text).0[0]);
    assert_eq!(flags(), [true, true, true, false]);
    fs::write(text.with_extension("jsonl"), line("assistant", &said("Done."))).unwrap();
    assert_eq!(flags(), [true; 4]);
    let events = || -> Vec<_> {
        let sessions = parse_file(parser(TOOL), &text).0;
        sessions[0].events.iter().map(|sent| sent.event.clone()).collect()
    };
    let before = events();
    let bytes = ["\u{feff}", &fs::read_to_string(&text).unwrap().replace('\n', "\r\n")].concat();
    fs::write(&text, bytes).unwrap();
    assert_eq!(events(), before, "a mark and carriage returns change nothing");
    let home = Home::new(folder.path().join("none"), BTreeMap::new(), Os::Linux);
    let roots = parser(TOOL).roots(&home);
    let root = roots.iter().find(|root| root.path.ends_with("projects")).unwrap().clone();
    let found = Root { path: folder.path().to_owned(), ..root }.logs(&mut |_, _| ());
    assert_eq!(found.len(), 1, "one form of it");
    assert!(found[0].relative.ends_with(".txt"));
}

#[test]
fn a_transcript_of_a_conversation_in_a_database_tells_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cursor = folder.path().join(".cursor");
    let path = cursor.join("projects/src-app/agent-transcripts/c/c.jsonl");
    let editor = folder.path().join(".config/Cursor/User/globalStorage/state.vscdb");
    for file in [&path, &editor] {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
    }
    fs::write(&path, line("user", &said("hi"))).unwrap();
    let sessions = || parse_file(parser(TOOL), &path).0.len();
    assert_eq!(sessions(), 1);
    let database = Connection::open(&editor).unwrap();
    database.execute_batch(TABLE).unwrap();
    let (key, value) = composer("completed", &[("a", 1)]);
    let insert = "INSERT INTO cursorDiskKV VALUES (?1, ?2)";
    database.execute(insert, (key, value.to_string())).unwrap();
    assert_eq!(sessions(), 1, "without messages it is not told there");
    database.execute(insert, ("bubbleId:c:a", bubble(1, "hi").to_string())).unwrap();
    assert_eq!(sessions(), 0);
    drop(database);
    fs::remove_file(&editor).unwrap();
    assert_eq!(sessions(), 1);
    let store = cursor.join("chats/hash/c/store.db");
    fs::create_dir_all(store.parent().unwrap()).unwrap();
    fs::write(store, "").unwrap();
    assert_eq!(sessions(), 0);
}

#[test]
fn a_transcript_is_not_told_while_nobody_knows_what_the_database_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".cursor/projects/src-app/agent-transcripts/c/c.jsonl");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, line("user", &said("hi"))).unwrap();
    let editor = folder.path().join(".config/Cursor/User/globalStorage/state.vscdb");
    // What is no file cannot be copied.
    fs::create_dir_all(&editor).unwrap();
    let mut recording = Recording::default();
    let error = parser(TOOL).parse(&Source::file(&path), &mut recording).unwrap_err();
    assert!(error.to_string().contains("state.vscdb"), "{error}");
    assert_eq!(recording.sessions.len(), 0);
    fs::remove_dir(&editor).unwrap();
    fs::write(&editor, "no database").unwrap();
    assert_eq!(parse_file(parser(TOOL), &path).0.len(), 1);
}

#[test]
fn a_text_of_many_blocks_and_paths_is_read_in_time() {
    let blocks = "<rules>x</rules>".repeat(50_000);
    let paths = format!("/src{} ", "/app".repeat(250)).repeat(1000);
    let log = format!("{}{}", line("user", &said(&blocks)), line("user", &said(&paths)));
    let path = Path::new("projects/src-app-app-apples/agent-transcripts/t1.jsonl");
    let (sessions, report) = crate::recording::parse(parser(TOOL), path, log.as_bytes());
    assert_eq!((sessions.len(), report.records()), (1, 2));
}

#[test]
fn the_folder_of_a_transcript_is_told_by_what_lies_beside_it() {
    let home = tempfile::tempdir().unwrap();
    let project = home.path().join(".cursor/projects/src-my-app");
    let path = project.join("agent-transcripts/c/c.jsonl");
    let write = |file: &Path, text: &str| {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    write(&path, &line("user", &said("hi, see /src/other/a.rs")));
    let place = || parse_file(parser(TOOL), &path).0[0].place.clone();
    assert_eq!(place(), None, "a name alone is no path");
    let other = project.join("agent-transcripts/d/d.jsonl");
    write(&other, &line("user", &said("look\nat /src/my_app/a.rs")));
    assert_eq!(place().as_deref(), Some("/src/my_app"), "another of the project");
    fs::remove_file(other).unwrap();
    let workspace = |name: &str, folder: &str| {
        let file = home.path().join(".config/Cursor/User/workspaceStorage").join(name);
        write(&file.join("workspace.json"), &json!({ "folder": folder }).to_string());
    };
    workspace("1", "file:///src/my-app");
    workspace("2", "file:///src/app");
    assert_eq!(place().as_deref(), Some("/src/my-app"), "a workspace of the editor");
    workspace("3", "file:///src/my_app");
    assert_eq!(place(), None, "either may be meant");
    let trusted = json!({"trustedAt": "2026-08-02T02:06:46.038Z", "workspacePath": "/src/my.app"});
    write(&project.join(".workspace-trusted"), &trusted.to_string());
    assert_eq!(place().as_deref(), Some("/src/my.app"), "Cursor says so itself");
}

#[test]
fn a_transcript_outside_of_a_project_may_tell_which_it_is() {
    let read = |path: &str| json!([{"type": "tool_use", "name": "Read", "input": {"path": path}}]);
    let own = "/home/me/.cursor/projects/src-my-app/agent-tools/1.txt";
    let log = [
        line("user", &said("hi")),
        line("assistant", &read("/src/my-app/a.txt")),
        line("assistant", &read(own)),
    ];
    let (sessions, _) =
        crate::recording::parse(parser(TOOL), Path::new("c.jsonl"), log.concat().as_bytes());
    assert_eq!(sessions[0].place.as_deref(), Some("/src/my-app"));
}

proptest! {
    #[test]
    fn damage_to_a_transcript_stops_nothing(
        case in any::<Index>(), at in any::<Index>(), byte in any::<u8>()
    ) {
        let names = ["transcript", "transcript-of-every-kind", "transcript-with-results", "plain-text"];
        let cases = fixtures::cases(TOOL);
        let case = cases.iter().find(|it| it.ends_with(names[case.index(names.len())])).unwrap();
        let logs = fixtures::logs(parser(TOOL), case);
        let log = logs.last().unwrap();
        let mut bytes = log.bytes.clone();
        let at = at.index(bytes.len());
        bytes.splice(at..=at, [byte]);
        let (found, _) = crate::recording::parse(parser(TOOL), &log.path, &bytes);
        prop_assert!(found.len() <= 1);
    }
}
