//! Qwen Code's logs, and the rules that they show.

use crate::recording::{Recorded, of_type, only, parse, parser};
use opensession_hail::{Block, attribute};
use opensession_parsers::{Home, Origin, Os, ParseReport, detect};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const TOOL: &str = "qwen-code";

fn record(uuid: &str, kind: &str, parts: &Value) -> Value {
    let role = if kind == "assistant" { "model" } else { "user" };
    json!({"uuid": uuid, "parentUuid": null, "sessionId": "s1", "type": kind, "cwd": "/src",
        "timestamp": "2026-05-04T10:00:01.000Z", "message": {"role": role, "parts": parts}})
}

fn with(mut record: Value, key: &str, value: Value) -> Value {
    record[key] = value;
    record
}

fn usage(input: u64, cached: u64, output: u64) -> Value {
    json!({"promptTokenCount": input, "candidatesTokenCount": output, "thoughtsTokenCount": 1,
        "cachedContentTokenCount": cached, "totalTokenCount": input + output})
}

fn read(records: &[Value]) -> (Recorded, ParseReport) {
    let log: String = records.iter().map(|record| format!("{record}\n")).collect();
    only(parse(parser(TOOL), Path::new("log.jsonl"), log.as_bytes()))
}

#[test]
fn a_record_written_twice_counts_once_and_one_answer_in_two_records_is_read_whole() {
    let prompt = record("u", "user", &json!([{"text": "go"}]));
    let first = record("a", "assistant", &json!([{"text": "one"}]));
    let first = with(first, "usageMetadata", usage(100, 60, 5));
    let second = record("a", "assistant", &json!([{"text": "two"}]));
    let second = with(second, "usageMetadata", usage(100, 60, 9));
    let (session, report) = read(&[prompt.clone(), first.clone(), second, prompt, first]);
    assert_eq!(of_type(&session, "AgentMessage").len(), 2);
    assert_eq!(of_type(&session, "UserMessage").len(), 1);
    let stats = session.stats();
    let tokens =
        [stats.total_input_tokens, stats.total_cache_read_tokens, stats.total_output_tokens];
    assert_eq!(tokens, [40, 60, 9], "thoughts are part of the output");
    assert_eq!(report.dropped.get("second copy"), Some(&2));
}

#[test]
fn half_of_a_pair_of_escapes_stays_visible() {
    let log = record("a", "assistant", &json!([{"text": "AB"}])).to_string();
    let log = log.replace('A', "\\ud83d").replace('B', "\\ud83d\\ude00");
    let (sessions, _) = parse(parser(TOOL), Path::new("log.jsonl"), log.as_bytes());
    let event = of_type(&sessions[0], "AgentMessage")[0];
    assert_eq!(event.content.blocks, [Block::text("\\ud83d\u{1f600}")]);
}

#[test]
fn results_without_an_id_go_to_the_first_call_of_the_tool_that_waits() {
    let call = |path: &str| json!({"functionCall": {"name": "read_file", "args": {"path": path}}});
    let result = |text: &str| json!([{"functionResponse": {"name": "read_file", "response": {"output": text}}}]);
    let (session, _) = read(&[
        record("u", "user", &json!([{"text": "go"}])),
        record("a", "assistant", &json!([call("x"), call("y")])),
        record("r", "tool_result", &result("1")),
        record("t", "tool_result", &result("2")),
    ]);
    let results = of_type(&session, "ToolResult");
    let ids: Vec<Option<&str>> = results.iter().map(|result| result.call_id()).collect();
    assert_eq!(ids, [Some("a/part-0"), Some("a/part-1")]);
    assert!(session.events.iter().all(|sent| sent.settled));
}

#[test]
fn a_rewind_keeps_the_record_that_it_goes_on_from() {
    let rewind = json!({"uuid": "w", "parentUuid": "u", "sessionId": "s1", "type": "system",
        "subtype": "rewind", "systemPayload": {"truncatedCount": 1}});
    let (session, _) = read(&[
        record("u", "user", &json!([{"text": "go"}])),
        record("a", "assistant", &json!([{"text": "no"}])),
        rewind,
    ]);
    let mark = session.events.last().map(|sent| &sent.event);
    let to = mark.and_then(|mark| mark.attributes.str(attribute::REWIND_TO));
    assert_eq!(to, Some("a"));
    assert_eq!(session.stats().message_count, 1);
}

#[test]
fn each_variable_moves_its_folder() {
    let roots = |variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let variables: BTreeMap<String, String> = variables.collect();
        let roots = parser(TOOL).roots(&Home::new(PathBuf::from("/home/a"), variables, Os::Linux));
        roots.into_iter().map(|root| (root.path, root.origin)).collect::<Vec<_>>()
    };
    let pair = |folder: &str, origin| {
        ["projects", "tmp"].map(|name| (PathBuf::from(folder).join(name), origin))
    };
    assert_eq!(roots(&[]), pair("/home/a/.qwen", Origin::Default));
    let home = pair("/q", Origin::Environment("QWEN_HOME"));
    assert_eq!(roots(&[("QWEN_HOME", "/q")]), home);
    let runtime = pair("/r", Origin::Environment("QWEN_RUNTIME_DIR"));
    let both = roots(&[("QWEN_HOME", "/q"), ("QWEN_RUNTIME_DIR", "/r")]);
    assert_eq!(both, [runtime, home].concat());
}

#[test]
fn a_log_of_claude_code_or_gemini_is_none_of_qwens() {
    let tool = |path: &str, text: &str| {
        detect(Path::new(path), text.as_bytes()).map(|parser| parser.tool().as_str())
    };
    let own = record("u", "user", &json!([{"text": "go"}])).to_string();
    assert_eq!(tool("a.jsonl", &own), Some(TOOL));
    let claude = r#"{"type":"user","uuid":"u","sessionId":"s","message":{"role":"user","content":"a"},"timestamp":"2026-05-04T10:00:01.000Z","cwd":"/","version":"2.1.0"}"#;
    assert_eq!(tool("a.jsonl", claude), Some("claude-code"));
    let document = r#"{"sessionId":"s","projectHash":"h","messages":[]}"#;
    assert_eq!(tool("/home/a/.qwen/tmp/h/chats/session-1.json", document), Some(TOOL));
    assert_eq!(tool("/home/a/.gemini/tmp/h/chats/session-1.json", document), Some("gemini-cli"));
}
