//! Cline's and Roo Code's fixtures, and the rules that they show.

use crate::recording::{Recorded, of_type, only, parse, parser, texts};
use crate::{conformance, fixtures};
use opensession_hail::{EventType, attribute};
use opensession_parsers::{Home, Os, PARSERS, ParseReport, detect};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const TOOLS: [&str; 2] = ["cline", "roo-code"];

/// Parses a task that holds these messages, with these rows beside it, and checks what holds for any log.
fn task(tool: &str, messages: &Value, rows: &Value) -> (Recorded, ParseReport) {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let path = dir.path().join("api_conversation_history.json");
    fs::write(dir.path().join("ui_messages.json"), rows.to_string())
        .expect("the folder can be written");
    let bytes = messages.to_string().into_bytes();
    conformance::check(parser(tool), &path, &bytes);
    only(parse(parser(tool), &path, &bytes))
}

fn user(ts: i64, text: &str) -> Value {
    json!({"role": "user", "ts": ts, "content": [{"type": "text", "text": text}]})
}

fn assistant(ts: i64, text: &str) -> Value {
    json!({"role": "assistant", "ts": ts, "content": [{"type": "text", "text": text}]})
}

fn request(ts: i64, told: &Value) -> Value {
    json!({"ts": ts, "type": "say", "say": "api_req_started", "text": told.to_string()})
}

#[test]
fn cline_partial_rows_and_open_requests_are_not_settled() {
    let messages = json!([user(10, "<task>x</task>"), assistant(20, "hi")]);
    let settled = |rows: Value| -> Vec<bool> {
        let (session, _) = task("cline", &messages, &rows);
        session.events.iter().map(|sent| sent.settled).collect()
    };
    assert_eq!(settled(json!([request(11, &json!({"request": "…"}))])), [true, false]);
    let told = json!({"tokensIn": 5, "tokensOut": 2, "cost": 0.1});
    assert_eq!(settled(json!([request(11, &told)])), [true, true]);
    let mut partial = request(11, &told);
    partial["partial"] = true.into();
    assert_eq!(settled(json!([partial])), [true, true]);
}

#[test]
fn a_message_without_answer_may_be_taken_back() {
    let call = assistant(20, "<read_file><path>a</path></read_file>");
    let asked = user(10, "<task>x</task>");
    let result = |ts: i64, more: &str| {
        json!({"role": "user", "ts": ts, "content": [
            {"type": "text", "text": "[read_file for 'a'] Result:"},
            {"type": "text", "text": format!("content{more}")},
        ]})
    };
    let none = json!([]);
    let (before, _) = task("roo-code", &json!([asked, call, result(30, "")]), &none);
    let told: Vec<bool> = before.events.iter().map(|sent| sent.settled).collect();
    assert_eq!(told, [true, false, false]);
    // The task was taken up again: the message is another one.
    let again = json!([asked, call, result(90, " anew"), assistant(95, "done")]);
    let (after, _) = task("roo-code", &again, &none);
    let settled = before.events.iter().take_while(|sent| sent.settled);
    for (old, new) in settled.zip(&after.events) {
        assert_eq!(old.event, new.event);
    }
    assert_eq!(texts(&after, "ToolResult"), ["content anew"]);
}

#[test]
fn event_ids_do_not_depend_on_what_was_removed_before() {
    let stamped =
        [user(10, "<task>x</task>"), assistant(20, "one"), user(30, "two"), assistant(40, "three")];
    let plain = stamped.clone().map(|mut message| {
        message.as_object_mut().unwrap().remove("ts");
        message
    });
    for messages in [stamped, plain] {
        let [asked, one, two, three] = messages;
        let (whole, _) = task("cline", &json!([asked, one, two, three]), &json!([]));
        let (rest, _) = task("cline", &json!([asked, three]), &json!([]));
        let last = |session: &Recorded| session.events.last().unwrap().event.event_id.clone();
        assert_eq!(last(&whole), last(&rest));
    }
}

#[test]
fn every_beginning_of_a_growing_task_is_settled_and_stays() {
    for tool in TOOLS {
        for case in fixtures::cases(tool) {
            for log in fixtures::logs(parser(tool), &case) {
                let Ok(Value::Array(messages)) = serde_json::from_slice(&log.bytes) else {
                    continue;
                };
                let (whole, _) = parse(parser(tool), &log.path, &log.bytes);
                for count in 1..messages.len() {
                    let part = Value::from(&messages[..count]).to_string();
                    for session in parse(parser(tool), &log.path, part.as_bytes()).0 {
                        let settled = session.events.iter().take_while(|sent| sent.settled);
                        for (old, new) in settled.zip(&whole[0].events) {
                            assert_eq!(old.event, new.event, "{} {count}", log.path.display());
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn only_what_a_person_said_is_a_user_message() {
    let said = texts(&fixtures::sessions("cline", "classic")[0], "UserMessage").join("|");
    assert_eq!(
        said,
        "Rename x to y in 'src/a.rs' (see below for file content)|no|Thanks, now plan the next step|Plan it"
    );
    let sessions = fixtures::sessions("roo-code", "native-calls");
    assert_eq!(texts(&sessions[1], "UserMessage"), [""; 0]);
    assert_eq!(texts(&sessions[0], "UserMessage").last(), Some(&"thanks"));
}

#[test]
fn tokens_of_requests_count_once_and_cached_input_is_not_input() {
    let session = &fixtures::sessions("roo-code", "native-calls")[0];
    let stats = session.stats();
    assert_eq!(stats.total_cache_read_tokens, 1900 + 2900 + 3100 + 3200 + 900);
    assert_eq!(stats.total_input_tokens, 100 + 100 + 110 + 100 + 900 + 50 + 5);
    assert_eq!(stats.total_output_tokens, 90 + 80 + 72 + 60 + 50 + 40 + 1);
}

#[test]
fn a_failed_edit_changes_no_file_and_a_command_keeps_its_exit_code() {
    let session = &fixtures::sessions("roo-code", "native-calls")[0];
    assert_eq!((session.stats().files_changed, session.stats().tool_call_count), (1, 7));
    let codes: Vec<Option<i64>> = of_type(session, "ShellCommand")
        .iter()
        .map(|event| match event.event_type {
            EventType::ShellCommand { exit_code, .. } => exit_code,
            _ => None,
        })
        .collect();
    assert_eq!(codes, [Some(1)]);
}

#[test]
fn no_text_of_an_edit_is_lost_behind_a_diff() {
    let kept = |old: &str, new: &str| {
        let diff = format!("------- SEARCH\n{old}=======\n{new}+++++++ REPLACE\n");
        let call = format!("<replace_in_file><path>a</path><diff>{diff}</diff></replace_in_file>");
        let write =
            "<write_to_file><path>a</path><content>\n1\n2\n3\n4\nx\n</content></write_to_file>";
        let result = |ts: i64, name: &str, text: &str| {
            json!({"role": "user", "ts": ts, "content": [
                {"type": "text", "text": format!("[{name} for 'a'] Result:")},
                {"type": "text", "text": text},
            ]})
        };
        let after = "saved <final_file_content path=\"a\">\n1\n2\n3\n4\ny\n\n</final_file_content>";
        let messages = json!([
            user(10, "<task>x</task>"),
            assistant(20, write),
            result(30, "write_to_file", "saved"),
            assistant(40, &call),
            result(50, "replace_in_file", after),
        ]);
        let (session, _) = task("cline", &messages, &json!([]));
        let edit = of_type(&session, "FileEdit")[0];
        (edit.content.blocks.clone(), diff)
    };
    assert_eq!(kept("3\n4\nx\n", "3\n4\ny\n").0, []);
    let (blocks, diff) = kept("1\n2\n3\n4\nx\n", "1\n2\n3\n4\ny\n");
    assert_eq!(blocks, [opensession_hail::Block::json(json!({ "diff": diff }))]);
}

#[test]
fn a_sub_task_has_a_session_of_its_own_that_its_parent_names() {
    let sessions = fixtures::sessions("roo-code", "native-calls");
    let [parent, child] = &sessions[..] else { panic!("two sessions") };
    let started = of_type(parent, "TaskStart")[0].attributes.str(attribute::TASK_SESSION_ID);
    assert_eq!(started, Some(child.id.as_str()));
    let header = child.header.as_ref().unwrap();
    let named = header.context.attributes.str(attribute::PARENT_SESSION_ID);
    assert_eq!((named, header.is_auxiliary()), (Some(parent.id.as_str()), true));
}

#[test]
fn images_become_attachments() {
    assert_eq!(fixtures::sessions("cline", "classic")[0].attachments.len(), 1);
    assert_eq!(fixtures::sessions("cline", "native-calls")[0].attachments.len(), 1);
}

#[test]
fn thoughts_that_only_the_screen_shows_are_kept() {
    assert_eq!(texts(&fixtures::sessions("roo-code", "native-calls")[0], "Thinking").len(), 2);
}

#[test]
fn lone_surrogates_and_foreign_bytes_cost_no_record() {
    let log = br#"[{"role":"user","content":"half \ud83d"},{"role":"assistant","content":"x"#;
    let mut log = log.to_vec();
    log.extend_from_slice(b"\xff\"},{\"role\":\"assistant\",\"con");
    let path = Path::new("t/api_conversation_history.json");
    let (sessions, report) = parse(parser("cline"), path, &log);
    assert_eq!(texts(&sessions[0], "UserMessage"), [r"half \ud83d"]);
    assert_eq!(texts(&sessions[0], "AgentMessage"), [r"x\xff"]);
    assert_eq!((report.records(), report.torn), (2, true));
}

#[test]
fn a_deep_record_is_kept_as_it_is() {
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let log = format!(r#"[{{"role":"user","content":"x"}},{{"role":"user","content":{deep}}}]"#);
    let path = Path::new("t/api_conversation_history.json");
    let (_, report) = parse(parser("cline"), path, log.as_bytes());
    assert_eq!((report.records(), report.unknown.get("unparsed")), (2, Some(&1)));
}

#[test]
fn a_text_of_many_tags_is_read_without_end_of_the_stack() {
    for (text, prompts) in [("<task>x</task>", 20_000), ("<task>", 1)] {
        let messages = json!([{"role": "user", "content": text.repeat(20_000)}]);
        let path = Path::new("t/api_conversation_history.json");
        let (sessions, _) = parse(parser("cline"), path, messages.to_string().as_bytes());
        assert_eq!(of_type(&sessions[0], "UserMessage").len(), prompts);
    }
}

#[test]
fn the_files_beside_a_log_are_nobodys() {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cline/classic/tasks/1740819600000");
    for name in ["ui_messages.json", "task_metadata.json"] {
        let path = folder.join(name);
        let bytes = fs::read(&path).unwrap();
        assert!(detect(&path, &bytes).is_none(), "{name}");
    }
}

#[test]
fn roots_cover_every_host_and_every_variable() {
    let roots = |tool: &str, variables: &[(&str, &str)]| -> Vec<String> {
        let variables: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let home = Home::new("/h".into(), variables, Os::Linux);
        let parser = PARSERS.iter().find(|parser| parser.tool().as_str() == tool).unwrap();
        parser.roots(&home).iter().map(|root| root.path.display().to_string()).collect()
    };
    let cline = roots("cline", &[]);
    for path in [
        "/h/.config/Code/User/globalStorage/saoudrizwan.claude-dev/tasks",
        "/h/.config/Cursor/User/globalStorage/saoudrizwan.claude-dev/tasks",
        "/h/.cline/data/tasks",
        "/h/.cline/data/sessions",
    ] {
        assert!(cline.iter().any(|root| root == path), "{path}");
    }
    let moved = [("CLINE_DIR", "/c"), ("CLINE_SESSION_DATA_DIR", "/s")];
    let moved = roots("cline", &moved);
    assert!(moved.contains(&"/c/data/tasks".into()) && moved.contains(&"/s".into()));
    let data = roots("cline", &[("CLINE_DIR", "/c"), ("CLINE_DATA_DIR", "/d")]);
    assert!(data.contains(&"/d/tasks".into()) && data.contains(&"/d/sessions".into()));
    let roo = "/h/.config/VSCodium/User/globalStorage/rooveterinaryinc.roo-cline/tasks";
    assert!(roots("roo-code", &[]).contains(&roo.into()));
}

#[test]
fn damage_stops_nothing() {
    for tool in TOOLS {
        conformance::check_damage(tool, 1);
    }
}
