//! One run: what is new since the last one, and whose edits it holds.

use super::catalogue::{Author, Catalogue};
use super::edit::{Edit, Edits};
use super::examine::{CLOCKS, Examination, RENAME_WAIT, Trusted};
use super::follow::{self, Found};
use super::memory::{Known, Memory, name_hash};
use super::place::Places;
use super::spread::spread;
use super::texts::Texts;
use super::{FoundLink, Reconcile, Reconciled, SessionSource};
use crate::{Error, ErrorKind, Result};
use opensession_hail::{SessionKey, Timestamp};
use opensession_store::{Change, Commit, CommitId};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A commit with what it changed.
pub(super) struct Seen {
    pub commit: Commit,
    pub changes: Vec<Change>,
    /// See [`Examination::fingerprint`]; where it was needed so far.
    pub fingerprint: Option<u64>,
}

/// Since when each session that changed has edits that were not known.
type Fresh = BTreeMap<SessionKey, Timestamp>;

/// See [`super::reconcile()`].
pub(super) fn run(input: &Reconcile<'_>) -> Result<Reconciled> {
    let mut memory = Memory::open(input.memory);
    let mut places = Places::new(input.roots, input.home);
    let mut failures = Vec::new();
    let fresh = read_sessions(input, &mut memory, &mut places, &mut failures)?;
    let inherited = inherited(input)?;
    let mut seen = commits(input, &memory, &fresh, &mut failures)?;
    let catalogue = load(input, &mut memory, &mut places, &seen, &inherited);
    let texts = Texts::new(input.history);
    let nobody = Trusted::new();
    let examined = spread(&seen, |seen| {
        let mut examination = Examination::new(&texts, &seen.commit, &seen.changes);
        let links = examination.links(&catalogue, &nobody)?;
        // While its files are at hand; only those of commits with links are remembered.
        let is_asked_for = !links.is_empty() && seen.changes.len() <= follow::MOST_FILES;
        let fingerprint = is_asked_for.then(|| examination.fingerprint()).transpose()?;
        Ok((links, fingerprint))
    });
    let mut found = Found::new(&texts, &catalogue);
    for (seen, examined) in seen.iter_mut().zip(examined) {
        if let Some((links, fingerprint)) = pass_over_damage(examined, &mut failures)? {
            found.extend(links);
            seen.fingerprint = fingerprint;
        }
    }
    follow::rewritten(input, &seen, &inherited, &mut found, &mut failures)?;
    follow::copies(&seen, &mut memory, &mut found, &mut failures)?;
    memory.set_tips(input.tips);
    Ok(Reconciled { links: found.into_links(), failures, memory })
}

/// Returns `None`, and notes why, where something that was read is damaged; other errors stop the run.
pub(super) fn pass_over_damage<T>(
    result: Result<T>,
    failures: &mut Vec<Error>,
) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Invalid) => {
            failures.push(error);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Reads the sessions that are not as they are remembered.
fn read_sessions(
    input: &Reconcile<'_>,
    memory: &mut Memory,
    places: &mut Places,
    failures: &mut Vec<Error>,
) -> Result<Fresh> {
    let mut fresh = Fresh::new();
    let keys: HashSet<&SessionKey> = input.sessions.iter().map(|source| &source.key).collect();
    memory.retain(|key| keys.contains(key))?;
    for source in input.sessions {
        if memory.knows(&source.key, &source.tree) {
            continue;
        }
        match read_session(source, places) {
            Ok(edits) => {
                let before: HashSet<Edit> =
                    memory.edits(&source.key).unwrap_or_default().into_iter().collect();
                let new = edits.iter().filter(|edit| !before.contains(edit));
                if let Some(first) = new.map(|edit| edit.time).min() {
                    fresh.insert(source.key.clone(), first);
                }
                memory.set_edits(&source.key, &source.tree, edits);
            }
            Err(error) => failures.push(error),
        }
    }
    Ok(fresh)
}

pub(super) fn read_session(source: &SessionSource<'_>, places: &mut Places) -> Result<Vec<Edit>> {
    let mut edits = Edits::new(source.folder.as_deref());
    (source.read)(&mut |event| edits.push(&event))?;
    Ok(edits.finish(places))
}

/// Returns the links that are stored of the commits that were rewritten.
fn inherited(input: &Reconcile<'_>) -> Result<HashMap<CommitId, Vec<FoundLink>>> {
    let mut inherited = HashMap::new();
    for pair in input.rewritten {
        if let Entry::Vacant(of_commit) = inherited.entry(pair.old) {
            of_commit.insert((input.stored)(pair.old)?);
        }
    }
    Ok(inherited)
}

/// Returns the commits to examine, oldest first: new ones, those that the new edits may be in, rewritten ones.
fn commits(
    input: &Reconcile<'_>,
    memory: &Memory,
    fresh: &Fresh,
    failures: &mut Vec<Error>,
) -> Result<Vec<Seen>> {
    let before = |time: Timestamp| {
        Timestamp::from_millis(time.as_millis().saturating_sub(CLOCKS)).unwrap_or(Timestamp::EPOCH)
    };
    let known = memory.tips();
    let mut commits: BTreeMap<CommitId, Commit> = BTreeMap::new();
    let mut add = |found: Vec<Commit>| {
        commits.extend(found.into_iter().map(|commit| (commit.id, commit)));
    };
    let spans = memory.sessions().filter_map(|(_, known)| known.span);
    if let Some(first) = spans.map(|(first, _)| first).min() {
        add(input.history.walk(input.tips, &known, before(first))?);
    }
    for id in input.rewritten.iter().flat_map(|pair| [pair.old, pair.new]) {
        let commit = input.history.commit(id).map_err(Error::from);
        add(pass_over_damage(commit, failures)?.flatten().into_iter().collect());
    }
    let wanted: HashSet<CommitId> = commits.keys().copied().collect();
    if let Some(from) = fresh.values().min().filter(|_| !known.is_empty()) {
        for commit in input.history.walk(input.tips, &[], before(*from))? {
            commits.entry(commit.id).or_insert(commit);
        }
    }
    let commits: Vec<Commit> = commits.into_values().collect();
    let changes = spread(&commits, |commit| input.history.changes(commit));
    let mut seen = Vec::new();
    for (commit, changes) in commits.into_iter().zip(changes) {
        let changes = pass_over_damage(changes.map_err(Error::from), failures)?;
        let Some(changes) = changes else { continue };
        if wanted.contains(&commit.id) || may_hold(memory, fresh, &commit, &changes) {
            seen.push(Seen { commit, changes, fingerprint: None });
        }
    }
    seen.sort_by_key(|seen| (seen.commit.time, seen.commit.id));
    Ok(seen)
}

/// Whether a commit that was examined before may hold edits that were not known then.
fn may_hold(memory: &Memory, fresh: &Fresh, commit: &Commit, changes: &[Change]) -> bool {
    let latest = commit.time.as_millis() + CLOCKS;
    let names: BTreeSet<u32> = changes.iter().map(|change| name_hash(&change.path)).collect();
    let adds = changes.iter().any(|change| change.old.is_none());
    let mut sessions = memory.sessions();
    sessions.any(|(key, known)| {
        let is_in_time = fresh.get(key).is_some_and(|from| from.as_millis() <= latest);
        is_in_time && (adds || known.has_any(&names))
    })
}

/// Loads the sessions whose edits may be in one of the commits.
fn load(
    input: &Reconcile<'_>,
    memory: &mut Memory,
    places: &mut Places,
    seen: &[Seen],
    inherited: &HashMap<CommitId, Vec<FoundLink>>,
) -> Catalogue {
    let changes = || seen.iter().flat_map(|seen| &seen.changes);
    let names: BTreeSet<u32> = changes().map(|change| name_hash(&change.path)).collect();
    let adding = seen.iter().filter(|one| one.changes.iter().any(|change| change.old.is_none()));
    let adding = || adding.clone().map(|seen| seen.commit.time.as_millis());
    let adding = adding().min().zip(adding().max());
    let is_near = |known: &Known| match (known.span, adding) {
        (Some((first, last)), Some((from, to))) => {
            last.as_millis() >= from - RENAME_WAIT && first.as_millis() <= to + CLOCKS
        }
        _ => false,
    };
    let mut keys: BTreeSet<SessionKey> =
        inherited.values().flatten().map(|link| link.session.clone()).collect();
    for seen in seen {
        let linked = memory.linked(seen.commit.author_time).iter();
        keys.extend(linked.flat_map(|linked| &linked.links).map(|(key, ..)| key.clone()));
    }
    let near = memory.sessions().filter(|(_, known)| known.has_any(&names) || is_near(known));
    keys.extend(near.map(|(key, _)| key.clone()));
    let mut authors = Vec::new();
    for source in input.sessions.iter().filter(|source| keys.contains(&source.key)) {
        let known = memory.edits(&source.key).map(|edits| find_again(edits, places));
        // Lost since: the session is read again. Where that fails, the run has said so, or the next one will.
        let edits = known.or_else(|| {
            let edits = read_session(source, places).ok()?;
            memory.set_edits(&source.key, &source.tree, edits.clone());
            Some(edits)
        });
        authors.extend(edits.map(|edits| Author {
            key: source.key.clone(),
            is_copy: source.is_copy,
            started: source.started,
            edits,
        }));
    }
    Catalogue::new(authors)
}

/// Looks again for files that were on no root when their session was read.
pub(super) fn find_again(edits: Vec<Edit>, places: &mut Places) -> Vec<Edit> {
    let found = edits.into_iter().filter_map(|mut edit| {
        if edit.place.path.starts_with('/') {
            edit.place = places.locate(&edit.place.path, None)?;
        }
        Some(edit)
    });
    found.collect()
}
