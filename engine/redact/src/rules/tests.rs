use super::*;

#[test]
fn every_pattern_compiles_and_names_tell_one_kind() {
    let mut names = std::collections::HashMap::new();
    for rule in all() {
        let patterns = match &rule.find {
            Find::Token(pattern) => std::slice::from_ref(pattern),
            Find::Named(patterns) => patterns,
            Find::Scan(_) => &[],
        };
        for pattern in patterns {
            assert!(pattern.regex.is_match(b"") || pattern.regex.as_str().contains("-u)^("));
        }
        for kind in &rule.kinds {
            let provider = names.entry(kind.name).or_insert(kind.provider);
            assert_eq!(*provider, kind.provider, "{}", kind.name);
            assert!(
                kind.name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            );
        }
    }
    assert!(names.len() >= 200, "{}", names.len());
}

#[test]
fn keywords_are_found_in_json() {
    for keyword in all().iter().flat_map(|rule| rule.keywords) {
        assert!(keyword.len() >= 3, "{keyword}");
        assert!(keyword.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\'));
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
        "mcp__",
    ] {
        assert!(starts_word(before.as_bytes(), before.len()), "{before:?}");
    }
    assert!(!starts_word(br"\npm_", 1) && is_escaped(br"\npm_", 1));
    for before in ["a", "Z", "9", "n", "m", "3D", "[x32m", "12m", r"\x"] {
        assert!(!starts_word(before.as_bytes(), before.len()), "{before:?}");
    }
}
