use super::*;
use opensession_hail::Attributes;
use opensession_hail::attribute;
use std::path::Path;

fn event(id: &str, event_type: EventType, text: Option<&str>) -> Event {
    let mut event = Event::new(EventId::new(id), Timestamp::EPOCH, event_type);
    event.attributes = Attributes::new();
    event.attributes.set(attribute::CALL_ID, id);
    event.content.blocks = text.map(Block::text).into_iter().collect();
    event
}

fn edit(id: &str, diff: &str) -> Event {
    event(id, EventType::FileEdit { path: "a.rs".into(), diff: Some(diff.into()) }, None)
}

fn whole(id: &str, content: &str) -> Event {
    let mut event = event(id, EventType::FileCreate { path: "a.rs".into() }, None);
    let file = Block::File { path: "a.rs".into(), content: Some(content.into()) };
    event.content.blocks = vec![file];
    event
}

fn traces(events: &[Event]) -> Vec<Trace> {
    let mut traces = Traces::new(Some("/repository"));
    events.iter().for_each(|event| traces.push(event));
    traces.finish(&mut Places::new(&["/repository".into()], Path::new("/")))
}

/// The added lines of a trace among `lines`, as `+`, those beside them as a blank, others not at all.
fn signs(trace: &Trace, lines: &[&str]) -> String {
    let said = |print: Print| lines.iter().any(|line| Print::of(line) == print);
    let all = trace.hunks.iter().flatten().filter(|one| said(one.print));
    all.map(|one| if one.is_added { '+' } else { ' ' }).collect()
}

#[test]
fn an_edit_has_the_prompt_before_it() {
    let found = traces(&[
        edit("e0", "@@ -0,0 +1 @@\n+zero\n"),
        event("p1", EventType::UserMessage, Some("first")),
        event("s1", EventType::SystemMessage, Some("not a person")),
        edit("e1", "@@ -1 +1 @@\n-zero\n+one\n"),
        event("p2", EventType::UserMessage, Some("second")),
        edit("e2", "@@ -1 +1 @@\n-one\n+two\n"),
    ]);
    let prompts: Vec<_> = found
        .iter()
        .map(|trace| trace.prompt.as_ref().map(|prompt| prompt.text.as_str()))
        .collect();
    assert_eq!(prompts, [None, Some("first"), Some("second")]);
    assert!(found.iter().all(|trace| trace.place.path == "a.rs"));
}

#[test]
fn an_edit_that_failed_wrote_nothing() {
    let failed = EventType::ToolResult { name: "Edit".into(), is_error: true, call_id: None };
    let found = traces(&[edit("e1", "@@ -0,0 +1 @@\n+one\n"), event("e1", failed, None)]);
    assert!(found.is_empty());
}

#[test]
fn lines_that_a_log_repeats_on_both_sides_stayed() {
    let diff = "@@ -1,4 +1,5 @@\n-fn a() {\n-    old();\n-}\n-last\n+fn a() {\n+    new();\n+    newer();\n+}\n+last\n";
    let found = traces(&[edit("e1", diff)]);
    let lines = ["fn a() {", "    new();", "    newer();", "}", "last", "    old();"];
    assert_eq!(signs(&found[0], &lines), " ++  ");
}

#[test]
fn a_file_that_is_written_whole_again_keeps_the_authors_of_its_lines() {
    let found = traces(&[
        whole("e1", "one\r\ntwo\r\nthree\r\n"),
        edit("e2", "@@ -2 +2,2 @@\n-two\n+deux\n+drei\n"),
        whole("e3", "one\ntwo\ndeux\ndrei\nthree\nfour\none\n"),
    ]);
    let lines = ["one", "two", "deux", "drei", "three", "four"];
    // `two` was gone, and a second `one` is new.
    assert_eq!(signs(&found[2], &lines), " +   ++");
    assert_eq!(signs(&found[0], &lines), "+++");
}
