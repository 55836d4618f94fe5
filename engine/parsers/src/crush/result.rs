//! What a tool returned, and what the tool notes beside it.

use super::part::Data;
use crate::attachment;
use crate::diff::{between, without_head};
use crate::lenient::{Flag, Signed, Text};
use crate::session::Outcome;
use serde::Deserialize;

/// What is noted of a result for the screen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata<'a> {
    #[serde(borrow)]
    diff: Text<'a>,
    #[serde(borrow)]
    old_content: Text<'a>,
    #[serde(borrow)]
    new_content: Text<'a>,
    start_time: Signed,
    end_time: Signed,
    background: Flag,
    #[serde(borrow)]
    working_directory: Text<'a>,
}

/// A result, and where a command ran.
#[derive(Debug, Default)]
pub(super) struct Returned {
    pub outcome: Outcome,
    pub cwd: Option<String>,
}

/// Reads the result of a call.
pub(super) fn read(data: &Data<'_>) -> Returned {
    let mut outcome = Outcome { is_error: data.is_error.0, ..Outcome::default() };
    let content = data.content.as_str().unwrap_or("");
    outcome.push_text(content);
    if let Some(base64) = data.data.filled() {
        let mime = data.mime_type.filled().unwrap_or("application/octet-stream");
        if let Some(attachment) = attachment::from_base64(base64, mime) {
            outcome.blocks.push(attachment::block(&attachment, mime));
            outcome.attachments.push(attachment);
        }
    }
    // What is no JSON tells nothing besides.
    let text = data.metadata.as_str().unwrap_or("");
    let metadata: Metadata<'_> = serde_json::from_str(text).unwrap_or_default();
    (outcome.diff, outcome.is_new_file) = change(&metadata);
    if let (Some(start), Some(end)) = (metadata.start_time.0, metadata.end_time.0) {
        outcome.duration = u64::try_from(end.saturating_sub(start)).ok().filter(|_| start > 0);
        let has_ended = end > 0 && !metadata.background.0 && !outcome.is_error;
        outcome.exit_code = exit_code(content).or(Some(0).filter(|_| has_ended));
        if content.contains(ABORTED) {
            outcome.exit_code = None;
            outcome.is_error = true;
        }
    } else {
        outcome.exit_code = exit_code(content);
    }
    let cwd = metadata.working_directory.filled().map(str::to_owned);
    Returned { outcome, cwd }
}

const ABORTED: &str = "Command was aborted before completion";

/// Returns the diff of a change, and whether the file was new.
fn change(metadata: &Metadata<'_>) -> (Option<String>, Option<bool>) {
    if let Some(diff) = metadata.diff.as_str() {
        let diff = without_head(diff);
        let is_new = !diff.is_empty()
            && diff.lines().all(|line| !line.starts_with("@@ -") || line.starts_with("@@ -0,0 "));
        return (Some(diff).filter(|diff| !diff.is_empty()), Some(is_new));
    }
    match (metadata.old_content.as_str(), metadata.new_content.as_str()) {
        (None, None) => (None, None),
        (old, new) => {
            let (old, new) = (old.unwrap_or(""), new.unwrap_or(""));
            (Some(between(old, new)), Some(old.is_empty()))
        }
    }
}

/// Returns the code that the output of a command ends with; none where it did not fail.
fn exit_code(content: &str) -> Option<i64> {
    let end = content.rsplit_once("\n\n<cwd>").map_or(content, |(output, _)| output);
    let (_, line) = end.trim_end().rsplit_once('\n').unwrap_or(("", end.trim_end()));
    line.strip_prefix("Exit code ")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_stand_at_the_end_before_the_folder() {
        assert_eq!(exit_code("FAIL\n\nExit code 1\n\n<cwd>/repo</cwd>"), Some(1));
        assert_eq!(exit_code("Exit code 2"), Some(2));
        assert_eq!(exit_code("says Exit code 1\nfine"), None);
    }
}
