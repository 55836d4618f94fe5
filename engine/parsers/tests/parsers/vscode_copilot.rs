//! The sessions of the editor's chat, and the rules that they show.

use crate::conformance;
use crate::fixtures;
use crate::recording::{Recorded, of_type, only, parse, parser, texts};
use opensession_hail::{EventType, attribute};
use opensession_parsers::{Home, Os, ParseReport, detect};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const TOOL: &str = "vscode-copilot";

fn fixture(case: &str) -> Recorded {
    fixtures::sessions(TOOL, case).remove(0)
}

fn replay(changes: &[Value]) -> (Recorded, ParseReport) {
    let log: String = changes.iter().map(|change| format!("{change}\n")).collect();
    only(parse(parser(TOOL), Path::new("s.jsonl"), log.as_bytes()))
}

fn request(id: &str, text: &str, answer: &Value) -> Value {
    json!({"requestId": id, "timestamp": 1_777_888_800_000_u64, "message": {"text": text},
        "response": answer, "modelId": "copilot/gpt-4o"})
}

fn start(requests: &[Value]) -> Value {
    json!({"kind": 0, "v": {"version": 3, "sessionId": "s", "requests": requests}})
}

fn settled(session: &Recorded) -> usize {
    session.events.iter().take_while(|sent| sent.settled).count()
}

#[test]
fn a_call_has_the_models_input_and_what_it_was_told() {
    let session = fixture("every-part");
    let shell = of_type(&session, "ShellCommand")[0];
    // What ran is what the person made of it.
    let command = "cargo test -q".to_owned();
    assert_eq!(shell.event_type, EventType::ShellCommand { command, exit_code: Some(101) });
    assert_eq!(shell.duration_ms, Some(1500));
    assert_eq!(texts(&session, "ToolResult")[0], "File: a.rs\nfor i in 0..=n {}");
    let stats = session.stats();
    assert_eq!((stats.files_changed, stats.lines_added, stats.lines_removed), (4, 2, 1));
}

#[test]
fn a_refused_call_failed_and_one_of_a_sub_agent_is_part_of_its_task() {
    let session = fixture("every-part");
    let failed: Vec<&str> = of_type(&session, "ToolResult")
        .into_iter()
        .filter_map(|event| match &event.event_type {
            EventType::ToolResult { name, is_error: true, .. } => Some(name.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(failed, ["run_in_terminal", "fetch_webpage"]);
    let search = of_type(&session, "CodeSearch");
    assert_eq!(search[0].task_id.as_deref(), Some("call_9"));
    assert_eq!(of_type(&session, "TaskEnd").len(), 1);
}

#[test]
fn tokens_are_those_of_all_models_and_without_what_was_cached() {
    let stats = fixture("every-part").stats();
    assert_eq!(stats.total_input_tokens, 5000 + (900 - 600) + 100);
    assert_eq!(stats.total_cache_read_tokens, 600);
    assert_eq!(stats.total_output_tokens, 200 + 40 + 10);
}

#[test]
fn what_no_person_typed_is_no_prompt() {
    let session = fixture("every-part");
    assert_eq!(session.stats().user_message_count, 2);
    assert!(texts(&session, "SystemMessage").contains(&"Terminal finished"));
    assert_eq!(session.attachments.len(), 2);
}

#[test]
fn a_part_of_unknown_kind_is_kept_and_told() {
    let cases = fixtures::cases(TOOL);
    let case = cases.iter().find(|path| path.ends_with("every-part")).unwrap();
    let log = fixtures::logs(parser(TOOL), case).remove(0);
    let (_, report) = parse(parser(TOOL), &log.path, &log.bytes);
    assert_eq!(report.fields, BTreeMap::from([("response.sparkle".into(), 1)]));
}

#[test]
fn a_request_that_was_taken_back_stays_and_counts_no_more() {
    let session = fixture("taken-back");
    assert_eq!(texts(&session, "UserMessage"), ["First", "Second", "Second, otherwise"]);
    let rewind = of_type(&session, "Custom")[0];
    assert_eq!(rewind.attributes.str(attribute::REWIND_TO), Some("request_2"));
    assert_eq!(session.stats().user_message_count, 2);
    assert_eq!(texts(&session, "AgentMessage"), ["Hello", "Done.", "Better."]);
}

#[test]
fn an_answer_is_settled_when_nothing_more_of_it_can_come() {
    let result = json!({"kind": 1, "k": ["requests", 0, "result"], "v": {"metadata": {}}});
    let rest = json!({"kind": 2, "k": ["requests", 0, "response"], "v": [{"value": " more"}]});
    let typing = json!({"kind": 1, "k": ["inputState", "inputText"], "v": "x"});
    let begun = start(&[request("a", "go", &json!([{"value": "one"}]))]);
    assert_eq!(settled(&replay(std::slice::from_ref(&begun)).0), 0);
    // The result is written before the last of the answer.
    assert_eq!(settled(&replay(&[begun.clone(), result.clone()]).0), 0);
    assert_eq!(settled(&replay(&[begun.clone(), result.clone(), rest]).0), 2);
    assert_eq!(settled(&replay(&[begun, result, typing]).0), 2);
}

#[test]
fn the_same_session_as_document_and_as_changes_has_the_same_events_and_records() {
    let requests = [
        request("a", "one", &json!([{"value": "1"}])),
        request("b", "two", &json!([{"value": "2"}])),
    ];
    let changes = replay(&[
        start(&requests[..1]),
        json!({"kind": 1, "k": ["requests", 0, "vote"], "v": 1}),
        json!({"kind": 2, "k": ["requests"], "v": [requests[1]]}),
    ]);
    let document = json!({"version": 3, "sessionId": "s", "requests": requests}).to_string();
    let (sessions, _) = parse(parser(TOOL), Path::new("s.json"), document.as_bytes());
    assert_eq!(sessions[0].events, changes.0.events);
    assert_eq!(sessions[0].records, changes.0.records);
}

#[test]
fn a_document_that_went_on_as_changes_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let chats = folder.path().join("chatSessions");
    fs::create_dir(&chats).unwrap();
    let requests = [request("a", "one", &json!([{"value": "1"}]))];
    let document = json!({"sessionId": "s", "requests": requests}).to_string();
    fs::write(chats.join("s.json"), &document).unwrap();
    let path = chats.join("s.json");
    assert_eq!(parse(parser(TOOL), &path, document.as_bytes()).0.len(), 1);
    fs::write(chats.join("s.jsonl"), "").unwrap();
    let (sessions, report) = parse(parser(TOOL), &path, document.as_bytes());
    assert_eq!((sessions.len(), report.dropped.get("second copy")), (0, Some(&2)));
}

#[test]
fn the_workspace_says_where_a_chat_belongs() {
    let folder = tempfile::tempdir().unwrap();
    let chats = folder.path().join("chatSessions");
    fs::create_dir(&chats).unwrap();
    let many = folder.path().join("many.code-workspace");
    fs::write(&many, r#"{"folders":[{"path":"one"},{"path":"two"}]}"#).unwrap();
    let first = folder.path().join("one").display().to_string();
    let uri = format!("file://{}", many.display());
    let requests = [request("a", "one", &json!([{"value": "1"}]))];
    let document = json!({"sessionId": "s", "requests": requests}).to_string();
    for (workspace, place) in [
        (json!({"folder": "file:///a%20b"}), Some("/a b".to_owned())),
        (json!({"folder": "vscode-remote://wsl%2Bubuntu/home/a"}), Some("/home/a".to_owned())),
        (json!({"workspace": uri}), Some(first)),
        (json!({"workspace": "file:///gone/x.code-workspace"}), Some("/gone".to_owned())),
        (json!([]), None),
    ] {
        fs::write(folder.path().join("workspace.json"), workspace.to_string()).unwrap();
        let (sessions, _) = parse(parser(TOOL), &chats.join("s.json"), document.as_bytes());
        assert_eq!(sessions[0].place, place, "{workspace}");
    }
}

#[test]
fn a_chat_outside_of_a_workspace_is_where_the_model_is_told() {
    let mut asked = request("r1", "hi", &json!([{"value": "Hello"}]));
    let told = "<workspace_info>\nI am working in a workspace with the following folders:\n- c:\\src\\demo \n</workspace_info>";
    asked["result"] = json!({"metadata": {"renderedGlobalContext": [{"type": 1, "text": told}]}});
    assert_eq!(replay(&[start(&[asked])]).0.place.as_deref(), Some("c:\\src\\demo"));
}

#[test]
fn strange_changes_stop_nothing() {
    let (session, report) = replay(&[
        start(&[request(
            "a",
            "go",
            &json!([{"value": "one"}, 7, null, {"kind": 3}, {"kind": "toolInvocationSerialized"}]),
        )]),
        json!({"kind": 1, "k": ["requests", 99, "response", 3, "x"], "v": 1}),
        json!({"kind": 2, "k": ["requests", 0, "response"], "v": "x", "i": 1_000_000_000_000_u64}),
        json!({"kind": 1, "k": [], "v": 1}),
        json!({"kind": 1, "k": ["requests", 0, "message"], "v": []}),
        json!({"kind": 2, "k": ["requests"], "v": [7, null, "x"]}),
        json!({"kind": 3, "k": ["requests", 1]}),
        json!({"kind": 0, "v": 7}),
        json!([1]),
    ]);
    assert_eq!(report.records(), 9);
    assert!(!session.events.is_empty());
    let deep = format!("{}1{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let log = format!(
        "{}\n{{\"kind\":1,\"k\":[\"requests\",0,\"x\"],\"v\":{deep}}}\n",
        start(&[request("a", "go", &json!([{"value": "one"}]))])
    );
    let (sessions, report) = parse(parser(TOOL), Path::new("s.jsonl"), log.as_bytes());
    assert_eq!((sessions.len(), report.unknown.get("unparsed")), (1, Some(&1)));
    let log = format!(r#"{{"responderUsername":"x","requests":[{deep},{{"requestId":"a"}}]}}"#);
    let (_, report) = parse(parser(TOOL), Path::new("s.json"), log.as_bytes());
    assert_eq!((report.records(), report.unknown.get("unparsed")), (3, Some(&1)));
}

#[test]
fn many_requests_and_many_calls_take_no_time() {
    const MANY: u64 = 20_000;
    let part = |n: u64| {
        json!({"kind": "toolInvocationSerialized", "toolId": "odd", "toolCallId": format!("ui-{n}"),
        "isComplete": true, "subAgentInvocationId": if n.is_multiple_of(2) { json!(null) } else { json!(format!("ui-{}", n - 1)) }})
    };
    let call = |n: u64| json!({"id": format!("model-{n}"), "name": "other", "arguments": "{}"});
    let parts: Vec<Value> = (0..MANY).map(part).collect();
    let calls: Vec<Value> = (0..MANY).map(call).collect();
    let mut many = request("many", "Do it all", &json!(parts));
    many["result"] = json!({"metadata": {"toolCallRounds": [{"toolCalls": calls}]}});
    let mut changes = vec![start(&[many])];
    let next = |n: u64| json!({"kind": 2, "k": ["requests"], "v": [request(&format!("r{n}"), "On", &json!([]))]});
    changes.extend((0..MANY).map(next));
    let session = replay(&changes).0;
    assert_eq!(texts(&session, "UserMessage").len() as u64, MANY + 1);
    // Half of the parts are the model's calls, and half of its calls are not shown.
    assert_eq!(of_type(&session, "ToolCall").len() as u64, MANY + MANY / 2);
}

#[test]
fn every_editor_has_its_folders() {
    let home = Home::new("/h".into(), BTreeMap::new(), Os::Linux);
    let roots = parser(TOOL).roots(&home);
    let paths: Vec<String> = roots.iter().map(|root| root.path.display().to_string()).collect();
    for path in [
        "/h/.config/Code/User/workspaceStorage",
        "/h/.config/Code - Insiders/User/globalStorage/emptyWindowChatSessions",
        "/h/.config/VSCodium/User/workspaceStorage",
        "/h/.vscode-server/data/User/workspaceStorage",
    ] {
        assert!(paths.iter().any(|found| found == path), "{path}");
    }
    let storage = roots.iter().find(|root| root.path.ends_with("workspaceStorage")).unwrap();
    assert_eq!(storage.depth, 2);
}

#[test]
fn what_lies_beside_a_log_is_nobodys() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/vscode-copilot");
    for name in [
        "transcript/workspace.json",
        "transcript/GitHub.copilot-chat/debug-logs/test-session-abc/models.json",
    ] {
        let path = folder.join(name);
        assert!(detect(&path, &fs::read(&path).unwrap()).is_none(), "{name}");
    }
}

#[test]
fn damage_stops_nothing() {
    conformance::check_damage(TOOL, 1);
}
