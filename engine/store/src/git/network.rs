//! Calls of git that use the network: what `git push` by the user would run there works, and nothing asks.
//!
//! Transports, proxies, ssh and credential helpers are those of the user, the system and the repository. Hooks, pagers,
//! signing, submodules, tags and maintenance are off. There is never a prompt. [`talk`](super::talk) runs such a command.

use super::{NO_HOOKS, clean, defined_hooks, finish, run};
use crate::Result;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Settings that take the place of the user's and the repository's.
const SETTINGS: [&str; 22] = [
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

/// What the configuration of a repository says that calls must know.
pub(crate) struct Surroundings {
    git_dir: PathBuf,
    /// What relative paths of remotes are seen from: as for `git fetch`, the root of the work tree where there is one.
    folder: PathBuf,
    /// The sections of the hooks that it defines.
    hooks: Vec<String>,
    /// Whether it, or the user, says how ssh is started.
    has_own_ssh: bool,
}

impl Surroundings {
    /// Returns those of the repository at `git_dir`, with that work tree.
    ///
    /// # Errors
    /// [`Error::Git`](crate::Error::Git) where its configuration cannot be read.
    pub(crate) fn read(git_dir: &Path, work_tree: Option<&Path>) -> Result<Self> {
        let mut config = clean(is_kept);
        config.envs(ENVIRONMENT).current_dir(git_dir).arg("--git-dir").arg(git_dir);
        let has_own_ssh = is_ssh_named() || is_set(config, "core.sshCommand")?;
        let folder = work_tree.unwrap_or(git_dir).to_owned();
        Ok(Self {
            git_dir: git_dir.to_owned(),
            folder,
            hooks: defined_hooks(git_dir)?,
            has_own_ssh,
        })
    }

    /// Returns a command there, which may use the network. `remote` is the name of the one it talks to, where it is
    /// configured.
    pub(crate) fn command(&self, remote: Option<&str>, arguments: &[&str]) -> Command {
        let mut command = clean(is_kept);
        command.envs(ENVIRONMENT).current_dir(&self.folder);
        command.arg("--no-pager").arg("--git-dir").arg(&self.git_dir);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        // A name may hold what it may not before a value, such as `=`: the values stand in variables.
        let mut set = |section: &str, key: &str, value: &str| {
            let variable = format!("OPENSESSION_{}", value.to_ascii_uppercase());
            command.arg(format!("--config-env={section}.{key}={variable}")).env(variable, value);
        };
        for hook in &self.hooks {
            set(hook, "enabled", "false");
        }
        if let Some(remote) = remote {
            for (key, value) in REMOTE_SETTINGS {
                set(&format!("remote.{remote}"), key, value);
            }
        }
        if !self.has_own_ssh {
            command.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
        }
        command.args(arguments);
        command
    }
}

fn is_kept(name: &str) -> bool {
    KEPT.contains(&name) || KEPT_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Returns whether the environment says how ssh is started.
fn is_ssh_named() -> bool {
    let mut names = std::env::vars_os().map(|(name, _value)| name);
    names.any(|name| name == OsStr::new("GIT_SSH") || name == OsStr::new("GIT_SSH_COMMAND"))
}

/// Returns whether `key` has a value, by a command that is still without arguments.
fn is_set(mut command: Command, key: &str) -> Result<bool> {
    let arguments = ["config", "--get", key];
    command.args(arguments);
    let asked = finish(command, &arguments, b"")?;
    if asked.code == Some(1) { Ok(false) } else { asked.success().map(|_value| true) }
}

/// Returns a command that knows nothing of the user but `settings`: no repository, no configuration, no credentials.
pub(crate) fn command_of_a_stranger(settings: &[(&str, String)], arguments: &[&str]) -> Command {
    let mut command = clean(|_name| false);
    command
        .envs(ENVIRONMENT)
        // Neither is a folder: there is no `.netrc`, and no repository.
        .envs([("HOME", "/dev/null"), ("GIT_DIR", "/dev/null")])
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
        .env("GIT_ALLOW_PROTOCOL", "http:https:git")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("NETRC")
        .args(["--no-pager", "-c", "credential.helper="]);
    for (number, (key, value)) in settings.iter().enumerate() {
        // A proxy's password is for no list of processes.
        let variable = format!("OPENSESSION_SETTING_{number}");
        command.arg(format!("--config-env={key}={variable}")).env(variable, value);
    }
    command.args(arguments);
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
