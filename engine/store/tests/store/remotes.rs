//! Fetching and pushing: one ref here, one ref there, and nothing else.

use crate::sessions::{assert_stored, at, grow, grown, key, write};
use opensession_store::{
    CommitId, Error, ErrorKind, Fetched, Limits, Progress, Pushed, Refusal, Remote, Store,
};
use opensession_testkit::{Shape, TestRepository, command, fsck_strict, git};
use std::fs;
use std::path::Path;
use std::str::FromStr as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Longer than any call takes that ends by itself.
pub(crate) const LIMITS: Limits = Limits::within(Duration::from_secs(120));

pub(crate) fn fetch(store: &Store, remote: &Remote) -> Result<Fetched, Error> {
    store.fetch(remote, at("2026-02-19T11:00:00.000Z"), &LIMITS, &mut |_step| {})
}

pub(crate) fn push(store: &Store, remote: &Remote) -> Result<Pushed, Error> {
    push_within(store, remote, &LIMITS)
}

pub(crate) fn push_within(
    store: &Store,
    remote: &Remote,
    limits: &Limits,
) -> Result<Pushed, Error> {
    let tip = tip(store);
    store.push(remote, tip, None, at("2026-02-19T11:00:00.000Z"), limits, &mut |_step| {})
}

pub(crate) fn tip(store: &Store) -> CommitId {
    store.branch().unwrap().unwrap().commit()
}

/// Returns a repository of that shape with the bare `other` as its remote `origin`.
pub(crate) fn joined(shape: Shape, other: &TestRepository) -> (TestRepository, Store) {
    let repository = TestRepository::new(shape);
    // Some shapes have a remote of that name.
    let _quiet = repository.git(&["config", "remote.origin.url", other.path().to_str().unwrap()]);
    let fetch = "+refs/heads/*:refs/remotes/origin/*";
    let _quiet = repository.git(&["config", "remote.origin.fetch", fetch]);
    let store = Store::open(repository.path()).unwrap();
    (repository, store)
}

#[allow(clippy::panic, reason = "a test that cannot go on fails")]
pub(crate) fn refusal(error: &Error) -> Refusal {
    match error {
        Error::Refused { refusal, .. } => *refusal,
        other => panic!("{other}"),
    }
}

/// Returns what no failed call may change: all refs, all objects, and what lies in our folder.
pub(crate) fn state(store: &Store) -> Vec<String> {
    let mut found = vec![git(store.git_dir(), &["for-each-ref"])];
    for folder in ["objects/pack", "opensession", "opensession/incoming"] {
        let Ok(entries) = fs::read_dir(store.git_dir().join(folder)) else { continue };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        // The lock of who fetches is there from the first time on.
        let mut names: Vec<String> =
            names.filter(|name| name != "incoming" && name != "lock").collect();
        names.sort();
        found.extend(names);
    }
    found
}

pub(crate) fn hash_like(shape: Shape) -> Shape {
    match shape {
        Shape::Sha256 | Shape::LinkedReftable => Shape::Sha256,
        _ => Shape::Bare,
    }
}

#[test]
fn sessions_travel_between_repositories_of_every_shape() {
    for shape in Shape::ALL {
        let hub = TestRepository::new(hash_like(shape));
        let (repository, store) = joined(shape, &hub);
        let before = repository.belongings();
        let origin = store.remote("origin").unwrap();
        assert_eq!(fetch(&store, &origin).unwrap(), Fetched { tip: None, was: None });
        grow(&store, "a", &[10, 20]);
        assert_eq!(push(&store, &origin).unwrap(), Pushed::Updated, "{shape:?}");
        assert_eq!(push(&store, &origin).unwrap(), Pushed::UpToDate, "{shape:?}");
        let ours = tip(&store);
        assert_eq!(hub.git(&["rev-parse", "opensession/sessions"]), ours.to_string());
        let tracked = || repository.git(&["rev-parse", "refs/remotes/origin/opensession/sessions"]);
        assert_eq!(tracked(), ours.to_string());
        assert_eq!(
            hub.git(&["for-each-ref", "--format=%(refname)", "refs/tags", "refs/remotes"]),
            ""
        );

        // Somebody else clones what is there, and goes on.
        let (other, theirs) = joined(shape, &hub);
        let origin_of_other = theirs.remote("origin").unwrap();
        let fetched = fetch(&theirs, &origin_of_other).unwrap();
        assert_eq!(fetched, Fetched { tip: Some(ours), was: None }, "{shape:?}");
        let name = "refs/remotes/origin/opensession/sessions";
        let _quiet = other.git(&["update-ref", "refs/heads/opensession/sessions", name]);
        grow(&theirs, "b", &[5]);
        assert_eq!(push(&theirs, &origin_of_other).unwrap(), Pushed::Updated);

        grow(&store, "c", &[1]);
        assert_eq!(push(&store, &origin).unwrap(), Pushed::Raced, "{shape:?}");
        let fetched = fetch(&store, &origin).unwrap();
        assert_eq!(fetched, Fetched { tip: Some(tip(&theirs)), was: Some(ours) }, "{shape:?}");
        assert_eq!(fetch(&store, &origin).unwrap().was, fetched.tip);
        let tracking = store.tracking().unwrap();
        assert!(tracking.unreadable.is_empty());
        let (remote, branch) = &tracking.branches[0];
        assert_eq!(remote, "origin");
        assert!(branch.find(&key("b"), None).unwrap().is_some());

        // Nothing else changed, here or there.
        let _quiet = repository.git(&["update-ref", "-d", name]);
        assert!(repository.belongings() == before, "{shape:?}: something else changed");
        assert!(!store.git_dir().join("FETCH_HEAD").exists(), "{shape:?}");
        assert_eq!(assert_stored(repository.path()), 2, "{shape:?}");
        assert_eq!(assert_stored(other.path()), 2, "{shape:?}");
        fsck_strict(hub.path());
    }
}

#[test]
fn a_partial_clone_gets_what_it_left_out() {
    let hub = TestRepository::new(Shape::Plain);
    let theirs = Store::open(hub.path()).unwrap();
    grow(&theirs, "a", &[10, 20]);
    let _quiet = hub.git(&["config", "uploadpack.allowFilter", "true"]);
    let home = hub.home().path();
    let url = format!("file://{}", hub.path().display());
    let _quiet = git(home, &["clone", "--quiet", "--no-checkout", "--filter=blob:none", &url, "x"]);
    let store = Store::open(&home.join("x")).unwrap();
    let origin = store.remote("origin").unwrap();
    let (_name, branch) = store.tracking().unwrap().branches.remove(0);
    let read = |entry| branch.manifest(&entry);
    let entry = || branch.find(&key("a"), None).unwrap().unwrap();
    assert!(read(entry()).is_err(), "there was nothing to bring");
    let fetched = fetch(&store, &origin).unwrap();
    assert_eq!(fetched, Fetched { tip: Some(tip(&theirs)), was: Some(tip(&theirs)) });
    assert_eq!(read(entry()).unwrap().events(), 2);
}

#[test]
fn a_rewritten_branch_is_taken_and_the_old_one_stays_in_the_reflog() {
    for shape in [Shape::Plain, Shape::Reftable, Shape::Bare] {
        let hub = TestRepository::new(Shape::Bare);
        let (repository, store) = joined(shape, &hub);
        let origin = store.remote("origin").unwrap();
        grow(&store, "a", &[10]);
        assert_eq!(push(&store, &origin).unwrap(), Pushed::Updated);
        let old = tip(&store);
        let theirs = Store::open(hub.path()).unwrap();
        let _quiet = hub.git(&["update-ref", "-d", "refs/heads/opensession/sessions"]);
        assert_eq!(fetch(&store, &origin).unwrap(), Fetched { tip: None, was: Some(old) });
        let name = "refs/remotes/origin/opensession/sessions";
        assert_eq!(repository.git(&["rev-parse", name]), old.to_string(), "{shape:?}");
        grow(&theirs, "z", &[3]);
        let new = tip(&theirs);
        let fetched = fetch(&store, &origin).unwrap();
        assert_eq!(fetched, Fetched { tip: Some(new), was: Some(old) });
        let reflog = repository.git(&["reflog", "-1", "--format=%H %gs", name]);
        assert_eq!(reflog, format!("{new} opensession: sync"), "{shape:?}");
        let branch = "refs/heads/opensession/sessions";
        let _quiet = repository.git(&["update-ref", "-d", branch]);
        let _quiet = repository.git(&["repack", "-a", "-d", "--quiet"]);
        let _quiet = repository.git(&["prune", "--expire=now"]);
        let _quiet = repository.git(&["update-ref", branch, &old.to_string()]);

        // Ours is no continuation of it, and replaces it only where that is asked for.
        assert_eq!(push(&store, &origin).unwrap(), Pushed::Raced);
        let time = at("2026-02-19T12:00:00.000Z");
        let replace = |lease| store.push(&origin, old, Some(lease), time, &LIMITS, &mut |_step| {});
        assert_eq!(replace(old).unwrap(), Pushed::Raced);
        assert_eq!(hub.git(&["rev-parse", "opensession/sessions"]), new.to_string());
        assert_eq!(replace(new).unwrap(), Pushed::Updated);
        assert_eq!(hub.git(&["rev-parse", "opensession/sessions"]), old.to_string());
        fsck_strict(repository.path());
        fsck_strict(hub.path());
    }
}

#[test]
fn a_remote_with_another_hash_is_named() {
    for (shape, other) in [(Shape::Plain, Shape::Sha256), (Shape::Sha256, Shape::Bare)] {
        let hub = TestRepository::new(other);
        let (_repository, store) = joined(shape, &hub);
        let origin = store.remote("origin").unwrap();
        grow(&store, "a", &[1]);
        let before = state(&store);
        let error = push(&store, &origin).unwrap_err();
        assert_eq!((refusal(&error), error.kind()), (Refusal::OtherHash, ErrorKind::Unsupported));
        grow(&Store::open(hub.path()).unwrap(), "b", &[1]);
        let error = fetch(&store, &origin).unwrap_err();
        assert_eq!(refusal(&error), Refusal::OtherHash);
        assert_eq!(state(&store), before);
    }
}

#[test]
fn what_is_too_large_leaves_nothing_behind() {
    let hub = TestRepository::new(Shape::Bare);
    grow(&Store::open(hub.path()).unwrap(), "a", &[2 << 20]);
    let (_repository, store) = joined(Shape::Plain, &hub);
    let origin = store.remote("origin").unwrap();
    let before = state(&store);
    let limits = Limits { bytes: 0, ..LIMITS };
    let error = store.fetch(&origin, at("2026-02-19T11:00:00.000Z"), &limits, &mut |_step| {});
    assert_eq!(refusal(&error.unwrap_err()), Refusal::Oversized);
    assert_eq!(state(&store), before);
    assert!(fetch(&store, &origin).unwrap().tip.is_some());
}

#[test]
fn progress_is_told_in_numbers() {
    let hub = TestRepository::new(Shape::Bare);
    let (_repository, store) = joined(Shape::Plain, &hub);
    let origin = store.remote("origin").unwrap();
    write(&store, (0..20).map(|n| grown(&store, &n.to_string(), &[10])).collect());
    let mut steps: Vec<Progress> = Vec::new();
    let time = at("2026-02-19T11:00:00.000Z");
    let pushed =
        store.push(&origin, tip(&store), None, time, &LIMITS, &mut |step| steps.push(step));
    assert_eq!(pushed.unwrap(), Pushed::Updated);
    assert!(steps.iter().any(|step| step.total > 40 && step.done == step.total), "{steps:?}");
}

#[test]
fn remotes_are_those_that_git_would_use() {
    let repository = TestRepository::new(Shape::Plain);
    let config = |key: &str, value: &str| drop(repository.git(&["config", "--add", key, value]));
    let store = Store::open(repository.path()).unwrap();
    assert_eq!(store.remotes().unwrap(), []);
    config("remote.origin.url", "https://me:hunter22@host/a.git");
    config("remote.team/up.url", "short:a.git");
    config("url.ssh://git@long/.insteadOf", "short:");
    config("url.ssh://git@write/.pushInsteadOf", "short:");
    config("remote.both.url", "/srv/a.git");
    config("remote.both.pushurl", "/srv/b.git");
    config("remote.both.pushurl", "https://token-token@host/c.git");
    // What has no address is no remote, and what cannot stand in a ref or is an option, none that can be used.
    config("remote.odd.fetch", "+refs/heads/*:refs/remotes/odd/*");
    config("remote.-x.url", "/srv/x.git");
    config("remote.a b.url", "/srv/x.git");
    let shown = |remote: &Remote| {
        let push: Vec<String> = remote.push_addresses().iter().map(ToString::to_string).collect();
        format!("{remote} {} {}", remote.fetch_address(), push.join(" "))
    };
    let listed: Vec<String> = store.remotes().unwrap().iter().map(shown).collect();
    assert_eq!(
        listed,
        [
            "both /srv/a.git /srv/b.git https://host/c.git",
            "origin https://host/a.git https://host/a.git",
            "team/up ssh://git@long/a.git ssh://git@write/a.git",
        ]
    );
    let by_address = store.remote("short:x.git").unwrap();
    assert_eq!(
        shown(&by_address),
        "ssh://git@long/x.git ssh://git@long/x.git ssh://git@write/x.git"
    );
    assert_eq!(by_address.name(), None);
    for text in ["nothing", "-x", "a b", "../x", "", "odd"] {
        let error = store.remote(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{text}");
    }
}

#[test]
fn a_repository_without_remotes_pushes_to_an_address() {
    let hub = TestRepository::new(Shape::Bare);
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    let address = store.remote(hub.path().to_str().unwrap()).unwrap();
    assert_eq!(push(&store, &address).unwrap(), Pushed::Updated);
    let tracked = format!("refs/remotes/{}/opensession/sessions", address.tracked_as());
    assert_eq!(repository.git(&["rev-parse", &tracked]), tip(&store).to_string());
    assert_eq!(fetch(&store, &address).unwrap().was, Some(tip(&store)));
    assert_eq!(repository.git(&["remote"]), "");
}

#[test]
fn a_mirror_and_push_options_do_not_get_in_the_way() {
    let hub = TestRepository::new(Shape::Bare);
    let (repository, store) = joined(Shape::Plain, &hub);
    for (key, value) in [
        ("remote.origin.mirror", "true"),
        ("push.pushOption", "ci.skip"),
        ("push.gpgSign", "true"),
        ("push.followTags", "true"),
        ("fetch.prune", "true"),
        ("remote.origin.tagOpt", "--tags"),
        ("push.recurseSubmodules", "only"),
        ("submodule.recurse", "true"),
        ("fetch.recurseSubmodules", "true"),
    ] {
        let _quiet = repository.git(&["config", key, value]);
    }
    let _quiet = repository.git(&["tag", "--annotate", "--message=x", "v1"]);
    grow(&store, "a", &[1]);
    let origin = store.remote("origin").unwrap();
    assert_eq!(push(&store, &origin).unwrap(), Pushed::Updated);
    let branch = "refs/heads/opensession/sessions";
    assert_eq!(hub.git(&["for-each-ref", "--format=%(refname)"]), branch);
    let _quiet = hub.git(&["tag", "theirs", branch]);
    let _quiet = hub.git(&["update-ref", "refs/heads/main", branch]);
    let tracking = "refs/remotes/origin/opensession/sessions";
    let _quiet = repository.git(&["update-ref", "-d", tracking]);
    assert!(fetch(&store, &origin).unwrap().tip.is_some());
    assert_eq!(
        repository.git(&["for-each-ref", "--format=%(refname)", "refs/remotes", "refs/tags"]),
        format!("{tracking}\nrefs/tags/v1")
    );
}

/// Returns whether `folder` holds nothing that was being fetched.
pub(crate) fn is_clean(folder: &Path) -> bool {
    !folder.join("opensession/incoming/objects").exists()
}

#[test]
fn what_a_dead_fetch_left_is_cleared() {
    let hub = TestRepository::new(Shape::Bare);
    grow(&Store::open(hub.path()).unwrap(), "a", &[1]);
    let (_repository, store) = joined(Shape::Plain, &hub);
    let left = store.work_folder().join("incoming/objects/pack");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("tmp_pack_abc"), "half of it").unwrap();
    fs::write(left.join("pack-1111111111111111111111111111111111111111.idx"), "").unwrap();
    assert!(fetch(&store, &store.remote("origin").unwrap()).unwrap().tip.is_some());
    assert!(is_clean(store.git_dir()));
    fsck_strict(store.git_dir());
}

#[test]
fn many_fetch_at_once_and_git_collects_garbage_beside() {
    let hub = TestRepository::new(Shape::Bare);
    let theirs = Store::open(hub.path()).unwrap();
    let (repository, store) = joined(Shape::Plain, &hub);
    let origin = store.remote("origin").unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let collector = scope.spawn(|| {
            let mut rounds = 0;
            while !is_over.load(Ordering::Relaxed) {
                // It may lose a race against a ref that is just set: that is no damage.
                let mut gc = command("git", repository.path());
                drop(gc.args(["gc", "--quiet", "--prune=now"]).output().unwrap());
                rounds += 1;
            }
            rounds
        });
        for n in 0..8 {
            grow(&theirs, &n.to_string(), &[500]);
            let fetched: Vec<Fetched> = thread::scope(|scope| {
                let threads = [(); 3].map(|()| scope.spawn(|| fetch(&store, &origin).unwrap()));
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(fetched.iter().all(|fetched| fetched.tip == Some(tip(&theirs))));
            let (_name, branch) = store.tracking().unwrap().branches.remove(0);
            assert!(branch.find(&key(&n.to_string()), None).unwrap().is_some());
        }
        is_over.store(true, Ordering::Relaxed);
        assert!(collector.join().unwrap() > 0);
    });
    fsck_strict(repository.path());
    assert!(is_clean(store.git_dir()));
    let packs = fs::read_dir(store.git_dir().join("objects/pack")).unwrap();
    let is_keep = |name: &str| name.ends_with(".keep");
    assert!(
        !packs.map(|entry| entry.unwrap().file_name()).any(|name| is_keep(name.to_str().unwrap()))
    );
}

#[test]
fn a_ref_in_the_way_is_named() {
    for shape in [Shape::Plain, Shape::Reftable] {
        let hub = TestRepository::new(Shape::Bare);
        grow(&Store::open(hub.path()).unwrap(), "a", &[1]);
        let (repository, store) = joined(shape, &hub);
        let _quiet = repository.git(&["update-ref", "refs/remotes/origin/opensession", "main"]);
        let before = state(&store);
        let origin = store.remote("origin").unwrap();
        let (time, tip) =
            (at("2026-02-19T11:00:00.000Z"), CommitId::from_str(&"1".repeat(40)).unwrap());
        let pushed = store.push(&origin, tip, None, time, &LIMITS, &mut |_step| {});
        for error in [fetch(&store, &origin).unwrap_err(), pushed.unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
            assert!(
                error.to_string().ends_with("beside refs/remotes/origin/opensession"),
                "{error}"
            );
        }
        assert_eq!(state(&store), before, "{shape:?}");
        fsck_strict(repository.path());
    }
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_our_folder_is_not_followed() {
    let hub = TestRepository::new(Shape::Bare);
    grow(&Store::open(hub.path()).unwrap(), "a", &[1]);
    for link in ["opensession", "opensession/incoming"] {
        let (repository, store) = joined(Shape::Plain, &hub);
        let outside = repository.home().path().join("outside");
        fs::create_dir(&outside).unwrap();
        let link = store.git_dir().join(link);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(&outside, &link).unwrap();
        let error = fetch(&store, &store.remote("origin").unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    }
}

#[test]
fn a_relative_path_is_seen_from_where_git_sees_it() {
    for shape in [Shape::Plain, Shape::Bare, Shape::SeparateGitDir] {
        let other = TestRepository::new(Shape::Bare);
        let (repository, store) = joined(shape, &other);
        let folder = repository.path().canonicalize().unwrap();
        // Up to the root, and down again.
        let up = "../".repeat(folder.components().count() - 1);
        let down = other.path().canonicalize().unwrap();
        let relative = format!("{up}{}", down.strip_prefix("/").unwrap().display());
        let _quiet = repository.git(&["config", "remote.origin.url", &relative]);
        grow(&store, "a", &[5]);
        let remote = store.remote("origin").unwrap();
        assert_eq!(push(&store, &remote).unwrap(), Pushed::Updated, "{shape:?}");
        // As git does.
        let _quiet = repository.git(&["fetch", "--quiet", "origin"]);
        assert_eq!(fetch(&store, &remote).unwrap().tip, Some(tip(&store)), "{shape:?}");
        fsck_strict(other.path());
    }
}
