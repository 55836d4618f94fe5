//! Git hooks: putting our blocks into a hook folder, taking them out, telling what is there.

mod change;
mod removal;

use crate::disk::{self, Found};
use crate::script::{self, Binary};
use crate::{Error, Hook, Removal, Result, State, Step, block};
use change::Change;
use std::collections::BTreeSet;
use std::fs::Metadata;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The folder in which git looks for the hooks of a repository, `core.hooksPath` included.
#[derive(Clone, Copy, Debug)]
pub struct HookFolder<'a> {
    /// The folder; it need not exist.
    pub folder: &'a Path,
    /// The absolute path of the binary, for where `opensession` is not in `PATH`.
    pub binary: &'a Path,
    /// Where the target of a symbolic link may be changed: the work tree and the git folder.
    pub allowed_roots: &'a [&'a Path],
    /// Whether `pre-push` gets our block too. One that has it keeps it in any case.
    pub share: bool,
}

impl HookFolder<'_> {
    /// Returns what [`Self::install`] would do, hook by hook. Changes nothing.
    ///
    /// # Errors
    /// Where marker lines are damaged, the binary's path cannot stand in a hook, or a file cannot be read.
    pub fn plan(&self) -> Result<Vec<Step<Hook>>> {
        Ok(self.changes()?.into_iter().map(|change| change.step).collect())
    }

    /// Puts our block into every hook and returns what was done. A second time changes nothing.
    ///
    /// # Errors
    /// As [`Self::plan`], with nothing changed; or where a file cannot be written, with each file old or new.
    pub fn install(&self) -> Result<Vec<Step<Hook>>> {
        let changes = self.changes()?;
        for change in &changes {
            change.apply()?;
        }
        Ok(changes.into_iter().map(|change| change.step).collect())
    }

    /// Takes our blocks out of every hook, and what we made out of the folder, and returns what was done.
    ///
    /// # Errors
    /// Where marker lines are damaged or a file cannot be read, with nothing changed; or where a file cannot be
    /// written, with each file old or new.
    pub fn remove(&self) -> Result<Vec<Removal<Hook>>> {
        removal::remove(self)
    }

    /// Returns whether git calls opensession, hook by hook. Changes nothing.
    ///
    /// # Errors
    /// Where marker lines are damaged, the binary's path cannot stand in a hook, or a file cannot be read.
    pub fn inspect(&self) -> Result<Vec<(Hook, State)>> {
        let binary = Binary::new(self.binary)?;
        let state = |(hook, found): (Hook, Found)| Ok((hook, self.state(hook, &found, binary)?));
        self.survey()?.into_iter().map(state).collect()
    }

    /// Returns the path of the binary that each of our blocks names, for where none is in `PATH`. One that somebody
    /// changed may name none.
    ///
    /// # Errors
    /// Where marker lines are damaged, or a file cannot be read.
    pub fn binaries(&self) -> Result<Vec<(Hook, PathBuf)>> {
        let mut named = Vec::new();
        for (hook, found) in self.survey()? {
            let Found::File(file) = found else { continue };
            let block = find(&file)?.and_then(|range| file.bytes.get(range));
            named.extend(block.and_then(script::binary_of).map(|path| (hook, path)));
        }
        Ok(named)
    }

    fn state(&self, hook: Hook, found: &Found, binary: Binary<'_>) -> Result<State> {
        let file = match found {
            Found::Refused(reason) => return Ok(State::Refused(reason.clone())),
            Found::Absent => None,
            Found::File(file) => find(file)?.map(|range| (file, range)),
        };
        let Some((file, range)) = file else {
            let kept = self.kept(hook);
            return Ok(if self.keeps(hook) { State::Shadowed(kept) } else { State::Missing });
        };
        Ok(if !file.is_executable() {
            State::Disabled
        } else if change::renewed(file, &range, hook, binary) == file.bytes {
            State::Installed
        } else {
            State::Outdated
        })
    }

    fn changes(&self) -> Result<Vec<Change>> {
        let binary = Binary::new(self.binary)?;
        let change = |(hook, found)| Change::new(self, hook, found, binary);
        self.survey()?.into_iter().map(change).collect()
    }

    /// Returns what stands in the place of each hook. A file that two hooks lead to is only the first one's.
    fn survey(&self) -> Result<Vec<(Hook, Found)>> {
        let roots: Vec<PathBuf> = self
            .allowed_roots
            .iter()
            .map(|root| std::fs::canonicalize(root).map_err(Error::io(root)))
            .collect::<Result<_>>()?;
        let mut seen = BTreeSet::new();
        let mut survey = Vec::new();
        for hook in Hook::ALL {
            let allowed = |real: &Path, _: &_| roots.iter().any(|root| real.starts_with(root));
            let mut found = disk::look(&self.path(hook), allowed)?;
            if let Found::File(file) = &found
                && !seen.insert(file.path.clone())
            {
                found = Found::Refused("is the same file as another hook".to_owned());
            }
            if hook == Hook::PrePush && !self.share && !self.is_served(hook, &found)? {
                continue;
            }
            survey.push((hook, found));
        }
        Ok(survey)
    }

    /// Returns whether something of ours stands in the place of a hook.
    fn is_served(&self, hook: Hook, found: &Found) -> Result<bool> {
        let has_block = match found {
            Found::File(file) => find(file)?.is_some(),
            Found::Absent | Found::Refused(_) => false,
        };
        Ok(has_block || self.keeps(hook))
    }

    fn path(&self, hook: Hook) -> PathBuf {
        self.folder.join(hook.name())
    }

    /// Returns where a hook is kept that ours runs.
    fn kept(&self, hook: Hook) -> PathBuf {
        self.kept_folder().join(hook.name())
    }

    /// Returns whether there is one. What a symbolic link leads to was not put there by us.
    fn keeps(&self, hook: Hook) -> bool {
        let is = |path: PathBuf, check: fn(&Metadata) -> bool| {
            path.symlink_metadata().is_ok_and(|metadata| check(&metadata))
        };
        is(self.kept_folder(), Metadata::is_dir) && is(self.kept(hook), Metadata::is_file)
    }

    fn kept_folder(&self) -> PathBuf {
        self.folder.join("opensession")
    }
}

/// Returns where our block is in `file`.
fn find(file: &disk::Whole) -> Result<Option<Range<usize>>> {
    block::find(&file.bytes).map_err(|broken| Error::Markers {
        path: file.path.clone(),
        line: broken.line,
        reason: broken.reason,
    })
}
