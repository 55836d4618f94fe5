//! A search box's text cut into words, phrases and filters. Whatever is typed can be cut.

use super::dates;

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    /// Whether a minus stands before it.
    pub negated: bool,
    /// What it is.
    pub body: Body<'t>,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body<'t> {
    /// To look for; `prefix` where a star stood behind it.
    Words { text: String, prefix: bool },
    /// A known name with the values behind it; none while nothing has been typed there.
    Filter { name: Name, typed: &'t str, values: Vec<String> },
}

/// The name of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Tool,
    Repo,
    Branch,
    Author,
    Model,
    File,
    Commit,
    Id,
    Role,
    Has,
    After,
    Before,
    Until,
    On,
    Tokens,
    Cost,
    Sort,
}

/// What can stand before a colon.
pub(super) const NAMES: [(&str, Name); 19] = [
    ("tool", Name::Tool),
    ("repo", Name::Repo),
    ("branch", Name::Branch),
    ("author", Name::Author),
    ("model", Name::Model),
    ("file", Name::File),
    ("commit", Name::Commit),
    ("id", Name::Id),
    ("role", Name::Role),
    ("has", Name::Has),
    ("after", Name::After),
    ("since", Name::After),
    ("before", Name::Before),
    ("until", Name::Until),
    ("on", Name::On),
    ("date", Name::On),
    ("tokens", Name::Tokens),
    ("cost", Name::Cost),
    ("sort", Name::Sort),
];

impl Name {
    const fn is_date(self) -> bool {
        matches!(self, Self::After | Self::Before | Self::Until | Self::On)
    }

    /// Returns whether commas stand between values: in a number they stand between thousands.
    const fn is_list(self) -> bool {
        !matches!(self, Self::Tokens | Self::Cost)
    }
}

/// Returns the pieces of `text`, in order.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (piece, after) = piece(rest);
        pieces.push(piece);
        rest = after.trim_start();
    }
    pieces
}

/// Returns the piece that `text` begins with, and what comes after it.
fn piece(text: &str) -> (Piece<'_>, &str) {
    // `--flag`, `->` and `-=` are text.
    let negated_text = text.strip_prefix('-').filter(|rest| {
        rest.starts_with(|next: char| !matches!(next, '-' | '>' | '=') && !next.is_whitespace())
    });
    let (negated, text) = negated_text.map_or((false, text), |rest| (true, rest));
    let (body, rest) = match filter(text) {
        Some(found) => found,
        None => words(text),
    };
    (Piece { negated, body }, rest)
}

fn words(text: &str) -> (Body<'_>, &str) {
    if let Some((text, rest)) = quoted(text) {
        let (prefix, rest) = rest.strip_prefix('*').map_or((false, rest), |rest| (true, rest));
        return (Body::Words { text, prefix }, rest);
    }
    let (word, rest) = split(text, char::is_whitespace);
    let stem = word.strip_suffix('*').filter(|stem| !stem.is_empty());
    let (text, prefix) = (stem.unwrap_or(word).to_owned(), stem.is_some());
    (Body::Words { text, prefix }, rest)
}

/// Returns what stands between the quotes that `text` begins with, to the end where none closes them, and what comes
/// after. Two quotes are one of the text.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?;
    let mut inside = String::new();
    loop {
        let Some((before, after)) = rest.split_once('"') else {
            inside.push_str(rest);
            return Some((inside, ""));
        };
        inside.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                inside.push('"');
                rest = after;
            }
            None => return Some((inside, after)),
        }
    }
}

/// Returns the filter that `text` begins with. `file::open` and `file://host` are text.
fn filter(text: &str) -> Option<(Body<'_>, &str)> {
    let (typed, mut rest) = text.split_once(':')?;
    let (_, name) = *NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(typed))?;
    if rest.starts_with(':') || rest.starts_with("//") {
        return None;
    }
    let mut values = Vec::new();
    loop {
        let (value, after) = value(rest, name);
        if !value.trim().is_empty() {
            values.push(value);
        }
        match after.strip_prefix(',').filter(|_| name.is_list()) {
            Some(after) => rest = after,
            None => return Some((Body::Filter { name, typed, values }, after)),
        }
    }
}

/// Returns the value that `text` begins with, which may be empty, and what comes after it.
fn value(text: &str, name: Name) -> (String, &str) {
    let ends = |letter: char| letter.is_whitespace() || (letter == ',' && name.is_list());
    if let Some((mut value, rest)) = quoted(text) {
        let (more, rest) = split(rest, ends);
        value.push_str(more);
        return (value, rest);
    }
    let (value, rest) = split(text, ends);
    // `after:last week` needs no quotes.
    if name.is_date() && matches!(value.to_ascii_lowercase().as_str(), "last" | "this") {
        let (unit, after) = split(rest.trim_start(), ends);
        if dates::is_unit(unit) {
            return (format!("{value} {unit}"), after);
        }
    }
    (value.to_owned(), rest)
}

/// Returns `text` up to the first letter that `ends` it, and from there on.
fn split(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.find(ends).and_then(|end| text.split_at_checked(end)).unwrap_or((text, ""))
}
