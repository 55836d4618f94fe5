//! Failures as the user meets them: exit codes, and hints on what to do. The only place that knows either.

use crate::output::Screen;
use crate::{refusals, style};
use opensession_engine::{Error, ErrorKind};
use serde_json::json;
use std::io;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything asked for was done.
    Done = 0,
    /// The answer is no, or nothing.
    Negative = 1,
    /// The command line is wrong, or names what this program cannot handle.
    Usage = 2,
    /// What was asked for does not exist.
    NotFound = 3,
    /// A remote, or the way to it, is in the way.
    Network = 4,
    /// Stored data is damaged.
    Corrupt = 5,
    /// Somebody else holds the store.
    Busy = 7,
    /// Some of it was done.
    Partial = 8,
    /// Reading or writing failed.
    Io = 74,
    /// The system refuses access.
    Denied = 77,
}

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The engine failed.
    Engine(Error),
    /// A hook or a tool's settings cannot be changed.
    Hooks(opensession_hooks::Error),
    /// The output cannot be written.
    Output(io::Error),
    /// The command line is wrong.
    Usage {
        /// What is wrong.
        message: String,
        /// What would be right.
        hint: String,
    },
    /// A file or folder on the command line is not there.
    NoFile {
        /// What is wrong.
        message: String,
    },
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl From<opensession_hooks::Error> for Failure {
    fn from(error: opensession_hooks::Error) -> Self {
        Self::Hooks(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    /// Returns whether only the reader of the output went away, which is no failure.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let (Self::Output(source) | Self::Engine(Error::Io { source, .. })) = self else {
            return false;
        };
        source.kind() == io::ErrorKind::BrokenPipe
    }

    /// Returns how the program ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } => Exit::Usage,
            Self::NoFile { .. } => Exit::NotFound,
            Self::Output(_) => Exit::Io,
            Self::Hooks(opensession_hooks::Error::Io { source, .. }) => match source.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Exit::Denied,
                _ => Exit::Io,
            },
            Self::Hooks(_) => Exit::Usage,
            Self::Engine(error) => match error.kind() {
                ErrorKind::NotFound => Exit::NotFound,
                ErrorKind::Ambiguous | ErrorKind::Invalid | ErrorKind::Unsupported => Exit::Usage,
                ErrorKind::Corrupt => Exit::Corrupt,
                ErrorKind::Busy => Exit::Busy,
                ErrorKind::Network => Exit::Network,
                ErrorKind::Unsafe => Exit::Negative,
                ErrorKind::Denied => Exit::Denied,
                _ => Exit::Io,
            },
        }
    }

    /// Returns the name of the kind of failure, as it stands in `--json`.
    const fn name(exit: Exit) -> &'static str {
        match exit {
            Exit::Done => "none",
            Exit::Negative => "unsafe",
            Exit::Network => "network",
            Exit::Usage => "usage",
            Exit::NotFound => "not_found",
            Exit::Corrupt => "corrupt",
            Exit::Busy => "busy",
            Exit::Partial => "partial",
            Exit::Io => "io",
            Exit::Denied => "denied",
        }
    }

    /// Returns what is wrong, in one line.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Engine(error) => error.to_string(),
            Self::Hooks(error) => error.to_string(),
            Self::Output(error) => format!("cannot write the output: {error}"),
            Self::Usage { message, .. } | Self::NoFile { message } => message.clone(),
        }
    }

    /// Returns what the user can do about it.
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Usage { hint, .. } => hint,
            Self::NoFile { .. } => "check the path, or run `opensession` to see what there is",
            Self::Output(_) => return None,
            Self::Hooks(opensession_hooks::Error::Markers { .. }) => {
                "take the damaged marker lines out of the file, and what stands between them"
            }
            Self::Hooks(opensession_hooks::Error::Binary { .. }) => {
                "install opensession at a path without line breaks"
            }
            Self::Hooks(_) => "check who owns the file and its folder",
            Self::Engine(error) => match error {
                Error::NoSession { .. } => {
                    "`opensession list` shows the sessions that are stored, `opensession capture` stores new ones"
                }
                Error::Forgotten { session } => {
                    let id = session.split_once('.').map_or(session.as_str(), |(_tool, id)| id);
                    return Some(format!("`opensession restore {id}` brings it back"));
                }
                Error::Gone { .. } => {
                    "a colleague's clone may have it: fetch from there, and try again"
                }
                Error::AmbiguousSession { .. } => "type more of the id",
                Error::NoEvent { .. } => {
                    "`opensession search` and `opensession blame` name events, `opensession cat SESSION` has them all"
                }
                Error::UnknownLog { .. } => {
                    "`opensession` without arguments says which tools' logs are known and where they are looked for"
                }
                Error::Config { .. } => {
                    "correct the file; `opensession` never changes one that is not valid"
                }
                Error::Store(opensession_engine::StoreError::ForeignOwner(path)) => {
                    let path = path.display();
                    return Some(format!(
                        "if you trust it: `git config --global --add safe.directory {path}`"
                    ));
                }
                Error::Store(opensession_engine::StoreError::NameTaken { .. }) => {
                    "rename that branch: `git branch -m opensession NEW-NAME`"
                }
                Error::Store(opensession_engine::StoreError::Refused { refusal, .. }) => {
                    refusals::hint(*refusal)
                }
                Error::Store(opensession_engine::StoreError::TooLarge { .. }) => {
                    "GitHub takes 2 GiB at once; to a remote that takes more, `git push REMOTE opensession/sessions` sends it"
                }
                Error::NotEnabled { .. } => {
                    "`opensession init` there lets it keep its sessions, and brings the older ones over"
                }
                Error::NoRemote { .. } => {
                    "name one: `opensession sync NAME`, or its address; `git remote add origin URL` makes one"
                }
                Error::NotAgreed { .. } => "--yes REMOTE agrees to it without asking",
                Error::Leak(leak) if leak.is_past => {
                    "the older state leaves with the history; `opensession purge` begins that anew, without it"
                }
                Error::Leak(_) => {
                    "`opensession capture --redact-again` masks it; if it is none, `opensession secrets allow` lets it pass"
                }
                Error::Raced { .. } => "try again in a moment; what came was kept",
                Error::Store(_) if error.kind() == ErrorKind::NotFound => {
                    "--repo takes a folder in a git repository"
                }
                _ => match error.kind() {
                    ErrorKind::Corrupt => {
                        "`opensession fsck` says what is damaged, `opensession fsck --repair` restores what anything still holds"
                    }
                    ErrorKind::Busy => {
                        "another opensession or git is writing; try again in a moment"
                    }
                    ErrorKind::Denied => "check who owns the file and its folder",
                    ErrorKind::Unsupported => "a newer opensession may know it",
                    _ => return None,
                },
            },
        };
        Some(hint.to_owned())
    }

    /// Writes the failure to standard error: as JSON where `json` is asked for.
    pub(crate) fn report(&self, screen: &mut Screen, json: bool) -> io::Result<()> {
        let (message, hint) = (self.message(), self.hint());
        if json {
            let kind = Self::name(self.exit());
            let object = json!({"error": {"kind": kind, "message": message, "hint": hint}});
            return screen.data(|out| writeln!(out, "{object}"));
        }
        screen.styled(style::BAD, "error: ")?;
        screen.line(&message)?;
        for line in hint.iter().flat_map(|hint| hint.lines()) {
            screen.styled(style::PLACE, "hint: ")?;
            screen.line(line.trim_start())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::tests::{PIPE, TERMINAL, written};

    fn not_found() -> Failure {
        Failure::Engine(Error::NoSession { reference: "a\u{202e}b".into() })
    }

    #[test]
    fn errors_are_a_line_and_hints_another() {
        let text = written(PIPE, |screen| not_found().report(screen, false).unwrap());
        insta::assert_snapshot!(text, @r#"
        error: no session is named "a\u{202e}b"
        hint: `opensession list` shows the sessions that are stored, `opensession capture` stores new ones
        "#);
        let json = written(TERMINAL, |screen| not_found().report(screen, true).unwrap());
        insta::assert_snapshot!(json, @r#"{"error":{"hint":"`opensession list` shows the sessions that are stored, `opensession capture` stores new ones","kind":"not_found","message":"no session is named \"a\\u{202e}b\""}}"#);
        assert_eq!(not_found().exit(), Exit::NotFound);
    }

    #[test]
    fn a_reader_that_went_away_is_no_failure() {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(Failure::Output(gone()).is_broken_pipe());
        let engine = Error::Io { verb: "write", path: "the output".into(), source: gone() };
        assert!(Failure::Engine(engine).is_broken_pipe());
        assert!(!not_found().is_broken_pipe());
    }
}
