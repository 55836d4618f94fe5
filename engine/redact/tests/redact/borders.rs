//! Secrets that the border between two blocks cuts in two.

use crate::generated::{self, Drawn};
use crate::samples::{self, letters, private_key};
use crate::{event, redact_event, redact_text};
use opensession_hail::{Block, EventType};
use opensession_redact::Counts;
use std::collections::BTreeMap;

/// How many characters of half a secret give nothing away.
const HARMLESS: usize = 8;

/// Returns the texts without secrets, each in a block of its own, and what was found.
fn redact_blocks(texts: &[&str]) -> (Vec<String>, Counts) {
    let block = |(index, text): (usize, &&str)| match index % 3 {
        0 => Block::text(*text),
        1 => Block::Code { code: (*text).to_owned(), language: None, start_line: None },
        _ => Block::File { path: "out".to_owned(), content: Some((*text).to_owned()) },
    };
    let blocks = texts.iter().enumerate().map(block).collect();
    let (line, counts) = redact_event(event(EventType::AgentMessage, blocks));
    let texts = line.event.content.blocks.iter().filter_map(Block::as_text);
    (texts.map(str::to_owned).collect(), counts)
}

/// Returns the places at a quarter, a half and three quarters of `text`.
fn cuts(text: &str) -> impl Iterator<Item = usize> + '_ {
    [1, 2, 3].into_iter().map(|quarter| text.floor_char_boundary(text.len() * quarter / 4))
}

/// Returns whether any of `texts` has so many characters in a row of `secret` that they give something away.
fn shows(texts: &[String], secret: &str) -> bool {
    let secret: Vec<&[u8]> =
        secret.lines().flat_map(|line| line.as_bytes().windows(HARMLESS)).collect();
    let shows = |text: &String| text.as_bytes().windows(HARMLESS).any(|w| secret.contains(&w));
    texts.iter().any(shows)
}

#[test]
fn a_secret_in_two_blocks_is_masked_as_it_is_in_one() {
    for sample in samples::all() {
        let text = sample.text();
        let (whole, counts) = redact_text(&text);
        for cut in cuts(&sample.secret) {
            let (one, other) = text.split_at(sample.before.len() + cut);
            let (halves, found) = redact_blocks(&[one, other]);
            assert_eq!((halves.concat(), &found), (whole.clone(), &counts), "{one:?} {other:?}");
            assert!(!shows(&halves, &sample.secret), "{halves:?}");
            for (half, before) in halves.iter().zip([one, other]) {
                assert_eq!(half.matches('\n').count(), before.matches('\n').count(), "{half:?}");
            }
        }
    }
}

#[test]
fn at_least_99_of_100_drawn_secrets_are_masked_in_two_blocks() {
    let mut missed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut all = 0_usize;
    for Drawn { kind, text, .. } in generated::drawn() {
        // What stays where it is in one text is no secret: a name, an address.
        let (whole, _) = redact_text(&format!("a\n{text}\nb"));
        for cut in cuts(&text) {
            let (one, other) = text.split_at(cut);
            let (halves, _) = redact_blocks(&[&format!("a\n{one}"), &format!("{other}\nb")]);
            all += 1;
            if halves.concat() != whole && shows(&halves, &text) {
                missed.entry(kind.name).or_default().push(format!("{one} | {other}"));
            }
        }
    }
    let count: usize = missed.values().map(Vec::len).sum();
    assert!(count * 100 <= all, "{count} of {all}: {missed:#?}");
}

#[test]
fn a_secret_in_many_blocks_is_found_over_all_of_their_borders() {
    let key = private_key("RSA PRIVATE KEY", 25, "", "\n");
    for lines in [key.split('\n').collect::<Vec<_>>(), key.split_inclusive('\n').collect()] {
        let (halves, counts) = redact_blocks(&lines);
        assert_eq!(counts, Counts::from([("private-key".to_owned(), 1)]));
        assert!(!shows(&halves, &key), "{halves:?}");
        let breaks = |text: &str| text.matches('\n').count();
        assert!(halves.iter().zip(&lines).all(|(half, line)| breaks(half) == breaks(line)));
    }
    let token = ["ghp_", &letters(36)].concat();
    let single: Vec<&str> = token.split("").collect();
    let (halves, counts) = redact_blocks(&single);
    assert_eq!((halves.concat(), counts), redact_text(&token));
}

#[test]
fn long_blocks_are_read_at_their_borders() {
    let token = ["sk-ant-", "api03-", &letters(40)].concat();
    let (one, other) = token.split_at(20);
    let long = "é and so on\n".repeat(40_000);
    let texts = [format!("{long}{one}"), format!("{other} {long}{one}"), format!("{other}{long}")];
    let (redacted, counts) = redact_blocks(&texts.each_ref().map(String::as_str));
    assert_eq!(counts, Counts::from([("anthropic-key".to_owned(), 2)]));
    assert!(!shows(&redacted, &token));
    assert_eq!(redacted.concat(), redact_text(&texts.concat()).0);
}

#[test]
fn the_name_in_one_block_tells_the_secret_in_the_next_and_a_quote_closes_it() {
    let value = letters(24);
    for (one, other) in [
        ("DEPLOY_TOKEN=".to_owned(), value.clone()),
        ("deploy --token ".to_owned(), value.clone()),
        (format!("{{\"deploy_token\": \"{value}"), "\"}".to_owned()),
        (format!("postgres://app:{value}"), "@db.internal/app".to_owned()),
        (format!("echo -n {value} |"), " gh secret set DEPLOY".to_owned()),
    ] {
        let (halves, counts) = redact_blocks(&[&one, &other]);
        assert!(!shows(&halves, &value) && counts.len() == 1, "{halves:?}");
        assert_eq!(halves.concat(), redact_text(&format!("{one}{other}")).0);
    }
}

#[test]
fn what_stands_apart_is_not_joined_and_paragraphs_stay() {
    let token = ["ghp_", &letters(36)].concat();
    let (one, other) = token.split_at(20);
    let picture = Block::Image { url: "blobs/x.png".into(), alt: None, mime: "image/png".into() };
    let blocks = vec![Block::text(one), picture, Block::text(other)];
    let before = event(EventType::AgentMessage, blocks);
    assert_eq!(redact_event(before.clone()).0.event, before);
    let paragraphs = [
        "The tests pass.",
        "Next I look at token: ",
        "fn next_token(&self) -> Token {}\n",
        "9f8e7d6c5b4a39281706f5e4d3c2b1a0",
        "9f8e7d6c5b4a39281706f5e4d3c2b1a0\n",
        "password:",
        "it must have eight characters",
    ];
    let (redacted, counts) = redact_blocks(&paragraphs);
    assert_eq!((redacted, counts), (paragraphs.map(str::to_owned).to_vec(), Counts::new()));
}
