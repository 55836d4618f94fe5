//! Calls, results, and how long a call waits for one.

use super::*;

const PATCH: &str = "*** Begin Patch\n*** Add File: a\n+1\n*** Update File: b\n@@\n-x\n+y\n*** Delete File: c\n*** End Patch";

#[test]
fn a_patch_is_one_call_and_an_event_for_each_file() {
    let parsed = parse_records(&[
        patch("c1", PATCH),
        result("c1", "Success. Updated the following files:\nA a\n"),
    ]);
    assert_eq!(parsed.told()[..3], ["FileCreate a", "FileEdit b", "FileDelete c"]);
    let ids: Vec<&str> = parsed.events.iter().map(|event| event.event_id.as_str()).collect();
    assert_eq!(ids, ["c1", "c1#2", "c1#3", "c1#4"]);
    let stats = parsed.stats();
    assert_eq!(
        (stats.tool_call_count, stats.files_changed, stats.lines_added, stats.lines_removed),
        (1, 3, 2, 1)
    );
}

#[test]
fn a_failed_patch_is_a_tool_call_with_its_whole_input() {
    let failure = "apply_patch verification failed: Failed to find expected lines";
    let command = format!("apply_patch <<'EOF'\n{PATCH}\nEOF");
    let in_shell =
        call("c2", "shell", &json!({"command": ["bash", "-lc", command], "workdir": "/src"}));
    let denied = json!({"output": "denied", "metadata": {"exit_code": 1}}).to_string();
    let parsed = parse_records(&[
        patch("c1", PATCH),
        result("c1", failure),
        in_shell,
        result("c2", denied),
        patch("c3", PATCH),
        (
            "event_msg",
            json!({"type": "patch_apply_end", "call_id": "c3", "success": false, "changes": {}}),
        ),
        result("c3", "?"),
    ]);
    assert_eq!(
        parsed.told(),
        [
            "ToolCall apply_patch",
            &format!("ToolResult apply_patch true {failure}"),
            "ToolCall shell",
            "ToolResult shell true denied",
            "ToolCall apply_patch",
            "ToolResult apply_patch true ?",
        ]
    );
    let input = serde_json::to_string(&parsed.events.first().unwrap().content.blocks).unwrap();
    assert!(input.contains("*** Delete File: c"), "{input}");
    let stats = parsed.stats();
    assert_eq!((stats.tool_call_count, stats.files_changed, stats.lines_added), (3, 0, 0));
}

#[test]
fn the_screens_report_gives_the_true_diff() {
    let diff = "@@ -41 +41 @@\n-x\n+y\n";
    let changes = json!({"/src/b": {"type": "update", "unified_diff": diff, "move_path": null}});
    let report =
        json!({"type": "patch_apply_end", "call_id": "c1", "success": true, "changes": changes});
    let parsed =
        parse_records(&[patch("c1", PATCH), ("event_msg", report), result("c1", "Success")]);
    let edit = &parsed.events.get(1).unwrap().event_type;
    let (path, diff) = ("b".to_owned(), Some(diff.to_owned()));
    assert_eq!(*edit, EventType::FileEdit { path, diff });
}

#[test]
fn no_line_of_a_patch_is_lost_behind_the_screens_diff() {
    let text = "*** Begin Patch\n*** Update File: b\n@@ fn f\n 1\n 2\n-x\n+y\n*** End Patch";
    let kept = |diff: &str| {
        let changes = json!({"b": {"type": "update", "unified_diff": diff, "move_path": null}});
        let report =
            json!({"type": "patch_apply_end", "call_id": "c", "success": true, "changes": changes});
        let parsed =
            parse_records(&[patch("c", text), ("event_msg", report), result("c", "Success")]);
        parsed.events.first().unwrap().content.blocks.clone()
    };
    assert_eq!(kept("@@ -8,3 +8,3 @@\n 1\n 2\n-x\n+y\n"), []);
    let own = "@@ -1,3 +1,3 @@ fn f\n 1\n 2\n-x\n+y\n";
    let block = opensession_hail::Block::json(json!({ "patch": own }));
    assert_eq!(kept("@@ -9,2 +9,2 @@\n 2\n-x\n+y\n"), [block]);
}

#[test]
fn a_call_waits_for_its_result_and_no_longer_than_the_next_prompt() {
    let run = || call("c1", "exec_command", &json!({"cmd": "make"}));
    let parsed = parse_records(&[run(), message("assistant", "while it runs")]);
    assert_eq!((parsed.events.len(), parsed.unsettled), (2, 1));
    let parsed = parse_records(&[run(), message("user", "stop")]);
    assert_eq!((parsed.events.len(), parsed.unsettled), (2, 0));
    let late = result("c1", "Exit code: 2\nOutput:\n");
    let parsed = parse_records(&[run(), message("user", "stop"), late]);
    assert_eq!(
        parsed.told(),
        [
            "ShellCommand make None",
            "UserMessage stop",
            "ToolResult exec_command true Exit code: 2\nOutput:\n"
        ]
    );
}

#[test]
fn a_call_without_result_is_settled_when_the_models_next_answer_ends() {
    let tokens = |total: u64| {
        let usage = json!({"input_tokens": total, "output_tokens": 0, "total_tokens": total});
        let info = json!({"total_token_usage": usage});
        ("event_msg", json!({"type": "token_count", "info": info}))
    };
    let run = || call("c1", "exec_command", &json!({"cmd": "make"}));
    let own = parse_records(&[run(), tokens(1), tokens(1)]);
    assert_eq!((own.events.len(), own.unsettled), (2, 1));
    let next = parse_records(&[run(), tokens(1), message("assistant", "on"), tokens(2)]);
    assert_eq!((next.events.len(), next.unsettled), (4, 0));
}

#[test]
fn the_end_of_a_program_told_twice_is_one_result() {
    let end = |id: &str, source: &str| {
        let duration = json!({"secs": 1, "nanos": 500_000_000});
        (
            "event_msg",
            json!({"type": "exec_command_end", "call_id": id, "source": source, "command": ["zsh", "-lc", "make"],
            "exit_code": 3, "aggregated_output": "out", "duration": duration}),
        )
    };
    let parsed = parse_records(&[
        call("c1", "exec_command", &json!({"cmd": "make"})),
        end("c1", "agent"),
        result("c1", "Wall time: 1.5 seconds\nOutput:\nout"),
        end("nested", "agent"),
        end("typed", "user_shell"),
    ]);
    assert_eq!(
        parsed.told(),
        [
            "ShellCommand make Some(3)",
            "ToolResult exec_command false Wall time: 1.5 seconds\nOutput:\nout",
            "ShellCommand make Some(3)",
            "ToolResult exec_command true out",
        ]
    );
    assert_eq!(parsed.events.first().unwrap().duration_ms, Some(1500));
}

#[test]
fn a_program_in_the_background_has_no_exit_code_until_it_ends() {
    let parsed = parse_records(&[
        call("c1", "exec_command", &json!({"cmd": "serve"})),
        result("c1", "Wall time: 5 seconds\nProcess running with session ID 7\nOutput:\n"),
        call("c2", "write_stdin", &json!({"session_id": 7, "chars": "q\n"})),
        result("c2", "Process exited with code 0\nOutput:\nbye"),
    ]);
    let told = parsed.told();
    assert_eq!(told.first().map(String::as_str), Some("ShellCommand serve None"));
    assert_eq!(told.get(2).map(String::as_str), Some("ToolCall write_stdin"));
    assert_eq!(parsed.unsettled, 0);
}

#[test]
fn an_mcp_call_told_twice_is_one_and_told_once_is_kept() {
    let end = |id: &str| {
        let invocation = json!({"server": "wiki", "tool": "ask", "arguments": {"q": 1}});
        let answer =
            json!({"Ok": {"content": [{"type": "text", "text": "yes"}], "isError": false}});
        (
            "event_msg",
            json!({"type": "mcp_tool_call_end", "call_id": id, "invocation": invocation, "result": answer}),
        )
    };
    let known = json!({"type": "function_call", "namespace": "mcp__wiki", "name": "ask", "call_id": "c1", "arguments": "{\"q\":1}"});
    let parsed =
        parse_records(&[("response_item", known), end("c1"), result("c1", "yes"), end("c2")]);
    let twice = ["ToolCall mcp__wiki__ask", "ToolResult mcp__wiki__ask false yes"];
    assert_eq!(parsed.told(), [twice, twice].concat());
}

#[test]
fn a_search_told_twice_is_one_call() {
    let action = json!({"type": "search", "query": "rust"});
    let parsed = parse_records(&[
        (
            "event_msg",
            json!({"type": "web_search_end", "call_id": "ws_1", "query": "rust", "action": action}),
        ),
        (
            "response_item",
            json!({"type": "web_search_call", "id": "ws_1", "status": "completed", "action": action}),
        ),
        ("response_item", json!({"type": "web_search_call", "status": "completed"})),
    ]);
    assert_eq!(parsed.told(), ["WebSearch ", "WebSearch "]);
    assert_eq!(parsed.stats().tool_call_count, 2);
}

#[test]
fn a_sub_agent_is_a_task_that_names_its_session() {
    let spawn = |id: &str| {
        call(id, "spawn_agent", &json!({"message": "Review it", "agent_type": "explorer"}))
    };
    let done = "<subagent_notification>\n{\"agent_path\":\"child-1\",\"status\":{\"completed\":\"All good\"}}\n</subagent_notification>";
    let parsed = parse_records(&[
        spawn("c1"),
        result("c1", "{\"agent_id\":\"child-1\",\"nickname\":\"Ohm\"}"),
        message("user", done),
        spawn("c2"),
        result("c2", json!({"content": "no more agents", "success": false})),
    ]);
    let told = parsed.told();
    assert_eq!(told.first().unwrap(), "TaskStart Some(\"Review it\")");
    assert_eq!(told.get(2).unwrap(), "TaskEnd Some(\"All good\")");
    assert_eq!(told.get(3).unwrap(), "ToolCall spawn_agent");
    let start = parsed.events.first().unwrap();
    assert_eq!(start.attributes.str(attribute::SUBAGENT_ID), Some("child-1"));
    assert_eq!(start.attributes.str("task.session_id"), Some("child-1"));
    assert_eq!(start.task_id.as_deref(), Some("c1"));
    let stats = parsed.stats();
    assert_eq!((stats.task_count, stats.tool_call_count, stats.user_message_count), (1, 2, 0));
}

#[test]
fn a_list_of_outputs_begins_with_how_the_program_ended() {
    let head = "Chunk ID: a\nWall time: 0.1 seconds\nProcess exited with code 3\nOutput:\nno";
    let parsed = parse_records(&[
        call("c1", "exec_command", &json!({"cmd": "make"})),
        result(
            "c1",
            json!([{"type": "input_text", "text": head}, {"type": "input_text", "text": "b"}]),
        ),
    ]);
    let told = parsed.told();
    assert_eq!(told.first().map(String::as_str), Some("ShellCommand make Some(3)"));
    assert!(told.get(1).is_some_and(|told| told.starts_with("ToolResult exec_command true")));
}

#[test]
fn a_patch_that_never_ran_changes_no_file() {
    let text = "*** Begin Patch\n*** Add File: z\n+a\n*** Add File: y\n+b\n*** End Patch";
    let aborted = ("event_msg", json!({"type": "turn_aborted", "reason": "interrupted"}));
    let parsed = parse_records(&[patch("c1", text), aborted]);
    assert_eq!(parsed.told().first().map(String::as_str), Some("ToolCall apply_patch"));
    let stats = parsed.stats();
    assert_eq!((stats.files_changed, stats.lines_added, stats.tool_call_count), (0, 0, 1));
}

#[test]
fn a_failed_mcp_call_has_a_failed_result() {
    let end = json!({"type": "mcp_tool_call_end", "call_id": "c1", "result": {"Err": "gone"}});
    let parsed = parse_records(&[
        call("c1", "mcp__wiki__ask", &json!({})),
        ("event_msg", end),
        result("c1", "tool call error: gone"),
    ]);
    assert!(parsed.told().iter().any(|told| told.starts_with("ToolResult mcp__wiki__ask true")));
}

#[test]
fn a_search_without_words_told_twice_is_one() {
    let action = json!({"type": "other"});
    let end = json!({"type": "web_search_end", "call_id": "ws_1", "query": "", "action": action});
    let item = json!({"type": "web_search_call", "action": action});
    let parsed = parse_records(&[("event_msg", end), ("response_item", item)]);
    assert_eq!(parsed.stats().tool_call_count, 1);
}
