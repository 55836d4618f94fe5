//! What a check says.

use std::path::PathBuf;

/// How well something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Green,
    /// Nothing is lost, but something does not work as it should, or soon will not.
    Yellow,
    /// Something is lost, or does not work.
    Red,
}

impl Level {
    /// Returns its name: `green`, `yellow`, `red`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
}

/// Returns how many there are: `1 hook`, `2 hooks`.
pub(super) fn plural(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// What a check says of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How well it is.
    pub level: Level,
    /// What was found, on one line.
    pub text: String,
    /// The command that mends it, for a shell; `None` where it is well, and where no command helps.
    pub command: Option<String>,
    /// How [`super::Doctor::mend`] mends it, where it does.
    pub mend: Option<Mend>,
}

/// What is safe to do without being asked, because another command would do it anyway.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mend {
    /// Clear what dead writers left in the store in this git folder, and set its ref back to what can be read.
    Tend(PathBuf),
    /// Forget that there was a repository in this git folder.
    Unlist(PathBuf),
    /// Capture what is new, and work off what hooks saw.
    WorkOff,
    /// Make the index anew.
    Index,
    /// Put our hooks into the enabled repository in this git folder: the frontend's to do.
    Hooks(PathBuf),
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The check's name.
    pub check: &'static str,
    /// The git folder of the store that it is about; `None` for the machine.
    pub place: Option<PathBuf>,
    /// What it says.
    pub verdict: Verdict,
}

impl Verdict {
    /// Returns that something is well.
    pub fn green(text: impl Into<String>) -> Self {
        Self::new(Level::Green, text)
    }

    /// Returns that something does not work as it should.
    pub fn yellow(text: impl Into<String>) -> Self {
        Self::new(Level::Yellow, text)
    }

    /// Returns that something is lost or does not work.
    pub fn red(text: impl Into<String>) -> Self {
        Self::new(Level::Red, text)
    }

    /// Returns the same with the command that mends it.
    #[must_use]
    pub fn mended_by(self, command: impl Into<String>) -> Self {
        Self { command: Some(command.into()), ..self }
    }

    /// Returns the same with how the doctor mends it.
    #[must_use]
    pub fn or_by(self, mend: Mend) -> Self {
        Self { mend: Some(mend), ..self }
    }

    fn new(level: Level, text: impl Into<String>) -> Self {
        // One line, whatever an error says.
        let text = text.into().lines().map(str::trim).collect::<Vec<_>>().join(" ");
        Self { level, text, command: None, mend: None }
    }
}
