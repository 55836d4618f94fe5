//! Remotes behind a server: what it answers, what it does not, and who may know what was sent.

use crate::refusals::{SILENCE, with_news};
use crate::remotes::{LIMITS, fetch, is_clean, joined, push, refusal, state, tip};
use crate::sessions::{assert_stored, at, grow};
use crate::web::{Manner, Server};
use opensession_store::{ErrorKind, Limits, Publicity, Pushed, Refusal, Store};
use opensession_testkit::{Shape, TestRepository, fsck_strict};
use std::time::Duration;

#[test]
fn a_server_takes_and_gives_also_slowly_and_with_a_login() {
    for (manner, login) in [
        (Manner::Open, ""),
        (Manner::Slow, ""),
        (Manner::Login("hunter22"), "alice:hunter22@"),
        (Manner::Login("hunter22"), "helper"),
    ] {
        let hub = TestRepository::new(Shape::Bare);
        let server = Server::start(hub.path(), manner);
        let (repository, store) = with_news(&hub);
        if login == "helper" {
            // The user's helpers are asked.
            let answers = "!f() { echo username=alice; echo password=hunter22; }; f";
            let _quiet = repository.git(&["config", "credential.helper", answers]);
        }
        let login = login.trim_start_matches("helper");
        let _quiet = repository.git(&["config", "remote.origin.url", &server.url(login)]);
        let origin = store.remote("origin").unwrap();
        assert_eq!(push(&store, &origin).unwrap(), Pushed::Updated, "{manner:?}");
        grow(&Store::open(hub.path()).unwrap(), "b", &[300_000]);
        let fetched = fetch(&store, &origin).unwrap();
        assert_eq!(fetched.was, Some(tip(&store)), "{manner:?}");
        assert_eq!(store.tracking().unwrap().unreadable.len(), 0);
        fsck_strict(repository.path());
        fsck_strict(hub.path());
    }
}

#[test]
fn answers_of_a_server_are_told_apart() {
    let receive = "service=git-receive-pack";
    for (manner, expected, kind) in [
        (Manner::Login("hunter22"), Refusal::Unauthenticated, ErrorKind::Denied),
        (Manner::Status(receive, 403), Refusal::NoRights, ErrorKind::Denied),
        (Manner::Status(receive, 404), Refusal::Missing, ErrorKind::NotFound),
        (Manner::Status(receive, 429), Refusal::Throttled, ErrorKind::Busy),
        (Manner::Status(receive, 503), Refusal::Unavailable, ErrorKind::Network),
        (Manner::Status("/git-receive-pack", 413), Refusal::TooLarge, ErrorKind::Denied),
        (Manner::Status("/git-receive-pack", 403), Refusal::NoRights, ErrorKind::Denied),
        (Manner::Status("/git-receive-pack", 507), Refusal::Quota, ErrorKind::Denied),
        (Manner::Status("/git-receive-pack", 500), Refusal::Unavailable, ErrorKind::Network),
        (Manner::CutOff("/git-receive-pack", 0), Refusal::CutOff, ErrorKind::Network),
        (Manner::CutOff(receive, 300), Refusal::CutOff, ErrorKind::Network),
        // Nothing says that git answers there.
        (Manner::CutOff(receive, 20), Refusal::Missing, ErrorKind::NotFound),
    ] {
        let hub = TestRepository::new(Shape::Bare);
        let server = Server::start(hub.path(), manner);
        let (repository, store) = with_news(&hub);
        let _quiet = repository.git(&["config", "remote.origin.url", &server.url("")]);
        let before = state(&store);
        let error = push(&store, &store.remote("origin").unwrap()).unwrap_err();
        assert_eq!((refusal(&error), error.kind()), (expected, kind), "{manner:?}: {error:?}");
        assert_eq!(state(&store), before, "{manner:?}");
        assert_eq!(assert_stored(repository.path()), 1);
        fsck_strict(hub.path());
        // The next one succeeds.
        let url = hub.path().to_str().unwrap();
        let _quiet = repository.git(&["config", "remote.origin.url", url]);
        let pushed = push(&store, &store.remote("origin").unwrap()).unwrap();
        assert!(matches!(pushed, Pushed::Updated | Pushed::UpToDate), "{manner:?}");
    }
}

#[test]
fn a_fetch_that_breaks_or_hangs_leaves_nothing() {
    for (manner, expected) in [
        (Manner::CutOff("/git-upload-pack", 3000), Refusal::CutOff),
        (Manner::Hang("/git-upload-pack"), Refusal::TimedOut),
        (Manner::Status("/git-upload-pack", 503), Refusal::Unavailable),
    ] {
        let hub = TestRepository::new(Shape::Bare);
        grow(&Store::open(hub.path()).unwrap(), "a", &[300_000]);
        let server = Server::start(hub.path(), manner);
        let (repository, store) = joined(Shape::Plain, &hub);
        // Of the older protocol the refs come by GET: only the fetch itself is a POST.
        let _quiet = repository.git(&["config", "protocol.version", "0"]);
        let _quiet = repository.git(&["config", "remote.origin.url", &server.url("")]);
        let origin = store.remote("origin").unwrap();
        let before = state(&store);
        let limits = Limits { silence: SILENCE * 4, ..LIMITS };
        let error = store.fetch(&origin, at("2026-02-19T11:00:00.000Z"), &limits, &mut |_step| {});
        let error = error.unwrap_err();
        assert_eq!((refusal(&error), error.kind()), (expected, ErrorKind::Network), "{error:?}");
        assert_eq!(state(&store), before, "{manner:?}");
        assert!(is_clean(store.git_dir()));
        fsck_strict(repository.path());
    }
}

#[test]
fn credentials_are_in_no_message() {
    let hub = TestRepository::new(Shape::Bare);
    let server = Server::start(hub.path(), Manner::Login("right-one"));
    let (_repository, store) = with_news(&hub);
    for login in ["alice:wrong-one@", "wrong-one-that-is-a-token@", "alice:wrong%2Done@"] {
        let remote = store.remote(&server.url(login)).unwrap();
        for error in [push(&store, &remote).unwrap_err(), fetch(&store, &remote).unwrap_err()] {
            assert_eq!(refusal(&error), Refusal::Unauthenticated, "{error:?}");
            let shown = format!("{error} {error:?} {remote} {remote:?}");
            assert!(!shown.contains("wrong"), "{shown}");
        }
    }
}

#[test]
fn public_is_what_answers_a_stranger() {
    let hub = TestRepository::new(Shape::Bare);
    let (repository, store) = with_news(&hub);
    let ask =
        |url: &str, patience| store.looks_public(&store.remote(url).unwrap(), patience).unwrap();
    let patience = Duration::from_secs(60);
    let open = Server::start(hub.path(), Manner::Open);
    assert_eq!(ask(&open.url(""), patience), Publicity::Public);
    // Its owner's credentials are not used.
    let closed = Server::start(hub.path(), Manner::Login("hunter22"));
    let helper = "!f() { echo username=alice; echo password=hunter22; }; f";
    let _quiet = repository.git(&["config", "credential.helper", helper]);
    let _quiet = repository.git(&["config", "http.extraHeader", "Authorization: Basic x"]);
    assert_eq!(ask(&closed.url("alice:hunter22@"), patience), Publicity::Private);
    assert!(!closed.logins().is_empty());
    assert_eq!(closed.logins().concat(), "");
    let missing = Server::start(hub.path(), Manner::Status("x.git", 404));
    assert_eq!(ask(&missing.url(""), patience), Publicity::Private);
    let broken = Server::start(hub.path(), Manner::Status("x.git", 500));
    assert_eq!(ask(&broken.url(""), patience), Publicity::Unknown);
    let silent = Server::start(hub.path(), Manner::Hang("x.git"));
    assert_eq!(ask(&silent.url(""), SILENCE), Publicity::Unknown);
    assert_eq!(ask(hub.path().to_str().unwrap(), patience), Publicity::Private);
    // Any of its addresses is enough.
    let _quiet = repository.git(&["config", "remote.origin.pushurl", &open.url("")]);
    let origin = store.remote("origin").unwrap();
    assert_eq!(store.looks_public(&origin, patience).unwrap(), Publicity::Public);
}

#[test]
fn a_stranger_goes_through_the_users_proxy() {
    let hub = TestRepository::new(Shape::Bare);
    let (repository, store) = with_news(&hub);
    let url = "http://elsewhere.invalid/x.git";
    let _quiet = repository.git(&["remote", "add", "far", url]);
    let ask = |name: &str| {
        store.looks_public(&store.remote(name).unwrap(), Duration::from_secs(60)).unwrap()
    };
    assert_eq!(ask("far"), Publicity::Unknown);
    let proxy = Server::start(hub.path(), Manner::Open);
    let address = format!("http://127.0.0.1:{}", proxy.port);
    for setting in ["http.proxy", "http.http://elsewhere.invalid.proxy", "remote.far.proxy"] {
        let _quiet = repository.git(&["config", setting, &address]);
        assert_eq!(ask("far"), Publicity::Public, "{setting}");
        let _quiet = repository.git(&["config", "--unset", setting]);
    }
    assert_eq!(ask("far"), Publicity::Unknown);
}
