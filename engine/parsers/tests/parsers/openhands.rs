//! The logs of OpenHands, and the rules that they show.

use crate::fixtures;
use crate::recording::{Recorded, of_type, parse, parse_file, parser};
use opensession_hail::{Block, EventType, attribute};
use opensession_parsers::{Home, Origin, Os, ParseReport, detect};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tempfile::TempDir;

const TOOL: &str = "openhands";

fn event(id: &str, source: &str, kind: &str, rest: &Value) -> Value {
    let mut event = json!({"id": id, "timestamp": "2026-03-02T13:00:00.000000", "source": source, "kind": kind});
    for (key, value) in rest.as_object().expect("an object") {
        event[key] = value.clone();
    }
    event
}

fn message(id: &str, source: &str, text: &str) -> Value {
    let role = if source == "agent" { "assistant" } else { "user" };
    let said = json!({"role": role, "content": [{"type": "text", "text": text}]});
    let mut message = event(id, source, "MessageEvent", &json!({ "llm_message": said }));
    if source == "agent" {
        message["llm_response_id"] = json!(format!("r-{id}"));
    }
    message
}

fn call(id: &str, answer: &str, tool: &str, action: &Value) -> Value {
    event(
        id,
        "agent",
        "ActionEvent",
        &json!({"thought": [], "action": action, "tool_name": tool,
        "tool_call_id": format!("c-{id}"), "tool_call": {}, "llm_response_id": answer}),
    )
}

fn result(id: &str, of: &str, tool: &str, observation: &Value) -> Value {
    event(
        id,
        "environment",
        "ObservationEvent",
        &json!({"tool_name": tool, "tool_call_id": format!("c-{of}"),
        "observation": observation, "action_id": of}),
    )
}

/// A conversation on disk: its state, where there is one, and its events.
fn folder(state: Option<&Value>, events: &[Value]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let conversation = dir.path().join("0a0a");
    fs::create_dir_all(conversation.join("events")).expect("it can be made");
    for (index, event) in events.iter().enumerate() {
        let name = format!("events/event-{index:05}-{index:08}.json");
        fs::write(conversation.join(name), event.to_string()).expect("it can be written");
    }
    let path = match state {
        Some(state) => {
            let path = conversation.join("base_state.json");
            fs::write(&path, state.to_string()).expect("it can be written");
            path
        }
        None => conversation.join("events/event-00000-00000000.json"),
    };
    (dir, path)
}

fn state(status: &str, usages: &Value) -> Value {
    json!({"id": "s1", "agent": {"llm": {"model": "openai/gpt-5"}}, "workspace": {"working_dir": "/src"},
        "execution_status": status, "stats": {"usage_to_metrics": {"agent": {"token_usages": usages}}}})
}

fn usage(answer: &str) -> Value {
    json!({"response_id": answer, "model": "openai/gpt-5", "prompt_tokens": 100, "completion_tokens": 10,
        "cache_read_tokens": 60, "cache_write_tokens": 30})
}

fn read(state: Option<&Value>, events: &[Value]) -> (Recorded, ParseReport) {
    let (_dir, path) = folder(state, events);
    let (mut sessions, report) = parse_file(parser(TOOL), &path);
    (sessions.remove(0), report)
}

fn settled(session: &Recorded) -> usize {
    session.events.iter().take_while(|sent| sent.settled).count()
}

#[test]
fn an_answer_with_several_calls_costs_once_and_cached_input_is_none() {
    let events = [
        message("u", "user", "go"),
        call("a", "r1", "terminal", &json!({"command": "ls", "kind": "TerminalAction"})),
        call("b", "r1", "terminal", &json!({"command": "pwd", "kind": "TerminalAction"})),
        result("x", "a", "terminal", &json!({"content": "1", "exit_code": 0})),
        result("y", "b", "terminal", &json!({"content": "2", "exit_code": 3})),
    ];
    let (session, report) = read(Some(&state("finished", &json!([usage("r1")]))), &events);
    let stats = session.stats();
    let tokens = [
        stats.total_input_tokens,
        stats.total_output_tokens,
        stats.total_cache_read_tokens,
        stats.total_cache_write_tokens,
    ];
    assert_eq!((tokens, stats.tool_call_count), ([10, 10, 60, 30], 2));
    let codes: Vec<&EventType> =
        of_type(&session, "ShellCommand").iter().map(|event| &event.event_type).collect();
    let shell = |command: &str, code| EventType::ShellCommand {
        command: command.into(),
        exit_code: Some(code),
    };
    assert_eq!(codes, [&shell("ls", 0), &shell("pwd", 3)]);
    assert_eq!((report.records(), report.unknown.len()), (5, 0));
    assert_eq!(settled(&session), session.events.len());
    assert_eq!(session.header.as_ref().and_then(|header| header.cwd()), Some("/src"));
}

#[test]
fn what_is_not_told_yet_of_a_running_conversation_waits() {
    let events = [
        message("u", "user", "go"),
        message("a", "agent", "one"),
        message("v", "user", "on"),
        message("b", "agent", "two"),
        message("w", "user", "more"),
    ];
    let mut told = vec![usage("r-a")];
    let of = |status: &str, told: &[Value]| read(Some(&state(status, &json!(told))), &events).0;
    assert_eq!(settled(&of("running", &[])), 0);
    assert_eq!(settled(&of("running", &told)), 3);
    assert_eq!(settled(&of("finished", &told)), 5);
    told.push(usage("r-b"));
    assert_eq!(settled(&of("running", &told)), 5);
    // A state that is being written may say so too.
    let (_dir, path) = folder(Some(&state("finished", &json!(told))), &events);
    let whole = fs::read(&path).unwrap();
    let (sessions, report) = parse(parser(TOOL), &path, &whole[..whole.len() / 2]);
    assert_eq!((settled(&sessions[0]), sessions[0].id.as_str(), report.records()), (0, "s1", 5));
    assert_eq!(parse(parser(TOOL), &path, &whole[..30]).0.len(), 0);
}

#[test]
fn a_machine_elsewhere_has_its_zone_from_the_first_answer() {
    let mut state = state("finished", &json!([usage("r-a")]));
    // 2026-03-02T18:30:00Z, by a clock at 13:00.
    state["stats"]["usage_to_metrics"]["agent"]["costs"] =
        json!([{"model": "m", "cost": 0.5, "timestamp": 1_772_476_199.9}]);
    let (session, _) =
        read(Some(&state), &[message("u", "user", "go"), message("a", "agent", "one")]);
    let times: Vec<String> =
        session.events.iter().map(|sent| sent.event.timestamp.to_string()).collect();
    assert_eq!(times, ["2026-03-02T18:30:00.000Z"; 2]);
    assert_eq!(of_type(&session, "AgentMessage")[0].attributes.get("cost_usd"), Some(&json!(0.5)));
}

#[test]
fn only_what_a_person_typed_is_a_prompt() {
    let nudge =
        "Your last response did not include a function call or a message. Please use a tool.";
    let mut agents = message("s", "user", "look around");
    agents["sender"] = json!("parent");
    let mut skilled = message("u", "user", "go");
    skilled["extended_content"] = json!([{"type": "text", "text": "<EXTRA_INFO/>"}]);
    let (session, _) = read(
        None,
        &[skilled, message("n", "user", nudge), agents, message("e", "environment", "x")],
    );
    assert_eq!(of_type(&session, "UserMessage").len(), 1);
    assert_eq!(of_type(&session, "SystemMessage").len(), 4);
    assert_eq!(session.header.unwrap().context.title.as_deref(), Some("go"));
}

#[test]
fn a_failed_edit_changes_no_file_and_another_answer_ends_what_waits() {
    let action = json!({"command": "str_replace", "path": "/a", "old_str": "x", "new_str": "y", "kind": "FileEditorAction"});
    let events = [
        message("u", "user", "go"),
        call("a", "r1", "file_editor", &action),
        result("x", "a", "file_editor", &json!({"content": "no", "is_error": true})),
        call("b", "r2", "file_editor", &action),
        message("c", "agent", "I give up."),
    ];
    let (session, _) = read(None, &events);
    assert_eq!(of_type(&session, "ToolCall").len(), 2);
    assert_eq!((session.stats().files_changed, settled(&session)), (0, session.events.len()));
    let (session, _) = read(None, &events[..4]);
    assert_eq!(settled(&session), session.events.len() - 1);
}

#[test]
fn another_branch_takes_back_what_was_said_behind_its_parent() {
    let mut again = message("v", "user", "otherwise");
    again["parent_id"] = json!("u");
    let mut same = message("b", "agent", "yes");
    same["parent_id"] = json!("v");
    let events = [message("u", "user", "go"), message("a", "agent", "no"), again, same];
    let (session, _) = read(None, &events);
    let mark = of_type(&session, "Custom")[0];
    assert_eq!(mark.attributes.str(attribute::REWIND_TO), Some("a"));
    assert_eq!((of_type(&session, "Custom").len(), session.stats().message_count), (1, 3));
}

#[test]
fn classic_events_pair_by_their_cause_and_count_tokens_up() {
    let metrics = |input: u64, cached: u64| {
        json!({"accumulated_cost": 0.0, "accumulated_token_usage": {"model": "claude-x",
            "prompt_tokens": input, "completion_tokens": 5, "cache_read_tokens": cached}})
    };
    let action = |id: u64, metrics: Value| json!({"id": id, "source": "agent", "action": "run", "args": {"command": "ls"}, "llm_metrics": metrics});
    let observation = |cause: u64| {
        json!({"id": cause + 10, "source": "agent", "cause": cause, "observation": "run", "content": "a",
            "extras": {"metadata": {"exit_code": 0}}})
    };
    let events = json!([
        {"id": 0, "source": "user", "action": "message", "args": {"content": "go"}},
        action(1, metrics(100, 40)), observation(1), action(2, metrics(250, 90)), observation(2),
    ]);
    let (sessions, report) =
        parse(parser(TOOL), Path::new("demo.json"), events.to_string().as_bytes());
    let stats = sessions[0].stats();
    let tokens =
        [stats.total_input_tokens, stats.total_cache_read_tokens, stats.total_output_tokens];
    assert_eq!((tokens, stats.tool_call_count), ([160, 90, 5], 2));
    assert_eq!((sessions[0].id.as_str(), report.records()), ("demo", 5));
    let ids: Vec<_> =
        of_type(&sessions[0], "ToolResult").iter().map(|event| event.call_id()).collect();
    assert_eq!(ids, [Some("call-1"), Some("call-2")]);
}

#[test]
fn evaluations_have_a_conversation_on_each_line_and_may_pair_their_events() {
    let act = json!({"action": "run", "command": "ls", "thought": "Look."});
    let saw = json!({"observation": "run", "content": "a", "command": "ls", "exit_code": 2});
    let asked = json!({"action": "message", "content": "go"});
    let flat = json!({"instance_id": "one", "history": [asked, act, saw]});
    let pairs = json!({"instance_id": "two", "history": [[asked, {"observation": "null", "content": ""}], [act, saw]]});
    let lines = format!("{flat}\n{pairs}\n{{\"instance_id\":\"three\",\"his");
    let (sessions, report) = parse(parser(TOOL), Path::new("output.jsonl"), lines.as_bytes());
    let ids: Vec<&str> = sessions.iter().map(|session| session.id.as_str()).collect();
    assert_eq!((ids, report.torn, report.records()), (vec!["one", "two"], true, 9));
    for session in &sessions {
        let shell = EventType::ShellCommand { command: "ls".into(), exit_code: Some(2) };
        assert_eq!(of_type(session, "ShellCommand")[0].event_type, shell);
        assert_eq!((session.stats().message_count, settled(session)), (2, session.events.len()));
    }
}

#[test]
fn an_export_that_names_no_folder_tells_it_in_its_events() {
    let place = |name: &str, log: &str| {
        parse(parser(TOOL), Path::new(name), log.as_bytes()).0[0].place.clone()
    };
    let asked = json!({"action": "message", "content": "<uploaded_files>\n/workspace/demo\n</uploaded_files>\ngo"});
    let act = json!({"action": "run", "command": "cd src", "thought": "Look."});
    let saw = json!({"observation": "run", "content": "\r\nroot@box:/workspace/demo/src # ", "command": "cd src", "exit_code": 0});
    let evaluation = json!({"instance_id": "one", "history": [asked, act, saw]});
    assert_eq!(place("o.jsonl", &evaluation.to_string()).as_deref(), Some("/workspace/demo"));
    let evaluation = json!({"instance_id": "one", "history": [act, saw]});
    assert_eq!(place("o.jsonl", &evaluation.to_string()).as_deref(), Some("/workspace/demo/src"));
    let action = json!({"kind": "TerminalAction", "command": "ls"});
    let saw =
        json!({"kind": "TerminalObservation", "content": [], "metadata": {"working_dir": "/src"}});
    let events = [call("a", "r1", "terminal", &action), result("x", "a", "terminal", &saw)];
    assert_eq!(place("events.json", &json!(events).to_string()).as_deref(), Some("/src"));
}

#[test]
fn an_evaluation_may_tell_the_prompt_beside_the_events_of_v1() {
    let action = json!({"kind": "ExecuteBashAction", "command": "ls", "timeout": null});
    let saw = json!({"kind": "ExecuteBashObservation", "output": "a", "exit_code": null, "error": false,
        "metadata": {"exit_code": 127}});
    let events = [call("a", "r1", "execute_bash", &action), result("x", "a", "execute_bash", &saw)];
    let line = json!({"instance_id": "one", "instruction": "Do it", "history": events,
        "metadata": {"llm": {"model": "litellm_proxy/neulab/gpt-4o"}},
        "metrics": {"accumulated_cost": 0.5, "accumulated_token_usage": {"prompt_tokens": 9, "completion_tokens": 2}}});
    let (sessions, report) =
        parse(parser(TOOL), Path::new("o.jsonl"), format!("{line}\n").as_bytes());
    let session = &sessions[0];
    assert_eq!(of_type(session, "UserMessage")[0].content.blocks, [Block::text("Do it")]);
    let shell = EventType::ShellCommand { command: "ls".into(), exit_code: Some(127) };
    assert_eq!(of_type(session, "ShellCommand")[0].event_type, shell);
    assert_eq!(of_type(session, "ToolResult")[0].content.blocks, [Block::text("a")]);
    assert_eq!((session.stats().total_input_tokens, report.records()), (9, 3));
    let agent = &session.header.as_ref().unwrap().agent;
    assert_eq!(
        (agent.provider.as_str(), agent.model.as_str()),
        ("openai", "litellm_proxy/neulab/gpt-4o")
    );
}

#[test]
fn hostile_events_are_kept_and_counted() {
    let odd: Vec<Value> = ["null", "7", "[]", "\"x\"", "{\"a\":{}}"]
        .iter()
        .map(|odd| serde_json::from_str(odd).unwrap())
        .collect();
    let mut events = vec![message("u", "user", "go")];
    for odd in &odd {
        events.push(odd.clone());
        for kind in
            ["MessageEvent", "ActionEvent", "ObservationEvent", "Condensation", "ACPToolCallEvent"]
        {
            let keys = [
                "id",
                "timestamp",
                "source",
                "llm_message",
                "action",
                "tool_call",
                "observation",
                "content",
            ];
            let mut event = json!({"kind": kind});
            for key in keys {
                event[key] = odd.clone();
            }
            events.push(event);
        }
        events.push(
            json!({"action": "edit", "args": odd, "tool_call_metadata": odd, "llm_metrics": odd}),
        );
        events.push(json!({"observation": "edit", "extras": odd, "content": odd, "cause": odd}));
    }
    let (_dir, path) = folder(Some(&state("finished", &json!([7, {}]))), &events);
    let deep = path.with_file_name("events/event-09000-00.json");
    fs::write(deep, format!("{}1{}", "[".repeat(1_000_000), "]".repeat(1_000_000))).unwrap();
    let last = path.with_file_name("events/event-09001-00.json");
    fs::write(last, b"{\"kind\":\"MessageEvent\",\"source\":\"user\",\"llm_message\":{\"content\":\"\xff \\ud83d\"}}").unwrap();
    let (sessions, report) = parse_file(parser(TOOL), &path);
    assert_eq!(report.records(), events.len() as u64 + 2);
    let said = &sessions[0].events.last().unwrap().event;
    assert_eq!(said.content.blocks, [Block::text("\\xff \\ud83d")]);
    assert_eq!(said.event_type, EventType::UserMessage);
}

#[test]
fn a_file_stands_for_its_conversation_and_steps_of_swe_agent_for_none() {
    let (dir, path) = folder(None, &[message("u", "user", "go"), message("a", "agent", "yes")]);
    let tool = |path: &Path| {
        let head = fs::read(path).unwrap();
        detect(path, &head).map(|parser| parser.tool().as_str())
    };
    assert_eq!(tool(&path), Some(TOOL));
    assert_eq!(tool(&path.with_file_name("event-00001-00000001.json")), None);
    let state = dir.path().join("0a0a/base_state.json");
    fs::write(&state, r#"{"id":"s","agent":{},"workspace":{}}"#).unwrap();
    assert_eq!((tool(&state), tool(&path)), (Some(TOOL), None));
    // SWE-agent, whose steps are both action and observation.
    let other =
        r#"{"trajectory":[{"action":"ls","observation":"a","response":"r","thought":"t"}]}"#;
    assert!(detect(Path::new("trajectory.json"), other.as_bytes()).is_none());
}

#[test]
fn each_variable_moves_its_folder() {
    let roots = |variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let variables: BTreeMap<String, String> = variables.collect();
        parser(TOOL).roots(&Home::new(PathBuf::from("/home/a"), variables, Os::Linux))
    };
    let has = |variables: &[(&str, &str)], path: &str, origin| {
        roots(variables).iter().any(|root| root.path == Path::new(path) && root.origin == origin)
    };
    assert!(has(&[], "/home/a/.openhands/conversations", Origin::Default));
    assert!(has(&[], "/home/a/.openhands/sessions", Origin::Default));
    assert!(has(&[], "/home/a/.openhands/v1_conversations", Origin::Default));
    assert!(has(&[], "/home/a/.openhands-state/sessions", Origin::Default));
    for name in ["OPENHANDS_PERSISTENCE_DIR", "OH_PERSISTENCE_DIR", "FILE_STORE_PATH"] {
        assert!(has(&[(name, "~/p")], "/home/a/p/conversations", Origin::Environment(name)));
    }
    let moved = "OPENHANDS_CONVERSATIONS_DIR";
    assert!(has(&[(moved, "/c")], "/c", Origin::Environment(moved)));

    let (dir, state) = folder(Some(&state("finished", &json!([]))), &[message("u", "user", "go")]);
    let found = roots(&[(moved, dir.path().to_str().unwrap())]).remove(0);
    let look = || found.logs(&mut |path, error| panic!("{}: {error}", path.display()));
    let before = look();
    assert_eq!(before.iter().map(|log| &log.path).collect::<Vec<_>>(), [&state]);
    fs::write(state.with_file_name("meta.json"), "{}").unwrap();
    assert_ne!(look(), before);
}

/// An event of each kind.
static EVENTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/openhands/v1-every-kind");
    let log = fixtures::logs(parser(TOOL), &case).remove(0);
    log.events.iter().map(|event| fs::read(event).expect("it is there")).collect()
});

proptest! {
    #[test]
    fn damage_never_stops_the_reader(at in 0_usize..100_000, byte: u8, number in 0_usize..100) {
        let mut line = EVENTS[number % EVENTS.len()].clone();
        let at = at % line.len();
        line[at] = byte;
        line.push(b'\n');
        let (_, report) = parse(parser(TOOL), Path::new("a.jsonl"), &line);
        prop_assert!(report.records() > 0);
    }
}
