//! Sharing and forgetting, killed in the middle, and all at once beside git's housekeeping.

use crate::place::rounds;
use crate::shop::Shop;
use crate::sync::Hub;
use opensession_testkit::{command, fsck_strict};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

fn done(shop: &Shop, words: &[&str]) {
    let ran = shop.run(words);
    assert_eq!(ran.code, 0, "{words:?}: {}{}", ran.stdout, ran.stderr);
}

fn start(shop: &Shop, words: &[&str]) -> Child {
    let mut program = command(env!("CARGO_BIN_EXE_opensession"), &shop.folder);
    program.env("HOME", shop.place.home.path()).args(words);
    program.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Ends the program after a while that grows with `moment`; what git it started goes on.
fn kill_at(mut running: Child, moment: usize) {
    for _ in 0..moment * 4000 {
        thread::yield_now();
    }
    running.kill().unwrap();
    running.wait().unwrap();
}

/// Syncs until all have the same, and asserts that it is `expected`, and that nothing is left over.
fn assert_same(hub: &Hub, shops: &[Shop], expected: &BTreeSet<String>) {
    for shop in shops.iter().chain(shops) {
        done(shop, &["sync"]);
    }
    assert_eq!(&hub.sessions(), expected);
    let tree = |shop: &Shop| shop.git(&["rev-parse", "opensession/sessions^{tree}"]);
    let trees: BTreeSet<String> = shops.iter().map(tree).collect();
    assert_eq!(trees.len(), 1);
    fsck_strict(&hub.path());
    for shop in shops {
        assert_eq!(&shop.sessions().into_iter().collect::<BTreeSet<_>>(), expected);
        shop.assert_sound();
        done(shop, &["fsck"]);
        let git_dir = shop.folder.join(".git");
        for folder in ["", "objects/pack", "opensession", "refs/heads/opensession"] {
            assert_clear(&git_dir.join(folder));
        }
        let incoming = fs::read_dir(git_dir.join("opensession/incoming")).unwrap();
        let names: Vec<_> = incoming.map(|file| file.unwrap().file_name()).collect();
        assert_eq!(names, ["lock"]);
    }
}

fn assert_clear(folder: &Path) {
    for file in fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let is_left = [".keep", ".new", ".lock", ".tmp"].iter().any(|end| name.ends_with(end));
        assert!(!is_left, "{}/{name}", folder.display());
    }
}

#[test]
fn a_kill_at_any_moment_of_sharing_loses_nothing_and_brings_nothing_back() {
    let hub = Hub::new();
    let shops = [hub.machine(), hub.machine()];
    let mut kept = BTreeSet::new();
    for round in 0..rounds(12, 300) {
        let shop = &shops[round % 2];
        kept.insert(shop.agent(u32::try_from(round).unwrap()).id);
        // What this says is stored is stored from now on.
        done(shop, &["capture"]);
        kill_at(start(shop, &["sync", "--yes", "origin"]), round % 40);
        match round % 6 {
            2 => {
                let old = kept.iter().find(|id| shop.sessions().contains(id)).unwrap().clone();
                kill_at(start(shop, &["forget", &old, "--yes"]), round % 20);
                // It is unknown where that was done.
                let ran = shop.run(&["forget", &old, "--yes"]);
                assert!(!shop.sessions().contains(&old), "{}: {}", ran.code, ran.stderr);
                kept.remove(&old);
            }
            4 => {
                kill_at(start(shop, &["purge", "--repo", ".", "--yes", "--gc"]), round % 30);
            }
            5 => {
                let words = ["prune", "--keep-days", "100000", "--yes"];
                kill_at(start(shop, &words), round % 20);
            }
            _ => {}
        }
    }
    // The next one that writes clears up.
    for (number, shop) in (10_000..).zip(&shops) {
        kept.insert(shop.agent(number).id);
        done(shop, &["sync", "--yes", "origin"]);
    }
    assert_same(&hub, &shops, &kept);
}

/// Two machines with four sessions each, of which each will forget two, do everything at once, with `more` in every
/// round, while `beside` runs again and again in both; then nothing is missing, and nothing forgotten is there.
fn all_at_once(more: &[&str], beside: &[&str]) {
    let hub = Hub::new();
    let shops = [hub.machine(), hub.machine()];
    let mut kept = BTreeSet::new();
    let mut to_forget = Vec::new();
    for (index, shop) in shops.iter().enumerate() {
        for session in 0..4 {
            let id = shop.agent(u32::try_from(1000 + 4 * index + session).unwrap()).id;
            if session < 2 { to_forget.push((index, id)) } else { assert!(kept.insert(id)) }
        }
        done(shop, &["sync", "--yes", "origin"]);
    }
    let finished = AtomicBool::new(false);
    let failures = thread::scope(|scope| {
        for shop in &shops {
            scope.spawn(|| {
                while !finished.load(Ordering::Relaxed) {
                    shop.git(beside);
                }
            });
        }
        let mut failures = Vec::new();
        for round in 0..rounds(3, 60) {
            let mut running = Vec::new();
            for (index, shop) in shops.iter().enumerate() {
                kept.insert(shop.agent(u32::try_from(2 * round + index).unwrap()).id);
                if let Some(place) = to_forget.iter().position(|(owner, _id)| *owner == index) {
                    let (_owner, id) = to_forget.swap_remove(place);
                    running.push(start(shop, &["forget", &id, "--yes"]));
                }
                let all = [&["sync"][..], &["sync"], &["capture"], more];
                running.extend(all.iter().map(|words| start(shop, words)));
            }
            for program in running {
                let output = program.wait_with_output().unwrap();
                if !output.status.success() {
                    failures.push(String::from_utf8(output.stderr).unwrap());
                }
            }
        }
        finished.store(true, Ordering::Relaxed);
        failures
    });
    assert_eq!(failures, [""; 0]);
    assert!(to_forget.is_empty());
    assert_same(&hub, &shops, &kept);
}

#[test]
fn sharing_and_forgetting_beside_captures_and_a_gc_loop_lose_nothing() {
    all_at_once(&["sync"], &["gc", "--quiet", "--prune=now"]);
}

#[test]
fn beginning_the_history_anew_beside_captures_and_sharing_loses_nothing() {
    all_at_once(&["purge", "--repo", ".", "--yes"], &["gc", "--quiet"]);
}

/// What a purge left behind may still be the remote's: git does not fetch again what is there, and may collect it.
#[test]
fn what_git_collects_of_a_fetched_history_is_fetched_again() {
    let hub = Hub::new();
    let shops = [hub.machine(), hub.machine()];
    let mut kept = BTreeSet::new();
    for (number, shop) in (0..).zip(&shops) {
        kept.insert(shop.agent(number).id);
        done(shop, &["sync", "--yes", "origin"]);
    }
    let shop = &shops[0];
    let tracking = "refs/remotes/origin/opensession/sessions";
    done(shop, &["pull"]);
    let fetched = shop.git(&["rev-parse", tracking]);
    done(shop, &["purge", "--repo", ".", "--yes"]);
    shop.git(&["update-ref", "-d", tracking]);
    shop.git(&["gc", "--quiet", "--prune=now"]);
    let looked = shop.command("git", &shop.folder).args(["cat-file", "-e", &fetched]).output();
    assert!(!looked.unwrap().status.success(), "git kept it");
    let file = shop.folder.join(".git").join(tracking);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, format!("{fetched}\n")).unwrap();
    assert_same(&hub, &shops, &kept);
}
