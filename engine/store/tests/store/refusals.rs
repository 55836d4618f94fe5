//! Remotes that do not do what is asked: each is told apart, its words are kept, and here nothing changes.

use crate::remotes::{LIMITS, fetch, joined, push, push_within, refusal, state, tip};
use crate::sessions::{assert_stored, at, grow};
use opensession_store::{Error, ErrorKind, Limits, Pushed, Refusal, Store};
use opensession_testkit::{Shape, TestRepository, fsck_strict};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

/// A remote that is silent for so long hangs.
pub(crate) const SILENCE: Duration = Duration::from_millis(500);

pub(crate) fn write_script(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// Returns a repository with a session that `hub`, its remote, does not have yet.
pub(crate) fn with_news(hub: &TestRepository) -> (TestRepository, Store) {
    let (repository, store) = joined(Shape::Plain, hub);
    grow(&store, "a", &[10, 2000]);
    (repository, store)
}

/// Asserts that pushing fails so, that nothing changed by it, and that it works again after `mend`.
fn assert_refused(
    store: &Store,
    hub: &TestRepository,
    expected: (Refusal, ErrorKind),
    said: &str,
    mend: impl FnOnce(),
) {
    let before = state(store);
    let origin = store.remote("origin").unwrap();
    let error = push(store, &origin).unwrap_err();
    assert_eq!((refusal(&error), error.kind()), expected, "{error:?}");
    let Error::Refused { words, .. } = &error else { unreachable!("it is one") };
    assert!(words.iter().any(|line| line.contains(said)), "{words:?}");
    assert_eq!(state(store), before, "{error}");
    assert_eq!(assert_stored(store.git_dir().parent().unwrap()), 1);
    mend();
    let origin = store.remote("origin").unwrap();
    assert_eq!(push(store, &origin).unwrap(), Pushed::Updated);
    fsck_strict(hub.path());
}

#[test]
fn hooks_that_decline_are_told_apart_by_what_they_say() {
    for (hook, says, expected) in [
        ("pre-receive", "no sessions in here, please", Refusal::Hook),
        ("update", "no sessions in here, please", Refusal::Hook),
        ("pre-receive", "error: GH006: Protected branch update failed", Refusal::Protected),
        (
            "pre-receive",
            "GitLab: You are not allowed to push code to protected branches on this project.",
            Refusal::Protected,
        ),
        (
            "pre-receive",
            "error: File x is 101.00 MB; this exceeds GitHub's file size limit of 100.00 MB",
            Refusal::TooLarge,
        ),
        ("pre-receive", "repository is over its storage quota", Refusal::Quota),
        ("pre-receive", "you are not allowed to do that", Refusal::NoRights),
    ] {
        let hub = TestRepository::new(Shape::Bare);
        let (_repository, store) = with_news(&hub);
        let script = hub.path().join("hooks").join(hook);
        fs::create_dir_all(hub.path().join("hooks")).unwrap();
        write_script(&script, &format!("echo \"{says}\" >&2; echo '\u{1b}[31mred' >&2; exit 1"));
        let said = says.trim_start_matches("error: ");
        assert_refused(&store, &hub, (expected, ErrorKind::Denied), said, || {
            fs::remove_file(&script).unwrap();
        });
    }
}

#[test]
fn limits_of_the_remote_are_named() {
    let hub = TestRepository::new(Shape::Bare);
    let (_repository, store) = with_news(&hub);
    let _quiet = hub.git(&["config", "receive.maxInputSize", "100"]);
    let expected = (Refusal::TooLarge, ErrorKind::Denied);
    assert_refused(&store, &hub, expected, "pack exceeds maximum allowed size", || {
        let _quiet = hub.git(&["config", "--unset", "receive.maxInputSize"]);
    });
}

#[test]
fn a_remote_that_denies_rewriting_is_no_race() {
    let hub = TestRepository::new(Shape::Bare);
    let (_repository, store) = with_news(&hub);
    let origin = store.remote("origin").unwrap();
    let old = tip(&store);
    grow(&store, "b", &[1]);
    assert_eq!(push(&store, &origin).unwrap(), Pushed::Updated);
    let _quiet = hub.git(&["config", "receive.denyNonFastForwards", "true"]);
    let (new, time) = (tip(&store), at("2026-02-19T12:00:00.000Z"));
    let error = store.push(&origin, old, Some(new), time, &LIMITS, &mut |_step| {}).unwrap_err();
    assert_eq!((refusal(&error), error.kind()), (Refusal::Rewrite, ErrorKind::Denied));
    assert_eq!(hub.git(&["rev-parse", "opensession/sessions"]), new.to_string());
    assert_eq!(
        store.push(&origin, old, None, time, &LIMITS, &mut |_step| {}).unwrap(),
        Pushed::Raced
    );
}

#[test]
fn somebody_who_pushes_at_the_same_moment_is_a_race() {
    let hub = TestRepository::new(Shape::Bare);
    let (_repository, store) = with_news(&hub);
    let origin = store.remote("origin").unwrap();
    let lock = hub.path().join("refs/heads/opensession/sessions.lock");
    fs::create_dir_all(lock.parent().unwrap()).unwrap();
    fs::write(&lock, "").unwrap();
    let before = state(&store);
    assert_eq!(push(&store, &origin).unwrap(), Pushed::Raced);
    assert_eq!(state(&store), before);
    fs::remove_file(&lock).unwrap();
    // Between the look at the branch and its change.
    let other = hub.git(&["commit-tree", "-m", "x", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"]);
    let moves = format!("git update-ref refs/heads/opensession/sessions {other}; exit 0");
    fs::create_dir_all(hub.path().join("hooks")).unwrap();
    let hook = hub.path().join("hooks/pre-receive");
    write_script(&hook, &format!("unset GIT_QUARANTINE_PATH\n{moves}"));
    assert_eq!(push(&store, &origin).unwrap(), Pushed::Raced);
    assert_eq!(state(&store), before);
    assert_eq!(hub.git(&["rev-parse", "opensession/sessions"]), other);
}

#[test]
fn a_branch_in_the_way_and_one_that_is_hidden_are_named() {
    let hub = TestRepository::new(Shape::Bare);
    let (_repository, store) = with_news(&hub);
    let other = hub.git(&["commit-tree", "-m", "x", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"]);
    let _quiet = hub.git(&["update-ref", "refs/heads/opensession", &other]);
    let expected = (Refusal::NameTaken, ErrorKind::Invalid);
    assert_refused(&store, &hub, expected, "refs/heads/opensession", || {
        let _quiet = hub.git(&["update-ref", "-d", "refs/heads/opensession"]);
    });
    let _quiet = hub.git(&["config", "uploadpack.hideRefs", "refs/heads/opensession"]);
    grow(&store, "b", &[1]);
    let error = push(&store, &store.remote("origin").unwrap()).unwrap_err();
    assert_eq!((refusal(&error), error.kind()), (Refusal::Hidden, ErrorKind::Denied));
}

#[cfg(target_os = "linux")]
#[test]
fn a_remote_that_cannot_be_written_is_named() {
    if let Some(path) = crate::limits::mounted() {
        let repository = TestRepository::new(Shape::Plain);
        let store = Store::open(repository.path()).unwrap();
        grow(&store, "a", &[1]);
        let before = state(&store);
        let error = push(&store, &store.remote(path.to_str().unwrap()).unwrap()).unwrap_err();
        assert_eq!(
            (refusal(&error), error.kind()),
            (Refusal::NoRights, ErrorKind::Denied),
            "{error:?}"
        );
        assert_eq!(state(&store), before);
        return;
    }
    let hub = TestRepository::new(Shape::Bare);
    let script = "mount --bind \"$1\" \"$1\"; mount -o remount,ro,bind \"$1\"";
    let name = "refusals::a_remote_that_cannot_be_written_is_named";
    crate::limits::run_mounted(&hub, name, script);
}

#[test]
fn addresses_that_lead_nowhere_are_told_apart() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    let before = state(&store);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (address, expected) in [
        ("/nothing/here.git".to_owned(), Refusal::Missing),
        ("file:///nothing/here.git".to_owned(), Refusal::Missing),
        (format!("http://127.0.0.1:{closed}/x.git"), Refusal::Unreachable),
        (format!("git://127.0.0.1:{closed}/x.git"), Refusal::Unreachable),
        ("ext::sh -c true".to_owned(), Refusal::Protocol),
        ("unheard-of://host/x".to_owned(), Refusal::Protocol),
    ] {
        let remote = store.remote(&address).unwrap();
        for error in [push(&store, &remote).unwrap_err(), fetch(&store, &remote).unwrap_err()] {
            assert_eq!(refusal(&error), expected, "{address}: {error:?}");
        }
        assert_eq!(state(&store), before);
    }
}

#[test]
fn what_ssh_says_is_understood() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    let before = state(&store);
    let ssh = repository.home().path().join("ssh");
    let _quiet = repository.git(&["config", "core.sshCommand", ssh.to_str().unwrap()]);
    let remote = store.remote("git@host:x.git").unwrap();
    for (says, expected, kind) in [
        ("git@host: Permission denied (publickey).", Refusal::Unauthenticated, ErrorKind::Denied),
        ("Host key verification failed.", Refusal::Untrusted, ErrorKind::Denied),
        ("ERROR: Repository not found.", Refusal::Missing, ErrorKind::NotFound),
        ("ERROR: Permission to a/b.git denied to c.", Refusal::NoRights, ErrorKind::Denied),
        (
            "ssh: Could not resolve hostname host: Name or service not known",
            Refusal::UnknownHost,
            ErrorKind::Network,
        ),
        (
            "ssh: connect to host host port 22: Connection refused",
            Refusal::Unreachable,
            ErrorKind::Network,
        ),
        (
            "ssh: connect to host host port 22: Connection timed out",
            Refusal::TimedOut,
            ErrorKind::Network,
        ),
        ("Connection closed by 127.0.0.1 port 22", Refusal::CutOff, ErrorKind::Network),
        ("", Refusal::CutOff, ErrorKind::Network),
    ] {
        write_script(&ssh, &format!("echo '{says}' >&2; exit 255"));
        for error in [push(&store, &remote).unwrap_err(), fetch(&store, &remote).unwrap_err()] {
            assert_eq!((refusal(&error), error.kind()), (expected, kind), "{says}");
            assert!(error.to_string().contains(says), "{error}");
        }
        assert_eq!(state(&store), before);
    }
}

/// Waits until no process runs that has `text` in its command line: who is killed is not gone at once.
#[cfg(target_os = "linux")]
fn assert_gone(text: &str) {
    let is_running = || {
        let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok());
        let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
        lines.into_iter().any(|line| String::from_utf8_lossy(&line).contains(text))
    };
    let started = Instant::now();
    while is_running() {
        assert!(started.elapsed() < LIMITS.total, "{text} still runs");
        std::thread::yield_now();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_remote_that_hangs_is_ended_with_all_that_git_started() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    let before = state(&store);
    // It is accepted by the system, and nobody answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let ssh = repository.home().path().join("ssh-that-hangs");
    // Neither it nor what it starts ends when told to.
    let again = format!("[ \"$1\" = again ] || '{}' again &", ssh.display());
    write_script(&ssh, &format!("trap '' TERM\n{again}\nwhile :; do sleep 3600; done"));
    let _quiet = repository.git(&["config", "core.sshCommand", ssh.to_str().unwrap()]);
    let silence = Limits { silence: SILENCE, ..LIMITS };
    let total = Limits { total: SILENCE, ..LIMITS };
    for (address, limits) in [
        (format!("http://127.0.0.1:{port}/x.git"), silence),
        (format!("git://127.0.0.1:{port}/x.git"), silence),
        ("host:x.git".to_owned(), silence),
        ("host:x.git".to_owned(), total),
    ] {
        let remote = store.remote(&address).unwrap();
        let error = push_within(&store, &remote, &limits).unwrap_err();
        assert_eq!((refusal(&error), error.kind()), (Refusal::TimedOut, ErrorKind::Network));
        let error = store.fetch(&remote, at("2026-02-19T11:00:00.000Z"), &limits, &mut |_step| {});
        assert_eq!(refusal(&error.unwrap_err()), Refusal::TimedOut);
        assert_gone(&format!("127.0.0.1:{port}"));
        assert_gone(ssh.to_str().unwrap());
        assert_eq!(state(&store), before);
    }
    fsck_strict(repository.path());
}

#[test]
fn a_host_that_limits_files_takes_whatever_was_captured() {
    let hub = TestRepository::new(Shape::Bare);
    fs::create_dir_all(hub.path().join("hooks")).unwrap();
    let sizes = "git cat-file --batch-all-objects --batch-check='%(objecttype) %(objectsize)'";
    let large = "awk '$1 == \"blob\" && $2 > 5000000 { found = 1 } END { exit found }'";
    write_script(
        &hub.path().join("hooks/pre-receive"),
        &format!("{sizes} | {large} || {{ echo 'a file is too large' >&2; exit 1; }}"),
    );
    let (repository, store) = joined(Shape::Plain, &hub);
    let origin = store.remote("origin").unwrap();
    grow(&store, "long", &[1_000_000; 12]);
    grow(&store, "wide", &[12_000_000]);
    assert_eq!(push(&store, &origin).unwrap(), Pushed::Updated);
    // The host does look.
    fs::write(repository.path().join("large"), vec![b'x'; 6_000_000]).unwrap();
    let _quiet = repository.git(&["add", "large"]);
    let _quiet = repository.git(&["commit", "--quiet", "--message=large"]);
    let error = opensession_testkit::git_fails(repository.path(), &["push", "origin", "main"]);
    assert!(error.contains("a file is too large"), "{error}");
    fsck_strict(hub.path());
}

#[test]
fn what_is_not_sound_does_not_get_in() {
    let hub = TestRepository::new(Shape::Bare);
    // A tree with `.git` in it: git takes it from a file, but refuses to fetch it.
    let tree = "040000 tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\t.git\n";
    let _quiet = hub.git(&["mktree"]);
    let tree = opensession_testkit::git_with_input(hub.path(), &["mktree"], tree.as_bytes());
    let tree = String::from_utf8(tree).unwrap();
    let commit = hub.git(&["commit-tree", "-m", "x", tree.trim()]);
    let _quiet = hub.git(&["update-ref", "refs/heads/opensession/sessions", &commit]);
    let (repository, store) = joined(Shape::Plain, &hub);
    let before = state(&store);
    let error = fetch(&store, &store.remote("origin").unwrap()).unwrap_err();
    assert_eq!(
        (refusal(&error), error.kind()),
        (Refusal::Unsound, ErrorKind::Corrupt),
        "{error:?}"
    );
    assert_eq!(state(&store), before);
    fsck_strict(repository.path());
}
