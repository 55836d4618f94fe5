//! What dead writers leave is cleared; what living ones hold is not; links are not followed.

use crate::sessions::{assert_sound, grow, grown, start};
use opensession_store::{ErrorKind, Store};
use opensession_testkit::{Shape, TestRepository, command};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::time::Duration;

#[test]
fn files_of_a_dead_writer_are_cleared() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    let packs = store.git_dir().join("objects/pack");
    let name = "pack-05e55104ffffffffffffffffffffffffffffffff";
    fs::write(packs.join("opensession-pack.new"), "half").unwrap();
    fs::write(packs.join("opensession-idx.new"), "half").unwrap();
    for extension in ["promisor", "rev", "pack"] {
        fs::write(packs.join(format!("{name}.{extension}")), "half").unwrap();
    }
    fs::write(packs.join(format!("{name}.keep")), "opensession\n").unwrap();
    let foreign = packs.join("pack-ffffffffffffffffffffffffffffffffffffffff.keep");
    fs::write(&foreign, "git's own").unwrap();
    let config = fs::read(store.git_dir().join("config")).unwrap();
    let staged = store.git_dir().join("opensession/config.new");
    fs::write(&staged, "half").unwrap();
    // Killed between taking the ref's lock and moving the ref.
    let value = format!("{}\n", "2".repeat(40));
    fs::write(store.git_dir().join("opensession/ref.new"), &value).unwrap();
    fs::write(store.git_dir().join("refs/heads/opensession/sessions.lock"), &value).unwrap();

    grow(&store, "a", &[2]);
    let left = fs::read_dir(&packs).unwrap().map(|entry| entry.unwrap().file_name());
    let left = left.filter(|left| {
        let left = left.to_str().unwrap();
        left.starts_with(name) || left.ends_with(".new") || left.ends_with(".keep")
    });
    assert_eq!(left.collect::<Vec<_>>(), [foreign.file_name().unwrap()]);
    assert!(!staged.exists());
    assert_eq!(fs::read(store.git_dir().join("config")).unwrap(), config);
    fs::remove_file(foreign).unwrap();
    assert_eq!(assert_sound(repository.path()), 1);
}

/// Git keeps what has a `.keep`: it would not collect the pack, nor what is in there of the old history.
#[test]
fn a_purge_clears_what_a_purge_that_was_killed_left() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    grow(&store, "a", &[2]);
    store.rewrite(start(), Duration::from_secs(10)).unwrap().unwrap();
    let packs = store.git_dir().join("objects/pack");
    // Killed before its packs were released.
    for pack in fs::read_dir(&packs).unwrap() {
        let pack = pack.unwrap().path();
        if pack.extension().unwrap() == "pack" {
            fs::write(pack.with_extension("keep"), "opensession\n").unwrap();
        }
    }
    let purged = store.purge(start(), Duration::from_secs(10), true).unwrap().unwrap();
    assert!(purged.old.is_none());
    let names = fs::read_dir(&packs).unwrap().map(|file| file.unwrap().path());
    let is_pack = |path: &std::path::PathBuf| path.extension().is_some_and(|end| end == "pack");
    let is_kept = |path: &std::path::PathBuf| path.extension().is_some_and(|end| end == "keep");
    let names: Vec<_> = names.filter(|path| is_pack(path) || is_kept(path)).collect();
    assert!(matches!(&names[..], [pack] if is_pack(pack)), "{names:?}");
    assert_eq!(assert_sound(repository.path()), 1);
}

#[test]
fn the_lock_of_a_living_git_is_waited_for() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    let tip = repository.git(&["rev-parse", "opensession/sessions"]);
    let mut git = command("git", repository.path());
    let git = git.args(["update-ref", "--stdin"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut git = git.spawn().unwrap();
    let mut orders = git.stdin.take().unwrap();
    let mut answers = BufReader::new(git.stdout.take().unwrap()).lines();
    let update = format!("start\nupdate refs/heads/opensession/sessions {tip} {tip}\nprepare\n");
    orders.write_all(update.as_bytes()).unwrap();
    assert_eq!(answers.next().unwrap().unwrap(), "start: ok");
    assert_eq!(answers.next().unwrap().unwrap(), "prepare: ok");

    let lock = store.git_dir().join("refs/heads/opensession/sessions.lock");
    // As if it had been there for long.
    let hour_ago = fs::metadata(&lock).unwrap().modified().unwrap() - Duration::from_secs(3600);
    fs::File::options().append(true).open(&lock).unwrap().set_modified(hour_ago).unwrap();
    let draft = grown(&store, "a", &[2]);
    let error = store.write(vec![draft], start(), Duration::from_millis(200)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert!(lock.exists());

    orders.write_all(b"abort\n").unwrap();
    drop(orders);
    git.wait().unwrap();
    grow(&store, "a", &[2]);
    assert_eq!(assert_sound(repository.path()), 1);
}

#[test]
fn a_lock_is_waited_for_until_the_deadline() {
    let repository = TestRepository::new(Shape::Bare);
    let store = Store::open(repository.path()).unwrap();
    grow(&store, "a", &[1]);
    let lock = fs::File::open(store.git_dir().join("opensession/lock")).unwrap();
    lock.lock().unwrap();
    let write = |limit| store.write(vec![grown(&store, "a", &[1])], start(), limit);
    assert_eq!(write(Duration::ZERO).unwrap_err().kind(), ErrorKind::Busy);
    // A program that another test starts at this moment may have the file open too, until it runs.
    lock.unlock().unwrap();
    assert!(write(Duration::ZERO).is_ok());
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let targets = [
        ("opensession", true),
        ("opensession/lock", false),
        ("opensession/ref.new", false),
        ("objects/pack/opensession-pack.new", false),
        ("objects/pack/opensession-idx.new", false),
    ];
    for (path, is_folder) in targets {
        let repository = TestRepository::new(Shape::Bare);
        let canary = repository.home().path().join("canary");
        if is_folder {
            fs::create_dir(&canary).unwrap();
        } else {
            fs::write(&canary, "safe").unwrap();
        }
        let link = repository.path().join(path);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(&canary, &link).unwrap();
        let store = Store::open(repository.path()).unwrap();
        match store.write(vec![grown(&store, "a", &[1])], start(), Duration::ZERO) {
            Ok(_written) => assert!(!link.is_symlink(), "{path}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Denied, "{path}: {error}"),
        }
        if is_folder {
            assert_eq!(fs::read_dir(&canary).unwrap().count(), 0);
        } else {
            assert_eq!(fs::read_to_string(&canary).unwrap(), "safe", "{path}");
        }
    }
}
