//! Which events a tool call becomes.

use crate::diff;
use crate::session::{Action, Outcome, take_command, take_text, title};
use opensession_hail::EventType;
use serde_json::{Map, Value};

/// The keys under which tools of different versions take a path.
const PATH_KEYS: [&str; 4] = ["filePath", "path", "file_path", "filepath"];

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
        "bash" | "shell" => take_command(&mut input, &["command"], outcome),
        "read" => take_text(&mut input, &PATH_KEYS).map(|path| EventType::FileRead { path }),
        "glob" => {
            take_text(&mut input, &["pattern"]).map(|pattern| EventType::FileSearch { pattern })
        }
        "grep" => take_text(&mut input, &["pattern"]).map(|query| EventType::CodeSearch { query }),
        "codebase_search" | "semantic_search" => {
            take_text(&mut input, &["query"]).map(|query| EventType::CodeSearch { query })
        }
        // Code is searched on the web there.
        "websearch" | "codesearch" => {
            take_text(&mut input, &["query"]).map(|query| EventType::WebSearch { query })
        }
        "generate_image" => {
            take_text(&mut input, &["prompt"]).map(|prompt| EventType::ImageGenerate { prompt })
        }
        "webfetch" => take_text(&mut input, &["url"]).map(|url| EventType::WebFetch { url }),
        _ => None,
    };
    if let Some(event_type) = taken {
        return Action::one(event_type, input, kind);
    }
    match outcome.filter(|outcome| !outcome.is_error) {
        Some(outcome) if name == "write" => write(name, input, outcome),
        Some(outcome) if matches!(name, "edit" | "multiedit" | "hash_edit") => {
            edit(name, input, outcome)
        }
        Some(outcome) if !outcome.changes.is_empty() => {
            Action { events: outcome.changes.clone(), kind }.with(input)
        }
        _ if is_task(name) && outcome.is_none_or(|outcome| !outcome.is_error) => {
            let title = title(&input, &TITLE_KEYS);
            Action::one(EventType::TaskStart { title }, input, kind)
        }
        _ => Action::plain(name, input, kind),
    }
}

/// Returns whether the tool runs a sub-agent.
pub(super) fn is_task(name: &str) -> bool {
    matches!(name, "task" | "subagent")
}

fn write(name: &str, mut input: Map<String, Value>, outcome: &Outcome) -> Action {
    let Some(path) = take_text(&mut input, &PATH_KEYS) else {
        return Action::plain(name, input, kind(name));
    };
    if outcome.is_new_file != Some(false) {
        let content = take_text(&mut input, &["content"]);
        return Action::create(path, content, input, kind(name));
    }
    if outcome.diff.is_some() {
        return Action::edit(path, outcome.diff.clone(), input, kind(name));
    }
    let content = take_text(&mut input, &["content"]);
    let mut action = Action::create(path.clone(), content, input, kind(name));
    if let Some((event_type, _)) = action.events.first_mut() {
        *event_type = EventType::FileEdit { path, diff: None };
    }
    action
}

fn edit(name: &str, mut input: Map<String, Value>, outcome: &Outcome) -> Action {
    let Some(path) = take_text(&mut input, &PATH_KEYS) else {
        return Action::plain(name, input, kind(name));
    };
    let text = |key: &str| input.get(key).and_then(Value::as_str).unwrap_or("");
    let (old, new) = (text("oldString"), text("newString"));
    // What was there before is not looked at when nothing of it is to be replaced.
    if name == "edit" && old.is_empty() && !new.is_empty() {
        let content = take_text(&mut input, &["newString"]);
        return Action::create(path, content, input, kind(name));
    }
    let diff = outcome.diff.clone().or_else(|| {
        // Kilo Code's own names lines by their hashes, and nothing tells what stood there.
        (name != "hash_edit").then(|| diff::between(old, new))
    });
    Action::edit(path, diff, input, kind(name))
}

fn kind(name: &str) -> &'static str {
    match name {
        "bash" | "shell" => "shell",
        "read" => "file_read",
        "write" | "edit" | "multiedit" | "hash_edit" | "patch" | "apply_patch" => "file_write",
        "glob" | "grep" | "list" | "codebase_search" | "semantic_search" => "search",
        "websearch" | "codesearch" | "webfetch" => "web",
        _ if is_task(name) => "task",
        _ => "other",
    }
}
