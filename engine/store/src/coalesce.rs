//! Joining small segments, so that a session that grew many times does not have many files.
//!
//! A segment is joined with the ones behind it where they fit into one and it is at most twice as large as they are
//! together. So a large segment is not written again for the sake of a few small ones: an event is rewritten a
//! logarithmic number of times, an append stays cheap, and full segments keep their blobs for good.

use crate::odb::Odb;
use crate::segment::{MAX_SEGMENT, Sealer, unseal};
use crate::{Error, Result, Segment, SegmentRecord};
use gix::ObjectId;
use gix::objs::Kind;
use opensession_hail::Chains;
use std::ops::Range;

/// Sessions with at most so many segments are left alone.
const MAX_SEGMENTS: usize = 32;
/// It is not worth the work to get rid of fewer segments than this.
const MIN_GAIN: usize = 8;

/// A segment of a session that is being written.
pub(crate) enum Piece {
    /// One that is on the branch.
    Kept(SegmentRecord, ObjectId),
    /// One that is not.
    New(Segment),
}

impl Piece {
    /// Returns its record.
    pub(crate) const fn record(&self) -> &SegmentRecord {
        match self {
            Self::Kept(record, _blob) => record,
            Self::New(segment) => &segment.record,
        }
    }

    /// Returns its event lines.
    fn lines(&self, odb: &Odb, path: &str) -> Result<Vec<u8>> {
        match self {
            Self::Kept(record, blob) => unseal(&odb.read(*blob, Kind::Blob)?, record, path),
            Self::New(segment) => unseal(&segment.blob.data(), &segment.record, path),
        }
    }
}

/// Joins segments of one session where it has too many. At most one joined segment is in memory uncompressed.
pub(crate) fn coalesce(
    pieces: Vec<Piece>,
    odb: &Odb,
    hash: gix::hash::Kind,
    path: &str,
) -> Result<Vec<Piece>> {
    let sizes: Vec<u64> = pieces.iter().map(|piece| piece.record().bytes).collect();
    let runs = plan(&sizes);
    if pieces.len() <= MAX_SEGMENTS || pieces.len() - runs.len() < MIN_GAIN {
        return Ok(pieces);
    }
    let mut sealer = Sealer::coalescing(hash);
    let mut pieces = pieces.into_iter();
    let mut joined = Vec::with_capacity(runs.len());
    let mut starts = Chains::START;
    for run in runs {
        let run: Vec<Piece> = pieces.by_ref().take(run.len()).collect();
        let ends = run.last().map_or(starts, |last| last.record().chains());
        match <[Piece; 1]>::try_from(run) {
            Ok([alone]) => joined.push(alone),
            Err(run) => match lines_of(&run, odb, path) {
                Ok(lines) => {
                    let events = run.iter().map(|piece| piece.record().events).sum();
                    joined.push(Piece::New(sealer.seal(&lines, events, starts, ends)?));
                }
                // What is damaged stays as it is, for fsck to name: new events must not wait for its repair.
                Err(Error::Corrupt { .. }) => joined.extend(run),
                Err(error) => return Err(error),
            },
        }
        starts = ends;
    }
    Ok(joined)
}

fn lines_of(run: &[Piece], odb: &Odb, path: &str) -> Result<Vec<u8>> {
    let mut lines = Vec::with_capacity(MAX_SEGMENT);
    for piece in run {
        lines.append(&mut piece.lines(odb, path)?);
    }
    Ok(lines)
}

/// Returns the runs of segments of these sizes that become one segment each.
fn plan(sizes: &[u64]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut end = sizes.len();
    let mut sum = 0;
    for (index, size) in sizes.iter().enumerate().rev() {
        let behind = end - index - 1;
        if behind > 0 && (sum + size > MAX_SEGMENT as u64 || *size > 2 * sum) {
            runs.push(index + 1..end);
            end = index + 1;
            sum = 0;
        }
        sum += size;
    }
    if end > 0 {
        runs.push(0..end);
    }
    runs.reverse();
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_segments_are_joined_and_large_ones_left_alone() {
        let full = 4 << 20;
        assert_eq!(plan(&[10; 33]), vec![0..33; 1]);
        assert_eq!(plan(&[full, full, 10, 10, 10]), [0..1, 1..2, 2..5]);
        assert_eq!(plan(&[full, 10, full, 10, 10]), [0..1, 1..2, 2..3, 3..5]);
        assert_eq!(plan(&[1000, 10, 10]), [0..1, 1..3]);
        assert!(plan(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn runs_cover_all_segments_in_order_and_fit(sizes in prop::collection::vec(1_u64..5_000_000, 0..80)) {
            let runs = plan(&sizes);
            let covered: Vec<usize> = runs.iter().cloned().flatten().collect();
            prop_assert_eq!(covered, (0..sizes.len()).collect::<Vec<_>>());
            for run in runs {
                let sum: u64 = sizes[run.clone()].iter().sum();
                prop_assert!(run.len() == 1 || sum <= MAX_SEGMENT as u64);
            }
        }

        #[test]
        fn an_event_is_rewritten_a_logarithmic_number_of_times(appends in prop::collection::vec(1_u64..100_000, 1..600)) {
            let (mut sizes, mut rewritten) = (Vec::new(), 0);
            for append in &appends {
                sizes.push(*append);
                let runs = plan(&sizes);
                if sizes.len() <= MAX_SEGMENTS || sizes.len() - runs.len() < MIN_GAIN {
                    continue;
                }
                let sum = |run: &Range<usize>| sizes[run.clone()].iter().sum::<u64>();
                rewritten += runs.iter().filter(|run| run.len() > 1).map(sum).sum::<u64>();
                sizes = runs.iter().map(sum).collect();
            }
            prop_assert!(sizes.len() <= MAX_SEGMENTS + MIN_GAIN);
            prop_assert!(rewritten <= 8 * appends.iter().sum::<u64>());
        }
    }
}
