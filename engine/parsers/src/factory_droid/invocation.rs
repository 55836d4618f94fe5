//! Which events a tool call becomes.

use crate::session::{
    Action, Outcome, PATH_KEYS, describe_change, describe_write, take_command, take_text, title,
};
use opensession_hail::EventType;
use serde_json::{Map, Value};

/// The keys under which a sub-agent is told what to do.
const TITLE_KEYS: [&str; 2] = ["description", "prompt"];

/// Says what a call is.
pub(super) fn describe(
    name: &str,
    mut input: Map<String, Value>,
    outcome: Option<&Outcome>,
) -> Action {
    let kind = kind(name);
    let taken = match name {
        _ if is_shell(name) => take_command(&mut input, &["command"], outcome),
        "Read" => take_text(&mut input, &PATH_KEYS).map(|path| EventType::FileRead { path }),
        "Glob" => take_pattern(&mut input).map(|pattern| EventType::FileSearch { pattern }),
        "Grep" => take_text(&mut input, &["pattern"]).map(|query| EventType::CodeSearch { query }),
        "WebSearch" => {
            take_text(&mut input, &["query"]).map(|query| EventType::WebSearch { query })
        }
        "FetchUrl" => take_text(&mut input, &["url"]).map(|url| EventType::WebFetch { url }),
        _ => None,
    };
    if let Some(event_type) = taken {
        return Action::one(event_type, input, kind);
    }
    if is_task(name) && outcome.is_none_or(|outcome| !outcome.is_error) {
        let title = title(&input, &TITLE_KEYS);
        return Action::one(EventType::TaskStart { title }, input, kind);
    }
    match outcome.filter(|outcome| !outcome.is_error) {
        Some(outcome) if is_write(name) => describe_write(name, input, outcome, kind),
        Some(outcome) if is_change(name) => describe_change(name, input, outcome, kind),
        _ => Action::plain(name, input, kind),
    }
}

/// Returns whether the tool runs a program.
pub(super) fn is_shell(name: &str) -> bool {
    matches!(name, "Execute" | "Shell" | "Bash")
}

/// Returns whether the tool changes files.
pub(super) fn is_change(name: &str) -> bool {
    is_write(name) || matches!(name, "Edit" | "MultiEdit" | "ApplyPatch")
}

/// Returns whether the tool writes a whole file.
pub(super) fn is_write(name: &str) -> bool {
    matches!(name, "Create" | "Write")
}

/// Returns whether the tool starts a sub-agent.
pub(super) fn is_task(name: &str) -> bool {
    name == "Task"
}

fn kind(name: &str) -> &'static str {
    match name {
        _ if is_shell(name) => "shell",
        _ if is_change(name) => "file_write",
        _ if is_task(name) => "task",
        "Read" => "file_read",
        "LS" | "Grep" | "Glob" => "search",
        "WebSearch" | "FetchUrl" => "web",
        _ => "other",
    }
}

/// Takes the pattern of files: one, or several.
fn take_pattern(input: &mut Map<String, Value>) -> Option<String> {
    if let Some(pattern) = take_text(input, &["patterns", "pattern", "glob_pattern"]) {
        return Some(pattern);
    }
    let several = input.get("patterns")?.as_array()?;
    let patterns: Option<Vec<&str>> = several.iter().map(Value::as_str).collect();
    let pattern = patterns?.join(" ");
    input.remove("patterns");
    Some(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, input: Value, outcome: Option<&Outcome>) -> EventType {
        let Value::Object(input) = input else { unreachable!("{input}") };
        describe(name, input, outcome).events.remove(0).0
    }

    #[test]
    fn edits_count_when_they_succeeded() {
        let done = Outcome::default();
        let failed = Outcome { is_error: true, ..Outcome::default() };
        let input = json!({"file_path": "a", "old_str": "x\n", "new_str": "y\n"});
        let diff = Some("@@ -1 +1 @@\n-x\n+y\n".to_owned());
        let edit = EventType::FileEdit { path: "a".into(), diff };
        assert_eq!(of("Edit", input.clone(), Some(&done)), edit);
        let several = json!({"file_path": "a", "changes": [{"old_str": "x\n", "new_str": "y\n"}]});
        assert_eq!(of("MultiEdit", several, Some(&done)), edit);
        let call = EventType::ToolCall { name: "Edit".into() };
        assert_eq!(of("Edit", input.clone(), Some(&failed)), call);
        assert_eq!(of("Edit", input, None), call);
        let create = json!({"file_path": "b", "content": "c"});
        let created = EventType::FileCreate { path: "b".into() };
        assert_eq!(of("Create", create, Some(&done)), created);
    }

    #[test]
    fn several_patterns_are_one_search() {
        let search = |pattern: &str| EventType::FileSearch { pattern: pattern.into() };
        assert_eq!(of("Glob", json!({"patterns": ["*.a", "*.b"]}), None), search("*.a *.b"));
        assert_eq!(of("Glob", json!({"patterns": "*.a"}), None), search("*.a"));
        let odd = EventType::ToolCall { name: "Glob".into() };
        assert_eq!(of("Glob", json!({"patterns": [7]}), None), odd);
    }
}
