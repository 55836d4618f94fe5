//! Damage is repaired from other copies; what cannot be had is named, and nothing that can be read is lost.

use crate::damage::{SESSIONS, damage_object, files_below, flip, repository};
use crate::sessions::{
    PATIENCE, assert_sound, at, attachment, expected, grow, grown, key, read, start, write,
};
use opensession_store::{Branch, Origin, Repaired, Store};
use opensession_testkit::{Shape, TestHome, TestRepository, fsck_strict, git, git_with_input};
use std::fs;
use std::path::{Path, PathBuf};

/// Returns a bare clone of the sessions branch alone.
fn clone(from: &Path) -> (TestHome, PathBuf) {
    let home = TestHome::new();
    let to = home.path().join("clone.git");
    let _quiet = git(home.path(), &["init", "--quiet", "--bare", to.to_str().unwrap()]);
    let branch = "+opensession/sessions:opensession/sessions";
    let _quiet = git(&to, &["fetch", "--quiet", "--no-tags", from.to_str().unwrap(), branch]);
    (home, to)
}

/// Copies all files below a folder.
fn copy_folder(from: &Path, to: &Path) {
    for path in files_below(from) {
        let target = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&path, &target).unwrap();
    }
    for folder in ["refs/heads", "refs/tags", "objects/info", "objects/pack"] {
        fs::create_dir_all(to.join(folder)).unwrap();
    }
}

fn repair(path: &Path, candidates: &[&Branch]) -> Repaired {
    let store = Store::open(path).unwrap();
    store.repair(candidates, at("2026-02-19T13:00:00.000Z"), PATIENCE).unwrap()
}

fn branch(path: &Path) -> Branch {
    Store::open(path).unwrap().branch().unwrap().unwrap()
}

/// Returns whether a session is whole, and the same as it was made.
fn is_whole(branch: &Branch, id: &str, sizes: &[usize]) -> bool {
    let entry = branch.find(&key(id), Some(start())).unwrap();
    entry.is_some_and(|entry| {
        let manifest = branch.manifest(&entry);
        manifest.is_ok_and(|manifest| {
            manifest.segments.iter().all(|record| branch.segment(&entry, record).is_ok())
                && read(branch, &entry) == expected(sizes)
        })
    })
}

#[test]
fn every_flipped_bit_is_repaired_from_a_clone() {
    let sound = repository();
    let (_home, clone) = clone(sound.path());
    let candidate = branch(&clone);
    let (mut flips, mut failed) = (0, Vec::new());
    for folder in ["objects", "refs"] {
        for path in files_below(&sound.path().join(folder)) {
            let relative = path.strip_prefix(sound.path()).unwrap();
            let size = fs::read(&path).unwrap().len();
            // Every bit in turn, at places spread over the file.
            for (count, byte) in (0..size).step_by(size / 12 + 1).enumerate() {
                let home = TestHome::new();
                let damaged = home.path().join("damaged.git");
                copy_folder(sound.path(), &damaged);
                flip(&damaged.join(relative), byte, (count % 8) as u8);
                let repaired = repair(&damaged, &[&candidate]);
                let store = Store::open(&damaged).unwrap();
                let clean = store.fsck(&mut |_done, _total| {}).unwrap().is_empty();
                let branch = store.branch().unwrap().unwrap();
                let whole = SESSIONS.iter().all(|id| is_whole(&branch, id, &[300]));
                if clean && whole && repaired.lost.is_empty() {
                    fsck_strict(&damaged);
                } else {
                    failed.push(format!("byte {byte} of {}", relative.display()));
                }
                flips += 1;
            }
        }
    }
    assert!(flips > 90, "{flips}");
    assert!(failed.is_empty(), "{} of {flips} flips: {failed:?}", failed.len());
}

#[test]
fn nothing_wrong_means_nothing_done() {
    let repository = repository();
    let before: Vec<PathBuf> = files_below(&repository.path().join("objects"));
    let repaired = repair(repository.path(), &[]);
    assert_eq!((repaired.commit, repaired.objects, repaired.healed), (None, 0, false));
    assert!(repaired.restored.is_empty() && repaired.lost.is_empty() && repaired.moved.is_empty());
    assert_eq!(files_below(&repository.path().join("objects")), before);
    let empty = TestRepository::new(Shape::Plain);
    assert_eq!(repair(empty.path(), &[]).commit, None);
}

#[test]
fn what_nobody_has_is_named_and_made_whole_by_a_whole_draft() {
    for file in ["session.json", ".hail.zst", ".png", "claude-code.b"] {
        let repository = TestRepository::new(Shape::Bare);
        let store = Store::open(repository.path()).unwrap();
        for (id, size) in [("a", 100), ("b", 200), ("c", 300)] {
            let mut draft = grown(&store, id, &[size]);
            draft.attachments.push(attachment(id.as_bytes()));
            write(&store, vec![draft]);
        }
        let folder = "v1/2026/02/19/claude-code.b";
        let list = repository.git(&["ls-tree", "-r", "-t", "opensession/sessions", folder]);
        let found = list.lines().find(|line| line.ends_with(file)).unwrap();
        let id = found.split([' ', '\t']).nth(2).unwrap().to_owned();
        damage_object(&repository, &id);
        let repaired = repair(repository.path(), &[]);
        assert!(repaired.restored.is_empty() && repaired.moved.is_empty(), "{file}");
        assert!(!repaired.lost.is_empty(), "{file}");
        assert!(repaired.lost.iter().all(|finding| finding.session == Some(key("b"))), "{file}");
        let store = Store::open(repository.path()).unwrap();
        let found = store.branch().unwrap().unwrap();
        assert!(is_whole(&found, "a", &[100]) && is_whole(&found, "c", &[300]), "{file}");
        // Captured again from its log: the very same session, so the very same objects.
        let other = TestRepository::new(Shape::Bare);
        let mut draft = grown(&Store::open(other.path()).unwrap(), "b", &[200]);
        draft.attachments.push(attachment(b"b"));
        (draft.base, draft.seen) =
            (found.find(&key("b"), Some(start())).unwrap(), Some(found.commit()));
        assert_eq!(write(&store, vec![draft]).stored.len(), 1);
        let repaired = repair(repository.path(), &[]);
        assert!(repaired.lost.is_empty(), "{file}: {:?}", repaired.lost);
        assert_eq!(repaired.moved.len(), 2, "{file}");
        assert!(is_whole(&branch(repository.path()), "b", &[200]), "{file}");
        assert_eq!(assert_sound(repository.path()), 3);
    }
}

#[test]
fn a_version_from_another_hash_takes_the_place_of_a_lost_one_if_it_is_not_below() {
    for (more, origin) in [(&[][..], None), (&[20, 30][..], Some(Origin::Candidate(0)))] {
        let repository = TestRepository::new(Shape::Bare);
        let store = Store::open(repository.path()).unwrap();
        let other = TestRepository::new(Shape::Sha256);
        let remote = Store::open(other.path()).unwrap();
        grow(&store, "a", &[10]);
        grow(&store, "a", &[20]);
        grow(&remote, "a", &[&[10][..], more].concat());
        let tip = branch(repository.path());
        let manifest = tip.manifest(&tip.find(&key("a"), None).unwrap().unwrap()).unwrap();
        let path = format!(
            "opensession/sessions:v1/2026/02/19/claude-code.a/{}",
            manifest.segments[0].name
        );
        damage_object(&repository, &repository.git(&["rev-parse", &path]));
        let repaired = repair(repository.path(), &[&branch(other.path())]);
        assert_eq!(
            repaired.restored,
            origin.map(|origin| (key("a"), origin)).into_iter().collect::<Vec<_>>()
        );
        assert_eq!(repaired.lost.is_empty(), origin.is_some());
        assert_eq!(is_whole(&branch(repository.path()), "a", &[10, 20, 30]), origin.is_some());
    }
}

#[test]
fn an_older_commit_with_the_same_events_is_good_enough() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[10]);
    let older = branch(repository.path()).commit();
    let mut renamed = grown(&store, "a", &[]);
    renamed.redactions.insert("rule".to_owned(), 1);
    write(&store, vec![renamed]);
    let path = "opensession/sessions:v1/2026/02/19/claude-code.a/session.json";
    damage_object(&repository, &repository.git(&["rev-parse", path]));
    let repaired = repair(repository.path(), &[]);
    assert_eq!(repaired.restored, [(key("a"), Origin::Past(older))]);
    assert!(repaired.lost.is_empty());
    assert!(is_whole(&branch(repository.path()), "a", &[10]));
}

#[test]
fn a_lost_day_goes_back_to_an_older_state_and_candidates_bring_the_rest() {
    for with_candidate in [false, true] {
        let repository = repository();
        let other = TestRepository::new(Shape::Sha256);
        let remote = Store::open(other.path()).unwrap();
        let local = branch(repository.path());
        let entries: Vec<_> = local.newest().map(Result::unwrap).collect();
        remote.adopt(&local, &entries, start(), PATIENCE).unwrap();
        for tree in ["v1/2026/02/19", "v1/2026"] {
            let id = repository.git(&["rev-parse", &format!("opensession/sessions:{tree}")]);
            damage_object(&repository, &id);
        }
        let candidate = branch(other.path());
        let candidates = [&candidate];
        let given = if with_candidate { &candidates[..] } else { &[] };
        let repaired = repair(repository.path(), given);
        assert!(repaired.healed && repaired.commit.is_some());
        let found = branch(repository.path());
        for id in ["a", "b", "c"] {
            assert!(is_whole(&found, id, &[300]), "{id}");
        }
        // The last one stood only in the trees that are lost.
        assert_eq!(is_whole(&found, "d", &[300]), with_candidate);
        assert!(found.damage().is_none());
        let newest = if with_candidate { 1 } else { 0 };
        assert_eq!(repaired.restored.len(), newest);
    }
}

#[test]
fn a_pack_that_is_not_ours_is_never_touched() {
    let repository = repository();
    let (_home, clone) = clone(repository.path());
    let _quiet = repository.git(&["gc", "--quiet", "--prune=now"]);
    let tree = repository.git(&["rev-parse", "opensession/sessions:v1/2026/02/19/claude-code.a"]);
    let pack = damage_object(&repository, &tree).remove(0);
    let bytes = fs::read(&pack).unwrap();
    let repaired = repair(repository.path(), &[&branch(&clone)]);
    assert_eq!(repaired.restored, [(key("a"), Origin::Objects)]);
    assert_eq!((repaired.lost.len(), repaired.moved.len()), (0, 0));
    assert_eq!(fs::read(&pack).unwrap(), bytes);
    let found = branch(repository.path());
    assert!(SESSIONS.iter().all(|id| is_whole(&found, id, &[300])));
    // Git too reads the sound copy of every object.
    let all = repository.git(&["rev-list", "--objects", "opensession/sessions"]);
    for line in all.lines() {
        let id = line.split(' ').next().unwrap();
        let kind = repository.git(&["cat-file", "-t", id]);
        let _bytes = git_with_input(repository.path(), &["cat-file", &kind, id], b"");
    }
}

#[cfg(unix)]
#[test]
fn damaged_files_are_never_moved_through_a_symbolic_link() {
    let repository = repository();
    let (_home, clone) = clone(repository.path());
    let canary = repository.home().path().join("canary");
    fs::create_dir(&canary).unwrap();
    std::os::unix::fs::symlink(&canary, repository.path().join("opensession/damaged")).unwrap();
    damage_object(&repository, &repository.git(&["rev-parse", "opensession/sessions"]));
    let store = Store::open(repository.path()).unwrap();
    let error = store.repair(&[&branch(&clone)], start(), PATIENCE).unwrap_err();
    assert_eq!(error.kind(), opensession_store::ErrorKind::Denied);
    assert_eq!(fs::read_dir(&canary).unwrap().count(), 0);
}
