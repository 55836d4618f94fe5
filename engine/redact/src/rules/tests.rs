use super::*;

#[test]
fn every_pattern_compiles_and_begins_with_its_keywords() {
    for rule in all() {
        if let Find::Pattern(pattern) = &rule.find {
            assert!(pattern.regex.as_str().starts_with("(?s-u)^(?:"), "{}", pattern.name);
        }
    }
}

#[test]
fn keywords_are_found_in_json_and_hide_no_other() {
    let keywords: Vec<&str> = all().iter().flat_map(|rule| rule.keywords).copied().collect();
    for (index, keyword) in keywords.iter().enumerate() {
        assert!(keyword.len() >= 3, "{keyword}");
        assert!(keyword.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\'));
        for (other, longer) in keywords.iter().enumerate() {
            // Keywords of three bytes are searched for apart from the longer ones.
            let together = (keyword.len() > 3) == (longer.len() > 3);
            assert!(
                other == index || !together || !longer.starts_with(keyword),
                "{keyword} {longer}"
            );
        }
    }
}

#[test]
fn words_start_after_spaces_escapes_and_colours() {
    for before in [
        "",
        " ",
        "=",
        "-",
        "\"",
        "é",
        "\n",
        r"\n",
        r"\t",
        r"\u001b",
        "%3D",
        "\u{1b}[32m",
        "[1;31m",
        "m[",
    ] {
        assert!(starts_word(before.as_bytes(), before.len()), "{before:?}");
    }
    for before in ["a", "Z", "9", "_", "n", "m", "3D", "[x32m", "12m", r"\x"] {
        assert!(!starts_word(before.as_bytes(), before.len()), "{before:?}");
    }
}
