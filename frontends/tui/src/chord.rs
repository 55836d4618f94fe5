//! One key with what is held beside it, as it is written in the configuration: `ctrl-p`, `J`, `pgdn`.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::fmt;

/// A key, and which of Ctrl and Alt are held with it. Shift is part of the character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// The names of the keys that are no character.
const NAMES: [(&str, KeyCode); 16] = [
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("space", KeyCode::Char(' ')),
];

impl Chord {
    /// Returns the key of an event.
    #[must_use]
    pub fn of(event: &KeyEvent) -> Self {
        let held = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        let is_shifted_tab =
            event.code == KeyCode::Tab && event.modifiers.contains(KeyModifiers::SHIFT);
        let code = match event.code {
            KeyCode::Tab if is_shifted_tab => KeyCode::BackTab,
            // With Ctrl, terminals do not tell capitals apart.
            KeyCode::Char(c) if held.contains(KeyModifiers::CONTROL) => {
                KeyCode::Char(c.to_ascii_lowercase())
            }
            KeyCode::Char(c) if event.modifiers.contains(KeyModifiers::SHIFT) => {
                KeyCode::Char(c.to_ascii_uppercase())
            }
            code => code,
        };
        Self { code, modifiers: held }
    }

    /// Returns the key that `text` names, or `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (mut rest, mut modifiers) = (text, KeyModifiers::NONE);
        loop {
            // `-` alone, or after a modifier, is the key.
            if let Some(after) = rest.strip_prefix("ctrl-").filter(|after| !after.is_empty()) {
                (rest, modifiers) = (after, modifiers | KeyModifiers::CONTROL);
            } else if let Some(after) = rest.strip_prefix("alt-").filter(|after| !after.is_empty())
            {
                (rest, modifiers) = (after, modifiers | KeyModifiers::ALT);
            } else {
                break;
            }
        }
        let code = match NAMES.iter().find(|(name, _)| *name == rest) {
            Some((_, code)) => *code,
            None => match rest.strip_prefix('f').and_then(|number| number.parse().ok()) {
                Some(number @ 1..=12) => KeyCode::F(number),
                _ => {
                    let mut chars = rest.chars();
                    let only = chars.next().filter(|c| chars.next().is_none() && !c.is_control());
                    KeyCode::Char(only?)
                }
            },
        };
        let is_lower = |code| !matches!(code, KeyCode::Char(c) if c.is_ascii_uppercase());
        let is_possible = !modifiers.contains(KeyModifiers::CONTROL) || is_lower(code);
        is_possible.then_some(Self { code, modifiers })
    }

    /// Returns whether a text field takes this key for itself.
    #[must_use]
    pub fn is_text(&self) -> bool {
        matches!(self.code, KeyCode::Char(_)) && self.modifiers.is_empty()
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            f.write_str("ctrl-")?;
        }
        if self.modifiers.contains(KeyModifiers::ALT) {
            f.write_str("alt-")?;
        }
        match (NAMES.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) => write!(f, "{c}"),
            (None, KeyCode::F(number)) => write!(f, "f{number}"),
            (None, code) => write!(f, "{code:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        for text in ["j", "J", "ctrl-p", "alt-x", "ctrl-alt-x", "pgdn", "shift-tab", "f12", "-"] {
            assert_eq!(Chord::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Chord::parse("ctrl--").unwrap().to_string(), "ctrl--");
        for wrong in ["", "ctrl-", "jj", "f13x", "ctrl-P", "shift-j", "strg-p", "\u{1b}"] {
            assert_eq!(Chord::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn terminals_say_the_same_key_in_several_ways() {
        let key = |code, modifiers| Chord::of(&KeyEvent::new(code, modifiers)).to_string();
        assert_eq!(key(KeyCode::Char('J'), KeyModifiers::SHIFT), "J");
        assert_eq!(key(KeyCode::Char('j'), KeyModifiers::SHIFT), "J");
        assert_eq!(key(KeyCode::Char('J'), KeyModifiers::NONE), "J");
        assert_eq!(key(KeyCode::Char('P'), KeyModifiers::CONTROL), "ctrl-p");
        assert_eq!(key(KeyCode::BackTab, KeyModifiers::SHIFT), "shift-tab");
        assert_eq!(key(KeyCode::Tab, KeyModifiers::SHIFT), "shift-tab");
        assert_eq!(key(KeyCode::Char('?'), KeyModifiers::SHIFT), "?");
    }
}
