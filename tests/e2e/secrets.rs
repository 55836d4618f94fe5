//! What is masked, and what today's rules find in what was stored under older ones.

use crate::place::{CLAUDE, CODEX, Place, Ran};
use crate::shop::Shop;
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
    // One is told by its value, the others are only looked for where the user asked for it.
    let is_told_otherwise = |rule: &&Value| rule["keywords"].as_array().unwrap().is_empty();
    let told_otherwise = rules.iter().filter(is_told_otherwise);
    let told_otherwise: Vec<&str> =
        told_otherwise.map(|rule| rule["name"].as_str().unwrap()).collect();
    let options = ["email", "encoded-home-folder", "env-value", "home-folder", "host", "ip"];
    assert_eq!(told_otherwise, [&options[..], &["known-value", "user"]].concat());
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

#[test]
fn a_file_is_looked_through_by_lines_and_a_log_that_is_not_stored_by_events() {
    let place = Place::captured();
    let lines = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/\n".repeat(3);
    let pem =
        ["-----BEGIN ", "PRIVATE KEY-----\n", &lines, "-----END ", "PRIVATE KEY-----\n"].concat();
    let text = format!("see [redacted:jwt:1a2b]\n{0} and {0}\n\n{pem}", key());
    place.home.write("notes.md", &text);
    let ran = place.run(&["secrets", "scan", "notes.md"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, "1 file: 2 findings\n"));
    let rows = |text: &str| -> Vec<Vec<String>> {
        text.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
    };
    assert_eq!(rows(&ran.stdout)[1], ["notes.md:2", "anthropic-key", "2"]);
    assert_eq!(rows(&ran.stdout)[2], ["notes.md:4", "private-key", "1"]);
    let json = place.run(&["secrets", "scan", "./notes.md", "--json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&json[0]["file"], &json[0]["line"]), (&"./notes.md".into(), &2.into()));
    assert_eq!((&json[0]["session"], &json[0]["event"]), (&Value::Null, &Value::Null));
    place.home.write("clean.md", "nothing\n");
    let clean = place.run(&["secrets", "scan", "clean.md"]);
    assert_eq!((clean.code, clean.stderr.as_str()), (0, "1 file: no secrets found\n"));

    // A log: as it would be stored, unless it is.
    let log = String::from_utf8(CLAUDE.to_vec()).unwrap();
    let log = log.replacen("\"content\":\"", &format!("\"content\":\"{} ", key()), 1);
    let other = log.replace("5b1d7c9e-3f60", "6b1d7c9e-3f60");
    for name in ["other.jsonl", "other.log"] {
        place.home.write(name, &other);
        let ran = place.run(&["secrets", "scan", name, "--json"]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        let json: Value = serde_json::from_str(&ran.stdout).unwrap();
        let one = &json.as_array().unwrap()[json.as_array().unwrap().len() - 1];
        assert_eq!(one["session"], "claude-code.6b1d7c9e-3f60-4d52-9a57-0c7be1a2d901");
        assert_eq!((&one["rule"], &one["file"]), (&"anthropic-key".into(), &name.into()));
        assert_eq!(one["line"], Value::Null);
        assert!(one["event"].is_string());
        assert!(!ran.stdout.contains("k3Zx9QaL"));
    }
    place.home.write("same.jsonl", &log);
    let stored = place.run(&["secrets", "scan", "same.jsonl"]);
    assert_eq!((stored.code, stored.stderr.as_str()), (0, "1 session: no secrets found\n"));
    assert_eq!(place.json(&["list", "--json"]).as_array().unwrap().len(), 2);

    std::fs::create_dir(place.home.path().join("folder")).unwrap();
    for name in ["folder", "./folder", "folder/"] {
        let refused = place.run(&["secrets", "scan", name]);
        assert_eq!(refused.code, 2, "{}", refused.stderr);
        assert!(refused.stderr.contains("is a folder\nhint: name its files"), "{}", refused.stderr);
    }
    place.home.write("program", b"\x7fELF\0\0");
    assert_eq!(place.run(&["secrets", "scan", "program"]).code, 2);
    assert_eq!(place.run(&["secrets", "scan", "./none.md"]).code, 3);
    place.assert_sound();
}

/// Returns a shop with one session that was masked in two places, and its mark.
fn masked() -> (Shop, String) {
    let shop = Shop::enabled();
    shop.write(".env", "INTERNAL_PASSWORD=correct-horse-battery\n");
    shop.agent(1).create("notes.md", "it is correct-horse-battery\n");
    assert_eq!(shop.run(&["capture"]).code, 0);
    let text = shop.run(&["cat", "HEAD", "--repo", "."]).stdout;
    let (_, after) = text.split_once("[redacted:known-value:").unwrap();
    let mark = format!("[redacted:known-value:{}]", after.get(..4).unwrap());
    (shop, mark)
}

#[test]
fn a_mark_is_explained_by_its_variable_and_its_places() {
    let (shop, mark) = masked();
    let ran = shop.run(&["secrets", "explain", &mark]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for part in [
        mark.as_str(),
        "INTERNAL_PASSWORD in ~/shop/.env",
        "claude-code.00000001",
        "it is [redacted",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("correct-horse"), "{}", ran.stdout);
    let json = shop.json(&["secrets", "explain", "known-value:0000", "--json"]);
    assert_eq!(
        (&json["rule"], json["places"].as_array().unwrap().len()),
        (&Value::from("known-value"), 0)
    );
    assert_eq!(shop.run(&["secrets", "explain", "known-value:0000"]).code, 1);
    assert_eq!(shop.run(&["secrets", "explain", "nonsense"]).code, 2);
    shop.assert_sound();
}

#[test]
fn what_is_allowed_is_not_masked_from_then_on_and_what_is_stored_stays() {
    let (shop, mark) = masked();
    let before = shop.run(&["cat", "00000001", "--repo", "."]).stdout;
    let ran = shop.run(&["secrets", "allow", &mark]);
    assert!(ran.stdout.starts_with("not masked from now on: mark known-value:"), "{}", ran.stdout);
    assert!(shop.run(&["secrets", "allow", &mark]).stdout.starts_with("was not masked before"));
    shop.agent(2).create("more.md", "again correct-horse-battery\n");
    assert_eq!(shop.run(&["capture"]).code, 0);
    assert_eq!(shop.run(&["cat", "00000001", "--repo", "."]).stdout, before);
    let after = shop.run(&["cat", "00000002", "--repo", "."]).stdout;
    assert!(after.contains("again correct-horse-battery"), "{after}");
    assert_eq!(shop.json(&["secrets", "allow", "--json"])[0]["kind"], "mark");
    let ran = shop.run(&["secrets", "allow", "--remove", &mark, "jwt"]);
    assert_eq!(ran.stdout.lines().count(), 2, "{}", ran.stdout);
    assert_eq!(shop.run(&["secrets", "allow"]).stderr, "nothing is let pass here\n");
    let mut command = shop.command(env!("CARGO_BIN_EXE_opensession"), &shop.folder);
    shop.write("../value", "correct-horse-battery\n");
    let value = std::fs::File::open(shop.folder.join("../value")).unwrap();
    let ran = Ran::of(&command.args(["secrets", "allow", "-"]).stdin(value).output().unwrap());
    assert!(
        ran.stdout.starts_with("not masked from now on: value "),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    let list =
        std::fs::read_to_string(shop.folder.join(".git/opensession/redaction.allow")).unwrap();
    assert!(!list.contains("correct") && list.lines().count() == 2, "{list}");
    shop.write("text", "correct-horse-battery\n");
    assert_eq!(shop.run(&["secrets", "test", "text"]).code, 0);
    shop.assert_sound();
}

#[test]
fn what_is_said_of_a_result_stands_behind_it_on_a_terminal() {
    let place = Place::empty();
    let rules = place.on_terminal("secrets rules", &[]);
    assert!(rules.trim_end().ends_with(" rules"), "{rules}");
    place.home.write("notes.md", format!("the key is {}\n", key()));
    let masked = place.on_terminal("secrets test notes.md", &[]);
    assert!(masked.trim_end().ends_with("masked: 1 anthropic-key"), "{masked}");
    place.home.write("log.jsonl", CODEX);
    let parsed = place.on_terminal("parse --report log.jsonl", &[]);
    let (_, behind) = parsed.split_once("\"type\":\"stats\"").unwrap();
    assert!(behind.contains("understood"), "{behind}");
}
