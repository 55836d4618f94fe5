//! Which events a tool call becomes.

use crate::codex::patch;
use crate::diff::{between, holds, of_parts};
use crate::session::{Action, Outcome, take_command, take_text, title};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value};

const PATH_KEYS: [&str; 2] = ["file_path", "path"];

/// Says what a call is.
pub(super) fn describe(
    name: &str,
    mut input: Map<String, Value>,
    outcome: Option<&Outcome>,
) -> Action {
    let kind = kind(name);
    let has_failed = outcome.is_some_and(|outcome| outcome.is_error);
    let taken = match name {
        "bash" => take_command(&mut input, &["command"], outcome),
        "view" => take_text(&mut input, &PATH_KEYS).map(|path| EventType::FileRead { path }),
        "glob" => {
            take_text(&mut input, &["pattern"]).map(|pattern| EventType::FileSearch { pattern })
        }
        "grep" | "rg" => {
            take_text(&mut input, &["pattern"]).map(|query| EventType::CodeSearch { query })
        }
        "sourcegraph" => {
            take_text(&mut input, &["query"]).map(|query| EventType::CodeSearch { query })
        }
        "web_search" => {
            take_text(&mut input, &["query"]).map(|query| EventType::WebSearch { query })
        }
        "fetch" | "web_fetch" | "download" => {
            take_text(&mut input, &["url"]).map(|url| EventType::WebFetch { url })
        }
        "agent" | "agentic_fetch" if !has_failed => {
            Some(EventType::TaskStart { title: title(&input, &["description", "prompt"]) })
        }
        _ => None,
    };
    if let Some(event_type) = taken {
        return Action::one(event_type, input, kind);
    }
    match outcome.filter(|outcome| !outcome.is_error) {
        Some(outcome) if kind == "file_write" => change(name, input, outcome, kind),
        _ => Action::plain(name, input, kind),
    }
}

/// Says what a call that changed files is. What the diff tells is not said again.
fn change(
    name: &str,
    mut input: Map<String, Value>,
    outcome: &Outcome,
    kind: &'static str,
) -> Action {
    if let Some(changes) = input.get("patch_text").and_then(Value::as_str).and_then(patch::changes)
    {
        let events: Vec<_> = changes.into_iter().map(patch::FileChange::into_event).collect();
        if !events.is_empty() {
            input.remove("patch_text");
            return Action { events, kind }.with(input);
        }
    }
    let Some(path) = take_text(&mut input, &PATH_KEYS) else {
        return Action::plain(name, input, kind);
    };
    if name == "write" {
        let content = take_text(&mut input, &["content"]);
        if outcome.is_new_file != Some(false) {
            return Action::create(path, content, input, kind);
        }
        // A diff shows three lines around each change, where there is one at all: the content stays.
        let file = Block::File { path: path.clone(), content };
        let edit = (EventType::FileEdit { path, diff: outcome.diff.clone() }, vec![file]);
        return Action { events: vec![edit], kind }.with(input);
    }
    if let Some(edits) = input.get("edits").and_then(Value::as_array) {
        let diff = outcome.diff.clone().unwrap_or_else(|| between_all(edits));
        return Action::edit(path, Some(diff), input, kind);
    }
    let text = |key: &str| input.get(key).and_then(Value::as_str);
    let (old, new) = (text("old_string").unwrap_or(""), text("new_string"));
    if old.is_empty() && new.is_some() {
        let content = take_text(&mut input, &["new_string"]);
        input.remove("old_string");
        return Action::create(path, content, input, kind);
    }
    let own = of_parts(old, new.unwrap_or(""));
    let diff = outcome.diff.clone().unwrap_or_else(|| own.clone());
    if holds(&diff, &own) {
        take_text(&mut input, &["old_string"]);
        take_text(&mut input, &["new_string"]);
    }
    Action::edit(path, Some(diff), input, kind)
}

/// Returns the diffs of several replacements, one after the other.
fn between_all(edits: &[Value]) -> String {
    let text =
        |edit: &Value, key: &str| edit.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    edits.iter().map(|edit| between(&text(edit, "old_string"), &text(edit, "new_string"))).collect()
}

fn kind(name: &str) -> &'static str {
    match name {
        "bash" | "job_output" | "job_kill" => "shell",
        "view" => "file_read",
        "edit" | "multiedit" | "write" | "patch" => "file_write",
        "glob" | "grep" | "rg" | "ls" | "sourcegraph" | "lsp_references" => "search",
        "web_search" | "fetch" | "web_fetch" | "download" => "web",
        "agent" | "agentic_fetch" => "task",
        _ => "other",
    }
}
