//! Calls of git that use the network: what `git push` by the user would run there works, and nothing asks.
//!
//! Transports, proxies, ssh and credential helpers are those of the user, the system and the repository. Hooks, pagers,
//! signing, submodules, tags and maintenance are off. There is never a prompt. A call is ended with everything that it
//! started when nothing comes for too long, when its time is over, or when what it fetches gets too large.

use super::{NO_HOOKS, clean, defined_hooks, failed, run};
use crate::{Limits, Progress, Result};
use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// Settings that take the place of the user's and the repository's.
const SETTINGS: [&str; 24] = [
    NO_HOOKS,
    "core.fsmonitor=false",
    "core.pager=cat",
    "core.alternateRefsCommand=false",
    "gpg.program=false",
    "push.gpgSign=false",
    "push.followTags=false",
    "push.recurseSubmodules=no",
    "push.useForceIfIncludes=false",
    // Without a value it empties the list: not every server takes options.
    "push.pushOption=",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=no",
    "fetch.prune=false",
    "fetch.pruneTags=false",
    "fetch.writeCommitGraph=false",
    // What comes is checked, and stays one pack.
    "fetch.fsckObjects=true",
    "fetch.unpackLimit=1",
    "gc.auto=0",
    "maintenance.auto=false",
    "credential.interactive=false",
    "color.ui=false",
    "advice.pushUpdateRejected=false",
    "core.fsync=all",
    "core.fsyncMethod=fsync",
];

/// The same for one remote, below `remote.<name>`.
const REMOTE_SETTINGS: [(&str, &str); 2] = [("mirror", "false"), ("followRemoteHEAD", "never")];

/// Variables that no setting of a repository overrides. What asks gets no answer: there may be no terminal, and git is
/// no process of its foreground.
const ENVIRONMENT: [(&str, &str); 11] = [
    ("LC_ALL", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", "false"),
    ("SSH_ASKPASS", "false"),
    ("SSH_ASKPASS_REQUIRE", "force"),
    ("GCM_INTERACTIVE", "never"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_EDITOR", "false"),
    ("GIT_PAGER", "cat"),
];

/// Variables of the caller that stay: they are the user's way to a remote.
const KEPT: [&str; 11] = [
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_PROXY_COMMAND",
    "GIT_PROTOCOL_FROM_USER",
    "GIT_ALLOW_PROTOCOL",
    "GIT_HTTP_USER_AGENT",
    "GIT_HTTP_PROXY_AUTHMETHOD",
    "GIT_HTTP_LOW_SPEED_LIMIT",
    "GIT_HTTP_LOW_SPEED_TIME",
    "GIT_PROXY_SSL_CAINFO",
];
/// How the names of others that stay begin: settings of the command line, and certificates.
const KEPT_PREFIXES: [&str; 2] = ["GIT_CONFIG", "GIT_SSL_"];

/// So long is a git that was told to end waited for before it is ended.
const FAREWELL: Duration = Duration::from_secs(1);
/// So long after the end of git what it started may still write: a shared ssh connection keeps the pipes open.
const GRACE: Duration = Duration::from_millis(200);
/// How often the limits are looked at.
const TICK: Duration = Duration::from_millis(10);
/// More of what git writes is dropped.
const MAX_OUTPUT: usize = 1 << 20;
/// More of what git and the remote say is dropped.
const MAX_WORDS: usize = 64 << 10;

/// How a call ended.
pub(crate) struct Talk {
    pub(crate) end: End,
    /// What git wrote to standard output, at most [`MAX_OUTPUT`] bytes.
    pub(crate) output: Vec<u8>,
    /// What git, what it started and the remote said, line by line, without progress.
    pub(crate) words: Vec<String>,
}

/// Why it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By itself, with this status; `None` where a signal ended it.
    Code(Option<i32>),
    /// Nothing came for too long.
    Silence,
    /// Its time was over.
    Deadline,
    /// More came than may.
    TooLarge,
}

/// What is looked at while a call runs.
pub(crate) struct Watch<'w> {
    /// When it must be over.
    pub(crate) ends: Instant,
    pub(crate) limits: Limits,
    pub(crate) progress: &'w mut dyn FnMut(Progress),
    /// Returns how many bytes came so far.
    pub(crate) size: &'w dyn Fn() -> u64,
}

/// Returns a command on the repository at `git_dir`, which may use the network. `remote` is the name of the one it
/// talks to, where it is configured.
///
/// # Errors
/// [`Error::Git`] where the configuration cannot be read.
pub(crate) fn command_to(
    git_dir: &Path,
    remote: Option<&str>,
    arguments: &[&str],
) -> Result<Command> {
    let kept = |name: &str| {
        KEPT.contains(&name) || KEPT_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    };
    let mut command = clean(kept);
    command.envs(ENVIRONMENT).current_dir(git_dir);
    command.arg("--no-pager").arg("--git-dir").arg(git_dir);
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    // A name may hold what it may not before a value, such as `=`: the values stand in variables.
    let mut set = |key: String, value: &str| {
        let variable = format!("OPENSESSION_{}", value.to_ascii_uppercase());
        command.arg(format!("--config-env={key}={variable}")).env(variable, value);
    };
    for hook in defined_hooks(git_dir)? {
        set(format!("{hook}.enabled"), "false");
    }
    for (key, value) in remote.iter().flat_map(|_| REMOTE_SETTINGS) {
        set(format!("remote.{}.{key}", remote.unwrap_or_default()), value);
    }
    if !has_own_ssh(git_dir)? {
        command.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
    }
    command.args(arguments);
    Ok(command)
}

/// Returns a command that knows nothing of the user: no repository, no configuration, no credentials.
pub(crate) fn command_of_a_stranger(arguments: &[&str]) -> Command {
    let mut command = clean(|_name| false);
    command
        .envs(ENVIRONMENT)
        // Neither is a folder: there is no `.netrc`, and no repository.
        .envs([("HOME", "/dev/null"), ("GIT_DIR", "/dev/null")])
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
        .env("GIT_ALLOW_PROTOCOL", "http:https:git")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("NETRC")
        .args(["--no-pager", "-c", "credential.helper="])
        .args(arguments);
    command
}

/// Returns what git says of the repository at `git_dir`, without the network; `None` where there is nothing such.
pub(crate) fn ask(git_dir: &Path, arguments: &[&str]) -> Result<Option<String>> {
    let asked = run(git_dir, arguments, b"")?;
    if asked.code == Some(1) {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&asked.success()?).into_owned()))
}

/// Runs `command`, whose arguments `name` may be shown, until it ends or a limit of `watch` does it.
///
/// # Errors
/// [`Error::Git`] where git cannot be started or waited for.
pub(crate) fn talk(mut command: Command, name: &str, watch: &mut Watch<'_>) -> Result<Talk> {
    let error = |error: std::io::Error| failed(&[name], error.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        // What git starts can be ended with it.
        command.process_group(0);
    }
    let mut group = Group { child: command.spawn().map_err(error)?, is_over: false };
    // A reader that nobody listens to any more ends: the channel is bounded, and gone with this call.
    let (sender, receiver) = sync_channel(64);
    if let (Some(output), Some(errors)) = (group.child.stdout.take(), group.child.stderr.take()) {
        read(Stream::Output, output, sender.clone());
        read(Stream::Errors, errors, sender);
    }
    let mut heard = Heard::default();
    let end = group.listen(&receiver, &mut heard, watch).map_err(error)?;
    heard.end_line(watch.progress);
    Ok(Talk { end, output: heard.output, words: heard.words })
}

/// Returns whether the user, or the repository, says how ssh is started.
fn has_own_ssh(git_dir: &Path) -> Result<bool> {
    let mut named = std::env::vars_os().map(|(name, _value)| name);
    if named.any(|name| name == OsStr::new("GIT_SSH") || name == OsStr::new("GIT_SSH_COMMAND")) {
        return Ok(true);
    }
    Ok(ask(git_dir, &["config", "--get", "core.sshCommand"])?.is_some())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Output,
    Errors,
}

fn read(stream: Stream, mut pipe: impl Read + Send + 'static, to: SyncSender<(Stream, Vec<u8>)>) {
    thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(count @ 1..) = pipe.read(&mut buffer) {
            let piece = buffer.get(..count).unwrap_or_default().to_vec();
            if to.send((stream, piece)).is_err() {
                return;
            }
        }
    });
}

/// What was heard so far.
#[derive(Default)]
struct Heard {
    output: Vec<u8>,
    line: Vec<u8>,
    words: Vec<String>,
    length: usize,
}

impl Heard {
    fn take(&mut self, (stream, piece): (Stream, Vec<u8>), progress: &mut dyn FnMut(Progress)) {
        if stream == Stream::Output {
            let room = MAX_OUTPUT.saturating_sub(self.output.len());
            self.output.extend(piece.into_iter().take(room));
            return;
        }
        for byte in piece {
            if matches!(byte, b'\n' | b'\r') {
                self.end_line(progress);
            } else if self.line.len() < MAX_WORDS {
                self.line.push(byte);
            }
        }
    }

    fn end_line(&mut self, progress: &mut dyn FnMut(Progress)) {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        // A remote that thinks it talks to a terminal clears what stands behind each of its lines.
        let line = line.trim_end().trim_end_matches("\u{1b}[K").trim_end();
        if let Some(step) = Progress::parse(line) {
            progress(step);
        } else if !line.is_empty() && self.length + line.len() <= MAX_WORDS {
            self.length += line.len();
            self.words.push(line.to_owned());
        }
    }
}

/// A git that runs, and everything that it started. It is ended where nobody waits for it.
struct Group {
    child: Child,
    is_over: bool,
}

impl Group {
    fn listen(
        &mut self,
        pieces: &Receiver<(Stream, Vec<u8>)>,
        heard: &mut Heard,
        watch: &mut Watch<'_>,
    ) -> std::io::Result<End> {
        let mut heard_at = Instant::now();
        let mut ended: Option<(ExitStatus, Instant)> = None;
        loop {
            match pieces.recv_timeout(TICK) {
                Ok(piece) => {
                    heard_at = Instant::now();
                    heard.take(piece, watch.progress);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => match ended {
                    Some((status, _when)) => return Ok(End::Code(status.code())),
                    None => thread::sleep(Duration::from_millis(1)),
                },
            }
            if ended.is_none()
                && let Some(status) = self.child.try_wait()?
            {
                self.is_over = true;
                ended = Some((status, Instant::now()));
            }
            if let Some((status, when)) = ended {
                if when.elapsed() >= GRACE {
                    return Ok(End::Code(status.code()));
                }
                continue;
            }
            let now = Instant::now();
            let end = if (watch.size)() > watch.limits.bytes {
                End::TooLarge
            } else if now >= watch.ends {
                End::Deadline
            } else if now.duration_since(heard_at) >= watch.limits.silence {
                End::Silence
            } else {
                continue;
            };
            self.stop(pieces)?;
            return Ok(end);
        }
    }

    /// Tells all of them to end, which gives git the time to remove its locks, then ends them.
    fn stop(&mut self, pieces: &Receiver<(Stream, Vec<u8>)>) -> std::io::Result<()> {
        self.signal(Signal::Terminate)?;
        let told = Instant::now();
        // Whoever is left has the pipes open. Nobody was waited for, so the number of the group is still theirs.
        while told.elapsed() < FAREWELL {
            if let Err(RecvTimeoutError::Disconnected) = pieces.recv_timeout(TICK) {
                break;
            }
        }
        self.signal(Signal::Kill)?;
        self.is_over = true;
        self.child.wait().map(drop)
    }

    #[cfg(unix)]
    fn signal(&self, signal: Signal) -> std::io::Result<()> {
        use rustix::process::{Pid, Signal as Number, kill_process_group};
        let number = match signal {
            Signal::Terminate => Number::TERM,
            Signal::Kill => Number::KILL,
        };
        match kill_process_group(Pid::from_child(&self.child), number) {
            // All of them ended by themselves.
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(not(unix))]
    fn signal(&mut self, _signal: Signal) -> std::io::Result<()> {
        self.child.kill()
    }
}

#[derive(Clone, Copy)]
enum Signal {
    Terminate,
    Kill,
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.is_over {
            // There is nobody to tell.
            drop(self.signal(Signal::Kill));
            drop(self.child.wait());
        }
    }
}
