//! Lines that are JSON but for their text: made readable without losing a byte.

use std::fmt::Write;

/// Returns `line` as text, every byte that is not UTF-8 shown as `\xNN`.
#[must_use]
pub fn visible(line: &[u8]) -> String {
    decode(line, "\\x")
}

/// Returns `line` as JSON that a strict reader takes, where it only had these faults inside its strings:
/// bytes that are not UTF-8 become the text `\xNN`, an unpaired surrogate escape becomes the text of that escape,
/// and a bare control character becomes its escape.
#[must_use]
pub fn repair(line: &[u8]) -> String {
    let text = decode(line, "\\\\x");
    let mut out = String::with_capacity(text.len() + 16);
    let mut in_string = false;
    let mut rest = text.as_str();
    while let Some(at) = rest.find(|c: char| c == '"' || c == '\\' || c < ' ') {
        let (before, special) = rest.split_at(at);
        out.push_str(before);
        let mut chars = special.chars();
        // `find` has just found it.
        let Some(found) = chars.next() else { break };
        rest = chars.as_str();
        match found {
            '"' => {
                in_string = !in_string;
                out.push('"');
            }
            '\\' => rest = copy_escape(special, &mut out),
            control if in_string => push_hex(&mut out, "\\u00", control as u8),
            space => out.push(space),
        }
    }
    out.push_str(rest);
    out
}

fn decode(line: &[u8], mark: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for chunk in line.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            push_hex(&mut text, mark, *byte);
        }
    }
    text
}

fn push_hex(out: &mut String, mark: &str, byte: u8) {
    write!(out, "{mark}{byte:02x}").expect("a String takes whatever is written");
}

/// Copies the escape that `text` begins with, and returns what follows it.
fn copy_escape<'t>(text: &'t str, out: &mut String) -> &'t str {
    let (high, after) = split_unicode_escape(text);
    let low = split_unicode_escape(after).0;
    let length = match (high, low) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
        (Some(0xd800..=0xdfff), _) => {
            out.push('\\');
            6
        }
        // The backslash and the character behind it, which may be a `"` or another backslash.
        _ => 1 + text.chars().nth(1).map_or(0, char::len_utf8),
    };
    let (escape, rest) = text.split_at_checked(length).unwrap_or((text, ""));
    out.push_str(escape);
    rest
}

/// Returns the number of a `\uXXXX` at the start of `text` and what follows it.
fn split_unicode_escape(text: &str) -> (Option<u32>, &str) {
    let digits = text.strip_prefix("\\u").and_then(|rest| rest.split_at_checked(4));
    let number = digits.filter(|(hex, _)| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    match number.and_then(|(hex, rest)| Some((u32::from_str_radix(hex, 16).ok()?, rest))) {
        Some((number, rest)) => (Some(number), rest),
        None => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &[u8]) -> String {
        serde_json::from_str(&repair(line)).unwrap()
    }

    #[test]
    fn unpaired_surrogates_become_visible_and_pairs_stay() {
        assert_eq!(text(br#""a\ud83d b""#), "a\\ud83d b");
        assert_eq!(text(br#""\ude00""#), "\\ude00");
        assert_eq!(text(br#""\ud83d\ud83d\ude00\n""#), "\\ud83d\u{1f600}\n");
        assert_eq!(text(br#""\ud83d""#), "\\ud83d");
    }

    #[test]
    fn escaped_backslashes_do_not_begin_an_escape() {
        assert_eq!(text(br#""\\ud83d \\\" \\""#), "\\ud83d \\\" \\");
    }

    #[test]
    fn foreign_bytes_and_bare_controls_become_visible() {
        assert_eq!(text(b"\"a\xff\xfe\tb\0\""), "a\\xff\\xfe\tb\0");
        assert_eq!(visible(b"a\xffb"), "a\\xffb");
    }

    #[test]
    fn what_is_torn_stays_torn() {
        for torn in [r#"{"a":"\"#, r#"{"a":"\u"#, r#"{"a":"\ud8"#, r#"{"a":"\ud83d\ud"#] {
            assert!(serde_json::from_str::<serde_json::Value>(&repair(torn.as_bytes())).is_err());
        }
    }
}
