//! Links between the repository's commits and the sessions whose edits they hold.

use crate::sessions::{PATIENCE, assert_sound, at, grow, key, redactor};
use opensession_hail::EventId;
use opensession_redact::Counts;
use opensession_store::{Branch, CommitId, ErrorKind, LinkDraft, Linked, Store};
use opensession_testkit::{Shape, TestRepository, git_with_input};

/// Returns a commit id that begins with `digits`.
fn commit(digits: &str) -> CommitId {
    format!("{digits:0<40}").parse().unwrap()
}

fn draft(digits: &str, session: &str, event: &str, files: &[&str]) -> LinkDraft {
    let text = |file: &&str| redactor().text((*file).to_owned(), &mut Counts::new());
    LinkDraft {
        commit: commit(digits),
        session: key(session),
        event: EventId::new(event),
        files: files.iter().map(text).collect(),
    }
}

fn link(store: &Store, links: Vec<LinkDraft>) -> Linked {
    let linked = store.link(links, at("2026-02-19T11:00:00.000Z"), PATIENCE).unwrap();
    assert!(linked.failed.is_empty(), "{:?}", linked.failed);
    linked
}

fn branch(store: &Store) -> Branch {
    store.branch().unwrap().unwrap()
}

#[test]
fn links_are_found_by_commit_and_by_its_first_digits() {
    for shape in [Shape::Plain, Shape::LinkedWorktree, Shape::Bare] {
        let repository = TestRepository::new(shape);
        let store = Store::open(repository.path()).unwrap();
        grow(&store, "a", &[10]);
        let links = vec![
            draft("3f9a", "a", "e1", &["src/b.rs", "a.rs", "src/b.rs"]),
            draft("3f9a", "elsewhere", "e7", &[]),
            draft("3f00", "a", "e1", &["\"$(touch x)\"\n"]),
            draft("77", "a", "e2", &["-rf"]),
        ];
        let linked = link(&store, links);
        assert_eq!(linked.links, 4);
        let branch = branch(&store);
        assert_eq!(Some(branch.commit()), linked.commit);
        let found = branch.links_of(commit("3f9a")).unwrap();
        let sessions: Vec<&str> = found.iter().map(|link| link.session.as_str()).collect();
        assert_eq!(sessions, ["claude-code.a", "claude-code.elsewhere"]);
        assert_eq!(found[0].files, ["a.rs", "src/b.rs"]);
        assert_eq!(found[0].event.as_str(), "e1");
        assert_eq!(branch.links_of(commit("aa")).unwrap(), []);
        assert_eq!(branch.linked("3f").unwrap(), [commit("3f00"), commit("3f9a")]);
        assert_eq!(branch.linked("3f9").unwrap(), [commit("3f9a")]);
        assert_eq!(branch.linked("aa").unwrap(), []);
        for odd in ["", "3", "3F", "../", "zz"] {
            assert_eq!(branch.linked(odd).unwrap_err().kind(), ErrorKind::Invalid, "{odd}");
        }
        assert_eq!(branch.links().map(Result::unwrap).count(), 4);
        // What lists sessions is not disturbed.
        assert_eq!(branch.newest().map(Result::unwrap).count(), 1);
        assert!(branch.find(&key("elsewhere"), None).unwrap().is_none());
        assert_eq!(assert_sound(repository.path()), 1);
    }
}

#[test]
fn the_file_of_a_link_is_what_the_format_says() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    link(&store, vec![draft("3f9a", "a", "e1", &["b.rs", "a.rs"])]);
    let path = format!("v1/links/3f/{}/claude-code.a", commit("3f9a"));
    insta::assert_snapshot!(repository.git(&["show", &format!("opensession/sessions:{path}")]), @r#"
    {
    "format": 1,
    "event": "e1",
    "files": ["a.rs","b.rs"]
    }
    "#);
    let subject = repository.git(&["log", "-1", "--format=%s", "opensession/sessions"]);
    assert_eq!(subject, "link 1 commit");
    // Secrets do not get in with the names of files.
    let secret = format!("AKIA{}", "IOSFODNN7EXAMPL3");
    link(&store, vec![draft("3f9a", "a", "e1", &[&secret])]);
    let files = branch(&store).links_of(commit("3f9a")).unwrap().remove(0).files;
    assert!(files[0].starts_with("[redacted:"), "{files:?}");
}

#[test]
fn equal_links_write_nothing_and_another_one_replaces() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    let links = || vec![draft("3f", "a", "e1", &["a.rs"]), draft("aa", "a", "e1", &["a.rs"])];
    let first = link(&store, links());
    let again = link(&store, links());
    assert_eq!((again.commit, again.links, again.bytes), (None, 0, 0));
    assert_eq!(Some(branch(&store).commit()), first.commit);
    let changed = vec![draft("3f", "a", "e1", &["a.rs"]), draft("aa", "a", "e2", &[])];
    assert_eq!(link(&store, changed).links, 1);
    let found = branch(&store).links_of(commit("aa")).unwrap();
    assert_eq!((found[0].event.as_str(), found[0].files.len(), found.len()), ("e2", 0, 1));
    assert_eq!(link(&store, Vec::new()).commit, None);
    assert_eq!(assert_sound(repository.path()), 0);
}

#[test]
fn unknown_members_of_a_link_are_carried_along_and_a_newer_format_is_not_read() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    let put = |digits: &str, json: &str| {
        let path = format!("v1/links/{digits}/{}/claude-code.a", commit(digits));
        let stream = format!(
            "commit refs/heads/opensession/sessions\ncommitter x <x@y> 1 +0000\ndata 1\nx\n\
             {}M 100644 inline {path}\ndata {}\n{json}\n\n",
            store
                .branch()
                .unwrap()
                .map_or(String::new(), |branch| format!("from {}\n", branch.commit())),
            json.len(),
        );
        let _quiet =
            git_with_input(repository.path(), &["fast-import", "--quiet"], stream.as_bytes());
    };
    put("3f", r#"{"format":1,"event":"e0","files":["a"],"hunks":[1]}"#);
    link(&store, vec![draft("3f", "a", "e1", &["b"])]);
    let found = branch(&store).links_of(commit("3f")).unwrap();
    assert_eq!((found[0].files.join(" "), found[0].unknown.len()), ("b".to_owned(), 1));
    put("aa", r#"{"format":2,"events":["e0"]}"#);
    let newer = branch(&store).links_of(commit("aa")).unwrap_err();
    assert_eq!(newer.kind(), ErrorKind::Unsupported);
    put("bb", "{}");
    let findings = store.fsck(&mut |_done, _total| {}).unwrap();
    let objects: Vec<&str> = findings.iter().map(|finding| finding.object.as_str()).collect();
    let path = |digits| format!("v1/links/{digits}/{}/claude-code.a", commit(digits));
    assert_eq!(objects, [path("aa"), path("bb")]);
    // A damaged link is replaced by a whole one.
    link(&store, vec![draft("bb", "a", "e1", &["b"])]);
    assert_eq!(branch(&store).links_of(commit("bb")).unwrap().len(), 1);
}

#[test]
fn a_link_in_the_wrong_place_is_found() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    let path = format!("v1/links/aa/{}/claude-code.a", commit("3f"));
    let stream = format!(
        "commit refs/heads/opensession/sessions\ncommitter x <x@y> 1 +0000\ndata 1\nx\n\
         M 100644 inline {path}\ndata 2\n{{}}\n\n"
    );
    let _quiet = git_with_input(repository.path(), &["fast-import", "--quiet"], stream.as_bytes());
    let findings = store.fsck(&mut |_done, _total| {}).unwrap();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].reason, "stands under aa");
    assert_eq!(branch(&store).links_of(commit("3f")).unwrap(), []);
}

#[test]
fn writers_of_links_and_sessions_side_by_side_lose_nothing() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    std::thread::scope(|scope| {
        for n in 0..4 {
            let store = &store;
            scope.spawn(move || grow(store, &format!("s{n}"), &[10]));
            scope.spawn(move || {
                link(store, vec![draft("aa", &format!("s{n}"), "e1", &["a.rs"])]);
                link(store, vec![draft(&format!("b{n}"), "s0", "e1", &["a.rs"])]);
            });
        }
    });
    assert_eq!(branch(&store).links_of(commit("aa")).unwrap().len(), 4);
    assert_eq!(branch(&store).linked("b0").unwrap().len(), 1);
    assert_eq!(branch(&store).links().map(Result::unwrap).count(), 8);
    assert_eq!(assert_sound(repository.path()), 4);
}

#[test]
fn sha256_commits_are_linked_too() {
    let repository = TestRepository::new(Shape::Sha256);
    let store = Store::open(repository.path()).unwrap();
    let head: CommitId = repository.git(&["rev-parse", "HEAD"]).parse().unwrap();
    link(&store, vec![LinkDraft { commit: head, ..draft("3f", "a", "e1", &["a.rs"]) }]);
    assert_eq!(branch(&store).links_of(head).unwrap()[0].commit, head);
    assert_eq!(assert_sound(repository.path()), 0);
}
