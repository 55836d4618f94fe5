//! A writer that is killed leaves the old state or the new one, and the next one works unaided.

use crate::races::Writer;
use crate::sessions::{assert_sound, grow};
use opensession_store::Store;
use opensession_testkit::{Shape, TestRepository, command};
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
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
