//! The one file that starts `git`.
//!
//! Whatever the configuration of a repository names is never run: see [`SETTINGS`] and [`ENVIRONMENT`]. Hooks, pagers
//! and prompts are off, no command of ours may use a transport, and the caller's `GIT_*` that are about one repository
//! never leak in. Only [`network`] is otherwise: it talks to remotes as the user's own git would.

pub(crate) mod network;
mod pipe;
pub(crate) mod talk;

use crate::{Error, Result};
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};

/// Where hooks are looked for: nowhere. Of what the configuration can name, `update-ref` runs hooks.
const NO_HOOKS: &str = "core.hooksPath=/dev/null";

/// Settings that take the place of the repository's own.
const SETTINGS: [&str; 10] = [
    NO_HOOKS,
    // Hooks that the configuration defines (git 2.54) do not ask that. This switches them off from 2.55 on; for what is
    // between, [`disable_hooks`] names them one by one.
    "hook.reference-transaction.enabled=false",
    "core.fsmonitor=false",
    "core.pager=cat",
    "core.alternateRefsCommand=false",
    "gpg.program=false",
    "log.showSignature=false",
    "credential.helper=",
    "gc.auto=0",
    "maintenance.auto=false",
];

/// Variables that no setting of a repository overrides.
const ENVIRONMENT: [(&str, &str); 9] = [
    ("LC_ALL", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    // A missing object of a partial clone is missing; no remote is asked.
    ("GIT_NO_LAZY_FETCH", "1"),
    // Neither ssh nor proxies nor `ext::` nor what an older git would fetch lazily: no transport is called so.
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_EDITOR", "false"),
    ("GIT_PAGER", "cat"),
    ("GIT_ASKPASS", "false"),
];

/// Variables of the caller that stay: they say which configuration is the user's and the system's.
const KEPT: [&str; 3] = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"];

/// How a `git` command ended.
pub(crate) struct Outcome {
    /// What it exited with; `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it wrote to standard output.
    pub(crate) output: Vec<u8>,
    error: Error,
}

impl Outcome {
    /// Returns what the command wrote.
    ///
    /// # Errors
    /// [`Error::Git`] where it failed.
    pub(crate) fn success(self) -> Result<Vec<u8>> {
        if self.code == Some(0) { Ok(self.output) } else { Err(self.error) }
    }
}

/// A `git` command that runs; what it writes is read as it comes. It is ended where nobody reads on.
pub(crate) struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
    /// What it writes to standard error, read beside, so that git never waits for it.
    errors: Option<JoinHandle<String>>,
    arguments: String,
}

impl Running {
    /// Returns what comes before the next `end`, without it; `None` once git has ended well.
    ///
    /// # Errors
    /// [`Error::Git`] where it failed, or its output cannot be read.
    pub(crate) fn next(&mut self, end: u8) -> Result<Option<Vec<u8>>> {
        let mut piece = Vec::new();
        let failed = |message: String| Error::Git { command: self.arguments.clone(), message };
        let read = self.output.read_until(end, &mut piece);
        if read.map_err(|error| failed(error.to_string()))? > 0 {
            piece.pop_if(|last| *last == end);
            return Ok(Some(piece));
        }
        let status = self.child.wait().map_err(|error| failed(error.to_string()))?;
        if status.success() {
            return Ok(None);
        }
        let errors = self.errors.take().and_then(|errors| errors.join().ok());
        let errors = errors.as_deref().unwrap_or("");
        Err(failed(reason(errors).map_or_else(|| status.to_string(), str::to_owned)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended cannot be ended again, and there is nobody to tell.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Starts git in `folder`, on the repository at `git_dir` with that work tree; paths are relative to `folder`.
///
/// # Errors
/// [`Error::Git`] where git cannot be started.
pub(crate) fn start(
    git_dir: &Path,
    work_tree: Option<&Path>,
    folder: &Path,
    arguments: &[&str],
) -> Result<Running> {
    let mut command = command_in(git_dir, work_tree, arguments);
    let start = |error: std::io::Error| failed(arguments, error.to_string());
    let pipes = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.current_dir(folder).spawn().map_err(start)?;
    let (Some(output), Some(mut errors)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(failed(arguments, "has no output".to_owned()));
    };
    let errors = thread::spawn(move || {
        let mut text = Vec::new();
        // What could be read of a message says more than that the rest could not.
        drop(errors.read_to_end(&mut text));
        String::from_utf8_lossy(&text).into_owned()
    });
    let arguments = arguments.join(" ");
    Ok(Running { child, output: BufReader::new(output), errors: Some(errors), arguments })
}

/// Runs git on the repository at `git_dir`. `input`, of a few kilobytes at most, is its standard input.
pub(crate) fn run(git_dir: &Path, arguments: &[&str], input: &[u8]) -> Result<Outcome> {
    finish(command(git_dir, arguments), arguments, input)
}

/// Returns what git says its version is.
///
/// # Errors
/// [`Error::Git`] where it cannot be started.
pub(crate) fn version() -> Result<String> {
    let arguments = ["--version"];
    let said = finish(command_with(SETTINGS.into_iter(), &[], &arguments), &arguments, b"")?;
    Ok(String::from_utf8_lossy(&said.success()?).into_owned())
}

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

/// Removes everything that no ref and no reflog leads to from the repository at `git_dir`, however young it is.
pub(crate) fn collect(git_dir: &Path) -> Result<()> {
    let arguments = ["gc", "--quiet", "--prune=now"];
    let mut command = command(git_dir, &arguments);
    // Packing refs is a transaction, too.
    disable_hooks(git_dir, &mut command)?;
    finish(command, &arguments, b"")?.success().map(drop)
}

/// Changes refs as `orders` say (`git update-ref --stdin -z`), all or none; the change is on the disk afterwards.
///
/// `who`, a name and an address, `seconds` since 1970 and `reason` go into the reflog.
pub(crate) fn update_refs(
    git_dir: &Path,
    orders: &[u8],
    (who, address): (&str, &str),
    seconds: i64,
    reason: &str,
) -> Result<Outcome> {
    let sync = ["-c", "core.fsync=all", "-c", "core.fsyncMethod=fsync"];
    let update = ["update-ref", "--create-reflog", "-m", reason, "--stdin", "-z"];
    let mut command = command(git_dir, &[&sync[..], &update[..]].concat());
    disable_hooks(git_dir, &mut command)?;
    command
        .env("GIT_COMMITTER_NAME", who)
        .env("GIT_COMMITTER_EMAIL", address)
        .env("GIT_COMMITTER_DATE", format!("@{seconds} +0000"));
    finish(command, &update, orders)
}

/// Returns where git looks for hooks of the repository at `git_dir`, and the file that `core.hooksPath` comes from.
///
/// Both as git says it: the path may be relative to `folder`, which is the root of the work tree.
pub(crate) fn hooks_path(git_dir: &Path, folder: &Path) -> Result<(Vec<u8>, Option<Vec<u8>>)> {
    let ask = |arguments: &[&str]| {
        // Nothing but this setting is as the user has it: it is what is asked for.
        let settings = SETTINGS.into_iter().filter(|setting| *setting != NO_HOOKS);
        let mut command = command_with(settings, &on(git_dir), arguments);
        command.current_dir(folder);
        finish(command, arguments, b"")
    };
    let mut path = ask(&["rev-parse", "--git-path", "hooks"])?.success()?;
    if path.last() == Some(&b'\n') {
        path.pop();
    }
    let setting = ask(&["config", "--null", "--show-origin", "--get", "core.hooksPath"])?;
    // Git exits with 1 where there is no such setting.
    let setting = if setting.code == Some(1) { Vec::new() } else { setting.success()? };
    let origin = setting.split(|byte| *byte == 0).next().filter(|origin| !origin.is_empty());
    Ok((path, origin.map(<[u8]>::to_vec)))
}

/// Returns whether git works in the repository at `path` although it belongs to another user: `safe.directory`, in
/// the configuration of the user or the system, says so.
pub(crate) fn accepts_owner(path: &Path) -> Result<bool> {
    let arguments = ["rev-parse", "--git-dir"];
    // With `--git-dir` git would not ask whose the repository is.
    let mut command = command_with(SETTINGS.into_iter(), &[], &arguments);
    command.current_dir(path);
    Ok(finish(command, &arguments, b"")?.code == Some(0))
}

/// Switches off the hooks that the configuration defines, which are found under any name.
fn disable_hooks(git_dir: &Path, update: &mut Command) -> Result<()> {
    let hooks = defined_hooks(git_dir)?;
    for (count, hook) in hooks.iter().enumerate() {
        // In variables a name may hold what it may not in an argument, such as `=`.
        update.env(format!("GIT_CONFIG_KEY_{count}"), format!("{hook}.enabled"));
        update.env(format!("GIT_CONFIG_VALUE_{count}"), "false");
    }
    update.env("GIT_CONFIG_COUNT", hooks.len().to_string());
    Ok(())
}

/// Returns the sections, `hook.<name>`, of the hooks that the configuration defines.
fn defined_hooks(git_dir: &Path) -> Result<Vec<String>> {
    let arguments = ["config", "--null", "--name-only", "--get-regexp", r"^hook\..*\.command$"];
    let names = run(git_dir, &arguments, b"")?;
    if names.code == Some(1) {
        return Ok(Vec::new());
    }
    let names = names.success()?;
    let hooks = names.split(|byte| *byte == 0).filter_map(|name| name.strip_suffix(b".command"));
    let text = |hook: &[u8]| match str::from_utf8(hook) {
        Ok(hook) => Ok(hook.to_owned()),
        Err(_) => Err(failed(&arguments, format!("{} is no UTF-8", hook.escape_ascii()))),
    };
    hooks.map(text).collect()
}

fn finish(mut command: Command, arguments: &[&str], input: &[u8]) -> Result<Outcome> {
    let start = |error: std::io::Error| failed(arguments, error.to_string());
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().map_err(start)?;
    if let Some(mut stdin) = child.stdin.take()
        && let Err(error) = stdin.write_all(input)
        // A git that fails early reads no input; its status says so.
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        return Err(start(error));
    }
    let ended = child.wait_with_output().map_err(start)?;
    let errors = String::from_utf8_lossy(&ended.stderr);
    let message = reason(&errors).map_or_else(|| ended.status.to_string(), str::to_owned);
    let error = failed(arguments, message);
    Ok(Outcome { code: ended.status.code(), output: ended.stdout, error })
}

/// Returns why git failed, by what it wrote: advice may stand behind it.
fn reason(errors: &str) -> Option<&str> {
    let fatal = errors.lines().find(|line| line.starts_with("fatal: "));
    fatal.or_else(|| errors.lines().rfind(|line| !line.is_empty()))
}

fn failed(arguments: &[&str], message: String) -> Error {
    Error::Git { command: arguments.join(" "), message }
}

/// Returns the options that name the repository.
fn on(git_dir: &Path) -> [OsString; 2] {
    ["--git-dir".into(), git_dir.into()]
}

fn command_in(git_dir: &Path, work_tree: Option<&Path>, arguments: &[&str]) -> Command {
    let mut place = on(git_dir).to_vec();
    if let Some(work_tree) = work_tree {
        place.extend(["--work-tree".into(), work_tree.into()]);
    }
    command_with(SETTINGS.into_iter(), &place, arguments)
}

fn command(git_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = command_in(git_dir, None, arguments);
    command.current_dir(git_dir);
    command
}

fn command_with<'a>(
    settings: impl Iterator<Item = &'a str>,
    place: &[OsString],
    arguments: &[&str],
) -> Command {
    let mut command = clean(|name| KEPT.contains(&name));
    command.envs(ENVIRONMENT).arg("--no-pager").args(place);
    for setting in settings {
        command.args(["-c", setting]);
    }
    command.args(arguments);
    command
}

/// Returns a command that starts git with those of the caller's `GIT_*` whose names `is_kept` knows.
#[allow(clippy::disallowed_methods, reason = "this is the file that starts git")]
fn clean(is_kept: impl Fn(&str) -> bool) -> Command {
    let mut command = Command::new("git");
    // Only the names are looked at: a hook or an editor may have set GIT_DIR for another repository.
    for (name, _value) in std::env::vars_os() {
        let is_scrubbed = name.as_encoded_bytes().starts_with(b"GIT_");
        if is_scrubbed && !name.to_str().is_some_and(&is_kept) {
            command.env_remove(name);
        }
    }
    command
}
