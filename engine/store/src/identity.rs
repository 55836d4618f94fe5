//! Who commits in a repository: what git's configuration says, read without starting git.
//!
//! Only the files, in git's order: the system's, the user's, the repository's, the work tree's, and what they include.
//! What git would guess from the names of this machine is no answer. Nor are variables such as `GIT_AUTHOR_NAME`: while
//! a hook runs, they name the author of the commit at hand, who may be anybody.

use crate::{Error, Location, Result, config::Config, durable};
use gix::config::file::{Metadata, includes, init};
use gix::config::{File, Source, path::interpolate};
use gix::sec::Trust;
use opensession_hail::Author;
use std::path::{Path, PathBuf};

/// Git drops these at both ends of a name or an address (`ident.c`).
const CRUD: &str = ".,:;<>\"\\'";

/// Returns who commits in the repository at `location`, outside of repositories without one: `author.name` and
/// `author.email`, else `user.name` and `user.email`; `None` where the configuration names nobody.
///
/// `home` is the home folder, `variable` gives what an environment variable holds, by its name. A repository of another
/// user's says nothing here.
///
/// # Errors
/// [`Error::Io`] and [`Error::Corrupt`] where git could not read its configuration either.
pub fn identity(
    location: Option<&Location>,
    home: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Author>> {
    let location = match location {
        Some(found) if is_foreign(found)? => None,
        location => location,
    };
    let mut config = File::default();
    for (path, source) in files(location, home, variable)? {
        let Some(mut bytes) = durable::read(&path)? else { continue };
        let corrupt = |error| Error::corrupt(path.display().to_string(), format!("{error}"));
        let meta = Metadata::from(source).at(path.clone()).with(Trust::Full);
        let file = File::from_bytes_owned(&mut bytes, meta, init::Options::default());
        config.append(file.map_err(corrupt)?).map_err(corrupt)?;
    }
    let branch = location.map(checked_out).transpose()?.flatten();
    let conditional = includes::conditional::Context {
        git_dir: location.map(|found| found.head_dir.as_path()),
        branch_name: branch.as_ref().map(gix::refs::FullName::as_ref),
    };
    let interpolate = interpolate::Context { home_dir: Some(home), ..Default::default() };
    let includes = includes::Options::follow(interpolate, conditional);
    config
        .resolve_includes(init::Options { includes, ..Default::default() })
        .map_err(|error| Error::corrupt("git's configuration", format!("{error}")))?;
    let value = |name: &str| {
        let own = config.string(format!("author.{name}").as_str());
        let value = own.or_else(|| config.string(format!("user.{name}").as_str()))?;
        Some(without_crud(&value.to_string()))
    };
    Ok(Author::new(value("name").as_deref(), value("email").as_deref()))
}

/// Returns the files that git reads, those that say the last word at the end.
fn files(
    location: Option<&Location>,
    home: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<(PathBuf, Source)>> {
    let mut files = Vec::new();
    let is_off = |value: String| {
        !matches!(value.to_ascii_lowercase().as_str(), "" | "0" | "false" | "no" | "off")
    };
    if !variable("GIT_CONFIG_NOSYSTEM").is_some_and(is_off) {
        let system = variable("GIT_CONFIG_SYSTEM").unwrap_or_else(|| "/etc/gitconfig".to_owned());
        files.push((PathBuf::from(system), Source::System));
    }
    match variable("GIT_CONFIG_GLOBAL") {
        Some(global) => files.push((PathBuf::from(global), Source::User)),
        None => {
            let xdg = variable("XDG_CONFIG_HOME").map(PathBuf::from);
            let xdg = xdg.unwrap_or_else(|| home.join(".config"));
            files.push((xdg.join("git/config"), Source::Git));
            files.push((home.join(".gitconfig"), Source::User));
        }
    }
    if let Some(Location { git_dir, head_dir, .. }) = location {
        files.push((git_dir.join("config"), Source::Local));
        if Config::read(git_dir)?.boolean("extensions.worktreeConfig")? == Some(true) {
            files.push((head_dir.join("config.worktree"), Source::Worktree));
        }
    }
    Ok(files)
}

fn is_foreign(location: &Location) -> Result<bool> {
    let owner = Trust::from_path_ownership(&location.git_dir);
    Ok(owner.map_err(Error::io(&location.git_dir))? == Trust::Reduced)
}

/// Returns the branch that is checked out.
fn checked_out(location: &Location) -> Result<Option<gix::refs::FullName>> {
    let head = durable::read(&location.head_dir.join("HEAD"))?.unwrap_or_default();
    let name = head.strip_prefix(b"ref:").map(<[u8]>::trim_ascii);
    // What is no name of a branch is none that a condition asks for.
    Ok(name.and_then(|name| gix::refs::FullName::try_from(gix::bstr::BStr::new(name)).ok()))
}

/// Returns a value as git puts it into a commit.
fn without_crud(value: &str) -> String {
    let is_crud = |letter: char| letter <= ' ' || CRUD.contains(letter);
    value.trim_matches(is_crud).chars().filter(|letter| !"\n<>".contains(*letter)).collect()
}
