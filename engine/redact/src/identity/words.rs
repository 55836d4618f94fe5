//! Names of users and machines: words that are known by value.

use super::escape::begins_in;
use crate::rules::starts_word;
use memchr::memmem;
use std::ops::Range;

/// Shorter names are parts of too much else.
const SHORTEST: usize = 3;

/// Names that many users and machines have, and that tell nobody from anybody. `redacted` begins every mark.
const COMMON: [&str; 40] = [
    "admin",
    "administrator",
    "agent",
    "app",
    "build",
    "builder",
    "ci",
    "codespace",
    "container",
    "debian",
    "default",
    "desktop",
    "dev",
    "developer",
    "docker",
    "fedora",
    "git",
    "guest",
    "home",
    "host",
    "laptop",
    "linux",
    "localdomain",
    "localhost",
    "mac",
    "macbook",
    "node",
    "nobody",
    "pi",
    "raspberrypi",
    "redacted",
    "root",
    "runner",
    "server",
    "test",
    "ubuntu",
    "user",
    "vagrant",
    "vscode",
    "www-data",
];

/// Finds one name.
pub(super) struct Word {
    text: String,
    finder: memmem::Finder<'static>,
}

impl Word {
    /// Returns what finds the name; `None` for one that is too short or that many have.
    pub(super) fn new(text: &str) -> Option<Self> {
        let is_common = COMMON.iter().any(|common| text.eq_ignore_ascii_case(common));
        let is_name = text.len() >= SHORTEST && !is_common && !text.contains(['"', '\\']);
        let finder = memmem::Finder::new(text).into_owned();
        is_name.then(|| Self { text: text.to_owned(), finder })
    }

    /// Returns every place where the name is a whole word. Behind a backslash that may belong to an escape, it is one
    /// together with that: `C:\nina` and the line break before `ina` look the same.
    pub(super) fn find_all<'t>(
        &'t self,
        text: &'t [u8],
    ) -> impl Iterator<Item = Range<usize>> + 't {
        self.finder.find_iter(text).filter_map(|at| {
            let end = at + self.text.len();
            let goes_on = |next: &u8| next.is_ascii_alphanumeric() || *next == b'_';
            if text.get(end).is_some_and(goes_on) {
                return None;
            }
            match begins_in(text, at) {
                Some(_) => Some(at - 1..end),
                None if text[..at].ends_with(b"\\") => Some(at..end),
                None => starts_word(text, at).then_some(at..end),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_whole_words_and_common_ones_none() {
        let found = |name: &str, text: &str| {
            let word = Word::new(name).unwrap();
            let found = word.find_all(text.as_bytes());
            found.map(|range| text.get(range).unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("nina", "nina@box:~nina$ /home/nina/x nina-laptop").len(), 4);
        assert_eq!(found("nina", r"C:\Users\nina\x"), [r"\nina"]);
        assert_eq!(found("nina", r"C:\\Users\\nina\\x"), ["nina"]);
        assert_eq!(found("nina", r"a\nnina\n"), ["nina"]);
        for other in ["ninas", "nina_2", "janina", "Nina"] {
            assert!(found("nina", other).is_empty(), "{other}");
        }
        for common in ["root", "Ubuntu", "ab", "redacted", "localhost"] {
            assert!(Word::new(common).is_none(), "{common}");
        }
    }
}
