//! What holds for every text and every event.

use crate::samples::{self, hex, letters};
use crate::{REDACTOR, event, redact_event, redact_text};
use opensession_hail::{Block, EventType};
use opensession_redact::Counts;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Texts made of what rules look for: secrets, parts of them, names, signs, quotes, escapes, marks.
pub(crate) fn telling_text() -> impl Strategy<Value = String> {
    telling_text_of(&[])
}

/// Returns the same, of these parts too.
pub(crate) fn telling_text_of(more: &'static [&'static str]) -> impl Strategy<Value = String> {
    let parts = [
        "API_TOKEN",
        "token",
        "api_key",
        "password",
        "SECRET",
        "--token",
        "x_",
        "=",
        ": ",
        "=>",
        "==",
        " ",
        "\t",
        "\"",
        "'",
        "\\\"",
        "\\",
        "\n",
        "\\n",
        "\r\n",
        "\n+",
        "\n-",
        "(",
        "[",
        "]",
        "{",
        "}",
        ",",
        ".",
        "@",
        "/",
        ":",
        "://",
        "user:",
        "Bearer ",
        "Authorization: ",
        "curl ",
        " -u ",
        "sk-",
        "sk-ant-",
        "ghp_",
        "AKIA",
        "eyJ",
        ".eyJ",
        "BEGIN ",
        "-----",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "SG.",
        ":AA",
        "123456789",
        "[redacted:token:1a2b]",
        "[redacted:",
        "é",
        "→",
        "\u{1b}[32m",
        "\u{0}",
        "tr0ub4dor&3",
    ];
    let secrets: Vec<String> = samples::all().iter().map(samples::Sample::text).collect();
    // As often as all others together, where there are any.
    let more = more.iter().cycle().take(if more.is_empty() { 0 } else { parts.len() });
    let parts: Vec<String> = parts.iter().chain(more).map(|part| (*part).to_owned()).collect();
    let part = prop_oneof![
        6 => prop::sample::select(parts),
        2 => prop::sample::select(secrets),
        1 => (8_usize..80).prop_map(letters),
        1 => (8_usize..80).prop_map(hex),
        1 => "[ -~]{0,12}",
    ];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

fn json_value() -> impl Strategy<Value = Value> {
    json_value_of(&[])
}

pub(crate) fn json_value_of(more: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        telling_text_of(more).prop_map(Value::String),
        any::<i64>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 16, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((telling_text_of(more), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Returns all strings in `value`, the names of members too.
pub(crate) fn strings(value: Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.into_iter().flat_map(strings).collect(),
        Value::Object(members) => {
            let both = |(name, value)| std::iter::once(name).chain(strings(value));
            members.into_iter().flat_map(both).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// Returns `value` with every string empty and the names of members numbered: what its structure is.
fn structure(value: Value) -> Value {
    match value {
        Value::String(_) => Value::String(String::new()),
        Value::Array(items) => items.into_iter().map(structure).collect(),
        Value::Object(members) => {
            // Names may change, and with them the order.
            let mut inside: Vec<String> =
                members.into_iter().map(|(_, member)| structure(member).to_string()).collect();
            inside.sort_unstable();
            Value::from(inside)
        }
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_second_pass_changes_nothing_and_no_line_is_lost(text in telling_text()) {
        let (once, _) = redact_text(&text);
        prop_assert_eq!(once.matches('\n').count(), text.matches('\n').count());
        prop_assert_eq!(redact_text(&once), (once, Counts::new()));
    }

    #[test]
    fn the_line_of_an_event_hides_no_secret_of_its_texts(text in telling_text()) {
        let (redacted, _) = redact_text(&text);
        let (line, _) = redact_event(event(EventType::AgentMessage, vec![Block::text(text)]));
        prop_assert_eq!(line.event.content.blocks, vec![Block::text(redacted)]);
    }

    #[test]
    fn texts_side_by_side_hide_no_secret_and_keep_their_lines(text in telling_text(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5)) {
        let mut cuts: Vec<usize> =
            cuts.iter().map(|cut| text.floor_char_boundary(cut.index(text.len() + 1))).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let texts: Vec<&str> = cuts.windows(2).filter_map(|w| text.get(w[0]..w[1])).collect();
        let blocks = texts.iter().map(|text| Block::text(*text)).collect();
        let (line, _) = redact_event(event(EventType::AgentMessage, blocks));
        let redacted: Vec<&str> =
            line.event.content.blocks.iter().filter_map(Block::as_text).collect();
        let breaks = |texts: &[&str]| texts.iter().map(|t| t.matches('\n').count()).collect::<Vec<_>>();
        prop_assert_eq!(breaks(&redacted), breaks(&texts));
        let joined = redacted.concat();
        prop_assert_eq!(redact_text(&joined).0, joined);
    }

    #[test]
    fn an_event_of_any_value_stays_an_event(value in json_value()) {
        let before = event(EventType::AgentMessage, vec![Block::json(value)]);
        let (line, counts) = redact_event(before.clone());
        prop_assert_eq!(line.event == before, counts.is_empty());
        prop_assert!(line.bytes.ends_with(b"\n"));
    }

    #[test]
    fn no_string_of_a_redacted_event_holds_a_secret(value in json_value()) {
        let (line, _) = redact_event(event(EventType::AgentMessage, vec![Block::json(value)]));
        let Some(Block::Json { data }) = line.event.content.blocks.into_iter().next() else {
            return Err(TestCaseError::fail("the block is gone"));
        };
        for text in strings(data) {
            prop_assert_eq!(redact_text(&text).0, text);
        }
    }

    #[test]
    fn a_named_secret_is_one_as_a_member_and_in_a_string(
        name in "[a-z_]{0,6}(token|api_key|apiKey|password|SECRET|notes|tokens)[0-9_]{0,2}",
        value in prop_oneof!["[!#-&(-Z^_a-z|~]{0,40}", (8_usize..80).prop_map(letters), (8_usize..80).prop_map(hex)],
    ) {
        let data = json!({ name: value });
        let (_, in_text) = redact_text(&data.to_string());
        let (_, in_event) = redact_event(event(EventType::AgentMessage, vec![Block::json(data)]));
        prop_assert_eq!(in_event, in_text);
    }

    #[test]
    fn json_in_a_string_stays_json(value in json_value()) {
        let (redacted, _) = redact_text(&value.to_string());
        prop_assert!(serde_json::from_str::<Value>(&redacted).is_ok(), "{}", redacted);
    }

    #[test]
    fn ordinary_text_stays(words in prop::collection::vec("[a-z]{1,12}|[0-9]{1,6}|[A-Z][a-z]{2,8}|[a-z]{2,6}[.][a-z]{2,4}|#[0-9]{1,5}|[0-9a-f]{40}", 0..40), separator in "[ \n,;]") {
        let text = words.join(&separator);
        prop_assert_eq!(redact_text(&text), (text, Counts::new()));
    }

    #[test]
    fn any_text_at_all_is_taken(text in any::<String>()) {
        let (once, _) = redact_text(&text);
        let data = json!({ text.clone(): text });
        let first = event(EventType::Custom { kind: once.clone() }, vec![Block::json(data)]);
        redact_event(first);
        prop_assert_eq!(REDACTOR.text(once.clone(), &mut Counts::new()).into_inner(), once);
    }

    #[test]
    fn structure_ids_and_times_of_an_event_stay(value in json_value(), id in "[a-z]{1,8}", text in telling_text()) {
        let mut before = event(EventType::AgentMessage, vec![Block::json(value.clone()), Block::text(text)]);
        before.event_id = opensession_hail::EventId::new(&id);
        before.attributes.set(opensession_hail::attribute::CALL_ID, id.as_str());
        let (line, _) = redact_event(before.clone());
        let after = line.event;
        prop_assert_eq!(&after.event_id, &before.event_id);
        prop_assert_eq!(after.timestamp, before.timestamp);
        prop_assert_eq!(&after.attributes, &before.attributes);
        let [Block::Json { data }, Block::Text { .. }] = &after.content.blocks[..] else {
            return Err(TestCaseError::fail("other blocks"));
        };
        prop_assert_eq!(structure(data.clone()), structure(value));
    }

    #[test]
    fn the_same_secret_has_the_same_mark_wherever_it_stands(
        index in 0..samples::all().len(), before in "[A-Za-z0-9]{1,8} ", after in "\n[ -~]{0,12}",
    ) {
        let text = samples::all().swap_remove(index).text();
        let marks = |text: &str| -> Vec<String> {
            let (redacted, _) = redact_text(text);
            let parts = redacted.split("[redacted:").skip(1);
            parts.filter_map(|part| Some(part.split_once(']')?.0.to_owned())).collect()
        };
        let alone = marks(&text);
        let there = marks(&format!("{before}{text}{after}"));
        prop_assert!(alone.iter().all(|mark| there.contains(mark)), "{:?} {:?}", alone, there);
    }
}
