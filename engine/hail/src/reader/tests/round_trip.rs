//! What is written is read back, byte for byte, whatever is in it.

use super::super::{lenient, strict};
use crate::*;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use serde_json::Value;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![".{0,12}", "[\\x00-\\x1f\"\\\\{}\u{2028}\u{1f600}]{0,4}"]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(text(), inner, 0..3).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Members under names that HAIL does not use.
fn unknown_members(counts: std::ops::Range<usize>) -> impl Strategy<Value = Members> {
    btree_map("x_[a-z]{1,3}", value(), counts)
}

fn attributes() -> impl Strategy<Value = Attributes> {
    btree_map(text(), value(), 0..3).prop_map(|map| map.into_iter().collect())
}

fn time() -> impl Strategy<Value = Timestamp> {
    (1_000_000_000_000_i64..4_000_000_000_000).prop_map(|ms| Timestamp::from_millis(ms).unwrap())
}

fn block() -> impl Strategy<Value = Block> {
    let other = (of(prop_oneof![Just("Text".to_owned()), text()]), unknown_members(1..3));
    prop_oneof![
        text().prop_map(Block::text),
        (text(), of(text()), of(any::<u64>())).prop_map(|(code, language, start_line)| {
            Block::Code { code, language, start_line }
        }),
        (text(), of(text()), text()).prop_map(|(url, alt, mime)| Block::Image { url, alt, mime }),
        (text(), text()).prop_map(|(url, mime)| Block::Video { url, mime }),
        (text(), text()).prop_map(|(url, mime)| Block::Audio { url, mime }),
        (text(), of(text())).prop_map(|(path, content)| Block::File { path, content }),
        value().prop_map(|data| Block::Json { data }),
        (text(), text()).prop_map(|(uri, media_type)| Block::Reference { uri, media_type }),
        other.prop_map(|(kind, mut members)| {
            members.extend(kind.map(|kind| ("type".to_owned(), Value::from(kind))));
            Block::Other(members)
        }),
    ]
}

fn event_type() -> impl Strategy<Value = EventType> {
    prop_oneof![
        Just(EventType::UserMessage),
        Just(EventType::AgentMessage),
        Just(EventType::SystemMessage),
        Just(EventType::Thinking),
        (text(), any::<bool>(), of(text())).prop_map(|(name, is_error, call_id)| {
            EventType::ToolResult { name, is_error, call_id }
        }),
        (text(), of(text())).prop_map(|(path, diff)| EventType::FileEdit { path, diff }),
        (text(), of(any::<i64>()))
            .prop_map(|(command, exit_code)| EventType::ShellCommand { command, exit_code }),
        of(text()).prop_map(|title| EventType::TaskStart { title }),
        of(text()).prop_map(|summary| EventType::TaskEnd { summary }),
        (0_usize..13, text()).prop_map(|(which, text)| one_field(which, text)),
    ]
}

fn one_field(which: usize, text: String) -> EventType {
    match which {
        0 => EventType::ToolCall { name: text },
        1 => EventType::FileRead { path: text },
        2 => EventType::CodeSearch { query: text },
        3 => EventType::FileSearch { pattern: text },
        4 => EventType::FileCreate { path: text },
        5 => EventType::FileDelete { path: text },
        6 => EventType::ImageGenerate { prompt: text },
        7 => EventType::VideoGenerate { prompt: text },
        8 => EventType::AudioGenerate { prompt: text },
        9 => EventType::WebSearch { query: text },
        10 => EventType::WebFetch { url: text },
        _ => EventType::Custom { kind: text },
    }
}

fn event() -> impl Strategy<Value = Event> {
    let unknown = (unknown_members(0..2), unknown_members(0..2), unknown_members(0..2));
    let content = (vec(block(), 0..3), of(any::<u64>()), attributes(), of(unknown));
    (time(), event_type(), of(text()), content).prop_map(|(time, event_type, task_id, content)| {
        let (blocks, duration_ms, attributes, unknown) = content;
        let unknown = unknown.map(|(event, data, content)| Unknown { event, data, content });
        Event {
            task_id,
            content: Content { blocks },
            duration_ms,
            attributes,
            unknown: unknown.filter(|u| *u != Unknown::default()).map(Box::new),
            ..Event::new(EventId::new(""), time, event_type)
        }
    })
}

fn header() -> impl Strategy<Value = Header> {
    let agent = (text(), text(), text(), of(text()), unknown_members(0..2));
    let context = (of(text()), vec(text(), 0..2), time(), vec(text(), 0..2), attributes());
    ("[a-z0-9]{1,9}", agent, context, unknown_members(0..2)).prop_map(
        |(id, agent, (title, tags, created_at, related_session_ids, attributes), unknown)| {
            let mut header = Header::new(SessionId::new(id).unwrap(), "", "");
            let (provider, model, tool, tool_version, more) = agent;
            header.agent = Agent { provider, model, tool, tool_version, unknown: more };
            header.context = Context {
                title,
                tags,
                created_at,
                related_session_ids,
                attributes,
                updated_at: created_at,
                unknown: unknown.clone(),
                ..header.context
            };
            Header { unknown, ..header }
        },
    )
}

fn session() -> impl Strategy<Value = Session> {
    (header(), vec((event(), text()), 0..5)).prop_map(|(header, events)| {
        let named = events.into_iter().enumerate().map(|(place, (event, tail))| Event {
            event_id: EventId::new(format!("{place}{tail}")),
            ..event
        });
        Session { header, events: named.collect() }
    })
}

const NAMES: [&str; 20] = [
    "type",
    "event_id",
    "timestamp",
    "event_type",
    "data",
    "kind",
    "content",
    "blocks",
    "text",
    "path",
    "attributes",
    "session_id",
    "agent",
    "context",
    "created_at",
    "events",
    "stats",
    "exit_code",
    "call_id",
    "x",
];

const WORDS: [&str; 10] = [
    "event",
    "header",
    "stats",
    "note",
    "UserMessage",
    "ToolResult",
    "ShellCommand",
    "Text",
    "File",
    "e1",
];

/// JSON that uses the names of HAIL for anything.
fn strange() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(&WORDS[..]).prop_map(Value::from);
    let time = time().prop_map(|time| Value::from(time.to_string()));
    let leaf = prop_oneof![4 => word, 1 => time, 1 => value(), 1 => Just(Value::Null)];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let name = prop::sample::select(&NAMES[..]).prop_map(str::to_owned);
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::from),
            4 => btree_map(name, inner, 0..7)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn written(session: &Session) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_session(session, &mut bytes);
    bytes
}

proptest! {
    #[test]
    fn sessions_survive_writing_and_reading(session in session()) {
        let bytes = written(&session);
        let (read, report) = read_session(&bytes[..]).unwrap();
        prop_assert_eq!(&written(&read), &bytes);
        prop_assert_eq!(report.claimed, Some(session.stats()));
        prop_assert_eq!((report.made_ids, report.odd_members, report.unparsed_lines), (0, 0, 0));
        prop_assert_eq!(read, session);
    }

    #[test]
    fn the_fast_and_the_patient_way_agree(mut event in event()) {
        event.event_id = EventId::new("e");
        let mut line = Vec::new();
        write_event(&event, &mut line);
        prop_assert_eq!(&parse_event(&line).unwrap(), &event);
        let members = serde_json::from_slice(&line).unwrap();
        let patient = lenient::event(members, &mut Report::default()).event;
        prop_assert_eq!(&patient, &event);
        let has_other = event.content.blocks.iter().any(|block| matches!(block, Block::Other(_)));
        if event.unknown.is_none() && !has_other {
            prop_assert_eq!(strict::event(&line).unwrap(), event);
        }
    }

    #[test]
    fn damage_to_one_line_leaves_the_others_alone(
        session in session(),
        damage in vec(any::<u8>().prop_filter("no line end", |byte| *byte != b'\n'), 1..20),
        place in any::<prop::sample::Index>(),
    ) {
        let bytes = written(&session);
        let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let damage = [&b"x"[..], &damage, b"\n"].concat();
        let at = 1 + place.index(session.events.len() + 1);
        lines.insert(at, &damage);
        let (read, report) = read_session(&lines.concat()[..]).unwrap();
        prop_assert_eq!(report.unparsed_at, vec![at as u64 + 1]);
        let kept: Vec<Event> = read.events.into_iter().enumerate()
            .filter(|(place, _)| place + 1 != at).map(|(_, event)| event).collect();
        prop_assert_eq!(kept, session.events);
    }

    #[test]
    fn whatever_is_read_is_read_the_same_once_written(values in vec(strange(), 0..6)) {
        let lines: Vec<String> = values.iter().map(Value::to_string).collect();
        let (sessions, _) = read_sessions(lines.join("\n").as_bytes()).unwrap();
        for session in sessions {
            let (again, report) = read_session(&written(&session)[..]).unwrap();
            prop_assert_eq!((report.made_ids, report.odd_members), (0, 0));
            prop_assert_eq!(again, session);
        }
    }

    #[test]
    fn any_bytes_are_read(bytes in vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b'{'), Just(b'\n')], 0..200)) {
        let (sessions, _) = read_sessions(&bytes[..]).unwrap();
        prop_assert!(sessions.len() <= bytes.len());
    }
}
