//! Putting faults into the system calls of a capture with `strace`.

use super::note;
use super::scene::Scene;
use super::trace::Call;
use opensession_testkit::command;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Output, Stdio};

/// What happens to a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// The process gets this signal instead.
    Signal(&'static str),
    /// It fails with this error.
    Error(&'static str),
    /// It and all later ones of its name fail with this error.
    Errors(&'static str),
}

/// Returns whether processes may be traced here; says so where not.
pub(super) fn may_trace() -> bool {
    let strace = command("strace", "/".as_ref()).args(["-o", "/dev/null", "true"]).output();
    let may = strace.is_ok_and(|output| output.status.success());
    if !may {
        note("left out: strace cannot trace processes here");
    }
    may
}

/// Runs the capture with these injections, each in strace's words. The trace tells what was injected.
pub(super) fn capture(scene: &Scene, injections: &[String]) -> Output {
    let calls: Vec<&str> = injections.iter().filter_map(|one| one.split(':').next()).collect();
    let trace = scene.trace();
    // What git does is git's.
    let mut options =
        ["strace", "-f", "--detach-on=execve", "-qq", "-o"].map(str::to_owned).to_vec();
    options.extend([trace.to_str().unwrap().to_owned(), format!("--trace={}", calls.join(","))]);
    options.extend(injections.iter().map(|one| format!("--inject={one}")));
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    scene.capture(&options).stdin(Stdio::null()).output().unwrap()
}

/// Runs the capture with one fault, and asserts that all is as it must be.
pub(super) fn inject(scene: &Scene, call: &Call, fault: Fault) {
    scene.reset();
    let Call { name, nth, text, .. } = call;
    let injection = match fault {
        Fault::Signal(signal) => format!("{name}:signal={signal}:when={nth}"),
        Fault::Error(error) => format!("{name}:error={error}:when={nth}"),
        Fault::Errors(error) => format!("{name}:error={error}:when={nth}+"),
    };
    let output = capture(scene, &[injection]);
    let what = format!("{fault:?} at {name}({text}");
    let status = output.status;
    let trace = fs::read_to_string(scene.trace()).unwrap();
    let is_reached = trace.contains("(INJECTED)") || trace.contains("killed by");
    if scene.is_timed() && !is_reached {
        assert!(status.success(), "{what}: {status}");
        return scene.assert_whole(&output, &what);
    }
    match fault {
        // Who started the tests may have them ignore the other signals; then all goes on.
        Fault::Signal(signal) => {
            let is_ended = status.signal().is_some() || signal != "KILL" && status.success();
            assert!(is_ended, "{what}: {status}");
        }
        Fault::Error(error) | Fault::Errors(error) => {
            assert!(is_reached, "{what} was not reached");
            // What the error text would be written with fails too.
            let is_mute = matches!(fault, Fault::Errors(_)) && name == "write";
            if !status.success() {
                assert_explained(&output, error, is_mute, &what);
            }
        }
    }
    scene.assert_whole(&output, &what);
}

/// Asserts that a failed run named a path and the system's reason, and ended with a code that says so.
fn assert_explained(output: &Output, error: &str, is_mute: bool, what: &str) {
    let errors = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    let reason = match error {
        "ENOSPC" => "No space left on device",
        "EIO" => "Input/output error",
        "EROFS" => "Read-only file system",
        "EDQUOT" => "Disk quota exceeded",
        "EACCES" => "Permission denied",
        _ => panic!("{error}"),
    };
    match code {
        // A git folder that cannot be looked into, or a log that cannot, is as good as none.
        Some(2 | 3) => assert!(errors.starts_with("error: "), "{what}: {errors}"),
        Some(8 | 74 | 77) => {
            let named = errors.contains('/') || errors.contains("the output");
            // What gix and the standard library make of a folder that they cannot look at.
            let reasons = [reason, "wasn't a directory", "File exists"];
            let is_told = reasons.iter().any(|reason| errors.contains(reason));
            assert!(is_mute || named && is_told, "{what}: {errors}");
        }
        _ => panic!("{what}: ended with {code:?}: {errors}"),
    }
}
