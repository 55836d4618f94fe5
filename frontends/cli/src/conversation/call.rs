//! A tool call: one line of what was done and how it ended, then what came of it.

use super::fold::Fold;
use super::page::Page;
use crate::columns::width;
use crate::figures::{number, short_duration};
use crate::style::{self, Style};
use opensession_engine::hail::timeline::{Call, Outcome};
use opensession_engine::hail::{Block, Event, EventType, attribute, count_lines, diff_lines};
use std::io;

/// Lines of outputs and diffs that are shown where not everything is. The end of an output says how it went.
const OUTPUT: Fold = Fold { head: 0, tail: 6 };
const FAILURE: Fold = Fold { head: 4, tail: 12 };
const DIFF: Fold = Fold { head: 24, tail: 4 };

/// Writes a call.
pub(super) fn write(page: &mut Page<'_>, call: &Call<'_>) -> io::Result<()> {
    let outcome = call.outcome();
    let (mark, mark_style) = match outcome {
        Outcome::Succeeded => ("  ✓ ", style::GOOD),
        Outcome::Failed => ("  ✗ ", style::BAD),
        Outcome::Unknown => ("  · ", style::DIM),
    };
    for event in &call.events {
        page.gap_after_block()?;
        let facts = facts(event, call, outcome);
        let facts =
            if facts.is_empty() { String::new() } else { format!("  ({})", facts.join(", ")) };
        let what = page.fit(&event.deed(page.folder()), width(mark) + width(&facts));
        let mut lines = what.lines();
        let first = lines.next().unwrap_or_default();
        page.pieces(&[(mark_style, mark), (style::PLAIN, first), (style::DIM, &facts)])?;
        for line in lines {
            page.pieces(&[(style::PLAIN, "    "), (style::PLAIN, line)])?;
        }
        write_content(page, event)?;
    }
    let is_shell =
        call.events.iter().any(|event| matches!(event.event_type, EventType::ShellCommand { .. }));
    if page.is_full() || is_shell || outcome == Outcome::Failed {
        for result in &call.results {
            write_output(page, &result.text(), outcome == Outcome::Failed)?;
        }
    }
    Ok(())
}

/// Returns whether the call starts a task of a sub-agent.
pub(super) fn starts_task(call: &Call<'_>) -> bool {
    call.events.iter().any(|event| matches!(event.event_type, EventType::TaskStart { .. }))
}

/// Writes a result whose call is not in the session.
pub(super) fn write_lone_result(page: &mut Page<'_>, event: &Event) -> io::Result<()> {
    let EventType::ToolResult { name, is_error, .. } = &event.event_type else {
        return Ok(());
    };
    page.line(style::DIM, &format!("  · result of {name}"))?;
    write_output(page, &event.text(), *is_error)
}

/// Returns how the call ended and what it amounts to.
fn facts(event: &Event, call: &Call<'_>, outcome: Outcome) -> Vec<String> {
    let mut facts = Vec::new();
    match &event.event_type {
        EventType::ShellCommand { exit_code: Some(code), .. } if *code != 0 => {
            facts.push(format!("exit {code}"));
        }
        EventType::FileEdit { diff: Some(diff), .. } => {
            let change = diff_lines(diff);
            facts.push(format!("+{} -{}", number(change.added), number(change.removed)));
        }
        EventType::FileCreate { .. } => {
            facts.extend(event.created().map(|text| format!("+{}", number(count_lines(text)))));
        }
        _ if outcome == Outcome::Failed => facts.push("failed".to_owned()),
        _ => {}
    }
    let took = event.duration_ms.or_else(|| call.results.iter().find_map(|one| one.duration_ms));
    facts.extend(took.filter(|millis| *millis > 0).map(short_duration));
    if let Some(agent) = event.attributes.str(attribute::SUBAGENT_ID)
        && matches!(event.event_type, EventType::TaskStart { .. })
    {
        facts.push(format!("sub-agent {agent}"));
    }
    facts
}

/// Writes what the invocation itself holds: a diff, the new file, the output of a command without a result event.
fn write_content(page: &mut Page<'_>, event: &Event) -> io::Result<()> {
    match &event.event_type {
        EventType::FileEdit { diff: Some(diff), .. } => {
            page.verbatim(diff, DIFF, false, diff_style)
        }
        EventType::FileCreate { .. } => match event.created() {
            Some(text) => page.verbatim(text, DIFF, true, |_| style::GOOD),
            None => Ok(()),
        },
        EventType::ShellCommand { .. } => {
            let texts = event.content.blocks.iter().filter_map(Block::as_text);
            texts.into_iter().try_for_each(|text| write_output(page, text, false))
        }
        _ => Ok(()),
    }
}

fn diff_style(line: &str) -> Style {
    match line.as_bytes().first() {
        Some(b'+') => style::GOOD,
        Some(b'-') => style::BAD,
        Some(b'@') => style::PLACE,
        _ => style::DIM,
    }
}

/// Writes what a tool put out; the colours that it set for its own terminal are left out.
fn write_output(page: &mut Page<'_>, text: &str, failed: bool) -> io::Result<()> {
    let text = without_colours(text);
    let (style, fold) = if failed { (style::BAD, FAILURE) } else { (style::DIM, OUTPUT) };
    page.verbatim(text.trim_end(), fold, true, |_| style)
}

/// Returns `text` without `ESC [ … m`: colours and weights, as in ECMA-48, 8.3.117.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ';' | ':'));
        match rest.strip_prefix('m') {
            Some(rest) => out.push_str(rest),
            None => {
                out.push_str("\u{1b}[");
                out.push_str(part);
            }
        }
    }
    out
}
