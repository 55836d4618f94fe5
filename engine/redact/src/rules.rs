//! The rules: which literal words to look for, and what a secret beside one looks like.
//!
//! All rules work on bytes and are tried where one of their keywords stands, never on a whole text. They are run on
//! canonical JSON lines as well as on the strings inside, and must find in the line what they find in the string:
//! quotes may be `"` or `\"`, a line may end in a line feed or in the two characters `\n`.

mod access;
mod jwt;
mod pem;
mod telegram;
mod url;
mod vendors;

use crate::shape;
use crate::value::is_meant;
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

/// What finds a secret once a keyword was seen.
enum Find {
    /// A regular expression that is anchored at the keyword's first byte; see [`Pattern`].
    Pattern(Pattern),
    /// A function, where the secret starts before the keyword or has a shape that is no regular language.
    Scan(Scan),
}

/// A regular expression for what starts with a keyword, compiled when it is first needed.
struct Pattern {
    name: &'static str,
    regex: LazyLock<Regex, Box<dyn Fn() -> Regex + Send + Sync>>,
    /// Whether the secret may pass; the allow-list of the rule.
    accepts: fn(&[u8]) -> bool,
}

/// A kind of secret.
pub(crate) struct Rule {
    /// The words of which one must be there; at least three ASCII bytes, none of them escaped in JSON.
    pub(crate) keywords: &'static [&'static str],
    find: Find,
}

impl Rule {
    /// Returns a rule of a regular expression.
    ///
    /// `pattern` starts with a keyword; its first group, else the whole match, is the secret.
    fn pattern(
        name: &'static str,
        keywords: &'static [&'static str],
        pattern: &'static str,
        accepts: fn(&[u8]) -> bool,
    ) -> Self {
        let compile = move || {
            Regex::new(&format!("(?s-u)^(?:{pattern})"))
                .expect("every pattern is compiled by a test")
        };
        let regex: Box<dyn Fn() -> Regex + Send + Sync> = Box::new(compile);
        Self {
            keywords,
            find: Find::Pattern(Pattern { name, regex: LazyLock::new(regex), accepts }),
        }
    }

    /// Returns a rule of a function.
    const fn scan(keywords: &'static [&'static str], scan: Scan) -> Self {
        Self { keywords, find: Find::Scan(scan) }
    }

    /// Returns the secret at the keyword that stands at `keyword` in `text`.
    pub(crate) fn find(&self, text: &[u8], keyword: Range<usize>) -> Option<Found> {
        match &self.find {
            Find::Scan(scan) => scan(text, keyword),
            Find::Pattern(pattern) => {
                // A regular expression costs far more than this look at what is around.
                if !starts_word(text, keyword.start) {
                    return None;
                }
                let end = text.len().min(keyword.start + LONGEST);
                let captures = pattern.regex.captures(&text[keyword.start..end])?;
                let secret = captures.get(1).or_else(|| captures.get(0))?;
                let value = secret.as_bytes();
                (is_meant(value) && (pattern.accepts)(value)).then(|| Found {
                    rule: pattern.name,
                    range: keyword.start + secret.start()..keyword.start + secret.end(),
                })
            }
        }
    }
}

/// Returns all rules. Where two find the same secret, the earlier one gives the name.
pub(crate) fn all() -> Vec<Rule> {
    let mut rules = vendors::rules();
    rules.push(Rule::scan(telegram::KEYWORDS, telegram::find));
    rules.push(Rule::scan(jwt::KEYWORDS, jwt::find));
    rules.push(Rule::scan(pem::KEYWORDS, pem::find));
    rules.extend(access::rules());
    rules.push(Rule::scan(url::KEYWORDS, url::find));
    rules.push(Rule::scan(shape::KEYWORDS, shape::find));
    rules
}

/// Returns whether a word may start at `at`: what stands before is no part of a word, or it ends an escape (`\n`,
/// `\u001b`, `%3D`) or a terminal colour (`[32m`).
fn starts_word(text: &[u8], at: usize) -> bool {
    let before = &text[..at];
    let Some(last) = before.last() else {
        return true;
    };
    if !last.is_ascii_alphanumeric() && *last != b'_' {
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

#[cfg(test)]
mod tests;
