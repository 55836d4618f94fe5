//! What else is in a repository: tips, HEADs, work trees, remote-tracking branches, names of commits, hooks.

use crate::sessions::{grow, key};
use opensession_store::{CommitId, ErrorKind, HooksOrigin, Store};
use opensession_testkit::{Shape, TestRepository, command, git};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

const FORMATS: [Shape; 2] = [Shape::Plain, Shape::Reftable];

fn ids(commits: Vec<CommitId>) -> BTreeSet<String> {
    commits.into_iter().map(|id| id.to_string()).collect()
}

/// Makes a commit that no branch points to.
fn commit(repository: &TestRepository, text: &str) -> String {
    repository.git(&["commit-tree", "-m", text, "HEAD^{tree}"])
}

#[test]
fn tips_are_what_branches_remotes_and_work_trees_point_to() {
    for shape in FORMATS {
        let repository = TestRepository::new(shape);
        let store = Store::open(repository.path()).unwrap();
        let made: Vec<String> = (0..5).map(|n| commit(&repository, &n.to_string())).collect();
        let set = |name: &str, id: &str| drop(repository.git(&["update-ref", name, id]));
        set("refs/heads/deep/er", &made[0]);
        set("refs/remotes/origin/main", &made[1]);
        let _quiet = repository.git(&[
            "symbolic-ref",
            "refs/remotes/origin/HEAD",
            "refs/remotes/origin/main",
        ]);
        let _quiet = repository.git(&["symbolic-ref", "refs/heads/nowhere", "refs/heads/gone"]);
        let _quiet = repository.git(&["pack-refs", "--all"]);
        let _quiet = repository.git(&["worktree", "add", "--quiet", "--detach", "../w", &made[2]]);
        set("refs/tags/v1", &made[3]);
        set("refs/remotes/up/stream/opensession/sessions", &made[4]);
        grow(&store, "a", &[1]);
        let main = repository.git(&["rev-parse", "main"]);
        let expected = BTreeSet::from([&main, &made[0], &made[1], &made[2]].map(String::clone));
        assert_eq!(ids(store.tips().unwrap()), expected, "{shape:?}");
        let work_tree = repository.home().path().join("w");
        let head = |path| store.head_of(path).unwrap().unwrap().to_string();
        assert_eq!(head(&work_tree), made[2]);
        assert_eq!(head(repository.path()), main);
        let linked = Store::open(&work_tree).unwrap();
        assert_eq!(ids(linked.tips().unwrap()), expected);
        assert_eq!(linked.resolve("HEAD").unwrap().unwrap().to_string(), made[2]);
    }
}

#[test]
fn refs_that_cannot_be_read_hide_no_others() {
    let repository = TestRepository::new(Shape::Plain);
    let store = Store::open(repository.path()).unwrap();
    let heads = store.git_dir().join("refs/heads");
    for (name, text) in
        [("empty", ""), ("garbage", "hello"), ("loop", "ref: refs/heads/loop\n"), ("x.lock", "")]
    {
        fs::write(heads.join(name), text).unwrap();
    }
    fs::write(heads.join("out"), "ref: ../../../secret\n").unwrap();
    let main = repository.git(&["rev-parse", "main"]);
    fs::write(repository.home().path().join("secret"), commit(&repository, "secret")).unwrap();
    assert_eq!(ids(store.tips().unwrap()), BTreeSet::from([main]));
}

#[test]
fn there_is_no_tip_before_the_first_commit() {
    let repository = TestRepository::new(Shape::Empty);
    let store = Store::open(repository.path()).unwrap();
    assert!(store.tips().unwrap().is_empty());
    assert_eq!(store.head_of(repository.path()).unwrap(), None);
    assert_eq!(store.resolve("HEAD").unwrap(), None);
    let other = TestRepository::new(Shape::Plain);
    let error = store.head_of(other.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn fetched_sessions_branches_are_read() {
    for shape in FORMATS {
        let theirs = TestRepository::new(Shape::Bare);
        let store = Store::open(theirs.path()).unwrap();
        grow(&store, "theirs", &[1, 2]);
        let repository = TestRepository::new(shape);
        for remote in ["origin", "team/up"] {
            let _quiet =
                repository.git(&["remote", "add", remote, theirs.path().to_str().unwrap()]);
            let _quiet = repository.git(&["fetch", "--quiet", remote]);
        }
        let store = Store::open(repository.path()).unwrap();
        let read = || store.tracking().unwrap();
        let remotes =
            || read().branches.into_iter().map(|(remote, _branch)| remote).collect::<Vec<_>>();
        assert_eq!(remotes(), ["origin", "team/up"], "{shape:?}");
        let _quiet = repository.git(&["pack-refs", "--all"]);
        assert_eq!(remotes(), ["origin", "team/up"]);
        for (_remote, branch) in read().branches {
            let entry = branch.find(&key("theirs"), None).unwrap().unwrap();
            assert_eq!(branch.manifest(&entry).unwrap().events(), 2);
        }
        assert!(store.branch().unwrap().is_none());
        assert!(read().unreadable.is_empty());
        if shape == Shape::Plain {
            let folder = store.git_dir().join("refs/remotes/origin/opensession");
            fs::create_dir_all(&folder).unwrap();
            for damaged in ["", "hello", &"1".repeat(40)] {
                fs::write(folder.join("sessions"), damaged).unwrap();
                assert_eq!(remotes(), ["team/up"]);
                let unreadable = read().unreadable;
                assert_eq!(unreadable[0].0, "origin");
                assert_eq!(unreadable[0].1.kind(), ErrorKind::Corrupt);
            }
        }
    }
}

#[test]
fn work_trees_are_those_that_git_lists() {
    for shape in Shape::ALL {
        let repository = TestRepository::new(shape);
        let listed = repository.git(&["worktree", "list", "--porcelain"]);
        let mut expected: Vec<PathBuf> = listed
            .lines()
            .filter_map(|line| line.strip_prefix("worktree "))
            .map(Into::into)
            .collect();
        if listed.contains("\nbare") {
            expected.remove(0);
        }
        if matches!(shape, Shape::SeparateGitDir | Shape::Submodule) {
            // Git names the git folder there instead of the work tree.
            expected = vec![fs::canonicalize(repository.path()).unwrap()];
        }
        let store = Store::open(repository.path()).unwrap();
        assert_eq!(store.work_trees().unwrap(), expected, "{shape:?}");
    }
    let repository = TestRepository::new(Shape::LinkedWorktree);
    fs::remove_dir_all(repository.path()).unwrap();
    let main = repository.home().path().join("repository");
    let store = Store::open(&main).unwrap();
    assert_eq!(store.work_trees().unwrap(), [fs::canonicalize(main).unwrap()]);
}

#[test]
fn commits_are_resolved_as_git_does_and_hostile_names_are_only_names() {
    for shape in [Shape::Plain, Shape::Reftable, Shape::Sha256] {
        let repository = TestRepository::new(shape);
        let store = Store::open(repository.path()).unwrap();
        let _quiet = repository.git(&["tag", "-a", "-m", "x", "v1"]);
        let main = repository.git(&["rev-parse", "main"]);
        let tag = repository.git(&["rev-parse", "v1"]);
        let tree = repository.git(&["rev-parse", "main^{tree}"]);
        let short = main.get(..9).unwrap();
        for text in
            [&main, short, "HEAD", "main", "v1", &tag, "refs/heads/main", "HEAD^{/one}", "@"]
        {
            let found = store.resolve(text).unwrap();
            assert_eq!(found.map(|id| id.to_string()).as_deref(), Some(main.as_str()), "{text}");
        }
        let gone = "1".repeat(main.len());
        for text in [
            "",
            " ",
            "nothing",
            "-h",
            "--help",
            "--git-dir=/",
            "--end-of-options",
            "$(touch x)",
            "a\nb",
            "\0",
            "main..main",
            "^main",
            "main^9",
            "main:a.txt",
            &tree,
            &gone,
            "'",
            "\"",
            "*",
            "--all",
        ] {
            assert_eq!(store.resolve(text).unwrap(), None, "{text:?}");
        }
        assert!(!repository.path().join("x").exists());
    }
}

#[test]
fn hooks_are_where_git_looks_for_them() {
    for shape in Shape::ALL {
        let repository = TestRepository::new(shape);
        let hooks = Store::open(repository.path()).unwrap().hooks_folder().unwrap();
        let expected =
            repository.git(&["rev-parse", "--path-format=absolute", "--git-path", "hooks"]);
        assert_eq!(fs::canonicalize(hooks.path).unwrap(), fs::canonicalize(expected).unwrap());
        assert_eq!((hooks.origin, hooks.setting), (HooksOrigin::GitFolder, None), "{shape:?}");
    }
    let repository = TestRepository::new(Shape::LinkedWorktree);
    let store = Store::open(repository.path()).unwrap();
    let outside = repository.home().path().join("shared");
    for (value, path, origin) in [
        (".husky/_", repository.path().join(".husky/_"), HooksOrigin::WorkTree),
        (outside.to_str().unwrap(), outside.clone(), HooksOrigin::Outside),
        ("../x", repository.path().join("../x"), HooksOrigin::Outside),
    ] {
        let _quiet = repository.git(&["config", "core.hooksPath", value]);
        let hooks = store.hooks_folder().unwrap();
        assert_eq!((hooks.path, hooks.origin), (path, origin));
        assert!(hooks.setting.unwrap().contains("config"));
    }
}

/// Runs in a process of its own, because git reads the configuration of its user.
#[test]
fn asker() {
    #[allow(clippy::disallowed_methods, reason = "the parent says what to open")]
    let Some(path) = std::env::var_os("STORE_TEST_HOOKS") else { return };
    println!("{:?}", Store::open(path.as_ref()).unwrap().hooks_folder().unwrap());
}

#[test]
fn hooks_that_the_user_keeps_for_all_repositories_are_outside() {
    let repository = TestRepository::new(Shape::Plain);
    repository.home().write(".gitconfig", "[core]\n\thooksPath = ~/my-hooks\n");
    let mut asker = command(std::env::current_exe().unwrap(), repository.home().path());
    asker.args(["--exact", "surroundings::asker", "--nocapture"]);
    asker.env("STORE_TEST_HOOKS", repository.path()).env_remove("GIT_CONFIG_GLOBAL");
    let answer = String::from_utf8(asker.output().unwrap().stdout).unwrap();
    let path = repository.home().path().join("my-hooks");
    assert!(answer.contains(&format!("path: {path:?}, origin: Outside")), "{answer}");
    assert!(answer.contains(".gitconfig"), "{answer}");
    assert_eq!(git(repository.path(), &["status", "--porcelain"]), "");
}
