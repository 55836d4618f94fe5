//! What environment variables are set to: `NAME=value` before a command, behind `export` or `-e`, in what `env` prints.

use crate::mark::BEGIN;
use crate::rules::starts_word;
use std::ops::Range;

/// The longest name, in bytes.
const LONGEST_NAME: usize = 64;

/// A longer value is a file; and no line is looked for further away.
const LONGEST_VALUE: usize = 4096;

/// Returns whether there may be a value in `text`: more than [`find_all`] finds.
pub(super) fn finds(text: &[u8]) -> bool {
    memchr::memchr_iter(b'=', text).any(|sign| {
        let value = &text[sign + 1..];
        name_before(text, sign) >= 2 && !value.starts_with(b"=") && !is_marked(value)
    })
}

/// Returns whether nothing but a mark is told before the line or the string ends.
fn is_marked(value: &[u8]) -> bool {
    let end = value.starts_with(BEGIN).then(|| value.iter().position(|b| *b == b']')).flatten();
    let Some(rest) = end.map(|end| &value[end + 1..]) else { return false };
    let backslashes = count_backslashes(rest);
    match rest.get(backslashes) {
        None | Some(b'\n' | b'"') => true,
        Some(next) => backslashes > 0 && b"nrt'".contains(next),
    }
}

/// Returns every value in `text`.
pub(super) fn find_all(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    memchr::memchr_iter(b'=', text).filter_map(move |sign| {
        let value = (sign >= from).then(|| value(text, sign)).flatten()?;
        from = value.end;
        Some(value)
    })
}

/// Returns how many bytes before `sign` are the name of a variable: capitals, digits and `_`.
fn name_before(text: &[u8], sign: usize) -> usize {
    let name = text[..sign].iter().rev().take(LONGEST_NAME).take_while(|b| is_name(**b)).count();
    let has_letter = text[sign - name..sign].iter().any(u8::is_ascii_uppercase);
    if has_letter { name } else { 0 }
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'
}

/// Returns the value behind the sign at `sign`, where that sets a variable.
fn value(text: &[u8], sign: usize) -> Option<Range<usize>> {
    let start = sign - name_before(text, sign);
    // `$NAME=`, `?NAME=`, `a.NAME=`, `-DNAME=` and `--NAME=` are something else.
    let is_part = text[..start].last().is_some_and(|b| b"$?&.-/{%#".contains(b));
    if sign - start < 2 || is_part || !starts_word(text, start) {
        return None;
    }
    let open = sign + 1;
    let escapes = count_backslashes(&text[open..]);
    let quote = text.get(open + escapes).copied().filter(|b| matches!(b, b'"' | b'\''));
    let first = if quote.is_some() { open + escapes + 1 } else { open };
    let is_listed = quote.is_none() && is_listed(text, start, open);
    // A string of JSON ends at its quote whatever is in it.
    let ends = |rest: &[u8]| match quote {
        Some(quote) => rest[0] == quote || rest[0] == b'"',
        None if is_listed => rest[0] == b'"',
        None => b" \t\"'`;|&<>(),".contains(&rest[0]),
    };
    let range = first..first + length(&text[first..], ends)?;
    let value = &text[range.clone()];
    // What a variable or a command gives is no value, and neither is the right side of a comparison.
    let is_told = !value.is_empty() && !b"$`=".contains(&value[0]) && !is_mark(value);
    // Where a string of JSON ends behind the sign, as in `{"NAME=":"…"}`, the quote begins no value.
    let closes = quote == Some(b'"') && b":,]}".contains(value.trim_ascii_start().first()?);
    (is_told && !closes).then_some(range)
}

/// Returns how long the value is that `text` begins with; `None` for one that is too long.
fn length(text: &[u8], ends: impl Fn(&[u8]) -> bool) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        let backslashes = count_backslashes(&text[at..]);
        // The end of a line or of a string, in strings in strings too; no escape is cut in two.
        let is_end = match (backslashes, text.get(at + backslashes)) {
            (0, _) => matches!(text[at], b'\n' | b'\r' | 0) || ends(&text[at..]),
            (_, next) => next.is_none_or(|next| b"nrt\"'".contains(next)),
        };
        if is_end {
            break;
        }
        at += backslashes.max(1);
    }
    (at <= LONGEST_VALUE).then_some(at)
}

fn count_backslashes(text: &[u8]) -> usize {
    text.iter().take_while(|b| **b == b'\\').count()
}

/// Returns whether the variable stands in a list of them, one a line, as `env` prints it: then its value goes to the end of
/// its line.
fn is_listed(text: &[u8], start: usize, open: usize) -> bool {
    let before = &text[start.saturating_sub(LONGEST_VALUE)..start];
    let after = &text[open..text.len().min(open + LONGEST_VALUE)];
    // Where the text begins, nobody knows yet how its lines end.
    let (line, ends): (&[u8], &[&str]) = match before {
        [] => (before, &["\n", "\\n"]),
        [line @ .., b'\n'] => (line, &["\n"]),
        [line @ .., b'\\', b'n'] => (line, &["\\n"]),
        _ => return false,
    };
    ends.iter().any(|end| {
        let above = memchr::memmem::rfind(line, end.as_bytes());
        let above = above.map_or(line, |at| &line[at + end.len()..]);
        let below = memchr::memmem::find(after, end.as_bytes());
        let below = below.map(|at| &after[at + end.len()..]);
        begins_with_name(above) || below.is_some_and(begins_with_name)
    })
}

fn begins_with_name(line: &[u8]) -> bool {
    let name = line.iter().take(LONGEST_NAME).take_while(|b| is_name(**b)).count();
    name >= 2 && line.get(name) == Some(&b'=')
}

/// Returns whether the value is a mark and nothing else.
fn is_mark(value: &[u8]) -> bool {
    value.starts_with(BEGIN) && value.iter().position(|b| *b == b']') == Some(value.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_in_commands_and_lists_and_not_elsewhere() {
        let found = |text: &str| {
            let found = find_all(text.as_bytes());
            found.map(|range| text.get(range).unwrap().to_owned()).collect::<Vec<_>>()
        };
        for (text, values) in [
            ("API_URL=https://a.io/x cargo run", &["https://a.io/x"][..]),
            ("export NAME=\"two words\"; B1='x y'", &["two words", "x y"]),
            ("docker run -e MODE=fast -it x", &["fast"]),
            (r#"{"cmd":"MODE=\"a b\" ls"}"#, &["a b"]),
            (r"MODE=fast\nls", &["fast"]),
            ("PATH=/a:/b\nPS1=a b c\nLANG=C\n", &["/a:/b", "a b c", "C"]),
            (r"PS1=a b\nLANG=C x\n", &["a b", "C x"]),
            ("PS1=a b\nls", &["a"]),
            ("DIR=[redacted:user:12ab]/x", &["[redacted:user:12ab]/x"]),
        ] {
            assert_eq!(found(text), values, "{text}");
        }
        for other in [
            "if A1==B1 C=1",
            "name=x Name=y mY_NAME=z",
            "-DNDEBUG=1 --FOO=1 $FOO=1 ?FOO=1&BAR=2 a.FOO=1",
            "FOO= BAR=$BAZ QUX=`ls` XY=\"\"",
            "FOO = 1",
            r#"{"FOO=":"x","BAR=" : "y"}"#,
            "DIR=[redacted:env-value:12ab]",
            "123=4",
        ] {
            assert!(found(other).is_empty(), "{other}: {:?}", found(other));
        }
    }
}
