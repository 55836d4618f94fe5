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
