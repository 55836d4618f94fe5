//! Every rule, in every place where a text can stand.

use crate::samples::{self, Sample};
use crate::{event, redact_event, redact_text};
use opensession_hail::{Block, EventType};
use serde_json::{Value, json};

/// Checks that the secret is gone, that its rule says so, and that no line was lost.
fn check(place: &str, sample: &Sample, text: &str) -> String {
    let (redacted, counts) = redact_text(text);
    let Sample { rule, secret, .. } = sample;
    assert_eq!(counts.keys().collect::<Vec<_>>(), [rule], "{place}: {text}");
    assert!(!redacted.contains(secret.as_str()), "{place}: {redacted}");
    assert!(redacted.contains(&format!("[redacted:{rule}:")), "{place}: {redacted}");
    assert_eq!(redacted.matches('\n').count(), text.matches('\n').count(), "{place}: {redacted}");
    assert_eq!(redact_text(&redacted).0, redacted, "{place}");
    redacted
}

#[test]
fn a_secret_alone_leaves_what_is_around_it() {
    for sample in samples::all() {
        let redacted = check("alone", &sample, &sample.text());
        assert!(redacted.starts_with(&sample.before), "{redacted}");
        assert!(redacted.ends_with(sample.after), "{redacted}");
    }
}

#[test]
fn a_secret_in_a_sentence_a_list_or_a_coloured_line_is_found() {
    for sample in samples::all() {
        let text = sample.text();
        check("lines", &sample, &format!("first\n{text}\nlast"));
        check("written lines", &sample, &format!(r"first\n{text}\nlast"));
        check("spaces", &sample, &format!("see {text} here"));
        check("colour", &sample, &format!("\u{1b}[32m{text}\u{1b}[0m"));
    }
}

#[test]
fn a_secret_after_what_json_escapes_is_found_in_the_line_of_an_event() {
    for sample in samples::all() {
        for before in ["\n", "\t", "\u{0}", "\u{1b}[32m", "\"", "\\n", "\u{8}", "é"] {
            let text = format!("{before}{}", sample.text());
            let (redacted, _) = redact_text(&text);
            let (line, counts) =
                redact_event(event(EventType::AgentMessage, vec![Block::text(text.as_str())]));
            assert_eq!(line.event.content.blocks, [Block::text(redacted)]);
            assert_eq!(counts.into_keys().collect::<Vec<_>>(), [sample.rule], "{text:?}");
        }
    }
}

#[test]
fn a_letter_that_may_belong_to_an_escape_stays() {
    let token = ["npm_", &samples::letters(36)].concat();
    let (redacted, counts) = redact_text(&format!(r"C:\dev\{token}"));
    assert!(redacted.starts_with(r"C:\dev\n[redacted:npm-token:"), "{redacted}");
    assert_eq!(counts.into_keys().collect::<Vec<_>>(), ["npm-token"]);
}

#[test]
fn a_secret_in_json_in_a_string_is_found_and_the_json_stays_json() {
    for sample in samples::all() {
        let inner = json!({"output": sample.text(), "after": [1, 2]}).to_string();
        let outer = json!({"body": inner}).to_string();
        for text in [&inner, &outer] {
            let redacted = check_escaped(&sample, text);
            let value: Value = serde_json::from_str(&redacted).expect("still JSON");
            assert!(!value.to_string().contains(&sample.secret));
        }
    }
}

/// Like [`check`], for a text in which the secret is escaped.
fn check_escaped(sample: &Sample, text: &str) -> String {
    let (redacted, counts) = redact_text(text);
    assert_eq!(counts.keys().collect::<Vec<_>>(), [sample.rule], "{text}");
    assert!(redacted.contains(&format!("[redacted:{}:", sample.rule)), "{redacted}");
    redacted
}

#[test]
fn a_secret_in_a_diff_leaves_a_diff() {
    for sample in samples::all() {
        let plus = sample.text().replace('\n', "\n+");
        let diff = format!("@@ -1 +1 @@\n-old\n+{plus}\n same\n");
        let (redacted, counts) = redact_text(&diff);
        assert_eq!(counts.keys().collect::<Vec<_>>(), [sample.rule], "{diff}");
        let added = |text: &str| text.lines().filter(|line| line.starts_with('+')).count();
        assert_eq!(added(&redacted), added(&diff), "{redacted}");
        assert!(redacted.starts_with("@@ -1 +1 @@\n-old\n+") && redacted.ends_with("\n same\n"));
    }
}

#[test]
fn a_secret_in_an_event_is_found_as_key_as_value_and_deep_inside() {
    for sample in samples::all() {
        let text = sample.text();
        let deep = (0..60).fold(json!(text), |inside, _| json!({"in": [inside]}));
        let mut key = serde_json::Map::new();
        key.insert(text.clone(), json!(1));
        for (place, data) in
            [("value", json!({"a": text})), ("key", Value::Object(key)), ("deep", deep)]
        {
            let (line, counts) =
                redact_event(event(EventType::AgentMessage, vec![Block::json(data)]));
            let written = String::from_utf8(line.bytes).expect("UTF-8");
            assert_eq!(
                counts.into_iter().collect::<Vec<_>>(),
                [(sample.rule.to_owned(), 1)],
                "{place}"
            );
            assert!(!written.contains(&sample.secret), "{place}: {written}");
        }
    }
}

#[test]
fn the_same_secret_has_the_same_mark_in_every_form() {
    let key = |prefix: &str, newline: &str| samples::private_key("PRIVATE KEY", 3, prefix, newline);
    let mark = |text: &str| {
        let (redacted, _) = redact_text(text);
        let start = redacted.find("[redacted:").expect("a mark");
        redacted.bytes().skip(start).take_while(|b| *b != b']').map(char::from).collect::<String>()
    };
    let plain = mark(&key("", "\n"));
    assert_eq!(mark(&key("", "\r\n")), plain);
    assert_eq!(mark(&key("", "\\n")), plain);
    assert_eq!(mark(&format!("x\n+{}", key("+", "\n"))), plain);
    assert_eq!(mark(&format!("    7→{}", key("   88→", "\n"))), plain);
    assert_ne!(mark(&samples::private_key("PRIVATE KEY", 4, "", "\n")), plain);
}

#[test]
fn a_private_key_keeps_its_lines_and_what_stands_before_them() {
    let shape = |text: &str| {
        let (redacted, _) = redact_text(text);
        let start = redacted.find(":private-key:").expect("a mark") + ":private-key:".len();
        let digits = redacted.get(start..start + 4).expect("four digits").to_owned();
        redacted.replace(&digits, "0000")
    };
    let key = |prefix: &str, newline: &str| samples::private_key("PRIVATE KEY", 1, prefix, newline);
    insta::assert_snapshot!(shape(&format!(" a\n+{}\n+b", key("+", "\n"))).replace('\n', "⏎"), @" a⏎+[redacted:private-key:0000]⏎+⏎+⏎+b");
    insta::assert_snapshot!(shape(&format!("a\n-{}\n b", key("-", "\n"))).replace('\n', "⏎"), @"a⏎-[redacted:private-key:0000]⏎-⏎-⏎ b");
    insta::assert_snapshot!(shape(&format!("   7→{}\n  10→b", key("   8→", "\n"))).replace('\n', "⏎"), @"   7→[redacted:private-key:0000]⏎   8→⏎   8→⏎  10→b");
    insta::assert_snapshot!(shape(&format!(r#"{{"k":"{}\n"}}"#, key("", r"\n"))), @r#"{"k":"[redacted:private-key:0000]\n\n\n"}"#);
    let cut: String = key("", "\n").split("\n-----END").next().expect("a first part").to_owned();
    insta::assert_snapshot!(shape(&format!("{cut}\nand so on")).replace('\n', "⏎"), @"[redacted:private-key:0000]⏎⏎and so on");
}
