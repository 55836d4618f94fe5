//! Links: which commits of the repository hold edits of which sessions.
//!
//! A link is a small file `v1/links/<2 hex>/<commit>/<session key>`, so that the sessions of a commit are found without
//! any index, and two machines that find different links write different files.

mod file;

use crate::folder::Folder;
use crate::layout::{self, FORMAT_NUMBER};
use crate::lock::Deadline;
use crate::object::{Deflate, Object};
use crate::publish::{After, Change, Published, publish};
use crate::tree::{Node, Tree};
use crate::{Branch, CommitId, Error, Result, Store, tombstone};
use file::{LinkFile, encode, parse};
use opensession_hail::{EventId, Members, SessionKey, Timestamp};
use opensession_redact::Redacted;
use std::collections::BTreeSet;
use std::time::Duration;

pub(crate) use file::rank;

/// A commit of the repository that holds edits of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The commit.
    pub commit: CommitId,
    /// The session. It may be on another machine's branch only.
    pub session: SessionKey,
    /// The last event before the commit.
    pub event: EventId,
    /// The files with such edits, relative to the root of the repository, sorted.
    pub files: Vec<String>,
    /// Members that this version does not know; they are kept when the link is written again.
    pub unknown: Members,
}

/// A link as it shall stand on the branch. It replaces one of the same commit and session.
#[derive(Clone, Debug)]
pub struct LinkDraft {
    /// The commit.
    pub commit: CommitId,
    /// The session; it need not be on the branch.
    pub session: SessionKey,
    /// The last event before the commit.
    pub event: EventId,
    /// The files, relative to the root of the repository, in any order.
    pub files: Vec<Redacted<String>>,
}

/// What linking did.
#[derive(Debug, Default)]
pub struct Linked {
    /// The new tip of the branch; `None` where all links stood there already.
    pub commit: Option<CommitId>,
    /// How many links are new or changed.
    pub links: usize,
    /// The links that cannot be stored, and why.
    pub failed: Vec<(CommitId, SessionKey, Error)>,
    /// The bytes of the pack and its index; 0 where nothing was written.
    pub bytes: u64,
    /// As for [`Written`](crate::Written).
    pub healed: bool,
}

/// A link, ready to be put on the branch.
struct StagedLink {
    commit: CommitId,
    session: SessionKey,
    generation: u64,
    file: Object,
}

impl Store {
    /// Puts `links` on the branch: one commit, or none where nothing changes.
    ///
    /// `at` is the time of the commit. The call waits for other writers until `deadline` has passed.
    ///
    /// # Errors
    /// As for [`Store::write`].
    pub fn link(&self, links: Vec<LinkDraft>, at: Timestamp, deadline: Duration) -> Result<Linked> {
        let deadline = Deadline::new(deadline);
        let mut linked = Linked::default();
        let branch = self.branch()?;
        let mut staged = Vec::with_capacity(links.len());
        for link in links {
            let (commit, session) = (link.commit, link.session.clone());
            match stage(self, branch.as_ref(), link) {
                Ok((generation, file)) => {
                    staged.push(StagedLink { commit, session, generation, file });
                }
                Err(error) => linked.failed.push((commit, session, error)),
            }
        }
        if staged.is_empty() {
            return Ok(linked);
        }
        let mut failed = Vec::new();
        let published = publish(self, at, deadline, |_tip, root| {
            failed.clear();
            let mut chosen = Vec::new();
            for link in &staged {
                match place(self, root, link) {
                    Ok(true) => chosen.push(link),
                    Ok(false) => {}
                    Err(error) => failed.push((link.commit, link.session.clone(), error)),
                }
            }
            linked.links = chosen.len();
            Ok(change(&chosen))
        })?;
        linked.failed.append(&mut failed);
        let Published { commit, bytes, healed } = published;
        Ok(Linked { commit, bytes, healed, ..linked })
    }
}

impl Branch {
    /// Returns the links of a commit, by session.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a tree or a link that cannot be read, [`Error::Unsupported`] for a newer format.
    pub fn links_of(&self, commit: CommitId) -> Result<Vec<Link>> {
        let Some(folder) = self.tree_at(&layout::links_path(commit))? else {
            return Ok(Vec::new());
        };
        folder.iter().filter_map(|(name, node)| self.link(commit, name, node)).collect()
    }

    /// Returns the commits with links whose hex digits begin with `prefix`, sorted. Only the trees that may hold one
    /// are read.
    ///
    /// # Errors
    /// [`Error::Invalid`] for fewer than two digits, or anything else than lower-case hex digits; [`Error::Corrupt`]
    /// for a tree that cannot be read.
    pub fn linked(&self, prefix: &str) -> Result<Vec<CommitId>> {
        let first: String = prefix.chars().take(2).collect();
        if !layout::is_hex(prefix) || first.len() < 2 {
            return Err(Error::invalid(prefix, "is no beginning of a commit id"));
        }
        let folder = self.tree_at(&layout::links_folder(Some(&first)))?.unwrap_or_default();
        let mut commits = commits_in(&folder);
        commits.retain(|commit| commit.to_string().starts_with(prefix));
        Ok(commits)
    }

    /// Returns all links, by commit and session. What cannot be read is an error, and the next item is the link, or
    /// the commit, behind it.
    pub fn links(&self) -> impl Iterator<Item = Result<Link>> + '_ {
        let top = self.tree_at(&layout::links_folder(None));
        let (top, failure) = match top {
            Ok(top) => (top.unwrap_or_default(), None),
            Err(error) => (Tree::default(), Some(Err(error))),
        };
        let names: Vec<String> = top
            .iter()
            .filter_map(|(name, _node)| str::from_utf8(name).ok().map(str::to_owned))
            .filter(|name| name.len() == 2 && layout::is_hex(name))
            .collect();
        let commits = names.into_iter().flat_map(|name| self.commits_under(&name));
        let links = commits.flat_map(|commit| match commit.map(|commit| self.each_link(commit)) {
            Ok(links) => links,
            Err(error) => vec![Err(error)],
        });
        failure.into_iter().chain(links)
    }

    /// Returns the commits in the folder for those that begin with `digits`; one that stands in the wrong folder, where
    /// nobody finds it, is an error.
    fn commits_under(&self, digits: &str) -> Vec<Result<CommitId>> {
        let folder = match self.tree_at(&layout::links_folder(Some(digits))) {
            Ok(folder) => folder.unwrap_or_default(),
            Err(error) => return vec![Err(error)],
        };
        let check = |commit: CommitId| match commit.to_string().starts_with(digits) {
            true => Ok(commit),
            false => Err(Error::corrupt(
                layout::links_path(commit).join("/"),
                format!("stands under {digits}"),
            )),
        };
        commits_in(&folder).into_iter().map(check).collect()
    }

    fn each_link(&self, commit: CommitId) -> Vec<Result<Link>> {
        match self.tree_at(&layout::links_path(commit)) {
            Ok(folder) => {
                let folder = folder.unwrap_or_default();
                folder.iter().filter_map(|(name, node)| self.link(commit, name, node)).collect()
            }
            Err(error) => vec![Err(error)],
        }
    }

    /// Returns the link that stands as `node` under `name`; `None` where that is no link: a newer version may have
    /// put something else there.
    fn link(&self, commit: CommitId, name: &[u8], node: Node) -> Option<Result<Link>> {
        let session = layout::session_key(name).filter(|_key| node.mode.is_blob())?;
        let path = layout::link_path(commit, &session);
        let read = self.read_blob(node.id).and_then(|bytes| parse(&bytes, &path));
        let read = read.map_err(|error| match error {
            Error::Corrupt { reason, .. } => Error::corrupt(&path, reason),
            other => other,
        });
        Some(read.map(|LinkFile { event, files, unknown, .. }| Link {
            commit,
            session,
            event,
            files,
            unknown,
        }))
    }
}

/// Returns the file of a link, and its generation; what an older file holds that this version does not know is kept.
fn stage(store: &Store, branch: Option<&Branch>, link: LinkDraft) -> Result<(u64, Object)> {
    let LinkDraft { commit, session, event, files } = link;
    let older = match branch {
        Some(branch) => branch.links_of(commit),
        None => Ok(Vec::new()),
    };
    let older = match older {
        Ok(older) => older,
        // A damaged link is replaced by a whole one.
        Err(Error::Corrupt { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    let unknown = older.into_iter().find(|older| older.session == session);
    let unknown = unknown.map(|older| older.unknown).unwrap_or_default();
    let forgotten = branch.map_or(Ok(None), |branch| branch.tombstone(&session))?;
    let generation = match (branch, forgotten) {
        (Some(branch), Some(forgotten)) if !branch.versions(&session)?.is_empty() => forgotten + 1,
        // Where the session was not restored, the link is not put on the branch either.
        _ => 0,
    };
    let files: BTreeSet<String> = files.into_iter().map(Redacted::into_inner).collect();
    let files = files.into_iter().collect();
    let file = LinkFile { format: FORMAT_NUMBER, event, files, generation, unknown };
    let path = layout::link_path(commit, &session);
    let file = Object::encode_blob(store.hash(), encode(&file).as_bytes(), Deflate::Best, &path)?;
    Ok((generation, file))
}

/// Puts a link into its tree; `false` where it stands there already, or where its session was forgotten.
fn place(store: &Store, root: &mut Folder, link: &StagedLink) -> Result<bool> {
    let forgotten = tombstone::standing(store, root, &link.session)?;
    if forgotten.is_some_and(|generation| link.generation <= generation) {
        return Ok(false);
    }
    let folder = root.open(store, &layout::links_path(link.commit))?;
    let node = Node::blob(link.file.id);
    if folder.tree.get(link.session.as_str()) == Some(node) {
        return Ok(false);
    }
    folder.tree.insert(link.session.as_str(), node);
    Ok(true)
}

fn change<'o>(chosen: &[&'o StagedLink]) -> Option<Change<'o>> {
    let commits: BTreeSet<CommitId> = chosen.iter().map(|link| link.commit).collect();
    let message = match commits.len() {
        0 => return None,
        1 => "link 1 commit\n".to_owned(),
        several => format!("link {several} commits\n"),
    };
    let objects = chosen.iter().map(|link| &link.file).collect();
    Some(Change { objects, message, sample: None, after: After::Tip })
}

/// Returns the commits that the trees in `folder` are named by, sorted.
fn commits_in(folder: &Tree) -> Vec<CommitId> {
    let folders = folder.iter().filter(|(_name, node)| node.mode.is_tree());
    folders.filter_map(|(name, _node)| layout::linked_commit(name)).collect()
}
