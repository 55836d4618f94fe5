//! The sessions behind commits: of one, and of those that a list names.

use crate::behind::{Behind, Whose};
use crate::engine::Located;
use crate::links::FoundLink;
use crate::view::View;
use crate::{Engine, Error, Result, Scope, SessionRow};
use opensession_hail::{EventId, SessionKey};
use opensession_store::{Link, LogEntry, LogFilter};
use std::path::Path;

/// A commit, and the sessions whose edits it holds.
#[derive(Debug)]
pub struct LinkedCommit {
    /// Its id in hex.
    pub commit: String,
    /// The sessions, by key.
    pub sessions: Vec<LinkedSession>,
}

/// A commit of a list, and the sessions whose edits it holds.
#[derive(Debug)]
pub struct LoggedCommit {
    /// The commit.
    pub commit: LogEntry,
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
        let links = view.links_of(commit)?;
        let linked = |(session, Link { event, files, .. })| {
            linked_session(&view, FoundLink { commit, session, files, event })
        };
        let sessions = links.into_iter().map(linked).collect::<Result<_>>()?;
        Ok(Some(LinkedCommit { commit: commit.to_string(), sessions }))
    }

    /// Passes the commits that `arguments` name and `filter` lets through, as `git log` takes them and in its order, to
    /// `each` with the sessions behind them, until it returns `false`; no further commit is looked at then. Paths are seen from `folder`, and
    /// `--all` stands for every branch. Sessions of the home store are found by their edits, without storing a link.
    ///
    /// Returns what could not be read of sessions and links.
    ///
    /// # Errors
    /// Where the repository in scope cannot be read, git refuses the arguments, or `each` fails.
    pub fn log<E: From<Error>>(
        &self,
        folder: &Path,
        arguments: &[String],
        filter: &LogFilter,
        mut each: impl FnMut(LoggedCommit) -> std::result::Result<bool, E>,
    ) -> std::result::Result<Vec<Error>, E> {
        let Scope::Repository(root) = &self.scope else { return Ok(Vec::new()) };
        let located = self.repository(root)?;
        let view = self.view()?;
        let mut damaged = Vec::new();
        let mut behind = Behind::open(self, &view, &located, Whose::Unlinked, &mut damaged)?;
        let history = located.store.history();
        let finder = behind.finder(&history, None);
        for entry in located.store.log(folder, arguments, filter).map_err(Error::from)? {
            let commit = entry.map_err(Error::from)?;
            let links = finder.links(commit.id).unwrap_or_else(|error| {
                damaged.push(error);
                Vec::new()
            });
            let mut sessions = Vec::new();
            for link in links {
                match linked_session(&view, link) {
                    Ok(session) => sessions.push(session),
                    Err(error) => damaged.push(error),
                }
            }
            if !each(LoggedCommit { commit, sessions })? {
                break;
            }
        }
        Ok(damaged)
    }
}

/// Returns the session of a link, as it is stored.
fn linked_session(view: &View, link: FoundLink) -> Result<LinkedSession> {
    let FoundLink { session: key, event, files, .. } = link;
    let row = match view.find(&key, None)? {
        Some(found) => {
            let manifest = found.manifest()?;
            let origin = found.source.origin.clone();
            let (header, stats) = (manifest.header, manifest.stats);
            Some(SessionRow { key: key.clone(), header, stats, origin })
        }
        None => None,
    };
    Ok(LinkedSession { key, event, files, row })
}
