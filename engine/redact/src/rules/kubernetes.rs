//! Values of Kubernetes' secrets, which are secret whatever they look like: manifests in YAML and JSON, and literals
//! that `kubectl create secret` is given. Names of values stay.

mod json;
mod yaml;

use super::{Found, Rule};
use std::ops::Range;

const NAME: &str = "kubernetes-secret";

/// How many values of a manifest are masked one by one, a round each; of more, all become one.
const MOST: usize = 32;

/// How far before a literal the command is looked for, in bytes.
const COMMAND: usize = 1000;

/// The members that hold the values.
const HOLDERS: [&[u8]; 2] = [b"data", b"stringData"];

/// Returns the rules.
pub(super) fn rules() -> Vec<Rule> {
    let names = [("Kubernetes", NAME)];
    vec![
        Rule::scan(&["Secret"], &names, manifest),
        Rule::scan(&["--from-literal"], &names, literal),
    ]
}

/// Returns whether an object with these members is a secret's manifest.
pub(crate) fn is_manifest(kind: Option<&str>) -> bool {
    kind == Some("Secret")
}

/// Returns whether the member `name` of a manifest holds values.
pub(crate) fn holds_values(name: &str) -> bool {
    HOLDERS.contains(&name.as_bytes())
}

/// Returns the rule by which a value of a manifest is a secret: not where a template, or a cipher, stands for it.
pub(crate) fn judge(value: &[u8]) -> Option<&'static str> {
    let stands_for_it =
        [&b"[redacted:"[..], b"$", b"<", b"{{", b"ENC["].iter().any(|sign| value.starts_with(sign));
    let is_none = value.is_empty() || value == b"null" || value == b"~";
    (!stands_for_it && !is_none).then_some(NAME)
}

/// Returns the first value of the manifest whose kind stands at `keyword`, or all of very many.
fn manifest(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let mut values = values(text, keyword)?;
    values.retain(|value| judge(&text[value.clone()]).is_some());
    let (first, last) = (values.first()?.clone(), values.last()?.end);
    let range = if values.len() > MOST { first.start..last } else { first };
    Some(Found { rule: NAME, range })
}

/// Returns the values of the manifest whose kind stands at `keyword`.
fn values(text: &[u8], keyword: Range<usize>) -> Option<Vec<Range<usize>>> {
    let kind = kind_before(text, &keyword)?;
    let mut values = match kind {
        Kind::Member { quote, level } => json::values(text, quote, level, keyword.start),
        Kind::Line(start) => yaml::values(text, start),
    };
    values.retain(|value| !value.is_empty());
    Some(values)
}

/// Where the name `kind` stands.
enum Kind {
    /// In JSON: its first quote, which `level` backslashes stand in front of.
    Member { quote: usize, level: usize },
    /// In YAML.
    Line(usize),
}

/// Returns where the name is that has the word at `keyword` for its value.
fn kind_before(text: &[u8], keyword: &Range<usize>) -> Option<Kind> {
    let quote = |at: usize| {
        let quoted = at > 0 && matches!(text[at - 1], b'"' | b'\'');
        let level = text[..at.saturating_sub(1)].iter().rev().take_while(|b| **b == b'\\').count();
        if quoted { (at - 1 - level, Some(level)) } else { (at, None) }
    };
    let blanks = |at: usize| at - text[..at].iter().rev().take_while(|b| **b == b' ').count();
    if text.get(keyword.end).is_some_and(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b)) {
        return None;
    }
    let (at, _) = quote(keyword.start);
    let at = blanks(at);
    if at == 0 || text[at - 1] != b':' {
        return None;
    }
    let (at, level) = quote(blanks(at - 1));
    let start = at.checked_sub(4).filter(|start| &text[*start..at] == b"kind")?;
    match (level, quote(start)) {
        (Some(level), (_, Some(same))) if level == same => {
            Some(Kind::Member { quote: start - 1, level })
        }
        // A quote in front of an unquoted name begins the string that the manifest stands in.
        (None, _) => Some(Kind::Line(start)),
        _ => None,
    }
}

/// Returns whether `name` may be the name of a value.
fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
}

/// Returns the value of the literal whose option stands at `keyword`, unless it is given to something else.
fn literal(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let before = &text[keyword.start.saturating_sub(COMMAND)..keyword.start];
    let made = before.windows(7).rposition(|w| w == b"create ").map(|at| &before[at + 7..]);
    if made.is_some_and(|made| made.starts_with(b"configmap") || made.starts_with(b"cm ")) {
        return None;
    }
    let skip = |from: usize, set: &[u8]| {
        from + text[from..].iter().take_while(|b| set.contains(b)).count()
    };
    let start = skip(keyword.end, b"= \\\"'");
    let name = text[start..].iter().take_while(|b| is_name(&[**b])).count();
    let sign = start + name;
    if name == 0 || text.get(sign) != Some(&b'=') {
        return None;
    }
    let open = skip(sign + 1, b"\\");
    let inner = text.get(open).copied().filter(|b| b"\"'".contains(b));
    let outer = text[keyword.end..start].iter().copied().find(|b| b"\"'".contains(b));
    let value = if inner.is_some() { open + 1 } else { sign + 1 };
    let ends = |b: &u8| match inner.or(outer) {
        Some(quote) => *b == quote || *b < b' ' || *b == b'\\',
        None => *b <= b' ' || b"\\\"'`;&|<>()".contains(b),
    };
    let length = text[value..].iter().position(ends).unwrap_or(text.len() - value);
    let range = value..value + length;
    judge(&text[range.clone()]).map(|rule| Found { rule, range })
}
