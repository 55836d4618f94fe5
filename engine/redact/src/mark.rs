//! Marks: what stands where a secret stood.

use crate::Error;
use std::fmt;

/// How a mark begins.
pub(crate) const BEGIN: &[u8] = b"[redacted:";

/// The secret of a store under which marks are computed. It is never pushed, so a mark gives nothing away.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// Returns the key of these 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the key that 64 hex digits write.
    ///
    /// # Errors
    /// [`Error::Key`] when `hex` is anything else.
    pub fn from_hex(hex: &str) -> Result<Self, Error> {
        blake3::Hash::from_hex(hex)
            .map(|hash| Self(*hash.as_bytes()))
            .map_err(|_not_hex| Error::Key)
    }

    /// Returns the keyed BLAKE3 of `parts` in a row.
    pub(crate) fn hash<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        for part in parts {
            hasher.update(part);
        }
        *hasher.finalize().as_bytes()
    }

    /// Returns the mark of `secret` where `rule` finds it.
    #[must_use]
    pub fn mark(&self, rule: &str, secret: &str) -> String {
        mark(self, rule, [secret.as_bytes()])
    }

    /// Returns the key as 64 hex digits, for a file that only its owner can read.
    #[must_use]
    pub fn to_hex(&self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string()
    }
}

/// Returns the mark of a secret: `[redacted:<rule>:<4 hex>]`, the digits from the keyed BLAKE3 of `parts` in a row.
///
/// Sixteen bits tell the secrets of a session apart and let nobody confirm a guess, for which the key is missing too.
pub(crate) fn mark<'a>(key: &Key, rule: &str, parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let [first, second, ..] = key.hash(parts);
    format!("[redacted:{rule}:{first:02x}{second:02x}]")
}

/// Returns whether `masked` is `text`, but for what stands at its marks.
///
/// One text that was masked twice, with other rules or while other secrets were known, is recognised by this.
#[must_use]
pub fn differ_in_marks_alone(masked: &[u8], text: &[u8]) -> bool {
    let mut pieces = split_at_marks(masked).into_iter();
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        let Some(at) = memchr::memmem::find(rest, piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    true
}

/// Returns what stands before, between and behind the marks in `text`.
fn split_at_marks(text: &[u8]) -> Vec<&[u8]> {
    let (mut pieces, mut start, mut from) = (Vec::new(), 0, 0);
    while let Some(at) = memchr::memmem::find(&text[from..], BEGIN) {
        let begin = from + at;
        from = begin + BEGIN.len();
        let name = text[from..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-');
        let digits = from + name.count();
        if matches!(text[digits..], [b':', _, _, _, _, b']', ..]) {
            pieces.push(&text[start..begin]);
            start = digits + 6;
            from = start;
        }
    }
    pieces.push(&text[start..]);
    pieces
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_and_read_and_never_shown() {
        let key = Key::from_bytes([0xab; 32]);
        assert_eq!(Key::from_hex(&key.to_hex()), Ok(key.clone()));
        assert_eq!(format!("{key:?}"), "Key(…)");
        for wrong in ["", "ab", &"g".repeat(64)] {
            assert_eq!(Key::from_hex(wrong), Err(Error::Key));
        }
    }

    #[test]
    fn a_text_is_known_again_through_its_marks() {
        let masked = b"a [redacted:token:12ab] b [redacted:jwt:00ff]";
        for (text, same) in [
            ("a secret b other", true),
            ("a [redacted:token:12ab] b [redacted:jwt:00ff]", true),
            ("a  b ", true),
            ("a secret c other", false),
            ("x secret b other", false),
        ] {
            assert_eq!(differ_in_marks_alone(masked, text.as_bytes()), same, "{text}");
        }
        assert!(!differ_in_marks_alone(b"a [redacted:token:12a] b", b"a x b"));
        assert!(
            differ_in_marks_alone(b"plain", b"plain")
                && !differ_in_marks_alone(b"plain", b"plaint")
        );
        assert!(!differ_in_marks_alone(b"a [redacted:token:12ab] b", b"a x b!"));
    }

    #[test]
    fn marks_depend_on_key_and_secret_and_not_on_where_it_was_cut() {
        let key = Key::from_bytes([1; 32]);
        let whole = mark(&key, "r", [b"secret".as_slice()]);
        assert_eq!(mark(&key, "r", [b"sec".as_slice(), b"ret"]), whole);
        assert_ne!(mark(&key, "r", [b"other".as_slice()]), whole);
        assert_ne!(mark(&Key::from_bytes([2; 32]), "r", [b"secret".as_slice()]), whole);
        assert_eq!(whole.len(), "[redacted:r:0000]".len());
    }
}
