//! Which key means what: the default keys, and what `[keys]` says instead.

use crate::action::{ACTIONS, Action, Place};
use crate::chord::Chord;
use opensession_engine::KeySetting;

/// Which key means what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyMap {
    bindings: Vec<(Chord, Action, Place)>,
}

/// What is wrong with `[keys]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyProblem {
    /// The line of the configuration file, from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: String,
}

impl Default for KeyMap {
    fn default() -> Self {
        let bindings = ACTIONS.iter().flat_map(|entry| {
            let chords = entry.keys.iter().filter_map(|key| Chord::parse(key));
            chords.map(|chord| (chord, entry.action, entry.place))
        });
        Self { bindings: bindings.collect() }
    }
}

impl KeyMap {
    /// Returns the default keys, with those of `settings` in place of an action's own.
    ///
    /// # Errors
    /// Where a name is no action, a key is none, or a key would mean two things at once.
    pub fn new(settings: &[KeySetting]) -> Result<Self, KeyProblem> {
        let mut map = Self::default();
        let mut set = Vec::new();
        for setting in settings {
            let problem = |reason| KeyProblem { line: setting.line, reason };
            let name = setting.action.as_str();
            let Some(entry) = ACTIONS.iter().find(|entry| entry.name == name) else {
                return Err(problem(format!("keys.{name} is no action")));
            };
            map.bindings.retain(|(_, action, _)| *action != entry.action);
            for key in &setting.keys {
                let Some(chord) = Chord::parse(key) else {
                    return Err(problem(format!("keys.{name}: {key:?} is no key")));
                };
                set.push((setting, chord, entry));
            }
        }
        for (setting, chord, entry) in set {
            if let Some((.., action, _)) = map
                .bindings
                .iter()
                .find(|(other, _, place)| *other == chord && place.meets(entry.place))
            {
                let taken = action.entry().map_or("", |taken| taken.name);
                let name = entry.name;
                let reason = format!("keys.{name}: {:?} is {taken} already", chord.to_string());
                return Err(KeyProblem { line: setting.line, reason });
            }
            map.bindings.push((chord, entry.action, entry.place));
        }
        Ok(map)
    }

    /// Returns what a key means at a place.
    #[must_use]
    pub fn action(&self, chord: Chord, place: Place) -> Option<Action> {
        let mut found = self.bindings.iter();
        found.find(|(key, _, at)| *key == chord && at.meets(place)).map(|(_, action, _)| *action)
    }

    /// Returns the keys of an action, the first one first.
    pub fn keys(&self, action: Action) -> impl Iterator<Item = Chord> + '_ {
        self.bindings.iter().filter(move |(_, other, _)| *other == action).map(|(key, ..)| *key)
    }

    /// Returns the first key of an action, as text; nothing where it has none.
    #[must_use]
    pub fn label(&self, action: Action) -> String {
        self.keys(action).next().map_or_else(String::new, |key| key.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(line: usize, action: &str, keys: &[&str]) -> KeySetting {
        KeySetting {
            line,
            action: action.to_owned(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        }
    }

    fn key(text: &str) -> Chord {
        Chord::parse(text).unwrap()
    }

    #[test]
    fn the_default_keys_are_keys_and_mean_one_thing_each() {
        let map = KeyMap::default();
        assert_eq!(
            map.bindings.len(),
            ACTIONS.iter().map(|entry| entry.keys.len()).sum::<usize>(),
            "every default key can be parsed"
        );
        for (index, (chord, action, place)) in map.bindings.iter().enumerate() {
            for (other, second, there) in map.bindings.iter().skip(index + 1) {
                assert!(
                    chord != other || !place.meets(*there),
                    "{chord} is {action:?} and {second:?}"
                );
            }
        }
    }

    #[test]
    fn a_setting_takes_the_place_of_the_default_keys() {
        let map = KeyMap::new(&[setting(2, "move_down", &["down", "ctrl-n"])]).unwrap();
        assert_eq!(map.action(key("ctrl-n"), Place::List), Some(Action::MoveDown));
        assert_eq!(map.action(key("down"), Place::List), Some(Action::MoveDown));
        assert_eq!(map.action(key("j"), Place::List), None);
        assert_eq!(map.label(Action::MoveDown), "down");
        let none = KeyMap::new(&[setting(2, "stats", &[])]).unwrap();
        assert_eq!(none.label(Action::Stats), "");
    }

    #[test]
    fn keys_may_be_swapped_and_shared_by_screens_that_never_meet() {
        let swapped = [setting(2, "move_down", &["k"]), setting(3, "move_up", &["j"])];
        let map = KeyMap::new(&swapped).unwrap();
        assert_eq!(map.action(key("k"), Place::Session), Some(Action::MoveDown));
        let shared = KeyMap::new(&[setting(2, "fold", &["S"])]).unwrap();
        assert_eq!(shared.action(key("S"), Place::List), Some(Action::Sort));
        assert_eq!(shared.action(key("S"), Place::Session), Some(Action::Fold));
    }

    #[test]
    fn conflicts_and_unknown_names_are_refused_by_name_and_line() {
        let refused = |settings: &[KeySetting]| {
            let KeyProblem { line, reason } = KeyMap::new(settings).unwrap_err();
            format!("{line}: {reason}")
        };
        assert_eq!(
            refused(&[setting(4, "stats", &["j"])]),
            "4: keys.stats: \"j\" is move_down already"
        );
        assert_eq!(
            refused(&[setting(2, "stats", &["x"]), setting(3, "help", &["x"])]),
            "3: keys.help: \"x\" is stats already"
        );
        assert_eq!(refused(&[setting(7, "fly", &["x"])]), "7: keys.fly is no action");
        assert_eq!(refused(&[setting(7, "quit", &["xx"])]), "7: keys.quit: \"xx\" is no key");
    }
}
