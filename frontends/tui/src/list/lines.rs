//! The list as lines: sessions, the headings over them, and what is still to come.

use crate::dates;
use crate::list::row::Row;
use opensession_engine::hail::Timestamp;
use opensession_engine::{Cursor, Filter};

/// A part of the list under one heading; the whole list where it is not grouped by tool or repository.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Section {
    /// What it is called, and how many sessions are in it.
    pub heading: Option<(String, u64)>,
    /// What its sessions have in common.
    pub filters: Vec<Filter>,
    /// Its sessions, as far as they are read.
    pub rows: Vec<Row>,
    /// What is to be read next.
    pub next: Next,
    /// Whether only the heading is shown.
    pub is_folded: bool,
}

/// What is to be read next of a section.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Next {
    /// The first page.
    #[default]
    First,
    /// A page that was asked for.
    Awaited,
    /// The page behind this session.
    Behind(Cursor),
    /// Nothing.
    Nothing,
}

/// One line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// The heading of a section.
    Heading(usize),
    /// The heading of a day or a month, that of the session below it.
    Day(usize, usize),
    /// A session: its section, and its place in that.
    Row(usize, usize),
    /// What was found in the session above.
    Snippet(usize, usize),
    /// Where the sessions go on that are not read yet.
    More(usize),
}

impl Line {
    /// Returns whether the cursor can stand on it.
    #[must_use]
    pub(super) const fn is_place(self) -> bool {
        matches!(self, Self::Heading(_) | Self::Row(..))
    }
}

/// Returns the lines of the sections; with a time and an offset to UTC in minutes, days have headings, and older
/// sessions' months.
#[must_use]
pub(super) fn lines(sections: &[Section], days: Option<(Timestamp, i32)>) -> Vec<Line> {
    let mut lines = Vec::new();
    for (at, section) in sections.iter().enumerate() {
        if section.heading.is_some() {
            lines.push(Line::Heading(at));
        }
        if section.is_folded {
            continue;
        }
        let mut day = None;
        for (place, row) in section.rows.iter().enumerate() {
            let of_row = days.map(|(now, offset)| dates::day_name(row.created_at, now, offset));
            if of_row != day {
                lines.push(Line::Day(at, place));
                day = of_row;
            }
            lines.push(Line::Row(at, place));
            if row.hit.is_some() {
                lines.push(Line::Snippet(at, place));
            }
        }
        if section.next != Next::Nothing {
            lines.push(Line::More(at));
        }
    }
    lines
}
