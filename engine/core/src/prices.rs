//! What tokens cost: a dated list of prices, the user's own, and what tools' logs state.

mod table;

use crate::{Error, Result};
use opensession_parsers::Home;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::{fs, io};
use table::Price;

/// The prices that this program comes with.
const LIST: &str = include_str!("prices/list.toml");

/// What models cost, by model and day.
#[derive(Clone, Debug)]
pub struct Prices {
    /// The user's own first; of one origin the later days first.
    prices: Vec<Price>,
}

/// Tokens as models count them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Tokens {
    /// Without what came from a cache.
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    pub cache_write: u64,
}

/// What tokens cost, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// What is known, in millionths of a US dollar.
    pub micros: u64,
    /// How much of it stands in the tools' own logs.
    pub stated_micros: u64,
    /// How many tokens that is for.
    pub known_tokens: u64,
    /// How many tokens have no price.
    pub unknown_tokens: u64,
}

impl Prices {
    /// Returns where the user's own prices are: `$XDG_CONFIG_HOME/opensession/prices.toml`.
    #[must_use]
    pub fn path(home: &Home) -> PathBuf {
        home.config_dir().join("opensession/prices.toml")
    }

    /// Returns the prices that this program comes with, and before them those that the user has set.
    ///
    /// # Errors
    /// [`Error::Config`] with file, line and reason where the user's file is not valid, [`Error::Io`] where it cannot
    /// be read.
    pub fn load(home: &Home) -> Result<Self> {
        let path = Self::path(home);
        let mut prices = match fs::read_to_string(&path) {
            Ok(text) => table::parse(&path, &text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(Error::io("read", path)(error)),
        };
        prices.extend(table::parse(Path::new("prices/list.toml"), LIST)?);
        Ok(Self { prices })
    }

    /// Returns what tokens of `model` cost on `day`, such as `2026-11-23`: what the tool's log states, in millionths
    /// of a dollar, else by list price. Without either their price is not known, which is not the same as nothing.
    #[must_use]
    pub fn cost(
        &self,
        model: Option<&str>,
        day: &str,
        tokens: Tokens,
        stated: Option<u64>,
    ) -> Cost {
        if let Some(micros) = stated {
            let known_tokens = tokens.sum();
            return Cost { micros, stated_micros: micros, known_tokens, unknown_tokens: 0 };
        }
        let found = model.and_then(|model| self.find(model, day));
        let mut cost = Cost::default();
        let mut billionths: u128 = 0;
        for (count, rate) in tokens.rated(found) {
            match rate {
                Some(rate) => {
                    billionths += u128::from(count) * u128::from(rate);
                    cost.known_tokens = cost.known_tokens.saturating_add(count);
                }
                None => cost.unknown_tokens = cost.unknown_tokens.saturating_add(count),
            }
        }
        // Rates are for a million tokens.
        cost.micros = u64::try_from((billionths + 500_000) / 1_000_000).unwrap_or(u64::MAX);
        cost
    }

    fn find(&self, model: &str, day: &str) -> Option<&Price> {
        let name = table::plain_name(model);
        self.prices.iter().find(|price| price.holds(&name, day))
    }
}

impl Tokens {
    /// Returns how many there are.
    #[must_use]
    pub const fn sum(self) -> u64 {
        self.input
            .saturating_add(self.output)
            .saturating_add(self.cache_read)
            .saturating_add(self.cache_write)
    }

    /// Returns each count with what a million of them costs, in millionths of a dollar.
    fn rated(self, price: Option<&Price>) -> [(u64, Option<u64>); 4] {
        [
            (self.input, price.map(|price| price.input)),
            (self.output, price.map(|price| price.output)),
            (self.cache_read, price.and_then(|price| price.cache_read)),
            (self.cache_write, price.and_then(|price| price.cache_write)),
        ]
    }
}

impl Cost {
    /// Returns the known cost in millionths of a dollar; `None` where nothing is known.
    #[must_use]
    pub fn known(&self) -> Option<u64> {
        (self.known_tokens > 0 || self.stated_micros > 0).then_some(self.micros)
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.cache_write = self.cache_write.saturating_add(other.cache_write);
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.micros = self.micros.saturating_add(other.micros);
        self.stated_micros = self.stated_micros.saturating_add(other.stated_micros);
        self.known_tokens = self.known_tokens.saturating_add(other.known_tokens);
        self.unknown_tokens = self.unknown_tokens.saturating_add(other.unknown_tokens);
    }
}

#[cfg(test)]
mod tests;
