//! What the program was started in: read once, in `main`, and passed on.

use crate::error::Failure;
use opensession_engine::hail::Timestamp;
use opensession_engine::{Engine, Home, Scope};
use std::path::{Path, PathBuf};

/// What the program was started in.
#[derive(Clone)]
pub(crate) struct Surroundings {
    /// The user's home folder and environment.
    pub home: Home,
    /// The current folder.
    pub folder: PathBuf,
    /// Where temporary files go.
    pub temporary: PathBuf,
    /// The time.
    pub now: Timestamp,
    /// Whether standard error is a terminal that can show a progress bar.
    pub progress: bool,
    /// Whether results are JSON.
    pub json: bool,
}

impl Surroundings {
    /// Returns the engine over the repository at `repo`, or over the home store.
    pub(crate) fn engine(&self, repo: Option<&Path>) -> Result<Engine, Failure> {
        let scope = match repo {
            Some(folder) => Scope::Repository(self.existing(folder)?),
            None => Scope::Home,
        };
        Ok(Engine::open(self.home.clone(), scope)?)
    }

    /// Returns `path` seen from the current folder.
    ///
    /// # Errors
    /// [`Failure::NoFile`] where there is nothing.
    pub(crate) fn existing(&self, path: &Path) -> Result<PathBuf, Failure> {
        let full = self.folder.join(path);
        if full.exists() {
            // `.` and `..` are taken out where the system can; the path is there in any case.
            return Ok(full.canonicalize().unwrap_or(full));
        }
        Err(Failure::NoFile { message: format!("{}: no such file or folder", path.display()) })
    }

    /// Returns the pager to use, as a command: `cat` for none.
    pub(crate) fn pager(&self) -> &str {
        ["OPENSESSION_PAGER", "GIT_PAGER", "PAGER"]
            .into_iter()
            .find_map(|name| self.home.var(name))
            .unwrap_or("less -FRX")
    }

    /// Returns `path` with `~` for the home folder.
    pub(crate) fn short_path(&self, path: &str) -> String {
        let rest = Path::new(path).strip_prefix(self.home.dir());
        match rest {
            Ok(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
            Ok(rest) => format!("~/{}", rest.display()),
            Err(_elsewhere) => path.to_owned(),
        }
    }
}
