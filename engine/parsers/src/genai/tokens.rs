//! Tokens of one message. Gemini counts cached input as input, and thoughts beside the output; Qwen's output holds them.

use opensession_hail::{Attributes, attribute};

/// Tokens as the log's message gives them, in the terms of HAIL: each counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// Input that came from no cache.
    pub input: u64,
    /// Input from a cache.
    pub cache_read: u64,
    /// Output, thoughts included.
    pub output: u64,
}

impl Tokens {
    /// Returns the tokens of a request whose `input` counts `cached` too.
    pub(crate) fn new(input: u64, cached: u64, output: u64) -> Self {
        Self { input: input.saturating_sub(cached), cache_read: cached, output }
    }

    /// Returns what these are more than `before`.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            input: self.input.saturating_sub(before.input),
            cache_read: self.cache_read.saturating_sub(before.cache_read),
            output: self.output.saturating_sub(before.output),
        }
    }

    /// Returns the larger of each.
    pub(crate) fn max(self, other: Self) -> Self {
        Self {
            input: self.input.max(other.input),
            cache_read: self.cache_read.max(other.cache_read),
            output: self.output.max(other.output),
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
            (attribute::OUTPUT_TOKENS, self.output),
        ];
        for (name, number) in named {
            let sum = number.saturating_add(attributes.number(name).unwrap_or(0));
            if sum > 0 {
                attributes.set(name, sum);
            }
        }
    }
}
