//! What the user wants to be kept out of what is stored, beside secrets.

use crate::Config;
use opensession_parsers::Home;
use opensession_redact::Identity;
use std::fs;
use std::path::PathBuf;

/// What the user wants to be kept out of what is stored, beside secrets.
#[derive(Debug)]
pub(crate) struct Privacy {
    /// What `~` stands for.
    pub(crate) home: Home,
    /// What the redactor takes out of every string.
    pub(crate) identity: Identity,
}

impl Privacy {
    /// Returns what the user has set.
    pub(crate) fn new(config: &Config, home: &Home) -> Self {
        let homes = if config.strip_paths { names_of(home) } else { Vec::new() };
        Self { home: home.clone(), identity: Identity { homes } }
    }
}

/// Returns the home folder under the name it is called by and under its real one: logs hold either.
fn names_of(home: &Home) -> Vec<String> {
    let mut names: Vec<PathBuf> = vec![home.dir().to_owned()];
    // A folder that is gone has no real name.
    names.extend(fs::canonicalize(home.dir()));
    names.dedup();
    let names = names.iter().filter_map(|name| name.to_str());
    names.map(|name| name.trim_start_matches(r"\\?\").to_owned()).collect()
}
