use super::{Entry, Item, Outcome, Timeline};
use crate::{
    Event, EventId, EventType, Header, Session, SessionId, Timestamp, attribute, one_line,
};
use std::fmt::Write;

fn event(id: &str, second: i64, event_type: EventType) -> Event {
    let time = Timestamp::from_millis(1_700_000_000_000 + second * 1000).unwrap();
    Event::new(EventId::new(id), time, event_type)
}

fn user(id: &str, second: i64) -> Event {
    event(id, second, EventType::UserMessage)
}

fn tool(id: &str, call: &str) -> Event {
    let mut event = event(id, 0, EventType::ToolCall { name: "t".into() });
    event.attributes.set(attribute::CALL_ID, call);
    event
}

fn result(id: &str, call: &str, is_error: bool) -> Event {
    let call_id = Some(call.to_owned());
    event(id, 0, EventType::ToolResult { name: "t".into(), is_error, call_id })
}

fn session(id: &str, events: Vec<Event>) -> Session {
    Session { header: Header::new(SessionId::from_foreign(id), "demo", "none"), events }
}

/// Shows a timeline in a short form: `lane:entry`, calls as `events>results`, `~` before what is undone.
fn drawn(timeline: &Timeline<'_>) -> String {
    let names = |events: &[&Event]| {
        events.iter().map(|event| event.event_id.as_str()).collect::<Vec<_>>().join("+")
    };
    let mut out = String::new();
    for turn in &timeline.turns {
        let mark = if turn.undone { "~" } else { "" };
        write!(out, "[{mark}{}]", turn.prompt.map_or("", |event| event.event_id.as_str())).unwrap();
        for Item { lane, entry, undone } in &turn.items {
            let entry = match entry {
                Entry::Calls(calls) => calls
                    .iter()
                    .map(|call| format!("{}>{}", names(&call.events), names(&call.results)))
                    .collect::<Vec<_>>()
                    .join(" & "),
                Entry::Answer(event) => format!("answer {}", event.event_id),
                Entry::Thinking(event) => format!("thinking {}", event.event_id),
                Entry::Result(event) => format!("result {}", event.event_id),
                Entry::TaskEnd(event) => format!("end {}", event.event_id),
                Entry::Note(event) => format!("note {}", event.event_id),
            };
            let mark = if *undone { "~" } else { "" };
            write!(out, " | {mark}{lane}:{entry}").unwrap();
        }
        out.push('\n');
    }
    one_line(&out)
}

#[test]
fn turns_begin_with_prompts_and_calls_meet_their_results() {
    let session = session(
        "s",
        vec![
            event("n", 0, EventType::SystemMessage),
            user("u1", 1),
            event("h", 2, EventType::Thinking),
            tool("a1", "a"),
            tool("b1", "b"),
            result("b2", "b", false),
            result("a2", "a", true),
            event("m", 3, EventType::AgentMessage),
            tool("c1", "c"),
            user("u2", 4),
            result("c2", "c", false),
            result("x", "gone", false),
        ],
    );
    let timeline = Timeline::new(&session, &[]);
    insta::assert_snapshot!(drawn(&timeline), @"[] | 0:note n [u1] | 0:thinking h | 0:a1>a2 & b1>b2 | 0:answer m | 0:c1>c2 [u2] | 0:result x");
    let ids = |turn: &super::Turn<'_>| {
        turn.events().map(|event| event.event_id.as_str()).collect::<Vec<_>>().join(" ")
    };
    let turns: Vec<String> = timeline.turns.iter().map(ids).collect();
    assert_eq!(turns, ["n", "u1 h a1 a2 b1 b2 m c1 c2", "u2 x"]);
}

#[test]
fn one_call_of_several_events_is_one_and_an_id_used_again_is_another() {
    let session = session(
        "s",
        vec![
            tool("a1", "a"),
            tool("a2", "a"),
            result("r1", "a", false),
            tool("a3", "a"),
            result("r2", "a", false),
        ],
    );
    insta::assert_snapshot!(drawn(&Timeline::new(&session, &[])), @"[] | 0:a1+a2>r1 & a3>r2");
}

#[test]
fn a_call_fails_by_its_result_or_its_exit_code() {
    let shell =
        |exit_code| event("s", 0, EventType::ShellCommand { command: "false".into(), exit_code });
    let session = session(
        "s",
        vec![
            tool("a", "a"),
            tool("b", "b"),
            result("rb", "b", true),
            tool("c", "c"),
            result("rc", "c", false),
            shell(Some(0)),
            shell(Some(1)),
        ],
    );
    let timeline = Timeline::new(&session, &[]);
    let Entry::Calls(calls) = &timeline.turns[0].items[0].entry else {
        panic!("no calls in {timeline:?}");
    };
    let outcomes: Vec<Outcome> = calls.iter().map(super::Call::outcome).collect();
    use Outcome::{Failed, Succeeded, Unknown};
    assert_eq!(outcomes, [Unknown, Failed, Succeeded, Succeeded, Failed]);
}

fn in_task(mut event: Event, task: &str) -> Event {
    event.task_id = Some(task.to_owned());
    event
}

#[test]
fn tasks_are_lanes_with_a_title_and_a_span() {
    let start = || EventType::TaskStart { title: Some("look".into()) };
    let session = session(
        "s",
        vec![
            user("u", 0),
            in_task(event("t", 5, start()), "task"),
            in_task(event("m", 9, EventType::AgentMessage), "task"),
            event("a", 7, EventType::AgentMessage),
            in_task(event("e", 8, EventType::TaskEnd { summary: None }), "task"),
        ],
    );
    let timeline = Timeline::new(&session, &[]);
    insta::assert_snapshot!(drawn(&timeline), @"[] [u] | 1:t> | 1:answer m | 0:answer a | 1:end e");
    let [_, lane] = &timeline.lanes[..] else { panic!("lanes: {:?}", timeline.lanes) };
    assert_eq!((lane.id, lane.title, lane.events), ("task", Some("look"), 3));
    let span = (session.events[1].timestamp, session.events[2].timestamp);
    assert_eq!(lane.span, Some(span));
}

#[test]
fn the_sessions_of_sub_agents_are_merged_by_the_running_maximum_of_their_times() {
    let mut start = in_task(event("t", 10, EventType::TaskStart { title: None }), "task");
    start.attributes.set(attribute::SUBAGENT_ID, "a1");
    let main = session("s", vec![user("u", 0), start, event("m", 30, EventType::AgentMessage)]);
    let mut agent = session(
        "s.a1",
        vec![
            event("p", 11, EventType::SystemMessage),
            event("x", 20, EventType::Thinking),
            // Its clock runs backwards here: it stays behind `x`.
            event("y", 12, EventType::AgentMessage),
            event("z", 40, EventType::AgentMessage),
        ],
    );
    agent.header.context.attributes.set(attribute::PARENT_SESSION_ID, "s");
    agent.header.context.title = Some("Look around".into());
    let agents = [agent];
    let timeline = Timeline::new(&main, &agents);
    insta::assert_snapshot!(drawn(&timeline), @"[] [u] | 1:t> | 1:note p | 1:thinking x | 1:answer y | 0:answer m | 1:answer z");
    assert_eq!(timeline.lanes.iter().map(|lane| lane.id).collect::<Vec<_>>(), ["s", "a1"]);
}

#[test]
fn what_a_rewind_took_back_is_marked() {
    let mut rewind = event("r", 0, EventType::Custom { kind: "rewind".into() });
    rewind.attributes.set(attribute::REWIND_TO, "u2");
    let answer = |id| event(id, 0, EventType::AgentMessage);
    let events =
        vec![user("u1", 0), answer("a1"), user("u2", 0), answer("a2"), rewind, user("u3", 0)];
    let session = session("s", events);
    insta::assert_snapshot!(drawn(&Timeline::new(&session, &[])), @"[] [u1] | 0:answer a1 [~u2] | ~0:answer a2 | 0:note r [u3]");
}
