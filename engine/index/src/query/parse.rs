//! The query language: what is typed into a search box, as a [`Query`].

use super::dates::{self, Clock};
use super::number;
use super::scan::{self, Body, Name, Piece};
use super::{Condition, Feature, Filter, Query, Role, Sort, Term};
use opensession_hail::Timestamp;

/// A value that makes no sense for its filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{filter}:{value} makes no sense: {filter}: takes {accepted}")]
pub struct QueryError {
    /// The filter as it was typed, without the colon.
    pub filter: String,
    /// The value as it was typed.
    pub value: String,
    /// What would make sense.
    pub accepted: &'static str,
}

impl Clock {
    /// Returns the time that `text` names, as a filter on dates takes it: from, and up to but without.
    ///
    /// # Errors
    /// [`QueryError`] about `filter` where it is no such time.
    pub fn period(&self, filter: &str, text: &str) -> Result<(Timestamp, Timestamp), QueryError> {
        dates::parse(text, self).ok_or_else(|| QueryError {
            filter: filter.to_owned(),
            value: text.to_owned(),
            accepted: dates::ACCEPTED,
        })
    }
}

/// The author that everybody is to themselves.
pub(super) const ME: &str = "me";

pub(super) const ROLES: [(&str, Role); 3] =
    [("user", Role::User), ("assistant", Role::Assistant), ("tool", Role::Tool)];

/// The first name of each is the one that is printed.
pub(super) const FEATURES: [(&str, Feature); 6] = [
    ("error", Feature::Error),
    ("edit", Feature::Edit),
    ("image", Feature::Image),
    ("errors", Feature::Error),
    ("edits", Feature::Edit),
    ("images", Feature::Image),
];

pub(super) const SORTS: [(&str, Sort); 8] = [
    ("newest", Sort::Newest),
    ("oldest", Sort::Oldest),
    ("updated", Sort::Updated),
    ("longest", Sort::Longest),
    ("tokens", Sort::Tokens),
    ("cost", Sort::Cost),
    ("lines", Sort::Lines),
    ("events", Sort::Events),
];

impl Query {
    /// Returns what `text` asks for, dates seen from `clock`. Whatever is no filter is text to look for; a filter
    /// without a value asks for nothing yet.
    ///
    /// # Errors
    /// [`QueryError`] when the value of a filter makes no sense.
    pub fn parse(text: &str, clock: &Clock) -> Result<Self, QueryError> {
        let mut query = Self::default();
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        for Piece { negated, body } in scan::pieces(text) {
            let (name, typed, values) = match body {
                Body::Words { text, .. } if text.trim().is_empty() => continue,
                Body::Words { text, prefix, .. } => {
                    query.terms.push(Term { text, prefix, negated });
                    continue;
                }
                Body::Filter { name, typed, values } => (name, typed, values),
            };
            let fail = |value: &str| QueryError {
                filter: format!("{}{typed}", if negated { "-" } else { "" }),
                value: value.to_owned(),
                accepted: accepted(name),
            };
            let mut any = Vec::new();
            for value in values {
                match name {
                    Name::Role => {
                        let role = pick(&ROLES, &value).ok_or_else(|| fail(&value))?;
                        if negated { &mut unwanted } else { &mut wanted }.push(role);
                        if !ROLES.iter().any(|(_, role)| is_looked_at(*role, &wanted, &unwanted)) {
                            return Err(fail(&value));
                        }
                    }
                    Name::Sort => {
                        let sort = pick(&SORTS, &value).filter(|_| !negated);
                        query.sort = sort.ok_or_else(|| fail(&value))?;
                    }
                    _ => any.push(condition(name, &value, clock).ok_or_else(|| fail(&value))?),
                }
            }
            if !any.is_empty() {
                query.filters.push(Filter { any, negated });
            }
        }
        if !wanted.is_empty() || !unwanted.is_empty() {
            let roles = ROLES.iter().map(|(_, role)| *role);
            query.roles = roles.filter(|role| is_looked_at(*role, &wanted, &unwanted)).collect();
        }
        Ok(query)
    }
}

fn is_looked_at(role: Role, wanted: &[Role], unwanted: &[Role]) -> bool {
    (wanted.is_empty() || wanted.contains(&role)) && !unwanted.contains(&role)
}

fn pick<T: Copy>(names: &[(&str, T)], value: &str) -> Option<T> {
    let value = value.trim();
    names.iter().find(|(name, _)| name.eq_ignore_ascii_case(value)).map(|(_, meant)| *meant)
}

/// Returns what `name:value` asks of a session; `None` where the value makes no sense, and for what is no condition.
fn condition(name: Name, value: &str, clock: &Clock) -> Option<Condition> {
    let text = || value.to_owned();
    Some(match name {
        Name::Tool => Condition::Tool(value.trim().to_ascii_lowercase()),
        Name::Repo => Condition::Repo(text()),
        Name::Branch => Condition::Branch(text()),
        Name::Author if value.trim().eq_ignore_ascii_case(ME) => Condition::Mine,
        Name::Author => Condition::Author(text()),
        Name::Model => Condition::Model(text()),
        Name::File => Condition::File(text()),
        Name::Id => Condition::Id(value.trim().to_owned()),
        Name::Commit => {
            let id = value.trim().to_ascii_lowercase();
            let is_id = id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
            Condition::Commit(Some(id).filter(|_| is_id)?)
        }
        Name::Has => Condition::Has(pick(&FEATURES, value)?),
        Name::After => Condition::After(dates::parse(value, clock)?.0),
        Name::Before => Condition::Before(dates::parse(value, clock)?.0),
        Name::Until => Condition::Before(dates::parse(value, clock)?.1),
        Name::On => {
            let (from, to) = dates::parse_range(value, clock)?;
            Condition::During(from, to)
        }
        Name::Tokens => {
            let (comparison, limit) = number::comparison(value);
            Condition::Tokens(comparison, number::count(limit)?)
        }
        Name::Cost => {
            let (comparison, limit) = number::comparison(value);
            Condition::Cost(comparison, number::micros(limit)?)
        }
        Name::Role | Name::Sort => return None,
    })
}

/// Returns which values make sense, for a message.
const fn accepted(name: Name) -> &'static str {
    match name {
        Name::Tool
        | Name::Repo
        | Name::Branch
        | Name::Author
        | Name::Model
        | Name::File
        | Name::Id => "any text",
        Name::Commit => "the beginning of a commit's id, in hex",
        Name::Role => "user, assistant or tool, of which one must be left",
        Name::Has => "error, edit or image",
        Name::After | Name::Before | Name::Until => dates::ACCEPTED,
        Name::On => dates::ACCEPTED_RANGE,
        Name::Tokens => "a number such as 500, >10k or <=1.5m",
        Name::Cost => "US dollars such as >0.5 or <=20",
        Name::Sort => {
            "newest, oldest, updated, longest, tokens, cost, lines or events, without a minus"
        }
    }
}

#[cfg(test)]
mod tests;
