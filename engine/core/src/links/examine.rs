//! Whose edits a commit holds.

use super::FoundLink;
use super::catalogue::{Catalogue, EditRef};
use super::delta::{Delta, Fit};
use super::line::Line;
use super::place::name;
use super::standing::{Cover, Standing};
use super::texts::Texts;
use crate::Result;
use opensession_hail::{EventId, SessionKey, Timestamp};
use opensession_store::{Change, Commit};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// So many milliseconds an edit may be later than its commit: the clocks of two machines.
pub(crate) const CLOCKS: i64 = 10 * 60 * 1000;
/// So many milliseconds a file that was never committed may have waited for its commit under another name.
pub(crate) const RENAME_WAIT: i64 = 7 * 24 * 60 * 60 * 1000;

/// In so many new files of a commit lines of renamed ones are looked for; more are imported, not renamed.
const MOST_NEW: usize = 2000;

/// Files of sessions for which faint traces are believed: another commit of the same change holds them for sure.
pub(crate) type Trusted = HashSet<(SessionKey, String)>;

/// A commit with what it changed, held against edits.
pub(crate) struct Examination<'c> {
    texts: &'c Texts<'c>,
    commit: &'c Commit,
    changes: &'c [Change],
    deltas: HashMap<usize, Delta>,
    standings: HashMap<usize, Standing<'c>>,
    gone: Option<Vec<Line>>,
}

struct Claim {
    edit: EditRef,
    /// Which of the changes.
    change: usize,
    fit: Fit,
}

impl<'c> Examination<'c> {
    pub(crate) fn new(texts: &'c Texts<'c>, commit: &'c Commit, changes: &'c [Change]) -> Self {
        let (deltas, standings) = (HashMap::new(), HashMap::new());
        Self { texts, commit, changes, deltas, standings, gone: None }
    }

    /// Returns the sessions of which the commit holds edits, by key.
    ///
    /// # Errors
    /// When a file of the commit cannot be read.
    pub(crate) fn links(
        &mut self,
        catalogue: &Catalogue,
        trusted: &Trusted,
    ) -> Result<Vec<FoundLink>> {
        let mut claims = self.claims(catalogue);
        claims.extend(self.renames(catalogue, &claims)?);
        claims
            .sort_by(|a, b| catalogue.order(a.edit, b.edit).then_with(|| a.change.cmp(&b.change)));
        let mut made: HashMap<(&EventId, Timestamp, &str), &SessionKey> = HashMap::new();
        let mut found: BTreeMap<&SessionKey, (&EventId, BTreeSet<&str>)> = BTreeMap::new();
        for claim in claims {
            let Some((author, edit)) = catalogue.get(claim.edit) else { continue };
            let Some(change) = self.changes.get(claim.change) else { continue };
            // The same event in two sessions is one edit; the session that was there first has it.
            let event = (&edit.event, edit.time, edit.place.path.as_str());
            if *made.entry(event).or_insert(&author.key) != &author.key {
                continue;
            }
            let mut delta = self.take_delta(claim.change)?;
            let is_trusted =
                !trusted.is_empty() && trusted.contains(&(author.key.clone(), change.path.clone()));
            let standing = self.standings.entry(claim.change);
            let standing = standing.or_insert_with(|| Standing::new(self.commit, change));
            // An edit that the file held before the commit was made before it, too.
            let is_new = delta.is_new(edit);
            let mut is_fresh = || {
                is_trusted
                    || match standing.covers(self.texts.history(), edit.time) {
                        Cover::Yes => true,
                        Cover::Unclear => is_new,
                        Cover::No => false,
                    }
            };
            if delta.take(edit, claim.fit, &mut is_fresh) {
                let (_, files) = found.entry(&author.key).or_insert((&edit.event, BTreeSet::new()));
                files.insert(change.path.as_str());
            }
            self.deltas.insert(claim.change, delta);
        }
        let link =
            |(session, (event, files)): (&SessionKey, (&EventId, BTreeSet<&str>))| FoundLink {
                commit: self.commit.id,
                session: session.clone(),
                files: files.into_iter().map(str::to_owned).collect(),
                event: event.clone(),
            };
        Ok(found.into_iter().map(link).collect())
    }

    /// Returns a number that is the same for commits that change the same files by the same lines; white space and
    /// where in a file the lines stand do not count. Git's patch id, with other bytes.
    ///
    /// # Errors
    /// When a file of the commit cannot be read.
    pub(crate) fn fingerprint(&mut self) -> Result<u64> {
        let mut hasher = blake3::Hasher::new();
        for (index, change) in self.changes.iter().enumerate() {
            let delta = self.take_delta(index)?;
            hasher.update(change.path.as_bytes());
            hasher.update(&[0, u8::from(change.old.is_some()), u8::from(change.new.is_some())]);
            let parts = [(b'+', delta.added().collect()), (b'-', delta.removed().collect())];
            for (sign, counts) in parts as [(u8, Vec<(Line, u32)>); 2] {
                for (line, count) in counts {
                    hasher.update(&[sign]);
                    hasher.update(&line.number().to_be_bytes());
                    hasher.update(&count.to_be_bytes());
                }
            }
            self.deltas.insert(index, delta);
        }
        let [a, b, c, d, e, f, g, h, ..] = *hasher.finalize().as_bytes();
        Ok(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    /// Returns the edits of files that the commit changed.
    fn claims(&self, catalogue: &Catalogue) -> Vec<Claim> {
        let mut claims = Vec::new();
        let mut by_end: HashMap<EditRef, usize> = HashMap::new();
        for (change, one) in self.changes.iter().enumerate() {
            let same = catalogue.of_file(&one.path).iter().copied();
            claims.extend(same.map(|edit| Claim { edit, change, fit: Fit::Same }));
            for edit in catalogue.ending_in(&one.path) {
                // Of several paths that fit, the longest says most.
                let best = by_end.entry(edit).or_insert(change);
                let length = |index: usize| self.changes.get(index).map_or(0, |one| one.path.len());
                if length(*best) < one.path.len() {
                    *best = change;
                }
            }
        }
        let by_end = by_end.into_iter().filter(|(edit, change)| {
            let path = self.changes.get(*change).map(|one| one.path.as_str());
            catalogue.get(*edit).is_some_and(|(_, edit)| path != Some(edit.place.path.as_str()))
        });
        claims.extend(by_end.map(|(edit, change)| Claim { edit, change, fit: Fit::End }));
        claims.retain(|claim| self.is_in_time(catalogue, claim.edit));
        claims
    }

    /// Returns the edits of files that are gone, and whose lines are in files that are new.
    fn renames(&mut self, catalogue: &Catalogue, claims: &[Claim]) -> Result<Vec<Claim>> {
        let mut claimed: HashSet<EditRef> = HashSet::new();
        for claim in claims {
            let change = self.changes.get(claim.change);
            // A file that the commit deletes may be one that it renames.
            if change.is_some_and(|change| change.new.is_some()) {
                claimed.insert(claim.edit);
            }
        }
        let mut found = Vec::new();
        let new = self.changes.iter().enumerate().filter(|(_, change)| change.old.is_none());
        for (index, change) in new.take(MOST_NEW) {
            let delta = self.take_delta(index)?;
            let mut candidates: BTreeSet<EditRef> = BTreeSet::new();
            for line in delta.novel().filter(|line| line.is_strong()) {
                candidates.extend(catalogue.adding(line));
            }
            self.deltas.insert(index, delta);
            for edit in candidates {
                if !claimed.contains(&edit) && self.is_renamed(catalogue, edit, &change.path) {
                    found.push(Claim { edit, change: index, fit: Fit::Renamed });
                }
            }
        }
        Ok(found)
    }

    /// Returns whether the file of `edit` may stand under `path` now: the commit deletes it, or it is in no commit.
    fn is_renamed(&self, catalogue: &Catalogue, edit: EditRef, path: &str) -> bool {
        let Some((_, one)) = catalogue.get(edit) else { return false };
        if !self.is_in_time(catalogue, edit) || one.is_deletion || one.place.path.starts_with('/') {
            return false;
        }
        let old = &one.place.path;
        if self.changes.iter().any(|change| change.path == *old && change.new.is_none()) {
            return true;
        }
        let age = self.commit.time.as_millis() - one.time.as_millis();
        let is_near = name(old) == name(path) || age <= RENAME_WAIT;
        // What cannot be read may still be there.
        is_near && matches!(self.texts.history().file(self.commit.tree, old), Ok(None))
    }

    fn is_in_time(&self, catalogue: &Catalogue, edit: EditRef) -> bool {
        let latest = self.commit.time.as_millis() + CLOCKS;
        catalogue.get(edit).is_some_and(|(_, edit)| edit.time.as_millis() <= latest)
    }

    /// Returns what the commit did to a file, which must be put back.
    fn take_delta(&mut self, index: usize) -> Result<Delta> {
        if let Some(delta) = self.deltas.remove(&index) {
            return Ok(delta);
        }
        let Some(change) = self.changes.get(index) else { return Ok(Delta::default()) };
        let (old, new) = (self.texts.lines(change.old)?, self.texts.lines(change.new)?);
        let is_text =
            (old.is_some(), new.is_some()) == (change.old.is_some(), change.new.is_some());
        if !is_text {
            return Ok(Delta::without_lines(change.old.is_none(), change.new.is_none()));
        }
        let gone = if old.is_none() { self.gone()? } else { &[] };
        Ok(Delta::new(old.as_deref(), new.as_deref(), gone))
    }

    /// Returns the lines of the files that the commit deletes.
    fn gone(&mut self) -> Result<&[Line]> {
        if self.gone.is_none() {
            let mut gone = Vec::new();
            for change in self.changes.iter().filter(|change| change.new.is_none()) {
                gone.extend(self.texts.lines(change.old)?.iter().flat_map(|lines| lines.iter()));
            }
            gone.sort_unstable();
            self.gone = Some(gone);
        }
        Ok(self.gone.as_deref().unwrap_or_default())
    }
}
