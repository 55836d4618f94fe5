//! Escapes of JSON in strings in strings: a word that is cut out must not begin inside of one.

/// Returns how many bytes at `at` in `text` belong to an escape whose backslash stands before `at`, where it may be one.
pub(super) fn begins_in(text: &[u8], at: usize) -> Option<usize> {
    let backslashes = text[..at].iter().rev().take_while(|b| **b == b'\\').count();
    if backslashes % 2 == 0 {
        return None;
    }
    match text.get(at)? {
        b'n' | b'r' | b't' | b'b' | b'f' => Some(1),
        b'u' => Some(5),
        _ => None,
    }
}

/// Returns `start`, or the end of the escape that it stands in.
pub(super) fn skip(text: &[u8], start: usize) -> usize {
    start + begins_in(text, start).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_odd_backslash_escapes() {
        for (text, at, expected) in [
            (r"\nx", 1, 2),
            (r"\\nx", 2, 2),
            (r"\\\nx", 3, 4),
            (r"\u001bx", 1, 6),
            (r"\ax", 1, 1),
            ("nx", 0, 0),
        ] {
            assert_eq!(skip(text.as_bytes(), at), expected, "{text}");
        }
    }
}
