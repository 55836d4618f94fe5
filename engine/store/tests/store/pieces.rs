//! Pushes that a remote would not take at once go piece by piece.

use crate::refusals::write_script;
use crate::remotes::{LIMITS, fetch, joined, push, push_within, refusal, tip};
use crate::sessions::{assert_stored, at, grown, redactor, start, write};
use opensession_hail::{Block, Chains, Event, EventId, EventType};
use opensession_redact::Counts;
use opensession_store::{
    CommitId, Draft, Error, ErrorKind, Limits, Pushed, Refusal, SegmentWriter, Store,
};
use opensession_testkit::{Shape, TestRepository, fsck_strict, git};
use std::fs;

/// So many bytes the remotes of these tests take at once.
const TAKEN: u64 = 60_000;
/// What is sent is not exactly what is on the disk.
const PIECES: Limits = Limits { sent: TAKEN / 10 * 9, ..LIMITS };

/// Returns a bare repository that refuses more than [`TAKEN`], and counts the pushes that it takes.
fn limited() -> TestRepository {
    let hub = TestRepository::new(Shape::Bare);
    let _quiet = hub.git(&["config", "receive.maxInputSize", &TAKEN.to_string()]);
    let hook = hub.path().join("hooks/post-receive");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    write_script(&hook, "echo taken >> taken");
    hub
}

fn taken(hub: &TestRepository) -> usize {
    let taken = fs::read_to_string(hub.path().join("taken"));
    taken.map_or(0, |taken| taken.lines().count())
}

/// Adds a session of some 20,000 bytes, compressed, in a commit of its own.
fn add(store: &Store, id: &str) {
    add_large(store, id, 33_000);
}

/// Adds a session with `size` letters of which zstd makes little less than two thirds.
fn add_large(store: &Store, id: &str, size: usize) {
    let mut state = id.bytes().fold(1_u64, |state, byte| state * 31 + u64::from(byte));
    let letters = (0..size).map(|place| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let letter = u8::try_from((state >> 33) % 26).unwrap();
        if place % 6 == 5 { ' ' } else { char::from(b'a' + letter) }
    });
    let redactor = redactor();
    let mut event = Event::new(EventId::new("e0"), start(), EventType::UserMessage);
    event.content.blocks.push(Block::text(letters.collect::<String>()));
    let mut writer = SegmentWriter::new(store, Chains::START);
    writer.push(&redactor.event(event, &mut Counts::new())).unwrap();
    let draft = Draft { segments: writer.finish().unwrap(), ..grown(store, id, &[1]) };
    assert_eq!(write(store, vec![draft]).stored.len(), 1);
}

fn weight(store: &Store, revisions: &[&str]) -> u64 {
    let weigh = [&["rev-list", "--disk-usage", "--objects"][..], revisions].concat();
    git(store.git_dir(), &weigh).parse().unwrap()
}

#[test]
fn what_is_too_large_for_one_push_goes_in_several() {
    let hub = limited();
    let (repository, store) = joined(Shape::Plain, &hub);
    let origin = store.remote("origin").unwrap();
    for id in 0..12 {
        add(&store, &format!("s{id}"));
    }
    let branch = "opensession/sessions";
    assert!(weight(&store, &[branch]) > 3 * TAKEN);
    // This is what the remote says to all of it.
    assert_eq!(refusal(&push(&store, &origin).unwrap_err()), Refusal::TooLarge);
    assert_eq!(taken(&hub), 0);
    assert_eq!(push_within(&store, &origin, &PIECES).unwrap(), Pushed::Updated);
    let pieces = taken(&hub);
    assert!((4..=12).contains(&pieces), "{pieces}");
    assert_eq!(hub.git(&["rev-parse", branch]), tip(&store).to_string());
    assert_eq!(
        repository.git(&["rev-parse", "refs/remotes/origin/opensession/sessions"]),
        tip(&store).to_string()
    );

    // What little comes later is one push, and so is nothing.
    add(&store, "later");
    assert_eq!(push_within(&store, &origin, &PIECES).unwrap(), Pushed::Updated);
    assert_eq!(push_within(&store, &origin, &PIECES).unwrap(), Pushed::UpToDate);
    assert_eq!(taken(&hub), pieces + 1);
    assert_eq!(assert_stored(repository.path()), 13);
    fsck_strict(hub.path());
}

#[test]
fn pieces_continue_what_the_remote_has() {
    let hub = limited();
    let (_ann, ann) = joined(Shape::Plain, &hub);
    let (repository, bob) = joined(Shape::Plain, &hub);
    add(&ann, "ann");
    let origin = ann.remote("origin").unwrap();
    assert_eq!(push_within(&ann, &origin, &PIECES).unwrap(), Pushed::Updated);
    let theirs = fetch(&bob, &bob.remote("origin").unwrap()).unwrap().tip.unwrap();
    add(&bob, "bob");
    bob.join(theirs, at("2026-02-19T12:00:00.000Z"), LIMITS.total).unwrap();
    for id in 0..6 {
        add(&bob, &format!("s{id}"));
    }
    let origin = bob.remote("origin").unwrap();
    assert_eq!(refusal(&push(&bob, &origin).unwrap_err()), Refusal::TooLarge);
    assert_eq!(push_within(&bob, &origin, &PIECES).unwrap(), Pushed::Updated);
    assert!(taken(&hub) >= 4, "{}", taken(&hub));
    assert_eq!(hub.git(&["rev-parse", "opensession/sessions"]), tip(&bob).to_string());
    assert_eq!(assert_stored(repository.path()), 8);

    // Somebody was faster: nothing of it is replaced.
    add(&ann, "other");
    for id in 0..6 {
        add(&ann, &format!("t{id}"));
    }
    let origin = ann.remote("origin").unwrap();
    assert_eq!(push_within(&ann, &origin, &PIECES).unwrap(), Pushed::Raced);
    assert_eq!(hub.git(&["rev-parse", "opensession/sessions"]), tip(&bob).to_string());
    fsck_strict(hub.path());
}

#[test]
fn one_commit_that_is_too_large_is_named_before_anything_of_it_leaves() {
    let hub = limited();
    let (repository, store) = joined(Shape::Plain, &hub);
    let origin = store.remote("origin").unwrap();
    add(&store, "small");
    let small = tip(&store);
    add_large(&store, "large", 150_000);
    let large = tip(&store);
    add(&store, "behind");
    let error = push_within(&store, &origin, &PIECES).unwrap_err();
    let Error::TooLarge { commit, bytes, limit } = &error else { unreachable!("{error}") };
    assert_eq!((*commit, *limit, error.kind()), (large, PIECES.sent, ErrorKind::Denied));
    assert_eq!(*bytes, weight(&store, &[&large.to_string(), &format!("^{small}")]));
    assert!(error.to_string().contains(&format!("{large}: {bytes} bytes")), "{error}");
    assert_eq!((taken(&hub), hub.git(&["for-each-ref"])), (0, String::new()));
    // Where the remote takes more, it goes.
    let _quiet = hub.git(&["config", "--unset", "receive.maxInputSize"]);
    assert_eq!(push(&store, &origin).unwrap(), Pushed::Updated);
    assert_eq!(assert_stored(repository.path()), 3);
    fsck_strict(hub.path());
}

#[test]
fn what_was_refused_in_the_middle_goes_on_from_there() {
    let hub = limited();
    let (repository, store) = joined(Shape::Plain, &hub);
    let origin = store.remote("origin").unwrap();
    for id in 0..12 {
        add(&store, &format!("s{id}"));
    }
    let hook = hub.path().join("hooks/pre-receive");
    write_script(&hook, "test ! -e taken || { echo enough >&2; exit 1; }");
    let error = push_within(&store, &origin, &PIECES).unwrap_err();
    assert_eq!((refusal(&error), taken(&hub)), (Refusal::Hook, 1));
    let there: CommitId = hub.git(&["rev-parse", "opensession/sessions"]).parse().unwrap();
    assert!(store.continues(tip(&store), there).unwrap() && there != tip(&store));
    assert_eq!(
        repository.git(&["rev-parse", "refs/remotes/origin/opensession/sessions"]),
        there.to_string()
    );
    fs::remove_file(&hook).unwrap();
    assert_eq!(push_within(&store, &origin, &PIECES).unwrap(), Pushed::Updated);
    assert_eq!(hub.git(&["rev-parse", "opensession/sessions"]), tip(&store).to_string());
    assert_eq!(assert_stored(repository.path()), 12);
    fsck_strict(hub.path());
}
