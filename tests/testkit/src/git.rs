//! Running `git` without anything of the machine.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Returns a command that runs `program` in `folder` with a clean environment: `PATH`, and git's settings for tests.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "tests start programs, and PATH is where they are")]
pub fn command(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "Test")
        .env("GIT_AUTHOR_EMAIL", "test@example.com")
        .env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
        .env("GIT_COMMITTER_NAME", "Test")
        .env("GIT_COMMITTER_EMAIL", "test@example.com")
        .env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// Runs `git` in `folder` and returns what it wrote to standard output, without the last line break.
///
/// # Panics
/// Where git fails.
#[must_use]
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments, b"");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {}: {errors}", arguments.join(" "));
    text(output.stdout)
}

/// Runs `git` in `folder` with `input` as standard input and returns what it wrote to standard output.
///
/// # Panics
/// Where git fails.
#[must_use]
pub fn git_with_input(folder: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let output = run(folder, arguments, input);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {}: {errors}", arguments.join(" "));
    output.stdout
}

/// Runs `git` in `folder` and returns what it wrote to standard error.
///
/// # Panics
/// Where git does not fail.
#[must_use]
pub fn git_fails(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments, b"");
    assert!(!output.status.success(), "git {} did not fail", arguments.join(" "));
    text(output.stderr)
}

fn run(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = command("git", folder);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("git is installed");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    let input = input.to_owned();
    // A thread of its own: git may write before it has read everything.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("git was started");
    // A git that fails early reads no input; its status says so.
    drop(writer.join());
    output
}

fn text(bytes: Vec<u8>) -> String {
    let text = String::from_utf8(bytes).expect("git wrote UTF-8");
    text.strip_suffix('\n').map_or_else(|| text.clone(), str::to_owned)
}
