//! What files held, as far as the session shows it: a result does not say what an edit replaced, or where.

use crate::diff::between;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The files that a session has seen or written, with their text where all of it was shown.
#[derive(Debug, Default)]
pub(super) struct Files(HashMap<String, Option<String>>);

/// What a call does to a file when it succeeds.
#[derive(Debug)]
pub(super) struct Use {
    path: String,
    act: Act,
}

#[derive(Debug)]
enum Act {
    /// Shows it; all of it or a part.
    Read {
        is_whole: bool,
    },
    Write(String),
    Replace {
        old: String,
        new: String,
    },
    /// Puts a text behind a line: 0 is before the first, -1 behind the last.
    Insert {
        line: i64,
        new: String,
    },
    /// Nobody can say what it holds afterwards.
    Other,
}

/// What became of a file.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub is_new: Option<bool>,
    pub diff: Option<String>,
}

impl Use {
    /// Returns what the call of a tool with this input does to a file.
    pub(super) fn of(name: &str, input: &Map<String, Value>) -> Option<Self> {
        let text = |keys: &[&str]| {
            keys.iter().find_map(|key| input.get(*key)?.as_str()).map(str::to_owned)
        };
        let path = text(&super::action::PATH_KEYS)?;
        let act = match super::action::sort(name, input) {
            "read" => Act::Read {
                is_whole: ["view_range", "line", "offset", "limit"]
                    .iter()
                    .all(|key| input.get(*key).is_none_or(Value::is_null)),
            },
            "write" => Act::Write(text(&super::action::CONTENT_KEYS)?),
            "replace" => match (text(&super::action::OLD_KEYS), text(&super::action::NEW_KEYS)) {
                (Some(old), Some(new)) if input.get("diff").is_none_or(Value::is_null) => {
                    Act::Replace { old, new }
                }
                _ => Act::Other,
            },
            "insert" => match (
                input.get("insert_line").and_then(Value::as_i64),
                text(&super::action::NEW_KEYS),
            ) {
                (Some(line), Some(new)) => Act::Insert { line, new },
                _ => Act::Other,
            },
            "undo" => Act::Other,
            _ => return None,
        };
        Some(Self { path, act })
    }
}

impl Files {
    /// Notes what a call did, and returns what that changed. `shown` is the text that the result shows of the file.
    pub(super) fn apply(&mut self, used: Use, shown: Option<String>) -> Change {
        let Use { path, act } = used;
        match act {
            Act::Read { is_whole } => {
                let text = shown.filter(|_| is_whole);
                let known = self.0.entry(path).or_default();
                *known = text.or(known.take());
                Change::default()
            }
            Act::Write(mut text) => {
                if !text.ends_with('\n') && !text.is_empty() {
                    text.push('\n');
                }
                let before = self.0.insert(path, Some(text.clone()));
                let is_new = Some(before.is_none());
                let diff = before.flatten().map(|before| between(&before, &text));
                Change { is_new, diff }
            }
            Act::Replace { old, new } => {
                let holds = |text: &&String| !old.is_empty() && text.contains(&old);
                self.edit(path, |text| {
                    Some(text).filter(holds).map(|text| text.replacen(&old, &new, 1))
                })
            }
            Act::Insert { line, new } => self.edit(path, |text| insert(text, line, &new)),
            Act::Other => {
                self.0.insert(path, None);
                Change::default()
            }
        }
    }
    /// Notes an edit: `after` makes of what the file held what it holds now, where that can be said.
    fn edit(&mut self, path: String, after: impl Fn(&String) -> Option<String>) -> Change {
        let known = self.0.entry(path).or_default();
        let after = known.as_ref().and_then(after);
        let diff = known.as_deref().zip(after.as_deref());
        let diff = diff.map(|(before, after)| between(before, after));
        *known = after;
        Change { is_new: None, diff }
    }
}

fn insert(text: &str, line: i64, new: &str) -> Option<String> {
    let mut lines: Vec<&str> = text.lines().collect();
    let count = i64::try_from(lines.len()).ok()?;
    let at = if line < 0 { count.checked_add(1)?.checked_add(line)? } else { line };
    let at = usize::try_from(at).ok().filter(|at| *at <= lines.len())?;
    lines.insert(at, new.strip_suffix('\n').unwrap_or(new));
    Some(lines.join("\n") + "\n")
}
