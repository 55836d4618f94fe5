//! What is not masked in a store although a rule finds it: a list beside its key, never pushed.

use crate::{Engine, Error, Result, key, private_file};
use opensession_store::Store;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use opensession_redact::{Allowance, Allowed};

const FILE: &str = "redaction.allow";
const HEAD: &str =
    "# What opensession does not mask in this repository; `opensession secrets allow` writes it.\n";
/// How long changing the list waits for other writers.
const PATIENCE: Duration = Duration::from_secs(60);

impl Engine {
    /// Returns what the store in scope does not mask although a rule finds it.
    ///
    /// # Errors
    /// When the store or its list cannot be read.
    pub fn allowed(&self) -> Result<Allowed> {
        load(&self.store_for_writing()?)
    }

    /// Lets the store in scope not mask what `what` names, or with `allow` unset, mask it again: the name of a rule, a
    /// mark, or a value. Returns how it is listed, and whether that is new. What is stored does not change.
    ///
    /// # Errors
    /// When the store or its list cannot be read or written.
    pub fn allow(&self, what: &str, allow: bool) -> Result<(Allowance, bool)> {
        let store = self.store_for_writing()?;
        let is_rule = |name: &str| opensession_redact::kinds().iter().any(|kind| kind.name == name);
        let mark = Allowance::mark(what)
            .filter(|mark| matches!(mark, Allowance::Mark(rule, _) if is_rule(rule)));
        let allowance = match mark {
            Some(mark) => mark,
            None if is_rule(what) => Allowance::Rule(what.to_owned()),
            None => Allowance::value(&key::load_or_create(&store)?, what),
        };
        let changed = change(&store, |allowed| {
            if allow {
                allowed.insert(allowance.clone());
            } else {
                allowed.remove(&allowance);
            }
        })?;
        Ok((allowance, changed))
    }
}

/// Returns what is not masked in the store.
///
/// # Errors
/// [`Error::Io`], [`Error::Config`] with the line that is no allowance: whoever wrote it meant something.
pub(crate) fn load(store: &Store) -> Result<Allowed> {
    let path = path(store);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Allowed::new()),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    parse(&path, &text)
}

/// Changes what is not masked in the store; returns whether that changed anything.
///
/// # Errors
/// As for [`load`], and where the list cannot be written.
pub(crate) fn change(store: &Store, edit: impl FnOnce(&mut Allowed)) -> Result<bool> {
    let _lock = store.lock(PATIENCE)?;
    let before = load(store)?;
    let mut after = before.clone();
    edit(&mut after);
    if after == before {
        return Ok(false);
    }
    let path = path(store);
    let lines = after.iter().map(|allowance| format!("{allowance}\n"));
    let text: String = std::iter::once(HEAD.to_owned()).chain(lines).collect();
    private_file::write(&path, &text).map_err(Error::io("write", path))?;
    Ok(true)
}

fn path(store: &Store) -> PathBuf {
    store.work_folder().join(FILE)
}

fn parse(path: &Path, text: &str) -> Result<Allowed> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
    let lines =
        lines.map(|(index, line)| (index, line.trim())).filter(|(_, line)| !line.is_empty());
    lines
        .map(|(index, line)| {
            line.parse::<Allowance>().map_err(|error| Error::Config {
                path: path.to_owned(),
                line: index + 1,
                reason: error.to_string(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_kept_and_a_wrong_line_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::init(&dir.path().join("sessions.git")).unwrap();
        assert_eq!(load(&store).unwrap(), Allowed::new());
        let rule = Allowance::Rule("jwt".to_owned());
        let add = |allowed: &mut Allowed| allowed.extend([rule.clone()]);
        assert!(change(&store, add).unwrap());
        assert!(!change(&store, add).unwrap());
        assert_eq!(load(&store).unwrap(), [rule.clone()].into());
        let file = store.work_folder().join(FILE);
        fs::write(&file, "# mine\nrule jwt\n\nvalue 12\n").unwrap();
        let error = load(&store).unwrap_err().to_string();
        assert!(error.contains("redaction.allow, line 4: \"value 12\" is none of"), "{error}");
        assert!(change(&store, add).is_err(), "what cannot be read is not overwritten");
    }
}
