//! `workspace.yaml` beside a log: what the session is called, and where it works.

use super::log::Known;
use crate::{ParseError, side};
use opensession_hail::one_line;
use std::path::{Path, PathBuf};

const NAME: &str = "workspace.yaml";

/// A larger file is none of the tool's.
const LARGEST: u64 = 1024 * 1024;

/// Returns what lies beside a log and belongs to it.
pub(super) fn beside(log: &Path) -> Vec<PathBuf> {
    match log.file_name() {
        Some(name) if name == "events.jsonl" => vec![log.with_file_name(NAME)],
        _ => Vec::new(),
    }
}

/// Returns what is known of the session of a log; the file is often not there.
///
/// # Errors
/// When it is there and cannot be read: some logs tell their folder nowhere else.
pub(super) fn read(log: &Path) -> Result<Known, ParseError> {
    let mut bytes = Vec::new();
    for path in beside(log) {
        bytes.extend(side::read(&path, LARGEST)?.unwrap_or_default());
    }
    Ok(of_text(&String::from_utf8_lossy(&bytes)))
}

fn of_text(text: &str) -> Known {
    let value = |key: &str| scalar(text, key).filter(|value| !value.is_empty());
    Known {
        cwd: value("cwd"),
        branch: value("branch"),
        title: value("name").or_else(|| value("summary")),
        originator: value("client_name"),
    }
}

/// Returns the value of a key that stands at the margin, on one line; the file is written by a program, and has no lists.
fn scalar(text: &str, key: &str) -> Option<String> {
    let mut lines = text.lines();
    let value = lines.by_ref().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?.trim();
    let is_block = value.starts_with(['|', '>']);
    let more = lines.take_while(|line| line.is_empty() || line.starts_with([' ', '\t']));
    let more: Vec<&str> = more.map(str::trim).filter(|line| !line.is_empty()).collect();
    let value = if is_block { more.join(" ") } else { [&[value][..], &more].concat().join(" ") };
    let quoted = |mark: char| value.strip_prefix(mark)?.strip_suffix(mark);
    let plain = match (quoted('"'), quoted('\'')) {
        // Not all of YAML's escapes are JSON's.
        (Some(_), _) => serde_json::from_str(&value).unwrap_or(value),
        (_, Some(inner)) => inner.replace("''", "'"),
        _ if value == "null" || value == "~" => String::new(),
        _ => value,
    };
    Some(one_line(&plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_quoted_folded_and_missing_values_are_read() {
        let text = "id: 1\ncwd: D:\\Source\\a b\nname: \"it's \\\"x\\\"\"\nbranch: 'it''s'\nsummary: |-\n  one\n  two\nclient_name: null\n";
        let known = of_text(text);
        assert_eq!(known.cwd.as_deref(), Some("D:\\Source\\a b"));
        assert_eq!(known.title.as_deref(), Some("it's \"x\""));
        assert_eq!(known.branch.as_deref(), Some("it's"));
        assert_eq!(known.originator, None);
        assert_eq!(scalar(text, "summary").as_deref(), Some("one two"));
        assert_eq!(
            scalar("summary: long text\n  that goes on\nx: 1", "summary").as_deref(),
            Some("long text that goes on")
        );
        assert_eq!(scalar(text, "cw"), None);
    }
}
