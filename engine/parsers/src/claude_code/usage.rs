//! Tokens of API messages, each counted once although a message stands on several lines.

use super::record;
use opensession_hail::{Attributes, attribute};
use std::collections::HashMap;

/// Tokens of one message, or an increase of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    input: u64,
    output: u64,
    cache_read: u64,
    cache_write: u64,
}

impl Tokens {
    pub(super) fn new(usage: &record::Usage) -> Self {
        Self {
            input: usage.input_tokens.0.unwrap_or(0),
            output: usage.output_tokens.0.unwrap_or(0),
            cache_read: usage.cache_read_input_tokens.0.unwrap_or(0),
            cache_write: usage.cache_creation_input_tokens.0.unwrap_or(0),
        }
    }

    /// Writes what is not zero.
    pub(super) fn write(self, attributes: &mut Attributes) {
        let named = [
            (attribute::INPUT_TOKENS, self.input),
            (attribute::OUTPUT_TOKENS, self.output),
            (attribute::CACHE_READ_TOKENS, self.cache_read),
            (attribute::CACHE_WRITE_TOKENS, self.cache_write),
        ];
        for (name, tokens) in named {
            if tokens > 0 {
                attributes.set(name, tokens);
            }
        }
    }

    fn merge(self, other: Self, with: fn(u64, u64) -> u64) -> Self {
        Self {
            input: with(self.input, other.input),
            output: with(self.output, other.output),
            cache_read: with(self.cache_read, other.cache_read),
            cache_write: with(self.cache_write, other.cache_write),
        }
    }
}

/// What was already put on events, by message.
#[derive(Debug, Default)]
pub(super) struct Usage {
    /// By a hash of the message id.
    given: HashMap<u64, Tokens>,
    /// The message that reported tokens no event carries yet, and its maximum.
    owed: Option<(u64, Tokens)>,
}

impl Usage {
    /// Notes what a line of `message` reports.
    pub(super) fn report(&mut self, message: u64, tokens: Tokens) {
        let so_far = match self.owed {
            Some((owner, owed)) if owner == message => owed,
            _ => self.given.get(&message).copied().unwrap_or_default(),
        };
        self.owed = Some((message, so_far.merge(tokens, u64::max)));
    }

    /// Returns what the message on hand has reported beyond what its events carry, and counts it as carried.
    pub(super) fn take(&mut self) -> Option<Tokens> {
        let (message, reported) = self.owed.take()?;
        let given = self.given.entry(message).or_default();
        let increase = reported.merge(*given, u64::saturating_sub);
        *given = reported;
        (increase != Tokens::default()).then_some(increase)
    }

    /// Returns what is owed for a message other than `message`, as [`Usage::take`] does.
    pub(super) fn take_for_others(&mut self, message: Option<u64>) -> Option<Tokens> {
        let others = self.owed.is_some_and(|(owner, _)| Some(owner) != message);
        if others { self.take() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(input: u64, output: u64) -> Tokens {
        Tokens { input, output, ..Tokens::default() }
    }

    #[test]
    fn increases_add_up_to_the_maximum_of_a_message() {
        let mut usage = Usage::default();
        usage.report(1, tokens(9, 5));
        assert_eq!(usage.take(), Some(tokens(9, 5)));
        usage.report(1, tokens(9, 5));
        assert_eq!(usage.take(), None);
        usage.report(1, tokens(9, 631));
        assert_eq!(usage.take(), Some(tokens(0, 626)));
        usage.report(1, tokens(9, 2));
        assert_eq!(usage.take(), None);
    }

    #[test]
    fn what_no_event_carried_is_owed_until_the_next_message() {
        let mut usage = Usage::default();
        usage.report(1, tokens(9, 5));
        assert_eq!(usage.take_for_others(Some(1)), None);
        usage.report(1, tokens(9, 7));
        assert_eq!(usage.take_for_others(Some(2)), Some(tokens(9, 7)));
        assert_eq!(usage.take_for_others(Some(3)), None);
    }
}
