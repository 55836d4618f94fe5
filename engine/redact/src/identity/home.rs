//! The user's home folder in all the ways it is written: `/home/alice`, `C:\\Users\\alice`, `file:///c%3A/Users/alice`,
//! and as a part of a name, `-home-alice-src`, as tools call their folders.

use crate::rules::starts_word;
use memchr::memmem;
use std::ops::Range;

/// Finds one name of the home folder.
pub(super) struct Home {
    /// The letter of the drive, on Windows.
    drive: Option<u8>,
    /// The names of the folders above it, from its parent to the outermost one.
    above: Vec<String>,
    /// Its own name.
    name: Needle,
    /// All names with `-` between them and for every other sign.
    dashed: Needle,
}

/// A word that is looked for.
struct Needle {
    text: String,
    finder: memmem::Finder<'static>,
    /// Windows does not tell capitals from small letters.
    ignores_case: bool,
}

impl Home {
    /// Returns what finds the folder at `path`; `None` where that is no absolute path, or the root of everything.
    pub(super) fn new(path: &str) -> Option<Self> {
        let (drive, rest) = match path.as_bytes() {
            [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic() => {
                (Some(*letter), path.get(2..)?)
            }
            [b'/', ..] => (None, path),
            _ => return None,
        };
        let is_separator = |c| c == '/' || (drive.is_some() && c == '\\');
        let parts: Vec<&str> = rest.split(is_separator).filter(|part| !part.is_empty()).collect();
        let (name, above) = parts.split_last()?;
        let dashed = parts.join("-").replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        Some(Self {
            drive,
            above: above.iter().rev().map(|part| (*part).to_owned()).collect(),
            name: Needle::new(name, drive.is_some()),
            dashed: Needle::new(&dashed, drive.is_some()),
        })
    }

    /// Returns every place in `text` where the folder is named, the paths first and then the names.
    pub(super) fn find_all<'t>(
        &'t self,
        text: &'t [u8],
    ) -> impl Iterator<Item = Range<usize>> + 't {
        let paths =
            self.name.find_all(text).filter_map(|(at, end)| Some(self.path(text, at, end)?..end));
        let names = self
            .dashed
            .find_all(text)
            .filter_map(|(at, end)| Some(self.folder(text, at, end)?..end));
        paths.chain(names)
    }

    /// Returns where the path starts whose last name stands from `at` to `end`.
    fn path(&self, text: &[u8], at: usize, end: usize) -> Option<usize> {
        let goes_on = match &text[end..] {
            [b'.', next, ..] => next.is_ascii_alphanumeric(),
            [next, ..] => next.is_ascii_alphanumeric() || matches!(next, b'_' | b'-'),
            [] => false,
        };
        if goes_on {
            return None;
        }
        let mut start = at;
        for part in &self.above {
            let separators = separators_before(text, start);
            let before = separators.start.checked_sub(part.len())?;
            if separators.is_empty() || !self.name.is_same(&text[before..separators.start], part) {
                return None;
            }
            start = before;
        }
        let root = separators_before(text, start);
        if root.is_empty() {
            return None;
        }
        match self.drive {
            Some(drive) => drive_before(text, root.start, drive),
            None => {
                let start = last_of(text, &root);
                (!self.above.is_empty() || stands_alone(text, start)).then_some(start)
            }
        }
    }

    /// Returns where the name of a folder starts that is made of the path, of which the words stand from `at` to `end`.
    fn folder(&self, text: &[u8], at: usize, end: usize) -> Option<usize> {
        if text.get(end).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')) {
            return None;
        }
        let dashes = text[..at].iter().rev().take(2).take_while(|b| **b == b'-').count();
        if let Some(drive) = self.drive {
            let letter = (at - dashes).checked_sub(1)?;
            let is_drive = dashes > 0 && text[letter].eq_ignore_ascii_case(&drive);
            return (is_drive && starts_word(text, letter)).then_some(letter);
        }
        let start = at - dashes.min(1);
        let is_name = match (self.above.is_empty(), dashes) {
            // `-root` is a part of many names.
            (true, _) => dashes == 1 && text[..start].ends_with(b"/"),
            (false, 0) => starts_word(text, start),
            (false, _) => true,
        };
        is_name.then_some(start)
    }
}

impl Needle {
    fn new(text: &str, ignores_case: bool) -> Self {
        let finder = memmem::Finder::new(text).into_owned();
        Self { text: text.to_owned(), finder, ignores_case }
    }

    /// Returns where the word starts and ends, wherever it stands.
    fn find_all<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = (usize, usize)> + 't {
        let mut at = 0;
        std::iter::from_fn(move || {
            let found = self.find(text, at)?;
            at = found + 1;
            Some((found, found + self.text.len()))
        })
    }

    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        let rest = text.get(from..)?;
        if !self.ignores_case {
            return Some(from + self.finder.find(rest)?);
        }
        let first = *self.text.as_bytes().first()?;
        let (small, large) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
        let mut places = memchr::memchr2_iter(small, large, rest);
        let stands = |at: &usize| {
            rest.get(*at..*at + self.text.len()).is_some_and(|word| self.is_same(word, &self.text))
        };
        Some(from + places.find(stands)?)
    }

    fn is_same(&self, one: &[u8], other: &str) -> bool {
        if self.ignores_case {
            one.eq_ignore_ascii_case(other.as_bytes())
        } else {
            one == other.as_bytes()
        }
    }
}

/// Returns the separators that end at `at`: slashes of either kind, or one that is written `%2F` or `%5C`.
fn separators_before(text: &[u8], at: usize) -> Range<usize> {
    let before = &text[..at];
    if let [.., b'%', digit @ (b'2' | b'5'), letter] = before
        && matches!((digit, letter.to_ascii_lowercase()), (b'2', b'f') | (b'5', b'c'))
    {
        return at - 3..at;
    }
    // Strings in strings double them.
    let run = before.iter().rev().take_while(|b| matches!(b, b'/' | b'\\'));
    at - run.count()..at
}

/// Returns where the last of these separators starts: in `file:///home/alice` the third belongs to the path.
fn last_of(text: &[u8], separators: &Range<usize>) -> usize {
    // One slash, and all backslashes before it: they may be one that is written twice, or escape the slash.
    let slash = usize::from(text[separators.clone()].ends_with(b"/"));
    let run = text[separators.start..separators.end - slash].iter().rev();
    match &text[separators.clone()] {
        [b'%', ..] => separators.start,
        _ => separators.end - slash - run.take_while(|b| **b == b'\\').count(),
    }
}

/// Returns where the drive starts that ends at `at`: `C:`, `/c%3A`, or `/c` and `/mnt/c` as Unix shells on Windows and
/// WSL name it.
fn drive_before(text: &[u8], at: usize, drive: u8) -> Option<usize> {
    let before = &text[..at];
    let colon = [&b":"[..], b"%3A", b"%3a"].into_iter().find(|colon| before.ends_with(colon));
    let letter = before.len().checked_sub(colon.map_or(0, <[u8]>::len) + 1)?;
    if !before[letter].eq_ignore_ascii_case(&drive) {
        return None;
    }
    let slash = separators_before(text, letter);
    match (colon, slash.is_empty()) {
        (Some(_), true) => starts_word(text, letter).then_some(letter),
        // One slash in front belongs to it: `file:///c:/Users`.
        (Some(_), false) => Some(last_of(text, &slash)),
        (None, true) => None,
        (None, false) => {
            let mount = text[..slash.start].ends_with(b"mnt");
            let outer = mount.then(|| separators_before(text, slash.start - 3));
            let start = last_of(text, &outer.filter(|outer| !outer.is_empty()).unwrap_or(slash));
            stands_alone(text, start).then_some(start)
        }
    }
}

/// Returns whether the path that starts with the slash at `at` is absolute, and not the end of another one.
fn stands_alone(text: &[u8], at: usize) -> bool {
    match &text[..at] {
        [.., b':', b'/', b'/'] => true,
        // An option of a compiler: `-I/root/include`.
        [.., b'-', letter] if letter.is_ascii_alphabetic() => true,
        [.., b'.' | b'~' | b'-' | b'}' | b')' | b'*' | b'/' | b'\\'] => false,
        [.., last] => last.is_ascii() && starts_word(text, at),
        [] => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_stripped(home: &str, cases: &[(&str, &str)], kept: &[&str]) {
        let home = Home::new(home).unwrap();
        let strip = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            let next = |bytes: &[u8]| home.find_all(bytes).next();
            while let Some(range) = next(&bytes) {
                bytes.splice(range, *b"~");
            }
            String::from_utf8(bytes).unwrap()
        };
        for (text, stripped) in cases {
            assert_eq!(strip(text), *stripped);
        }
        for text in kept {
            assert_eq!(strip(text), *text);
        }
    }

    #[test]
    fn a_home_folder_is_found_however_it_is_written() {
        let cases = [
            ("/home/alice", "~"),
            ("cd /home/alice/src && ls", "cd ~/src && ls"),
            ("-I/home/alice/include", "-I~/include"),
            ("--- a/home/alice/x", "--- a~/x"),
            ("file:///home/alice/x", "file://~/x"),
            (r"\/home\/alice\/x", r"~\/x"),
            ("%2Fhome%2falice%2Fx", "~%2Fx"),
            (r"\\wsl.localhost\Ubuntu\home\alice\x", r"\\wsl.localhost\Ubuntu~\x"),
            ("projects/-home-alice-src/a.jsonl", "projects/~-src/a.jsonl"),
            ("--home-alice-src--", "-~-src--"),
            ("home-alice-src", "~-src"),
            (r"ls\n-home-alice\n", r"ls\n~\n"),
            ("in /home/alice. Then", "in ~. Then"),
        ];
        let kept = [
            "/home/alice2 /home/alice-old /home/alice.bak /home/alice_x",
            "/home/alicia home/alice stay-home-alicex",
        ];
        assert_stripped("/home/alice", &cases, &kept);
    }

    #[test]
    fn a_home_folder_on_windows_is_found_by_its_drive_in_any_case() {
        let cases = [
            (r"C:\Users\Alice\src", r"~\src"),
            (r#"{"cwd":"c:\\users\\alice"}"#, r#"{"cwd":"~"}"#),
            ("file:///c%3A/Users/alice/x", "file://~/x"),
            ("file:///C:/Users/alice", "file://~"),
            ("cd /c/Users/Alice/x", "cd ~/x"),
            ("/mnt/c/Users/Alice/x", "~/x"),
            ("projects/C--Users-Alice-src", "projects/~-src"),
        ];
        assert_stripped(r"C:\Users\Alice", &cases, &[r"D:\Users\Alice \Users\Alice"]);
    }

    #[test]
    fn a_home_folder_of_one_name_is_only_found_where_it_stands_alone() {
        let cases = [
            ("/ann /ann/x=/ann", "~ ~/x=~"),
            (r"a\n/ann/x", r"a\n~/x"),
            ("file:///ann/x", "file://~/x"),
            ("projects/-ann-src", "projects/~-src"),
        ];
        let kept = ["src/ann/mod.rs ./ann ${prefix}/ann --ann-dir -ann joann"];
        assert_stripped("/ann", &cases, &kept);
        for none in ["/", "", "relative/x", "C:\\"] {
            assert!(Home::new(none).is_none(), "{none}");
        }
    }
}
