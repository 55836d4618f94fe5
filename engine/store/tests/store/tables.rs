//! Refs in tables: writers together, locks, damage.

use crate::sessions::{assert_stored, grow, grown, key, start, write};
use opensession_store::{ErrorKind, Store};
use opensession_testkit::{Shape, TestRepository, command};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

#[test]
fn a_tip_in_a_table_whose_commit_is_gone_is_healed_from_the_one_before() {
    let repository = TestRepository::new(Shape::BareReftable);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    let before = repository.git(&["rev-parse", "opensession/sessions"]);
    let packs = store.git_dir().join("objects/pack");
    let list = || fs::read_dir(&packs).unwrap().map(|entry| entry.unwrap().path());
    let old: Vec<_> = list().collect();
    let draft = grown(&store, "b", &[1]);
    grow(&store, "b", &[1]);
    for path in list().filter(|path| !old.contains(path)) {
        fs::remove_file(path).unwrap();
    }
    // The store that wrote it has the pack open still.
    let store = Store::open(repository.path()).unwrap();
    let branch = store.branch().unwrap().unwrap();
    assert_eq!(branch.commit().to_string(), before);
    assert!(branch.damage().is_some());
    // What is lost is captured again.
    assert_eq!(write(&store, vec![draft]).stored.len(), 1);
    assert!(store.branch().unwrap().unwrap().damage().is_none());
    assert_eq!(repository.git(&["rev-parse", "opensession/sessions~1"]), before);
    assert!(store.fsck(&mut |_done, _total| {}).unwrap().is_empty());
}

/// Git leaves out of a list of refs what it cannot read; that must not pass for a repository without our branch.
#[test]
fn a_damaged_table_is_never_taken_for_an_empty_one() {
    let repository = TestRepository::new(Shape::BareReftable);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    let first = repository.git(&["rev-parse", "opensession/sessions"]);
    grow(&store, "a", &[1]);
    let _quiet = repository.git(&["pack-refs", "--all"]);
    let tip = repository.git(&["rev-parse", "opensession/sessions"]);
    let tables = fs::read_dir(store.git_dir().join("reftable")).unwrap();
    let mut tables: Vec<_> = tables.map(|entry| entry.unwrap().path()).collect();
    tables.retain(|path| path.extension().is_some_and(|extension| extension == "ref"));
    let [table] = &tables[..] else { panic!("{tables:?}") };
    let sound = fs::read(table).unwrap();
    let (mut refused, mut healed) = (0, 0);
    for at in (0..sound.len()).step_by(3) {
        let mut bytes = sound.clone();
        bytes[at] ^= 0xff;
        fs::write(table, bytes).unwrap();
        match store.branch() {
            Ok(branch) => {
                let branch = branch.unwrap();
                let commit = branch.commit().to_string();
                assert!(commit == tip || commit == first && branch.damage().is_some(), "{at}");
                healed += usize::from(branch.damage().is_some());
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Corrupt, "{at}: {error}");
                assert_eq!(store.fsck(&mut |_done, _total| {}).unwrap().len(), 1);
                refused += 1;
            }
        }
    }
    assert!(refused > 20 && healed > 0, "{refused} {healed}");
    fs::write(table, sound).unwrap();
    assert_eq!(assert_stored(repository.path()), 1);
}

/// Somebody else holds the tables for a while, and moves the ref under a writer.
#[test]
fn writers_of_tables_lose_nothing() {
    let repository = TestRepository::new(Shape::Reftable);
    std::thread::scope(|scope| {
        for id in ["a", "b", "c"] {
            let path = repository.path();
            scope.spawn(move || {
                let store = Store::open(path).unwrap();
                for _ in 0..4 {
                    grow(&store, id, &[1]);
                }
            });
        }
        for n in 0..20 {
            let name = format!("refs/heads/other-{n}");
            // Git's own writers of tables do not wait for each other long.
            let update =
                || command("git", repository.path()).args(["update-ref", &name, "main"]).output();
            while !update().unwrap().status.success() {}
        }
    });
    let store = Store::open(repository.path()).unwrap();
    let branch = store.branch().unwrap().unwrap();
    for id in ["a", "b", "c"] {
        let entry = branch.find(&key(id), None).unwrap().unwrap();
        assert_eq!(branch.manifest(&entry).unwrap().events(), 4);
    }
    assert_eq!(repository.git(&["rev-list", "--count", "opensession/sessions"]), "12");
    assert_eq!(assert_stored(repository.path()), 3);
}

/// Dates the file at `path` to an hour ago.
fn age(path: &Path) {
    let hour_ago = fs::metadata(path).unwrap().modified().unwrap() - Duration::from_secs(3600);
    fs::File::options().append(true).open(path).unwrap().set_modified(hour_ago).unwrap();
}

#[test]
fn the_lock_of_a_living_git_is_waited_for() {
    let repository = TestRepository::new(Shape::BareReftable);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    let tip = repository.git(&["rev-parse", "opensession/sessions"]);
    let mut git = command("git", repository.path());
    let git = git.args(["update-ref", "--stdin"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut git = git.spawn().unwrap();
    let mut orders = git.stdin.take().unwrap();
    let mut answers = BufReader::new(git.stdout.take().unwrap()).lines();
    orders.write_all(format!("start\ncreate refs/heads/x {tip}\nprepare\n").as_bytes()).unwrap();
    assert_eq!(answers.next().unwrap().unwrap(), "start: ok");
    assert_eq!(answers.next().unwrap().unwrap(), "prepare: ok");
    let lock = store.git_dir().join("reftable/tables.list.lock");
    age(&lock);
    let soon = Duration::from_millis(200);
    let error = store.write(vec![grown(&store, "a", &[2])], start(), soon).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    assert!(lock.exists());
    orders.write_all(b"commit\n").unwrap();
    drop(orders);
    assert!(git.wait().unwrap().success());
    grow(&store, "a", &[2]);
    assert_eq!(repository.git(&["rev-parse", "x"]), tip);
    assert_eq!(assert_stored(repository.path()), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_lock_that_nobody_holds_is_removed_once_it_is_old() {
    let repository = TestRepository::new(Shape::BareReftable);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    // A git that runs for another reason.
    let mut other = command("git", repository.path());
    let mut other = other.args(["cat-file", "--batch"]).stdin(Stdio::piped()).spawn().unwrap();
    let lock = store.git_dir().join("reftable/tables.list.lock");
    fs::write(&lock, "").unwrap();
    let soon = Duration::from_millis(200);
    let error = store.write(vec![grown(&store, "a", &[2])], start(), soon).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    assert!(lock.exists());
    age(&lock);
    grow(&store, "a", &[2]);
    drop(other.stdin.take());
    other.wait().unwrap();
    assert_eq!(assert_stored(repository.path()), 1);
}

#[test]
fn tables_are_on_the_disk_before_a_write_returns() {
    let repository = TestRepository::new(Shape::BareReftable);
    let trace = repository.home().path().join("trace");
    let mut strace = command("strace", repository.path());
    strace.args(["-f", "-y", "-qq", "-e", "trace=fsync,rename,unlink", "-o"]).arg(&trace);
    strace.arg(std::env::current_exe().unwrap()).args(["--exact", "races::writer"]);
    strace.env("STORE_TEST_REPOSITORY", repository.path());
    strace.env("STORE_TEST_SESSION", "a").env("STORE_TEST_ROUNDS", "1");
    // Sandboxes without ptrace cannot run this.
    if !strace.output().is_ok_and(|output| output.status.success()) {
        println!("skipped: strace does not run here");
        return;
    }
    let trace = fs::read_to_string(trace).unwrap();
    let calls: Vec<&str> =
        trace.lines().filter(|line| line.contains("/re") || line.contains(".keep")).collect();
    let mut synced = BTreeSet::new();
    let mut moved = false;
    for call in calls {
        if call.contains("fsync(") {
            let path = call.split(['<', '>']).nth(1).unwrap();
            moved &= !path.ends_with("/reftable");
            synced.insert(path);
        } else if call.contains("rename(") {
            let path = call.split('"').nth(1).unwrap();
            assert!(synced.contains(path), "{path} was not synced");
            moved |= path.contains("/reftable/");
        } else if call.contains(".keep\"") {
            assert!(!moved, "the folder was not synced");
        }
    }
    assert!(synced.iter().any(|path| path.ends_with("tables.list.lock")), "{trace}");
}
