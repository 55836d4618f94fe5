//! Secrets that are written in base64: `echo c2stYW50LWFwaTAz… | base64 -d`, values of Kubernetes' secrets; and the few tokens
//! that no keyword tells, but long runs of base64 digits and what stands beside them.

use crate::rules::Found;
use std::ops::Range;

/// The shortest run of base64 digits that is looked into: sixteen bytes of secret and a few of what stands around it.
const SHORTEST: usize = 24;

/// How many digits are tried before the rest is: of what is no text, nearly all ends here.
const TRIED: usize = 16;

/// The longest run that is decoded, in digits. What is longer is a file, and is read up to here.
const LONGEST: usize = 65_536;

/// Returns the first run of base64 digits at or behind `from` in `text` whose text `finds` something in.
pub(crate) fn find(
    text: &[u8],
    from: usize,
    finds: impl Fn(&[u8]) -> Option<&'static str>,
) -> Option<Found> {
    let mut at = from;
    // No run that is long enough lies between two of these places.
    while let Some(byte) = text.get(at + SHORTEST - 1) {
        if !is_digit(*byte) {
            at += SHORTEST;
            continue;
        }
        let run = run_around(text, at + SHORTEST - 1, at);
        at = run.end;
        if run.len() < SHORTEST {
            continue;
        }
        if let Some(range) = find_bot(text, &run) {
            return Some(Found { rule: "discord-bot-token", range });
        }
        if is_of_app(text, &run) {
            return Some(Found { rule: "facebook-token", range: run });
        }
        if let Some((rule, start)) = read(&text[run.clone()], &finds) {
            let padding = text[run.end..].iter().take(2).take_while(|b| **b == b'=').count();
            return Some(Found { rule, range: run.start + start..run.end + padding });
        }
    }
    None
}

/// Returns the run of digits that `at` is in, and that does not begin before `first`.
fn run_around(text: &[u8], at: usize, first: usize) -> Range<usize> {
    let before = text[first..at].iter().rev().take_while(|b| is_digit(**b)).count();
    let after = text[at..].iter().take_while(|b| is_digit(**b)).count();
    at - before..at + after
}

/// Returns the token of a Discord bot whose first part is at the end of `run`: the bot's number in base64, a full stop, six
/// digits, a full stop, 27 digits or more.
fn find_bot(text: &[u8], run: &Range<usize>) -> Option<Range<usize>> {
    let part = |from: usize| {
        let dot = text.get(from) == Some(&b'.');
        dot.then(|| text[from + 1..].iter().take_while(|b| is_digit(**b)).count())
    };
    let second = part(run.end).filter(|length| *length == 6)?;
    let last = run.end + 1 + second;
    let length = part(last).filter(|length| *length >= 27)?;
    let is_number = |digits: &[u8]| decode(digits).iter().all(u8::is_ascii_digit);
    // The number has 17 to 20 digits.
    let first = run.start.max(run.end - run.len().min(28));
    let start = (first..run.end - 22).find(|start| is_number(&text[*start..run.end]))?;
    Some(start..last + 1 + length)
}

/// Returns whether `run` is the secret of a Facebook app: behind the app's number of 15 digits or more and `|`.
fn is_of_app(text: &[u8], run: &Range<usize>) -> bool {
    let Some((b'|' | b'%', number)) = text.get(..run.start).and_then(<[u8]>::split_last) else {
        return false;
    };
    let length = number.iter().rev().take(15).take_while(|b| b.is_ascii_digit()).count();
    let is_drawn = text[run.clone()].iter().any(u8::is_ascii_digit);
    length == 15 && (27..=40).contains(&run.len()) && is_drawn
}

/// Returns the rule that finds something in the text that `run` encodes, and where in it the encoding starts.
///
/// The end of an escape (`\n`, `\u001b`) or of a terminal colour (`[32m`) may stand in front of the first digit.
fn read(
    run: &[u8],
    finds: &impl Fn(&[u8]) -> Option<&'static str>,
) -> Option<(&'static str, usize)> {
    (0..8).find_map(|start| {
        let digits = run.get(start..).filter(|digits| encodes_text(digits))?;
        let bytes = decode(&digits[..digits.len().min(LONGEST)]);
        is_text(&bytes).then(|| finds(&bytes)).flatten().map(|rule| (rule, start))
    })
}

/// Returns whether the first digits encode text.
fn encodes_text(digits: &[u8]) -> bool {
    digits.len() >= TRIED
        && digits.chunks_exact(4).take(TRIED / 4).all(|four| {
            let bits = four.iter().fold(0, |bits, digit| (bits << 6) | u32::from(value_of(*digit)));
            let [_, bytes @ ..] = bits.to_be_bytes();
            is_text(&bytes)
        })
}

/// Returns the text that `value` encodes, all of it; `None` where it encodes none.
pub(crate) fn decode_text(value: &[u8]) -> Option<Vec<u8>> {
    let padding = value.iter().rev().take(2).take_while(|b| **b == b'=').count();
    let digits = &value[..value.len() - padding];
    let fits = (8..=LONGEST).contains(&digits.len()) && digits.iter().all(|b| is_digit(*b));
    let bytes = fits.then(|| decode(digits))?;
    is_text(&bytes).then_some(bytes)
}

/// Returns what `digits` encode (RFC 4648 §4 and §5, without padding); bits that make no byte are left out.
fn decode(digits: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for digit in digits {
        bits = (bits << 6) | u32::from(value_of(*digit));
        count += 6;
        if count >= 8 {
            count -= 8;
            let [.., byte] = (bits >> count).to_be_bytes();
            bytes.push(byte);
        }
    }
    bytes
}

/// Returns whether `bytes` are ASCII as people and programs write it.
fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\r' | b'\t'))
}

fn is_digit(byte: u8) -> bool {
    DIGITS[usize::from(byte)]
}

/// The digits of both alphabets: a table is looked up faster than six bounds are compared.
static DIGITS: [bool; 256] = {
    let mut digits = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        digits[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
        byte += 1;
    }
    digits
};

const fn value_of(digit: u8) -> u8 {
    match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_wherever_they_start_and_only_once() {
        // "token=abcdefghijklmnop" and the like.
        let run = "dG9rZW49YWJjZGVmZ2hpamtsbW5vcA";
        let finds = |bytes: &[u8]| bytes.starts_with(b"token=").then_some("token");
        for before in 0..60 {
            for (open, close) in [(" ", " "), ("\\n", "\\n"), ("\"", "==\"")] {
                let text = format!("{}{open}{run}{close}{}", "x ".repeat(before), " y".repeat(40));
                let found = find(text.as_bytes(), 0, finds).expect("a secret");
                let start = before * 2 + open.len();
                let padding = close.bytes().take_while(|b| *b == b'=').count();
                assert_eq!(found.range, start..start + run.len() + padding, "{text}");
                assert_eq!(find(text.as_bytes(), found.range.end, finds), None);
            }
        }
    }

    #[test]
    fn what_encodes_no_text_is_not_read() {
        let finds = |_: &[u8]| -> Option<&'static str> { panic!("it is no text") };
        for text in [
            "9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c",
            "engine/redact/src/rules/services/payments.rs",
            "aSentenceInCamelCaseThatGoesOnAndOn",
        ] {
            assert_eq!(find(text.as_bytes(), 0, finds), None);
        }
    }
}
