//! The logs of Pi and its siblings, and the rules that they show.

use crate::conformance;
use crate::fixtures;
use crate::recording::{Recorded, of_type, only, parse, parser, texts};
use opensession_hail::{Block, EventType, attribute};
use opensession_parsers::{Home, Origin, Os, ParseReport};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const TOOL: &str = "pi";

fn head() -> Value {
    json!({"type": "session", "version": 3, "id": "s1", "timestamp": "2026-02-16T10:00:00.000Z", "cwd": "/src"})
}

fn entry(id: &str, parent: Option<&str>, message: &Value) -> Value {
    json!({"type": "message", "id": id, "parentId": parent, "timestamp": "2026-02-16T10:00:01.000Z",
        "message": message})
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

fn answer(parts: &Value) -> Value {
    json!({"role": "assistant", "content": parts, "provider": "anthropic", "model": "claude-opus-4-5",
        "usage": {"input": 3, "output": 20, "cacheRead": 100, "cacheWrite": 40, "cost": {"total": 0.5}},
        "stopReason": "stop"})
}

fn call(id: &str, name: &str, input: &Value) -> Value {
    json!([{"type": "toolCall", "id": id, "name": name, "arguments": input}])
}

fn result(id: &str, name: &str, text: &str, details: &Value) -> Value {
    json!({"role": "toolResult", "toolCallId": id, "toolName": name, "details": details,
        "content": [{"type": "text", "text": text}], "isError": text.contains("exited")})
}

fn log(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

fn read_at(path: &str, log: &str) -> (Recorded, ParseReport) {
    only(parse(parser(TOOL), Path::new(path), log.as_bytes()))
}

fn read(records: &[Value]) -> Recorded {
    read_at("log.jsonl", &log(records)).0
}

#[test]
fn a_branch_that_was_left_counts_no_longer() {
    let session = read(&[
        head(),
        entry("a", None, &user("go")),
        entry("b", Some("a"), &answer(&json!([{"type": "text", "text": "one"}]))),
        entry("c", Some("b"), &user("no")),
        entry("d", Some("a"), &answer(&json!([{"type": "text", "text": "two"}]))),
        json!({"type": "label", "id": "e", "parentId": "d", "targetId": "b", "label": "x"}),
        entry("f", Some("d"), &user("good")),
    ]);
    let rewinds: Vec<_> = of_type(&session, "Custom")
        .into_iter()
        .map(|event| (event.event_id.as_str(), event.attributes.str(attribute::REWIND_TO)))
        .collect();
    assert_eq!(rewinds, [("d/rewind", Some("b"))], "a label left behind takes nothing back");
    let stats = session.stats();
    assert_eq!((stats.message_count, stats.user_message_count), (3, 2));
    assert_eq!(stats.total_output_tokens, 20);
}

#[test]
fn logs_without_a_tree_are_one_branch() {
    let session = read(&[
        json!({"type": "session", "id": "s1", "timestamp": "2025-12-17T19:39:21.535Z", "cwd": "/src"}),
        json!({"type": "message", "message": {"role": "user", "content": "a", "timestamp": 1766000357542_i64}}),
        json!({"type": "message", "id": "x", "message": {"role": "user", "content": "b"}}),
        json!({"type": "message", "id": "y", "message": {"role": "user", "content": "c"}}),
    ]);
    assert_eq!(texts(&session, "UserMessage"), ["a", "b", "c"]);
    assert!(of_type(&session, "Custom").is_empty());
    let first = &session.events[0].event;
    assert_eq!(first.timestamp.to_string(), "2025-12-17T19:39:17.542Z");
    assert_eq!(
        session.events[1].event.attributes.get(attribute::TIMESTAMP_INFERRED),
        Some(&json!(true))
    );
}

#[test]
fn tokens_count_once_for_an_answer_of_several_parts() {
    let parts = json!([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": " "},
        {"type": "text", "text": "one"}, {"type": "text", "text": "two"}]);
    let session =
        read(&[head(), entry("a", None, &user("go")), entry("b", Some("a"), &answer(&parts))]);
    assert_eq!(texts(&session, "AgentMessage"), ["one", "two"]);
    let stats = session.stats();
    let tokens = [
        stats.total_input_tokens,
        stats.total_output_tokens,
        stats.total_cache_read_tokens,
        stats.total_cache_write_tokens,
    ];
    assert_eq!(tokens, [3, 20, 100, 40]);
    let costs: Vec<_> =
        session.events.iter().filter_map(|sent| sent.event.attributes.get("cost_usd")).collect();
    assert_eq!(costs, [&json!(0.5)]);
}

#[test]
fn exit_codes_are_told_by_failures_and_else_0() {
    let shell = |text: &str, details: &Value| {
        let session = read(&[
            head(),
            entry("a", None, &answer(&call("t", "bash", &json!({"command": "x"})))),
            entry("b", Some("a"), &result("t", "bash", text, details)),
        ]);
        match of_type(&session, "ShellCommand")[0].event_type {
            EventType::ShellCommand { exit_code, .. } => exit_code,
            _ => unreachable!(),
        }
    };
    assert_eq!(shell("ok", &json!(null)), Some(0));
    assert_eq!(shell("x\n\nCommand exited with code 137", &json!({})), Some(137));
    assert_eq!(shell("a job exited early", &json!({})), None);
    assert_eq!(shell("no", &json!({"exitCode": -2})), Some(-2));
    assert_eq!(shell("later", &json!({"async": {"state": "running"}})), None);
}

#[test]
fn a_call_waits_for_its_result_until_the_model_goes_on() {
    let mut records = vec![
        head(),
        entry("a", None, &user("go")),
        entry(
            "b",
            Some("a"),
            &answer(&call("t", "write", &json!({"path": "p", "content": "c\n"}))),
        ),
    ];
    let open = read(&records);
    let settled: Vec<bool> = open.events.iter().map(|sent| sent.settled).collect();
    assert_eq!(settled, [true, false]);
    assert_eq!(of_type(&open, "FileCreate").len(), 0, "nobody knows yet whether it was written");
    records.push(entry("c", Some("b"), &answer(&json!([{"type": "text", "text": "on"}]))));
    let gone_on = read(&records);
    assert!(gone_on.events.iter().all(|sent| sent.settled));
    records[3] = entry("c", Some("b"), &result("t", "write", "ok", &json!(null)));
    let done = read(&records);
    let file = Block::File { path: "p".into(), content: Some("c\n".into()) };
    assert_eq!(of_type(&done, "FileCreate")[0].content.blocks, [file]);
    assert_eq!(done.stats().lines_added, 1);
}

#[test]
fn results_without_an_id_go_to_the_first_call_of_the_tool_that_waits() {
    let mut first = call("", "read", &json!({"path": "x"}));
    first[0].as_object_mut().unwrap().remove("id");
    let mut told = result("", "read", "text", &json!(null));
    told["toolCallId"] = json!(null);
    let session = read(&[head(), entry("a", None, &answer(&first)), entry("b", Some("a"), &told)]);
    assert_eq!(of_type(&session, "ToolResult")[0].call_id(), Some("a/part-0"));
    assert!(session.events.iter().all(|sent| sent.settled));
}

#[test]
fn paths_of_sub_agents_name_their_sessions_and_parents() {
    let folder = "/s/--src--/2026-02-16T10-20-30-000Z_main";
    let work = log(&[head(), entry("a", None, &answer(&json!([{"type": "text", "text": "x"}])))]);
    let about = |path: &str| {
        let (session, _) = read_at(path, &work);
        let header = session.header.unwrap();
        let named = |name| header.context.attributes.str(name).map(str::to_owned);
        let parent = named(attribute::PARENT_SESSION_ID);
        (session.id.as_str().to_owned(), parent, named(attribute::SESSION_ROLE))
    };
    let agent = |id: &str, parent: &str| {
        (id.to_owned(), Some(parent.to_owned()), Some("auxiliary".to_owned()))
    };
    assert_eq!(about(&format!("{folder}/Worker.jsonl")), agent("main.Worker", "main"));
    assert_eq!(
        about(&format!("{folder}/Worker/Worker.Helper.jsonl")),
        agent("main.Worker.Helper", "main.Worker")
    );
    assert_eq!(about(&format!("{folder}.jsonl")), ("s1".to_owned(), None, None));
}

#[test]
fn only_what_a_person_typed_is_a_user_message() {
    let case = &fixtures::cases(TOOL)[0];
    assert!(case.ends_with("omp"));
    let log = fixtures::logs(parser(TOOL), case).remove(1);
    let (sessions, _) = parse(parser(TOOL), &log.path, &log.bytes);
    assert_eq!(texts(&sessions[0], "UserMessage"), ["Fix @src/a.rs"]);
    let header = sessions[0].header.as_ref().unwrap();
    assert_eq!(header.context.title.as_deref(), Some("Loop bound, fixed"));
    let [start] = of_type(&sessions[0], "TaskStart")[..] else { unreachable!() };
    let child = start.attributes.str(attribute::TASK_SESSION_ID);
    assert_eq!(child, Some("01a0b085-1516-7000-9081-e596e495299d.FastFix"));
    assert_eq!(sessions[0].attachments.len(), 1, "the picture of the store");
}

#[test]
fn fields_of_foreign_types_cost_no_record() {
    for odd in ["null", "true", "-7", "1.5", "\"s\"", "[1,[2]]", "{\"a\":{\"b\":1}}"] {
        let odd: Value = serde_json::from_str(odd).unwrap();
        let mut records = vec![head()];
        for record in [
            entry("a", None, &answer(&call("t", "edit", &json!({"path": "p"})))),
            entry("b", Some("a"), &result("t", "edit", "x", &json!({"diff": "-1 a"}))),
        ] {
            for key in record.as_object().unwrap().keys().filter(|key| *key != "type") {
                let mut changed = record.clone();
                changed[key] = odd.clone();
                records.push(changed);
            }
            for key in record["message"].as_object().unwrap().keys() {
                let mut changed = record.clone();
                changed["message"][key] = odd.clone();
                records.push(changed);
            }
        }
        let (_, report) = read_at("log.jsonl", &log(&records));
        assert_eq!(report.records(), records.len() as u64, "{odd}");
    }
}

#[test]
fn what_is_no_record_is_kept_and_nothing_is_too_deep_or_too_odd() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let mut bytes = log(&[head(), entry("a", None, &user("hi"))]).into_bytes();
    bytes.extend(
        format!("{{\"type\":\"message\",\"message\":{{\"role\":\"user\",\"content\":{deep}}}}}\n")
            .bytes(),
    );
    bytes.extend(format!("{{\"type\":\"message\",\"message\":{deep}}}\n[1]\n").bytes());
    bytes.extend(b"{\"type\":\"message\",\"message\":{\"role\":\"user\",\"content\":\"\xff \\ud83d\"}}\n\0\0\0\n");
    bytes.extend(b"{\"type\":\"message\",\"timestamp\":\"99999-01-01\",\"message\":{\"role\":\"user\",\"content\":\"x\",\"timestamp\":-9e300}}\n");
    let (sessions, report) = parse(parser(TOOL), Path::new("log.jsonl"), &bytes);
    assert!(texts(&sessions[0], "UserMessage").contains(&"\\xff \\ud83d"));
    assert_eq!(report.records(), 7);
    assert_eq!(report.unknown.get("unparsed"), Some(&2));
}

#[test]
fn ids_that_are_paths_are_no_file_names() {
    let mut odd = head();
    odd["id"] = json!("../../etc/passwd");
    let session = read(&[odd, entry("a", None, &user("go"))]);
    assert!(session.id.as_str().starts_with("x-"));
}

#[test]
fn every_variable_moves_its_folder_and_every_sibling_has_its_own() {
    let roots = |variables: &[(&str, &str)]| -> Vec<(PathBuf, Origin)> {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let variables: BTreeMap<String, String> = variables.collect();
        let home = Home::new(PathBuf::from("/home/a"), variables, Os::Linux);
        parser(TOOL).roots(&home).into_iter().map(|root| (root.path, root.origin)).collect()
    };
    let usual = roots(&[]);
    for folder in
        [".pi/agent/sessions", ".omp/agent/sessions", ".omp/profiles", ".prime/agent/sessions"]
    {
        assert!(usual.contains(&(Path::new("/home/a").join(folder), Origin::Default)), "{folder}");
    }
    for (name, value, path) in [
        ("PI_CODING_AGENT_DIR", "~/x", "/home/a/x/sessions"),
        ("PI_CODING_AGENT_SESSION_DIR", "/s", "/s"),
        ("PRIME_AGENT_CODING_AGENT_DIR", "/p", "/p/sessions"),
        ("PRIME_AGENT_SESSION_DIR", "/q", "/q"),
        ("PI_CONFIG_DIR", ".mine", "/home/a/.mine/agent/sessions"),
        ("XDG_DATA_HOME", "/d", "/d/omp/sessions"),
    ] {
        let expected = (PathBuf::from(path), Origin::Environment(name));
        assert!(roots(&[(name, value)]).contains(&expected), "{name}");
    }
}

#[test]
fn damage_stops_nothing() {
    conformance::check_damage(TOOL, 1);
}
