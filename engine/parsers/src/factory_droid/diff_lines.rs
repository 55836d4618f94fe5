//! The diffs that results of edits have: one object for each line.

use crate::diff::{Hunk, from_hunks};
use crate::lenient::{Number, Object, Text};
use serde::Deserialize;

/// How many unchanged lines are kept beside a changed one: some results have the whole file.
const CONTEXT: usize = 3;

/// A line, and where it stands in the file before and after.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Line<'a> {
    /// `unchanged`, `removed` or `added`.
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    content: Text<'a>,
    line_number: Object<Place>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct Place {
    old: Number,
    new: Number,
}

/// Returns the lines as a unified diff, or `None` where no line was changed.
pub(super) fn unified(lines: &[Object<Line<'_>>]) -> Option<String> {
    let lines: Vec<&Line<'_>> = lines.iter().filter_map(|line| line.0.as_ref()).collect();
    let mut hunks: Vec<Hunk<'_>> = Vec::new();
    let (mut old, mut new) = (1, 1);
    let mut end = None;
    let near = near_changes(&lines);
    for (line, is_near) in lines.into_iter().zip(near) {
        let mark = line.mark();
        let place = line.line_number.0.unwrap_or_default();
        (old, new) = match (place.old.0, place.new.0) {
            (Some(old), Some(new)) => (old, new),
            (Some(told), None) if mark != '+' => (told, moved(new, old, told)),
            (None, Some(told)) if mark != '-' => (moved(old, new, told), told),
            _ => (old, new),
        };
        if is_near {
            if end != Some((old, new)) {
                hunks.push(Hunk { old_start: old, new_start: new, ..Hunk::default() });
            }
            if let Some(hunk) = hunks.last_mut() {
                hunk.old_lines += u64::from(mark != '+');
                hunk.new_lines += u64::from(mark != '-');
                let content = line.content.as_str().unwrap_or("").trim_end_matches(['\n', '\r']);
                hunk.lines.push(format!("{mark}{content}").into());
            }
        }
        old = old.saturating_add(u64::from(mark != '+'));
        new = new.saturating_add(u64::from(mark != '-'));
        end = is_near.then_some((old, new)).or(end);
    }
    for hunk in &mut hunks {
        // A hunk without lines on one side stands behind the line before.
        hunk.old_start -= u64::from(hunk.old_lines == 0).min(hunk.old_start);
        hunk.new_start -= u64::from(hunk.new_lines == 0).min(hunk.new_start);
    }
    Some(from_hunks(&hunks)).filter(|diff| !diff.is_empty())
}

impl Line<'_> {
    fn mark(&self) -> char {
        match self.kind.as_str() {
            Some("added") => '+',
            Some("removed") => '-',
            _ => ' ',
        }
    }
}

/// Returns where one side stands when the other one goes from `from` to `to`.
fn moved(side: u64, from: u64, to: u64) -> u64 {
    side.saturating_add(to.saturating_sub(from)).saturating_sub(from.saturating_sub(to))
}

/// Returns for each line whether it is near a changed one: the distance is counted forth, and then back.
fn near_changes(lines: &[&Line<'_>]) -> Vec<bool> {
    let mut near = vec![false; lines.len()];
    let mut after = 0;
    for (line, near) in lines.iter().zip(&mut near) {
        after = if line.mark() == ' ' { after } else { CONTEXT + 1 };
        *near |= after > 0;
        after = after.saturating_sub(1);
    }
    let mut before = 0;
    for (line, near) in lines.iter().zip(&mut near).rev() {
        before = if line.mark() == ' ' { before } else { CONTEXT + 1 };
        *near |= before > 0;
        before = before.saturating_sub(1);
    }
    near
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lenient::List;
    use serde_json::{Value, json};

    fn diff(lines: &Value) -> Option<String> {
        let lines = lines.to_string();
        let lines: List<Object<Line<'_>>> = serde_json::from_str(&lines).unwrap();
        unified(&lines.0)
    }

    #[test]
    fn lines_far_apart_are_hunks_of_their_own() {
        let same = |n: u64, new: u64| json!({"type": "unchanged", "content": format!("l{n}"), "lineNumber": {"old": n, "new": new}});
        let mut lines = vec![same(1, 1)];
        lines.push(json!({"type": "removed", "content": "l2", "lineNumber": {"old": 2}}));
        lines.extend((3..20).map(|n| same(n, n - 1)));
        lines.push(json!({"type": "added", "content": "x", "lineNumber": {"new": 19}}));
        lines.push(same(20, 20));
        let expected = "@@ -1,5 +1,4 @@\n l1\n-l2\n l3\n l4\n l5\n\
            @@ -17,4 +16,5 @@\n l17\n l18\n l19\n+x\n l20\n";
        assert_eq!(diff(&json!(lines)).as_deref(), Some(expected));
    }

    #[test]
    fn lines_without_numbers_count_on_and_a_new_file_starts_at_nothing() {
        let lines = json!([{"type": "added", "content": "a"}, {"type": "added", "content": "b\n"}]);
        assert_eq!(diff(&lines).as_deref(), Some("@@ -0,0 +1,2 @@\n+a\n+b\n"));
        assert_eq!(diff(&json!([{"type": "unchanged", "content": "a"}, 7])), None);
        assert_eq!(diff(&json!([])), None);
    }
}
