//! What became of a log's records.

use opensession_hail::ContentId;
use std::collections::BTreeMap;

/// Counts by name.
pub type Count = BTreeMap<String, u64>;

/// What became of the records of one source. Every record is in exactly one of the three counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParseReport {
    /// Uncompressed bytes of whole records; a torn last line is not among them.
    pub bytes: u64,
    /// BLAKE3 of those bytes.
    pub hash: Option<ContentId>,
    /// Records that became events, or changed an event or the header, by record kind.
    pub understood: Count,
    /// Records left out on purpose, by reason.
    pub dropped: Count,
    /// Records kept as they are because their kind or shape is not known, by kind.
    pub unknown: Count,
    /// Members of known records that the parser does not know, as `<kind>.<member>`. Not every record is looked at.
    pub fields: Count,
    /// Whether the last line is not whole yet.
    pub torn: bool,
    /// The newest tool version that the log names.
    pub tool_version: Option<String>,
}

impl ParseReport {
    /// Counts a record that became part of the session.
    pub fn understand(&mut self, kind: &str) {
        add(&mut self.understood, kind);
    }

    /// Counts a record left out on purpose.
    pub fn drop(&mut self, reason: &str) {
        add(&mut self.dropped, reason);
    }

    /// Counts a record of unknown kind or shape.
    pub fn keep_unknown(&mut self, kind: &str) {
        add(&mut self.unknown, kind);
    }

    /// Adds the counts of another log's records.
    pub fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.torn |= other.torn;
        let groups = [
            (&mut self.understood, &other.understood),
            (&mut self.dropped, &other.dropped),
            (&mut self.unknown, &other.unknown),
            (&mut self.fields, &other.fields),
        ];
        for (sum, counts) in groups {
            for (name, count) in counts {
                *sum.entry(name.clone()).or_insert(0) += count;
            }
        }
    }

    /// Returns what the parser does not know of the log: kinds of records, and members of known ones.
    #[must_use]
    pub fn drift(&self) -> Count {
        let both = self.unknown.iter().chain(&self.fields);
        both.map(|(name, count)| (name.clone(), *count)).collect()
    }

    /// Returns the number of records.
    #[must_use]
    pub fn records(&self) -> u64 {
        [&self.understood, &self.dropped, &self.unknown]
            .into_iter()
            .flat_map(BTreeMap::values)
            .sum()
    }
}

fn add(count: &mut Count, name: &str) {
    if let Some(number) = count.get_mut(name) {
        *number += 1;
    } else {
        count.insert(name.to_owned(), 1);
    }
}
