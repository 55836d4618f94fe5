//! What of an event can be found: who wrote which text.
//!
//! Messages, thinking, commands, paths, queries and changed lines are taken whole. What tools printed would be most of
//! the index, so only its beginning and its end are taken, more of it where the tool failed.

use crate::Role;
use opensession_hail::{Block, ChangedLine, Event, EventType, changed_lines};
use serde_json::Value;

/// Of what a tool printed, so many bytes of the beginning and of the end.
const OUTPUT: (usize, usize) = (512, 256);
/// Of what a tool printed that failed.
const FAILURE: (usize, usize) = (2048, 2048);
/// Of what a program put into the conversation: instructions, summaries, inputs of unknown tools.
const INJECTED: (usize, usize) = (4096, 1024);
/// Of what was written, where that is a whole file.
const WRITTEN: (usize, usize) = (65_536, 4096);

/// Passes the texts of an event by which it can be found to `each`, with who wrote them.
pub(crate) fn each_text(event: &Event, each: &mut dyn FnMut(Role, &str)) {
    match &event.event_type {
        EventType::UserMessage => {
            for block in &event.content.blocks {
                match block {
                    Block::File { path, content } => {
                        each(Role::User, path);
                        ends(content.as_deref().unwrap_or(""), INJECTED, Role::User, each);
                    }
                    block => each(Role::User, block.as_text().unwrap_or("")),
                }
            }
        }
        EventType::AgentMessage | EventType::Thinking => {
            blocks(event, (usize::MAX, 0), Role::Assistant, each);
        }
        EventType::Custom { .. } => {}
        kind => {
            let role = Role::Tool;
            for word in named(kind) {
                ends(word, WRITTEN, role, each);
            }
            match kind {
                EventType::FileEdit { diff, .. } => {
                    // The lines of a change stand together, so that a phrase over two of them is found.
                    let mut changed = String::new();
                    changed_lines(diff.as_deref().unwrap_or(""), |line| match line {
                        ChangedLine::Added(line) | ChangedLine::Removed(line) => {
                            changed.push_str(line);
                            changed.push('\n');
                        }
                        ChangedLine::Hunk | ChangedLine::Kept(_) => {}
                    });
                    each(role, &changed);
                }
                EventType::FileCreate { .. } => blocks(event, WRITTEN, role, each),
                EventType::ToolResult { is_error: true, .. } => blocks(event, FAILURE, role, each),
                EventType::ToolCall { .. } => {
                    for block in &event.content.blocks {
                        match block {
                            Block::Json { data } => strings(data, role, each),
                            block => ends(block.as_text().unwrap_or(""), INJECTED, role, each),
                        }
                    }
                }
                EventType::SystemMessage
                | EventType::TaskStart { .. }
                | EventType::TaskEnd { .. } => blocks(event, INJECTED, role, each),
                _ => blocks(event, OUTPUT, role, each),
            }
        }
    }
}

/// Returns what the type of an event says in words.
fn named(kind: &EventType) -> impl Iterator<Item = &str> {
    let word = match kind {
        EventType::ToolCall { name: word }
        | EventType::FileRead { path: word }
        | EventType::CodeSearch { query: word }
        | EventType::FileSearch { pattern: word }
        | EventType::FileEdit { path: word, .. }
        | EventType::FileCreate { path: word }
        | EventType::FileDelete { path: word }
        | EventType::ShellCommand { command: word, .. }
        | EventType::ImageGenerate { prompt: word }
        | EventType::VideoGenerate { prompt: word }
        | EventType::AudioGenerate { prompt: word }
        | EventType::WebSearch { query: word }
        | EventType::WebFetch { url: word } => Some(word),
        EventType::TaskStart { title: word } | EventType::TaskEnd { summary: word } => {
            word.as_ref()
        }
        _ => None,
    };
    word.map(String::as_str).into_iter()
}

fn blocks(event: &Event, most: (usize, usize), role: Role, each: &mut dyn FnMut(Role, &str)) {
    for text in event.content.blocks.iter().filter_map(Block::as_text) {
        ends(text, most, role, each);
    }
}

/// Passes the texts in a JSON value on, not the names of its members.
fn strings(value: &Value, role: Role, each: &mut dyn FnMut(Role, &str)) {
    match value {
        Value::String(text) => ends(text, INJECTED, role, each),
        Value::Array(items) => items.iter().for_each(|item| strings(item, role, each)),
        Value::Object(members) => members.values().for_each(|item| strings(item, role, each)),
        _ => {}
    }
}

/// Passes `text` on, or so much of its beginning and its end, cut between lines or words where there are any.
fn ends(text: &str, (head, tail): (usize, usize), role: Role, each: &mut dyn FnMut(Role, &str)) {
    if text.len() <= head.saturating_add(tail) {
        if !text.is_empty() {
            each(role, text);
        }
        return;
    }
    let head = text.get(..text.floor_char_boundary(head)).unwrap_or(text);
    let head = head.rfind(char::is_whitespace).and_then(|at| head.get(..at)).unwrap_or(head);
    let tail = text.get(text.ceil_char_boundary(text.len() - tail)..).unwrap_or("");
    let tail = tail.find(char::is_whitespace).and_then(|at| tail.get(at..)).unwrap_or(tail);
    each(role, head);
    each(role, tail);
}

#[cfg(test)]
mod tests {
    use super::*;
    use opensession_hail::{EventId, Timestamp};

    fn texts(kind: EventType, blocks: Vec<Block>) -> Vec<(Role, String)> {
        let mut event = Event::new(EventId::new("e"), Timestamp::EPOCH, kind);
        event.content.blocks = blocks;
        let mut found = Vec::new();
        each_text(&event, &mut |role, text| found.push((role, text.to_owned())));
        found
    }

    #[test]
    fn of_long_output_the_ends_are_taken_and_of_an_edit_what_changed() {
        let long = format!("first {} last", "middle ".repeat(1000));
        let result =
            |is_error| EventType::ToolResult { name: "sh".into(), is_error, call_id: None };
        let found = texts(result(false), vec![Block::text(&*long)]);
        assert_eq!(found.len(), 2);
        assert!(found[0].1.starts_with("first middle") && found[1].1.ends_with("middle  last"));
        assert!(found.iter().all(|(role, text)| *role == Role::Tool && text.len() <= 512));
        let failed = texts(result(true), vec![Block::text(&*long)]);
        assert!(failed[0].1.len() > 2000);
        let diff = "@@ -1,2 +1,2 @@\n same\n-old line\n+new line\n".to_owned();
        let edit = EventType::FileEdit { path: "src/a.rs".into(), diff: Some(diff) };
        let found: Vec<String> = texts(edit, vec![]).into_iter().map(|(_, text)| text).collect();
        assert_eq!(found, ["src/a.rs", "old line\nnew line\n"]);
        let call = EventType::ToolCall { name: "deploy".into() };
        let input = serde_json::json!({"target": {"name": "staging"}, "n": 3});
        let found = texts(call, vec![Block::json(input)]);
        assert_eq!(found, [(Role::Tool, "deploy".to_owned()), (Role::Tool, "staging".to_owned())]);
    }
}
