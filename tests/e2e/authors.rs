//! Whose a session is.

use crate::privacy::{configure, objects};
use crate::shop::Shop;
use crate::sync::Hub;
use opensession_testkit::fsck_strict;
use serde_json::{Value, json};
use std::fs;

const ANN: [&str; 2] = ["Ann Archer", "ann@archer.example"];
const BOB: [&str; 2] = ["Bob Baker", "bob@baker.example"];

/// Lets somebody commit in the shop from now on.
fn seat(shop: &Shop, [name, email]: [&str; 2]) {
    for (key, value) in [("user.name", name), ("user.email", email)] {
        shop.git(&["config", key, value]);
    }
}

/// Captures, and returns whose a session is.
fn author(shop: &Shop, session: &str) -> Value {
    let captured = shop.run(&["capture"]);
    assert_eq!(captured.code, 0, "{}{}", captured.stdout, captured.stderr);
    let shown = shop.json(&["show", session, "--json"]);
    json!([shown["session"]["author"], shown["session"]["author_email"]])
}

/// Changes what the log of a session says at its beginning, as a tool does that writes it anew.
fn rewrite(shop: &Shop, session: &str, old: &str, new: &str) {
    let log = shop.place.home.path().join(format!(".claude/projects/-shop/{session}.jsonl"));
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.contains(old), "{text}");
    fs::write(log, text.replace(old, new)).unwrap();
}

#[test]
fn a_session_is_whose_it_was_when_it_was_stored_first() {
    let shop = Shop::enabled();
    seat(&shop, ANN);
    let mut first = shop.agent(1);
    assert_eq!(author(&shop, &first.id), json!(ANN));
    let shown = shop.run(&["show", &first.id]).stdout;
    assert!(shown.contains("\nAnn Archer · claude-code 2.1.200 · "), "{shown}");
    let log = shop.place.home.path().join(format!(".claude/projects/-shop/{}.jsonl", first.id));
    let parsed = shop.run(&["parse", "--redact", log.to_str().unwrap()]).stdout;
    assert_eq!(parsed, shop.run(&["cat", &first.id]).stdout);
    assert!(!shop.run(&["parse", log.to_str().unwrap()]).stdout.contains("Ann"));

    seat(&shop, BOB);
    first.run("ls", "prices.txt");
    assert_eq!(author(&shop, &first.id), json!(ANN));
    let second = shop.agent(2).id;
    assert_eq!(author(&shop, &second), json!(BOB));
    rewrite(&shop, &first.id, "Go on", "Go back");
    assert_eq!(author(&shop, &first.id), json!(ANN));
    let manifests = objects(&shop.folder);
    assert!(manifests.contains("\"generation\": 1"), "{manifests}");
    assert!(manifests.contains(r#""author":"Bob Baker","author_email":"bob@baker.example""#));
    // A commit of somebody else's says nothing about who sits here, neither does its hook.
    let mut third = shop.agent(3);
    third.edit("prices.txt", "plum 7", "plum 8");
    shop.git(&["commit", "--quiet", "--all", "--author=Eve <eve@example.com>", "--message=plums"]);
    shop.settle();
    assert_eq!(author(&shop, &third.id), json!(BOB));
    shop.assert_sound();
}

#[test]
fn where_git_knows_nobody_nobody_is_guessed() {
    let shop = Shop::enabled();
    let session = shop.agent(1).id;
    assert_eq!(author(&shop, &session), json!([null, null]));
    seat(&shop, ANN);
    rewrite(&shop, &session, "Go on", "Go back");
    assert_eq!(author(&shop, &session), json!(ANN));

    let nickname = |name: &str| {
        let text = format!("[identity]\nnickname = \"{name}\"\n");
        shop.place.home.write(".config/opensession/opensession.toml", text);
    };
    nickname("annie");
    assert_eq!(author(&shop, &shop.agent(2).id), json!(["annie", null]));
    // What other programs put there where nobody has chosen one.
    nickname("user");
    assert_eq!(author(&shop, &shop.agent(3).id), json!(ANN));
    shop.git(&["config", "--unset", "user.name"]);
    assert_eq!(author(&shop, &shop.agent(4).id), json!([null, ANN[1]]));
    shop.assert_sound();
}

#[test]
fn who_wants_to_be_nobody_leaves_no_name_in_any_object() {
    for (option, expected) in [
        ("strip_author", [None, None]),
        ("strip_user", [None, None]),
        ("strip_emails", [Some(ANN[0]), None]),
    ] {
        let hub = Hub::new();
        let shop = hub.machine();
        seat(&shop, ANN);
        configure(&shop.place, &format!("{option} = true"));
        let session = shop.agent(1).id;
        assert_eq!(author(&shop, &session), json!(expected), "{option}");
        let outside = shop.agent_in(2, shop.folder.parent().unwrap()).id;
        assert_eq!(author(&shop, &outside), json!([null, null]), "{option}");
        assert_eq!(shop.json(&["status", "--json"])["privacy"], json!([option]));
        assert_eq!(shop.run(&["sync", "--yes", "origin"]).code, 0);
        for repository in [hub.path(), shop.place.store()] {
            let objects = objects(&repository);
            assert!(objects.contains(r#""generation": 0"#));
            assert!(!objects.contains("archer.example"), "{option}: {objects}");
            let is_named = expected[0].is_some() && repository == hub.path();
            assert_eq!(objects.contains("Ann"), is_named, "{option}: {objects}");
            fsck_strict(&repository);
        }
    }
}

#[test]
fn a_name_that_is_not_wanted_any_more_goes_when_it_is_redacted_again() {
    let shop = Shop::enabled();
    seat(&shop, BOB);
    let second = shop.agent(2).id;
    assert_eq!(author(&shop, &second), json!(BOB));
    seat(&shop, ANN);
    let first = shop.agent(1).id;
    assert_eq!(author(&shop, &first), json!(ANN));
    configure(&shop.place, "strip_author = true");
    assert_eq!(author(&shop, &first), json!(ANN));
    let again = shop.json(&["capture", "--redact-again", "--json"]);
    assert_eq!(again["changed"].as_array().unwrap().len(), 1, "{again}");
    assert_eq!(author(&shop, &first), json!([null, null]));
    // Of others it is not ours to take away.
    assert_eq!(author(&shop, &second), json!(BOB));
    let again = shop.json(&["capture", "--redact-again", "--json"]);
    assert_eq!(again["changed"], json!([]));
    shop.assert_sound();
}

/// Returns the ids that a command prints as JSON.
fn ids(shop: &Shop, arguments: &[&str]) -> Vec<String> {
    let found = shop.json(&[arguments, &["--repo", ".", "--json"]].concat());
    let rows = found.as_array().or_else(|| found["sessions"].as_array()).unwrap().clone();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_was_only_fetched_is_read_once_with_its_author_and_nothing_is_written() {
    let hub = Hub::new();
    let (ann, bob) = (hub.machine(), hub.machine());
    seat(&ann, ANN);
    seat(&bob, BOB);
    let mut first = ann.agent(1);
    first.edit("prices.txt", "pear 12", "pear 13");
    let commit = ann.commit("dearer pears");
    ann.settle();
    assert_eq!(ann.run(&["sync", "--yes", "origin"]).code, 0);
    ann.git(&["push", "--quiet", "--no-verify", "origin", "main"]);
    let second = bob.agent(2).id;
    assert_eq!(author(&bob, &second), json!(BOB));
    let plan = bob.run(&["sync", "--dry-run", "origin"]).stdout;
    let names = "\n  names     Bob Baker <bob@baker.example> 1; they leave with the sessions\n";
    assert!(plan.contains(names), "{plan}");
    let plan = bob.json(&["sync", "--dry-run", "--json", "origin"]);
    assert_eq!(plan["authors"], json!({"Bob Baker <bob@baker.example>": 1}));
    bob.git(&["fetch", "--quiet"]);
    bob.git(&["merge", "--quiet", "--ff-only", "origin/main"]);
    bob.settle();

    let refs = || bob.git(&["for-each-ref"]);
    let before = refs();
    let own = std::slice::from_ref(&second);
    assert_eq!(bob.sessions(), own);
    let fetched = [first.id.clone()];
    assert_eq!(ids(&bob, &["list", "--author", "ann"]), fetched);
    assert_eq!(ids(&bob, &["list", "author:archer.example"]), fetched);
    assert_eq!(ids(&bob, &["list", "author:me"]), own);
    assert_eq!(ids(&bob, &["search", "go -author:me"]), fetched);
    assert_eq!(ids(&bob, &["list"]).len(), 2);
    let sums = bob.json(&["stats", "--by", "author", "--repo", ".", "--json"])["sums"].clone();
    let names: Vec<_> = sums.as_array().unwrap().iter().map(|sum| sum["name"].clone()).collect();
    assert_eq!(names.len(), 2, "{sums}");
    assert!(names.contains(&json!(ANN[0])) && names.contains(&json!(BOB[0])), "{sums}");
    let shown = bob.json(&["show", &first.id, "--json"])["session"].clone();
    assert_eq!(shown["author"], json!(ANN[0]));
    assert_eq!(shown["store"], json!({"kind": "remote", "name": "origin"}));
    let logged = bob.json(&["log", "-n", "1", "--json"]);
    assert_eq!(logged[0]["commit"], json!(commit));
    assert_eq!(logged[0]["sessions"][0]["session"]["author"], json!(ANN[0]), "{logged}");
    let blamed = bob.json(&["blame", "prices.txt:2", "--json"]);
    assert_eq!(blamed["sessions"][0]["session"]["author"], json!(ANN[0]), "{blamed}");
    assert_eq!(refs(), before);

    // Of a session that is here too, the copy that holds more is read.
    assert_eq!(bob.run(&["pull"]).code, 0);
    first.run("ls", "a word of its own: zanzibar");
    assert_eq!(ann.run(&["capture"]).code, 0);
    assert_eq!(ann.run(&["sync"]).code, 0);
    bob.git(&["fetch", "--quiet"]);
    let before = refs();
    assert_eq!(ids(&bob, &["search", "zanzibar"]), fetched);
    let listed = bob.json(&["list", "--repo", ".", "--json"]);
    let rows: Vec<&Value> = listed.as_array().unwrap().iter().collect();
    assert_eq!(rows.len(), 2, "{listed}");
    let row = rows.iter().find(|row| row["id"] == json!(first.id)).unwrap();
    let newer = ann.json(&["show", &first.id, "--json"])["session"]["events"].clone();
    assert_eq!((&row["events"], &row["store"]["kind"]), (&newer, &json!("remote")));
    assert_eq!(refs(), before);
    for shop in [&ann, &bob] {
        shop.assert_sound();
    }
    fsck_strict(&hub.path());
}
