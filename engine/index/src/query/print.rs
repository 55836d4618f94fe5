//! A query as text that is read as the same query again.

use super::parse::{FEATURES, ME, ROLES, SORTS};
use super::scan::{self, Body, Piece};
use super::{Comparison, Condition, Filter, Query, Sort, Term, number};
use opensession_hail::Timestamp;
use std::fmt;

impl fmt::Display for Query {
    /// Writes what [`Query::parse`] reads, with all dates as times in UTC. `auxiliary` has no words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pieces: Vec<String> = self.terms.iter().map(word).collect();
        let roles: Vec<&str> = self.roles.iter().map(|role| name_of(&ROLES, role)).collect();
        if !roles.is_empty() {
            pieces.push(format!("role:{}", roles.join(",")));
        }
        pieces.extend(self.filters.iter().map(filter));
        if self.sort != Sort::default() {
            pieces.push(format!("sort:{}", name_of(&SORTS, &self.sort)));
        }
        f.write_str(&pieces.join(" "))
    }
}

/// Returns the first name of `wanted`; each has one.
fn name_of<'n, T: PartialEq>(names: &[(&'n str, T)], wanted: &T) -> &'n str {
    names.iter().find(|(_, one)| one == wanted).map_or("", |(name, _)| name)
}

/// Returns a term, in quotes where it would be read as something else without them.
fn word(term: &Term) -> String {
    let Term { text, prefix, negated } = term;
    let (minus, star) = (if *negated { "-" } else { "" }, if *prefix { "*" } else { "" });
    let plain = format!("{minus}{text}{star}");
    let body = Body::Words { text: text.clone(), prefix: *prefix };
    match scan::pieces(&plain).as_slice() == [Piece { negated: *negated, body }] {
        true => plain,
        false => format!("{minus}{}{star}", quoted(text)),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Returns a filter under the name of its first alternative: those of one filter have one name.
fn filter(filter: &Filter) -> String {
    let printed: Vec<(&str, String)> = filter.any.iter().map(condition).collect();
    let name = printed.first().map_or("", |(name, _)| name);
    let values: Vec<String> = printed.into_iter().map(|(_, value)| value).collect();
    format!("{}{name}:{}", if filter.negated { "-" } else { "" }, values.join(","))
}

fn condition(condition: &Condition) -> (&'static str, String) {
    match condition {
        Condition::Tool(text) => ("tool", value(text)),
        Condition::Repo(text) => ("repo", value(text)),
        Condition::Branch(text) => ("branch", value(text)),
        Condition::Author(text) => ("author", value(text)),
        Condition::Mine => ("author", ME.to_owned()),
        Condition::Model(text) => ("model", value(text)),
        Condition::File(text) => ("file", value(text)),
        Condition::Commit(text) => ("commit", value(text)),
        Condition::Id(text) => ("id", value(text)),
        Condition::Has(feature) => ("has", name_of(&FEATURES, feature).to_owned()),
        Condition::After(time) => ("after", time.to_string()),
        Condition::Before(time) => ("before", time.to_string()),
        Condition::During(from, to) => {
            // The end of a range is in it, to the millisecond.
            let last = Timestamp::from_millis(to.as_millis().saturating_sub(1)).unwrap_or(*to);
            ("on", format!("{from}..{last}"))
        }
        Condition::Tokens(comparison, limit) => ("tokens", format!("{}{limit}", sign(*comparison))),
        Condition::Cost(comparison, limit) => {
            ("cost", format!("{}{}", sign(*comparison), number::dollars(*limit)))
        }
    }
}

fn sign(comparison: Comparison) -> &'static str {
    name_of(&number::SIGNS, &comparison)
}

/// Returns a filter's value, in quotes unless it is plain.
fn value(text: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./~@+".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) && !text.starts_with("//") {
        return text.to_owned();
    }
    quoted(text)
}
