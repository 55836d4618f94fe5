//! How often a repository is shared behind pushes: hosts take only so many pushes a minute, and the user's own come first.

use crate::{Result, notes};
use opensession_hail::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// When repositories were shared lately, by git folder.
const SHARES: &str = "shares.json";
/// So long they are remembered.
const SPAN: Duration = Duration::from_secs(60);
/// So many are not waited for in that time. GitHub recommends six pushes a minute, of all kinds together.
const AT_ONCE: usize = 2;

type Shares = BTreeMap<PathBuf, Vec<Timestamp>>;

/// Returns how long to wait before the repository with this git folder is shared again.
pub(super) fn pause(data_dir: &Path, git_dir: &Path, now: Timestamp) -> Duration {
    let shares: Shares = notes::read(data_dir, SHARES);
    shares.get(git_dir).map_or(Duration::ZERO, |times| left(times, now))
}

/// Remembers that it is shared now.
///
/// # Errors
/// Where that cannot be written.
pub(super) fn begin(data_dir: &Path, git_dir: &Path, now: Timestamp) -> Result<()> {
    add(data_dir, git_dir, now, 1)
}

/// Remembers that the remote wants to be asked less often: nothing is sent for as long as is remembered.
///
/// # Errors
/// Where that cannot be written.
pub(super) fn back_off(data_dir: &Path, git_dir: &Path, now: Timestamp) -> Result<()> {
    add(data_dir, git_dir, now, AT_ONCE)
}

fn add(data_dir: &Path, git_dir: &Path, now: Timestamp, count: usize) -> Result<()> {
    notes::change(data_dir, SHARES, |shares: &mut Shares| {
        for times in shares.values_mut() {
            times.retain(|time| age(*time, now).is_some());
        }
        shares.retain(|_git_dir, times| !times.is_empty());
        shares.entry(git_dir.to_owned()).or_default().extend(vec![now; count]);
    })
}

/// Returns how long to wait at `now` after having shared at `times`.
fn left(times: &[Timestamp], now: Timestamp) -> Duration {
    let mut ages: Vec<Duration> = times.iter().filter_map(|time| age(*time, now)).collect();
    ages.sort();
    // The one that makes room as soon as it is forgotten.
    ages.get(AT_ONCE - 1).map_or(Duration::ZERO, |age| SPAN.saturating_sub(*age))
}

/// Returns how long ago `time` was; `None` where it counts no more, or a clock was set back since.
fn age(time: Timestamp, now: Timestamp) -> Option<Duration> {
    let millis = u64::try_from(now.as_millis() - time.as_millis()).ok()?;
    Some(Duration::from_millis(millis)).filter(|age| *age < SPAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000 + seconds * 1000).unwrap()
    }

    #[test]
    fn two_go_at_once_and_the_next_when_the_first_of_them_is_a_minute_old() {
        for (times, now, wait) in [
            (&[][..], 0, 0),
            (&[0], 0, 0),
            (&[0, 5], 5, 55),
            (&[0, 5], 59, 1),
            (&[0, 5], 60, 0),
            (&[0, 5, 60], 60, 5),
            (&[0, 5, 60], 65, 0),
            (&[0, 0], 1, 59),
            // Of a clock that was set back.
            (&[900, 901], 0, 0),
        ] {
            let found = left(&times.iter().copied().map(at).collect::<Vec<_>>(), at(now));
            assert_eq!(found, Duration::from_secs(wait), "{times:?} at {now}");
        }
    }

    #[test]
    fn however_many_want_to_a_minute_sees_two() {
        let dir = tempfile::tempdir().unwrap();
        let repository = Path::new("/a/.git");
        let mut shared = Vec::new();
        for second in 0..600 {
            if pause(dir.path(), repository, at(second)).is_zero() {
                begin(dir.path(), repository, at(second)).unwrap();
                shared.push(second);
            }
        }
        assert_eq!(shared.len(), 20, "{shared:?}");
        assert!(shared.windows(3).all(|three| three[2] - three[0] >= 60), "{shared:?}");
    }

    #[test]
    fn a_remote_that_wants_less_gets_nothing_for_a_minute_and_others_are_not_held_up() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (Path::new("/a/.git"), Path::new("/b/.git"));
        begin(dir.path(), one, at(0)).unwrap();
        back_off(dir.path(), one, at(1)).unwrap();
        assert_eq!(pause(dir.path(), one, at(1)), SPAN);
        assert_eq!(pause(dir.path(), one, at(60)), Duration::from_secs(1));
        assert!(pause(dir.path(), one, at(61)).is_zero());
        assert!(pause(dir.path(), other, at(1)).is_zero());
        // What counts no more is not kept.
        begin(dir.path(), other, at(200)).unwrap();
        assert_eq!(notes::read::<Shares>(dir.path(), SHARES).len(), 1);
    }
}
