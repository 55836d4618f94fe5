//! The lines of files, read once for the commits before and after.

use super::line::Line;
use crate::Result;
use opensession_store::{BlobId, History};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// So many files are kept; a few kilobytes each.
const MOST_FILES: usize = 8192;

/// The lines of the files of a repository. Any number of threads may use it.
pub(crate) struct Texts<'h> {
    history: &'h History,
    /// What one commit made of a file is what the next one found.
    known: Mutex<HashMap<BlobId, Option<Arc<[Line]>>>>,
}

impl<'h> Texts<'h> {
    pub(crate) fn new(history: &'h History) -> Self {
        Self { history, known: Mutex::default() }
    }

    pub(crate) const fn history(&self) -> &'h History {
        self.history
    }

    /// Returns the lines of a file that prove anything, sorted; `None` where there is no file, or it is no text.
    pub(crate) fn lines(&self, blob: Option<BlobId>) -> Result<Option<Arc<[Line]>>> {
        let Some(blob) = blob else { return Ok(None) };
        // A panic elsewhere leaves entries that are as good as before.
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lines) = known().get(&blob) {
            return Ok(lines.clone());
        }
        let lines = self.history.text(blob)?.map(|text| Line::sorted(&text).into());
        let mut known = known();
        if known.len() >= MOST_FILES {
            known.clear();
        }
        known.insert(blob, lines.clone());
        Ok(lines)
    }
}
