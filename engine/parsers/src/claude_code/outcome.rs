//! What the result of a call tells of the call: exit code, diff, whether a file was new.

use super::invocation::{edited_path_key, json_block, take};
use super::record::{Outcome, PatchHunk};
use super::tabs;
use crate::diff::{self, Hunk};
use memchr::memmem;
use opensession_hail::{Block, Event, EventType, attribute};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A result, as far as it changes its call.
#[derive(Debug)]
pub(super) struct Verdict<'r, 'a> {
    pub is_error: bool,
    /// The beginning of what the tool said.
    pub text: &'r str,
    /// `toolUseResult`, where it is an object that belongs to this result alone.
    pub outcome: Option<&'r Outcome<'a>>,
}

/// Writes what the result tells into the event of the tool `name`'s call.
pub(super) fn apply(event: &mut Event, name: &str, verdict: &Verdict<'_, '_>) {
    event.duration_ms =
        verdict.outcome.and_then(|outcome| outcome.duration_ms.0.or(outcome.total_duration_ms.0));
    if let EventType::ShellCommand { exit_code, .. } = &mut event.event_type {
        *exit_code = shell_exit_code(verdict);
    } else if let Some(key) = edited_path_key(name).filter(|_| !verdict.is_error) {
        edit(event, name, key, verdict);
    }
}

/// The exit code of a shell command: Claude Code writes `Exit code N` above the output of a command that fails, and
/// nothing for one that succeeds. A command in the background, stopped or refused has none yet.
fn shell_exit_code(verdict: &Verdict<'_, '_>) -> Option<i64> {
    if verdict.is_error {
        let text = verdict.text.trim_start();
        let code = text.strip_prefix("Error: ").unwrap_or(text).strip_prefix("Exit code ")?;
        let end = code.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(code.len());
        return code.get(..end)?.parse().ok();
    }
    // One record may hold the results of several calls, and then has no outcome of each.
    let Some(outcome) = verdict.outcome else {
        return (!verdict.text.starts_with("Command running in background")).then_some(0);
    };
    if !outcome.stdout.0 {
        return None;
    }
    let completed = !outcome.interrupted.0
        && outcome.background_task_id.filled().is_none()
        && outcome.return_code_interpretation.filled().is_none();
    completed.then_some(0)
}

/// Turns the tool call of an edit that succeeded into the edit or the creation of a file.
fn edit(event: &mut Event, name: &str, key: &str, verdict: &Verdict<'_, '_>) {
    let Some(Block::Json { data: Value::Object(mut input) }) = event.content.blocks.pop() else {
        return;
    };
    if let Some(path) = take(&mut input, key) {
        let is_new = name == "Write" && created(verdict);
        event.attributes.set(attribute::TOOL_NAME, name);
        event.event_type = if is_new {
            EventType::FileCreate { path: path.clone() }
        } else {
            let diff = patch(name, &input, verdict.outcome)
                .or_else(|| replacement(name, &input))
                .filter(|diff| !diff.is_empty());
            EventType::FileEdit { path: path.clone(), diff }
        };
        if is_new && let Some(content) = take(&mut input, "content") {
            event.content.blocks.push(Block::File { path, content: Some(content) });
        }
    }
    event.content.blocks.extend(json_block(input));
}

fn created(verdict: &Verdict<'_, '_>) -> bool {
    match verdict.outcome.and_then(|outcome| outcome.kind.as_str()) {
        Some(kind) => kind == "create",
        None => verdict.text.starts_with("File created"),
    }
}

fn patch(name: &str, input: &Map<String, Value>, outcome: Option<&Outcome<'_>>) -> Option<String> {
    let outcome = outcome?;
    let mut hunks: Vec<Hunk<'_>> =
        outcome.structured_patch.0.iter().filter_map(|hunk| hunk.0.as_ref()).map(to_hunk).collect();
    if hunks.is_empty() {
        return None;
    }
    if tabs::may_have_had(&hunks)
        && let Some(old) = file_with_tabs(outcome)
        && let Some(new) = tabs::after_edit(name, input, &old)
    {
        tabs::restore(&mut hunks, &old, &new);
    }
    Some(diff::from_hunks(&hunks))
}

/// The file as it was, where it has lines that begin with a tab.
fn file_with_tabs(outcome: &Outcome<'_>) -> Option<String> {
    let json = outcome.original_file.or(outcome.original_file_contents)?.get();
    let has_tabs = json.starts_with(r#""\t"#) || memmem::find(json.as_bytes(), br"\n\t").is_some();
    // A file that is no text has no lines.
    has_tabs.then(|| serde_json::from_str(json).ok()).flatten()
}

fn to_hunk<'r>(hunk: &'r PatchHunk<'_>) -> Hunk<'r> {
    let lines = hunk.lines.0.iter().filter_map(|line| line.as_str());
    Hunk {
        old_start: hunk.old_start.0.unwrap_or(0),
        old_lines: hunk.old_lines.0.unwrap_or(0),
        new_start: hunk.new_start.0.unwrap_or(0),
        new_lines: hunk.new_lines.0.unwrap_or(0),
        lines: lines.map(Cow::Borrowed).collect(),
    }
}

/// The diff between what was replaced and what stands there now, for results without a patch.
fn replacement(name: &str, input: &Map<String, Value>) -> Option<String> {
    let text = |input: &Map<String, Value>, key: &str| {
        input.get(key).and_then(Value::as_str).map(str::to_owned)
    };
    let one = |input: &Map<String, Value>| {
        let (old, new) = (text(input, "old_string")?, text(input, "new_string")?);
        Some(diff::from_texts(&old, &new))
    };
    match name {
        "Edit" => one(input),
        "MultiEdit" => {
            let edits = input.get("edits")?.as_array()?;
            Some(edits.iter().filter_map(|edit| one(edit.as_object()?)).collect())
        }
        // The notebook's cell as it was is in no record; only a new cell is known whole.
        "NotebookEdit" if text(input, "edit_mode").as_deref() == Some("insert") => {
            Some(diff::from_texts("", &text(input, "new_source")?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
