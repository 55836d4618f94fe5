//! Continue's fixtures, and the rules that they show.

use crate::recording::{Recorded, of_type, only, parse, parser, settled, texts};
use crate::{conformance, fixtures};
use opensession_hail::{Event, EventType};
use opensession_parsers::{Home, Origin, Os, ParseReport, detect};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const TOOL: &str = "continue";
const NAME: &str = "nowhere/s-1.json";

fn session(history: &Value) -> Value {
    json!({"sessionId": "s-1", "title": "New Session", "workspaceDirectory": "/src", "history": history})
}

fn read(history: &Value) -> (Recorded, ParseReport) {
    let bytes = session(history).to_string().into_bytes();
    conformance::check(parser(TOOL), Path::new(NAME), &bytes);
    only(parse(parser(TOOL), Path::new(NAME), &bytes))
}

fn fixture(name: &str) -> (Recorded, ParseReport) {
    let log = fixtures::named(TOOL, name).remove(0);
    let (mut sessions, report) = parse(parser(TOOL), &log.path, &log.bytes);
    (sessions.remove(0), report)
}

fn said(role: &str, text: &str) -> Value {
    json!({"message": {"role": role, "content": text}, "contextItems": []})
}

fn called(state: &Value) -> Value {
    let call = json!({"id": "c", "type": "function", "function": {"name": "Bash", "arguments": "{\"command\":\"x\"}"}});
    let mut full = json!({"toolCallId": "c", "toolCall": call, "parsedArgs": {"command": "x"}});
    for (key, value) in state.as_object().expect("a state is an object") {
        full[key] = value.clone();
    }
    let message = json!({"role": "assistant", "content": "", "toolCalls": [call]});
    json!({"message": message, "contextItems": [], "toolCallStates": [full]})
}

fn returned(text: &str) -> Value {
    json!({"message": {"role": "tool", "content": text, "toolCallId": "c"}, "contextItems": []})
}

#[test]
fn a_session_that_grows_begins_with_the_same_events_and_records() {
    for case in fixtures::cases(TOOL) {
        for log in fixtures::logs(parser(TOOL), &case) {
            let document: Value = serde_json::from_slice(&log.bytes).unwrap();
            conformance::check_growth(parser(TOOL), &log.path, &document, "history");
        }
    }
}

#[test]
fn a_call_is_open_until_its_state_or_what_follows_says_otherwise() {
    let go = said("user", "go");
    let output = |text: &str| json!([{"name": "n", "description": "d", "content": text}]);
    let beginnings = [
        json!({"status": "generating"}),
        json!({"status": "generated"}),
        json!({"status": "calling"}),
        json!({"status": "calling", "output": output("a")}),
    ];
    let over = json!({"status": "done", "output": output("ab")});
    let end = session(&json!([go, called(&over), returned("ab"), said("assistant", "ok")]));
    let mut stands: Vec<Value> =
        beginnings.iter().map(|state| session(&json!([go, called(state)]))).collect();
    stands.extend([session(&json!([go, called(&over)])), end]);
    conformance::check_stands(parser(TOOL), Path::new(NAME), &stands);
    let (sessions, report) = parse(parser(TOOL), Path::new(NAME), stands[5].to_string().as_bytes());
    assert_eq!(texts(&sessions[0], "ToolResult"), ["ab"], "told once");
    assert_eq!(report.dropped.get("second copy"), Some(&1));
    for state in &beginnings {
        assert_eq!(settled(&read(&json!([go, called(state)])).0), [true, false]);
    }
}

#[test]
fn what_a_call_that_says_nothing_returned_is_in_the_message_behind_it() {
    let stand = |items: &[Value]| {
        let items = [&[said("user", "go"), called(&json!({"status": "done"}))], items].concat();
        session(&items.into_iter().collect())
    };
    let stands =
        [stand(&[]), stand(&[returned("r")]), stand(&[returned("r"), said("assistant", "ok")])];
    conformance::check_stands(parser(TOOL), Path::new(NAME), &stands);
    let (sessions, _) = parse(parser(TOOL), Path::new(NAME), stands[1].to_string().as_bytes());
    assert_eq!(texts(&sessions[0], "ToolResult"), ["r"]);
    // Where no message comes, it returned nothing.
    let (session, _) = read(&json!([
        said("user", "go"),
        called(&json!({"status": "done"})),
        said("assistant", "ok")
    ]));
    assert_eq!(of_type(&session, "ToolResult").len(), 1);
    assert_eq!(settled(&session), [true, true, true, true]);
}

#[test]
fn an_output_that_a_crash_cut_off_is_kept() {
    let cut = json!({"status": "calling", "output": [{"content": "half"}]});
    let (session, _) = read(&json!([said("user", "go"), called(&cut), said("user", "again")]));
    assert_eq!(texts(&session, "ToolResult"), ["half"]);
    assert!(settled(&session).into_iter().all(|settled| settled));
}

#[test]
fn an_answer_that_is_not_written_yet_and_context_that_is_gathered_may_change() {
    let empty = said("assistant", "");
    let (session, report) = read(&json!([said("user", "go"), empty]));
    assert_eq!((session.events.len(), settled(&session)), (1, vec![true]));
    assert_eq!(report.dropped.get("not answered yet"), Some(&1));
    let mut gathering = said("user", "go");
    gathering["isGatheringContext"] = true.into();
    assert_eq!(settled(&read(&json!([gathering])).0), [false]);
    assert_eq!(settled(&read(&json!([gathering, said("assistant", "a")])).0), [true, true]);
}

#[test]
fn only_what_a_person_typed_is_a_user_message() {
    let (session, _) = fixture("agent");
    assert_eq!(texts(&session, "UserMessage"), ["fix the loop bound"]);
    let file = "```src/a.rs\nfor i in 0..=n {}\n```";
    assert_eq!(texts(&session, "SystemMessage"), [file, "$ cargo test", "The bound was fixed."]);
    assert_eq!(session.attachments.len(), 1);
    assert_eq!(texts(&session, "Thinking"), ["I look at it."]);
}

#[test]
fn tokens_of_answers_and_of_the_session_count_once() {
    let (session, _) = fixture("agent");
    let stats = session.stats();
    assert_eq!((stats.total_input_tokens, stats.total_output_tokens), (130, 40));
    assert_eq!((stats.total_cache_read_tokens, stats.total_cache_write_tokens), (900, 50));
    let last = session.events.last().unwrap();
    assert_eq!(last.event.event_type, EventType::Custom { kind: "usage".into() });
    assert!(!last.settled);
    let stats = fixture("cli").0.stats();
    assert_eq!((stats.total_input_tokens, stats.total_cache_read_tokens), (1813, 4366));
}

#[test]
fn failures_change_no_file_and_commands_have_their_exit_code() {
    let (agent, _) = fixture("agent");
    assert_eq!((agent.stats().files_changed, agent.stats().tool_call_count), (3, 9));
    let (running, _) = fixture("running");
    assert_eq!((running.stats().files_changed, running.stats().task_count), (1, 1));
    let codes = |session: &Recorded| -> Vec<Option<i64>> {
        let commands = of_type(session, "ShellCommand").into_iter();
        let code = |event: &Event| match event.event_type {
            EventType::ShellCommand { exit_code, .. } => exit_code,
            _ => None,
        };
        commands.map(code).collect()
    };
    assert_eq!(codes(&agent), [Some(101), Some(0)]);
    assert_eq!(codes(&running), [Some(1), None]);
}

#[test]
fn the_index_tells_when_a_session_was_created_and_the_prompts_as_sent_which_model_answered() {
    let (session, _) = fixture("agent");
    let header = session.header.as_ref().unwrap();
    assert_eq!(header.context.created_at.as_millis(), 1_740_819_600_000);
    assert_eq!((&*header.agent.provider, &*header.agent.model), ("anthropic", "claude-sonnet-4"));
    assert_eq!(header.context.title.as_deref(), Some("fix the loop bound"));
    assert_eq!(header.cwd(), Some("/home/dev/my demo"));
}

#[test]
fn what_is_not_known_is_kept_and_counted() {
    let (session, report) = fixture("odd-records");
    assert_eq!(report.unknown.get("unparsed"), Some(&3));
    assert_eq!(report.unknown.get("new"), Some(&1));
    let kinds: Vec<_> = of_type(&session, "Custom");
    assert_eq!(kinds.len(), 3 + 2 + 1 + 3, "no record, no message, no role, no part");
}

#[test]
fn lone_surrogates_foreign_bytes_and_deep_records_cost_no_record() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let mut log =
        br#"{"sessionId":"a/b","history":[{"message":{"role":"user","content":"half \ud83d"}},"#
            .to_vec();
    log.extend_from_slice(
        b"{\"message\":{\"role\":\"assistant\",\"content\":\"x\xff\"}},{\"message\":",
    );
    log.extend_from_slice(deep.as_bytes());
    log.extend_from_slice(b"},{\"message\":{\"role\":\"us");
    let (sessions, report) = parse(parser(TOOL), Path::new(NAME), &log);
    assert_eq!(texts(&sessions[0], "UserMessage"), [r"half \ud83d"]);
    assert_eq!(texts(&sessions[0], "AgentMessage"), [r"x\xff"]);
    assert!(sessions[0].id.as_str().starts_with("x-"));
    assert_eq!((report.records(), report.unknown.get("unparsed")), (4, Some(&1)));
    assert!(report.torn);
}

#[test]
fn the_index_is_no_session_and_a_session_of_kiro_is_none_of_continues() {
    let index = br#"[{"sessionId":"s","title":"t","dateCreated":"1","workspaceDirectory":"/"}]"#;
    assert!(detect(Path::new("/h/.continue/sessions/sessions.json"), index).is_none());
    let own = session(&json!([said("user", "go")])).to_string();
    let tool =
        |path: &str| detect(Path::new(path), own.as_bytes()).map(|owner| owner.tool().as_str());
    assert_eq!(tool("/h/.continue/sessions/s.json"), Some(TOOL));
    assert_ne!(
        tool("/h/Kiro/User/globalStorage/kiro.kiroagent/workspace-sessions/L2E/s.json"),
        Some(TOOL)
    );
}

#[test]
fn each_home_has_its_folder() {
    let variables = BTreeMap::from([("CONTINUE_GLOBAL_DIR".to_owned(), "~/c".to_owned())]);
    let home = Home::new(PathBuf::from("/h"), variables, Os::Windows);
    let home = home.with_repositories(vec![PathBuf::from("/src/demo")]);
    let roots = parser(TOOL).roots(&home);
    let roots: Vec<_> =
        roots.into_iter().map(|root| (root.path, root.origin, root.depth)).collect();
    let expected = [
        ("/h/c/sessions", Origin::Environment("CONTINUE_GLOBAL_DIR")),
        ("/h/.continue/sessions", Origin::Default),
        ("/src/demo/.continue/sessions", Origin::Default),
        ("/h/.pearai/sessions", Origin::Default),
    ];
    assert_eq!(roots, expected.map(|(path, origin)| (PathBuf::from(path), origin, 0)));
}

#[test]
fn damage_stops_nothing() {
    conformance::check_damage(TOOL, 1);
}
