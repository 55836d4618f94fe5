//! Many writers at once, and git at work beside them: nothing is lost.

use crate::sessions::{assert_sound, at, grow, grown, key, write};
use opensession_store::{Draft, Store};
use opensession_testkit::{Shape, TestRepository, command};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

/// Names the repository that this process is to write into; see [`writer`].
const REPOSITORY: &str = "STORE_TEST_REPOSITORY";
/// Names the session that it is to grow.
const SESSION: &str = "STORE_TEST_SESSION";
/// How often.
const ROUNDS: &str = "STORE_TEST_ROUNDS";

/// A process that writes. It is killed with the test that started it.
pub(crate) struct Writer(Child);

impl Writer {
    /// Starts a process that grows the session `session` by one event in each of `rounds` writes.
    pub(crate) fn start(repository: &Path, session: &str, rounds: u32) -> Self {
        let mut test = command(std::env::current_exe().unwrap(), repository);
        test.args(["--exact", "races::writer", "--nocapture"])
            .env(REPOSITORY, repository)
            .env(SESSION, session)
            .env(ROUNDS, rounds.to_string())
            .stdout(Stdio::null());
        Self(test.spawn().unwrap())
    }

    /// Waits until it has ended by itself, and returns whether it ended well.
    pub(crate) fn join(mut self) -> bool {
        self.0.wait().unwrap().success()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // It may have ended already.
        self.0.kill().ok();
        self.0.wait().unwrap();
    }
}

/// What the processes run that other tests start; with nothing to do where the environment names no repository.
#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "the environment is how the test that starts it speaks to it"
)]
fn writer() {
    let Some(repository) = std::env::var_os(REPOSITORY) else { return };
    let variable = |name| std::env::var(name).unwrap();
    let store = Store::open(Path::new(&repository)).unwrap();
    for _round in 0..variable(ROUNDS).parse().unwrap() {
        grow(&store, &variable(SESSION), &[100]);
    }
}

#[test]
fn threads_with_one_store_lose_nothing() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let store = &store;
            scope.spawn(move || {
                grow(store, &format!("own{n}"), &[10]);
                grow(store, "shared", &[10 + n]);
            });
        }
    });
    let branch = store.branch().unwrap().unwrap();
    let shared = branch.find(&key("shared"), None).unwrap().unwrap();
    assert_eq!(branch.manifest(&shared).unwrap().events(), 8);
    assert_eq!(assert_sound(repository.path()), 9);
}

#[test]
fn a_hundred_processes_lose_nothing() {
    let repository = TestRepository::new(Shape::LinkedWorktree);
    let writers: Vec<Writer> =
        (0..100).map(|n| Writer::start(repository.path(), &format!("s{n}"), 1)).collect();
    assert!(writers.into_iter().all(Writer::join));
    assert_eq!(assert_sound(repository.path()), 100);
}

#[test]
fn nothing_is_lost_beside_git_at_work() {
    let repository = TestRepository::new(Shape::Plain);
    let done = AtomicBool::new(false);
    let loops: [&[&str]; 3] = [
        &["gc", "--prune=now", "--quiet"],
        &["repack", "-a", "-d", "--quiet"],
        &["pack-refs", "--all"],
    ];
    let rounds = std::thread::scope(|scope| {
        let gits = loops.map(|arguments| {
            let (repository, done) = (&repository, &done);
            scope.spawn(move || {
                let mut rounds = 0;
                while !done.load(Ordering::Relaxed) {
                    // Two of them may get in each other's way and fail; that is theirs.
                    let mut git = command("git", repository.path());
                    git.args(arguments).stderr(Stdio::null()).status().unwrap();
                    rounds += 1;
                }
                rounds
            })
        });
        let writers: Vec<Writer> =
            (0..4).map(|n| Writer::start(repository.path(), &format!("s{n}"), 25)).collect();
        let all_well = writers.into_iter().all(Writer::join);
        done.store(true, Ordering::Relaxed);
        let rounds = gits.map(|git| git.join().unwrap());
        assert!(all_well);
        rounds
    });
    assert!(rounds.iter().all(|rounds| *rounds > 0), "{rounds:?}");
    assert_eq!(assert_sound(repository.path()), 4);
    let store = Store::open(repository.path()).unwrap();
    let branch = store.branch().unwrap().unwrap();
    for entry in branch.newest().map(Result::unwrap) {
        assert_eq!(branch.manifest(&entry).unwrap().events(), 25, "{}", entry.key);
    }
    let keeps = std::fs::read_dir(store.git_dir().join("objects/pack")).unwrap();
    let names = keeps.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.ends_with(".keep")).count(), 0);
}

#[test]
fn many_packs_are_repacked_in_the_background() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    let packs = || {
        let entries = std::fs::read_dir(store.git_dir().join("objects/pack")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".pack")).count()
    };
    let mut writes = 0;
    while packs() >= writes {
        assert!(writes < 2000, "no repack came");
        grow(&store, "a", &[100]);
        writes += 1;
    }
    assert!(writes > 24, "{writes}");
    assert_eq!(assert_sound(repository.path()), 1);
}

#[test]
fn drafts_of_one_session_under_two_days_are_not_both_stored() {
    for earlier in [false, true] {
        let repository = TestRepository::new(Shape::Plain);
        let store = Store::open(repository.path()).unwrap();
        if earlier {
            grow(&store, "other", &[10]);
        }
        // Two logs of one session, read at the same moment, of which one begins a day later.
        let first = grown(&store, "a", &[10]);
        let mut second = grown(&store, "a", &[20]);
        second.day = at("2026-02-20T09:00:00.000Z");
        write(&store, vec![first]);
        grow(&store, "elsewhere", &[10]);
        let written = write(&store, vec![second]);
        assert_eq!((written.stale, written.stored.len()), (vec![key("a")], 0));
        let branch = store.branch().unwrap().unwrap();
        let keys = branch.newest().map(|entry| entry.unwrap().key);
        assert_eq!(keys.filter(|found| *found == key("a")).count(), 1);
        assert_eq!(assert_sound(repository.path()), 2 + usize::from(earlier));
    }
}

#[test]
fn a_draft_of_the_same_events_from_two_places_is_stored_once() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    let drafts: Vec<Draft> = (0..4).map(|_n| grown(&store, "a", &[10, 10])).collect();
    std::thread::scope(|scope| {
        for draft in drafts {
            let store = &store;
            scope.spawn(move || assert_eq!(write(store, vec![draft]).stale, []));
        }
    });
    assert_eq!(repository.git(&["rev-list", "--count", "opensession/sessions"]), "1");
    assert_eq!(assert_sound(repository.path()), 1);
}
