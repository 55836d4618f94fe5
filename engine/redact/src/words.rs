//! Whether letters make words, in a natural language or in names of programs.

/// The letters that often follow each letter, from `a` to `z`: the 200 most frequent pairs of 676 in the words of programs
/// and their documentation. Four pairs of five in a word are among them, and three of ten in random letters.
const FOLLOWERS: [&str; 26] = [
    "bcdgilmnprstu",
    "aeilorsu",
    "acehiklorstu",
    "adeiors",
    "abcdefglmnprstvx",
    "aefilors",
    "eirs",
    "aeio",
    "abcdefglmnoprstvz",
    "",
    "ei",
    "adeilostuy",
    "aeimopsu",
    "acdefgiost",
    "bcdglmnoprstuvw",
    "aeiloprstu",
    "u",
    "acdeimnorstuy",
    "acehilopstu",
    "acehiloprstuy",
    "beilmnprst",
    "aei",
    "ai",
    "t",
    "p",
    "e",
];

/// The fewest pairs of letters that tell anything.
const FEWEST: usize = 9;

/// Returns whether there are letters enough in `value` to say that they make no words.
pub(crate) fn has_no_words(value: &[u8]) -> bool {
    let (mut pairs, mut common) = (0_usize, 0_usize);
    for pair in value.windows(2) {
        if let &[first @ (b'a'..=b'z' | b'A'..=b'Z'), second @ (b'a'..=b'z' | b'A'..=b'Z')] = pair {
            let place = usize::from((first | 0x20) - b'a');
            pairs += 1;
            let is_common = FOLLOWERS
                .get(place)
                .is_some_and(|followers| followers.as_bytes().contains(&(second | 0x20)));
            common += usize::from(is_common);
        }
    }
    let count = |is: fn(&u8) -> bool| value.iter().filter(|b| is(b)).count();
    let (capitals, small) = (count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    // A name has few capitals, or nothing else.
    let is_even = capitals * 2 >= small && small * 2 >= capitals;
    pairs >= FEWEST && common * 20 <= pairs * if is_even { 14 } else { 11 }
}

#[cfg(test)]
mod tests {
    use super::has_no_words;

    #[test]
    fn random_letters_are_told_from_names() {
        for random in [
            "ZncspfgsTnvlWXWlXFIIuAhd",
            "xqvkzjwpbtrgmhdf",
            "sFGbEPLVgksSBIEafktQrDvS",
            "hdIwOlANDyZIGMBINlEGIzRa",
        ] {
            assert!(has_no_words(random.as_bytes()), "{random}");
        }
        for name in [
            "getAccessTokenSilently",
            "correct-horse-battery-staple",
            "ConfigurationPropertiesRebinder",
            "vscode.CancellationToken",
            "organisationsverantwortung",
            "expected_token_value",
            "xqz",
        ] {
            assert!(!has_no_words(name.as_bytes()), "{name}");
        }
    }
}
