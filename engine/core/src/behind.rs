//! The sessions behind a commit: those that are linked to it on a branch, and those of the home store whose edits it
//! holds. Of the latter the repository's branch must not know, so they are found anew.

use crate::engine::Located;
use crate::linking::worked_in;
use crate::links::lookup::{Edited, Lookup, Wanted};
use crate::links::place::Places;
use crate::links::{FoundLink, SessionSource};
use crate::view::{Origin, View};
use crate::witness::{Witness, witnesses};
use crate::{Engine, Error, Result};
use opensession_hail::SessionKey;
use opensession_store::{CommitId, History, Link};
use std::collections::BTreeMap;

/// Which sessions are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// All.
    Everybody,
    /// Those that no branch has links of.
    Unlinked,
}

/// The sessions of a repository, and what they edited.
pub(crate) struct Behind<'v> {
    view: &'v View,
    pub(crate) sessions: Vec<Witness<'v>>,
    pub(crate) places: Places,
    edited: Edited,
    unlinked: Unlinked,
}

/// Tells the sessions that no branch has links of: those of the home store and, where the repository is not enabled,
/// those of its own branch.
#[derive(Clone, Copy)]
struct Unlinked {
    is_enabled: bool,
}

impl Unlinked {
    const fn holds(self, origin: &Origin) -> bool {
        match origin {
            Origin::Home => true,
            Origin::Repository(_) => !self.is_enabled,
            Origin::Remote(_) => false,
        }
    }
}

impl<'v> Behind<'v> {
    /// Reads what of the sessions in `view`, that of the repository `located`, is not remembered. What is damaged goes
    /// to `damaged`.
    pub(crate) fn open(
        engine: &Engine,
        view: &'v View,
        located: &Located,
        whose: Whose,
        damaged: &mut Vec<Error>,
    ) -> Result<Self> {
        let git_dir = located.store.git_dir();
        let unlinked = Unlinked { is_enabled: located.store.is_enabled()? };
        let is_wanted = |origin: &Origin| whose == Whose::Everybody || unlinked.holds(origin);
        let sessions = witnesses(view, &engine.home, is_wanted, damaged);
        let sources: Vec<SessionSource<'_>> = sessions.iter().map(Witness::source).collect();
        let mut roots = located.work_trees.clone();
        roots.extend(worked_in(&sources, git_dir));
        let mut places = Places::new(&roots, engine.home.dir());
        let folder = match whose {
            Whose::Everybody => engine.folder_of("edited", git_dir),
            Whose::Unlinked => engine.folder_of("unlinked", git_dir),
        };
        let edited = Edited::read(&folder, &sources, &mut places, damaged)?;
        drop(sources);
        Ok(Self { view, sessions, places, edited, unlinked })
    }

    /// Returns the sessions that may have written what is wanted.
    pub(crate) fn having<'s>(
        &'s self,
        wanted: &'s Wanted,
    ) -> impl Iterator<Item = &'s SessionKey> + 's {
        self.edited.sessions(wanted)
    }

    /// Returns what finds the links of commits; only sessions that edited what is `wanted`, where it is said.
    pub(crate) fn finder<'h>(
        &mut self,
        history: &'h History,
        wanted: Option<&Wanted>,
    ) -> Finder<'h, 'v> {
        let unlinked =
            self.sessions.iter().filter(|one| self.unlinked.holds(&one.found.source.origin));
        let sources: Vec<SessionSource<'_>> = unlinked.map(Witness::source).collect();
        let authors = self.edited.authors(&sources, wanted, &mut self.places);
        Finder { view: self.view, lookup: Lookup::new(history, authors) }
    }
}

/// Finds the links of commits. Any number of threads may use it.
pub(crate) struct Finder<'h, 'v> {
    view: &'v View,
    lookup: Lookup<'h>,
}

impl Finder<'_, '_> {
    /// Returns the links of a commit, by session.
    ///
    /// # Errors
    /// Where a branch or the commit cannot be read.
    pub(crate) fn links(&self, commit: CommitId) -> Result<Vec<FoundLink>> {
        let mut links: BTreeMap<SessionKey, FoundLink> = BTreeMap::new();
        for (session, link) in self.view.links_of(commit)? {
            let Link { files, event, .. } = link;
            links.insert(session.clone(), FoundLink { commit, session, files, event });
        }
        for link in self.lookup.links(commit)? {
            links.entry(link.session.clone()).or_insert(link);
        }
        Ok(links.into_values().collect())
    }
}
