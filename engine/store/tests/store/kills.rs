//! A writer that is killed leaves the old state or the new one, and the next one works unaided.

use crate::races::Writer;
use crate::remotes::{fetch, is_clean, joined, push};
use crate::sessions::{assert_sound, grow};
use opensession_store::Store;
use opensession_testkit::{Shape, TestRepository, command, fsck_strict};
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Stdio;

/// Returns how many events each session has; asserts that no write is half there.
fn events(store: &Store) -> u64 {
    let Some(branch) = store.branch().unwrap() else {
        return 0;
    };
    assert_eq!(branch.damage(), None);
    branch.newest().map(|entry| branch.manifest(&entry.unwrap()).unwrap().events()).sum()
}

fn assert_nothing_is_left(store: &Store) {
    for folder in ["objects/pack", "opensession", "refs/heads/opensession"] {
        for entry in fs::read_dir(store.git_dir().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let is_left = [".keep", ".new", ".lock"].iter().any(|end| name.ends_with(end));
            assert!(!is_left, "{folder}/{name}");
        }
    }
}

#[test]
fn kills_at_any_moment_lose_nothing_and_wedge_nothing() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    let mut before = 0;
    for n in 0..50 {
        // A writer that never ends by itself, killed once it has written a few more or fewer times.
        let writer = Writer::start(repository.path(), "a", 1_000_000);
        while events(&store) < before + n % 4 {
            std::thread::yield_now();
        }
        drop(writer);
        let after = events(&store);
        assert!(after >= before + n % 4);
        before = after;
    }
    grow(&store, "a", &[1]);
    assert_eq!(events(&store), before + 1);
    assert_nothing_is_left(&store);
    assert_eq!(assert_sound(repository.path()), 1);
}

/// Runs a write that strace kills at the `step`-th call of `name`; returns whether it got through alive.
fn write_killed_at(repository: &TestRepository, name: &str, step: u32) -> bool {
    let mut strace = command("strace", repository.path());
    strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={name}")]);
    strace.args(["-e", &format!("inject={name}:signal=KILL:when={step}")]);
    strace.arg(std::env::current_exe().unwrap()).args(["--exact", "races::writer"]);
    strace.env("STORE_TEST_REPOSITORY", repository.path());
    strace.env("STORE_TEST_SESSION", "a").env("STORE_TEST_ROUNDS", "1");
    let status = strace.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    status.signal().is_none() && status.success()
}

/// Kills a write at its first, second, third … call of everything that changes a file, until it gets through.
#[test]
fn a_kill_at_every_file_operation_leaves_the_old_state_or_the_new_one() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    // Sandboxes without ptrace cannot run this; the test of random kills covers them.
    if command("strace", repository.path()).arg("true").stderr(Stdio::null()).status().is_err() {
        return;
    }
    grow(&store, "a", &[1]);
    let mut before = events(&store);
    let mut kills = 0;
    for name in ["write", "fsync", "rename", "linkat", "unlink", "ftruncate", "fchmod"] {
        let mut step = 1;
        while !write_killed_at(&repository, name, step) {
            let after = events(&store);
            assert!(after == before || after == before + 1, "{name} {step}");
            before = after;
            step += 1;
        }
        before = events(&store);
        kills += step - 1;
    }
    assert!(kills > 20, "{kills}");
    grow(&store, "a", &[1]);
    assert_nothing_is_left(&store);
    assert_eq!(assert_sound(repository.path()), 1);
}

/// Fetches and pushes, where a test that kills it says in which repository.
#[test]
fn exchange() {
    #[allow(clippy::disallowed_methods, reason = "the parent says what to work in")]
    let Some(path) = std::env::var_os("STORE_TEST_EXCHANGE").map(PathBuf::from) else { return };
    let store = Store::open(&path).unwrap();
    let origin = store.remote("origin").unwrap();
    assert!(fetch(&store, &origin).unwrap().tip.is_some());
    // It is no continuation of what was fetched: git still goes all the way to the remote.
    push(&store, &origin).unwrap();
}

/// Kills a fetch and a push, or one of the gits that they start, at every first, second, third … call that changes a
/// file's name or promises that it is on the disk.
#[test]
fn a_kill_while_remotes_are_talked_to_leaves_nothing_half_done() {
    let hub = TestRepository::new(Shape::Bare);
    let theirs = Store::open(hub.path()).unwrap();
    let (repository, store) = joined(Shape::Plain, &hub);
    if command("strace", repository.path()).arg("true").stderr(Stdio::null()).status().is_err() {
        return;
    }
    grow(&store, "ours", &[1]);
    let origin = store.remote("origin").unwrap();
    // Git's own lock on a ref of git's: nobody can tell while other gits run, so it takes its time to be cleared.
    let lock = store.git_dir().join("refs/remotes/origin/opensession/sessions.lock");
    let mut kills = 0;
    for name in ["fsync", "rename", "unlink", "linkat"] {
        for step in 1.. {
            grow(&theirs, "theirs", &[100]);
            let mut strace = command("strace", repository.path());
            strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={name}")]);
            strace.args(["-e", &format!("inject={name}:signal=KILL:when={step}")]);
            strace.arg(std::env::current_exe().unwrap()).args(["--exact", "kills::exchange"]);
            strace.env("STORE_TEST_EXCHANGE", repository.path());
            let ended = strace.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
            let got_through = ended.signal().is_none() && ended.success();
            assert_eq!(assert_sound(repository.path()), 1, "{name} {step}");
            fsck_strict(hub.path());
            if lock.exists() {
                fs::remove_file(&lock).unwrap();
            }
            let tip = theirs.branch().unwrap().unwrap().commit();
            assert_eq!(fetch(&store, &origin).unwrap().tip, Some(tip), "{name} {step}");
            assert!(is_clean(store.git_dir()), "{name} {step}");
            if got_through {
                break;
            }
            kills += 1;
        }
    }
    assert!(kills > 10, "{kills}");
    grow(&store, "ours", &[1]);
    assert_nothing_is_left(&store);
}
