//! Pushing in pieces what no remote takes at once: older commits of the branch first.

use super::connection::Connection;
use crate::{CommitId, Error, Result, Store, git};
use gix::ObjectId;
use gix::objs::Kind;
use std::collections::HashMap;

impl Connection<'_> {
    /// Returns the commits to push one after the other, so that none sends more than the limit, as far as the disk
    /// tells: the last one is `tip`, and each continues the one before, the first one what the remote has.
    ///
    /// Where all packs together are smaller, which mostly holds, nobody is asked and nothing is measured.
    ///
    /// # Errors
    /// [`Error::TooLarge`] where one commit alone would send more; [`Error::Refused`].
    pub(super) fn pieces(&mut self, tip: CommitId) -> Result<Vec<CommitId>> {
        let (_packs, bytes) = self.store.packed()?;
        if bytes <= self.limits.sent {
            return Ok(vec![tip]);
        }
        let theirs = self.tip()?;
        let is_here = |id: &ObjectId| self.store.odb.find(*id, Kind::Commit).map(|it| it.is_some());
        let known = match theirs {
            Some(theirs) if is_here(&theirs)? => Some(CommitId(theirs)),
            _ => None,
        };
        cut(self.store, tip, known, self.limits.sent)
    }
}

/// Returns the commits of which each sends at most `limit` bytes to who has the one before, the first one to who has
/// `known`.
fn cut(store: &Store, tip: CommitId, known: Option<CommitId>, limit: u64) -> Result<Vec<CommitId>> {
    if sent(store, tip, known)? <= limit {
        return Ok(vec![tip]);
    }
    let chain = chain(store, tip, known)?;
    let mut pieces = Vec::new();
    let mut rest = &chain[..];
    let mut known = known;
    while let Some(first) = rest.first() {
        // So many of them are known to fit, and so many not to.
        let (mut fit, mut excess) = (0, rest.len() + 1);
        while excess - fit > 1 {
            let middle = usize::midpoint(fit, excess);
            let Some(last) = middle.checked_sub(1).and_then(|last| rest.get(last)) else { break };
            match sent(store, *last, known)? <= limit {
                true => fit = middle,
                false => excess = middle,
            }
        }
        let (piece, behind) = rest.split_at(fit);
        let Some(piece) = piece.last() else {
            let bytes = sent(store, *first, known)?;
            return Err(Error::TooLarge { commit: *first, bytes, limit });
        };
        pieces.push(*piece);
        known = Some(*piece);
        rest = behind;
    }
    Ok(pieces)
}

/// Returns about how many bytes a push of `tip` sends to who has `known`.
fn sent(store: &Store, tip: CommitId, known: Option<CommitId>) -> Result<u64> {
    let known = known.map(|known| format!("^{known}"));
    let tip = tip.to_string();
    store.weight(&[&[tip.as_str()][..], known.as_deref().as_slice()].concat())
}

/// Returns the longest way to `tip` in its history, the oldest commit first: from a root, or from `known` on. Each commit
/// continues the one before.
fn chain(store: &Store, tip: CommitId, known: Option<CommitId>) -> Result<Vec<CommitId>> {
    let tip = tip.to_string();
    let known = known.map(|known| format!("^{known}"));
    let mut arguments = vec!["rev-list", "--parents", "--topo-order", "--reverse"];
    if let Some(known) = &known {
        // Only what continues that can be pushed.
        arguments.extend(["--ancestry-path", known.as_str()]);
    }
    arguments.push(&tip);
    let listed = git::run(store.git_dir(), &arguments, b"")?.success()?;
    let listed = String::from_utf8_lossy(&listed);
    // How many commits lead to each, and the last of them.
    let mut ways: HashMap<&str, (usize, Option<&str>)> = HashMap::new();
    for line in listed.lines() {
        let mut ids = line.split(' ');
        let Some(commit) = ids.next() else { continue };
        let way = |parent| ways.get(parent).map(|(length, _before)| (length + 1, Some(parent)));
        let longest = ids.filter_map(way).max().unwrap_or((0, None));
        ways.insert(commit, longest);
    }
    let mut chain = Vec::new();
    let mut at = Some(tip.as_str());
    while let Some(commit) = at {
        chain.push(commit.parse()?);
        at = ways.get(commit).and_then(|(_length, before)| *before);
    }
    chain.reverse();
    Ok(chain)
}
