//! Commands as they are typed into a shell.

use std::path::Path;

/// Returns a path as a word of a command.
#[must_use]
pub fn quoted(path: &Path) -> String {
    word(&path.to_string_lossy())
}

/// Returns a text as a word of a command.
pub(super) fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@=,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Returns the command that opens a file in the user's editor.
pub(super) fn edit(path: &Path) -> String {
    format!("${{EDITOR:-vi}} {}", quoted(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        for (text, expected) in [
            ("/a/b-c.d", "/a/b-c.d"),
            ("", "''"),
            ("/a b", "'/a b'"),
            ("it's $HOME", r"'it'\''s $HOME'"),
            ("~/x", "'~/x'"),
            ("/ü", "'/ü'"),
        ] {
            assert_eq!(word(text), expected);
        }
    }
}
