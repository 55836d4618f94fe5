//! The parent's history at the head of a forked, resumed or sub-agent log.
//!
//! Such a log begins with its own `session_meta`; then comes the parent's, with another id, and a copy of the parent's
//! records that is written in one go, with new time stamps. The copy ends where the first pause between two stamps
//! shows that somebody works again (`hail.md`, "Codex replay").

use opensession_hail::Timestamp;

/// The shortest pause, in milliseconds, that a program copying records does not make.
const PAUSE: i64 = 300;

/// Whether the records read now are the parent's.
#[derive(Debug, Default)]
pub(super) struct Replay {
    /// The latest stamp inside the copy.
    latest: Option<Timestamp>,
}

impl Replay {
    /// The `session_meta` of another session was read.
    pub(super) fn start(&mut self, stamp: Option<Timestamp>) {
        self.latest = stamp;
    }

    /// Returns whether a record with this stamp still belongs to the copy.
    pub(super) fn covers(&mut self, stamp: Option<Timestamp>) -> bool {
        let Some(latest) = self.latest else {
            return false;
        };
        let Some(stamp) = stamp else {
            return true;
        };
        if stamp.as_millis() - latest.as_millis() >= PAUSE {
            self.latest = None;
            return false;
        }
        self.latest = Some(stamp.max(latest));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_ends_at_the_first_pause() {
        let mut replay = Replay::default();
        let at = Timestamp::from_millis;
        assert!(!replay.covers(at(0)));
        replay.start(at(1000));
        for millis in [1000, 1299, 1250, 1598] {
            assert!(replay.covers(at(millis)), "{millis}");
        }
        assert!(replay.covers(None));
        assert!(!replay.covers(at(1898)));
        assert!(!replay.covers(at(1898)));
    }
}
