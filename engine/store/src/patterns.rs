//! Patterns of paths as they stand in a `.gitignore`: read and matched as git does.

use gix::bstr::ByteSlice;
use gix::glob::Pattern;
use gix::glob::pattern::Case;
use gix::glob::wildmatch::Mode;

/// Whether two names that differ by capitals only are one file.
const CASE: Case =
    if cfg!(any(windows, target_os = "macos")) { Case::Fold } else { Case::Sensitive };

/// A list of patterns, of which the last one that fits a path decides.
#[derive(Clone, Debug, Default)]
pub struct Patterns(Vec<(String, Pattern)>);

impl Patterns {
    /// Returns the list of these patterns, without those that mean nothing ([`Patterns::means_any`]).
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Self {
        let parse = |text: &'p str| Some((text.to_owned(), Pattern::from_bytes(text.as_bytes())?));
        Self(patterns.into_iter().filter_map(parse).collect())
    }

    /// Returns whether `pattern` means any file: an empty one means none.
    #[must_use]
    pub fn means_any(pattern: &str) -> bool {
        Pattern::from_bytes(pattern.as_bytes()).is_some()
    }

    /// Returns whether there is no pattern.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the pattern that the file at `path`, or a folder that it lies in, is meant by.
    ///
    /// The path is relative to what the patterns are relative to, its parts divided by slashes.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&str> {
        // What is in a folder that is meant cannot be taken out again: git does not look into it.
        let folders = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
        let mut folders = folders.filter(|folder| !folder.is_empty());
        folders.find_map(|folder| self.decide(folder, true)).or_else(|| self.decide(path, false))
    }

    fn decide(&self, path: &str, is_folder: bool) -> Option<&str> {
        let name = path.rfind('/').map(|slash| slash + 1);
        let path = path.as_bytes().as_bstr();
        let mode = Mode::NO_MATCH_SLASH_LITERAL;
        let (text, pattern) = self.0.iter().rev().find(|(_, pattern)| {
            pattern.matches_repo_relative_path(path, name, Some(is_folder), CASE, mode)
        })?;
        (!pattern.is_negative()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_matched_as_git_ignores_them() {
        let patterns =
            ["*.pem", ".env*", "!.env.example", "secrets/**", "/top", "keys/", "!keys/open"];
        let patterns = Patterns::new(patterns);
        for (path, expected) in [
            ("a.pem", Some("*.pem")),
            ("deep/down/a.pem", Some("*.pem")),
            ("a.pem/inside", Some("*.pem")),
            ("a.pem.txt", None),
            (".env", Some(".env*")),
            ("sub/.env.local", Some(".env*")),
            (".env.example", None),
            ("secrets/a/b", Some("secrets/**")),
            ("sub/secrets/a", None),
            ("top", Some("/top")),
            ("sub/top", None),
            ("sub/keys/a", Some("keys/")),
            ("keys/open", Some("keys/")),
            ("keys", None),
        ] {
            assert_eq!(patterns.find(path), expected, "{path}");
        }
        assert!(Patterns::means_any("a") && !Patterns::means_any("") && !Patterns::means_any(" "));
        assert!(Patterns::new([]).is_empty() && Patterns::new([""]).is_empty());
        assert_eq!(
            Patterns::new(["", "a"]).find("a"),
            Some("a"),
            "one of nothing takes no other away"
        );
    }
}
