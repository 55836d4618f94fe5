//! What the program was started in: read once, in `main`, and passed on.

use crate::error::Failure;
use crate::output::Screen;
use opensession_engine::hail::Timestamp;
use opensession_engine::{Clock, Engine, Home, Location, Scope, TimeZone};
use std::io;
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
    /// This program, for hooks that do not find it in `PATH`.
    pub binary: PathBuf,
    /// The time.
    pub now: Timestamp,
    /// Looks up where days begin and end.
    pub zone: fn() -> TimeZone,
    /// Reads the time, for what goes on while time passes.
    pub clock: fn() -> Timestamp,
    /// Whether somebody sits at a terminal who can answer.
    pub interactive: bool,
    /// Whether the terminal can only write one line after the other.
    pub dumb: bool,
    /// Whether standard error is a terminal that can show a progress bar.
    pub progress: bool,
    /// Whether results are JSON.
    pub json: bool,
}

impl Surroundings {
    /// Returns the clock by which dates are read.
    pub(crate) fn clock(&self) -> Clock {
        Clock { now: self.now, zone: (self.zone)() }
    }

    /// Returns whether the locale takes characters beyond ASCII; one that is not set does.
    pub(crate) fn is_utf8(&self) -> bool {
        let mut names = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter();
        let locale = names.find_map(|name| self.home.var(name).filter(|value| !value.is_empty()));
        let locale = locale.map(str::to_ascii_lowercase);
        locale.is_none_or(|locale| locale.contains("utf-8") || locale.contains("utf8"))
    }

    /// Returns the repository that the current folder lies in, or that `GIT_DIR` names, as git would.
    ///
    /// # Errors
    /// When a folder on the way cannot be read.
    pub(crate) fn repository(&self) -> Result<Option<Location>, Failure> {
        let git_dir = self.home.var("GIT_DIR").map(Path::new);
        Ok(opensession_engine::locate(&self.folder, git_dir)?)
    }

    /// Returns the repository at `folder`, else the one that the current folder lies in: the root of its work tree, or
    /// its git folder.
    ///
    /// # Errors
    /// [`Failure::Usage`] where there is none.
    pub(crate) fn repository_at(&self, folder: Option<&Path>) -> Result<PathBuf, Failure> {
        let found = match folder {
            Some(folder) => opensession_engine::locate(&self.existing(folder)?, None)?,
            None => self.repository()?,
        };
        found.map(root_of).ok_or_else(|| Failure::Usage {
            message: format!(
                "{} is not in a git repository",
                folder.unwrap_or(&self.folder).display()
            ),
            hint: "run it in a repository, or name one; `git init` makes one".to_owned(),
        })
    }

    /// Returns whether a question can be asked.
    pub(crate) fn can_ask(&self) -> bool {
        self.interactive && !self.json
    }

    /// Asks a question that only `y` or `yes` answers with yes.
    ///
    /// # Errors
    /// [`Failure::Usage`] where nobody is there to answer.
    pub(crate) fn ask(&self, screen: &mut Screen, question: &str) -> Result<bool, Failure> {
        if !self.can_ask() {
            return Err(Failure::Usage {
                message: "this asks before it changes anything, and there is no terminal"
                    .to_owned(),
                hint: "--yes answers yes".to_owned(),
            });
        }
        screen.text(&format!("{question} [y/N] "))?;
        screen.flush()?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// Returns the repository that `folder` lies in; `None` where it lies in none.
    pub(crate) fn locate(&self, folder: &Path) -> Result<Option<Location>, Failure> {
        Ok(opensession_engine::locate(folder, None)?)
    }

    /// Returns the engine over a repository.
    pub(crate) fn engine_of(&self, repository: Location) -> Result<Engine, Failure> {
        Ok(Engine::open(self.home.clone(), Scope::Repository(root_of(repository)))?)
    }

    /// Returns the engine over the repository at `repo`, or over everything of the user's.
    pub(crate) fn engine(&self, repo: Option<&Path>) -> Result<Engine, Failure> {
        let Some(folder) = repo else {
            return Ok(Engine::open(self.home.clone(), Scope::Home)?);
        };
        let folder = self.existing(folder)?;
        // Where there is none, opening it says so.
        let found = opensession_engine::locate(&folder, None)?;
        let scope = Scope::Repository(found.map_or(folder, root_of));
        Ok(Engine::open(self.home.clone(), scope)?)
    }

    /// Returns the engine over the repository at `repo`, else over the one that the current folder lies in, else over
    /// everything of the user's: for what is done to the branch of one store.
    pub(crate) fn engine_here(&self, repo: Option<&Path>) -> Result<Engine, Failure> {
        match (repo, self.repository()?) {
            (None, Some(repository)) => self.engine_of(repository),
            (repo, _) => self.engine(repo),
        }
    }

    /// Returns the engine over everything of the user's, to sweep for logs: those of tools that keep them in repositories
    /// are also looked for in the one that `folder` lies in.
    pub(crate) fn engine_near(&self, folder: &Path) -> Result<Engine, Failure> {
        // A repository that cannot be read has commands of its own to say so.
        let here = opensession_engine::locate(folder, None).ok().flatten().map(root_of);
        let home = self.home.clone().with_repositories(here.into_iter().collect());
        Ok(Engine::open(home, Scope::Home)?)
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

    /// Returns the command that starts the user's editor.
    pub(crate) fn editor(&self) -> &str {
        ["VISUAL", "EDITOR"].into_iter().find_map(|name| self.home.var(name)).unwrap_or("vi")
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

/// Returns the path by which a repository is opened as it is seen from where it was found.
pub(crate) fn root_of(repository: Location) -> PathBuf {
    repository.work_tree.unwrap_or(repository.head_dir)
}
