//! Which edit wrote a line: of those that say they added it, the last one that stands among the same lines.

use super::trace::{Said, Trace};
use super::version::{FileLine, Version};
use crate::links::line::Weight;
use std::collections::HashMap;

/// So many lines on either side tell one place from another.
const MOST_AROUND: usize = 64;
/// So many lines that prove something, on either side, are enough to know a place by.
const ENOUGH: usize = 3;
/// For a line that stands in more places than this, times edits that wrote it, only its neighbours tell.
const MOST_PAIRS: usize = 4096;

/// A line of a hunk of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    pub trace: usize,
    hunk: usize,
    line: usize,
}

/// The traces that may have written the lines of a file, found by line.
pub(crate) struct Picker<'t> {
    traces: &'t [Trace],
    index: HashMap<u64, Vec<At>>,
}

/// How well an edit fits before its surroundings are looked at; the more the better. `None` where it cannot be the one.
pub(crate) type Rank<'r> = &'r dyn Fn(&Trace, usize) -> Option<u32>;

/// How the surroundings of a line in a hunk are those of a line in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// They are others.
    Elsewhere,
    /// The hunk has none.
    Alone,
    /// Some are the same.
    Partly,
    /// They are the same.
    Wholly,
}

impl<'t> Picker<'t> {
    pub(crate) fn new(traces: &'t [Trace]) -> Self {
        let mut index: HashMap<u64, Vec<At>> = HashMap::new();
        for (trace, one) in traces.iter().enumerate() {
            for (hunk, lines) in one.hunks.iter().enumerate() {
                for (line, said) in lines.iter().enumerate().filter(|(_, said)| said.is_added) {
                    index.entry(said.print.bare).or_default().push(At { trace, hunk, line });
                }
            }
        }
        Self { traces, index }
    }

    /// Returns which edit wrote each of the lines `targets` of `version`, as far as that is sure. With `is_exact` the
    /// edit must have written it to the byte.
    pub(crate) fn pick(
        &self,
        version: &Version,
        targets: &[usize],
        is_exact: bool,
        rank: Rank<'_>,
    ) -> Vec<Option<At>> {
        let mut picked: HashMap<usize, At> = HashMap::new();
        for target in targets {
            if let Some(at) = self.pick_one(version, *target, is_exact, rank) {
                picked.insert(*target, at);
            }
        }
        let sure = |target: &usize| {
            let known = picked.get(target).copied();
            known.or_else(|| self.follow(version, *target, is_exact, &picked))
        };
        targets.iter().map(sure).collect()
    }

    fn pick_one(
        &self,
        version: &Version,
        target: usize,
        is_exact: bool,
        rank: Rank<'_>,
    ) -> Option<At> {
        let line = version.lines.get(target)?;
        let candidates = self.index.get(&line.print.bare)?;
        let places = version.places(line.print.bare);
        if candidates.len().saturating_mul(places.len()) > MOST_PAIRS {
            return None;
        }
        let mut found = Vec::new();
        for at in candidates {
            let (Some(trace), Some(said)) = (self.traces.get(at.trace), self.said(*at)) else {
                continue;
            };
            let is_same = !is_exact || said.print.exact == line.print.exact;
            let Some(rank) = rank(trace, at.trace).filter(|_| is_same) else { continue };
            let (fit, extent) = self.fit(version, target, *at);
            // The line stands in another place that is more like the one that the edit wrote it in.
            let mut others = places.iter().filter(|place| **place != target);
            let others = others.try_fold(0, |equal, place| {
                let (_, other) = self.fit(version, *place, *at);
                (other <= extent).then_some(equal + usize::from(other == extent))
            });
            let Some(others) = others else { continue };
            if is_believed(line, fit, places.len() == 1) {
                found.push((rank, fit, extent, others, *at));
            }
        }
        let alike = |extent| found.iter().filter(|(_, _, other, ..)| *other == extent).count();
        let sure = found.iter().filter(|(_, _, extent, others, _)| *others < alike(*extent));
        let order = |at: &At| {
            let time = self.traces.get(at.trace).map(|trace| trace.time);
            // Sessions that are copies of others come last.
            (time, std::cmp::Reverse(at.trace), at.hunk, at.line)
        };
        let is_alone =
            |fit: Fit| if fit == Fit::Alone && places.len() == 1 { Fit::Wholly } else { fit };
        let best = sure.max_by_key(|(rank, fit, _, _, at)| (*rank, is_alone(*fit), order(at)));
        best.map(|(.., at)| *at)
    }

    /// Returns the edit that wrote a line together with the nearest line above or below it whose edit is known.
    fn follow(
        &self,
        version: &Version,
        target: usize,
        is_exact: bool,
        picked: &HashMap<usize, At>,
    ) -> Option<At> {
        let above = (1..=MOST_AROUND.min(target)).map(|steps| (target - steps, steps, true));
        let below = (1..=MOST_AROUND).map(|steps| (target + steps, steps, false));
        let nearest = |mut lines: Box<dyn Iterator<Item = (usize, usize, bool)>>| {
            lines.find_map(|(line, steps, is_above)| Some((*picked.get(&line)?, steps, is_above)))
        };
        let found = [nearest(Box::new(above)), nearest(Box::new(below))];
        let found = found.into_iter().flatten().filter_map(|(at, steps, is_above)| {
            let line = if is_above { at.line + steps } else { at.line.checked_sub(steps)? };
            let own = At { line, ..at };
            let is_same = |step: usize| {
                let (said, file) = if is_above {
                    (at.line + step, target - steps + step)
                } else {
                    (line + step, target + step)
                };
                let said = self.said(At { line: said, ..at });
                let file = version.lines.get(file);
                said.zip(file).is_some_and(|(said, file)| said.print.bare == file.print.bare)
            };
            let is_same = (0..=steps).all(is_same);
            let said = self.said(own)?;
            let file = version.lines.get(target)?;
            let is_exact = !is_exact || said.print.exact == file.print.exact;
            (is_same && is_exact && said.is_added).then_some(own)
        });
        found.max_by_key(|at| self.traces.get(at.trace).map(|trace| trace.time))
    }

    fn said(&self, at: At) -> Option<&Said> {
        self.traces.get(at.trace)?.hunks.get(at.hunk)?.get(at.line)
    }

    /// Returns how the lines around `place` are those around a line of a hunk, and how many are.
    fn fit(&self, version: &Version, place: usize, at: At) -> (Fit, usize) {
        let hunk = self.traces.get(at.trace).and_then(|trace| trace.hunks.get(at.hunk));
        let hunk = hunk.map_or(&[][..], Vec::as_slice);
        let (above, below) = (hunk.get(..at.line), hunk.get(at.line + 1..));
        let (over, under) = (version.lines.get(..place), version.lines.get(place + 1..));
        let up = Side::of(above.into_iter().flatten().rev(), over.into_iter().flatten().rev());
        let down = Side::of(below.into_iter().flatten(), under.into_iter().flatten());
        let fit = match (up.proof + down.proof, up.ends_well && down.ends_well) {
            (0, true) => Fit::Alone,
            (0, false) => Fit::Elsewhere,
            (_, true) => Fit::Wholly,
            (_, false) => Fit::Partly,
        };
        (fit, up.same + down.same)
    }
}

/// What is on one side of a line.
struct Side {
    /// How many lines are the same.
    same: usize,
    /// How many of the nearest of them prove something.
    proof: usize,
    /// Whether there was none that differs before enough were the same.
    ends_well: bool,
}

impl Side {
    fn of<'s>(
        said: impl Iterator<Item = &'s Said>,
        mut file: impl Iterator<Item = &'s FileLine>,
    ) -> Self {
        let mut side = Self { same: 0, proof: 0, ends_well: true };
        for said in said.take(MOST_AROUND) {
            match file.next().filter(|line| line.print.bare == said.print.bare) {
                Some(line) => {
                    side.same += 1;
                    side.proof += usize::from(line.weight.is_some());
                }
                None => {
                    side.ends_well = side.proof >= ENOUGH;
                    break;
                }
            }
        }
        side
    }
}

/// Returns whether an edit that says it wrote the line is believed, where its surroundings fit so.
fn is_believed(line: &FileLine, fit: Fit, is_unique: bool) -> bool {
    match (fit, line.weight) {
        (Fit::Wholly | Fit::Partly, _) => true,
        (_, None) => false,
        (Fit::Alone, Some(Weight::Weak)) => is_unique,
        (Fit::Alone, Some(_)) => true,
        // Somebody moved it, or wrote it anew.
        (Fit::Elsewhere, Some(weight)) => is_unique && weight == Weight::Telling,
    }
}

#[cfg(test)]
mod tests;
