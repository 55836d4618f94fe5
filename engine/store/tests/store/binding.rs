//! `opensession.remote`: which remote was agreed to, and whether it is still that one.

use opensession_store::{Binding, Store};
use opensession_testkit::{Shape, TestRepository};
use std::fs;

fn set(repository: &TestRepository, key: &str, value: &str) {
    let _quiet = repository.git(&["config", key, value]);
}

#[test]
fn a_binding_is_taken_back_byte_for_byte() {
    for shape in [Shape::Plain, Shape::Bare, Shape::LinkedWorktree, Shape::Reftable] {
        for ending in ["\n", ""] {
            let repository = TestRepository::new(shape);
            set(&repository, "remote.origin.url", "https://host/a \"b\"\\c.git");
            let store = Store::open(repository.path()).unwrap();
            let config = store.git_dir().join("config");
            let before = fs::read_to_string(&config).unwrap();
            let before = format!("{}{ending}", before.trim_end());
            fs::write(&config, &before).unwrap();
            assert_eq!(store.bound().unwrap(), None);
            store.unbind().unwrap();
            let origin = store.remote("origin").unwrap();
            for _twice in 0..2 {
                store.bind(&origin).unwrap();
                assert_eq!(store.bound().unwrap(), Some(Binding::Confirmed(origin.clone())));
            }
            assert_eq!(repository.git(&["config", "opensession.remote"]), "origin");
            store.unbind().unwrap();
            assert_eq!(store.bound().unwrap(), None);
            assert_eq!(fs::read_to_string(&config).unwrap(), before, "{shape:?}");

            store.enable().unwrap();
            store.bind(&origin).unwrap();
            assert!(store.is_enabled().unwrap());
            store.disable().unwrap();
            assert_eq!(store.bound().unwrap(), None);
            assert_eq!(fs::read_to_string(&config).unwrap(), before, "{shape:?}");
        }
    }
}

#[test]
fn what_was_written_behind_a_binding_stays() {
    for end in ["bind another", "unbind", "disable"] {
        let repository = TestRepository::new(Shape::Plain);
        let store = Store::open(repository.path()).unwrap();
        set(&repository, "remote.origin.url", "https://host/a.git");
        store.enable().unwrap();
        store.bind(&store.remote("origin").unwrap()).unwrap();
        // As `git remote add` and `git branch --set-upstream-to` do.
        set(&repository, "remote.sessions.url", "https://host/b.git");
        set(&repository, "branch.main.remote", "origin");
        let sessions = store.remote("sessions").unwrap();
        match end {
            "unbind" => store.unbind().unwrap(),
            "disable" => store.disable().unwrap(),
            _ => store.bind(&sessions).unwrap(),
        }
        let bound = (end == "bind another").then(|| Binding::Confirmed(sessions.clone()));
        assert_eq!(store.bound().unwrap(), bound, "{end}");
        assert_eq!(store.is_enabled().unwrap(), end != "disable");
        assert_eq!(repository.git(&["config", "remote.sessions.url"]), "https://host/b.git");
        assert_eq!(repository.git(&["config", "branch.main.remote"]), "origin", "{end}");
    }
}

#[test]
fn another_address_must_be_agreed_to_again_and_another_password_not() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    set(&repository, "remote.origin.url", "https://me:hunter22@host/a.git");
    store.bind(&store.remote("origin").unwrap()).unwrap();
    let text = fs::read_to_string(store.git_dir().join("config")).unwrap();
    assert_eq!(text.matches("hunter22").count(), 1, "{text}");
    set(&repository, "remote.origin.url", "https://me:other-one@host/a.git");
    assert!(matches!(store.bound().unwrap(), Some(Binding::Confirmed(_))));

    let was = vec!["https://host/a.git".to_owned()];
    let changed = |key: &str, value: &str| {
        set(&repository, key, value);
        let remote = store.remote("origin").unwrap();
        let expected = Some(Binding::Changed { remote, was: was.clone() });
        assert_eq!(store.bound().unwrap(), expected, "{key}");
        let _quiet = repository.git(&["config", "--unset-all", key]);
        set(&repository, "remote.origin.url", "https://host/a.git");
        assert!(matches!(store.bound().unwrap(), Some(Binding::Confirmed(_))));
    };
    changed("remote.origin.url", "https://evil/a.git");
    changed("remote.origin.pushurl", "https://evil/a.git");
    changed("url.https://evil/.insteadOf", "https://host/");
    changed("url.https://evil/.pushInsteadOf", "https://host/");
    let _quiet = repository.git(&["remote", "rename", "origin", "other"]);
    assert_eq!(store.bound().unwrap(), Some(Binding::Gone { name: "origin".to_owned(), was }));
}

#[test]
fn only_the_repository_itself_binds() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    set(&repository, "remote.origin.url", "/srv/a.git");
    let included = "[opensession]\n\tremote = origin\n\tremoteUrl = /srv/a.git\n";
    fs::write(repository.path().join("included"), included).unwrap();
    set(&repository, "include.path", "../included");
    assert_eq!(repository.git(&["config", "opensession.remote"]), "origin");
    assert_eq!(store.bound().unwrap(), None);
    // By hand, without the address: that is no agreement yet.
    set(&repository, "opensession.remote", "origin");
    let bound = store.bound().unwrap();
    assert!(matches!(bound, Some(Binding::Changed { was, .. }) if was.is_empty()));
    store.unbind().unwrap();
    assert_eq!(store.bound().unwrap(), None);
}

#[test]
fn an_address_is_bound_as_it_was_given() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    let address = store.remote("https://me:hunter22@host/a.git").unwrap();
    store.bind(&address).unwrap();
    assert_eq!(store.bound().unwrap(), Some(Binding::Confirmed(address)));
    let other = store.remote("git@host:a.git").unwrap();
    store.bind(&other).unwrap();
    assert_eq!(store.bound().unwrap(), Some(Binding::Confirmed(other)));
}
