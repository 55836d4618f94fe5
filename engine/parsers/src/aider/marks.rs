//! What a line says by its first characters and its last.

use opensession_hail::Timestamp;
use std::borrow::Cow;

/// How the first line of a run begins; the first versions wrote `Aider`.
const STARTS: [&str; 2] = ["# aider chat started at ", "# Aider chat started at "];

/// How long a time is: `2025-07-15 11:38:37`.
const STAMP: &str = "dddd-dd-dd dd:dd:dd";

/// A line without its end.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub text: Cow<'a, str>,
    /// It ends with the two blanks of a Markdown line break, as all do that a person typed or aider said.
    pub is_broken: bool,
}

/// What a line looks like, wherever it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mark<'a> {
    Blank,
    /// A run begins.
    Start(Option<Timestamp>),
    /// A line that was typed.
    Prompt(&'a str),
    /// A line of aider.
    Note(&'a str),
    /// Anything else.
    Text,
}

impl<'a> Row<'a> {
    /// Returns the line as text; bytes that are not UTF-8 stay visible.
    pub(super) fn of(line: &'a [u8]) -> Self {
        let mut line = line.strip_suffix(b"\n").unwrap_or(line);
        while let Some(rest) = line.strip_suffix(b"\r") {
            line = rest;
        }
        let text = visible(line);
        Self { is_broken: text.ends_with("  "), text }
    }

    pub(super) fn mark(&self) -> Mark<'_> {
        let text = self.text.as_ref();
        match text.as_bytes().first() {
            Some(b'#') => {
                if let Some(stamp) = start(text) {
                    return Mark::Start(stamp);
                }
                let typed = text.strip_prefix("####");
                typed
                    .filter(|rest| rest.is_empty() || rest.starts_with(' '))
                    .map_or(Mark::Text, |rest| {
                        Mark::Prompt(unbroken(rest.strip_prefix(' ').unwrap_or(rest)))
                    })
            }
            Some(b'>') => {
                let said = text.strip_prefix('>').unwrap_or(text);
                if !said.is_empty() && !said.starts_with(' ') {
                    return Mark::Text;
                }
                Mark::Note(said.strip_prefix(' ').unwrap_or(said).trim_end())
            }
            _ if text.bytes().all(|byte| byte.is_ascii_whitespace() || byte == 0) => Mark::Blank,
            _ => Mark::Text,
        }
    }
}

/// Returns the line without the two blanks of a line break.
pub(super) fn unbroken(line: &str) -> &str {
    line.strip_suffix("  ").unwrap_or(line)
}

/// Returns whether a run begins with this line.
pub(super) fn is_start(line: &str) -> bool {
    start(line).is_some()
}

/// Returns whether more may follow of a line without its end, so that nobody can say what it will be.
pub(super) fn is_begun(line: &str) -> bool {
    STARTS.iter().any(|start| start.starts_with(line) || line.starts_with(start))
        || ["#### ", "> "].iter().any(|mark| mark.starts_with(line))
}

/// Returns the time at which a run starts with this line, where there is such a time.
fn start(line: &str) -> Option<Option<Timestamp>> {
    let stamp = STARTS.iter().find_map(|start| line.strip_prefix(start))?.trim_end();
    let fits = stamp.len() == STAMP.len()
        && stamp.bytes().zip(STAMP.bytes()).all(|(byte, shape)| match shape {
            b'd' => byte.is_ascii_digit(),
            shape => byte == shape,
        });
    fits.then(|| Timestamp::parse(&format!("{}Z", stamp.replacen(' ', "T", 1))))
}

fn visible(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_its_first_characters_say() {
        let mark = |line: &str| match Row::of(line.as_bytes()).mark() {
            Mark::Blank => "blank".to_owned(),
            Mark::Start(stamp) => format!("start {}", stamp.map_or(0, |stamp| stamp.as_millis())),
            Mark::Prompt(text) => format!("prompt {text}."),
            Mark::Note(text) => format!("note {text}."),
            Mark::Text => "text".to_owned(),
        };
        let cases = [
            ("# aider chat started at 1970-01-02 00:00:01\r\n", "start 86401000"),
            ("# Aider chat started at 1970-13-01 00:00:00\n", "start 0"),
            ("# aider chat started at noon\n", "text"),
            ("#### a  b    \n", "prompt a  b  ."),
            ("####\n", "prompt ."),
            ("##### five\n", "text"),
            (">   \n", "note ."),
            (">  x  \r\r\n", "note  x."),
            (">>> x\n", "text"),
            (" \0\n", "blank"),
        ];
        for (line, expected) in cases {
            assert_eq!(mark(line), expected, "{line:?}");
        }
    }

    #[test]
    fn foreign_bytes_stay_visible() {
        assert_eq!(Row::of(b"a\xffb").text, "a\\xffb");
    }
}
