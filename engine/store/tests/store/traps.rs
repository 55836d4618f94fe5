//! A hostile repository: nothing that its configuration, attributes or hooks name is ever run.

use crate::remotes::{fetch, push};
use crate::sessions::{PATIENCE, assert_stored, grow, grown, key, start, write};
use opensession_store::{Binding, LogFilter, Publicity, Pushed, Remote, Store, locate};
use opensession_testkit::{Shape, TestRepository, command};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What hooks may be called (githooks).
const HOOKS: [&str; 16] = [
    "post-index-change",
    "reference-transaction",
    "pre-auto-gc",
    "post-commit",
    "pre-commit",
    "post-checkout",
    "post-merge",
    "post-rewrite",
    "pre-push",
    "pre-receive",
    "update",
    "post-receive",
    "post-update",
    "push-to-checkout",
    "fsmonitor-watchman",
    "proc-receive",
];

/// Settings that name a program; `@` is the trap.
const SETTINGS: &str = r#"
[core]
    fsmonitor = @
    pager = @
    editor = @
    sshCommand = @
    gitProxy = @
    askPass = @
    alternateRefsCommand = @
    hooksPath = HOOKS
    attributesFile = ATTRIBUTES
[alias]
    repack = !@
    update-ref = !@
    for-each-ref = !@
    rev-parse = !@
    cat-file = !@
    config = !@
[pager]
    config = @
    for-each-ref = @
    rev-parse = @
[diff]
    external = @
[diff "trap"]
    command = @
    textconv = @
[filter "trap"]
    clean = @
    smudge = @
    process = @
    required = true
[merge "trap"]
    driver = @
[credential]
    helper = !@
[gpg]
    program = @
[gpg "ssh"]
    program = @
    defaultKeyCommand = @
[log]
    showSignature = true
[remote "origin"]
    url = ext::@
    uploadpack = @
    receivepack = @
    vcs = trap
[protocol "ext"]
    allow = always
[uploadpack]
    packObjectsHook = @
[gc]
    auto = 1
    recentObjectsHook = @
[maintenance]
    auto = true
[sequence]
    editor = @
[interactive]
    diffFilter = @
[hook "trap"]
    command = @
    event = reference-transaction
    event = post-index-change
[hook "odd = \"name"]
    command = @
    event = reference-transaction
[submodule "x"]
    update = !@
[include]
    path = INCLUDED
"#;

/// Sets the traps in the repository; they make the file `canary` in its home folder.
fn set_traps(repository: &TestRepository) {
    let home = repository.home();
    let trap =
        home.write("trap.sh", format!("#!/bin/sh\ntouch {:?}\n", home.path().join("canary")));
    make_executable(&trap);
    let git_dir = repository.git(&["rev-parse", "--path-format=absolute", "--git-common-dir"]);
    let git_dir = Path::new(&git_dir);
    for folder in [git_dir.join("hooks"), home.path().join("hooks")] {
        fs::create_dir_all(&folder).unwrap();
        for hook in HOOKS {
            fs::copy(&trap, folder.join(hook)).unwrap();
        }
    }
    let included = home.write(
        "included",
        "[core]\n\tfsmonitor = @\n\tpager = @\n".replace('@', trap.to_str().unwrap()),
    );
    let attributes = home.write("attributes", "* filter=trap diff=trap merge=trap\n");
    fs::create_dir_all(git_dir.join("info")).unwrap();
    fs::copy(&attributes, git_dir.join("info/attributes")).unwrap();
    let mut config = fs::read_to_string(git_dir.join("config")).unwrap();
    let settings = SETTINGS.replace('@', trap.to_str().unwrap());
    let settings = settings.replace("HOOKS", home.path().join("hooks").to_str().unwrap());
    let settings = settings.replace("ATTRIBUTES", attributes.to_str().unwrap());
    let settings = settings.replace("INCLUDED", included.to_str().unwrap());
    write!(config, "{settings}").unwrap();
    fs::write(git_dir.join("config"), config).unwrap();
    if repository.git(&["rev-parse", "--is-bare-repository"]) == "false" {
        fs::copy(&attributes, repository.path().join(".gitattributes")).unwrap();
        let embedded = repository.path().join("embedded");
        let _quiet = repository.git(&["init", "--quiet", "--bare", "embedded"]);
        fs::copy(git_dir.join("config"), embedded.join("config")).unwrap();
    }
    // Setting them may have set one off.
    drop(fs::remove_file(home.path().join("canary")));
}

#[cfg(unix)]
fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) {}

#[test]
fn the_traps_are_armed() {
    let repository = TestRepository::new(Shape::Reftable);
    set_traps(&repository);
    let canary = repository.home().path().join("canary");
    for arguments in [
        &["update-ref", "refs/heads/x", "main"][..],
        &["status"],
        &["add", "a.txt"],
        &["-c", "core.hooksPath=.git/hooks", "update-ref", "refs/heads/y", "main"],
        &["-c", "core.fsmonitor=", "blame", "a.txt"],
        &["-c", "core.fsmonitor=", "log", "-1", "--patch"],
    ] {
        let mut git = command("git", repository.path());
        fs::write(repository.path().join("a.txt"), format!("{arguments:?}")).unwrap();
        git.args(arguments).output().unwrap();
        assert!(canary.exists(), "{arguments:?}");
        fs::remove_file(&canary).unwrap();
    }
}

#[test]
fn a_hostile_repository_runs_nothing() {
    for shape in
        [Shape::Plain, Shape::Bare, Shape::Reftable, Shape::LinkedReftable, Shape::PartialClone]
    {
        let repository = TestRepository::new(shape);
        set_traps(&repository);
        let canary = repository.home().path().join("canary");
        let calm = |what: &str| assert!(!canary.exists(), "{shape:?}: {what}");

        let location = locate(&repository.path().join("embedded"), None).unwrap();
        calm("locate");
        let store = Store::open(repository.path()).unwrap();
        assert!(location.is_none_or(|location| location.git_dir == store.git_dir()));
        calm("open");
        write(&store, vec![grown(&store, "a", &[10]), grown(&store, "b", &[5])]);
        calm("write");
        // More packs than are left alone: the last write starts a repack.
        for _ in 0..30 {
            grow(&store, "a", &[1]);
        }
        let packs = packs_after_repack(&store);
        // Git 2.47 cannot roll up packs in a partial clone.
        assert!(packs < 25 || shape == Shape::PartialClone, "{shape:?}: {packs}");
        calm("repack");
        assert!(store.fsck(&mut |_done, _total| {}).unwrap().is_empty());
        calm("fsck");
        let branch = store.branch().unwrap().unwrap();
        assert!(branch.find(&key("a"), None).unwrap().is_some());
        for text in ["HEAD", "main", "opensession/sessions", "1111111", &"1".repeat(40)] {
            // Whether it can be resolved is another matter.
            drop(store.resolve(text));
        }
        calm("resolve");
        if let Some(head) = store.resolve("main").unwrap() {
            let paths = repository.git(&["ls-tree", "-r", "--name-only", "main"]);
            // In a partial clone there may be nothing to blame.
            let blamed = paths.lines().filter(|path| store.blame(head, path, None).is_ok());
            assert!(blamed.count() > 0 || shape == Shape::PartialClone, "{shape:?}");
        }
        calm("blame");
        let log =
            store.log(repository.path(), &["--all".to_owned()], &LogFilter::default()).unwrap();
        assert!(log.flatten().count() > 0 || shape == Shape::Bare, "{shape:?}");
        calm("log");
        store.tips().unwrap();
        store.tracking().unwrap();
        store.head_of(repository.path()).unwrap();
        store.work_trees().unwrap();
        calm("refs");
        let purged = store.purge(start(), PATIENCE, true).unwrap().unwrap();
        assert!(purged.old.is_some() && purged.refs.is_empty(), "{shape:?}: {purged:?}");
        assert!(store.purge(start(), PATIENCE, false).unwrap().unwrap().old.is_none());
        calm("purge");
        let hooks = store.hooks_folder().unwrap();
        assert!(hooks.path.ends_with("hooks") && hooks.setting.is_some());
        calm("hooks");
        store.enable().unwrap();
        let _quiet = command("git", repository.path())
            .args(["-c", "alias.x=", "config", "opensession.other", "1"])
            .output()
            .unwrap();
        drop(fs::remove_file(&canary));
        store.disable().unwrap();
        assert!(!store.is_enabled().unwrap());
        calm("disable");
    }
}

#[test]
fn what_was_written_into_a_hostile_repository_is_sound() {
    let repository = TestRepository::new(Shape::BareReftable);
    set_traps(&repository);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    assert_eq!(assert_stored(repository.path()), 1);
}

/// Waits until the repack that the last write started is over, and returns the number of packs.
fn packs_after_repack(store: &Store) -> usize {
    let lock = fs::File::open(store.git_dir().join("opensession/repack")).unwrap();
    lock.lock().unwrap();
    let packs = fs::read_dir(store.git_dir().join("objects/pack")).unwrap();
    let is_pack = |path: PathBuf| path.extension().is_some_and(|extension| extension == "pack");
    packs.filter(|entry| is_pack(entry.as_ref().unwrap().path())).count()
}

#[test]
fn remotes_of_a_hostile_repository_are_read_and_used_without_its_hooks() {
    for shape in [Shape::Plain, Shape::Bare, Shape::Reftable] {
        let hub = TestRepository::new(Shape::Bare);
        let repository = TestRepository::new(shape);
        let good = hub.path().to_str().unwrap();
        let _quiet = repository.git(&["remote", "add", "good", good]);
        set_traps(&repository);
        let canary = repository.home().path().join("canary");
        let calm = |what: &str| assert!(!canary.exists(), "{shape:?}: {what}");

        let store = Store::open(repository.path()).unwrap();
        grow(&store, "a", &[10]);
        let names = store.remotes().unwrap();
        assert_eq!(names.iter().filter_map(Remote::name).collect::<Vec<_>>(), ["good", "origin"]);
        let (good, origin) = (store.remote("good").unwrap(), store.remote("origin").unwrap());
        calm("remotes");
        store.bind(&good).unwrap();
        assert!(matches!(store.bound().unwrap(), Some(Binding::Confirmed(_))));
        store.unbind().unwrap();
        calm("binding");
        let patience = Duration::from_secs(60);
        assert_eq!(store.looks_public(&origin, patience).unwrap(), Publicity::Private);
        calm("asking a stranger");
        // Hooks, signing, file system monitor, pager and the like are not run, as they would be by a push.
        assert_eq!(push(&store, &good).unwrap(), Pushed::Updated);
        calm("push");
        grow(&Store::open(hub.path()).unwrap(), "b", &[10]);
        assert!(fetch(&store, &good).unwrap().tip.is_some());
        calm("fetch");
        // What its address names runs as for `git push`, where the repository allows that: its user must know it.
        let (_error, _other) = (push(&store, &origin).unwrap_err(), fetch(&store, &origin));
        assert!(canary.exists(), "{shape:?}: docs/security.md says otherwise");
    }
}
