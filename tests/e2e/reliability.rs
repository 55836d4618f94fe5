//! Many captures at once, beside git's own housekeeping, and killed in the middle: nothing acknowledged is lost.
//!
//! `tests/run --long` sets `OPENSESSION_LONG`, and the loops run much longer.

mod sharing;

use crate::place::{CLAUDE, CLAUDE_LOG, Place, rounds};
use opensession_testkit::{command, git};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Writes a log of a session of its own, and returns it with the session's id.
fn log(place: &Place, number: usize) -> (PathBuf, String) {
    let id = format!("{number:08x}-3f60-4d52-9a57-0c7be1a2d901");
    let text = String::from_utf8(CLAUDE.to_vec()).unwrap();
    let text = text.replace("5b1d7c9e-3f60-4d52-9a57-0c7be1a2d901", &id);
    (place.home.write(&format!("logs/{id}.jsonl"), text), id)
}

fn start(place: &Place, log: &std::path::Path) -> Child {
    let mut capture = command(env!("CARGO_BIN_EXE_opensession"), place.home.path());
    capture.arg("capture").arg(log).stdout(Stdio::null()).stderr(Stdio::piped());
    capture.spawn().unwrap()
}

fn finish(capture: Child) {
    let output = capture.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The ids of the stored sessions, by git alone.
fn stored(place: &Place) -> BTreeSet<String> {
    let listing = git(&place.store(), &["ls-tree", "-r", "--name-only", "opensession/sessions"]);
    let sessions = listing.lines().filter_map(|path| path.strip_suffix("/session.json"));
    sessions.map(|path| path.rsplit_once("claude-code.").unwrap().1.to_owned()).collect()
}

fn assert_all_stored(place: &Place, ids: &BTreeSet<String>) {
    assert_eq!(&stored(place), ids);
    place.assert_sound();
    assert_eq!(place.run(&["fsck"]).code, 0);
}

#[test]
fn a_hundred_processes_at_once_lose_nothing() {
    let place = Place::empty();
    let logs: Vec<_> = (0..100).map(|number| log(&place, number)).collect();
    let running: Vec<Child> = logs.iter().map(|(log, _)| start(&place, log)).collect();
    running.into_iter().for_each(finish);
    assert_all_stored(&place, &logs.into_iter().map(|(_, id)| id).collect());
}

#[test]
fn captures_beside_a_gc_loop_lose_nothing() {
    let place = Place::captured();
    let finished = AtomicBool::new(false);
    let captures = rounds(40, 4000);
    let mut ids = stored_claude(&place);
    thread::scope(|scope| {
        let gc = scope.spawn(|| {
            let mut count = 0;
            while !finished.load(Ordering::Relaxed) || count < 3 {
                let _said = git(&place.store(), &["gc", "--quiet", "--prune=now"]);
                count += 1;
            }
            count
        });
        for pair in 0..captures / 2 {
            let logs = [log(&place, 2 * pair), log(&place, 2 * pair + 1)];
            let running: Vec<Child> = logs.iter().map(|(log, _)| start(&place, log)).collect();
            running.into_iter().for_each(finish);
            ids.extend(logs.map(|(_, id)| id));
        }
        finished.store(true, Ordering::Relaxed);
        assert!(gc.join().unwrap() >= 3);
    });
    let claude: BTreeSet<String> = stored_claude(&place);
    assert_eq!(claude, ids);
    place.assert_sound();
    assert_eq!(place.run(&["fsck"]).code, 0);
}

fn stored_claude(place: &Place) -> BTreeSet<String> {
    let listing = git(&place.store(), &["ls-tree", "-r", "--name-only", "opensession/sessions"]);
    let sessions = listing.lines().filter_map(|path| path.strip_suffix("/session.json"));
    sessions.filter_map(|path| Some(path.rsplit_once("claude-code.")?.1.to_owned())).collect()
}

#[test]
fn a_kill_at_any_moment_loses_nothing_acknowledged() {
    let place = Place::empty();
    let mut acknowledged = BTreeSet::new();
    for number in 0..rounds(25, 400) {
        let (file, id) = log(&place, number);
        let mut capture = start(&place, &file);
        // Later and later, from before the first system call to after the last.
        for _ in 0..number * rounds(2000, 200) {
            thread::yield_now();
        }
        capture.kill().unwrap();
        let output = capture.wait_with_output().unwrap();
        if output.status.success() {
            acknowledged.insert(id);
        }
        let (file, id) = log(&place, 1_000_000 + number);
        finish(start(&place, &file));
        acknowledged.insert(id);
        let stored = stored(&place);
        assert!(acknowledged.is_subset(&stored), "{acknowledged:?} {stored:?}");
    }
    place.assert_sound();
    for folder in ["", "objects/pack", "opensession", "refs/heads/opensession"] {
        for entry in fs::read_dir(place.store().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let is_left = [".keep", ".new", ".lock", ".tmp"].iter().any(|end| name.ends_with(end));
            assert!(!is_left, "{folder}/{name}");
        }
    }
    assert_eq!(place.run(&["fsck"]).code, 0);
}

#[test]
fn a_second_run_opens_no_log_and_writes_nothing() {
    let place = Place::captured();
    let trace = place.home.path().join("trace");
    let mut strace = command("strace", place.home.path());
    strace.args(["-f", "-qq", "-e", "trace=open,openat,openat2", "-o"]).arg(&trace);
    strace.args([env!("CARGO_BIN_EXE_opensession"), "capture"]);
    let output = strace.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let opened = fs::read_to_string(trace).unwrap();
    assert!(opened.contains("sessions.git"), "{opened}");
    assert!(!opened.contains(".jsonl"), "{opened}");
    let writes =
        opened.lines().filter(|line| line.contains("O_WRONLY") || line.contains("O_CREAT"));
    assert_eq!(writes.count(), 0, "{opened}");
}

#[test]
fn stock_git_and_zstd_give_the_events_of_cat() {
    let place = Place::with_logs();
    let lines: Vec<&[u8]> = CLAUDE.split_inclusive(|byte| *byte == b'\n').collect();
    for length in [lines.len() / 3, lines.len() * 2 / 3, lines.len()] {
        place.home.write(CLAUDE_LOG, lines.get(..length).unwrap().concat());
        assert_eq!(place.run(&["capture"]).code, 0);
    }
    let store = place.store();
    let listing = git(&store, &["ls-tree", "-r", "--name-only", "opensession/sessions"]);
    let mut events = String::new();
    for path in listing.lines().filter(|p| p.contains("claude-code") && p.ends_with(".hail.zst")) {
        let script = format!("git cat-file blob 'opensession/sessions:{path}' | zstd -dc");
        let output = command("sh", &store).args(["-c", &script]).output().unwrap();
        assert!(output.status.success());
        events.push_str(&String::from_utf8(output.stdout).unwrap());
    }
    let cat = place.run(&["cat", "5b1d7c9e"]).stdout;
    let lines: Vec<&str> = cat.lines().collect();
    let between = lines.get(1..lines.len() - 1).unwrap();
    assert_eq!(events.lines().collect::<Vec<_>>(), between);
    assert!(listing.matches(".hail.zst").count() >= 3, "{listing}");
}
