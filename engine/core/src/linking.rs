//! Links of a repository's commits: what is found goes to its branch.

use crate::engine::Located;
use crate::links::{self, FoundLink, Reconcile, Rewritten, SessionSource};
use crate::queue::Waiting;
use crate::routes::Context;
use crate::view::{Origin, Source, View};
use crate::{Engine, Error, Result, Scope, memory, notes, read};
use opensession_hail::{ContentId, Timestamp, attribute};
use opensession_redact::Counts;
use opensession_store::{CommitId, LinkDraft, Manifest};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long linking waits for other writers.
const PATIENCE: Duration = Duration::from_secs(60);
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
            scope: Scope::Repository(store.git_dir().to_owned()),
        };
        let mut view = scope.view()?;
        // A session of the home store is not for the branch, and neither is its name.
        view.sources.retain(|source| source.origin != Origin::Home);
        if rewritten.is_empty() && is_done(&folder, &state(&tips, &view, own_commit(&view))) {
            return Ok(());
        }
        let sessions = sessions(&view);
        let stored = |commit: CommitId| stored_links(&view, commit);
        let history = store.history();
        let found = links::reconcile(&Reconcile {
            history: &history,
            tips: &tips,
            roots: &work_trees,
            sessions: &sessions,
            rewritten: &rewritten,
            stored: &stored,
            memory: &folder,
        })?;
        let context = Context::open(store)?;
        let linked = store_links(&context, &found.links, now)?;
        let _lock = context.store.lock(PATIENCE)?;
        found.remember()?;
        drop(sessions);
        let before = own_commit(&view);
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
        remember_done(&folder, &done)
    }

    fn links_folder(&self, git_dir: &Path) -> PathBuf {
        let name = ContentId::of(git_dir.as_os_str().as_encoded_bytes());
        self.data_dir().join(format!("linked-{}", name.short()))
    }
}

/// Returns every session of the repository.
fn sessions(view: &View) -> Vec<SessionSource<'_>> {
    let mut sessions = Vec::new();
    for found in view.newest() {
        // What is damaged is for `fsck` to name; it holds up no other session.
        let Ok(found) = found else { continue };
        let Ok(manifest) = found.manifest() else { continue };
        sessions.push(SessionSource {
            key: found.entry.key.clone(),
            tree: found.entry.tree.to_string(),
            started: manifest.header.context.created_at,
            folder: manifest.header.cwd().map(str::to_owned),
            is_copy: is_copy(&manifest),
            read: Box::new(move |each| {
                read::read_events(&found.source.branch, &found.entry, &manifest, |event| {
                    each(event);
                    true
                })
            }),
        });
    }
    sessions
}

/// Whether the session begins with a copy of another's events: as a fork, or because its tool says so.
fn is_copy(manifest: &Manifest) -> bool {
    let attributes = &manifest.header.context.attributes;
    manifest.forked_from.is_some() || attributes.str(attribute::FORKED_FROM).is_some()
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
    let redactor = context.redactor()?;
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

fn is_done(folder: &Path, state: &str) -> bool {
    // What cannot be read is not done.
    fs::read_to_string(folder.join(DONE)).is_ok_and(|done| done == state)
}

fn remember_done(folder: &Path, state: &str) -> Result<()> {
    let path = folder.join(DONE);
    notes::replace(&path, state.as_bytes()).map_err(Error::io("write", path))
}
