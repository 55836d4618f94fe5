//! How a repository is: looked at without changing anything, and tended as a writer tends it.

use crate::joining::put_file;
use crate::sessions::{PATIENCE, assert_sound, grow, start};
use opensession_hail::Timestamp;
use opensession_store::{ErrorKind, Store, git_version, is_writable, room};
use opensession_testkit::{Shape, TestRepository};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "files are dated by the real clock")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_millis(since.as_millis() as i64).unwrap()
}

fn make_old(path: &Path) {
    let hour_ago = fs::metadata(path).unwrap().modified().unwrap() - Duration::from_secs(3600);
    fs::File::options().append(true).open(path).unwrap().set_modified(hour_ago).unwrap();
}

/// Leaves what a writer and a fetch may leave that are killed, and returns where. The locks hold what was to be written, so
/// that they are cleared even while some git runs.
fn die(store: &Store) -> Vec<PathBuf> {
    let packs = store.git_dir().join("objects/pack");
    let work = store.work_folder();
    let mut left: Vec<PathBuf> = vec![
        packs.join("opensession-pack.new"),
        packs.join("opensession-idx.new"),
        packs.join("pack-05e55104ffffffffffffffffffffffffffffffff.keep"),
        work.join("ref.new"),
        work.join("config.new"),
        work.join("redaction.key.new"),
        store.git_dir().join("refs/heads/opensession/sessions.lock"),
        store.git_dir().join("config.lock"),
    ];
    for path in &left {
        let ends_pack = path.extension().is_some_and(|end| end == "keep");
        fs::write(path, if ends_pack { "opensession\n" } else { "half" }).unwrap();
    }
    for lock in left.iter().filter(|path| path.extension().is_some_and(|end| end == "lock")) {
        make_old(lock);
    }
    fs::create_dir_all(work.join("incoming/objects/pack")).unwrap();
    fs::write(work.join("incoming/objects/pack/tmp_pack_x"), "half").unwrap();
    left.push(work.join("incoming/objects"));
    left.sort();
    left
}

#[test]
fn what_a_dead_writer_left_is_named_and_stays_until_the_store_is_tended() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    assert_eq!(store.leftovers(now()).unwrap(), []);
    assert!(!store.work_folder().exists());
    grow(&store, "a", &[1]);
    assert_eq!(store.leftovers(now()).unwrap(), []);
    let left = die(&store);
    // What git keeps itself is its own.
    let foreign =
        store.git_dir().join("objects/pack/pack-ffffffffffffffffffffffffffffffffffffffff.keep");
    fs::write(&foreign, "git's own").unwrap();
    let named = || {
        let found = store.leftovers(now()).unwrap().into_iter();
        found.map(|leftover| leftover.path).collect::<Vec<_>>()
    };
    assert_eq!(named(), left);
    assert_eq!(named(), left);
    assert!(!store.tend(start(), PATIENCE).unwrap());
    assert!(named().is_empty(), "{:?}", named());
    assert!(foreign.exists());
    fs::remove_file(foreign).unwrap();
    assert_eq!(assert_sound(repository.path()), 1);
    assert_eq!(repository.git(&["rev-list", "--count", "opensession/sessions"]), "1");
}

#[test]
fn files_of_a_living_writer_and_young_locks_are_no_leftovers() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    let left = die(&store);
    fs::remove_dir_all(store.work_folder().join("incoming")).unwrap();
    let locks: Vec<_> =
        left.iter().filter(|path| path.extension().unwrap_or_default() == "lock").collect();
    assert_eq!(locks.len(), 2);
    {
        let _writing = store.lock(PATIENCE).unwrap();
        let found = store.leftovers(now()).unwrap();
        assert!(found.len() == 2 && found.iter().all(|leftover| leftover.is_lock), "{found:?}");
    }
    for lock in locks {
        fs::write(lock, "young").unwrap();
    }
    let found = store.leftovers(now()).unwrap();
    assert!(found.len() == 6 && found.iter().all(|leftover| !leftover.is_lock), "{found:?}");
}

#[test]
fn tending_sets_a_ref_back_that_cannot_be_read() {
    for shape in [Shape::Bare, Shape::Plain] {
        let repository = TestRepository::new(shape);
        let store = Store::open(repository.path()).unwrap();
        grow(&store, "a", &[1]);
        let tip = repository.git(&["rev-parse", "opensession/sessions"]);
        let path = store.git_dir().join("refs/heads/opensession/sessions");
        fs::write(&path, "").unwrap();
        assert!(store.tend(start(), PATIENCE).unwrap());
        assert_eq!(repository.git(&["rev-parse", "opensession/sessions"]), tip);
        assert!(!store.tend(start(), PATIENCE).unwrap());
        // Where nothing says what it was, it stays as it is.
        fs::write(&path, "").unwrap();
        fs::remove_file(store.git_dir().join("logs/refs/heads/opensession/sessions")).unwrap();
        assert_eq!(store.tend(start(), PATIENCE).unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(fs::read(&path).unwrap(), b"");
    }
}

#[test]
fn a_format_that_is_not_known_yet_is_named() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    assert_eq!(store.branch().unwrap().unwrap().newer_format().unwrap(), None);
    put_file(repository.path(), "v12/x", "later");
    assert_eq!(store.branch().unwrap().unwrap().newer_format().unwrap(), Some(12));
}

#[test]
fn borrowed_objects_that_are_gone_are_named() {
    let repository = TestRepository::new(Shape::Alternates);
    let store = Store::open(repository.path()).unwrap();
    assert!(store.missing_alternates().unwrap().is_empty());
    let lender = repository.home().path().join("repository");
    fs::rename(&lender, repository.home().path().join("away")).unwrap();
    assert_eq!(store.missing_alternates().unwrap(), [lender.join(".git/objects")]);
}

#[test]
fn packs_room_and_git_are_known() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    assert_eq!(store.packs_of_ours().unwrap(), 0);
    grow(&store, "a", &[1]);
    grow(&store, "b", &[1]);
    assert_eq!(store.packs_of_ours().unwrap(), 2);
    assert!(git_version().unwrap().starts_with(|first: char| first.is_ascii_digit()));
    assert!(is_writable(repository.path()) && !is_writable(&repository.path().join("nowhere")));
    assert!(room(repository.path()).unwrap().is_none_or(|bytes| bytes > 0));
    assert_eq!(
        room(&repository.path().join("nowhere")).map_err(|error| error.kind()).unwrap_or_default(),
        None
    );
}
