//! Editing JSON text with comments so that all other bytes stay, and so that taking out undoes putting in.
//!
//! One rule carries that: white space directly before an item that was put in is part of it, whatever it is, and
//! nothing behind the item is. The one exception, `{}` and `[]`, is described at [`Container::add`].

use super::layout::{Json, Layout};
use jsonc_parser::ast::{Array, Object};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, ast::Value, parse_to_ast};
use std::ops::Range;

/// An object or array in a text: where it and its items are, in bytes.
pub(super) struct Container {
    /// Of the first byte behind the opening bracket, and of the closing one.
    inside: Range<usize>,
    /// Of the members, keys included, or of the elements.
    items: Vec<Range<usize>>,
}

impl From<&Object<'_>> for Container {
    fn from(object: &Object<'_>) -> Self {
        let items = object.properties.iter().map(|item| item.range.start..item.range.end).collect();
        Self { inside: object.range.start + 1..object.range.end - 1, items }
    }
}

impl From<&Array<'_>> for Container {
    fn from(array: &Array<'_>) -> Self {
        let items = array.elements.iter().map(|item| item.start()..item.end()).collect();
        Self { inside: array.range.start + 1..array.range.end - 1, items }
    }
}

/// Returns the object that `text` is, or the line and reason why it is none. Comments and trailing commas may be in it.
pub(super) fn parse(text: &str) -> Result<Object<'_>, String> {
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options).map_err(|error| {
        format!("line {}: {}", error.line_display(), error.kind().to_string().to_lowercase())
    })?;
    match parsed.value {
        Some(Value::Object(object)) => Ok(object),
        Some(other) => Err(format!("line {}: is no JSON object", line_of(text, other.start()))),
        None => Err("line 1: is no JSON object".to_owned()),
    }
}

/// Returns the line, from 1, of the byte at `offset`.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

impl Container {
    /// Returns whether there is nothing in it, no comment either.
    pub(super) fn is_empty(&self, text: &str) -> bool {
        self.items.is_empty() && blank(&text.as_bytes()[self.inside.clone()])
    }

    /// Returns the number of items.
    pub(super) const fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns `text` with a last item: `key` and `json`, or only `json` in an array.
    ///
    /// An exactly empty container, `{}`, is opened: the item gets a line, and so does the closing bracket. Only then
    /// does a line break before the item come directly behind the opening bracket: `{ }` keeps what is in it, behind
    /// the item, and the item only a blank before it.
    pub(super) fn add(&self, text: &str, key: Option<&str>, json: &Json) -> String {
        let bytes = text.as_bytes();
        let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let unit = unit(text);
        let layout = Layout { line_break, unit: &unit };
        let key = key.map_or_else(String::new, |key| format!("\"{key}\": "));
        let Range { start: open, end: close } = self.inside;
        let line = indentation(bytes, open);
        if open == close {
            let indent = format!("{line}{unit}");
            let item = layout.lines(json, &indent);
            return splice(
                text,
                &[(open..open, &format!("{line_break}{indent}{key}{item}{line_break}{line}"))],
            );
        }
        let last = self.items.last();
        let comma = last.and_then(|last| comma(bytes, last.end, close));
        let behind = comma.map_or_else(|| last.map_or(open, |last| last.end), |comma| comma + 1);
        let place = comments(bytes, behind, close).map_or(behind, |comment| comment.end);
        let several_lines = bytes[self.inside.clone()].contains(&b'\n') && place > open;
        let mut item = if several_lines {
            let indent = last
                .and_then(|last| alone(bytes, last.start))
                .unwrap_or_else(|| format!("{line}{unit}"));
            format!("{line_break}{indent}{key}{}", layout.lines(json, &indent))
        } else {
            format!(" {key}{}", json.line())
        };
        match (last, comma) {
            (Some(last), None) => splice(text, &[(last.end..last.end, ","), (place..place, &item)]),
            (Some(_), Some(_)) => {
                item.push(',');
                splice(text, &[(place..place, &item)])
            }
            (None, _) => splice(text, &[(place..place, &item)]),
        }
    }

    /// Returns `text` without the item at `index`.
    pub(super) fn cut(&self, text: &str, index: usize) -> String {
        let bytes = text.as_bytes();
        let item = &self.items[index];
        let Range { start: open, end: close } = self.inside;
        let before = open + bytes[open..item.start].trim_ascii_end().len();
        let opened =
            self.items.len() == 1 && before == open && starts_line(&bytes[before..item.start]);
        if opened && blank(&bytes[item.end..close]) && starts_line(&bytes[item.end..close]) {
            return splice(text, &[(open..close, "")]);
        }
        let comma_behind = comma(bytes, item.end, close);
        let end = comma_behind.map_or(item.end, |comma| comma + 1);
        // What came up behind a line comment must not become part of it.
        let previous = index.checked_sub(1).map(|index| &self.items[index]);
        let from = previous.map_or(open, |previous| {
            comma(bytes, previous.end, close).map_or(previous.end, |at| at + 1)
        });
        let held = comments(bytes, from, item.start).is_some_and(|comment| comment.of_line)
            && !starts_line(&bytes[end..]);
        let start = if held { item.start } else { before };
        match (comma_behind, previous.and_then(|previous| comma(bytes, previous.end, close))) {
            (Some(comma), _) => splice(text, &[(start..item.end, ""), (comma..comma + 1, "")]),
            (None, Some(comma)) => splice(text, &[(comma..comma + 1, ""), (start..item.end, "")]),
            (None, None) => splice(text, &[(start..item.end, "")]),
        }
    }
}

/// Returns `text` with each range, in their order, replaced.
pub(super) fn splice(text: &str, edits: &[(Range<usize>, &str)]) -> String {
    let mut bytes = Vec::with_capacity(text.len() + 512);
    let mut at = 0;
    for (range, new) in edits {
        bytes.extend_from_slice(&text.as_bytes()[at..range.start]);
        bytes.extend_from_slice(new.as_bytes());
        at = range.end;
    }
    bytes.extend_from_slice(&text.as_bytes()[at..]);
    String::from_utf8(bytes).expect("edits begin and end beside ASCII")
}

/// The last comment of a run of comments and white space.
struct Comment {
    end: usize,
    of_line: bool,
}

/// Returns the last of the comments that follow one another from `from` on.
fn comments(bytes: &[u8], from: usize, to: usize) -> Option<Comment> {
    let mut last = None;
    let mut at = from;
    loop {
        at += bytes[at..to].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let rest = &bytes[at..to];
        let (length, of_line) = if rest.starts_with(b"//") {
            let line = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            (rest[..line].trim_ascii_end().len(), true)
        } else if rest.starts_with(b"/*") {
            (
                rest.windows(2)
                    .skip(2)
                    .position(|pair| pair == b"*/")
                    .map_or(rest.len(), |at| at + 4),
                false,
            )
        } else {
            return last;
        };
        at += length;
        last = Some(Comment { end: at, of_line });
    }
}

/// Returns where the comma is that follows `from`.
fn comma(bytes: &[u8], from: usize, to: usize) -> Option<usize> {
    let from = comments(bytes, from, to).map_or(from, |comment| comment.end);
    let at = from + bytes[from..to].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    (at < to && bytes[at] == b',').then_some(at)
}

fn blank(bytes: &[u8]) -> bool {
    bytes.trim_ascii().is_empty()
}

/// Returns whether nothing is left on the line before its break.
fn starts_line(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.len() < bytes.len() && blank(line)
}

/// Returns the white space with which the line of the byte at `offset` begins.
fn indentation(bytes: &[u8], offset: usize) -> String {
    let line = bytes[..offset].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let blanks = bytes[line..offset].iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
    blanks.map(|byte| char::from(*byte)).collect()
}

/// Returns what is before the byte at `offset` on its line, where that is only white space.
fn alone(bytes: &[u8], offset: usize) -> Option<String> {
    let indent = indentation(bytes, offset);
    let line = offset - indent.len();
    (line == 0 || bytes[line - 1] == b'\n').then_some(indent)
}

/// Returns one level of indentation: that of the first member on a line of its own.
fn unit(text: &str) -> String {
    let blanks =
        |line: &str| line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect::<String>();
    let indented = text
        .lines()
        .filter(|line| line.trim_start().starts_with('"'))
        .map(blanks)
        .find(|blanks| !blanks.is_empty());
    indented.unwrap_or_else(|| "  ".to_owned())
}
