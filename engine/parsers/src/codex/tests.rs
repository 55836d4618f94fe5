//! The rules that a reader of Codex logs has to keep, one test each.

use super::Codex;
use crate::{Home, Origin, Os, ParseError, ParseReport, Parser, Sink, Source};
use opensession_hail::{Attachment, Event, EventType, Header, SessionId, Stats, Tally, attribute};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

mod calls;
mod lineage;
mod lines;
mod speech;

#[derive(Default)]
struct Parsed {
    id: Option<SessionId>,
    events: Vec<Event>,
    unsettled: usize,
    header: Option<Header>,
    report: ParseReport,
}

impl Sink for Parsed {
    fn begin(&mut self, session_id: &SessionId) {
        self.id = Some(session_id.clone());
    }
    fn located(&mut self, _: &str) {}
    fn event(&mut self, event: Event, _: u64, settled: bool) {
        self.unsettled += usize::from(!settled);
        self.events.push(event);
    }
    fn attachment(&mut self, _: Attachment) {}
    fn end(&mut self, header: Header) {
        self.header = Some(header);
    }
}

impl Parsed {
    /// Every event as its type and first text or data.
    fn told(&self) -> Vec<String> {
        self.events.iter().map(tell).collect()
    }

    fn stats(&self) -> Stats {
        let mut tally = Tally::new();
        self.events.iter().for_each(|event| tally.push(event));
        tally.finish()
    }

    fn context(&self, name: &str) -> Option<&str> {
        self.header.as_ref()?.context.attributes.str(name)
    }
}

fn tell(event: &Event) -> String {
    let text = event.content.blocks.iter().find_map(|block| block.as_text());
    let text = text.unwrap_or("");
    match &event.event_type {
        EventType::ShellCommand { command, exit_code } => {
            format!("ShellCommand {command} {exit_code:?}")
        }
        EventType::FileEdit { path, .. }
        | EventType::FileCreate { path }
        | EventType::FileDelete { path } => format!("{} {path}", event.event_type.name()),
        EventType::ToolCall { name } => format!("ToolCall {name}"),
        EventType::ToolResult { name, is_error, .. } => {
            format!("ToolResult {name} {is_error} {text}")
        }
        EventType::Custom { kind } => format!("Custom {kind}"),
        EventType::TaskStart { title } => format!("TaskStart {title:?}"),
        EventType::TaskEnd { summary } => format!("TaskEnd {summary:?}"),
        other => format!("{} {text}", other.name()),
    }
}

fn parse(bytes: &[u8]) -> Parsed {
    let mut parsed = Parsed::default();
    let source = Source::bytes(Path::new("rollout.jsonl"), bytes);
    parsed.report = Codex.parse(&source, &mut parsed).unwrap();
    parsed
}

/// A log of these records, a second apart, after a `session_meta`.
fn log(records: &[(&str, Value)]) -> String {
    let meta = ("session_meta", json!({"id": "s1", "cwd": "/src", "cli_version": "0.1"}));
    let records = std::iter::once(&meta).chain(records);
    records
        .enumerate()
        .map(|(second, (kind, payload))| line(second * 1000, kind, payload))
        .collect()
}

fn line(millis: usize, kind: &str, payload: &Value) -> String {
    let time = format!(
        "2026-01-01T00:{:02}:{:02}.{:03}Z",
        millis / 60_000,
        millis / 1000 % 60,
        millis % 1000
    );
    format!("{}\n", json!({"timestamp": time, "type": kind, "payload": payload}))
}

fn parse_records(records: &[(&str, Value)]) -> Parsed {
    parse(log(records).as_bytes())
}

fn message(role: &str, text: &str) -> (&'static str, Value) {
    (
        "response_item",
        json!({"type": "message", "role": role, "content": [{"type": "text", "text": text}]}),
    )
}

fn screen(kind: &str, field: &str, text: &str) -> (&'static str, Value) {
    ("event_msg", json!({"type": kind, field: text}))
}

fn call(id: &str, name: &str, arguments: &Value) -> (&'static str, Value) {
    let arguments = arguments.to_string();
    (
        "response_item",
        json!({"type": "function_call", "name": name, "call_id": id, "arguments": arguments}),
    )
}

fn patch(id: &str, patch: &str) -> (&'static str, Value) {
    (
        "response_item",
        json!({"type": "custom_tool_call", "name": "apply_patch", "call_id": id, "input": patch}),
    )
}

fn result(id: &str, output: impl Into<Value>) -> (&'static str, Value) {
    let output: Value = output.into();
    ("response_item", json!({"type": "function_call_output", "call_id": id, "output": output}))
}

#[test]
fn roots_follow_codex_home() {
    let home = |variable: Option<(&str, &str)>| {
        let environment = variable.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment = BTreeMap::from_iter(environment);
        let roots = Codex.roots(&Home::new(PathBuf::from("/h"), environment, Os::Linux));
        roots.into_iter().map(|root| (root.path, root.origin)).collect::<Vec<_>>()
    };
    let at = |folder: &str, origin| {
        ["sessions", "archived_sessions"].map(|name| (Path::new(folder).join(name), origin))
    };
    assert_eq!(home(None), at("/h/.codex", Origin::Default));
    assert_eq!(home(Some(("CODEX_HOME", "~/c"))), at("/h/c", Origin::Environment("CODEX_HOME")));
}

#[test]
fn prompt_histories_and_other_tools_logs_are_refused() {
    let accepts = |head: &str| Codex.accepts(Path::new("x.jsonl"), head.as_bytes());
    assert!(accepts(&log(&[])));
    assert!(accepts(
        r#"{"git":{},"id":"a","instructions":null,"timestamp":"2025-07-05T21:41:58Z"}"#
    ));
    assert!(accepts("{\n  \"session\": {\n    \"id\": \"a\"\n  },\n"));
    let cut_off = r#"{"timestamp":"2026-01-01T00:00:00.000Z","type":"session_meta","payload":{"id":"s1","base"#;
    assert!(accepts(cut_off));
    for other in [
        r#"{"session_id":"a","ts":1757998091,"text":"hello"}"#,
        r#"{"id":"a","thread_name":"b","updated_at":"2026-01-01T00:00:00Z"}"#,
        r#"{"type":"user","uuid":"u","sessionId":"s","timestamp":"2026-01-01T00:00:00Z","message":{}}"#,
        r#"[{"command":"codex","timestamp":1746798406429}]"#,
        "",
    ] {
        assert!(!accepts(other), "{other}");
    }
}

#[test]
fn a_file_without_any_record_is_foreign() {
    let source = Source::bytes(
        Path::new("history.jsonl"),
        b"{\"session_id\":\"a\",\"ts\":1,\"text\":\"x\"}\n",
    );
    let outcome = Codex.parse(&source, &mut Parsed::default());
    assert!(matches!(outcome, Err(ParseError::Foreign { .. })), "{outcome:?}");
}

#[test]
fn an_attribute_tells_the_raw_type_turn_and_model() {
    let parsed = parse_records(&[
        ("turn_context", json!({"turn_id": "t1", "model": "m1"})),
        message("assistant", "one"),
        ("turn_context", json!({"turn_id": "t2", "model": "m2"})),
        message("assistant", "two"),
        message("assistant", "three"),
    ]);
    let said = |name| {
        let events = parsed.events.iter();
        events.map(|event| event.attributes.str(name).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(said(attribute::MODEL), ["m1", "m2", "m2"]);
    assert_eq!(said(attribute::GROUP_ID), ["t1", "t2", "t2"]);
    assert_eq!(said(attribute::RAW_TYPE), ["response_item/message"; 3]);
    assert_eq!(parsed.header.unwrap().agent.model, "m2");
}
