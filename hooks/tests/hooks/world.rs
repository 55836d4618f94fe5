//! A repository with hooks, and a binary that tells how it was called.

use opensession_hooks::{Action, Hook, HookFolder, Outcome, Removal, State, Step};
use opensession_testkit::{Shape, TestRepository, command, git};
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// What a hook of the user does: it writes down its name, its arguments and its input.
pub(crate) const LOGS: &str =
    r#"printf '%s %s <%s>\n' "${0##*/}" "$*" "$(cat | tr '\n' ,)" >> "$USER_LOG""#;

/// A repository, and a fake binary whose calls come through a named pipe.
pub(crate) struct World {
    pub(crate) repository: TestRepository,
    pub(crate) folder: PathBuf,
    pub(crate) binary: PathBuf,
    calls: Receiver<String>,
}

impl World {
    /// Returns a repository whose hooks are in `folder`, relative to the work tree.
    pub(crate) fn new(folder: &str) -> Self {
        let repository = TestRepository::new(Shape::Plain);
        if folder != ".git/hooks" {
            let _quiet = repository.git(&["config", "core.hooksPath", folder]);
        }
        let home = repository.home();
        let pipe = home.path().join("calls");
        assert!(command("mkfifo", home.path()).arg(&pipe).status().unwrap().success());
        // Quotes, a blank and a variable in its path: all of them are only characters.
        let binary = home.path().join("bin of $HOME's \\ \"user\"/opensession");
        fs::create_dir_all(binary.parent().unwrap()).unwrap();
        // Open for writing too, so that it does not end when a caller does.
        let reading = OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
        let (send, calls) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(reading).lines() {
                if send.send(line.unwrap()).is_err() {
                    break;
                }
            }
        });
        let world = Self { folder: repository.path().join(folder), repository, binary, calls };
        world.fake("printf '%s <%s>\\n' \"$*\" \"$(cat | tr '\\n' ,)\" > \"$CALLS\"");
        world
    }

    /// Makes the binary do `script`.
    pub(crate) fn fake(&self, script: &str) {
        write(&self.binary, 0o755, &format!("#!/bin/sh\n{script}\n"));
    }

    pub(crate) fn plan(&self) -> Vec<Step<Hook>> {
        self.with(|hooks| hooks.plan().unwrap())
    }

    pub(crate) fn install(&self) -> Vec<Step<Hook>> {
        self.with(|hooks| hooks.install().unwrap())
    }

    pub(crate) fn remove(&self) -> Vec<Removal<Hook>> {
        self.with(|hooks| hooks.remove().unwrap())
    }

    pub(crate) fn states(&self) -> Vec<State> {
        self.with(|hooks| hooks.inspect().unwrap().into_iter().map(|(_, state)| state).collect())
    }

    /// Returns what `call` returns of the hook folder.
    pub(crate) fn with<T>(&self, call: impl FnOnce(HookFolder<'_>) -> T) -> T {
        let git_folder = self.repository.path().join(".git");
        call(HookFolder {
            folder: &self.folder,
            binary: &self.binary,
            allowed_roots: &[self.repository.path(), &git_folder],
            share: true,
        })
    }

    /// Returns `program` as git would start it: with the environment of the tests and of the fake binary.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = command(program, self.repository.path());
        let home = self.repository.home().path();
        command.env("CALLS", home.join("calls")).env("USER_LOG", home.join("user.log"));
        command
    }

    /// Runs git. The output ends only when nobody holds its pipes any more: nothing of ours may.
    pub(crate) fn git(&self, arguments: &[&str]) -> Output {
        let output = self.command("git").args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {errors}");
        output
    }

    /// Commits, amends, merges, rebases and pushes.
    pub(crate) fn work(&self) {
        let commit = |name: &str| {
            fs::write(self.repository.path().join(format!("{name}.txt")), name).unwrap();
            self.git(&["add", &format!("{name}.txt")]);
            self.git(&["commit", "--quiet", "--message", name]);
        };
        commit("one");
        self.git(&["commit", "--quiet", "--amend", "--message", "one, amended"]);
        self.git(&["checkout", "--quiet", "-b", "side", "HEAD~1"]);
        commit("two");
        commit("three");
        self.git(&["checkout", "--quiet", "-b", "other", "main"]);
        self.git(&["merge", "--quiet", "--no-edit", "side"]);
        self.git(&["checkout", "--quiet", "side"]);
        self.git(&["rebase", "--quiet", "main"]);
        let _made = git(self.repository.home().path(), &["init", "--quiet", "--bare", "hub.git"]);
        self.git(&["push", "--quiet", "../hub.git", "main"]);
    }

    /// Waits for the next call of the binary.
    pub(crate) fn call(&self) -> String {
        self.calls.recv_timeout(Duration::from_secs(60)).expect("the binary is called")
    }

    /// Waits until every one of these calls has come; some may come twice, others may not come.
    pub(crate) fn wait_for(&self, calls: &BTreeSet<String>) {
        let mut missing = calls.clone();
        while !missing.is_empty() {
            let call = self.calls.recv_timeout(Duration::from_secs(60));
            let call = call.unwrap_or_else(|_| panic!("these calls did not come: {missing:#?}"));
            assert!(calls.contains(&call), "{call:?} is none of {calls:#?}");
            missing.remove(&call);
        }
    }

    /// Returns what the user's hooks wrote down.
    pub(crate) fn user_log(&self) -> String {
        fs::read_to_string(self.repository.home().path().join("user.log")).unwrap_or_default()
    }
}

/// What [`World::work`] makes git tell its hooks.
pub(crate) struct Told {
    /// What plain hooks of a user write down.
    pub(crate) user_log: String,
    /// What the binary is called with.
    pub(crate) calls: BTreeSet<String>,
}

impl Told {
    pub(crate) fn new() -> Self {
        let world = World::new(".git/hooks");
        for hook in Hook::ALL {
            write(&world.folder.join(hook.name()), 0o755, &format!("#!/bin/sh\n{LOGS}\n"));
        }
        world.work();
        let user_log = world.user_log();
        // Git calls post-commit without an argument, which leaves a second blank in the user's line. What is pushed is
        // only looked at.
        let call = |line: &str| match line.split_once('<') {
            Some((call, _)) if call.starts_with("pre-push") => format!("hook {call}<>"),
            _ => format!("hook {}", line.replace("  <", " <")),
        };
        let calls: BTreeSet<String> = user_log.lines().map(call).collect();
        assert!(calls.len() == 5 && user_log.contains("<refs/heads/main "), "{user_log}");
        Self { user_log, calls }
    }
}

/// Writes the file at `path`, its folders included.
pub(crate) fn write(path: &Path, mode: u32, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub(crate) fn actions(steps: &[Step<Hook>]) -> Vec<&Action> {
    steps.iter().map(|step| &step.action).collect()
}

pub(crate) fn outcomes(removals: &[Removal<Hook>]) -> Vec<&Outcome> {
    removals.iter().map(|removal| &removal.outcome).collect()
}
