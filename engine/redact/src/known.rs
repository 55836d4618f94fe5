//! Secrets that are known by value: what the environment and a repository's `.env` files hold. No shape need tell them.

use crate::mark::BEGIN;
use crate::rules::{Kind, starts_word};
use crate::value::{UNFILLED, is_random};
use std::ops::Range;

/// What only its value tells.
pub(crate) const KIND: Kind =
    Kind { name: "known-value", provider: "any", keywords: &[], pattern: None };

/// The shortest secret that is looked for everywhere, in bytes. Shorter ones are parts of too much else.
const SHORTEST: usize = 6;

/// The shortest secret that is also found inside of a longer word.
const SHORTEST_ANYWHERE: usize = 16;

/// Words in the names of variables that hold secrets, wherever they stand in the name.
const TELLING: [&str; 8] =
    ["PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "APIKEY", "CREDENTIAL", "PRIVATEKEY"];

/// Words that tell only as a whole part of a name: `KEYBOARD` is none.
const TELLING_PARTS: [&str; 11] =
    ["KEY", "KEYS", "PASS", "PWD", "PW", "AUTH", "PAT", "SALT", "PEPPER", "COOKIE", "DSN"];

/// Parts of names of what everybody may know.
const PUBLIC_PARTS: [&str; 4] = ["PUBLIC", "PUBLISHABLE", "ID", "FINGERPRINT"];

/// Last parts of names of what is said about a secret: `COOKIE_DOMAIN`, `TOKEN_ISSUER`.
const ABOUT: [&str; 44] = [
    "ALGORITHM",
    "ALG",
    "ALIAS",
    "ARN",
    "AUDIENCE",
    "BACKEND",
    "CLASS",
    "DIR",
    "DOMAIN",
    "EMAIL",
    "ENABLED",
    "ENDPOINT",
    "EXPIRATION",
    "EXPIRES",
    "EXPIRY",
    "FILE",
    "FORMAT",
    "HEADER",
    "HOST",
    "ISSUER",
    "LIFETIME",
    "MANAGER",
    "METHOD",
    "MODE",
    "NAME",
    "PATH",
    "PREFIX",
    "PROJECT",
    "PROVIDER",
    "REGION",
    "ROUTE",
    "SCOPE",
    "SCOPES",
    "SERVER",
    "STORE",
    "STRATEGY",
    "SUFFIX",
    "TIMEOUT",
    "TTL",
    "TYPE",
    "URI",
    "URL",
    "USER",
    "USERNAME",
];

/// More parts of what is yet to be filled in.
const YOURS: [&str; 3] = ["change this", "your-", "your_"];

/// Returns the secrets in the value of a variable: the value where `name` tells that it is one, else the password of an
/// address.
///
/// Numbers, paths, words and `your-key-here` are no secrets under any name: masking them would mask half of a session.
#[must_use]
pub fn secrets_of(name: &str, value: &str) -> Vec<String> {
    let mut secrets = Vec::new();
    // A key over several lines is known by each of its lines.
    let lines: Vec<&str> = value.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match lines[..] {
        [one] => {
            secrets.extend(password_of(one).map(str::to_owned));
            let is_told = || tells(name) && (!is_about(name) || is_random(one.as_bytes()));
            if secrets.is_empty() && is_told() && is_secret(one) {
                secrets.push(one.to_owned());
            }
        }
        _ => secrets
            .extend(lines.into_iter().filter(|line| is_random(line.as_bytes())).map(str::to_owned)),
    }
    secrets
}

/// Returns whether variables of this name hold secrets.
fn tells(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let has = |parts: &[&str]| {
        name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| parts.contains(&part))
    };
    // The shell's own: the folder that it is in.
    !matches!(name.as_str(), "PWD" | "OLDPWD")
        && !has(&PUBLIC_PARTS)
        && (has(&TELLING_PARTS) || TELLING.iter().any(|word| name.contains(word)))
}

/// Returns whether variables of this name hold what is said about a secret.
fn is_about(name: &str) -> bool {
    let last = name.rsplit(|c: char| !c.is_ascii_alphanumeric()).next();
    last.is_some_and(|last| ABOUT.iter().any(|part| last.eq_ignore_ascii_case(part)))
}

/// Returns whether a value can be looked for everywhere.
fn is_secret(value: &str) -> bool {
    let bytes = value.as_bytes();
    let lower = value.to_ascii_lowercase();
    let is_word = bytes.len() < 12 && bytes.iter().all(u8::is_ascii_lowercase);
    let is_number = bytes.iter().all(|b| b.is_ascii_digit() || b".eE+-".contains(b));
    let is_variable = value.starts_with(['<', '{'])
        || matches!(bytes, [b'$', b'{' | b'(' | b'A'..=b'Z' | b'_', ..]);
    let is_path = value.starts_with("./")
        || value.starts_with("~/")
        || matches!(bytes, [b'/', rest @ ..] if rest.contains(&b'/'))
        || matches!(bytes, [drive, b':', b'\\', ..] if drive.is_ascii_alphabetic());
    let is_one_byte = bytes.iter().all(|b| Some(b) == bytes.first());
    let is_stand_in = UNFILLED.iter().chain(&YOURS).any(|part| lower.contains(part));
    // Whether an escape begins or ends there could not be told.
    let is_cut = value.starts_with(['\\', '"']) || value.ends_with(['\\', '"']);
    let is_other = is_word || is_number || is_variable || is_path || is_one_byte || is_stand_in;
    bytes.len() >= SHORTEST
        && !is_other
        && !is_cut
        && !value.contains("://")
        && !value.chars().any(char::is_control)
}

/// Returns the password of an address: `postgres://user:password@host`.
fn password_of(value: &str) -> Option<&str> {
    let (_scheme, rest) = value.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, _host) = authority.rsplit_once('@')?;
    let (_name, password) = user.split_once(':')?;
    is_secret(password).then_some(password)
}

/// A way in which a known secret is written.
pub(crate) struct Form {
    bytes: Vec<u8>,
    /// The longest part of it that stands in JSON as it is: what the sieve looks for.
    keyword: Range<usize>,
    /// Whether it may be part of a longer word.
    anywhere: bool,
}

impl Form {
    /// Returns the ways in which `secret` may be written: as it is, in an address, in base64 with and without a line
    /// break.
    pub(crate) fn all(secret: &str) -> Vec<Self> {
        let escaped = |upper: bool| {
            let escape = |byte: u8| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                    char::from(byte).to_string()
                }
                _ if upper => format!("%{byte:02X}"),
                _ => format!("%{byte:02x}"),
            };
            secret.bytes().map(escape).collect::<String>()
        };
        let line = format!("{secret}\n");
        let mut texts = vec![secret.to_owned(), escaped(true), escaped(false)];
        texts.extend([secret, &line].map(|text| base64(text.as_bytes())));
        texts.sort_unstable();
        texts.dedup();
        texts.into_iter().filter_map(|text| Self::new(text.into_bytes())).collect()
    }

    fn new(bytes: Vec<u8>) -> Option<Self> {
        let mut keyword = 0..0;
        let mut start = 0;
        for part in bytes.split(|b| is_escaped(*b)) {
            if part.len() > keyword.len() {
                keyword = start..start + part.len();
            }
            start += part.len() + 1;
        }
        let anywhere = bytes.len() >= SHORTEST_ANYWHERE || is_random(&bytes);
        (keyword.len() >= 3).then_some(Self { bytes, keyword, anywhere })
    }

    /// Returns what the sieve looks for.
    pub(crate) fn keyword(&self) -> &[u8] {
        &self.bytes[self.keyword.clone()]
    }

    /// Returns where the secret stands whose keyword stands at `keyword` in `text`.
    pub(crate) fn find(&self, text: &[u8], keyword: Range<usize>) -> Option<Range<usize>> {
        let before = match_back(&text[..keyword.start], &self.bytes[..self.keyword.start])?;
        let after = match_on(&text[keyword.end..], &self.bytes[self.keyword.end..])?;
        let range = keyword.start - before..keyword.end + after;
        let stands_alone = || {
            let next = text.get(range.end).is_some_and(u8::is_ascii_alphanumeric);
            starts_word(text, range.start) && !next
        };
        let before = &text[..range.start];
        let is_whole = !is_in_mark(before) && !is_in_escape(before, self.bytes[0]);
        (is_whole && (self.anywhere || stands_alone())).then_some(range)
    }
}

/// Returns whether `byte` behind `before` may be part of an escape: the `n` in `\n`, a digit in `\u001b`.
fn is_in_escape(before: &[u8], byte: u8) -> bool {
    let digits = before.iter().rev().take(3).take_while(|b| b.is_ascii_hexdigit()).count();
    match before[..before.len() - digits] {
        [.., b'\\', b'u'] => byte.is_ascii_hexdigit(),
        [.., b'\\'] => digits == 0 && b"nrtbfu".contains(&byte),
        _ => false,
    }
}

/// Returns whether JSON writes a byte with a backslash in front.
const fn is_escaped(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\')
}

/// Returns how many bytes of the beginning of `text` are `part`, with any number of backslashes before what is escaped.
fn match_on(text: &[u8], part: &[u8]) -> Option<usize> {
    let mut at = 0;
    for byte in part {
        if is_escaped(*byte) {
            let slashes = text[at..].iter().take_while(|b| **b == b'\\').count();
            at += slashes;
            if *byte == b'\\' {
                // Those of one behind the other were all taken by the first.
                if slashes == 0 && !text[..at].ends_with(b"\\") {
                    return None;
                }
                continue;
            }
        }
        if text.get(at) != Some(byte) {
            return None;
        }
        at += 1;
    }
    Some(at)
}

/// Returns how many bytes of the end of `text` are `part`, with any number of backslashes before what is escaped.
fn match_back(text: &[u8], part: &[u8]) -> Option<usize> {
    let mut left = text;
    for byte in part.iter().rev() {
        if *byte != b'\\' {
            left = left.strip_suffix(&[*byte])?;
        }
        if is_escaped(*byte) {
            let slashes = left.iter().rev().take_while(|b| **b == b'\\').count();
            left = &left[..left.len() - slashes];
            if *byte == b'\\' && slashes == 0 && text.get(left.len()) != Some(&b'\\') {
                return None;
            }
        }
    }
    Some(text.len() - left.len())
}

/// Returns whether a mark has begun and not ended at the end of `before`.
pub(crate) fn is_in_mark(before: &[u8]) -> bool {
    let window = &before[before.len().saturating_sub(80)..];
    let begun = window.windows(BEGIN.len()).rposition(|part| part == BEGIN);
    begun.is_some_and(|begun| !window[begun..].contains(&b']'))
}

/// Returns `bytes` in base64 (RFC 4648 §4) without padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3)
            .fold(0_u32, |bits, at| (bits << 8) | u32::from(three.get(at).copied().unwrap_or(0)));
        let digits = (0..=three.len()).map(|at| (bits >> (18 - 6 * at)) & 63);
        text.extend(digits.map(|digit| char::from(DIGITS[digit as usize])));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_values_cannot() {
        for (name, value, secrets) in [
            ("INTERNAL_PASSWORD", "correct-horse-battery", &["correct-horse-battery"][..]),
            ("db_pass", "Sommer24!", &["Sommer24!"]),
            ("STRIPE_KEY", "abcdef12", &["abcdef12"]),
            ("DATABASE_URL", "postgres://app:s3cr3t-x@db/app?ssl=1", &["s3cr3t-x"]),
            ("DB_PASSWORD", "postgres", &[]),
            ("APP_SECRET", "your-secret-here", &[]),
            ("MAX_TOKENS", "4096000000", &[]),
            ("API_TOKEN", "${OTHER_TOKEN}", &[]),
            ("API_TOKEN", "short", &[]),
            ("COOKIE_DOMAIN", "shop.internal.net", &[]),
            ("AUTH_PROVIDER", "google-oauth2", &[]),
            ("S3_KEY_PREFIX", "uploads/images", &[]),
            ("secret_name", "k3Zx9QaL0wEr7TyU", &["k3Zx9QaL0wEr7TyU"]),
            ("NEXT_PUBLIC_API_KEY", "abcdef1234567890", &[]),
            ("CLIENT_ID", "a1b2c3d4e5f6a7b8", &[]),
            ("SSH_AUTH_SOCK", "/tmp/ssh-XXXX/agent.1", &[]),
            ("PWD", "/home/a/Shop-Secret1", &[]),
            ("KEYBOARD", "us-intl-dead-keys", &[]),
            ("API_URL", "https://api.shop.internal/v1", &[]),
        ] {
            assert_eq!(secrets_of(name, value), secrets, "{name}={value}");
        }
        let key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END KEY-----\n";
        assert_eq!(secrets_of("KEY", key), ["MIIEvQIBADANBgkqhkiG9w0BAQ"]);
    }

    #[test]
    fn a_secret_is_found_however_it_is_escaped() {
        let secret = r#"pa"ss\wo"rd-1"#;
        let form = Form::all(secret).into_iter().find(|form| form.bytes == secret.as_bytes());
        let form = form.unwrap();
        assert_eq!(form.keyword(), b"rd-1");
        let mut text = secret.to_owned();
        for _ in 0..4 {
            let whole = format!("x={text} y");
            let at = whole.find("rd-1").unwrap();
            let found = form.find(whole.as_bytes(), at..at + 4).unwrap();
            assert_eq!(whole.get(found), Some(text.as_str()));
            text = text.replace('\\', r"\\").replace('"', r#"\""#);
        }
        for other in
            [r#"pa"ss wo"rd-1"#, r#"pass\wo"rd-1"#, r#"pa"ss\wo"rd-12"#, r#"xpa"ss\wo"rd-1"#]
        {
            let at = other.find("rd-1").unwrap();
            assert_eq!(form.find(other.as_bytes(), at..at + 4), None, "{other}");
        }
    }

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
