//! JSON Web Tokens (RFC 7519): `header.payload.signature`, each part in base64url.

use super::{Found, Rule};
use crate::value::is_mixed;
use std::ops::Range;

/// The start of the payload: a full stop and the base64 of `{`.
const KEYWORDS: &[&str] = &[".ey"];

/// The shortest part that a real token has, in bytes.
const SHORTEST: usize = 10;

/// Returns the rule.
pub(super) fn rule() -> Rule {
    Rule::scan(KEYWORDS, &[("any", "jwt")], find)
}

/// Returns the token that has its payload at `keyword`.
fn find(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let part =
        |bytes: &[u8]| bytes.iter().take_while(|b| is_base64url(**b) || b"+/".contains(b)).count();
    let header = text[..keyword.start].iter().rev().take_while(|b| is_base64url(**b)).count();
    // An escape before the token, such as `\n`, may add a letter to the run.
    let start = keyword.start - header;
    let start = start + text[start..keyword.start].windows(2).position(|w| w == b"ey")?;
    let payload = keyword.start + 1 + part(&text[keyword.start + 1..]);
    let signature = payload + 1;
    let end = signature + text.get(signature..).map_or(0, part);
    let is_signed = text.get(payload) == Some(&b'.') && end - signature >= SHORTEST;
    let end = if is_signed { end } else { payload };
    // The base64 of `{"`.
    let is_object = || text[start..].starts_with(b"eyJ") && text[keyword.end..].starts_with(b"J");
    let whole = keyword.start - start >= SHORTEST
        && payload - keyword.start > SHORTEST
        && (is_signed || is_object())
        // `eyebrows.eyeglasses.eyeliners` is none.
        && is_mixed(&text[start..end]);
    whole.then_some(Found { rule: "jwt", range: start..end })
}

const fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}
