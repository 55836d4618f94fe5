//! A tool call: one line of what was done and how it ended; unfolded, what came of it.

use super::entry::{MOST_LINES, Pen, Piece, cut_line, middle_out};
use super::figures::{number, short_duration};
use crate::highlight::Code;
use crate::styled::Styled;
use crate::{ansi, diff, text};
use opensession_engine::hail::outline::Row;
use opensession_engine::hail::timeline::Outcome;
use opensession_engine::hail::{Block, Event, EventType, attribute, count_lines, diff_lines};
use ratatui::style::Style;
use ratatui::text::Span;

/// Lines of an error that are shown where the call is folded. The end of an output says how it went.
const FAILURE: (usize, usize) = (4, 12);

/// Draws a call: its invocations, then its results.
pub(super) fn draw(row: &Row, events: &[&Event], pen: &mut Pen<'_, '_>) {
    let theme = pen.brush.theme;
    let (mark, style) = match row.outcome {
        Outcome::Succeeded => ("✓ ", theme.good()),
        Outcome::Failed => ("✗ ", theme.bad()),
        Outcome::Unknown => ("· ", theme.dim()),
    };
    let (calls, results) = events.split_at(usize::from(row.invocations).min(events.len()));
    for call in calls {
        draw_head(call, results, row.outcome, (mark, style), pen);
        if pen.is_open {
            draw_content(call, pen);
        }
    }
    for result in results {
        let output = result.text();
        if row.outcome == Outcome::Failed && !pen.is_open {
            draw_failure(&output, pen);
        } else if pen.is_open {
            let file = calls.first().and_then(|call| match &call.event_type {
                EventType::FileRead { path } => Code::of_file(path, &output),
                _ => None,
            });
            draw_output(&output, file, row.outcome == Outcome::Failed, pen);
        }
    }
}

/// Draws a result whose call is not in the session.
pub(super) fn draw_lone_result(event: &Event, pen: &mut Pen<'_, '_>) {
    let EventType::ToolResult { name, is_error, .. } = &event.event_type else { return };
    let theme = pen.brush.theme;
    let text = event.text();
    let lines = match text.lines().count() {
        0 => String::new(),
        1 => "  (1 line)".to_owned(),
        count => format!("  ({} lines)", number(count as u64)),
    };
    let (mark, style) = if *is_error { ("✗ ", theme.bad()) } else { ("· ", theme.dim()) };
    let head = format!("result of {}", text::first_line(name));
    pen.line(vec![Span::styled(mark, style), Span::raw(head), Span::styled(lines, theme.dim())]);
    if pen.is_open {
        draw_output(&text, None, *is_error, pen);
    } else if *is_error {
        draw_failure(&text, pen);
    }
}

/// Draws the line of an invocation: `✓ Edit src/a.rs  (+1 -1, 12 ms)`.
fn draw_head(
    call: &Event,
    results: &[&Event],
    outcome: Outcome,
    (mark, style): (&'static str, Style),
    pen: &mut Pen<'_, '_>,
) {
    let theme = pen.brush.theme;
    let facts = facts(call, results, outcome);
    let facts = if facts.is_empty() { String::new() } else { format!("  ({})", facts.join(", ")) };
    let deed = call.deed(pen.cwd);
    let mut lines = deed.lines();
    let first = cut_line(lines.next().unwrap_or_default());
    let has_more = lines.clone().next().is_some();
    let mut what = Styled::default();
    // The name of the tool, or the sign of the shell, stands out.
    let (name, rest) = first.split_once(' ').unwrap_or((first, ""));
    what.push(name, theme.tool());
    what.push(" ", theme.text());
    what.push(rest, theme.text());
    if has_more && !pen.is_open {
        what.push(" …", theme.dim());
    }
    let room = pen.room.saturating_sub(2 + text::width(&facts)).max(10);
    let mut spans = vec![Span::styled(mark, style)];
    // The arguments of other tools are drawn below, in full.
    let is_named_only = matches!(call.event_type, EventType::ToolCall { .. });
    if !pen.is_open || is_named_only || what.width() <= room && !has_more {
        spans.extend(what.cut(room));
        spans.push(Span::styled(facts, theme.dim()));
        pen.line(spans);
        return;
    }
    for (number, row) in what.rows(pen.room.saturating_sub(2), MOST_LINES).iter().enumerate() {
        if number > 0 {
            spans.push(Span::raw("  "));
        }
        spans.extend(what.spans(row));
        pen.line(std::mem::take(&mut spans));
    }
    let rest: Vec<&str> = lines.map(cut_line).collect();
    if !rest.is_empty() {
        pen.text(&rest.join("\n"), theme.text());
    }
    if !facts.is_empty() {
        pen.line(vec![Span::styled(facts, theme.dim())]);
    }
}

/// Returns how the call ended and what it amounts to.
fn facts(call: &Event, results: &[&Event], outcome: Outcome) -> Vec<String> {
    let mut facts = Vec::new();
    match &call.event_type {
        EventType::ShellCommand { exit_code: Some(code), .. } if *code != 0 => {
            facts.push(format!("exit {code}"));
        }
        EventType::FileEdit { diff: Some(diff), .. } => {
            let change = diff_lines(diff);
            facts.push(format!("+{} -{}", number(change.added), number(change.removed)));
        }
        EventType::FileCreate { .. } => {
            facts.extend(call.created().map(|text| format!("+{}", number(count_lines(text)))));
        }
        _ if outcome == Outcome::Failed => facts.push("failed".to_owned()),
        _ => {}
    }
    let took = call.duration_ms.or_else(|| results.iter().find_map(|one| one.duration_ms));
    facts.extend(took.filter(|millis| *millis > 0).map(short_duration));
    if let Some(agent) = call.attributes.str(attribute::SUBAGENT_ID)
        && matches!(call.event_type, EventType::TaskStart { .. })
    {
        facts.push(format!("sub-agent {}", text::first_line(agent)));
    }
    facts
}

/// Draws what the invocation itself holds: a diff, the new file, the arguments, the output of a command.
fn draw_content(call: &Event, pen: &mut Pen<'_, '_>) {
    let theme = pen.brush.theme;
    match &call.event_type {
        EventType::FileEdit { diff: Some(text), .. } => {
            let lines = diff::lines(text, theme, MOST_LINES);
            pen.block(lines, text);
        }
        EventType::FileCreate { path } => {
            if let Some(text) = call.created() {
                let lines = pen.brush.code(Code::of_file(path, text), text, MOST_LINES);
                pen.block(lines, text);
            }
        }
        EventType::ShellCommand { .. } => {
            for text in call.content.blocks.iter().filter_map(Block::as_text) {
                draw_output(text, None, false, pen);
            }
        }
        EventType::ToolCall { .. } => {
            for block in &call.content.blocks {
                if let Block::Json { data } = block {
                    let text = format!("{data:#}");
                    let lines = pen.brush.code(Code::new("json", &text), &text, MOST_LINES);
                    pen.block(lines, &text);
                }
            }
        }
        _ => {}
    }
}

/// Draws what a tool put out, in its own colours or those of the file.
fn draw_output(output: &str, file: Option<Code>, failed: bool, pen: &mut Pen<'_, '_>) {
    let theme = pen.brush.theme;
    let output = output.trim_end();
    let lines = if file.is_some() {
        pen.brush.code(file, output, MOST_LINES)
    } else {
        let base = if failed { theme.bad() } else { theme.dim() };
        ansi::lines(output, base, theme, MOST_LINES)
    };
    pen.block(lines, output);
}

/// Draws the beginning and the end of an error.
fn draw_failure(output: &str, pen: &mut Pen<'_, '_>) {
    let theme = pen.brush.theme;
    let room = pen.room.saturating_sub(4);
    for piece in middle_out(output.trim_end(), Some(FAILURE)) {
        let line = match piece {
            Piece::Line(line) => {
                // What the program coloured says no more than that it failed.
                let plain = ansi::lines(line, theme.bad(), crate::theme::Theme::default(), 1);
                plain.into_iter().next().unwrap_or_default()
            }
            Piece::Left(count) => Styled::new(&format!("… {count} lines …"), theme.dim()),
        };
        let mut spans = vec![Span::raw("    ")];
        spans.extend(line.cut(room));
        pen.line(spans);
    }
}
