use super::*;
use opensession_hail::{Attributes, Block, EventType, attribute};
use serde_json::Value;
use std::path::Path;

fn line(text: &str) -> Line {
    Line::new(text.as_bytes()).unwrap()
}

fn event(id: &str, event_type: EventType, call: Option<&str>, blocks: Vec<Block>) -> Event {
    let mut event = Event::new(EventId::new(id), Timestamp::EPOCH, event_type);
    event.attributes = Attributes::new();
    event.attributes.set_some(attribute::CALL_ID, call);
    event.content.blocks = blocks;
    event
}

fn edit(id: &str, path: &str, diff: &str) -> Event {
    let event_type = EventType::FileEdit { path: path.into(), diff: Some(diff.into()) };
    event(id, event_type, Some(id), Vec::new())
}

/// The edits of a session in a folder that this machine does not have.
fn edits(events: &[Event]) -> Vec<Edit> {
    let mut edits = Edits::new(Some("/nowhere/p"));
    events.iter().for_each(|event| edits.push(event));
    edits.finish(&mut Places::new(&["/nowhere/p".into()], Path::new("/nowhere")))
}

fn paths(edits: &[Edit]) -> Vec<(&str, bool)> {
    edits.iter().map(|edit| (edit.place.path.as_str(), edit.is_deletion)).collect()
}

#[test]
fn a_hunk_is_known_by_its_strongest_lines() {
    let diff = "@@ -1,2 +1,3 @@\n-gone_for_good\n+x = 1\n+a_strong_line\n+}\n@@ -9 +9 @@\n-z = 1\n+y = 1\n@@ -20,2 +19,0 @@\n-removed_only\n-}\n";
    let found = edits(&[edit("e", "a.rs", diff)]);
    assert_eq!(paths(&found), [("a.rs", false)]);
    let expected = [
        Hunk::Added(vec![line("a_strong_line")]),
        Hunk::Added(vec![line("y = 1")]),
        Hunk::Removed(vec![line("removed_only")]),
    ];
    assert_eq!(found[0].hunks, expected);
}

#[test]
fn moved_and_restored_lines_prove_nothing() {
    let moved = "@@ -1 +1 @@\n-moved_about\n+brand_new_line\n@@ -9,0 +9 @@\n+moved_about\n";
    let found = edits(&[
        edit("e1", "a.rs", moved),
        edit("e2", "a.rs", "@@ -1 +0,0 @@\n-was_before_us\n"),
        edit("e3", "a.rs", "@@ -0,0 +1 @@\n+was_before_us\n"),
        edit("e4", "b.rs", "@@ -0,0 +1 @@\n+was_before_us\n"),
        edit("e5", "a.rs", "@@ -1 +0,0 @@\n-brand_new_line\n"),
        edit("e6", "a.rs", "@@ -0,0 +1 @@\n+brand_new_line\n"),
    ]);
    let hunks: Vec<&[Hunk]> = found.iter().map(|edit| edit.hunks.as_slice()).collect();
    let added = |text| vec![Hunk::Added(vec![line(text)])];
    let removed = |text| vec![Hunk::Removed(vec![line(text)])];
    assert_eq!(hunks[0], added("brand_new_line"));
    assert_eq!(hunks[1], removed("was_before_us"));
    assert_eq!(hunks[2], []);
    assert_eq!(hunks[3], added("was_before_us"), "another file");
    assert_eq!(hunks[5], added("brand_new_line"), "its own line was never somebody else's");
}

#[test]
fn a_failed_call_edits_nothing_and_one_without_result_does() {
    let result = EventType::ToolResult { name: "Edit".into(), is_error: true, call_id: None };
    let found = edits(&[
        edit("bad", "a.rs", "@@ -0,0 +1 @@\n+never_written\n"),
        event("r", result, Some("bad"), Vec::new()),
        edit("good", "b.rs", "@@ -0,0 +1 @@\n+surely_written\n"),
        event("call", EventType::ToolCall { name: "Edit".into() }, Some("x"), Vec::new()),
    ]);
    assert_eq!(paths(&found), [("b.rs", false)]);
}

#[test]
fn creations_moves_and_folders_are_read_as_the_parsers_write_them() {
    let file = Block::File { path: "new.rs".into(), content: Some("first_line\r\n\n".into()) };
    let json = |text: &str| Block::json(serde_json::from_str::<Value>(text).unwrap());
    let create = |path: &str| EventType::FileCreate { path: path.into() };
    let whole = EventType::FileEdit { path: "whole.rs".into(), diff: None };
    let found = edits(&[
        event("e1", create("/nowhere/p/new.rs"), None, vec![file]),
        event("e2", whole, None, vec![json(r#"{"content":"all_of_it"}"#)]),
        event("e3", EventType::FileDelete { path: "old.rs".into() }, None, Vec::new()),
        event(
            "e4",
            create("a"),
            Some("c"),
            vec![json(r#"{"workdir":"/nowhere/p/w","command":"cd lib"}"#)],
        ),
        event("e5", create("b"), Some("c"), Vec::new()),
        event("e6", create("c"), Some("d"), vec![json(r#"{"move_to":"moved/c"}"#)]),
        event("e7", create("../../elsewhere/x"), None, Vec::new()),
    ]);
    let expected = [
        ("new.rs", false),
        ("whole.rs", false),
        ("old.rs", true),
        ("w/lib/a", false),
        ("w/lib/b", false),
        ("c", true),
        ("moved/c", false),
        ("/elsewhere/x", false),
    ];
    assert_eq!(paths(&found), expected);
    assert_eq!(found[0].hunks, [Hunk::Added(vec![line("first_line")])]);
    assert_eq!(found[1].hunks, [Hunk::Added(vec![line("all_of_it")])]);
}

#[test]
fn what_is_remembered_is_what_was_read() {
    let found = edits(&[edit("e", "a.rs", "@@ -1 +1 @@\n-old_strong_line\n+new_strong_line\n")]);
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Edit>>(&text).unwrap(), found);
}
