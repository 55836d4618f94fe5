//! The pager: the only program that the command line starts.

use std::io;
use std::process::{Child, ChildStdin, Command, Stdio};

/// What a value holds that only a shell understands. The list is git's.
const SHELL_CHARACTERS: &[char] = &[
    '|', '&', ';', '<', '>', '(', ')', '$', '`', '\\', '"', '\'', '*', '?', '[', '#', '~', '=', '%',
];

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
