//! Sessions that grow: what stays, what is written, what is joined.

use crate::sessions::{assert_sound, expected, grow, grown, key, read, write};
use opensession_store::{Manifest, SegmentWriter, Store};
use opensession_testkit::{Shape, TestRepository, git_with_input};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

fn manifest(store: &Store, id: &str) -> Manifest {
    let branch = store.branch().unwrap().unwrap();
    let entry = branch.find(&key(id), None).unwrap().unwrap();
    branch.manifest(&entry).unwrap()
}

#[test]
fn an_append_keeps_earlier_blobs_and_writes_eight_objects() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    write(&store, ["a", "b", "c"].map(|id| grown(&store, id, &[1000])).into());
    let list = ["ls-tree", "-r", "opensession/sessions", "v1/2026/02/19/claude-code.a/0000.*"];
    let before = repository.git(&list);
    let old = repository.git(&["rev-parse", "opensession/sessions"]);
    grow(&store, "a", &[1000]);
    assert_eq!(repository.git(&list), before);
    let range = format!("{old}..opensession/sessions");
    let new = repository.git(&["rev-list", "--objects", &range]);
    // The commit, the trees of the root, the format, year, month, day and session, the manifest, the segment.
    assert_eq!(new.lines().count(), 9, "{new}");
}

#[test]
fn segments_are_cut_at_four_mebibytes_and_a_larger_event_stands_alone() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    let sizes = [3 << 20, 2 << 20, 6 << 20, 1000, 1000];
    grow(&store, "a", &sizes);
    let events: Vec<u64> =
        manifest(&store, "a").segments.iter().map(|found| found.events).collect();
    assert_eq!(events, [1, 1, 1, 2]);
    let branch = store.branch().unwrap().unwrap();
    let entry = branch.find(&key("a"), None).unwrap().unwrap();
    assert!(read(&branch, &entry) == expected(&sizes));
    assert_eq!(assert_sound(repository.path()), 1);
}

#[test]
fn many_small_segments_become_few_and_the_events_stay_the_same() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    let mut sizes = vec![3 << 20, 3 << 20];
    grow(&store, "a", &sizes);
    let large = manifest(&store, "a").segments;
    let mut most = 0;
    for size in 100..150 {
        grow(&store, "a", &[size]);
        sizes.push(size);
        most = most.max(manifest(&store, "a").segments.len());
    }
    let found = manifest(&store, "a");
    assert_eq!(most, 32);
    assert!(found.segments.len() < 25, "{}", found.segments.len());
    assert_eq!(found.segments[..2], large[..], "full segments stay as they are");
    assert_eq!(found.events(), sizes.len() as u64);
    let branch = store.branch().unwrap().unwrap();
    let entry = branch.find(&key("a"), None).unwrap().unwrap();
    assert!(read(&branch, &entry) == expected(&sizes));
    assert_eq!(assert_sound(repository.path()), 1);
}

#[test]
fn segments_that_do_not_follow_each_other_are_refused() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[10]);
    let mut draft = grown(&store, "a", &[10]);
    draft.keep = 0;
    let mut too_many = grown(&store, "a", &[10]);
    too_many.keep = 2;
    let drafts = vec![draft, too_many];
    let written = store.write(drafts, crate::sessions::start(), crate::sessions::PATIENCE).unwrap();
    assert_eq!((written.failed.len(), written.commit), (2, None));
}

#[test]
fn a_hundred_thousand_sessions_do_not_slow_a_write() {
    let repository = TestRepository::new(Shape::Bare);
    // A thousand days of a hundred sessions, all of the same tree, made by git.
    let mut stream = Vec::new();
    let write = |stream: &mut Vec<u8>, text: &str| stream.extend_from_slice(text.as_bytes());
    write(&mut stream, "blob\nmark :1\ndata 3\n{}\n\ncommit refs/heads/opensession/sessions\n");
    write(&mut stream, "committer x <x@y> 1 +0000\ndata 1\nx\n");
    for n in 0..100_000 {
        let (year, month, day) = (2020 + n / 33_600, n / 2_800 % 12 + 1, n / 100 % 28 + 1);
        let path = format!("v1/{year}/{month:02}/{day:02}/claude-code.s{n}/session.json");
        write(&mut stream, &format!("M 100644 :1 {path}\n"));
    }
    let _quiet = git_with_input(repository.path(), &["fast-import", "--quiet"], &stream);
    let store = Store::open(repository.path()).unwrap();
    let old = repository.git(&["rev-parse", "opensession/sessions"]);
    let written = crate::sessions::write(&store, vec![grown(&store, "new", &[1000])]);
    let range = format!("{old}..opensession/sessions");
    let new = repository.git(&["rev-list", "--objects", &range]);
    // As for an append, and the README, which this made-up branch has not.
    assert_eq!(new.lines().count(), 10, "{new}");
    assert!(written.bytes < 8_000, "{} bytes", written.bytes);
    let branch = store.branch().unwrap().unwrap();
    assert_eq!(branch.newest().count(), 100_001);
    assert_eq!(branch.newest().next().unwrap().unwrap().key, key("new"));
    assert!(branch.find(&key("s77777"), None).unwrap().is_some());
}

#[test]
fn an_event_that_is_too_large_is_refused() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    let mut writer = SegmentWriter::new(&store, opensession_hail::Chains::START);
    let line = crate::sessions::line(&crate::sessions::redactor(), 0, (256 << 20) + 1);
    assert!(writer.push(&line).is_err());
}

#[test]
fn a_lost_segment_does_not_stop_its_session_from_growing() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    let folder = repository.path().join("objects/pack");
    let packs = || -> BTreeSet<PathBuf> {
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    grow(&store, "a", &[1]);
    let before = packs();
    grow(&store, "a", &[1]);
    let second = &packs() - &before;
    // Now nothing of the second pack is needed but its segment.
    grow(&store, "a", &[1]);
    second.iter().for_each(|file| fs::remove_file(file).unwrap());
    let store = Store::open(repository.path()).unwrap();
    for _ in 0..40 {
        grow(&store, "a", &[1]);
    }
    assert_eq!(manifest(&store, "a").events(), 43);
    assert!(!store.fsck(&mut |_, _| {}).unwrap().is_empty());
}
