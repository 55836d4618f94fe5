//! What tells who and where the user is, taken out where that was asked for.

use crate::properties::{json_value_of, strings, telling_text_of};
use crate::{event, redact_event_by, redact_text_by};
use opensession_hail::{Block, EventType};
use opensession_redact::{Counts, Identity, Key, Redactor, Settings};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Every option is on.
static STRICT: LazyLock<Redactor> = LazyLock::new(|| {
    let identity = Identity {
        homes: vec!["/home/alice".into(), r"C:\Users\alice".into()],
        // The second is the name of a rule, the third begins like an escape.
        users: vec!["alice".into(), "token".into(), "nina".into()],
        hosts: vec!["wonder-box".into()],
        emails: true,
        ips: true,
        env_values: true,
    };
    Redactor::new(Key::from_bytes([7; 32]), Settings { identity, ..Settings::default() })
});

/// What the options look for, and parts of it.
const TELLING: [&str; 37] = [
    "/home/alice",
    "/home",
    "/alice",
    "alice",
    "-home-alice-src",
    "home",
    "C:\\Users\\alice",
    "C:\\\\Users\\\\alice",
    "%2Fhome%2Falice",
    "L2hvbWUvYWxpY2Uvc3JjL2xpYi5yc3MgYW5kIG1vcmU",
    "~",
    "-",
    "nina",
    "\\nina",
    "\\u001b",
    "n",
    "wonder-box",
    "@",
    "alice@corp.io",
    "%40corp.io",
    "corp.io",
    "noreply",
    "84.12.7.230",
    "10.0.",
    ".17",
    "fe80::1c2d:3eff:fe4f:5a6b",
    "2a02:8071:",
    "::",
    ":",
    "API_URL=",
    "\nPS1=",
    "\\nLANG=C",
    "export MODE=\"",
    "B1='",
    "MODE=fast ",
    "[redacted:env-value:12ab]",
    "$HOME",
];

fn telling() -> impl Strategy<Value = String> {
    telling_text_of(&TELLING)
}

fn strip(text: &str) -> (String, Counts) {
    redact_text_by(&STRICT, text)
}

#[test]
fn the_home_folder_is_a_tilde_in_every_string_and_the_rest_stays() {
    let data = json!({"file_path": "/home/alice/src/a.rs", "/home/alice": ["C:\\Users\\alice\\x"]});
    let edit = EventType::FileEdit {
        path: "/home/alice/src/a.rs".into(),
        diff: Some("--- a/home/alice/src/a.rs\n+cd /home/alice\n".into()),
    };
    let (line, counts) = redact_event_by(&STRICT, event(edit, vec![Block::json(data)]));
    let written = String::from_utf8(line.bytes).unwrap();
    assert!(!written.contains("alice"), "{written}");
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [("home-folder".to_owned(), 6)]);
    assert_eq!(
        line.event.event_type,
        EventType::FileEdit {
            path: "~/src/a.rs".into(),
            diff: Some("--- a~/src/a.rs\n+cd ~\n".into()),
        }
    );
    // A workspace as Kiro names it: the path in base64.
    let (masked, counts) = strip("sessions/L2hvbWUvYWxpY2Uvc3JjL3Nob3AvYXBp/chat.json");
    assert!(masked.starts_with("sessions/[redacted:encoded-home-folder:"), "{masked}");
    assert_eq!(counts["encoded-home-folder"], 1);
}

#[test]
fn names_and_addresses_become_marks_and_are_counted() {
    let text = "alice@wonder-box:~$ git log # by alice@corp.io from 84.12.7.230 and \
                fe80::1c2d:3eff:fe4f:5a6b, [redacted:token:12ab] stays";
    let (masked, counts) = strip(text);
    let names = ["user", "host", "email", "ip", "ip"].map(|rule| format!("[redacted:{rule}:"));
    let mut rest = masked.as_str();
    for name in names {
        rest = rest.split_once(&name).unwrap_or_else(|| panic!("{name}: {masked}")).1;
    }
    assert!(rest.ends_with("[redacted:token:12ab] stays"), "{masked}");
    let counted: Vec<_> = counts.iter().map(|(rule, count)| (rule.as_str(), *count)).collect();
    assert_eq!(counted, [("email", 1), ("host", 1), ("ip", 2), ("user", 1)]);
    assert_eq!(strip("of alice").0.get(3..), strip("to alice").0.get(3..));
}

#[test]
fn nothing_of_it_is_looked_for_unless_asked() {
    let text = "/home/alice alice@corp.example.org 203.0.114.7 API_URL=x";
    assert_eq!(crate::redact_text(text), (text.to_owned(), Counts::new()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_second_pass_changes_nothing_and_no_line_is_lost(text in telling()) {
        let (once, _) = strip(&text);
        prop_assert_eq!(once.matches('\n').count(), text.matches('\n').count());
        prop_assert_eq!(strip(&once), (once, Counts::new()));
    }

    #[test]
    fn the_line_of_an_event_hides_nothing_of_its_texts(text in telling()) {
        let (stripped, _) = strip(&text);
        let all = event(EventType::AgentMessage, vec![Block::text(text)]);
        let (line, _) = redact_event_by(&STRICT, all);
        prop_assert_eq!(line.event.content.blocks, vec![Block::text(stripped)]);
    }

    #[test]
    fn no_string_of_a_stripped_event_holds_any_of_it(value in json_value_of(&TELLING)) {
        let before = event(EventType::AgentMessage, vec![Block::json(value)]);
        let (line, counts) = redact_event_by(&STRICT, before.clone());
        prop_assert_eq!(line.event == before, counts.is_empty());
        let Some(Block::Json { data }) = line.event.content.blocks.into_iter().next() else {
            return Err(TestCaseError::fail("the block is gone"));
        };
        for text in strings(data) {
            prop_assert_eq!(strip(&text).0, text);
        }
    }

    #[test]
    fn json_in_a_string_stays_json(value in json_value_of(&TELLING)) {
        let (stripped, _) = strip(&value.to_string());
        prop_assert!(serde_json::from_str::<Value>(&stripped).is_ok(), "{}", stripped);
    }
}
