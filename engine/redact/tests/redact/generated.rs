//! Secrets drawn from the shape that each rule gives, in the places where secrets leak.

use crate::{event, redact_event, redact_text};
use opensession_hail::{Block, EventType};
use opensession_redact::{Kind, kinds};
use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;
use std::collections::BTreeMap;

/// How many secrets are drawn for each kind.
const SAMPLES: usize = 12;

/// A secret with what stands around it.
pub(crate) struct Drawn {
    pub(crate) kind: Kind,
    pub(crate) text: String,
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
            all.push(Drawn { kind, text });
        }
    }
    all
}

fn is_masked(text: &str) -> bool {
    let (redacted, counts) = redact_text(text);
    assert_eq!(redacted.contains("[redacted:"), !counts.is_empty(), "{text}");
    !counts.is_empty()
}

#[test]
fn at_least_99_of_100_drawn_secrets_are_masked_wherever_they_stand() {
    let all = drawn();
    let kinds: std::collections::BTreeSet<&str> = all.iter().map(|drawn| drawn.kind.name).collect();
    assert!(kinds.len() >= 200, "{}", kinds.len());
    let mut missed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut places = 0_usize;
    for Drawn { kind, text } in &all {
        let inner = json!({ "output": text }).to_string();
        let forms = [
            text.clone(),
            format!("see {text} here"),
            format!("a\n{text}\nb"),
            format!("+{text}\n"),
            format!("curl -sS 'https://host.net/v1?a=1&b={text}'"),
            inner.clone(),
            json!({ "body": inner }).to_string(),
        ];
        for form in forms {
            places += 1;
            if !is_masked(&form) {
                missed.entry(kind.name).or_default().push(form);
            }
        }
        let data = json!({ "in": [{ text.clone(): text }] });
        let (line, _) = redact_event(event(EventType::AgentMessage, vec![Block::json(data)]));
        places += 1;
        if line.bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
            missed.entry(kind.name).or_default().push(format!("in an event: {text}"));
        }
    }
    let count: usize = missed.values().map(Vec::len).sum();
    let told: Vec<String> = missed
        .iter()
        .map(|(name, forms)| {
            format!("{name}: {} of {}, such as {}", forms.len(), SAMPLES * 8, forms[0])
        })
        .collect();
    let worst = missed.values().map(Vec::len).max().unwrap_or(0);
    assert!(
        worst * 2 <= SAMPLES * 8 && count * 100 <= places,
        "{count} of {places}:\n{}",
        told.join("\n")
    );
}
