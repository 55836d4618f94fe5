//! Which events a tool call becomes.

use crate::diff::{holds, of_parts, without_head};
use crate::session::{Action, Outcome, take_text, title};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value};

pub(super) const PATH_KEYS: [&str; 3] = ["path", "file_path", "source"];
pub(super) const CONTENT_KEYS: [&str; 2] = ["file_text", "content"];
pub(super) const OLD_KEYS: [&str; 3] = ["old_str", "before", "old_string"];
pub(super) const NEW_KEYS: [&str; 3] = ["new_str", "after", "new_string"];

/// The keys under which a sub-agent is told what to do.
const TITLE_KEYS: [&str; 6] =
    ["instructions", "text_instruction", "task", "prompt", "description", "source"];

/// How the shell of newer versions ends what it says of a command that failed.
const EXITED: &str = "Command exited with code ";

/// Returns the tool's name without the extension that it belongs to: `developer__shell`.
fn base(name: &str) -> &str {
    name.rsplit_once("__").map_or(name, |(_, base)| base)
}

/// Returns what sort of thing the call of a tool does.
pub(super) fn sort(name: &str, input: &Map<String, Value>) -> &'static str {
    // The names of other agents' tools, which Goose can run as a provider, begin with capitals.
    match base(name) {
        "shell" | "bash" | "Bash" => "shell",
        "text_editor" | "str_replace_editor" => {
            match input.get("command").and_then(Value::as_str) {
                Some("view") => "read",
                Some("write" | "create") => "write",
                Some("str_replace" | "edit_file") => "replace",
                Some("insert") => "insert",
                Some("undo_edit") => "undo",
                _ => "other",
            }
        }
        "read" | "read_file" | "file_read" | "read_text_file" | "Read" | "image_processor"
        | "read_image" => "read",
        "write" | "write_file" | "file_write" | "Write" => "write",
        "edit" | "edit_file" | "file_edit" | "Edit" => "replace",
        "glob" | "Glob" => "glob",
        "ripgrep" | "grep" | "Grep" | "search_files" => "search",
        "web_search" | "WebSearch" => "web_search",
        "web_fetch" | "web_scrape" | "fetch" | "WebFetch" => "fetch",
        "delegate" | "subagent" | "execute_task" | "create_task" | "Task" => "task",
        "tree" | "analyze" | "list_directory" => "list",
        _ => "other",
    }
}

/// Says what a call is.
pub(super) fn describe(
    name: &str,
    mut input: Map<String, Value>,
    outcome: Option<&Outcome>,
) -> Action {
    let sort = sort(name, &input);
    let kind = match sort {
        "shell" => "shell",
        "read" => "file_read",
        "write" | "replace" | "insert" | "undo" => "file_write",
        "glob" | "search" | "list" => "search",
        "web_search" | "fetch" => "web",
        "task" => "task",
        _ => "other",
    };
    let done = outcome.filter(|outcome| !outcome.is_error);
    let taken = match sort {
        "shell" => take_text(&mut input, &["command"]).map(|command| {
            let exit_code = outcome.and_then(exit_code);
            EventType::ShellCommand { command, exit_code }
        }),
        "read" => take_path(&mut input).map(|path| EventType::FileRead { path }),
        "glob" => {
            take_text(&mut input, &["pattern"]).map(|pattern| EventType::FileSearch { pattern })
        }
        "search" => take_text(&mut input, &["pattern", "query"])
            .map(|query| EventType::CodeSearch { query }),
        "web_search" => {
            take_text(&mut input, &["query"]).map(|query| EventType::WebSearch { query })
        }
        "fetch" => take_text(&mut input, &["url"]).map(|url| EventType::WebFetch { url }),
        "task" if outcome.is_none_or(|outcome| !outcome.is_error) => {
            Some(EventType::TaskStart { title: task_title(&input) })
        }
        _ => None,
    };
    if let Some(event_type) = taken {
        return Action::one(event_type, input, kind);
    }
    match done {
        Some(outcome) if kind == "file_write" => change(name, sort, input, outcome),
        _ => Action::plain(name, input, kind),
    }
}

/// Says what a call that changed a file is. What the diff tells is not said again.
fn change(
    name: &str,
    sort: &'static str,
    mut input: Map<String, Value>,
    outcome: &Outcome,
) -> Action {
    const KIND: &str = "file_write";
    if let Some(diff) = input.get("diff").and_then(Value::as_str) {
        let events = split(diff);
        if !events.is_empty() {
            input.remove("diff");
            return Action { events, kind: KIND }.with(input);
        }
    }
    let Some(path) = take_path(&mut input) else {
        return Action::plain(name, input, KIND);
    };
    if sort == "write" {
        let content = take_text(&mut input, &CONTENT_KEYS);
        if outcome.is_new_file != Some(false) {
            return Action::create(path, content, input, KIND);
        }
        // A diff shows three lines around each change, where there is one at all: the content stays.
        let file = Block::File { path: path.clone(), content };
        let edit = (EventType::FileEdit { path, diff: outcome.diff.clone() }, vec![file]);
        return Action { events: vec![edit], kind: KIND }.with(input);
    }
    let text = |keys: &[&str]| keys.iter().find_map(|key| input.get(*key)?.as_str()).unwrap_or("");
    let own = of_parts(text(&OLD_KEYS), text(&NEW_KEYS));
    let diff = outcome.diff.clone().unwrap_or_else(|| own.clone());
    if holds(&diff, &own) {
        take_text(&mut input, &OLD_KEYS);
        take_text(&mut input, &NEW_KEYS);
    }
    Action::edit(path, Some(diff), input, KIND)
}

/// Returns the changes that a patch makes, one for each file.
fn split(patch: &str) -> Vec<(EventType, Vec<Block>)> {
    let mut events = Vec::new();
    let mut rest = patch.strip_prefix("--- ").or_else(|| Some(patch.split_once("\n--- ")?.1));
    while let Some(part) = rest {
        let (file, next) = match part.split_once("\n--- ") {
            Some((file, next)) => (file, Some(next)),
            None => (part, None),
        };
        rest = next;
        let mut lines = file.lines();
        let name = |line: Option<&str>| {
            let name = line?.split('\t').next()?.trim();
            let name = name.strip_prefix("a/").or(name.strip_prefix("b/")).unwrap_or(name);
            Some(name.to_owned()).filter(|name| name != "/dev/null")
        };
        let old = name(lines.next());
        let new = name(lines.next().and_then(|line| line.strip_prefix("+++ ")));
        if let Some(path) = new.or(old) {
            let diff = Some(without_head(file)).filter(|diff| !diff.is_empty());
            events.push((EventType::FileEdit { path, diff }, Vec::new()));
        }
    }
    events
}

/// Returns the code that a command ended with, where the result tells it.
fn exit_code(outcome: &Outcome) -> Option<i64> {
    outcome.exit_code.or_else(|| {
        let text = outcome.blocks.iter().rev().find_map(Block::as_text)?;
        let (_, code) = text.rsplit_once(EXITED)?;
        code.trim().parse().ok().filter(|_| outcome.is_error)
    })
}

fn take_path(input: &mut Map<String, Value>) -> Option<String> {
    let path = take_text(input, &PATH_KEYS)?;
    // Says again what the event is.
    if input.get("command").and_then(Value::as_str).is_some_and(|command| EDITS.contains(&command))
    {
        input.remove("command");
    }
    Some(path)
}

/// What `text_editor` is told to do where the event says so too.
const EDITS: [&str; 3] = ["view", "write", "str_replace"];

fn task_title(input: &Map<String, Value>) -> Option<String> {
    title(input, &TITLE_KEYS).or_else(|| {
        let tasks = input.get("task_parameters")?.as_array()?;
        title(tasks.first()?.as_object()?, &TITLE_KEYS)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, input: Value, outcome: &Outcome) -> Vec<EventType> {
        let Value::Object(input) = input else { panic!("{input}") };
        describe(name, input, Some(outcome)).events.into_iter().map(|event| event.0).collect()
    }

    #[test]
    fn a_patch_of_several_files_is_one_edit_each() {
        let patch =
            "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n--- /dev/null\n+++ b/y\n@@ -0,0 +1 @@\n+c\n";
        let input = json!({"command": "str_replace", "path": "/src", "diff": patch});
        let edit = |path: &str, diff: &str| EventType::FileEdit {
            path: path.into(),
            diff: Some(diff.into()),
        };
        let found = of("developer__text_editor", input, &Outcome::default());
        assert_eq!(found, [edit("x", "@@ -1 +1 @@\n-a\n+b\n"), edit("y", "@@ -0,0 +1 @@\n+c\n")]);
    }

    #[test]
    fn no_text_of_an_edit_is_lost_behind_a_diff() {
        let part = |mark: &str| format!("1\n2\n3\n4\n5\n{mark}\n");
        let (old, new) = (part("x"), part("y"));
        let of = |diff: Option<String>| {
            let outcome = Outcome { diff, ..Outcome::default() };
            let input = json!({"path": "a", "before": old, "after": new});
            let Value::Object(input) = input else { panic!("{input}") };
            describe("edit", input, Some(&outcome)).events.remove(0)
        };
        let (event_type, blocks) = of(None);
        let diff = Some(of_parts(&old, &new));
        assert_eq!((event_type, blocks), (EventType::FileEdit { path: "a".into(), diff }, vec![]));
        let short = "@@ -13,4 +13,4 @@\n 3\n 4\n 5\n-x\n+y\n";
        let kept = Block::json(json!({"before": old, "after": new}));
        assert_eq!(of(Some(short.to_owned())).1, [kept]);
        let whole = "@@ -11,6 +11,6 @@\n 1\n 2\n 3\n 4\n 5\n-x\n+y\n";
        assert_eq!(of(Some(whole.to_owned())).1, []);
    }

    #[test]
    fn a_failed_edit_is_a_plain_call_and_changes_nothing() {
        let outcome = Outcome { is_error: true, ..Outcome::default() };
        let input = json!({"path": "a", "before": "x", "after": "y"});
        assert_eq!(of("edit", input, &outcome), [EventType::ToolCall { name: "edit".into() }]);
    }
}
