mod round_trip;

use crate::*;
use serde_json::{Value, json};
use std::fmt::Write;

const FIXTURE: &[u8] = include_bytes!("../../fixtures/codex-head.hail.jsonl");

const HEADER: &str = r#"{"type":"header","version":"hail-1.0.0","session_id":"s1","agent":{"provider":"p","model":"m","tool":"t"},"context":{"tags":[],"created_at":"2026-02-19T09:00:00.000Z","updated_at":"2026-02-19T09:00:30.000Z"}}"#;

fn line(id: &str) -> String {
    let content = r#""event_type":{"type":"UserMessage"},"content":{"blocks":[]}"#;
    format!(
        r#"{{"type":"event","event_id":"{id}","timestamp":"2026-02-19T09:00:01.000Z",{content}}}"#
    )
}

fn read(input: impl AsRef<[u8]>) -> (Session, Report) {
    read_session(input.as_ref()).unwrap()
}

fn read_event(line: &str) -> Event {
    let (session, _) = read(format!("{HEADER}\n{line}\n"));
    let [event] = session.events.try_into().unwrap();
    event
}

fn ids(session: &Session) -> Vec<&str> {
    session.events.iter().map(|event| event.event_id.as_str()).collect()
}

#[test]
fn what_hail_does_not_know_is_kept_and_counted() {
    let strange = json!({"type": "event", "event_id": "e1", "timestamp": "2026-02-19T10:00:00+01:00",
        "event_type": {"type": "Dream", "data": {"of": "sheep"}}, "mood": 3,
        "content": {"blocks": [{"type": "Smell", "of": "rain"}, {"type": "Text", "text": "a", "lang": "en"}]}});
    let (session, report) =
        read(format!("{HEADER}\n{strange}\n{{\"type\":\"note\",\"n\":1}}\n[7]\n"));
    let mut out = String::new();
    for event in &session.events {
        let mut line = Vec::new();
        write_event(event, &mut line);
        write!(out, "{}", String::from_utf8(line).unwrap()).unwrap();
    }
    insta::assert_snapshot!(out, @r#"
    {"type":"event","event_id":"e1","timestamp":"2026-02-19T09:00:00.000Z","event_type":{"type":"Custom","data":{"kind":"Dream"}},"content":{"blocks":[{"of":"rain","type":"Smell"},{"lang":"en","text":"a","type":"Text"},{"type":"Json","data":{"data":{"of":"sheep"},"type":"Dream"}}]},"mood":3}
    {"type":"event","event_id":"line-3","timestamp":"2026-02-19T09:00:00.000Z","event_type":{"type":"Custom","data":{"kind":"note"}},"content":{"blocks":[{"type":"Json","data":{"n":1,"type":"note"}}]},"attributes":{"timestamp.inferred":true}}
    {"type":"event","event_id":"line-4","timestamp":"2026-02-19T09:00:00.000Z","event_type":{"type":"Custom","data":{"kind":"untyped"}},"content":{"blocks":[{"type":"Json","data":[7]}]},"attributes":{"timestamp.inferred":true}}
    "#);
    let counts = |names: &std::collections::BTreeMap<String, u64>| {
        names.iter().map(|(name, n)| format!("{name}={n}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(counts(&report.unknown_line_types), "note=1 untyped=1");
    assert_eq!(counts(&report.unknown_event_types), "Dream=1");
    assert_eq!(counts(&report.unknown_block_types), "Smell=1 Text=1");
    assert_eq!((report.unknown_members, report.inferred_times), (1, 2));
}

#[test]
fn odd_types_are_understood_or_kept_as_attributes() {
    let event = read_event(
        r#"{"type":"event","event_id":7,"timestamp":1771491600,"event_type":{"type":"ShellCommand","command":"ls","exit_code":"1"},"duration_ms":12.0,"task_id":["t"],"content":"out"}"#,
    );
    assert_eq!(event.event_id.as_str(), "7");
    assert_eq!(event.timestamp, Timestamp::parse("2026-02-19T09:00:00Z").unwrap());
    let shell = EventType::ShellCommand { command: "ls".into(), exit_code: Some(1) };
    assert_eq!(event.event_type, shell);
    assert_eq!((event.duration_ms, event.task_id), (Some(12), None));
    assert_eq!(event.content.blocks, [Block::text("out")]);
    assert_eq!(event.attributes.get("source.task_id"), Some(&json!(["t"])));
}

#[test]
fn a_torn_last_line_is_the_end_of_the_input() {
    let whole = format!("{HEADER}\n{}\n", line("e1"));
    for torn in [r#"{"type":"event","event_id":"e2"#, "{\"a\":\"\\ud83d", "{\"a\":\"\u{e4}"] {
        let (session, report) = read(format!("{whole}{torn}"));
        assert_eq!((ids(&session), report.torn, report.unparsed_lines), (vec!["e1"], true, 0));
    }
    let (_, report) = read(format!("{whole}{{\"torn\n{}", line("e2")));
    assert_eq!((report.torn, report.unparsed_at), (false, vec![3]));
}

#[test]
fn a_log_cut_anywhere_gives_the_first_of_its_events() {
    let (whole, _) = read(FIXTURE);
    let mut most = 0;
    for cut in 0..FIXTURE.len() {
        let (sessions, report) = read_sessions(&FIXTURE[..cut]).unwrap();
        assert_eq!((report.unparsed_lines, report.made_headers), (0, 0), "cut at {cut}");
        for session in sessions {
            assert!(whole.events.starts_with(&session.events), "cut at {cut}");
            most = most.max(session.events.len());
        }
    }
    assert_eq!(most, whole.events.len());
}

#[test]
fn a_line_of_thousands_of_values_stays_small() {
    let (session, report) = read(format!("{HEADER}\n{}\n", "1 ".repeat(5000)));
    assert_eq!((session.events.len(), report.unparsed_lines), (1001, 1));
    let rest = session.events.last().and_then(|event| event.content.blocks[0].as_text());
    assert_eq!(rest.map(|rest| rest.matches('1').count()), Some(4000));
}

#[test]
fn nul_bytes_around_a_line_do_not_lose_it() {
    let nuls = "\0".repeat(9);
    let (session, report) = read(format!("{HEADER}\n{nuls}{}\n{nuls}\n{}", line("e1"), line("e2")));
    assert_eq!((ids(&session), report.is_clean()), (vec!["e1", "e2"], true));
}

#[test]
fn glued_objects_blank_lines_and_other_line_ends_are_read() {
    let input = format!("\u{feff}{HEADER}\r\n\r\n  \n{}{}\r\n", line("e1"), line("e2"));
    let (session, report) = read(input);
    assert_eq!((ids(&session), report.glued_lines), (vec!["e1", "e2"], 1));
}

#[test]
fn ids_are_made_unique_and_missing_ones_named_by_their_line() {
    let nameless = r#"{"type":"event","event_type":{"type":"Thinking"}}"#;
    let lines = [&line("e"), &line("e#2"), &line("e"), &line("e"), nameless].map(str::to_owned);
    let (session, report) = read(format!("{HEADER}\n{}\n", lines.join("\n")));
    assert_eq!(ids(&session), ["e", "e#2", "e#3", "e#4", "line-6"]);
    assert_eq!(report.made_ids, 3);
    let last = session.events.last().unwrap();
    assert_eq!(last.timestamp, session.events[0].timestamp);
    assert_eq!(last.attributes.get(attribute::TIMESTAMP_INFERRED), Some(&json!(true)));
}

#[test]
fn a_missing_header_is_made_and_stays_the_same_when_the_log_grows() {
    let (short, report) = read(line("e1"));
    let (grown, _) = read(format!("{}\n{}\n", line("e1"), line("e2")));
    assert_eq!(report.made_headers, 1);
    assert_eq!(short.header.session_id, grown.header.session_id);
    assert_eq!(short.header.context.updated_at, short.events[0].timestamp);
}

#[test]
fn a_session_id_that_is_no_name_is_hashed_and_kept() {
    let (session, _) = read(HEADER.replace("\"s1\"", "\"../a b\""));
    assert!(session.header.session_id.as_str().starts_with("x-"));
    assert_eq!(session.header.context.attributes.str("source.session_id"), Some("../a b"));
}

#[test]
fn foreign_bytes_and_lone_surrogates_do_not_lose_the_line() {
    let text = |bytes: &[u8]| {
        let start = br#"{"type":"event","event_id":"e1","timestamp":"2026-02-19T09:00:01.000Z","event_type":{"type":"UserMessage"},"content":{"blocks":[{"type":"Text","text":""#;
        let (session, report) = read([start, bytes, b"\"}]}}\n"].concat());
        assert_eq!(report.repaired_lines, 1);
        session.events[0].content.blocks[0].as_text().unwrap().to_owned()
    };
    assert_eq!(text(br"a\ud83d"), r"a\ud83d");
    assert_eq!(text(b"a\xffb\\n"), "a\\xffb\n");
}

#[test]
fn a_depth_bomb_is_kept_as_text() {
    let bomb = "[".repeat(100_000);
    let (session, report) = read(format!("{HEADER}\n{bomb}\n{}\n", line("e1")));
    assert_eq!(session.events[0].event_type, EventType::Custom { kind: "unparsed".into() });
    assert_eq!(session.events[0].content.blocks, [Block::text(bomb)]);
    assert_eq!((ids(&session), report.unparsed_at), (vec!["line-2", "e1"], vec![2]));
}

#[test]
fn one_object_is_read_like_lines_however_it_is_laid_out() {
    let (lines, _) = read(format!("{HEADER}\n{}\n{}\n", line("e1"), line("e2")));
    let mut object: Value = serde_json::from_str(HEADER).unwrap();
    let members = object.as_object_mut().unwrap();
    members.remove("type");
    let mut events: [Value; 2] =
        [line("e1"), line("e2")].map(|line| serde_json::from_str(&line).unwrap());
    events[1].as_object_mut().unwrap().remove("type");
    members.insert("events".into(), json!(events));
    members.insert("stats".into(), json!({"event_count": 2}));
    for text in [object.to_string(), serde_json::to_string_pretty(&object).unwrap()] {
        let (session, report) = read(&text);
        assert_eq!(session, lines);
        assert_eq!(report.claimed.map(|stats| stats.event_count), Some(2));
        assert!(report.is_clean(), "{report:?}");
    }
}

#[test]
fn what_stands_before_the_header_is_kept_behind_it() {
    let (session, report) = read(format!("{{\"a\":\n{HEADER}\n{}\n", line("e1")));
    assert_eq!(report.unparsed_at, [1]);
    assert_eq!((session.header.session_id.as_str(), ids(&session)), ("s1", vec!["line-1", "e1"]));
    assert!(matches!(read_session(&b"hello\n{\n"[..]), Err(ReadError::NoSession)));
}

#[test]
fn sessions_one_after_the_other_are_several() {
    let input = format!("{HEADER}\n{}\n{HEADER}\n{}\n", line("e1"), line("e1"));
    let (sessions, report) = read_sessions(input.as_bytes()).unwrap();
    assert!(report.is_clean());
    assert_eq!(sessions.iter().map(ids).collect::<Vec<_>>(), [["e1"], ["e1"]]);
    let error = read_session(input.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "input holds 2 sessions instead of one");
    assert!(matches!(read_session(&b"\n"[..]), Err(ReadError::NoSession)));
}

#[test]
fn a_single_event_line_makes_nothing_up() {
    let whole = line("e1");
    assert_eq!(parse_event(whole.as_bytes()).unwrap().event_id.as_str(), "e1");
    let extra = whole.replace("\"content\"", "\"x\":1,\"content\"");
    assert_eq!(parse_event(extra.as_bytes()).unwrap().unknown.unwrap().event["x"], json!(1));
    for (wrong, message) in [
        (whole.replace("event_id", "id"), "line is not an event: it has no valid `event_id`"),
        (whole.replace("2026", "year"), "line is not an event: it has no valid `timestamp`"),
        (HEADER.to_owned(), "line is not an event: it has no valid `type`"),
        ("{".to_owned(), "event line is not valid JSON"),
    ] {
        assert_eq!(parse_event(wrong.as_bytes()).unwrap_err().to_string(), message);
    }
}

#[test]
fn the_file_of_another_tool_is_read_without_loss() {
    let (session, report) = read(FIXTURE);
    assert!(report.is_clean(), "{report:?}");
    let values = |bytes: &[u8]| -> Vec<Value> {
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let values = lines.map(|line| serde_json::from_slice(line).unwrap());
        values.filter(|value: &Value| value["type"] != "stats").collect()
    };
    let mut written = Vec::new();
    write_session(&session, &mut written);
    assert_eq!(values(&written), values(FIXTURE));
    // Its results name the event of their call, which has no call id.
    let findings = validate(&session, None);
    assert_eq!(findings, [], "{findings:?}");
    let joined = Timeline::new(&session, &[]);
    let joined =
        joined.turns.iter().flat_map(|turn| &turn.items).find_map(|item| match &item.entry {
            timeline::Entry::Calls(calls) => calls.iter().find(|call| !call.results.is_empty()),
            _ => None,
        });
    assert!(joined.is_some_and(|call| call.outcome() == timeline::Outcome::Succeeded));
}

#[test]
fn the_example_of_the_specification_is_canonical_and_adds_up() {
    let bytes = include_bytes!("../../fixtures/demo.hail.jsonl");
    let (session, report) = read(bytes);
    assert_eq!(validate(&session, report.claimed.as_ref()), []);
    let mut written = Vec::new();
    write_session(&session, &mut written);
    let without_stats = |bytes: &[u8]| {
        let end = bytes.windows(15).position(|part| part == b"{\"type\":\"stats\"");
        bytes[..end.unwrap()].to_vec()
    };
    assert_eq!(without_stats(&written), without_stats(bytes));
}
