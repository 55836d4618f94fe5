//! The user's home folder and environment, as far as they say where logs are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// An operating system, as far as tools keep their files in other places on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Os {
    /// Linux and other systems with XDG folders.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

impl Os {
    /// The system that this program was built for.
    pub const CURRENT: Self = if cfg!(target_os = "macos") {
        Self::MacOs
    } else if cfg!(windows) {
        Self::Windows
    } else {
        Self::Linux
    };
}

/// A user's home folder and environment. Always passed in, so that tests have their own.
#[derive(Clone, Debug)]
pub struct Home {
    dir: PathBuf,
    environment: BTreeMap<String, String>,
    os: Os,
    repositories: Vec<PathBuf>,
}

impl Home {
    /// Returns the home at `dir` with these environment variables.
    #[must_use]
    pub fn new(dir: PathBuf, environment: BTreeMap<String, String>, os: Os) -> Self {
        Self { dir, environment, os, repositories: Vec::new() }
    }

    /// Returns the home with the folders of the user's repositories, as far as they are known: some tools keep their
    /// logs in them, and no disk is walked for those.
    #[must_use]
    pub fn with_repositories(self, repositories: Vec<PathBuf>) -> Self {
        Self { repositories, ..self }
    }

    /// Returns the folders of the repositories that are known.
    #[must_use]
    pub fn repositories(&self) -> &[PathBuf] {
        &self.repositories
    }

    /// Returns the home folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns the operating system.
    #[must_use]
    pub const fn os(&self) -> Os {
        self.os
    }

    /// Returns the value of an environment variable; an empty one counts as not set.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns all environment variables.
    #[must_use]
    pub const fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// Returns the folder that the variable `name` holds, or `default` below the home folder. `~/` is expanded.
    #[must_use]
    pub fn dir_or(&self, name: &str, default: &str) -> PathBuf {
        self.var(name).map_or_else(|| self.dir.join(default), |value| self.expand(value))
    }

    /// Returns `path` with a leading `~` replaced by the home folder.
    #[must_use]
    pub fn expand(&self, path: &str) -> PathBuf {
        match path.strip_prefix('~') {
            Some("") => self.dir.clone(),
            Some(rest) if rest.starts_with(['/', '\\']) => {
                self.dir.join(rest.trim_start_matches(['/', '\\']))
            }
            _ => PathBuf::from(path),
        }
    }

    /// Returns the folder for a user's data: `$XDG_DATA_HOME` or `~/.local/share`.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.dir_or("XDG_DATA_HOME", ".local/share")
    }

    /// Returns the folder for a user's configuration: `$XDG_CONFIG_HOME` or `~/.config`.
    #[must_use]
    pub fn config_dir(&self) -> PathBuf {
        self.dir_or("XDG_CONFIG_HOME", ".config")
    }
}
