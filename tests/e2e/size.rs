//! What the sessions weigh in a clone, and how they are kept out of it.

use crate::shop::Shop;
use crate::sync::Hub;
use opensession_testkit::{fsck_strict, git};
use std::collections::BTreeSet;

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
        ran.stdout.contains("with the next `git push`, wherever that goes, to sessions."),
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
