//! Short stand-ins for names, where only equality matters and a million of them must stay small.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Returns a 64-bit hash of `name`; among a million names two are the same with a chance of 1 in 30 million.
///
/// It may differ between builds: nothing stored may depend on it.
pub(crate) fn fingerprint(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
