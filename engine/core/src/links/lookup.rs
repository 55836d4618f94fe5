//! The links of single commits, found without storing any: for sessions of which the branch must not know.

use super::catalogue::{Author, Catalogue};
use super::edit::Edit;
use super::examine::{CLOCKS, Examination, RENAME_WAIT, Trusted};
use super::memory::{Known, Memory, name_hash};
use super::place::Places;
use super::reconcile::{find_again, read_session};
use super::texts::Texts;
use super::{FoundLink, SessionSource};
use crate::{Error, Result};
use opensession_hail::{SessionKey, Timestamp};
use opensession_store::{CommitId, History};
use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::path::Path;

/// What is remembered of the edits of sessions, so that few of them are read.
pub(crate) struct Edited {
    memory: Memory,
}

/// What sessions to ask for.
pub(crate) struct Wanted {
    names: BTreeSet<u32>,
    /// When files of other names may have become these.
    renamed: Vec<Timestamp>,
}

impl Wanted {
    /// Returns those that edited a file of one of these names, or any file shortly before one of these times.
    pub(crate) fn new<'p>(paths: impl Iterator<Item = &'p str>, renamed: Vec<Timestamp>) -> Self {
        Self { names: paths.map(name_hash).collect(), renamed }
    }

    fn holds(&self, known: &Known) -> bool {
        let is_near = |(first, last): (Timestamp, Timestamp)| {
            self.renamed.iter().any(|time| {
                last.as_millis() >= time.as_millis() - RENAME_WAIT
                    && first.as_millis() <= time.as_millis() + CLOCKS
            })
        };
        known.has_any(&self.names) || known.span.is_some_and(is_near)
    }
}

impl Edited {
    /// Returns what the sessions edited; those that are not as they are remembered in `folder` are read. What cannot
    /// be read goes to `failures`.
    pub(crate) fn read(
        folder: &Path,
        sessions: &[SessionSource<'_>],
        places: &mut Places,
        failures: &mut Vec<Error>,
    ) -> Result<Self> {
        let mut memory = Memory::open(folder);
        let keys: HashSet<&SessionKey> = sessions.iter().map(|source| &source.key).collect();
        memory.retain(|key| keys.contains(key))?;
        for source in sessions {
            if memory.knows(&source.key, &source.tree) {
                continue;
            }
            match read_session(source, places) {
                Ok(edits) => memory.set_edits(&source.key, &source.tree, edits),
                Err(error) => failures.push(error),
            }
        }
        // What cannot be written, or is being written, is read again the next time.
        drop(save(folder, &memory));
        Ok(Self { memory })
    }

    /// Returns the sessions that may have written what is wanted.
    pub(crate) fn sessions<'s>(
        &'s self,
        wanted: &'s Wanted,
    ) -> impl Iterator<Item = &'s SessionKey> + 's {
        self.memory.sessions().filter(|(_, known)| wanted.holds(known)).map(|(key, _)| key)
    }

    /// Returns what those of `sessions` edited that are wanted; all of them where nothing is.
    pub(crate) fn authors(
        &self,
        sessions: &[SessionSource<'_>],
        wanted: Option<&Wanted>,
        places: &mut Places,
    ) -> Vec<Author> {
        let is_wanted: HashSet<&SessionKey> = match wanted {
            Some(wanted) => self.sessions(wanted).collect(),
            None => self.memory.sessions().map(|(key, _)| key).collect(),
        };
        let mut authors = Vec::new();
        for source in sessions.iter().filter(|source| is_wanted.contains(&source.key)) {
            let known = self.memory.edits(&source.key).map(|edits| find_again(edits, places));
            // Lost since. Where it cannot be read either, it was said before.
            let edits: Vec<Edit> = match known {
                Some(edits) => edits,
                None => read_session(source, places).unwrap_or_else(|_said| Vec::new()),
            };
            let (key, is_copy, started) = (source.key.clone(), source.is_copy, source.started);
            authors.push(Author { key, is_copy, started, edits });
        }
        authors
    }
}

fn save(folder: &Path, memory: &Memory) -> Result<()> {
    let path = folder.join("lock");
    let locked = fs::create_dir_all(folder).and_then(|()| File::create(&path));
    let locked = locked.map_err(Error::io("create", path))?;
    if locked.try_lock().is_ok() { memory.save() } else { Ok(()) }
}

/// Holds commits against the edits of sessions.
pub(crate) struct Lookup<'h> {
    texts: Texts<'h>,
    catalogue: Catalogue,
}

impl<'h> Lookup<'h> {
    /// Returns what finds edits of these authors.
    pub(crate) fn new(history: &'h History, authors: Vec<Author>) -> Self {
        Self { texts: Texts::new(history), catalogue: Catalogue::new(authors) }
    }

    /// Returns the links of a commit, as [`reconcile`](super::reconcile()) finds them but for traces that only other
    /// versions of the commit tell of.
    ///
    /// # Errors
    /// Where the commit or one of its files cannot be read.
    pub(crate) fn links(&self, id: CommitId) -> Result<Vec<FoundLink>> {
        let history = self.texts.history();
        if self.catalogue.is_empty() {
            return Ok(Vec::new());
        }
        let Some(commit) = history.commit(id)? else { return Ok(Vec::new()) };
        let changes = history.changes(&commit)?;
        Examination::new(&self.texts, &commit, &changes).links(&self.catalogue, &Trusted::new())
    }
}
