//! An install and a removal that are killed at every write, one after the other.

use crate::tree::{Tree, tree};
use crate::world::{World, write};
use opensession_hooks::HookFolder;
use opensession_testkit::command;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What changes something on the disk; some have other names on other machines, which `?` allows.
const WRITES: [&str; 7] = [
    "?mkdir,?mkdirat",
    "?rename,?renameat,?renameat2",
    "?unlink,?unlinkat",
    "?rmdir",
    "write",
    "fchmod",
    "fsync",
];

#[test]
fn a_kill_at_any_write_leaves_every_file_old_or_new() {
    let world = World::new(".git/hooks");
    write(&world.folder.join("post-commit"), 0o755, "#!/usr/bin/env python3\n");
    write(&world.folder.join("post-merge"), 0o750, "#!/bin/sh\necho\n");
    let old = tree(&world.folder);
    world.install();
    let new = tree(&world.folder);
    let (mut kills, mut seen) = (0, BTreeSet::new());
    for (task, calls) in
        ["install", "remove"].into_iter().flat_map(|task| WRITES.map(|calls| (task, calls)))
    {
        for nth in 1.. {
            if task == "install" {
                world.remove();
            }
            let killed = killed(&world, task, calls, nth);
            let now = tree(&world.folder);
            check(&now, &old, &new, &format!("{task}, {calls} {nth}"));
            if task == "install" {
                world.install();
                assert_eq!(tree(&world.folder), new, "{task}, {calls} {nth}");
            }
            world.remove();
            assert_eq!(tree(&world.folder), old, "{task}, {calls} {nth}");
            world.install();
            if !killed {
                break;
            }
            kills += 1;
            seen.insert(names(&now));
        }
    }
    assert!(kills > 30 && seen.len() > 10, "{kills} kills, {} states", seen.len());
}

/// Asserts that every file is as in one of the two trees, and that no file of the old one is gone.
fn check(now: &Tree, old: &Tree, new: &Tree, name: &str) {
    let left_over = |path: &Path| path.to_string_lossy().ends_with(".opensession-new");
    for (path, is) in now.iter().filter(|(path, _)| !left_over(path)) {
        let known = [old, new].into_iter().filter_map(|tree| tree.get(path)).any(|was| was == is);
        assert!(known, "{name}: {} is neither old nor new", path.display());
    }
    for path in old.keys() {
        assert!(now.contains_key(path), "{name}: {} is gone", path.display());
    }
}

fn names(tree: &Tree) -> Vec<(PathBuf, usize)> {
    tree.iter().map(|(path, (_, bytes))| (path.clone(), bytes.len())).collect()
}

/// Runs `task` in a process of its own, killed at the `nth` of these system calls, and returns whether it came so far.
fn killed(world: &World, task: &str, calls: &str, nth: usize) -> bool {
    let test = std::env::current_exe().unwrap();
    let mut strace = command("strace", world.repository.path());
    strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={calls}")]);
    strace.args(["-e", &format!("inject={calls}:signal=KILL:when={nth}")]).arg(test);
    strace.args(["--exact", "killed::in_a_process_of_its_own", "--ignored", "--quiet"]);
    strace.env("TASK", task).env("FOLDER", &world.folder).env("BINARY", &world.binary);
    !strace.output().unwrap().status.success()
}

#[test]
#[ignore = "only the test above runs it, and says where"]
#[expect(clippy::disallowed_methods, reason = "it is told in its environment what to do")]
fn in_a_process_of_its_own() {
    let given = |name: &str| std::env::var(name).unwrap();
    let (folder, binary) = (given("FOLDER"), given("BINARY"));
    let hooks = HookFolder {
        folder: Path::new(&folder),
        binary: Path::new(&binary),
        allowed_roots: &[],
        share: true,
    };
    match given("TASK").as_str() {
        "install" => drop(hooks.install().unwrap()),
        _ => drop(hooks.remove().unwrap()),
    }
}
