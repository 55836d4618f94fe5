//! Who and where the user is: what options take out of stored texts beside secrets. Nothing of it is looked for by default.
//!
//! As for the rules, what is found in a canonical JSON line is at least what is found in the strings inside.

mod encoded;
mod home;

use crate::rules::Found;
use encoded::Encoded;
use home::Home;
use std::cmp::Reverse;

/// The name of the rule of home folders, of which [`HOME_MARK`] takes the place.
const HOME: &str = "home-folder";

/// The name of the rule of what is written in base64 and names the home folder: all of it becomes a mark.
const ENCODED_HOME: &str = "encoded-home-folder";

/// What the user's home folder becomes.
pub(crate) const HOME_MARK: &str = "~";

/// What tells who and where the user is. Nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The names of the home folder, absolute: each becomes `~` wherever it stands.
    pub homes: Vec<String>,
}

/// Finds what tells who and where the user is.
pub(crate) struct Finder {
    homes: Vec<(Home, Encoded)>,
}

impl Finder {
    /// Returns a finder; `None` where nothing is looked for.
    pub(crate) fn new(identity: &Identity) -> Option<Self> {
        let home = |home: &String| Some((Home::new(home)?, Encoded::new(home)));
        let homes: Vec<_> = identity.homes.iter().filter_map(home).collect();
        (!homes.is_empty()).then_some(Self { homes })
    }

    /// Returns whether something is found in `text`.
    pub(crate) fn finds(&self, text: &[u8]) -> bool {
        self.homes.iter().any(|(home, encoded)| {
            home.find_all(text).next().is_some() || encoded.find_all(text).next().is_some()
        })
    }

    /// Returns what is found in `text`, in order and apart from each other; of what overlaps, what begins first.
    pub(crate) fn find_all(&self, text: &[u8]) -> Vec<Found> {
        let mut all: Vec<Found> = Vec::new();
        let mut add = |rule, range| all.push(Found { rule, range });
        for (home, encoded) in &self.homes {
            home.find_all(text).for_each(|range| add(HOME, range));
            encoded.find_all(text).for_each(|range| add(ENCODED_HOME, range));
        }
        all.sort_by_key(|found| (found.range.start, Reverse(found.range.end)));
        let mut end = 0;
        all.retain(|found| {
            let is_apart = found.range.start >= end;
            if is_apart {
                end = found.range.end;
            }
            is_apart
        });
        all
    }
}

/// Returns what takes the place of something found, where that is no mark.
pub(crate) fn replacement(rule: &str) -> Option<&'static str> {
    (rule == HOME).then_some(HOME_MARK)
}
