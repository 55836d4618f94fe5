//! Which lines of the work tree are those of a commit.

use super::version::split;
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Texts with more pairs of lines that differ are not compared line by line.
const MOST_PAIRS: usize = 64_000_000;

/// Returns for each line of `now` which line of `then` it is, from 0; `None` for one that is new. The ends of lines do
/// not count: git may write them as the platform has them.
pub(crate) fn origins(then: &[u8], now: &[u8]) -> Vec<Option<usize>> {
    let lines = |text| -> Vec<&[u8]> {
        split(text).map(|line: &[u8]| line.strip_suffix(b"\r").unwrap_or(line)).collect()
    };
    let (then, now) = (lines(then), lines(now));
    let same = |(a, b): &(&&[u8], &&[u8])| a == b;
    let first = then.iter().zip(&now).take_while(same).count();
    let shorter = then.len().min(now.len()) - first;
    let last = then.iter().rev().zip(now.iter().rev()).take(shorter).take_while(same).count();
    let middle = |lines: &'_ [&[u8]]| first..lines.len() - last;
    let (old, new) = (middle(&then), middle(&now));
    let mut origins: Vec<Option<usize>> = (0..first).map(Some).collect();
    origins.resize(new.end, None);
    if old.len().saturating_mul(new.len()) <= MOST_PAIRS
        && let (Some(a), Some(b)) = (then.get(old), now.get(new))
    {
        for op in capture_diff_slices(Algorithm::Myers, a, b) {
            if let DiffOp::Equal { old_index, new_index, len } = op {
                for step in 0..len {
                    if let Some(origin) = origins.get_mut(first + new_index + step) {
                        *origin = Some(first + old_index + step);
                    }
                }
            }
        }
    }
    origins.extend((then.len() - last..then.len()).map(Some));
    origins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_known_again_whatever_ends_them() {
        let none: [Option<usize>; 0] = [];
        assert_eq!(origins(b"a\nb\n", b"a\r\nb"), [Some(0), Some(1)]);
        assert_eq!(
            origins(b"a\nb\nc\nd\n", b"a\nx\nc\ny\nd\n"),
            [Some(0), None, Some(2), None, Some(3)]
        );
        assert_eq!(origins(b"", b"a\n"), [None]);
        assert_eq!(origins(b"a\n", b""), none);
        assert_eq!(origins(b"a\na\n", b"a\na\na\n"), [Some(0), Some(1), None]);
    }
}
