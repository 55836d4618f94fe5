//! Search held against a plain scan of what `cat` prints, over the fixtures of every parser.
//!
//! What people and models said, commands, paths and changed lines must be found wherever they stand; and what is found
//! must stand somewhere in the session. Of long output only a part can be found, so there the two differ.

use crate::place::{Place, rounds};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../engine/parsers/fixtures");

/// A session as the scan sees it: texts as words between spaces, a line each.
struct Session {
    key: String,
    /// What must be found.
    covered: String,
    /// Everything that may be.
    all: String,
    /// Texts that must be found, to draw from.
    texts: Vec<String>,
    /// The ids of its events.
    events: Vec<String>,
}

/// The words of a text in lower case, each behind a space; Chinese, Japanese and Korean by character. Of a word of more
/// than 64 bytes, that is of encoded data, only those count.
fn fold(text: &str) -> String {
    let mut folded = String::new();
    let (mut is_inside, mut length) = (false, 0);
    for sign in text.chars() {
        let is_single = matches!(sign, '\u{1100}'..='\u{11FF}' | '\u{3040}'..='\u{30FF}' | '\u{3130}'..='\u{318F}'
            | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}'
            | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}');
        if sign.is_alphanumeric() {
            if !is_inside || is_single {
                folded.push(' ');
                length = 0;
            }
            length += sign.len_utf8();
            if length <= 64 {
                folded.extend(sign.to_lowercase());
            }
        }
        is_inside = sign.is_alphanumeric() && !is_single;
    }
    folded
}

fn every_string(value: &Value, each: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(items) => items.iter().for_each(|item| every_string(item, each)),
        Value::Object(members) => members.values().for_each(|item| every_string(item, each)),
        _ => {}
    }
}

/// Returns the texts of an event that must be found.
fn covered(event: &Value) -> Vec<String> {
    let kind = event["event_type"]["type"].as_str().unwrap();
    let data = &event["event_type"]["data"];
    let blocks = event["content"]["blocks"].as_array().unwrap();
    let mut texts: Vec<String> = ["path", "command", "query", "pattern", "url"]
        .iter()
        .filter_map(|name| data[*name].as_str().map(str::to_owned))
        .collect();
    if ["UserMessage", "AgentMessage", "Thinking"].contains(&kind) {
        texts.extend(blocks.iter().filter_map(|block| block["text"].as_str().map(str::to_owned)));
    }
    texts.retain(|text| kind != "Custom" && !text.is_empty());
    texts
}

fn scanned(place: &Place, key: &str) -> Session {
    let cat = place.run(&["cat", key]);
    assert_eq!(cat.code, 0, "{}", cat.stderr);
    let mut session = Session {
        key: key.to_owned(),
        covered: String::new(),
        all: String::new(),
        texts: Vec::new(),
        events: Vec::new(),
    };
    for line in cat.stdout.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        if record["type"] != "event" {
            continue;
        }
        session.events.push(record["event_id"].as_str().unwrap().to_owned());
        for text in covered(&record) {
            session.covered.push_str(&fold(&text));
            session.covered.push_str(" \n");
            session.texts.push(text);
        }
        every_string(&record, &mut |text| {
            session.all.push_str(&fold(text));
            session.all.push_str(" \n");
        });
    }
    session
}

/// Numbers that look random and are the same in every run (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

/// Terms of a query: a text, and whether it is the beginning of a word.
type Terms = Vec<(String, bool)>;

/// Draws a query from the sessions' texts: a word, the beginning of one, words side by side, code, two of them.
fn draw(sessions: &[Session], chance: &mut Chance, number: usize) -> Option<Terms> {
    let session = &sessions[chance.below(sessions.len())];
    let text = &session.texts[chance.below(session.texts.len())];
    let mut word = |is: fn(&str) -> bool| {
        let words: Vec<&str> = text.split_whitespace().filter(|word| is(word)).collect();
        (!words.is_empty()).then(|| words[chance.below(words.len())].to_owned())
    };
    let is_word = |word: &str| word.chars().any(char::is_alphanumeric);
    let is_code = |word: &str| {
        word.chars().any(char::is_alphanumeric) && word.contains(['_', ':', '/', '.', '-'])
    };
    Some(match number % 6 {
        0 => vec![(word(is_word)?, false)],
        1 => vec![(word(is_code)?, false)],
        2 => {
            let long = word(|word| word.chars().filter(|sign| sign.is_alphanumeric()).count() > 3)?;
            let letters: String = long.chars().skip_while(|sign| !sign.is_alphanumeric()).collect();
            let letters: String =
                letters.chars().take_while(|sign| sign.is_alphanumeric()).collect();
            vec![(letters.chars().take(3).collect(), true)]
        }
        3 => vec![(word(is_word)?, false), (word(is_word)?, false)],
        4 => {
            let words: Vec<&str> = text.split_whitespace().collect();
            let first = chance.below(words.len().max(1));
            let phrase = words.get(first..(first + 3).min(words.len()))?.join(" ");
            vec![(phrase, false)]
        }
        _ => {
            vec![(word(|word| !word.is_ascii() && word.chars().any(char::is_alphanumeric))?, false)]
        }
    })
}

/// Returns the query as a person types it.
fn typed(terms: &Terms) -> String {
    let quoted = |(text, is_prefix): &(String, bool)| match is_prefix {
        true => format!("{text}*"),
        false => format!("\"{}\"", text.replace(['"', '\\'], " ")),
    };
    terms.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// Asserts that the hit names an event of the session, and marks what was looked for.
fn assert_names_the_place(session: &Session, hit: &Value, phrases: &[String], query: &str) {
    let ordinal = usize::try_from(hit["ordinal"].as_u64().unwrap()).unwrap();
    assert_eq!(hit["event"], session.events[ordinal].as_str(), "{query}: {hit}");
    let snippet = hit["snippet"].as_str().unwrap();
    let marks = hit["marks"].as_array().unwrap();
    assert!(!marks.is_empty(), "{query}: {hit}");
    for mark in marks {
        let place = |end: usize| usize::try_from(mark[end].as_u64().unwrap()).unwrap();
        let marked = fold(snippet.get(place(0)..place(1)).unwrap()) + " ";
        let is_whole = phrases.iter().any(|phrase| marked.contains(phrase.as_str()));
        // What is longer than a snippet is cut.
        let is_cut = snippet.ends_with('…') && place(1) + '…'.len_utf8() == snippet.len();
        assert!(is_whole || is_cut, "{query}: {hit}");
    }
}

#[test]
fn a_search_finds_what_a_scan_finds() {
    let place = Place::empty();
    let ran = place.run(&["capture", Path::new(FIXTURES).to_str().unwrap()]);
    assert!([0, 1, 8].contains(&ran.code), "{}", ran.stderr);
    let listed = place.json(&["list", "--all", "--limit", "1000", "--json"]);
    let keys = listed.as_array().unwrap().iter().map(|row| row["key"].as_str().unwrap());
    let mut sessions: Vec<Session> = keys.map(|key| scanned(&place, key)).collect();
    assert!(sessions.len() > 50, "{}", sessions.len());
    let all = sessions.len();
    sessions.retain(|session| !session.texts.is_empty());
    assert!(sessions.len() * 2 > all);

    let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
    let (mut asked, mut hits) = (0, 0);
    for number in 0.. {
        if asked == rounds(200, 2000) {
            break;
        }
        let Some(terms) = draw(&sessions, &mut chance, number) else { continue };
        let phrases: Vec<String> = terms
            .iter()
            .map(|(text, is_prefix)| fold(text) + if *is_prefix { "" } else { " " })
            .collect();
        if phrases.iter().any(|phrase| phrase.trim().is_empty()) {
            continue;
        }
        asked += 1;
        let query = typed(&terms);
        let found = place.run(&["search", "--all", "--limit", "1000", "--json", "--", &query]);
        assert!(found.code <= 1, "{query}: {}", found.stderr);
        let found: Value = serde_json::from_str(&found.stdout).unwrap();
        let rows = found["sessions"].as_array().unwrap().iter();
        let found: BTreeMap<&str, &Value> =
            rows.map(|row| (row["key"].as_str().unwrap(), &row["hit"])).collect();
        hits += found.len();
        for session in &sessions {
            let hit = found.get(session.key.as_str());
            let is_found = hit.is_some();
            let must = phrases.iter().all(|phrase| session.covered.contains(phrase.as_str()));
            let may = phrases.iter().all(|phrase| session.all.contains(phrase.as_str()));
            assert!(is_found || !must, "{query} is in {} and was not found", session.key);
            assert!(may || !is_found, "{query} is not in {} and was found", session.key);
            if let Some(hit) = hit {
                assert_names_the_place(session, hit, &phrases, &query);
            }
        }
    }
    assert!(hits > asked, "{hits} sessions for {asked} queries");
    place.assert_sound();
}
