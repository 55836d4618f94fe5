//! Logs that somebody made to be slow: how much longer four times as much of them takes. About four is right; sixteen is
//! what comes of looking through all that was before for each that comes.
//!
//! ```sh
//! cargo run --release -p opensession-parsers --example growth
//! ```

#![allow(clippy::print_stdout, reason = "the table is what it is for")]

use opensession_hail::{Attachment, Event, Header, SessionId};
use opensession_parsers::{PARSERS, Sink, Source};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A sink that keeps nothing.
struct Nowhere;

impl Sink for Nowhere {
    fn begin(&mut self, _session_id: &SessionId) {}
    fn located(&mut self, _cwd: &str) {}
    fn event(&mut self, _event: Event, _offset: u64, _settled: bool) {}
    fn attachment(&mut self, _attachment: Attachment) {}
    fn end(&mut self, _header: Header) {}
}

/// Returns how long a log takes to be read, which is made in an empty folder: the best of three times.
fn time(tool: &str, make: impl FnOnce(&Path) -> PathBuf) -> Duration {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let path = make(dir.path());
    let parser = PARSERS.iter().find(|parser| parser.tool().as_str() == tool).expect("a tool");
    let read = |_| {
        let start = Instant::now();
        parser.parse(&Source::file(&path), &mut Nowhere).expect("the log can be read");
        start.elapsed()
    };
    (0..3).map(read).min().unwrap_or_default()
}

/// Reads a log with `count` of something, and then with four times as many; prints a row of the table.
fn grows_evenly(tool: &str, count: usize, make: impl Fn(&Path, usize) -> PathBuf) {
    let few = time(tool, |folder| make(folder, count));
    let many = time(tool, |folder| make(folder, 4 * count));
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    println!("| {tool} | {count} | {:.1} | {ratio:.1}× |", few.as_secs_f64() * 1000.0);
}

fn main() {
    println!("| tool | so many | ms | four times as many |");
    println!("|---|---:|---:|---:|");
    results_of_another_tool_than_that_of_the_calls_that_wait();
    times_of_many_calls_of_one_tool();
    records_with_one_id_and_many_contents();
    values_without_commas_before_much_white_space();
    states_of_calls_in_another_order_than_the_calls();
    results_of_many_calls_of_one_answer();
    what_the_screen_says_of_requests_edits_and_models();
    calls_whose_ends_are_mentioned_by_all_that_follow();
    pairs_of_texts_for_many_files();
    requests_taken_away_behind_lines_that_are_no_changes();
    records_without_events_taken_back();
    a_path_of_many_folders();
    conversations_in_a_list_and_below_one();
}

/// Writes files, of which the first is the log.
fn write<const N: usize>(folder: &Path, files: &[(&str, String); N]) -> PathBuf {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }
    folder.join(files[0].0)
}

fn lines(records: impl IntoIterator<Item = Value>) -> String {
    records.into_iter().map(|record| format!("{record}\n")).collect()
}

const TIME: &str = "2026-03-01T10:00:00.000Z";

fn results_of_another_tool_than_that_of_the_calls_that_wait() {
    grows_evenly("pi", 3000, |folder, count| {
        let calls = (0..count).map(
            |n| json!({"type": "toolCall", "id": format!("c{n}"), "name": "a", "arguments": {}}),
        );
        let calls = json!({"role": "assistant", "model": "m", "provider": "p",
            "content": calls.collect::<Vec<_>>()});
        let result = json!({"role": "toolResult", "toolName": "b", "content": [{"type": "text", "text": "x"}]});
        let entry = |id: usize, message: &Value| {
            json!({"type": "message", "id": format!("m{id}"), "timestamp": TIME,
                "parentId": id.checked_sub(1).map(|before| format!("m{before}")), "message": message})
        };
        let head =
            json!({"type": "session", "version": 3, "id": "s", "timestamp": TIME, "cwd": "/a"});
        let results = (0..count).map(|n| entry(n + 1, &result));
        write(folder, &[("log.jsonl", lines([head, entry(0, &calls)].into_iter().chain(results)))])
    });
}

fn times_of_many_calls_of_one_tool() {
    grows_evenly("qwen-code", 3000, |folder, count| {
        let record = |id: String, kind: &str, key: &str, value: Value| {
            json!({"uuid": id, "sessionId": "s", "type": kind, "cwd": "/a", "timestamp": TIME,
                "subtype": (key == "systemPayload").then_some("ui_telemetry"), key: value})
        };
        let calls = (0..count)
            .map(|n| json!({"functionCall": {"id": format!("c{n}"), "name": "a", "args": {}}}));
        let calls = json!({"role": "model", "parts": calls.collect::<Vec<_>>()});
        let told = json!({"uiEvent": {"event.name": "qwen-code.tool_call", "function_name": "a",
            "duration_ms": 1}});
        let times =
            (0..count).map(|n| record(format!("t{n}"), "system", "systemPayload", told.clone()));
        let calls = record("c".to_owned(), "assistant", "message", calls);
        write(folder, &[("log.jsonl", lines([calls].into_iter().chain(times)))])
    });
}

fn records_with_one_id_and_many_contents() {
    grows_evenly("qwen-code", 10_000, |folder, count| {
        let records = (0..count).map(|n| {
            json!({"uuid": "u", "sessionId": "s", "type": "user", "cwd": "/a", "timestamp": TIME,
                "message": {"role": "user", "parts": [{"text": n.to_string()}]}})
        });
        write(folder, &[("log.jsonl", lines(records))])
    });
}

fn values_without_commas_before_much_white_space() {
    grows_evenly("cline", 2000, |folder, count| {
        let values = "1 ".repeat(count);
        let blank = " ".repeat(20 * count);
        let log = format!("[{{\"role\":\"user\",\"content\":\"hi\"}},{values}{blank},{{}}]");
        write(folder, &[("api_conversation_history.json", log)])
    });
}

fn states_of_calls_in_another_order_than_the_calls() {
    grows_evenly("continue", 2000, |folder, count| {
        let call = |n: usize| json!({"id": format!("c{n}"), "function": {"name": "ls"}});
        let state = |n: usize| json!({"toolCallId": format!("c{n}"), "status": "done"});
        let calls: Vec<Value> = (0..count).map(call).collect();
        let states: Vec<Value> = (0..count).rev().map(state).collect();
        let item = json!({"message": {"role": "assistant", "content": "", "toolCalls": calls},
            "contextItems": [], "toolCallStates": states});
        let log = json!({"sessionId": "s", "title": "t", "workspaceDirectory": "/a",
            "history": [item]});
        write(folder, &[("a.json", log.to_string())])
    });
}

fn results_of_many_calls_of_one_answer() {
    grows_evenly("cline", 8000, |folder, count| {
        let call = |n: usize| json!({"type": "tool_use", "id": format!("c{n}"), "name": "list_files", "input": {}});
        let result = |n: usize| json!({"type": "tool_result", "tool_use_id": format!("c{n}"), "content": "x"});
        let calls: Vec<Value> = (0..count).map(call).collect();
        let results: Vec<Value> = (0..count).rev().map(result).collect();
        let log = json!([{"role": "user", "content": "hi"}, {"role": "assistant", "content": calls},
            {"role": "user", "content": results}]);
        write(folder, &[("api_conversation_history.json", log.to_string())])
    });
}

fn what_the_screen_says_of_requests_edits_and_models() {
    grows_evenly("cline", 5000, |folder, count| {
        let messages = (0..count).map(|n| {
            let call = json!({"type": "tool_use", "id": format!("c{n}"), "name": "write_to_file",
                "input": {"path": "b", "content": "x"}});
            json!({"role": "assistant", "content": [call], "modelInfo": {"modelId": format!("m{n}")}})
        });
        let rows = (0..count).flat_map(|n| {
            let edit = json!({"tool": "editedExistingFile", "path": "a"}).to_string();
            let request = json!({"tokensIn": 1}).to_string();
            [
                json!({"ts": 5, "say": "tool", "text": edit, "modelInfo": {"modelId": n.to_string()}}),
                json!({"ts": 5, "say": "api_req_started", "text": request,
                    "conversationHistoryIndex": -50}),
            ]
        });
        let messages = Value::from_iter(messages);
        write(
            folder,
            &[
                ("api_conversation_history.json", messages.to_string()),
                ("ui_messages.json", Value::from_iter(rows).to_string()),
            ],
        )
    });
}

fn calls_whose_ends_are_mentioned_by_all_that_follow() {
    grows_evenly("cline", 2000, |folder, count| {
        let text = "<read_file><a>y</read_file>".repeat(count);
        let log =
            json!([{"role": "user", "content": "hi"}, {"role": "assistant", "content": text}]);
        write(folder, &[("api_conversation_history.json", log.to_string())])
    });
}

fn pairs_of_texts_for_many_files() {
    grows_evenly("copilot-cli", 5000, |folder, count| {
        let pair =
            |n: usize| json!({"filePath": format!("/a/{n}"), "oldString": "a", "newString": "b"});
        let pairs: Vec<Value> = (0..count).map(pair).collect();
        let call = json!({"toolCallId": "c", "toolName": "multi_replace_string_in_file",
            "arguments": {"replacements": pairs}});
        let result = json!({"toolCallId": "c", "success": true, "result": {"content": "x"}});
        let record =
            |kind: &str, data: Value| json!({"type": kind, "data": data, "timestamp": TIME});
        write(
            folder,
            &[(
                "log.jsonl",
                lines([
                    record("session.start", json!({"sessionId": "s", "version": 1})),
                    record("user.message", json!({"content": "x"})),
                    record("tool.execution_start", call),
                    record("tool.execution_complete", result),
                ]),
            )],
        )
    });
}

fn requests_taken_away_behind_lines_that_are_no_changes() {
    grows_evenly("vscode-copilot", 4000, |folder, count| {
        let request = |n: usize| json!({"requestId": format!("r{n}"), "message": {"text": "x"}});
        let requests: Vec<Value> = (0..count).map(request).collect();
        let head = json!({"kind": 0, "v": {"sessionId": "a", "requests": requests}});
        let odd = (0..count).map(|_| json!("x"));
        let gone = (0..count).rev().map(|n| json!({"kind": 2, "k": ["requests"], "v": [], "i": n}));
        write(folder, &[("a.jsonl", lines([head].into_iter().chain(odd).chain(gone)))])
    });
}

fn records_without_events_taken_back() {
    grows_evenly("kiro", 10_000, |folder, count| {
        let record = |kind: &str, data: Value| json!({"version": "v1", "kind": kind, "data": data});
        let prompt = json!({"content": [{"kind": "text", "data": "x"}]});
        let prompts = [record("Prompt", prompt.clone()), record("Prompt", prompt)];
        let silent = (0..count).map(|_| record("Compaction", json!({"summary": ""})));
        let back = (0..count).flat_map(|_| {
            [record("ResetTo", json!({"target_index": 2})), record("CancelledPrompt", json!({}))]
        });
        write(
            folder,
            &[("sessions/cli/a.jsonl", lines(prompts.into_iter().chain(silent).chain(back)))],
        )
    });
}

fn a_path_of_many_folders() {
    grows_evenly("gemini-cli", 4000, |folder, count| {
        let output = json!([{"functionResponse": {"response": {"output": "/a".repeat(count)}}}]);
        let call = json!({"id": "c", "name": "run_shell_command", "args": {}, "status": "success",
            "result": output});
        let head = json!({"sessionId": "s", "projectHash": "ab".repeat(32), "startTime": TIME});
        let answer = json!({"id": "g", "timestamp": TIME, "type": "gemini", "content": "",
            "toolCalls": [call]});
        write(folder, &[("log.jsonl", lines([head, answer]))])
    });
}

fn conversations_in_a_list_and_below_one() {
    grows_evenly("cursor", 2000, |folder, count| {
        let path = folder.join("state.vscdb");
        let mut database = Connection::open(&path).expect("a database can be made");
        let tables = "CREATE TABLE ItemTable (key TEXT UNIQUE, value BLOB); \
                      CREATE TABLE cursorDiskKV (key TEXT UNIQUE, value BLOB);";
        database.execute_batch(tables).expect("the statement is right");
        let rows = database.transaction().expect("it begins");
        let add = |table: &str, key: String, value: Value| {
            let sql = format!("INSERT INTO {table} VALUES (?1, ?2)");
            rows.execute(&sql, (key, value.to_string())).expect("the row can be written");
        };
        let id = |n: usize| format!("c{n}");
        let list: Vec<Value> = (0..count).map(|n| json!({"composerId": id(n)})).collect();
        add("ItemTable", "composer.composerHeaders".to_owned(), json!({"allComposers": list}));
        for n in 0..count {
            add("cursorDiskKV", format!("composerData:{}", id(n)), json!({"composerId": id(n)}));
        }
        let bubbles = json!([{"bubbleId": "b", "type": 1}]);
        let children = vec!["c0"; count];
        let above =
            json!({"subagentComposerIds": children, "fullConversationHeadersOnly": bubbles});
        add("cursorDiskKV", "composerData:a".to_owned(), above);
        add(
            "cursorDiskKV",
            "bubbleId:a:b".to_owned(),
            json!({"bubbleId": "b", "type": 1, "text": "x"}),
        );
        rows.commit().expect("it ends");
        path
    });
}
