//! Lines of a file as they are compared: without white space, as a hash that also says how much the line proves.

/// What stands behind the bracket where a secret stood: the file has something else there.
const REDACTED: &[u8] = b"redacted:";
/// The same where a whole file was left out.
const EXCLUDED: &[u8] = b"excluded:";
/// Letters and digits from which on a line proves something.
const STRONG: usize = 6;
/// Letters and digits from which on a line alone proves as much as two strong ones.
const TELLING: usize = 20;

/// How much it says that a line is in a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// 1 to 5 letters and digits, or a line that many people write: an import, an attribute.
    Weak,
    /// 6 letters and digits.
    Strong,
    /// 20 letters and digits.
    Telling,
}

/// A line without its white space: 62 bits of its hash, then 2 bits of its weight.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub(crate) struct Line(u64);

/// Words that stand alone on a line in nearly every program of some language.
const COMMON: [&str; 31] = [
    "begin", "break", "catch", "class", "const", "continue", "def", "default", "do", "done",
    "elif", "else", "end", "endif", "ensure", "esac", "except", "false", "fi", "finally", "none",
    "null", "pass", "private", "public", "rescue", "return", "then", "true", "try", "var",
];

/// How lines begin that everybody who uses the same thing writes alike.
const BOILERPLATE: [&str; 12] = [
    "import ",
    "from ",
    "use ",
    "#include",
    "using ",
    "require",
    "package ",
    "module ",
    "#[",
    "@",
    "mod ",
    "namespace ",
];

impl Line {
    /// Returns `text`, a line with or without its end; `None` where it has no letter or digit, is a common word of
    /// programming languages, or holds the mark of a redaction.
    ///
    /// The same on every machine and in every build, because it is remembered: the first 62 bits of BLAKE3.
    pub(crate) fn new(text: &[u8]) -> Option<Self> {
        Self::read(text, &mut Vec::new())
    }

    /// Returns the lines of `text` that prove anything, sorted.
    pub(crate) fn sorted(text: &[u8]) -> Vec<Self> {
        let mut bare = Vec::new();
        let lines = text.split(|byte| *byte == b'\n');
        let mut lines: Vec<Self> = lines.filter_map(|line| Self::read(line, &mut bare)).collect();
        lines.sort_unstable();
        lines
    }

    /// The same as [`Line::new`]; `bare` is room for the line without its white space.
    fn read(text: &[u8], bare: &mut Vec<u8>) -> Option<Self> {
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        bare.clear();
        bare.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace() && **byte != 0x0b));
        // The first byte of a longer character counts for it.
        let counts = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte >= 0xc0;
        let letters = bare.iter().filter(counts).count();
        if letters == 0 || is_common(bare) {
            return None;
        }
        let mut brackets = bare.split(|byte| *byte == b'[').skip(1);
        if brackets.any(|rest| rest.starts_with(REDACTED) || rest.starts_with(EXCLUDED)) {
            return None;
        }
        let weight = match letters {
            _ if is_boilerplate(text) => Weight::Weak,
            TELLING.. => Weight::Telling,
            STRONG.. => Weight::Strong,
            _ => Weight::Weak,
        };
        let [a, b, c, d, e, f, g, h, ..] = *blake3::hash(bare).as_bytes();
        Some(Self(u64::from_be_bytes([a, b, c, d, e, f, g, h]) & !3 | weight as u64))
    }

    /// Returns how much the line proves.
    pub(crate) const fn weight(self) -> Weight {
        match self.0 & 3 {
            0 => Weight::Weak,
            1 => Weight::Strong,
            _ => Weight::Telling,
        }
    }

    /// Returns whether the line proves more than a weak one.
    pub(crate) fn is_strong(self) -> bool {
        self.weight() >= Weight::Strong
    }

    /// Returns a number that stands for the line; equal lines have equal ones.
    pub(crate) const fn number(self) -> u64 {
        self.0
    }
}

/// Returns whether a line is one of the common words, with whatever signs around it.
fn is_common(bare: &[u8]) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric();
    let start = bare.iter().position(is_word).unwrap_or(0);
    let end = bare.iter().rposition(is_word).map_or(0, |last| last + 1);
    let word = bare.get(start..end).unwrap_or_default();
    word.len() <= 8 && COMMON.iter().any(|common| word.eq_ignore_ascii_case(common.as_bytes()))
}

fn is_boilerplate(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let text = text.strip_prefix(b"pub ").unwrap_or(text);
    BOILERPLATE.iter().any(|start| text.starts_with(start.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(text: &str) -> Option<Weight> {
        Line::new(text.as_bytes()).map(Line::weight)
    }

    #[test]
    fn white_space_and_line_ends_do_not_count() {
        let line = Line::new(b"let x = foo(a, b);");
        assert!(line.is_some());
        assert_eq!(line, Line::new(b"\t let x=foo( a,b ) ;\r\n"));
        assert_eq!(line, Line::new("\u{feff}let x = foo(a, b);".as_bytes()));
        assert_ne!(line, Line::new(b"let x = foo(a, c);"));
    }

    #[test]
    fn a_line_weighs_what_it_tells() {
        for nothing in
            ["", "  }", "});", "--", "} else {", "return;", "END", "pass", "[redacted:x:00ff]"]
        {
            assert_eq!(weight(nothing), None, "{nothing:?}");
        }
        for weak in ["x = 1", "i++", "foo()", "use std::collections::HashMap;", "#[must_use]"] {
            assert_eq!(weight(weak), Some(Weight::Weak), "{weak:?}");
        }
        for strong in ["a_name = 1", "return None;", "größer", "elsewhere();"] {
            assert_eq!(weight(strong), Some(Weight::Strong), "{strong:?}");
        }
        assert_eq!(weight("let total = prices.iter().sum();"), Some(Weight::Telling));
        assert_eq!(weight("key = \"[redacted:aws:00ff]\" # of the account"), None);
    }

    #[test]
    fn what_is_remembered_does_not_change_with_the_build() {
        // The first 62 bits of `printf 'letx=1;' | b3sum`, and 0 for a weak line.
        let number = Line::new(b"let x = 1;").map(Line::number);
        assert_eq!(number, Some(0xdac6147d2961846c));
    }
}
