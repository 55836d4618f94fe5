//! Rewritten commits: what one commit is known to hold, another that took its place is believed to hold.
//!
//! Most rewritten commits are linked by their lines like any other. What proves too little for that (weak lines, a
//! deleted file) is believed of a commit that took the place of one that has the link, if it still holds it.

use super::catalogue::Catalogue;
use super::examine::{Examination, Trusted};
use super::memory::{Linked, Memory};
use super::reconcile::{Seen, pass_over_damage};
use super::texts::Texts;
use super::{FoundLink, Reconcile};
use crate::{Error, Result};
use opensession_hail::{EventId, SessionKey, Timestamp};
use opensession_store::CommitId;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Of commits with more files than this no fingerprint is made.
pub(super) const MOST_FILES: usize = 500;

/// The links found so far.
pub(super) struct Found<'c> {
    texts: &'c Texts<'c>,
    catalogue: &'c Catalogue,
    links: BTreeMap<CommitId, BTreeMap<SessionKey, FoundLink>>,
}

impl<'c> Found<'c> {
    pub(super) const fn new(texts: &'c Texts<'c>, catalogue: &'c Catalogue) -> Self {
        Self { texts, catalogue, links: BTreeMap::new() }
    }

    /// Adds links; of one commit and session, the files of both and the later event.
    pub(super) fn extend(&mut self, links: impl IntoIterator<Item = FoundLink>) {
        for link in links {
            let of_commit = self.links.entry(link.commit).or_default();
            let Some(known) = of_commit.get_mut(&link.session) else {
                of_commit.insert(link.session.clone(), link);
                continue;
            };
            let files: BTreeSet<String> = known.files.drain(..).chain(link.files).collect();
            known.files = files.into_iter().collect();
            let time = |event| time_of(self.catalogue, &link.session, event);
            if time(&link.event) > time(&known.event) {
                known.event = link.event;
            }
        }
    }

    pub(super) fn into_links(self) -> Vec<FoundLink> {
        self.links.into_values().flat_map(BTreeMap::into_values).collect()
    }

    fn of(&self, commit: CommitId) -> impl Iterator<Item = &FoundLink> {
        self.links.get(&commit).into_iter().flat_map(BTreeMap::values)
    }

    /// Lets a commit inherit `links`: of a session whose edits are known, what the commit still holds; of another, the
    /// files that it still changes.
    fn inherit(&mut self, heir: &Seen, links: &[FoundLink]) -> Result<()> {
        let mut trusted = Trusted::new();
        for link in links {
            let changed = |file: &&String| heir.changes.iter().any(|one| one.path == **file);
            let files: Vec<String> = link.files.iter().filter(changed).cloned().collect();
            if self.catalogue.author(&link.session).is_some() {
                trusted.extend(files.into_iter().map(|file| (link.session.clone(), file)));
            } else if !files.is_empty() {
                self.extend([FoundLink { commit: heir.commit.id, files, ..link.clone() }]);
            }
        }
        if !trusted.is_empty() {
            let mut examination = Examination::new(self.texts, &heir.commit, &heir.changes);
            self.extend(examination.links(self.catalogue, &trusted)?);
        }
        Ok(())
    }
}

fn time_of(catalogue: &Catalogue, session: &SessionKey, event: &EventId) -> Option<Timestamp> {
    let edits = &catalogue.author(session)?.edits;
    edits.iter().find(|edit| edit.event == *event).map(|edit| edit.time)
}

/// Follows the rewrites that git told of, in their order: one commit may be rewritten several times.
pub(super) fn rewritten(
    input: &Reconcile<'_>,
    seen: &[Seen],
    inherited: &HashMap<CommitId, Vec<FoundLink>>,
    found: &mut Found<'_>,
    failures: &mut Vec<Error>,
) -> Result<()> {
    for pair in input.rewritten {
        let Some(heir) = seen.iter().find(|seen| seen.commit.id == pair.new) else { continue };
        let stored = inherited.get(&pair.old).into_iter().flatten();
        let links: Vec<FoundLink> = stored.chain(found.of(pair.old)).cloned().collect();
        pass_over_damage(found.inherit(heir, &links), failures)?;
    }
    Ok(())
}

/// Follows rewrites that nobody told of: the same change made at the same time is the same change, in another place.
pub(super) fn copies(
    seen: &[Seen],
    memory: &mut Memory,
    found: &mut Found<'_>,
    failures: &mut Vec<Error>,
) -> Result<()> {
    for one in seen.iter().filter(|one| one.changes.len() <= MOST_FILES) {
        let made = one.commit.author_time;
        let others: Vec<Linked> = memory.linked(made).to_vec();
        if others.is_empty() && found.of(one.commit.id).next().is_none() {
            continue;
        }
        let fingerprint = match one.fingerprint {
            Some(fingerprint) => Ok(fingerprint),
            None => Examination::new(found.texts, &one.commit, &one.changes).fingerprint(),
        };
        let Some(fingerprint) = pass_over_damage(fingerprint, failures)? else { continue };
        let commit = one.commit.id.to_string();
        let same = |other: &&Linked| other.fingerprint == fingerprint && other.commit != commit;
        let links = others.iter().filter(same).flat_map(|other| &other.links);
        // A session that is no longer stored has no links any more.
        let links = links.filter(|(session, ..)| found.catalogue.author(session).is_some());
        let links = links.map(|(session, event, files)| FoundLink {
            commit: one.commit.id,
            session: session.clone(),
            files: files.clone(),
            event: event.clone(),
        });
        let links: Vec<FoundLink> = links.collect();
        pass_over_damage(found.inherit(one, &links), failures)?;
        let own = found.of(one.commit.id);
        let links: Vec<_> = own
            .map(|link| (link.session.clone(), link.event.clone(), link.files.clone()))
            .collect();
        if !links.is_empty() {
            memory.add_linked(made, Linked { commit, fingerprint, links });
        }
    }
    Ok(())
}
