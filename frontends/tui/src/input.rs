//! One line of text that the user types.

use crate::text;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation;

/// A line of text and the cursor in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    text: String,
    /// A place between two graphemes, in bytes.
    cursor: usize,
}

impl Input {
    /// Returns a field that holds `text`, the cursor at its end.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), cursor: text.len() }
    }

    /// Returns what was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Takes a key; returns whether it was one for a text field.
    pub fn key(&mut self, key: &KeyEvent) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char(c) if (key.modifiers - KeyModifiers::SHIFT).is_empty() => {
                self.insert(c.encode_utf8(&mut [0; 4]));
            }
            KeyCode::Char('a') if control => self.cursor = 0,
            KeyCode::Char('e') if control => self.cursor = self.text.len(),
            KeyCode::Char('u') if control => {
                self.remove(0..self.cursor);
            }
            KeyCode::Char('w') if control => {
                let before = self.before().trim_end();
                let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
                self.remove(start..self.cursor);
            }
            KeyCode::Backspace => {
                let last = self.before().graphemes(true).next_back().map_or(0, str::len);
                self.remove(self.cursor - last..self.cursor);
            }
            KeyCode::Delete => {
                let next = self.after().graphemes(true).next().map_or(0, str::len);
                self.remove(self.cursor..self.cursor + next);
            }
            KeyCode::Left => {
                self.cursor -= self.before().graphemes(true).next_back().map_or(0, str::len);
            }
            KeyCode::Right => {
                self.cursor += self.after().graphemes(true).next().map_or(0, str::len);
            }
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            _ => return false,
        }
        true
    }

    /// Inserts text at the cursor; of several lines one is made.
    pub fn insert(&mut self, text: &str) {
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.text.insert_str(self.cursor, &line);
        self.cursor += line.len();
    }

    /// Returns what of the text can be drawn in `room` cells, and in which cell of it the cursor is.
    #[must_use]
    pub fn shown(&self, room: usize) -> (String, usize) {
        let before = text::visible(self.before());
        // The cursor needs a cell of its own, behind the text too.
        let start = text::cut_start(&before, room.saturating_sub(1));
        let at = text::width(&start);
        let whole = format!("{start}{}", text::visible(self.after()));
        (text::fit(&whole, room), at)
    }

    fn before(&self) -> &str {
        self.text.get(..self.cursor).unwrap_or("")
    }

    fn after(&self) -> &str {
        self.text.get(self.cursor..).unwrap_or("")
    }

    fn remove(&mut self, range: std::ops::Range<usize>) {
        self.cursor = range.start;
        self.text.replace_range(range, "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(input: &mut Input, code: KeyCode) -> bool {
        input.key(&KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn text_is_edited_by_grapheme() {
        let mut input = Input::new("한e\u{301}x");
        for code in [KeyCode::Left, KeyCode::Backspace, KeyCode::Char('é')] {
            assert!(press(&mut input, code));
        }
        assert_eq!(input.text(), "한éx");
        assert!(press(&mut input, KeyCode::Delete));
        input.insert("a\nb");
        assert_eq!(input.text(), "한éa b");
        assert!(input.key(&KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL)));
        assert_eq!(input.text(), "한éa ");
        assert!(!press(&mut input, KeyCode::Up));
        assert!(!input.key(&KeyEvent::new(KeyCode::Char('p'), KeyModifiers::CONTROL)));
    }

    #[test]
    fn the_cursor_stays_in_sight() {
        let input = Input::new("한국어 words");
        assert_eq!(input.shown(20), ("한국어 words        ".to_owned(), 12));
        assert_eq!(input.shown(7), ("…words ".to_owned(), 6));
    }
}
