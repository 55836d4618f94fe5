//! Tokens of one message.

use opensession_hail::{Attributes, attribute};

/// Tokens as the log's message gives them, in the terms of HAIL: each counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tokens {
    /// Input that came from no cache.
    pub input: u64,
    /// Input from a cache.
    pub cache_read: u64,
    /// Input written to a cache.
    pub cache_write: u64,
    /// Output, thoughts included.
    pub output: u64,
    /// What the tool says that it cost, in US dollars.
    pub cost: f64,
}

impl Tokens {
    /// Returns the tokens of a request whose `input` counts `cached` too.
    pub(crate) fn new(input: u64, cached: u64, output: u64) -> Self {
        let input = input.saturating_sub(cached);
        Self { input, cache_read: cached, output, ..Self::default() }
    }

    /// Returns what these are more than `before`.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            input: self.input.saturating_sub(before.input),
            cache_read: self.cache_read.saturating_sub(before.cache_read),
            cache_write: self.cache_write.saturating_sub(before.cache_write),
            output: self.output.saturating_sub(before.output),
            cost: (self.cost - before.cost).max(0.0),
        }
    }

    /// Returns both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            cache_read: self.cache_read.saturating_add(other.cache_read),
            cache_write: self.cache_write.saturating_add(other.cache_write),
            output: self.output.saturating_add(other.output),
            cost: self.cost + other.cost,
        }
    }

    /// Returns the larger of each.
    pub(crate) fn max(self, other: Self) -> Self {
        Self {
            input: self.input.max(other.input),
            cache_read: self.cache_read.max(other.cache_read),
            cache_write: self.cache_write.max(other.cache_write),
            output: self.output.max(other.output),
            cost: self.cost.max(other.cost),
        }
    }

    /// Returns whether there are none.
    pub(crate) fn is_zero(self) -> bool {
        self == Self::default()
    }

    /// Adds these to the token attributes, and sets those that are not 0.
    pub(crate) fn add_to(self, attributes: &mut Attributes) {
        let named = [
            (attribute::INPUT_TOKENS, self.input),
            (attribute::CACHE_READ_TOKENS, self.cache_read),
            (attribute::CACHE_WRITE_TOKENS, self.cache_write),
            (attribute::OUTPUT_TOKENS, self.output),
        ];
        for (name, number) in named.into_iter().filter(|(_, number)| *number > 0) {
            attributes.set(name, number.saturating_add(attributes.number(name).unwrap_or(0)));
        }
        if self.cost > 0.0 && self.cost.is_finite() {
            attributes.set(attribute::COST, self.cost);
        }
    }
}
