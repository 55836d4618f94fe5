//! The one way to a terminal: what could steer it, or hide in a line, is made visible on the way.
//!
//! Logs hold what strangers wrote. An escape sequence in one can set the clipboard, rename the window or overwrite
//! what stands above it; a mark that turns the direction of text can make a command look like another one.

use std::io::{self, Write};

/// How characters that a terminal must not get are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    /// `␛`, `<U+202E>`: for text.
    Marks,
    /// `\u001b`, `\u202e`: for JSON, which says the same with them.
    Json,
}

/// Returns whether a terminal must not get `c` as it is: C0 but `\n` and `\t`, DEL, C1, marks of direction, and
/// characters without width or ink.
const fn is_hostile(c: char) -> bool {
    matches!(c,
        '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Appends `text` to `out`, everything hostile made visible.
pub(crate) fn show(text: &str, notation: Notation, out: &mut String) {
    let mut rest = text;
    while let Some((before, (c, after))) = rest.find(is_hostile).and_then(|at| {
        let (before, after) = rest.split_at_checked(at)?;
        let mut chars = after.chars();
        Some((before, (chars.next()?, chars.as_str())))
    }) {
        out.push_str(before);
        show_one(c, notation, out);
        rest = after;
    }
    out.push_str(rest);
}

fn show_one(c: char, notation: Notation, out: &mut String) {
    let code = u32::from(c);
    match notation {
        Notation::Json => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
        // The pictures of the control characters stand in their order from U+2400 on.
        Notation::Marks if code < 0x20 => out.extend(char::from_u32(0x2400 + code)),
        Notation::Marks if code == 0x7f => out.push('␡'),
        Notation::Marks => out.push_str(&format!("<U+{code:04X}>")),
    }
}

/// A writer in front of a terminal. Bytes that are not UTF-8 become `U+FFFD`.
pub(crate) struct Guard<W: Write> {
    sink: W,
    notation: Notation,
    /// The beginning of a character whose end has not come yet.
    torn: Vec<u8>,
}

impl<W: Write> Guard<W> {
    /// Returns a writer that passes everything on to `sink`, made visible.
    pub(crate) const fn new(sink: W, notation: Notation) -> Self {
        Self { sink, notation, torn: Vec::new() }
    }

    /// Writes what is left of a torn character and flushes.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if !self.torn.is_empty() {
            self.sink.write_all("\u{fffd}".as_bytes())?;
        }
        self.sink.flush()
    }
}

impl<W: Write> Write for Guard<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let whole;
        let mut rest = if self.torn.is_empty() {
            bytes
        } else {
            self.torn.extend_from_slice(bytes);
            whole = std::mem::take(&mut self.torn);
            &whole
        };
        let mut shown = String::with_capacity(rest.len());
        while !rest.is_empty() {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    show(text, self.notation, &mut shown);
                    break;
                }
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    let valid = std::str::from_utf8(valid).expect("valid up to here");
                    show(valid, self.notation, &mut shown);
                    let Some(length) = error.error_len() else {
                        self.torn = after.to_vec();
                        break;
                    };
                    shown.push('\u{fffd}');
                    rest = after.get(length..).unwrap_or_default();
                }
            }
        }
        self.sink.write_all(shown.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, notation: Notation) -> String {
        let mut out = String::new();
        show(text, notation, &mut out);
        out
    }

    #[test]
    fn escapes_and_marks_become_visible_and_text_stays() {
        let text = "plain\ttext\nзд 漢 \u{1b}]52;c;aGk=\u{7} \u{9b}6n \u{202e}cod\u{2066} a\u{200b}b\u{feff}\r\u{7f}";
        insta::assert_snapshot!(shown(text, Notation::Marks), @"
        plain\u{9}text
        зд 漢 ␛]52;c;aGk=␇ <U+009B>6n <U+202E>cod<U+2066> a<U+200B>b<U+FEFF>␍␡
        ");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let value = serde_json::json!({"a\u{202e}": "x\u{7f}\u{e0041}\u{9b}y"});
        let out = shown(&value.to_string(), Notation::Json);
        assert_eq!(out, r#"{"a\u202e":"x\u007f\udb40\udc41\u009by"}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&out).unwrap(), value);
    }

    #[test]
    fn nothing_that_steers_a_terminal_gets_through() {
        for code in (0..=0xffff_u32).chain(0xe0000..0xe0100) {
            let Some(c) = char::from_u32(code) else {
                continue;
            };
            for notation in [Notation::Marks, Notation::Json] {
                let out = shown(&c.to_string(), notation);
                let bad = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
                assert!(!out.contains(bad), "U+{code:04X}");
                let turns = ['\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{200e}', '\u{61c}'];
                assert!(!out.contains(turns), "U+{code:04X}");
            }
        }
    }

    #[test]
    fn characters_may_come_in_pieces_and_bytes_may_be_wrong() {
        let text = "a漢\u{1b}é".as_bytes();
        for cut in 0..text.len() {
            let mut out = Vec::new();
            let mut guard = Guard::new(&mut out, Notation::Marks);
            let (head, tail) = text.split_at(cut);
            guard.write_all(head).unwrap();
            guard.write_all(tail).unwrap();
            guard.finish().unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), "a漢␛é");
        }
        let mut out = Vec::new();
        let mut guard = Guard::new(&mut out, Notation::Marks);
        guard.write_all(b"a\x9b\xffb\xe6\xbc").unwrap();
        guard.finish().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a\u{fffd}\u{fffd}b\u{fffd}");
    }
}
