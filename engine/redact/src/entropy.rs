//! How much is in a string.

/// Returns the Shannon entropy of `bytes`, in bits for each byte: 0 for `aaaa`, 4 for all sixteen hex digits.
pub(crate) fn bits_per_byte(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let total = bytes.iter().map(|_| 1.0).sum::<f64>();
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / total)
        .map(|share| -share * share.log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::bits_per_byte;

    #[test]
    fn even_spreads_have_the_logarithm_of_their_size() {
        for (text, bits) in [("", 0.0), ("aaaa", 0.0), ("abab", 1.0), ("0123456789abcdef", 4.0)] {
            assert!((bits_per_byte(text.as_bytes()) - bits).abs() < 1e-9, "{text}");
        }
    }
}
