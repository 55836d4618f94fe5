use super::*;
use crate::claude_code::invocation::describe;
use crate::lenient::Object;
use opensession_hail::{EventId, Timestamp};
use serde_json::json;

/// The event of a call of `name` once its result is known; `outcome` is the JSON of `toolUseResult`.
fn called(name: &str, input: Value, is_error: bool, text: &str, outcome: &str) -> Event {
    let call = describe(name, input);
    let mut event = Event::new(EventId::new("e"), Timestamp::EPOCH, call.event_type);
    event.content.blocks = call.blocks;
    let outcome: Object<Outcome<'_>> = serde_json::from_str(outcome).unwrap();
    let verdict = Verdict { is_error, text, outcome: outcome.0.as_ref() };
    apply(&mut event, name, &verdict);
    event
}

fn exit_code(is_error: bool, text: &str, outcome: &str) -> Option<i64> {
    let input = json!({"command": "x"});
    match called("Bash", input, is_error, text, outcome).event_type {
        EventType::ShellCommand { exit_code, .. } => exit_code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn exit_codes_are_known_only_of_commands_that_ran_to_their_end() {
    let done = r#"{"stdout":"","stderr":"","interrupted":false}"#;
    assert_eq!(exit_code(false, "", done), Some(0));
    assert_eq!(exit_code(true, "Exit code 127\nnot found", "\"Error: Exit code 127\""), Some(127));
    assert_eq!(exit_code(true, "Error: Exit code 1", "null"), Some(1));
    assert_eq!(exit_code(true, "The user doesn't want to proceed", "null"), None);
    // One record with several results has no outcome of each.
    assert_eq!(exit_code(false, "done", "null"), Some(0));
    assert_eq!(exit_code(false, "Command running in background with ID: b1", "null"), None);
    for unknown in [
        r#"{"stdout":"","interrupted":true}"#,
        r#"{"stdout":"","backgroundTaskId":"b1"}"#,
        r#"{"stdout":"","returnCodeInterpretation":"No matches found"}"#,
    ] {
        assert_eq!(exit_code(false, "", unknown), None, "{unknown}");
    }
}

#[test]
fn an_edit_takes_its_diff_from_the_patch_and_keeps_its_input() {
    let input = json!({"file_path": "/a", "old_string": "x", "new_string": "y"});
    let patch = r#"{"originalFile":"x\nz","structuredPatch":[{"oldStart":1,"oldLines":2,"newStart":1,"newLines":2,"lines":["-x","+y"," z"]}]}"#;
    let event = called("Edit", input.clone(), false, "updated", patch);
    let diff = Some("@@ -1,2 +1,2 @@\n-x\n+y\n z\n".to_owned());
    assert_eq!(event.event_type, EventType::FileEdit { path: "/a".into(), diff });
    assert_eq!(event.content.blocks, [Block::json(json!({"old_string": "x", "new_string": "y"}))]);
    let event = called("Edit", input, false, "updated", "null");
    let diff = Some("@@ -1 +1 @@\n-x\n+y\n".to_owned());
    assert_eq!(event.event_type, EventType::FileEdit { path: "/a".into(), diff });
}

#[test]
fn a_failed_edit_is_a_tool_call_with_its_whole_input() {
    let input = json!({"file_path": "/a", "old_string": "x", "new_string": "y"});
    let event = called("Edit", input.clone(), true, "String to replace not found", "\"Error\"");
    assert_eq!(event.event_type, EventType::ToolCall { name: "Edit".into() });
    assert_eq!(event.content.blocks, [Block::json(input)]);
}

#[test]
fn several_edits_of_one_call_are_hunks_of_one_diff() {
    let edits =
        json!([{"old_string": "a", "new_string": "b"}, {"old_string": "c", "new_string": "d"}]);
    let event = called("MultiEdit", json!({"file_path": "/a", "edits": edits}), false, "", "null");
    let diff = Some("@@ -1 +1 @@\n-a\n+b\n@@ -1 +1 @@\n-c\n+d\n".to_owned());
    assert_eq!(event.event_type, EventType::FileEdit { path: "/a".into(), diff });
}

#[test]
fn writing_creates_a_file_or_changes_one() {
    let input = json!({"file_path": "/a", "content": "x\n"});
    let file = Block::File { path: "/a".into(), content: Some("x\n".into()) };
    for (text, outcome) in
        [("", r#"{"type":"create"}"#), ("File created successfully at: /a", "null")]
    {
        let event = called("Write", input.clone(), false, text, outcome);
        assert_eq!(event.event_type, EventType::FileCreate { path: "/a".into() });
        assert_eq!(event.content.blocks, std::slice::from_ref(&file));
    }
    let patch = r#"{"type":"update","structuredPatch":[{"oldStart":1,"oldLines":1,"newStart":1,"newLines":1,"lines":["-w","+x"]}]}"#;
    let event = called("Write", input, false, "", patch);
    let diff = Some("@@ -1 +1 @@\n-w\n+x\n".to_owned());
    assert_eq!(event.event_type, EventType::FileEdit { path: "/a".into(), diff });
    assert_eq!(event.content.blocks, [Block::json(json!({"content": "x\n"}))]);
}

#[test]
fn a_new_cell_of_a_notebook_is_a_diff_and_a_replaced_one_only_an_edit() {
    let cell = |mode: &str| json!({"notebook_path": "/n", "new_source": "x", "edit_mode": mode});
    let edit = |diff: Option<&str>| EventType::FileEdit {
        path: "/n".into(),
        diff: diff.map(str::to_owned),
    };
    let inserted = called("NotebookEdit", cell("insert"), false, "", "{}");
    assert_eq!(inserted.event_type, edit(Some("@@ -0,0 +1 @@\n+x\n")));
    let replaced = called("NotebookEdit", cell("replace"), false, "", "{}");
    assert_eq!(replaced.event_type, edit(None));
}
