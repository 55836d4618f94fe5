//! What leaves this machine with a push, in figures: what somebody is shown who has to agree.

use crate::Result;
use opensession_hail::SessionKey;
use opensession_store::{Branch, Day};
use std::collections::BTreeMap;

/// What a remote does not have yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// How many sessions, those that grew included.
    pub sessions: u64,
    /// The days of the first and the last of them.
    pub days: Option<(Day, Day)>,
    /// How many there are of each tool.
    pub tools: BTreeMap<String, u64>,
    /// How many worked in each folder; in none that is known, under the empty name.
    pub folders: BTreeMap<String, u64>,
    /// How many are whose: a name, with its address where there is one; under the empty name nobody's.
    pub authors: BTreeMap<String, u64>,
    /// How many events they have, those that the remote knows included.
    pub events: u64,
    /// How many secrets are masked in them.
    pub masked: u64,
    /// How many sessions were forgotten here and are still there.
    pub forgotten: u64,
}

impl Leaving {
    /// Returns what `ours` has that `theirs` has not.
    pub(super) fn between(ours: &Branch, theirs: Option<&Branch>) -> Result<Self> {
        let mut leaving = Self::default();
        let Some(found) = ours.since(theirs.map(Branch::tree)) else { return Ok(leaving) };
        for entry in &found.came {
            let manifest = ours.manifest(entry)?;
            leaving.sessions += 1;
            let (first, last) = leaving.days.unwrap_or((entry.day, entry.day));
            leaving.days = Some((first.min(entry.day), last.max(entry.day)));
            *leaving.tools.entry(entry.key.tool().to_owned()).or_default() += 1;
            let folder = manifest.header.cwd().unwrap_or("").to_owned();
            *leaving.folders.entry(folder).or_default() += 1;
            let author = manifest.header.author().map(|author| author.to_string());
            *leaving.authors.entry(author.unwrap_or_default()).or_default() += 1;
            leaving.events += manifest.events();
            leaving.masked += manifest.redactions.values().sum::<u64>();
        }
        for gone in &found.gone {
            let is_forgotten = |key: &SessionKey| -> Result<bool> {
                Ok(ours.tombstone(key)?.is_some() && ours.versions(key)?.is_empty())
            };
            leaving.forgotten += u64::from(is_forgotten(&gone.key)?);
        }
        Ok(leaving)
    }
}
