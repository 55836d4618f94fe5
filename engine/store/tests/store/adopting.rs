//! Sessions that come over from another branch.

use crate::damage::{damage_object, files_below};
use crate::sessions::{
    PATIENCE, assert_sound, at, attachment, grow, grown, key, picture, read, write,
};
use opensession_hail::Chains;
use opensession_store::{Branch, Entry, SegmentWriter, Store, Written};
use opensession_testkit::{Shape, TestRepository};
use proptest::prelude::*;

fn branch(store: &Store) -> Branch {
    store.branch().unwrap().unwrap()
}

fn find(store: &Store, id: &str) -> Option<Entry> {
    store.branch().unwrap().and_then(|branch| branch.find(&key(id), None).unwrap())
}

fn adopt(to: &Store, from: &Store) -> Written {
    let from = branch(from);
    let entries: Vec<Entry> = from.newest().map(Result::unwrap).collect();
    to.adopt(&from, &entries, at("2026-02-19T12:00:00.000Z"), PATIENCE).unwrap()
}

fn open(shape: Shape) -> (TestRepository, Store) {
    let repository = TestRepository::new(shape);
    let store = Store::open(repository.path()).unwrap();
    (repository, store)
}

#[test]
fn sessions_come_over_byte_for_byte_whatever_the_hash() {
    for (shape, into) in [
        (Shape::Bare, Shape::Plain),
        (Shape::Sha256, Shape::LinkedWorktree),
        (Shape::Plain, Shape::Sha256),
    ] {
        let ((_home, home), (repository, store)) = (open(shape), open(into));
        let mut draft = grown(&home, "a", &[3 << 20, 2 << 20, 100]);
        draft.attachments.push(attachment(b"picture"));
        write(&home, vec![draft, grown(&home, "b", &[5])]);
        let adopted = adopt(&store, &home);
        assert_eq!((adopted.stored.len(), adopted.stale.len(), adopted.failed.len()), (2, 0, 0));
        let (from, to) = (branch(&home), branch(&store));
        for id in ["a", "b"] {
            let (there, here) = (find(&home, id).unwrap(), find(&store, id).unwrap());
            assert_eq!(to.manifest(&here).unwrap(), from.manifest(&there).unwrap());
            assert!(read(&to, &here) == read(&from, &there));
            assert_eq!(
                here.tree.to_string() == there.tree.to_string(),
                shape != Shape::Sha256 && into != Shape::Sha256
            );
        }
        let picture = picture(b"picture");
        let here = find(&store, "a").unwrap();
        assert_eq!(to.attachment(&here, &picture.name).unwrap(), picture.bytes);
        // Once more changes nothing.
        let again = adopt(&store, &home);
        assert_eq!((again.commit, again.stored.len(), again.bytes), (None, 2, 0));
        assert_eq!(assert_sound(repository.path()), 2);
    }
}

#[test]
fn the_longer_version_and_the_higher_generation_win() {
    let ((_home, home), (repository, store)) = (open(Shape::Bare), open(Shape::Plain));
    for id in ["shorter", "longer", "generation", "cut"] {
        grow(&home, id, &[10, 20]);
        adopt(&store, &home);
    }
    grow(&store, "shorter", &[30]);
    grow(&home, "longer", &[30]);
    let mut rewritten = grown(&store, "generation", &[]);
    rewritten.generation = 3;
    write(&store, vec![rewritten]);
    grow(&home, "generation", &[30]);
    // The same events, cut elsewhere, and one more.
    let mut whole = grown(&open(Shape::Bare).1, "cut", &[10, 20, 30]);
    (whole.base, whole.generation) = (find(&home, "cut"), 0);
    write(&home, vec![whole]);
    let adopted = adopt(&store, &home);
    assert_eq!((adopted.stored.len(), adopted.stale.len(), adopted.failed.len()), (4, 0, 0));
    let to = branch(&store);
    let manifest = |id| to.manifest(&find(&store, id).unwrap()).unwrap();
    let events = ["shorter", "longer", "generation", "cut"].map(|id| manifest(id).events());
    assert_eq!(events, [3, 3, 2, 3]);
    assert_eq!(manifest("generation").generation, 3);
    assert_eq!(manifest("cut").segments.len(), 1);
    assert_eq!(assert_sound(repository.path()), 4);
}

#[test]
fn a_fork_is_reported_and_nothing_of_it_is_lost() {
    let ((_home, home), (repository, store)) = (open(Shape::Bare), open(Shape::Plain));
    grow(&home, "a", &[10]);
    adopt(&store, &home);
    grow(&home, "a", &[10]);
    let mut other = grown(&store, "a", &[]);
    let manifest = branch(&store).manifest(other.base.as_ref().unwrap()).unwrap();
    let mut writer = SegmentWriter::new(&store, manifest.chains());
    writer.push(&crate::sessions::line(&crate::sessions::redactor(), 77, 10)).unwrap();
    other.segments = writer.finish().unwrap();
    write(&store, vec![other]);
    let before = branch(&store).tree();
    let adopted = adopt(&store, &home);
    assert_eq!((adopted.stale, adopted.stored.len()), (vec![key("a")], 0));
    assert_eq!(branch(&store).tree(), before);
    assert_eq!(assert_sound(repository.path()), 1);
}

#[test]
fn damage_does_not_spread() {
    let ((repository, home), (_target, store)) = (open(Shape::Bare), open(Shape::Bare));
    for (id, size) in [("a", 10), ("b", 20)] {
        let mut draft = grown(&home, id, &[size]);
        draft.attachments.push(attachment(id.as_bytes()));
        write(&home, vec![draft]);
    }
    let files =
        repository.git(&["ls-tree", "-r", "opensession/sessions", "v1/2026/02/19/claude-code.a/"]);
    let pack = repository.path().join("objects/pack");
    for line in files.lines() {
        let id = line.split([' ', '\t']).nth(2).unwrap();
        let sound: Vec<_> = files_below(&pack)
            .into_iter()
            .map(|path| (std::fs::read(&path).unwrap(), path))
            .collect();
        damage_object(&repository, id);
        let (_fresh, fresh) = open(Shape::Bare);
        let adopted = adopt(&fresh, &Store::open(repository.path()).unwrap());
        assert_eq!((adopted.failed.len(), adopted.stored.len()), (1, 1), "{line}");
        assert_eq!(adopted.failed[0].0, key("a"));
        for (bytes, path) in sound {
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, bytes).unwrap();
        }
    }
    assert_eq!(adopt(&store, &home).stored.len(), 2);
}

/// Returns a store whose session `a` holds the events with these numbers, written in runs of that length.
fn store_with(events: &[u64], run: usize) -> (TestRepository, Store) {
    let (repository, store) = open(Shape::Bare);
    for run in events.chunks(run) {
        let mut draft = grown(&store, "a", &[]);
        let manifest = draft.base.as_ref().map(|base| branch(&store).manifest(base).unwrap());
        let chains = manifest.map_or(Chains::START, |manifest| manifest.chains());
        let mut writer = SegmentWriter::new(&store, chains);
        for event in run {
            writer.push(&crate::sessions::line(&crate::sessions::redactor(), *event, 10)).unwrap();
        }
        draft.segments = writer.finish().unwrap();
        write(&store, vec![draft]);
    }
    (repository, store)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn adopting_twice_is_adopting_once_and_never_shortens_a_session(
        here in 1_u64..6, there in 1_u64..6, fork_at in 0_u64..8, runs in (1_usize..4, 1_usize..4)
    ) {
        let ours: Vec<u64> = (0..here).collect();
        let theirs: Vec<u64> = (0..there).map(|n| if n < fork_at { n } else { n + 100 }).collect();
        let ((_here, store), (_there, other)) = (store_with(&ours, runs.0), store_with(&theirs, runs.1));
        let once = adopt(&store, &other);
        let tree = branch(&store).tree();
        let twice = adopt(&store, &other);
        prop_assert_eq!((twice.commit, twice.bytes, branch(&store).tree()), (None, 0, tree));
        let is_fork = fork_at < here.min(there);
        prop_assert_eq!(once.stale.len(), usize::from(is_fork));
        let events = branch(&store).manifest(&find(&store, "a").unwrap()).unwrap().events();
        prop_assert_eq!(events, if is_fork { here } else { here.max(there) });
    }
}
