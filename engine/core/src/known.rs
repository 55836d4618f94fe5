//! Secrets that are known by value: from the environment, and from the `.env` files of the folder that a session worked
//! in and of its repository.

use crate::{dotenv, place};
use opensession_parsers::Home;
use opensession_redact::secrets_of;
use opensession_store::locate;
use std::path::{Path, PathBuf};

/// How many secrets are looked for at most, the environment's first.
const MOST: usize = 1000;

/// A secret that is known by value.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct KnownSecret {
    /// The variable that holds it.
    pub name: String,
    /// The file that sets it; `None` for the environment.
    pub file: Option<PathBuf>,
    /// The secret. Nothing shows it.
    pub value: String,
}

/// Returns the secrets in the environment: values of variables whose names tell, passwords in addresses.
pub(crate) fn of_environment(home: &Home) -> Vec<KnownSecret> {
    let secrets = home.environment().iter().flat_map(|(name, value)| named(name, None, value));
    secrets.take(MOST).collect()
}

/// Returns the secrets in the `.env` files of `folder` and of the repository that it lies in.
pub(crate) fn of_folder(folder: &Path) -> Vec<KnownSecret> {
    // A folder that is gone has no files, and one that is in no repository only its own.
    let found = locate(folder, None).ok().flatten().and_then(|found| found.work_tree);
    let Ok(folder) = folder.canonicalize() else { return Vec::new() };
    let files = match found {
        Some(root) => dotenv::files(&folder, &root),
        None => dotenv::files_in(&folder),
    };
    let secrets = files.iter().flat_map(|file| {
        let pairs = dotenv::read(file).into_iter();
        pairs.flat_map(|(name, value)| named(&name, Some(file), &value)).collect::<Vec<_>>()
    });
    secrets.take(MOST).collect()
}

/// Returns the secrets in the `.env` files of the folder that a log calls `cwd`.
pub(crate) fn of_cwd(cwd: &str, home: &Home) -> Vec<KnownSecret> {
    let folder = place::local(cwd, home);
    if folder.is_absolute() { of_folder(&folder) } else { Vec::new() }
}

fn named(name: &str, file: Option<&PathBuf>, value: &str) -> Vec<KnownSecret> {
    let one = |value| KnownSecret { name: name.to_owned(), file: file.cloned(), value };
    secrets_of(name, value).into_iter().map(one).collect()
}
