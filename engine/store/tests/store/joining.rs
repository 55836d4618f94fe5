//! Two states of the branch become one.

use crate::sessions::{PATIENCE, assert_sound, at, grow, grown, key, read, redactor, start, write};
use opensession_hail::{Block, Chains, Event, EventId, EventType, SessionKey, Timestamp};
use opensession_redact::Counts;
use opensession_store::{
    Branch, CommitId, Entry, ErrorKind, Joined, LinkDraft, SegmentWriter, Store,
};
use opensession_testkit::{Shape, TestRepository, command, git, git_with_input};
use proptest::prelude::*;
use std::path::Path;

const FETCHED: &str = "refs/remotes/other/opensession/sessions";

fn open() -> (TestRepository, Store) {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    (repository, store)
}

fn branch(store: &Store) -> Branch {
    store.branch().unwrap().unwrap()
}

fn tree(store: &Store) -> String {
    branch(store).tree().to_string()
}

fn tip(store: &Store) -> CommitId {
    branch(store).commit()
}

fn fetch(to: &Path, from: &Path) -> CommitId {
    let spec = format!("+refs/heads/opensession/sessions:{FETCHED}");
    let _quiet = git(to, &["fetch", "--quiet", from.to_str().unwrap(), &spec]);
    git(to, &["rev-parse", FETCHED]).parse().unwrap()
}

fn join(to: (&TestRepository, &Store), from: &TestRepository) -> Joined {
    let other = fetch(to.0.path(), from.path());
    to.1.join(other, at("2026-02-20T12:00:00.000Z"), PATIENCE).unwrap()
}

fn keys(store: &Store) -> Vec<String> {
    let mut keys: Vec<String> =
        branch(store).newest().map(|entry| entry.unwrap().key.to_string()).collect();
    keys.sort();
    keys
}

fn find(store: &Store, key: &SessionKey) -> Entry {
    branch(store).find(key, None).unwrap().unwrap()
}

/// Writes the session `id` with events of these ids, whole. `title` is what else may differ.
pub(crate) fn tell(store: &Store, id: &str, generation: u64, ids: &str, title: &str) {
    let redactor = redactor();
    let mut draft = grown(store, id, &[]);
    let mut writer = SegmentWriter::new(store, Chains::START);
    for event in ids.chars() {
        // The time is a matter of the id alone, as in a log that was copied.
        let millis = start().as_millis() + i64::from(u32::from(event));
        let time = Timestamp::from_millis(millis).unwrap();
        let id = EventId::new(event.to_string());
        let mut told = Event::new(id, time, EventType::UserMessage);
        told.content.blocks.push(Block::text(format!("{event} {title}")));
        writer.push(&redactor.event(told, &mut Counts::new())).unwrap();
    }
    let mut header = draft.header.clone().into_inner();
    header.context.title = Some(title.to_owned());
    draft.header = redactor.header(header, &mut Counts::new());
    draft.stats.event_count = ids.len() as u64;
    draft.segments = writer.finish().unwrap();
    (draft.keep, draft.generation) = (0, generation);
    let written = write(store, vec![draft]);
    assert!(written.stale.is_empty(), "{:?}", written.stale);
}

pub(crate) fn ids(store: &Store, key: &SessionKey) -> String {
    let lines = read(&branch(store), &find(store, key));
    let lines = String::from_utf8(lines).unwrap();
    lines
        .lines()
        .map(|line| line.split("\"event_id\":\"").nth(1).unwrap().chars().next().unwrap())
        .collect()
}

fn commit(digit: char) -> CommitId {
    digit.to_string().repeat(40).parse().unwrap()
}

fn link(store: &Store, id: &str, digit: char, files: &[&str]) {
    let file = |file: &&str| redactor().text((*file).to_owned(), &mut Counts::new());
    let link = LinkDraft {
        commit: commit(digit),
        session: key(id),
        event: EventId::new("a"),
        files: files.iter().map(file).collect(),
    };
    assert!(store.link(vec![link], start(), PATIENCE).unwrap().failed.is_empty());
}

/// Puts a file on the branch with nothing but git, as somebody might.
pub(crate) fn put_file(path: &Path, file: &str, content: &str) {
    let script = format!(
        "commit refs/heads/opensession/sessions\ncommitter a <a@b> 1771500000 +0000\ndata 0\n\
         from refs/heads/opensession/sessions^0\nM 100644 inline {file}\ndata {}\n{content}\n",
        content.len()
    );
    let _output = git_with_input(path, &["fast-import", "--quiet"], script.as_bytes());
}

#[test]
fn an_empty_repository_takes_what_it_fetched_as_it_is() {
    let ((home, from), (repository, store)) = (open(), open());
    grow(&from, "a", &[10, 20]);
    let joined = join((&repository, &store), &home);
    assert_eq!((joined.commit, joined.bytes), (Some(tip(&from)), 0));
    // Going on there and joining again moves the branch forward, without a commit of its own.
    grow(&from, "a", &[30]);
    assert_eq!(join((&repository, &store), &home).commit, Some(tip(&from)));
    assert_eq!(join((&repository, &store), &home).commit, None);
    // And the other way round there is nothing to do.
    assert_eq!(join((&home, &from), &repository).commit, None);
    assert_eq!(assert_sound(repository.path()), 1);
}

#[test]
fn machines_that_join_the_same_make_the_same_commit() {
    let ((one, ours), (two, theirs)) = (open(), open());
    grow(&ours, "a", &[10]);
    grow(&theirs, "b", &[10]);
    let (other, before) = (fetch(one.path(), two.path()), fetch(two.path(), one.path()));
    // Whoever joins, and whenever.
    let ours_now = ours.join(other, at("2026-02-20T12:00:00.000Z"), PATIENCE).unwrap();
    let theirs_now = theirs.join(before, at("2031-01-01T00:00:00.000Z"), PATIENCE).unwrap();
    assert_eq!(ours_now.commit, theirs_now.commit);
    assert_eq!(keys(&ours), ["claude-code.a", "claude-code.b"]);
    let parents = git(one.path(), &["log", "-1", "--format=%P", "opensession/sessions"]);
    let mut sorted = [other.to_string(), before.to_string()];
    sorted.sort();
    assert_eq!(parents, sorted.join(" "));
    for (repository, store) in [(&one, &ours), (&two, &theirs)] {
        let again = store.join(other, start(), PATIENCE).unwrap();
        assert_eq!((again.commit, again.bytes), (None, 0));
        assert_eq!(assert_sound(repository.path()), 2);
    }
}

#[test]
fn of_two_copies_the_one_that_goes_on_stays() {
    let ((one, ours), (two, theirs)) = (open(), open());
    tell(&ours, "s", 0, "abc", "short");
    tell(&theirs, "s", 0, "abcde", "long");
    join((&one, &ours), &two);
    assert_eq!((keys(&ours).len(), ids(&ours, &key("s"))), (1, "abcde".to_owned()));
    join((&two, &theirs), &one);
    assert_eq!(tree(&ours), tree(&theirs));
    // A higher generation takes the place of a longer one.
    tell(&ours, "s", 1, "ax", "rewritten");
    join((&two, &theirs), &one);
    assert_eq!(ids(&theirs, &key("s")), "ax");
    assert_eq!((assert_sound(one.path()), assert_sound(two.path())), (1, 1));
}

#[test]
fn copies_that_went_on_apart_are_both_kept_and_name_each_other() {
    let ((one, ours), (two, theirs)) = (open(), open());
    tell(&ours, "s", 0, "abx", "ours");
    tell(&theirs, "s", 0, "abcd", "theirs");
    join((&one, &ours), &two);
    let fork = key("s").fork(&EventId::new("x"));
    assert_eq!((ids(&ours, &key("s")), ids(&ours, &fork)), ("abcd".to_owned(), "abx".to_owned()));
    let manifest = |key: &SessionKey| branch(&ours).manifest(&find(&ours, key)).unwrap();
    let left = manifest(&fork).forked_from.unwrap();
    assert_eq!((left.session, left.event.as_str()), (key("s"), "x"));
    assert_eq!(manifest(&key("s")).forked_from, None);
    join((&two, &theirs), &one);
    assert_eq!(tip(&ours), tip(&theirs));
    // Both go on where they are; nothing changes its name.
    let long = ids(&ours, &key("s"));
    tell(&theirs, "s", 0, &format!("{long}e"), "theirs");
    join((&one, &ours), &two);
    assert_eq!(keys(&ours), [key("s").to_string(), fork.to_string()]);
    assert_eq!((assert_sound(one.path()), assert_sound(two.path())), (2, 2));
}

#[test]
fn what_was_forgotten_does_not_come_back_until_it_is_restored() {
    let ((one, ours), (two, theirs)) = (open(), open());
    tell(&ours, "s", 0, "ab", "");
    grow(&ours, "other", &[10]);
    link(&ours, "s", '1', &["a.rs"]);
    join((&two, &theirs), &one);
    let forgotten = ours.forget(&[(key("s"), 0)], start(), PATIENCE).unwrap();
    assert_eq!((forgotten.versions, forgotten.links), (1, 1));
    assert_eq!(keys(&ours), ["claude-code.other"]);
    assert_eq!(branch(&ours).tombstone(&key("s")).unwrap(), Some(0));
    let again = ours.forget(&[(key("s"), 0)], start(), PATIENCE).unwrap();
    assert_eq!((again.commit, again.versions, again.links), (None, 0, 0));

    // The stale clone goes on with it, and links one more commit.
    tell(&theirs, "s", 0, "abc", "");
    link(&theirs, "s", '2', &["b.rs"]);
    grow(&theirs, "new", &[10]);
    for _ in 0..2 {
        join((&one, &ours), &two);
        join((&two, &theirs), &one);
    }
    assert_eq!(tip(&ours), tip(&theirs));
    assert_eq!(keys(&theirs), ["claude-code.new", "claude-code.other"]);
    assert_eq!(branch(&theirs).links().count(), 0);
    // Neither a capture nor a hook brings it back.
    let written = write(&theirs, vec![grown(&theirs, "s", &[10])]);
    assert_eq!((written.commit, written.forgotten), (None, vec![key("s")]));
    link(&theirs, "s", '1', &["a.rs"]);
    assert_eq!(branch(&theirs).links().count(), 0);

    let past = theirs.before_forgetting(&key("s")).unwrap().unwrap();
    assert_eq!(theirs.restore(&past, &key("s"), start(), PATIENCE).unwrap().versions, 1);
    link(&theirs, "s", '1', &["a.rs"]);
    join((&one, &ours), &two);
    let entry = find(&ours, &key("s"));
    assert_eq!(branch(&ours).manifest(&entry).unwrap().generation, 1);
    assert!(ids(&ours, &key("s")).starts_with("ab"));
    assert_eq!(branch(&ours).links_of(commit('1')).unwrap().len(), 1);
    assert_eq!((assert_sound(one.path()), assert_sound(two.path())), (3, 3));
}

#[test]
fn a_rewritten_history_stays_rewritten() {
    let ((one, ours), (two, theirs)) = (open(), open());
    tell(&ours, "secret", 0, "ab", "");
    grow(&ours, "kept", &[10]);
    join((&two, &theirs), &one);
    ours.forget(&[(key("secret"), 0)], start(), PATIENCE).unwrap();
    let before = tip(&ours);
    let root = ours.rewrite(at("2026-02-21T00:00:00.000Z"), PATIENCE).unwrap().unwrap();
    assert_eq!(branch(&ours).epoch().unwrap(), 1);
    assert_eq!(git(one.path(), &["rev-list", "--count", "opensession/sessions"]), "1");

    // A clone that knows nothing of it goes on: what is new there comes over, its history does not.
    tell(&theirs, "secret", 0, "abc", "");
    grow(&theirs, "new", &[10]);
    join((&one, &ours), &two);
    assert_eq!(keys(&ours), ["claude-code.kept", "claude-code.new"]);
    assert_eq!(
        git(one.path(), &["log", "-1", "--format=%P", "opensession/sessions"]),
        root.to_string()
    );
    join((&two, &theirs), &one);
    assert_eq!(tip(&ours), tip(&theirs));
    let reached = git(two.path(), &["rev-list", "opensession/sessions"]);
    assert!(!reached.contains(&before.to_string()));

    // Two that were rewritten apart from each other agree on one of them.
    ours.rewrite(at("2026-02-22T00:00:00.000Z"), PATIENCE).unwrap().unwrap();
    theirs.rewrite(at("2026-02-23T00:00:00.000Z"), PATIENCE).unwrap().unwrap();
    grow(&ours, "late", &[10]);
    grow(&theirs, "later", &[10]);
    for _ in 0..2 {
        join((&one, &ours), &two);
        join((&two, &theirs), &one);
    }
    assert_eq!(tip(&ours), tip(&theirs));
    assert_eq!(
        git(one.path(), &["rev-list", "--max-parents=0", "opensession/sessions"]).lines().count(),
        1
    );
    assert_eq!(keys(&ours).len(), 4);
    assert_eq!((assert_sound(one.path()), assert_sound(two.path())), (4, 4));
}

#[test]
fn links_of_both_sides_stay_and_the_one_with_more_files_is_kept() {
    let ((one, ours), (two, theirs)) = (open(), open());
    tell(&ours, "s", 0, "ab", "");
    tell(&theirs, "t", 0, "ab", "");
    link(&ours, "s", '1', &["a.rs", "b.rs"]);
    link(&theirs, "s", '1', &["a.rs"]);
    link(&theirs, "t", '2', &["c.rs"]);
    join((&one, &ours), &two);
    join((&two, &theirs), &one);
    assert_eq!(tree(&ours), tree(&theirs));
    let links: Vec<_> = branch(&ours).links().map(Result::unwrap).collect();
    let told: Vec<_> = links.iter().map(|link| (link.session.id(), link.files.len())).collect();
    assert_eq!(told, [("s", 2), ("t", 1)]);
    assert_eq!(assert_sound(one.path()), 2);
}

#[test]
fn copies_of_a_folder_that_both_went_on_are_one_again() {
    let (one, ours) = open();
    grow(&ours, "a", &[10]);
    let copy = tempfile::tempdir().unwrap();
    let copied = copy.path().join("copy.git");
    let copying = command("cp", copy.path()).arg("-r").arg(one.path()).arg(&copied).status();
    assert!(copying.unwrap().success());
    let theirs = Store::open(&copied).unwrap();
    grow(&ours, "a", &[20]);
    grow(&theirs, "b", &[20]);
    grow(&theirs, "a", &[20, 30]);
    let other = fetch(one.path(), &copied);
    ours.join(other, start(), PATIENCE).unwrap();
    assert_eq!(keys(&ours), ["claude-code.a", "claude-code.b"]);
    assert_eq!(branch(&ours).manifest(&find(&ours, &key("a"))).unwrap().events(), 3);
    assert_eq!(assert_sound(one.path()), 2);
}

#[test]
fn what_a_newer_version_wrote_is_carried_along_or_refused() {
    let ((one, ours), (two, theirs)) = (open(), open());
    grow(&ours, "a", &[10]);
    grow(&theirs, "b", &[10]);
    for file in ["v2/x", "notes/b.txt", "v1/later/c", "v1/2026/02/19/d.txt"] {
        put_file(two.path(), file, "theirs");
    }
    put_file(one.path(), "notes/b.txt", "ours");
    join((&one, &ours), &two);
    join((&two, &theirs), &one);
    assert_eq!(tip(&ours), tip(&theirs));
    let names = git(one.path(), &["ls-tree", "-r", "--name-only", "opensession/sessions"]);
    for file in ["v2/x", "notes/b.txt", "v1/later/c", "v1/2026/02/19/d.txt"] {
        assert!(names.contains(file), "{names}");
    }
    // Both wrote in a format that this version does not know: nobody here can say what that means.
    put_file(one.path(), "v2/x", "ours");
    put_file(two.path(), "v2/x", "more of theirs");
    let (before, other) = (tip(&ours), fetch(one.path(), two.path()));
    let error = ours.join(other, start(), PATIENCE).unwrap_err();
    assert_eq!((error.kind(), tip(&ours)), (ErrorKind::Unsupported, before));
    assert_eq!(keys(&ours).len(), 2);
}

#[test]
fn a_manifest_of_a_newer_format_is_not_written_over() {
    let ((one, ours), (two, theirs)) = (open(), open());
    grow(&ours, "a", &[10]);
    join((&two, &theirs), &one);
    grow(&ours, "a", &[20]);
    let path = format!("v1/2026/02/19/{}/session.json", key("a"));
    put_file(two.path(), &path, "{\"format\": 2}");
    let other = fetch(one.path(), two.path());
    let error = ours.join(other, start(), PATIENCE).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    // One that is no manifest is below every one that is.
    put_file(two.path(), &path, "{");
    join((&one, &ours), &two);
    assert_eq!(branch(&ours).manifest(&find(&ours, &key("a"))).unwrap().events(), 2);
    assert_eq!(assert_sound(one.path()), 1);
}

/// What happens on one machine.
#[derive(Clone, Debug)]
enum Step {
    Tell(u8, u64, String, u8),
    Forget(u8),
    Link(u8, u8, u8),
    Rewrite,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0_u8..3, 0_u64..2, "[a-c]{1,4}", 0_u8..2)
            .prop_filter("ids are unique", |(_, _, ids, _)| ids.chars().collect::<std::collections::BTreeSet<_>>().len() == ids.len())
            .prop_map(|(session, generation, ids, title)| Step::Tell(session, generation, ids, title)),
        1 => (0_u8..3).prop_map(Step::Forget),
        2 => (0_u8..3, 0_u8..3, 1_u8..3).prop_map(|(session, commit, files)| Step::Link(session, commit, files)),
        1 => Just(Step::Rewrite),
    ]
}

fn take(store: &Store, step: &Step) {
    let name = |session: &u8| format!("s{session}");
    match step {
        Step::Tell(session, generation, ids, title) => {
            let id = name(session);
            let branch = store.branch().unwrap();
            let stands = branch.as_ref().map_or(Vec::new(), |b| b.versions(&key(&id)).unwrap());
            let forgotten = branch.as_ref().and_then(|b| b.tombstone(&key(&id)).unwrap());
            // A capture only ever goes up.
            let highest = stands
                .iter()
                .map(|entry| branch.as_ref().unwrap().manifest(entry).unwrap().generation);
            if highest.max().is_some_and(|stands| stands >= *generation)
                || forgotten >= Some(*generation)
            {
                return;
            }
            tell(store, &id, *generation, ids, &title.to_string());
        }
        Step::Forget(session) => {
            let id = name(session);
            if store.branch().unwrap().is_some_and(|b| !b.versions(&key(&id)).unwrap().is_empty()) {
                store.forget(&[(key(&id), 0)], start(), PATIENCE).unwrap();
            }
        }
        Step::Link(session, commit, files) => {
            let files = ["a", "b", "c"].get(..usize::from(*files)).unwrap();
            link(store, &name(session), char::from(b'1' + commit), files);
        }
        Step::Rewrite => drop(store.rewrite(start(), PATIENCE).unwrap()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_joins_does_not_matter(histories in proptest::array::uniform3(proptest::collection::vec(step(), 1..6))) {
        let machines: Vec<(TestRepository, Store)> = (0..3).map(|_| open()).collect();
        for ((_repository, store), history) in machines.iter().zip(&histories) {
            grow(store, "first", &[5]);
            history.iter().for_each(|step| take(store, step));
        }
        let mut trees = Vec::new();
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            let (repository, store) = open();
            for index in order.into_iter().chain(order) {
                join((&repository, &store), &machines[index].0);
            }
            trees.push(tree(&store));
        }
        // The last two first, and then the first.
        let (repository, store) = open();
        let (pair, both) = open();
        join((&pair, &both), &machines[2].0);
        join((&pair, &both), &machines[1].0);
        join((&repository, &store), &machines[0].0);
        join((&repository, &store), &pair);
        trees.push(tree(&store));
        trees.dedup();
        prop_assert_eq!(trees.len(), 1);
        // And every machine comes to the same.
        for (machine, store) in &machines {
            join((machine, store), &repository);
            prop_assert_eq!(&tree(store), &trees[0]);
        }
        assert_sound(repository.path());
    }
}
