//! Secrets drawn from the shape that each rule gives, in the places where secrets leak.

use crate::{REDACTOR, event, redact_event, redact_text};
use opensession_hail::{Block, EventType, Header, SessionId};
use opensession_redact::{Counts, Kind, kinds};
use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;
use std::collections::BTreeMap;

/// How many secrets are drawn for each kind.
const SAMPLES: usize = 5;

/// A secret with what stands around it.
pub(crate) struct Drawn {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    /// Whether its letters tell what it is, else the name in front of it.
    pub(crate) is_token: bool,
}

/// Returns secrets of every kind that a pattern tells, the same ones every time.
pub(crate) fn drawn() -> Vec<Drawn> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut all = Vec::new();
    for kind in kinds() {
        // Headers are among the samples that are written down.
        let Some(pattern) = kind.pattern.filter(|_| kind.name != "authorization") else {
            continue;
        };
        // What may not follow a token is met by the end of the text.
        let shape =
            pattern.replace(r"\\*", "").trim_end_matches('$').replace("(?:[^A-Za-z0-9_]|$)", "");
        let shape = shape.replace("(?:[^A-Za-z0-9_-]|$)", "").replace("(?:[^A-Za-z0-9-]|$)", "");
        let values = string_regex(&shape).expect("a pattern that can be drawn from");
        let has_word = pattern.contains(kind.keywords[0]);
        for _ in 0..SAMPLES {
            let value = values.new_tree(&mut runner).expect("a value").current();
            let is_token = kind.keywords.iter().any(|word| value.contains(word)) || has_word;
            let text = if is_token {
                value
            } else {
                format!("{}_KEY={value}", kind.keywords[0].trim_end_matches('_'))
            };
            all.push(Drawn { kind, text, is_token });
        }
    }
    all
}

/// Returns a text with the secret in every place where a text can stand, and what the place is called.
fn places(Drawn { text, is_token, .. }: &Drawn) -> Vec<(&'static str, String)> {
    let inner = json!({ "output": text }).to_string();
    let mut places = vec![
        ("raw", text.clone()),
        ("sentence", format!("see {text} here")),
        ("line", format!("a\n{text}\nb")),
        ("JSON", inner.clone()),
        ("JSON in JSON", json!({ "body": inner }).to_string()),
        ("query", format!("GET https://host.net/v1?a=1&{text}&b=2 200")),
        ("command", format!("curl -sS 'https://host.net/v1?a=1&b={text}' | jq .")),
        ("variable", format!("export A=1 && env '{text}' make deploy")),
        ("diff", format!("@@ -1 +1 @@\n-{text}\n+other\n")),
        ("diff", format!("@@ -1 +1 @@\n-other\n+{text}\n")),
        ("listing", format!("     7\u{2192}{text}\n     8\u{2192}other")),
        ("grep", format!("src/deploy.sh:12:{text}\nsrc/deploy.sh:13:other")),
        ("colour", format!("\u{1b}[32m{text}\u{1b}[0m\n")),
    ];
    if *is_token {
        places.push(("path of an address", format!("https://host.net/{text}/x")));
        places.push(("login of an address", format!("https://{text}@host.net/x.git")));
        places.push(("header", format!("curl -H 'X-Auth: {text}' https://host.net")));
        places.push(("path", format!("cat /home/robin/{text}/notes.md")));
    }
    places
}

/// What of a kind was drawn and masked.
#[derive(Default)]
struct Recall {
    drawn: usize,
    missed: Vec<(&'static str, String)>,
}

fn recall() -> BTreeMap<&'static str, Recall> {
    let mut all: BTreeMap<&str, Recall> = BTreeMap::new();
    for drawn in drawn() {
        let recall = all.entry(drawn.kind.name).or_default();
        let mut hold = |place, text: &str, is_masked: bool| {
            recall.drawn += 1;
            if !is_masked {
                recall.missed.push((place, text.to_owned()));
            }
        };
        for (place, text) in places(&drawn) {
            let (redacted, counts) = redact_text(&text);
            assert_eq!(redacted.contains("[redacted:"), !counts.is_empty(), "{text}");
            let is_gone = !redacted.contains(&drawn.text);
            hold(place, &text, is_gone && !counts.is_empty());
        }
        let text = &drawn.text;
        let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|w| w == text.as_bytes());
        let data = json!({ "in": [{ text.clone(): text }] });
        let (line, _) = redact_event(event(EventType::AgentMessage, vec![Block::json(data)]));
        hold("member and its name", text, !holds(&line.bytes));
        let edit = EventType::FileEdit { path: format!("src/{text}"), diff: None };
        let (line, _) = redact_event(event(edit, Vec::new()));
        hold("path of an edit", text, !holds(&line.bytes));
        let id = SessionId::new("s1").expect("an id");
        let mut header = Header::new(id, "tool", "model");
        header.context.title = Some(format!("Use {text}"));
        let header = REDACTOR.header(header, &mut Counts::new()).into_inner();
        hold("title", text, !holds(header.context.title.unwrap_or_default().as_bytes()));
    }
    all
}

#[test]
fn at_least_99_of_100_drawn_secrets_are_masked_wherever_they_stand() {
    let all = recall();
    assert!(all.len() >= 450, "{}", all.len());
    let drawn: usize = all.values().map(|recall| recall.drawn).sum();
    let missed: usize = all.values().map(|recall| recall.missed.len()).sum();
    let worst = all.values().all(|recall| recall.missed.len() * 2 <= recall.drawn);
    assert!(worst && missed * 100 <= drawn, "{missed} of {drawn}:\n{}", table(&all));
}

/// Returns what was missed, by rule.
fn table(all: &BTreeMap<&str, Recall>) -> String {
    let row = |(name, Recall { drawn, missed }): (&&str, &Recall)| {
        let (place, text) = missed.first()?;
        let masked = drawn - missed.len();
        Some(format!("| {name} | {masked} of {drawn} | {place}: `{}` |\n", text.escape_debug()))
    };
    all.iter().filter_map(row).collect()
}

/// `cargo test -p opensession-redact recall_by_rule -- --ignored --nocapture`
#[test]
#[ignore = "prints how many of the drawn secrets are masked, by rule"]
#[allow(clippy::print_stdout, reason = "the table is what it is for")]
fn recall_by_rule() {
    let all = recall();
    let drawn: usize = all.values().map(|recall| recall.drawn).sum();
    let missed: usize = all.values().map(|recall| recall.missed.len()).sum();
    println!("| rule | masked | the first that was not |\n|---|---:|---|");
    for (name, recall) in all.iter().filter(|(_, recall)| recall.missed.is_empty()) {
        println!("| {name} | {0} of {0} | |", recall.drawn);
    }
    print!("{}", table(&all));
    println!("\n{} kinds, {} of {drawn} masked", all.len(), drawn - missed);
}
