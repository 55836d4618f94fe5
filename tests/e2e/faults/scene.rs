//! One capture of a real log that can be run again and again from the same start.

use crate::place::{CLAUDE, CLAUDE_LOG, CODEX, CODEX_LOG, files_below};
use opensession_testkit::{TestHome, command, fsck_strict, git};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

/// The home store, below the home folder.
const STORE: &str = ".local/share/opensession/sessions.git";
/// The lines of the log that the capture before the one under test saw.
const LINES_BEFORE: usize = 12;

/// What the log holds that is known as a secret only once the session is stored.
const SECRET: &str = "correct-horse-battery";

/// Where the session is stored, and whether it was captured before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    FirstAtHome,
    GrownAtHome,
    FirstInRepository,
    GrownInRepository,
    /// At home; what is under test is no capture of a log, but what is stored is redacted again.
    RedactedAgain,
    /// At home; what is stored is forgotten because it is old.
    Pruned,
    /// At home; the history begins anew, and git collects the old one.
    Purged,
    /// At home; both a remote and the store have something that the other one lacks.
    Synced,
}

impl Kind {
    pub(super) const ALL: [Self; 8] = [
        Self::FirstAtHome,
        Self::GrownAtHome,
        Self::FirstInRepository,
        Self::GrownInRepository,
        Self::RedactedAgain,
        Self::Pruned,
        Self::Purged,
        Self::Synced,
    ];

    const fn is_at_home(self) -> bool {
        !matches!(self, Self::FirstInRepository | Self::GrownInRepository)
    }

    const fn is_grown(self) -> bool {
        !matches!(self, Self::FirstAtHome | Self::FirstInRepository)
    }
}

/// A capture, everything it starts from, and the two states that it may leave behind.
pub(super) struct Scene {
    folder: TestHome,
    kind: Kind,
    /// The tree of the branch before and after the capture; empty where there is no branch.
    before: String,
    after: String,
    /// The same of the remote; empty where there is none.
    remote_before: String,
    remote_after: String,
    /// The files that an undisturbed run leaves.
    files: BTreeSet<String>,
}

impl Scene {
    pub(super) fn new(kind: Kind) -> Self {
        let folder = TestHome::new();
        let (before, after) = (String::new(), String::new());
        let (remote_before, remote_after) = (String::new(), String::new());
        let files = BTreeSet::new();
        let mut scene = Self { folder, kind, before, after, remote_before, remote_after, files };
        fs::create_dir(scene.home()).unwrap();
        if !kind.is_at_home() {
            let _quiet = git(&scene.home(), &["init", "--quiet", "repository"]);
        }
        if kind.is_grown() {
            let lines: Vec<&[u8]> = CLAUDE.split_inclusive(|byte| *byte == b'\n').collect();
            scene.write_log(&lines[..LINES_BEFORE].concat());
            if kind == Kind::RedactedAgain {
                let log = String::from_utf8(CLAUDE.to_vec()).unwrap();
                let log = log.replace("one cent off", SECRET);
                assert!(log.contains(SECRET));
                scene.write_log(log.as_bytes());
            }
            assert!(scene.run(&[]).output().unwrap().status.success());
            // What the user has set there must survive everything.
            let url = match kind {
                Kind::Synced => scene.remote().to_str().unwrap().to_owned(),
                _ => "https://example.invalid".to_owned(),
            };
            let _quiet = git(&scene.git_dir(), &["config", "remote.origin.url", &url]);
        }
        if kind == Kind::Synced {
            scene.share();
        }
        if !matches!(kind, Kind::RedactedAgain | Kind::Pruned) {
            scene.write_log(CLAUDE);
        }
        if matches!(kind, Kind::Purged | Kind::Synced) {
            assert!(scene.run(&[]).output().unwrap().status.success());
        }
        copy(&scene.home(), &scene.start());
        (scene.before, scene.remote_before) = (scene.state(), scene.remote_state());
        assert!(scene.capture(&[]).output().unwrap().status.success());
        (scene.after, scene.remote_after) = (scene.state(), scene.remote_state());
        assert_ne!(scene.before, scene.after);
        if kind == Kind::Synced {
            assert_ne!(scene.remote_before, scene.remote_after);
            assert_eq!(scene.after, scene.remote_after);
        }
        scene.files = scene.files();
        scene.reset();
        scene
    }

    /// Returns whether how often calls are made depends on how long others take: what comes from a remote is looked at
    /// now and then.
    pub(super) fn is_timed(&self) -> bool {
        self.kind == Kind::Synced
    }

    /// Returns the home folder that the program is run in.
    pub(super) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Returns a copy of the home folder as it was before the capture.
    fn start(&self) -> PathBuf {
        self.folder.path().join("start")
    }

    /// Returns a file for a trace.
    pub(super) fn trace(&self) -> PathBuf {
        self.folder.path().join("trace")
    }

    /// Returns the git folder that the session is stored in.
    pub(super) fn git_dir(&self) -> PathBuf {
        self.home().join(if self.kind.is_at_home() { STORE } else { "repository/.git" })
    }

    /// Returns the remote, where there is one.
    fn remote(&self) -> PathBuf {
        self.home().join("remote.git")
    }

    /// Makes the remote, and shares the session with it; then another machine shares one too.
    fn share(&self) {
        let _quiet = git(&self.home(), &["init", "--quiet", "--bare", "remote.git"]);
        let other = self.folder.path().join("other");
        let _path = self.folder.write(&format!("other/{CODEX_LOG}"), CODEX);
        let url = self.remote();
        let program = |home: &Path, words: &[&str]| {
            let output = command(env!("CARGO_BIN_EXE_opensession"), home).args(words).output();
            assert!(output.unwrap().status.success(), "{words:?}");
        };
        program(&self.home(), &["sync", "--yes", "origin"]);
        program(&other, &["capture"]);
        program(&other, &["sync", "--yes", url.to_str().unwrap()]);
    }

    fn write_log(&self, bytes: &[u8]) {
        let _path = self.folder.write(&format!("home/{CLAUDE_LOG}"), bytes);
    }

    /// Puts everything back to how it was before the capture.
    pub(super) fn reset(&self) {
        fs::remove_dir_all(self.home()).unwrap();
        copy(&self.start(), &self.home());
    }

    /// Returns the capture, started by the program and arguments in `through` where there are any.
    pub(super) fn capture(&self, through: &[&str]) -> Command {
        let words = match self.kind {
            Kind::Pruned => &["prune", "--keep-days", "1", "--yes"][..],
            Kind::Purged => &["purge", "--yes"],
            Kind::Synced => &["sync"],
            _ => &[],
        };
        if !words.is_empty() {
            let mut program = self.program(through);
            program.args(words);
            return program;
        }
        let mut capture = self.run(through);
        if self.kind == Kind::RedactedAgain {
            capture.args(["--redact-again", "--json"]).env("DB_PASSWORD", SECRET);
        }
        capture
    }

    fn program(&self, through: &[&str]) -> Command {
        let mut words = through.iter().copied().chain([env!("CARGO_BIN_EXE_opensession")]);
        let mut program = command(words.next().unwrap(), &self.home());
        program.args(words);
        program
    }

    fn run(&self, through: &[&str]) -> Command {
        let mut capture = self.program(through);
        capture.arg("capture");
        if !self.kind.is_at_home() {
            capture.args(["--repo", "repository", CLAUDE_LOG]);
        }
        capture
    }

    /// Asserts that what a run that ended like `output` left is the old state or the new one, that the next run
    /// works unaided, and that nothing is left over after it.
    pub(super) fn assert_whole(&self, output: &Output, fault: &str) {
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!errors.contains("panicked"), "{fault}: {errors}");
        self.wait_for_orphans();
        let (state, remote) = (self.state(), self.remote_state());
        assert!(state == self.before || state == self.after, "{fault}: {state}: {errors}");
        let remotes = [&self.remote_before, &self.remote_after];
        assert!(remotes.contains(&&remote), "{fault}: {remote}: {errors}");
        let is_done = state == self.after && remote == self.remote_after;
        assert!(!output.status.success() || is_done, "{fault}: was acknowledged");
        if self.is_repository() {
            fsck_strict(&self.git_dir());
        }
        self.assert_read(&state, fault);
        let next = self.capture(&[]).output().unwrap();
        let errors = String::from_utf8_lossy(&next.stderr);
        assert!(next.status.success() && errors.is_empty(), "the run after {fault}: {errors}");
        assert_eq!(self.state(), self.after, "the run after {fault}");
        assert_eq!(self.remote_state(), self.remote_after, "the run after {fault}");
        fsck_strict(&self.git_dir());
        if self.kind == Kind::Synced {
            fsck_strict(&self.remote());
        }
        assert_eq!(self.files(), self.files, "the run after {fault}");
        if self.kind.is_grown() {
            let config = |folder: PathBuf| {
                let below = self.git_dir().strip_prefix(self.home()).unwrap().join("config");
                fs::read(folder.join(below)).unwrap()
            };
            assert_eq!(config(self.home()), config(self.start()), "{fault}");
        }
    }

    /// Asserts that the program lists what git says is there.
    fn assert_read(&self, state: &str, fault: &str) {
        let mut list = command(env!("CARGO_BIN_EXE_opensession"), &self.home());
        list.args(["list", "--json"]);
        if !self.kind.is_at_home() {
            list.args(["--repo", "repository"]);
        }
        let listed = list.output().unwrap();
        let text = String::from_utf8_lossy(&listed.stdout);
        let errors = String::from_utf8_lossy(&listed.stderr);
        assert!(listed.status.success(), "list after {fault}: {errors}");
        let is_pruned = self.kind == Kind::Pruned && state == self.after;
        let is_there = !state.is_empty() && !is_pruned;
        assert_eq!(text.contains("5b1d7c9e"), is_there, "list after {fault}: {text}");
    }

    /// Waits until no git is at work here whose opensession was killed.
    fn wait_for_orphans(&self) {
        if !matches!(self.kind, Kind::Purged | Kind::Synced) {
            return;
        }
        let home = self.home();
        let home = home.to_str().unwrap().as_bytes();
        let is_at_work = |process: fs::DirEntry| {
            // It may be gone by now.
            let words = fs::read(process.path().join("cmdline")).unwrap_or_default();
            words.windows(home.len()).any(|part| part == home)
        };
        while fs::read_dir("/proc").unwrap().any(|process| is_at_work(process.unwrap())) {
            thread::yield_now();
        }
    }

    /// A home store that was never finished is none.
    fn is_repository(&self) -> bool {
        self.git_dir().join("HEAD").exists()
    }

    /// Returns the tree of the branch by git alone; empty where there is no branch.
    fn state(&self) -> String {
        if !self.is_repository() {
            return String::new();
        }
        git(&self.git_dir(), &["for-each-ref", "--format=%(tree)", "refs/heads/opensession"])
    }

    /// Returns the tree of the remote's branch; empty where there is no remote.
    fn remote_state(&self) -> String {
        if self.kind != Kind::Synced {
            return String::new();
        }
        git(&self.remote(), &["for-each-ref", "--format=%(tree)", "refs/heads/opensession"])
    }

    /// Returns every file in the home folder; packs, which have names of their own every time, by their ending.
    fn files(&self) -> BTreeSet<String> {
        let mut files = BTreeSet::new();
        for path in files_below(&self.home()) {
            let text = path.strip_prefix(self.home()).unwrap().to_str().unwrap().to_owned();
            // The remote's objects are git's, and named after the time of the commit.
            if text.starts_with("remote.git/objects/") {
                continue;
            }
            match text.split_once("/pack/pack-") {
                Some((folder, name)) => {
                    let (_hash, end) = name.split_once('.').unwrap();
                    for end in ["pack", "idx"] {
                        assert!(path.with_extension(end).exists(), "{text} has no {end}");
                    }
                    files.insert(format!("{folder}/pack/pack-….{end}"));
                }
                None => {
                    files.insert(text);
                }
            }
        }
        // The lock for notes of what failed stays, as every lock does.
        files.remove(".local/share/opensession/notes.lock");
        files
    }
}

/// Copies a folder with everything in it.
pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}
