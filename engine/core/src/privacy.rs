//! What the user wants to be kept out of what is stored, beside secrets.

use crate::authors::Authors;
use crate::exclusion::{ExcludedFiles, UserPatterns};
use crate::place::plain;
use crate::{Config, Result, place};
use opensession_parsers::Home;
use opensession_redact::Identity;
use opensession_store::{Location, Patterns, locate};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// What the user wants to be kept out of what is stored, beside secrets.
#[derive(Debug)]
pub(crate) struct Privacy {
    /// What `~` stands for.
    pub(crate) home: Home,
    /// Whose sessions say so.
    pub(crate) authors: Authors,
    /// What the redactor takes out of every string.
    pub(crate) identity: Identity,
    /// The folders of `exclude_repos`, without the slash that they begin with.
    folders: Patterns,
    /// The user's `exclude_patterns`.
    patterns: UserPatterns,
}

impl Privacy {
    /// Returns what the user has set.
    pub(crate) fn new(config: &Config, home: &Home) -> Self {
        let asked = |is_asked, names: fn(&Home) -> Vec<String>| match is_asked {
            true => names(home),
            false => Vec::new(),
        };
        let identity = Identity {
            homes: asked(config.strip_paths, names_of),
            users: asked(config.strip_user, users),
            hosts: asked(config.strip_hosts, hosts),
            emails: config.strip_emails,
            ips: config.strip_ips,
            env_values: config.strip_env_vars,
        };
        let patterns = UserPatterns::new(&config.exclude_patterns);
        let folders = folders(&config.exclude_repos);
        let authors = Authors::new(config, home);
        Self { home: home.clone(), authors, identity, folders, patterns }
    }

    /// Returns whether sessions that worked in `folder` are never captured. Those of a linked work tree belong to the
    /// repository that it is linked to.
    pub(crate) fn excludes(&self, folder: &Path, repository: Option<&Location>) -> bool {
        if self.folders.is_empty() {
            return false;
        }
        // A folder that is gone has no other name.
        let real = fs::canonicalize(folder).ok();
        let git_dir = repository.map(|found| found.git_dir.as_path());
        [Some(folder), real.as_deref(), git_dir].into_iter().flatten().any(|path| {
            let path = plain(&path.to_string_lossy());
            path.strip_prefix('/').is_some_and(|path| self.folders.find(path).is_some())
        })
    }

    /// Returns the files whose contents are not kept of sessions that worked in `cwd`, as their logs name it; `None` where
    /// there are none.
    ///
    /// # Errors
    /// [`crate::Error::Config`] where the repository that it lies in has a configuration that is not valid.
    pub(crate) fn excluded_files(&self, cwd: Option<&str>) -> Result<Option<ExcludedFiles>> {
        // What cannot be looked into has no configuration.
        let found = cwd.and_then(|cwd| locate(&place::local(cwd, &self.home), None).ok().flatten());
        let root = found.and_then(|found| found.work_tree);
        let patterns = match &root {
            Some(root) => Config::exclude_patterns_of(root)?,
            None => Vec::new(),
        };
        let patterns = Patterns::new(patterns.iter().map(String::as_str));
        Ok(ExcludedFiles::new(&self.patterns, patterns, cwd, root.as_deref(), &self.home))
    }
}

/// Returns patterns of folders, under the names that the user gave them and under their real ones.
fn folders(names: &[String]) -> Patterns {
    let real = names.iter().filter_map(|name| fs::canonicalize(name).ok());
    let real = real.map(|real| real.to_string_lossy().into_owned());
    let all: Vec<String> = names.iter().cloned().chain(real).map(|name| plain(&name)).collect();
    Patterns::new(all.iter().map(String::as_str))
}

/// Returns the home folder under the name it is called by and under its real one: logs hold either.
pub(crate) fn names_of(home: &Home) -> Vec<String> {
    let mut names: Vec<PathBuf> = vec![home.dir().to_owned()];
    // A folder that is gone has no real name.
    names.extend(fs::canonicalize(home.dir()));
    names.dedup();
    let names = names.iter().filter_map(|name| name.to_str());
    names.map(|name| name.trim_start_matches(r"\\?\").to_owned()).collect()
}

/// Returns the names of the user: the home folder's, and what the environment says.
fn users(home: &Home) -> Vec<String> {
    let folder = home.dir().file_name().and_then(OsStr::to_str);
    let said = ["USER", "LOGNAME", "USERNAME"].into_iter().filter_map(|name| home.var(name));
    let names: BTreeSet<&str> = folder.into_iter().chain(said).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// Returns the names of this machine, whole and without its domain, as the environment says.
fn hosts(home: &Home) -> Vec<String> {
    let said = ["HOSTNAME", "COMPUTERNAME"].into_iter().filter_map(|name| home.var(name));
    let short = |name| [Some(name), str::split_once(name, '.').map(|(short, _)| short)];
    let names: BTreeSet<&str> = said.flat_map(short).flatten().collect();
    names.into_iter().map(str::to_owned).collect()
}
