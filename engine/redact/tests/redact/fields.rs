//! Every field of events and headers: what is redacted, and what stays.

use crate::samples::{self, letters};
use crate::{REDACTOR, event, redact_event, redact_text};
use opensession_hail::{Block, EventType, Header, SessionId, Unknown, attribute, write_header};
use opensession_redact::Counts;
use serde_json::{Value, json};

fn secret() -> String {
    ["ghp_", &letters(36)].concat()
}

#[test]
fn every_string_of_every_event_type_is_redacted() {
    let s = || format!("a {} b", secret());
    let types = [
        EventType::ToolCall { name: s() },
        EventType::ToolResult { name: s(), is_error: false, call_id: None },
        EventType::FileRead { path: s() },
        EventType::CodeSearch { query: s() },
        EventType::FileSearch { pattern: s() },
        EventType::FileEdit { path: s(), diff: Some(s()) },
        EventType::FileCreate { path: s() },
        EventType::FileDelete { path: s() },
        EventType::ShellCommand { command: s(), exit_code: Some(1) },
        EventType::ImageGenerate { prompt: s() },
        EventType::VideoGenerate { prompt: s() },
        EventType::AudioGenerate { prompt: s() },
        EventType::WebSearch { query: s() },
        EventType::WebFetch { url: s() },
        EventType::TaskStart { title: Some(s()) },
        EventType::TaskEnd { summary: Some(s()) },
        EventType::Custom { kind: s() },
    ];
    for event_type in types {
        let name = event_type.name();
        let (line, counts) = redact_event(event(event_type, Vec::new()));
        let written = String::from_utf8(line.bytes).unwrap();
        assert!(!written.contains(&secret()) && !counts.is_empty(), "{name}: {written}");
    }
}

#[test]
fn every_string_of_every_block_is_redacted() {
    let s = || format!("a {} b", secret());
    let members = || [(s(), json!(s())), ("type".to_owned(), json!("Odd"))].into();
    let blocks = vec![
        Block::text(s()),
        Block::Code { code: s(), language: Some(s()), start_line: Some(1) },
        Block::Image { url: s(), alt: Some(s()), mime: s() },
        Block::Video { url: s(), mime: s() },
        Block::Audio { url: s(), mime: s() },
        Block::File { path: s(), content: Some(s()) },
        Block::json(json!([s(), { s(): s() }])),
        Block::Reference { uri: s(), media_type: s() },
        Block::Other(members()),
    ];
    let mut all = event(EventType::AgentMessage, blocks);
    all.task_id = Some(s());
    all.attributes.set(s(), json!({ s(): [s()] }));
    all.unknown = Some(Box::new(Unknown { event: members(), data: members(), content: members() }));
    let (line, counts) = redact_event(all);
    let written = String::from_utf8(line.bytes).unwrap();
    assert!(!written.contains(&secret()), "{written}");
    assert_eq!(counts["github-token"], 29);
}

#[test]
fn every_string_of_a_header_is_redacted_and_its_id_and_model_stay() {
    let s = || format!("a {} b", secret());
    let mut header = Header::new(SessionId::new(secret()).unwrap(), &s(), &s());
    header.agent.model = secret();
    header.agent.tool_version = Some(s());
    header.context.title = Some(s());
    header.context.description = Some(s());
    header.context.tags.push(s());
    header.context.related_session_ids.push(s());
    header.context.attributes.set(attribute::CWD, s());
    header.context.attributes.set(attribute::GIT_BRANCH, s());
    header.context.attributes.set(attribute::PARENT_SESSION_ID, secret());
    header.agent.unknown.insert(s(), json!(s()));
    header.context.unknown.insert(s(), json!(s()));
    header.unknown.insert(s(), json!(s()));
    let redacted = REDACTOR.header(header, &mut Counts::new()).into_inner();
    let mut line = Vec::new();
    write_header(&redacted, &mut line);
    let written = String::from_utf8(line).unwrap();
    assert_eq!(written.matches(&secret()).count(), 3, "{written}");
    assert_eq!(redacted.session_id.as_str(), secret());
    assert_eq!(redacted.agent.model, secret());
}

#[test]
fn ids_and_what_only_a_vendor_can_read_stay() {
    let id = secret();
    let result =
        EventType::ToolResult { name: "Bash".into(), is_error: false, call_id: Some(id.clone()) };
    let opaque = format!("{}{}", ["sk-ant-", &letters(40)].concat(), letters(80));
    let data = json!({"signature": opaque, "encrypted_content": opaque});
    let mut before = event(result, vec![Block::json(data)]);
    before.event_id = opensession_hail::EventId::new(id.as_str());
    for name in [
        attribute::CALL_ID,
        attribute::GROUP_ID,
        attribute::MODEL,
        attribute::SUBAGENT_ID,
        attribute::PARENT_SESSION_ID,
        "call_id",
    ] {
        before.attributes.set(name, id.as_str());
    }
    let (line, counts) = redact_event(before.clone());
    assert_eq!((line.event, counts), (before.clone(), [].into()));
    // A text with spaces is no id, whatever it is called.
    before.attributes.set(attribute::CALL_ID, format!("see {id}"));
    let (line, _) = redact_event(before);
    assert!(!line.event.attributes.iter().any(|(_, value)| *value == json!(format!("see {id}"))));
    // A short text, or one with spaces, is no ciphertext, whatever it is called.
    let data = json!({"signature": id, "encrypted_content": format!("{opaque} {id}")});
    let (line, _) = redact_event(event(EventType::AgentMessage, vec![Block::json(data)]));
    assert!(!String::from_utf8(line.bytes).unwrap().contains(&id));
}

#[test]
fn the_name_of_a_member_tells_a_secret_and_two_secret_names_stay_two() {
    let data = json!({"deployToken": letters(24), "max_tokens": 4096, "note": letters(24)});
    let (line, counts) = redact_event(event(EventType::AgentMessage, vec![Block::json(data)]));
    let written = String::from_utf8(line.bytes).unwrap();
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [("token".to_owned(), 1)]);
    assert!(written.contains(&format!("\"note\":\"{}\"", letters(24))), "{written}");

    let members: serde_json::Map<_, _> = (0..2_000)
        .map(|number| (["ghp_", &letters(36), &format!("{number:04}")].concat(), json!(number)))
        .collect();
    let (line, _) = redact_event(event(EventType::AgentMessage, vec![Block::json(members)]));
    let Some(Block::Json { data }) = line.event.content.blocks.first() else { panic!("a block") };
    assert_eq!(data.as_object().unwrap().len(), 2_000);
}

#[test]
fn a_value_of_any_depth_is_cut_where_a_reader_would_give_up() {
    let deep = (0..100_000).fold(json!(secret()), |inside, _| Value::Array(vec![inside]));
    let (line, counts) = redact_event(event(EventType::AgentMessage, vec![Block::json(deep)]));
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [("too-deep".to_owned(), 1)]);
    assert!(line.bytes.len() < 1000);
}

#[test]
fn a_secret_at_any_depth_is_masked_or_cut_away() {
    let nested = |inside: &Value, depth| {
        (0..depth).fold(inside.clone(), |inside, level| match level % 2 {
            0 => Value::Array(vec![inside]),
            _ => Value::Object([("in".to_owned(), inside)].into_iter().collect()),
        })
    };
    for sample in samples::all() {
        let text = sample.text();
        let (whole, _) = redact_text(&text);
        let call = |depth| {
            let data = json!({ "input": nested(&json!(text), depth) });
            redact_event(event(EventType::ToolCall { name: "Run".into() }, vec![Block::json(data)]))
        };
        let (line, counts) = call(100);
        assert_eq!(counts.keys().collect::<Vec<_>>(), [sample.rule], "{text}");
        let expected = json!({ "input": nested(&json!(whole), 100) });
        assert_eq!(line.event.content.blocks, [Block::json(expected)], "{text}");

        let (line, counts) = call(1000);
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [("too-deep".to_owned(), 1)], "{text}");
        let written = String::from_utf8(line.bytes).unwrap();
        for part in sample.secret.split_whitespace().filter(|part| part.len() > 4) {
            assert!(!written.contains(part), "{part}: {written}");
        }
    }
}
