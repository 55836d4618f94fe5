//! Writing sessions: which of the staged ones go on the branch, and which are taken off it, held against what stands
//! there by then.

use crate::folder::Folder;
use crate::lock::Deadline;
use crate::object::Object;
use crate::publish::{After, Change, Published, clear, publish};
use crate::refs::Tip;
use crate::since::Since;
use crate::stage::{Staged, stage};
use crate::tree::Node;
use crate::{Changes, Entry, Error, Result, Store, Written, tombstone};
use opensession_hail::{SessionKey, Timestamp};
use std::collections::HashSet;
use std::time::Duration;

/// Makes `changes` on the branch. See [`Store::write`].
pub(crate) fn write(
    store: &Store,
    changes: Changes,
    at: Timestamp,
    limit: Duration,
) -> Result<Written> {
    let deadline = Deadline::new(limit);
    let Changes { drafts, removals } = changes;
    let mut failed = Vec::new();
    let mut staged = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let key = draft.key.clone();
        match stage(store, draft) {
            Ok(session) => staged.push(session),
            Err(error) => failed.push((key, error)),
        }
    }
    let unwritten: HashSet<SessionKey> = failed.iter().map(|(key, _error)| key.main()).collect();
    let (kept, removals): (Vec<Entry>, Vec<Entry>) =
        removals.into_iter().partition(|entry| unwritten.contains(&entry.key.main()));
    let mut written = put(store, &Puts { staged, removals, verb: "capture" }, at, deadline)?;
    written.failed.append(&mut failed);
    written.stale.extend(kept.into_iter().map(|entry| entry.key));
    Ok(written)
}

/// Sessions to be put on the branch, and others to be taken off it.
pub(crate) struct Puts {
    /// The sessions to write.
    pub(crate) staged: Vec<Staged>,
    /// The sessions to remove.
    pub(crate) removals: Vec<Entry>,
    /// What the commit's message begins with.
    pub(crate) verb: &'static str,
}

/// Puts staged sessions on the branch.
pub(crate) fn put(
    store: &Store,
    puts: &Puts,
    at: Timestamp,
    deadline: Deadline,
) -> Result<Written> {
    if puts.staged.is_empty() && puts.removals.is_empty() {
        clear(store, Duration::ZERO)?;
        return Ok(Written::default());
    }
    let mut plan = Plan::default();
    let published = publish(store, at, deadline, |tip, root| {
        plan = Plan::new(store, tip, root, puts);
        Ok(plan.change(puts))
    })?;
    let Published { commit, bytes, healed } = published;
    let Plan { stored, stale, forgotten, failed, .. } = plan;
    Ok(Written { commit, stored, stale, forgotten, failed, bytes, healed })
}

/// What a commit on top of a certain tip changes.
#[derive(Default)]
struct Plan {
    /// Which of the staged sessions are written.
    chosen: Vec<usize>,
    removed: usize,
    stored: Vec<Entry>,
    stale: Vec<SessionKey>,
    forgotten: Vec<SessionKey>,
    failed: Vec<(SessionKey, Error)>,
}

/// How a staged session, or a removal, fits to what stands on the branch.
enum Fit {
    /// It is written, or removed.
    New,
    /// It stands there, or is gone, already.
    Same,
    /// Something else stands there than what it was computed from.
    Stale,
    /// A tombstone says that the session is not wanted.
    Forgotten,
}

impl Plan {
    /// Puts the staged sessions that fit into the trees below `root`, and takes out those to be removed.
    fn new(store: &Store, tip: Option<&Tip>, root: &mut Folder, puts: &Puts) -> Self {
        let mut plan = Self::default();
        let mut since = Since::default();
        for (index, session) in puts.staged.iter().enumerate() {
            match place(store, tip, root, session, &mut since) {
                Ok(Fit::New) => {
                    plan.chosen.push(index);
                    plan.stored.push(session.entry());
                }
                Ok(Fit::Same) => {
                    // The same bytes are the same objects: sound copies stand beside the damaged ones.
                    if session.whole
                        && session.objects.iter().any(|object| is_damaged(store, object))
                    {
                        plan.chosen.push(index);
                    }
                    plan.stored.push(session.entry());
                }
                Ok(Fit::Stale) => plan.stale.push(session.key.clone()),
                Ok(Fit::Forgotten) => plan.forgotten.push(session.key.clone()),
                Err(error) => plan.failed.push((session.key.clone(), error)),
            }
        }
        let failed = plan.failed.iter().map(|(key, _error)| key);
        let unwritten: HashSet<SessionKey> =
            plan.stale.iter().chain(&plan.forgotten).chain(failed).map(SessionKey::main).collect();
        for entry in &puts.removals {
            let fit = match unwritten.contains(&entry.key.main()) {
                true => Ok(Fit::Stale),
                false => remove(store, root, entry),
            };
            match fit {
                Ok(Fit::New) => plan.removed += 1,
                Ok(Fit::Same) => {}
                Ok(Fit::Stale | Fit::Forgotten) => plan.stale.push(entry.key.clone()),
                Err(error) => plan.failed.push((entry.key.clone(), error)),
            }
        }
        plan
    }

    /// Returns what is new beside the trees; `None` where nothing changes.
    fn change<'o>(&self, puts: &'o Puts) -> Option<Change<'o>> {
        let chosen = self.chosen.iter().filter_map(|index| puts.staged.get(*index));
        let chosen: Vec<&Staged> = chosen.collect();
        let message = match (&chosen[..], self.removed) {
            ([], 0) => return None,
            ([], 1) => "remove 1 session\n".to_owned(),
            ([], removed) => format!("remove {removed} sessions\n"),
            ([session], _) => format!("{} {}\n", puts.verb, session.key),
            (several, _) => format!("{} {} sessions\n", puts.verb, several.len()),
        };
        let sample = chosen.first().map(|session| session.entry());
        let objects = chosen.into_iter().flat_map(|session| &session.objects).collect();
        Some(Change { objects, message, sample, after: After::Tip })
    }
}

/// Puts a session into the tree of its day, if what it was computed from still stands there.
fn place(
    store: &Store,
    tip: Option<&Tip>,
    root: &mut Folder,
    session: &Staged,
    since: &mut Since,
) -> Result<Fit> {
    let key = session.key.as_str();
    let forgotten = tombstone::standing(store, root, &session.key)?;
    if forgotten.is_some_and(|generation| session.generation <= generation) {
        return Ok(Fit::Forgotten);
    }
    if root.open(store, &session.day.path())?.tree.subtree(key) == Some(session.tree) {
        return Ok(Fit::Same);
    }
    let base_day = session.base.as_ref().map_or(session.day, |base| base.day);
    let expected = session.base.as_ref().map(|base| Node::tree(base.tree.0));
    if root.open(store, &base_day.path())?.tree.get(key) != expected {
        return Ok(Fit::Stale);
    }
    // A log that tells the session from another event on puts it under another day.
    if let (None, Some(tip)) = (&session.base, tip)
        && since.came(store, tip, session.seen, key)?
    {
        return Ok(Fit::Stale);
    }
    if base_day != session.day {
        root.open(store, &base_day.path())?.tree.remove(key);
    }
    root.open(store, &session.day.path())?.tree.insert(key, Node::tree(session.tree));
    Ok(Fit::New)
}

/// Returns whether no sound copy of an object that is on the branch can be read.
fn is_damaged(store: &Store, object: &Object) -> bool {
    !matches!(store.odb.find(object.id, object.kind()), Ok(Some(_bytes)))
}

/// Takes a session off its day, if it stands there as it was.
fn remove(store: &Store, root: &mut Folder, entry: &Entry) -> Result<Fit> {
    let day = &mut root.open(store, &entry.day.path())?.tree;
    match day.get(entry.key.as_str()) {
        None => Ok(Fit::Same),
        Some(node) if node == Node::tree(entry.tree.0) => {
            day.remove(entry.key.as_str());
            Ok(Fit::New)
        }
        Some(_other) => Ok(Fit::Stale),
    }
}
