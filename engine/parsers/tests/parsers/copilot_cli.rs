//! Copilot CLI's logs, and the rules that they show.

use crate::conformance;
use crate::fixtures;
use crate::recording::{Recorded, of_type, only, parse, parser, texts};
use opensession_hail::{Event, EventType, attribute};
use opensession_parsers::{Home, Origin, Os, ParseReport, detect};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const TOOL: &str = "copilot-cli";

fn line(kind: &str, id: &str, data: &Value) -> Value {
    json!({"type": kind, "data": data, "id": id, "timestamp": "2026-05-04T10:00:01.000Z", "parentId": null})
}

fn start() -> Value {
    line("session.start", "s", &json!({"sessionId": "s1", "context": {"cwd": "/src"}}))
}

fn read(lines: &[Value]) -> (Recorded, ParseReport) {
    let log: String = lines.iter().map(|line| format!("{line}\n")).collect();
    only(parse(parser(TOOL), Path::new("s1.jsonl"), log.as_bytes()))
}

fn fixture(case: &str) -> Recorded {
    fixtures::sessions(TOOL, case).remove(0)
}

#[test]
fn ends_of_legs_add_what_is_more_than_the_end_before() {
    let stats = fixture("resumed").stats();
    // Two models to the second end, and what came behind the sums that fell.
    assert_eq!(stats.total_cache_read_tokens, 600 + 1100 + 100 - 100);
    assert_eq!(stats.total_cache_write_tokens, 100);
    assert_eq!(stats.total_input_tokens, (1000 - 700) + (2300 - 1100) + 100);
    assert_eq!(stats.total_output_tokens, 50 + 95 + 5);
}

#[test]
fn one_request_in_several_answers_tells_its_tokens_once() {
    let answer = |id: &str, out: u64| {
        let data = json!({"content": id, "apiCallId": "a", "outputTokens": out});
        line("assistant.message", id, &data)
    };
    let (session, _) = read(&[start(), answer("1", 9), answer("2", 9), answer("3", 12)]);
    assert_eq!(session.stats().total_output_tokens, 12);
    assert_eq!(of_type(&session, "AgentMessage").len(), 3);
}

#[test]
fn a_call_told_by_answer_and_execution_is_one_call_with_its_exit_code_and_time() {
    let session = fixture("tools");
    let shells: Vec<_> = of_type(&session, "ShellCommand");
    let code = |event: &Event| match event.event_type {
        EventType::ShellCommand { exit_code, .. } => exit_code,
        _ => None,
    };
    assert_eq!(
        shells.iter().map(|event| code(event)).collect::<Vec<_>>(),
        [Some(101), None, Some(0)]
    );
    assert_eq!(shells[0].duration_ms, Some(6000));
    assert_eq!(session.stats().tool_call_count, 12);
    // The one that a person ran, and none of a model's.
    assert_eq!(shells[2].attributes.str(attribute::MODEL), None);
}

#[test]
fn a_failed_edit_is_a_call_and_a_tools_own_diff_stands_where_the_edit_was() {
    let session = fixture("tools");
    let diffs: Vec<_> = of_type(&session, "FileEdit")
        .into_iter()
        .filter_map(|event| match &event.event_type {
            EventType::FileEdit { diff, .. } => diff.as_deref(),
            _ => None,
        })
        .collect();
    assert!(diffs[0].starts_with("@@ -41,3 +41,3 @@"));
    assert!(diffs[1].contains("-old\n+new\n"));
    let stats = session.stats();
    assert_eq!((stats.files_changed, stats.lines_added, stats.lines_removed), (4, 4, 2));
}

#[test]
fn what_a_person_did_not_type_is_no_prompt() {
    let session = fixture("tools");
    // The selection that goes with it is a file.
    assert_eq!(texts(&session, "UserMessage"), ["Fix the loop bound", "for i in 0..=n {}"]);
    assert_eq!(session.stats().user_message_count, 1);
    assert!(texts(&session, "SystemMessage").contains(&"<skill>pdf</skill>"));
    assert_eq!(session.attachments.len(), 2);
}

#[test]
fn a_thought_that_stands_twice_is_told_once() {
    assert_eq!(texts(&fixture("tools"), "Thinking"), ["The bound is off by one."]);
}

#[test]
fn the_workspace_names_a_session_that_its_log_does_not() {
    let session = fixture("tools");
    let header = session.header.as_ref().unwrap();
    assert_eq!(header.context.title.as_deref(), Some("Loop bound: fixed"));
    assert_eq!(header.context.attributes.str(attribute::ORIGINATOR), Some("github/cli"));
    assert_eq!(session.place.as_deref(), Some("/src/demo"));
    // What the log says of the place is what counts.
    assert_eq!(fixture("folder").place.as_deref(), Some("/tmp/project"));
}

#[test]
fn sub_agents_are_tasks_also_in_the_background() {
    let session = fixture("sub-agents");
    let starts = of_type(&session, "TaskStart");
    let ends = of_type(&session, "TaskEnd");
    assert_eq!((starts.len(), ends.len()), (2, 2));
    let of_task = |task: &str| {
        let events = session.events.iter().map(|sent| &sent.event);
        events.filter(|event| event.task_id.as_deref() == Some(task)).count()
    };
    assert_eq!((of_task("t1"), of_task("t2")), (8, 3));
    assert_eq!(session.stats().user_message_count, 1);
    assert_eq!(texts(&session, "UserMessage"), ["Explore both"]);
}

#[test]
fn a_call_without_a_result_is_settled_when_its_agent_goes_on() {
    let call = json!({"content": "", "toolRequests": [{"toolCallId": "c", "name": "bash", "arguments": {"command": "ls"}}]});
    let mut lines = vec![start(), line("assistant.message", "a", &call)];
    let open = |session: &Recorded| session.events.iter().filter(|sent| !sent.settled).count();
    assert_eq!(open(&read(&lines).0), 1);
    lines.push(line("assistant.message", "b", &json!({"content": "on", "parentToolCallId": "t"})));
    assert_eq!(open(&read(&lines).0), 1);
    lines.push(line("assistant.message", "c", &json!({"content": "on"})));
    assert_eq!(open(&read(&lines).0), 0);
}

#[test]
fn state_and_hooks_are_dropped_and_what_is_new_is_kept() {
    let (session, report) = read(&[
        start(),
        line("user.message", "u", &json!({"content": "go"})),
        line("hook.start", "h", &json!({})),
        line("permission.requested", "p", &json!({})),
        line("session.mode_changed", "m", &json!({})),
        line("session.not_yet_known", "n", &json!({"x": 1})),
    ]);
    assert_eq!(report.dropped, BTreeMap::from([("hook".into(), 1), ("tool state".into(), 2)]));
    assert_eq!(report.unknown, BTreeMap::from([("session.not_yet_known".into(), 1)]));
    assert_eq!(of_type(&session, "Custom").len(), 1);
}

#[test]
fn a_log_in_which_nobody_spoke_is_no_session() {
    let log = format!("{}\n", start());
    let (sessions, report) = parse(parser(TOOL), Path::new("s1.jsonl"), log.as_bytes());
    assert_eq!((sessions.len(), report.records()), (0, 1));
}

#[test]
fn the_first_document_gives_outputs_diffs_and_refusals() {
    let session = fixture("document");
    assert_eq!(of_type(&session, "FileEdit").len(), 1);
    assert_eq!(session.stats().tool_call_count, 3);
    let results = of_type(&session, "ToolResult");
    let failed: Vec<bool> = results
        .iter()
        .map(|event| matches!(event.event_type, EventType::ToolResult { is_error: true, .. }))
        .collect();
    assert_eq!(failed, [false, false, true]);
    assert_eq!(texts(&fixture("document-messages"), "UserMessage"), ["Fix it"]);
}

#[test]
fn a_document_that_a_log_goes_on_with_is_told_once() {
    let session = fixture("imported");
    assert_eq!(texts(&session, "UserMessage"), ["Say hello in hello.txt", "Run the tests."]);
    assert_eq!(of_type(&session, "FileCreate").len(), 1);
    let document = json!({"sessionId": "s1", "startTime": "2025-10-20T08:00:00Z", "chatMessages": [],
        "timeline": [{"type": "user", "id": "t1", "text": "Hello"}]});
    let import = line("session.import_legacy", "i", &json!({"legacySession": document}));
    assert_eq!(texts(&read(&[start(), import.clone()]).0, "UserMessage"), ["Hello"]);

    let home = tempfile::tempdir().unwrap();
    let folder = |name: &str| {
        let folder = home.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    };
    let path = folder("history-session-state").join("session_s1_1759556140000.json");
    let told = || parse(parser(TOOL), &path, document.to_string().as_bytes()).0.len();
    assert_eq!(told(), 1);
    let log = folder("session-state/s1").join("events.jsonl");
    fs::write(&log, format!("{}\n", start())).unwrap();
    assert_eq!(told(), 1);
    fs::write(&log, format!("{}\n{import}\n", start())).unwrap();
    assert_eq!(told(), 0);
}

#[test]
fn work_runs_on_when_a_session_is_taken_up_again_with_it() {
    let session = fixture("imported");
    let codes =
        of_type(&session, "ShellCommand").into_iter().map(|event| match &event.event_type {
            EventType::ShellCommand { exit_code, .. } => *exit_code,
            _ => None,
        });
    assert_eq!(codes.collect::<Vec<_>>(), [Some(2), Some(0)]);
}

#[test]
fn a_session_that_the_tool_began_names_its_parent() {
    let data = json!({"sessionId": "s1", "detachedFromSpawningParentSessionId": "s0"});
    let prompt = line("user.message", "u", &json!({"content": "Tidy up what was learned"}));
    let answer = line("assistant.message", "a", &json!({"content": "Done"}));
    let session = read(&[line("session.start", "s", &data), prompt, answer]).0;
    let header = session.header.as_ref().unwrap();
    let named = header.context.attributes.str(attribute::PARENT_SESSION_ID);
    assert_eq!((named, header.is_auxiliary()), (Some("s0"), true));
    assert_eq!(texts(&session, "UserMessage").len(), 0);
}

#[test]
fn deep_and_long_values_and_strange_types_stop_nothing() {
    let deep = format!("{}1{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let call = format!(
        r#"{{"type":"assistant.message","id":"a","timestamp":5,"data":{{"content":["x"],"toolRequests":[{{"toolCallId":"c","name":"bash","arguments":{deep}}}]}}}}"#
    );
    let result = format!(
        r#"{{"type":"tool.execution_complete","id":"b","timestamp":"9999-99-99","data":{{"toolCallId":"c","success":"yes","result":{deep},"error":{{}}}}}}"#
    );
    let log = format!("{}\n{call}\n{result}\n", start());
    let (sessions, report) = parse(parser(TOOL), Path::new("s1.jsonl"), log.as_bytes());
    assert_eq!((sessions.len(), report.records()), (1, 3));
    assert_eq!(of_type(&sessions[0], "ToolResult").len(), 1);
}

#[test]
fn each_variable_moves_its_folder() {
    let roots = |variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let variables: BTreeMap<String, String> = variables.collect();
        let roots = parser(TOOL).roots(&Home::new(PathBuf::from("/home/a"), variables, Os::MacOs));
        roots.into_iter().map(|root| (root.path, root.origin)).collect::<Vec<_>>()
    };
    let pair = |folder: &str, origin| {
        ["session-state", "history-session-state"]
            .map(|name| (PathBuf::from(folder).join(name), origin))
    };
    let default = pair("/home/a/.copilot", Origin::Default);
    assert_eq!(roots(&[]), default);
    let moved = pair("/c", Origin::Environment("COPILOT_HOME"));
    assert_eq!(roots(&[("COPILOT_HOME", "/c")]), [moved, default].concat());
}

#[test]
fn what_lies_beside_a_log_is_nobodys() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let yaml = folder.join("copilot-cli/tools/5a000000-0000-4000-8000-000000000001/workspace.yaml");
    assert!(detect(&yaml, &fs::read(&yaml).unwrap()).is_none());
}

#[test]
fn damage_stops_nothing() {
    conformance::check_damage(TOOL, 1);
}
