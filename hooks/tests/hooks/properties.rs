//! Any JSON with comments: what goes in comes out, and nothing else is touched.

use crate::agents::with;
use opensession_hooks::{Action, Outcome};
use opensession_testkit::TestHome;
use proptest::prelude::*;
use serde_json::Value;
use std::fs;

/// White space and comments, as they may stand between any two tokens.
fn gap() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => Just(" "), 4 => Just("\n"), 2 => Just("\n  "), 2 => Just("\t"), 1 => Just("\r\n"),
        1 => Just("// , } ] \" é\n"), 1 => Just("/* , } \" // \n */"), 1 => Just("/**/"), 1 => Just("//\r\n"),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("-1.5e3".to_owned()),
        Just("\"// no \\\" comment\"".to_owned()),
        Just("\"é }\"".to_owned()),
        Just("{}".to_owned()),
        Just("[]".to_owned()),
        Just(r#"{"type": "command", "command": "theirs"}"#.to_owned()),
        Just(r#"{"hooks": [{"command": "theirs # opensession x"}]}"#.to_owned()),
    ]
}

/// Items with gaps around them, commas between, and sometimes one behind the last.
fn list(
    item: impl Strategy<Value = String>,
    open: char,
    close: char,
) -> impl Strategy<Value = String> {
    let items = prop::collection::vec((gap(), item, gap()), 0..4);
    (items, any::<bool>(), gap()).prop_map(move |(items, trailing, end)| {
        let comma = if trailing && !items.is_empty() { "," } else { "" };
        let items: Vec<String> = items
            .into_iter()
            .map(|(before, item, after)| format!("{before}{item}{after}"))
            .collect();
        format!("{open}{}{comma}{end}{close}", items.join(","))
    })
}

fn member(
    key: impl Strategy<Value = String>,
    value: impl Strategy<Value = String>,
) -> impl Strategy<Value = String> {
    (key, gap(), gap(), value)
        .prop_map(|(key, before, after, value)| format!("\"{key}\"{before}:{after}{value}"))
}

/// Members with keys that differ, one of which may be `key`.
fn object(key: &'static str, value: BoxedStrategy<String>) -> impl Strategy<Value = String> {
    let named = prop_oneof![Just(None), member(Just(key.to_owned()), value).prop_map(Some)];
    let others = prop::collection::vec(member(Just("other".to_owned()), scalar()), 0..3);
    (others, named, 0usize..3, any::<bool>(), prop::collection::vec((gap(), gap()), 5)).prop_map(
        |(others, named, at, trailing, gaps)| {
            let mut members: Vec<String> = others
                .into_iter()
                .enumerate()
                .map(|(n, one)| one.replacen("other", &format!("k{n}"), 1))
                .collect();
            if let Some(named) = named {
                members.insert(at.min(members.len()), named);
            }
            let comma = if trailing && !members.is_empty() { "," } else { "" };
            let members: Vec<String> = members
                .iter()
                .zip(&gaps)
                .map(|(one, (before, after))| format!("{before}{one}{after}"))
                .collect();
            format!("{{{}{comma}{}}}", members.join(","), gaps[4].0)
        },
    )
}

fn settings() -> impl Strategy<Value = String> {
    let event = list(scalar(), '[', ']').boxed();
    let hooks = object("SessionEnd", event).boxed();
    let bom = prop_oneof![3 => Just(""), 1 => Just("\u{feff}")];
    (bom, gap(), object("hooks", hooks), gap())
        .prop_map(|(bom, before, root, after)| format!("{bom}{before}{root}{after}"))
}

/// Returns the values in `text`: comments, byte order mark and trailing commas are dropped by hand.
fn values(text: &str) -> Value {
    let mut plain = String::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").unwrap().1;
        } else if first == '"' {
            let mut escaped = false;
            let end = rest.char_indices().skip(1).find(|(_, c)| {
                let closes = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                closes
            });
            let (string, after) = rest.split_at(end.unwrap().0 + 1);
            plain += string;
            rest = after;
        } else {
            if matches!(first, '}' | ']') && plain.ends_with(',') {
                plain.pop();
            }
            if !first.is_ascii_whitespace() {
                plain.push(first);
            }
            rest = rest.split_at(first.len_utf8()).1;
        }
    }
    serde_json::from_str(&plain).unwrap_or_else(|error| panic!("{error}: {plain}"))
}

proptest! {
    #[test]
    fn any_settings_come_back_and_keep_every_value(text in settings()) {
        let home = TestHome::new();
        let path = home.write(".claude/settings.json", &text);
        let install = || with(home.path(), |agents| agents.install().unwrap().remove(0).action);
        prop_assert_eq!(install(), Action::Insert, "{}", text);
        let installed = fs::read_to_string(&path).unwrap();
        prop_assert_eq!(install(), Action::Unchanged);
        prop_assert_eq!(&fs::read_to_string(&path).unwrap(), &installed);

        // Every value is what it was, but for the one entry, which is the last of its event.
        let mut after = values(&installed);
        let events = after["hooks"]["SessionEnd"].as_array_mut().unwrap();
        let ours = events.pop().unwrap();
        prop_assert!(ours["hooks"][0]["command"].as_str().unwrap().contains("hook session-end"));
        let mut before = values(&text);
        if before.get("hooks").is_none() {
            before["hooks"] = Value::Object(serde_json::Map::new());
        }
        if before["hooks"].get("SessionEnd").is_none() {
            before["hooks"]["SessionEnd"] = Value::Array(vec![]);
        }
        prop_assert_eq!(after, before, "{}", installed);

        let removals = with(home.path(), |agents| agents.remove().unwrap());
        prop_assert_eq!(&removals[0].outcome, &Outcome::Cut);
        prop_assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}
