//! Tables that fit: columns shrink, then go, before a line is broken.

use crate::columns::{cut_end, cut_start, width};
use crate::output::Screen;
use crate::style::{self, Style};
use std::io;

/// Columns between two columns.
const GAP: usize = 2;

/// A column.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    /// What stands above it.
    pub head: &'static str,
    /// How its cells look.
    pub style: Style,
    /// Whether its cells end at the right: numbers.
    pub right: bool,
    /// What becomes of it where there is too little room.
    pub fit: Fit,
    /// Columns with a higher rank go first; 0 never goes.
    pub rank: u8,
}

/// What becomes of a column where there is too little room.
#[derive(Clone, Copy)]
pub(crate) enum Fit {
    /// It keeps its width.
    Keep,
    /// The ends of its cells are cut, down to so many columns.
    CutEnd(usize),
    /// The beginnings of its cells are cut, down to so many columns.
    CutStart(usize),
}

/// Writes a table to `screen`: all of it where the screen has no width.
///
/// A cell is one line, whatever it holds: line breaks and tabs become blanks.
pub(crate) fn write(
    screen: &mut Screen,
    columns: &[Column],
    rows: &[Vec<String>],
) -> io::Result<()> {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| on_one_line(screen, cell)).collect()).collect();
    let natural: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let cells = rows.iter().filter_map(|row| row.get(index));
            cells.map(|cell| width(cell)).chain([width(column.head)]).max().unwrap_or(0)
        })
        .collect();
    let plan = plan(columns, &natural, screen.width());
    let heads: Vec<String> = columns.iter().map(|column| column.head.to_owned()).collect();
    write_row(screen, columns, &plan, &heads, Some(style::STRONG))?;
    for row in &rows {
        write_row(screen, columns, &plan, row, None)?;
    }
    Ok(())
}

fn on_one_line(screen: &Screen, cell: &str) -> String {
    screen.visible(&cell.replace(['\n', '\t', '\r'], " ")).into_owned()
}

/// Returns which columns are shown, and how wide.
fn plan(columns: &[Column], natural: &[usize], room: Option<usize>) -> Vec<(usize, usize)> {
    let mut plan: Vec<(usize, usize)> = natural.iter().copied().enumerate().collect();
    let Some(room) = room else { return plan };
    let least = |index: usize, wide: usize| match columns.get(index).map(|column| column.fit) {
        Some(Fit::CutEnd(least) | Fit::CutStart(least)) => least.min(wide),
        _ => wide,
    };
    let total = |widths: &mut dyn Iterator<Item = usize>| {
        widths.map(|wide| wide + GAP).sum::<usize>().saturating_sub(GAP)
    };
    for (_, wide) in &mut plan {
        *wide = (*wide).min(room);
    }
    while total(&mut plan.iter().map(|(index, wide)| least(*index, *wide))) > room {
        let rank =
            |(index, _): &(usize, usize)| columns.get(*index).map_or(0, |column| column.rank);
        let Some(highest) = plan.iter().map(rank).max().filter(|rank| *rank > 0) else {
            break;
        };
        plan.retain(|entry| rank(entry) != highest);
    }
    while total(&mut plan.iter().map(|(_, wide)| *wide)) > room {
        let widest = plan
            .iter_mut()
            .filter(|(index, wide)| *wide > least(*index, *wide))
            .max_by_key(|(index, wide)| match columns.get(*index).map(|column| column.fit) {
                // Of a folder the end is enough; a title is what is read.
                Some(Fit::CutStart(_)) => *wide * 2,
                _ => *wide,
            });
        let Some((_, wide)) = widest else { break };
        *wide -= 1;
    }
    plan
}

fn write_row(
    screen: &mut Screen,
    columns: &[Column],
    plan: &[(usize, usize)],
    cells: &[String],
    head: Option<Style>,
) -> io::Result<()> {
    for (place, (index, wide)) in plan.iter().enumerate() {
        let (Some(column), Some(cell)) = (columns.get(*index), cells.get(*index)) else {
            continue;
        };
        let cell = match column.fit {
            Fit::CutStart(_) => cut_start(cell, *wide),
            _ => cut_end(cell, *wide),
        };
        let pad = " ".repeat(wide.saturating_sub(width(&cell)));
        let gap = if place == 0 { "" } else { "  " };
        let last = place + 1 == plan.len();
        screen.text(gap)?;
        if column.right {
            screen.text(&pad)?;
        }
        screen.styled(head.unwrap_or(column.style), &cell)?;
        if !column.right && !last {
            screen.text(&pad)?;
        }
    }
    screen.line("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Face;
    use crate::output::tests::{PIPE, written};
    use crate::style::PLAIN;

    fn table(room: Option<usize>) -> String {
        let column = |head, right, fit, rank| Column { head, style: PLAIN, right, fit, rank };
        let columns = [
            column("ID", false, Fit::Keep, 0),
            column("TITLE", false, Fit::CutEnd(8), 0),
            column("FOLDER", false, Fit::CutStart(6), 1),
            column("EVENTS", true, Fit::Keep, 2),
        ];
        let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
        let rows = [
            row(["abc", "Fix the flaky test", "/src/shop", "12"]),
            row(["d", if room.is_some() { "one\ntwo\u{202e}" } else { "one\ntwo" }, "/x", "1,234"]),
        ];
        let face = Face { terminal: room.is_some(), width: room, ..PIPE };
        written(face, |screen| write(screen, &columns, &rows).unwrap())
    }

    #[test]
    fn a_pipe_gets_everything() {
        insta::assert_snapshot!(table(None), @"
        ID   TITLE               FOLDER     EVENTS
        abc  Fix the flaky test  /src/shop      12
        d    one two             /x          1,234
        ");
    }

    #[test]
    fn columns_shrink_and_then_go() {
        insta::assert_snapshot!(table(Some(40)), @"
        ID   TITLE              FOLDER    EVENTS
        abc  Fix the flaky te…  …rc/shop      12
        d    one two<U+202E>    /x         1,234
        ");
        insta::assert_snapshot!(table(Some(28)), @"
        ID   TITLE           FOLDER
        abc  Fix the flaky…  …c/shop
        d    one two<U+202…  /x
        ");
        insta::assert_snapshot!(table(Some(16)), @"
        ID   TITLE
        abc  Fix the fl…
        d    one two<U+…
        ");
        for room in 16..60 {
            let text = table(Some(room));
            assert!(text.lines().all(|line| width(line) <= room), "{room}:\n{text}");
        }
    }
}
