//! The sessions behind a commit.

use crate::engine::Located;
use crate::{Engine, Result, Scope, SessionRow};
use opensession_hail::{EventId, SessionKey};
use opensession_store::Link;
use std::collections::BTreeMap;

/// A commit, and the sessions whose edits it holds.
#[derive(Debug)]
pub struct LinkedCommit {
    /// Its id in hex.
    pub commit: String,
    /// The sessions, by key.
    pub sessions: Vec<LinkedSession>,
}

/// A session whose edits a commit holds.
#[derive(Debug)]
pub struct LinkedSession {
    /// The session.
    pub key: SessionKey,
    /// The last event before the commit.
    pub event: EventId,
    /// The files with such edits, relative to the root of the repository.
    pub files: Vec<String>,
    /// The session as it is stored; `None` where it is not on this machine.
    pub row: Option<SessionRow>,
}

impl Engine {
    /// Returns the commit that `text` names in the repository in scope, as git names commits, with the sessions
    /// linked to it on the repository's own branch and on its remote-tracking ones.
    ///
    /// `None` where nothing is named so, or the scope is no repository.
    ///
    /// # Errors
    /// When the repository or one of the branches cannot be read.
    pub fn linked_commit(&self, text: &str) -> Result<Option<LinkedCommit>> {
        let Scope::Repository(folder) = &self.scope else { return Ok(None) };
        let Located { store, .. } = self.repository(folder)?;
        let Some(commit) = store.resolve(text)? else { return Ok(None) };
        let view = self.view()?;
        let mut links: BTreeMap<SessionKey, Link> = BTreeMap::new();
        for source in &view.sources {
            for link in source.branch.links_of(commit)? {
                // The repository's own branch comes first, and what it says holds.
                links.entry(link.session.clone()).or_insert(link);
            }
        }
        let mut sessions = Vec::new();
        for (key, link) in links {
            let row = match view.find(&key, None)? {
                Some(found) => {
                    let manifest = found.manifest()?;
                    let origin = found.source.origin.clone();
                    let (header, stats) = (manifest.header, manifest.stats);
                    Some(SessionRow { key: key.clone(), header, stats, origin })
                }
                None => None,
            };
            let Link { event, files, .. } = link;
            sessions.push(LinkedSession { key, event, files, row });
        }
        Ok(Some(LinkedCommit { commit: commit.to_string(), sessions }))
    }
}
