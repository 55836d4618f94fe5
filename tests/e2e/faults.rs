//! Faults put into a capture, at each of its system calls in turn, and what the machine may refuse it.
//!
//! After every one of them: the old state or the new one, nothing acknowledged lost, the next run works unaided and
//! leaves the files that an undisturbed run leaves. `tests/run --long` leaves no call out; otherwise some are taken,
//! always the same. What git starts by itself is left alone.

mod injection;
mod leftovers;
mod limits;
mod order;
mod scene;
mod trace;

use crate::place::rounds;
use injection::{Fault, inject, may_trace};
use scene::{Kind, Scene};
use trace::Call;

/// Errors that a disk, a quota, a mount or a mode gives.
const ERRORS: [&str; 5] = ["ENOSPC", "EIO", "EROFS", "EDQUOT", "EACCES"];
const SIGNALS: [&str; 3] = ["TERM", "INT", "HUP"];

/// In a short run, every so many calls that change something are killed, and every so many fail; fewer where there are
/// more than so many in all.
const KILLS: usize = 3;
const FAILURES: usize = 7;
const MOST: usize = 20;

/// Tells, with `--nocapture`, what was done, or why something was left out: sandboxes differ in what they allow.
#[expect(clippy::print_stderr, reason = "for the person who runs the tests")]
fn note(what: &str) {
    eprintln!("{what}");
}

/// Returns the faults that a long run puts into the call, which is the `index`-th of the capture.
fn all_faults(call: &Call, index: usize) -> Vec<Fault> {
    let mut faults = vec![Fault::Signal("KILL"), Fault::Signal(SIGNALS[index % SIGNALS.len()])];
    if call.changes() {
        faults.extend(ERRORS.map(Fault::Error));
    } else if call.can_fail() {
        faults.extend(["EIO", "EACCES"].map(Fault::Error));
    }
    if call.can_fail() {
        faults.push(Fault::Errors(ERRORS[index % ERRORS.len()]));
    }
    faults
}

/// Returns the faults of a short run; where the call changes something, it is the `change`-th of those. One in `kills`
/// is killed, and one in `failures` of all calls fails.
fn some_faults(
    call: &Call,
    index: usize,
    change: usize,
    (kills, failures): (usize, usize),
) -> Vec<Fault> {
    let mut faults = Vec::new();
    if call.changes() && change.is_multiple_of(kills) {
        let kills = change / kills;
        let signal = if kills % 4 == 3 { SIGNALS[kills / 4 % SIGNALS.len()] } else { "KILL" };
        faults.push(Fault::Signal(signal));
    }
    if call.can_fail() && index.is_multiple_of(failures) {
        let failures = index / failures;
        let fault = if failures.is_multiple_of(3) { Fault::Errors } else { Fault::Error };
        faults.push(fault(ERRORS[failures % ERRORS.len()]));
    }
    faults
}

fn survives_faults(kind: Kind) {
    if !may_trace() {
        return;
    }
    let scene = Scene::new(kind);
    let is_long = rounds(0, 1) == 1;
    let (mut done, mut changes) = (0, 0);
    let calls = trace::record(&scene, &[]);
    let calls: Vec<&Call> = calls.iter().filter(|call| call.is_first).collect();
    let all_changes = calls.iter().filter(|call| call.changes()).count();
    let steps = (KILLS.max(all_changes / MOST), FAILURES.max(calls.len() / MOST / 3));
    for (index, call) in calls.iter().enumerate() {
        let faults = match is_long {
            true => all_faults(call, index),
            false => some_faults(call, index, changes, steps),
        };
        changes += usize::from(call.changes());
        done += faults.len();
        faults.into_iter().for_each(|fault| inject(&scene, call, fault));
    }
    note(&format!("{kind:?}: {done} faults in {} calls, {changes} of them changes", calls.len()));
    assert!(changes > 20 && done > 20, "{changes} {done}");
}

#[test]
fn a_first_capture_at_home_survives_every_fault() {
    survives_faults(Kind::FirstAtHome);
}

#[test]
fn a_growing_session_at_home_survives_every_fault() {
    survives_faults(Kind::GrownAtHome);
}

#[test]
fn a_first_capture_in_a_repository_survives_every_fault() {
    survives_faults(Kind::FirstInRepository);
}

#[test]
fn a_growing_session_in_a_repository_survives_every_fault() {
    survives_faults(Kind::GrownInRepository);
}

#[test]
fn redacting_again_survives_every_fault() {
    survives_faults(Kind::RedactedAgain);
}

#[test]
fn forgetting_survives_every_fault() {
    survives_faults(Kind::Pruned);
}

#[test]
fn beginning_the_history_anew_survives_every_fault() {
    survives_faults(Kind::Purged);
}

#[test]
fn sharing_survives_every_fault() {
    survives_faults(Kind::Synced);
}

#[test]
fn a_disk_that_cannot_promise_anything_is_written_all_the_same() {
    if !may_trace() {
        return;
    }
    for kind in Kind::ALL {
        let scene = Scene::new(kind);
        for error in ["EOPNOTSUPP", "EINVAL"] {
            scene.reset();
            let output = injection::capture(&scene, &[format!("fsync:error={error}:when=1+")]);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && errors.is_empty(), "{error}: {errors}");
            scene.assert_whole(&output, error);
        }
    }
}

/// File systems without hard links: the lock on the ref is made in another way, and a failure must not leave it.
#[test]
fn a_disk_without_hard_links_is_written_all_the_same() {
    if !may_trace() {
        return;
    }
    let scene = Scene::new(Kind::GrownInRepository);
    let links = "linkat:error=EPERM:when=1+".to_owned();
    let output = injection::capture(&scene, std::slice::from_ref(&links));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    scene.assert_whole(&output, &links);
    let calls = trace::record(&scene, &["-e", "inject=linkat:error=EPERM:when=1+"]);
    let locks = |call: &&Call| call.text.contains("sessions.lock>");
    for call in calls.iter().filter(locks).filter(|call| ["write", "fsync"].contains(&&*call.name))
    {
        scene.reset();
        let Call { name, nth, .. } = call;
        let fault = format!("{name}:error=ENOSPC:when={nth}");
        let output = injection::capture(&scene, &[links.clone(), fault.clone()]);
        assert!(!output.status.success(), "{fault}");
        scene.assert_whole(&output, &fault);
    }
}
