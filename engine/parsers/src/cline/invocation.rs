//! Which events a tool call becomes.

use super::change;
use super::markup::inside;
use opensession_hail::{Block, EventType, title_from_prompt};
use serde_json::{Map, Value};

/// A tool call as events, before it is known what came of it.
#[derive(Debug)]
pub(super) struct Invocation {
    /// One, or one for each file, command or page.
    pub events: Vec<(EventType, Vec<Block>)>,
    /// `semantic.tool_kind`.
    pub kind: &'static str,
    pub sort: Sort,
    /// What the call says to the person.
    pub speech: Option<String>,
}

/// What sort of result a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Programs: they have exit codes.
    Program,
    /// Changes of files: a `ToolCall` where they fail.
    Change,
    /// A sub-task.
    Task,
    /// Words to the person: nothing will change the call.
    Speech,
    Other,
}

/// The parameters that a change consists of.
const CHANGED: [&str; 18] = [
    "path",
    "file_path",
    "target_file",
    "absolutePath",
    "content",
    "diff",
    "args",
    "old_string",
    "old_text",
    "old_str",
    "search",
    "new_string",
    "new_text",
    "new_str",
    "replace",
    "input",
    "patch",
    "start_line",
];

/// The ones among them that name the file.
const PATHS: [&str; 4] = ["path", "file_path", "target_file", "absolutePath"];

/// Returns what of the input of a change only its diff tells: all but the path.
pub(super) fn told_by_diff(mut input: Map<String, Value>) -> Map<String, Value> {
    input.retain(|key, _| CHANGED.contains(&key.as_str()) && !PATHS.contains(&key.as_str()));
    input
}

/// Returns the call of `name` with this input. Each key of the input is found in the events again.
pub(super) fn describe(name: &str, mut input: Map<String, Value>) -> Invocation {
    let changes = change::changes(name, &input);
    if !changes.is_empty() {
        // Nothing tells what was to change where the diff does not.
        let has_diffs = changes.iter().all(|it| it.action != change::Edit::Diff(String::new()));
        let mut events: Vec<_> = changes.into_iter().map(change::event).collect();
        let told = |key: &String| CHANGED.contains(&key.as_str());
        // A patch that moves a file says so nowhere else.
        let moves = |patch: &Value| patch.as_str().is_some_and(|text| text.contains("*** Move to"));
        input.retain(|key, value| {
            !told(key) || moves(value) || !(has_diffs || PATHS.contains(&key.as_str()))
        });
        if let Some((_, blocks)) = events.first_mut() {
            blocks.extend(json(input));
        }
        return Invocation { events, kind: "file_write", sort: Sort::Change, speech: None };
    }
    if let Some(key) = spoken(name) {
        let speech = take(&mut input, key);
        let event = tool_call(name, input);
        return Invocation { events: vec![event], kind: "other", sort: Sort::Speech, speech };
    }
    let kind = kind(name);
    let sort = match kind {
        "shell" => Sort::Program,
        "task" => Sort::Task,
        _ => Sort::Other,
    };
    let found = several(name, &input);
    let events = if found.is_empty() {
        match single(name, &mut input) {
            Some(event_type) => vec![(event_type, json(input))],
            None => vec![tool_call(name, input)],
        }
    } else {
        let mut events: Vec<_> = found.into_iter().map(|event| (event, Vec::new())).collect();
        if let Some((_, blocks)) = events.first_mut() {
            *blocks = json(input);
        }
        events
    };
    let is_task = matches!(events.first(), Some((EventType::TaskStart { .. }, _)));
    let sort = if sort == Sort::Task && !is_task { Sort::Other } else { sort };
    Invocation { events, kind, sort, speech: None }
}

/// Returns a call as it is where nothing more is known of it.
pub(super) fn tool_call(name: &str, input: Map<String, Value>) -> (EventType, Vec<Block>) {
    (EventType::ToolCall { name: name.to_owned() }, json(input))
}

/// Under which key a tool that speaks to the person holds its words.
fn spoken(name: &str) -> Option<&'static str> {
    match name {
        "attempt_completion" => Some("result"),
        "ask_followup_question" | "ask_question" => Some("question"),
        "plan_mode_respond" | "plan_mode_response" | "act_mode_respond" => Some("response"),
        "submit_and_exit" => Some("summary"),
        _ => None,
    }
}

/// The events of a call that names several things in a list.
fn several(name: &str, input: &Map<String, Value>) -> Vec<EventType> {
    let list = |key: &str| input.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let word = |item: &Value, key: &str| {
        item.as_str().or_else(|| item.get(key)?.as_str()).map(str::to_owned)
    };
    match name {
        "read_file" | "read_files" => {
            let args = input.get("args").and_then(Value::as_str).unwrap_or("");
            let in_args = inside(args, "path").into_iter().map(|path| path.trim().to_owned());
            let in_list = ["files", "file_paths", "paths"].into_iter().flat_map(list);
            in_args
                .chain(in_list.filter_map(|file| word(file, "path")))
                .map(|path| EventType::FileRead { path })
                .collect()
        }
        "run_commands" => list("commands")
            .iter()
            .filter_map(|command| {
                let line = word(command, "command")?;
                let args = command.get("args").and_then(Value::as_array);
                let args = args.into_iter().flatten().filter_map(Value::as_str);
                let command = std::iter::once(line.as_str()).chain(args).collect::<Vec<_>>();
                Some(EventType::ShellCommand { command: command.join(" "), exit_code: None })
            })
            .collect(),
        "search_codebase" => list("queries")
            .iter()
            .filter_map(|query| Some(EventType::CodeSearch { query: word(query, "query")? }))
            .collect(),
        "fetch_web_content" => list("requests")
            .iter()
            .filter_map(|request| Some(EventType::WebFetch { url: word(request, "url")? }))
            .collect(),
        _ => Vec::new(),
    }
}

/// The event of a call about one thing, which is taken out of the input.
fn single(name: &str, input: &mut Map<String, Value>) -> Option<EventType> {
    match name {
        "execute_command" | "run_command" | "bash" => take(input, "command")
            .map(|command| EventType::ShellCommand { command, exit_code: None }),
        "read_file" | "view_file" => ["path", "file_path", "absolutePath"]
            .into_iter()
            .find_map(|key| take(input, key))
            .map(|path| EventType::FileRead { path }),
        "search_files" | "grep" => ["regex", "pattern"]
            .into_iter()
            .find_map(|key| take(input, key))
            .map(|query| EventType::CodeSearch { query }),
        "codebase_search" => take(input, "query").map(|query| EventType::CodeSearch { query }),
        "list_files" => take(input, "path").map(|pattern| EventType::FileSearch { pattern }),
        "glob" => take(input, "pattern").map(|pattern| EventType::FileSearch { pattern }),
        "web_fetch" => take(input, "url").map(|url| EventType::WebFetch { url }),
        "web_search" => take(input, "query").map(|query| EventType::WebSearch { query }),
        "generate_image" => take(input, "prompt").map(|prompt| EventType::ImageGenerate { prompt }),
        "new_task" | "use_subagents" | "spawn_agent" => {
            let keys = ["message", "context", "task", "prompt", "prompt_1", "description"];
            let text = keys.iter().find_map(|key| input.get(*key)?.as_str());
            Some(EventType::TaskStart { title: text.and_then(title_from_prompt) })
        }
        _ => None,
    }
}

fn kind(name: &str) -> &'static str {
    match name {
        "execute_command" | "run_command" | "run_commands" | "bash" | "read_command_output" => {
            "shell"
        }
        "read_file" | "read_files" | "view_file" => "file_read",
        "write_to_file" | "replace_in_file" | "apply_diff" | "search_replace" | "edit_file"
        | "edit" | "editor" | "search_and_replace" | "insert_content" | "apply_patch"
        | "new_rule" | "write_file" => "file_write",
        "search_files"
        | "codebase_search"
        | "search_codebase"
        | "list_files"
        | "grep"
        | "glob"
        | "list_code_definition_names" => "search",
        "web_fetch" | "web_search" | "fetch_web_content" | "browser_action" => "web",
        "new_task" | "use_subagents" | "spawn_agent" => "task",
        _ => "other",
    }
}

fn json(rest: Map<String, Value>) -> Vec<Block> {
    if rest.is_empty() { Vec::new() } else { vec![Block::json(rest)] }
}

fn take(input: &mut Map<String, Value>, key: &str) -> Option<String> {
    if !input.get(key)?.is_string() {
        return None;
    }
    match input.remove(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, input: Value) -> Invocation {
        let Value::Object(input) = input else { panic!("{input}") };
        describe(name, input)
    }

    #[test]
    fn every_key_of_an_input_is_in_the_events() {
        let call = of("execute_command", json!({"command": "ls", "requires_approval": "false"}));
        let shell = EventType::ShellCommand { command: "ls".into(), exit_code: None };
        assert_eq!(
            call.events,
            [(shell, vec![Block::json(json!({"requires_approval": "false"}))])]
        );
        let call = of("attempt_completion", json!({"result": "Done.", "command": "open x"}));
        assert_eq!(call.speech.as_deref(), Some("Done."));
        assert_eq!(call.events[0].1, [Block::json(json!({"command": "open x"}))]);
        let call = of("read_file", json!({}));
        assert_eq!(call.events[0].0, EventType::ToolCall { name: "read_file".into() });
    }

    #[test]
    fn lists_and_tags_name_several_things() {
        let args = "<file><path>a</path></file><file><path> b </path></file>";
        let paths = ["a", "b"].map(|path| EventType::FileRead { path: path.into() });
        let found =
            |call: Invocation| call.events.into_iter().map(|event| event.0).collect::<Vec<_>>();
        assert_eq!(found(of("read_file", json!({"args": args}))), paths);
        assert_eq!(found(of("read_files", json!({"files": [{"path": "a"}, "b"]}))), paths);
        let commands = found(of(
            "run_commands",
            json!({"commands": ["x y", {"command": "z", "args": ["1"]}]}),
        ));
        let shell =
            |command: &str| EventType::ShellCommand { command: command.into(), exit_code: None };
        assert_eq!(commands, [shell("x y"), shell("z 1")]);
    }
}
