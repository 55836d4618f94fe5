//! What differs between two trees.

use super::{Change, History};
use crate::{BlobId, Error};
use gix::ObjectId;
use gix::objs::tree::{EntryMode, EntryRef};
use gix::objs::{Kind, TreeRefIter};
use std::cmp::Ordering;

/// More trees and files than this are no change that anybody made by hand: a few hundred bytes of git objects can
/// stand for billions of files.
const MOST: usize = 200_000;

/// Why two trees could not be compared.
pub(super) enum Failure {
    TooMany,
    Store(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// A file or a folder on one side.
type Side = Option<(EntryMode, ObjectId)>;

/// Returns the files that differ between `old` (`None` is the empty tree) and `new`, by path.
pub(super) fn diff(
    history: &History,
    old: Option<ObjectId>,
    new: ObjectId,
) -> Result<Vec<Change>, Failure> {
    let mut diff =
        Diff { open: vec![(Vec::new(), old, Some(new))], changes: Vec::new(), visited: 0 };
    while let Some((path, old, new)) = diff.open.pop() {
        if old == new {
            continue;
        }
        let read = |id: Option<ObjectId>| match id {
            Some(id) => history.odb.read(id, Kind::Tree),
            None => Ok(Vec::new()),
        };
        let (old_bytes, new_bytes) = (read(old)?, read(new)?);
        let (old, new) = (entries(history, old, &old_bytes)?, entries(history, new, &new_bytes)?);
        diff.compare(&path, &old, &new);
        if diff.visited > MOST {
            return Err(Failure::TooMany);
        }
    }
    diff.changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(diff.changes)
}

fn entries<'b>(
    history: &History,
    id: Option<ObjectId>,
    bytes: &'b [u8],
) -> Result<Vec<EntryRef<'b>>, Failure> {
    let Some(id) = id else { return Ok(Vec::new()) };
    let damaged = |error: gix::Error| Error::corrupt(format!("tree {id}"), error.to_string());
    Ok(TreeRefIter::from_bytes(bytes, history.hash).entries().map_err(damaged)?)
}

struct Diff {
    /// Folders that differ, with their paths.
    open: Vec<(Vec<u8>, Option<ObjectId>, Option<ObjectId>)>,
    changes: Vec<Change>,
    visited: usize,
}

impl Diff {
    /// Compares two lists in git's order. A file and a folder of one name stand at two places in it, so one is gone
    /// and the other new.
    fn compare(&mut self, path: &[u8], old: &[EntryRef<'_>], new: &[EntryRef<'_>]) {
        let side = |entry: &EntryRef<'_>| Some((entry.mode, entry.oid.to_owned()));
        let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (Some(a), Some(b)) => order(a, b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let gone = if order.is_le() { old.next() } else { None };
            let came = if order.is_ge() { new.next() } else { None };
            if let Some(entry) = gone.or(came) {
                self.add(path, entry.filename, gone.and_then(side), came.and_then(side));
            }
        }
    }

    fn add(&mut self, folder: &[u8], name: &[u8], old: Side, new: Side) {
        if old == new {
            return;
        }
        self.visited += 1;
        let path = match folder {
            [] => name.to_vec(),
            folder => [folder, b"/", name].concat(),
        };
        if [old, new].into_iter().flatten().any(|(mode, _id)| mode.is_tree()) {
            self.open.push((path, old.map(|(_, id)| id), new.map(|(_, id)| id)));
            return;
        }
        let path = match String::from_utf8(path) {
            Ok(path) => path,
            Err(error) => opensession_hail::visible(error.as_bytes()),
        };
        let blob = |side: Side| side.map(|(_mode, id)| BlobId(id));
        self.changes.push(Change { path, old: blob(old), new: blob(new) });
    }
}

/// Git sorts a folder as if its name ended in `/`.
fn order(a: &EntryRef<'_>, b: &EntryRef<'_>) -> Ordering {
    let end = |entry: &EntryRef<'_>| if entry.mode.is_tree() { b"/".as_slice() } else { b"" };
    a.filename.iter().chain(end(a)).cmp(b.filename.iter().chain(end(b)))
}
