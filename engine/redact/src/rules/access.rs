//! Credentials on their way: `Authorization` headers and `curl -u`.

use super::{Found, Rule};
use crate::value::{is_credential, is_password, is_random};
use std::ops::Range;

/// How far before `-u` the word `curl` is looked for, in bytes.
const COMMAND: usize = 1000;

/// Returns the rules.
pub(super) fn rules() -> Vec<Rule> {
    vec![
        Rule::pattern(
            "authorization",
            &["Authorization", "authorization", "AUTHORIZATION"],
            r#"(?i:authorization)(?:\\*["'`])?\]?[ ]*[:=][ ]*(?:\\*["'`])?(?:(?i:bearer|basic|token|apikey|key)[ ]+)?([A-Za-z0-9._~+/=-]{8,})"#,
            is_credential,
        ),
        Rule::pattern(
            "authorization",
            &["Bearer ", "bearer "],
            r"[Bb]earer[ ]+([A-Za-z0-9._~+/=-]{16,})",
            is_random,
        ),
        Rule::scan(&[" -u ", " --user "], curl_password),
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
    (named && is_password(&text[start..end]))
        .then_some(Found { rule: "curl-password", range: start..end })
}
