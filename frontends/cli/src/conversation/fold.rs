//! Long texts folded to their beginning and end.

/// A longer line is cut where something is folded: minified code and base64 are not for reading.
pub(super) const LONGEST_LINE: usize = 400;

/// How many lines stay.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fold {
    /// From the beginning.
    pub head: usize,
    /// From the end.
    pub tail: usize,
}

/// What is shown of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// A line.
    Line(&'t str),
    /// The beginning of a line, and how many characters are left out behind it.
    Cut(&'t str, usize),
    /// So many lines are left out here.
    Folded(usize),
}

/// Returns what is shown of `lines`: all of it without a fold.
pub(super) fn pieces<'t>(lines: &[&'t str], fold: Option<Fold>) -> Vec<Piece<'t>> {
    let Some(Fold { head, tail }) = fold else {
        return lines.iter().map(|line| Piece::Line(line)).collect();
    };
    let cut = |line: &&'t str| match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => {
            let (start, rest) = line.split_at_checked(end).unwrap_or((line, ""));
            Piece::Cut(start, rest.chars().count())
        }
        None => Piece::Line(line),
    };
    // The mark takes a line itself: it must hide more than one.
    if lines.len() <= head + tail + 1 {
        return lines.iter().map(cut).collect();
    }
    let hidden = lines.len() - head - tail;
    let start = lines.iter().take(head).map(cut);
    let end = lines.iter().skip(head + hidden).map(cut);
    start.chain([Piece::Folded(hidden)]).chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_left_out_where_that_saves_lines() {
        let lines = ["a", "b", "c", "d", "e"];
        let fold = Some(Fold { head: 2, tail: 1 });
        let shown = pieces(&lines, fold);
        assert_eq!(shown, [Piece::Line("a"), Piece::Line("b"), Piece::Folded(2), Piece::Line("e")]);
        assert_eq!(pieces(&["a", "b", "c", "d"], fold).len(), 4);
        assert_eq!(pieces(&lines, None).len(), 5);
        let long = "é".repeat(LONGEST_LINE + 7);
        let cut = "é".repeat(LONGEST_LINE);
        assert_eq!(pieces(&[&long], fold), [Piece::Cut(&cut, 7)]);
    }
}
