//! Titles of sessions.

/// The longest title that is made from a prompt, in characters.
const LONGEST: usize = 80;

/// Returns `title` on one line: white space and control characters collapsed to single blanks, marks that turn the
/// direction of text left out. A tool's own title is kept whole otherwise.
#[must_use]
pub fn one_line(title: &str) -> String {
    let mut line = String::with_capacity(title.len());
    let words = title.split(|c: char| c.is_whitespace() || c.is_control());
    for word in words.filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|c| !turns_direction(*c)));
    }
    line
}

/// Returns a title made from a prompt: its first 80 characters on one line, cut at the end of a word; `None` when there
/// is nothing to read in it, or a first word that is longer.
///
/// Text without blanks is cut too (Chinese), but never between two ASCII characters: redaction comes later, and would not
/// know the first half of a secret for one.
#[must_use]
pub fn title_from_prompt(text: &str) -> Option<String> {
    // White space may be long: take words until there is more than a title needs, not all of a large prompt.
    let mut line = String::new();
    for word in text.split_whitespace() {
        line.push_str(word);
        line.push(' ');
        if line.len() > LONGEST * 8 {
            break;
        }
    }
    let line = one_line(&line);
    let Some((end, next)) = line.char_indices().nth(LONGEST) else {
        return (!line.is_empty()).then_some(line);
    };
    let (head, _) = line.split_at_checked(end)?;
    let title = match head.rfind(' ').filter(|_| next != ' ') {
        Some(blank) => head.split_at_checked(blank)?.0,
        None if next.is_ascii_graphic() => head.trim_end_matches(|c: char| c.is_ascii_graphic()),
        None => whole_characters(head, next),
    };
    let title = title.trim_end();
    (!title.is_empty()).then(|| title.to_owned())
}

/// Returns `head` without a last character that only together with `next`, which follows it, is one to the eye.
fn whole_characters(head: &str, mut next: char) -> &str {
    let mut rest = head;
    while let Some(last) = rest.chars().next_back() {
        if !continues(next) && last != JOINER {
            return rest;
        }
        next = last;
        rest = rest.strip_suffix(last).unwrap_or("");
    }
    // Nothing but marks: then any cut is as good.
    head
}

const JOINER: char = '\u{200d}';

/// Returns whether a character belongs to the one before it: combining marks, variation selectors, skin tones.
const fn continues(c: char) -> bool {
    matches!(c, JOINER | '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn titles_are_one_line_without_controls() {
        assert_eq!(one_line("  Fix\n\tthe \u{1b}[31mbug\u{202e} "), "Fix the [31mbug");
        let long = "word ".repeat(40);
        assert_eq!(one_line(&long), long.trim_end());
    }

    #[test]
    fn prompts_are_cut_at_a_word() {
        assert_eq!(title_from_prompt("Fix the loop\nbound").as_deref(), Some("Fix the loop bound"));
        assert_eq!(title_from_prompt(" \n\u{7} "), None);
        let words = format!("{} tail", "a".repeat(79));
        assert_eq!(title_from_prompt(&words), Some("a".repeat(79)));
        let exact = format!("{} b tail", "a".repeat(78));
        assert_eq!(title_from_prompt(&exact), Some(format!("{} b", "a".repeat(78))));
    }

    #[test]
    fn a_text_without_blanks_is_cut_between_visible_characters() {
        assert_eq!(title_from_prompt(&"字".repeat(200)), Some("字".repeat(80)));
        let family = format!("{}\u{1f469}\u{200d}\u{1f467}", "字".repeat(78));
        assert_eq!(title_from_prompt(&format!("{family}字")), Some("字".repeat(78)));
        let accent = format!("{}é\u{301}", "字".repeat(79));
        assert_eq!(title_from_prompt(&accent), Some("字".repeat(79)));
        assert!(title_from_prompt(&"\u{301}".repeat(90)).is_some());
    }

    #[test]
    fn a_word_that_may_be_a_secret_is_never_cut() {
        assert_eq!(title_from_prompt(&"x".repeat(81)), None);
        assert_eq!(title_from_prompt(&"x".repeat(80)), Some("x".repeat(80)));
        let behind = format!("鍵は{}", "x".repeat(90));
        assert_eq!(title_from_prompt(&behind).as_deref(), Some("鍵は"));
    }

    proptest! {
        #[test]
        fn a_title_is_short_plain_and_the_start_of_the_prompt(text in "(\\PC|[ \n\t]){0,200}") {
            if let Some(title) = title_from_prompt(&text) {
                prop_assert!((1..=80).contains(&title.chars().count()));
                prop_assert!(one_line(&text).starts_with(&title));
                prop_assert_eq!(one_line(&title), title);
            }
        }
    }
}
