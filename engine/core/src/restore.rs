//! Restoring what was forgotten: from the history of a branch, else from a copy, else from the log of its tool.

use crate::capture::Capture;
use crate::forget::{PATIENCE, Place};
use crate::routes::Restored;
use crate::{Engine, Error, Outcome, Progress, Result};
use opensession_hail::{SessionKey, Timestamp};
use opensession_store::{Branch, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A session that is back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restoration {
    /// Which session.
    pub key: SessionKey,
    /// Where it was found.
    pub found: RestoredFound,
    /// The git folders of the stores that it stands in again.
    pub git_dirs: BTreeSet<PathBuf>,
}

/// Where a forgotten session was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoredFound {
    /// In an older commit of its own branch.
    History,
    /// On a branch that was fetched, or in another store.
    Copy,
    /// In the log of its tool, which still has it.
    Log,
}

impl Engine {
    /// Brings a session back that was forgotten, and the sessions of its sub-agents, in a generation above the one up
    /// to which it was. Where only its log has it, everything that is new is captured with it.
    ///
    /// # Errors
    /// [`Error::Gone`] where nothing has it any more, and when a store cannot be read or written.
    pub fn restore(
        &self,
        session: &SessionKey,
        at: Timestamp,
        progress: &dyn Progress,
    ) -> Result<Vec<Restoration>> {
        let (places, _problems) = self.places()?;
        let forgotten = family(&places, session)?;
        let mut restored = Vec::new();
        let mut missing = Restored::new();
        for (key, generation) in forgotten {
            match bring_back(&places, &key, generation, at)? {
                Some(found) => restored.push(found),
                None => drop(missing.insert(key, generation + 1)),
            }
        }
        // A sub-agent without a log of its own is no reason to read all logs.
        if restored.is_empty() && !missing.is_empty() {
            restored = self.restore_from_logs(&missing, at, progress)?;
        }
        if restored.is_empty() {
            Err(Error::Gone { session: session.to_string() })
        } else {
            Ok(restored)
        }
    }

    fn restore_from_logs(
        &self,
        missing: &Restored,
        at: Timestamp,
        progress: &dyn Progress,
    ) -> Result<Vec<Restoration>> {
        let report = self.capture_restoring(Capture::All, missing, at, progress)?;
        let (places, _problems) = self.places()?;
        let mut restored = BTreeMap::new();
        for (key, outcome) in report.logs.into_iter().flat_map(|log| log.sessions) {
            if missing.contains_key(&key)
                && matches!(outcome, Outcome::New { .. } | Outcome::Merged)
            {
                let mut git_dirs = BTreeSet::new();
                for place in &places {
                    if let Some(own) = &place.own
                        && own.find(&key, None)?.is_some()
                    {
                        git_dirs.insert(place.git_dir.clone());
                    }
                }
                let found = RestoredFound::Log;
                restored.insert(key.clone(), Restoration { key, found, git_dirs });
            }
        }
        Ok(restored.into_values().collect())
    }
}

/// Returns a session that is forgotten and its sub-agents, and up to which generation each is.
fn family(places: &[Place], session: &SessionKey) -> Result<BTreeMap<SessionKey, u64>> {
    let agents = format!("{session}.");
    let mut forgotten = BTreeMap::new();
    for own in places.iter().filter_map(|place| place.own.as_ref()) {
        for (key, generation) in own.tombstones()?.into_iter().flatten() {
            if key == *session || key.as_str().starts_with(&agents) {
                let highest = forgotten.entry(key).or_insert(generation);
                *highest = generation.max(*highest);
            }
        }
    }
    Ok(forgotten)
}

/// Restores a session in every store whose history has it, else from the first copy that anything has.
fn bring_back(
    places: &[Place],
    key: &SessionKey,
    forgotten: u64,
    at: Timestamp,
) -> Result<Option<Restoration>> {
    let mut git_dirs = BTreeSet::new();
    for place in places {
        if let Some(past) = place.store.before_forgetting(key)?
            && restore_in(&place.store, &past, key, forgotten, at)?
        {
            git_dirs.insert(place.git_dir.clone());
        }
    }
    if !git_dirs.is_empty() {
        return Ok(Some(Restoration { key: key.clone(), found: RestoredFound::History, git_dirs }));
    }
    for place in places {
        for (branch, _) in place.branches() {
            if !branch.versions(key)?.is_empty()
                && restore_in(&place.store, branch, key, forgotten, at)?
            {
                git_dirs.insert(place.git_dir.clone());
                let found = RestoredFound::Copy;
                return Ok(Some(Restoration { key: key.clone(), found, git_dirs }));
            }
        }
    }
    Ok(None)
}

/// Restores a session of `from` in one store, above all generations up to which any store has it forgotten.
fn restore_in(
    store: &Store,
    from: &Branch,
    key: &SessionKey,
    forgotten: u64,
    at: Timestamp,
) -> Result<bool> {
    // A copy that a tombstone of another store hides is raised where it stands.
    store.forget(&[(key.clone(), forgotten)], at, PATIENCE)?;
    Ok(store.restore(from, key, at, PATIENCE)?.versions > 0)
}
