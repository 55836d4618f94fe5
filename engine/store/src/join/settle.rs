//! Which versions of one session stay when several meet. Pure: what it must know of their events it asks for.

use crate::Result;
use crate::versions::{Step, VersionName, name_versions};
use opensession_hail::{ContentId, Timestamp};
use std::cmp::Reverse;

/// A version of a session.
pub(super) struct Version<V> {
    /// What stands for the version.
    pub(super) what: V,
    pub(super) generation: u64,
    /// How many events it has.
    pub(super) events: u64,
    /// The chain over their ids.
    pub(super) last: ContentId,
    pub(super) rank: Rank,
}

/// Of versions with the same events the highest one stays.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) updated_at: Timestamp,
    pub(super) parser: u32,
    pub(super) rules: u32,
    pub(super) segments: Reverse<usize>,
    pub(super) content: ContentId,
    /// Its tree as it would be for the main version.
    pub(super) identity: Vec<u8>,
    /// Its tree.
    pub(super) tree: Vec<u8>,
}

/// Returns the maximal ones of `versions` and their names.
///
/// A version is below another of a higher generation, and below one of the same generation that begins with its
/// events: `begins(short, long)`. Versions up to the generation `tombstone` are dropped. `steps` are read only where
/// several versions stay.
pub(super) fn settle<V>(
    mut versions: Vec<Version<V>>,
    tombstone: Option<u64>,
    begins: impl Fn(&V, &V) -> Result<bool>,
    steps: impl Fn(&V) -> Result<Vec<Step>>,
) -> Result<Vec<(VersionName, V)>> {
    versions.retain(|version| tombstone.is_none_or(|forgotten| version.generation > forgotten));
    let newest = versions.iter().map(|version| version.generation).max();
    versions.retain(|version| Some(version.generation) == newest);
    // The longest first, and of equal ones the highest.
    versions.sort_by(|a, b| (b.events, b.last, &b.rank).cmp(&(a.events, a.last, &a.rank)));
    versions.dedup_by_key(|version| (version.events, version.last));
    let mut maximal: Vec<Version<V>> = Vec::new();
    for version in versions {
        let mut is_below = false;
        for longer in maximal.iter().filter(|longer| longer.events > version.events) {
            is_below = is_below || begins(&version.what, &longer.what)?;
        }
        if !is_below {
            maximal.push(version);
        }
    }
    let maximal: Vec<V> = maximal.into_iter().map(|version| version.what).collect();
    if maximal.len() < 2 {
        return Ok(maximal.into_iter().map(|version| (VersionName::Main, version)).collect());
    }
    let steps = maximal.iter().map(steps).collect::<Result<Vec<_>>>()?;
    let steps: Vec<&[Step]> = steps.iter().map(Vec::as_slice).collect();
    let named = name_versions(&steps).into_iter().zip(maximal);
    Ok(named.filter_map(|(name, version)| Some((name?, version))).collect())
}

#[cfg(test)]
mod tests;
