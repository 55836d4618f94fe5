//! Gemini CLI's logs, and the rules that they show.

use crate::fixtures;
use crate::recording::{Recorded, only, parse, parser};
use opensession_hail::{Event, EventType, Stats, attribute};
use opensession_parsers::{Home, Origin, Os, ParseReport, detect};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const TOOL: &str = "gemini-cli";

fn header() -> Value {
    json!({"sessionId": "s1", "projectHash": "h", "startTime": "2026-05-04T10:00:00.000Z"})
}

fn user(id: &str, text: &str) -> Value {
    json!({"id": id, "timestamp": "2026-05-04T10:00:01.000Z", "type": "user", "content": text})
}

fn answer(id: &str, text: &str, tokens: &Value) -> Value {
    json!({"id": id, "timestamp": "2026-05-04T10:00:02.000Z", "type": "gemini", "content": text,
        "tokens": tokens, "model": "m"})
}

fn tokens() -> Value {
    json!({"input": 100, "output": 5, "cached": 60, "thoughts": 2, "tool": 0, "total": 107})
}

fn lines(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

fn read(log: &str) -> (Recorded, ParseReport) {
    only(parse(parser(TOOL), Path::new("log.jsonl"), log.as_bytes()))
}

fn texts(session: &Recorded, name: &str) -> Vec<String> {
    let events = session.events.iter().map(|sent| &sent.event);
    events.filter(|event| event.event_type.name() == name).map(text).collect()
}

fn text(event: &Event) -> String {
    event.content.blocks.iter().filter_map(|block| block.as_text()).collect()
}

fn totals(stats: &Stats) -> [u64; 3] {
    [stats.total_input_tokens, stats.total_cache_read_tokens, stats.total_output_tokens]
}

#[test]
fn a_message_written_again_stands_in_place_of_the_first() {
    let log = lines(&[
        header(),
        user("u", "go"),
        answer("g", "half", &Value::Null),
        answer("g", "whole", &Value::Null),
        answer("g", "whole", &tokens()),
        answer("g", "whole", &tokens()),
    ]);
    let (session, report) = read(&log);
    assert_eq!(texts(&session, "AgentMessage"), ["whole"]);
    assert_eq!(totals(&session.stats()), [40, 60, 7]);
    assert_eq!(report.records(), 6);
    assert!(session.events.iter().all(|sent| sent.settled));
}

#[test]
fn an_answer_without_tokens_waits_for_them_or_for_the_next_message() {
    let mut records = vec![header(), user("u", "go"), answer("g", "half", &Value::Null)];
    let (session, _) = read(&lines(&records));
    assert_eq!(session.events.last().map(|sent| sent.settled), Some(false));
    records.push(user("v", "on"));
    let (session, _) = read(&lines(&records));
    assert!(session.events.iter().all(|sent| sent.settled));
}

#[test]
fn a_call_written_again_with_its_result_is_one_call() {
    let call = |status: &str| {
        let mut message = answer("g", "", &tokens());
        message["toolCalls"] = json!([{"id": "c", "name": "replace", "status": status,
            "args": {"file_path": "a", "old_string": "x\n", "new_string": "y\n"}}]);
        message
    };
    let log = lines(&[header(), user("u", "go"), call("executing"), call("success")]);
    let (session, _) = read(&log);
    let stats = session.stats();
    let lines = (stats.lines_added, stats.lines_removed);
    assert_eq!((stats.tool_call_count, stats.files_changed, lines), (1, 1, (1, 1)));
    assert_eq!(totals(&stats), [40, 60, 7]);
}

#[test]
fn a_text_changed_after_it_was_whole_is_told_beside_it() {
    let log = lines(&[
        header(),
        answer("g", "one", &tokens()),
        user("u", "go"),
        answer("g", "two", &tokens()),
    ]);
    let (session, _) = read(&log);
    assert_eq!(texts(&session, "AgentMessage"), ["one"]);
    let revised = EventType::Custom { kind: "revised".to_owned() };
    assert!(session.events.iter().any(|sent| sent.event.event_type == revised));
    assert_eq!(totals(&session.stats()), [40, 60, 7]);
}

#[test]
fn a_rewind_takes_back_the_message_and_all_behind_it_or_everything() {
    let start = [header(), user("u", "a"), answer("g", "b", &tokens()), user("v", "c")];
    for (target, first, prompts) in [("v", "v", 1), ("u", "u", 0), ("nowhere", "u", 0)] {
        let mut records = start.to_vec();
        records.push(json!({ "$rewindTo": target }));
        let (session, _) = read(&lines(&records));
        let mark = session.events.last().map(|sent| &sent.event);
        let to = mark.and_then(|mark| mark.attributes.str(attribute::REWIND_TO));
        assert_eq!(to, Some(first), "{target}");
        assert_eq!(session.stats().user_message_count, prompts, "{target}");
    }
}

#[test]
fn a_message_that_was_taken_back_may_come_again_under_its_id() {
    let records = [
        header(),
        user("u", "a"),
        user("v", "b"),
        json!({ "$rewindTo": "v" }),
        user("v", "c"),
        user("v", "a copy"),
        answer("g", "d", &tokens()),
        answer("g", "d", &tokens()),
    ];
    let (session, _) = read(&lines(&records));
    assert_eq!(texts(&session, "UserMessage"), ["a", "b", "c"]);
    assert_eq!(texts(&session, "AgentMessage"), ["d"]);
}

#[test]
fn copies_of_messages_in_a_change_add_only_what_is_new() {
    let known = [user("u", "go"), answer("g", "done", &tokens())];
    let set = json!({"$set": {"messages": [known[0], known[1], user("n", "new")]}});
    let (session, _) = read(&lines(&[header(), known[0].clone(), known[1].clone(), set.clone()]));
    assert_eq!(texts(&session, "UserMessage"), ["go", "new"]);
    assert_eq!(totals(&session.stats()), [40, 60, 7]);
    let (session, report) = read(&lines(&[header(), set.clone(), set]));
    assert_eq!(texts(&session, "UserMessage"), ["go", "new"], "a log of changes only");
    assert_eq!(report.records(), 3);
}

#[test]
fn a_document_that_has_grown_begins_with_the_same_events() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/gemini-cli/2025-12-document/input.json");
    let whole: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let messages = whole["messages"].as_array().unwrap().clone();
    let mut before: Vec<Event> = Vec::new();
    for count in 1..=messages.len() {
        let mut document = whole.clone();
        document["messages"] = messages[..count].into();
        document["lastUpdated"] = count.to_string().into();
        let bytes = serde_json::to_vec_pretty(&document).unwrap();
        let (sessions, _) = parse(parser(TOOL), &path, &bytes);
        let events: Vec<Event> = sessions[0].events.iter().map(|sent| sent.event.clone()).collect();
        assert_eq!(events.get(..before.len()), Some(before.as_slice()), "{count} messages");
        let settled = sessions[0].events.iter().take_while(|sent| sent.settled).count();
        before = events[..settled].to_vec();
    }
    assert!(before.len() > 20);
}

#[test]
fn a_document_with_the_rest_of_an_older_one_behind_it_is_read() {
    let mut document = header();
    document["messages"] = json!([user("u", "go")]);
    let log = format!("{document:#}\n ]}}\n");
    let (session, report) = read(&log);
    assert_eq!(texts(&session, "UserMessage"), ["go"]);
    assert!(report.torn);
}

#[test]
fn a_document_that_was_rewritten_as_lines_is_left_to_them() {
    let dir = tempfile::tempdir().unwrap();
    let document = dir.path().join("session-1.json");
    let mut whole = header();
    whole["messages"] = json!([user("u", "go")]);
    let whole = whole.to_string();
    let sessions = || parse(parser(TOOL), &document, whole.as_bytes()).0.len();
    assert_eq!(sessions(), 1);
    let other = json!({"sessionId": "s2", "projectHash": "h"});
    fs::write(dir.path().join("session-1.jsonl"), lines(&[other])).unwrap();
    assert_eq!(sessions(), 1, "another session's");
    fs::write(dir.path().join("session-1.jsonl"), lines(&[header()])).unwrap();
    assert_eq!(sessions(), 0);
}

#[test]
fn a_message_that_stands_in_no_list_is_read() {
    let mut whole = header();
    whole["messages"] = user("u", "go");
    let path = Path::new("session-1.json");
    let (session, _) = only(parse(parser(TOOL), path, whole.to_string().as_bytes()));
    assert_eq!(texts(&session, "UserMessage"), ["go"]);
}

#[test]
fn the_sink_is_told_the_folder_that_the_header_names() {
    for tool in [TOOL, "qwen-code"] {
        let mut folders = 0;
        for case in fixtures::cases(tool) {
            for log in fixtures::logs(parser(tool), &case) {
                for session in parse(parser(tool), &log.path, &log.bytes).0 {
                    let named = session.header.as_ref().and_then(|header| header.cwd());
                    assert_eq!(session.place.as_deref(), named, "{}", log.path.display());
                    folders += usize::from(named.is_some());
                }
            }
        }
        assert!(folders >= 4, "{tool}");
    }
}

#[test]
fn responses_inside_responses_are_not_followed_down() {
    let depth = 200_000;
    let open = r#"[{"functionResponse":{"name":"a","response":{},"parts":"#.repeat(depth);
    let shown = r#"{"toolCalls":[{"name":"a","resultDisplay":"#.repeat(depth);
    let result = format!("{open}[]{}", "}}]".repeat(depth));
    let display = format!("{shown}{{}}{}", "}]}".repeat(depth));
    let message = format!(
        r#"{{"id":"g","type":"gemini","content":"a","tokens":{{}},"toolCalls":[{{"id":"c","name":"task","status":"success","result":{result},"resultDisplay":{display}}}]}}"#
    );
    let (session, report) = read(&format!("{}{message}\n", lines(&[header(), user("u", "go")])));
    assert!(session.events.len() >= 2);
    assert_eq!(report.records(), 3);
}

#[test]
fn the_variable_moves_the_folder_and_other_files_are_no_logs() {
    let home = |variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Home::new(PathBuf::from("/home/a"), variables.collect::<BTreeMap<_, _>>(), Os::Linux)
    };
    let roots = |home: &Home| {
        let roots = parser(TOOL).roots(home);
        roots.into_iter().map(|root| (root.path, root.origin)).collect::<Vec<_>>()
    };
    assert_eq!(roots(&home(&[])), [("/home/a/.gemini/tmp".into(), Origin::Default)]);
    let moved = Origin::Environment("GEMINI_CLI_HOME");
    let home = home(&[("GEMINI_CLI_HOME", "/data")]);
    assert_eq!(roots(&home), [("/data/.gemini/tmp".into(), moved)]);
    let tool = |name: &str, text: &str| {
        detect(Path::new(name), text.as_bytes()).map(|parser| parser.tool().as_str())
    };
    let document = r#"{"sessionId":"s","projectHash":"h","messages":[]}"#;
    assert_eq!(tool("session-1.json", document), Some(TOOL));
    assert_eq!(tool("checkpoint-a.json", document), None);
    assert_eq!(tool("logs.json", r#"[{"sessionId":"s","type":"user","message":"a"}]"#), None);
    let foreign = r#"{"messages":[{"role":"user","content":"a"}]}"#;
    assert_eq!(tool("chat.json", foreign), None);
}

#[test]
fn a_history_of_the_model_tells_its_folder_in_the_first_message() {
    let context = "This is the Gemini CLI. We are setting up the context for our chat.\nMy operating system is: linux\nI'm currently working in the directory: /src/demo\nHere is";
    let part = |role: &str, text: &str| json!({"role": role, "parts": [{"text": text}]});
    let history = json!([part("user", context), part("model", "Got it."), part("user", "hi")]);
    let bytes = json!({ "history": history }).to_string();
    let (sessions, _) = parse(parser(TOOL), Path::new("a.json"), bytes.as_bytes());
    assert_eq!(sessions[0].place.as_deref(), Some("/src/demo"));
}
