//! A full disk, a read-only one, and limits on what a process may have.

use super::note;
use super::scene::{Kind, Scene};
use crate::place::{CLAUDE, files_below, rounds};
use opensession_testkit::{TestHome, command, fsck_strict, git};
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;

/// A small file system of its own, gone when the test is over.
struct Disk {
    folder: TestHome,
}

impl Disk {
    /// Returns a disk of 3 MB; `None` where nothing can be mounted.
    fn mount() -> Option<Self> {
        let folder = TestHome::new();
        let mount = ["-t", "tmpfs", "-o", "size=3m", "tmpfs", "."];
        let mounted = command("mount", folder.path()).args(mount).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self { folder });
        }
        note("left out: nothing can be mounted here");
        None
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn remount(&self, how: &str) {
        let option = format!("remount,{how}");
        let mut mount = command("mount", "/".as_ref());
        let status = mount.args(["-o", &option]).arg(self.path()).status().unwrap();
        assert!(status.success());
    }

    /// Writes a log of a session of its own.
    fn write_log(&self, number: usize) -> String {
        let id = format!("{number:08x}-3f60-4d52-9a57-0c7be1a2d901");
        let text = String::from_utf8(CLAUDE.to_vec()).unwrap();
        let text = text.replace("5b1d7c9e-3f60-4d52-9a57-0c7be1a2d901", &id);
        let log = format!("logs/{id}.jsonl");
        let _path = self.folder.write(&log, text);
        log
    }

    fn run(&self, arguments: &[&str]) -> Output {
        command(env!("CARGO_BIN_EXE_opensession"), self.path()).args(arguments).output().unwrap()
    }

    fn store(&self) -> PathBuf {
        self.path().join(".local/share/opensession/sessions.git")
    }

    /// Returns how many sessions git sees.
    fn stored(&self) -> usize {
        let paths = git(&self.store(), &["ls-tree", "-r", "--name-only", "opensession/sessions"]);
        paths.lines().filter(|path| path.ends_with("/session.json")).count()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = command("umount", "/".as_ref()).arg("--lazy").arg(self.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()));
    }
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Without a place for the index it is made in memory, and a line says so.
#[test]
fn lists_and_searches_answer_on_a_read_only_disk_and_on_a_full_one() {
    let Some(disk) = Disk::mount() else { return };
    let logs: Vec<String> = (0..6).map(|number| disk.write_log(number)).collect();
    let logs: Vec<&str> = logs.iter().map(String::as_str).collect();
    assert!(disk.run(&[&["capture"], &logs[..]].concat()).status.success());
    let index = disk.path().join(".local/share/opensession/local.db");
    let ask = |arguments: &[&str]| {
        let output = disk.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", errors(&output));
        assert!(errors(&output).lines().count() <= 1, "{}", errors(&output));
        output.stdout
    };
    let answers =
        || [ask(&["list", "--json", "has:error"]), ask(&["search", "--json", "\"cart total\""])];
    let sound = answers();
    assert!(index.exists());
    disk.remount("ro");
    assert_eq!(answers(), sound);
    disk.remount("rw");
    for free in [0, 20 << 10, 90 << 10] {
        for end in ["", "-wal", "-shm", "-stamp"] {
            let _gone = fs::remove_file(index.with_file_name(format!("local.db{end}")));
        }
        let ballast = disk.path().join("ballast");
        let _full = fs::write(&ballast, vec![0; 4 << 20]).unwrap_err();
        let length = fs::metadata(&ballast).unwrap().len();
        fs::File::options().write(true).open(&ballast).unwrap().set_len(length - free).unwrap();
        assert_eq!(answers(), sound, "{free} bytes are free");
        fs::remove_file(ballast).unwrap();
        assert_eq!(answers(), sound);
    }
    fsck_strict(&disk.store());
}

#[test]
fn a_full_disk_is_named_and_costs_nothing_that_is_stored() {
    let Some(disk) = Disk::mount() else { return };
    // The logs are on the disk before it is full.
    let logs: Vec<String> = (0..12).map(|number| disk.write_log(number)).collect();
    assert!(disk.run(&["capture", &logs[0]]).status.success());
    for free in [4 << 10, 12 << 10, 20 << 10, 28 << 10] {
        let ballast = disk.path().join("ballast");
        // Until the disk is full, and then a little less.
        let _full = fs::write(&ballast, vec![0; 4 << 20]).unwrap_err();
        let length = fs::metadata(&ballast).unwrap().len();
        fs::File::options().write(true).open(&ballast).unwrap().set_len(length - free).unwrap();
        let before = disk.stored();
        let mut captures = logs[before..].iter().map(|log| disk.run(&["capture", log]));
        let failed = captures.by_ref().take(4).find(|output| !output.status.success());
        let failed = failed.expect("the disk is full at last");
        let message = errors(&failed);
        assert_eq!(failed.status.code(), Some(74), "{message}");
        assert!(message.contains(disk.path().to_str().unwrap()), "{message}");
        assert!(message.contains("No space left on device"), "{message}");
        fsck_strict(&disk.store());
        let full = disk.stored();
        for arguments in [&["list"][..], &["fsck"], &["cat", "00000000"]] {
            let output = disk.run(arguments);
            assert!(output.status.success(), "{arguments:?}: {}", errors(&output));
        }
        fs::remove_file(ballast).unwrap();
        let output = disk.run(&["capture", &logs[full]]);
        assert!(output.status.success(), "{}", errors(&output));
        assert!(disk.stored() > before);
        fsck_strict(&disk.store());
    }
    let left = files_below(disk.path());
    let is_left = |path: &&PathBuf| {
        path.extension().is_some_and(|end| ["new", "keep", "lock", "tmp"].iter().any(|e| *e == end))
    };
    assert_eq!(left.iter().find(is_left), None);
}

#[test]
fn a_read_only_disk_is_read_and_a_capture_says_so_once() {
    let Some(disk) = Disk::mount() else { return };
    let logs = [disk.write_log(0), disk.write_log(1)];
    assert!(disk.run(&["capture", &logs[0]]).status.success());
    disk.remount("ro");
    for arguments in [&["list"][..], &["show", "HEAD"], &["cat", "HEAD"], &["fsck"]] {
        let output = disk.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", errors(&output));
    }
    let output = disk.run(&["capture", &logs[1]]);
    let message = errors(&output);
    assert!(matches!(output.status.code(), Some(74 | 77)), "{message}");
    assert!(message.contains("Read-only file system"), "{message}");
    assert_eq!(message.matches("error: ").count(), 1, "{message}");
    disk.remount("rw");
    assert!(disk.run(&["capture", &logs[1]]).status.success());
    assert_eq!(disk.stored(), 2);
    fsck_strict(&disk.store());
}

/// Runs a capture under a limit; whatever it can still do, it does wholly or not at all.
fn limited(scene: &Scene, limit: &str) -> bool {
    scene.reset();
    let output = scene.capture(&["prlimit", limit]).output().unwrap();
    let text = errors(&output);
    // A process that gets no memory, or exceeds the size of a file, is ended by the system.
    let ended = output.status.signal().is_some() || output.status.code() == Some(127);
    assert!(output.status.success() || ended || text.contains("error"), "{limit}: {text}");
    scene.assert_whole(&output, limit);
    output.status.success()
}

#[test]
fn limits_on_files_and_memory_leave_nothing_half_done() {
    if !command("prlimit", "/".as_ref()).arg("true").status().is_ok_and(|it| it.success()) {
        note("left out: there is no prlimit");
        return;
    }
    let step = rounds(4, 1);
    for kind in [Kind::FirstAtHome, Kind::GrownInRepository] {
        let scene = Scene::new(kind);
        let files: Vec<usize> = (4..20).step_by(step).collect();
        let size: Vec<usize> = (0..8).step_by(step).map(|blocks| blocks * 700).collect();
        let memory: Vec<usize> = (12..60).step_by(4 * step).map(|mega| mega << 20).collect();
        let mut succeeded = 0;
        for (name, limits) in [("--nofile", files), ("--fsize", size), ("--as", memory)] {
            for limit in limits {
                succeeded += usize::from(limited(&scene, &format!("{name}={limit}")));
            }
        }
        // The limits begin where nothing works and end where all does.
        assert!(succeeded > 0);
        assert!(limited(&scene, "--nofile=20"));
    }
}
