//! Text measured and cut in terminal columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Returns how many columns `text` takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Returns `text` within `most` columns: its end replaced by `…` where it is longer.
pub(crate) fn cut_end(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut cut = take(text.chars(), most.saturating_sub(1));
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// Returns `text` within `most` columns: its beginning replaced by `…` where it is longer.
pub(crate) fn cut_start(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let backwards = take(text.chars().rev(), most.saturating_sub(1));
    std::iter::once('…').chain(backwards.chars().rev()).collect()
}

fn take(chars: impl Iterator<Item = char>, most: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= most
        })
        .collect()
}

/// Returns one line of prose as lines of at most `most` columns, broken at blanks; a longer word stands alone, whole.
/// Indented lines are code or lists: their continuation is indented as they are.
pub(crate) fn wrap(line: &str, most: Option<usize>) -> Vec<String> {
    let most = match most {
        Some(most) if width(line) > most => most,
        _ => return vec![line.to_owned()],
    };
    let indent: String = line.chars().take_while(|c| *c == ' ').collect();
    let mut lines = Vec::new();
    let mut current = indent.clone();
    let mut used = current.len();
    let mut empty = true;
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        let wide = width(word);
        if !empty && used + 1 + wide > most {
            lines.push(std::mem::replace(&mut current, indent.clone()));
            used = indent.len();
            empty = true;
        }
        if !empty {
            current.push(' ');
            used += 1;
        }
        current.push_str(word);
        used += wide;
        empty = false;
    }
    lines.push(current);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_count_columns_not_bytes() {
        assert_eq!(cut_end("short", 5), "short");
        assert_eq!(cut_end("a longer title", 9), "a longer…");
        assert_eq!(cut_end("漢字漢字", 5), "漢字…");
        assert_eq!(cut_end("漢字漢字", 4), "漢…");
        assert_eq!(cut_start("/home/dev/shop", 6), "…/shop");
        assert_eq!(cut_end("abc", 0), "…");
    }

    #[test]
    fn prose_is_wrapped_at_blanks() {
        assert_eq!(wrap("one two three", Some(7)), ["one two", "three"]);
        assert_eq!(wrap("  - one two three", Some(9)), ["  - one", "  two", "  three"]);
        assert_eq!(wrap("aaaaaaaaaa b", Some(4)), ["aaaaaaaaaa", "b"]);
        assert_eq!(wrap("one two", None), ["one two"]);
        assert_eq!(wrap("", Some(4)), [""]);
    }
}
