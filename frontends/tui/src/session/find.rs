//! Finding a text in the session: what is typed, where it stands, which match is next.

use super::folds::Folds;
use crate::input::Input;
use opensession_engine::hail::Outline;
use opensession_engine::hail::outline::EventPlace;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// A search in the session.
#[derive(Debug, Default)]
pub(super) struct Find {
    /// What is typed, while it is.
    pub input: Option<Input>,
    /// What is looked for; nothing at first.
    text: String,
    /// Which search it is.
    pub number: u64,
    places: Vec<EventPlace>,
    /// The rows that the events are in, each once.
    rows: Vec<usize>,
    /// How many events were looked at.
    pub looked: u64,
    pub is_done: bool,
    /// Where to jump from as soon as there is a match.
    pub jump_from: Option<usize>,
}

impl Find {
    /// Begins a search, from the row `from` on where it is to jump to a match.
    pub(super) fn begin(&mut self, text: &str, from: Option<usize>) {
        let number = self.number + 1;
        let text = text.to_owned();
        *self = Self { text, number, jump_from: from, ..Self::default() };
    }

    /// Returns what is looked for; `None` where nothing is.
    pub(super) fn text(&self) -> Option<&str> {
        Some(self.text.as_str()).filter(|text| !text.is_empty())
    }

    /// Takes events that were found.
    pub(super) fn put(&mut self, places: Vec<EventPlace>, looked: u64, is_all: bool) {
        self.places.extend(places);
        self.looked += looked;
        self.is_done |= is_all;
    }

    /// Finds out in which of the rows that are shown the events are: there may be more rows by now, or others shown.
    pub(super) fn resolve(&mut self, outline: &Outline, folds: &Folds) {
        let rows = self.places.iter().filter_map(|place| outline.row_of(*place));
        let is_shown = |row: &usize| outline.rows().get(*row).is_some_and(|row| folds.shows(row));
        self.rows = rows.filter(is_shown).collect();
        self.rows.sort_unstable();
        self.rows.dedup();
    }

    /// Returns the row of the first match from `row` on; past the last one, the first one.
    pub(super) fn from(&self, row: usize) -> Option<usize> {
        let next = self.rows.partition_point(|other| *other < row);
        self.rows.get(next).or(self.rows.first()).copied()
    }

    /// Returns the row of the match before `row`; before the first one, the last one.
    pub(super) fn before(&self, row: usize) -> Option<usize> {
        let next = self.rows.partition_point(|other| *other < row);
        next.checked_sub(1).and_then(|at| self.rows.get(at)).or(self.rows.last()).copied()
    }

    /// Returns what is to be said of it: `2 of 17 “loop”`, `0 of 3 …` while the search goes on.
    pub(super) fn summary(&self, cursor: usize) -> Option<String> {
        let text = self.text()?;
        let going_on = if self.is_done { "" } else { " …" };
        let all = self.rows.len();
        Some(match self.rows.binary_search(&cursor) {
            Ok(at) => format!("{} of {all}{going_on} “{text}”", at + 1),
            Err(_) if all == 0 && self.is_done => format!("no “{text}”"),
            Err(_) => format!("{all}{going_on} “{text}”"),
        })
    }

    /// Returns the places in a line where the text stands, in bytes of its text.
    fn hits(&self, line: &str) -> Vec<(usize, usize)> {
        let Some(text) = self.text() else { return Vec::new() };
        if text.chars().any(char::is_uppercase) {
            return line.match_indices(text).map(|(at, hit)| (at, at + hit.len())).collect();
        }
        let small = line.to_lowercase();
        // Letters whose small form has another length would shift what is marked.
        let line = if small.len() == line.len() { small.as_str() } else { line };
        line.match_indices(text).map(|(at, hit)| (at, at + hit.len())).collect()
    }

    /// Returns whether the text stands in a line.
    pub(super) fn is_in(&self, line: &Line<'_>) -> bool {
        !self.hits(&line_text(line)).is_empty()
    }

    /// Returns the line with the text marked where it stands.
    pub(super) fn marked(&self, line: &Line<'static>, style: Style) -> Line<'static> {
        let text = line_text(line);
        let hits = self.hits(&text);
        if hits.is_empty() {
            return line.clone();
        }
        let mut spans = Vec::new();
        let mut start = 0;
        for span in &line.spans {
            let end = start + span.content.len();
            let mut at = start;
            for (from, to) in &hits {
                let (from, to) = ((*from).clamp(at, end), (*to).clamp(at, end));
                for (part, is_hit) in [(at..from, false), (from..to, true)] {
                    if let Some(part) = text.get(part).filter(|part| !part.is_empty()) {
                        let style = if is_hit { span.style.patch(style) } else { span.style };
                        spans.push(Span::styled(part.to_owned(), style));
                    }
                }
                at = to.max(at);
            }
            if let Some(rest) = text.get(at..end).filter(|rest| !rest.is_empty()) {
                spans.push(Span::styled(rest.to_owned(), span.style));
            }
            start = end;
        }
        Line { spans, ..line.clone() }
    }
}

fn line_text(line: &Line<'_>) -> String {
    line.spans.iter().map(|span| span.content.as_ref()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Modifier;

    #[test]
    fn hits_are_marked_over_several_styles() {
        let mut find = Find::default();
        find.begin("oo b", None);
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let line = Line::from(vec![Span::raw("한 Foo"), Span::styled(" bar foo b", bold)]);
        let marked = find.marked(&line, Style::new().add_modifier(Modifier::UNDERLINED));
        let parts: Vec<_> = marked.spans.iter().map(|span| span.content.as_ref()).collect();
        assert_eq!(parts, ["한 F", "oo", " b", "ar f", "oo b"]);
        assert_eq!(line_text(&marked), line_text(&line));
        find.begin("Oo b", None);
        assert!(!find.is_in(&line));
    }

    #[test]
    fn the_next_match_wraps_around() {
        let mut find = Find::default();
        find.begin("x", None);
        assert_eq!((find.from(0), find.before(9)), (None, None));
        find.rows = vec![2, 5, 9];
        assert_eq!((find.from(3), find.from(5), find.from(10)), (Some(5), Some(5), Some(2)));
        assert_eq!((find.before(5), find.before(2)), (Some(2), Some(9)));
        assert_eq!(find.summary(5).as_deref(), Some("2 of 3 … “x”"));
        find.is_done = true;
        assert_eq!(find.summary(4).as_deref(), Some("3 “x”"));
    }
}
