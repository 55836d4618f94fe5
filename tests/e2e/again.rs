//! What was stored before a secret was known as one, redacted again; and how it leaves the history.

use crate::leaks::objects;
use crate::place::{CLAUDE, CLAUDE_LOG, Place};
use crate::shop::Shop;
use opensession_testkit::{fsck_strict, git};
use serde_json::Value;
use std::fs;
use std::path::Path;

const BRANCH: &str = "refs/heads/opensession/sessions";

/// Returns whether any object of a repository holds the text, packed or not.
pub(crate) fn holds(git_dir: &Path, text: &str) -> bool {
    let has = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    objects(git_dir).iter().any(|object| has(&object.bytes))
}

/// Returns the manifest of the one session on the branch whose key has `key` in it.
fn manifest(git_dir: &Path, key: &str) -> Value {
    let listing = git(git_dir, &["ls-tree", "-r", "--name-only", BRANCH]);
    let is_manifest = |path: &&str| path.ends_with("/session.json") && path.contains(key);
    let path = listing.lines().find(is_manifest).unwrap();
    serde_json::from_str(&git(git_dir, &["cat-file", "blob", &format!("{BRANCH}:{path}")])).unwrap()
}

/// Returns a home with two sessions of today, and one that rules 1 let pass with a secret in it.
fn with_an_old_session() -> Place {
    let place = Place::captured();
    let bundle =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/e2e/fixtures/rules-1.bundle");
    let fetch = format!("+{BRANCH}:{BRANCH}");
    let _quiet = git(&place.store(), &["fetch", "--quiet", bundle.to_str().unwrap(), &fetch]);
    assert_eq!(place.run(&["capture"]).code, 0);
    place
}

#[test]
fn what_older_rules_let_pass_is_replaced_and_everything_else_stays() {
    let place = with_an_old_session();
    let store = place.store();
    let tip = || git(&store, &["rev-parse", BRANCH]);
    let trees = || git(&store, &["ls-tree", "-r", "-t", &format!("{BRANCH}:v1/2026")]);
    let (before, trees_before) = (tip(), trees());
    let secret = ["9f8e7d6c", "5b4a3928"].concat();
    assert!(holds(&store, &secret));

    let dry = place.run(&["capture", "--redact-again", "--dry-run"]);
    assert_eq!((dry.code, tip()), (0, before), "{}", dry.stderr);
    let rows: Vec<Vec<&str>> =
        dry.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[1][1..4], ["1", "2", "adafruit-key"], "{}", dry.stdout);
    assert_eq!(
        dry.stdout.lines().last().unwrap(),
        "1 session would be redacted again (2 adafruit-key), 2 unchanged"
    );

    let ran = place.run(&["capture", "--redact-again"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with("1 session redacted again (2 adafruit-key), 2 unchanged; "),
        "{}",
        ran.stdout
    );
    assert!(ran.stderr.starts_with("note: the history of the branch"), "{}", ran.stderr);
    assert_eq!(place.run(&["secrets", "scan", "--all"]).code, 0);
    let manifest = manifest(&store, "aider.");
    assert_eq!((&manifest["generation"], &manifest["source"]["parser"]), (&1.into(), &1.into()));
    assert_eq!(manifest["redactions"], serde_json::json!({"adafruit-key": 1}));
    assert_ne!(manifest["source"]["rules"], 1);
    let is_other = |line: &&str| line.contains("claude-code.") || line.contains("codex.");
    let (trees_after, after) = (trees(), tip());
    let others =
        |trees: &str| trees.lines().filter(is_other).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(others(&trees_after), others(&trees_before));
    // Said plainly, and so it is.
    assert!(holds(&store, &secret));

    let again = place.json(&["capture", "--redact-again", "--json"]);
    assert_eq!((&again["unchanged"], &again["changed"]), (&3.into(), &Value::Array(vec![])));
    assert_eq!(tip(), after);
    place.assert_sound();

    assert_eq!(place.run(&["purge", "--yes"]).code, 0);
    assert!(!holds(&store, &secret));
    assert_eq!(trees(), trees_after);
    assert_eq!(place.run(&["capture"]).stdout, "2 unchanged\n");
    let lines: Vec<&str> = std::str::from_utf8(CLAUDE).unwrap().lines().collect();
    let other = lines[..12].join("\n").replace("5b1d7c9e-3f60", "6b1d7c9e-3f60");
    place.home.write(&CLAUDE_LOG.replace("5b1d7c9e-3f60", "6b1d7c9e-3f60"), other + "\n");
    let ran = place.run(&["capture"]);
    assert!(ran.stdout.starts_with("1 new, 2 unchanged; "), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(place.json(&["list", "--json"]).as_array().unwrap().len(), 4);
    assert_eq!(place.run(&["fsck"]).code, 0);
    place.assert_sound();
}

#[test]
fn what_is_named_alone_is_redacted_again() {
    let place = with_an_old_session();
    let ran = place.run(&["capture", "--redact-again", "5b1d7c9e", "--dry-run"]);
    assert_eq!(ran.stdout, "1 session unchanged\n", "{}", ran.stderr);
    let json = place.json(&["capture", "--redact-again", "20260302-100000", "--json"]);
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["bytes_written", "changed", "commits", "dry_run", "failed", "schema", "unchanged"]
    );
    assert_eq!(json["changed"][0]["key"], "aider.20260302-100000-665dbdbc");
    assert_eq!(json["changed"][0]["events"], 1);
    assert_eq!(json["changed"][0]["generation"], 1);
    assert_eq!(json["changed"][0]["secrets"]["adafruit-key"], 2);
    assert_eq!(place.run(&["capture", "--redact-again", "nobody"]).code, 3);
    assert_eq!(place.run(&["capture", "--dry-run"]).code, 2);
    place.assert_sound();
}

#[test]
fn a_session_goes_on_behind_what_was_replaced_and_its_links_hold() {
    let shop = Shop::enabled();
    let secret = "correct-horse-battery";
    let mut agent = shop.agent(1);
    agent.edit("prices.txt", "plum 7", "plum 8");
    let first = shop.commit("a price");
    shop.settle();
    agent.create("notes.md", &format!("it is {secret}\n"));
    assert_eq!(shop.run(&["capture"]).code, 0);
    assert_eq!(shop.links(&first), [agent.id.as_str()]);
    let stored = shop.run(&["cat", "HEAD", "--repo", "."]).stdout;
    assert!(stored.contains(secret));

    // From now on it is known.
    shop.write(".env", &format!("INTERNAL_PASSWORD={secret}\n"));
    let ran = shop.run(&["capture", "--redact-again", "--repo", "."]);
    assert!(ran.stdout.starts_with("1 session redacted again ("), "{}{}", ran.stdout, ran.stderr);
    let redacted = shop.run(&["cat", "HEAD", "--repo", "."]).stdout;
    assert!(!redacted.contains(secret), "{redacted}");
    assert_eq!(redacted.lines().count(), stored.lines().count());
    assert_eq!(shop.links(&first), [agent.id.as_str()]);
    assert_eq!(
        shop.json(&["show", &first, "--json"])["sessions"][0]["key"],
        format!("claude-code.{}", agent.id)
    );

    agent.create("more.md", &format!("and again {secret}\n"));
    let second = shop.commit("notes");
    shop.settle();
    assert_eq!(shop.run(&["capture"]).code, 0);
    let grown = shop.run(&["cat", "HEAD", "--repo", "."]).stdout;
    let (events, before) = (grown.lines().count(), redacted.lines().count());
    assert!(events > before && !grown.contains(secret), "{grown}");
    let events_of = |text: &str| {
        text.lines()
            .filter(|line| line.contains("\"event_id\""))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(events_of(&grown).starts_with(&events_of(&redacted)));
    assert_eq!(manifest(&shop.folder, "claude-code.")["generation"], 1);
    assert_eq!(shop.links(&second), [agent.id.as_str()]);

    // The log as a whole, told anew, as by tools that write it from the beginning every time.
    let log = format!(".claude/projects/-shop/{}.jsonl", agent.id);
    let text = fs::read_to_string(shop.place.home.path().join(&log)).unwrap();
    let anew = text.replace("{\"cwd\"", "{ \"cwd\"");
    assert_ne!(anew, text);
    shop.place.home.write(&log, anew);
    assert_eq!(shop.run(&["capture"]).code, 0);
    let told = shop.run(&["cat", "HEAD", "--repo", "."]).stdout;
    assert_eq!(events_of(&told), events_of(&grown));

    shop.assert_sound();
    assert_eq!(shop.run(&["purge", "--repo", ".", "--gc", "--yes"]).code, 0);
    assert_eq!(shop.run(&["capture"]).code, 0);
    assert_eq!(shop.run(&["fsck"]).code, 0);
    shop.assert_sound();
}

#[test]
fn what_was_pushed_is_replaced_with_a_lease() {
    let shop = Shop::enabled();
    let secret = "correct-horse-battery";
    let remote = shop.place.home.path().join("remote.git");
    shop.git(&["init", "--quiet", "--bare", remote.to_str().unwrap()]);
    shop.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    let mut agent = shop.agent(1);
    agent.edit("prices.txt", "plum 7", &format!("plum 8 {secret}"));
    fs::write(shop.folder.join("prices.txt"), "apple 10\n").unwrap();
    assert_eq!(shop.run(&["capture"]).code, 0);
    shop.git(&["push", "--quiet", "origin", "opensession/sessions"]);
    shop.write(".env", &format!("INTERNAL_PASSWORD={secret}\n"));
    assert_eq!(shop.run(&["capture", "--redact-again", "--repo", "."]).code, 0);
    // What was only fetched is nobody's to redact here; a version of ours stands above it.
    assert!(!shop.run(&["cat", "HEAD", "--repo", "."]).stdout.contains(secret));

    let purged = shop.run(&["purge", "--repo", ".", "--yes"]);
    // What it prints for those who push with plain git.
    let push = purged.stdout.lines().find(|line| line.contains("--force-with-lease=")).unwrap();
    let push: Vec<&str> = push.trim().trim_start_matches("git ").split(' ').collect();
    assert_eq!(push.len(), 4, "{}", purged.stdout);
    shop.git(&push);
    assert_eq!(shop.run(&["purge", "--repo", ".", "--gc", "--yes"]).code, 0);
    assert!(!holds(&shop.folder.join(".git"), secret));
    assert_eq!(git(&remote, &["rev-list", BRANCH]), shop.git(&["rev-parse", BRANCH]));
    assert_eq!(shop.run(&["capture"]).code, 0);
    shop.assert_sound();
    fsck_strict(&remote);
}
