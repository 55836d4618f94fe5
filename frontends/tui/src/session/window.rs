//! The window on the rows: which are in sight, and where the cursor is.
//!
//! The place is a row and a line of it, never a line of the whole: rows that are not in sight have no height, so that
//! the end, a resize and the middle of 50,000 rows cost the same.

use super::page::Sheet;

/// The window on the rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    /// The row that is looked at.
    pub cursor: usize,
    /// Lines that there is room for.
    pub height: usize,
    /// The first row in sight, and how many of its lines are above the window.
    top: usize,
    skip: usize,
    /// Where the cursor's first line is, seen from the top of the window; `None` where it is not in sight.
    at: Option<isize>,
    /// Whether the end of the last row stays in sight, whatever comes.
    pub at_end: bool,
    /// The rows in sight.
    pub shown: Vec<Shown>,
}

/// A row in sight, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub row: usize,
    /// The first of its lines in sight.
    pub from: usize,
    /// How many of its lines are in sight.
    pub lines: usize,
}

/// Lines that one step goes through a row that is higher than the window.
const STEP: usize = 3;

impl Window {
    /// Gives the window another height: the cursor stays at the same part of it.
    pub(super) fn resize(&mut self, height: usize) {
        let scaled = |at: usize| at * height / self.height.max(1);
        if let Some(at) = self.at.and_then(|at| usize::try_from(at).ok()) {
            self.at = isize::try_from(scaled(at)).ok();
        }
        self.height = height;
    }

    /// Puts everything back to where it was after rows changed their heights: the cursor's first line stays in place.
    pub(super) fn restore(&mut self, sheet: &mut Sheet<'_>) {
        self.put_on_shown_rows(sheet);
        if self.at_end {
            self.go_to_end(sheet);
        } else if let Some(at) = self.at {
            self.top = self.cursor;
            self.skip = usize::try_from(-at).unwrap_or(0);
            if let Ok(lines) = usize::try_from(at) {
                self.scroll_up(lines.min(self.height.saturating_sub(1)), sheet);
            }
        }
    }

    /// Puts cursor and top on rows that are shown: they may have been hidden.
    fn put_on_shown_rows(&mut self, sheet: &Sheet<'_>) {
        let near = |row: usize| {
            let before = sheet.previous(row.saturating_add(1));
            before.or_else(|| sheet.at_or_after(row)).unwrap_or(0)
        };
        self.cursor = near(self.cursor);
        let top = near(self.top);
        if top != self.top {
            (self.top, self.skip) = (top, 0);
        }
    }

    /// Finds out what is in sight now. There is no empty room below as long as there are rows above.
    pub(super) fn settle(&mut self, sheet: &mut Sheet<'_>) {
        self.skip = self.skip.min(sheet.height(self.top).saturating_sub(1));
        self.look(sheet);
        let used: usize = self.shown.iter().map(|shown| shown.lines).sum();
        if used < self.height && (self.top > 0 || self.skip > 0) {
            self.scroll_up(self.height - used, sheet);
            self.look(sheet);
        }
        self.at = self.line_of(self.cursor);
    }

    fn look(&mut self, sheet: &mut Sheet<'_>) {
        self.shown.clear();
        let mut room = self.height;
        let mut from = self.skip;
        let mut row = sheet.at_or_after(self.top);
        while let Some(number) = row.filter(|_| room > 0) {
            let lines = sheet.height(number).saturating_sub(from).min(room);
            self.shown.push(Shown { row: number, from, lines });
            room -= lines;
            from = 0;
            row = sheet.next(number);
        }
    }

    /// Returns where the first line of a row is, seen from the top of the window; `None` where nothing of it is in sight.
    fn line_of(&self, row: usize) -> Option<isize> {
        let mut line = 0;
        for shown in &self.shown {
            if shown.row == row {
                return isize::try_from(line).ok()?.checked_sub_unsigned(shown.from);
            }
            line += shown.lines;
        }
        None
    }

    /// Returns the row at a line of the window.
    pub(super) fn row_at(&self, line: usize) -> Option<usize> {
        let mut end = 0;
        let row = self.shown.iter().find(|shown| {
            end += shown.lines;
            line < end
        });
        row.map(|shown| shown.row)
    }

    /// Moves what is in sight towards the end.
    fn scroll_down(&mut self, lines: usize, sheet: &mut Sheet<'_>) {
        self.skip += lines;
        loop {
            let height = sheet.height(self.top);
            if self.skip < height {
                return;
            }
            let Some(next) = sheet.next(self.top) else {
                self.skip = height.saturating_sub(1);
                return;
            };
            self.skip -= height;
            self.top = next;
        }
    }

    /// Moves what is in sight towards the beginning.
    fn scroll_up(&mut self, lines: usize, sheet: &mut Sheet<'_>) {
        let mut left = lines;
        while left > self.skip {
            left -= self.skip;
            self.skip = 0;
            let Some(previous) = sheet.previous(self.top) else { return };
            self.top = previous;
            self.skip = sheet.height(previous);
        }
        self.skip -= left;
    }

    fn go_to_end(&mut self, sheet: &mut Sheet<'_>) {
        let Some(last) = sheet.last() else { return };
        (self.cursor, self.top, self.skip) = (last, last, sheet.height(last));
        self.scroll_up(self.height.max(1), sheet);
    }

    /// Goes to the next row; first through the rest of one that is not in sight to its end.
    pub(super) fn down(&mut self, sheet: &mut Sheet<'_>) {
        self.at_end = false;
        let Some(at) = self.at else { return self.reveal(sheet) };
        let below = |at: isize, height: usize, window: usize| {
            usize::try_from(at.saturating_add_unsigned(height).saturating_sub_unsigned(window))
                .unwrap_or(0)
        };
        let hidden = below(at, sheet.height(self.cursor), self.height);
        if hidden > 0 {
            self.scroll_down(hidden.min(STEP), sheet);
        } else if let Some(next) = sheet.next(self.cursor) {
            let at = at.saturating_add_unsigned(sheet.height(self.cursor));
            self.cursor = next;
            // Of a high row only the beginning comes into sight.
            let height = sheet.height(next).min((self.height / 2).max(1));
            self.scroll_down(below(at, height, self.height), sheet);
        }
    }

    /// Goes to the row before; first through what is above the window of a high one.
    pub(super) fn up(&mut self, sheet: &mut Sheet<'_>) {
        self.at_end = false;
        let Some(at) = self.at else { return self.reveal(sheet) };
        if at < 0 {
            self.scroll_up(at.unsigned_abs().min(STEP), sheet);
        } else if let Some(previous) = sheet.previous(self.cursor) {
            self.cursor = previous;
            let height = sheet.height(previous);
            let at = at.saturating_sub_unsigned(height);
            if at < 0 {
                self.scroll_up(at.unsigned_abs().min((self.height / 2).max(1)), sheet);
            }
        }
    }

    /// Goes so many lines towards the end, and the cursor with it; at the end, to the last row.
    pub(super) fn page_down(&mut self, lines: usize, sheet: &mut Sheet<'_>) {
        self.at_end = false;
        let before = (self.top, self.skip);
        self.scroll_down(lines, sheet);
        self.settle(sheet);
        if (self.top, self.skip) == before {
            self.cursor = sheet.last().unwrap_or(self.cursor);
        } else {
            self.cursor = self.first_whole();
        }
    }

    /// Goes so many lines towards the beginning, and the cursor with it; at the beginning, to the first row.
    pub(super) fn page_up(&mut self, lines: usize, sheet: &mut Sheet<'_>) {
        self.at_end = false;
        self.scroll_up(lines, sheet);
        self.settle(sheet);
        self.cursor = self.first_whole();
    }

    /// Moves what is in sight, the cursor only where it would be left behind.
    pub(super) fn wheel(&mut self, lines: isize, sheet: &mut Sheet<'_>) {
        self.at_end = false;
        let count = lines.unsigned_abs();
        if lines < 0 {
            self.scroll_up(count, sheet);
        } else {
            self.scroll_down(count, sheet);
        }
        self.settle(sheet);
        if self.at.is_none() {
            let last = self.shown.last().map_or(self.cursor, |shown| shown.row);
            self.cursor = if self.cursor > last { last } else { self.first_whole() };
        }
    }

    fn first_whole(&self) -> usize {
        let whole = self.shown.iter().find(|shown| shown.from == 0);
        whole.or(self.shown.first()).map_or(self.cursor, |shown| shown.row)
    }

    /// Goes to the first row.
    pub(super) fn go_to_top(&mut self, sheet: &Sheet<'_>) {
        self.at_end = false;
        let first = sheet.at_or_after(0).unwrap_or(0);
        (self.cursor, self.top, self.skip) = (first, first, 0);
    }

    /// Goes to the end of the last row, and stays there until another key is pressed.
    pub(super) fn go_to_bottom(&mut self, sheet: &mut Sheet<'_>) {
        self.at_end = true;
        self.go_to_end(sheet);
    }

    /// Goes to a row. Where it is not in sight from its first line on, it comes to the upper third of the window.
    pub(super) fn go_to(&mut self, row: usize, sheet: &mut Sheet<'_>) {
        self.at_end = false;
        self.cursor = row;
        let height = sheet.height(row).min(self.height);
        let is_in_sight = self
            .line_of(row)
            .is_some_and(|at| usize::try_from(at).is_ok_and(|at| at + height <= self.height));
        if !is_in_sight {
            self.reveal(sheet);
        }
    }

    /// Brings a line of the cursor's row into sight.
    pub(super) fn show_line(&mut self, line: usize, sheet: &mut Sheet<'_>) {
        let Some(at) = self.line_of(self.cursor) else { return self.reveal(sheet) };
        let at = at.saturating_add_unsigned(line);
        if usize::try_from(at).is_ok_and(|at| at < self.height) {
            return;
        }
        (self.top, self.skip) = (self.cursor, 0);
        let third = self.height / 3;
        if line > third {
            self.scroll_down(line - third, sheet);
        } else {
            self.scroll_up(third - line, sheet);
        }
    }

    fn reveal(&mut self, sheet: &mut Sheet<'_>) {
        (self.top, self.skip) = (self.cursor, 0);
        self.scroll_up(self.height / 3, sheet);
    }
}
