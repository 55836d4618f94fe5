//! What may have been meant by a name that is no filter's.

use super::scan::{self, Body, NAMES};

/// What filters are called elsewhere.
const ELSEWHERE: [(&str, &str); 8] = [
    ("agent", "tool"),
    ("client", "tool"),
    ("project", "repo"),
    ("repository", "repo"),
    ("path", "file"),
    ("from", "role"),
    ("is", "has"),
    ("order", "sort"),
];

/// Returns a line about the first word of a query's text that was probably meant as a filter and is looked for as it
/// stands: `modle:opus`.
#[must_use]
pub fn hint(text: &str) -> Option<String> {
    scan::pieces(text).into_iter().find_map(|piece| {
        let Body::Words { text, .. } = piece.body else { return None };
        let (typed, value) = text.split_once(':')?;
        // Code has names before colons too.
        if value.is_empty() || value.starts_with([':', '/', '\\']) {
            return None;
        }
        let name = typed.to_ascii_lowercase();
        let elsewhere = ELSEWHERE.iter().find(|(other, _)| *other == name).map(|(_, meant)| *meant);
        let close = || NAMES.iter().map(|(known, _)| *known).find(|known| is_slip(&name, known));
        let meant = elsewhere.or_else(close)?;
        Some(format!("{typed}: is no filter and was looked for as text; {meant}: is one"))
    })
}

/// Returns whether `typed` is `known` with one letter too many, too few or wrong, or two swapped; short names are too
/// close to other words.
fn is_slip(typed: &str, known: &str) -> bool {
    let (typed, known) = (typed.as_bytes(), known.as_bytes());
    if known.len() < 4 || typed.len().abs_diff(known.len()) > 1 {
        return false;
    }
    let same =
        |left: &[u8], right: &[u8]| left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let before = same(typed, known);
    let reversed = |bytes: &[u8]| bytes.iter().rev().copied().collect::<Vec<u8>>();
    let after = same(&reversed(typed), &reversed(known));
    let longer = typed.len().max(known.len());
    let is_swapped = typed.len() == known.len() && before + after + 2 == longer && {
        let (a, b) = (typed.get(before..before + 2), known.get(before..before + 2));
        a.is_some_and(|a| b.is_some_and(|b| a.iter().eq(b.iter().rev())))
    };
    before + after + 1 >= longer || is_swapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_other_tools_names_are_noticed() {
        let meant = |text: &str| hint(text).map(|line| line.split("; ").nth(1).unwrap().to_owned());
        for (text, name) in [
            ("fix modle:opus", "model:"),
            ("tol:codex", "tool:"),
            ("tools:codex", "tool:"),
            ("bifore:x", "before:"),
            ("befor:today", "before:"),
            ("-agent:codex", "tool:"),
            ("path:src/lib.rs", "file:"),
            ("reop:x", "repo:"),
        ] {
            let expected = Some(format!("{name} is one"));
            assert_eq!(meant(text), expected, "{text}");
        }
    }

    #[test]
    fn code_is_not_taken_for_a_slip() {
        for text in [
            "foo:bar",
            "a::b",
            "tools::codex",
            "http://x",
            "C:\\x",
            "E0308:",
            "error:",
            "tools:",
            "\"a b\"",
            "x:y",
            "모델:opus",
            "tool:codex",
            "files:/",
        ] {
            assert_eq!(hint(text), None, "{text}");
        }
        assert_eq!(
            hint("modle:opus").as_deref(),
            Some("modle: is no filter and was looked for as text; model: is one")
        );
    }
}
