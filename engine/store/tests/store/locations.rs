//! Which repository a folder belongs to, held against what git says.

use opensession_store::{ErrorKind, Location, Store, locate};
use opensession_testkit::{Shape, TestHome, TestRepository, command, git};
use std::fs;
use std::path::{Path, PathBuf};

fn found(folder: &Path) -> Location {
    locate(folder, None).unwrap().unwrap()
}

/// Returns what git says of a folder: the shared git folder, the work tree's own, and the root of the work tree.
fn as_git_says(folder: &Path) -> Location {
    let ask = |question| git(folder, &["rev-parse", "--path-format=absolute", question]);
    let work_tree = match ask("--is-inside-work-tree").as_str() {
        "true" => Some(PathBuf::from(ask("--show-toplevel"))),
        _ => None,
    };
    let real = |path: String| fs::canonicalize(path).unwrap();
    Location { git_dir: real(ask("--git-common-dir")), head_dir: real(ask("--git-dir")), work_tree }
}

#[test]
fn a_folder_belongs_where_git_says_in_every_shape() {
    for shape in Shape::ALL {
        let repository = TestRepository::new(shape);
        let inside = repository.path().join("below/it");
        fs::create_dir_all(&inside).unwrap();
        let git_dir = PathBuf::from(repository.git(&["rev-parse", "--absolute-git-dir"]));
        for folder in [repository.path(), &inside, &git_dir, &git_dir.join("info")] {
            fs::create_dir_all(folder).unwrap();
            assert_eq!(found(folder), as_git_says(folder), "{shape:?}: {}", folder.display());
        }
        assert_eq!(found(&inside).git_dir, Store::open(repository.path()).unwrap().git_dir());
    }
}

#[test]
fn where_there_is_no_repository_there_is_none() {
    let home = TestHome::new();
    assert_eq!(locate(home.path(), None).unwrap(), None);
    assert_eq!(locate(&home.path().join("gone/for/long"), None).unwrap(), None);
    assert_eq!(locate(&home.write("file", ""), None).unwrap(), None);
    for gone in ["gone", "file"] {
        let error = Store::open(&home.path().join(gone)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}

#[test]
fn a_dot_git_that_is_no_repository_is_passed_over_or_ends_the_search_as_in_git() {
    let repository = TestRepository::new(Shape::Plain);
    let outer = found(repository.path());
    let empty = repository.path().join("empty");
    fs::create_dir_all(empty.join(".git")).unwrap();
    assert_eq!(found(&empty), outer);
    assert_eq!(git(&empty, &["rev-parse", "--show-prefix"]), "empty/");
    for (name, text) in
        [("dangling", "gitdir: ../nowhere\n"), ("garbage", "hello\n"), ("nothing", "")]
    {
        let folder = repository.path().join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(".git"), text).unwrap();
        assert_eq!(locate(&folder, None).unwrap(), None, "{name}");
        let _refused = opensession_testkit::git_fails(&folder, &["rev-parse"]);
    }
}

#[test]
fn a_bare_repository_in_a_work_tree_does_not_answer_for_it() {
    let repository = TestRepository::new(Shape::Plain);
    let outer = found(repository.path());
    let _quiet = repository.git(&["init", "--quiet", "--bare", "docs/trap"]);
    let trap = repository.path().join("docs/trap");
    let _quiet = git(&trap, &["config", "opensession.enabled", "true"]);
    for folder in [&trap, &trap.join("objects/pack")] {
        assert_eq!(found(folder), outer);
    }
    // Named, it is what it is.
    let named = locate(&trap, Some(Path::new("."))).unwrap().unwrap();
    assert_eq!(named.git_dir, fs::canonicalize(&trap).unwrap());
    assert!(named.is_enabled().unwrap());
    // So it is where no work tree is around it, and a bare one in a `.git` cannot have been committed.
    let bare = TestRepository::new(Shape::Bare);
    let _quiet = bare.git(&["init", "--quiet", "--bare", "inner"]);
    assert!(found(&bare.path().join("inner")).git_dir.ends_with("inner"));
    let hidden = repository.path().join(".git/hidden");
    let _quiet = repository.git(&["init", "--quiet", "--bare", ".git/hidden"]);
    assert!(found(&hidden).git_dir.ends_with(".git/hidden"));
}

#[test]
fn git_dir_names_the_repository() {
    let repository = TestRepository::new(Shape::LinkedWorktree);
    let main = repository.home().path().join("repository");
    let elsewhere = TestHome::new();
    let at = |folder: &Path, git_dir: &str| locate(folder, Some(git_dir.as_ref())).unwrap();
    let main_git = main.join(".git");
    let head_dir = repository.git(&["rev-parse", "--absolute-git-dir"]);
    let linked = Some(as_git_says(repository.path()));
    // As a hook gets it in the main work tree, and in a linked one.
    assert_eq!(at(&main, ".git"), Some(as_git_says(&main)));
    assert_eq!(at(repository.path(), &head_dir), linked);
    assert_eq!(at(repository.path(), ".git"), linked);
    assert_eq!(at(elsewhere.path(), &head_dir), linked);
    let here = at(elsewhere.path(), main_git.to_str().unwrap()).unwrap();
    assert_eq!(here.work_tree, Some(fs::canonicalize(elsewhere.path()).unwrap()));
    assert_eq!(here.git_dir, fs::canonicalize(main_git).unwrap());
    assert_eq!(at(&main, "nowhere"), None);
}

#[test]
fn a_work_tree_that_was_moved_still_finds_its_repository() {
    let repository = TestRepository::new(Shape::LinkedWorktree);
    let before = found(repository.path());
    let moved = repository.home().path().join("moved");
    fs::rename(repository.path(), &moved).unwrap();
    let after = found(&moved);
    assert_eq!((after.git_dir, after.head_dir), (before.git_dir, before.head_dir));
}

/// Runs in a process of its own, because git reads the configuration of its user.
#[test]
fn opener() {
    #[allow(clippy::disallowed_methods, reason = "the parent says what to open")]
    let Some(path) = std::env::var_os("STORE_TEST_OPEN") else { return };
    match Store::open(path.as_ref()) {
        Ok(_store) => println!("opened"),
        Err(error) => println!("{:?}: {error}", error.kind()),
    }
}

#[cfg(unix)]
#[test]
fn a_repository_of_another_user_is_refused_unless_git_accepts_it() {
    for shape in [Shape::Plain, Shape::Bare, Shape::LinkedWorktree] {
        let repository = TestRepository::new(shape);
        let git_dir = repository.git(&["rev-parse", "--absolute-git-dir"]);
        if let Err(error) = std::os::unix::fs::chown(&git_dir, Some(12345), None) {
            println!("skipped: chown: {error}");
            return;
        }
        let opened = || {
            let mut opener = command(std::env::current_exe().unwrap(), repository.home().path());
            opener.args(["--exact", "locations::opener", "--nocapture"]);
            opener.env("STORE_TEST_OPEN", repository.path()).env_remove("GIT_CONFIG_GLOBAL");
            String::from_utf8(opener.output().unwrap().stdout).unwrap()
        };
        let refused = opened();
        assert!(refused.contains("Denied: "), "{refused}");
        // What git wants to be named in `safe.directory`.
        let root = fs::canonicalize(repository.path()).unwrap().display().to_string();
        assert!(refused.contains(&format!("{root}: is owned by another user")), "{refused}");
        let message = opensession_testkit::git_fails(repository.path(), &["rev-parse"]);
        assert!(message.contains("dubious ownership"), "{message}");

        repository.home().write(".gitconfig", format!("[safe]\n\tdirectory = {root}\n"));
        assert!(opened().contains("opened"), "{shape:?}: {}", opened());
    }
}
