//! What the sessions weigh in a clone, and how they are kept out of it.

use crate::shop::Shop;
use crate::sync::Hub;
use opensession_testkit::{fsck_strict, git};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;

/// Returns the branches at a hub.
fn branches(hub: &Hub) -> Vec<String> {
    let refs = git(&hub.path(), &["for-each-ref", "--format=%(refname:short)"]);
    refs.lines().map(str::to_owned).collect()
}

/// Returns a shop whose code goes to `origin`, and which has `sessions` beside it.
fn beside(origin: &Hub, sessions: &Hub) -> Shop {
    let shop = Shop::new();
    shop.git(&["remote", "add", "origin", origin.path().to_str().unwrap()]);
    shop.git(&["remote", "add", "sessions", sessions.path().to_str().unwrap()]);
    shop
}

#[test]
fn sessions_with_a_remote_of_their_own_are_in_no_clone_of_the_code() {
    let (origin, sessions) = (Hub::new(), Hub::new());
    let ann = beside(&origin, &sessions);
    assert_eq!(ann.run(&["init", "--yes"]).code, 0);
    let mut agent = ann.agent(1);
    agent.edit("prices.txt", "apple 10", "apple 11");
    ann.commit("dearer apples");
    let synced = ann.run(&["sync", "--yes", "sessions"]);
    assert_eq!((synced.code, synced.stderr.as_str()), (0, ""), "{}", synced.stdout);
    assert!(synced.stdout.ends_with("sent 1 session (sessions)\n"), "{}", synced.stdout);
    assert_eq!(sessions.sessions(), BTreeSet::from([agent.id.clone()]));
    assert_eq!(branches(&sessions), ["opensession/sessions"]);

    // Whatever people push with, by their names or by those of the configuration.
    ann.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
    for arguments in [
        &["push", "--quiet"][..],
        &["push", "--quiet", "origin"],
        &["push", "--quiet", "--tags", "origin"],
        &["-c", "push.default=matching", "push", "--quiet", "origin"],
        &["push", "--quiet", "origin", "refs/heads/*", "^refs/heads/opensession/*"],
    ] {
        ann.git(arguments);
        assert_eq!(branches(&origin), ["main"], "{arguments:?}");
    }

    let size = &ann.json(&["status", "--size", "--json"])["stores"][0]["size"];
    let expected = json!([[], ["sessions"], []]);
    assert_eq!(json!([size["cloned_from"], size["alone_on"], size["keep_out"]]), expected);
    let said = ann.run(&["status", "--size"]).stdout;
    assert!(
        said.contains("no clone of the code brings them: they are on sessions alone"),
        "{said}"
    );

    // A colleague clones the code, and has no byte of a session until she asks for them.
    let bob = Shop::new();
    let clone = bob.place.home.path().join("clone");
    bob.git(&["clone", "--quiet", origin.path().to_str().unwrap(), clone.to_str().unwrap()]);
    let objects = |of: &str| {
        let listed = bob.git_in(&clone, &["cat-file", "--batch-all-objects", "--batch-check"]);
        listed.lines().filter(|line| line.contains(of)).count()
    };
    assert_eq!(
        (objects(" commit "), bob.git_in(&clone, &["branch", "--all"]).contains("opensession")),
        (2, false)
    );
    bob.git_in(&clone, &["remote", "add", "sessions", sessions.path().to_str().unwrap()]);
    for arguments in [&["init", "--yes"][..], &["sync", "--yes", "sessions"]] {
        let ran = bob.run_in(&clone, arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    }
    let listed = bob.run_in(&clone, &["list", "--repo", ".", "--json"]).stdout;
    assert!(listed.contains(&agent.id), "{listed}");
    // From now on the name is not needed, and still nothing reaches the code's remote.
    let mut other = bob.agent_in(2, &clone);
    other.says("more");
    let synced = bob.run_in(&clone, &["sync"]);
    assert_eq!((synced.code, synced.stdout.as_str()), (0, "sent 1 session (sessions)\n"));
    assert_eq!(sessions.sessions(), BTreeSet::from([agent.id.clone(), other.id.clone()]));
    assert_eq!(branches(&origin), ["main"]);

    // This is how it gets there nevertheless, as the documentation says.
    ann.git(&["push", "--quiet", "--all", "origin"]);
    assert_eq!(branches(&origin), ["main", "opensession/sessions"]);
    ann.git(&["push", "--quiet", "origin", "--delete", "opensession/sessions"]);
    assert_eq!(branches(&origin), ["main"]);
    ann.settle();
    ann.assert_sound();
    fsck_strict(&clone);
    fsck_strict(&origin.path());
    fsck_strict(&sessions.path());
}

#[test]
fn a_push_of_the_code_shares_the_sessions_with_their_own_remote() {
    let (origin, sessions) = (Hub::new(), Hub::new());
    let shop = beside(&origin, &sessions);
    let ran = shop.run(&["init", "--yes", "--share=sessions"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("Sessions leave for sessions with the next `git push`."),
        "{}",
        ran.stdout
    );
    let session = shop.agent(1).id;
    shop.git(&["push", "--quiet", "origin", "main"]);
    shop.wait_until("the session is shared", || {
        branches(&sessions) == ["opensession/sessions"] && sessions.sessions().contains(&session)
    });
    // The hook on its own, to its end: also where nothing is new.
    let address = origin.path().to_str().unwrap().to_owned();
    assert_eq!(shop.run(&["hook", "pre-push", "origin", &address]).code, 0);
    assert_eq!(branches(&origin), ["main"]);
    assert_eq!(shop.run(&["deinit", "--yes"]).code, 0);
    shop.assert_sound();
    fsck_strict(&origin.path());
    fsck_strict(&sessions.path());
}

/// Returns the size of the shop's branch.
fn size(shop: &Shop) -> serde_json::Value {
    let status = shop.json(&["status", "--size", "--json"]);
    let store = &status["stores"][0];
    assert_eq!((&store["home"], &store["problem"]), (&json!(false), &json!(null)), "{status}");
    store["size"].clone()
}

fn number(shop: &Shop, arguments: &[&str]) -> u64 {
    shop.git(arguments).parse().unwrap()
}

/// Logs a command that printed a lot of what cannot be made much smaller.
fn print_much(shop: &Shop, session: u32) -> String {
    let mut state = u64::from(session) + 1;
    let letters = (0..60_000).map(|place| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let letter = u8::try_from((state >> 33) % 26).unwrap();
        if place % 6 == 5 { ' ' } else { char::from(b'a' + letter) }
    });
    let mut agent = shop.agent(session);
    agent.run("./much", &letters.collect::<String>());
    agent.id
}

#[test]
fn status_says_what_the_sessions_take_as_git_does() {
    let hub = Hub::new();
    let shop = hub.machine();
    shop.git(&["push", "--quiet", "origin", "main"]);
    let (small, large) = (shop.agent(1).id, print_much(&shop, 2));
    assert_eq!(shop.run(&["sync", "--yes", "origin"]).code, 0);
    let mut agent = shop.agent(3);
    agent.says("more");
    assert_eq!(shop.run(&["capture"]).code, 0);
    let branch = "opensession/sessions";
    let found = size(&shop);
    let weigh = ["rev-list", "--disk-usage", "--objects"];
    let only = number(&shop, &[&weigh[..], &[branch, "^main"]].concat());
    assert_eq!(found["bytes"], only);
    let count = ["rev-list", "--count", "--objects", branch, "^main"];
    assert_eq!(found["objects"], number(&shop, &count));
    assert_eq!(found["clone_bytes"], number(&shop, &[&weigh[..], &["--all"]].concat()));
    let packs = std::fs::read_dir(shop.folder.join(".git/objects/pack")).unwrap();
    let is_pack = |path: &Path| path.extension().is_some_and(|end| end == "pack");
    let packs = packs.filter(|entry| is_pack(&entry.as_ref().unwrap().path())).count();
    assert_eq!(found["packs"], packs);
    // The largest first, and as large as its files.
    let files = shop.git(&["ls-tree", "-r", "-l", branch]);
    let files = files.lines().filter(|line| line.contains(&large));
    let bytes = |line: &str| {
        let head = line.split_once('\t').unwrap().0;
        head.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    let largest = found["largest"].as_array().unwrap();
    assert_eq!(
        (largest.len(), &largest[0]["session"]),
        (3, &json!(format!("claude-code.{large}")))
    );
    assert_eq!(largest[0]["bytes"], files.map(bytes).sum::<u64>());
    let said = shop.run(&["status", "--size"]).stdout;
    let share = only * 1000 / found["clone_bytes"].as_u64().unwrap();
    assert!(said.contains(&format!("about {}.{} % of the", share / 10, share % 10)), "{said}");

    // What is forgotten stays in the history until that is begun anew.
    let older = found["history_bytes"].as_u64().unwrap();
    assert!(older < 5000, "{found}");
    assert_eq!(shop.run(&["forget", &large, "--yes"]).code, 0);
    let forgotten = size(&shop);
    let history = forgotten["history_bytes"].as_u64().unwrap();
    assert!(history > older + 30_000, "{forgotten}");
    assert!(shop.run(&["status", "--size"]).stdout.contains("`opensession purge` frees it"));
    assert!(!forgotten["largest"].to_string().contains(&large), "{forgotten}");
    assert_eq!(shop.run(&["purge", "--gc", "--yes"]).code, 0);
    // The remote-tracking branch still leads to it, and is no part of the branch.
    let purged = size(&shop);
    assert_eq!(purged["history_bytes"], 0);
    let freed = forgotten["bytes"].as_u64().unwrap() - purged["bytes"].as_u64().unwrap();
    assert!(freed.abs_diff(history) < 2000, "{freed} of {history}");
    assert!(purged["largest"].to_string().contains(&small), "{purged}");
    assert!(!shop.run(&["status", "--size"]).stdout.contains("opensession purge"));
    shop.assert_sound();
}

#[test]
fn a_clone_without_sessions_is_had_with_the_commands_that_status_names() {
    let hub = Hub::new();
    let shop = hub.machine();
    shop.git(&["push", "--quiet", "origin", "main"]);
    let _head = git(&hub.path(), &["symbolic-ref", "HEAD", "refs/heads/main"]);
    let first = print_much(&shop, 1);
    assert_eq!(shop.run(&["sync", "--yes", "origin"]).code, 0);
    let found = size(&shop);
    assert_eq!(found["cloned_from"], json!(["origin"]));
    let commands: Vec<&str> =
        found["keep_out"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    let [new, not_fetched, nothing_left, alone] = commands[..] else { panic!("{commands:?}") };
    let said = shop.run(&["status", "--size"]).stdout;
    assert!(commands.iter().all(|command| said.contains(command)), "{said}");

    let bob = Shop::new();
    let home = bob.place.home.path().canonicalize().unwrap();
    let sh = |folder: &Path, command: &str| {
        let ran = bob.command("sh", folder).args(["-ec", command]).output().unwrap();
        assert!(ran.status.success(), "{command}: {}", String::from_utf8_lossy(&ran.stderr));
    };
    let branches = |clone: &Path| bob.git_in(clone, &["branch", "--remotes"]);
    let has_sessions = |clone: &Path| {
        let list = ["cat-file", "--batch-all-objects", "--batch-check"];
        let objects = bob.git_in(clone, &list);
        let sizes = objects.lines().map(|line| line.rsplit(' ').next().unwrap().parse::<u64>());
        (branches(clone).contains("opensession"), sizes.map(Result::unwrap).max().unwrap() > 30_000)
    };
    // A new clone. As with any address of a folder, git links files instead of asking for what it wants, unless told.
    sh(&home, &format!("{new} single --no-local"));
    let single = home.join("single");
    assert_eq!(has_sessions(&single), (false, false));
    bob.git_in(&single, &["fetch", "--quiet"]);
    assert_eq!(has_sessions(&single), (false, false));

    // One that has them already.
    bob.git_in(&home, &["clone", "--quiet", "--no-local", hub.path().to_str().unwrap(), "clone"]);
    let clone = home.join("clone");
    assert_eq!(has_sessions(&clone), (true, true));
    sh(&clone, not_fetched);
    sh(&clone, nothing_left);
    assert_eq!(has_sessions(&clone), (false, false));
    print_much(&shop, 2);
    assert_eq!(shop.run(&["sync"]).code, 0);
    shop.git(&["push", "--quiet", "origin", "main:topic"]);
    for arguments in [&["fetch", "--quiet"][..], &["pull", "--quiet"], &["fetch", "--all"]] {
        bob.git_in(&clone, arguments);
        assert_eq!(has_sessions(&clone), (false, false), "{arguments:?}");
    }
    assert!(branches(&clone).contains("origin/topic"), "{}", branches(&clone));
    // Whoever wants them after all asks for them.
    for arguments in [&["init", "--yes"][..], &["sync", "--yes", "origin"]] {
        let ran = bob.run_in(&clone, arguments);
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    }
    assert!(bob.run_in(&clone, &["list", "--repo", ".", "--json"]).stdout.contains(&first));

    // A remote for the sessions alone, as the last command says.
    let sessions = Hub::new();
    let alone = alone.replace("URL", sessions.path().to_str().unwrap());
    sh(&shop.folder, &alone.replace("sync sessions", "sync --yes sessions"));
    assert_eq!(sessions.sessions().len(), 2);
    fsck_strict(&clone);
    fsck_strict(&single);
    shop.assert_sound();
}
