//! Tokens, from `token_count` records.
//!
//! A record gives the session's totals so far and the last request's share; about half of the records repeat the one
//! before. Input tokens include those read from and written to the cache, output tokens include reasoning.

use crate::lenient::Number;
use opensession_hail::{Attributes, attribute};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The token totals as the log last gave them.
#[derive(Debug, Default)]
pub(super) struct Usage {
    total: Option<Tokens>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
struct Tokens {
    input_tokens: Number,
    cached_input_tokens: Number,
    cache_write_input_tokens: Number,
    output_tokens: Number,
    total_tokens: Number,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Info {
    total_token_usage: Option<Tokens>,
    last_token_usage: Option<Tokens>,
}

/// What a record adds to what earlier ones said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Increase {
    input: u64,
    cache_read: u64,
    cache_write: u64,
    output: u64,
}

impl Usage {
    /// Returns what the record adds; `None` where it repeats or says nothing.
    pub(super) fn read(&mut self, info: &RawValue) -> Option<Increase> {
        // A shape that is not known has nothing to add up; the record is not lost, only silent.
        let info: Info = serde_json::from_str(info.get()).ok()?;
        let last = info.last_token_usage.map(Increase::of).unwrap_or_default();
        let increase = match (self.total, info.total_token_usage) {
            (_, None) => last,
            (Some(before), Some(total)) if before == total => return None,
            (before, Some(total)) => {
                self.total = Some(total);
                // Totals that shrink start anew, as after a resume.
                let grown = before.filter(|before| before.sum() <= total.sum());
                if last == Increase::default() {
                    Increase::of(grown.map_or(total, |before| total.since(before)))
                } else {
                    last
                }
            }
        };
        (increase != Increase::default()).then_some(increase)
    }
}

impl Tokens {
    fn sum(self) -> u64 {
        let parts = [self.input_tokens, self.output_tokens];
        let parts = parts.iter().filter_map(|part| part.0).sum();
        self.total_tokens.0.unwrap_or(parts)
    }

    fn since(self, before: Self) -> Self {
        let minus = |a: Number, b: Number| Number(a.0.map(|a| a.saturating_sub(b.0.unwrap_or(0))));
        Self {
            input_tokens: minus(self.input_tokens, before.input_tokens),
            cached_input_tokens: minus(self.cached_input_tokens, before.cached_input_tokens),
            cache_write_input_tokens: minus(
                self.cache_write_input_tokens,
                before.cache_write_input_tokens,
            ),
            output_tokens: minus(self.output_tokens, before.output_tokens),
            total_tokens: minus(self.total_tokens, before.total_tokens),
        }
    }
}

impl Increase {
    fn of(tokens: Tokens) -> Self {
        let number = |number: Number| number.0.unwrap_or(0);
        let cache_read = number(tokens.cached_input_tokens);
        let cache_write = number(tokens.cache_write_input_tokens);
        Self {
            input: number(tokens.input_tokens)
                .saturating_sub(cache_read)
                .saturating_sub(cache_write),
            cache_read,
            cache_write,
            output: number(tokens.output_tokens),
        }
    }

    /// Sets the token attributes that are not 0.
    pub(super) fn set(self, attributes: &mut Attributes) {
        let named = [
            (attribute::INPUT_TOKENS, self.input),
            (attribute::CACHE_READ_TOKENS, self.cache_read),
            (attribute::CACHE_WRITE_TOKENS, self.cache_write),
            (attribute::OUTPUT_TOKENS, self.output),
        ];
        for (name, number) in named {
            if number > 0 {
                attributes.set(name, number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(usage: &mut Usage, info: &str) -> Option<Increase> {
        usage.read(serde_json::from_str(info).unwrap())
    }

    fn counts(input: u64, cached: u64, output: u64) -> String {
        let total = input + output;
        format!(
            r#"{{"input_tokens":{input},"cached_input_tokens":{cached},"output_tokens":{output},"reasoning_output_tokens":1,"total_tokens":{total}}}"#
        )
    }

    fn info(total: &str, last: &str) -> String {
        format!(r#"{{"total_token_usage":{total},"last_token_usage":{last}}}"#)
    }

    fn increase(input: u64, cache_read: u64, output: u64) -> Option<Increase> {
        Some(Increase { input, cache_read, cache_write: 0, output })
    }

    #[test]
    fn a_repeated_record_counts_once_and_cached_input_is_not_input() {
        let mut usage = Usage::default();
        let first = info(&counts(100, 60, 10), &counts(100, 60, 10));
        assert_eq!(read(&mut usage, &first), increase(40, 60, 10));
        assert_eq!(read(&mut usage, &first), None);
        let second = info(&counts(250, 200, 15), &counts(150, 140, 5));
        assert_eq!(read(&mut usage, &second), increase(10, 140, 5));
    }

    #[test]
    fn without_the_last_request_the_totals_difference_counts() {
        let mut usage = Usage::default();
        let total = |counts: &str| format!(r#"{{"total_token_usage":{counts}}}"#);
        assert_eq!(read(&mut usage, &total(&counts(100, 60, 10))), increase(40, 60, 10));
        assert_eq!(read(&mut usage, &total(&counts(130, 80, 12))), increase(10, 20, 2));
        assert_eq!(read(&mut usage, &total(&counts(20, 0, 1))), increase(20, 0, 1), "shrunk");
    }

    #[test]
    fn a_foreign_shape_says_nothing() {
        let mut usage = Usage::default();
        for odd in ["null", "7", r#"{"prompt":1420,"completion":910}"#] {
            assert_eq!(read(&mut usage, odd), None, "{odd}");
        }
    }
}
