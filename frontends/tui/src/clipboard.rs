//! Text on the clipboard, by way of the terminal (OSC 52): works over ssh, and nothing is started for it.

use std::io::{self, Write};

/// Terminals take no more.
const LONGEST: usize = 100_000;

/// Asks the terminal to put `text` on the clipboard; returns whether it was short enough.
///
/// # Errors
/// When the terminal cannot be written to.
pub fn copy(text: &str, out: &mut dyn Write) -> io::Result<bool> {
    if text.len() > LONGEST {
        return Ok(false);
    }
    write!(out, "\u{1b}]52;c;{}\u{1b}\\", base64(text.as_bytes()))?;
    out.flush()?;
    Ok(true)
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let whole = three.iter().fold(0_u32, |whole, byte| whole << 8 | u32::from(*byte));
        let whole = whole << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = DIGITS.get((whole >> (18 - 6 * place) & 63) as usize);
            text.push(if place > three.len() {
                '='
            } else {
                digit.map_or('=', |d| char::from(*d))
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reaches_the_clipboard_in_base64() {
        let copied = |text: &str| {
            let mut out = Vec::new();
            assert!(copy(text, &mut out).unwrap());
            String::from_utf8(out).unwrap()
        };
        assert_eq!(copied("a"), "\u{1b}]52;c;YQ==\u{1b}\\");
        assert_eq!(copied("ab"), "\u{1b}]52;c;YWI=\u{1b}\\");
        assert_eq!(copied("한국어!"), "\u{1b}]52;c;7ZWc6rWt7Ja0IQ==\u{1b}\\");
        let mut nothing = Vec::new();
        assert!(!copy(&"a".repeat(LONGEST + 1), &mut nothing).unwrap());
        assert!(nothing.is_empty());
    }
}
