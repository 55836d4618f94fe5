//! The rows near the window as lines; made when they are looked at, thrown away when they are left.

use super::bodies::Bodies;
use super::entry::{self, Pen};
use super::figures::duration;
use super::folds::Folds;
use crate::highlight::{Brush, Code, Coloured};
use crate::text;
use crate::theme::Theme;
use opensession_engine::hail::outline::{Deed, Row, RowKind};
use opensession_engine::hail::{Event, Outline};
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};
use std::collections::HashMap;

/// A longer pause between two rows is shown, in milliseconds.
const PAUSE: i64 = 5 * 60 * 1000;
/// What a sub-agent's lines begin with.
const LANE: &str = "│ ";

/// The rows that were made into lines.
#[derive(Debug, Default)]
pub(super) struct Page {
    laid: HashMap<usize, Laid>,
    /// Program text that was drawn without its colours.
    wanted: Vec<Code>,
}

#[derive(Debug)]
struct Laid {
    of: State,
    lines: Vec<Line<'static>>,
    /// Program text in it that has no colours yet.
    waits_for: Vec<u64>,
}

/// Everything that the lines of a row depend on.
#[derive(Debug, PartialEq)]
struct State {
    before: Before,
    width: u16,
    theme: Theme,
    is_open: bool,
    is_read: bool,
    undone: bool,
    events: usize,
}

/// What stands before a row.
#[derive(Debug, PartialEq)]
struct Before {
    gap: bool,
    /// How long nothing happened, in milliseconds.
    pause: Option<i64>,
    /// Whether the lane is to be named.
    name: bool,
}

/// Everything that rows are drawn from.
pub(super) struct Sheet<'s> {
    pub outline: &'s Outline,
    pub folds: &'s Folds,
    pub bodies: &'s Bodies,
    pub colours: &'s HashMap<u64, Coloured>,
    pub page: &'s mut Page,
    pub theme: Theme,
    pub width: u16,
    pub cwd: Option<&'s str>,
    pub offset: i32,
}

impl Page {
    /// Returns the lines of a row that is in sight.
    pub(super) fn lines(&self, row: usize) -> &[Line<'static>] {
        self.laid.get(&row).map_or(&[], |laid| &laid.lines)
    }

    /// Makes the rows anew that wait for these colours.
    pub(super) fn forget_colours(&mut self, id: u64) {
        self.laid.retain(|_, laid| !laid.waits_for.contains(&id));
    }

    /// Throws all rows away but these.
    pub(super) fn keep(&mut self, first: usize, last: usize) {
        self.laid.retain(|row, _| (first..=last).contains(row));
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.laid.clear();
    }

    /// Returns the program text that was drawn without its colours since the last time.
    pub(super) fn take_wanted(&mut self) -> Vec<Code> {
        std::mem::take(&mut self.wanted)
    }
}

impl Sheet<'_> {
    fn row(&self, number: usize) -> Option<&Row> {
        self.outline.rows().get(number)
    }

    fn is_shown(&self, number: usize) -> bool {
        self.row(number).is_some_and(|row| self.folds.shows(row))
    }

    /// Returns the first row from `row` on that is shown.
    pub(super) fn at_or_after(&self, row: usize) -> Option<usize> {
        (row..self.outline.rows().len()).find(|row| self.is_shown(*row))
    }

    /// Returns the next row that is shown.
    pub(super) fn next(&self, row: usize) -> Option<usize> {
        self.at_or_after(row + 1)
    }

    /// Returns the row before that is shown.
    pub(super) fn previous(&self, row: usize) -> Option<usize> {
        (0..row.min(self.outline.rows().len())).rev().find(|row| self.is_shown(*row))
    }

    /// Returns the last row that is shown.
    pub(super) fn last(&self) -> Option<usize> {
        self.previous(self.outline.rows().len())
    }

    /// Returns how many lines a row has; at least one.
    pub(super) fn height(&mut self, row: usize) -> usize {
        self.lay_out(row);
        self.page.lines(row).len().max(1)
    }

    /// Returns whether the events of a row are there.
    pub(super) fn is_read(&self, row: usize) -> bool {
        self.row(row).is_some_and(|row| self.bodies.has(row))
    }

    /// Makes the lines of a row, unless they are there as they should be.
    pub(super) fn lay_out(&mut self, number: usize) {
        let Some(row) = self.row(number) else { return };
        let state = State {
            before: self.before(number, row),
            width: self.width,
            theme: self.theme,
            is_open: self.folds.is_open(number),
            is_read: self.bodies.has(row),
            undone: row.undone,
            events: row.events.len(),
        };
        if self.page.laid.get(&number).is_some_and(|laid| laid.of == state) {
            return;
        }
        let mut brush = Brush { theme: self.theme, known: self.colours, wanted: Vec::new() };
        let lines = self.lines(row, &state, &mut brush);
        let waits_for = brush.wanted.iter().map(|code| code.id).collect();
        self.page.wanted.append(&mut brush.wanted);
        self.page.laid.insert(number, Laid { of: state, lines, waits_for });
    }

    fn lines(&self, row: &Row, state: &State, brush: &mut Brush<'_>) -> Vec<Line<'static>> {
        let in_lane = row.lane > 0 && !starts_task(row);
        let lane_style = lane_style(row.lane, self.theme);
        let mut lines = self.lines_before(row, state);
        let room = usize::from(self.width).saturating_sub(if in_lane { 2 } else { 0 });
        let body = match self.bodies.of(row) {
            None => vec![entry::waiting(row, self.theme.dim())],
            Some(events) => {
                let failed = events.iter().find_map(|event| event.as_ref().err());
                if let Some(reason) = failed {
                    let words = format!("! {}", text::first_line(reason));
                    vec![Line::styled(text::cut(&words, room).into_owned(), self.theme.bad())]
                } else {
                    let events: Vec<&Event> =
                        events.into_iter().filter_map(|event| event.as_deref().ok()).collect();
                    let pen = Pen {
                        brush,
                        room,
                        cwd: self.cwd,
                        is_open: state.is_open,
                        offset: self.offset,
                        out: Vec::new(),
                    };
                    entry::lines(row, &events, pen)
                }
            }
        };
        lines.extend(body.into_iter().map(|mut line| {
            if in_lane {
                line.spans.insert(0, Span::styled(LANE, lane_style));
            }
            line
        }));
        lines
    }

    /// Returns the lines before a row: a pause, a gap, whose lane it is.
    fn lines_before(&self, row: &Row, state: &State) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        if state.before.gap {
            lines.push(Line::default());
        }
        if let Some(pause) = state.before.pause {
            let seconds = u64::try_from(pause / 1000).unwrap_or(0);
            let words = format!("── {} later ──", duration(seconds));
            lines.push(Line::styled(words, self.theme.dim()));
            lines.push(Line::default());
        }
        if state.before.name {
            let lane = self.outline.lanes().get(usize::from(row.lane));
            let name = lane.map_or("", |lane| lane.title.as_deref().unwrap_or(&lane.id));
            let name = format!("{LANE}sub-agent: {}", text::first_line(name));
            let name = text::cut(&name, usize::from(self.width)).into_owned();
            lines.push(Line::styled(name, lane_style(row.lane, self.theme)));
        }
        lines
    }

    fn before(&self, number: usize, row: &Row) -> Before {
        let Some(previous) = self.previous(number) else {
            return Before { gap: false, pause: None, name: row.lane > 0 && !starts_task(row) };
        };
        let Some(before) = self.row(previous) else {
            return Before { gap: false, pause: None, name: false };
        };
        let is_small = |number: usize, row: &Row| {
            !matches!(row.kind, RowKind::Prompt | RowKind::Answer) && !self.folds.is_open(number)
        };
        let name = row.lane > 0 && row.lane != before.lane && !starts_task(row);
        let pause = row.time.as_millis() - before.time.as_millis();
        let pause = Some(pause).filter(|pause| *pause > PAUSE);
        let is_group = is_small(number, row) && is_small(previous, before) && !name;
        Before { gap: !is_group || pause.is_some(), pause, name }
    }
}

/// Returns whether the row is the call that starts a task: a line of who made it, in the lane that it names.
fn starts_task(row: &Row) -> bool {
    row.kind == RowKind::Call(Deed::Task)
}

fn lane_style(lane: u16, theme: Theme) -> Style {
    const COLOURS: [Color; 5] =
        [Color::Cyan, Color::Magenta, Color::Yellow, Color::Blue, Color::Green];
    let colour = COLOURS.get(usize::from(lane.saturating_sub(1)) % COLOURS.len());
    match colour.filter(|_| theme.colour) {
        Some(colour) => Style::new().fg(*colour),
        None => Style::new(),
    }
}
