//! Which repository a folder belongs to: git's own rules (`setup.c`), followed without starting git.
//!
//! Sessions go where this says, so it is careful about what came with a clone. A bare repository that lies inside of
//! another repository's work tree is passed over: its configuration may have been committed by anybody, and would
//! answer for the user. It is taken only where `GIT_DIR` or [`Store::open`](crate::Store::open) names it. A `.git`,
//! and what lies inside one, cannot be committed. Who owns a repository is looked at when it is opened.

use crate::{Error, Result, consent};
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Git takes no larger file for a `.git`.
const MAX_FILE: u64 = 1 << 20;

/// Where a repository is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The git folder that all work trees share, without symbolic links.
    pub git_dir: PathBuf,
    /// The git folder of the work tree alone, which holds its `HEAD`; in the main work tree it is the shared one.
    pub head_dir: PathBuf,
    /// The root of the work tree; `None` in a bare repository, and inside of a git folder.
    pub work_tree: Option<PathBuf>,
}

impl Location {
    /// Returns whether the repository keeps sessions on its own branch, as [`Store::is_enabled`] does, without opening
    /// it.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a configuration that git cannot read either, [`Error::Invalid`] for a value that is
    /// neither true nor false.
    ///
    /// [`Store::is_enabled`]: crate::Store::is_enabled
    pub fn is_enabled(&self) -> Result<bool> {
        consent::is_enabled(&self.git_dir)
    }
}

/// What is at a path.
enum Found {
    Nothing,
    /// A `.git` file that points to no repository: git goes no further.
    Broken,
    Repository(Location),
}

/// Returns the repository that contains `folder`; `None` where there is none, or no such folder.
///
/// `git_dir` is the value of `GIT_DIR`, relative to `folder`: only that repository counts then. The work tree is that
/// of the repository, or `folder` where it does not say.
///
/// Git goes up until it finds a `.git` or a bare repository, or the file system ends. A `.git` folder that is no
/// repository is passed over; a `.git` file that leads to none ends the search.
///
/// # Errors
/// [`Error::Io`] where a folder cannot be looked into.
pub fn locate(folder: &Path, git_dir: Option<&Path>) -> Result<Option<Location>> {
    let folder = match fs::canonicalize(folder) {
        Ok(folder) if folder.is_dir() => folder,
        Ok(_file) => return Ok(None),
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(Error::io(folder)(error)),
    };
    if let Some(git_dir) = git_dir {
        return named(&folder, &folder.join(git_dir));
    }
    let file_system = file_system(&folder);
    let mut bare = None;
    for ancestor in folder.ancestors() {
        if self::file_system(ancestor) != file_system {
            break;
        }
        match look(ancestor)? {
            Found::Nothing => {}
            Found::Broken => break,
            Found::Repository(found) => {
                if found.work_tree.is_some() || is_in_git_folder(ancestor) {
                    return Ok(Some(found));
                }
                // It counts only if no work tree is around it.
                bare = bare.or(Some(found));
            }
        }
    }
    Ok(bare)
}

/// Returns the repository at `path`: a work tree's root, a bare repository or a git folder.
pub(crate) fn at(path: &Path) -> Result<Option<Location>> {
    let folder = match fs::canonicalize(path) {
        Ok(folder) => folder,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(Error::io(path)(error)),
    };
    match look(&folder)? {
        Found::Repository(found) => Ok(Some(found)),
        Found::Nothing | Found::Broken => Ok(None),
    }
}

/// Returns the linked work trees of the repository at `git_dir`: the own git folder of each, and its root where that
/// is still there.
pub(crate) fn linked(git_dir: &Path) -> Result<Vec<(PathBuf, Option<PathBuf>)>> {
    let folder = git_dir.join("worktrees");
    let entries = match fs::read_dir(&folder) {
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        entries => entries.map_err(Error::io(&folder))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let head_dir = entry.map_err(Error::io(&folder))?.path();
        let location = match linked_root(&head_dir)? {
            Some(root) => at(&root)?,
            None => None,
        };
        // A folder that was moved, or given to another repository, does not point back.
        let location = location.filter(|location| location.head_dir == head_dir);
        found.push((head_dir, location.and_then(|location| location.work_tree)));
    }
    found.sort();
    Ok(found)
}

/// Returns the repository that `GIT_DIR` names for a command in `folder`.
fn named(folder: &Path, git_dir: &Path) -> Result<Option<Location>> {
    let found = match regular_file(git_dir)? {
        Some(_file) => follow(git_dir, None)?,
        None => repository(git_dir, None)?,
    };
    let Found::Repository(mut found) = found else { return Ok(None) };
    found.work_tree = if found.head_dir == found.git_dir {
        let main = found.git_dir.parent().filter(|_| found.git_dir.ends_with(".git"));
        main.filter(|root| folder.starts_with(root)).or(Some(folder)).map(Path::to_owned)
    } else {
        linked_root(&found.head_dir)?
    };
    Ok(Some(found))
}

/// Returns the root of the linked work tree whose own git folder is `head_dir`: the file `gitdir` there names its
/// `.git`.
fn linked_root(head_dir: &Path) -> Result<Option<PathBuf>> {
    let text = read(&head_dir.join("gitdir"))?;
    let dot_git = text.as_deref().and_then(path_of).map(|path| head_dir.join(path));
    Ok(dot_git.as_deref().and_then(Path::parent).map(Path::to_owned))
}

/// Returns the repository in `folder`: by its `.git`, or because it is a git folder itself.
fn look(folder: &Path) -> Result<Found> {
    let dot_git = folder.join(".git");
    let found = match regular_file(&dot_git)? {
        Some(_file) => follow(&dot_git, Some(folder))?,
        None => repository(&dot_git, Some(folder))?,
    };
    match found {
        Found::Nothing => repository(folder, None),
        found => Ok(found),
    }
}

/// Returns the repository that the file `dot_git` leads to: `gitdir: <path>`, relative to the folder it is in.
fn follow(dot_git: &Path, work_tree: Option<&Path>) -> Result<Found> {
    let text = read(dot_git)?.unwrap_or_default();
    let Some(target) = text.strip_prefix(b"gitdir: ").and_then(path_of) else {
        return Ok(Found::Broken);
    };
    let folder = dot_git.parent().unwrap_or(dot_git);
    match repository(&folder.join(target), work_tree)? {
        Found::Nothing => Ok(Found::Broken),
        found => Ok(found),
    }
}

/// Returns the repository whose git folder is `head_dir`, if it is one: it has a `HEAD`, objects and refs; those of a
/// linked work tree are where the file `commondir` says.
fn repository(head_dir: &Path, work_tree: Option<&Path>) -> Result<Found> {
    if !has_head(head_dir)? {
        return Ok(Found::Nothing);
    }
    let git_dir = match read(&head_dir.join("commondir"))? {
        Some(text) => {
            path_of(&text).map_or_else(|| head_dir.to_owned(), |path| head_dir.join(path))
        }
        None => head_dir.to_owned(),
    };
    if !git_dir.join("objects").is_dir() || !git_dir.join("refs").is_dir() {
        return Ok(Found::Nothing);
    }
    Ok(Found::Repository(Location {
        git_dir: fs::canonicalize(&git_dir).map_err(Error::io(&git_dir))?,
        head_dir: fs::canonicalize(head_dir).map_err(Error::io(head_dir))?,
        work_tree: work_tree.map(Path::to_owned),
    }))
}

/// Returns whether `folder` has a `HEAD` that names a ref or an object.
fn has_head(folder: &Path) -> Result<bool> {
    let path = folder.join("HEAD");
    // Old repositories have a symbolic link there, which may lead to a branch that is yet to be.
    if let Ok(target) = fs::read_link(&path) {
        return Ok(target.starts_with("refs"));
    }
    let Some(text) = read(&path)? else { return Ok(false) };
    let text = text.trim_ascii_end();
    Ok(match text.strip_prefix(b"ref:") {
        Some(name) => name.trim_ascii_start().starts_with(b"refs/"),
        None => gix::ObjectId::from_hex(text).is_ok(),
    })
}

/// Returns whether `folder` is a `.git` or lies in one.
fn is_in_git_folder(folder: &Path) -> bool {
    folder.iter().any(|name| name == ".git")
}

/// Returns the path in `text`, which ends with a line break; on Unix any bytes are one, elsewhere git writes UTF-8.
fn path_of(text: &[u8]) -> Option<&Path> {
    let end = text.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r'))?;
    gix::path::from_byte_slice(text.get(..=end)?).ok()
}

/// Returns the bytes of the file at `path`, if it is a file: nothing is waited for at the end of a pipe.
fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match regular_file(path)? {
        Some(found) if found.len() <= MAX_FILE => crate::durable::read(path),
        _ => Ok(None),
    }
}

fn regular_file(path: &Path) -> Result<Option<Metadata>> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some(found).filter(Metadata::is_file)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(Error::io(path)(error)),
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Returns the number of the file system that `folder` is on.
#[cfg(unix)]
fn file_system(folder: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(folder).ok().map(|found| found.dev())
}

/// Returns nothing: only Unix numbers file systems.
#[cfg(not(unix))]
fn file_system(_folder: &Path) -> Option<u64> {
    None
}
