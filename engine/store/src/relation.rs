//! How two versions of one session stand to each other, by the ids of their events.

use crate::segment::event_id;
use crate::{Branch, Entry, Error, Manifest, Result, SegmentRecord};
use opensession_hail::{Chain, ContentId};

/// How one version of a session stands to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// The same events, in the same generation.
    Equal,
    /// A lower generation, or the beginning of the other.
    Below,
    /// The other way round.
    Above,
    /// Each has events that the other has not.
    Fork,
}

/// A version of a session on some branch.
#[derive(Clone, Copy)]
pub(crate) struct Version<'v> {
    pub(crate) branch: &'v Branch,
    pub(crate) entry: &'v Entry,
    pub(crate) manifest: &'v Manifest,
}

/// Returns how `one` stands to `other`.
///
/// Mostly the chains at the ends of the recorded segments say so; where the two were cut elsewhere, the events of the
/// longer one are read.
pub(crate) fn relate(one: Version<'_>, other: Version<'_>) -> Result<Relation> {
    let generation = |version: Version<'_>| version.manifest.generation;
    match generation(one).cmp(&generation(other)) {
        std::cmp::Ordering::Less => return Ok(Relation::Below),
        std::cmp::Ordering::Greater => return Ok(Relation::Above),
        std::cmp::Ordering::Equal => {}
    }
    let events = |version: Version<'_>| version.manifest.events();
    Ok(match events(one).cmp(&events(other)) {
        std::cmp::Ordering::Equal if last_id(one.manifest) == last_id(other.manifest) => {
            Relation::Equal
        }
        std::cmp::Ordering::Less if begins(one, other)? => Relation::Below,
        std::cmp::Ordering::Greater if begins(other, one)? => Relation::Above,
        _ => Relation::Fork,
    })
}

/// Returns the chain over all event ids of a version.
pub(crate) fn last_id(manifest: &Manifest) -> ContentId {
    manifest.chains().ids.value()
}

/// Returns whether the events of `long` begin with those of `short`.
pub(crate) fn begins(short: Version<'_>, long: Version<'_>) -> Result<bool> {
    let (end, length) = (last_id(short.manifest), short.manifest.events());
    if length == 0 {
        return Ok(true);
    }
    let mut upto = 0;
    let mut before = None;
    for record in &long.manifest.segments {
        if upto + record.events == length {
            return Ok(record.id_chain == end);
        }
        if upto + record.events > length {
            let chain = before.map_or(Chain::START, |record: &SegmentRecord| record.chains().ids);
            return Ok(chain_at(long, record, chain, length - upto)? == end);
        }
        upto += record.events;
        before = Some(record);
    }
    Ok(false)
}

/// Returns the chain over ids after the first `events` of a segment, before which it stands at `chain`.
fn chain_at(
    version: Version<'_>,
    record: &SegmentRecord,
    mut chain: Chain,
    events: u64,
) -> Result<ContentId> {
    let lines = version.branch.segment(version.entry, record)?;
    for (_event, line) in (0..events).zip(lines.split_inclusive(|byte| *byte == b'\n')) {
        let id = event_id(line).map_err(|error| {
            Error::corrupt(format!("{}/{}", version.entry.key, record.name), error.to_string())
        })?;
        chain.push(id.as_str().as_bytes());
    }
    Ok(chain.value())
}
