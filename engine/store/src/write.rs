//! Writing sessions: which of the staged ones go on the branch, held against what stands there by then.

use crate::draft::Written;
use crate::folder::Folder;
use crate::lock::Deadline;
use crate::object::Object;
use crate::publish::{Change, Published, publish};
use crate::stage::{Staged, stage};
use crate::tree::Node;
use crate::{Draft, Entry, Error, Result, Store};
use opensession_hail::{SessionKey, Timestamp};
use std::time::Duration;

/// Puts `drafts` on the branch. See [`Store::write`].
pub(crate) fn write(
    store: &Store,
    drafts: Vec<Draft>,
    at: Timestamp,
    limit: Duration,
) -> Result<Written> {
    let deadline = Deadline::new(limit);
    let mut failed = Vec::new();
    let mut staged = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let key = draft.key.clone();
        match stage(store, draft) {
            Ok(session) => staged.push(session),
            Err(error) => failed.push((key, error)),
        }
    }
    let mut written = put(store, &staged, "capture", at, deadline)?;
    written.failed.append(&mut failed);
    Ok(written)
}

/// Puts staged sessions on the branch; `verb` begins the commit's message.
pub(crate) fn put(
    store: &Store,
    staged: &[Staged],
    verb: &str,
    at: Timestamp,
    deadline: Deadline,
) -> Result<Written> {
    if staged.is_empty() {
        return Ok(Written::default());
    }
    let mut plan = Plan::default();
    let published = publish(store, at, deadline, |_tip, root| {
        plan = Plan::new(store, root, staged);
        Ok(plan.change(staged, verb))
    })?;
    let Published { commit, bytes, healed } = published;
    let Plan { stored, stale, failed, .. } = plan;
    Ok(Written { commit, stored, stale, failed, bytes, healed })
}

/// What a commit on top of a certain tip changes.
#[derive(Default)]
struct Plan {
    /// Which of the staged sessions are written.
    chosen: Vec<usize>,
    stored: Vec<Entry>,
    stale: Vec<SessionKey>,
    failed: Vec<(SessionKey, Error)>,
}

/// How a staged session fits to what stands on the branch.
enum Fit {
    /// It is written.
    New,
    /// It stands there already.
    Same,
    /// Something else stands there than what it was computed from.
    Stale,
}

impl Plan {
    /// Puts the staged sessions that fit into the trees below `root`.
    fn new(store: &Store, root: &mut Folder, staged: &[Staged]) -> Self {
        let mut plan = Self::default();
        for (index, session) in staged.iter().enumerate() {
            match place(store, root, session) {
                Ok(Fit::New) => {
                    plan.chosen.push(index);
                    plan.stored.push(session.entry());
                }
                Ok(Fit::Same) => plan.stored.push(session.entry()),
                Ok(Fit::Stale) => plan.stale.push(session.key.clone()),
                Err(error) => plan.failed.push((session.key.clone(), error)),
            }
        }
        plan
    }

    /// Returns what is new beside the trees; `None` where nothing changes.
    fn change<'o>(&self, staged: &'o [Staged], verb: &str) -> Option<Change<'o>> {
        let chosen: Vec<&Staged> =
            self.chosen.iter().filter_map(|index| staged.get(*index)).collect();
        let message = match chosen[..] {
            [] => return None,
            [session] => format!("{verb} {}\n", session.key),
            _ => format!("{verb} {} sessions\n", chosen.len()),
        };
        let sample = chosen.first().map(|session| session.entry());
        let objects: Vec<&Object> =
            chosen.into_iter().flat_map(|session| &session.objects).collect();
        Some(Change { objects, message, sample })
    }
}

/// Puts a session into the tree of its day, if what it was computed from still stands there.
fn place(store: &Store, root: &mut Folder, session: &Staged) -> Result<Fit> {
    let key = session.key.as_str();
    if root.open(store, &session.day.path())?.tree.subtree(key) == Some(session.tree) {
        return Ok(Fit::Same);
    }
    let base_day = session.base.as_ref().map_or(session.day, |base| base.day);
    let expected = session.base.as_ref().map(|base| Node::tree(base.tree.0));
    if root.open(store, &base_day.path())?.tree.get(key) != expected {
        return Ok(Fit::Stale);
    }
    if base_day != session.day {
        root.open(store, &base_day.path())?.tree.remove(key);
    }
    root.open(store, &session.day.path())?.tree.insert(key, Node::tree(session.tree));
    Ok(Fit::New)
}
