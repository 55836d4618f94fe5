//! Which events a tool call becomes.

use super::patch::{self, FileChange};
use super::shell::command_line;
use opensession_hail::{Block, EventType, title_from_prompt};
use serde_json::{Map, Value};

/// What sort of result a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// A program: it has an exit code.
    Program,
    /// A patch: one event for each file, or a single `ToolCall` where it failed.
    Patch,
    /// A sub-agent's start.
    Task,
    Other,
}

/// A tool call as events, before it is known what came of it.
#[derive(Debug)]
pub(super) struct Invocation {
    /// One, or one for each file of a patch.
    pub events: Vec<(EventType, Vec<Block>)>,
    pub sort: Sort,
    /// `semantic.tool_kind`.
    pub kind: &'static str,
    /// The whole input of a patch, for the case that it fails.
    pub input: Option<Map<String, Value>>,
}

impl Invocation {
    /// Returns the call of `name` with this input. Each key of the input is found in the events again.
    pub(super) fn of(name: &str, mut input: Map<String, Value>) -> Self {
        // A name may stand in a space: `multi_agent.spawn_agent`.
        let plain = match name.rsplit_once('.') {
            Some((_, plain)) if name != "container.exec" => plain,
            _ => name,
        };
        match plain {
            "exec_command" | "shell" | "shell_command" | "local_shell" | "unified_exec"
            | "container.exec" => Self::of_program(name, input),
            "apply_patch" => Self::of_patch(name, input),
            "write_stdin" => Self::tool_call(name, input, Sort::Program, "shell"),
            "view_image" => match take_text(&mut input, "path") {
                Some(path) => Self::single(EventType::FileRead { path }, input, "file_read"),
                None => Self::tool_call(name, input, Sort::Other, "file_read"),
            },
            "spawn_agent" => Self {
                sort: Sort::Task,
                ..Self::single(EventType::TaskStart { title: task_title(&input) }, input, "task")
            },
            "wait_agent" | "close_agent" | "resume_agent" | "send_input" | "wait" => {
                Self::tool_call(name, input, Sort::Other, "task")
            }
            _ => Self::tool_call(name, input, Sort::Other, "other"),
        }
    }

    /// Returns a web search, or the look at a page that it found. Either may be given without saying what it was for.
    pub(super) fn of_web(mut action: Map<String, Value>, query: Option<String>) -> Self {
        action.remove("type");
        action.retain(|_, value| !value.is_null());
        let event_type = match take_text(&mut action, "url") {
            Some(url) => EventType::WebFetch { url },
            None => {
                let first = |queries: &Value| queries.get(0)?.as_str().map(str::to_owned);
                let listed = action.get("queries").and_then(first);
                let query = take_text(&mut action, "query").or(query).or(listed);
                let query = query.unwrap_or_default();
                let alone = Value::from(vec![query.as_str()]);
                if action.get("queries") == Some(&alone) {
                    action.remove("queries");
                }
                EventType::WebSearch { query }
            }
        };
        Self::single(event_type, action, "web")
    }

    /// Returns a call that failed to change files: a `ToolCall`, because it changed none.
    pub(super) fn of_failed(name: &str, input: Map<String, Value>) -> (EventType, Vec<Block>) {
        let name = name.to_owned();
        (EventType::ToolCall { name }, json(input))
    }

    /// Returns the events of file changes that a record reports by path, without a patch.
    pub(super) fn of_changes(changes: Vec<FileChange>) -> Vec<(EventType, Vec<Block>)> {
        changes.into_iter().map(FileChange::into_event).collect()
    }

    fn of_program(name: &str, mut input: Map<String, Value>) -> Self {
        let key = ["command", "cmd"].into_iter().find(|key| input.contains_key(*key));
        let Some((key, command)) = key.and_then(|key| Some((key, command_line(input.get(key)?)?)))
        else {
            return Self::tool_call(name, input, Sort::Program, "shell");
        };
        if let Some(changes) = patch::in_command(&command).and_then(patch::changes) {
            // Paths are relative to the folder that a `cd` before the patch names.
            let first = command.lines().next().unwrap_or("");
            let folder = first.split_once("&&").map(|(cd, _)| cd.trim());
            return Self::of_changed_files(changes, key, input, folder);
        }
        input.remove(key);
        Self {
            sort: Sort::Program,
            ..Self::single(EventType::ShellCommand { command, exit_code: None }, input, "shell")
        }
    }

    fn of_patch(name: &str, input: Map<String, Value>) -> Self {
        let found = ["input", "patch"].into_iter().find_map(|key| {
            let changes = patch::changes(input.get(key)?.as_str()?)?;
            Some((key, changes))
        });
        match found {
            Some((key, changes)) => Self::of_changed_files(changes, key, input, None),
            None => Self::tool_call(name, input, Sort::Other, "file_write"),
        }
    }

    /// Returns the events of a patch that stands under `key` of the input; of that, only `left` is left.
    fn of_changed_files(
        changes: Vec<FileChange>,
        key: &str,
        input: Map<String, Value>,
        left: Option<&str>,
    ) -> Self {
        let mut rest = input.clone();
        rest.remove(key);
        rest.extend(left.map(|left| (key.to_owned(), left.into())));
        let mut events = Self::of_changes(changes);
        if let Some((_, blocks)) = events.first_mut() {
            blocks.extend(json(rest));
        }
        Self { events, sort: Sort::Patch, kind: "file_write", input: Some(input) }
    }

    fn tool_call(name: &str, input: Map<String, Value>, sort: Sort, kind: &'static str) -> Self {
        let name = name.to_owned();
        Self { sort, ..Self::single(EventType::ToolCall { name }, input, kind) }
    }

    fn single(event_type: EventType, input: Map<String, Value>, kind: &'static str) -> Self {
        Self { events: vec![(event_type, json(input))], sort: Sort::Other, kind, input: None }
    }
}

fn json(rest: Map<String, Value>) -> Vec<Block> {
    if rest.is_empty() { Vec::new() } else { vec![Block::json(rest)] }
}

fn take_text(input: &mut Map<String, Value>, key: &str) -> Option<String> {
    match input.remove(key) {
        Some(Value::String(text)) => Some(text),
        Some(other) => {
            input.insert(key.to_owned(), other);
            None
        }
        None => None,
    }
}

fn task_title(input: &Map<String, Value>) -> Option<String> {
    let text = ["task_name", "message", "prompt"].iter().find_map(|key| input.get(*key)?.as_str());
    text.and_then(title_from_prompt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, input: Value) -> (EventType, Vec<Block>) {
        let Value::Object(input) = input else { panic!("{input}") };
        Invocation::of(name, input).events.remove(0)
    }

    #[test]
    fn every_key_of_an_input_is_in_the_event() {
        let (event_type, blocks) =
            of("exec_command", json!({"cmd": "ls", "workdir": "/src", "yield_time_ms": 1}));
        let ShellCommand { command } = shell_command(event_type);
        assert_eq!(command, "ls");
        assert_eq!(blocks, [Block::json(json!({"workdir": "/src", "yield_time_ms": 1}))]);
        let (event_type, blocks) = of("update_plan", json!({"plan": []}));
        assert_eq!(event_type, EventType::ToolCall { name: "update_plan".into() });
        assert_eq!(blocks, [Block::json(json!({"plan": []}))]);
        let (event_type, _) = of("agents.spawn_agent", json!({"message": "Look\ninto it"}));
        let title = Some("Look into it".to_owned());
        assert_eq!(event_type, EventType::TaskStart { title });
    }

    #[test]
    fn a_patch_in_a_command_keeps_its_folder() {
        let patch = "*** Begin Patch\n*** Add File: a\n+x\n*** End Patch";
        let command = format!("cd lib && apply_patch <<'EOF'\n{patch}\nEOF");
        let (event_type, blocks) =
            of("shell_command", json!({"command": command, "workdir": "/src"}));
        assert_eq!(event_type, EventType::FileCreate { path: "a".into() });
        assert_eq!(
            blocks.last(),
            Some(&Block::json(json!({"command": "cd lib", "workdir": "/src"})))
        );
    }

    struct ShellCommand {
        command: String,
    }

    fn shell_command(event_type: EventType) -> ShellCommand {
        match event_type {
            EventType::ShellCommand { command, .. } => ShellCommand { command },
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_search_takes_its_query_and_a_page_its_address() {
        let web = |action: Value, query: Option<&str>| {
            let Value::Object(action) = action else { panic!("{action}") };
            Invocation::of_web(action, query.map(str::to_owned)).events.remove(0)
        };
        let query = |text: &str| EventType::WebSearch { query: text.into() };
        assert_eq!(
            web(json!({"type":"search","query":"a","queries":["a"],"url":null}), None),
            (query("a"), vec![])
        );
        assert_eq!(
            web(json!({"queries":["a","b"]}), None),
            (query("a"), vec![Block::json(json!({"queries":["a","b"]}))])
        );
        assert_eq!(web(json!({}), None), (query(""), vec![]));
        assert_eq!(
            web(json!({"type":"find_in_page","url":"https://x.example","pattern":"p"}), None),
            (
                EventType::WebFetch { url: "https://x.example".into() },
                vec![Block::json(json!({"pattern":"p"}))]
            )
        );
    }
}
