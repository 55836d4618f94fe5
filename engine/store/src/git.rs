//! The one file that starts `git`. Hooks, pagers and prompts never run, and the caller's `GIT_*` never leaks in.

use crate::{Error, Result};
use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Starts a repack of the small packs in `git_dir` and returns at once; the child owns `lock`.
///
/// Packs are rolled up geometrically: each is at least twice as large as all smaller ones together, so every object
/// is copied a logarithmic number of times. Nothing is dropped: unreachable objects move along, and packs that appear
/// meanwhile are left alone.
///
/// # Errors
/// [`Error::Git`] where git cannot be started.
pub(crate) fn start_repack(git_dir: &Path, lock: File) -> Result<Child> {
    let arguments = ["repack", "--quiet", "--geometric=2", "-d", "-n"];
    let mut command = command(git_dir, &arguments);
    // The lock is standard input, so it lasts exactly as long as git and what git starts.
    command.stdin(lock).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        // An interrupt from the terminal is meant for the caller.
        command.process_group(0);
    }
    command.spawn().map_err(|error| failed(&arguments, error.to_string()))
}

fn failed(arguments: &[&str], message: String) -> Error {
    Error::Git { command: arguments.join(" "), message }
}

#[allow(clippy::disallowed_methods, reason = "this is the file that starts git")]
fn command(git_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    // Only the names are looked at: a hook or an editor may have set GIT_DIR for another repository.
    let inherited = std::env::vars_os().map(|(name, _value)| name);
    for name in inherited.filter(|name| is_git_variable(name)) {
        command.env_remove(name);
    }
    command
        .env("LC_ALL", "C")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .arg("--git-dir")
        .arg(git_dir)
        .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
        .args(["-c", "core.pager=cat", "-c", "gc.auto=0"])
        .args(arguments)
        .current_dir(git_dir);
    command
}

fn is_git_variable(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b"GIT_")
}
