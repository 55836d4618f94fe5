//! Tables: columns as wide as they need to be and as narrow as the screen wants them.

use crate::styled::Styled;
use crate::theme::Theme;
use ratatui::text::Span;

/// A column is not made narrower.
const NARROWEST: usize = 4;
const BETWEEN: &str = " │ ";

/// A table: rows of cells, the first one is the head.
#[derive(Default)]
pub(super) struct Table {
    rows: Vec<Vec<Styled>>,
}

impl Table {
    pub(super) fn begin_row(&mut self) {
        self.rows.push(Vec::new());
    }

    pub(super) fn push(&mut self, cell: Styled) {
        if let Some(row) = self.rows.last_mut() {
            row.push(cell);
        }
    }

    /// Returns the lines of the table in `room` cells; where there is less room than its columns need, cells are wrapped.
    pub(super) fn lines(&self, room: usize, theme: Theme) -> Vec<Vec<Span<'static>>> {
        let widths = self.widths(room);
        let mut lines = Vec::new();
        for (number, row) in self.rows.iter().enumerate() {
            let cells: Vec<_> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| (cell, *width, cell.rows(*width, usize::MAX)))
                .collect();
            let height = cells.iter().map(|(.., rows)| rows.len()).max().unwrap_or(0);
            for line in 0..height {
                let mut spans = Vec::new();
                for (column, (cell, width, rows)) in cells.iter().enumerate() {
                    if column > 0 {
                        spans.push(Span::styled(BETWEEN, theme.border()));
                    }
                    let text = rows.get(line).map(|row| cell.spans(row)).unwrap_or_default();
                    let used: usize = text.iter().map(Span::width).sum();
                    spans.extend(text);
                    spans.push(Span::raw(" ".repeat(width.saturating_sub(used))));
                }
                lines.push(spans);
            }
            if number == 0 {
                let dashes: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
                lines.push(vec![Span::styled(dashes.join("─┼─"), theme.border())]);
            }
        }
        lines
    }

    /// Returns the width of each column: the widest ones give way first.
    fn widths(&self, room: usize) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(Styled::width).max().unwrap_or(0).max(1)
        };
        let mut widths: Vec<usize> = (0..columns).map(widest).collect();
        let room = room.saturating_sub(columns.saturating_sub(1) * BETWEEN.chars().count());
        let mut over = widths.iter().sum::<usize>().saturating_sub(room);
        while over > 0 {
            let Some(widest) = widths.iter_mut().max().filter(|width| **width > NARROWEST) else {
                break;
            };
            *widest -= 1;
            over -= 1;
        }
        widths
    }
}
