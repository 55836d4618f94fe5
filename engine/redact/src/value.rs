//! Judgements of a value that stands where a secret may stand.

use crate::entropy::bits_per_byte;
use crate::words::has_no_words;

/// Parts of what is yet to be filled in, and of marks: no rule finds a mark.
pub(crate) const UNFILLED: [&str; 9] = [
    "redacted",
    "example",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "replace",
    "xxxx",
    "****",
];

/// More parts of values that stand for a secret without being one.
const STAND_INS: [&str; 11] = [
    "....",
    "…",
    "dummy",
    "sample",
    "insert",
    "password",
    "passwd",
    "process.env",
    "os.environ",
    "import.meta",
    "undefined",
];

/// Parts that are so short that random letters hold one now and then: they tell only where the rest makes words too.
const SHORT_STAND_INS: [&str; 4] = ["your", "fake", "test", "mock"];

/// Whole values that are words, not secrets.
const WORDS: [&str; 15] = [
    "pass",
    "pwd",
    "secret",
    "token",
    "none",
    "null",
    "true",
    "false",
    "admin",
    "root",
    "guest",
    "postgres",
    "user",
    "key",
    "true/false",
];

/// Parts of made-up keys, between `-` and `_`.
const MADE_UP: [&str; 10] = [
    "your",
    "here",
    "key",
    "example",
    "placeholder",
    "fake",
    "dummy",
    "mock",
    "sample",
    "redacted",
];

/// Returns whether a value of a vendor's shape is meant as one: not `ghp_xxxxxxxx…`, not `sk-ant-your-key-here…`.
pub(crate) fn is_meant(value: &[u8]) -> bool {
    let made_up =
        |part: &[u8]| MADE_UP.iter().any(|word| part.eq_ignore_ascii_case(word.as_bytes()));
    // The parts of a long random value may be words too, but seldom; the prefix is never one of these.
    !value.split(|b| b"-_".contains(b)).any(made_up)
        && !value.to_ascii_lowercase().windows(7).any(|w| w == b"example")
        // `A` is what base64 makes of zeros.
        && !value.windows(8).any(|w| w[0] != b'A' && w.iter().all(|b| *b == w[0]))
}

/// Returns `true`: for rules whose shape alone is proof.
pub(crate) const fn any(_value: &[u8]) -> bool {
    true
}

/// Returns whether there is a digit in it.
pub(crate) fn has_digit(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit)
}

/// Returns whether there is a digit in it, or as many letters that make no words.
pub(crate) fn is_drawn(value: &[u8]) -> bool {
    has_digit(value) || has_no_words(value)
}

/// Returns whether it has letters of both cases.
pub(crate) fn is_mixed(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_lowercase) && value.iter().any(u8::is_ascii_uppercase)
}

/// Returns whether the value stands for a secret: a variable, a path, a number, a mark, `your-key-here`, `xxxx`.
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    let Some(first) = value.first() else {
        return true;
    };
    // Base64 may start with `/` too.
    let is_path = value.starts_with(b"./")
        || (*first == b'/' && value.iter().skip(1).any(|b| *b == b'/') && !has_no_words(value));
    // `0xC000006B_u32`
    let is_number = value.starts_with(b"0x") && value.len() <= 16 && {
        let digits = value.iter().skip(2).take_while(|b| b.is_ascii_hexdigit()).count();
        matches!(value.get(2 + digits), None | Some(b'_' | b'u' | b'U' | b'l' | b'L'))
    };
    let is_encoded =
        matches!(value, [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    if matches!(first, b'$' | b'<' | b'{' | b'[' | b'(' | b'~' | b'@')
        || (*first == b'%' && !is_encoded)
        || is_path
        || is_number
        || value.windows(2).any(|w| w == b"${" || w == b"{{" || w == b"$(")
        || value.windows(3).any(|w| w == b"://")
        || value.iter().all(|b| b == first)
        || value.iter().all(|b| b.is_ascii_digit() || b".eE+-".contains(b))
    {
        return true;
    }
    let lower = value.to_ascii_lowercase();
    let holds = |part: &&str| lower.windows(part.len()).any(|w| w == part.as_bytes());
    WORDS.iter().any(|word| lower == word.as_bytes())
        || UNFILLED.iter().chain(&STAND_INS).any(holds)
        || (SHORT_STAND_INS.iter().any(holds) && !has_no_words(value))
}

/// The shortest value that can be told to be drawn at random, in bytes.
const SHORTEST: usize = 12;

/// How the base64 of public keys begins (RFC 5280, RFC 5480, RFC 8410).
const PUBLIC_KEYS: [&[u8]; 3] = [b"MFkwEwYHKoZIzj0", b"MIIBIjANBgkqhkiG9w0", b"MCowBQYDK2Vw"];

/// Returns whether the value looks drawn at random and like no hash, id or public key: long, in letters of both cases and
/// digits.
pub(crate) fn is_strong(value: &[u8]) -> bool {
    value.len() >= 20
        && has_digit(value)
        && is_mixed(value)
        && is_random(value)
        && !PUBLIC_KEYS.iter().any(|start| value.starts_with(start))
}

/// Returns whether the value looks drawn at random: letters and digits that make no words.
///
/// Words, numbers and case changes cut a name into long pieces and a random string into short ones.
pub(crate) fn is_random(value: &[u8]) -> bool {
    if value.len() < SHORTEST || is_placeholder(value) {
        return false;
    }
    let letters = value.iter().filter(|b| b.is_ascii_alphanumeric()).count();
    let pieces = count_pieces(value);
    // A short one must be of letters and digits alone: `node.or1_token`.
    if value.len() < 16 && (letters < value.len() || !has_digit(value)) {
        return false;
    }
    // Names of many words have signs between them. Without a digit only the letters themselves tell: `getIdToken` has short
    // pieces too.
    let limit = match (has_digit(value), letters == value.len()) {
        (true, true) => 38,
        (true, false) => 30,
        (false, _) => 0,
    };
    (letters * 10 <= pieces * limit || is_hex(value) || has_no_words(value))
        && letters * 4 >= value.len() * 3
        && bits_per_byte(value) >= 2.75
}

/// Returns whether the value looks like a password: not a placeholder, not a word, not code.
pub(crate) fn is_password(value: &[u8]) -> bool {
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let others = value.len() - letters;
    let is_made = value.len() >= 8
        && letters > 0
        && others > 0
        && !is_placeholder(value)
        && !is_identifier(value)
        && bits_per_byte(value) >= 2.5;
    is_made || is_random(value)
}

/// Returns whether the value can be what follows `Authorization: Bearer`: no word and no placeholder.
pub(crate) fn is_credential(value: &[u8]) -> bool {
    let inner_capital = value.iter().skip(1).any(u8::is_ascii_uppercase);
    let is_made = !is_placeholder(value)
        && !is_identifier(value)
        && (has_digit(value) || (inner_capital && value.iter().any(u8::is_ascii_lowercase)));
    is_made || is_random(value)
}

/// Returns whether the value has hex digits only, both digits and letters.
fn is_hex(value: &[u8]) -> bool {
    value.iter().all(u8::is_ascii_hexdigit)
        && has_digit(value)
        && value.iter().any(u8::is_ascii_alphabetic)
}

/// Returns whether the value reads like names in a program: `form.password2`, `DB_PASS`, `get-it`.
fn is_identifier(value: &[u8]) -> bool {
    let count = |is: fn(&u8) -> bool| value.iter().filter(|b| is(b)).count();
    let (digits, letters) = (count(u8::is_ascii_digit), count(u8::is_ascii_alphabetic));
    let named = digits + letters + count(|b| b"_.-:".contains(b)) == value.len();
    let is_constant = !value.iter().any(u8::is_ascii_lowercase) && value.contains(&b'_');
    let is_name = digits * 5 < letters && digits + letters > count_pieces(value) * 4;
    named && (digits == 0 || is_name || (is_constant && digits * 2 < letters))
}

/// Counts the runs of digits, of letters of one case, and of capitalised words.
fn count_pieces(value: &[u8]) -> usize {
    let kind = |b: u8| match b {
        b'0'..=b'9' => 1,
        b'a'..=b'z' => 2,
        b'A'..=b'Z' => 3,
        _ => 0,
    };
    let mut pieces = 0;
    let mut before = 0;
    for byte in value {
        let now = kind(*byte);
        // `Word` is one piece: a capital goes on in small letters.
        if now != 0 && now != before && !(before == 3 && now == 2) {
            pieces += 1;
        }
        before = now;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_values_are_told_from_names() {
        for random in [
            "9f8e7d6c5b4a3928",
            "abcdef0123456789abcdef",
            "k3Zx9QaL0wEr7TyU",
            "wJalrXUtnFE/K7MDENG/bPxRfiCYqq",
            "53ea19c1-8f2e-4c57-9d0b-1a2b3c4d5e6f",
        ] {
            assert!(is_random(random.as_bytes()), "{random}");
        }
        for name in [
            "getAccessTokenSilently",
            "my-service-account-2",
            "claude-opus-4-6-20260101",
            "aaaaaaaaaaaaaaaa1",
            "a1b2c3",
            "12345678901234567890",
            "config.services.billing2.apiKey",
        ] {
            assert!(!is_random(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn passwords_are_told_from_words_and_code() {
        for password in ["tr0ub4dor&3", "S3cr3t!Pa55", "hunter2hunter2", "%40bc!123def"] {
            assert!(is_password(password.as_bytes()), "{password}");
        }
        for other in [
            "letmein!",
            "hunter2",
            "form.value",
            "newPassword1",
            "12345678",
            "raw.Token",
            "$ecret123!",
        ] {
            assert_eq!(is_password(other.as_bytes()), other == "letmein!", "{other}");
        }
    }
}
