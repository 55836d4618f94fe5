//! Which edit of which session wrote the lines of a file: commit by commit, then what is not committed.

use super::parent::Parents;
use super::pick::{At, Picker};
use super::trace::{Trace, Traces};
use super::version::Version;
use super::{LineSource, Origin};
use crate::behind::Behind;
use crate::engine::Located;
use crate::links::lookup::Wanted;
use crate::links::spread::spread;
use crate::links::standing::{Cover, Standing};
use crate::view::View;
use crate::witness::Witness;
use crate::{Error, Result};
use opensession_hail::{SessionKey, Timestamp};
use opensession_store::{BlobId, Change, CommitId, History};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// So many milliseconds an edit may be later than its commit, whose time is in whole seconds.
const SECOND: i64 = 1000;
/// So many milliseconds an edit may be later than its commit: the clocks of two machines.
const CLOCKS: i64 = 10 * 60 * 1000;

/// The lines of one commit's version of the file.
struct Question {
    commit: CommitId,
    path: String,
    previous: Option<String>,
    /// Where the lines stand in the work tree, and in the commit's version of the file; both from 0.
    lines: Vec<(usize, usize)>,
}

/// Whose sessions' edits are in which commit.
pub(crate) type Linked = BTreeMap<CommitId, Vec<SessionKey>>;

/// What is known of the lines, by their places in the work tree.
pub(crate) type Sources = BTreeMap<usize, LineSource>;

/// Everything that a session wrote.
struct Testimony<'b, 'v> {
    witness: &'b Witness<'v>,
    traces: Vec<Trace>,
}

/// Returns which edits wrote the lines of `path`, which is `now` in the work tree, and the sessions that are linked to
/// the commits.
pub(crate) fn attribute(
    located: &Located,
    path: &str,
    origin: &Origin,
    now: &[u8],
    (view, behind): (&View, &mut Behind<'_>),
    damaged: &mut Vec<Error>,
) -> Result<(Sources, Linked)> {
    let history = located.store.history();
    let questions = questions(origin);
    let wanted = wanted(path, origin, &questions);
    let commits: Vec<CommitId> =
        questions.iter().map(|one| one.commit).collect::<BTreeSet<_>>().into_iter().collect();
    let finder = behind.finder(&history, Some(&wanted));
    let mut linked = Linked::new();
    for (commit, links) in commits.iter().zip(spread(&commits, |commit| finder.links(*commit))) {
        match links {
            Ok(links) => {
                linked.insert(*commit, links.into_iter().map(|link| link.session).collect());
            }
            Err(error) => damaged.push(error),
        }
    }
    let mut keys: HashSet<SessionKey> = linked.values().flatten().cloned().collect();
    if !origin.new.is_empty() {
        keys.extend(behind.having(&wanted).cloned());
    }
    let testimonies = testimonies(behind, &keys, damaged);
    let mut owners = Vec::new();
    let mut traces = Vec::new();
    for testimony in testimonies {
        owners.extend(std::iter::repeat_n(testimony.witness, testimony.traces.len()));
        traces.extend(testimony.traces);
    }
    let picker = Picker::new(&traces);
    let mut picks: Vec<(usize, At)> = Vec::new();
    let answers = spread(&questions, |question| {
        committed(&history, question, &picker, &owners, linked.get(&question.commit))
    });
    for answer in answers {
        match answer {
            Ok(found) => picks.extend(found),
            Err(error) => damaged.push(error),
        }
    }
    picks.extend(not_committed(&history, path, origin, now, &picker)?);
    let mut parents = Parents::new(view);
    let mut sources = Sources::new();
    for (line, at) in picks {
        let (Some(trace), Some(owner)) = (traces.get(at.trace), owners.get(at.trace)) else {
            continue;
        };
        let prompt = match &trace.prompt {
            Some(prompt) => Some((owner.key().clone(), prompt.clone())),
            None => parents.prompt(owner.key(), owner.header(), damaged),
        };
        let (session, event) = (owner.key().clone(), trace.event.clone());
        sources.insert(line, LineSource { session, event, time: trace.time, prompt });
    }
    Ok((sources, linked))
}

fn questions(origin: &Origin) -> Vec<Question> {
    let mut questions: BTreeMap<(CommitId, &str), Question> = BTreeMap::new();
    for (at, line) in &origin.lines {
        let question = questions.entry((line.commit, &line.path)).or_insert_with(|| Question {
            commit: line.commit,
            path: line.path.clone(),
            previous: line.previous.clone(),
            lines: Vec::new(),
        });
        question.lines.push((*at, line.line.saturating_sub(1)));
    }
    questions.into_values().collect()
}

/// Returns what sessions must have edited: the file under any of its names, or, before a commit that added it, any.
fn wanted(path: &str, origin: &Origin, questions: &[Question]) -> Wanted {
    let names = questions
        .iter()
        .flat_map(|one| std::iter::once(one.path.as_str()).chain(one.previous.as_deref()));
    let added = questions.iter().filter(|one| one.previous.as_deref() != Some(&one.path));
    let added = added.filter_map(|one| Some(origin.commits.get(&one.commit)?.time));
    Wanted::new(names.chain([path]), added.collect())
}

/// Reads what the sessions wrote; copies of others come last.
fn testimonies<'b, 'v>(
    behind: &'b mut Behind<'v>,
    keys: &HashSet<SessionKey>,
    damaged: &mut Vec<Error>,
) -> Vec<Testimony<'b, 'v>> {
    let Behind { sessions, places, .. } = behind;
    let mut wanted: Vec<&Witness<'v>> =
        sessions.iter().filter(|witness| keys.contains(witness.key())).collect();
    wanted.sort_by_key(|witness| {
        let is_copy = witness.is_copy() || *witness.key() != witness.key().main();
        (is_copy, witness.header().context.created_at, witness.key().clone())
    });
    let read = spread(&wanted, |witness| {
        let mut traces = Traces::new(witness.folder());
        let read = witness.read(|event| {
            traces.push(&event);
            true
        });
        read.map(|()| traces)
    });
    let mut testimonies = Vec::new();
    for (witness, read) in wanted.into_iter().zip(read) {
        match read {
            Ok(traces) => testimonies.push(Testimony { witness, traces: traces.finish(places) }),
            Err(error) => damaged.push(error),
        }
    }
    testimonies
}

/// Returns which edits wrote the lines of a commit's version of the file: those of sessions that are linked to it.
fn committed(
    history: &History,
    question: &Question,
    picker: &Picker<'_>,
    owners: &[&Witness<'_>],
    linked: Option<&Vec<SessionKey>>,
) -> Result<Vec<(usize, At)>> {
    let Some(linked) = linked.filter(|linked| !linked.is_empty()) else { return Ok(Vec::new()) };
    let Some(commit) = history.commit(question.commit)? else { return Ok(Vec::new()) };
    let Some(blob) = history.file(commit.tree, &question.path)? else { return Ok(Vec::new()) };
    let Some(text) = history.text(blob)? else { return Ok(Vec::new()) };
    let version = Version::new(&text);
    let gone: RefCell<HashMap<String, bool>> = RefCell::default();
    // A file that the edit knew by another name, which the commit does not have.
    let is_gone = |path: &str| {
        let known = gone.borrow().get(path).copied();
        known.unwrap_or_else(|| {
            let is_gone = matches!(history.file(commit.tree, path), Ok(None));
            gone.borrow_mut().insert(path.to_owned(), is_gone);
            is_gone
        })
    };
    let rank = |trace: &Trace, at: usize| {
        let owner = owners.get(at)?;
        let late = trace.time.as_millis() - commit.time.as_millis();
        if late > CLOCKS || !linked.contains(owner.key()) {
            return None;
        }
        let place = &trace.place;
        let name = if place.path == question.path || question.previous.as_ref() == Some(&place.path)
        {
            2
        } else if place.is_gone && place.ends_with(&question.path) {
            1
        } else if question.previous.is_none() && is_gone(&place.path) {
            0
        } else {
            return None;
        };
        Some(name + if late < SECOND { 3 } else { 0 })
    };
    let targets: Vec<usize> = question.lines.iter().map(|(_, line)| *line).collect();
    let picks = picker.pick(&version, &targets, false, &rank);
    let lines = question.lines.iter().zip(picks);
    Ok(lines.filter_map(|((at, _), pick)| Some((*at, pick?))).collect())
}

/// Returns which edits wrote the lines that are not committed: to the byte, in this file, since it was last committed.
fn not_committed(
    history: &History,
    path: &str,
    origin: &Origin,
    now: &[u8],
    picker: &Picker<'_>,
) -> Result<Vec<(usize, At)>> {
    if origin.new.is_empty() {
        return Ok(Vec::new());
    }
    let commit = origin.head.map(|head| history.commit(head)).transpose()?.flatten();
    let old: Option<BlobId> =
        commit.as_ref().map(|commit| history.file(commit.tree, path)).transpose()?.flatten();
    let change = Change { path: path.to_owned(), old, new: None };
    let standing = RefCell::new(origin.head.map(|head| Standing::of_work_tree(head, &change)));
    let is_since = |time: Timestamp| match standing.borrow_mut().as_mut() {
        Some(standing) => standing.covers(history, time) != Cover::No,
        None => true,
    };
    let rank = |trace: &Trace, _: usize| {
        let is_here = trace.place.path == path && is_since(trace.time);
        is_here.then_some(0)
    };
    let version = Version::new(now);
    let picks = picker.pick(&version, &origin.new, true, &rank);
    let lines = origin.new.iter().zip(picks);
    Ok(lines.filter_map(|(at, pick)| Some((*at, pick?))).collect())
}
