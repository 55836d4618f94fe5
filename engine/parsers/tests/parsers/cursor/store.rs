//! Cursor's stores: the databases of the command line tool.

use super::{TOOL, fixture};
use crate::recording::{Recorded, of_type, parse_file, parser, settled};
use opensession_hail::{EventType, attribute};
use opensession_parsers::ParseReport;
use proptest::prelude::*;
use proptest::sample::Index;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn store() -> (Recorded, ParseReport) {
    let (mut sessions, report) = fixture("store").remove(0);
    assert_eq!(sessions.len(), 1);
    (sessions.remove(0), report)
}

/// Parses a store that holds these values.
fn read(blobs: &[Vec<u8>]) -> (Vec<Recorded>, ParseReport) {
    let folder = tempfile::tempdir().expect("it can be made");
    let path = folder.path().join("store.db");
    let database = Connection::open(&path).expect("it can be made");
    let schema = "CREATE TABLE blobs (id TEXT PRIMARY KEY, data BLOB);
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);";
    database.execute_batch(schema).expect("it can be made");
    for (index, blob) in blobs.iter().enumerate() {
        let row = (format!("{index:064}"), blob);
        database.execute("INSERT INTO blobs VALUES (?1, ?2)", row).expect("it can be made");
    }
    parse_file(parser(TOOL), &path)
}

#[test]
fn every_blob_is_counted_once() {
    let (_, report) = store();
    let understood = [("assistant", 6), ("system", 1), ("tool", 7), ("user", 4)];
    let dropped = [("blob without a value", 1), ("content of a file", 2), ("node of the graph", 4)];
    let unknown = [("oracle", 1), ("unparsed", 1)];
    let count = |list: &[(&str, u64)]| -> BTreeMap<String, u64> {
        list.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    };
    assert_eq!(report.understood, count(&understood));
    assert_eq!((report.dropped, report.unknown), (count(&dropped), count(&unknown)));
}

#[test]
fn calls_have_the_results_of_their_ids() {
    let (session, _) = store();
    let stats = session.stats();
    assert_eq!((stats.tool_call_count, stats.files_changed), (8, 2));
    assert_eq!((stats.lines_added, stats.lines_removed), (2, 1));
    let shell = of_type(&session, "ShellCommand")[0];
    let code = EventType::ShellCommand { command: "pytest".into(), exit_code: Some(1) };
    assert_eq!((&shell.event_type, shell.duration_ms), (&code, Some(5285)));
    assert_eq!(settled(&session).iter().filter(|settled| !**settled).count(), 1);
    let task = of_type(&session, "TaskStart")[0].attributes.str(attribute::TASK_SESSION_ID);
    assert_eq!(task, Some(format!("{}.0931ad2a-0000-4000-8000-000000000001", session.id).as_str()));
}

#[test]
fn what_cursor_adds_is_no_prompt() {
    let (session, _) = store();
    let typed: Vec<&str> = of_type(&session, "UserMessage")
        .iter()
        .filter_map(|event| event.content.blocks[0].as_text())
        .collect();
    assert_eq!(typed, ["Make the loop run three times and test it", "Then stop"]);
    assert_eq!(of_type(&session, "SystemMessage").len(), 3);
    assert_eq!(session.attachments.len(), 1);
}

#[test]
fn the_folder_the_branch_and_the_title_are_told() {
    let (session, _) = store();
    let header = session.header.unwrap();
    assert_eq!((header.cwd(), header.agent.provider.as_str()), (Some("/src/app"), "anthropic"));
    assert_eq!(header.context.attributes.str(attribute::GIT_BRANCH), Some("main"));
    let info = br#"{"role":"user","content":"<user_info>\nOS Version: linux\nWorkspace Path: /src/x\n</user_info>"}"#;
    let asked = br#"{"role":"user","content":"hi"}"#;
    let (sessions, _) = read(&[info.to_vec(), asked.to_vec()]);
    assert_eq!(sessions[0].place.as_deref(), Some("/src/x"));
    let (sessions, _) = fixture("store-with-plain-meta").remove(0);
    let header = sessions[0].header.as_ref().unwrap();
    assert_eq!(header.cwd(), Some("/src/hello"));
    assert_eq!(header.context.title.as_deref(), Some("Say hello"));
}

#[test]
fn any_type_in_any_place_costs_no_more_than_its_blob() {
    let odd = [json!(null), json!(7), json!("x"), json!([[]]), json!({"a": []}), json!(-1e300)];
    let mut messages = Vec::new();
    for odd in &odd {
        for role in ["user", "assistant", "tool", "system"] {
            for key in ["content", "id", "createdAt", "providerOptions"] {
                let mut message = json!({"role": role, "content": [{"type": "text", "text": "x"}]});
                message[key] = odd.clone();
                messages.push(message.to_string().into_bytes());
            }
            for key in ["type", "text", "toolCallId", "toolName", "args", "result", "isError"] {
                let mut part = json!({"type": "tool-call", "toolCallId": "t", "toolName": "Write",
                    "args": {"path": "a"}, "result": "x"});
                part[key] = odd.clone();
                messages.push(json!({"role": role, "content": [part]}).to_string().into_bytes());
            }
        }
    }
    let (sessions, report) = read(&messages);
    assert_eq!((sessions.len(), report.records()), (1, messages.len() as u64));
    assert_eq!(report.unknown.len(), 0);
}

#[test]
fn deep_messages_and_foreign_bytes_cost_no_more_than_their_blob() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let (sessions, report) = read(&[
        br#"{"role":"user","content":"half \ud83d "#.iter().chain(b"\xff\"}").copied().collect(),
        format!("{{\"role\":\"assistant\",\"content\":{deep}}}").into_bytes(),
        Vec::new(),
    ]);
    let said = of_type(&sessions[0], "UserMessage")[0].content.blocks[0].as_text();
    assert_eq!(said, Some(r"half \ud83d \xff"));
    assert_eq!(report.records(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn damage_to_a_message_stops_nothing(row in any::<Index>(), at in any::<Index>(), byte in any::<u8>()) {
        let call = json!({"type": "tool-call", "toolCallId": "t", "toolName": "Shell",
            "args": {"command": "ls"}});
        let result = json!({"type": "tool-result", "toolCallId": "t", "result": "Exit code: 0"});
        let messages: [Value; 3] = [
            json!({"role": "user", "content": "<user_query>\nhi\n</user_query>"}),
            json!({"role": "assistant", "content": [call]}),
            json!({"role": "tool", "content": [result]}),
        ];
        let mut blobs = messages.map(|message| message.to_string().into_bytes());
        let blob = &mut blobs[row.index(3)];
        let at = at.index(blob.len());
        blob.splice(at..=at, [byte]);
        let (sessions, report) = read(&blobs);
        prop_assert!(sessions.len() <= 1);
        prop_assert_eq!(report.records(), 3);
    }
}
