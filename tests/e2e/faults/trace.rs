//! What a run asked of the kernel, as `strace` tells it.

use super::scene::Scene;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A system call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub name: String,
    /// The arguments and the result, as strace writes them.
    pub text: String,
    /// It is so many calls of this name into its thread, from 1: what strace calls `when`.
    pub nth: usize,
    /// Whether the first thread made it. In others strace cannot hit one call and spare those of the first.
    pub is_first: bool,
}

/// Runs the capture of the scene undisturbed, and returns what it did with files and folders, in order.
///
/// Calls by which the program was loaded come before anything that concerns the scene, and are left out; so are those
/// of programs that it started. `options` are more for strace.
pub(super) fn record(scene: &Scene, options: &[&str]) -> Vec<Call> {
    scene.reset();
    let trace = scene.trace();
    let strace = ["strace", "-f", "-y", "-qq", "-e", "trace=%file,%desc", "-o"];
    let through = [&strace[..], &[trace.to_str().unwrap()], options].concat();
    let output = scene.capture(&through).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    parse(&fs::read_to_string(&trace).unwrap(), &scene.home())
}

/// Returns the calls in a trace from the first that concerns `home`.
pub(super) fn parse(text: &str, home: &Path) -> Vec<Call> {
    let home = format!("\"{}", home.display());
    // The first is the one that starts the program.
    let concerns = |call: &Call| call.name != "execve" && call.text.contains(&home);
    let calls = whole_calls(text);
    let first = calls.iter().position(concerns).unwrap();
    calls.into_iter().skip(first).collect()
}

/// Puts lines that others interrupted together again.
fn whole_calls(text: &str) -> Vec<Call> {
    let mut interrupted: BTreeMap<&str, String> = BTreeMap::new();
    let mut counts: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let mut others = BTreeSet::new();
    let mut calls = Vec::new();
    let mut first = None;
    for line in text.lines() {
        let (process, rest) = line.split_once(' ').unwrap();
        let first = *first.get_or_insert(process);
        let rest = rest.trim_start();
        if let Some(begun) = rest.strip_suffix(" <unfinished ...>") {
            interrupted.insert(process, begun.to_owned());
            continue;
        }
        let whole = match rest.split_once(" resumed>") {
            Some((_name, end)) if rest.starts_with("<... ") => {
                interrupted.remove(process).unwrap_or_default() + end
            }
            _ => rest.to_owned(),
        };
        // What is no call is a signal or the end of a process.
        let Some((name, text)) = whole.split_once('(') else { continue };
        if name == "execve" && process != first {
            others.insert(process);
        }
        if others.contains(process) || name.contains(' ') {
            continue;
        }
        let nth = counts.entry((process, name.to_owned())).or_insert(0);
        *nth += 1;
        let (name, text, is_first) = (name.to_owned(), text.to_owned(), process == first);
        calls.push(Call { name, text, nth: *nth, is_first });
    }
    calls
}

impl Call {
    /// Returns whether it changes what is on the disk, or waits for that.
    pub(super) fn changes(&self) -> bool {
        match self.name.as_str() {
            "openat" | "open" => self.text.contains("O_CREAT") || self.text.contains("O_TRUNC"),
            "write" | "pwrite64" | "writev" | "ftruncate" | "fallocate" | "fsync" | "fdatasync"
            | "sync_file_range" | "copy_file_range" | "sendfile" | "rename" | "renameat"
            | "renameat2" | "link" | "linkat" | "symlink" | "symlinkat" | "unlink" | "unlinkat"
            | "rmdir" | "mkdir" | "mkdirat" | "chmod" | "fchmod" | "fchmodat" => true,
            _ => false,
        }
    }

    /// Returns whether its failure is one that a program can be told about.
    pub(super) fn can_fail(&self) -> bool {
        let harmless = [
            "close",
            "fcntl",
            "lseek",
            "ioctl",
            "poll",
            "mmap",
            "munmap",
            "dup",
            "pipe2",
            "socketpair",
        ];
        // Between processes there is no disk.
        let is_between = ["<pipe:", "<socket:", "<UNIX"].iter().any(|it| self.text.contains(it));
        !harmless.contains(&self.name.as_str()) && !is_between
    }
}
