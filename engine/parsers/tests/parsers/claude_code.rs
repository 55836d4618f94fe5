//! Claude Code's fixtures, and the rules that they show.

use crate::recording::{Recorded, of_type, only, parse, parser, texts};
use crate::{conformance, fixtures};
use opensession_hail::{Block, EventType, attribute};
use opensession_parsers::ParseReport;
use proptest::prelude::*;
use proptest::sample::Index;
use std::path::Path;

const TOOL: &str = "claude-code";

/// Parses a log of the given records, each ended by `\n`.
fn read(records: &[&str]) -> (Recorded, ParseReport) {
    let log: String = records.iter().map(|line| format!("{line}\n")).collect();
    read_bytes(log.as_bytes())
}

fn read_bytes(log: &[u8]) -> (Recorded, ParseReport) {
    only(parse(parser(TOOL), Path::new("log.jsonl"), log))
}

/// The sessions of a fixture and the report on its last log.
fn sessions(name: &str) -> (Vec<Recorded>, ParseReport) {
    let case = fixtures::cases(TOOL)
        .into_iter()
        .find(|case| case.ends_with(name))
        .expect("the fixture is there");
    let mut sessions = Vec::new();
    let mut report = ParseReport::default();
    for log in fixtures::logs(parser(TOOL), &case) {
        let (found, last) = parse(parser(TOOL), &log.path, &log.bytes);
        sessions.extend(found);
        report = last;
    }
    (sessions, report)
}

/// The session of a fixture that holds one.
fn fixture(name: &str) -> Recorded {
    sessions(name).0.remove(0)
}

fn kinds(session: &Recorded) -> Vec<&str> {
    session.events.iter().map(|sent| sent.event.event_type.name()).collect()
}

const HELLO: &str = r#"{"type":"user","uuid":"u1","sessionId":"s","timestamp":"2026-03-01T10:00:00.000Z","message":{"role":"user","content":"hello"}}"#;

#[test]
fn a_torn_last_line_is_the_end_and_a_whole_one_without_its_newline_is_read() {
    let (session, report) = read_bytes(format!("{HELLO}\n{{\"type\":\"user\",\"uu").as_bytes());
    assert_eq!((kinds(&session), report.torn), (vec!["UserMessage"], true));
    assert_eq!(report.bytes, HELLO.len() as u64 + 1);
    let (session, report) = read_bytes(HELLO.as_bytes());
    assert_eq!((kinds(&session), report.torn), (vec!["UserMessage"], false));
}

#[test]
fn calls_of_one_message_are_answered_in_any_order_and_those_before_another_are_given_up() {
    let call = |message: &str, id: &str| {
        format!(
            r#"{{"type":"assistant","uuid":"u-{id}","sessionId":"s","message":{{"id":"{message}","role":"assistant","model":"m","content":[{{"type":"tool_use","id":"{id}","name":"Tool{id}","input":{{}}}}]}}}}"#
        )
    };
    let result = |id: &str| {
        format!(
            r#"{{"type":"user","uuid":"r-{id}","sessionId":"s","message":{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"{id}","content":"done"}}]}}}}"#
        )
    };
    let records = [
        HELLO.to_owned(),
        call("m1", "a"),
        call("m1", "b"),
        call("m1", "c"),
        result("c"),
        result("a"),
        call("m2", "d"),
        result("b"),
    ];
    let (session, _) = read(&records.each_ref().map(String::as_str));
    let names: Vec<String> = of_type(&session, "ToolResult")
        .iter()
        .map(|event| match &event.event_type {
            EventType::ToolResult { name, .. } => name.clone(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(names, ["Toolc", "Toola", "Toolb"]);
    let open: Vec<&str> = session
        .events
        .iter()
        .filter(|sent| !sent.settled)
        .map(|sent| sent.event.event_id.as_str())
        .collect();
    assert_eq!(open, ["u-d"]);
}

#[test]
fn a_mark_carriage_returns_and_blank_lines_are_no_records() {
    let log = format!("\u{feff}{HELLO}\r\n\r\n \n");
    let (session, report) = read_bytes(log.as_bytes());
    assert_eq!(texts(&session, "UserMessage"), ["hello"]);
    assert_eq!(report.records(), 1);
}

#[test]
fn foreign_bytes_and_lone_surrogates_stay_readable() {
    let lone = HELLO.replace("hello", r"half \ud83d");
    let mut log = format!("{lone}\n").into_bytes();
    log.extend_from_slice(&HELLO.replace("u1", "u2").replace("hello", "é").into_bytes());
    let at = log.iter().rposition(|byte| *byte == 0xa9).unwrap();
    log.splice(at..=at, [0x28]);
    let (session, report) = read_bytes(&log);
    assert_eq!(texts(&session, "UserMessage"), [r"half \ud83d", r"\xc3("]);
    assert_eq!(report.understood.get("user"), Some(&2));
}

#[test]
fn what_is_no_record_is_kept_as_it_is() {
    let deep = format!(r#"{{"type":"odd","x":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    let twice = HELLO.replace(r#""uuid":"u1""#, r#""uuid":"u0","uuid":"u9""#);
    let (session, report) =
        read(&[HELLO, "not json", "[1]", r#"{"type":"new","sessionId":"s"}"#, &deep, &twice]);
    let kinds: Vec<String> = of_type(&session, "Custom")
        .iter()
        .map(|event| match &event.event_type {
            EventType::Custom { kind } => kind.clone(),
            _ => String::new(),
        })
        .collect();
    assert_eq!(kinds, ["unparsed", "unparsed", "new", "odd"]);
    assert_eq!(texts(&session, "Custom"), ["not json", "[1]", &deep]);
    assert_eq!(texts(&session, "UserMessage"), ["hello", "hello"]);
    assert_eq!((report.records(), report.unknown.get("new")), (6, Some(&1)));
}

#[test]
fn fields_of_foreign_types_cost_no_record() {
    let odd = r#"{"type":"assistant","uuid":7,"sessionId":[],"timestamp":false,"message":{"id":{},"model":0,"content":[1,"word",{"type":"text","text":"still here"}],"usage":"none"},"toolUseResult":3}"#;
    let (session, report) = read(&[HELLO, odd]);
    assert_eq!(texts(&session, "AgentMessage"), ["still here"]);
    assert_eq!((texts(&session, "Custom"), report.records()), (vec!["word"], 2));
}

#[test]
fn an_accepted_plan_and_a_hooks_refusal_are_not_typed() {
    let user = |id: &str, rest: &str| {
        format!(
            r#"{{"type":"user","uuid":"{id}","sessionId":"s","timestamp":"2026-03-01T10:00:00Z",{rest}}}"#
        )
    };
    let plan = user(
        "a",
        r##""planContent":"# Plan: Sort by name\n\nSteps","message":{"role":"user","content":"Implement the following plan:\n\n# Plan: Sort by name"}"##,
    );
    let refused = user(
        "b",
        r#""message":{"role":"user","content":"Operation stopped by hook: another session is active"}"#,
    );
    let (session, _) =
        read(&[&plan, &refused, &user("c", r#""message":{"role":"user","content":"go on"}"#)]);
    let types: Vec<&str> = session.events.iter().map(|sent| sent.event.event_type.name()).collect();
    assert_eq!(types, ["SystemMessage", "SystemMessage", "UserMessage"]);
    let title = session.header.expect("it ends").context.title;
    assert_eq!(title.as_deref(), Some("Plan: Sort by name"));
}

#[test]
fn a_clock_that_goes_back_changes_no_order() {
    let record = |id: &str, time: &str| {
        format!(
            r#"{{"type":"user","uuid":"{id}","sessionId":"s","timestamp":"2026-03-01T{time}Z","message":{{"role":"user","content":"{id}"}}}}"#
        )
    };
    let records = [record("a", "10:00:05"), record("b", "09:00:00"), record("c", "10:00:06")];
    let (session, _) = read(&records.each_ref().map(String::as_str));
    let ids: Vec<&str> = session.events.iter().map(|sent| sent.event.event_id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    let context = session.header.expect("it ends").context;
    assert_eq!(context.created_at.to_string(), "2026-03-01T09:00:00.000Z");
    assert_eq!(context.updated_at.to_string(), "2026-03-01T10:00:06.000Z");
}

#[test]
fn a_missing_time_is_that_of_the_event_before() {
    let without =
        HELLO.replace(r#""timestamp":"2026-03-01T10:00:00.000Z","#, "").replace("u1", "u2");
    let (session, _) = read(&[HELLO, &without]);
    let [first, second] = &of_type(&session, "UserMessage")[..] else {
        panic!("two prompts");
    };
    assert_eq!(first.timestamp, second.timestamp);
    assert_eq!(second.attributes.get(attribute::TIMESTAMP_INFERRED), Some(&true.into()));
    assert_eq!(first.attributes.get(attribute::TIMESTAMP_INFERRED), None);
}

#[test]
fn tokens_of_a_message_on_several_lines_count_once() {
    let session = fixture("streamed-message");
    let stats = session.stats();
    assert_eq!(stats.total_cache_write_tokens, 16_114 + 2_528);
    assert_eq!(texts(&session, "AgentMessage").iter().filter(|text| **text == "lol").count(), 1);
}

#[test]
fn a_prompt_settles_calls_that_got_no_result_and_a_late_one_is_still_kept() {
    let call = r#"{"type":"assistant","uuid":"a1","timestamp":"2026-03-01T10:00:01.000Z","message":{"id":"m","model":"x","content":[{"type":"tool_use","id":"c","name":"Edit","input":{"file_path":"/a","old_string":"x","new_string":"y"}}]}}"#;
    let result = r#"{"type":"user","uuid":"r1","timestamp":"2026-03-01T10:00:03.000Z","message":{"content":[{"type":"tool_result","tool_use_id":"c","content":"late"}]}}"#;
    let next = HELLO.replace("u1", "u2");
    let open: Vec<bool> = read(&[HELLO, call]).0.events.iter().map(|sent| sent.settled).collect();
    assert_eq!(open, [true, false]);
    let (session, _) = read(&[HELLO, call, &next, result]);
    assert!(session.events.iter().all(|sent| sent.settled));
    assert_eq!(kinds(&session), ["UserMessage", "ToolCall", "UserMessage", "ToolResult"]);
    let EventType::ToolResult { name, .. } = &of_type(&session, "ToolResult")[0].event_type else {
        panic!("a result");
    };
    assert_eq!((name.as_str(), session.stats().files_changed), ("Edit", 0));
}

#[test]
fn only_what_a_person_typed_or_queued_is_a_user_message() {
    let session = fixture("injected-context");
    assert_eq!(texts(&session, "UserMessage"), ["fix this line", "and hurry"]);
    let session = fixture("local-commands");
    assert_eq!(texts(&session, "UserMessage"), ["also - I didn't see the stop hook fire?"]);
    let session = fixture("queued-prompts");
    assert_eq!(of_type(&session, "UserMessage").len(), 1);
}

#[test]
fn a_sub_agents_own_log_is_a_session_below_its_parents() {
    let (sessions, _) = sessions("sub-agent-log");
    let [child, parent] = &sessions[..] else {
        panic!("two sessions");
    };
    let context = &child.header.as_ref().unwrap().context;
    assert_eq!(context.attributes.str(attribute::PARENT_SESSION_ID), Some(parent.id.as_str()));
    assert_eq!(child.id.as_str(), format!("{}.a21e2f5", parent.id));
    assert!(child.header.as_ref().unwrap().is_auxiliary());
    assert_eq!(child.stats().user_message_count, 0);
    let started: Vec<_> = of_type(parent, "TaskStart")
        .iter()
        .filter_map(|event| event.attributes.str("task.session_id"))
        .collect();
    assert_eq!(started, [child.id.as_str()]);
}

#[test]
fn sub_agents_in_their_parents_log_are_tasks_of_the_calls_that_started_them() {
    let session = fixture("inline-sub-agents");
    for (call, count) in [("c1", 6), ("c2", 4)] {
        let events =
            session.events.iter().filter(|sent| sent.event.task_id.as_deref() == Some(call));
        assert_eq!(events.count(), count, "{call}");
    }
    assert_eq!(session.stats().user_message_count, 1);
    assert_eq!((session.stats().task_count, of_type(&session, "TaskEnd").len()), (2, 2));
}

#[test]
fn images_become_attachments() {
    let session = fixture("images");
    assert_eq!(session.attachments.len(), 3);
    let json = of_type(&session, "UserMessage")
        .into_iter()
        .flat_map(|event| &event.content.blocks)
        .filter(|block| matches!(block, Block::Json { .. }));
    assert_eq!(json.count(), 0);
}

#[test]
fn a_result_in_a_side_file_is_whole() {
    let session = fixture("spilled-result");
    assert_eq!(texts(&session, "ToolResult"), ["1\n2\n3\n"]);
}

#[test]
fn a_log_in_which_nobody_speaks_is_no_session() {
    let (sessions, report) = sessions("state-only");
    assert_eq!((sessions.len(), report.records()), (0, 2));
}

#[test]
fn a_title_is_the_last_that_the_tool_gave_else_the_first_prompt() {
    let title = |records: &[&str]| read(records).0.header.unwrap().context.title;
    let summary = r#"{"type":"summary","summary":"Summed up","leafUuid":"u1"}"#;
    let foreign = r#"{"type":"summary","summary":"Elsewhere","leafUuid":"zz"}"#;
    let ai = r#"{"type":"ai-title","aiTitle":"By AI","sessionId":"s"}"#;
    let custom = r#"{"type":"custom-title","customTitle":"By hand","sessionId":"s"}"#;
    let renamed = r#"{"type":"custom-title","customTitle":"By hand again","sessionId":"s"}"#;
    assert_eq!(title(&[HELLO, foreign]).as_deref(), Some("hello"));
    assert_eq!(title(&[foreign, summary, HELLO]).as_deref(), Some("Summed up"));
    assert_eq!(title(&[HELLO, ai, summary]).as_deref(), Some("By AI"));
    assert_eq!(title(&[custom, HELLO, renamed, ai]).as_deref(), Some("By hand again"));
}

#[test]
fn a_fork_with_copied_history_is_a_session_of_its_own_with_the_same_event_ids() {
    let fork =
        HELLO.replace(r#""sessionId":"s""#, r#""sessionId":"fork","forkedFrom":{"sessionId":"s"}"#);
    let next = HELLO.replace("u1", "u2");
    let (parent, _) = read(&[HELLO]);
    let (fork, _) = read(&[&fork, &next]);
    assert_eq!((parent.id.as_str(), fork.id.as_str()), ("s", "fork"));
    assert_eq!(fork.events[0].event, parent.events[0].event);
    let header = fork.header.expect("a session has an end");
    assert_eq!(header.context.attributes.str("forked_from_session_id"), Some("s"));
}

#[test]
fn history_that_a_log_holds_twice_is_read_once() {
    let session = fixture("copied-history");
    assert_eq!(texts(&session, "AgentMessage"), ["Hello"]);
    assert_eq!(session.stats().user_message_count, 3);
    let (_, report) = sessions("copied-history");
    assert_eq!(report.dropped.get("repeated record"), Some(&3));
    assert_eq!(report.dropped.get("repeated block"), Some(&1));
}

#[test]
fn a_line_too_long_to_keep_is_named() {
    let mut log = format!("{HELLO}\n").into_bytes();
    log.resize(log.len() + 65 * 1024 * 1024, b'x');
    log.push(b'\n');
    let (session, report) = read_bytes(&log);
    let texts = texts(&session, "Custom");
    assert!(texts[0].contains("68157440 bytes"), "{texts:?}");
    assert_eq!((report.records(), report.bytes), (2, log.len() as u64));
}

#[test]
fn a_failed_edit_and_an_api_error_are_what_they_are() {
    let session = fixture("interrupted-write");
    assert_eq!((session.stats().tool_call_count, session.stats().files_changed), (1, 0));
    let session = fixture("api-error");
    assert_eq!(texts(&session, "AgentMessage"), [""; 0]);
    assert_eq!(session.header.expect("a session has an end").agent.model, "");
}

proptest! {
    #[test]
    fn damage_stops_nothing_and_every_record_still_counts_once(
        case in any::<Index>(), at in any::<Index>(), byte in any::<u8>()
    ) {
        let cases = fixtures::cases(TOOL);
        let mut log = fixtures::logs(parser(TOOL), &cases[case.index(cases.len())]).remove(0);
        let at = at.index(log.bytes.len());
        log.bytes.splice(at..=at, [byte]);
        let (found, report) = parse(parser(TOOL), &log.path, &log.bytes);
        prop_assert_eq!(report.records(), conformance::json_records(&log.bytes));
        prop_assert!(found.len() <= 1);
    }
}
