//! What the terminal says of its colours (OSC 10, 11) where it says it late: then it stands among the keys.
//!
//! Over a slow line, or on a machine that is busy, the program waits no longer for the answer, and it must not be taken
//! for keys: `r`, `g`, `b` and `/` mean something.

use opensession_engine::Background;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A colour has so many digits in each of its three parts at most.
const MOST_DIGITS: usize = 4;

/// Finds an answer among keys.
#[derive(Debug, Default)]
pub struct LateAnswer {
    /// What came of it so far.
    text: Option<String>,
}

/// What a key was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Somebody pressed it.
    Pressed,
    /// It is part of an answer.
    Answered,
    /// An answer ends with it, which names the background.
    Background(Background),
}

impl LateAnswer {
    /// Takes the next key, and returns what it was.
    pub fn take(&mut self, key: &KeyEvent) -> Part {
        let alt = |c| key.code == KeyCode::Char(c) && key.modifiers == KeyModifiers::ALT;
        let bell = key.code == KeyCode::Char('g') && key.modifiers == KeyModifiers::CONTROL;
        if alt(']') {
            self.text = Some(String::new());
            return Part::Answered;
        }
        let Some(mut text) = self.text.take() else { return Part::Pressed };
        match key.code {
            KeyCode::Char(_) if alt('\\') || bell => {
                background(&text).map_or(Part::Answered, Part::Background)
            }
            KeyCode::Char(c) if (key.modifiers - KeyModifiers::SHIFT).is_empty() => {
                text.push(c);
                if !may_go_on(&text) {
                    return Part::Pressed;
                }
                self.text = Some(text);
                Part::Answered
            }
            _ => Part::Pressed,
        }
    }
}

/// Returns whether an answer may begin with `text`: `11;rgb:ffff/f`.
fn may_go_on(text: &str) -> bool {
    ["10;rgb:", "11;rgb:"].iter().any(|start| match text.strip_prefix(start) {
        Some(colour) => {
            let parts = colour.split('/');
            let is_part = |part: &str| {
                part.len() <= MOST_DIGITS && part.chars().all(|c| c.is_ascii_hexdigit())
            };
            parts.clone().count() <= 3 && parts.into_iter().all(is_part)
        }
        None => start.starts_with(text),
    })
}

/// Returns the background that an answer names; `None` where it names the colour of the text.
fn background(text: &str) -> Option<Background> {
    let parts = text.strip_prefix("11;rgb:")?.split('/').map(|part| {
        let most = 16_u32.pow(u32::try_from(part.len()).ok()?).checked_sub(1)?;
        Some(u32::from_str_radix(part, 16).ok()? * 1000 / most.max(1))
    });
    let parts: Vec<u32> = parts.collect::<Option<_>>()?;
    let [red, green, blue] = parts.as_slice() else { return None };
    // How light each colour looks: ITU-R BT.601, 2.5.1.
    let light = red * 299 + green * 587 + blue * 114;
    Some(if light > 500_000 { Background::Light } else { Background::Dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys that a terminal's bytes are taken for.
    fn keys(text: &str) -> Vec<KeyEvent> {
        let mut keys = Vec::new();
        let mut held = KeyModifiers::NONE;
        for c in text.chars() {
            keys.push(match c {
                '\u{1b}' => {
                    held = KeyModifiers::ALT;
                    continue;
                }
                '\u{7}' => KeyEvent::new(KeyCode::Char('g'), KeyModifiers::CONTROL),
                c if c.is_uppercase() => KeyEvent::new(KeyCode::Char(c), KeyModifiers::SHIFT),
                c => KeyEvent::new(KeyCode::Char(c), held),
            });
            held = KeyModifiers::NONE;
        }
        keys
    }

    /// Returns what was pressed, and the backgrounds that were named.
    fn taken(text: &str) -> (String, Vec<Background>) {
        let mut late = LateAnswer::default();
        let (mut pressed, mut named) = (String::new(), Vec::new());
        for key in keys(text) {
            match late.take(&key) {
                Part::Pressed => pressed.extend(key.code.as_char()),
                Part::Answered => {}
                Part::Background(background) => named.push(background),
            }
        }
        (pressed, named)
    }

    #[test]
    fn an_answer_among_the_keys_is_none_of_them() {
        let both = "j\u{1b}]10;rgb:0000/0000/0000\u{1b}\\\u{1b}]11;rgb:ffff/FFFF/eeee\u{1b}\\k";
        assert_eq!(taken(both), ("jk".to_owned(), vec![Background::Light]));
        assert_eq!(taken("\u{1b}]11;rgb:1e/1e/2E\u{7}q"), ("q".to_owned(), vec![Background::Dark]));
    }

    #[test]
    fn keys_that_only_begin_like_an_answer_are_keys() {
        assert_eq!(taken("\u{1b}]gbr"), ("gbr".to_owned(), Vec::new()));
        assert_eq!(taken("\u{1b}]11;x/"), ("x/".to_owned(), Vec::new()));
        assert_eq!(taken("\u{1b}]11;rgb:fffff/"), ("f/".to_owned(), Vec::new()));
        assert_eq!(taken("\u{1b}]11;rgb:\u{7}a"), ("a".to_owned(), Vec::new()));
        assert_eq!(taken("11;rgb:ff/ff/ff").0.len(), 15);
    }
}
