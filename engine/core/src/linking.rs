//! Links of a repository's commits: what is found goes to its branch.

use crate::engine::Located;
use crate::links::{self, FoundLink, Reconcile, Rewritten, SessionSource};
use crate::queue::Waiting;
use crate::routes::Context;
use crate::view::{Origin, Source, View};
use crate::witness::{Witness, witnesses};
use crate::{Engine, Error, Result, Scope, memory, notes};
use opensession_hail::{ContentId, Timestamp};
use opensession_redact::Counts;
use opensession_store::{CommitId, History, LinkDraft, Store, locate};
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long linking waits for other writers.
const PATIENCE: Duration = Duration::from_secs(60);
/// So many commits back the one is looked for at which the branch was.
const MOST_STEPS: usize = 1000;
/// Holds what the links were found for: while it is the same, there is nothing to find.
const DONE: &str = "done";

impl Engine {
    /// Finds the sessions whose edits the repository's commits hold, as far as that was not done before, and stores the
    /// links on its branch. `waiting` is what hooks saw.
    ///
    /// # Errors
    /// When the repository cannot be read or its branch not be written. A session or commit that is damaged is passed
    /// over: `fsck` names it.
    pub(crate) fn link_repository(
        &self,
        git_dir: &Path,
        waiting: &Waiting,
        now: Timestamp,
    ) -> Result<()> {
        let Located { store, work_trees } = self.repository(git_dir)?;
        let folder = self.links_folder(store.git_dir());
        let tips = store.tips()?;
        let rewritten: Vec<Rewritten> = waiting.rewritten().filter_map(parse_pair).collect();
        let scope = Self {
            home: self.home.clone(),
            config: self.config.clone(),
            privacy: Arc::clone(&self.privacy),
            scope: Scope::Repository(store.git_dir().to_owned()),
        };
        let mut view = scope.view()?;
        // A session of the home store is not for the branch, and neither is its name.
        view.sources.retain(|source| source.origin != Origin::Home);
        let own = own_commit(&view);
        if rewritten.is_empty() && is_done(&folder, &state(&tips, &view, own)) {
            return Ok(());
        }
        if went_back(&store.history(), &folder, own)? {
            // Links may be gone with what was looked at: everything is looked at again.
            self.forget_links(&store)?;
        }
        // What is damaged is for `fsck` to name.
        let witnesses = witnesses(&view, &self.home, |_| true, &mut Vec::new());
        let sessions: Vec<SessionSource<'_>> = witnesses.iter().map(Witness::source).collect();
        let mut roots = work_trees;
        roots.extend(worked_in(&sessions, store.git_dir()));
        let stored = |commit: CommitId| stored_links(&view, commit);
        let history = store.history();
        let found = links::reconcile(&Reconcile {
            history: &history,
            tips: &tips,
            roots: &roots,
            home: self.home.dir(),
            sessions: &sessions,
            rewritten: &rewritten,
            stored: &stored,
            memory: &folder,
        })?;
        let context = Context::open(store, &self.privacy)?;
        let linked = store_links(&context, &found.links, now)?;
        let _lock = context.store.lock(PATIENCE)?;
        found.remember()?;
        drop(sessions);
        let before = own;
        let done = match linked {
            None => state(&tips, &view, before),
            // What others wrote in between was not looked at.
            Some(commit)
                if history.commit(commit)?.map(|commit| commit.parents)
                    != before.map(|before| vec![before]) =>
            {
                return Ok(());
            }
            Some(commit) => {
                if let Some(before) = before {
                    let (from, to) = (before.to_string(), commit.to_string());
                    let git_dir = context.store.git_dir();
                    memory::follow(&self.data_dir(), &self.home_store(), git_dir, &from, &to)?;
                }
                state(&tips, &view, Some(commit))
            }
        };
        let own = linked.or(before).map(|commit| commit.to_string());
        remember_done(&folder, &done, own.as_deref())
    }

    /// Forgets which commits of a repository were looked at: the next run looks at all of them.
    ///
    /// # Errors
    /// [`Error::Io`] where that cannot be written, and where the store's lock is not to be had.
    pub(crate) fn forget_links(&self, store: &Store) -> Result<()> {
        // Others remember under the same lock.
        let _lock = store.lock(PATIENCE)?;
        let folder = self.links_folder(store.git_dir());
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(Error::io("remove", folder)(error))
            }
            _ => Ok(()),
        }
    }

    fn links_folder(&self, git_dir: &Path) -> PathBuf {
        self.folder_of("linked", git_dir)
    }

    /// Returns the folder for what is remembered of the repository under `name`.
    pub(crate) fn folder_of(&self, name: &str, git_dir: &Path) -> PathBuf {
        let id = ContentId::of(git_dir.as_os_str().as_encoded_bytes());
        self.data_dir().join(format!("{name}-{}", id.short()))
    }
}

/// Returns the roots of the repository's work trees in which sessions worked: a separate git folder does not know its
/// work tree, and one that `GIT_WORK_TREE` named is nowhere written.
pub(crate) fn worked_in(sessions: &[SessionSource<'_>], git_dir: &Path) -> BTreeSet<PathBuf> {
    let folders: BTreeSet<&str> =
        sessions.iter().filter_map(|session| session.folder.as_deref()).collect();
    let found = folders.into_iter().filter_map(|folder| {
        // What cannot be looked into tells nothing.
        let found = locate(Path::new(folder), None).ok().flatten()?;
        found.work_tree.filter(|_| found.git_dir == git_dir)
    });
    found.collect()
}

fn stored_links(view: &View, commit: CommitId) -> Result<Vec<FoundLink>> {
    let mut links = Vec::new();
    for source in &view.sources {
        for link in source.branch.links_of(commit)? {
            let (session, files, event) = (link.session, link.files, link.event);
            links.push(FoundLink { commit, session, files, event });
        }
    }
    Ok(links)
}

/// Stores the links; returns the commit that this made.
fn store_links(context: &Context, links: &[FoundLink], now: Timestamp) -> Result<Option<CommitId>> {
    if links.is_empty() {
        return Ok(None);
    }
    let redactor = context.redactor(None)?;
    // A path that holds a secret holds it in the commit too; it is not for the branch all the same.
    let mut counts = Counts::new();
    let drafts = links.iter().map(|link| LinkDraft {
        commit: link.commit,
        session: link.session.clone(),
        event: link.event.clone(),
        files: link.files.iter().map(|path| redactor.text(path.clone(), &mut counts)).collect(),
    });
    let linked = context.store.link(drafts.collect(), now, PATIENCE)?;
    match linked.failed.into_iter().next() {
        Some((_, _, error)) => Err(error.into()),
        None => Ok(linked.commit),
    }
}

fn parse_pair((old, new): &(String, String)) -> Option<Rewritten> {
    // The queue is a file that anybody could have written.
    Some(Rewritten { old: old.parse().ok()?, new: new.parse().ok()? })
}

/// Returns what the links depend on: the tips of the repository, and the branches with sessions.
///
/// `own` is the commit that the repository's own branch is at.
fn state(tips: &[CommitId], view: &View, own: Option<CommitId>) -> String {
    let mut ids: Vec<String> = tips.iter().map(CommitId::to_string).collect();
    ids.sort();
    let others = view.sources.iter().filter(|source| !is_own(source));
    let branches = own.into_iter().chain(others.map(|source| source.branch.commit()));
    ids.extend(branches.map(|commit| commit.to_string()));
    ContentId::of(ids.join("\n").as_bytes()).to_string()
}

fn own_commit(view: &View) -> Option<CommitId> {
    view.sources.iter().find(|source| is_own(source)).map(|source| source.branch.commit())
}

fn is_own(source: &Source) -> bool {
    matches!(source.origin, Origin::Repository(_))
}

/// Returns whether the branch was at a commit that is no more among those before it, as far as is looked: it was set
/// back, or healed.
fn went_back(history: &History, folder: &Path, own: Option<CommitId>) -> Result<bool> {
    let done = fs::read_to_string(folder.join(DONE)).unwrap_or_else(|_missing| String::new());
    let Some(known) = done.lines().nth(1).and_then(|known| known.parse::<CommitId>().ok()) else {
        return Ok(false);
    };
    let mut next = own;
    for _ in 0..MOST_STEPS {
        match next {
            Some(commit) if commit == known => return Ok(false),
            // A merge has what is looked for behind any of its parents.
            Some(commit) => {
                let parents =
                    history.commit(commit)?.map_or_else(Vec::new, |commit| commit.parents);
                if parents.contains(&known) {
                    return Ok(false);
                }
                next = parents.first().copied();
            }
            None => break,
        }
    }
    Ok(true)
}

fn is_done(folder: &Path, state: &str) -> bool {
    // What cannot be read is not done.
    let done = fs::read_to_string(folder.join(DONE));
    done.is_ok_and(|done| done.lines().next() == Some(state))
}

/// Remembers the state, and the commit that the repository's own branch is at.
fn remember_done(folder: &Path, state: &str, own: Option<&str>) -> Result<()> {
    let path = folder.join(DONE);
    let text = format!("{state}\n{}\n", own.unwrap_or(""));
    notes::replace(&path, text.as_bytes()).map_err(Error::io("write", path))
}
