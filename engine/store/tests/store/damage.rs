//! Bits that flip on the disk are found, and cost only the session that they are in.

use crate::sessions::{attachment, expected, grow, grown, key, read, start, write};
use opensession_store::Store;
use opensession_testkit::{Shape, TestRepository, git_with_input};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) const SESSIONS: [&str; 4] = ["a", "b", "c", "d"];

/// Four sessions, each in a pack of its own.
pub(crate) fn repository() -> TestRepository {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    for id in SESSIONS {
        let mut draft = grown(&store, id, &[300]);
        draft.attachments.push(attachment(id.as_bytes()));
        write(&store, vec![draft]);
    }
    repository
}

pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

pub(crate) fn flip(path: &Path, byte: usize, bit: u8) {
    let mut bytes = fs::read(path).unwrap();
    bytes[byte] ^= 1 << bit;
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Flips a bit in every copy of the object `id` that is in a pack, and returns the packs.
pub(crate) fn damage_object(repository: &TestRepository, id: &str) -> Vec<PathBuf> {
    let folder = repository.path().join("objects/pack");
    let mut damaged = Vec::new();
    for path in files_below(&folder).iter().filter(|path| path.extension().unwrap() == "idx") {
        let index = fs::read(path).unwrap();
        let listed = git_with_input(repository.path(), &["show-index"], &index);
        let listed = String::from_utf8(listed).unwrap();
        let Some(line) = listed.lines().find(|line| line.contains(id)) else { continue };
        let offset: usize = line.split(' ').next().unwrap().parse().unwrap();
        let pack = path.with_extension("pack");
        // Behind the header of the entry and that of zlib.
        flip(&pack, offset + 8, 3);
        damaged.push(pack);
    }
    assert!(!damaged.is_empty(), "{id} is in no pack");
    damaged
}

/// Returns the sessions that can be read whole.
fn readable(store: &Store) -> BTreeSet<&'static str> {
    let Ok(Some(branch)) = store.branch() else {
        return BTreeSet::new();
    };
    let whole = |id: &&str| {
        let Ok(Some(entry)) = branch.find(&key(id), Some(start())) else {
            return false;
        };
        let Ok(manifest) = branch.manifest(&entry) else {
            return false;
        };
        manifest.segments.iter().all(|record| branch.segment(&entry, record).is_ok())
            && read(&branch, &entry) == expected(&[300])
    };
    SESSIONS.into_iter().filter(whole).collect()
}

#[test]
fn every_flipped_bit_is_found_and_at_most_one_session_is_lost() {
    let repository = repository();
    let mut flips = 0;
    for folder in ["objects", "refs"] {
        for path in files_below(&repository.path().join(folder)) {
            let sound = fs::read(&path).unwrap();
            // Some forty places, spread over the file, and every bit in turn.
            for (count, byte) in (0..sound.len()).step_by(sound.len() / 40 + 1).enumerate() {
                flip(&path, byte, (count % 8) as u8);
                let store = Store::open(repository.path()).unwrap();
                let findings = store.fsck(&mut |_done, _total| {}).unwrap();
                assert!(!findings.is_empty(), "byte {byte} of {}", path.display());
                let whole = readable(&store).len();
                assert!(whole + 1 >= SESSIONS.len(), "byte {byte} of {}: {whole}", path.display());
                fs::remove_file(&path).unwrap();
                fs::write(&path, &sound).unwrap();
                flips += 1;
            }
        }
    }
    assert!(flips > 300, "{flips}");
    let store = Store::open(repository.path()).unwrap();
    assert_eq!(store.fsck(&mut |_done, _total| {}).unwrap(), []);
    assert_eq!(readable(&store).len(), SESSIONS.len());
}

#[test]
fn a_missing_pack_names_the_sessions_in_it_and_leaves_the_others_readable() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[300]);
    let packs = store.git_dir().join("objects/pack");
    let first: Vec<PathBuf> = files_below(&packs);
    for id in ["b", "c", "d"] {
        grow(&store, id, &[300]);
    }
    for path in first {
        fs::remove_file(path).unwrap();
    }
    let store = Store::open(repository.path()).unwrap();
    let findings = store.fsck(&mut |_done, _total| {}).unwrap();
    let sessions: Vec<_> = findings.into_iter().map(|finding| finding.session).collect();
    assert_eq!(sessions, [Some(key("a"))]);
    assert_eq!(readable(&store), BTreeSet::from(["b", "c", "d"]));
    // Writing goes on, also beside the damaged session.
    grow(&store, "b", &[300]);
    assert_eq!(store.branch().unwrap().unwrap().newest().count(), 4);
}

/// Copies everything that the branch holds into one more pack, as a file of which the name begins with `name`.
fn pack_again(repository: &TestRepository, name: &str) {
    let ids = repository.git(&["rev-list", "--objects", "opensession/sessions"]);
    let ids: String =
        ids.lines().map(|line| format!("{}\n", line.split(' ').next().unwrap())).collect();
    let base = repository.path().join("objects/pack").join(name);
    let arguments = ["pack-objects", "--quiet", base.to_str().unwrap()];
    let _checksum = git_with_input(repository.path(), &arguments, ids.as_bytes());
}

#[test]
fn an_object_that_is_damaged_in_one_pack_is_read_from_another() {
    // Which of two packs is asked first depends on their names and ages, so each copy is damaged in turn.
    for name in ["pack-0000", "pack-ffff"] {
        for ours in [true, false] {
            let repository = repository();
            let before = files_below(&repository.path().join("objects/pack"));
            pack_again(&repository, name);
            let is_pack = |path: &PathBuf| path.extension().is_some_and(|found| found == "pack");
            let is_chosen = |path: &PathBuf| is_pack(path) && before.contains(path) == ours;
            let all = files_below(&repository.path().join("objects/pack"));
            for path in all.iter().filter(|path| is_chosen(path)) {
                let size = fs::read(path).unwrap().len();
                (12..size - 20).step_by(25).for_each(|byte| flip(path, byte, 2));
            }
            let store = Store::open(repository.path()).unwrap();
            assert_eq!(readable(&store).len(), SESSIONS.len(), "{name} {ours}");
            assert!(store.branch().unwrap().unwrap().damage().is_none());
            let findings = store.fsck(&mut |_done, _total| {}).unwrap();
            assert!(!findings.is_empty());
            assert!(findings.iter().all(|finding| finding.session.is_none()), "{findings:?}");
        }
    }
}

#[test]
fn an_object_that_is_damaged_in_its_pack_is_read_from_a_file_of_its_own() {
    let repository = repository();
    let tree = repository.git(&["rev-parse", "opensession/sessions:v1/2026/02/19/claude-code.a"]);
    let bytes = git_with_input(repository.path(), &["cat-file", "tree", &tree], b"");
    let elsewhere = TestRepository::new(Shape::Bare);
    let write = ["hash-object", "-w", "-t", "tree", "--literally", "--stdin"];
    let _id = git_with_input(elsewhere.path(), &write, &bytes);
    let (folder, file) = tree.split_at(2);
    let from = elsewhere.path().join("objects").join(folder);
    let to = repository.path().join("objects").join(folder);
    fs::create_dir_all(&to).unwrap();
    damage_object(&repository, &tree);
    assert_eq!(readable(&Store::open(repository.path()).unwrap()).len(), SESSIONS.len() - 1);
    fs::copy(from.join(file), to.join(file)).unwrap();
    assert_eq!(readable(&Store::open(repository.path()).unwrap()).len(), SESSIONS.len());
}
