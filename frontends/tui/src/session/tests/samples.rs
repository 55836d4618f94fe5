//! Sessions to look at.

use super::*;

pub(super) fn event(id: &str, second: i64, event_type: EventType, text: &str) -> Event {
    let time = Timestamp::from_millis(1_771_491_600_000 + second * 1000).unwrap();
    let mut event = Event::new(EventId::new(id), time, event_type);
    if !text.is_empty() {
        event.content.blocks.push(Block::text(text));
    }
    event
}

pub(super) fn call(mut event: Event, id: &str) -> Event {
    event.attributes.set(attribute::CALL_ID, id);
    event
}

pub(super) fn result(id: &str, second: i64, call: &str, is_error: bool, text: &str) -> Event {
    let call_id = Some(call.to_owned());
    event(id, second, EventType::ToolResult { name: "tool".into(), is_error, call_id }, text)
}

pub(super) fn session(events: Vec<Event>) -> Session {
    let mut header = Header::new(SessionId::new("demo-0001").unwrap(), "claude-code", "anthropic");
    header.agent.model = "claude-opus".into();
    header.agent.tool_version = Some("2.1.0".into());
    header.context.title = Some("Fix the loop bound".into());
    header.context.created_at = events.first().map_or(Timestamp::EPOCH, |event| event.timestamp);
    header.context.attributes.set(attribute::CWD, "/home/robin/src/shop");
    header.context.attributes.set(attribute::GIT_BRANCH, "main");
    Session { header, events }
}

/// A session with every kind of event.
pub(super) fn every_kind() -> Vec<Session> {
    let shell =
        |command: &str, exit_code| EventType::ShellCommand { command: command.into(), exit_code };
    let edit = EventType::FileEdit {
        path: "/home/robin/src/shop/src/a.rs".into(),
        diff: Some("@@ -1,2 +1,2 @@\n fn all() {\n-for i in 0..=n {}\n+for i in 0..n {}\n".into()),
    };
    let mut create = event("e9", 70, EventType::FileCreate { path: "/tmp/한국어.py".into() }, "");
    create.content.blocks.push(Block::File {
        path: "/tmp/한국어.py".into(),
        content: Some("def f():\n\treturn \"값\"\n".into()),
    });
    let mut todo = event("e12", 72, EventType::ToolCall { name: "TodoWrite".into() }, "");
    let data: serde_json::Value =
        [("todos".to_owned(), serde_json::Value::from(vec!["a", "b"]))].into_iter().collect();
    todo.content.blocks.push(Block::json(data));
    let mut start =
        event("e14", 80, EventType::TaskStart { title: Some("Look around".into()) }, "");
    start.attributes.set(attribute::SUBAGENT_ID, "a1");
    start.task_id = Some("a1".into());
    let in_task = |mut event: Event| {
        event.task_id = Some("a1".into());
        event
    };
    let mut edited = call(event("e5", 22, edit, ""), "c2");
    edited.duration_ms = Some(12);
    let mut rewind = event("e24", 900, EventType::Custom { kind: "rewind".into() }, "");
    rewind.attributes.set(attribute::REWIND_TO, "e22");
    let events = vec![
        event("e0", 0, EventType::SystemMessage, "You are a careful assistant.\nSecond line"),
        event(
            "e1",
            0,
            EventType::UserMessage,
            "Fix the loop bound and run the tests.\n\n고쳐 주세요 🙂",
        ),
        event("e2", 4, EventType::Thinking, "one\ntwo\nthree"),
        event(
            "e3",
            5,
            EventType::AgentMessage,
            "I will look at **the loop** in `src/a.rs`:\n\n1. read it\n2. fix it\n\n```rust\nfor i in 0..=n {}\n```",
        ),
        call(
            event(
                "e4",
                6,
                EventType::FileRead { path: "/home/robin/src/shop/src/a.rs".into() },
                "",
            ),
            "c1",
        ),
        result("r1", 7, "c1", false, "fn all() {}\n"),
        edited,
        result("r2", 23, "c2", false, "done"),
        call(event("e6", 30, shell("cargo test -- --nocapture\ncargo fmt", Some(101)), ""), "c3"),
        result(
            "r3",
            55,
            "c3",
            true,
            "\u{1b}[31merror\u{1b}[0m: test failed\nline 2\nline 3\nline 4\nline 5\nline 6\nline 7\nline 8\nline 9\nline 10\nline 11\nline 12\nline 13\nline 14\nline 15\nline 16\nlast line",
        ),
        call(event("e7", 60, shell("cargo test", Some(0)), ""), "c4"),
        result("r4", 64, "c4", false, "\u{1b}[32mok\u{1b}[0m 12 passed"),
        create,
        event("e10", 71, EventType::CodeSearch { query: "bound".into() }, ""),
        event("e11", 71, EventType::WebFetch { url: "https://example.org/".into() }, ""),
        todo,
        event("e13", 73, EventType::FileDelete { path: "/tmp/old".into() }, ""),
        start,
        in_task(event("e15", 82, EventType::Thinking, "looking around")),
        in_task(event("e16", 83, EventType::FileSearch { pattern: "**/*.rs".into() }, "")),
        in_task(event("e17", 90, EventType::AgentMessage, "Nothing else is wrong.")),
        in_task(event(
            "e18",
            91,
            EventType::TaskEnd { summary: Some("ok".into()) },
            "Nothing else\nis wrong.",
        )),
        result("r9", 92, "gone", false, "alone\nin the world"),
        event(
            "e20",
            100,
            EventType::AgentMessage,
            "| what | 몇 개 |\n|---|---|\n| tests | 12 |\n| 오류 | 0 |\n\nDone.",
        ),
        event("e21", 101, EventType::Custom { kind: "compaction".into() }, ""),
        event("e22", 800, EventType::UserMessage, "Now break it again"),
        event("e23", 810, EventType::AgentMessage, "No."),
        rewind,
        event("e25", 901, EventType::UserMessage, "Thanks \u{1b}]0;x\u{7}👩\u{200d}💻"),
    ];
    vec![session(events)]
}
