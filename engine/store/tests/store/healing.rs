//! A ref that cannot be read is healed from the reflog, never replaced by a new root.

use crate::damage::damage_object;
use crate::sessions::{assert_sound, grow, grown, key, write};
use opensession_store::{ErrorKind, Store};
use opensession_testkit::{Shape, TestRepository};
use std::fs;

fn damaged(change: impl Fn(&str) -> Option<Vec<u8>>) {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    grow(&store, "b", &[1]);
    let tip = repository.git(&["rev-parse", "opensession/sessions"]);
    let path = repository.path().join("refs/heads/opensession/sessions");
    fs::remove_file(&path).unwrap();
    if let Some(bytes) = change(&tip) {
        fs::write(&path, bytes).unwrap();
    }
    let branch = store.branch().unwrap().unwrap();
    assert_eq!(branch.commit().to_string(), tip);
    assert!(branch.damage().is_some());
    assert_eq!(store.fsck(&mut |_done, _total| {}).unwrap().len(), 1);

    grow(&store, "c", &[1]);
    assert_eq!(assert_sound(repository.path()), 3);
    assert_eq!(repository.git(&["rev-list", "--count", "opensession/sessions"]), "3");
    assert_eq!(repository.git(&["rev-parse", "opensession/sessions~1"]), tip);
}

#[test]
fn a_ref_that_was_cut_short_is_healed() {
    for length in [0, 1, 20, 39] {
        damaged(|tip| Some(tip.as_bytes()[..length].to_vec()));
    }
}

#[test]
fn a_ref_that_holds_garbage_or_is_gone_is_healed() {
    damaged(|_tip| Some(vec![0; 41]));
    damaged(|_tip| Some(b"hello\n".to_vec()));
    damaged(|_tip| Some([b"1".repeat(40), vec![b'\n']].concat()));
    damaged(|_tip| None);
}

#[test]
fn a_tip_whose_commit_is_gone_is_healed_from_the_one_before() {
    let repository = TestRepository::new(Shape::Plain);
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
    // What is lost is captured again.
    assert_eq!(write(&store, vec![draft]).stored.len(), 1);
    let branch = store.branch().unwrap().unwrap();
    assert!(branch.damage().is_none());
    assert!(branch.find(&key("b"), None).unwrap().is_some());
    assert_eq!(repository.git(&["rev-parse", "opensession/sessions~1"]), before);
}

#[test]
fn without_a_readable_commit_nothing_is_written() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    let draft = grown(&store, "b", &[1]);
    let path = store.git_dir().join("refs/heads/opensession/sessions");
    fs::write(&path, "garbage").unwrap();
    fs::remove_file(store.git_dir().join("logs/refs/heads/opensession/sessions")).unwrap();
    let error = store.write(vec![draft], crate::sessions::start(), crate::sessions::PATIENCE);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Corrupt);
    assert_eq!(fs::read_to_string(&path).unwrap(), "garbage");
}

#[test]
fn a_packed_ref_is_read_and_moved() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    let _quiet = repository.git(&["pack-refs", "--all"]);
    assert!(!store.git_dir().join("refs/heads/opensession").exists());
    grow(&store, "a", &[2]);
    assert_eq!(assert_sound(repository.path()), 1);
    assert_eq!(repository.git(&["rev-list", "--count", "opensession/sessions"]), "2");
    assert_eq!(repository.git(&["reflog", "opensession/sessions"]).lines().count(), 2);
}

#[test]
fn a_write_says_that_an_older_day_stands_in_for_a_damaged_one() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    assert!(!write(&store, vec![grown(&store, "a", &[1])]).healed);
    assert!(!write(&store, vec![grown(&store, "b", &[1])]).healed);
    let day = repository.git(&["rev-parse", "opensession/sessions:v1/2026/02/19"]);
    damage_object(&repository, &day);
    let store = Store::open(repository.path()).unwrap();
    assert!(write(&store, vec![grown(&store, "c", &[1])]).healed);
    let branch = store.branch().unwrap().unwrap();
    assert!(branch.find(&key("b"), None).unwrap().is_none(), "only the damaged tree named it");
    assert!(branch.find(&key("a"), None).unwrap().is_some());
    assert!(!write(&store, vec![grown(&store, "b", &[1])]).healed);
    assert_eq!(store.branch().unwrap().unwrap().newest().count(), 3);
}

#[test]
fn a_write_says_that_an_older_tip_stands_in_for_a_damaged_one() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    grow(&store, "b", &[1]);
    damage_object(&repository, &repository.git(&["rev-parse", "opensession/sessions"]));
    let store = Store::open(repository.path()).unwrap();
    assert!(write(&store, vec![grown(&store, "c", &[1])]).healed);
    assert_eq!(store.branch().unwrap().unwrap().newest().count(), 2);
}
