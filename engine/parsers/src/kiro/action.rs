//! Which event a tool call becomes, for the tools of the command line, of Amazon Q and of the editor.

use crate::diff::{self, Hunk, from_hunks};
use crate::session::{Action, Outcome, take_command, take_text, title};
use opensession_hail::EventType;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The keys under which tools take a path.
const PATHS: [&str; 6] = ["path", "targetFile", "filePath", "file_path", "file", "sourcePath"];

/// The keys of the texts of an edit.
const CONTENTS: [&str; 3] = ["content", "file_text", "text"];
const OLD: [&str; 3] = ["oldStr", "old_str", "oldString"];
const NEW: [&str; 3] = ["newStr", "new_str", "newString"];

/// Returns the file that a call works on.
pub(super) fn path(input: &Map<String, Value>) -> Option<&str> {
    let own = PATHS.iter().find_map(|key| input.get(*key)?.as_str());
    own.or_else(|| {
        let first = input.get("operations")?.as_array()?.first()?;
        PATHS.iter().find_map(|key| first.get(*key)?.as_str())
    })
}

/// Returns whether a call only looks at the file.
pub(super) fn is_read(name: &str) -> bool {
    matches!(
        name,
        "read" | "fs_read" | "read_file" | "readFile" | "readCode" | "read_code" | "read_files"
    )
}

/// Says what a call is. Without an outcome, or with one that failed, no file was changed.
pub(super) fn describe(
    name: &str,
    mut input: Map<String, Value>,
    outcome: Option<&Outcome>,
) -> Action {
    let kind = kind(name);
    let has_failed = outcome.is_some_and(|outcome| outcome.is_error);
    let taken = match name {
        "shell" | "bash" | "execute_bash" | "execute_cmd" | "execute_pwsh" | "executeBash"
        | "executePwsh" | "run_command" | "runCommand" => {
            take_command(&mut input, &["command"], outcome)
        }
        _ if is_read(name) => return read(name, input),
        "glob" | "file_search" | "fileSearch" => take_text(&mut input, &["pattern", "query"])
            .map(|pattern| EventType::FileSearch { pattern }),
        "grep" | "grep_search" | "grepSearch" | "code_search" | "search" => {
            take_text(&mut input, &["pattern", "query"])
                .map(|query| EventType::CodeSearch { query })
        }
        "web_search" | "remote_web_search" | "webSearch" => {
            take_text(&mut input, &["query"]).map(|query| EventType::WebSearch { query })
        }
        "web_fetch" | "webFetch" => {
            take_text(&mut input, &["url"]).map(|url| EventType::WebFetch { url })
        }
        _ if kind == "task" && !has_failed && !is_list(&input) => {
            Some(EventType::TaskStart { title: task(&input) })
        }
        _ if kind == "file_write" => {
            return match outcome.filter(|_| !has_failed) {
                Some(outcome) => write(name, input, outcome),
                None => Action::plain(name, input, kind),
            };
        }
        _ => None,
    };
    match taken {
        Some(event_type) => Action::one(event_type, input, kind),
        None => Action::plain(name, input, kind),
    }
}

fn kind(name: &str) -> &'static str {
    match name {
        "shell" | "bash" | "execute_bash" | "execute_cmd" | "execute_pwsh" | "executeBash"
        | "executePwsh" | "run_command" | "runCommand" => "shell",
        _ if is_read(name) => "file_read",
        "write" | "fs_write" | "edit" | "str_replace" | "strReplace" | "fs_append" | "fsWrite"
        | "fsAppend" | "create" | "create_file" | "append_file" | "replace" | "append"
        | "delete_file" | "deleteFile" | "delete" => "file_write",
        "glob" | "file_search" | "fileSearch" | "grep" | "grep_search" | "grepSearch"
        | "code_search" | "list_directory" | "listDirectory" | "ls" | "search" => "search",
        "web_search" | "remote_web_search" | "webSearch" | "web_fetch" | "webFetch" => "web",
        "use_subagent" | "subagent" | "agent_crew" | "delegate" | "invoke_sub_agent"
        | "invokeSubAgent" | "sub_agent" => "task",
        _ => "other",
    }
}

/// One tool reads files, lists folders and searches: its modes say which.
fn read(name: &str, mut input: Map<String, Value>) -> Action {
    let operations = input.get("operations").and_then(Value::as_array);
    let first = operations.and_then(|list| list.first()).and_then(Value::as_object);
    let text = |key: &str| {
        let own = first.unwrap_or(&input).get(key)?;
        own.as_str().map(str::to_owned)
    };
    let event_type = match text("mode").as_deref() {
        Some("Search") => text("pattern").map(|query| EventType::CodeSearch { query }),
        Some("Directory") => None,
        _ => path(&input).map(|path| EventType::FileRead { path: path.to_owned() }),
    };
    let Some(event_type) = event_type else { return Action::plain(name, input, "file_read") };
    if first.is_none() {
        take_text(&mut input, &PATHS);
    }
    Action::one(event_type, input, "file_read")
}

/// A call that changed a file.
fn write(name: &str, mut input: Map<String, Value>, outcome: &Outcome) -> Action {
    let kind = "file_write";
    let Some(path) = path(&input).map(str::to_owned) else {
        return Action::plain(name, input, kind);
    };
    let command = take_text(&mut input, &["command"]).unwrap_or_else(|| name.to_owned());
    take_text(&mut input, &PATHS);
    if outcome.diff.is_some() {
        return Action::edit(path, outcome.diff.clone(), input, kind);
    }
    match command.as_str() {
        "delete_file" | "deleteFile" | "delete" => {
            Action::one(EventType::FileDelete { path }, input, kind)
        }
        "str_replace" | "strReplace" | "replace" | "edit" => {
            let text = |keys: &[&str]| keys.iter().find_map(|key| input.get(*key)?.as_str());
            let (old, new) = (text(&OLD).unwrap_or(""), text(&NEW).unwrap_or(""));
            Action::edit(path, Some(diff::between(old, new)), input, kind)
        }
        "insert" | "append" | "fs_append" | "fsAppend" | "append_file" => {
            let keys = [CONTENTS.as_slice(), NEW.as_slice()].concat();
            let text = keys.iter().find_map(|key| input.get(*key)?.as_str()).unwrap_or("");
            let lines = ["insertLine", "insert_line"];
            let line = lines.iter().find_map(|key| input.get(*key)?.as_u64()).unwrap_or(0);
            let diff = Some(insertion(text, line));
            Action::edit(path, diff, input, kind)
        }
        _ => {
            let content = take_text(&mut input, &CONTENTS);
            let created = Action::create(path.clone(), content, input, kind);
            if outcome.is_new_file != Some(false) {
                return created;
            }
            // The whole of a file that was there before: nobody tells what it held.
            let events = created.events.into_iter();
            let events = events.map(|(_, blocks)| {
                (EventType::FileEdit { path: path.clone(), diff: None }, blocks)
            });
            Action { events: events.collect(), kind }
        }
    }
}

fn insertion(text: &str, line: u64) -> String {
    if text.is_empty() {
        return String::new();
    }
    let lines: Vec<Cow<'_, str>> = text.lines().map(|line| format!("+{line}").into()).collect();
    let new_lines = lines.len() as u64;
    from_hunks(&[Hunk { old_start: line, old_lines: 0, new_start: line + 1, new_lines, lines }])
}

/// Returns whether the call asks which sub-agents there are.
fn is_list(input: &Map<String, Value>) -> bool {
    let command = input.get("command").and_then(Value::as_str);
    matches!(command, Some("ListAgents" | "list_agents" | "status" | "list"))
}

fn task(input: &Map<String, Value>) -> Option<String> {
    let keys = ["query", "task", "prompt", "description", "name"];
    let inner = input.get("content").unwrap_or(&Value::Null);
    let lists = [input.get("subagents"), inner.get("subagents"), input.get("stages")];
    let first = lists.into_iter().flatten().find_map(|list| list.as_array()?.first()?.as_object());
    first.and_then(|first| title(first, &keys)).or_else(|| title(input, &keys))
}

#[cfg(test)]
mod tests {
    use super::*;
    use opensession_hail::Block;
    use serde_json::json;

    fn of(name: &str, input: Value) -> Vec<(EventType, Vec<Block>)> {
        let Value::Object(input) = input else { panic!("{input}") };
        describe(name, input, Some(&Outcome::default())).events
    }

    #[test]
    fn edits_of_every_tool_have_their_diffs() {
        let diff = |name: &str, input: Value| match of(name, input).remove(0).0 {
            EventType::FileEdit { diff, .. } => diff,
            other => panic!("{other:?}"),
        };
        let replaced = Some("@@ -1 +1 @@\n-a\n+b\n".to_owned());
        let cases = [
            ("write", json!({"command": "strReplace", "path": "x", "oldStr": "a", "newStr": "b"})),
            (
                "fs_write",
                json!({"command": "str_replace", "path": "x", "old_str": "a", "new_str": "b"}),
            ),
            ("str_replace", json!({"path": "x", "oldStr": "a", "newStr": "b"})),
        ];
        for (name, input) in cases {
            assert_eq!(diff(name, input), replaced, "{name}");
        }
        let inserted = diff(
            "write",
            json!({"command": "insert", "path": "x", "content": "a\nb\n", "insertLine": 4}),
        );
        assert_eq!(inserted.as_deref(), Some("@@ -4,0 +5,2 @@\n+a\n+b\n"));
        let created = EventType::FileCreate { path: "x".into() };
        for input in [
            json!({"command": "create", "path": "x", "file_text": "a"}),
            json!({"path": "x", "text": "a"}),
        ] {
            let file = Block::File { path: "x".into(), content: Some("a".into()) };
            assert_eq!(of("fs_write", input), [(created.clone(), vec![file])]);
        }
        let deleted = of("delete_file", json!({"targetFile": "x"}));
        assert_eq!(deleted[0].0, EventType::FileDelete { path: "x".into() });
    }

    #[test]
    fn one_tool_reads_lists_and_searches() {
        let first = |input: Value| of("fs_read", input).remove(0).0;
        let read = EventType::FileRead { path: "a".into() };
        assert_eq!(first(json!({"path": "a", "mode": "Line"})), read);
        assert_eq!(first(json!({"operations": [{"mode": "Line", "path": "a"}]})), read);
        assert_eq!(
            first(json!({"operations": [{"mode": "Search", "path": "a", "pattern": "b"}]})),
            EventType::CodeSearch { query: "b".into() }
        );
        let listed = first(json!({"operations": [{"mode": "Directory", "path": "a"}]}));
        assert_eq!(listed, EventType::ToolCall { name: "fs_read".into() });
    }
}
