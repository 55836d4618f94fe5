//! A tool call: one line of what was done and how it ended, then what came of it.

use super::fold::Fold;
use super::page::Page;
use super::text_of;
use crate::columns::width;
use crate::figures::{number, short_duration};
use crate::style::{self, Style};
use opensession_engine::hail::timeline::{Call, Outcome};
use opensession_engine::hail::{Block, Event, EventType, attribute, count_lines, diff_lines};
use serde_json::Value;
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
        let what = page.fit(&describe(event, page), width(mark) + width(&facts));
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
            write_output(page, &text_of(result), outcome == Outcome::Failed)?;
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
    write_output(page, &text_of(event), *is_error)
}

/// Returns what was done: `$ cargo test`, `Read src/a.rs`.
fn describe(event: &Event, page: &Page<'_>) -> String {
    match &event.event_type {
        EventType::ShellCommand { command, .. } => format!("$ {command}"),
        EventType::FileRead { path } => format!("Read {}", page.short_path(path)),
        EventType::FileEdit { path, .. } => format!("Edit {}", page.short_path(path)),
        EventType::FileCreate { path } => format!("Create {}", page.short_path(path)),
        EventType::FileDelete { path } => format!("Delete {}", page.short_path(path)),
        EventType::CodeSearch { query } => format!("Search code for {query}"),
        EventType::FileSearch { pattern } => format!("Find files {pattern}"),
        EventType::WebSearch { query } => format!("Search the web for {query}"),
        EventType::WebFetch { url } => format!("Fetch {url}"),
        EventType::ImageGenerate { prompt } => format!("Make a picture: {prompt}"),
        EventType::VideoGenerate { prompt } => format!("Make a film: {prompt}"),
        EventType::AudioGenerate { prompt } => format!("Make a sound: {prompt}"),
        EventType::TaskStart { title } => {
            format!("Task: {}", title.as_deref().unwrap_or("(no title)"))
        }
        EventType::ToolCall { name } => format!("{name} {}", arguments(event)),
        other => other.name().to_owned(),
    }
}

/// Returns the arguments of a call of a tool that has no event type of its own.
fn arguments(event: &Event) -> String {
    let input = event.content.blocks.iter().find_map(|block| match block {
        Block::Json { data } => Some(data),
        _ => None,
    });
    match input {
        Some(Value::Object(members)) => {
            let pairs = members.iter().map(|(name, value)| match value {
                Value::String(text) => format!("{name}={text}"),
                other => format!("{name}={other}"),
            });
            pairs.collect::<Vec<_>>().join(" ")
        }
        Some(other) => other.to_string(),
        None => text_of(event),
    }
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
            facts.extend(created(event).map(|text| format!("+{}", number(count_lines(text)))));
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

fn created(event: &Event) -> Option<&str> {
    event.content.blocks.iter().find_map(|block| match block {
        Block::File { content, .. } => content.as_deref(),
        _ => None,
    })
}

/// Writes what the invocation itself holds: a diff, the new file, the output of a command without a result event.
fn write_content(page: &mut Page<'_>, event: &Event) -> io::Result<()> {
    match &event.event_type {
        EventType::FileEdit { diff: Some(diff), .. } => {
            page.verbatim(diff, DIFF, false, diff_style)
        }
        EventType::FileCreate { .. } => match created(event) {
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
