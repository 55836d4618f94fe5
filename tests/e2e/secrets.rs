//! What is masked, and what today's rules find in what was stored under older ones.

use crate::place::Place;
use opensession_testkit::git;
use serde_json::Value;
use std::path::Path;

/// Secrets are put together at run time, so that no scanner takes this file for a leak.
fn key() -> String {
    ["sk-ant-", "api03-k3Zx9QaL0wEr7TyU1iOp5SdF2gHj8KlM"].concat()
}

#[test]
fn a_text_is_printed_as_it_would_be_stored() {
    let place = Place::empty();
    place.home.write("notes.md", format!("the key is {} and that is all\n", key()));
    let masked = place.run(&["secrets", "test", "notes.md"]);
    assert_eq!(masked.code, 1, "{}", masked.stderr);
    assert!(masked.stdout.starts_with("the key is [redacted:anthropic-key:"), "{}", masked.stdout);
    assert!(masked.stdout.ends_with("] and that is all\n"), "{}", masked.stdout);
    assert_eq!(masked.stderr, "masked: 1 anthropic-key\n");
    place.home.write("masked.md", &masked.stdout);
    let again = place.run(&["secrets", "test", "masked.md"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, masked.stdout.as_str()));
    assert_eq!(again.stderr, "nothing masked\n");
    let missing = place.run(&["secrets", "test", "none.md"]);
    assert_eq!(missing.code, 3, "{}", missing.stderr);
}

#[test]
fn the_rules_are_listed_with_who_gives_such_secrets_out() {
    let place = Place::empty();
    let listed = place.run(&["secrets", "rules"]);
    assert_eq!((listed.code, listed.stdout.lines().count() > 200), (0, true), "{}", listed.stdout);
    assert!(listed.stdout.contains("github-token"), "{}", listed.stdout);
    let json = place.json(&["secrets", "rules", "--json"]);
    let rules = json.as_array().unwrap();
    assert!(rules.iter().any(|rule| rule["name"] == "aws-secret-key"));
    let told_by_value = |rule: &&Value| rule["keywords"].as_array().unwrap().is_empty();
    let told_by_value: Vec<&Value> = rules.iter().filter(told_by_value).collect();
    assert_eq!(told_by_value.len(), 1, "{told_by_value:?}");
    assert_eq!(told_by_value[0]["name"], "known-value");
}

#[test]
fn what_older_rules_let_pass_is_found_in_the_store() {
    let place = Place::captured();
    let clean = place.run(&["secrets", "scan", "--all"]);
    assert_eq!((clean.code, clean.stdout.as_str()), (0, ""), "{}", clean.stderr);
    assert_eq!(clean.stderr, "2 sessions: no secrets found\n");
    // Captured by rules 1, which knew no key by the name of its vendor alone.
    let bundle =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/e2e/fixtures/rules-1.bundle");
    let branch = "refs/heads/opensession/sessions";
    let fetch = format!("+{branch}:{branch}");
    let _quiet = git(&place.store(), &["fetch", "--quiet", bundle.to_str().unwrap(), &fetch]);
    let found = place.run(&["secrets", "scan", "--all"]);
    assert_eq!(found.code, 1, "{}", found.stderr);
    let rows: Vec<Vec<&str>> =
        found.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows.len(), 3, "{}", found.stdout);
    assert_eq!(rows[1][1..], ["(header)", "adafruit-key", "1"]);
    assert_eq!(rows[2][2..], ["adafruit-key", "1"]);
    assert!(!found.stdout.contains("9f8e7d6c") && !found.stderr.contains("9f8e7d6c"));
    let json = place.run(&["secrets", "scan", "HEAD", "--json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json[0]["rule"], "adafruit-key");
    assert_eq!(json[0]["event"], Value::Null);
    assert_eq!(place.run(&["secrets", "scan", "none"]).code, 3);
    assert_eq!(place.run(&["secrets", "scan"]).code, 2);
    place.assert_sound();
}
