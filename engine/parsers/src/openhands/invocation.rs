//! Which event a tool call becomes. Tools are called the same in V1 and before; what classic events call an action
//! stands for the tool where the model called none.

use super::editing;
use crate::session::{Action, Outcome, take_text, title};
use opensession_hail::EventType;
use serde_json::{Map, Value};

/// The keys under which a sub-agent is told what to do.
const TITLE_KEYS: [&str; 4] = ["description", "task", "prompt", "title"];

/// Says what a call is.
pub(super) fn describe(
    name: &str,
    mut input: Map<String, Value>,
    outcome: Option<&Outcome>,
) -> Action {
    let kind = kind(name);
    if kind == "file_write" {
        return editing::describe(name, input, outcome);
    }
    let taken = match name {
        "terminal" | "execute_bash" | "bash" | "run" | "acp_execute" => {
            let code = outcome.and_then(|outcome| outcome.exit_code);
            let is_input = ["true", "True"]
                .contains(&input.get("is_input").and_then(Value::as_str).unwrap_or(""))
                || input.get("is_input") == Some(&Value::Bool(true));
            let command = if is_input { None } else { command(&mut input) };
            command.map(|command| EventType::ShellCommand { command, exit_code: code })
        }
        "read" | "read_file" | "view_file" | "acp_read" => {
            path(&mut input).map(|path| EventType::FileRead { path })
        }
        "glob" => {
            take_text(&mut input, &["pattern"]).map(|pattern| EventType::FileSearch { pattern })
        }
        "grep" | "acp_search" => take_text(&mut input, &["pattern", "query"])
            .map(|query| EventType::CodeSearch { query }),
        "browse" | "browser_navigate" | "fetch" | "acp_fetch" => {
            take_text(&mut input, &["url"]).map(|url| EventType::WebFetch { url })
        }
        _ if is_search(name) => {
            take_text(&mut input, &["query"]).map(|query| EventType::WebSearch { query })
        }
        "task" | "delegate" if outcome.is_none_or(|outcome| !outcome.is_error) => {
            task(name, &input)
        }
        _ => None,
    };
    match taken {
        Some(event_type) => Action::one(event_type, input, kind),
        None => Action::plain(name, input, kind),
    }
}

/// Takes the path that a call names.
pub(super) fn path(input: &mut Map<String, Value>) -> Option<String> {
    take_text(input, &["path", "file_path", "absolute_path"])
}

fn command(input: &mut Map<String, Value>) -> Option<String> {
    // Without a command it asks for more output of the one before.
    take_text(input, &["command", "cmd"]).filter(|command| !command.is_empty())
}

/// A sub-agent begins; agents are also only made, or given several tasks in one call.
fn task(name: &str, input: &Map<String, Value>) -> Option<EventType> {
    if name == "delegate" && input.contains_key("command") {
        return None;
    }
    let inner = input.get("inputs").and_then(Value::as_object);
    let title = title(input, &TITLE_KEYS).or_else(|| title(inner?, &TITLE_KEYS));
    Some(EventType::TaskStart { title })
}

/// Searches of the web come from servers of tools, whose name may stand before theirs.
fn is_search(name: &str) -> bool {
    matches!(name, "search" | "web_search")
        || name.ends_with("tavily-search")
        || name.ends_with("tavily_search")
}

fn kind(name: &str) -> &'static str {
    match name {
        "terminal" | "execute_bash" | "bash" | "run" | "acp_execute" => "shell",
        "read" | "read_file" | "view_file" | "acp_read" => "file_read",
        "glob" | "grep" | "list_directory" | "acp_search" => "search",
        "fetch" | "acp_fetch" => "web",
        "task" | "delegate" => "task",
        _ if name.starts_with("browse") || is_search(name) => "web",
        _ if editing::is_editor(name) => "file_write",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, input: Value, outcome: Option<&Outcome>) -> EventType {
        let Value::Object(input) = input else { panic!("{input}") };
        describe(name, input, outcome).events.remove(0).0
    }

    #[test]
    fn what_is_typed_into_a_running_program_is_no_command() {
        let outcome = Outcome { exit_code: Some(2), ..Outcome::default() };
        let make = EventType::ShellCommand { command: "make".into(), exit_code: Some(2) };
        assert_eq!(of("terminal", json!({"command": "make"}), Some(&outcome)), make);
        let call = EventType::ToolCall { name: "execute_bash".into() };
        assert_eq!(of("execute_bash", json!({"command": "C-c", "is_input": "true"}), None), call);
        assert_eq!(of("execute_bash", json!({"command": ""}), None), call);
    }

    #[test]
    fn a_task_begins_unless_it_failed_or_agents_are_only_made() {
        let start = |title: &str| EventType::TaskStart { title: Some(title.into()) };
        let failed = Outcome { is_error: true, ..Outcome::default() };
        assert_eq!(
            of("task", json!({"prompt": "look", "description": "Look"}), None),
            start("Look")
        );
        assert_eq!(
            of("delegate", json!({"agent": "B", "inputs": {"task": "go"}}), None),
            start("go")
        );
        let call = |name: &str| EventType::ToolCall { name: name.into() };
        assert_eq!(of("task", json!({"prompt": "look"}), Some(&failed)), call("task"));
        assert_eq!(
            of("delegate", json!({"command": "spawn", "ids": ["a"]}), None),
            call("delegate")
        );
    }
}
