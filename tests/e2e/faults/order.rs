//! What would be left if the power went: every byte is on the disk before the ref can say so.
//!
//! A model of a disk that keeps its promises and nothing else: the bytes of a file are there after a sync of the file,
//! a name is there after a sync of its folder. Fed with the trace of a capture, it tells what a crash may take.

use super::injection::may_trace;
use super::scene::{Kind, Scene, copy};
use super::trace::{self, Call};
use crate::place::{CLAUDE, Place, files_below, rounds};
use opensession_testkit::{command, fsck_strict, git};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const REF: &str = "refs/heads/opensession/sessions";

/// What a disk holds for certain.
#[derive(Default)]
struct Disk {
    /// Files by name; what is not here was there before and did not change.
    files: BTreeMap<PathBuf, usize>,
    /// Files, by number, with bytes that are not synced.
    unsynced: BTreeSet<usize>,
    /// Names, of files and folders, whose folder was not synced since.
    unsynced_names: BTreeSet<PathBuf>,
    count: usize,
}

impl Disk {
    fn create(&mut self, path: PathBuf) {
        self.count += 1;
        self.files.insert(path.clone(), self.count);
        self.unsynced_names.insert(path);
    }

    fn write(&mut self, path: &Path) {
        if !self.files.contains_key(path) {
            self.count += 1;
            self.files.insert(path.to_owned(), self.count);
        }
        self.unsynced.extend(self.files.get(path));
    }

    fn name(&mut self, from: &Path, to: PathBuf) {
        if let Some(number) = self.files.get(from) {
            self.files.insert(to.clone(), *number);
        }
        self.unsynced_names.insert(to);
    }

    fn remove(&mut self, path: &Path) {
        self.files.remove(path);
        self.unsynced_names.remove(path);
    }

    fn sync(&mut self, path: &Path) {
        if let Some(number) = self.files.get(path) {
            self.unsynced.remove(number);
        }
        self.unsynced_names.retain(|name| name.parent() != Some(path));
    }

    fn has_bytes(&self, path: &Path) -> bool {
        self.files.get(path).is_none_or(|number| !self.unsynced.contains(number))
    }

    /// Whether the name and all folders above it are there.
    fn has_name(&self, path: &Path) -> bool {
        path.ancestors().all(|above| !self.unsynced_names.contains(above))
    }

    /// Applies a call that succeeded.
    fn apply(&mut self, call: &Call) {
        if call.text.contains(") = -1 ") {
            return;
        }
        let mut paths = call.paths().into_iter();
        let mut next = || paths.next().unwrap_or_else(|| panic!("{call:?}"));
        match call.name.as_str() {
            "open" | "openat" if call.text.contains("O_EXCL") => self.create(next()),
            "open" | "openat" if call.text.contains("O_CREAT") => {
                let path = next();
                // It may have been there: then this says too little for certain, never too much.
                self.unsynced_names.insert(path.clone());
                if call.text.contains("O_TRUNC") {
                    self.write(&path);
                }
            }
            "write" | "pwrite64" | "writev" | "ftruncate" | "fallocate" => self.write(&call.file()),
            "fsync" | "fdatasync" => self.sync(&call.file()),
            "rename" | "renameat" | "renameat2" => {
                let (from, to) = (next(), next());
                self.name(&from, to);
                self.remove(&from);
            }
            "link" | "linkat" => {
                let from = next();
                self.name(&from, next());
            }
            "unlink" | "unlinkat" | "rmdir" => self.remove(&next()),
            "mkdir" | "mkdirat" => drop(self.unsynced_names.insert(next())),
            name => assert!(!call.changes() || name.ends_with("chmod"), "{call:?}"),
        }
    }
}

impl Call {
    /// Returns the paths that it is given.
    fn paths(&self) -> Vec<PathBuf> {
        self.text.split('"').skip(1).step_by(2).map(PathBuf::from).collect()
    }

    /// Returns the path of the open file that it is about.
    fn file(&self) -> PathBuf {
        let path = self.text.split_once('<').and_then(|(_number, rest)| rest.split_once('>'));
        PathBuf::from(path.unwrap_or_else(|| panic!("{self:?}")).0)
    }
}

/// Asserts the order of a capture into `git_dir`, and returns what the disk held for certain when the ref moved.
fn assert_order(calls: &[Call], git_dir: &Path) -> Option<Disk> {
    let reference = git_dir.join(REF);
    let moves =
        |call: &Call| call.name.starts_with("rename") && call.paths().last() == Some(&reference);
    let moved = calls.iter().position(moves)?;
    let (before, after) = calls.split_at(moved);
    let mut disk = Disk::default();
    before.iter().for_each(|call| disk.apply(call));
    assert!(disk.has_bytes(&git_dir.join(format!("{REF}.lock"))), "the new value is not synced");
    let packs: Vec<&PathBuf> =
        disk.files.keys().filter(|path| path.starts_with(git_dir.join("objects"))).collect();
    let ends = |end: &str| packs.iter().any(|path| path.extension().is_some_and(|e| e == end));
    assert!(ends("pack") && ends("idx"), "{packs:?}");
    for path in packs.iter().filter(|path| path.extension().is_none_or(|end| end != "keep")) {
        assert!(disk.has_bytes(path), "{} is not synced", path.display());
        assert!(disk.has_name(path), "the name of {} is not synced", path.display());
    }
    // What the user is told comes last.
    let mut told = Disk::default();
    let is_answer = |call: &Call| call.name == "write" && call.text.starts_with("1<");
    let answer = after.iter().position(is_answer).unwrap();
    before.iter().chain(&after[..answer]).for_each(|call| told.apply(call));
    assert!(told.has_name(&reference), "the ref is not synced");
    Some(disk)
}

/// Leaves in `git_dir`, which a capture has just changed, what was on the `disk` for certain.
fn cut_power(disk: &Disk, git_dir: &Path, at: &Path) {
    let reference = at.join(REF);
    for path in files_below(git_dir) {
        let here = at.join(path.strip_prefix(git_dir).unwrap());
        if here == reference {
            continue;
        }
        if !disk.has_name(&here) {
            fs::remove_file(path).unwrap();
        } else if !disk.has_bytes(&here) {
            fs::remove_file(&path).unwrap();
            fs::write(path, "").unwrap();
        }
    }
}

fn tree(git_dir: &Path) -> String {
    git(git_dir, &["rev-parse", "opensession/sessions^{tree}"])
}

/// After the power went in the moment when the ref had moved, and nothing else than what was synced is there.
fn assert_whole_after_power_cut(disk: &Disk, git_dir: &Path, scratch: &Path) {
    if scratch.exists() {
        fs::remove_dir_all(scratch).unwrap();
    }
    copy(git_dir, scratch);
    cut_power(disk, scratch, git_dir);
    assert_eq!(tree(scratch), tree(git_dir));
    fsck_strict(scratch);
}

#[test]
fn every_byte_is_on_the_disk_before_the_ref_moves() {
    if !may_trace() {
        return;
    }
    for kind in Kind::ALL {
        let scene = Scene::new(kind);
        let calls = trace::record(&scene, &[]);
        let disk = assert_order(&calls, &scene.git_dir()).unwrap();
        let scratch = scene.home().with_file_name("scratch.git");
        assert_whole_after_power_cut(&disk, &scene.git_dir(), &scratch);
    }
}

#[test]
fn a_power_cut_in_any_of_many_captures_leaves_a_whole_branch() {
    if !may_trace() {
        return;
    }
    let place = Place::empty();
    let git_dir = place.store();
    let (trace, scratch) = (place.home.path().join("trace"), place.home.path().join("scratch.git"));
    let lines: Vec<&[u8]> = CLAUDE.split_inclusive(|byte| *byte == b'\n').collect();
    let mut moves = 0;
    for number in 0..rounds(20, 1000) {
        // A session of its own in every second capture, which grows in the next.
        let id = format!("{:08x}-3f60-4d52-9a57-0c7be1a2d901", number / 2);
        let lines = if number % 2 == 0 { &lines[..12] } else { &lines[..] };
        let text = String::from_utf8(lines.concat()).unwrap();
        let text = text.replace("5b1d7c9e-3f60-4d52-9a57-0c7be1a2d901", &id);
        let log = place.home.write(&format!("logs/{id}.jsonl"), text);
        let mut strace = command("strace", place.home.path());
        strace.args(["-f", "-y", "-qq", "-e", "trace=%file,%desc", "-o"]).arg(&trace);
        strace.arg(env!("CARGO_BIN_EXE_opensession")).arg("capture").arg(log);
        let output = strace.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let calls = trace::parse(&fs::read_to_string(&trace).unwrap(), place.home.path());
        let Some(disk) = assert_order(&calls, &git_dir) else { continue };
        moves += 1;
        // A repack in the background must not change what is compared.
        fsck_strict(&git_dir);
        assert_whole_after_power_cut(&disk, &git_dir, &scratch);
    }
    assert_eq!(moves, rounds(20, 1000));
}
