use super::{EventPlace, Glance, Outline, Row, RowKind};
use crate::timeline::{Call, Entry, Outcome};
use crate::{
    Block, Event, EventId, EventType, Header, Session, SessionId, Timeline, Timestamp, attribute,
    parse_event, write_event,
};
use proptest::prelude::*;

/// A row as text, alike for both sides: what it is, lane, outcome, whether undone, its events.
fn row(
    kind: &str,
    lane: usize,
    outcome: Outcome,
    undone: bool,
    events: &[&Event],
    calls: usize,
) -> String {
    let ids: Vec<&str> = events.iter().map(|event| event.event_id.as_str()).collect();
    format!("{kind} {lane} {outcome:?} {undone} {} of {calls}", ids.join("+"))
}

fn of_timeline(timeline: &Timeline<'_>) -> Vec<String> {
    let mut rows = Vec::new();
    for turn in &timeline.turns {
        let prompt = turn
            .prompt
            .map(|event| row("prompt", 0, Outcome::Unknown, turn.undone, &[event], 1))
            .map(|text| text.replacen(" 0 ", " ", 1));
        rows.extend(prompt);
        for item in &turn.items {
            let one = |kind, outcome, event: &Event| {
                row(kind, item.lane, outcome, item.undone, &[event], 1)
            };
            match &item.entry {
                Entry::Answer(event) => rows.push(one("answer", Outcome::Unknown, event)),
                Entry::Thinking(event) => rows.push(one("thinking", Outcome::Unknown, event)),
                Entry::TaskEnd(event) => rows.push(one("end", Outcome::Unknown, event)),
                Entry::Note(event) => rows.push(one("note", Outcome::Unknown, event)),
                Entry::Result(event) => {
                    let call = Call { events: Vec::new(), results: vec![event] };
                    rows.push(one("result", call.outcome(), event));
                }
                Entry::Calls(calls) => rows.extend(calls.iter().map(|call| {
                    let events = [&call.events[..], &call.results[..]].concat();
                    let count = call.events.len();
                    row("call", item.lane, call.outcome(), item.undone, &events, count)
                })),
            }
        }
    }
    rows
}

fn of_outline(outline: &Outline, sessions: &[&Session]) -> Vec<String> {
    let event =
        |place: &EventPlace| &sessions[usize::from(place.source)].events[place.ordinal as usize];
    let one = |one: &Row| {
        let kind = match one.kind {
            RowKind::Prompt => "prompt",
            RowKind::Answer => "answer",
            RowKind::Thinking => "thinking",
            RowKind::Call(_) => "call",
            RowKind::Result => "result",
            RowKind::TaskEnd => "end",
            RowKind::Note { .. } => "note",
        };
        let events: Vec<&Event> = one.events.iter().map(event).collect();
        let lane = usize::from(one.lane);
        let text = row(kind, lane, one.outcome, one.undone, &events, usize::from(one.invocations));
        // A turn does not say whose prompt it is.
        if kind == "prompt" { text.replacen(&format!(" {lane} "), " ", 1) } else { text }
    };
    outline.rows().iter().map(one).collect()
}

fn outline_of(session: &Session, agents: &[Session]) -> Outline {
    let sources: Vec<&Session> = std::iter::once(session).chain(agents).collect();
    let mut outline = Outline::new(sources.iter().map(|session| &session.header));
    let mut order = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let mut latest = i64::MIN;
        for event in &source.events {
            latest = latest.max(event.timestamp.as_millis());
            order.push((latest, u16::try_from(number).unwrap(), event));
        }
    }
    order.sort_by_key(|(time, source, _)| (*time, *source));
    for (_, source, event) in order {
        let mut line = Vec::new();
        write_event(event, &mut line);
        outline.push(source, &Glance::parse(&line).unwrap());
    }
    outline
}

fn event_type() -> impl Strategy<Value = EventType> {
    let call = prop::option::of(prop::sample::select(vec!["a", "b", "c"]));
    prop_oneof![
        Just(EventType::UserMessage),
        Just(EventType::AgentMessage),
        Just(EventType::SystemMessage),
        Just(EventType::Thinking),
        Just(EventType::ToolCall { name: "t \"x\"".into() }),
        Just(EventType::FileEdit { path: "a".into(), diff: None }),
        prop::option::of(-1_i64..2)
            .prop_map(|exit_code| EventType::ShellCommand { command: "c".into(), exit_code }),
        (any::<bool>(), call).prop_map(|(is_error, call)| EventType::ToolResult {
            name: "t".into(),
            is_error,
            call_id: call.map(str::to_owned)
        }),
        prop::option::of(Just("look\n".to_owned()))
            .prop_map(|title| EventType::TaskStart { title }),
        Just(EventType::TaskEnd { summary: None }),
        Just(EventType::Custom { kind: "rewind".into() }),
    ]
}

type Name = Option<&'static str>;
type Draft = (EventType, i64, Name, Name, Name, Name, Option<usize>, bool);

fn events(prefix: &'static str) -> impl Strategy<Value = Vec<Event>> {
    let name = || prop::option::of(prop::sample::select(vec!["a", "b", "s.a"]));
    let call = prop::option::of(prop::sample::select(vec!["a", "b", "c"]));
    let rewind = prop::option::of(0_usize..30);
    let one = (event_type(), 0_i64..20, name(), name(), name(), call, rewind, any::<bool>());
    prop::collection::vec(one, 0..30).prop_map(move |drafts| {
        let make = |(number, draft): (usize, Draft)| {
            let (event_type, second, agent, session, task, call, rewind, text) = draft;
            let time = Timestamp::from_millis(1_700_000_000_000 + second * 1000).unwrap();
            let id = EventId::new(format!("{prefix}{number}"));
            let mut event = Event::new(id, time, event_type);
            event.task_id = task.map(str::to_owned);
            event.attributes.set_some(attribute::SUBAGENT_ID, agent);
            event.attributes.set_some(attribute::TASK_SESSION_ID, session);
            event.attributes.set_some(attribute::CALL_ID, call);
            let target = rewind.map(|number| format!("{prefix}{number}"));
            event.attributes.set_some(attribute::REWIND_TO, target);
            if text {
                event.content.blocks.push(Block::text("a \"text\" \\ with 字\n"));
            }
            event
        };
        drafts.into_iter().enumerate().map(make).collect()
    })
}

fn session(id: &str, parent: Option<&str>, events: Vec<Event>) -> Session {
    let mut header = Header::new(SessionId::new(id).unwrap(), "demo", "none");
    header.context.attributes.set_some(attribute::PARENT_SESSION_ID, parent);
    header.context.title = parent.map(|_| format!("of {id}"));
    Session { header, events }
}

proptest! {
    #[test]
    fn an_outline_says_what_the_timeline_says(main in events("m"), a in events("a"), b in events("b")) {
        let main = session("s", None, main);
        let agents = [session("s.a", Some("s"), a), session("s.z", Some("s"), b)];
        let timeline = Timeline::new(&main, &agents);
        let outline = outline_of(&main, &agents);
        prop_assert_eq!(of_outline(&outline, &[&main, &agents[0], &agents[1]]), of_timeline(&timeline));
        prop_assert_eq!(outline.prompts(), timeline.turns.len() - 1);
        let lanes: Vec<_> = outline.lanes().iter().map(|l| (l.id.as_str(), l.title.as_deref(), l.events)).collect();
        let expected: Vec<_> = timeline.lanes.iter().map(|l| (l.id, l.title, l.events)).collect();
        prop_assert_eq!(lanes, expected);
        for (number, row) in outline.rows().iter().enumerate() {
            for place in &row.events {
                prop_assert_eq!(outline.row_of(*place), Some(number));
            }
        }
    }

    #[test]
    fn a_line_read_lightly_gives_what_its_event_gives(events in events("m")) {
        for event in events {
            let mut line = Vec::new();
            write_event(&event, &mut line);
            prop_assert_eq!(Glance::parse(&line).unwrap(), Glance::of(&event));
        }
    }
}

#[test]
fn members_of_other_types_than_ours_are_read_as_the_event_reads_them() {
    let line = br#"{"type":"event","event_id":"1","timestamp":"2026-02-19T09:00:00.000Z","event_type":{"type":"ToolCall","data":{"name":"x","exit_code":"none"}},"content":{"blocks":[]},"attributes":{"subagent_id":7,"semantic.call_id":"\u0041"}}"#;
    let glance = Glance::parse(line).unwrap();
    assert_eq!(glance, Glance::of(&parse_event(line).unwrap()));
    assert_eq!(glance.call, Some(crate::fingerprint::fingerprint("A")));
    assert!(Glance::parse(b"{}").is_err());
}

#[test]
fn events_that_cannot_be_read_keep_the_places_of_those_behind_them() {
    let header = Header::new(SessionId::new("s").unwrap(), "demo", "none");
    let mut outline = Outline::new([&header]);
    outline.skip(0, 3);
    outline.push(
        0,
        &Glance::of(&Event::new(EventId::new("e"), Timestamp::EPOCH, EventType::AgentMessage)),
    );
    assert_eq!(outline.row_of(EventPlace { source: 0, ordinal: 2 }), None);
    assert_eq!(outline.row_of(EventPlace { source: 0, ordinal: 3 }), Some(0));
    assert_eq!(outline.events_of(0), 4);
}
