//! Secrets known by the name in front of them: `X_TOKEN=…`, `"x_token": "…"`, `x_token: …`, `--token …`.

use crate::names::{KEYWORDS, judge, rules};
use crate::rules::{Found, Rule};
use std::ops::Range;

/// The longest name, in bytes, on either side of a keyword.
const LONGEST_NAME: usize = 64;

/// What is longer, in bytes, is no value: a bound, so that a hostile text takes no longer than its length.
const LONGEST_VALUE: usize = 2048;

/// How much of a name may follow a vendor's word, in bytes: `ADAFRUIT_IO_API_KEY`, `adafruit io key`.
const LONGEST_TAIL: usize = 24;

/// Returns the rule.
pub(crate) fn rule() -> Rule {
    let names: Vec<(&str, &str)> = rules().into_iter().map(|name| ("any", name)).collect();
    Rule::scan(KEYWORDS, &names, find)
}

/// Returns where the value starts that is given to a name of which some bytes end at `at`.
pub(crate) fn named_value(text: &[u8], at: usize) -> Option<usize> {
    let end = |in_name: fn(u8) -> bool| {
        at + text[at..].iter().take(LONGEST_TAIL).take_while(|b| in_name(**b)).count()
    };
    let words = end(|b| is_name(b) || b == b' ');
    let blanks = text[at..words].iter().rev().take_while(|b| **b == b' ').count();
    let given = find_start(text, words - blanks).filter(|start| !start.sign.is_empty());
    let start = given.or_else(|| {
        // An option of a program: `--adafruit-key value`.
        let before = &text[at.saturating_sub(LONGEST_NAME)..at];
        let name = before.iter().rev().take_while(|b| is_name(**b)).count();
        let is_option = before[before.len() - name..].starts_with(b"--");
        find_start(text, end(is_name)).filter(|_| is_option)
    });
    Some(start?.value)
}

/// Returns the secret whose name has `keyword` in it.
fn find(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let after = &text[keyword.end..];
    let name_end =
        keyword.end + after.iter().take(LONGEST_NAME).take_while(|b| is_name(**b)).count();
    let place = find_value(text, name_end)?;
    let before = &text[keyword.start.saturating_sub(LONGEST_NAME)..keyword.start];
    let name_start = keyword.start - before.iter().rev().take_while(|b| is_name(**b)).count();
    let name = &text[name_start..name_end];
    // Only an option of a program, `--token value`, has its value after nothing but a space.
    if place.sign.is_empty() && !name.windows(2).any(|w| w == b"--") {
        return None;
    }
    let mut value = place.value;
    if is_query(&text[..name_start]) {
        value.end = value.start + text[value.clone()].iter().take_while(|b| **b != b'&').count();
    }
    let rule = judge(name, &text[value.clone()])?;
    Some(Found { rule, range: value })
}

/// Returns whether the name behind `before` is one of the query of an address: `?token=…&page=2`.
fn is_query(before: &[u8]) -> bool {
    [&b"?"[..], b"&", b"u0026"].iter().any(|sign| before.ends_with(sign))
}

/// Returns the rule by which the whole `value` is a secret as a member called `name`.
pub(crate) fn judge_member(name: &str, value: &str) -> Option<&'static str> {
    let fits = value.len() < LONGEST_VALUE && value.bytes().all(is_quoted);
    if fits { judge(name.as_bytes(), value.as_bytes()) } else { None }
}

/// Where the value of a name stands, and the sign in front of it: `=`, `:`, or nothing.
pub(crate) struct Place<'a> {
    sign: &'a [u8],
    pub(crate) value: Range<usize>,
}

/// Where the value of a name starts, the sign in front of it, and its quote.
struct Start<'a> {
    sign: &'a [u8],
    value: usize,
    quote: Option<u8>,
}

/// Returns where the value starts that is given to the name that ends at `at`.
fn find_start(text: &[u8], at: usize) -> Option<Start<'_>> {
    let skip = |from: usize, set: &[u8]| {
        from + text[from..].iter().take_while(|b| set.contains(b)).count()
    };
    // `"x_token"`, `\"x_token\"`, `environ["X_TOKEN"]`: the quote, not another escape.
    let escapes = skip(at, b"\\");
    let quoted_name = text.get(escapes).is_some_and(|b| is_quote(*b));
    let name_quote = if quoted_name { skip(escapes + 1, b"]") } else { at };
    let mut before_sign = skip_blanks(text, name_quote);
    // `<add key="x_token" value="…">`
    if quoted_name && text[before_sign..].starts_with(b"value=") {
        before_sign += "value".len();
    }
    let after_sign = skip(before_sign, b":=>|?,");
    let sign = &text[before_sign..after_sign];
    let given = match sign {
        b"=" | b":" | b":=" | b"=>" | b"==" | b"===" | b"?=" | b"||" | b"::" => true,
        // A list of arguments, a pair, a row.
        b"," => quoted_name,
        // `<x_token>…`
        b">" => before_sign == at,
        _ => false,
    };
    let spaced = sign.is_empty() && name_quote == at && before_sign > at;
    if !given && !spaced {
        return None;
    }
    let length_of_type = if sign == b":" { type_length(&text[after_sign..]) } else { 0 };
    let open = skip_blanks(text, after_sign + length_of_type);
    let escapes = skip(open, b"\\");
    let quote = text.get(escapes).copied().filter(|b| is_quote(*b));
    // `f("TOKEN", raising=False)` is a call.
    if sign == b"," && quote.is_none() {
        return None;
    }
    Some(Start { sign, value: if quote.is_some() { escapes + 1 } else { open }, quote })
}

/// Returns the place of the value that is given to the name that ends at `at`.
pub(crate) fn find_value(text: &[u8], at: usize) -> Option<Place<'_>> {
    let Start { sign, value: start, quote } = find_start(text, at)?;
    let in_value = |b: &&u8| {
        if quote.is_some() { is_quoted(**b) && Some(**b) != quote } else { is_bare(**b) }
    };
    let rest = text[start..].iter().take(LONGEST_VALUE);
    let end = start + rest.take_while(in_value).count();
    let closed = match quote {
        Some(quote) => text[end..].iter().find(|b| **b != b'\\') == Some(&quote),
        // A call, an index or a template is code; `>` is followed by the end of its element.
        None if sign == b">" => text[end..].starts_with(b"</"),
        None => !matches!(text.get(end), Some(b'(' | b'[' | b'{' | b'<')),
    };
    (end > start && end - start < LONGEST_VALUE && closed)
        .then_some(Place { sign, value: start..end })
}

/// Returns the first place at or after `from` that is no space and no tab, be it written as `\t` or `\\t`.
fn skip_blanks(text: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        match &text[at..] {
            [b' ' | b'\t', ..] => at += 1,
            [b'\\', rest @ ..] => {
                let more = rest.iter().take_while(|b| **b == b'\\').count();
                if rest.get(more) != Some(&b't') {
                    return at;
                }
                at += more + 2;
            }
            _ => return at,
        }
    }
}

/// Returns the length of ` str =` in `token: str = "…"`, or 0.
fn type_length(text: &[u8]) -> usize {
    let spaces = text.iter().take_while(|b| **b == b' ').count();
    let name = text[spaces..].iter().take(20).take_while(|b| b.is_ascii_alphabetic()).count();
    let after = spaces + name + text[spaces + name..].iter().take_while(|b| **b == b' ').count();
    if name > 0 && text.get(after) == Some(&b'=') { after + 1 } else { 0 }
}

const fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Returns whether `byte` may be in a value without quotes: no space, no quote, no bracket, nothing that JSON escapes.
const fn is_bare(byte: u8) -> bool {
    is_quoted(byte)
        && !matches!(
            byte,
            b'"' | b'\''
                | b'`'
                | b','
                | b';'
                | b'('
                | b')'
                | b'{'
                | b'}'
                | b'['
                | b']'
                | b'<'
                | b'>'
        )
}

/// Returns whether `byte` may be in a value between quotes: no space, nothing that JSON escapes but a quote.
const fn is_quoted(byte: u8) -> bool {
    byte > b' ' && byte != b'\\'
}
