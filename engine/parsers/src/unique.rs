//! Event ids that stay unique and stable.

use opensession_hail::EventId;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Gives each event an id: the log's own, and `#2`, `#3` … behind it where the log uses it again.
#[derive(Debug, Default)]
pub(crate) struct UniqueIds {
    /// By a hash of the id, so that a million events cost a few bytes each. Two ids with one hash only cost the
    /// later one a needless number behind it, the same in every run.
    seen: HashMap<u64, u32>,
}

impl UniqueIds {
    /// Returns the id for the next event whose record calls itself `own`.
    pub(crate) fn next(&mut self, own: &str) -> EventId {
        let mut hasher = DefaultHasher::new();
        own.hash(&mut hasher);
        let count = self.seen.entry(hasher.finish()).or_insert(0);
        *count += 1;
        if *count == 1 { EventId::new(own) } else { EventId::new(format!("{own}#{count}")) }
    }
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
}
