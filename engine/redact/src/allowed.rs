//! What is not masked though a rule finds it: the user has looked at it and said so.

use crate::{Error, Key};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// One thing that is not masked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Allowance {
    /// All that the rule of this name finds.
    Rule(String),
    /// A value, whatever finds it: its keyed BLAKE3, so that the list does not hold it.
    Value([u8; 32]),
    /// What a mark stands for: the rule and the mark's digits.
    Mark(String, [u8; 2]),
}

/// What is not masked.
pub type Allowed = BTreeSet<Allowance>;

impl Allowance {
    /// Returns the allowance of a value under the key of a store.
    #[must_use]
    pub fn value(key: &Key, value: &str) -> Self {
        Self::Value(key.hash([value.as_bytes()]))
    }

    /// Returns the allowance of what `mark` stands for: `[redacted:<rule>:<4 hex>]`, also without the brackets or the word.
    ///
    /// `None` where it is no mark.
    #[must_use]
    pub fn mark(mark: &str) -> Option<Self> {
        let inner = mark.trim().trim_start_matches('[').trim_end_matches(']');
        let (rule, digits) = inner.strip_prefix("redacted:").unwrap_or(inner).rsplit_once(':')?;
        let is_rule = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let named = !rule.is_empty() && rule.bytes().all(is_rule);
        Some(Self::Mark(rule.to_owned(), from_hex(digits)?)).filter(|_| named)
    }
}

/// Returns whether what `rule` found is not masked; `hash` is that of the value.
pub(crate) fn lets(allowed: &Allowed, rule: &str, hash: impl FnOnce() -> [u8; 32]) -> bool {
    if allowed.is_empty() {
        return false;
    }
    let hash = hash();
    let [first, second, ..] = hash;
    allowed.iter().any(|allowance| match allowance {
        Allowance::Rule(name) => name == rule,
        Allowance::Value(value) => *value == hash,
        Allowance::Mark(name, digits) => name == rule && *digits == [first, second],
    })
}

/// Writes a line of the file: `rule <name>`, `value <64 hex>` or `mark <rule>:<4 hex>`.
impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(name) => write!(f, "rule {name}"),
            Self::Value(hash) => write!(f, "value {}", blake3::Hash::from_bytes(*hash)),
            Self::Mark(rule, [first, second]) => write!(f, "mark {rule}:{first:02x}{second:02x}"),
        }
    }
}

impl FromStr for Allowance {
    type Err = Error;

    fn from_str(line: &str) -> Result<Self, Error> {
        let wrong = || Error::Allowance(line.to_owned());
        match line.split_once(' ').ok_or_else(wrong)? {
            ("rule", name) => Ok(Self::Rule(name.to_owned())),
            ("value", hex) => from_hex(hex).map(Self::Value).ok_or_else(wrong),
            ("mark", mark) => Self::mark(mark).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }
}

/// Returns the bytes that `hex` writes.
fn from_hex<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let digits = hex.as_bytes();
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    (digits.len() == 2 * N && digits.iter().all(u8::is_ascii_hexdigit)).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_are_written() {
        let key = Key::from_bytes([3; 32]);
        let mark = Allowance::mark("[redacted:api-key:0aff]").unwrap();
        assert_eq!(Allowance::mark("api-key:0aff"), Some(mark.clone()));
        for allowance in [Allowance::Rule("jwt".to_owned()), Allowance::value(&key, "x"), mark] {
            assert_eq!(allowance.to_string().parse(), Ok(allowance));
        }
        for wrong in
            ["", "rule", "value 12", "mark api-key:0af", "mark api-key", "other x", "mark :0aff"]
        {
            assert_eq!(wrong.parse::<Allowance>(), Err(Error::Allowance(wrong.to_owned())));
        }
    }
}
