//! How much of the disk commits take, as git counts it: the bytes of their objects in packs, deltas as deltas.

use crate::{Error, Result, Store, git};
use std::fs;
use std::io::ErrorKind;

impl Store {
    /// Returns how many bytes on the disk the objects take that `revisions` reach: commits, refs, trees, or options that
    /// `git rev-list` takes in their place. What a partial clone left out counts as nothing.
    pub(crate) fn weight(&self, revisions: &[&str]) -> Result<u64> {
        let weigh = ["rev-list", "--disk-usage", "--missing=allow-any", "--objects"];
        self.rev_list_number(&[&weigh[..], revisions].concat())
    }

    /// Returns the number that git answers `arguments` with.
    fn rev_list_number(&self, arguments: &[&str]) -> Result<u64> {
        let output = git::run(self.git_dir(), arguments, b"")?.success()?;
        let text = String::from_utf8_lossy(&output);
        text.trim().parse().map_err(|_not_a_number| Error::Git {
            command: arguments.join(" "),
            message: format!("{} is no number", text.trim()),
        })
    }

    /// Returns how many packs there are, and how many bytes they have together.
    ///
    /// # Errors
    /// [`Error::Io`] where they cannot be listed.
    pub(crate) fn packed(&self) -> Result<(u64, u64)> {
        let folder = self.packs();
        let failed = || Error::io(&folder);
        let (mut packs, mut bytes) = (0, 0);
        for entry in fs::read_dir(&folder).map_err(failed())? {
            let entry = entry.map_err(failed())?;
            if entry.path().extension().is_none_or(|extension| extension != "pack") {
                continue;
            }
            match entry.metadata() {
                Ok(found) => (packs, bytes) = (packs + 1, bytes + found.len()),
                // A repack took its place.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(Error::io(&entry.path())(error)),
            }
        }
        Ok((packs, bytes))
    }
}
