//! The pager: the only program that the command line starts.

use std::io;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// What a value holds that only a shell understands. The list is git's.
const SHELL_CHARACTERS: &[char] = &[
    '|', '&', ';', '<', '>', '(', ')', '$', '`', '\\', '"', '\'', '*', '?', '[', '#', '~', '=', '%',
];

/// Returns `command` with what makes it begin at a line, counted from 1; `None` for a pager that may not know how.
pub(crate) fn opened_at(command: &str, line: usize) -> Option<String> {
    let program = Path::new(command.split_whitespace().next()?);
    let is_less = program.file_name().is_some_and(|name| name == "less");
    (is_less && !command.contains(SHELL_CHARACTERS)).then(|| format!("{command} +{line}"))
}

/// A running pager.
pub(crate) struct Pager(Child);

impl Pager {
    /// Starts the pager and returns it with its input; `None` where it cannot be started or is `cat`.
    ///
    /// As git does, the command is split at blanks, or given to a shell where it needs one.
    pub(crate) fn start(command: &str) -> Option<(Self, ChildStdin)> {
        let mut words = command.split_whitespace();
        let program = words.next().filter(|program| *program != "cat")?;
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that starts the pager"
        )]
        let mut process = if command.contains(SHELL_CHARACTERS) {
            let mut shell = Command::new("sh");
            shell.args(["-c", command]);
            shell
        } else {
            let mut process = Command::new(program);
            process.args(words);
            process
        };
        // A pager that is not there is no reason to show nothing.
        let mut child = process.stdin(Stdio::piped()).spawn().ok()?;
        let input = child.stdin.take()?;
        Some((Self(child), input))
    }

    /// Waits until the user has left the pager.
    pub(crate) fn wait(mut self) -> io::Result<()> {
        self.0.wait().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_less_is_told_a_line() {
        for (command, expected) in [
            ("less -FRX", Some("less -FRX +7")),
            ("/usr/bin/less", Some("/usr/bin/less +7")),
            ("more", None),
            ("less | cat", None),
            ("LESS=-R less", None),
            ("", None),
        ] {
            assert_eq!(opened_at(command, 7).as_deref(), expected, "{command}");
        }
    }
}
