//! Text in cells: what is safe to draw, how wide it is, and how it is cut, padded and wrapped.
//!
//! Logs hold what strangers wrote, escape sequences included. Everything that is drawn goes through [`visible`].

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::Chars;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Stands where text was cut off.
const CUT: &str = "…";
const TAB: &str = "    ";

/// Returns whether a terminal must not get `c` as it is: it steers, turns the direction of text, has no ink, or is as
/// wide as each terminal likes.
const fn is_special(c: char) -> bool {
    matches!(c,
        '\0'..='\u{9}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ff9e}'..='\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{1f1e6}'..='\u{1f1ff}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns `text` as it can be drawn: escape sequences of colours are taken out and other control characters shown
/// (`␛`, `<U+202E>`), tabs become blanks. Line feeds stay.
///
/// Of an emoji made of several, the first is left, and a flag becomes its two letters: terminals do not agree how wide
/// those are, and one that errs shifts the rest of the line.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_special) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if !is_special(c) => shown.push(c),
            '\t' => shown.push_str(TAB),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\u{1b}' => {
                if !skip_sequence(&mut chars) {
                    shown.push('␛');
                }
            }
            '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' => {}
            // Which land the flag is of stands in signs without ink. Elsewhere those are shown: they hide text.
            '\u{e0020}'..='\u{e007f}' if shown.ends_with('🏴') => {}
            // What is joined to an emoji goes with the joiner.
            '\u{200d}' if shown.chars().next_back().is_some_and(|last| !last.is_ascii()) => {
                if chars.peek().is_some_and(|next| *next >= '\u{2190}') {
                    chars.next();
                }
            }
            '\u{1f1e6}'..='\u{1f1ff}' => {
                shown.extend(char::from_u32(u32::from(c) - 0x1f1e6 + u32::from('A')));
            }
            // A half-width mark is part of the letter before it and has a cell of its own: that cell would be left behind.
            '\u{ff9e}' => shown.push('゛'),
            '\u{ff9f}' => shown.push('゜'),
            '\u{7f}' => shown.push('␡'),
            c if u32::from(c) < 0x20 => shown.extend(char::from_u32(0x2400 + u32::from(c))),
            c => shown.push_str(&format!("<U+{:04X}>", u32::from(c))),
        }
    }
    Cow::Owned(shown)
}

/// Skips what follows an escape character where it sets colours or names a link; returns whether it did.
fn skip_sequence(chars: &mut Peekable<Chars<'_>>) -> bool {
    let mut ahead = chars.clone();
    let length = match ahead.next() {
        Some('[') => {
            let body = ahead.by_ref().take_while(|c| matches!(c, '0'..='9' | ';' | ':'));
            let length = body.count();
            // `take_while` has eaten the character that ended it.
            let is_colour = chars.clone().nth(1 + length) == Some('m');
            is_colour.then_some(2 + length)
        }
        Some(']') => {
            let body: Vec<char> = ahead.take(2_000).collect();
            let is_link = body.first() == Some(&'8') && body.get(1) == Some(&';');
            let end = body.iter().position(|c| matches!(c, '\u{7}' | '\u{1b}'));
            end.filter(|_| is_link).map(|end| {
                let is_long = body.get(end) == Some(&'\u{1b}') && body.get(end + 1) == Some(&'\\');
                1 + end + if is_long { 2 } else { 1 }
            })
        }
        _ => None,
    };
    for _ in 0..length.unwrap_or(0) {
        chars.next();
    }
    length.is_some()
}

/// Returns the first line of what can be drawn of `text`, blanks trimmed.
#[must_use]
pub fn first_line(text: &str) -> Cow<'_, str> {
    visible(text.trim().lines().next().unwrap_or("").trim_end())
}

/// Returns how many cells `text` takes.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(cells).sum()
}

/// Returns how many cells a grapheme takes.
fn cells(grapheme: &str) -> usize {
    grapheme.width()
}

/// Returns the longest beginning of `text` that fits into `room` cells, and how many it takes.
#[must_use]
pub fn begin(text: &str, room: usize) -> (&str, usize) {
    let (mut end, mut used) = (0, 0);
    for (at, grapheme) in text.grapheme_indices(true) {
        let next = used + cells(grapheme);
        if next > room {
            break;
        }
        (end, used) = (at + grapheme.len(), next);
    }
    (text.get(..end).unwrap_or(text), used)
}

/// Returns `text` in at most `room` cells; where it was longer, it ends in `…`.
#[must_use]
pub fn cut(text: &str, room: usize) -> Cow<'_, str> {
    match room {
        _ if text.len() <= room && text.is_ascii() || width(text) <= room => Cow::Borrowed(text),
        0 => Cow::Borrowed(""),
        _ => Cow::Owned(format!("{}{CUT}", begin(text, room - 1).0)),
    }
}

/// Returns `text` in at most `room` cells; where it was longer, it begins with `…`: for paths.
#[must_use]
pub fn cut_start(text: &str, room: usize) -> Cow<'_, str> {
    if width(text) <= room {
        return Cow::Borrowed(text);
    }
    if room == 0 {
        return Cow::Borrowed("");
    }
    let (mut start, mut used) = (text.len(), 1);
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += cells(grapheme);
        if used > room {
            break;
        }
        start = at;
    }
    Cow::Owned(format!("{CUT}{}", text.get(start..).unwrap_or("")))
}

/// Returns `text` in exactly `room` cells: cut, or blanks after it.
#[must_use]
pub fn fit(text: &str, room: usize) -> String {
    let cut = cut(text, room);
    let blanks = room.saturating_sub(width(&cut));
    format!("{cut}{:blanks$}", "")
}

/// Returns `text` in exactly `room` cells: cut, or blanks before it.
#[must_use]
pub fn fit_right(text: &str, room: usize) -> String {
    let cut = cut(text, room);
    let blanks = room.saturating_sub(width(&cut));
    format!("{:blanks$}{cut}", "")
}

/// Returns the rows that one line of text takes where there are `room` cells: broken at blanks, a longer word anywhere.
/// The blanks at a break belong to neither row.
#[must_use]
pub fn wrap(line: &str, room: usize) -> Vec<&str> {
    let room = room.max(2);
    let mut rows = Vec::new();
    let mut rest = line;
    while width(rest) > room {
        let (head, _) = begin(rest, room);
        // A blank right behind is as good a place as any within.
        let goes_on = rest.get(head.len()..).is_some_and(|after| !after.starts_with(' '));
        let at = match head.rfind(' ').filter(|_| goes_on) {
            Some(blank) if !head.get(..blank).unwrap_or("").trim().is_empty() => blank,
            _ => head.len(),
        };
        // A grapheme wider than the room takes a row of its own.
        let at =
            if at == 0 { rest.graphemes(true).next().map_or(rest.len(), str::len) } else { at };
        let (row, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        rows.push(row.trim_end_matches(' '));
        rest = after.trim_start_matches(' ');
    }
    if !rest.is_empty() || rows.is_empty() {
        rows.push(rest);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_half_width_mark_is_a_letter_of_its_own() {
        for (text, shown, cells) in [("ｶﾞ ﾊﾟ", "ｶ゛ ﾊ゜", 7), ("ﾞ", "゛", 2)] {
            assert_eq!(visible(text), shown);
            assert_eq!(width(&visible(text)), cells);
            assert!(visible(text).graphemes(true).all(|grapheme| grapheme.chars().count() == 1));
        }
    }

    #[test]
    fn nothing_of_a_log_steers_the_terminal() {
        assert_eq!(visible("plain 漢字 é"), "plain 漢字 é");
        assert_eq!(visible("\u{1b}[1;31mred\u{1b}[0m\u{1b}[2Jx"), "red␛[2Jx");
        assert_eq!(visible("\u{1b}]8;;http://x\u{1b}\\text\u{1b}]8;;\u{7}"), "text");
        assert_eq!(visible("\u{1b}]52;c;aGk=\u{7}"), "␛]52;c;aGk=␇");
        assert_eq!(visible("a\u{202e}b\u{9b}c\u{7f}"), "a<U+202E>b<U+009B>c␡");
        assert_eq!(visible("a\tb\r\nc\rd"), "a    b\nc␍d");
        assert_eq!(visible("\u{1b}"), "␛");
        assert_eq!(visible("\u{1b}["), "␛[");
    }

    #[test]
    fn emoji_become_what_every_terminal_draws_alike() {
        assert_eq!(visible("👩\u{200d}💻 👍\u{1f3fd} ❤\u{fe0f} 🇰🇷"), "👩 👍 ❤ KR");
        let england = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}!";
        assert_eq!(visible(england), "\u{1f3f4}!");
        assert_eq!(visible("a\u{e0067}"), "a<U+E0067>");
        assert_eq!(visible("a\u{200d}b"), "a<U+200D>b");
    }

    #[test]
    fn text_is_cut_at_cells_and_says_so() {
        assert_eq!(cut("한국어 제목", 6), "한국…");
        assert_eq!(cut("한국어", 6), "한국어");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(fit("한국어", 4), "한… ");
        assert_eq!(fit_right("7", 3), "  7");
        assert_eq!(cut_start("/home/robin/src/shop", 9), "…src/shop");
        assert_eq!(cut_start("/집/가게", 6), "…/가게");
    }

    #[test]
    fn lines_are_wrapped_at_blanks_and_long_words_anywhere() {
        assert_eq!(wrap("the quick brown fox", 9), ["the quick", "brown fox"]);
        assert_eq!(wrap("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("    indented text", 10), ["    indent", "ed text"]);
        assert_eq!(wrap("한국어한국어", 5), ["한국", "어한", "국어"]);
        assert_eq!(wrap("", 5), [""]);
    }

    proptest! {
        #[test]
        fn whatever_comes_fits(text in ".{0,80}", room in 0_usize..40) {
            let shown = visible(&text);
            prop_assert!(!shown.contains(is_special));
            prop_assert!(width(&cut(&shown, room)) <= room);
            prop_assert!(width(&cut_start(&shown, room)) <= room);
            prop_assert_eq!(width(&fit(&shown, room)), room);
            let words = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            let rows = wrap(&shown, room);
            prop_assert_eq!(rows.iter().map(|row| words(row)).collect::<String>(), words(&shown));
            for row in rows {
                prop_assert!(width(row) <= room.max(2), "{:?}", row);
            }
        }
    }
}
