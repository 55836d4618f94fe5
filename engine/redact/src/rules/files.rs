//! Logins in files that programs keep them in: `.netrc`, `.pgpass`, Docker's `config.json`, and hashes of passwords as in
//! `.htpasswd` and `/etc/shadow`.

use super::{Found, Rule, Token};
use crate::encoded::decode_text;
use crate::shape::find_value;
use crate::value::{any, is_placeholder};
use std::ops::Range;

/// How far a machine's login is looked for, in bytes.
const LOGIN: usize = 400;

/// Hashes from which a password can be guessed: crypt(5), bcrypt, PHC strings, RFC 2307.
pub(super) const HASHES: &[Token] = &[
    (
        "any",
        "password-hash",
        &["$2a$", "$2b$", "$2y$"],
        r"\$2[aby]\$[0-9]{2}\$[A-Za-z0-9./]{53}",
        any,
    ),
    ("any", "password-hash", &["$apr1$"], r"\$apr1\$[A-Za-z0-9./]{1,8}\$[A-Za-z0-9./]{22}", any),
    (
        "any",
        "password-hash",
        &["$5$", "$6$"],
        r"\$[56]\$(?:rounds=[0-9]{1,9}\$)?[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{43,86}",
        any,
    ),
    (
        "any",
        "password-hash",
        &["$argon2"],
        r"\$argon2(?:id|i|d)\$v=[0-9]{2}\$m=[0-9]{1,9},t=[0-9]{1,4},p=[0-9]{1,3}\$[A-Za-z0-9+/]{8,64}\$[A-Za-z0-9+/]{16,128}",
        any,
    ),
    ("any", "password-hash", &["{SHA}", "{SSHA}"], r"\{S?SHA\}[A-Za-z0-9+/]{27,64}={0,2}", any),
];

/// Returns the rules.
pub(super) fn rules() -> Vec<Rule> {
    vec![
        Rule::scan(&["machine ", "default login "], &[("any", "netrc-password")], netrc),
        Rule::scan(&[":5432:", ":*:"], &[("any", "pgpass-password")], pgpass),
        Rule::scan(&["auth"], &[("Docker", "docker-auth")], docker),
    ]
}

/// Returns the password of the machine that is named at `keyword`: `machine HOST login USER password PASSWORD`, on one line
/// or several.
fn netrc(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let end = text.len().min(keyword.end + LOGIN);
    let mut words = Words { text: &text[..end], at: keyword.start };
    let mut before: &[u8] = b"";
    let mut login = false;
    for _ in 0..10 {
        let range = words.next()?;
        let word = &text[range.clone()];
        match before {
            b"login" => login = true,
            b"password" if login => {
                return (!is_placeholder(word)).then_some(Found { rule: "netrc-password", range });
            }
            _ => {}
        }
        // What belongs to no login: it is prose.
        let is_known =
            matches!(word, b"machine" | b"default" | b"login" | b"account" | b"password");
        let is_value = matches!(before, b"machine" | b"login" | b"account" | b"password");
        if !is_known && !is_value {
            return None;
        }
        before = if is_value { b"" } else { word };
    }
    None
}

/// The words of a text, between blanks and line breaks, be they written as `\n`.
struct Words<'t> {
    text: &'t [u8],
    at: usize,
}

impl Iterator for Words<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            match self.text.get(self.at..)? {
                // Of a line in a diff.
                [b'\n', b'+' | b'-', ..] => self.at += 2,
                [b' ' | b'\t' | b'\n' | b'\r', ..] => self.at += 1,
                [b'\\', rest @ ..] => {
                    let more = rest.iter().take_while(|b| **b == b'\\').count();
                    if !matches!(rest.get(more), Some(b'n' | b'r' | b't')) {
                        return None;
                    }
                    self.at += more + 2;
                }
                _ => break,
            }
        }
        let ends = |b: &u8| *b <= b' ' || b"\\\"'`".contains(b);
        let rest = self.text.get(self.at..)?;
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        let start = self.at;
        self.at += length;
        (length > 0).then_some(start..self.at)
    }
}

/// Returns the password of the line `host:port:database:user:password` that has its port at `keyword`.
fn pgpass(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let field = |from: usize| {
        let ends = |b: &u8| *b <= b' ' || b":\\\"'`,;()[]{}<>".contains(b);
        let length = text[from..].iter().take(128).position(ends);
        from..length.map_or_else(|| text.len().min(from + 128), |length| from + length)
    };
    let next = |before: Range<usize>| {
        let is_field = !before.is_empty() && text.get(before.end) == Some(&b':');
        is_field.then(|| field(before.end + 1))
    };
    let is_host = |b: &&u8| b.is_ascii_alphanumeric() || b"._*-".contains(b);
    let host = text[..keyword.start].iter().rev().take(256).take_while(is_host).count();
    let port = field(keyword.start + 1);
    // `*` may be another field than the port.
    let is_port = matches!(&text[port.clone()], b"*" | b"5432");
    let database = next(port)?;
    let user = next(database.clone())?;
    let password = next(user)?;
    let value = &text[password.clone()];
    let is_line = host > 0 && is_port && !text[database].iter().all(u8::is_ascii_digit);
    let is_last = text.get(password.end) != Some(&b':');
    (is_line && is_last && value.len() >= 4 && !is_placeholder(value))
        .then_some(Found { rule: "pgpass-password", range: password })
}

/// Returns the login in base64 that is given to a name which ends in `auth` at `keyword`.
fn docker(text: &[u8], keyword: Range<usize>) -> Option<Found> {
    let range = find_value(text, keyword.end)?.value;
    let login = decode_text(&text[range.clone()])?;
    let colon = login.iter().position(|b| *b == b':')?;
    (colon > 0 && colon + 1 < login.len()).then_some(Found { rule: "docker-auth", range })
}
