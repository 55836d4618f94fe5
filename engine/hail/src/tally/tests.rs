use super::Tally;
use crate::{Block, Event, EventId, EventType, Stats, Timestamp, attribute};

fn event(id: &str, seconds: i64, event_type: EventType) -> Event {
    let time = Timestamp::from_millis(1_700_000_000_000 + seconds * 1000).unwrap();
    Event::new(EventId::new(id), time, event_type)
}

fn call(id: &str, event_type: EventType) -> Event {
    let mut event = event(id, 0, event_type);
    event.attributes.set(attribute::CALL_ID, id);
    event
}

fn shell() -> EventType {
    EventType::ShellCommand { command: "ls".into(), exit_code: None }
}

fn edit(path: &str) -> EventType {
    EventType::FileEdit { path: path.into(), diff: Some("@@ -1 +1,2 @@\n-a\n+b\n+c\n".into()) }
}

fn result(call_id: &str) -> EventType {
    EventType::ToolResult { name: "t".into(), is_error: false, call_id: Some(call_id.into()) }
}

fn stats(events: &[Event]) -> Stats {
    let mut tally = Tally::new();
    events.iter().for_each(|event| tally.push(event));
    tally.finish()
}

#[test]
fn one_call_on_three_files_is_one_tool_call() {
    let stats = stats(&[call("p", edit("a")), call("p", edit("b")), call("p", edit("a"))]);
    assert_eq!((stats.tool_call_count, stats.files_changed), (1, 2));
    assert_eq!((stats.lines_added, stats.lines_removed), (6, 3));
}

#[test]
fn invocations_without_an_id_count_one_each_and_results_alone_do_not() {
    let events = [event("1", 0, shell()), event("2", 0, shell()), event("3", 0, result("lost"))];
    assert_eq!(stats(&events).tool_call_count, 2);
}

#[test]
fn an_id_that_several_results_share_counts_once_for_each_invocation() {
    let once = [call("c", shell()), call("c", shell()), event("r", 0, result("c"))];
    assert_eq!(stats(&once).tool_call_count, 1);
    let twice = [
        call("c", shell()),
        event("r1", 0, result("c")),
        call("c", shell()),
        event("r2", 0, result("c")),
    ];
    assert_eq!(stats(&twice).tool_call_count, 2);
}

#[test]
fn a_task_counts_with_the_call_that_started_it() {
    let start = || EventType::TaskStart { title: None };
    let both = [call("t", EventType::ToolCall { name: "Task".into() }), call("t", start())];
    assert_eq!(stats(&both).tool_call_count, 1);
    let alone = [call("t", start()), event("own", 0, start())];
    assert_eq!((stats(&alone).tool_call_count, stats(&alone).task_count), (1, 2));
}

#[test]
fn tokens_are_summed_on_any_event_and_cached_ones_apart() {
    let mut answer = event("a", 0, EventType::AgentMessage);
    answer.attributes.set(attribute::INPUT_TOKENS, 900);
    answer.attributes.set(attribute::CACHE_READ_TOKENS, 70);
    let mut usage = event("u", 0, EventType::Custom { kind: "usage".into() });
    usage.attributes.set(attribute::OUTPUT_TOKENS, 40);
    usage.attributes.set(attribute::CACHE_WRITE_TOKENS, 5);
    usage.attributes.set(attribute::INPUT_TOKENS, "many");
    let stats = stats(&[answer, usage]);
    assert_eq!((stats.total_input_tokens, stats.total_output_tokens), (900, 40));
    assert_eq!((stats.total_cache_read_tokens, stats.total_cache_write_tokens), (70, 5));
}

#[test]
fn duration_is_latest_minus_earliest_and_active_leaves_pauses_out() {
    let at = |seconds| event("e", seconds, EventType::AgentMessage);
    // Backwards at 50; the step from 110 to 411 is over five minutes, the one from 411 to 711 is not.
    let stats = stats(&[at(0), at(100), at(50), at(110), at(411), at(711)]);
    assert_eq!((stats.duration_seconds, stats.active_seconds), (711, 410));
}

#[test]
fn events_before_the_first_known_time_do_not_make_a_session_last_decades() {
    let unknown = Event::new(EventId::new("0"), Timestamp::EPOCH, EventType::UserMessage);
    let stats = stats(&[unknown, event("1", 0, shell()), event("2", 9, shell())]);
    assert_eq!(stats.duration_seconds, 9);
}

#[test]
fn created_files_add_the_lines_of_their_content() {
    let mut create = event("c", 0, EventType::FileCreate { path: "n".into() });
    create.content.blocks.push(Block::File { path: "n".into(), content: Some("1\n2\n3".into()) });
    create.content.blocks.push(Block::text("written\n"));
    assert_eq!(stats(&[create]).lines_added, 3);
}

fn rewind(to: &str) -> Event {
    let mut event = event("rewind", 5, EventType::Custom { kind: "rewind".into() });
    event.attributes.set(attribute::REWIND_TO, to);
    event
}

#[test]
fn what_a_rewind_takes_back_no_longer_counts() {
    let kept = [event("u1", 0, EventType::UserMessage), call("a", edit("x"))];
    let undone =
        [event("u2", 400, EventType::UserMessage), call("b", edit("y")), call("a", shell())];
    let after = [event("u3", 6, EventType::UserMessage)];
    let log: Vec<Event> =
        kept.iter().chain(&undone).chain([&rewind("u2")]).chain(&after).cloned().collect();
    let rewound = stats(&log);
    let plain: Vec<Event> = kept.iter().chain([&rewind("none")]).chain(&after).cloned().collect();
    assert_eq!(rewound, Stats { event_count: 7, ..stats(&plain) });
    assert_eq!(
        (rewound.user_message_count, rewound.files_changed, rewound.duration_seconds),
        (2, 1, 6)
    );
}

#[test]
fn a_rewind_to_an_event_that_is_gone_or_never_was_changes_nothing() {
    let user = |id| event(id, 0, EventType::UserMessage);
    let log = [user("u1"), user("u2"), rewind("u1"), user("u3"), rewind("u2"), rewind("u9")];
    assert_eq!(stats(&log).user_message_count, 1);
}
