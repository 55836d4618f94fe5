//! The write protocol: old state or new state, nothing between.
//!
//! Sessions are staged outside the lock. Under it: clear what a dead writer left, read the tip, build the trees on the
//! way to the sessions and the commit, write everything new as one pack that git must keep, move the ref by
//! compare-and-swap, read back, release the pack. Whoever else moved the ref meanwhile, it starts again from the tip.

use crate::folder::Folder;
use crate::layout::{BRANCH, README, README_TEXT};
use crate::lock::{Deadline, Lock};
use crate::object::{Deflate, Object};
use crate::pack::{self, Pack};
use crate::refs::{IDENTITY, Tip, Update, Value};
use crate::stage::{Staged, stage};
use crate::tree::Node;
use crate::{Branch, CommitId, Draft, Entry, Error, Result, Store, Written, repack};
use gix::ObjectId;
use gix::objs::Kind;
use opensession_hail::{SessionKey, Timestamp};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::time::Duration;

/// A file that is gone that often did not just get in somebody's way.
const MAX_VANISHED: u32 = 5;

/// Puts `drafts` on the branch. See [`Store::write`].
pub(crate) fn write(
    store: &Store,
    drafts: Vec<Draft>,
    at: Timestamp,
    limit: Duration,
) -> Result<Written> {
    let deadline = Deadline::new(limit);
    let mut written = Written::default();
    let mut staged = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let key = draft.key.clone();
        match stage(store, draft) {
            Ok(session) => staged.push(session),
            Err(error) => written.failed.push((key, error)),
        }
    }
    if staged.is_empty() {
        clear(store)?;
        return Ok(written);
    }
    let _lock = Lock::acquire(&store.work_folder(), deadline)?;
    let mut attempt = 0;
    loop {
        match publish(store, &staged, at) {
            Ok(Some(Published { plan, commit, bytes })) => {
                written.commit = commit;
                written.bytes = bytes;
                written.stored = plan.stored;
                written.stale = plan.stale;
                written.failed.extend(plan.failed);
                return Ok(written);
            }
            Ok(None) => {}
            // Somebody removed a file of ours: everything to write is still in memory.
            Err(Error::Io { source, .. })
                if source.kind() == ErrorKind::NotFound && attempt < MAX_VANISHED => {}
            Err(error) => return Err(error),
        }
        attempt += 1;
        if !deadline.wait(attempt) {
            return Err(Error::Busy(store.git_dir().join(BRANCH)));
        }
    }
}

/// Clears what a dead writer left where there is nothing to write: it may have been killed after the ref moved.
fn clear(store: &Store) -> Result<()> {
    let work = store.work_folder();
    // A living writer clears up itself, and what cannot be locked cannot be cleared either.
    let Ok(_lock) = Lock::acquire(&work, Deadline::new(Duration::ZERO)) else {
        return Ok(());
    };
    store.refs.clear(&work)?;
    pack::clear(&store.packs()).map(drop)
}

/// What one attempt published.
struct Published {
    plan: Plan,
    commit: Option<CommitId>,
    bytes: u64,
}

/// Tries once; `None` where the ref moved meanwhile, or had to be healed first.
fn publish(store: &Store, staged: &[Staged], at: Timestamp) -> Result<Option<Published>> {
    let work = store.work_folder();
    store.refs.clear(&work)?;
    // A pack of every attempt would stay, and there may be thousands of them until the lock is gone.
    if store.refs.is_locked()? {
        return Ok(None);
    }
    let packs = pack::clear(&store.packs())?;
    let seconds = at.as_millis().div_euclid(1000).max(0);
    let seen = store.refs.value()?;
    let tip = store.refs.tip(&store.odb, &seen)?;
    if let Some(Tip { commit, damage: Some(_), .. }) = tip {
        store.refs.heal(&work, &seen, commit, seconds)?;
        return Ok(None);
    }
    let plan = Plan::new(store, tip.as_ref(), staged)?;
    if plan.trees.is_empty() {
        return Ok(Some(Published { plan, commit: None, bytes: 0 }));
    }
    let parent = tip.map(|tip| tip.commit);
    let message = plan.message(staged);
    let commit = encode_commit(store.hash(), plan.root, parent, seconds, &message)?;
    let pack = Pack::write(&store.packs(), store.hash(), &plan.all_objects(&commit, staged))?;
    let bytes = pack.bytes;
    let outcome = store.refs.publish(&work, &seen, commit.id, seconds);
    let outcome = outcome.and_then(|update| match update {
        Update::Done => read_back(store, commit.id, &plan).map(|()| update),
        Update::Lost => Ok(update),
    });
    pack.release()?;
    if outcome? == Update::Lost {
        return Ok(None);
    }
    repack::start_where_needed(store, packs + 1);
    Ok(Some(Published { plan, commit: Some(CommitId(commit.id)), bytes }))
}

/// What a commit on top of a certain tip changes.
struct Plan {
    root: ObjectId,
    /// The trees on the way to the sessions; none where nothing changes.
    trees: Vec<Object>,
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
    fn new(store: &Store, tip: Option<&Tip>, staged: &[Staged]) -> Result<Self> {
        let mut root = match tip {
            Some(tip) => Folder::root(store, tip.tree)?,
            None => Folder::default(),
        };
        let mut plan = Self {
            root: ObjectId::null(store.hash()),
            trees: Vec::new(),
            chosen: Vec::new(),
            stored: Vec::new(),
            stale: Vec::new(),
            failed: Vec::new(),
        };
        for (index, session) in staged.iter().enumerate() {
            match place(store, &mut root, session) {
                Ok(Fit::New) => {
                    plan.chosen.push(index);
                    plan.stored.push(session.entry());
                }
                Ok(Fit::Same) => plan.stored.push(session.entry()),
                Ok(Fit::Stale) => plan.stale.push(session.key.clone()),
                Err(error) => plan.failed.push((session.key.clone(), error)),
            }
        }
        if plan.chosen.is_empty() {
            return Ok(plan);
        }
        if root.tree.get(README).is_none() {
            let readme =
                Object::encode_blob(store.hash(), README_TEXT.as_bytes(), Deflate::Best, README)?;
            root.tree.insert(README, Node::blob(readme.id));
            plan.trees.push(readme);
        }
        plan.root = root.write(store.hash(), &mut plan.trees)?;
        Ok(plan)
    }

    /// Returns everything that goes into the pack, each object once.
    fn all_objects<'a>(&'a self, commit: &'a Object, staged: &'a [Staged]) -> Vec<&'a Object> {
        let sessions = self.chosen.iter().filter_map(|index| staged.get(*index));
        let all = std::iter::once(commit).chain(&self.trees);
        let all = all.chain(sessions.flat_map(|session| &session.objects));
        let mut ids = BTreeSet::new();
        all.filter(|object| ids.insert(object.id)).collect()
    }

    fn message(&self, staged: &[Staged]) -> String {
        let chosen: Vec<&Staged> =
            self.chosen.iter().filter_map(|index| staged.get(*index)).collect();
        match chosen[..] {
            [session] => format!("capture {}\n", session.key),
            _ => format!("capture {} sessions\n", chosen.len()),
        }
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

fn encode_commit(
    hash: gix::hash::Kind,
    tree: ObjectId,
    parent: Option<ObjectId>,
    seconds: i64,
    message: &str,
) -> Result<Object> {
    let parent = parent.map(|parent| format!("parent {parent}\n")).unwrap_or_default();
    let who = format!("{IDENTITY} {seconds} +0000");
    let text = format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\n{message}");
    Object::encode(hash, Kind::Commit, text.as_bytes(), Deflate::Best)
}

/// Reads what was just written the way a reader does: commit, tree, a session's manifest and its last segment.
fn read_back(store: &Store, commit: ObjectId, plan: &Plan) -> Result<()> {
    let Some(tip) = store.refs.tip(&store.odb, &Value::Id(commit))? else {
        return Ok(());
    };
    if tip.commit != commit {
        return Err(Error::corrupt(format!("commit {commit}"), "cannot be read back"));
    }
    let branch = Branch::new(store, tip);
    let Some(entry) = plan.stored.first() else {
        return Ok(());
    };
    let manifest = branch.manifest(entry)?;
    if let Some(last) = manifest.segments.last() {
        branch.segment(entry, last)?;
    }
    Ok(())
}
