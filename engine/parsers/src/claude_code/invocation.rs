//! What a tool call is in HAIL, from the tool's name and its input.

use opensession_hail::{Block, EventType};
use serde_json::{Map, Value};

/// A tool call as it stands before its result is known.
#[derive(Debug)]
pub(super) struct Invocation {
    pub event_type: EventType,
    /// What of the input is not in the event type.
    pub blocks: Vec<Block>,
    /// `semantic.tool_kind`.
    pub kind: &'static str,
}

/// Returns the invocation of the tool `name`.
///
/// An edit is a `ToolCall` with its whole input until its result says that the file has changed; see
/// [`super::outcome`]. A call that lacks what its event type must hold is a `ToolCall` too.
pub(super) fn describe(name: &str, input: Value) -> Invocation {
    let kind = kind(name);
    let mut input = match input {
        Value::Object(input) => input,
        Value::Null => Map::new(),
        other => return tool_call(name, kind, vec![Block::json(other)]),
    };
    let event_type = match name {
        "Bash" | "PowerShell" => take(&mut input, "command")
            .map(|command| EventType::ShellCommand { command, exit_code: None }),
        "Read" => take(&mut input, "file_path").map(|path| EventType::FileRead { path }),
        "NotebookRead" => {
            take(&mut input, "notebook_path").map(|path| EventType::FileRead { path })
        }
        "Grep" => take(&mut input, "pattern").map(|query| EventType::CodeSearch { query }),
        "Glob" => take(&mut input, "pattern").map(|pattern| EventType::FileSearch { pattern }),
        "LS" => take(&mut input, "path").map(|pattern| EventType::FileSearch { pattern }),
        "WebSearch" | "web_search" => {
            take(&mut input, "query").map(|query| EventType::WebSearch { query })
        }
        "WebFetch" | "web_fetch" => take(&mut input, "url").map(|url| EventType::WebFetch { url }),
        "Task" | "Agent" => Some(EventType::TaskStart { title: take(&mut input, "description") }),
        _ => None,
    };
    let blocks = json_block(input);
    match event_type {
        Some(event_type) => Invocation { event_type, blocks, kind },
        None => tool_call(name, kind, blocks),
    }
}

/// Returns the key under which an editing tool's input names the file, or `None` for other tools.
pub(super) fn edited_path_key(name: &str) -> Option<&'static str> {
    match name {
        "Edit" | "MultiEdit" | "Write" => Some("file_path"),
        "NotebookEdit" => Some("notebook_path"),
        _ => None,
    }
}

/// Returns one block with what is in `members`, or none where there is nothing.
pub(super) fn json_block(members: Map<String, Value>) -> Vec<Block> {
    if members.is_empty() { Vec::new() } else { vec![Block::json(members)] }
}

/// Removes the text `key` from `input` and returns it; anything but a text stays where it is.
pub(super) fn take(input: &mut Map<String, Value>, key: &str) -> Option<String> {
    if !input.get(key)?.is_string() {
        return None;
    }
    match input.remove(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn tool_call(name: &str, kind: &'static str, blocks: Vec<Block>) -> Invocation {
    Invocation { event_type: EventType::ToolCall { name: name.to_owned() }, blocks, kind }
}

fn kind(name: &str) -> &'static str {
    match name {
        "Read" | "NotebookRead" => "file_read",
        "Edit" | "MultiEdit" | "Write" | "NotebookEdit" => "file_write",
        "Bash" | "PowerShell" | "BashOutput" | "KillShell" | "KillBash" => "shell",
        "Grep" | "Glob" | "LS" | "LSP" | "ToolSearch" => "search",
        "WebSearch" | "WebFetch" | "web_search" | "web_fetch" => "web",
        "Task" | "Agent" | "TaskOutput" | "AgentOutputTool" | "TaskStop" => "task",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_input_key_is_in_the_event_type_or_in_the_json_block() {
        let call = describe("Bash", json!({"command": "ls", "timeout": 9}));
        let shell = EventType::ShellCommand { command: "ls".into(), exit_code: None };
        assert_eq!(call.event_type, shell);
        assert_eq!(call.blocks, [Block::json(json!({"timeout": 9}))]);
        assert!(describe("Bash", json!({"command": "ls"})).blocks.is_empty());
    }

    #[test]
    fn a_call_without_what_its_type_needs_is_a_tool_call_with_all_it_has() {
        for input in [json!({"command": ["ls"]}), json!({}), json!("ls"), json!(null)] {
            let call = describe("Bash", input.clone());
            assert_eq!(call.event_type, EventType::ToolCall { name: "Bash".into() });
            let kept: Vec<Value> = call
                .blocks
                .iter()
                .map(|block| match block {
                    Block::Json { data } => data.clone(),
                    _ => Value::Null,
                })
                .collect();
            let expected: Vec<Value> = Some(input)
                .filter(|input| !(input.is_null() || *input == json!({})))
                .into_iter()
                .collect();
            assert_eq!(kept, expected);
        }
    }
}
