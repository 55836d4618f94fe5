//! Short stand-ins for ids, where only equality matters and a log may hold a million of them.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Returns a 64-bit hash of the parts, the same in every run of one build.
pub(super) fn fingerprint(parts: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}
