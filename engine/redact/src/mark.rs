//! Marks: what stands where a secret stood.

use crate::Error;
use std::fmt;

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
    fn marks_depend_on_key_and_secret_and_not_on_where_it_was_cut() {
        let key = Key::from_bytes([1; 32]);
        let whole = mark(&key, "r", [b"secret".as_slice()]);
        assert_eq!(mark(&key, "r", [b"sec".as_slice(), b"ret"]), whole);
        assert_ne!(mark(&key, "r", [b"other".as_slice()]), whole);
        assert_ne!(mark(&Key::from_bytes([2; 32]), "r", [b"secret".as_slice()]), whole);
        assert_eq!(whole.len(), "[redacted:r:0000]".len());
    }
}
