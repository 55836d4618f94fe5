//! A row on the screen: what was said, thought, done, noted.

use super::call;
use crate::highlight::Brush;
use crate::markdown;
use crate::styled::Styled;
use crate::text;
use opensession_engine::hail::outline::{Row, RowKind};
use opensession_engine::hail::{Event, EventType, attribute};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// Lines of prose are not longer, however wide the screen is.
const COMFORTABLE: usize = 110;
/// An unfolded row has no more lines; the editor shows the rest.
pub(super) const MOST_LINES: usize = 2_000;
/// Of a longer line only the beginning is drawn.
const LONGEST_LINE: usize = 16 << 10;
/// Lines of a prompt that are shown where it is folded.
const PROMPT: (usize, usize) = (30, 6);
/// What a prompt begins with.
const BAR: &str = "┃ ";

/// What a row is drawn with.
pub(super) struct Pen<'p, 'c> {
    pub brush: &'p mut Brush<'c>,
    /// Cells in a line.
    pub room: usize,
    /// The working directory of the session.
    pub cwd: Option<&'p str>,
    /// Whether nothing is folded.
    pub is_open: bool,
    /// Local time is so many minutes ahead of UTC.
    pub offset: i32,
    pub out: Vec<Line<'static>>,
}

/// Returns the lines of a row whose events these are.
pub(super) fn lines(row: &Row, events: &[&Event], mut pen: Pen<'_, '_>) -> Vec<Line<'static>> {
    let theme = pen.brush.theme;
    let Some(first) = events.first() else { return Vec::new() };
    match row.kind {
        RowKind::Prompt => prompt(row, first, &mut pen),
        RowKind::Answer => {
            let text = long_lines_cut(&first.text());
            let room = pen.room.min(COMFORTABLE);
            pen.out = markdown::lines(&text, room, MOST_LINES, pen.brush);
            pen.say_more(text.lines().count().saturating_sub(MOST_LINES));
        }
        RowKind::Thinking => pen.folded("thinking", &first.text(), theme.dim()),
        RowKind::TaskEnd => {
            let text = first.text();
            let summary = match &first.event_type {
                EventType::TaskEnd { summary: Some(summary) } if text.is_empty() => summary,
                _ => &text,
            };
            pen.folded("task ended", summary, theme.dim());
        }
        RowKind::Note { .. } => {
            let kind = match &first.event_type {
                EventType::Custom { kind } => kind.as_str(),
                _ => first.attributes.str(attribute::RAW_TYPE).unwrap_or("system"),
            };
            pen.folded(kind, first.text().trim(), theme.dim());
        }
        RowKind::Call(_) => call::draw(row, events, &mut pen),
        RowKind::Result => call::draw_lone_result(first, &mut pen),
    }
    if pen.out.is_empty() {
        pen.out.push(Line::styled("(empty)", theme.dim()));
    }
    if row.undone {
        let taken_back = theme.dim().add_modifier(Modifier::CROSSED_OUT);
        for span in pen.out.iter_mut().flat_map(|line| &mut line.spans) {
            span.style = span.style.patch(taken_back);
        }
    }
    pen.out
}

/// Returns the line of a row whose events are not read yet.
pub(super) fn waiting(row: &Row, style: Style) -> Line<'static> {
    let mark = if row.kind == RowKind::Prompt { BAR } else { "" };
    Line::styled(format!("{mark}…"), style)
}

fn prompt(row: &Row, event: &Event, pen: &mut Pen<'_, '_>) {
    let theme = pen.brush.theme;
    let room = pen.room.min(COMFORTABLE).saturating_sub(2);
    let text = event.text();
    let fold = (!pen.is_open).then_some(PROMPT);
    let mut time = clock(row.time, pen.offset);
    if row.undone {
        time.push_str("  (taken back)");
    }
    pen.line(vec![Span::styled(BAR, theme.user()), Span::styled(time, theme.dim())]);
    for piece in middle_out(text.trim_end(), fold) {
        let line = match piece {
            Piece::Line(line) => Styled::new(line, theme.text()),
            Piece::Left(count) => Styled::new(&format!("… {count} lines …"), theme.dim()),
        };
        for part in line.rows(room, MOST_LINES) {
            let mut spans = vec![Span::styled(BAR, theme.user())];
            spans.extend(line.spans(&part));
            pen.line(spans);
        }
    }
}

impl Pen<'_, '_> {
    pub(super) fn line(&mut self, spans: Vec<Span<'static>>) {
        self.out.push(Line::from(spans));
    }

    /// Draws a text that is folded to one line: `▸ thinking: the first line (12 lines)`.
    fn folded(&mut self, name: &str, text: &str, style: Style) {
        let count = text.lines().count();
        if self.is_open && (count > 1 || text.len() > self.room / 2) {
            self.line(vec![Span::styled(format!("▾ {}:", text::first_line(name)), style)]);
            self.text(text, style);
            return;
        }
        let more = if count > 1 { format!("  ({count} lines)") } else { String::new() };
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let head = if count > 1 { "▸ " } else { "  " };
        let line = format!("{head}{}: {}", text::first_line(name), cut_line(first.trim()));
        let mut spans = Styled::new(&line, style).cut(self.room.saturating_sub(more.len()));
        spans.push(Span::styled(more, style));
        self.line(spans);
    }

    /// Draws a text, indented and wrapped.
    pub(super) fn text(&mut self, text: &str, style: Style) {
        let lines = text.lines().take(MOST_LINES);
        let lines = lines.map(|line| Styled::new(cut_line(line), style)).collect();
        self.block(lines, text);
    }

    /// Draws the lines of `text`, indented and wrapped, and says what is left out.
    pub(super) fn block(&mut self, lines: Vec<Styled>, text: &str) {
        let room = self.room.saturating_sub(4);
        let begin = self.out.len();
        let count = lines.len();
        for line in lines {
            for row in line.rows(room, MOST_LINES) {
                let mut spans = vec![Span::raw("    ")];
                spans.extend(line.spans(&row));
                self.line(spans);
            }
            if self.out.len() - begin >= MOST_LINES {
                break;
            }
        }
        self.say_more(text.lines().count().saturating_sub(count));
    }

    fn say_more(&mut self, lines: usize) {
        if lines > 0 {
            let words = format!("    … {lines} more lines, in the editor");
            self.line(vec![Span::styled(words, self.brush.theme.dim())]);
        }
    }
}

/// A line, or how many are left out.
pub(super) enum Piece<'t> {
    Line(&'t str),
    Left(usize),
}

/// Returns so many lines from the beginning and the end of a text; all of them without a fold.
pub(super) fn middle_out(text: &str, fold: Option<(usize, usize)>) -> Vec<Piece<'_>> {
    let (head, tail) = fold.unwrap_or((MOST_LINES, 0));
    let count = text.lines().count();
    // The mark takes a line itself: it must hide more than one.
    if count <= head + tail + 1 {
        return text.lines().map(|line| Piece::Line(cut_line(line))).collect();
    }
    let left = count - head - tail;
    let first = text.lines().take(head).map(|line| Piece::Line(cut_line(line)));
    let last = text.lines().skip(head + left).map(|line| Piece::Line(cut_line(line)));
    first.chain([Piece::Left(left)]).chain(last).collect()
}

/// Returns the beginning of a line, which may be a megabyte of data.
pub(super) fn cut_line(line: &str) -> &str {
    if line.len() <= LONGEST_LINE {
        return line;
    }
    line.get(..line.floor_char_boundary(LONGEST_LINE)).unwrap_or(line)
}

fn long_lines_cut(text: &str) -> String {
    if text.len() <= LONGEST_LINE {
        return text.to_owned();
    }
    let lines = text.lines().take(MOST_LINES * 2).map(|line| {
        let cut = cut_line(line);
        if cut.len() < line.len() { format!("{cut}…") } else { cut.to_owned() }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the time of day: `09:00:05`.
pub(super) fn clock(time: opensession_engine::hail::Timestamp, offset: i32) -> String {
    let seconds = (time.as_millis().div_euclid(1000) + i64::from(offset) * 60).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
