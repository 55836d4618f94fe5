//! What the machine's clock was off from UTC: events have local times without a zone.

use opensession_hail::Timestamp;

/// Zones differ from UTC by quarters of an hour.
const STEP: i64 = 15 * 60 * 1000;

/// No zone is further from UTC, in milliseconds.
const FURTHEST: i64 = 15 * 3600 * 1000;

/// How much longer after the same moment an event may be written.
const DELAY: i64 = 5 * 60 * 1000;

/// How many milliseconds are to be added to local times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock(i64);

impl Clock {
    /// Returns the clock by which `moment` was `local`, a few minutes later at most.
    pub(super) fn between(moment: Option<Timestamp>, local: Option<Timestamp>) -> Option<Self> {
        let off = moment?.as_millis().checked_sub(local?.as_millis())?;
        let offset = (off + DELAY).div_euclid(STEP) * STEP;
        (offset.abs() <= FURTHEST && (off - offset).abs() <= DELAY).then_some(Self(offset))
    }

    /// Returns the time that a log writes, by this clock where it names no zone; without a clock it is taken for UTC.
    pub(super) fn read(clock: Option<Self>, text: &str) -> Option<Timestamp> {
        if let Some(zoned) = Timestamp::parse(text) {
            return Some(zoned);
        }
        let local = local(text)?;
        Timestamp::from_millis(local.as_millis().checked_add(clock.map_or(0, |clock| clock.0))?)
    }
}

/// Reads a time without a zone as if it were UTC.
pub(super) fn local(text: &str) -> Option<Timestamp> {
    Timestamp::parse(&format!("{}Z", text.trim().replacen(' ', "T", 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_told_twice_gives_the_zone() {
        let local_time = local("2026-02-05T16:54:47.142819");
        let told = |text: &str| Timestamp::parse(text);
        let clock = Clock::between(told("2026-02-05T11:24:47.143Z"), local_time);
        assert_eq!(clock, Some(Clock(-330 * 60 * 1000)));
        let read = Clock::read(clock, "2026-02-05T16:54:48");
        assert_eq!(read, Timestamp::parse("2026-02-05T11:24:48Z"));
        assert_eq!(Clock::read(clock, "2026-02-05T16:54:48Z"), told("2026-02-05T16:54:48Z"));
        assert_eq!(Clock::read(None, "2026-02-05 16:54:48"), told("2026-02-05T16:54:48Z"));
        // Minutes lie between the two: no zone can be told.
        assert_eq!(Clock::between(told("2026-02-05T11:17:00Z"), local_time), None);
        assert_eq!(Clock::between(told("2026-02-03T11:17:00Z"), local_time), None);
    }
}
