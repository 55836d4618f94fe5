//! What is read together: the branches that a scope is made of, as one list of sessions.
//!
//! A repository's sessions are the union of its own branch, its remote-tracking ones and what the home store holds of
//! it (`DESIGN` §2): a plain `git fetch` is enough to see what others have pushed.

use crate::engine::Located;
use crate::inside::Inside;
use crate::{Engine, Error, Result, Scope, registry};
use opensession_hail::{Header, SessionKey, Timestamp};
use opensession_parsers::Home;
use opensession_store::{Branch, CommitId, Day, Entry, Link, Manifest, Store};
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::iter::Peekable;
use std::path::PathBuf;
use std::sync::Arc;

/// Which branch a session stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The user's private store.
    Home,
    /// The branch of the repository with this git folder.
    Repository(PathBuf),
    /// The branch of the remote of that name, as it was last fetched.
    Remote(String),
}

/// The branches of a scope, the preferred ones first.
pub(crate) struct View {
    pub(crate) sources: Vec<Source>,
    /// The stores that cannot be read, which must not hide everything else, and why not.
    pub(crate) problems: Vec<Error>,
}

pub(crate) struct Source {
    pub(crate) origin: Origin,
    /// The git folder of the repository that the branch stands in.
    pub(crate) git_dir: PathBuf,
    pub(crate) branch: Arc<Branch>,
    /// The repository in which a session must have worked to be seen.
    pub(crate) within: Option<Inside>,
}

/// A session, and where it was found.
pub(crate) struct Found<'v> {
    pub(crate) source: &'v Source,
    pub(crate) entry: Entry,
    /// Whether several branches have it, so that it is one of the scope's wherever it worked.
    pub(crate) is_shared: bool,
}

impl Engine {
    /// Returns the branches of the scope.
    pub(crate) fn view(&self) -> Result<View> {
        let mut view = View { sources: Vec::new(), problems: Vec::new() };
        match &self.scope {
            Scope::Home => {
                view.add(Origin::Home, self.home_store(), self.home_branch(), None);
                for git_dir in registry::load(&self.data_dir()) {
                    let branch = Store::open(&git_dir).and_then(|store| store.branch());
                    let origin = Origin::Repository(git_dir.clone());
                    view.add(origin, git_dir, branch.map_err(Error::from), None);
                }
            }
            Scope::Repository(folder) => {
                let Located { store, .. } = self.repository(folder)?;
                let git_dir = store.git_dir().to_owned();
                let origin = Origin::Repository(git_dir.clone());
                view.add(origin, git_dir.clone(), Ok(store.branch()?), None);
                // One that cannot be read is a matter for `status`.
                for (remote, branch) in store.tracking()?.branches {
                    view.add(Origin::Remote(remote), git_dir.clone(), Ok(Some(branch)), None);
                }
                if git_dir != self.home_store() {
                    let inside = Inside::new(git_dir, &self.home);
                    view.add(Origin::Home, self.home_store(), self.home_branch(), Some(inside));
                }
            }
        }
        Ok(view)
    }

    /// Returns the home store, where there is one, and the repositories that are or were enabled.
    pub(crate) fn all_stores(&self) -> Vec<(Origin, PathBuf)> {
        let home = Some((Origin::Home, self.home_store()));
        // One that cannot be looked at is there: opening it says what is wrong.
        let home = home.filter(|(_, path)| !Store::is_unmade(path).unwrap_or(false));
        let known = registry::load(&self.data_dir()).into_iter();
        let known = known.map(|git_dir| (Origin::Repository(git_dir.clone()), git_dir));
        home.into_iter().chain(known).collect()
    }

    pub(crate) fn home_branch(&self) -> Result<Option<Branch>> {
        let path = self.home_store();
        if Store::is_unmade(&path)? { Ok(None) } else { Ok(Store::open(&path)?.branch()?) }
    }
}

impl View {
    fn add(
        &mut self,
        origin: Origin,
        git_dir: PathBuf,
        branch: Result<Option<Branch>>,
        within: Option<Inside>,
    ) {
        match branch {
            Ok(Some(branch)) => {
                let branch = Arc::new(branch);
                self.sources.push(Source { origin, git_dir, branch, within });
            }
            Ok(None) => {}
            Err(error) => self.problems.push(error),
        }
    }

    /// Returns all sessions, each once, days from newest to oldest.
    pub(crate) fn newest(&self) -> impl Iterator<Item = Result<Found<'_>>> + '_ {
        let sources = self.sources.iter().map(|source| {
            let is_shown = |entry: &opensession_store::Result<Entry>| match entry {
                // What cannot be looked up is not hidden.
                Ok(entry) => !self.hides(source, entry).unwrap_or(false),
                Err(_damaged) => true,
            };
            let entries: Entries<'_> = Box::new(source.branch.newest().filter(is_shown));
            (source, entries.peekable())
        });
        Days { sources: sources.collect(), seen: HashSet::new() }.flatten()
    }

    /// Returns the session `key`, looked for under the day of `day` first: the most complete version of it.
    pub(crate) fn find(
        &self,
        key: &SessionKey,
        day: Option<Timestamp>,
    ) -> Result<Option<Found<'_>>> {
        let mut best = None;
        for source in &self.sources {
            if let Some(entry) = source.branch.find(key, day)?
                && !self.hides(source, &entry)?
            {
                best = Some(better(best, Found { source, entry, is_shared: false }));
            }
        }
        Ok(best)
    }

    /// Returns the links of a commit, by session, but those of sessions that were forgotten.
    pub(crate) fn links_of(&self, commit: CommitId) -> Result<BTreeMap<SessionKey, Link>> {
        let mut links: BTreeMap<SessionKey, Link> = BTreeMap::new();
        for source in &self.sources {
            for link in source.branch.links_of(commit)? {
                let is_copy = matches!(source.origin, Origin::Remote(_));
                if is_copy
                    && self.forgotten(&link.session)?.is_some()
                    && self.find(&link.session, None)?.is_none()
                {
                    continue;
                }
                // The repository's own branch comes first, and what it says holds.
                links.entry(link.session.clone()).or_insert(link);
            }
        }
        Ok(links)
    }

    /// Returns the sessions that are forgotten on one of the user's own branches, and up to which generation.
    pub(crate) fn all_forgotten(&self) -> Result<BTreeMap<SessionKey, u64>> {
        let mut forgotten = BTreeMap::new();
        for source in self.own() {
            for (key, generation) in source.branch.tombstones()?.into_iter().flatten() {
                let highest = forgotten.entry(key).or_insert(generation);
                *highest = generation.max(*highest);
            }
        }
        Ok(forgotten)
    }

    /// Returns up to which generation one of the user's own branches has a session forgotten.
    fn forgotten(&self, key: &SessionKey) -> opensession_store::Result<Option<u64>> {
        let mut forgotten = None;
        for source in self.own() {
            forgotten = forgotten.max(source.branch.tombstone(key)?);
        }
        Ok(forgotten)
    }

    /// Returns whether what a branch has of a session was forgotten on another one.
    fn hides(&self, source: &Source, entry: &Entry) -> opensession_store::Result<bool> {
        if self.sources.len() == 1 {
            return Ok(false);
        }
        match self.forgotten(&entry.key)? {
            Some(forgotten) => Ok(source.branch.manifest(entry)?.generation <= forgotten),
            None => Ok(false),
        }
    }

    /// Returns the branches of the user's: what others say of theirs holds once it is joined.
    fn own(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| !matches!(source.origin, Origin::Remote(_)))
    }
}

impl Source {
    fn shows(&self, header: &Header) -> bool {
        self.within.as_ref().is_none_or(|within| within.holds(header))
    }
}

impl Found<'_> {
    /// Returns whether the session is part of what is read together.
    pub(crate) fn is_shown(&self, header: &Header) -> bool {
        self.is_shared || self.source.shows(header)
    }

    pub(crate) fn manifest(&self) -> Result<Manifest> {
        Ok(self.source.branch.manifest(&self.entry)?)
    }
}

/// Returns whether the session's working directory lies in one of the folders.
pub(crate) fn lies_in(header: &Header, folders: &[PathBuf], home: &Home) -> bool {
    let Some(cwd) = header.cwd().map(|cwd| home.expand(cwd)) else { return false };
    folders.iter().any(|folder| cwd.starts_with(folder))
}

/// Returns the folders under the names given and under their real ones: logs hold either.
pub(crate) fn both_names(folders: Vec<PathBuf>) -> Vec<PathBuf> {
    // A folder that is gone has no real name; its sessions are still there.
    let real: Vec<PathBuf> =
        folders.iter().filter_map(|path| fs::canonicalize(path).ok()).collect();
    let mut all = folders;
    all.extend(real);
    all.sort();
    all.dedup();
    all
}

/// Returns which of two copies of a session to show: the one that holds more, else the first.
fn better<'v>(one: Option<Found<'v>>, other: Found<'v>) -> Found<'v> {
    let Some(one) = one else { return other };
    if one.entry.tree == other.entry.tree {
        return one;
    }
    let extent = |found: &Found<'_>| {
        let manifest = found.manifest();
        manifest.map(|manifest| (manifest.generation, manifest.events()))
    };
    match (extent(&one), extent(&other)) {
        (Ok(this), Ok(that)) if that > this => other,
        (Err(_damaged), Ok(_)) => other,
        _ => one,
    }
}

type Entries<'v> = Box<dyn Iterator<Item = opensession_store::Result<Entry>> + 'v>;

/// Goes through the days of several branches side by side.
struct Days<'v> {
    sources: Vec<(&'v Source, Peekable<Entries<'v>>)>,
    seen: HashSet<SessionKey>,
}

impl<'v> Iterator for Days<'v> {
    type Item = Vec<Result<Found<'v>>>;

    /// Returns the sessions of the next day, or what cannot be read before it.
    fn next(&mut self) -> Option<Self::Item> {
        let mut failed = Vec::new();
        let mut newest: Option<Day> = None;
        for (_, entries) in &mut self.sources {
            while let Some(Err(error)) = entries.next_if(|entry| entry.is_err()) {
                failed.push(Err(Error::from(error)));
            }
            if let Some(Ok(entry)) = entries.peek() {
                newest = newest.max(Some(entry.day));
            }
        }
        if !failed.is_empty() {
            return Some(failed);
        }
        let day = newest?;
        let alone = self.sources.len() == 1;
        let mut found: Vec<Found<'v>> = Vec::new();
        for (source, entries) in &mut self.sources {
            let of_day = |entry: &opensession_store::Result<Entry>| {
                entry.as_ref().is_ok_and(|entry| entry.day == day)
            };
            while let Some(Ok(entry)) = entries.next_if(of_day) {
                found.push(Found { source, entry, is_shared: false });
            }
        }
        if !alone {
            // Stable: of equal copies the one in the preferred branch stays first.
            found.sort_by(|a, b| a.entry.key.cmp(&b.entry.key));
            let mut single: Vec<Found<'v>> = Vec::new();
            for one in found {
                match single.pop_if(|last| last.entry.key == one.entry.key) {
                    Some(last) => {
                        let best = better(Some(last), one);
                        single.push(Found { is_shared: true, ..best });
                    }
                    None => single.push(one),
                }
            }
            // A copy that stands under another day was seen already.
            single.retain(|one| self.seen.insert(one.entry.key.clone()));
            found = single;
        }
        Some(found.into_iter().map(Ok).collect())
    }
}
