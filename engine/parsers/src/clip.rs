//! Bounds on what a single result may hold.

use opensession_hail::ContentId;

/// A longer output keeps its head and tail.
const LONGEST_OUTPUT: usize = 256 * 1024;
const KEPT_EACH_SIDE: usize = 96 * 1024;

/// Returns an output as it is kept: whole up to 256 KiB, else head and tail around a line that says how long it was
/// and what its BLAKE3 is.
pub(crate) fn clip(text: String) -> String {
    if text.len() <= LONGEST_OUTPUT {
        return text;
    }
    // At most three steps to the edge of a character.
    let head = (0..=KEPT_EACH_SIDE).rev().find_map(|end| text.get(..end));
    let tail = (text.len() - KEPT_EACH_SIDE..).find_map(|start| text.get(start..));
    let (head, tail) = (head.unwrap_or(""), tail.unwrap_or(""));
    let left_out = text.len() - head.len() - tail.len();
    let hash = ContentId::of(text.as_bytes());
    format!(
        "{head}\n[opensession: {left_out} of {} bytes left out; blake3 of the whole {hash}]\n{tail}",
        text.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_output_keeps_head_tail_size_and_hash() {
        let short = "é".repeat(1000);
        assert_eq!(clip(short.clone()), short);
        let long = "é".repeat(200_000);
        let kept = clip(long.clone());
        assert!(kept.len() < LONGEST_OUTPUT);
        assert!(
            kept.contains("of 400000 bytes")
                && kept.contains(&ContentId::of(long.as_bytes()).to_string())
        );
        assert!(kept.starts_with('é') && kept.ends_with('é'));
    }
}
