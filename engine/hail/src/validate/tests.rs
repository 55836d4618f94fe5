use super::*;
use crate::{Header, SessionId};

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn session(events: Vec<Event>) -> Session {
    let mut header = Header::new(SessionId::from_foreign("s"), "demo", "none");
    header.context.created_at = time("2026-01-01T00:00:00.000Z");
    header.context.updated_at = time("2026-01-02T00:00:00.000Z");
    Session { header, events }
}

fn event(id: &str, event_type: EventType) -> Event {
    Event::new(EventId::new(id), time("2026-01-01T12:00:00.000Z"), event_type)
}

fn said(session: &Session, claimed: Option<&Stats>) -> Vec<String> {
    let finding = |finding: Finding| match finding.event_id {
        Some(id) => format!("{id}: {}", finding.problem),
        None => finding.problem.to_string(),
    };
    validate(session, claimed).into_iter().map(finding).collect()
}

#[test]
fn a_sound_session_has_no_findings() {
    let mut shell = event("2", EventType::ShellCommand { command: "ls".into(), exit_code: None });
    shell.attributes.set(attribute::CALL_ID, "c");
    let call_id = Some("c".to_owned());
    let result = EventType::ToolResult { name: "sh".into(), is_error: false, call_id };
    let mut picture = event("4", EventType::AgentMessage);
    let url = format!("blobs/{}.png", ContentId::of(b"picture"));
    picture.content.blocks.push(Block::Image { url, alt: None, mime: "image/png".into() });
    let first = event("1", EventType::UserMessage);
    let session = session(vec![first, shell, event("3", result), picture]);
    assert_eq!(said(&session, Some(&session.stats())), [""; 0]);
}

#[test]
fn every_fault_is_named_with_its_event() {
    let mut late = event("a", EventType::UserMessage);
    late.timestamp = time("2026-03-01T00:00:00.000Z");
    let mut ancient = event("", EventType::UserMessage);
    ancient.timestamp = Timestamp::EPOCH;
    let call_id = Some("gone".to_owned());
    let result = EventType::ToolResult { name: "sh".into(), is_error: false, call_id };
    let mut rewind = event("r", EventType::Custom { kind: "rewind".into() });
    rewind.attributes.set(attribute::REWIND_TO, "r");
    let mut end = event("t", EventType::TaskEnd { summary: None });
    end.task_id = Some("task".into());
    for url in ["data:image/png;base64,AAAA", "blobs/../x.png", "https://example.org/x.png"] {
        let url = url.to_owned();
        end.content.blocks.push(Block::Image { url, alt: None, mime: "image/png".into() });
    }
    let mut session = session(vec![late, ancient, event("a", result), rewind, end]);
    session.header.version = "hail-0.9".into();
    session.header.agent.tool.clear();
    let claimed = Stats { lines_added: 7, ..session.stats() };
    insta::assert_snapshot!(said(&session, Some(&claimed)).join("\n"), @r#"
    version is "hail-0.9" instead of "hail-1.0.0"
    header names no tool
    a: time 2026-03-01T00:00:00.000Z is outside the session's own
    : time 1970-01-01T00:00:00.000Z is outside the years 2000 to 2100
    : event has an empty id
    a: event id is used more than once
    a: result belongs to the call "gone", which is not in the session
    r: rewind goes back to the event "r", which is not before it
    t: task "task" ends without having started
    t: attachment of 26 bytes stands inside the event
    t: attachment "blobs/../x.png" is not named blobs/<blake3>.<ext>
    lines_added is 7 in the statistics, 0 by the events
    "#);
}
