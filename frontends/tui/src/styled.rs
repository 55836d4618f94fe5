//! A line of text in several styles, and the rows that it takes on the screen.

use crate::text;
use ratatui::style::Style;
use ratatui::text::Span;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A line of text in several styles. Nothing in it steers the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Styled {
    text: String,
    /// Where each style ends, in bytes, and the style.
    runs: Vec<(usize, Style)>,
}

impl Styled {
    /// Returns `text` in one style.
    #[must_use]
    pub fn new(text: &str, style: Style) -> Self {
        let mut styled = Self::default();
        styled.push(text, style);
        styled
    }

    /// Appends what can be drawn of `text`; line feeds become blanks.
    pub fn push(&mut self, text: &str, style: Style) {
        for (number, line) in text::visible(text).split('\n').enumerate() {
            if number > 0 {
                self.text.push(' ');
            }
            self.text.push_str(line);
        }
        match self.runs.last_mut() {
            Some((end, last)) if *last == style => *end = self.text.len(),
            Some((end, _)) if *end == self.text.len() => {}
            None if self.text.is_empty() => {}
            _ => self.runs.push((self.text.len(), style)),
        }
    }

    /// Returns the text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns how many cells it takes.
    #[must_use]
    pub fn width(&self) -> usize {
        text::width(&self.text)
    }

    /// Returns the rows that it takes where there are `room` cells, as ranges of bytes: broken at blanks, a longer word
    /// anywhere; at most `most` of them. The blanks at a break belong to neither row.
    #[must_use]
    pub fn rows(&self, room: usize, most: usize) -> Vec<Range<usize>> {
        let room = room.max(2);
        let mut rows = Vec::new();
        // Where the row starts, how many cells it takes so far, and its last blank with ink before it.
        let (mut start, mut used, mut blank) = (0, 0, None);
        let mut has_ink = false;
        for (at, grapheme) in pieces(&self.text, room) {
            if rows.len() >= most {
                return rows;
            }
            let cells = grapheme.width();
            if grapheme == " " {
                blank = has_ink.then_some(at).or(blank);
            } else {
                if used + cells > room && at > start {
                    let end = blank.unwrap_or(at);
                    rows.push(start..self.trimmed(start..end));
                    let between = self.text.get(end..at).unwrap_or_default();
                    start = at - between.trim_start_matches(' ').len();
                    used = text::width(self.text.get(start..at).unwrap_or_default());
                    blank = None;
                }
                has_ink = true;
            }
            used += cells;
        }
        rows.push(start..self.trimmed(start..self.text.len()));
        rows.truncate(most);
        rows
    }

    /// Returns where a part of it ends without the blanks at its end.
    fn trimmed(&self, part: Range<usize>) -> usize {
        let start = part.start;
        start + self.text.get(part).unwrap_or_default().trim_end_matches(' ').len()
    }

    /// Returns a part of it.
    #[must_use]
    pub fn spans(&self, range: &Range<usize>) -> Vec<Span<'static>> {
        let mut spans = Vec::new();
        let mut start = 0;
        for (end, style) in &self.runs {
            let part = start.max(range.start)..(*end).min(range.end);
            if let Some(text) = self.text.get(part).filter(|text| !text.is_empty()) {
                spans.push(Span::styled(text.to_owned(), *style));
            }
            start = *end;
        }
        spans
    }

    /// Returns as much as fits into `room` cells; where that is not all, it ends in `…`.
    #[must_use]
    pub fn cut(&self, room: usize) -> Vec<Span<'static>> {
        if self.text.len() <= room || self.width() <= room {
            return self.spans(&(0..self.text.len()));
        }
        let (head, _) = text::begin(&self.text, room.saturating_sub(1));
        let mut spans = self.spans(&(0..head.len()));
        let style = spans.last().map_or_else(Style::new, |last| last.style);
        spans.push(Span::styled("…", style));
        spans
    }
}

/// Returns the graphemes of `text`, those that are wider than `room` char by char: some scripts set signs side by side.
fn pieces(text: &str, room: usize) -> impl Iterator<Item = (usize, &str)> {
    text.grapheme_indices(true).flat_map(move |(at, grapheme)| {
        let whole = (grapheme.width() <= room).then_some((at, grapheme));
        let rest = if whole.is_some() { "" } else { grapheme };
        let chars = rest
            .char_indices()
            .filter_map(move |(from, c)| Some((at + from, rest.get(from..from + c.len_utf8())?)));
        whole.into_iter().chain(chars)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::style::Modifier;

    fn part<'s>(styled: &'s Styled, row: &Range<usize>) -> &'s str {
        styled.text().get(row.clone()).unwrap()
    }

    fn rows(text: &str, room: usize) -> Vec<String> {
        let styled = Styled::new(text, Style::new());
        let rows = styled.rows(room, usize::MAX);
        rows.iter().map(|row| part(&styled, row).to_owned()).collect()
    }

    #[test]
    fn rows_break_at_blanks_and_long_words_anywhere() {
        assert_eq!(rows("the quick brown fox", 9), ["the quick", "brown fox"]);
        assert_eq!(rows("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(rows("    indented text", 12), ["    indented", "text"]);
        assert_eq!(rows("한국어한국어", 5), ["한국", "어한", "국어"]);
        assert_eq!(rows("", 5), [""]);
        // One grapheme of three cells.
        assert_eq!(rows("🟰െ", 2), ["🟰", "െ"]);
        assert_eq!(rows("🟰െ", 3), ["🟰െ"]);
        let many = Styled::new(&"x".repeat(1_000_000), Style::new());
        assert_eq!(many.rows(80, 3).len(), 3);
    }

    #[test]
    fn styles_go_with_their_text() {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let mut styled = Styled::new("plain ", Style::new());
        styled.push("bo\nld", bold);
        let row = styled.rows(8, 9);
        assert_eq!(styled.spans(&row[0]), [Span::raw("plain "), Span::styled("bo", bold)]);
        assert_eq!(styled.spans(&row[1]), [Span::styled("ld", bold)]);
        assert_eq!(styled.cut(7), [Span::raw("plain "), Span::styled("…", Style::new())]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_everything_fits(text in "(\\PC| | ){0,60}", room in 2_usize..30) {
            let styled = Styled::new(&text, Style::new());
            let ink = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            let rows = styled.rows(room, usize::MAX);
            let shown: String = rows.iter().map(|row| ink(part(&styled, row))).collect();
            prop_assert_eq!(shown, ink(styled.text()));
            for row in rows {
                prop_assert!(text::width(part(&styled, &row)) <= room, "{:?}", part(&styled, &row));
            }
            let cut: usize = styled.cut(room).iter().map(Span::width).sum();
            prop_assert!(cut <= room);
        }
    }
}
