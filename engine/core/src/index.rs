//! The index of the scope: lists with filters, searches, sums.
//!
//! It is only a view of the branches. Where its file is damaged it is made anew, where it cannot be written it is made in
//! memory: what it says is right, or there is an error, but there is never less of it for lack of a file.

use crate::inside::Inside;
use crate::view::{Origin, View};
use crate::{Engine, Error, Result, SessionRow, place};
use opensession_hail::{Author, Header, SessionKey};
use opensession_index::{
    Cursor, Dimension, Hit, IndexProgress, IndexStatus, Query, Refreshed, Source, Totals,
};
use opensession_parsers::Home;
use opensession_store::locate;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The index of an engine's scope.
pub struct Index<'e> {
    engine: &'e Engine,
    database: opensession_index::Index,
    /// Why it is in memory, where it could not be a file.
    detour: Option<String>,
    sources: Vec<Source>,
    origins: Vec<Origin>,
    /// The sessions of which copies are not shown, up to a generation.
    forgotten: Vec<(SessionKey, u64)>,
    view: opensession_index::View,
    /// The branches that cannot be read, and why not.
    problems: Vec<Error>,
}

/// Some of the sessions that a query finds.
#[derive(Debug, Default)]
pub struct Found {
    /// In the order of the query.
    pub sessions: Vec<FoundSession>,
    /// Where the next page begins; `None` behind the last one.
    pub next: Option<Cursor>,
    /// Sessions whose words have not been read yet: a search does not find them.
    pub unread: u64,
}

/// A session that was found.
#[derive(Clone, Debug)]
pub struct FoundSession {
    /// What a list says of it.
    pub row: SessionRow,
    /// Where the words occur, where words were looked for.
    pub hit: Option<Hit>,
}

impl Engine {
    /// Returns where the index is: `$XDG_DATA_HOME/opensession/local.db`.
    #[must_use]
    pub fn index_path(&self) -> PathBuf {
        self.data_dir().join("local.db")
    }

    /// Returns the index as it is; [`Index::refresh`] brings it up to date.
    ///
    /// # Errors
    /// When there is no memory. A file that cannot be used is no error: see [`Index::detour`].
    pub fn index(&self) -> Result<Index<'_>> {
        let (database, detour) = match opensession_index::Index::open(&self.index_path()) {
            Ok(database) => (database, None),
            Err(error) => (opensession_index::Index::in_memory()?, Some(error.to_string())),
        };
        self.look_through(database, detour)
    }

    /// Returns the index as it is in its file; `None` where that cannot be had at once, for which [`Engine::index`]
    /// waits or finds a detour.
    ///
    /// # Errors
    /// When the branches cannot be looked at.
    pub fn index_at_once(&self) -> Result<Option<Index<'_>>> {
        let database = opensession_index::Index::open_at_once(&self.index_path());
        // What is wrong with it, `index` says.
        database.ok().map(|database| self.look_through(database, None)).transpose()
    }

    fn look_through(
        &self,
        database: opensession_index::Index,
        detour: Option<String>,
    ) -> Result<Index<'_>> {
        let mut index = Index {
            engine: self,
            database,
            detour,
            sources: Vec::new(),
            origins: Vec::new(),
            forgotten: Vec::new(),
            view: opensession_index::View::default(),
            problems: Vec::new(),
        };
        index.look_again()?;
        Ok(index)
    }

    /// Returns the bytes that the index takes on disk.
    #[must_use]
    pub fn index_size(&self) -> u64 {
        opensession_index::size(&self.index_path())
    }

    /// Removes the file of the index.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove_index(&self) -> Result<()> {
        Ok(opensession_index::remove(&self.index_path())?)
    }
}

impl Index<'_> {
    /// Returns why the index is in memory only, where its file cannot be used.
    #[must_use]
    pub fn detour(&self) -> Option<&str> {
        self.detour.as_deref()
    }

    /// Returns what of the scope cannot be read at all.
    #[must_use]
    pub fn problems(&self) -> &[Error] {
        &self.problems
    }

    /// Looks at the branches again, and at what others have written to the file meanwhile; it is opened anew only where
    /// it is another one now.
    ///
    /// # Errors
    /// When the branches cannot be looked at, or the index fails.
    pub fn look_again(&mut self) -> Result<()> {
        if self.database.is_orphaned() {
            self.open_again();
        }
        let within = self.look()?;
        self.open_view(&within)
    }

    /// Brings the index up to the state of the branches: what their manifests say first, then the words of their events,
    /// newest sessions first. `progress` stops it with `false`; what was done stays.
    ///
    /// # Errors
    /// When the index can neither be written nor made in memory.
    pub fn refresh(
        &mut self,
        progress: &mut dyn FnMut(IndexProgress) -> bool,
    ) -> Result<Refreshed> {
        if self.database.is_orphaned() {
            self.open_again();
        }
        let within = self.look()?;
        let names = Names { home: &self.engine.home, known: Mutex::default() };
        let repo = |header: &Header| names.of(header);
        let refreshed = match self.database.refresh(&self.sources, &repo, progress) {
            Ok(refreshed) => refreshed,
            Err(error) => {
                self.replace(&error)?;
                self.database.refresh(&self.sources, &repo, progress)?
            }
        };
        self.open_view(&within)?;
        Ok(refreshed)
    }

    /// Returns at most `limit` of the sessions that the query finds, those behind `after`.
    ///
    /// # Errors
    /// When the index fails, and a new one does too.
    pub fn find(&mut self, query: &Query, limit: usize, after: Option<Cursor>) -> Result<Found> {
        let (page, hits, unread) = self.ask(|index| {
            let page = index.database.find(&index.view, query, limit, after)?;
            let hits = match query.terms.is_empty() {
                true => Vec::new(),
                false => index.database.hits(&index.sources, query, &page.rows)?,
            };
            Ok((page, hits, index.database.unread_sessions()?))
        })?;
        let mut hits = hits.into_iter();
        let sessions = page.rows.into_iter().map(|found| {
            let origin = self.origins.get(found.source).cloned().unwrap_or(Origin::Home);
            let (key, header, stats) = (found.entry.key, found.header, found.stats);
            let row = SessionRow { key, header, stats, origin };
            FoundSession { row, hit: hits.next().flatten() }
        });
        Ok(Found { sessions: sessions.collect(), next: page.next, unread })
    }

    /// Returns how many sessions the query finds.
    ///
    /// # Errors
    /// As for [`Index::find`].
    pub fn count(&mut self, query: &Query) -> Result<u64> {
        self.ask(|index| index.database.count(&index.view, query))
    }

    /// Returns what the sessions add up to that the query finds, all together and put together `by` something; days are
    /// those of a place `offset` minutes east of UTC.
    ///
    /// # Errors
    /// As for [`Index::find`].
    pub fn totals<const N: usize>(
        &mut self,
        query: &Query,
        by: [Dimension; N],
        offset: i32,
    ) -> Result<Totals<N>> {
        self.ask(|index| index.database.totals(&index.view, query, by, offset))
    }

    /// Returns what the index holds.
    ///
    /// # Errors
    /// As for [`Index::find`].
    pub fn status(&mut self) -> Result<IndexStatus> {
        self.ask(|index| index.database.status())
    }

    /// Asks the database, and a new one where it turns out to be damaged.
    fn ask<T>(&mut self, question: impl Fn(&Self) -> opensession_index::Result<T>) -> Result<T> {
        match question(self) {
            Err(error) if self.detour.is_none() => {
                self.replace(&error)?;
                self.refresh(&mut |_| true)?;
                Ok(question(self)?)
            }
            answer => Ok(answer?),
        }
    }

    /// Puts a new database in the place of one that failed: a new file where the old one is damaged, else one in memory.
    fn replace(&mut self, error: &opensession_index::Error) -> Result<()> {
        if error.is_damage() && self.detour.is_none() {
            self.engine.remove_index()?;
            self.open_again();
        } else {
            self.database = opensession_index::Index::in_memory()?;
            self.detour = Some(error.to_string());
            if error.is_full() {
                // What is there of it must not keep the last room from what cannot be made again.
                self.engine.remove_index()?;
            }
        }
        Ok(())
    }

    /// Opens the file again; where that is not possible, the database stays what it is.
    fn open_again(&mut self) {
        match opensession_index::Index::open(&self.engine.index_path()) {
            Ok(database) => self.database = database,
            Err(error) => self.detour = Some(error.to_string()),
        }
    }

    /// Looks at the branches of the scope as they are now, and returns which of them are only in part in it.
    fn look(&mut self) -> Result<Vec<Option<Inside>>> {
        let view = self.engine.view()?;
        // Of one branch alone everything that is forgotten is gone.
        self.forgotten = match view.sources.len() {
            0 | 1 => Vec::new(),
            _ => view.all_forgotten()?.into_iter().collect(),
        };
        let View { sources, problems } = view;
        self.problems = problems;
        (self.sources, self.origins) = (Vec::new(), Vec::new());
        let mut within = Vec::new();
        for source in sources {
            let remote = match &source.origin {
                Origin::Remote(name) => Some(name.clone()),
                Origin::Home | Origin::Repository(_) => None,
            };
            self.sources.push(Source { git_dir: source.git_dir, remote, branch: source.branch });
            self.origins.push(source.origin);
            within.push(source.within);
        }
        Ok(within)
    }

    /// Returns under which names the user's sessions are known in the repositories of the scope, and outside of them.
    fn mine(&self) -> Vec<Author> {
        let authors = &self.engine.privacy.authors;
        let folders: BTreeSet<&str> =
            self.sources.iter().filter_map(|source| source.git_dir.to_str()).collect();
        let places = std::iter::once(None).chain(folders.into_iter().map(Some));
        let names: BTreeSet<Author> =
            places.flat_map(|place| authors.names(place).to_vec()).collect();
        names.into_iter().collect()
    }

    fn open_view(&mut self, within: &[Option<Inside>]) -> Result<()> {
        let partial = within.iter().enumerate().filter(|(_, within)| within.is_some());
        let partial: Vec<usize> = partial.map(|(place, _)| place).collect();
        let is_inside = |cwd: &str| within.iter().flatten().any(|inside| inside.holds_folder(cwd));
        self.view = self.database.view(
            &self.sources,
            &partial,
            &is_inside,
            &self.forgotten,
            &self.mine(),
        )?;
        Ok(())
    }
}

/// The names of the repositories that sessions worked in.
struct Names<'e> {
    home: &'e Home,
    known: Mutex<HashMap<String, String>>,
}

impl Names<'_> {
    /// Returns the name that the log states, else that of the repository's folder, else that of the working directory.
    fn of(&self, header: &Header) -> String {
        if let Some(name) = header.context.attributes.str("git_repo_name") {
            return name.to_owned();
        }
        let Some(cwd) = header.cwd() else { return String::new() };
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(cwd).cloned();
        known.unwrap_or_else(|| {
            let name = name_of(&place::local(cwd, self.home), cwd);
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(cwd.to_owned(), name.clone());
            name
        })
    }
}

fn name_of(folder: &Path, cwd: &str) -> String {
    let mut folders = folder.ancestors().filter(|_| folder.is_absolute());
    let there = folders.find(|folder| folder.is_dir());
    // A folder that cannot be looked into has only its own name.
    let git_dir = there.and_then(|there| locate(there, None).ok().flatten());
    let root = git_dir.and_then(|found| {
        let git_dir = found.git_dir;
        let is_inside = git_dir.file_name().is_some_and(|name| name == ".git");
        let root = if is_inside { git_dir.parent()?.to_owned() } else { git_dir };
        let name = root.file_name()?.to_string_lossy().into_owned();
        Some(name.strip_suffix(".git").map_or(name.clone(), str::to_owned))
    });
    let last = || cwd.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(cwd).to_owned();
    root.unwrap_or_else(last)
}
