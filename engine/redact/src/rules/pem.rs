//! Private keys in text: PEM (RFC 7468), OpenSSH and OpenPGP, also in a diff, in a numbered listing, in a string
//! of a program or of JSON, and cut off before their end.

use super::{Found, Rule};
use crate::lines::{Break, Prefix, next_break};
use std::ops::Range;

/// What stands behind the first dashes.
const KEYWORDS: &[&str] = &["BEGIN "];

const DASHES: &[u8] = b"-----";

/// The fewest base64 digits that make a key of a header and lines behind it.
const SHORTEST: usize = 40;

/// How far ahead a line's end is looked for, in bytes: more than a whole RSA key of 8,192 bits takes.
const LONGEST_LINE: usize = 8192;

/// Returns the rule.
pub(super) fn rule() -> Rule {
    Rule::scan(KEYWORDS, &[("any", "private-key")], find)
}

/// Returns the private key whose header has `keyword` in it, from its first dash to its last.
fn find(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let start = text[..keyword.start].ends_with(DASHES).then(|| keyword.start - DASHES.len())?;
    let label = text[keyword.end..].iter().take_while(|b| is_label(**b)).count();
    let label = &text[keyword.end..keyword.end + label];
    let private = label.windows(11).any(|w| w == b"PRIVATE KEY");
    let head = keyword.end + label.len();
    if !private || !text[head..].starts_with(DASHES) {
        return None;
    }
    let prefix = Prefix::of(text, start);
    let mut at = head + DASHES.len();
    let (mut end, mut digits) = (at, 0);
    loop {
        let Break { start: line_end, end: next } =
            next_break(&text[..text.len().min(at + LONGEST_LINE)], at);
        let line = prefix.strip(&text[at..line_end]);
        let line_start = line_end - line.len();
        if let Some((first, last)) =
            find_end(line).and_then(|r| Some((read_line(&line[..r.start])?, r)))
            && !first.closes
        {
            digits += first.digits;
            end = line_start + last.end;
            break;
        }
        let Some(line) = read_line(line) else { break };
        digits += line.digits;
        if line.digits > 0 {
            end = line_start + line.end;
        }
        if line.closes || next == text.len() {
            break;
        }
        at = next;
    }
    (digits >= SHORTEST).then_some(Found { rule: "private-key", range: start..end })
}

const fn is_label(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' '
}

/// Returns where in `line` the last line of a key stands.
fn find_end(line: &[u8]) -> Option<Range<usize>> {
    let start = line.windows(9).position(|w| w == b"-----END ")?;
    let label = line[start + 9..].iter().take_while(|b| is_label(**b)).count();
    let dashes = line[start + 9 + label..].iter().take_while(|b| **b == b'-').count();
    Some(start..start + 9 + label + dashes.min(DASHES.len()))
}

/// A line of a key.
struct KeyLine {
    /// How many base64 digits it has.
    digits: usize,
    /// Where the last of them ends.
    end: usize,
    /// Whether the string ends here in which the key is written.
    closes: bool,
}

/// Returns what `line` has of a key, or `None` where it is no line of a key.
///
/// Quotes, `+` and `\` around it are those of a program that writes the key as strings to be joined. Headers inside a
/// key are `Proc-Type: 4,ENCRYPTED` (RFC 1421) and `Version: …` (RFC 4880).
fn read_line(line: &[u8]) -> Option<KeyLine> {
    let is_quote = |b: &u8| b"\"'`".contains(b);
    let is_frame = |b: &u8| b" \t\r+\\".contains(b) || is_quote(b);
    let is_digit = |b: &u8| b.is_ascii_alphanumeric() || b"+/=".contains(b);
    let start = line.iter().take_while(|b| is_frame(b)).count();
    let body = line[start..].split(|b| is_quote(b) || *b == b'\\').next().unwrap_or_default();
    let closes = !line[start + body.len()..].iter().all(is_frame);
    let body =
        &body[..body.iter().rposition(|b| !b" \t\r\\".contains(b)).map_or(0, |last| last + 1)];
    let end = start + body.len();
    // A key on one line has spaces where its line ends were.
    let mut words = body.split(|b| *b == b' ').rev();
    let last = words.next().is_some_and(|word| word.iter().all(is_digit));
    if last && words.all(|word| word.len() >= 32 && word.iter().all(is_digit)) {
        return Some(KeyLine { digits: body.len(), end, closes });
    }
    let name = body.iter().take_while(|b| b.is_ascii_alphabetic() || **b == b'-').count();
    (name > 0 && body[name..].starts_with(b": ")).then_some(KeyLine { digits: 0, end, closes })
}
