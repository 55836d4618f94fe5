//! What is known by value, wherever it stands and however it is written.

use crate::event;
use crate::properties::telling_text;
use opensession_hail::{Block, EventType};
use opensession_redact::{Counts, Key, Redactor, Settings};
use proptest::prelude::*;
use serde_json::Value;
use std::sync::LazyLock;

/// Values that no rule would find, and that begin like escapes or hold what is escaped.
const KNOWN: [&str; 5] = [
    "correct horse; battery9",
    r#"pa"ss\wo"rd-1"#,
    "nGk3Zx9QaL0wEr7TyU",
    "1bcorrect-horse-9",
    "Sömmer-24",
];

static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| {
    let known = KNOWN.map(str::to_owned).into();
    Redactor::new(Key::from_bytes([7; 32]), Settings { known, ..Settings::default() })
});

fn redact(text: &str) -> (String, Counts) {
    let mut counts = Counts::new();
    (REDACTOR.text(text.to_owned(), &mut counts).into_inner(), counts)
}

/// Returns the text as a string in JSON, without its quotes.
fn escaped(text: &str) -> String {
    let json = Value::from(text).to_string();
    json.trim_matches('"').to_owned()
}

#[test]
fn known_values_are_masked_in_every_place() {
    for known in KNOWN {
        let url: String = known
            .bytes()
            .map(|b| {
                if b.is_ascii_alphanumeric() || b == b'-' {
                    char::from(b).to_string()
                } else {
                    format!("%{b:02X}")
                }
            })
            .collect();
        for text in [
            known.to_owned(),
            format!("the password is {known}, keep it"),
            format!("X='{known}'"),
            escaped(known),
            escaped(&format!("{{\"x\": \"{}\"}}", escaped(known))),
            format!("https://a.b/?x={url}&y"),
            format!("+{known}\n-{known}\n"),
        ] {
            let (redacted, counts) = redact(&text);
            let left = [known, &url, &escaped(known)].iter().any(|form| redacted.contains(*form));
            assert!(!left, "{text} became {redacted}");
            assert!(counts.values().sum::<u64>() >= 1);
        }
    }
    assert_eq!(redact("Sömmer-245 xSömmer-24 summer").1, Counts::new(), "parts of other words");
}

#[test]
fn known_values_are_masked_in_base64() {
    for (known, encoded) in [
        ("Sömmer-24", "U8O2bW1lci0yNA=="),
        ("Sömmer-24\n", "U8O2bW1lci0yNAo="),
        ("user:correct horse; battery9", "dXNlcjpjb3JyZWN0IGhvcnNlOyBiYXR0ZXJ5OQ=="),
    ] {
        let text = format!("data: {encoded} # {}", known.len());
        assert_eq!(redact(&text).1.values().sum::<u64>(), 1, "{text}");
    }
}

proptest! {
    #[test]
    fn a_second_pass_changes_nothing_and_json_stays_json(
        parts in prop::collection::vec((telling_text(), prop::sample::select(&KNOWN[..])), 1..3),
    ) {
        let text: String = parts.iter().flat_map(|(text, known)| [text.as_str(), known]).collect();
        let (once, _) = redact(&text);
        prop_assert_eq!(redact(&once), (once.clone(), Counts::new()));
        let inner = Value::from(text.as_str()).to_string();
        prop_assert!(serde_json::from_str::<Value>(&redact(&inner).0).is_ok());
        let mut counts = Counts::new();
        let line = REDACTOR.event(event(EventType::AgentMessage, vec![Block::text(text)]), &mut counts);
        prop_assert_eq!(&line.into_inner().event.content.blocks, &vec![Block::text(once)]);
    }
}
