//! Lines of every shape, and what is left of damaged ones.

use super::*;

#[test]
fn a_mark_at_the_beginning_and_carriage_returns_do_not_matter() {
    let plain = log(&[message("user", "go")]);
    let marked = format!("\u{feff}{}", plain.replace('\n', "\r\n"));
    assert_eq!(parse(marked.as_bytes()).events, parse(plain.as_bytes()).events);
}

#[test]
fn a_long_head_and_a_compressed_log_are_read() {
    let head = json!({"id": "s1", "base_instructions": {"text": "x".repeat(300_000)}});
    let text = line(0, "session_meta", &head) + &line(1, "response_item", &message("user", "go").1);
    let plain = parse(text.as_bytes());
    assert_eq!(plain.told(), ["UserMessage go"]);
    let compressed = zstd::encode_all(text.as_bytes(), 3).unwrap();
    let unpacked = parse(&compressed);
    assert_eq!((unpacked.events, unpacked.report), (plain.events, plain.report));
}

#[test]
fn a_torn_last_line_is_left_for_later_and_a_whole_one_without_its_end_is_read() {
    let text = log(&[message("user", "go"), message("assistant", "yes")]);
    let whole = parse(text.trim_end().as_bytes());
    assert_eq!((whole.events.len(), whole.report.torn), (2, false));
    let (head, _) = text.split_at_checked(text.len() - 9).unwrap();
    let torn = parse(head.as_bytes());
    assert_eq!((torn.events.len(), torn.report.torn), (1, true));
    assert_eq!(torn.report.records(), 2);
    let taken = text.lines().take(2).map(|line| line.len() + 1).sum::<usize>();
    assert_eq!(torn.report.bytes, taken as u64);
}

#[test]
fn glued_records_are_both_read_and_what_is_no_record_is_kept() {
    let text = log(&[message("user", "go"), message("assistant", "yes")]);
    let glued = text.trim_end().replace("}\n{", "}{");
    let deep = format!("{}1{}", "[".repeat(9000), "]".repeat(9000));
    let odd = format!(
        "{glued}\n{{\"type\":\"event_msg\",\"payload\":7}}\nno JSON\n{{\"type\":{deep}}}\n"
    );
    let parsed = parse(odd.as_bytes());
    let told = [
        "UserMessage go",
        "AgentMessage yes",
        "Custom event_msg",
        "Custom unparsed",
        "Custom unparsed",
    ];
    assert_eq!(parsed.told(), told);
    let last = parsed.events.last().unwrap().content.blocks.first();
    assert!(last.unwrap().as_text().unwrap().contains(&deep));
    assert_eq!(parsed.report.records(), 6);
    assert_eq!(parsed.report.unknown.get("unparsed"), Some(&2));
}

#[test]
fn a_record_without_a_time_takes_the_one_before() {
    let text = log(&[message("user", "go")])
        + "{\"type\":\"event_msg\",\"payload\":{\"type\":\"warning\",\"message\":\"hot\"}}\n";
    let parsed = parse(text.as_bytes());
    let [first, second] = parsed.events.as_slice() else { panic!("{:?}", parsed.told()) };
    assert_eq!(first.timestamp, second.timestamp);
    assert_eq!(first.attributes.get(attribute::TIMESTAMP_INFERRED), None);
    assert_eq!(second.attributes.get(attribute::TIMESTAMP_INFERRED), Some(&Value::Bool(true)));
}

#[test]
fn a_log_in_which_nobody_said_anything_is_no_session() {
    let parsed = parse_records(&[message("user", "<environment_context>")]);
    assert!(parsed.id.is_none() && parsed.events.is_empty() && parsed.header.is_none());
    assert_eq!(parsed.report.records(), 2);
}

#[test]
fn a_document_is_read_whole_or_not_at_all() {
    let items = json!([{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "go"}]}]);
    let session = json!({"id": "ts1", "timestamp": "2025-05-09T13:46:52.154Z"});
    let text = format!("{{\n \"session\": {session},\n \"items\": {items}\n}}");
    let parsed = parse(text.as_bytes());
    assert_eq!(parsed.told(), ["UserMessage go"]);
    assert_eq!((parsed.report.records(), parsed.report.bytes), (2, text.len() as u64));
    assert_eq!(parsed.id.as_ref().map(SessionId::as_str), Some("ts1"));
    let (part, _) = text.split_at_checked(text.len() - 1).unwrap();
    let torn = parse(part.as_bytes());
    assert!(torn.report.torn && torn.events.is_empty() && torn.report.bytes == 0);
    let mut foreign = text.replace("go", "g?").into_bytes();
    foreign.iter_mut().filter(|byte| **byte == b'?').for_each(|byte| *byte = 0xff);
    assert_eq!(parse(&foreign).told(), [r"UserMessage g\xff"]);
}

#[test]
fn the_files_name_gives_the_id_where_no_record_does() {
    let name = |path: &str| super::super::head::session_name(Path::new(path));
    let uuid = "019ba997-bbca-7483-9a75-07808dcc061c";
    assert_eq!(name(&format!("/a/rollout-2026-01-10T14-27-32-{uuid}.jsonl.zst")), uuid);
    assert_eq!(name("/a/full.jsonl"), "full");
}

#[test]
fn a_key_that_stands_twice_costs_no_record() {
    let text = log(&[message("user", "go")]).replace("\"role\"", "\"role\":\"x\",\"role\"");
    assert_eq!(parse(text.as_bytes()).told(), ["UserMessage go"]);
}
