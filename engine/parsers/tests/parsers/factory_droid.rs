//! The logs of Droid, and the rules that they show.

use crate::conformance;
use crate::recording::{Recorded, of_type, only, parse, parser, texts};
use opensession_hail::{Block, EventType, attribute};
use opensession_parsers::{HEAD_BYTES, Home, Origin, Os, ParseReport};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const TOOL: &str = "factory-droid";

fn head() -> Value {
    json!({"type": "session_start", "id": "s1", "title": "t", "owner": "a", "version": 2, "cwd": "/src"})
}

fn message(id: &str, role: &str, content: &Value) -> Value {
    json!({"type": "message", "id": id, "timestamp": "2026-01-28T16:57:01.391Z",
        "message": {"role": role, "content": content}})
}

fn text(text: &str) -> Value {
    json!([{"type": "text", "text": text}])
}

fn call(id: &str, name: &str, input: &Value) -> Value {
    json!([{"type": "tool_use", "id": id, "name": name, "input": input}])
}

fn result(id: &str, content: &Value) -> Value {
    json!([{"type": "tool_result", "tool_use_id": id, "content": content}])
}

fn log(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

fn read_at(path: &Path, log: &str) -> (Recorded, ParseReport) {
    only(parse(parser(TOOL), path, log.as_bytes()))
}

fn read(records: &[Value]) -> Recorded {
    read_at(Path::new("log.jsonl"), &log(records)).0
}

#[test]
fn tokens_are_the_settings_of_the_session_and_never_settled() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s1.jsonl");
    let settings = json!({"model": "gpt-5", "providerLock": "openai",
        "tokenUsage": {"inputTokens": 5, "outputTokens": 40, "cacheReadTokens": 7,
            "cacheCreationTokens": 2, "thinkingTokens": 30},
        "inclusiveTokenUsage": {"inputTokens": 500}});
    fs::write(folder.path().join("s1.settings.json"), settings.to_string()).unwrap();
    let records =
        [head(), message("a", "user", &text("go")), message("b", "assistant", &text("on"))];
    let (session, _) = read_at(&path, &log(&records));
    let stats = session.stats();
    let tokens = [
        stats.total_input_tokens,
        stats.total_output_tokens,
        stats.total_cache_read_tokens,
        stats.total_cache_write_tokens,
    ];
    assert_eq!(tokens, [5, 40, 7, 2]);
    let last = session.events.last().unwrap();
    assert_eq!(last.event.event_type, EventType::Custom { kind: "usage".into() });
    assert!(!last.settled, "they grow");
    assert!(session.events[..2].iter().all(|sent| sent.settled));
    let header = session.header.unwrap();
    assert_eq!((header.agent.model.as_str(), header.agent.provider.as_str()), ("gpt-5", "openai"));
}

#[test]
fn only_what_a_person_typed_is_a_user_message() {
    let aside = |id: &str, key: &str, value: &str| {
        let mut record = message(id, "user", &text("no"));
        record["message"][key] = json!(value);
        record
    };
    let session = read(&[
        head(),
        aside("a", "visibility", "llm_only"),
        aside("b", "visibility", "user_only"),
        aside("c", "userMessageSource", "automation"),
        aside("d", "hookEventName", "Stop"),
        message("e", "user", &text("<system-reminder>x</system-reminder>")),
        message("f", "user", &text("<system-reminder>x</system-reminder>\n\nyes")),
        message("g", "system", &text("no")),
        message("h", "user", &json!("also")),
    ]);
    assert_eq!(texts(&session, "UserMessage"), ["yes", "also"]);
    assert_eq!(of_type(&session, "SystemMessage").len(), 7);
}

#[test]
fn a_call_waits_for_its_result_until_the_person_goes_on() {
    let create = json!({"file_path": "p", "content": "c\n"});
    let mut records = vec![
        head(),
        message("a", "user", &text("go")),
        message("b", "assistant", &call("t", "Create", &create)),
    ];
    let open = read(&records);
    let settled: Vec<bool> = open.events.iter().map(|sent| sent.settled).collect();
    assert_eq!(settled, [true, false]);
    assert_eq!(of_type(&open, "FileCreate").len(), 0, "nobody knows yet whether it was written");
    records.push(message("c", "user", &text("stop")));
    assert!(read(&records).events.iter().all(|sent| sent.settled));
    records[3] = message("c", "user", &result("t", &json!("{\"success\":true}")));
    let done = read(&records);
    let file = Block::File { path: "p".into(), content: Some("c\n".into()) };
    assert_eq!(of_type(&done, "FileCreate")[0].content.blocks, [file]);
    records[3] = message("c", "user", &result("t", &json!("{\"success\":false,\"error\":\"x\"}")));
    let failed = read(&records);
    assert!(of_type(&failed, "FileCreate").is_empty() && of_type(&failed, "ToolCall").len() == 1);
}

#[test]
fn the_tools_own_names_are_no_titles() {
    let title = |title: &str, own: &str| {
        let mut head = head();
        (head["title"], head["sessionTitle"]) = (json!(title), json!(own));
        let session = read(&[head, message("a", "user", &text("go on"))]);
        session.header.unwrap().context.title.unwrap()
    };
    assert_eq!(title("a prompt", "Own name"), "Own name");
    assert_eq!(title("a prompt", "New Session"), "a prompt");
    assert_eq!(title("New Session", "New Session"), "go on");
    assert_eq!(title("", " "), "go on");
}

#[test]
fn sub_agents_workers_and_forks_name_where_they_are_from() {
    let about = |key: &str, value: &str| {
        let mut head = head();
        head[key] = json!(value);
        let answer = message("b", "assistant", &text("on"));
        let session = read(&[head, message("a", "user", &text("go")), answer]);
        let context = session.header.as_ref().unwrap().context.clone();
        let named = |name| context.attributes.str(name).map(str::to_owned);
        (
            of_type(&session, "UserMessage").len(),
            named(attribute::PARENT_SESSION_ID),
            named(attribute::FORKED_FROM),
        )
    };
    let p = || Some("p".to_owned());
    assert_eq!(about("callingSessionId", "p"), (0, p(), None));
    assert_eq!(about("decompSessionType", "worker"), (0, None, None));
    assert_eq!(about("decompSessionType", "orchestrator"), (1, None, None));
    assert_eq!(about("parent", "p"), (1, None, p()));
}

#[test]
fn what_was_thought_is_told_once() {
    let thought = json!([{"type": "thinking", "thinking": "hm", "durationMs": 5}]);
    let mut both = message("a", "assistant", &thought);
    both["message"]["openaiReasoningSummary"] = json!("hm");
    let mut beside = message("b", "assistant", &text("so"));
    beside["message"]["chatCompletionReasoningContent"] = json!("well");
    let session = read(&[head(), both, beside]);
    assert_eq!(texts(&session, "Thinking"), ["hm", "well"]);
    assert_eq!(of_type(&session, "Thinking")[0].duration_ms, Some(5));
}

#[test]
fn the_last_answer_of_a_stream_is_told_once() {
    let streamed = |answer: &str, last: &str| {
        let session = read(&[
            json!({"type": "system", "subtype": "init", "session_id": "s", "model": "m", "cwd": "/x"}),
            json!({"type": "message", "session_id": "s", "role": "user", "text": "go"}),
            json!({"type": "message", "session_id": "s", "role": "assistant", "text": answer}),
            json!({"type": "completion", "session_id": "s", "finalText": last,
                "usage": {"input_tokens": 3, "output_tokens": 4, "cache_read_input_tokens": 5}}),
        ]);
        assert_eq!(session.id.as_str(), "s");
        assert_eq!(session.stats().total_output_tokens, 4);
        session
    };
    assert_eq!(texts(&streamed("a", "a"), "AgentMessage"), ["a"]);
    assert_eq!(texts(&streamed("a", "b"), "AgentMessage"), ["a", "b"]);
}

#[test]
fn fields_of_foreign_types_cost_no_record() {
    for odd in ["null", "true", "-7", "1.5", "\"s\"", "[1,[2]]", "{\"a\":{\"b\":1}}"] {
        let odd: Value = serde_json::from_str(odd).unwrap();
        let mut records = vec![head()];
        let mut heads = head();
        for (key, value) in
            [("session", json!({})), ("timestamp", json!(1)), ("parent", json!("p"))]
        {
            heads[key] = value;
        }
        for record in [
            heads,
            message("a", "assistant", &call("t", "Edit", &json!({"file_path": "p"}))),
            message("b", "user", &result("t", &json!("{\"diffLines\":[{}]}"))),
            json!({"type": "compaction_state", "id": "c", "summaryText": "x", "summary": {"body": "y"}}),
            json!({"type": "message", "session_id": "s", "role": "user", "text": "x", "message": {}}),
            json!({"type": "tool_call", "toolCallId": "t", "toolName": "Edit", "parameters": {}}),
            json!({"type": "tool_result", "toolCallId": "t", "value": {"stdout": "x"}, "isError": true}),
            json!({"type": "completion", "finalText": "x", "usage": {"input_tokens": 1}}),
            json!({"type": "error", "message": "x", "sessionId": "s"}),
        ] {
            for key in record.as_object().unwrap().keys().filter(|key| *key != "type") {
                let mut changed = record.clone();
                changed[key] = odd.clone();
                records.push(changed);
            }
            let parts = ["role", "content", "visibility"].into_iter();
            for key in parts.filter(|_| record["message"]["role"].is_string()) {
                let mut changed = record.clone();
                changed["message"][key] = odd.clone();
                records.push(changed);
            }
            if let Some(part) = record["message"]["content"].get(0) {
                for key in part.as_object().unwrap().keys() {
                    let mut changed = record.clone();
                    changed["message"]["content"][0][key] = odd.clone();
                    records.push(changed);
                }
            }
        }
        let (_, report) = read_at(Path::new("log.jsonl"), &log(&records));
        assert_eq!(report.records(), records.len() as u64, "{odd}");
        assert_eq!(report.unknown.get("unparsed"), None, "{odd}");
    }
}

#[test]
fn what_is_no_record_is_kept_and_nothing_is_too_deep_or_too_odd() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let mut bytes = log(&[head(), message("a", "user", &text("hi"))]).into_bytes();
    for line in [
        format!("{{\"type\":\"message\",\"message\":{{\"role\":\"user\",\"content\":{deep}}}}}\n"),
        format!("{{\"type\":\"message\",\"message\":{deep}}}\n[1]\n"),
        format!("{{\"type\":\"session_start\",\"session\":{deep}}}\n"),
    ] {
        bytes.extend(line.bytes());
    }
    bytes.extend(b"{\"type\":\"message\",\"message\":{\"role\":\"user\",\"content\":\"\xff \\ud83d\"}}\n\0\0\0\n");
    bytes.extend(b"{\"type\":\"message\",\"timestamp\":-9e300,\"message\":{\"role\":\"user\",\"content\":\"x\"}}\n");
    bytes.extend(b"{\"type\":\"error\",\"message\":\"a\"}{\"type\":\"error\",\"message\":\"b\"}\n");
    let (sessions, report) = parse(parser(TOOL), Path::new("log.jsonl"), &bytes);
    assert!(texts(&sessions[0], "UserMessage").contains(&"\\xff \\ud83d"));
    assert!(texts(&sessions[0], "SystemMessage").ends_with(&["a", "b"]));
    assert_eq!(report.records(), 10);
}

#[test]
fn a_part_that_has_a_key_twice_costs_no_other_one_and_what_is_new_in_a_result_is_kept() {
    let twice = r#"{"type":"message","id":"m1","message":{"role":"assistant",
        "content":[{"type":"text","text":"a","text":"b"},{"type":"text","text":"c"}]}}"#;
    let part = json!({"type": "new", "n": 1});
    let log = log(&[head()])
        + &twice.replace('\n', "")
        + "\n"
        + &log(&[message("m2", "user", &result("c", &json!([part])))]);
    let (session, _) = read_at(Path::new("s1.jsonl"), &log);
    assert_eq!(texts(&session, "AgentMessage"), ["b", "c"]);
    let results = of_type(&session, "ToolResult");
    assert_eq!(results[0].content.blocks, [Block::json(part)]);
}

#[test]
fn ids_that_are_paths_are_no_file_names() {
    let mut odd = head();
    (odd["id"], odd["parent"]) = (json!("../../etc/passwd"), json!("../x"));
    let session = read(&[odd, message("a", "user", &text("go"))]);
    assert!(session.id.as_str().starts_with("x-"));
    let attributes = &session.header.as_ref().unwrap().context.attributes;
    assert!(attributes.str(attribute::FORKED_FROM).is_some_and(|id| id.starts_with("x-")));
}

#[test]
fn every_variable_moves_its_folder_and_settings_go_with_their_log() {
    let roots = |variables: &[(&str, &str)]| -> Vec<(PathBuf, Origin)> {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let variables: BTreeMap<String, String> = variables.collect();
        let home = Home::new(PathBuf::from("/home/a"), variables, Os::Linux);
        parser(TOOL).roots(&home).into_iter().map(|root| (root.path, root.origin)).collect()
    };
    for folder in [".factory/sessions", ".factory/projects"] {
        assert!(roots(&[]).contains(&(Path::new("/home/a").join(folder), Origin::Default)));
    }
    for (name, value, path) in [
        ("FACTORY_DIR", "~/x", "/home/a/x/sessions"),
        ("FACTORY_DIR", "/x", "/x/projects"),
        ("FACTORY_HOME_OVERRIDE", "/h", "/h/.factory/sessions"),
        ("DROID_SESSIONS_DIR", "/s", "/s"),
    ] {
        let expected = (PathBuf::from(path), Origin::Environment(name));
        assert!(roots(&[(name, value)]).contains(&expected), "{name}");
    }
    let folder = tempfile::tempdir().unwrap();
    let sessions = folder.path().join(".factory/sessions/-src");
    fs::create_dir_all(&sessions).unwrap();
    for name in ["a.jsonl", "a.settings.json", "a.jsonl.bak"] {
        fs::write(sessions.join(name), "12345").unwrap();
    }
    let home = Home::new(folder.path().to_owned(), BTreeMap::new(), Os::Linux);
    let roots = parser(TOOL).roots(&home);
    let logs: Vec<_> = roots.iter().flat_map(|root| root.logs(&mut |_, _| {})).collect();
    assert_eq!(logs.len(), 1);
    assert_eq!(logs[0].bytes, 10, "a change of the settings is one of the log");
}

#[test]
fn a_first_line_longer_than_the_head_is_known() {
    let streamed = json!({"type": "message", "session_id": "s", "role": "user", "text": "go"});
    for record in
        [head(), json!({"type": "session_start", "session": {"id": "s", "cwd": "/"}}), streamed]
    {
        let record = record.to_string();
        let start = record.strip_suffix('}').unwrap();
        let line = format!("{start},\"pasted\":\"{}\"}}\n", "x".repeat(2 * HEAD_BYTES));
        assert!(
            parser(TOOL).accepts(Path::new("a.jsonl"), &line.as_bytes()[..HEAD_BYTES]),
            "{record}"
        );
    }
}

#[test]
fn a_log_whose_head_names_no_folder_tells_it_in_the_first_reminder() {
    let told = "<system-reminder>\n\nUser system info (linux 6.1)\n\n% pwd\n/src/demo\n\n% ls\na\n</system-reminder>";
    let mut first = head();
    first["cwd"] = Value::Null;
    let asked = json!({"type": "message", "id": "m1", "timestamp": "2026-01-01T00:00:00Z", "message":
        {"role": "user", "content": [{"type": "text", "text": told}, {"type": "text", "text": "hi"}]}});
    let session = read_at(Path::new("log.jsonl"), &log(&[first, asked])).0;
    assert_eq!(session.place.as_deref(), Some("/src/demo"));
}

#[test]
fn damage_stops_nothing() {
    conformance::check_damage(TOOL, 1);
}

#[test]
fn a_summary_that_stands_twice_is_kept_as_an_unknown_record() {
    let twice =
        r#"{"type":"compaction_state","id":"c","summaryText":"first","summaryText":"second"}"#;
    let log = log(&[head(), message("m1", "user", &text("go"))]) + twice + "\n";
    let (session, _) = read_at(Path::new("s1.jsonl"), &log);
    let told = format!("{:?}", session.events);
    assert!(told.contains("second"), "{told}");
}
