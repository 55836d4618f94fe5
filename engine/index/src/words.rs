//! How text is cut into words, for the index and for what is looked for: both must do the same.
//!
//! A word is a run of letters and digits, so `snake_case`, `a::b` and a path are several words side by side, and are
//! found as such. Chinese, Japanese and Korean are cut into single characters, since their words are not, or not only,
//! set apart by spaces. Case does not matter.

use std::ops::Range;

/// Longer words are cut: they are encoded data, which nobody looks for by its end.
const LONGEST: usize = 64;

/// Returns the byte ranges of the words in `text`.
pub(crate) fn words(text: &str) -> Words<'_> {
    Words { text, at: 0 }
}

/// The words of a text, one after the other.
pub(crate) struct Words<'t> {
    text: &'t str,
    at: usize,
}

impl Iterator for Words<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let mut begun = None;
        let rest = self.text.get(self.at..)?;
        for (offset, sign) in rest.char_indices() {
            let at = self.at + offset;
            match (kind(sign), begun) {
                (Kind::Letter, None) => begun = Some(at),
                (Kind::Letter, Some(_)) | (Kind::Gap, None) => {}
                (Kind::Single, None) => {
                    self.at = at + sign.len_utf8();
                    return Some(at..self.at);
                }
                (Kind::Gap | Kind::Single, Some(start)) => {
                    self.at = at;
                    return Some(start..at);
                }
            }
        }
        self.at = self.text.len();
        begun.map(|start| start..self.at)
    }
}

/// Writes the words of `text` to `out`, each followed by a space, as they stand in the index.
pub(crate) fn fold(text: &str, out: &mut String) {
    out.reserve(text.len());
    for word in words(text) {
        if let Some(word) = text.get(word) {
            fold_word(word, out);
            out.push(' ');
        }
    }
}

/// Returns the words of `text` as they stand in the index.
pub(crate) fn folded(text: &str) -> Vec<String> {
    let mut all = String::new();
    fold(text, &mut all);
    all.split_ascii_whitespace().map(str::to_owned).collect()
}

/// Writes `word` to `out` as it stands in the index.
pub(crate) fn fold_word(word: &str, out: &mut String) {
    let word = word.get(..word.floor_char_boundary(LONGEST)).unwrap_or(word);
    if word.is_ascii() {
        out.extend(word.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
    } else {
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
}

enum Kind {
    Letter,
    /// A character that is a word of its own.
    Single,
    Gap,
}

fn kind(sign: char) -> Kind {
    if sign.is_ascii() {
        return if sign.is_ascii_alphanumeric() { Kind::Letter } else { Kind::Gap };
    }
    match sign {
        // Kana, ideographs, Hangul, their compatibility forms and the planes of rare ideographs.
        '\u{1100}'..='\u{11FF}'
        | '\u{3040}'..='\u{30FF}'
        | '\u{3130}'..='\u{318F}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}'
            if sign.is_alphanumeric() =>
        {
            Kind::Single
        }
        _ if sign.is_alphanumeric() => Kind::Letter,
        _ => Kind::Gap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn code_is_cut_at_signs_and_ideographs_stand_alone() {
        let cut = |text: &str| folded(text).join("|");
        assert_eq!(cut("snake_case a::b E0308"), "snake|case|a|b|e0308");
        assert_eq!(cut("src/lib.rs:12 Café"), "src|lib|rs|12|café");
        assert_eq!(cut("세션을 찾는다, 東京へ"), "세|션|을|찾|는|다|東|京|へ");
        assert_eq!(cut("v2세션x"), "v2|세|션|x");
        assert_eq!(cut(" -- "), "");
        assert_eq!(folded(&"A".repeat(100)), ["a".repeat(64)]);
    }

    proptest! {
        #[test]
        fn folding_is_the_words_and_again_changes_nothing(text in "\\PC{0,60}") {
            let once = folded(&text);
            prop_assert_eq!(once.len(), words(&text).count());
            prop_assert_eq!(folded(&once.join(" ")), once);
        }
    }
}
