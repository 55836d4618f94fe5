//! Sessions that leave behind the user's own `git push`.

use crate::shop::Shop;
use crate::sync::Hub;
use opensession_testkit::{fsck_strict, git};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

/// A shop whose sessions are shared with `origin`, the hub.
fn sharing(hub: &Hub) -> Shop {
    let shop = Shop::new();
    shop.git(&["remote", "add", "origin", hub.path().to_str().unwrap()]);
    let ran = shop.run(&["init", "--yes", "--share=origin"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("Sessions leave for origin with the next `git push`."),
        "{}",
        ran.stdout
    );
    shop
}

fn push(shop: &Shop, arguments: &[&str]) -> Output {
    shop.command("git", &shop.folder).arg("push").args(arguments).output().unwrap()
}

/// Returns what stands at the hub beside what people pushed.
fn shared(hub: &Hub) -> BTreeSet<String> {
    let refs = git(&hub.path(), &["for-each-ref", "refs/heads/opensession"]);
    if refs.is_empty() { BTreeSet::new() } else { hub.sessions() }
}

/// Waits until nobody shares any more.
fn settle(shop: &Shop) {
    shop.wait_until("all pushes are worked off", || {
        let pushes = shop.folder.join(".git/opensession/pushes");
        let turn = fs::File::open(pushes.join("turn"));
        turn.is_ok_and(|turn| turn.try_lock().is_ok()) && waiting(&pushes) == 0
    });
}

fn waiting(pushes: &Path) -> usize {
    let entries = fs::read_dir(pushes).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().path().extension().is_some()).count()
}

fn remembered(shop: &Shop) -> String {
    let status = shop.json(&["status", "--json"]);
    status["unshared"][0]["reason"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_hook_that_somebody_replaced_is_missed_until_it_is_put_in_again_or_given_up() {
    let hub = Hub::new();
    let shop = sharing(&hub);
    let hooks = || shop.json(&["status", "--json"])["repository"]["hooks"].to_string();
    assert!(hooks().contains(r#""state":"installed","target":"pre-push""#), "{}", hooks());
    let hook = shop.folder.join(".git/hooks/pre-push");
    fs::remove_file(&hook).unwrap();
    assert!(hooks().contains(r#""state":"missing","target":"pre-push""#), "{}", hooks());
    let status = shop.run(&["status"]).stdout;
    assert!(
        status.contains("pre-push missing; `opensession init --share` installs them"),
        "{status}"
    );
    assert_eq!(shop.run(&["init", "--yes", "--share"]).code, 0);
    assert!(hook.exists() && !shop.run(&["status"]).stdout.contains("missing"));
    // Who only syncs has no such hook, and misses none.
    assert_eq!(shop.run(&["deinit", "--yes"]).code, 0);
    assert!(!shop.folder.join(".git/opensession/pushes").exists());
    assert_eq!(shop.run(&["init", "--yes"]).code, 0);
    assert_eq!(shop.run(&["sync", "--yes", "origin"]).code, 0);
    assert!(!hooks().contains("pre-push"), "{}", hooks());
    shop.assert_sound();
}

#[test]
fn a_push_of_ones_own_shares_the_sessions() {
    let hub = Hub::new();
    let shop = sharing(&hub);
    assert!(shared(&hub).is_empty());
    let mut agent = shop.agent(1);
    agent.edit("prices.txt", "apple 10", "apple 11");
    shop.commit("dearer apples");
    let first = agent.id.clone();
    let pushed = push(&shop, &["--quiet", "origin", "main"]);
    assert!(
        pushed.status.success() && pushed.stdout.is_empty() && pushed.stderr.is_empty(),
        "{pushed:?}"
    );
    shop.wait_until("the session is shared", || shared(&hub).contains(&first));
    settle(&shop);

    // Several in a row, and one of nothing: whoever is at it takes all along.
    let second = shop.agent(2).id;
    for _ in 0..5 {
        assert!(push(&shop, &["--quiet", "origin", "main"]).status.success());
    }
    shop.wait_until("the other one is shared", || shared(&hub).contains(&second));
    settle(&shop);
    let ours = || shop.git(&["rev-parse", "opensession/sessions"]);
    assert_eq!(git(&hub.path(), &["rev-parse", "opensession/sessions"]), ours());
    assert_eq!(remembered(&shop), "");

    // Who pushes the branch gets what git does, and nobody else is at it.
    shop.agent(3);
    assert_eq!(shop.run(&["capture"]).code, 0);
    assert!(push(&shop, &["--quiet", "origin", "opensession/sessions"]).status.success());
    assert_eq!(shared(&hub).len(), 3);
    settle(&shop);
    shop.settle();
    shop.assert_sound();
    fsck_strict(&hub.path());
}

#[test]
fn git_says_and_does_the_same_with_and_without_us() {
    let (with, without) = (Hub::new(), Hub::new());
    let sharing = sharing(&with);
    let plain = Shop::new();
    plain.git(&["remote", "add", "origin", without.path().to_str().unwrap()]);
    let said = |shop: &Shop, hub: &Hub, arguments: &[&str]| {
        let Output { status, stdout, stderr } = push(shop, arguments);
        let text =
            |bytes| String::from_utf8(bytes).unwrap().replace(hub.path().to_str().unwrap(), "HUB");
        (status.code(), text(stdout), text(stderr))
    };
    let same = |arguments: &[&str]| {
        let expected = said(&plain, &without, arguments);
        assert_eq!(said(&sharing, &with, arguments), expected, "{arguments:?}");
        expected.0
    };
    assert_eq!(same(&["origin", "main"]), Some(0));
    assert_eq!(same(&["origin", "main"]), Some(0));
    assert_eq!(same(&["--porcelain", "origin", "main:topic"]), Some(0));
    assert_eq!(same(&["origin", "nothing"]), Some(1));
    assert_eq!(same(&["origin", "--delete", "topic"]), Some(0));
    settle(&sharing);
    // Without the program, too.
    let hook = sharing.folder.join(".git/hooks/pre-push");
    let binary = env!("CARGO_BIN_EXE_opensession");
    let text = fs::read_to_string(&hook).unwrap().replace("command -v opensession", "false");
    fs::write(&hook, text.replace(binary, "/nowhere/opensession")).unwrap();
    assert_eq!(same(&["origin", "main:other"]), Some(0));
    sharing.assert_sound();
}

#[test]
fn what_the_remote_refuses_is_told_until_it_is_shared() {
    let hub = Hub::new();
    let shop = sharing(&hub);
    let session = shop.agent(1).id;
    let update = hub.path().join("hooks/update");
    fs::create_dir_all(update.parent().unwrap()).unwrap();
    let script = "#!/bin/sh\ncase $1 in */sessions) echo 'no sessions here' >&2; exit 1 ;; esac\n";
    fs::write(&update, script).unwrap();
    fs::set_permissions(&update, fs::Permissions::from_mode(0o755)).unwrap();
    let pushed = push(&shop, &["--quiet", "origin", "main"]);
    assert!(pushed.status.success() && pushed.stderr.is_empty(), "{pushed:?}");
    shop.wait_until("it is remembered", || !remembered(&shop).is_empty());
    settle(&shop);
    assert_eq!(git(&hub.path(), &["rev-parse", "main"]), shop.head());
    assert!(shared(&hub).is_empty());
    let listed = shop.run(&["list"]);
    assert_eq!((listed.code, listed.stderr.lines().count()), (0, 1), "{}", listed.stderr);
    let start = "attention: the sessions of ~/shop could not be shared (since ";
    assert!(listed.stderr.starts_with(start), "{}", listed.stderr);
    assert!(listed.stderr.contains("no sessions here"), "{}", listed.stderr);
    assert!(shop.run(&["status"]).stdout.contains("no sessions here"));

    fs::remove_file(&update).unwrap();
    assert!(push(&shop, &["--quiet", "origin", "main:again"]).status.success());
    shop.wait_until("it is shared", || shared(&hub).contains(&session));
    settle(&shop);
    assert_eq!((remembered(&shop).as_str(), shop.run(&["list"]).stderr.as_str()), ("", ""));
    shop.assert_sound();
    fsck_strict(&hub.path());
}

#[test]
fn only_the_remote_that_was_agreed_to_gets_any() {
    let (hub, other) = (Hub::new(), Hub::new());
    let shop = sharing(&hub);
    let address = other.path().to_str().unwrap().to_owned();
    shop.git(&["remote", "add", "other", &address]);
    shop.agent(1);
    let refs = |hub: &Hub| git(&hub.path(), &["for-each-ref", "--format=%(refname)"]);
    assert!(push(&shop, &["--quiet", "other", "main"]).status.success());
    // What the hook starts, to its end.
    assert_eq!(shop.run(&["hook", "pre-push", "other", &address]).code, 0);
    assert_eq!(shop.run(&["hook", "pre-push", "origin", &address]).code, 0);
    assert_eq!(shop.run(&["hook", "pre-push"]).code, 0);
    assert_eq!((refs(&hub).as_str(), refs(&other).as_str()), ("", "refs/heads/main"));

    // The name leads elsewhere by now: that is another remote, and it is said.
    shop.git(&["remote", "set-url", "origin", &address]);
    assert_eq!(shop.run(&["hook", "pre-push", "origin", &address]).code, 0);
    assert_eq!((refs(&hub).as_str(), refs(&other).as_str()), ("", "refs/heads/main"));
    assert!(remembered(&shop).contains("not agreed"), "{}", remembered(&shop));
    shop.assert_sound();
}

#[test]
fn sharing_is_agreed_to_before_it_begins_and_ends_without_a_trace() {
    let hub = Hub::new();
    let shop = Shop::new();
    shop.git(&["remote", "add", "origin", hub.path().to_str().unwrap()]);
    let hook = shop.folder.join(".git/hooks/pre-push");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\nexit 0").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let config = shop.folder.join(".git/config");
    let bytes = || (fs::read(&hook).unwrap(), fs::read(&config).unwrap());
    let before = bytes();
    for arguments in [&["init", "--share"][..], &["init", "--share", "--yes"]] {
        let refused = shop.run(arguments);
        assert_eq!(refused.code, 2, "{}", refused.stdout);
        assert!(refused.stderr.contains("--share="), "{}", refused.stderr);
        assert_eq!(bytes(), before);
    }
    let done = shop.json(&["init", "--yes", "--share=origin", "--json"]);
    assert_eq!(done["shared_with"], "origin");
    assert_eq!(done["hooks"].as_array().unwrap().len(), 4, "{done}");
    let shared = bytes();
    assert_ne!(shared, before);
    // Again, with and without: what is there stays.
    for arguments in [&["init", "--yes"][..], &["init", "--yes", "--share"]] {
        let again = shop.run(arguments);
        assert!(again.stdout.contains("Nothing to do"), "{}{}", again.stdout, again.stderr);
        assert_eq!(bytes(), shared);
    }
    assert_eq!(shop.run(&["deinit", "--yes"]).code, 0);
    assert_eq!(bytes(), before);
    assert_eq!(git(&hub.path(), &["for-each-ref"]), "");
    shop.assert_sound();
}

#[test]
fn status_tells_with_whom_sessions_are_shared_and_what_is_not() {
    let hub = Hub::new();
    let (ann, bob) = (sharing(&hub), sharing(&hub));
    let standing = |shop: &Shop| {
        let stores = shop.json(&["status", "--json"])["stores"].clone();
        let stores = stores.as_array().unwrap().iter().filter(|store| store["home"] == false);
        stores.map(|store| store["sharing"].clone()).next().unwrap()
    };
    let expected = |state: &str, unsent: usize, behind: bool| serde_json::json!({"remote": "origin", "state": state, "unsent": unsent, "behind": behind});
    assert_eq!(standing(&ann), expected("agreed", 0, false));
    ann.agent(1);
    ann.agent(2);
    assert_eq!(ann.run(&["capture"]).code, 0);
    assert_eq!(standing(&ann), expected("agreed", 2, false));
    let said = ann.run(&["status"]).stdout;
    assert!(said.contains("  shared with origin, 2 sessions not sent yet\n"), "{said}");
    assert_eq!(ann.run(&["sync"]).code, 0);
    assert_eq!(standing(&ann), expected("agreed", 0, false));

    // What others sent is known once it was fetched, and joined once it was pulled.
    bob.agent(3);
    assert_eq!(bob.run(&["capture"]).code, 0);
    bob.git(&["fetch", "--quiet"]);
    assert_eq!(standing(&bob), expected("agreed", 1, true));
    let said = bob.run(&["status"]).stdout;
    assert!(said.contains("1 session not sent yet, others sent what is not joined yet"), "{said}");
    assert_eq!(bob.run(&["pull"]).code, 0);
    assert_eq!(standing(&bob), expected("agreed", 1, false));

    bob.git(&["remote", "set-url", "origin", "/elsewhere"]);
    assert_eq!(standing(&bob)["state"], "changed");
    bob.git(&["remote", "remove", "origin"]);
    assert_eq!(standing(&bob)["state"], "gone");
    assert!(bob.run(&["status"]).stdout.contains("was shared with origin, which is gone"));
    assert!(standing(&Shop::enabled()).is_null());
    ann.assert_sound();
    bob.assert_sound();
}

/// Makes the hub run `script` for the sessions branch only, before it takes that.
fn on_sessions(hub: &Hub, script: &str) {
    let update = hub.path().join("hooks/update");
    fs::create_dir_all(update.parent().unwrap()).unwrap();
    let script = format!("#!/bin/sh\ncase $1 in */sessions) {script} ;; esac\n");
    fs::write(&update, script).unwrap();
    fs::set_permissions(&update, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Returns how often the hub was asked to take the sessions branch.
fn asked(hub: &Hub) -> usize {
    let asked = fs::read_to_string(hub.path().join("asked"));
    asked.map_or(0, |asked| asked.lines().count())
}

#[test]
fn a_remote_that_is_asked_too_often_is_left_alone() {
    let hub = Hub::new();
    let shop = sharing(&hub);
    let mut agent = shop.agent(1);
    on_sessions(&hub, "echo asked >> asked; echo 'rate limit exceeded' >&2; exit 1");
    assert!(push(&shop, &["--quiet", "origin", "main"]).status.success());
    shop.wait_until("it is remembered", || !remembered(&shop).is_empty());
    assert!(remembered(&shop).contains("asked too often"), "{}", remembered(&shop));
    let pushes = shop.folder.join(".git/opensession/pushes");
    assert_eq!((asked(&hub), waiting(&pushes)), (1, 1));
    // Neither does a sync by hand ask twice.
    let refused = shop.run(&["sync"]);
    assert_eq!((refused.code, asked(&hub), waiting(&pushes)), (7, 2, 1), "{}", refused.stderr);

    // The next pushes do not ask at once, though the remote would take it by now.
    on_sessions(&hub, "echo asked >> asked");
    for _ in 0..3 {
        agent.says("more");
        assert!(push(&shop, &["--quiet", "origin", "main"]).status.success());
    }
    shop.wait_until("all are queued", || waiting(&pushes) == 4);
    assert_eq!((asked(&hub), shared(&hub).len()), (2, 0));
    // Who asks for it gets it.
    let synced = shop.run(&["sync"]);
    assert_eq!(synced.code, 0, "{}", synced.stderr);
    assert_eq!((asked(&hub), shared(&hub).len()), (3, 1));
    settle(&shop);
    assert_eq!((asked(&hub), remembered(&shop).as_str()), (3, ""));
    shop.assert_sound();
    fsck_strict(&hub.path());
}

#[test]
fn many_pushes_in_a_minute_share_a_few_times() {
    let hub = Hub::new();
    let shop = sharing(&hub);
    on_sessions(&hub, "echo asked >> asked");
    let mut agent = shop.agent(1);
    let tip = |folder: &Path| git(folder, &["rev-parse", "--verify", "opensession/sessions"]);
    for number in 0..10 {
        agent.says("more");
        assert!(push(&shop, &["--quiet", "origin", "main"]).status.success());
        if number < 2 {
            // One after the other, so that none takes another along.
            shop.wait_until("it is shared", || asked(&hub) == number + 1);
            settle(&shop);
        }
    }
    // Pushes of nothing new end at once; these wait until somebody sends what they are about.
    assert_eq!(shop.run(&["sync"]).code, 0);
    settle(&shop);
    assert_eq!(tip(&hub.path()), tip(&shop.folder));
    assert!((3..=4).contains(&asked(&hub)), "{}", asked(&hub));
    assert_eq!(remembered(&shop), "");
    shop.assert_sound();
    fsck_strict(&hub.path());
}
