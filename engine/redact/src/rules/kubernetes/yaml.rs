//! Manifests in YAML, also in a list, in a diff, in a numbered listing, and in a string.

use super::{HOLDERS, is_name};
use crate::lines::{Break, Prefix, next_break};
use std::ops::Range;

/// A line of YAML.
struct Line<'t> {
    /// How far it is indented; the sign of an item of a list, and of a changed line in a diff, is as good as a space.
    indent: usize,
    /// Whether an item of a list begins here.
    is_item: bool,
    /// Where its text begins, and the text.
    start: usize,
    text: &'t [u8],
    /// Whether its breaks are written as `\n`.
    is_written: bool,
    /// Whether the string ends here in which it is written.
    closes: bool,
}

/// Returns the values of the manifest in which the name `kind` stands at `kind`.
///
/// Nothing behind the kind of another manifest is read, so that of many no part is read for each.
pub(super) fn values(text: &[u8], kind: usize) -> Vec<Range<usize>> {
    let yaml = Yaml { text, prefix: Prefix::of(text, kind) };
    let lead = text[..kind].iter().rev().take_while(|b| b" +-".contains(b)).count();
    let own = match yaml.prefix {
        Prefix::Number => yaml.line_start(kind),
        // A line may be long, and have the name in it many times.
        _ => kind - lead,
    };
    let opens = own > 0 && b"\"'`".contains(&text[own - 1]);
    if !opens && !yaml.starts_line(own) {
        return Vec::new();
    }
    let (line, _) = yaml.line(own);
    if line.start != kind || !line.ends_manifest() {
        return Vec::new();
    }
    yaml.read(yaml.first_line(own, &line), own, line.indent)
}

struct Yaml<'t> {
    text: &'t [u8],
    prefix: Prefix,
}

impl<'t> Yaml<'t> {
    /// Returns the line that begins at `from`, and where the next one does.
    fn line(&self, from: usize) -> (Line<'t>, usize) {
        let Break { start: end, end: next } = next_break(self.text, from);
        let numbered = if self.prefix == Prefix::Number {
            self.prefix.length(&self.text[from..end])
        } else {
            0
        };
        let whole = &self.text[from + numbered..end];
        let escapes = self.escapes(from);
        let length = string_ends(whole, escapes).next().unwrap_or(whole.len());
        let (whole, closes) = (&whole[..length], length < whole.len());
        let is_lead = |b: &&u8| matches!(b, b' ' | b'+' | b'-');
        let indent = whole.iter().take_while(is_lead).count();
        // Between two documents.
        let rule = whole[..indent].windows(3).position(|w| w == b"---");
        let indent = rule.unwrap_or(indent);
        let is_item = whole[..indent].ends_with(b"- ");
        let text = &whole[indent..];
        let (start, is_written) = (from + numbered + indent, escapes > 0);
        (Line { indent, is_item, start, text, is_written, closes }, next)
    }

    /// Returns with how many backslashes the break before the line at `from` is written.
    fn escapes(&self, from: usize) -> usize {
        let before = self.text[..from].strip_suffix(b"n").unwrap_or_default();
        before.iter().rev().take_while(|b| **b == b'\\').count()
    }

    /// Returns where the line begins that `at` is in.
    fn line_start(&self, at: usize) -> usize {
        (0..=at).rev().find(|at| self.starts_line(*at)).unwrap_or(0)
    }

    fn starts_line(&self, at: usize) -> bool {
        matches!(self.text[..at], [] | [.., b'\n'] | [.., b'\\', b'n'])
    }

    /// Returns where the line before the one that begins at `start` does.
    fn line_before(&self, start: usize) -> Option<usize> {
        let mut end = start.checked_sub(1)?;
        if self.text[end] == b'n' {
            end -= self.text[..end].iter().rev().take_while(|b| **b == b'\\').count();
        }
        Some(self.line_start(end))
    }

    /// Returns where the first line of the manifest begins that has its kind on the line at `own`.
    fn first_line(&self, own: usize, kind: &Line<'_>) -> usize {
        let mut first = own;
        if kind.is_item || !self.starts_line(own) {
            return first;
        }
        while let Some(mut before) = self.line_before(first) {
            // Where the first line of a string begins, no line does.
            let opens = string_ends(&self.text[before..first], self.escapes(first)).last();
            before += opens.map_or(0, |quote| quote + 1);
            let (line, _) = self.line(before);
            if !line.is_blank() && (line.indent < kind.indent || line.ends_manifest()) {
                break;
            }
            first = before;
            if opens.is_some() || (line.is_item && line.indent == kind.indent) {
                break;
            }
        }
        first
    }

    /// Returns the values of the manifest whose lines begin at `first` and are indented by `indent`.
    fn read(&self, first: usize, own: usize, indent: usize) -> Vec<Range<usize>> {
        let mut values: Vec<Range<usize>> = Vec::new();
        let mut holds = false;
        // How far the names are indented, once there was one.
        let mut names = None;
        let mut at = first;
        while at < self.text.len() {
            let (line, next) = self.line(at);
            let (begins, is_own) = (at == first, at == own);
            at = if line.closes { self.text.len() } else { next };
            if line.is_blank() {
                continue;
            }
            let is_next = line.is_item && line.indent == indent && !begins;
            if line.indent < indent || is_next || (line.ends_manifest() && !is_own) {
                break;
            }
            if line.indent == indent {
                let name = line.text.strip_suffix(b":").unwrap_or_default();
                holds = HOLDERS.contains(&name);
                names = None;
            } else if holds && line.indent > *names.get_or_insert(line.indent) {
                let end = line.start + line.value_end(0);
                match values.last_mut() {
                    Some(value) if value.start == value.end => *value = line.start..end,
                    Some(value) => value.end = end,
                    None => {}
                }
            } else if holds && Some(line.indent) == names {
                match line.value() {
                    Some(value) => values.push(value),
                    None => break,
                }
            }
        }
        values
    }
}

impl Line<'_> {
    fn is_blank(&self) -> bool {
        self.text.iter().all(u8::is_ascii_whitespace) || self.text.starts_with(b"#")
    }

    /// Returns whether another document or another secret begins here.
    fn ends_manifest(&self) -> bool {
        self.text.starts_with(b"---")
            || self.text.strip_prefix(b"kind:").is_some_and(|kind| {
                let is_frame = |b: &u8| *b <= b' ' || b"\\\"'".contains(b);
                let start = kind.iter().take_while(|b| is_frame(b)).count();
                let end = kind.iter().rposition(|b| !is_frame(b)).map_or(start, |last| last + 1);
                &kind[start..end] == b"Secret"
            })
    }

    /// Returns the place of the value of a name, nothing where it stands on the next lines; `None` where there is no name.
    fn value(&self) -> Option<Range<usize>> {
        let colon = self.text.iter().position(|b| *b == b':')?;
        let quote = |b: &&u8| matches!(b, b'"' | b'\'' | b'\\');
        let open = self.text[..colon].iter().take_while(quote).count();
        let close = self.text[open..colon].iter().rev().take_while(quote).count();
        if !is_name(&self.text[open..colon - close]) {
            return None;
        }
        let blanks = self.text[colon + 1..].iter().take_while(|b| **b == b' ').count();
        let mut start = colon + 1 + blanks;
        let mut end = self.value_end(start);
        let rest = &self.text[start..];
        if matches!(rest.first(), Some(b'|' | b'>' | b'!')) {
            return Some(self.start + end..self.start + end);
        }
        let quotes = rest.iter().take_while(|b| **b == b'\\').count();
        if let Some(quote @ (b'"' | b'\'')) = rest.get(quotes) {
            start += quotes + 1;
            let inner = &self.text[start..];
            let length = inner.iter().rposition(|b| b == quote).unwrap_or(inner.len());
            end = start + inner[..length].iter().take_while(|b| **b != b'\\').count();
        }
        Some(self.start + start..self.start + end)
    }

    /// Returns where a value without quotes ends that begins at `from`.
    fn value_end(&self, from: usize) -> usize {
        let ends = |b: &u8| *b < b' ' || (self.is_written && matches!(b, b'"' | b'\\'));
        let value = &self.text[from.min(self.text.len())..];
        let value = &value[..value.iter().position(ends).unwrap_or(value.len())];
        let comment = value.windows(2).position(|w| w == b" #").unwrap_or(value.len());
        from + value[..comment].trim_ascii_end().len()
    }
}

/// Returns where strings begin or end on `line` whose breaks are written with so many backslashes: at quotes with fewer of
/// them.
fn string_ends(line: &[u8], escapes: usize) -> impl Iterator<Item = usize> + '_ {
    let mut backslashes = 0;
    line.iter().enumerate().filter_map(move |(at, byte)| {
        let ends = *byte == b'"' && backslashes < escapes;
        backslashes = if *byte == b'\\' { backslashes + 1 } else { 0 };
        ends.then_some(at)
    })
}
