//! Event ids that stay unique and stable.

use opensession_hail::EventId;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

/// Gives each event an id: the log's own, and `#2`, `#3` … behind it where the log uses it again.
#[derive(Debug, Default)]
pub(crate) struct UniqueIds {
    /// By a hash of the id, so that a million events cost a few bytes each. Two ids with one hash only cost the
    /// later one a needless number behind it, the same in every run.
    seen: HashSet<u64, BuildHasherDefault<Hashed>>,
    /// How often those were used that were used again.
    again: HashMap<u64, u32>,
}

/// Takes what is a hash already as it is.
#[derive(Debug, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl UniqueIds {
    /// Returns the id for the next event whose record calls itself `own`.
    pub(crate) fn next(&mut self, own: &str) -> EventId {
        let first = hash(own);
        if self.seen.insert(first) {
            return EventId::new(own);
        }
        let mut count = self.again.get(&first).copied().unwrap_or(1) + 1;
        let mut id = format!("{own}#{count}");
        // The log may itself call a record what another one was called here.
        while !self.seen.insert(hash(&id)) {
            count += 1;
            id = format!("{own}#{count}");
        }
        self.again.insert(first, count);
        EventId::new(id)
    }
}

fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_id_is_numbered_in_log_order() {
        let mut ids = UniqueIds::default();
        let given: Vec<String> =
            ["a", "b", "a", "a", "b"].iter().map(|own| ids.next(own).to_string()).collect();
        assert_eq!(given, ["a", "b", "a#2", "a#3", "b#2"]);
    }

    #[test]
    fn an_id_that_looks_numbered_is_not_given_twice() {
        let given = |log: &[&str]| -> Vec<String> {
            let mut ids = UniqueIds::default();
            log.iter().map(|own| ids.next(own).to_string()).collect()
        };
        assert_eq!(given(&["a", "a#2", "a", "a"]), ["a", "a#2", "a#3", "a#4"]);
        assert_eq!(given(&["a", "a", "a#2"]), ["a", "a#2", "a#2#2"]);
    }
}
