//! What the result of an edit tells: chunks of a diff, or the contents before and after.

use super::field::number;
use super::rows::Rows;
use crate::diff::{self, Hunk};
use crate::session::Outcome;
use crate::transcript::{list, word};
use opensession_hail::{Block, EventType};
use serde_json::Value;
use std::borrow::Cow;

/// SHA-256 of nothing: how the content of a file is named that was not there.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Takes from a result what it tells of the change, and writes it into `outcome`.
pub(super) fn read(result: &mut Value, rows: Option<&Rows>, outcome: &mut Outcome) {
    let is_created = result.get("fileWasCreated").and_then(Value::as_bool);
    outcome.is_new_file = is_created.filter(|is_created| *is_created);
    let chunks = result.get("diff").map_or(&[][..], |diff| list(diff, "chunks"));
    if !chunks.is_empty() {
        let hunks: Vec<Hunk<'_>> = chunks.iter().filter_map(hunk).collect();
        let is_all_new = hunks.iter().all(|hunk| hunk.old_lines == 0 && hunk.old_start <= 1);
        if is_all_new && hunks.len() == 1 && is_created != Some(false) {
            let lines = hunks.iter().flat_map(|hunk| &hunk.lines);
            let lines = lines.filter_map(|line| line.strip_prefix('+'));
            let content: String = lines.flat_map(|line| [line, "\n"]).collect();
            create(outcome, content);
        }
        outcome.diff = Some(diff::from_hunks(&hunks)).filter(|diff| !diff.is_empty());
        if let Some(members) = result.as_object_mut() {
            members.remove("diff");
        }
        return;
    }
    let content = |key: &str| {
        let name = word(result, key)?;
        // Without the text there is no diff, and what the result says is kept all the same.
        let stored = rows?.value(name).unwrap_or(None)?;
        let stored = stored.unwrap_or_default();
        Some(String::from_utf8_lossy(&stored).into_owned())
    };
    let had_none = word(result, "beforeContentId").is_none_or(|name| name.ends_with(NOTHING));
    let before = word(result, "contentsBeforeEdit").map(str::to_owned);
    let before = before.or_else(|| content("beforeContentId"));
    let after = word(result, "contentsAfterEdit").map(str::to_owned);
    match (before, after.or_else(|| content("afterContentId"))) {
        (Some(before), Some(after)) if !before.is_empty() => {
            outcome.diff = Some(diff::between(&before, &after)).filter(|diff| !diff.is_empty());
        }
        (before, Some(after)) if before.is_some() || had_none => create(outcome, after),
        _ => {}
    }
}

fn create(outcome: &mut Outcome, content: String) {
    outcome.is_new_file = Some(true);
    let file = Block::File { path: String::new(), content: Some(content) };
    outcome.changes.push((EventType::FileCreate { path: String::new() }, vec![file]));
}

/// Returns a chunk as a hunk. Cursor puts a blank between the mark of a line and its text.
fn hunk(chunk: &Value) -> Option<Hunk<'_>> {
    let told = chunk.get("diffString")?.as_str()?;
    let lines: Vec<&str> = told.strip_suffix('\n').unwrap_or(told).split('\n').collect();
    let is_wide = lines.iter().all(|line| {
        matches!(line.as_bytes(), [] | [b' ' | b'+' | b'-'] | [b' ' | b'+' | b'-', b' ', ..])
    });
    let lines: Vec<Cow<'_, str>> = lines.into_iter().map(|line| narrow(line, is_wide)).collect();
    let count = |marks: [char; 2]| lines.iter().filter(|line| line.starts_with(marks)).count();
    Some(Hunk {
        old_start: number(chunk, "oldStart"),
        old_lines: count([' ', '-']) as u64,
        new_start: number(chunk, "newStart"),
        new_lines: count([' ', '+']) as u64,
        lines,
    })
}

fn narrow(line: &str, is_wide: bool) -> Cow<'_, str> {
    match (line.chars().next(), line.split_at_checked(1), line.split_at_checked(2)) {
        (Some(' ' | '+' | '-'), Some((mark, _)), Some((_, rest))) if is_wide => {
            Cow::Owned(format!("{mark}{rest}"))
        }
        (Some(' ' | '+' | '-' | '\\'), ..) => Cow::Borrowed(line),
        _ => Cow::Owned(format!(" {line}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn outcome(mut result: Value) -> Outcome {
        let mut outcome = Outcome::default();
        read(&mut result, None, &mut outcome);
        outcome
    }

    #[test]
    fn chunks_become_hunks_with_and_without_the_blank_behind_the_mark() {
        for told in ["  a\n- b\n+ c\n\n", " a\n-b\n+c\n\n"] {
            let chunk = json!({"diffString": told, "oldStart": 3, "newStart": 3});
            let found = outcome(json!({"diff": {"chunks": [chunk]}}));
            assert_eq!(found.diff.as_deref(), Some("@@ -3,3 +3,3 @@\n a\n-b\n+c\n \n"));
            assert_eq!(found.is_new_file, None);
        }
    }

    #[test]
    fn a_file_that_had_nothing_is_new() {
        let chunk = json!({"diffString": "+ a\n+ b", "oldStart": 1, "newStart": 1});
        assert_eq!(outcome(json!({"diff": {"chunks": [chunk]}})).is_new_file, Some(true));
        let texts = json!({"contentsBeforeEdit": "a\n", "contentsAfterEdit": "b\n"});
        assert_eq!(outcome(texts).diff.as_deref(), Some("@@ -1 +1 @@\n-a\n+b\n"));
        let none = json!({"contentsAfterEdit": "b\n"});
        assert_eq!(outcome(none).is_new_file, Some(true));
        let lost = json!({"beforeContentId": "composer.content.1", "contentsAfterEdit": "b\n"});
        assert_eq!(outcome(lost).is_new_file, None);
    }
}
