//! HAIL as a log: of this program, of others, damaged.

use crate::fixtures;
use crate::recording::{Recorded, parse, parser};
use opensession_hail::{Block, Session, attribute, write_session};
use opensession_parsers::{Home, Os, PARSERS, ParseReport, detect};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const TOOL: &str = "hail";

fn read(log: &str) -> (Vec<Recorded>, ParseReport) {
    parse(parser(TOOL), Path::new("mine.hail.jsonl"), log.as_bytes())
}

fn fixture(case: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hail").join(case);
    fs::read_to_string(folder.join("session.hail.jsonl")).expect("the fixture is there")
}

fn printed(session: Recorded) -> String {
    let events = session.events.into_iter().map(|sent| sent.event).collect();
    let mut text = Vec::new();
    write_session(&Session { header: session.header.expect("it has ended"), events }, &mut text);
    String::from_utf8(text).expect("HAIL is UTF-8")
}

#[test]
fn what_this_program_printed_of_any_tool_is_the_same_session_again() {
    for tool in PARSERS.iter().map(|parser| parser.tool().as_str()).filter(|tool| *tool != TOOL) {
        for case in fixtures::cases(tool) {
            let path = case.join("expected.hail.jsonl");
            let text = fs::read_to_string(&path).unwrap();
            let (sessions, report) = parse(parser(TOOL), &path, text.as_bytes());
            let makers: Vec<Option<&str>> = sessions.iter().map(|s| s.maker.as_deref()).collect();
            assert_eq!(makers, vec![Some(tool); sessions.len()], "{}", path.display());
            let again: String = sessions.into_iter().map(printed).collect();
            assert_eq!(again, text, "{}", path.display());
            assert!(report.unknown.is_empty() && !report.torn, "{}", path.display());
        }
    }
}

#[test]
fn a_file_is_told_by_its_first_record_or_its_name() {
    let tool = |name: &str, text: &str| {
        detect(Path::new(name), text.as_bytes()).map(|parser| parser.tool().as_str())
    };
    let lines = fixture("lines");
    let document = fixture("document");
    assert_eq!(tool("copy.txt", &lines), Some(TOOL));
    assert_eq!(tool("copy.json", &document), Some(TOOL));
    assert_eq!(tool("a.hail.jsonl", "{\"type\":\"hea"), Some(TOOL));
    let claude = r#"{"type":"user","uuid":"u","sessionId":"s","message":{"role":"user","content":"{\"type\":\"header\",\"version\":\"hail-1.0.0\",\"session_id\":\"s\"}"},"timestamp":"2026-05-04T10:00:01.000Z","cwd":"/","version":"2.1.0"}"#;
    assert_eq!(tool("a.jsonl", claude), Some("claude-code"));
    for parser in PARSERS.iter().filter(|parser| parser.tool().as_str() != TOOL) {
        for case in fixtures::cases(parser.tool().as_str()) {
            for log in fixtures::logs(*parser, &case) {
                let owner = detect(&log.path, &log.bytes).map(|owner| owner.tool());
                assert_ne!(owner.map(|tool| tool.as_str()), Some(TOOL), "{}", log.path.display());
            }
        }
    }
}

#[test]
fn an_object_that_grows_keeps_its_events_and_records_though_its_header_changes() {
    let document = fixture("document");
    let (whole, report) = read(&document);
    assert_eq!(report.understood.get("event"), Some(&4));
    assert_eq!(report.unknown.get("HologramGenerate"), Some(&1));
    let (start, _) = document.split_once(",\n    {\n      \"event_id\": \"e5\"").unwrap();
    let shorter = format!("{}]}}", start.replace("09:00:30Z\",", "09:00:07Z\","));
    let (part, _) = read(&shorter);
    assert_eq!(part[0].events[..3], whole[0].events[..3]);
    assert_eq!(part[0].events.len(), 4);
    assert!(whole[0].records.starts_with(&part[0].records[..1000]));
    let offset = |index: usize| usize::try_from(whole[0].events[index].offset).unwrap();
    assert!(whole[0].records[offset(1)..].starts_with(b"{\n      \"event_id\": \"e2\""));
}

#[test]
fn an_image_in_its_address_becomes_an_attachment() {
    let (sessions, _) = read(&fixture("document"));
    let session = &sessions[0];
    let name = &session.attachments[0].name;
    let Block::Image { url, .. } = &session.events[0].event.content.blocks[1] else {
        panic!("an image");
    };
    assert_eq!(url, &format!("blobs/{name}"));
}

#[test]
fn a_session_without_id_has_that_of_its_file_and_one_without_header_that_of_its_first_event() {
    let lines = fixture("lines");
    let (sessions, _) = read(&lines.replacen("session_id", "own_id", 1));
    assert_eq!(sessions[0].id.as_str(), "mine");
    let (_, events) = lines.split_once('\n').unwrap();
    let (sessions, report) = read(events);
    assert!(sessions[0].id.as_str().starts_with("x-"));
    assert_eq!((sessions[0].maker.as_deref(), report.understood.get("header")), (None, None));
}

#[test]
fn what_follows_an_object_is_read_too() {
    let (sessions, report) = read(&format!("{}{}rest", fixture("document"), fixture("lines")));
    let ids: Vec<&str> = sessions.iter().map(|session| session.id.as_str()).collect();
    assert_eq!(ids, ["doc-0001", "019cb7a8-11aa-7ec0-9819-e21d196b87f9"]);
    assert_eq!(report.unknown.get("unparsed"), Some(&1));
}

#[test]
fn hostile_records_are_kept_and_counted() {
    let header = r#"{"type":"header","version":"hail-1.0.0","session_id":"../../etc","agent":[],"context":7}"#;
    let deep = format!(
        "{{\"type\":\"event\",\"event_id\":{}1{}}}",
        "[".repeat(1_000_000),
        "]".repeat(1_000_000)
    );
    let odd = r#"{"type":"event","event_id":{},"timestamp":-1e30,"event_type":["UserMessage"],"content":{"blocks":7},"attributes":"x"}"#;
    let prompt = r#"{"type":"event","event_id":"p","timestamp":"9999-01-01T00:00:00Z","event_type":"UserMessage","content":"hi"}"#;
    let lines = format!("{header}\n{deep}\n{odd}\n\0\0\n{prompt}\n7\n");
    let (sessions, report) = read(&lines);
    assert_eq!(report.records(), 5);
    assert!(sessions[0].id.as_str().starts_with("x-"));
    assert_eq!(sessions[0].events.len(), 4);
    let document = format!(
        "{{\"version\":\"hail-1.0.0\",\"session_id\":[],\"agent\":{deep},\"events\":[{deep},7,{prompt}]}}"
    );
    let (sessions, report) = read(&document);
    assert_eq!((sessions[0].events.len(), report.records()), (3, 4));
}

#[test]
fn nothing_is_swept_and_headers_keep_what_they_say() {
    let home = Home::new("/h".into(), BTreeMap::new(), Os::Linux);
    assert!(parser(TOOL).roots(&home).is_empty());
    let (sessions, _) = read(&fixture("auxiliary"));
    let header = sessions[0].header.as_ref().unwrap();
    assert_eq!((header.agent.tool.as_str(), header.context.title.as_deref()), ("codex", None));
    assert_eq!(header.context.attributes.str(attribute::SESSION_ROLE), Some("auxiliary"));
    assert!(header.context.attributes.get("git").is_some());
}

proptest! {
    #[test]
    fn damage_never_stops_the_reader(at in 0_usize..6000, byte: u8, pick in 0..3) {
        let case = ["lines", "document", "damaged"][usize::try_from(pick).unwrap()];
        let mut log = fixture(case).into_bytes();
        let at = at % log.len();
        log[at] = byte;
        let (sessions, report) = parse(parser(TOOL), Path::new("a.hail.jsonl"), &log);
        prop_assert!((report.records() > 0 || report.torn) && sessions.len() < 4);
    }
}

#[test]
fn an_event_on_a_line_behind_a_document_stands_behind_its_events() {
    let event = |id: &str| {
        format!(
            r#"{{"type":"event","event_id":"{id}","timestamp":"2026-01-01T00:00:00Z","event_type":{{"type":"UserMessage"}},"content":{{"blocks":[{{"type":"Text","text":"{id}"}}]}}}}"#
        )
    };
    let document = format!(
        r#"{{"version":"hail-1.0.0","session_id":"s","agent":{{"tool":"codex"}},"events":[{},{}]}}"#,
        event("a"),
        event("b")
    );
    let (sessions, _) = read(&format!("{document}\n{}\n", event("c")));
    let offsets: Vec<u64> =
        sessions.iter().flat_map(|session| &session.events).map(|sent| sent.offset).collect();
    assert_eq!(offsets.len(), 3);
    assert!(offsets.is_sorted(), "{offsets:?}");
}
