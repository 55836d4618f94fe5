//! In what language a hook is written, and where in it a line of ours may stand.

/// The language of a hook, as far as a line of ours can be written in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// A Bourne shell. Git runs a hook without `#!` with `sh`.
    Shell,
    Ruby,
    Perl,
    /// Anything else, binaries included.
    Other,
}

impl Language {
    /// Returns the language of the hook with this content.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        if bytes.contains(&0) {
            return Self::Other;
        }
        let Some(rest) = first_line(bytes).strip_prefix(b"#!") else {
            return if is_polyglot(bytes) { Self::Other } else { Self::Shell };
        };
        let text = String::from_utf8_lossy(rest);
        match interpreter(&text).trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
            "sh" | "bash" | "dash" | "zsh" | "ksh" | "mksh" | "ash" if !is_polyglot(bytes) => {
                Self::Shell
            }
            "ruby" => Self::Ruby,
            "perl" => Self::Perl,
            _ => Self::Other,
        }
    }

    /// Returns where a line of ours stands: behind `#!`, since a hook may end anywhere; in Ruby behind the first
    /// comments, since some of them are settings that count only there.
    pub(crate) fn place(self, bytes: &[u8]) -> usize {
        let comments = |line: &&[u8]| {
            self == Self::Ruby && (line.starts_with(b"#") || line.trim_ascii().is_empty())
        };
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let first = if bytes.starts_with(b"#!") { 1 } else { 0 };
        let head = lines.clone().take(first).map(<[u8]>::len).sum::<usize>();
        head + lines.skip(first).take_while(comments).map(<[u8]>::len).sum::<usize>()
    }
}

fn first_line(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == b'\n').next().unwrap_or_default()
}

/// Returns the name of the program in a `#!` line, looking through `env` and its options.
fn interpreter(line: &str) -> &str {
    let mut words =
        line.split_ascii_whitespace().map(|path| path.rsplit('/').next().unwrap_or(path));
    match words.next() {
        Some("env") => words.find(|word| !word.starts_with('-') && !word.contains('=')),
        first => first,
    }
    .unwrap_or_default()
}

/// Returns whether the shell's first command hands the whole file to another interpreter, which would read our lines
/// too: `''''exec python "$0"`, `":" //`, or Tcl's comment that ends in a backslash.
fn is_polyglot(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| {
        !line.is_empty()
            && (!line.starts_with(b"#") || (line.ends_with(b"\\") && !line.starts_with(b"#!")))
    });
    let starts: [&[u8]; 5] = [b"''", b"\"\"", b"\":\"", b"':'", b"\"exec\""];
    first.is_some_and(|line| {
        line.starts_with(b"#") || starts.iter().any(|start| line.starts_with(start))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interpreter_names_the_language() {
        let of = |text: &str| Language::of(text.as_bytes());
        for text in [
            "",
            "echo x\n",
            "#!/bin/sh",
            "#! /bin/sh -e\n",
            "#!/usr/bin/env bash\n",
            "#!/bin/zsh -f\n",
        ] {
            assert_eq!(of(text), Language::Shell, "{text}");
        }
        assert_eq!(of("#!/usr/bin/env -S A=b ruby3.2 -w\n"), Language::Ruby);
        assert_eq!(of("#!/usr/bin/perl5.36 -T\n"), Language::Perl);
        for text in
            ["#!/usr/bin/env python3\n", "#!/usr/bin/fish\n", "\u{7f}ELF\0", "#!\n", "#!/bin/csh\n"]
        {
            assert_eq!(of(text), Language::Other, "{text}");
        }
    }

    #[test]
    fn a_file_of_two_languages_is_not_a_shell_script() {
        let of = |text: &str| Language::of(text.as_bytes());
        assert_eq!(
            of("#!/bin/sh\n# -*- x -*-\n''''exec python3 \"$0\" \"$@\" # '''\nprint()\n"),
            Language::Other
        );
        assert_eq!(of("#!/bin/sh\n\":\" //; exec node \"$0\"\n"), Language::Other);
        assert_eq!(of("#!/bin/sh\n# restart \\\nexec tclsh \"$0\"\n"), Language::Other);
    }

    #[test]
    fn our_line_stands_as_early_as_the_language_lets_it() {
        assert_eq!(Language::Shell.place(b"echo\n"), 0);
        assert_eq!(Language::Shell.place(b"#!/bin/sh"), 9);
        assert_eq!(Language::Shell.place(b"#!/bin/sh\r\n# x\n"), 11);
        assert_eq!(Language::Ruby.place(b"#!/r\n# frozen\n\n# x\nputs\n# y\n"), 19);
    }
}
