//! Sessions that several machines share through a git remote.

use crate::place::rounds;
use crate::shop::Shop;
use opensession_testkit::{TestHome, command, fsck_strict, git};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};

/// A bare repository that everybody pushes to.
pub(crate) struct Hub {
    home: TestHome,
}

impl Hub {
    pub(crate) fn new() -> Self {
        let home = TestHome::new();
        let _made = git(home.path(), &["init", "--quiet", "--bare", "hub.git"]);
        Self { home }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.home.path().join("hub.git")
    }

    /// Returns a machine with a repository whose `origin` is the hub.
    pub(crate) fn machine(&self) -> Shop {
        let shop = Shop::enabled();
        shop.git(&["remote", "add", "origin", self.path().to_str().unwrap()]);
        shop
    }

    /// Returns the ids of the sessions that stand there, by plain git.
    pub(crate) fn sessions(&self) -> BTreeSet<String> {
        let listing = ["ls-tree", "-r", "--name-only", "opensession/sessions"];
        let listing = git(&self.path(), &listing);
        let manifests = listing.lines().filter_map(|path| path.strip_suffix("/session.json"));
        manifests.map(|path| path.rsplit_once("claude-code.").unwrap().1.to_owned()).collect()
    }

    /// Makes the hub run `script` before it takes a push.
    fn hook(&self, script: &str) {
        let hook = self.path().join("hooks/pre-receive");
        fs::create_dir_all(hook.parent().unwrap()).unwrap();
        fs::write(&hook, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn tree(shop: &Shop) -> String {
    shop.git(&["rev-parse", "opensession/sessions^{tree}"])
}

fn sync(shop: &Shop) -> serde_json::Value {
    let synced = shop.json(&["sync", "--json"]);
    assert!(synced["error"].is_null() && !synced["remote"].is_null(), "{synced}");
    synced
}

#[test]
fn what_one_machine_sends_the_other_receives() {
    let hub = Hub::new();
    let (ann, bob) = (hub.machine(), hub.machine());
    let first = ann.agent(1).id;
    let second = bob.agent(2).id;
    let sent = ann.run(&["sync", "--yes", "origin"]);
    assert_eq!((sent.code, sent.stderr.as_str()), (0, ""), "{}", sent.stdout);
    assert!(sent.stdout.ends_with("sent 1 session (origin)\n"), "{}", sent.stdout);
    assert_eq!(hub.sessions(), BTreeSet::from([first.clone()]));

    // What was only fetched is read already; pulling takes it over and sends nothing.
    assert_eq!(bob.run(&["capture"]).code, 0);
    bob.git(&["fetch", "--quiet"]);
    assert_eq!(bob.json(&["list", "--repo", ".", "--json"]).as_array().unwrap().len(), 2);
    let pulled = bob.run(&["pull"]);
    assert_eq!((pulled.code, pulled.stdout.as_str()), (0, "received 1 session (origin)\n"));
    assert_eq!(hub.sessions().len(), 1);

    let synced = bob.json(&["sync", "--yes", "origin", "--json"]);
    assert_eq!((&synced["sent"], &synced["received"]), (&1.into(), &0.into()), "{synced}");
    assert_eq!(sync(&ann)["received"], 1);
    assert_eq!(tree(&ann), tree(&bob));
    assert_eq!(ann.sessions().into_iter().collect::<BTreeSet<_>>(), [first, second].into());
    // Nothing new: nothing is written, and nothing sent.
    let before = ann.git(&["rev-parse", "opensession/sessions"]);
    let again = ann.run(&["sync"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, "nothing new, here or at origin\n"));
    assert_eq!(ann.git(&["rev-parse", "opensession/sessions"]), before);
    assert_eq!(ann.git(&["status", "--porcelain"]), "");
    ann.assert_sound();
    bob.assert_sound();
    fsck_strict(&hub.path());
}

#[test]
fn one_session_that_goes_on_in_two_places_is_one_or_names_the_other() {
    let hub = Hub::new();
    let (ann, bob) = (hub.machine(), hub.machine());
    let (mut here, mut there) = (ann.agent(1), bob.agent(1));
    assert_eq!(ann.run(&["sync", "--yes", "origin"]).code, 0);
    there.says("and then");
    assert_eq!(bob.run(&["sync", "--yes", "origin"]).code, 0);
    assert_eq!(sync(&ann)["received"], 1);
    assert_eq!((tree(&ann), ann.sessions().len()), (tree(&bob), 1));

    // From here on each has what the other has not: both are kept, under the same names on both machines.
    here.says("and then");
    here.goes_its_own_way("-h");
    there.goes_its_own_way("-t");
    here.says("this way");
    there.says("that way");
    there.says("and on");
    sync(&ann);
    let forked = sync(&bob);
    sync(&ann);
    let [fork] = &forked["forks"].as_array().unwrap()[..] else { panic!("{forked}") };
    assert_eq!((tree(&ann), ann.sessions().len()), (tree(&bob), 2));
    let path =
        format!("opensession/sessions:v1/2026/03/02/{}/session.json", fork.as_str().unwrap());
    let manifest: serde_json::Value = serde_json::from_str(&ann.git(&["show", &path])).unwrap();
    assert_eq!(manifest["forked_from"]["session"], format!("claude-code.{}", here.id));
    // Both go on, and keep their names.
    here.says("still this way");
    there.says("still that way");
    for shop in [&ann, &bob, &ann, &bob] {
        sync(shop);
    }
    assert_eq!((tree(&ann), ann.sessions().len()), (tree(&bob), 2));
    let before = ann.git(&["rev-parse", "opensession/sessions"]);
    assert_eq!((sync(&ann)["sent"].as_u64(), sync(&ann)["received"].as_u64()), (Some(0), Some(0)));
    assert_eq!(ann.git(&["rev-parse", "opensession/sessions"]), before);
    ann.assert_sound();
    bob.assert_sound();
}

#[test]
fn a_branch_that_somebody_replaced_or_deleted_at_the_remote_comes_back_whole() {
    let hub = Hub::new();
    let (ann, bob) = (hub.machine(), hub.machine());
    let ids = BTreeSet::from([ann.agent(1).id, bob.agent(2).id]);
    assert_eq!(ann.run(&["sync", "--yes", "origin"]).code, 0);
    let first = ann.git(&["rev-parse", "opensession/sessions"]);
    assert_eq!(bob.run(&["sync", "--yes", "origin"]).code, 0);
    // A plain fetch brought what nobody has joined, and then it is gone at the remote.
    ann.git(&["fetch", "--quiet"]);
    let branch = "refs/heads/opensession/sessions";
    let _replaced = git(&hub.path(), &["update-ref", branch, &first]);
    sync(&ann);
    assert_eq!(hub.sessions(), ids);
    let _deleted = git(&hub.path(), &["update-ref", "-d", branch]);
    sync(&bob);
    assert_eq!(hub.sessions(), ids);
    sync(&ann);
    assert_eq!(tree(&ann), tree(&bob));
    ann.assert_sound();
    fsck_strict(&hub.path());
}

#[test]
fn a_purge_reaches_the_remote_and_every_clone() {
    let hub = Hub::new();
    let (ann, bob) = (hub.machine(), hub.machine());
    let (secret, mut other) = (ann.agent(1).id, bob.agent(2));
    assert_eq!(ann.run(&["sync", "--yes", "origin"]).code, 0);
    assert_eq!(bob.run(&["sync", "--yes", "origin"]).code, 0);
    sync(&ann);
    let forgotten = ann.run(&["forget", &secret, "--yes"]);
    assert_eq!(forgotten.code, 0, "{}", forgotten.stderr);
    let purged = ann.run(&["purge", "--yes"]);
    assert_eq!(purged.code, 0, "{}", purged.stderr);
    // A clone that knows nothing of it went on meanwhile, and was faster.
    other.says("more");
    sync(&bob);
    let synced = ann.run(&["sync"]);
    assert_eq!(synced.code, 0, "{}{}", synced.stdout, synced.stderr);
    sync(&bob);
    sync(&ann);
    assert_eq!(tree(&ann), tree(&bob));
    assert_eq!(hub.sessions(), BTreeSet::from([other.id.clone()]));
    let branch = "refs/heads/opensession/sessions";
    let objects = git(&hub.path(), &["rev-list", "--objects", branch]);
    assert!(!objects.contains(&format!("claude-code.{secret}/session.json")), "{objects}");
    assert_eq!(git(&hub.path(), &["rev-list", "--max-parents=0", "--count", branch]), "1");
    ann.assert_sound();
    bob.assert_sound();
    fsck_strict(&hub.path());
}

#[test]
fn nothing_leaves_before_somebody_agreed_to_the_remote() {
    let hub = Hub::new();
    let shop = hub.machine();
    let mut agent = shop.agent(1);
    agent.run("ls", "a\n");
    for (arguments, said) in [
        (&["sync"][..], "sync --yes origin"),
        (&["sync", "--yes"], "sync --yes origin"),
        (&["sync", "--json"], "sync --yes origin"),
        (&["sync", "--yes", "upstream"], "remote upstream"),
    ] {
        let refused = shop.run(arguments);
        assert!(matches!(refused.code, 2 | 3), "{}: {}", refused.code, refused.stderr);
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
    let shown = shop.run(&["sync", "--dry-run"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(shown.stdout.contains("1 session would leave, of 2026-03-02"), "{}", shown.stdout);
    assert_eq!(git(&hub.path(), &["for-each-ref"]), "");

    assert_eq!(shop.run(&["sync", "--yes", "origin"]).code, 0);
    assert_eq!(hub.sessions().len(), 1);
    // The same name at another address is another remote.
    let other = Hub::new();
    shop.git(&["remote", "set-url", "origin", other.path().to_str().unwrap()]);
    agent.says("more");
    let refused = shop.run(&["sync"]);
    assert_eq!(refused.code, 2, "{}", refused.stdout);
    assert!(refused.stderr.contains("hub.git, not with origin"), "{}", refused.stderr);
    assert_eq!(git(&other.path(), &["for-each-ref"]), "");

    // A repository that keeps no sessions has none to share.
    let plain = Shop::new();
    let refused = plain.run(&["sync"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("opensession init"), "{}", refused.stderr);
}

#[test]
fn a_secret_that_was_stored_stops_the_push() {
    let hub = Hub::new();
    let shop = hub.machine();
    let mut agent = shop.agent(1);
    let token = format!("ghp_{}", "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5".get(..36).unwrap());
    agent.run("cat token", &format!("{token}\n"));
    // Somebody let it pass, and thought better of it.
    assert_eq!(shop.run(&["secrets", "allow", "github-token"]).code, 0);
    assert_eq!(shop.run(&["capture"]).code, 0);
    fs::remove_file(shop.folder.join(".git/opensession/redaction.allow")).unwrap();
    agent.says("go on");
    let stopped = shop.run(&["sync", "--yes", "origin"]);
    assert_eq!(stopped.code, 1, "{}{}", stopped.stdout, stopped.stderr);
    assert!(
        stopped.stderr.contains(&agent.id) && stopped.stderr.contains("event"),
        "{}",
        stopped.stderr
    );
    assert!(!stopped.stderr.contains(&token) && stopped.stderr.contains("--redact-again"));
    assert_eq!(git(&hub.path(), &["for-each-ref"]), "");
    // Masked now, but still in the history that would leave.
    assert_eq!(shop.run(&["capture", "--redact-again", "--repo", "."]).code, 0);
    let stopped = shop.run(&["sync"]);
    assert_eq!(stopped.code, 1, "{}{}", stopped.stdout, stopped.stderr);
    assert!(stopped.stderr.contains("older state"), "{}", stopped.stderr);
    assert_eq!(git(&hub.path(), &["for-each-ref"]), "");
    assert_eq!(shop.run(&["purge", "--yes"]).code, 0);
    sync(&shop);
    let sent = git(&hub.path(), &["cat-file", "--batch-all-objects", "--batch-check"]);
    assert_eq!(sent.lines().filter(|object| object.contains(" commit ")).count(), 1, "{sent}");
    assert_eq!(hub.sessions(), BTreeSet::from([agent.id.clone()]));
    shop.assert_sound();
}

#[test]
fn what_a_remote_refuses_stays_and_goes_with_the_next_sync() {
    let hub = Hub::new();
    let shop = hub.machine();
    let mut agent = shop.agent(1);
    hub.hook("echo 'sessions are not welcome' >&2; exit 1");
    let refused = shop.run(&["sync", "--yes", "origin"]);
    assert_eq!(refused.code, 77, "{}{}", refused.stdout, refused.stderr);
    assert!(refused.stderr.contains("sessions are not welcome"), "{}", refused.stderr);
    assert_eq!(shop.sessions().len(), 1);
    agent.says("more");

    // Nobody there.
    let path = hub.path();
    let away = path.with_extension("away");
    fs::rename(&path, &away).unwrap();
    let refused = shop.run(&["sync"]);
    assert!(matches!(refused.code, 3 | 4), "{}: {}", refused.code, refused.stderr);
    fs::rename(&away, &path).unwrap();
    fs::remove_file(path.join("hooks/pre-receive")).unwrap();
    assert_eq!(sync(&shop)["sent"], 1);
    assert_eq!(hub.sessions().len(), 1);
    shop.assert_sound();
    fsck_strict(&hub.path());
}

#[test]
fn many_machines_at_once_come_to_the_same() {
    let (machines, sessions) = (rounds(6, 50), rounds(3, 10));
    let hub = Hub::new();
    let shops: Vec<Shop> = (0..machines).map(|_| hub.machine()).collect();
    let mut ids = BTreeSet::new();
    for (index, shop) in shops.iter().enumerate() {
        for session in 0..sessions {
            let number = u32::try_from(index * sessions + session).unwrap();
            ids.insert(shop.agent(number).id);
        }
    }
    let start = |shop: &Shop| -> Child {
        let mut syncing = command(env!("CARGO_BIN_EXE_opensession"), &shop.folder);
        let syncing = syncing.env("HOME", shop.place.home.path());
        let syncing = syncing.args(["sync", "--yes", "origin"]);
        syncing.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    for _round in 0..2 {
        let running: Vec<Child> = shops.iter().map(start).collect();
        for syncing in running {
            let output = syncing.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    assert_eq!(hub.sessions(), ids);
    let trees: BTreeSet<String> = shops.iter().map(tree).collect();
    assert_eq!(trees.len(), 1);
    shops[0].assert_sound();
    fsck_strict(&hub.path());
}
