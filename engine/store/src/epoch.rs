//! Epochs: how often the branch's history was rewritten.
//!
//! `v1/epoch` is raised by a purge. Of two branches with different epochs only the state of the lower one is taken
//! over, not its history: what a purge removed does not come back with it.

use crate::layout::{self, FORMAT_NUMBER};
use crate::lock::Deadline;
use crate::manifest::json;
use crate::object::{Deflate, Object};
use crate::publish::{After, Change, Joint, publish};
use crate::tree::Node;
use crate::{Branch, CommitId, Error, Result, Store};
use opensession_hail::Timestamp;
use serde::Deserialize;
use std::time::Duration;

/// What is in the file of the epoch.
#[derive(Deserialize)]
struct EpochFile {
    format: u32,
    number: u64,
}

impl Branch {
    /// Returns how often the branch's history was rewritten.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where that cannot be read, [`Error::Unsupported`] for a newer format.
    pub fn epoch(&self) -> Result<u64> {
        let format = self.tree_at(&[layout::FORMAT.to_owned()])?.unwrap_or_default();
        let Some(id) = format.file(layout::EPOCH) else { return Ok(0) };
        let path = layout::epoch_path();
        let file: EpochFile = serde_json::from_slice(&self.read_blob(id)?)
            .map_err(|error| Error::corrupt(&path, error.to_string()))?;
        if file.format > FORMAT_NUMBER {
            let feature = format!("format {}", file.format);
            return Err(Error::Unsupported { object: path, feature });
        }
        Ok(file.number)
    }
}

impl Store {
    /// Makes a new branch of the state that the branch has: one commit without a parent, in the next epoch. Returns
    /// it; `None` where there is no branch.
    ///
    /// What was forgotten is then in no commit that the branch reaches, and machines that join this branch leave the
    /// old history behind. The objects stay in this repository until git prunes them. `at` is the time of the commit;
    /// the call waits for other writers until `deadline` has passed.
    ///
    /// # Errors
    /// As for [`Store::write`].
    pub fn rewrite(&self, at: Timestamp, deadline: Duration) -> Result<Option<CommitId>> {
        let published = publish(self, at, Deadline::new(deadline), |tip, root| {
            let Some(tip) = tip else { return Ok(None) };
            let number = Branch::new(self, tip.clone()).epoch()? + 1;
            let file = encode(self.hash(), number)?;
            let format = &mut root.open(self, &[layout::FORMAT.to_owned()])?.tree;
            format.insert(layout::EPOCH, Node::blob(file.id));
            root.add(file);
            let seconds = at.as_millis().div_euclid(1000).max(0);
            let after = After::Others(Joint { parents: Vec::new(), seconds, enough: None });
            let message = format!("start epoch {number}\n");
            Ok(Some(Change { objects: Vec::new(), message, sample: None, after }))
        })?;
        Ok(published.commit)
    }
}

/// Returns the file of the epoch `number`.
fn encode(hash: gix::hash::Kind, number: u64) -> Result<Object> {
    let text =
        format!("{{\n\"format\": {},\n\"number\": {}\n}}\n", json(&FORMAT_NUMBER), json(&number));
    Object::encode_blob(hash, text.as_bytes(), Deflate::Best, &layout::epoch_path())
}
