//! Tabs in patches. Claude Code writes `structuredPatch` as its screen shows it, every leading tab as two blanks; here
//! the lines become those of the file again.

use crate::diff::Hunk;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Returns whether a line of `hunks` may have had tabs.
pub(super) fn may_have_had(hunks: &[Hunk<'_>]) -> bool {
    let is_indented = |line: &Cow<'_, str>| matches!(line.as_bytes(), [_, b' ', b' ', ..]);
    hunks.iter().any(|hunk| hunk.lines.iter().any(is_indented))
}

/// Gives the lines of `hunks` the leading tabs that they have in the file; `old` is the file before the edit and
/// `new` after it. A line that is not what the screen shows of the file's line stays as it is.
pub(super) fn restore(hunks: &mut [Hunk<'_>], old: &str, new: &str) {
    let (mut old, mut new) = (Lines::new(old), Lines::new(new));
    for hunk in hunks {
        old.skip_to(hunk.old_start);
        new.skip_to(hunk.new_start);
        for line in &mut hunk.lines {
            let Some((sign, shown)) = line.split_at_checked(1) else {
                continue;
            };
            let in_file = match sign {
                " " => {
                    new.next();
                    old.next()
                }
                "-" => old.next(),
                "+" => new.next(),
                _ => None,
            };
            if let Some(in_file) = in_file.filter(|in_file| shows(in_file, shown)) {
                *line = Cow::Owned(format!("{sign}{in_file}"));
            }
        }
    }
}

/// Returns the file after the edit that a tool's `input` asks for.
pub(super) fn after_edit(name: &str, input: &Map<String, Value>, old: &str) -> Option<String> {
    match name {
        "Write" => Some(input.get("content")?.as_str()?.to_owned()),
        "Edit" => replace(input, old),
        "MultiEdit" => {
            let mut text = old.to_owned();
            for edit in input.get("edits")?.as_array()? {
                text = replace(edit.as_object()?, &text)?;
            }
            Some(text)
        }
        _ => None,
    }
}

fn replace(edit: &Map<String, Value>, text: &str) -> Option<String> {
    let from = edit.get("old_string")?.as_str()?;
    let to = edit.get("new_string")?.as_str()?;
    let everywhere = edit.get("replace_all").and_then(Value::as_bool);
    Some(if everywhere == Some(true) { text.replace(from, to) } else { text.replacen(from, to, 1) })
}

/// The lines of a file, read once from top to bottom: hunks follow one another.
struct Lines<'f> {
    rest: Option<&'f str>,
    /// Of the next line, counted from 1.
    number: u64,
}

impl<'f> Lines<'f> {
    fn new(file: &'f str) -> Self {
        Self { rest: Some(file), number: 1 }
    }

    fn skip_to(&mut self, number: u64) {
        while self.number < number && self.next().is_some() {}
    }
}

impl<'f> Iterator for Lines<'f> {
    type Item = &'f str;

    fn next(&mut self) -> Option<&'f str> {
        let rest = self.rest?;
        self.number += 1;
        let end = memchr::memchr(b'\n', rest.as_bytes());
        self.rest = end.and_then(|end| rest.get(end + 1..));
        rest.get(..end.unwrap_or(rest.len()))
    }
}

/// Whether the screen shows a line with leading tabs in this way.
fn shows(in_file: &str, shown: &str) -> bool {
    let text = in_file.trim_start_matches('\t');
    let tabs = in_file.len() - text.len();
    tabs > 0
        && shown
            .strip_suffix(text)
            .is_some_and(|indent| indent.len() == 2 * tabs && indent.bytes().all(|b| b == b' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::from_hunks;
    use serde_json::json;

    #[test]
    fn lines_get_the_tabs_of_the_file_and_blanks_stay_blanks() {
        let old = "package a\nfunc f() {\n\tif x {\n\t\told()\n\t}\n  two blanks\n}\n";
        let input = json!({"old_string": "old()", "new_string": "new()\n\t\tmore()"});
        let new = after_edit("Edit", input.as_object().unwrap(), old).unwrap();
        let lines =
            ["   if x {", "-    old()", "+    new()", "+    more()", "   }", "   two blanks"];
        let mut hunks = [Hunk {
            old_start: 3,
            old_lines: 4,
            new_start: 3,
            new_lines: 5,
            lines: lines.into_iter().map(Cow::Borrowed).collect(),
        }];
        restore(&mut hunks, old, &new);
        assert_eq!(
            from_hunks(&hunks),
            "@@ -3,4 +3,5 @@\n \tif x {\n-\t\told()\n+\t\tnew()\n+\t\tmore()\n \t}\n   two blanks\n"
        );
    }

    #[test]
    fn edits_apply_one_after_the_other() {
        let input = json!({"edits": [
            {"old_string": "a", "new_string": "b"},
            {"old_string": "b", "new_string": "c", "replace_all": true},
        ]});
        let after = |name| after_edit(name, input.as_object().unwrap(), "a b a");
        assert_eq!(after("MultiEdit").as_deref(), Some("c c a"));
        assert_eq!(after("NotebookEdit"), None);
    }
}
