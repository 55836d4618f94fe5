//! AI tools' own settings: the command that they run when a session ends.

mod document;
mod layout;
mod settings;

use crate::disk::{self, Found, Mode, Whole};
use crate::script::Binary;
use crate::{Action, Outcome, Removal, Result, State, Step};
use settings::{Added, Cut, Settings};
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

/// An AI tool that runs a command when a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agent {
    /// `SessionEnd` in `$CLAUDE_CONFIG_DIR/settings.json`, by default `~/.claude`.
    ClaudeCode,
    /// `SessionEnd` in `$CODEX_HOME/hooks.json`, by default `~/.codex`; from Codex 0.146.
    Codex,
    /// `SessionEnd` in `~/.gemini/settings.json`.
    GeminiCli,
    /// `sessionEnd` in `~/.cursor/hooks.json`.
    Cursor,
}

impl Agent {
    /// Every tool.
    pub const ALL: [Self; 4] = [Self::ClaudeCode, Self::Codex, Self::GeminiCli, Self::Cursor];

    /// Returns the tool's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "Claude Code",
            Self::Codex => "Codex",
            Self::GeminiCli => "Gemini CLI",
            Self::Cursor => "Cursor",
        }
    }

    /// Returns the variable that names the tool's folder, the folder's name in the home folder, and the file in it.
    const fn place(self) -> (Option<&'static str>, &'static str, &'static str) {
        match self {
            Self::ClaudeCode => (Some("CLAUDE_CONFIG_DIR"), ".claude", "settings.json"),
            Self::Codex => (Some("CODEX_HOME"), ".codex", "hooks.json"),
            Self::GeminiCli => (None, ".gemini", "settings.json"),
            Self::Cursor => (None, ".cursor", "hooks.json"),
        }
    }
}

/// The AI tools of a user.
#[derive(Clone, Copy, Debug)]
pub struct Agents<'a> {
    /// The user's home folder.
    pub home: &'a Path,
    /// The user's environment.
    pub environment: &'a BTreeMap<String, String>,
    /// The absolute path of the binary, for where `opensession` is not in `PATH`.
    pub binary: &'a Path,
}

impl Agents<'_> {
    /// Returns what [`Self::install`] would do, tool by tool. Changes nothing. Tools without a folder are left out.
    ///
    /// # Errors
    /// Where the binary's path cannot stand in a command, or a file cannot be read.
    pub fn plan(&self) -> Result<Vec<Step<Agent>>> {
        Ok(self.changes()?.into_iter().map(|(step, _)| step).collect())
    }

    /// Puts our command into the settings of every tool and returns what was done. A second time changes nothing.
    ///
    /// # Errors
    /// As [`Self::plan`], with nothing changed; or where a file cannot be written, with each file old or new.
    pub fn install(&self) -> Result<Vec<Step<Agent>>> {
        let changes = self.changes()?;
        for (step, write) in &changes {
            match write {
                Some((bytes, mode)) => disk::write(&step.path, bytes, mode)?,
                None => drop(disk::clear(&step.path)?),
            }
        }
        Ok(changes.into_iter().map(|(step, _)| step).collect())
    }

    /// Takes our command out of the settings of every tool and returns what was done.
    ///
    /// # Errors
    /// Where a file cannot be read or written. Each file is old or new.
    pub fn remove(&self) -> Result<Vec<Removal<Agent>>> {
        let remove = |(agent, path, found)| self.remove_one(agent, path, found);
        self.survey()?.into_iter().map(remove).collect()
    }

    /// Returns whether each tool calls opensession. Changes nothing. Tools without a folder are left out.
    ///
    /// # Errors
    /// Where the binary's path cannot stand in a command, or a file cannot be read.
    pub fn inspect(&self) -> Result<Vec<(Agent, State)>> {
        let state = |(step, _): (Step<Agent>, _)| {
            let state = match step.action {
                Action::Unchanged => State::Installed,
                Action::Update => State::Outdated,
                Action::Refused(reason) => State::Refused(reason),
                Action::Create | Action::Insert | Action::Chain(_) => State::Missing,
            };
            (step.target, state)
        };
        Ok(self.changes()?.into_iter().map(state).collect())
    }

    fn changes(&self) -> Result<Vec<Change>> {
        let command = Binary::new(self.binary)?.session_end();
        let change = |(agent, path, found)| change(agent, path, found, &command);
        Ok(self.survey()?.into_iter().map(change).collect())
    }

    fn remove_one(&self, agent: Agent, path: PathBuf, found: Found) -> Result<Removal<Agent>> {
        let done = |path, outcome| Ok(Removal { target: agent, path, outcome });
        let file = match found {
            Found::Absent => return done(path, Outcome::Absent),
            Found::Refused(reason) => return done(path, Outcome::Refused(reason)),
            Found::File(file) => file,
        };
        disk::clear(&file.path)?;
        match Settings::new(agent, &file.bytes).and_then(|settings| settings.remove()) {
            Err(reason) => done(file.path, Outcome::Refused(reason)),
            Ok(Cut::Absent) => done(file.path, Outcome::Absent),
            Ok(Cut::File(_)) if !file.linked => {
                disk::remove(&path)?;
                done(path, Outcome::Deleted)
            }
            Ok(Cut::Entry(bytes) | Cut::File(bytes)) => {
                disk::write(&file.path, &bytes, &Mode::Keep(file.metadata))?;
                done(file.path, Outcome::Cut)
            }
        }
    }

    /// Returns what stands in the place of each tool's settings, where the tool has a folder.
    fn survey(&self) -> Result<Vec<(Agent, PathBuf, Found)>> {
        let mut survey = Vec::new();
        for agent in Agent::ALL {
            let (variable, folder, file) = agent.place();
            let named = variable
                .and_then(|name| self.environment.get(name))
                .filter(|value| !value.is_empty());
            let folder =
                named.map_or_else(|| self.home.join(folder), |value| self.home.join(value));
            if folder.is_dir() {
                let path = folder.join(file);
                let found = disk::look(&path, |_, target| self.owns(target))?;
                survey.push((agent, path, found));
            }
        }
        Ok(survey)
    }

    /// Returns whether a file belongs to whom the home folder belongs to.
    fn owns(&self, file: &Metadata) -> bool {
        #[cfg(unix)]
        return std::fs::metadata(self.home).is_ok_and(|home| {
            use std::os::unix::fs::MetadataExt as _;
            home.uid() == file.uid()
        });
        #[cfg(not(unix))]
        return file.is_file();
    }
}

/// What is done to the settings of one tool, and what is written, worked out before anything is.
type Change = (Step<Agent>, Option<(Vec<u8>, Mode)>);

fn change(agent: Agent, path: PathBuf, found: Found, command: &str) -> Change {
    let step = |path, action| Step { target: agent, path, action };
    match found {
        Found::Refused(reason) => (step(path, Action::Refused(reason)), None),
        Found::Absent => {
            let bytes = settings::made(agent, command);
            (step(path, Action::Create), Some((bytes, Mode::Private)))
        }
        Found::File(Whole { path, bytes, metadata, .. }) => {
            let added = Settings::new(agent, &bytes).and_then(|settings| settings.add(command));
            let write = |bytes| Some((bytes, Mode::Keep(metadata)));
            match added {
                Err(reason) => (step(path, Action::Refused(reason)), None),
                Ok(Added::Unchanged) => (step(path, Action::Unchanged), None),
                Ok(Added::Renewed(bytes)) => (step(path, Action::Update), write(bytes)),
                Ok(Added::Inserted(bytes)) => (step(path, Action::Insert), write(bytes)),
            }
        }
    }
}
