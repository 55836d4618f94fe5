//! The write protocol: old state or new state, nothing between.
//!
//! What is to be written is prepared outside the lock. Under it: clear what a dead writer left, read the tip, let the
//! caller change the trees on the way, write everything new as one pack that git must keep, move the ref by
//! compare-and-swap, read back, release the pack. Whoever else moved the ref meanwhile, it starts again from the tip.

use crate::folder::Folder;
use crate::layout::{BRANCH, README, README_TEXT};
use crate::lock::{Deadline, Lock};
use crate::object::{Deflate, Object};
use crate::pack::{self, Pack};
use crate::refs::{IDENTITY, Tip, Update, Value};
use crate::tree::Node;
use crate::{Branch, CommitId, Entry, Error, Result, Store, repack, setting};
use gix::ObjectId;
use gix::objs::Kind;
use opensession_hail::Timestamp;
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::time::Duration;

/// A file that is gone that often did not just get in somebody's way.
const MAX_VANISHED: u32 = 5;

/// What one commit changes, beside the trees that were changed in the [`Folder`].
pub(crate) struct Change<'o> {
    /// The new objects that the trees name.
    pub(crate) objects: Vec<&'o Object>,
    /// The commit's message, its `\n` included.
    pub(crate) message: String,
    /// A session to read back.
    pub(crate) sample: Option<Entry>,
    /// What the commit comes after.
    pub(crate) after: After,
}

/// What a commit comes after.
pub(crate) enum After {
    /// The tip.
    Tip,
    /// What it names: both histories of a join, or none where a new one begins.
    Others(Joint),
}

/// The histories that a commit continues.
pub(crate) struct Joint {
    /// The parents of the commit.
    pub(crate) parents: Vec<ObjectId>,
    /// The time of the commit, in seconds since 1970.
    pub(crate) seconds: i64,
    /// The commit, and its tree, that needs none behind it where its state is the joined one.
    pub(crate) enough: Option<(ObjectId, ObjectId)>,
}

/// What a write did to the branch.
#[derive(Default)]
pub(crate) struct Published {
    /// The new tip; `None` where the trees are as they were.
    pub(crate) commit: Option<CommitId>,
    /// The bytes of the pack and its index.
    pub(crate) bytes: u64,
    /// Whether an older state had to stand in for what could not be read.
    pub(crate) healed: bool,
}

/// Puts what `plan` says on the branch, in one commit.
///
/// `plan` gets the tip and the root of its trees, changes the trees, and says what else is new; `None` where there is
/// nothing to write. It is asked again, with a new tip, whenever somebody else was faster. Where only objects are new
/// and no tree changed, they are written without a commit.
pub(crate) fn publish<'o>(
    store: &Store,
    at: Timestamp,
    deadline: Deadline,
    mut plan: impl FnMut(Option<&Tip>, &mut Folder) -> Result<Option<Change<'o>>>,
) -> Result<Published> {
    let _lock = Lock::acquire(&store.work_folder(), deadline)?;
    let mut attempt = 0;
    let mut healed = false;
    loop {
        match publish_once(store, at, &mut plan) {
            Ok(Attempt::Done(published)) => {
                return Ok(Published { healed: healed || published.healed, ..published });
            }
            Ok(Attempt::Lost) => {}
            Ok(Attempt::Healed) => healed = true,
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

/// Clears what a dead writer left where there is nothing to write: it may have been killed after the ref moved. Waits
/// for others that write until `limit` has passed.
pub(crate) fn clear(store: &Store, limit: Duration) -> Result<()> {
    let work = store.work_folder();
    // A living writer clears up itself, and what cannot be locked cannot be cleared either.
    let Ok(_lock) = Lock::acquire(&work, Deadline::new(limit)) else {
        return Ok(());
    };
    store.refs.clear(&work)?;
    setting::clear(store)?;
    pack::clear(&store.packs()).map(drop)
}

/// How one attempt ended.
enum Attempt {
    Done(Published),
    /// The ref moved meanwhile.
    Lost,
    /// The ref was set back to a tip that can be read.
    Healed,
}

fn publish_once<'o>(
    store: &Store,
    at: Timestamp,
    plan: &mut impl FnMut(Option<&Tip>, &mut Folder) -> Result<Option<Change<'o>>>,
) -> Result<Attempt> {
    let work = store.work_folder();
    store.refs.clear(&work)?;
    setting::clear(store)?;
    // A pack of every attempt would stay, and there may be thousands of them until the lock is gone.
    if store.refs.is_locked()? {
        return Ok(Attempt::Lost);
    }
    let packs = pack::clear(&store.packs())?;
    let seconds = at.as_millis().div_euclid(1000).max(0);
    let seen = store.refs.value()?;
    let tip = store.refs.tip(&store.odb, &seen)?;
    if let Some(Tip { commit, damage: Some(_), .. }) = tip {
        let update = store.refs.heal(&work, &seen, commit, seconds)?;
        return Ok(if update == Update::Done { Attempt::Healed } else { Attempt::Lost });
    }
    let mut root = match &tip {
        Some(tip) => Folder::root(store, tip.tree)?,
        None => Folder::default(),
    };
    let Some(change) = plan(tip.as_ref(), &mut root)? else {
        return Ok(Attempt::Done(Published::default()));
    };
    let healed = root.is_healed();
    let mut trees = Vec::new();
    if root.tree.get(README).is_none() {
        let readme =
            Object::encode_blob(store.hash(), README_TEXT.as_bytes(), Deflate::Best, README)?;
        root.tree.insert(README, Node::blob(readme.id));
        trees.push(readme);
    }
    let tree = root.write(store.hash(), &mut trees)?;
    let (parents, committed) = match change.after {
        After::Others(Joint { enough: Some((commit, whole)), .. }) if whole == tree => {
            return forward(store, &seen, commit, seconds);
        }
        After::Others(Joint { parents, seconds, .. }) => (parents, seconds),
        After::Tip => (tip.iter().map(|tip| tip.commit).collect(), seconds),
    };
    if tip.as_ref().is_some_and(|tip| tip.tree == tree && parents == [tip.commit]) {
        let pack =
            Pack::write(&store.packs(), store.hash(), &distinct(change.objects.into_iter()))?;
        let bytes = pack.bytes;
        pack.release()?;
        return Ok(Attempt::Done(Published { commit: None, bytes, healed }));
    }
    let commit = encode_commit(store.hash(), tree, &parents, committed, &change.message)?;
    let id = commit.id;
    trees.insert(0, commit);
    let objects = distinct(trees.iter().chain(change.objects.iter().copied()));
    let pack = Pack::write(&store.packs(), store.hash(), &objects)?;
    let bytes = pack.bytes;
    let outcome = store.refs.publish(&work, &seen, id, seconds);
    let outcome = outcome.and_then(|update| match update {
        Update::Done => read_back(store, id, change.sample.as_ref()).map(|()| update),
        Update::Lost => Ok(update),
    });
    pack.release()?;
    if outcome? == Update::Lost {
        return Ok(Attempt::Lost);
    }
    repack::start_where_needed(store, packs + 1);
    Ok(Attempt::Done(Published { commit: Some(CommitId(id)), bytes, healed }))
}

/// Moves the branch to a commit that is there already.
fn forward(store: &Store, seen: &Value, commit: ObjectId, seconds: i64) -> Result<Attempt> {
    if *seen == Value::Id(commit) {
        return Ok(Attempt::Done(Published::default()));
    }
    let update = store.refs.publish(&store.work_folder(), seen, commit, seconds)?;
    if update == Update::Lost {
        return Ok(Attempt::Lost);
    }
    read_back(store, commit, None)?;
    Ok(Attempt::Done(Published { commit: Some(CommitId(commit)), ..Published::default() }))
}

/// Returns each object once.
fn distinct<'o>(objects: impl Iterator<Item = &'o Object>) -> Vec<&'o Object> {
    let mut ids = BTreeSet::new();
    objects.filter(|object| ids.insert(object.id)).collect()
}

fn encode_commit(
    hash: gix::hash::Kind,
    tree: ObjectId,
    parents: &[ObjectId],
    seconds: i64,
    message: &str,
) -> Result<Object> {
    let parent: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
    let who = format!("{IDENTITY} {seconds} +0000");
    let text = format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\n{message}");
    Object::encode(hash, Kind::Commit, text.as_bytes(), Deflate::Best)
}

/// Reads what was just written the way a reader does: commit, tree, a session's manifest and its last segment.
fn read_back(store: &Store, commit: ObjectId, sample: Option<&Entry>) -> Result<()> {
    let Some(tip) = store.refs.tip(&store.odb, &Value::Id(commit))? else {
        return Ok(());
    };
    if tip.commit != commit {
        return Err(Error::corrupt(format!("commit {commit}"), "cannot be read back"));
    }
    let Some(entry) = sample else {
        return Ok(());
    };
    let branch = Branch::new(store, tip);
    let manifest = branch.manifest(entry)?;
    if let Some(last) = manifest.segments.last() {
        branch.segment(entry, last)?;
    }
    Ok(())
}
