//! The rules: which literal words to look for, and what a secret beside one looks like.
//!
//! All rules work on bytes and are tried where one of their keywords stands, never on a whole text. They are run on
//! canonical JSON lines as well as on the strings inside, and must find in the line what they find in the string:
//! quotes may be `"` or `\"`, a line may end in a line feed or in the two characters `\n`.

mod access;
mod behind;
mod clouds;
mod code;
mod command;
mod files;
mod hosts;
mod jwt;
pub(crate) mod kubernetes;
mod messages;
mod models;
mod named;
mod pem;
mod services;
mod telegram;
mod url;

use crate::entropy::bits_per_byte;
use crate::shape;
use crate::value::{is_drawn, is_meant};
use crate::{identity, known};
use regex::bytes::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// A secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The name of the rule that found it.
    pub(crate) rule: &'static str,
    /// Where it stands, in bytes. Both ends are ends of characters.
    pub(crate) range: Range<usize>,
}

/// How far a pattern looks, in bytes: a bound, so that a hostile text takes no longer than its length.
const LONGEST: usize = 2048;

/// Looks for a secret where a keyword stands: the text, and where in it the keyword is.
type Scan = fn(&[u8], Range<usize>) -> Option<Found>;

/// The least Shannon entropy of a secret that a pattern finds, in bits for each byte: sixteen random hex digits have about 3.
const LEAST_BITS: f64 = 2.2;

/// A kind of secret: how rules are shown to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The name in marks and counts, such as `github-token`.
    pub name: &'static str,
    /// Who gives such secrets out; `any` where it is known by its shape or by the name in front alone.
    pub provider: &'static str,
    /// The words of which one must be there.
    pub keywords: &'static [&'static str],
    /// What the secret looks like, as a regular expression of the crate `regex`, where one tells it.
    pub pattern: Option<&'static str>,
}

/// What finds a secret once a keyword was seen.
enum Find {
    /// A regular expression that is anchored at the keyword's first byte.
    Token(Pattern),
    /// Regular expressions of which one is the whole value that is given to a name with the keyword in it.
    Named(Vec<Pattern>),
    /// A function, where the secret starts before the keyword or has a shape that is no regular language.
    Scan(Scan),
}

/// A regular expression, compiled when it is first needed.
struct Pattern {
    name: &'static str,
    regex: LazyLock<Regex, Box<dyn Fn() -> Regex + Send + Sync>>,
    /// Whether the secret may pass; the allow-list of the rule.
    accepts: fn(&[u8]) -> bool,
}

impl Pattern {
    /// `pattern` writes the regular expression, which must match at the first byte.
    fn new(
        name: &'static str,
        pattern: impl Fn() -> String + Send + Sync + 'static,
        accepts: fn(&[u8]) -> bool,
    ) -> Self {
        let compile = move || Regex::new(&pattern()).expect("every pattern is compiled by a test");
        let regex: Box<dyn Fn() -> Regex + Send + Sync> = Box::new(compile);
        Self { name, regex: LazyLock::new(regex), accepts }
    }

    /// Returns the secret at `start`: the first group of the match, else all of it. Its first `prefix` bytes are known.
    fn find(&self, text: &[u8], start: usize, prefix: usize) -> Option<Found> {
        let end = text.len().min(start + LONGEST);
        let captures = self.regex.captures(&text[start..end])?;
        let secret = captures.get(1).or_else(|| captures.get(0))?;
        let value = secret.as_bytes();
        let drawn = if secret.start() == 0 { value.get(prefix..)? } else { value };
        let is_secret =
            is_meant(drawn) && (self.accepts)(value) && bits_per_byte(value) >= LEAST_BITS;
        is_secret
            .then(|| Found { rule: self.name, range: start + secret.start()..start + secret.end() })
    }
}

/// A kind of token that carries the letters of who gave it out: provider, name, keywords, pattern, allow-list.
///
/// Shapes are those that the vendors document or that their public secret-scanning partners list. The pattern starts
/// with a keyword; its first group, else the whole match, is the secret. With `$` at the end no letter or digit follows it.
type Token = (&'static str, &'static str, &'static [&'static str], &'static str, fn(&[u8]) -> bool);

/// Finds one or more kinds of secrets.
pub(crate) struct Rule {
    /// The words of which one must be there; at least three ASCII bytes, none of them escaped in JSON.
    pub(crate) keywords: &'static [&'static str],
    /// What the rule finds.
    pub(crate) kinds: Vec<Kind>,
    /// How many bytes of a token stand in front of its keyword.
    before: usize,
    find: Find,
}

impl Rule {
    /// Returns the rule of a token that has so many bytes in front of its keyword.
    fn token(before: usize, &(provider, name, keywords, pattern, accepts): &Token) -> Self {
        let kind = Kind { name, provider, keywords, pattern: Some(pattern) };
        let write = move || match pattern.strip_suffix('$') {
            Some(whole) => format!("(?s-u)^({whole})(?:[^A-Za-z0-9]|$)"),
            None => format!("(?s-u)^(?:{pattern})"),
        };
        let find = Find::Token(Pattern::new(name, write, accepts));
        Self { keywords, kinds: vec![kind], before, find }
    }

    /// Returns the rule of secrets that are given to a name with one of `words` in it, in any case.
    fn named(
        provider: &'static str,
        words: &'static [&'static str],
        shapes: &'static [(&'static str, &'static str)],
    ) -> Self {
        let kind =
            |(name, pattern)| Kind { name, provider, keywords: words, pattern: Some(pattern) };
        let whole = |&(name, pattern): &(&'static str, &'static str)| {
            let write = move || format!("(?is-u)^({pattern})(?:[^a-z0-9_-]|$)");
            Pattern::new(name, write, is_drawn)
        };
        Self {
            keywords: words,
            kinds: shapes.iter().copied().map(kind).collect(),
            before: 0,
            find: Find::Named(shapes.iter().map(whole).collect()),
        }
    }

    /// Returns the rule of a function that finds secrets called `names`.
    pub(crate) fn scan(
        keywords: &'static [&'static str],
        names: &[(&'static str, &'static str)],
        scan: Scan,
    ) -> Self {
        let kind = |&(provider, name)| Kind { name, provider, keywords, pattern: None };
        Self {
            keywords,
            kinds: names.iter().map(kind).collect(),
            before: 0,
            find: Find::Scan(scan),
        }
    }

    /// Returns whether the keywords are meant in any case.
    pub(crate) const fn ignores_case(&self) -> bool {
        matches!(self.find, Find::Named(_))
    }

    /// Returns the secret at the keyword that stands at `keyword` in `text`.
    pub(crate) fn find(&self, text: &[u8], keyword: Range<usize>) -> Option<Found> {
        match &self.find {
            Find::Scan(scan) => scan(text, keyword),
            // A regular expression costs far more than a look at what is around.
            Find::Token(pattern) => {
                let start = keyword.start.checked_sub(self.before)?;
                let prefix = if self.before == 0 { keyword.len() } else { 0 };
                // `&sig=` is its own border.
                let is_sign = text.get(start).is_some_and(|b| b"&?$".contains(b));
                if is_sign || starts_word(text, start) {
                    pattern.find(text, start, prefix)
                } else if is_escaped(text, start) {
                    // `C:\npm_…` or a line feed and `pm_…`: the letter stays, so that both remain what they were.
                    let Found { rule, range } = pattern.find(text, start, prefix)?;
                    Some(Found { rule, range: range.start.max(start + 1)..range.end })
                } else {
                    None
                }
            }
            Find::Named(patterns) => {
                let start = shape::named_value(text, keyword.end)?;
                // A value may start with `=` itself.
                let signs = text[..start].iter().rev().take_while(|b| **b == b'=').count();
                (start.saturating_sub(signs.saturating_sub(1))..=start).rev().find_map(|start| {
                    patterns.iter().find_map(|pattern| pattern.find(text, start, 0))
                })
            }
        }
    }
}

/// Returns the kinds of secrets that are found; one kind may be found in several ways.
#[must_use]
pub fn kinds() -> Vec<Kind> {
    RULES
        .iter()
        .flat_map(|rule| &rule.kinds)
        .copied()
        .chain([known::KIND])
        .chain(identity::KINDS)
        .collect()
}

/// All rules, made when they are first needed. Where two find the same secret, the earlier one gives the name.
pub(crate) static RULES: LazyLock<Vec<Rule>> = LazyLock::new(all);

fn all() -> Vec<Rule> {
    let tables = [
        &models::TOKENS[..],
        &clouds::TOKENS,
        &hosts::TOKENS,
        &code::TOKENS,
        &services::TOKENS,
        &messages::TOKENS,
    ];
    let tokens = tables.into_iter().flatten().copied().flatten();
    let mut rules: Vec<Rule> = tokens.map(|token| Rule::token(0, token)).collect();
    rules.extend(behind::TOKENS.iter().map(|(before, token)| Rule::token(*before, token)));
    rules.push(telegram::rule());
    rules.push(jwt::rule());
    rules.push(pem::rule());
    rules.extend(access::rules());
    rules.extend(command::rules());
    rules.extend(kubernetes::rules());
    rules.extend(files::HASHES.iter().map(|token| Rule::token(0, token)));
    rules.extend(files::rules());
    rules.push(url::rule());
    rules.push(shape::rule());
    rules.extend(named::rules());
    rules
}

/// Returns whether a word may start at `at`: what stands before is no part of a word, or it ends an escape (`\n`,
/// `\u001b`, `%3D`) or a terminal colour (`[32m`).
pub(crate) fn starts_word(text: &[u8], at: usize) -> bool {
    let before = &text[..at];
    let Some(last) = before.last() else {
        return true;
    };
    if is_escaped(text, at) {
        return false;
    }
    if !last.is_ascii_alphanumeric() {
        return true;
    }
    match before {
        [.., b'\\', b'n' | b't' | b'r' | b'b' | b'f'] => true,
        [.., b'\\', b'u', a, b, c, d] if [a, b, c, d].iter().all(|x| x.is_ascii_hexdigit()) => true,
        [.., b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => true,
        [colour @ .., b'm'] => {
            let digits =
                colour.iter().rev().take_while(|b| b.is_ascii_digit() || **b == b';').count();
            digits < colour.len() && colour[colour.len() - digits - 1] == b'['
        }
        _ => false,
    }
}

/// Returns whether the letter at `at` belongs to an escape, as in `\napi_…`.
fn is_escaped(text: &[u8], at: usize) -> bool {
    text[..at].ends_with(b"\\") && text.get(at).is_some_and(|b| b"nrtbfu".contains(b))
}

#[cfg(test)]
mod tests;
