//! What is stored, redacted again once a secret is known.

use crate::log::{Machine, SESSION, answer, noon, prompt};
use opensession_engine::hail::SessionKey;
use opensession_engine::{AgainReport, Engine, Home, Os, Reference, Scope};
use opensession_testkit::git_with_input;
use std::collections::BTreeMap;
use std::fs;

const SECRET: &str = "correct-horse-battery";

/// Returns an engine over the machine's home that knows the secret.
fn knowing(machine: &Machine) -> Engine {
    let variables = BTreeMap::from([("DB_PASSWORD".to_owned(), SECRET.to_owned())]);
    let home = Home::new(machine.home.path().to_owned(), variables, Os::Linux);
    Engine::open(home, Scope::Home).unwrap()
}

fn redact(engine: &Engine) -> AgainReport {
    let report = engine.redact_again(None, Some(noon()), &mut |_, _| {}).unwrap();
    assert_eq!(report.failed, []);
    report
}

fn generation(machine: &Machine, key: &str) -> u64 {
    machine.engine.session(&Reference::new(key)).unwrap().manifest().generation
}

#[test]
fn all_versions_of_a_session_are_raised_together_and_none_is_lost() {
    let machine = Machine::new();
    let shared = prompt("a", 0, "one") + &answer("b", 1, "two");
    // Only the fork holds the secret.
    let left = shared.clone() + &prompt("c", 2, "left");
    let right = shared + &prompt("d", 3, &format!("right {SECRET}"));
    machine.home.write(&format!(".claude/projects/x/{SESSION}.jsonl"), &left);
    let log = machine.home.write(&format!(".claude/projects/y/{SESSION}.jsonl"), &right);
    machine.capture();
    let keys = machine.keys();
    let fork = keys.iter().find(|key| key.contains('~')).unwrap();
    let engine = knowing(&machine);
    let report = redact(&engine);
    assert_eq!((report.changed.len(), report.unchanged), (2, 0));
    let events: Vec<u64> = report.changed.iter().map(|one| one.events).collect();
    assert_eq!(events.iter().sum::<u64>(), 1, "{events:?}");
    for key in &keys {
        assert_eq!(generation(&machine, key), 1, "{key}");
    }
    assert!(machine.prompts(fork)[2].starts_with("right [redacted:known-value:"));
    // Told by both logs again, and by one that went on.
    let tree = machine.tree();
    fs::remove_dir_all(engine.data_dir().join("captured")).unwrap();
    engine.capture(opensession_engine::Capture::All, noon(), &()).unwrap();
    assert_eq!((machine.tree(), machine.keys()), (tree, keys.clone()));
    fs::write(&log, right + &prompt("e", 4, "further")).unwrap();
    engine.capture(opensession_engine::Capture::All, noon(), &()).unwrap();
    assert_eq!(machine.keys(), keys);
    assert_eq!(machine.prompts(fork).last().unwrap(), "further");
    assert_eq!(machine.prompts(SESSION), ["one", "two", "left"]);
    assert_eq!(redact(&engine).changed, []);
    machine.tree();
}

#[test]
fn attachments_stay_and_segments_before_the_first_change_are_kept() {
    let machine = Machine::new();
    let picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let image = format!(
        r#"{{"type":"image","source":{{"type":"base64","media_type":"image/png","data":"{picture}"}}}}"#
    );
    let shown = |id, minute, text: &str| {
        let parts = format!(r#"[{image},{{"type":"text","text":"{text}"}}]"#);
        prompt(id, minute, "PARTS").replace("\"PARTS\"", &parts)
    };
    let mut text = shown("a", 0, "look");
    for round in 0..3 {
        machine.log(SESSION, &text);
        machine.capture();
        text += &prompt(&format!("b{round}"), 1 + round, &format!("round {round}"));
    }
    text += &prompt("c", 9, SECRET);
    machine.log(SESSION, &text);
    machine.capture();
    let listing = |what: &str| {
        let all = machine.git(&["ls-tree", "-r", "opensession/sessions"]);
        let lines = all.lines().filter(|line| line.contains(what));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let (segments, blobs) = (listing(".hail.zst"), listing("/blobs/"));
    assert_eq!((segments.len(), blobs.len()), (4, 1));
    let engine = knowing(&machine);
    redact(&engine);
    assert_eq!(listing(".hail.zst")[..3], segments[..3]);
    assert_ne!(listing(".hail.zst")[3], segments[3]);
    assert_eq!(listing("/blobs/"), blobs);

    // From the first segment on nothing is kept but the pictures.
    let machine = Machine::new();
    machine.log(SESSION, &(shown("a", 0, SECRET) + &prompt("b", 1, "two")));
    machine.capture();
    let blobs = machine.git(&["ls-tree", "-r", "--name-only", "opensession/sessions"]);
    redact(&knowing(&machine));
    let after = machine.git(&["ls-tree", "-r", "--name-only", "opensession/sessions"]);
    let picture =
        |listing: &str| listing.lines().find(|line| line.contains("/blobs/")).map(str::to_owned);
    assert!(picture(&blobs).is_some());
    assert_eq!(picture(&after), picture(&blobs));
    assert_eq!(machine.prompts(SESSION).len(), 2);
    machine.tree();
}

#[test]
fn a_session_that_cannot_be_read_is_named_and_stops_no_other() {
    let machine = Machine::new();
    machine.log(SESSION, &prompt("a", 0, SECRET));
    let other = "22222222-2222-4333-8444-555555555555";
    machine.log(other, &prompt("a", 0, SECRET).replace(SESSION, other));
    machine.capture();
    // A manifest that is none, written with plain git.
    let store = machine.engine.home_store();
    let path = format!("v1/2026/03/01/claude-code.{other}/session.json");
    let blob = git_with_input(&store, &["hash-object", "-w", "--stdin"], b"{}\n");
    let blob = String::from_utf8(blob).unwrap();
    machine.git(&["read-tree", "opensession/sessions"]);
    machine.git(&["update-index", "--cacheinfo", &format!("100644,{},{path}", blob.trim())]);
    let tree = machine.git(&["write-tree"]);
    let commit = machine.git(&["commit-tree", "-p", "opensession/sessions", "-m", "x", &tree]);
    machine.git(&["update-ref", "refs/heads/opensession/sessions", &commit]);
    let report = knowing(&machine).redact_again(None, Some(noon()), &mut |_, _| {}).unwrap();
    let failed: Vec<_> = report.failed.iter().filter_map(|(_, key, _)| key.as_ref()).collect();
    assert_eq!(failed.iter().map(|key| key.id()).collect::<Vec<_>>(), [other]);
    assert_eq!(report.changed.len(), 1);
    assert!(machine.prompts(SESSION)[0].starts_with("[redacted:known-value:"));
}

#[test]
fn a_session_that_grows_meanwhile_is_read_anew_and_nothing_of_it_is_lost() {
    let machine = Machine::new();
    let text = prompt("a", 0, SECRET);
    machine.log(SESSION, &text);
    machine.capture();
    let mut grew = 0;
    let report = knowing(&machine).redact_again(None, Some(noon()), &mut |_, _| {
        // Between reading and writing.
        if grew < 2 {
            grew += 1;
            let more: String = (0..grew).map(|n| prompt(&format!("b{n}"), 1 + n, "more")).collect();
            machine.log(SESSION, &(text.clone() + &more));
            machine.capture();
        }
    });
    let report = report.unwrap();
    assert_eq!((report.failed, report.changed.len()), (vec![], 1));
    let prompts = machine.prompts(SESSION);
    assert!(prompts[0].starts_with("[redacted:known-value:"), "{prompts:?}");
    assert_eq!(prompts[1..], ["more", "more"]);
    assert_eq!(generation(&machine, SESSION), 1);
    machine.tree();
}

#[test]
fn without_a_time_nothing_is_written_and_what_is_not_stored_is_missing() {
    let machine = Machine::new();
    machine.log(SESSION, &prompt("a", 0, SECRET));
    machine.capture();
    let before = machine.git(&["rev-parse", "opensession/sessions"]);
    let engine = knowing(&machine);
    let key = engine.session(&Reference::new(SESSION)).unwrap().key().clone();
    let other = SessionKey::try_from(key.as_str().replace("1111", "2222")).unwrap();
    let keys = [key.clone(), other];
    let report = engine.redact_again(Some(&keys), None, &mut |_, _| {}).unwrap();
    assert_eq!(report.changed.iter().map(|one| &one.key).collect::<Vec<_>>(), [&key]);
    assert_eq!(report.missing.into_iter().collect::<Vec<_>>(), [keys[1].clone()]);
    assert_eq!(machine.git(&["rev-parse", "opensession/sessions"]), before);
}
