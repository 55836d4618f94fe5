//! What an editing tool changes, as diffs: whole files, SEARCH/REPLACE blocks, pairs of texts, patches.

use super::markup::inside;
use crate::codex::patch::{self, Action};
use crate::diff::{self, Hunk, of_parts};
use opensession_hail::{Block, EventType};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A change to one file.
#[derive(Debug, PartialEq)]
pub(super) struct Change {
    pub path: String,
    pub action: Edit,
}

/// What a change does.
#[derive(Debug, PartialEq)]
pub(super) enum Edit {
    /// The file has this content afterwards; whether it was there before is told by the result.
    Write(String),
    /// A unified diff; empty where the log does not tell.
    Diff(String),
    Delete,
}

/// Returns the changes that a call of `name` makes when it succeeds; none for tools that change no file.
pub(super) fn changes(name: &str, input: &Map<String, Value>) -> Vec<Change> {
    let text = |keys: &[&str]| keys.iter().find_map(|key| input.get(*key)?.as_str());
    let path = text(&["path", "file_path", "target_file", "absolutePath"]);
    let one = |action: Edit| {
        path.map(|path| Change { path: path.to_owned(), action }).into_iter().collect()
    };
    match name {
        "write_to_file" | "new_rule" | "write_file" => {
            text(&["content"]).map_or(Vec::new(), |content| one(Edit::Write(content.to_owned())))
        }
        "replace_in_file" | "apply_diff" => match (text(&["args"]), text(&["diff"])) {
            (_, Some(blocks)) => one(Edit::Diff(of_blocks(blocks, 0))),
            (Some(args), _) => of_files(args),
            _ => Vec::new(),
        },
        "search_replace" | "edit_file" | "edit" | "editor" | "search_and_replace" => {
            let old = text(&["old_string", "old_text", "old_str", "search"]);
            let new = text(&["new_string", "new_text", "new_str", "replace", "content"]);
            match (old.filter(|old| !old.is_empty()), new) {
                (Some(old), new) => one(Edit::Diff(of_parts(old, new.unwrap_or("")))),
                (None, Some(new)) if input.contains_key("insert_line") => {
                    one(Edit::Diff(of_parts("", new)))
                }
                (None, Some(new)) => one(Edit::Write(new.to_owned())),
                (None, None) => of_operations(path, input),
            }
        }
        "insert_content" => {
            text(&["content"]).map_or(Vec::new(), |content| one(Edit::Diff(of_parts("", content))))
        }
        "apply_patch" => text(&["input", "patch"]).and_then(of_patch).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Returns a diff whose hunks count from where they stand in the file, which holds `after` now. A hunk that is not
/// found there stays as it is.
pub(super) fn placed(diff: &str, after: &str) -> String {
    let mut whole = String::with_capacity(diff.len());
    let (mut from, mut grown) = (0, 0_i64);
    // The lines of a hunk begin with a mark, so that no content looks like the head of one.
    let hunks = diff.strip_prefix("@@ -").into_iter().flat_map(|hunks| hunks.split("\n@@ -"));
    for hunk in hunks {
        let body: Vec<&str> = hunk.lines().skip(1).collect();
        let without = |marks: [char; 2]| {
            let lines = body.iter().filter_map(move |line| line.strip_prefix(marks));
            lines.map(|line| format!("{line}\n")).collect::<Vec<_>>()
        };
        let (old, new) = (without([' ', '-']), without([' ', '+']));
        let text = new.concat();
        let rest = after.get(from..).unwrap_or("");
        let is_line = |at: &usize| *at == 0 || rest.as_bytes().get(at - 1) == Some(&b'\n');
        let found = rest.match_indices(text.as_str()).map(|(at, _)| at).find(is_line);
        let Some(at) = found.filter(|_| !text.is_empty()) else {
            whole.push_str("@@ -");
            whole.push_str(hunk.trim_end_matches('\n'));
            whole.push('\n');
            continue;
        };
        let lines_before = after.get(..from + at).unwrap_or("").lines().count() as i64;
        from += at + text.len();
        let start = |line: i64| u64::try_from(line).unwrap_or(0);
        whole.push_str(&diff::from_hunks(&[Hunk {
            old_start: start(lines_before + 1 - grown - i64::from(old.is_empty())),
            old_lines: old.len() as u64,
            new_start: start(lines_before + 1),
            new_lines: new.len() as u64,
            lines: body.into_iter().map(Cow::Borrowed).collect(),
        }]));
        grown += new.len() as i64 - old.len() as i64;
    }
    whole
}

/// Returns the event of a change, with its content where it writes a whole file.
pub(super) fn event(change: Change) -> (EventType, Vec<Block>) {
    let path = change.path;
    match change.action {
        Edit::Write(content) => {
            let file = Block::File { path: path.clone(), content: Some(content) };
            (EventType::FileCreate { path }, vec![file])
        }
        Edit::Diff(diff) => {
            let diff = (!diff.is_empty()).then_some(diff);
            (EventType::FileEdit { path, diff }, Vec::new())
        }
        Edit::Delete => (EventType::FileDelete { path }, Vec::new()),
    }
}

/// The changes of `apply_diff` on several files: `<file><path/><diff><content/><start_line/></diff></file>`.
fn of_files(args: &str) -> Vec<Change> {
    let mut found = Vec::new();
    for file in inside(args, "file") {
        let Some(path) = inside(file, "path").first().map(|path| path.trim()) else { continue };
        let mut whole = String::new();
        for part in inside(file, "diff") {
            let content = inside(part, "content").first().copied().unwrap_or(part).trim();
            let content = content.strip_prefix("<![CDATA[").unwrap_or(content);
            let content = content.strip_suffix("]]>").unwrap_or(content);
            let start =
                inside(part, "start_line").first().and_then(|line| line.trim().parse().ok());
            whole.push_str(&of_blocks(content, start.unwrap_or(0)));
        }
        found.push(Change { path: path.to_owned(), action: Edit::Diff(whole) });
    }
    found
}

/// The change of `search_and_replace` with a list of operations.
fn of_operations(path: Option<&str>, input: &Map<String, Value>) -> Vec<Change> {
    let operations = input.get("operations").and_then(Value::as_array);
    let (Some(path), Some(operations)) = (path, operations) else { return Vec::new() };
    let mut whole = String::new();
    for operation in operations {
        let text = |key| operation.get(key).and_then(Value::as_str).unwrap_or("");
        whole.push_str(&of_parts(text("search"), text("replace")));
    }
    vec![Change { path: path.to_owned(), action: Edit::Diff(whole) }]
}

fn of_patch(text: &str) -> Option<Vec<Change>> {
    let change = |change: patch::FileChange| Change {
        path: change.path,
        action: match change.action {
            Action::Add(content) => Edit::Write(content),
            Action::Update(diff) => Edit::Diff(diff),
            Action::Delete => Edit::Delete,
        },
    };
    Some(patch::changes(text)?.into_iter().map(change).collect())
}

/// Returns SEARCH/REPLACE blocks as a unified diff. Each block's hunk counts from the line that the block names
/// (`:start_line:`), else from `start`, else from 1: the log does not say where in the file it stands.
pub(crate) fn of_blocks(text: &str, start: u64) -> String {
    enum State {
        Outside,
        Old,
        New,
    }
    let (mut state, mut line_number) = (State::Outside, start);
    let (mut old, mut new, mut whole) = (String::new(), String::new(), String::new());
    let ends = |line: &str, mark: char, word: &str| {
        line.strip_suffix(word)
            .map(|marks| marks.trim_end().trim_end_matches('>'))
            .is_some_and(|marks| marks.len() >= 3 && marks.chars().all(|c| c == mark))
    };
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        match state {
            State::Outside if ends(bare, '-', "SEARCH") || ends(bare, '<', "SEARCH") => {
                state = State::Old;
            }
            State::Outside => {}
            State::Old => {
                let number = bare.strip_prefix(":start_line:").and_then(|n| n.trim().parse().ok());
                if is_line_of(bare, '=') {
                    state = State::New;
                } else if let Some(number) = number {
                    line_number = number;
                } else if !(old.is_empty() && (bare.starts_with(":end_line:") || bare == "-------"))
                {
                    old.push_str(line);
                }
            }
            State::New if ends(bare, '+', "REPLACE") || bare.starts_with(">>>>>>> REPLACE") => {
                whole.push_str(&shifted(&of_parts(&old, &new), line_number));
                (old, new) = (String::new(), String::new());
                (state, line_number) = (State::Outside, start);
            }
            State::New => new.push_str(line),
        }
    }
    // A block that was cut off still says what was to change.
    if matches!(state, State::New) {
        whole.push_str(&shifted(&of_parts(&old, &new), line_number));
    }
    whole
}

fn is_line_of(line: &str, mark: char) -> bool {
    line.len() >= 5 && line.chars().all(|c| c == mark)
}

/// Returns a diff of texts that start at `line` of their file.
fn shifted(diff: &str, line: u64) -> String {
    if line <= 1 {
        return diff.to_owned();
    }
    let shift = |range: &str| {
        let (start, rest) = range.split_once(',').map_or((range, ""), |(a, b)| (a, b));
        let start = start.parse::<u64>().unwrap_or(1).saturating_add(line - 1);
        if rest.is_empty() { start.to_string() } else { format!("{start},{rest}") }
    };
    let mut whole = String::with_capacity(diff.len() + 8);
    for text in diff.split_inclusive('\n') {
        let ranges = text.strip_prefix("@@ -").and_then(|rest| rest.split_once(" @@"));
        match ranges.and_then(|(ranges, rest)| Some((ranges.split_once(" +")?, rest))) {
            Some(((old, new), rest)) => {
                whole.push_str(&format!("@@ -{} +{} @@{rest}", shift(old), shift(new)));
            }
            None => whole.push_str(text),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, input: Value) -> Vec<Change> {
        let Value::Object(input) = input else { panic!("{input}") };
        changes(name, &input)
    }

    fn edit(path: &str, diff: &str) -> Change {
        Change { path: path.into(), action: Edit::Diff(diff.into()) }
    }

    #[test]
    fn blocks_of_either_tool_become_hunks() {
        let cline = "------- SEARCH\na\nb\n=======\na\nc\n+++++++ REPLACE\n";
        let found = of("replace_in_file", json!({"path": "x", "diff": cline}));
        assert_eq!(found, [edit("x", "@@ -1,2 +1,2 @@\n a\n-b\n+c\n")]);
        let roo = "<<<<<<< SEARCH\n:start_line:10\n-------\na\n=======\nb\n>>>>>>> REPLACE\n\n<<<<<<< SEARCH\n:start_line:30\n-------\nc\n=======\n>>>>>>> REPLACE";
        let found = of("apply_diff", json!({"path": "x", "diff": roo}));
        assert_eq!(found, [edit("x", "@@ -10 +10 @@\n-a\n+b\n@@ -30 +29,0 @@\n-c\n")]);
        let args = "<file>\n<path>a</path>\n<diff>\n<content><![CDATA[\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n]]></content>\n<start_line>5</start_line>\n</diff>\n</file>";
        let far = roo.replace(":start_line:10", ":start_line:18446744073709551615");
        assert_eq!(of("apply_diff", json!({"path": "x", "diff": far})).len(), 1);
        assert_eq!(of("apply_diff", json!({"args": args})), [edit("a", "@@ -5 +5 @@\n-x\n+y\n")]);
    }

    #[test]
    fn hunks_are_placed_where_the_file_has_them() {
        let diff = "@@ -1 +1,2 @@\n-a\n+b\n+c\n@@ -1 +1 @@\n-x\n+y\n@@ -1 +1 @@\n-p\n+q\n";
        let expected = "@@ -3 +3,2 @@\n-a\n+b\n+c\n@@ -5 +6 @@\n-x\n+y\n@@ -1 +1 @@\n-p\n+q\n";
        assert_eq!(placed(diff, "1\n2\nb\nc\n5\ny\n"), expected);
        let odd = "@@ -1 +1 @@\n-a\n+@@ -1 +1 @@\n";
        assert_eq!(placed(odd, "@@ -1 +1 @@\n"), odd);
        assert_eq!(placed("", "x"), "");
    }

    #[test]
    fn texts_and_patches_become_changes() {
        let pair = json!({"path": "x", "old_text": "a", "new_text": "b"});
        assert_eq!(of("editor", pair), [edit("x", "@@ -1 +1 @@\n-a\n+b\n")]);
        let write = Change { path: "x".into(), action: Edit::Write("a".into()) };
        assert_eq!(of("write_to_file", json!({"path": "x", "content": "a"})), [write]);
        let patch = "*** Begin Patch\n*** Delete File: a\n*** End Patch";
        let delete = Change { path: "a".into(), action: Edit::Delete };
        assert_eq!(of("apply_patch", json!({"input": patch})), [delete]);
        assert_eq!(of("write_to_file", json!({"content": "a"})), []);
        assert_eq!(of("read_file", json!({"path": "a"})), []);
    }
}
