//! Passwords in addresses: `scheme://user:password@host`.

use super::{Found, Rule};
use crate::value::{is_placeholder, is_random};
use std::ops::Range;

/// What every such address has.
const KEYWORDS: &[&str] = &["://"];

/// The longest user and password that are looked at, in bytes.
const LONGEST: usize = 400;

/// Returns the rule.
pub(super) fn rule() -> Rule {
    Rule::scan(KEYWORDS, &[("any", "url-password")], find)
}

/// Returns the password in the address whose scheme ends at `keyword`.
fn find(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let rest = &text[keyword.end..];
    let authority = rest.iter().take(LONGEST).take_while(|b| !ends_authority(**b)).count();
    let login = rest[..authority].iter().rposition(|b| *b == b'@')?;
    let Some(colon) = rest[..login].iter().position(|b| *b == b':') else {
        // `https://ghp_…@github.com`: only what looks drawn at random is no name.
        let is_token = login >= 20 && is_random(&rest[..login]);
        let range = keyword.end..keyword.end + login;
        return is_token.then_some(Found { rule: "url-password", range });
    };
    let (user, password) = (&rest[..colon], &rest[colon + 1..login]);
    let plain = user.iter().all(|b| b.is_ascii_alphanumeric() || b"._%+~-".contains(b));
    (plain
        && password.len() >= 3
        && password != user
        && !is_port(password)
        && !is_placeholder(password))
    .then(|| Found { rule: "url-password", range: keyword.end + colon + 1..keyword.end + login })
}

const fn ends_authority(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b'/' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b'|' | b',')
}

/// Returns whether `password` is the port of an address without a path, such as `8080?mail=someone`.
fn is_port(password: &[u8]) -> bool {
    let digits = password.iter().take_while(|b| b.is_ascii_digit()).count();
    (1..=5).contains(&digits) && matches!(password.get(digits), Some(b'?' | b'#'))
}
