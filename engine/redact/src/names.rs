//! Names of values: which of them tell that the value is a secret, and what such a value looks like.

use crate::value::{is_password, is_random, is_strong};

/// The stems of the names. Whether a name really ends in a telling word is seen afterwards.
pub(crate) const KEYWORDS: &[&str] = &[
    "oken",
    "OKEN",
    "ecret",
    "ECRET",
    "assw",
    "ASSW",
    "key",
    "Key",
    "KEY",
    "assphrase",
    "ASSPHRASE",
    "redential",
    "REDENTIAL",
    "creds",
    "Creds",
    "CREDS",
    "_PASS",
    "_pass",
    "_PWD",
    "_pwd",
    "PGPASS",
    "auth",
    "Auth",
    "AUTH",
];

/// The longest name that is looked at, in bytes.
const LONGEST: usize = 128;

/// Whether a value looks like a secret.
type Judgement = fn(&[u8]) -> bool;

/// Ends of names, in small letters and without `_`, `-` and `.`: the rule, and what a secret of that name looks like.
/// An end stands before those that it contains.
const ENDS: [(&str, &str, Judgement); 20] = [
    ("secretaccesskey", "aws-secret-key", is_random),
    ("awssessiontoken", "aws-session-token", is_random),
    ("apikey", "api-key", is_random),
    ("accesskey", "access-key", is_random),
    ("accountkey", "access-key", is_random),
    ("privatekey", "private-key-value", is_random),
    ("secretkey", "secret", is_random),
    ("secretkeybase", "secret", is_random),
    ("key", "key", is_strong),
    ("secret", "secret", is_random),
    ("token", "token", is_random),
    ("passphrase", "password", is_password),
    ("password", "password", is_password),
    ("passwd", "password", is_password),
    ("pass", "password", is_password),
    ("pwd", "password", is_password),
    ("credential", "credential", is_random),
    ("credentials", "credential", is_random),
    ("creds", "credential", is_random),
    ("auth", "credential", is_random),
];

/// Keys that open something. Others are names of what is stored, and their values must look like nothing else.
const KEYS: [&str; 24] = [
    "auth",
    "signing",
    "signature",
    "encryption",
    "encrypt",
    "master",
    "app",
    "application",
    "consumer",
    "subscription",
    "license",
    "service",
    "hmac",
    "shared",
    "session",
    "deploy",
    "webhook",
    "jwt",
    "functions",
    "admin",
    "server",
    "integration",
    "management",
    "storage",
];

/// What may follow the telling word: `TOKEN_PROD`, `secretKeyBase64`.
const SUFFIXES: [&str; 12] = [
    "value",
    "prod",
    "production",
    "staging",
    "live",
    "dev",
    "default",
    "string",
    "base64",
    "b64",
    "new",
    "old",
];

/// Parts of names of tokens that open nothing.
const HARMLESS: [&str; 6] = ["page", "next", "continuation", "cursor", "publickey", "cancel"];

/// Returns the names of the rules.
pub(crate) fn rules() -> Vec<&'static str> {
    let mut names: Vec<&str> = ENDS.iter().map(|(_, rule, _)| *rule).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Returns the rule by which `value` is a secret under `name`.
pub(crate) fn judge(name: &[u8], value: &[u8]) -> Option<&'static str> {
    let plain = || name.iter().rev().filter(|b| !b"_-.".contains(b)).map(u8::to_ascii_lowercase);
    // `API_KEY_2` is a name of the same kind.
    let mut tail: Vec<u8> = plain().skip_while(u8::is_ascii_digit).take(LONGEST).collect();
    if let Some(suffix) = SUFFIXES.iter().find(|suffix| ends(&tail, suffix)) {
        tail.drain(..suffix.len());
    }
    let (end, rule, looks_secret) = ENDS.iter().find(|(end, ..)| ends(&tail, end))?;
    let reads =
        |part: &str| tail.windows(part.len()).any(|w| w.iter().rev().copied().eq(part.bytes()));
    let opens = || {
        let before = tail.get(end.len()..).unwrap_or_default();
        // A variable of the environment is no name of what is stored.
        name.windows(4).any(|w| w == b"_KEY") || KEYS.iter().any(|key| ends(before, key))
    };
    let is_secret = looks_secret(value)
        || (*end == "key" && opens() && is_random(value))
        // `admin_password_secret`
        || ((reads("password") || reads("passwd")) && is_password(value));
    (is_secret && !HARMLESS.iter().any(|part| reads(part))).then_some(*rule)
}

/// Returns whether `tail`, which is written from its end, ends in `end`.
fn ends(tail: &[u8], end: &str) -> bool {
    end.len() <= tail.len() && end.bytes().rev().zip(tail).all(|(a, b)| a == *b)
}
