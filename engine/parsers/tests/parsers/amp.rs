//! Amp's fixtures, and the rules that they show.

use crate::recording::{Recorded, of_type, only, parse, parser, settled, texts};
use crate::{conformance, fixtures};
use opensession_hail::{EventType, attribute};
use opensession_parsers::{Home, Origin, Os, ParseReport, detect};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const TOOL: &str = "amp";
const NAME: &str = "T-1.json";

fn thread(messages: &Value) -> Value {
    json!({"v": 1, "id": "T-1", "created": 1_768_178_184_664_i64, "messages": messages})
}

fn read(messages: &Value) -> (Recorded, ParseReport) {
    let bytes = thread(messages).to_string().into_bytes();
    conformance::check(parser(TOOL), Path::new(NAME), &bytes);
    only(parse(parser(TOOL), Path::new(NAME), &bytes))
}

fn fixture(name: &str) -> Recorded {
    fixtures::sessions(TOOL, name).remove(0)
}

fn user(id: i64, content: &Value) -> Value {
    json!({"role": "user", "messageId": id, "content": content, "meta": {"sentAt": 1_768_178_190_000_i64}})
}

fn prompt(id: i64, text: &str) -> Value {
    user(id, &json!([{"type": "text", "text": text}]))
}

fn answer(id: i64, content: &Value, state: &str) -> Value {
    json!({"role": "assistant", "messageId": id, "content": content, "state": {"type": state},
        "usage": {"model": "claude-opus-4-6", "inputTokens": 3, "outputTokens": 5}})
}

fn call(id: &str) -> Value {
    json!([{"type": "tool_use", "id": id, "name": "Bash", "input": {"cmd": "x"}, "complete": true}])
}

fn result(id: &str, run: &Value) -> Value {
    json!([{"type": "tool_result", "toolUseID": id, "run": run}])
}

fn said(text: &str) -> Value {
    json!([{"type": "text", "text": text}])
}

#[test]
fn a_thread_that_grows_begins_with_the_same_events_and_records() {
    for case in fixtures::cases(TOOL) {
        for log in fixtures::logs(parser(TOOL), &case) {
            let document: Value = serde_json::from_slice(&log.bytes).unwrap();
            conformance::check_growth(parser(TOOL), &log.path, &document, "messages");
        }
    }
}

#[test]
fn an_answer_that_streams_or_has_no_price_yet_may_change() {
    let (session, _) = read(&json!([prompt(0, "go"), answer(1, &said("a"), "streaming")]));
    assert_eq!(settled(&session), [true, false]);
    let mut free = answer(3, &said("b"), "complete");
    free.as_object_mut().unwrap().remove("usage");
    let whole = json!([prompt(0, "go"), answer(1, &said("a"), "streaming"), prompt(2, "on"), free]);
    assert_eq!(settled(&read(&whole).0), [true, true, true, false]);
    // Where nothing ever has a price, none will come.
    let bytes = thread(&json!([prompt(0, "go"), free])).to_string();
    let (sessions, _) = parse(parser(TOOL), Path::new(NAME), bytes.as_bytes());
    assert_eq!(settled(&sessions[0]), [true, true]);
}

#[test]
fn a_run_that_goes_on_keeps_its_call_open() {
    let stand = |run: Value| {
        let messages =
            [prompt(0, "go"), answer(1, &call("c"), "complete"), user(2, &result("c", &run))];
        thread(&messages.into_iter().collect())
    };
    let done = json!({"status": "done", "result": {"output": "ok", "exitCode": 2}});
    let stands = [
        stand(json!({"status": "queued"})),
        stand(json!({"status": "in-progress", "progress": {"output": "o"}})),
        stand(done),
    ];
    conformance::check_stands(parser(TOOL), Path::new(NAME), &stands);
    let (sessions, _) = parse(parser(TOOL), Path::new(NAME), stands[2].to_string().as_bytes());
    assert_eq!(settled(&sessions[0]), [true, true, true]);
    let command = EventType::ShellCommand { command: "x".into(), exit_code: Some(2) };
    assert_eq!(sessions[0].events[1].event.event_type, command);
}

#[test]
fn results_of_an_interrupted_answer_may_be_taken_back() {
    let cancelled = json!({"status": "cancelled", "reason": "user:interrupted"});
    let before =
        [prompt(0, "go"), answer(1, &call("c"), "cancelled"), user(2, &result("c", &cancelled))];
    // The next answer takes the results out.
    let after = [
        prompt(0, "go"),
        answer(1, &call("c"), "cancelled"),
        user(2, &json!([])),
        prompt(3, "again"),
        answer(4, &said("yes"), "complete"),
    ];
    let stands = [&before[..], &after].map(|messages| thread(&messages.iter().cloned().collect()));
    conformance::check_stands(parser(TOOL), Path::new(NAME), &stands);
    let (session, _) = read(&after.iter().cloned().collect());
    assert!(settled(&session).into_iter().all(|settled| settled));
}

#[test]
fn calls_without_a_result_end_when_the_model_speaks_again_but_not_when_its_sub_agent_does() {
    let mut inner = answer(2, &said("inner"), "complete");
    inner["parentToolUseId"] = "c".into();
    let open = json!([prompt(0, "go"), answer(1, &call("c"), "complete"), inner]);
    assert_eq!(settled(&read(&open).0), [true, false, true]);
    let over = json!([
        prompt(0, "go"),
        answer(1, &call("c"), "complete"),
        answer(3, &said("x"), "complete")
    ]);
    assert_eq!(settled(&read(&over).0), [true, true, true]);
}

#[test]
fn only_what_a_person_typed_is_a_user_message() {
    assert_eq!(texts(&fixture("tools"), "UserMessage"), ["fix the loop bound, see @notes.md"]);
    assert_eq!(texts(&fixture("odd-records"), "UserMessage"), ["a bare text"]);
    let child = fixture("sub-agents");
    assert_eq!(texts(&child, "UserMessage"), [""; 0]);
    let header = child.header.as_ref().unwrap();
    let parent = header.context.attributes.str(attribute::PARENT_SESSION_ID);
    assert_eq!(parent, Some("T-0199aaaa-bbbb-7ccc-8ddd-eeeeffff0001"));
    assert!(header.is_auxiliary());
}

#[test]
fn tokens_count_once_and_a_cache_is_no_input() {
    let stats = fixture("thread").stats();
    assert_eq!((stats.total_input_tokens, stats.total_output_tokens), (3 + 1 + 1, 70 + 170 + 30));
    assert_eq!(stats.total_cache_read_tokens, 13248 + 14849);
    assert_eq!(stats.total_cache_write_tokens, 1601 + 427 + 15683);
    let stats = fixture("ledger").stats();
    assert_eq!((stats.total_input_tokens, stats.total_output_tokens), (107, 23));
}

#[test]
fn failed_edits_change_no_file_and_a_patch_is_one_call() {
    let session = fixture("tools");
    let stats = session.stats();
    assert_eq!((stats.files_changed, stats.tool_call_count), (4, 16));
    assert_eq!(of_type(&session, "FileEdit").len(), 4);
    assert_eq!(session.attachments.len(), 3);
}

#[test]
fn sub_agents_are_tasks_and_are_told_once() {
    let session = fixture("sub-agents");
    let stats = session.stats();
    assert_eq!((stats.task_count, stats.tool_call_count), (2, 6));
    let inner = of_type(&session, "ShellCommand");
    let tasks: Vec<Option<&str>> = inner.iter().map(|event| event.task_id.as_deref()).collect();
    assert_eq!(tasks, [Some("toolu_03"), Some("toolu_01")]);
}

#[test]
fn what_is_not_known_is_kept_and_counted() {
    let bytes =
        thread(&json!([prompt(0, "go"), {"role": "new"}, user(2, &json!([{"type": "odd"}]))]));
    let (sessions, report) = parse(parser(TOOL), Path::new(NAME), bytes.to_string().as_bytes());
    assert_eq!(of_type(&sessions[0], "Custom").len(), 2);
    assert_eq!(report.unknown.get("new"), Some(&1));
    assert_eq!(report.fields.get("user.odd"), Some(&1));
}

#[test]
fn lone_surrogates_foreign_bytes_and_deep_records_cost_no_record() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let mut log =
        br#"{"id":"../T 1","messages":[{"role":"user","content":"half \ud83d"},"#.to_vec();
    log.extend_from_slice(
        b"{\"role\":\"user\",\"content\":\"x\xff\"},{\"role\":\"user\",\"content\":",
    );
    log.extend_from_slice(deep.as_bytes());
    log.extend_from_slice(b"}],\"env\":");
    log.extend_from_slice(deep.as_bytes());
    let (sessions, report) = parse(parser(TOOL), Path::new(NAME), &log);
    assert_eq!(texts(&sessions[0], "UserMessage"), [r"half \ud83d", r"x\xff"]);
    assert!(sessions[0].id.as_str().starts_with("x-"));
    assert_eq!((report.records(), report.unknown.get("unparsed")), (4, Some(&1)));
    assert!(report.torn);
}

#[test]
fn an_export_is_a_thread_and_what_lies_beside_one_is_not() {
    let export = thread(&json!([prompt(0, "go")])).to_string();
    let owner = detect(Path::new("export.json"), export.as_bytes()).unwrap();
    assert_eq!(owner.tool().as_str(), TOOL);
    let history = br#"{"text":"go","cwd":"/src"}"#;
    assert!(detect(Path::new("/h/.local/share/amp/history.jsonl"), history).is_none());
    assert!(detect(Path::new("T-1.json"), br#"{"id":"T-1","files":[]}"#).is_none());
}

#[test]
fn each_variable_moves_its_folder() {
    let roots = |variables: &[(&str, &str)], os| {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let variables: BTreeMap<String, String> = variables.collect();
        let roots = parser(TOOL).roots(&Home::new(PathBuf::from("/h"), variables, os));
        roots.into_iter().map(|root| (root.path, root.origin)).collect::<Vec<_>>()
    };
    let has = |found: &[(PathBuf, Origin)], path: &str, origin| {
        found.contains(&(PathBuf::from(path), origin))
    };
    let plain = roots(&[], Os::Linux);
    assert!(has(&plain, "/h/.local/share/amp/threads", Origin::Default));
    let editor = "/h/.config/Cursor/User/globalStorage/sourcegraph.amp/threads3";
    assert!(has(&plain, editor, Origin::Default));
    for (variable, value, path) in [
        ("AMP_THREADS_DIR", "~/t", "/h/t"),
        ("AMP_DATA_DIR", "/a, /b", "/b/threads"),
        ("AMP_HOME", "/a", "/a/threads"),
        ("AMP_DATA_HOME", "/a", "/a/amp/threads"),
        ("XDG_DATA_HOME", "/x", "/x/amp/threads"),
    ] {
        let moved = roots(&[(variable, value)], Os::Linux);
        assert!(has(&moved, path, Origin::Environment(variable)), "{variable}");
    }
    let windows = roots(&[("APPDATA", "/roaming")], Os::Windows);
    assert!(has(&windows, "/roaming/amp/threads", Origin::Environment("APPDATA")));
    assert!(has(&windows, "/h/AppData/Local/amp/threads", Origin::Default));
    assert!(has(&roots(&[], Os::MacOs), "/h/.local/share/amp/threads", Origin::Default));
}

#[test]
fn damage_stops_nothing() {
    conformance::check_damage(TOOL, 1);
}
