//! What a reader met that was not as it should be.

use crate::Stats;
use std::collections::BTreeMap;

/// How many different unknown names, and how many numbers of unreadable lines, are kept.
const KEPT: usize = 100;

/// What was odd in an input. Nothing in it is fatal: the reader kept all of it in some form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Lines read, blank ones included.
    pub lines: u64,
    /// Events read, of whatever type; what is no event line is not among them.
    pub events: u64,
    /// Lines whose `type` is not one of HAIL, by type (the first 100 types, all others as `…`).
    pub unknown_line_types: BTreeMap<String, u64>,
    /// Events whose type is not one of HAIL, by type (the first 100 types, all others as `…`).
    pub unknown_event_types: BTreeMap<String, u64>,
    /// Blocks of an unknown type, or of a known one with unknown members, by type (the first 100 types, all others as `…`).
    pub unknown_block_types: BTreeMap<String, u64>,
    /// Members that HAIL does not know, kept where they were.
    pub unknown_members: u64,
    /// Members with a value of the wrong type, kept as `source.…` attributes.
    pub odd_members: u64,
    /// Lines that hold several JSON values, all of them read.
    pub glued_lines: u64,
    /// Lines read after their text was made valid: foreign bytes, unpaired surrogates, bare control characters.
    pub repaired_lines: u64,
    /// Lines that are no JSON, or are too long; kept as `Custom{unparsed}`.
    pub unparsed_lines: u64,
    /// The numbers of the first 100 of them, from 1.
    pub unparsed_at: Vec<u64>,
    /// Whether the last line breaks off; it counts as not yet written.
    pub torn: bool,
    /// Events that took the time of the one before.
    pub inferred_times: u64,
    /// Events that had no id, or one that another event has.
    pub made_ids: u64,
    /// Sessions without a header.
    pub made_headers: u64,
    /// The last statistics that the input claims.
    pub claimed: Option<Stats>,
}

impl Report {
    /// Returns whether nothing was odd.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let plain = Self {
            lines: self.lines,
            events: self.events,
            claimed: self.claimed,
            ..Self::default()
        };
        *self == plain
    }

    pub(super) fn count_line_type(&mut self, name: &str) {
        count(&mut self.unknown_line_types, name);
    }

    pub(super) fn count_event_type(&mut self, name: &str) {
        count(&mut self.unknown_event_types, name);
    }

    pub(super) fn count_block_type(&mut self, name: Option<&str>) {
        count(&mut self.unknown_block_types, name.unwrap_or("untyped"));
    }

    pub(super) fn count_unparsed(&mut self) {
        self.unparsed_lines += 1;
        if self.unparsed_at.len() < KEPT {
            self.unparsed_at.push(self.lines);
        }
    }
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    if let Some(count) = counts.get_mut(name) {
        *count += 1;
    } else if counts.len() < KEPT {
        counts.insert(name.to_owned(), 1);
    } else {
        *counts.entry("…".to_owned()).or_insert(0) += 1;
    }
}
