//! The session in one line: prompts, edits, errors, pauses, and where the window is.

use crate::theme::Theme;
use opensession_engine::hail::Outline;
use opensession_engine::hail::outline::{Deed, Row, RowKind};
use opensession_engine::hail::timeline::Outcome;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use std::ops::RangeInclusive;

/// A longer pause is a gap, in milliseconds.
const PAUSE: i64 = 5 * 60 * 1000;

/// What a cell stands for: the most telling of the rows behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    Other,
    Edit,
    Prompt,
    Pause,
    Error,
}

/// The cells of a strip; they are made anew when there are other rows or another width.
#[derive(Debug, Default)]
pub(super) struct Strip {
    cells: Vec<Cell>,
    rows: usize,
}

impl Strip {
    /// Makes the cells for `outline` in `width` cells, unless they are made already.
    pub(super) fn prepare(&mut self, outline: &Outline, width: usize) {
        let rows = outline.rows();
        if self.rows == rows.len() && self.cells.len() == width {
            return;
        }
        self.rows = rows.len();
        self.cells = (0..width)
            .map(|cell| {
                let (start, end) = (cell * rows.len() / width, (cell + 1) * rows.len() / width);
                // With fewer rows than cells, several cells stand for one row.
                let of_cell = start..end.max(start + 1);
                let cells = of_cell.filter_map(|number| {
                    let row = rows.get(number)?;
                    let before = number.checked_sub(1).and_then(|number| rows.get(number));
                    Some(cell_of(row, before))
                });
                cells.max().unwrap_or(Cell::Other)
            })
            .collect();
    }

    /// Returns the row that a cell stands for.
    pub(super) fn row_at(&self, cell: usize) -> usize {
        cell * self.rows / self.cells.len().max(1)
    }

    /// Returns the strip; the cells of the rows in sight are reversed.
    pub(super) fn line(&self, in_sight: &RangeInclusive<usize>, theme: Theme) -> Line<'static> {
        let width = self.cells.len().max(1);
        let place = |row: usize| row * width / self.rows.max(1);
        let here = place(*in_sight.start())..=place(*in_sight.end());
        let spans = self.cells.iter().enumerate().map(|(number, cell)| {
            let (mark, style) = match cell {
                Cell::Other => ("─", theme.dim()),
                Cell::Edit => ("±", theme.good()),
                Cell::Prompt => ("┃", theme.user()),
                Cell::Pause => (" ", theme.dim()),
                Cell::Error => ("!", theme.bad()),
            };
            let is_here = here.contains(&number);
            let style = if is_here { style.add_modifier(Modifier::REVERSED) } else { style };
            Span::styled(mark, style)
        });
        Line::from_iter(spans)
    }
}

fn cell_of(row: &Row, before: Option<&Row>) -> Cell {
    let is_late =
        before.is_some_and(|before| row.time.as_millis() - before.time.as_millis() > PAUSE);
    match row.kind {
        _ if row.outcome == Outcome::Failed => Cell::Error,
        _ if is_late => Cell::Pause,
        RowKind::Prompt => Cell::Prompt,
        RowKind::Call(Deed::Edit) => Cell::Edit,
        _ => Cell::Other,
    }
}
