//! A disk that is full, and one that cannot be written: a clear error, the old state, and the next run is fine. And
//! what is removed only where no other git runs.
//!
//! Mounts need a name space of their own, and so does being alone, so each test runs itself again inside of one; where
//! that is not permitted it says so and passes.

use crate::remotes::{fetch, joined};
use crate::sessions::{PATIENCE, assert_stored, grow, grown, key, start};
use opensession_store::{Error, ErrorKind, Store};
use opensession_testkit::{Shape, TestRepository, command};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// Runs the test `name` again with the mount that `script` makes; `$1` in there is the repository's folder.
#[allow(clippy::print_stdout, reason = "it says why it was skipped")]
pub(crate) fn run_mounted(repository: &TestRepository, name: &str, script: &str) {
    let mut probe = command("unshare", repository.home().path());
    let alone = ["--mount", "--pid", "--fork", "--mount-proc"];
    let probe = probe.args(alone).args(["mount", "-t", "tmpfs", "none", "/mnt"]);
    if !probe.stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        println!("skipped: mounting is not permitted here");
        return;
    }
    let script = format!("set -e; {script}; shift; exec \"$@\"");
    let mut inside = command("unshare", repository.home().path());
    inside.args(alone).args(["sh", "-c", &script, "sh"]).arg(repository.path());
    inside.arg(std::env::current_exe().unwrap()).args(["--exact", name, "--nocapture"]);
    let output = inside.env("STORE_TEST_MOUNTED", repository.path()).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&text));
}

/// Returns the repository to work in, inside of the mount.
pub(crate) fn mounted() -> Option<PathBuf> {
    #[allow(clippy::disallowed_methods, reason = "the parent says what to work in")]
    std::env::var_os("STORE_TEST_MOUNTED").map(PathBuf::from)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn a_repository_that_cannot_be_written_is_read() {
    if let Some(path) = mounted() {
        let store = Store::open(&path).unwrap();
        let branch = store.branch().unwrap().unwrap();
        assert!(branch.find(&key("a"), None).unwrap().is_some());
        assert!(store.fsck(&mut |_done, _total| {}).unwrap().is_empty());
        assert!(store.resolve("opensession/sessions").unwrap().is_some());
        store.tips().unwrap();
        store.tracking().unwrap();
        store.hooks_folder().unwrap();
        assert!(!store.is_enabled().unwrap());
        let error = store.write(vec![grown(&store, "a", &[1])], start(), PATIENCE).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
        assert!(error.to_string().starts_with(path.to_str().unwrap()), "{error}");
        assert_eq!(store.enable().unwrap_err().kind(), ErrorKind::Denied);
        return;
    }
    for shape in [Shape::Bare, Shape::BareReftable] {
        let repository = TestRepository::new(shape);
        grow(&Store::open(repository.path()).unwrap(), "a", &[1]);
        let script = "mount --bind \"$1\" \"$1\"; mount -o remount,bind,ro \"$1\"";
        run_mounted(&repository, "limits::a_repository_that_cannot_be_written_is_read", script);
        assert_eq!(assert_stored(repository.path()), 1);
    }
}

/// Fills the disk to a few bytes less each time, so that a write fails at one place after the other.
#[test]
fn a_full_disk_leaves_the_old_state() {
    if let Some(path) = mounted() {
        let store = Store::open(&path).unwrap();
        grow(&store, "a", &[100]);
        let filler = path.join("filler");
        let (mut failed, mut stored) = (0, 1);
        for room in 0..20 {
            let tip = store.branch().unwrap().unwrap().commit();
            let draft = grown(&store, "a", &[9000]);
            fill(&filler, room * 4096);
            match store.write(vec![draft], start(), PATIENCE) {
                Ok(_written) => stored += 1,
                Err(error) => {
                    failed += 1;
                    // Of tables, git 2.47 says no more than "transaction failure".
                    let is_clear = match &error {
                        Error::Io { .. } => error.to_string().contains("No space left"),
                        Error::Git { command, .. } => command.starts_with("update-ref"),
                        _ => false,
                    };
                    assert!(is_clear, "{error}");
                    assert_eq!(store.branch().unwrap().unwrap().commit(), tip);
                }
            }
            fs::remove_file(&filler).unwrap();
            grow(&store, "a", &[1]);
            stored += 1;
        }
        assert!(failed > 0 && stored > 20, "{failed} {stored}");
        let branch = store.branch().unwrap().unwrap();
        let entry = branch.find(&key("a"), None).unwrap().unwrap();
        assert_eq!(branch.manifest(&entry).unwrap().events(), stored);
        assert_eq!(assert_stored(&path), 1);
        let left = files(&path).into_iter().filter(|path| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            matches!(extension, Some("lock" | "new" | "keep"))
        });
        assert_eq!(left.collect::<Vec<_>>(), [] as [PathBuf; 0]);
        return;
    }
    for format in ["files", "reftable"] {
        let repository = TestRepository::new(Shape::Bare);
        let script = format!(
            "mount -t tmpfs -o size=1500k none \"$1\"; git init -q --bare --template= --ref-format={format} \"$1\""
        );
        run_mounted(&repository, "limits::a_full_disk_leaves_the_old_state", &script);
    }
}

#[test]
fn what_a_dead_git_left_among_tables_is_removed() {
    let name = "limits::what_a_dead_git_left_among_tables_is_removed";
    let Some(path) = mounted() else {
        let repository = TestRepository::new(Shape::BareReftable);
        grow(&Store::open(repository.path()).unwrap(), "a", &[1]);
        run_mounted(&repository, name, ":");
        assert_eq!(assert_stored(repository.path()), 1);
        return;
    };
    let store = Store::open(&path).unwrap();
    let tables = path.join("reftable");
    let left = [
        "tables.list.lock",
        "0x000000000001-0x000000000002-99a98d1c.ref.lock",
        "0x1-0x2-3.temp.VB9Mxe",
    ];
    let left = left.map(|name| tables.join(name));
    for path in &left[1..] {
        fs::write(path, "").unwrap();
    }
    // What is young may belong to somebody.
    grow(&store, "a", &[1]);
    assert!(left[1..].iter().all(|path| path.exists()));
    for path in &left {
        fs::write(path, "").unwrap();
        let hour_ago = fs::metadata(path).unwrap().modified().unwrap() - Duration::from_secs(3600);
        fs::File::options().append(true).open(path).unwrap().set_modified(hour_ago).unwrap();
    }
    grow(&store, "a", &[1]);
    assert!(left.iter().all(|path| !path.exists()));
}

#[test]
fn what_a_dead_git_left_of_a_remote_is_removed() {
    let name = "limits::what_a_dead_git_left_of_a_remote_is_removed";
    let Some(path) = mounted() else {
        let hub = TestRepository::new(Shape::Bare);
        grow(&Store::open(hub.path()).unwrap(), "a", &[1]);
        let (repository, _store) = joined(Shape::Plain, &hub);
        run_mounted(&repository, name, ":");
        assert_eq!(assert_stored(repository.path()), 0);
        return;
    };
    let store = Store::open(&path).unwrap();
    let lock = store.git_dir().join("refs/remotes/origin/opensession/sessions.lock");
    fs::create_dir_all(lock.parent().unwrap()).unwrap();
    fs::write(&lock, "").unwrap();
    let hour_ago = fs::metadata(&lock).unwrap().modified().unwrap() - Duration::from_secs(3600);
    fs::File::options().append(true).open(&lock).unwrap().set_modified(hour_ago).unwrap();
    assert!(fetch(&store, &store.remote("origin").unwrap()).unwrap().tip.is_some());
    assert!(!lock.exists());
}

/// Makes a file that leaves `room` bytes free on its disk.
fn fill(path: &Path, room: usize) {
    let mut size = 2 << 20;
    let mut step = size;
    // As large as it fits, to the page.
    while step >= 4096 {
        size = match fs::write(path, vec![0; size]) {
            Ok(()) => size + step,
            Err(_full) => size - step,
        };
        step /= 2;
    }
    drop(fs::write(path, vec![0; size]));
    let length = fs::metadata(path).unwrap().len();
    let length = length.saturating_sub(u64::try_from(room).unwrap());
    fs::File::options().write(true).open(path).unwrap().set_len(length).unwrap();
}
