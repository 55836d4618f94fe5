//! Credentials on their way: `Authorization` and `Cookie` headers, and `curl -u`.

use super::{Found, Rule};
use crate::value::{is_credential, is_mixed, is_password, is_placeholder, is_random};
use std::ops::Range;

/// How far before `-u` the word `curl` is looked for, in bytes.
const COMMAND: usize = 1000;

/// Returns the rules.
pub(super) fn rules() -> Vec<Rule> {
    vec![
        Rule::token(
            0,
            &(
                "any",
                "authorization",
                &["Authorization", "authorization", "AUTHORIZATION"],
                r#"(?i:authorization)(?:\\*["'`])?\]?[ ]*[:=](?:[ \t]|\\+t)*(?:\\*["'`])?(?:(?i:bearer|basic|token|apikey|api-token|key)[ ]+)?([A-Za-z0-9._~+/=@-][A-Za-z0-9._~+/=@|:%-]{7,})"#,
                is_credential,
            ),
        ),
        Rule::token(
            0,
            &(
                "any",
                "authorization",
                &["Bearer ", "bearer "],
                r"[Bb]earer[ ]+([A-Za-z0-9._~+/=-][A-Za-z0-9._~+/=|:%-]{15,})",
                is_random,
            ),
        ),
        // The base64 of `eyJ`: a JSON Web Token written in base64 once more.
        Rule::token(0, &("any", "jwt", &["ZXlK"], r"ZXlK[A-Za-z0-9+/_-]{60,}={0,2}", is_mixed)),
        Rule::scan(&[" -u ", " --user ", " --user="], &[("any", "curl-password")], curl_password),
        Rule::scan(&["ookie", "OOKIE"], &[("any", "cookie")], cookie),
    ]
}

/// Returns the password of `curl … -u user:password`, the option standing at `keyword`.
fn curl_password(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let command = &text[keyword.start.saturating_sub(COMMAND)..=keyword.start];
    command.windows(5).rposition(|w| w == b"curl " || w == b"curl\\")?;
    let quotes = text[keyword.end..].iter().take_while(|b| b" \\\"'".contains(b)).count();
    let login = keyword.end + quotes;
    let ends = |b: &u8| *b <= b' ' || b"\\\"'`".contains(b);
    let end = login + text[login..].iter().position(ends).unwrap_or(text.len() - login);
    let colon = text[login..end].iter().position(|b| *b == b':')?;
    let user = &text[login..login + colon];
    let start = login + colon + 1;
    let named = !user.is_empty()
        && user.iter().all(|b| b.is_ascii_alphanumeric() || b"._%+@~-".contains(b));
    let password = &text[start..end];
    let is_given = password.len() >= 3 && password != user && !is_placeholder(password);
    (named && (is_given || is_password(password)))
        .then_some(Found { rule: "curl-password", range: start..end })
}

/// Returns the first value of a cookie that looks drawn at random, in the header that has its name at `keyword`.
fn cookie(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let ends = |b: &u8| *b < b' ' || b"\\\"'`".contains(b);
    let skip = |from: usize, set: &[u8]| {
        from + text[from..].iter().take_while(|b| set.contains(b)).count()
    };
    let sign = skip(keyword.end, b"\\\"'` ");
    if !matches!(text.get(sign), Some(b':' | b'=')) {
        return None;
    }
    let start = skip(sign + 1, b"\\\"'` ");
    let rest = &text[start..text.len().min(start + COMMAND)];
    let header = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
    let mut at = start;
    for pair in header.split(|b| *b == b';') {
        if let Some(sign) = pair.iter().position(|b| *b == b'=') {
            let value = pair[sign + 1..].split(|b| *b == b' ').next().unwrap_or_default();
            if is_random(value) {
                let start = at + sign + 1;
                return Some(Found { rule: "cookie", range: start..start + value.len() });
            }
        }
        at += pair.len() + 1;
    }
    None
}
