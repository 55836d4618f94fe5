//! Replacing what is lost: trees on the way by older ones, sessions by versions that are at least as good.

use super::objects::Lost;
use super::{Origin, Repaired};
use crate::adopt::copy;
use crate::folder::Folder;
use crate::lock::Deadline;
use crate::publish::{After, Change, publish};
use crate::refs::Tip;
use crate::relation::{Relation, Version, relate};
use crate::stage::Staged;
use crate::{Branch, Entry, Error, Result, Store, layout};
use opensession_hail::Timestamp;

/// So far back an older version of a session is looked for.
const COMMITS: usize = 200;

/// Sets a ref that cannot be read to the newest tip that can, and puts older trees in the place of those that are lost.
/// A tree of which there is none is taken off the branch, and so are links that are lost.
///
/// Returns the paths below which sessions may have gone with them.
pub(super) fn heal_tip(
    store: &Store,
    at: Timestamp,
    deadline: Deadline,
    lost: &Lost,
    repaired: &mut Repaired,
) -> Result<Vec<Vec<String>>> {
    let mut paths = Vec::new();
    let published = publish(store, at, deadline, |_tip, root| {
        paths.clear();
        if lost.is_empty() || !heal_folder(store, root, &mut Vec::new(), lost, &mut paths)? {
            return Ok(None);
        }
        let message = "repair the branch\n".to_owned();
        Ok(Some(Change { objects: Vec::new(), message, sample: None, after: After::Tip }))
    })?;
    repaired.commit = published.commit;
    repaired.healed = published.healed || !paths.is_empty();
    if published.healed && paths.is_empty() {
        // The tip itself is an older one: any session may be missing.
        paths.push(Vec::new());
    }
    Ok(paths)
}

/// Heals the trees in the one at `path` that lead to sessions or links; returns whether anything was lost, and adds the
/// paths of the trees that were.
fn heal_folder(
    store: &Store,
    root: &mut Folder,
    path: &mut Vec<String>,
    lost: &Lost,
    paths: &mut Vec<Vec<String>>,
) -> Result<bool> {
    let tree = &mut root.open(store, path)?.tree;
    let mut changed = false;
    let mut below = Vec::new();
    let mut gone = Vec::new();
    for (name, node) in tree.iter() {
        let Ok(name) = str::from_utf8(name) else { continue };
        let is_lost = lost.contains(&node.id);
        if node.mode.is_tree() && layout::is_on_the_way(path, name) {
            below.push((name.to_owned(), is_lost));
        } else if is_lost && (layout::holds_links(path) || path.is_empty()) {
            // Links are found anew, and the README is written anew.
            gone.push(name.to_owned());
        }
    }
    for name in gone {
        tree.remove(&name);
        changed = true;
    }
    for (name, is_lost) in below {
        path.push(name.clone());
        if is_lost {
            changed = true;
            paths.push(path.clone());
        }
        match root.open(store, path) {
            Ok(_folder) => changed |= heal_folder(store, root, path, lost, paths)?,
            Err(Error::Corrupt { .. }) if is_lost => {
                let above = path.split_last().map_or(&[][..], |(_name, above)| above);
                root.open(store, above)?.tree.remove(&name);
            }
            Err(error) => return Err(error),
        }
        path.pop();
    }
    Ok(changed)
}

/// Brings back what the candidates have below `paths` and the branch lost.
pub(super) fn bring_back(
    store: &Store,
    candidates: &[&Branch],
    paths: &[Vec<String>],
    at: Timestamp,
    deadline: Deadline,
    repaired: &mut Repaired,
) -> Result<()> {
    for (index, candidate) in candidates.iter().enumerate() {
        let Some(branch) = store.branch()?.filter(|_branch| !paths.is_empty()) else {
            return Ok(());
        };
        let mut missing = Vec::new();
        // A day of the candidate that cannot be read brings nothing back.
        for entry in candidate.newest().filter_map(Result::ok) {
            let day = entry.day.path();
            if paths.iter().any(|path| day.starts_with(path))
                && branch.find_near(&entry.key, Some(entry.day))?.is_none()
            {
                missing.push(entry);
            }
        }
        let written = store.adopt_until(candidate, &missing, at, deadline)?;
        repaired.commit = written.commit.or(repaired.commit);
        let restored = written.stored.into_iter().map(|entry| entry.key);
        repaired.restored.extend(restored.map(|key| (key, Origin::Candidate(index))));
    }
    Ok(())
}

/// Returns a whole version of a damaged session that is not below it, and where it comes from.
pub(super) fn find_whole(
    store: &Store,
    branch: &Branch,
    entry: &Entry,
    candidates: &[&Branch],
) -> Result<Option<(Staged, Origin)>> {
    for (index, candidate) in candidates.iter().enumerate() {
        if let Some(staged) = version_in(store, branch, entry, candidate, true)? {
            return Ok(Some((staged, Origin::Candidate(index))));
        }
    }
    for commit in store.refs.past()?.into_iter().rev().take(COMMITS) {
        let tree = match store.refs.whole(&store.odb, commit) {
            Ok(tree) => tree,
            Err(Error::Corrupt { .. }) => continue,
            Err(error) => return Err(error),
        };
        let past = Branch::new(store, Tip { commit, tree, damage: None });
        if let Some(staged) = version_in(store, branch, entry, &past, false)? {
            return Ok(Some((staged, Origin::Past(past.commit()))));
        }
    }
    Ok(None)
}

/// Returns the version of a session in another branch, where that is whole and not below ours.
fn version_in(
    store: &Store,
    branch: &Branch,
    entry: &Entry,
    other: &Branch,
    elsewhere: bool,
) -> Result<Option<Staged>> {
    let Some(found) = other.find_near(&entry.key, Some(entry.day))? else {
        return Ok(None);
    };
    // In the same repository, the same tree is damaged in the same way.
    if found.tree == entry.tree && !elsewhere {
        return Ok(None);
    }
    let is_good = is_as_good(branch, entry, other, &found, elsewhere);
    let copy = || Ok((other.manifest(&found)?.generation, copy(store, other, &found)?));
    let copied = is_good.and_then(|good| good.then(copy).transpose());
    match copied {
        Ok(Some((generation, (tree, objects)))) => {
            let (key, base, seen) = (entry.key.clone(), Some(entry.clone()), Some(branch.commit()));
            let day = found.day;
            Ok(Some(Staged { key, day, generation, base, seen, tree, objects, whole: true }))
        }
        // This one is below ours, or damaged too.
        Ok(None) | Err(Error::Corrupt { .. } | Error::Unsupported { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns whether a version holds all events that the damaged one is known to have.
fn is_as_good(
    branch: &Branch,
    entry: &Entry,
    other: &Branch,
    found: &Entry,
    elsewhere: bool,
) -> Result<bool> {
    let theirs = other.manifest(found)?;
    if let Ok(ours) = branch.manifest(entry) {
        let ours = Version { branch, entry, manifest: &ours };
        let theirs = Version { branch: other, entry: found, manifest: &theirs };
        return Ok(matches!(relate(theirs, ours)?, Relation::Equal | Relation::Above));
    }
    match branch.read(entry.tree.0) {
        // The names of segments say what they hold.
        Ok(tree) if !elsewhere => {
            Ok(tree.iter().filter(|(name, _node)| layout::is_segment(name)).all(|(name, _node)| {
                theirs.segments.iter().any(|found| found.name.as_bytes() == name)
            }))
        }
        // Nothing says how far ours went: another machine's is the best there is, and an older one of ours is not.
        _ => Ok(elsewhere),
    }
}
