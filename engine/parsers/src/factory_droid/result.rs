//! What a tool returned: what the model was told. Of edits that is JSON with a diff.

use super::content::{Part, Said};
use super::diff_lines::{self, Line};
use super::invocation::{is_change, is_shell, is_task, is_write};
use crate::clip::clip;
use crate::diff::without_head;
use crate::lenient::{Flag, Items, List, Object, Signed, Text, Written, object, value};
use crate::session::Outcome;
use opensession_hail::Block;
use serde::Deserialize;
use serde_json::value::RawValue;

/// What the output of a program that failed begins with.
const FAILED: &str = "Error: Command failed (exit code: ";

/// What stands behind the output of a program.
const EXITED: &str = "[Process exited with code ";

/// What is known of a call when its result comes.
#[derive(Debug, Default)]
pub(super) struct Called {
    pub name: String,
    pub path: Option<String>,
    /// The sub-agent that it started.
    pub agent: Option<String>,
    /// It goes on when its result is there.
    pub is_background: bool,
}

/// What an edit came to.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Report<'a> {
    success: Option<Flag>,
    #[serde(borrow)]
    error: Text<'a>,
    #[serde(borrow)]
    diff: Text<'a>,
    #[serde(borrow)]
    diff_lines: List<Object<Line<'a>>>,
    is_new_file: Option<Flag>,
}

/// What a program printed, as a stream tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Printed<'a> {
    #[serde(borrow)]
    stdout: Text<'a>,
    #[serde(borrow)]
    stderr: Text<'a>,
    exit_code: Signed,
}

/// Returns what came of a call, as a message tells it; `raw` gives its parts as they are written.
pub(super) fn outcome<'a>(
    part: &Part<'_>,
    raw: impl Fn(usize) -> &'a RawValue,
    called: &Called,
) -> Outcome {
    let said = Said::of(&part.content, raw);
    let is_error = part.is_error.map(RawValue::get);
    let mut outcome =
        Outcome { blocks: said.blocks, attachments: said.attachments, ..Outcome::default() };
    outcome.is_error = match is_error {
        None | Some("null") => is_failure(outcome.text(), &called.name),
        told => told == Some("true"),
    };
    complete(&mut outcome, called);
    outcome
}

/// Returns what came of a call, as a stream tells it.
pub(super) fn streamed(raw: Option<&RawValue>, is_error: bool, called: &Called) -> Outcome {
    let mut outcome = Outcome { is_error, ..Outcome::default() };
    let printed = raw.and_then(|raw| object::<Printed<'_>>(raw.get())).filter(|printed| {
        printed.stdout.0.is_some() || printed.stderr.0.is_some() || printed.exit_code.0.is_some()
    });
    match (printed, raw) {
        (Some(printed), _) => {
            outcome.push_text(printed.stdout.as_str().unwrap_or(""));
            outcome.push_text(printed.stderr.as_str().unwrap_or(""));
            outcome.exit_code = printed.exit_code.0;
        }
        (None, Some(raw)) if raw.get().starts_with('{') => {
            outcome.blocks.push(Block::json(value(raw)));
            // Of an edit it is an object here, and the text of one elsewhere.
            if is_change(&called.name) {
                read_report(raw.get(), &mut outcome);
            }
        }
        (None, Some(raw)) => match serde_json::from_str::<Items<Part<'_>>>(raw.get()) {
            Ok(content) => {
                let written = Written::new(|| Some(raw));
                let said = Said::of(&content, |number| written.get(number));
                (outcome.blocks, outcome.attachments) = (said.blocks, said.attachments);
            }
            Err(_one_is_odd) => outcome.blocks.push(Block::json(value(raw))),
        },
        (None, None) => {}
    }
    complete(&mut outcome, called);
    outcome
}

/// Reads in the text what the tool says nowhere else.
fn complete(outcome: &mut Outcome, called: &Called) {
    if is_shell(&called.name) {
        let told = outcome.exit_code.or_else(|| exit_code(outcome.text()));
        let is_done = !outcome.is_error && !called.is_background;
        outcome.exit_code = told.or_else(|| is_done.then_some(0));
    } else if is_change(&called.name) {
        if outcome.text().trim_start().starts_with('{') {
            let text = outcome.text().to_owned();
            read_report(&text, outcome);
        }
        if is_write(&called.name) && outcome.is_new_file.is_none() {
            let starts_at_nothing = |diff: &String| diff.starts_with("@@ -0,0 ");
            outcome.is_new_file = outcome.diff.as_ref().map(starts_at_nothing);
        }
    } else if is_task(&called.name) {
        outcome.agent.clone_from(&called.agent);
        outcome.goes_on = called.is_background;
        let summary = outcome.text();
        outcome.summary = Some(clip(summary.to_owned())).filter(|text| !text.is_empty());
    }
}

/// Reads what an edit came to, where the text is JSON.
fn read_report(text: &str, outcome: &mut Outcome) {
    let Ok(Object(Some(report))) = serde_json::from_str::<Object<Report<'_>>>(text) else {
        return;
    };
    let has_failed = match report.success {
        Some(success) => !success.0,
        None => report.error.filled().is_some(),
    };
    outcome.is_error |= has_failed;
    outcome.is_new_file = report.is_new_file.map(|is_new| is_new.0).or(outcome.is_new_file);
    let told = || report.diff.as_str().map(without_head).filter(|diff| !diff.is_empty());
    let diff = diff_lines::unified(&report.diff_lines.0).or_else(told);
    outcome.diff = diff.or(outcome.diff.take());
}

/// Returns the exit code of a program: before its output where it failed, else behind it.
fn exit_code(text: &str) -> Option<i64> {
    let number = |text: &str, end: char| text.split_once(end)?.0.trim().parse().ok();
    if let Some(rest) = text.trim_start().strip_prefix(FAILED) {
        return number(rest, ')');
    }
    let last = text.trim_end().lines().next_back()?;
    number(last.strip_prefix(EXITED)?, ']')
}

/// Whether a result that does not say so is one of a failure. What is read may begin like one.
fn is_failure(text: &str, name: &str) -> bool {
    !matches!(name, "Read" | "Grep" | "FetchUrl") && text.starts_with("Error: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_stand_before_or_behind_the_output() {
        let cases = [
            ("Error: Command failed (exit code: 127)\nnot found", Some(127)),
            ("out\n\n[Process exited with code 3]", Some(3)),
            ("[Process exited with code 3]\nmore", None),
            ("Error: Command failed (exit code: x)", None),
            ("", None),
        ];
        for (text, code) in cases {
            assert_eq!(exit_code(text), code, "{text}");
        }
    }

    #[test]
    fn programs_end_with_0_where_nothing_says_otherwise() {
        let shell = |json: &str, is_background| {
            let called = Called { name: "Execute".into(), is_background, ..Called::default() };
            let part: Part<'_> = serde_json::from_str(json).unwrap();
            let outcome = outcome(&part, |_| RawValue::NULL, &called);
            (outcome.is_error, outcome.exit_code)
        };
        assert_eq!(shell(r#"{"content":"ok"}"#, false), (false, Some(0)));
        assert_eq!(shell(r#"{"content":"started"}"#, true), (false, None));
        assert_eq!(shell(r#"{"content":"Error: stopped"}"#, false), (true, None));
        assert_eq!(shell(r#"{"content":"no","is_error":true}"#, false), (true, None));
        assert_eq!(shell(r#"{"content":"Error: x","is_error":false}"#, false), (false, Some(0)));
    }

    #[test]
    fn edits_that_were_not_made_have_failed() {
        let called = Called { name: "Edit".into(), ..Called::default() };
        let edit = |text: &str| {
            let json = serde_json::json!({ "content": text }).to_string();
            outcome(&serde_json::from_str(&json).unwrap(), |_| RawValue::NULL, &called)
        };
        assert!(edit(r#"{"success":false,"error":"no match"}"#).is_error);
        assert!(edit(r#"{"error":"no match"}"#).is_error);
        let done = edit(r#"{"success":true,"diffLines":[{"type":"added","content":"a"}]}"#);
        assert!(!done.is_error);
        assert_eq!(done.diff.as_deref(), Some("@@ -0,0 +1 @@\n+a\n"));
        assert!(!edit("File edited").is_error);
        assert_eq!(done.is_new_file, None);
        let create = Called { name: "Create".into(), ..Called::default() };
        let created = |lines: &str| {
            let text = format!(r#"{{"success":true,"diffLines":[{lines}]}}"#);
            let json = serde_json::json!({ "content": text }).to_string();
            outcome(&serde_json::from_str(&json).unwrap(), |_| RawValue::NULL, &create).is_new_file
        };
        assert_eq!(created(r#"{"type":"added","content":"a"}"#), Some(true));
        let both = r#"{"type":"removed","content":"a"},{"type":"added","content":"b"}"#;
        assert_eq!(created(both), Some(false));
        assert_eq!(created(""), None);
    }
}
