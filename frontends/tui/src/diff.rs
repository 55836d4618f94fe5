//! Unified diffs: what went and what came, with the words that differ.

use crate::styled::Styled;
use crate::theme::Theme;
use ratatui::style::{Modifier, Style};
use similar::{ChangeTag, TextDiff};

/// Longer lines are not compared word by word.
const LONGEST_COMPARED: usize = 1_000;
/// Of two lines that have less than this in common, no words are marked.
const LEAST_ALIKE: f32 = 0.4;

/// Returns the lines of a unified diff.
#[must_use]
pub fn lines(diff: &str, theme: Theme, most: usize) -> Vec<Styled> {
    let lines: Vec<&str> = diff.lines().take(most).collect();
    let mut out: Vec<Styled> = Vec::with_capacity(lines.len());
    let mut rest = &lines[..];
    while let Some(first) = rest.first() {
        let removed = run_of(rest, '-');
        let behind = rest.get(removed..).unwrap_or_default();
        let added = run_of(behind, '+');
        if removed > 0 && removed == added {
            let pairs: Vec<_> = rest.iter().zip(behind).take(removed).collect();
            let marked: Vec<_> = pairs.iter().map(|(old, new)| compared(old, new, theme)).collect();
            let (old, new): (Vec<_>, Vec<_>) = marked.into_iter().unzip();
            out.extend(old);
            out.extend(new);
            rest = behind.get(added..).unwrap_or_default();
        } else {
            let count = (removed + added).max(1);
            out.extend(
                rest.iter().take(count).map(|line| Styled::new(line, style_of(line, theme))),
            );
            rest = rest.get(count..).unwrap_or_default();
        }
        // A line that begins neither way is taken alone above: the loop always goes on.
        debug_assert!(!first.is_empty() || !out.is_empty());
    }
    out
}

/// Returns how many lines from the start begin with `sign`; those that name the files do not count.
fn run_of(lines: &[&str], sign: char) -> usize {
    let heads = ["--- ", "+++ "];
    let is_one =
        |line: &&&str| line.starts_with(sign) && !heads.iter().any(|head| line.starts_with(head));
    lines.iter().take_while(is_one).count()
}

fn style_of(line: &str, theme: Theme) -> Style {
    match line.as_bytes().first() {
        Some(b'+') => theme.good(),
        Some(b'-') => theme.bad(),
        Some(b'@') => theme.heading().remove_modifier(Modifier::BOLD),
        _ => theme.dim(),
    }
}

/// Returns a line that was replaced and the one that replaced it, the words that differ marked.
fn compared(old: &str, new: &str, theme: Theme) -> (Styled, Styled) {
    let styles = (theme.bad(), theme.good());
    let plain = || (Styled::new(old, styles.0), Styled::new(new, styles.1));
    if old.len().max(new.len()) > LONGEST_COMPARED {
        return plain();
    }
    let body = |line: &str| line.chars().skip(1).collect::<String>();
    let (old_body, new_body) = (body(old), body(new));
    let diff = TextDiff::from_words(old_body.as_str(), new_body.as_str());
    if diff.ratio() < LEAST_ALIKE {
        return plain();
    }
    let mark = |style: Style| style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
    let (mut before, mut after) = (Styled::new("-", styles.0), Styled::new("+", styles.1));
    for change in diff.iter_all_changes() {
        let word = change.value();
        match change.tag() {
            ChangeTag::Equal => {
                before.push(word, styles.0);
                after.push(word, styles.1);
            }
            ChangeTag::Delete => before.push(word, mark(styles.0)),
            ChangeTag::Insert => after.push(word, mark(styles.1)),
        }
    }
    (before, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines, what is marked in brackets.
    fn drawn(diff: &str) -> Vec<String> {
        let lines = lines(diff, Theme { colour: true, ..Theme::default() }, 99);
        let drawn = lines.iter().map(|line| {
            let spans = line.spans(&(0..line.text().len()));
            let words = spans.iter().map(|span| {
                let is_marked = span.style.add_modifier.contains(Modifier::UNDERLINED);
                if is_marked { format!("[{}]", span.content) } else { span.content.to_string() }
            });
            words.collect::<String>()
        });
        drawn.collect()
    }

    #[test]
    fn words_that_differ_are_marked_where_lines_are_alike() {
        let diff = "@@ -1,3 +1,3 @@\n a\n-for i in 0..=n {}\n+for i in 0..n {}\n-x\n-y\n+z\n";
        assert_eq!(
            drawn(diff),
            [
                "@@ -1,3 +1,3 @@",
                " a",
                "-for i in [0..=n] {}",
                "+for i in [0..n] {}",
                "-x",
                "-y",
                "+z"
            ]
        );
        assert_eq!(
            drawn("-completely other\n+nothing alike here\n").concat().matches('[').count(),
            0
        );
    }

    #[test]
    fn every_line_is_there_once_whatever_it_holds() {
        let odd = "--- a\n+++ b\n\n+\n-\n\\ No newline at end of file\n+한국어\n@@\n";
        assert_eq!(drawn(odd), odd.lines().collect::<Vec<_>>());
        assert_eq!(lines(&"+x\n".repeat(10), Theme::default(), 3).len(), 3);
    }
}
