//! Who and where the user is: what options take out of stored texts beside secrets. Nothing of it is looked for by default.
//!
//! As for the rules, what is found in a canonical JSON line is at least what is found in the strings inside.

mod email;
mod encoded;
mod env;
mod escape;
mod home;
mod ip;
mod words;

use crate::known::is_in_mark;
use crate::rules::{Found, Kind};
use encoded::Encoded;
use home::Home;
use std::cmp::Reverse;
use words::Word;

/// The name of the rule of home folders, of which [`HOME_MARK`] takes the place.
const HOME: &str = "home-folder";

/// The name of the rule of what is written in base64 and names the home folder: all of it becomes a mark.
const ENCODED_HOME: &str = "encoded-home-folder";

/// What the user's home folder becomes.
pub(crate) const HOME_MARK: &str = "~";

/// The names of the rules of what else is looked for.
const USER: &str = "user";
const HOST: &str = "host";
const EMAIL: &str = "email";
const IP: &str = "ip";
const ENV_VALUE: &str = "env-value";

/// What is looked for where that was asked for.
pub(crate) const KINDS: [Kind; 7] = [
    kind(HOME),
    kind(ENCODED_HOME),
    kind(USER),
    kind(HOST),
    kind(EMAIL),
    kind(IP),
    kind(ENV_VALUE),
];

const fn kind(name: &'static str) -> Kind {
    Kind { name, provider: "any", keywords: &[], pattern: None }
}

/// What tells who and where the user is. Nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The names of the home folder, absolute: each becomes `~` wherever it stands.
    pub homes: Vec<String>,
    /// Names of the user. Those that many have are not looked for.
    pub users: Vec<String>,
    /// Names of the machine, in the same way.
    pub hosts: Vec<String>,
    /// Whether e-mail addresses are looked for.
    pub emails: bool,
    /// Whether IP addresses are looked for.
    pub ips: bool,
    /// Whether what environment variables are set to is looked for.
    pub env_values: bool,
}

/// Finds what tells who and where the user is.
pub(crate) struct Finder {
    homes: Vec<(Home, Encoded)>,
    words: Vec<(&'static str, Word)>,
    emails: bool,
    ips: bool,
    env_values: bool,
}

impl Finder {
    /// Returns a finder; `None` where nothing is looked for.
    pub(crate) fn new(identity: &Identity) -> Option<Self> {
        if *identity == Identity::default() {
            return None;
        }
        let Identity { homes, users, hosts, emails, ips, env_values } = identity;
        let home = |home: &String| Some((Home::new(home)?, Encoded::new(home)));
        let homes = homes.iter().filter_map(home).collect();
        let users = users.iter().filter_map(|name| Some((USER, Word::new(name)?)));
        let hosts = hosts.iter().filter_map(|name| Some((HOST, Word::new(name)?)));
        let words = users.chain(hosts).collect();
        Some(Self { homes, words, emails: *emails, ips: *ips, env_values: *env_values })
    }

    /// Returns whether there may be something in `text`: nothing is found where this is false.
    pub(crate) fn finds(&self, text: &[u8]) -> bool {
        let home = |(home, encoded): &(Home, Encoded)| {
            home.find_all(text).next().is_some() || encoded.find_all(text).next().is_some()
        };
        self.homes.iter().any(home)
            || self.words.iter().any(|(_, word)| word.find_all(text).next().is_some())
            || (self.emails && email::finds(text))
            || (self.ips && ip::finds(text))
            || (self.env_values && env::finds(text))
    }

    /// Returns what is found in `text`, in order and apart from each other; of what overlaps, what begins first.
    pub(crate) fn find_all(&self, text: &[u8]) -> Vec<Found> {
        let mut all: Vec<Found> = Vec::new();
        let mut add = |rule, range| all.push(Found { rule, range });
        for (home, encoded) in &self.homes {
            home.find_all(text).for_each(|range| add(HOME, range));
            encoded.find_all(text).for_each(|range| add(ENCODED_HOME, range));
        }
        for (rule, word) in &self.words {
            word.find_all(text).for_each(|range| add(rule, range));
        }
        if self.emails {
            email::find_all(text).for_each(|range| add(EMAIL, range));
        }
        if self.ips {
            ip::find_all(text).for_each(|range| add(IP, range));
        }
        if self.env_values {
            env::find_all(text).for_each(|range| add(ENV_VALUE, range));
        }
        // A name may be that of a rule.
        all.retain(|found| !is_in_mark(&text[..found.range.start]));
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
